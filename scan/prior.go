package scan

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A Prior is what an earlier run has read, as its case keeps it: new evidence
// joins it without a second reading of the old. Its objects come before those of
// Config.Paths.
type Prior interface {
	// Sources returns the labels of its evidence roots, in their order.
	Sources() []string
	// Objects yields the objects in the order of their ordinals, which have no
	// gap, without their problems. The path is the one that the manifest shows.
	Objects() iter.Seq2[Object, error]
	// Problems yields what could not be read of them, in the same order.
	Problems() iter.Seq2[ObjectProblem, error]
	// Digests yields the contents of its digest files in the order of the objects, then what the
	// examiner gave to judge them by, as Result.Digests does.
	Digests() iter.Seq2[Digest, error]
	// Events calls yield with every event, by one goroutine; it may be called
	// again. The event is valid until yield returns.
	Events(ctx context.Context, yield func(*PriorEvent) error) error
}

// A PriorEvent is an event of a Prior.
type PriorEvent struct {
	Raw    []byte // its record
	Place  detect.Place
	Copies []detect.Place // all of them
}

// listPrior puts the prior objects into the object table and the manifest.
func (r *run) listPrior(l *Listing) error {
	if r.cfg.Prior == nil {
		return nil
	}
	for _, label := range r.cfg.Prior.Sources() {
		r.sources.table.labels = append(r.sources.table.labels, label)
		r.sources.roots = append(r.sources.roots, nil) // it is not read again
	}
	problem, stop := iter.Pull2(r.cfg.Prior.Problems())
	defer stop()
	w := r.objects.NewWriter()
	p, err, more := problem()
	for o, oerr := range r.cfg.Prior.Objects() {
		if err := errors.Join(oerr, err); err != nil {
			return err
		}
		if o.Ordinal != r.sources.table.n {
			return fmt.Errorf("prior object %d: object %d was expected", o.Ordinal, r.sources.table.n)
		}
		if err := r.listPriorObject(&o, l); err != nil {
			return err
		}
		o.Problems = nil
		for n := uint64(1); more && p.Object == o.Ordinal; n++ {
			if n <= shownProblems {
				o.Problems = append(o.Problems, p.Problem)
			}
			if err := w.Add(objectKey(o.Ordinal, n), encodeJSON(p)); err != nil {
				return err
			}
			if p, err, more = problem(); err != nil {
				return err
			}
		}
		if err := w.Add(objectKey(o.Ordinal, 0), o.append(nil)); err != nil {
			return err
		}
		r.totals.addObject(&o)
	}
	if more {
		return fmt.Errorf("a prior problem names object %d, of %d", p.Object, r.sources.table.n)
	}
	r.prior = r.sources.table.n
	r.sources.table.prior = r.prior
	return w.Close()
}

// priorGiven adds what the examiner gave when the prior evidence was judged.
func (l *ledger) priorGiven() error {
	return l.eachPrior(func(d *Digest) error {
		if !d.Given() {
			return nil
		}
		return l.giveAgain(d)
	})
}

// priorDigests adds the prior digest files as if they had just been read.
func (l *ledger) priorDigests() error {
	t := l.run.sources.table
	return l.eachPrior(func(d *Digest) error {
		if d.Given() {
			return nil
		}
		if d.Object >= l.run.prior {
			return fmt.Errorf("a prior digest is object %d, of %d", d.Object, l.run.prior)
		}
		o, err := t.object(d.Object)
		if err == nil {
			l.add(d, t.labels[o.source], o.path)
			err = l.err
		}
		return err
	})
}

func (l *ledger) eachPrior(each func(*Digest) error) error {
	if l.run.cfg.Prior == nil {
		return nil
	}
	for d, err := range l.run.cfg.Prior.Digests() {
		if err != nil {
			return err
		}
		if err := each(&d); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) listPriorObject(o *Object, l *Listing) error {
	t := r.sources.table
	source := slices.Index(t.labels, o.Source)
	if source < 0 {
		return fmt.Errorf("prior object %d: source %q is none of %q", o.Ordinal, o.Source, t.labels)
	}
	r.hashed = append(r.hashed, o.ContentSHA256 != "")
	l.See(o.Path, o.Size)
	r.shapes.of = append(r.shapes.of, 0)
	r.shapes.set(o.Ordinal, o.Shape)
	return t.add(listed{source: source, size: o.Size, path: o.Path})
}

// priorBatch is some prior events on their way to a worker.
type priorBatch struct {
	raw    []byte
	events []PriorEvent // Raw aliases raw
}

const priorBytes = 1 << 20

// eachPrior lets workers go over the prior events, in no order.
func (r *run) eachPrior(ctx context.Context, workers int, each func(worker int, e *PriorEvent) error) error {
	if r.cfg.Prior == nil {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	work := make(chan *priorBatch)
	g.Go(func() error {
		defer close(work)
		return r.batchPrior(ctx, func(b *priorBatch) error { return send(ctx, work, b) })
	})
	for n := range workers {
		g.Go(func() error {
			for b := range work {
				for i := range b.events {
					if err := each(n, &b.events[i]); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (r *run) batchPrior(ctx context.Context, yield func(*priorBatch) error) error {
	b := &priorBatch{}
	err := r.cfg.Prior.Events(ctx, func(e *PriorEvent) error {
		if len(b.raw)+len(e.Raw) > priorBytes && len(b.events) > 0 {
			if err := yield(b); err != nil {
				return err
			}
			b = &priorBatch{raw: make([]byte, 0, priorBytes)}
		}
		from := len(b.raw)
		b.raw = append(b.raw, e.Raw...)
		own := *e
		own.Raw = b.raw[from:len(b.raw):len(b.raw)]
		own.Copies = slices.Clone(e.Copies)
		b.events = append(b.events, own)
		return nil
	})
	if err != nil || len(b.events) == 0 {
		return err
	}
	return yield(b)
}

// priorRecord is the event's record, as if it were read at that place.
func (r *run) priorRecord(e *PriorEvent, at detect.Place) (*parser.Record, error) {
	rec, err := parser.Parse(e.Raw)
	if err == nil && rec.Kind != parser.Event {
		err = fmt.Errorf("not an event but %s", rec.Kind)
	}
	if err == nil && at.Object >= r.prior {
		err = fmt.Errorf("%d objects", r.prior)
	}
	if err != nil {
		return nil, fmt.Errorf("prior event in object %d, record %d: %w", at.Object, at.Index, err)
	}
	rec.Origin = parser.Origin{Index: at.Index, Offset: at.Offset}
	return rec, nil
}

// readPrior treats the prior events as if they had just been read.
func (r *run) readPrior(ctx context.Context, workers []*worker) error {
	return r.eachPrior(ctx, len(workers), func(n int, e *PriorEvent) error {
		w := workers[n]
		w.again = true
		for i := -1; i < len(e.Copies); i++ {
			at := e.Place
			if i >= 0 {
				at = e.Copies[i]
			}
			rec, err := r.priorRecord(e, at)
			if err != nil {
				return err
			}
			w.o = Object{Ordinal: at.Object}
			if err := w.record(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

// readPriorAgain is readAgain for prior records, all at once.
func (r *run) readPriorAgain(ctx context.Context, doubts map[placeOf]byte) error {
	if len(doubts) == 0 {
		return nil
	}
	out := r.again.NewWriter()
	found := 0
	err := r.eachPrior(ctx, 1, func(_ int, e *PriorEvent) error {
		for i := -1; i < len(e.Copies); i++ {
			at := e.Place
			if i >= 0 {
				at = e.Copies[i]
			}
			known, wanted := doubts[placeOf{at.Object, uint32(at.Index)}]
			if !wanted {
				continue
			}
			rec, err := r.priorRecord(e, at)
			if err != nil {
				return err
			}
			found++
			if err := r.settleDoubt(out, rec, at.Object, known); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && found != len(doubts) {
		err = fmt.Errorf("the prior case lacks %d of %d events that it had: %w", len(doubts)-found, len(doubts), errChanged)
	}
	return errors.Join(err, out.Close())
}

// placeOf is the place of a record as a map's key.
type placeOf struct {
	object uint64
	index  uint32
}
