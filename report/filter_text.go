package report

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/parser"
)

func hasWildcard(s string) bool { return strings.ContainsAny(s, "*?") }

// glob makes the test of a pattern: * stands for any text, ? for one character, a
// backslash before them for themselves. The case of ASCII letters does not matter.
func glob(pattern string) (func([]byte) bool, error) {
	if pattern == "" {
		return nil, errEmpty
	}
	p := parseGlob(pattern)
	if !slices.ContainsFunc(p, func(t globToken) bool { return t.kind != literal }) {
		whole := make([]byte, len(p))
		for i, t := range p {
			whole[i] = t.char
		}
		return func(b []byte) bool { return equalFold(b, whole) }, nil
	}
	return func(b []byte) bool { return p.matches(b) }, nil
}

type globKind uint8

const (
	literal  globKind = iota
	oneChar           // ?
	anything          // *
)

type globToken struct {
	kind globKind
	char byte // lower case
}

type globPattern []globToken

func parseGlob(s string) (p globPattern) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			p = append(p, globToken{literal, s[i]})
		case c == '*':
			p = append(p, globToken{kind: anything})
		case c == '?':
			p = append(p, globToken{kind: oneChar})
		default:
			p = append(p, globToken{literal, lowerCase[c]})
		}
	}
	return p
}

// matches goes back to the last * alone where something does not fit, so that it
// takes len(p) · len(b) steps at worst, whatever the pattern.
func (p globPattern) matches(b []byte) bool {
	i, j := 0, 0
	star, from := -1, 0
	for j < len(b) {
		switch {
		case i < len(p) && p[i].kind == anything:
			star, from = i, j
			i++
			continue
		case i < len(p) && p[i].kind == oneChar:
			_, size := utf8.DecodeRune(b[j:])
			i, j = i+1, j+size
			continue
		case i < len(p) && p[i].char == lowerCase[b[j]]:
			i, j = i+1, j+1
			continue
		case star < 0:
			return false
		}
		from++
		i, j = star+1, from
	}
	for i < len(p) && p[i].kind == anything {
		i++
	}
	return i == len(p)
}

// lowerCase maps ASCII letters to lower case and leaves other bytes as they are.
var lowerCase = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// equalFold compares b with a text in lower case.
func equalFold(b, folded []byte) bool {
	if len(b) != len(folded) {
		return false
	}
	for i, c := range b {
		if lowerCase[c] != folded[i] {
			return false
		}
	}
	return true
}

// appendLower appends b in lower case, ASCII letters only, eight bytes at a time.
func appendLower(dst, b []byte) []byte {
	const ones = 0x0101010101010101
	n := len(dst)
	dst = append(dst, b...)
	rest := dst[n:]
	for ; len(rest) >= 8; rest = rest[8:] {
		w := binary.LittleEndian.Uint64(rest)
		low := w &^ (0x80 * ones)
		fromA, behindZ := low+(0x80-'A')*ones, low+(0x7f-'Z')*ones
		upper := (fromA ^ behindZ) &^ w & (0x80 * ones) // the high bit of each capital
		binary.LittleEndian.PutUint64(rest, w|upper>>2)
	}
	for i, c := range rest {
		rest[i] = lowerCase[c]
	}
	return dst
}

// A grepPredicate holds where the raw record has a text, whatever the case of
// ASCII letters.
type grepPredicate struct {
	needles [][]byte // the ways in which JSON may write it, in lower case
}

// filterGrep looks for the text as it stands, and as a JSON string would have it.
func filterGrep(t Term) (parsedTerm, error) {
	if t.Value == "" {
		return parsedTerm{}, errEmpty
	}
	p := &grepPredicate{}
	for _, form := range []func(string) string{strings.Clone, quotedJSON, asciiJSON} {
		n := appendLower(nil, []byte(form(t.Value)))
		if !slices.ContainsFunc(p.needles, func(o []byte) bool { return bytes.Equal(o, n) }) {
			p.needles = append(p.needles, n)
		}
	}
	return parsedTerm{predicate: p}, nil
}

// quotedJSON returns s as it stands within the quotes of a JSON string.
func quotedJSON(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return s
	}
	return strings.TrimSuffix(strings.TrimSuffix(b.String(), "\n"), `"`)[1:]
}

// asciiJSON is quotedJSON as writers have it that escape what is not ASCII, and
// <, > and &.
func asciiJSON(s string) string {
	var dst []byte
	for _, r := range quotedJSON(s) {
		if r < utf8.RuneSelf && r != '<' && r != '>' && r != '&' {
			dst = append(dst, byte(r))
		} else {
			dst = appendJSONEscape(dst, r)
		}
	}
	return string(dst)
}

func (p *grepPredicate) cost() int { return 1000 }

func (p *grepPredicate) mayMatch(*rowGroup) (bool, error) { return true, nil }

func (p *grepPredicate) match(b *block, among, out rowBits) error {
	for _, leaf := range [...]int{leafRaw, leafRawBytes} {
		v, err := b.column(leaf)
		if err != nil {
			return err
		}
		b.pages.folded = appendLower(b.pages.folded[:0], v.data)
		for _, needle := range p.needles {
			s := seeker{text: b.pages.folded, needle: needle, at: -1}
			eachRow(b.group.rows, among, func(row int) {
				if n := v.index[row]; n >= 0 && s.in(v.extent(n)) {
					out.set(row)
				}
			})
		}
	}
	return nil
}

// A seeker looks for a needle in parts of a text, which mostly follow each other:
// where it stands nowhere for long, one search passes many parts.
type seeker struct {
	text, needle []byte
	at           int // where it was found last, searching from from
	from         int
}

func (s *seeker) in(from, to int) bool {
	if s.at < from || from < s.from {
		s.from, s.at = from, len(s.text)
		if i := bytes.Index(s.text[from:], s.needle); i >= 0 {
			s.at = from + i
		}
	}
	if s.at >= to || s.at+len(s.needle) <= to {
		return s.at < to
	}
	return false // it begins here and ends beyond, so there is none before
}

var resourceNames = leavesNamed("resource_names")

// A resourcePredicate holds where an event names a resource: in resource_names or,
// where that does not have it, as a value in requestParameters, for whatever name the
// extraction does not know.
type resourcePredicate struct {
	names textPredicate
	test  func([]byte) bool
	parts [][]byte // literal parts of the pattern in lower case, for a quick look
}

func filterResource(t Term) (parsedTerm, error) {
	test, err := glob(t.Value)
	if err != nil {
		return parsedTerm{}, err
	}
	p := &resourcePredicate{names: textPredicate{leaves: resourceNames, tests: tests(test)}, test: test}
	var part []byte
	for _, token := range append(parseGlob(t.Value), globToken{kind: anything}) {
		if token.kind == literal && token.char < utf8.RuneSelf && token.char != '"' && token.char != '\\' && token.char != '/' {
			part = append(part, token.char)
			continue
		}
		if len(part) > 0 {
			p.parts = append(p.parts, part)
		}
		part = nil
	}
	return parsedTerm{predicate: p}, nil
}

func (p *resourcePredicate) cost() int { return 100 }

func (p *resourcePredicate) mayMatch(*rowGroup) (bool, error) { return true, nil }

func (p *resourcePredicate) match(b *block, among, out rowBits) error {
	if err := p.names.match(b, among, out); err != nil {
		return err
	}
	v, err := b.column(leafRequest)
	if err != nil {
		return err
	}
	b.pages.folded = appendLower(b.pages.folded[:0], v.data)
	// A writer may have escaped any letter: then only a full look tells.
	escapes := seeker{text: b.pages.folded, needle: []byte(`\u`), at: -1}
	parts := make([]seeker, len(p.parts))
	for i := range parts {
		parts[i] = seeker{text: b.pages.folded, needle: p.parts[i], at: -1}
	}
	eachRow(b.group.rows, among, func(row int) {
		n := v.index[row]
		if n < 0 || out.has(row) {
			return
		}
		from, to := v.extent(n)
		for i := range parts {
			if !parts[i].in(from, to) && !escapes.in(from, to) {
				return
			}
		}
		if anyString(v.value(n), p.test) {
			out.set(row)
		}
	})
	return nil
}

// anyString reports whether the test holds of a string, or another scalar, in the
// values of a JSON text. Keys are not asked.
func anyString(text []byte, test func([]byte) bool) bool {
	rec := parser.Record{Raw: text}
	v, _ := rec.Get("")
	return anyScalar(v, test, 0)
}

// maxValueDepth is deeper than any record that parser lets pass.
const maxValueDepth = 512

func anyScalar(v parser.Value, test func([]byte) bool, depth int) (found bool) {
	raw := v.Raw()
	if len(raw) == 0 || depth > maxValueDepth {
		return false
	}
	switch raw[0] {
	case '{':
		v.Members(func(_ string, m parser.Value) bool {
			found = anyScalar(m, test, depth+1)
			return !found
		})
	case '[':
		v.Each(func(m parser.Value) bool {
			found = anyScalar(m, test, depth+1)
			return !found
		})
	default:
		return test([]byte(v.String()))
	}
	return found
}
