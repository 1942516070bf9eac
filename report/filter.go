package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Term is one flag of a filter, as on the command line.
type Term struct {
	Flag  string // without dashes: "ip"
	Value string // times as RFC 3339; "" for flags without a value
	Not   bool   // what the flag selects is left out
}

// String writes the term as on the command line.
func (t Term) String() string {
	s := "--" + t.Flag
	if t.Not {
		s = "--not " + s
	}
	if t.Value != "" {
		s += " " + t.Value
	}
	return s
}

// A Filter selects events. Of the terms of one flag any may hold; those of
// different flags must hold together; and none with Not may hold. An event that
// lacks what a flag asks about is not selected by it, and so not left out by its
// negation.
//
// The nil Filter selects everything. A Filter is not changed by its use.
type Filter struct {
	terms   []Term
	clauses []clause
	late    []lateTerm // what can be resolved only on a case
}

// A clause is the terms of one flag, or a term that is negated.
type clause struct {
	any []predicate
	not bool
}

// A predicate decides about rows.
type predicate interface {
	// cost orders predicates: what reads little comes first.
	cost() int
	// mayMatch reports whether a row of the group can match, from what the
	// footer, bloom filters and the like tell.
	mayMatch(g *rowGroup) (bool, error)
	// match sets in out the rows that match. Only those of among matter (nil:
	// all); others may be set or not.
	match(b *block, among, out rowBits) error
}

// A lateTerm makes its predicate from the case.
type lateTerm struct {
	Term
	resolve func(context.Context, *EventStore) (predicate, error)
}

// NewFilter makes a filter. What is wrong with a term is an error that names it.
// The window is how far from its event --around reaches.
func NewFilter(terms []Term, window time.Duration) (*Filter, error) {
	f := &Filter{terms: slices.Clone(terms)}
	byFlag := make(map[Term]int) // flag and Not: its clause
	for _, t := range terms {
		p, err := parseTerm(t, window)
		if err != nil {
			return nil, fmt.Errorf("--%s %q: %w", t.Flag, t.Value, err)
		}
		key := Term{Flag: t.Flag, Not: t.Not}
		at, ok := byFlag[key]
		if !ok {
			at = len(f.clauses)
			byFlag[key] = at
			f.clauses = append(f.clauses, clause{not: t.Not})
		}
		if p.late != nil {
			f.late = append(f.late, lateTerm{t, p.late})
			f.clauses[at].any = append(f.clauses[at].any, &unresolved{len(f.late) - 1})
			continue
		}
		f.clauses[at].any = join(f.clauses[at].any, p.predicate)
	}
	return f, nil
}

// join adds a predicate, and makes one of those that ask the same columns, so that
// each value is asked once.
func join(all []predicate, p predicate) []predicate {
	if t, ok := p.(*textPredicate); ok {
		for _, other := range all {
			if o, ok := other.(*textPredicate); ok && o.joins(t) {
				o.tests = append(o.tests, t.tests...)
				o.exact = append(o.exact, t.exact...)
				return all
			}
		}
	}
	return append(all, p)
}

// String writes the filter as on the command line; "" where it selects everything.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	words := make([]string, len(f.terms))
	for i, t := range f.terms {
		words[i] = t.String()
	}
	return strings.Join(words, " ")
}

// Has reports whether a flag is among the filter's terms.
func (f *Filter) Has(flag string) bool {
	return f != nil && slices.ContainsFunc(f.terms, func(t Term) bool { return t.Flag == flag })
}

// unresolved stands for the predicate of a late term.
type unresolved struct{ late int }

func (*unresolved) cost() int                            { return 0 }
func (*unresolved) mayMatch(*rowGroup) (bool, error)     { return true, nil }
func (*unresolved) match(*block, rowBits, rowBits) error { panic("filter: not bound to a case") }

// A boundFilter is a filter on one case.
type boundFilter struct {
	clauses  []clause
	bounded  bool
	times    span64 // what it selects lies within, in µs
	ordinals span64
	backward bool // row groups come from the end
}

var (
	everything = span64{math.MinInt64, math.MaxInt64}
	nothing    = span64{math.MaxInt64, math.MinInt64}
)

// bind resolves what the filter says in terms of the case.
func (f *Filter) bind(ctx context.Context, s *EventStore) (*boundFilter, error) {
	b := &boundFilter{times: everything, ordinals: everything}
	if f == nil {
		return b, nil
	}
	resolved := make([]predicate, len(f.late))
	for i, l := range f.late {
		p, err := l.resolve(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", l.Flag, l.Value, err)
		}
		resolved[i] = p
	}
	for _, c := range f.clauses {
		bound := clause{not: c.not, any: slices.Clone(c.any)}
		for i, p := range bound.any {
			if u, ok := p.(*unresolved); ok {
				bound.any[i] = resolved[u.late]
			}
		}
		b.clauses = append(b.clauses, bound)
		b.narrow(&bound)
	}
	slices.SortStableFunc(b.clauses, func(x, y clause) int { return either(x.any).cost() - either(y.any).cost() })
	return b, nil
}

// A boundedPredicate knows within which times and ordinals all lies that it
// holds of.
type boundedPredicate interface {
	within() (times, ordinals span64)
}

// narrow takes a clause's bounds.
func (b *boundFilter) narrow(c *clause) {
	if c.not {
		return
	}
	times, ordinals := either(c.any).within()
	b.times = span64{max(b.times.from, times.from), min(b.times.to, times.to)}
	b.ordinals = span64{max(b.ordinals.from, ordinals.from), min(b.ordinals.to, ordinals.to)}
	b.bounded = b.times != everything || b.ordinals != everything
}

// selectRows sets which rows of the block the filter selects, and reports whether
// it selects any.
func (b *boundFilter) selectRows(blk *block) (bool, error) {
	for i := range b.clauses {
		if b.clauses[i].not {
			continue
		}
		may, err := either(b.clauses[i].any).mayMatch(blk.group)
		if err != nil || !may {
			return false, err
		}
	}
	for i := range b.clauses {
		if err := b.clauses[i].apply(blk); err != nil {
			return false, err
		}
		if blk.selected.empty() {
			return false, nil
		}
	}
	return true, nil
}

// apply narrows the block's selection to what the clause lets pass.
func (c *clause) apply(b *block) error {
	out := newRowBits(b.group.rows)
	if err := either(c.any).match(b, b.selected, out); err != nil {
		return err
	}
	if b.selected == nil {
		b.selected = allRows(b.group.rows)
	} else {
		b.selected = slices.Clone(b.selected)
	}
	if c.not {
		b.selected.minus(out)
	} else {
		b.selected.and(out)
	}
	return nil
}
