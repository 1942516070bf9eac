package scan

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
)

// A batch is a stretch of the timeline on its way to the sinks. It holds the
// bytes of its entries in one arena, so that moving them costs one copy.
type batch struct {
	r       *run
	arena   []byte
	raw     int64 // bytes of the lines' records
	stored  int64 // of those that lie on the disk
	lines   []line
	ready   chan struct{} // closed when encoded
	encoded []any         // by sink
}

// line is an entry of a batch before it is decoded.
type line struct {
	ordinal  uint64
	key      int // where its key begins in the arena
	off, end int // of the value in the arena
	copies   int
	places   []detect.Place // of the copies, the first of them
	findings []Membership
	listed   []membership // the same, until the group is closed
	clash    bool         // a record of the same event ID and account differs
	again    []byte       // what settleDoubts found, if the record was read again
	// spellings are the content hashes of copies that are the same JSON.
	spellings [][hashBytes]byte
}

// record returns the line's record, where it was read again.
func (l *line) record() []byte { return recordOf(l.again) }

// recordOf returns the record that settleDoubts read, if it did.
func recordOf(again []byte) []byte {
	if len(again) == 0 {
		return nil
	}
	return again[canonicalTo:]
}

func (l *line) spelled(hash []byte) bool {
	return slices.Contains(l.spellings, [hashBytes]byte(hash))
}

const batchLines = 4096

// A batch whose records the sinks want is cut where its records fill rawBytes or
// its lines batchRows, whatever the memory, so that a sink may make a unit of it.
const (
	rawBytes = 8 << 20
	// encodeBytes is about what one batch takes with its records while it is encoded.
	encodeBytes = 3 * rawBytes

	batchRows = 16 << 10
)

// batchBytes is how large a batch may grow: large enough to make the hand-over
// cheap, small enough that some seven for each worker, with what they are
// encoded to, fit into what the sorters leave of the budget.
func (r *run) batchBytes() int {
	return int(min(1<<20, max(32<<10, r.cfg.Memory/int64(128*r.cfg.Workers))))
}

func (b *batch) reset() {
	b.arena, b.lines, b.encoded, b.raw, b.stored = b.arena[:0], b.lines[:0], nil, 0, 0
	b.ready = make(chan struct{})
}

func (b *batch) full() bool {
	if b.r.spool != nil {
		return b.raw >= rawBytes || len(b.lines) >= batchRows
	}
	return len(b.arena) >= b.r.batchBytes() || len(b.lines) >= batchLines
}

func (b *batch) add(ordinal uint64, key, value []byte) *line {
	b.lines = append(b.lines, line{ordinal: ordinal})
	l := &b.lines[len(b.lines)-1]
	b.replace(l, key, value)
	return l
}

// replace gives a line its content.
func (b *batch) replace(l *line, key, value []byte) {
	l.key = len(b.arena)
	b.arena = append(append(b.arena, key...), value...)
	if b.r.spool != nil {
		at := spotOf(value[hashBytes:])
		if b.raw += int64(at.size); at.where&inMemory == 0 {
			b.stored += int64(at.size)
		}
	}
	l.off, l.end = l.key+len(key), len(b.arena)
}

func (b *batch) hash(l *line) []byte { return b.arena[l.off : l.off+hashBytes] }

// decode returns what a line holds. It aliases the arena.
func (b *batch) decode(l *line) (ref detect.EventRef, carried []byte, err error) {
	value := b.arena[l.off+b.r.head : l.end]
	ref, n, err := b.r.shared.decode(b.arena[l.key:l.off], value)
	if err != nil {
		return ref, nil, fmt.Errorf("entry %d: %w", l.ordinal, err)
	}
	return ref, value[n:], nil
}

// entries decodes the batch. They alias the arena, and raw, which holds what
// records were read back from the disk.
func (b *batch) entries(dst []Entry, raw []byte) ([]Entry, []byte, error) {
	raw = slices.Grow(raw, int(b.stored)) // else entries would keep what it grew from
	for i := range b.lines {
		l := &b.lines[i]
		ref, carried, err := b.decode(l)
		if err != nil {
			return nil, raw, err
		}
		e := Entry{
			Ordinal: l.ordinal, Ref: ref, Carried: carried, Shape: b.r.shapes.name(ref.Place.Object),
			Copies: l.copies, Places: l.places, Findings: l.findings,
		}
		if b.r.spool != nil {
			if e.Raw, raw, err = b.r.spool.read(raw, spotOf(b.arena[l.off+hashBytes:])); err != nil {
				return nil, raw, fmt.Errorf("entry %d: %w", l.ordinal, err)
			}
		}
		dst = append(dst, e)
	}
	return dst, raw, nil
}

// settle merges the runs into the timeline and hands it to the sinks: one
// goroutine keeps the order, the workers encode, one commits.
func (r *run) settle(ctx context.Context, sinks []Sink) error {
	g, ctx := errgroup.WithContext(ctx)
	depth := 2 * r.encoders()
	work := make(chan *batch)
	inOrder := make(chan *batch, depth)
	free := make(chan *batch, depth)
	for range r.encoders() {
		g.Go(func() error { return encode(ctx, sinks, work) })
	}
	g.Go(func() error { return commit(ctx, sinks, inOrder, free) })
	g.Go(func() error {
		defer close(work)
		defer close(inOrder)
		m := &merger{r: r, free: free, copyKeys: copyKeys{hashes: r.hashes}}
		m.out = func(b *batch) error {
			if err := send(ctx, inOrder, b); err != nil {
				return err
			}
			return send(ctx, work, b)
		}
		return m.run(ctx)
	})
	return g.Wait()
}

// encoders is how many batches are encoded at once: no more than their records,
// and what sinks make of them, leave room for.
func (r *run) encoders() int {
	if !r.cfg.Raw {
		return r.cfg.Workers
	}
	return int(max(1, min(int64(r.cfg.Workers), r.cfg.Memory/100*encodeShare/encodeBytes)))
}

func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func encode(ctx context.Context, sinks []Sink, work <-chan *batch) error {
	var entries []Entry
	var raw []byte
	for b := range work {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		if entries, raw, err = b.entries(entries[:0], raw[:0]); err != nil {
			return err
		}
		for _, s := range sinks {
			encoded, err := s.Encode(entries)
			if err != nil {
				return err
			}
			b.encoded = append(b.encoded, encoded)
		}
		close(b.ready)
	}
	return nil
}

func commit(ctx context.Context, sinks []Sink, inOrder <-chan *batch, free chan<- *batch) error {
	for b := range inOrder {
		select {
		case <-b.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i, s := range sinks {
			if err := s.Commit(b.encoded[i]); err != nil {
				return err
			}
		}
		select {
		case free <- b:
		default:
		}
	}
	return nil
}
