package parser

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML that has records as texts in it, as collections of examples and some notes of
// responders do.
var yamlTexts = register(&shape{name: "yaml", fidelity: Reserialised, what: "YAML"})

var (
	yamlKey   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*:( |\r?\n)`)
	mayHaveIt = []byte("eventVersion")
)

// yaml takes the records out of YAML, all of which must fit into what may be held. It
// reports false, and has consumed nothing, where there are none.
func (rd *Reader) yaml() bool {
	f := &rd.f
	for f.end-f.pos < 256 && f.more() {
	}
	if !yamlKey.Match(f.buf[f.pos:f.end]) {
		return false
	}
	f.hold()
	for f.more() {
	}
	if f.overlong || f.end-f.held > f.limit {
		return false
	}
	f.held = -1
	text := f.buf[f.pos:f.end]
	var doc yaml.Node
	if !bytes.Contains(text, mayHaveIt) || yaml.Unmarshal(text, &doc) != nil {
		return false
	}
	l := &rd.lifting
	l.found, l.next, l.text = l.found[:0], 0, l.text[:0]
	y := yamlWalk{l: l, lines: lineOffsets(text), base: f.offset()}
	y.node(&doc)
	if len(l.found) == 0 {
		return false
	}
	rd.began(yamlTexts.name)
	rd.lifted = yamlTexts
	f.pos = f.end
	return true
}

type yamlWalk struct {
	l     *lifting
	lines []int
	base  int64
}

// node adds the records among a node's texts. Aliases are not followed: what they
// stand for is there once.
func (y *yamlWalk) node(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(strings.TrimSpace(n.Value), "{") && strings.Contains(n.Value, string(mayHaveIt)) {
		l := y.l
		from := len(l.text)
		l.text = append(l.text, n.Value...)
		at := y.base + int64(y.lines[n.Line-1])
		l.found = append(l.found, wrapped{from: from, to: len(l.text), offset: at, level: 1, shape: yamlTexts})
	}
	for _, inner := range n.Content {
		y.node(inner)
	}
}

// lineOffsets returns where each line begins.
func lineOffsets(text []byte) []int {
	at := []int{0}
	for i, c := range text {
		if c == '\n' {
			at = append(at, i+1)
		}
	}
	return at
}
