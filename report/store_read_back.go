package report

import (
	"context"
	"fmt"
	"sort"
)

// eachBlockBackward is eachBlock from the end of the timeline: take is called with the last
// row group first. The rows of a block rise as ever.
func eachBlockBackward[T any](ctx context.Context, s *EventStore, f *Filter, work func(*block) (T, error), take func(T) error) error {
	bound, err := f.bind(ctx, s)
	if err != nil {
		return err
	}
	bound.backward = true
	return runBlocks(ctx, s, bound, work, take)
}

// groupsBackward is groups from the end.
func (s *EventStore) groupsBackward(f *boundFilter, yield func(*rowGroup) error) error {
	last, err := s.lastPart(f)
	next := int64(-1) // the ordinal with which the part behind this one begins
	for i := last; err == nil && i >= 0; i-- {
		var p *storePart
		if p, err = s.part(i); err != nil {
			return err
		}
		var past bool
		if n := len(p.groups); n > 0 {
			if to := p.groups[n-1].ordinals.to; next >= 0 && to+1 != next {
				err = fmt.Errorf("%s: %s: ends with event %d, not with %d: it is not of this case", s.label, p.name, to, next-1)
			}
			next = p.groups[0].ordinals.from
		}
		if err == nil {
			past, err = s.partGroupsBackward(p, f, yield)
		}
		s.release(p)
		if past {
			break
		}
	}
	return err
}

// lastPart returns the last part that may hold what the filter selects, or -1.
func (s *EventStore) lastPart(f *boundFilter) (last int, err error) {
	if !f.bounded {
		return len(s.names) - 1, nil
	}
	past := sort.Search(len(s.names), func(i int) bool {
		if err != nil {
			return true
		}
		var p *storePart
		if p, err = s.part(i); err != nil {
			return true
		}
		defer s.release(p)
		return len(p.groups) > 0 && (p.groups[0].times.from > f.times.to || p.groups[0].ordinals.from > f.ordinals.to)
	})
	return past - 1, err
}

// partGroupsBackward is partGroups from the end; past says that what is before it lies before
// all that the filter selects.
func (s *EventStore) partGroupsBackward(p *storePart, f *boundFilter, yield func(*rowGroup) error) (past bool, err error) {
	for i := len(p.groups) - 1; i >= 0; i-- {
		g := &p.groups[i]
		if g.times.to < f.times.from || g.ordinals.to < f.ordinals.from {
			return true, nil
		}
		if !g.times.overlaps(f.times) || !g.ordinals.overlaps(f.ordinals) {
			continue
		}
		s.hold(p)
		if err := yield(g); err != nil {
			return false, err
		}
	}
	return false, nil
}
