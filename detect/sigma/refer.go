package sigma

import (
	"github.com/coldtrail/coldtrail/parser"
)

// reference is a value that is another field's.
type reference struct {
	other       *field
	lead, trail bool
	cased       bool
}

// match says nothing: refer asks.
func (reference) match(value) bool { return false }

// refer compares the values of two fields with each other.
type refer struct {
	f *field
	reference
}

func (e refer) eval(r *parser.Record) bool {
	for _, s := range texts(r, e.other) {
		for _, t := range texts(r, e.f) {
			if e.same(t, s) {
				return true
			}
		}
	}
	return false
}

// same compares as a pattern would that has s for its text.
func (e refer) same(t, s string) bool {
	if !e.cased {
		t, s = fold(t), fold(s)
	}
	switch {
	case len(t) < len(s):
		return false
	case e.lead && e.trail:
		return index(t, s, false) >= 0
	case e.lead:
		return t[len(t)-len(s):] == s
	case e.trail:
		return t[:len(s)] == s
	}
	return t == s
}

// texts returns a field's values, without those that are null or objects.
func texts(r *parser.Record, f *field) []string {
	if s, ok := f.plain(r); ok {
		return []string{s}
	}
	var all gathered
	f.reach(r, &all)
	return all.texts
}

// plain returns a hot field's text, if it has one.
func (f *field) plain(r *parser.Record) (string, bool) {
	if f.hot == nil {
		return "", false
	}
	s := f.hot(r)
	return s, s != "" && (s[0] != '{' && s[0] != '[' || f.bracketed(s))
}

// gathered collects values.
type gathered struct{ texts []string }

func (g *gathered) visit(raw []byte) bool {
	anyValue(raw, escapes(raw), g)
	return false
}

func (g *gathered) match(v value) bool {
	g.texts = append(g.texts, v.text)
	return false
}
