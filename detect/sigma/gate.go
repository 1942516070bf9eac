package sigma

import (
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

// gateOf returns what a rule asks of those members alone that a detect.Detector's Gate may
// look at, or nil. An event that does not pass it cannot fit the rule.
func gateOf(e expr) func(*parser.Record) bool {
	gate := gated(e)
	if gate == nil {
		return nil
	}
	return func(r *parser.Record) bool {
		for _, f := range gateFields {
			if s := f.hot(r); s != "" && (s[0] == '{' || s[0] == '[') && !f.bracketed(s) {
				return true // no text: the event itself has to be looked at
			}
		}
		return gate.eval(r)
	}
}

var gateFields = []*field{newField("userAgent"), newField("errorCode"), newField("eventType"), newField("userIdentity.type")}

// gated returns the part of an expr that is about those members alone, or nil.
func gated(e expr) expr {
	switch e := e.(type) {
	case and:
		var parts and
		for _, part := range e {
			if p := gated(part); p != nil {
				parts = append(parts, p)
			}
		}
		if len(parts) > 0 {
			return parts
		}
		return nil
	case or:
		parts := make(or, 0, len(e))
		for _, part := range e {
			p := gated(part)
			if p == nil {
				return nil // what fits by this part may have anything there
			}
			parts = append(parts, p)
		}
		return parts
	}
	if only(e) {
		return e
	}
	return nil
}

// only reports whether an expr looks at nothing but the texts of those members.
func only(e expr) bool {
	other := func(e expr) bool { return !only(e) }
	switch e := e.(type) {
	case never:
		return true
	case not:
		return only(e.expr)
	case and:
		return !slices.ContainsFunc(e, other)
	case or:
		return !slices.ContainsFunc(e, other)
	case equals:
		return gateField(e.field)
	case compare:
		return gateField(e.field) && !e.empty
	}
	return false
}

func gateField(f *field) bool {
	return f.head == "coldtrail" || slices.ContainsFunc(gateFields, func(g *field) bool { return g.name == f.name })
}
