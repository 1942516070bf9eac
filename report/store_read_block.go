package report

import (
	"context"
	"fmt"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
)

// A block is a row group in work: the rows that are selected, and the columns
// as they are asked for. It belongs to one goroutine at a time.
type block struct {
	store    *EventStore
	pages    *pageReader
	group    *rowGroup
	selected rowBits // nil: all
	vectors  []*vector
	redacted []bool // of each column; see redact
}

func newBlock(s *EventStore, pages *pageReader, g *rowGroup) *block {
	return &block{store: s, pages: pages, group: g, vectors: make([]*vector, len(eventLeaves))}
}

// column returns a column, of which the selected rows at least are there.
func (b *block) column(leaf int) (*vector, error) {
	if v := b.vectors[leaf]; v != nil {
		return v, nil
	}
	key := columnKey{b.group.part.number, b.group.number, leaf}
	v := b.store.columns.get(key)
	if v == nil {
		if v = b.store.columns.take(leaf); v == nil {
			v = &vector{}
		}
		if err := b.pages.readInto(v, &b.group.tableGroup, leaf, b.selected); err != nil {
			return nil, b.group.errorf(leaf, err)
		}
		b.store.columns.offer(key, v)
	}
	b.vectors[leaf] = v
	return v, nil
}

// done gives the memory of the block's columns back. No value of it may be in use
// any more, and the caller must be the goroutine that read them.
func (b *block) done() {
	for i, v := range b.vectors {
		switch {
		case v == nil || v.kept:
		case b.store.columns != nil:
			b.store.columns.give(i, v)
		default:
			b.pages.keep(v.data)
		}
		b.vectors[i] = nil
	}
}

// taken is done for whoever takes what another goroutine has read.
func (b *block) taken() {
	if b.store.columns != nil {
		b.done()
	}
}

// load reads columns, so that the rows' accessors have them.
func (b *block) load(leaves []int) error {
	for _, l := range leaves {
		if _, err := b.column(l); err != nil {
			return err
		}
	}
	b.redact(leaves)
	return nil
}

// rows yields the selected rows.
func (b *block) rows(yield func(row int) bool) {
	if b.selected != nil {
		b.selected.each(yield)
		return
	}
	for row := range b.group.rows {
		if !yield(row) {
			return
		}
	}
}

// ordinal returns a row's place in the timeline.
func (b *block) ordinal(row int) uint64 { return uint64(b.group.ordinals.from) + uint64(row) }

// bytes returns a text of a column that was loaded and does not repeat.
func (b *block) bytes(leaf, row int) ([]byte, bool) { return b.vectors[leaf].bytes(row) }

// number returns a number of a column that was loaded; 0 where it is NULL.
func (b *block) number(leaf, row int) int64 {
	n, _ := b.vectors[leaf].number(row)
	return n
}

// time returns the row's event time; its column must be loaded.
func (b *block) time(row int) time.Time {
	return time.UnixMicro(b.number(leafTime, row)).UTC()
}

// copyPlaces appends to dst where identical copies of a row's event lie, as far as the
// store names them. Their columns must be loaded. The elements of their lists are never
// NULL, but a damaged case may have lists of different lengths: that is an error, which
// names the event.
func (b *block) copyPlaces(dst []detect.Place, row int) ([]detect.Place, error) {
	var lists [3][]int32
	var values [3][]int64
	for i, leaf := range [...]int{leafCopyObject, leafCopyIndex, leafCopyOffset} {
		v := b.vectors[leaf]
		from, to := v.entries(row)
		lists[i], values[i] = v.index[from:to], v.ints
	}
	objects, indexes, offsets := lists[0], lists[1], lists[2]
	if len(indexes) != len(objects) || len(offsets) != len(objects) {
		return nil, fmt.Errorf("event #%d: its copies lie in %d objects, at %d indexes and %d offsets: the event store is damaged",
			b.ordinal(row), len(objects), len(indexes), len(offsets))
	}
	for i, o := range objects {
		dst = append(dst, detect.Place{Object: uint64(values[0][o]), Index: int(values[1][indexes[i]]), Offset: values[2][offsets[i]]})
	}
	return dst, nil
}

// readers is how many row groups are in work at once. Two keep two cores busy,
// and bound the memory: each holds some 30 MB where the raw records are asked for.
const readers = 2

// eachBlock calls work, on several goroutines, with every row group in which the
// filter selects rows (work may call the block's done), and take with what work made of them, in timeline order and
// on one goroutine. The first error ends it, as does the context.
func eachBlock[T any](ctx context.Context, s *EventStore, f *Filter, work func(*block) (T, error), take func(T) error) error {
	bound, err := f.bind(ctx, s.plain())
	if err != nil {
		return err
	}
	return runBlocks(ctx, s, bound, work, take)
}

// A pending is a row group on its way through the workers.
type pending[T any] struct {
	group *rowGroup
	done  chan struct{}
	made  T
	some  bool // rows were selected
}

func runBlocks[T any](ctx context.Context, s *EventStore, f *boundFilter, work func(*block) (T, error), take func(T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	jobs := make(chan *pending[T])
	order := make(chan *pending[T], readers) // bounds what is ready and not yet taken
	g.Go(func() error {
		defer close(order)
		defer close(jobs)
		return s.groups(f, func(group *rowGroup) error {
			p := &pending[T]{group: group, done: make(chan struct{})}
			err := offer(ctx, order, p)
			if err == nil {
				err = offer(ctx, jobs, p)
			}
			if err != nil {
				s.release(group.part) // nobody works on it
			}
			return err
		})
	})
	for range readers {
		g.Go(func() error {
			pages := s.pages.take()
			defer s.pages.give(pages)
			for p := range jobs {
				b := newBlock(s, pages, p.group)
				some, err := f.selectRows(b)
				if err == nil && some {
					p.made, err = work(b)
				} else {
					b.done()
				}
				s.release(p.group.part)
				if err != nil {
					return fmt.Errorf("%s: %w", s.label, err)
				}
				p.some = some
				close(p.done)
			}
			return nil
		})
	}
	g.Go(func() error {
		for p := range order {
			select {
			case <-p.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if p.some {
				if err := take(p.made); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}

// groups yields the row groups in which the filter may select rows, each with its
// part held open until it is released.
func (s *EventStore) groups(f *boundFilter, yield func(*rowGroup) error) error {
	if f.backward {
		return s.groupsBackward(f, yield)
	}
	first, err := s.firstPart(f)
	next := int64(0) // the ordinal with which the next part begins
	for i := first; err == nil && i < len(s.names); i++ {
		var p *storePart
		if p, err = s.part(i); err != nil {
			return err
		}
		var past bool
		if err = s.follows(p, i > first, &next); err == nil {
			past, err = s.partGroups(p, f, yield)
		}
		s.release(p)
		if past {
			break
		}
	}
	return err
}

// follows checks that a part begins where the one before it ended.
func (s *EventStore) follows(p *storePart, known bool, next *int64) error {
	if len(p.groups) == 0 {
		return nil
	}
	if from := p.groups[0].ordinals.from; (known || p.number == 0) && from != *next {
		return fmt.Errorf("%s: %s: begins with event %d, not with %d: it is not of this case", s.label, p.name, from, *next)
	}
	*next = p.groups[len(p.groups)-1].ordinals.to + 1
	return nil
}

// firstPart returns the first part that may hold what the filter selects.
func (s *EventStore) firstPart(f *boundFilter) (first int, err error) {
	if !f.bounded {
		return 0, nil
	}
	first = sort.Search(len(s.names), func(i int) bool {
		if err != nil {
			return true
		}
		var p *storePart
		if p, err = s.part(i); err != nil {
			return true
		}
		defer s.release(p)
		n := len(p.groups)
		return n == 0 || p.groups[n-1].times.to >= f.times.from && p.groups[n-1].ordinals.to >= f.ordinals.from
	})
	return first, err
}

// partGroups is groups for one part; past says that what follows lies behind all
// that the filter selects.
func (s *EventStore) partGroups(p *storePart, f *boundFilter, yield func(*rowGroup) error) (past bool, err error) {
	for i := range p.groups {
		g := &p.groups[i]
		if g.times.from > f.times.to || g.ordinals.from > f.ordinals.to {
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

func offer[T any](ctx context.Context, c chan<- T, v T) error {
	select {
	case c <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
