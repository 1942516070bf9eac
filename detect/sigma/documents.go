package sigma

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The bounds of a document. Rules are written by hand; what exceeds these is no rule.
const (
	maxDocument = 1 << 20
	maxNodes    = 50_000 // after aliases were resolved
	maxDepth    = 50
)

// document is one YAML document of a file.
type document struct {
	file string
	line int // of its first line in the file, from 1
	root *yaml.Node
	err  error
}

// readDocuments splits a file at its document marks and parses each part by itself, so that an
// error costs one document only. A part without content is none.
func readDocuments(f File) (all []document) {
	for _, part := range split(f.Data) {
		d := document{file: f.Name, line: part.line}
		d.root, d.err = parse(part.text, part.line)
		if d.root != nil || d.err != nil {
			all = append(all, d)
		}
	}
	return all
}

// stretch is a part of a file.
type stretch struct {
	text []byte
	line int
}

func split(data []byte) (all []stretch) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	from, at, line, first := 0, 0, 1, 1
	end := func(to int) { all = append(all, stretch{data[from:to], first}) }
	for at < len(data) {
		n := bytes.IndexByte(data[at:], '\n') + 1
		if n == 0 {
			n = len(data) - at
		}
		if mark(data[at : at+n]) {
			end(at)
			from, first = at, line
		}
		at, line = at+n, line+1
	}
	end(len(data))
	return all
}

// mark reports whether a line begins a document. YAML lets nothing else begin so.
func mark(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

// yamlLine finds the line in an error of the YAML parser.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parse returns the content of one document, its lines counted in the file, without aliases
// and duplicate keys; nil where there is none.
func parse(data []byte, line int) (*yaml.Node, error) {
	if len(data) > maxDocument {
		return nil, lineError{line, fmt.Errorf("document: %d bytes, more than %d", len(data), maxDocument)}
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if err.Error() == "EOF" {
			return nil, nil
		}
		text := err.Error()
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			if n, e := strconv.Atoi(m[1]); e == nil { // it may be one behind the last
				line += min(n-1, bytes.Count(data, []byte("\n")))
			}
			text = text[len(m[0]):]
		}
		return nil, lineError{line, errors.New("YAML: " + text)}
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil, nil
	}
	c := cleaner{offset: line - 1}
	root, err := c.clean(doc.Content[0], 0)
	if err == nil && root.Kind != yaml.MappingNode {
		err = lineError{root.Line, errors.New("document: not a map")}
	}
	return root, err
}

// cleaner copies a tree: aliases are put in full, within the bounds.
type cleaner struct {
	offset int
	nodes  int
}

func (c *cleaner) clean(n *yaml.Node, depth int) (*yaml.Node, error) {
	line := n.Line + c.offset
	if c.nodes++; c.nodes > maxNodes {
		return nil, lineError{line, fmt.Errorf("document: more than %d values, aliases resolved", maxNodes)}
	}
	if depth > maxDepth {
		return nil, lineError{line, fmt.Errorf("document: nested more than %d deep", maxDepth)}
	}
	if n.Kind == yaml.AliasNode {
		return c.clean(n.Alias, depth+1)
	}
	out := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value, Line: line, Column: n.Column}
	for _, child := range n.Content {
		cleaned, err := c.clean(child, depth+1)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, cleaned)
	}
	if n.Kind == yaml.MappingNode {
		return out, uniqueKeys(out)
	}
	return out, nil
}

func uniqueKeys(n *yaml.Node) error {
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge":
			return lineError{k.Line, errors.New("map: a key that is no plain name")}
		case seen[k.Value]:
			return lineError{k.Line, fmt.Errorf("map: the key %.60q is there twice", k.Value)}
		}
		seen[k.Value] = true
	}
	return nil
}

// get returns a map's member, or nil.
func get(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// scalarOf returns a member that is a scalar, "" where it is missing, null or something else.
func scalarOf(n *yaml.Node, name string) string {
	if m := get(n, name); m != nil && m.Kind == yaml.ScalarNode && m.ShortTag() != "!!null" {
		return m.Value
	}
	return ""
}

// listOf returns a member that is a list of scalars, or one scalar.
func listOf(n *yaml.Node, name string) (all []string) {
	m := get(n, name)
	if m == nil {
		return nil
	}
	if m.Kind == yaml.ScalarNode && m.ShortTag() != "!!null" {
		return []string{m.Value}
	}
	for _, element := range m.Content {
		if m.Kind == yaml.SequenceNode && element.Kind == yaml.ScalarNode {
			all = append(all, element.Value)
		}
	}
	return all
}

// merge lays own over base: maps member by member, anything else whole.
func merge(base, own *yaml.Node) *yaml.Node {
	if base == nil || own == nil || base.Kind != yaml.MappingNode || own.Kind != yaml.MappingNode {
		if own == nil {
			return base
		}
		return own
	}
	out := *own
	out.Content = nil
	for i := 0; i+1 < len(base.Content); i += 2 {
		k := base.Content[i]
		out.Content = append(out.Content, k, merge(base.Content[i+1], get(own, k.Value)))
	}
	for i := 0; i+1 < len(own.Content); i += 2 {
		if k := own.Content[i]; get(base, k.Value) == nil {
			out.Content = append(out.Content, k, own.Content[i+1])
		}
	}
	return &out
}
