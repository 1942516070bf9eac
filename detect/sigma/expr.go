package sigma

import (
	"bytes"
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

// An expr is a compiled condition, search or comparison.
type expr interface {
	eval(*parser.Record) bool
}

type (
	and   []expr
	or    []expr
	not   struct{ expr }
	never struct{}
)

func (a and) eval(r *parser.Record) bool {
	for _, e := range a {
		if !e.eval(r) {
			return false
		}
	}
	return true
}

func (o or) eval(r *parser.Record) bool {
	for _, e := range o {
		if e.eval(r) {
			return true
		}
	}
	return false
}

func (n not) eval(r *parser.Record) bool { return !n.expr.eval(r) }

func (never) eval(*parser.Record) bool { return false }

// compare asks one probe.
type compare struct{ *probe }

func (c compare) eval(r *parser.Record) bool { return c.any(r) }

// keyword asks whether any leaf of the whole event fits.
type keyword struct {
	test   test
	needle string // folded and ASCII: an event without it, escapes apart, cannot fit; "" says nothing
}

func (k keyword) eval(r *parser.Record) bool {
	if k.needle != "" && index(view(r.Raw), k.needle, true) < 0 && bytes.IndexByte(r.Raw, 0x5c) < 0 {
		return false
	}
	return anyLeaf(r.Raw, true, k.test)
}

// equals is compare for the most frequent of comparisons: a hot field with some texts.
type equals struct {
	*field
	texts []string // folded, none empty
	slow  compare  // for a value that is no text
}

func (e equals) eval(r *parser.Record) bool {
	s := e.hot(r)
	if s == "" {
		return false
	}
	if (s[0] == '{' || s[0] == '[') && !e.bracketed(s) {
		return e.slow.eval(r)
	}
	if e.among(s) {
		return true
	}
	if e.also == nil {
		return false
	}
	other := e.also(s)
	return len(other) != len(s) && e.among(other)
}

func (e *equals) among(s string) bool {
	for _, t := range e.texts {
		if len(t) == len(s) && samePrefix(s, t, true) {
			return true
		}
	}
	if ascii(s) {
		return false
	}
	s = fold(s)
	return slices.Contains(e.texts, s)
}
