package report

import (
	"bytes"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A guard says which call weakens what guards or records, and which one takes that back.
type guard struct {
	service string // eventSource without .amazonaws.com
	action  string
	effect  effect
	kind    string // what is concerned
	what    string // how it is weakened; the call that takes it back has the same
	names   string // the target, as in a trace; of a call that takes back, "": every target of account and region
	// when are conditions, parted by spaces, all of which must hold: a name leads to something, name=value to
	// that, name~text to something that has the text in it, ~text stands in the request; ! before one negates it.
	when   string
	detail string // names whose values say more, parted by spaces
}

// An effect is what a call does to a defence.
type effect uint8

const (
	weakens  effect = iota
	restores        // what another call weakened
	alters          // it weakens, or may, and no call plainly takes it back
)

// holds reports whether the guard is about the call that a record is of.
func (g *guard) holds(rec *parser.Record) bool {
	for condition := range strings.FieldsSeq(g.when) {
		condition, negated := strings.CutPrefix(condition, "!")
		if meets(rec, condition) == negated {
			return false
		}
	}
	return true
}

func meets(rec *parser.Record, condition string) bool {
	if text, ok := strings.CutPrefix(condition, "~"); ok {
		v, _ := rec.Get("requestParameters")
		return bytes.Contains(v.Raw(), []byte(text))
	}
	if name, text, ok := strings.Cut(condition, "~"); ok {
		return slices.ContainsFunc(resolve(rec, name), func(v string) bool { return strings.Contains(v, text) })
	}
	name, want, exact := strings.Cut(condition, "=")
	values := resolve(rec, name)
	return len(values) > 0 && (!exact || strings.EqualFold(values[0], want))
}

// targets returns what the call is about; of one that names nothing, the account.
func (g *guard) targets(rec *parser.Record, account string) []string {
	if g.names == "" {
		return []string{account}
	}
	t := trace{service: g.service}
	var out []string
	for _, values := range t.combinations(rec, g.names) {
		out = append(out, clip(strings.Join(values, ", ")))
	}
	if out == nil && g.effect != restores {
		return []string{""}
	}
	return out
}

// details says more of the call.
func (g *guard) details(rec *parser.Record) string {
	var out []string
	for name := range strings.FieldsSeq(g.detail) {
		label, path, ok := strings.Cut(name, "=")
		if !ok {
			label, path = "", name
		}
		if values := resolve(rec, path); len(values) > 0 {
			out = append(out, strings.TrimSpace(label+" "+strings.Join(values[:min(len(values), maxDetails)], ", ")))
		}
	}
	return clip(strings.Join(out, "; "))
}

// maxDetails is how many values of one name are told.
const maxDetails = 5

var guards = func() map[string][]guard {
	m := map[string][]guard{}
	for _, g := range guardTable {
		m[g.action] = append(m[g.action], g)
	}
	return m
}()
