package report

import (
	"context"
	"slices"
)

// Within returns a filter that selects what f does, of the events from one place in
// the timeline up to another, which is not included. It costs what lies between them.
// A nil f selects everything.
func (f *Filter) Within(from, to uint64) *Filter {
	out := &Filter{}
	if f != nil {
		*out = *f
	}
	out.clauses = append(slices.Clone(out.clauses), clause{any: []predicate{&rangePredicate{span64{clampInt64(from), clampInt64(to) - 1}}}})
	return out
}

func clampInt64(n uint64) int64 { return int64(min(n, 1<<63-1)) }

// Resolve returns the filter with what only the case knows put in: the times around an
// event and the events of findings. A filter that is used several times on
// one case needs to be resolved only once. What the case does not know is an error.
func (s *EventStore) Resolve(ctx context.Context, f *Filter) (*Filter, error) {
	b, err := f.bind(ctx, s)
	if err != nil {
		return nil, err
	}
	out := &Filter{clauses: b.clauses}
	if f != nil {
		out.terms = f.terms
	}
	return out, nil
}

// Terms returns the flags of which the filter was made.
func (f *Filter) Terms() []Term {
	if f == nil {
		return nil
	}
	return slices.Clone(f.terms)
}

// A rangePredicate holds of events by their places in the timeline.
type rangePredicate struct{ span64 }

func (p *rangePredicate) cost() int { return 0 }

func (p *rangePredicate) within() (times, ordinals span64) { return everything, p.span64 }

func (p *rangePredicate) mayMatch(g *rowGroup) (bool, error) { return p.overlaps(g.ordinals), nil }

func (p *rangePredicate) match(b *block, _, out rowBits) error {
	from, to := max(p.from, b.group.ordinals.from), min(p.to, b.group.ordinals.to)
	for o := from; o <= to; o++ {
		out.set(int(o - b.group.ordinals.from))
	}
	return nil
}
