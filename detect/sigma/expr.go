package sigma

import (
	"bytes"

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
