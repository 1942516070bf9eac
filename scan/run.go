package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/integrity"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A Config says what to read and what to do with it.
type Config struct {
	Paths     []string  // evidence roots: directories or files; "-" is Stdin, once
	Stdin     io.Reader // standard input; nil: there is none
	Prior     Prior     // what an earlier run has read; nil: nothing
	Detectors []*detect.Detector
	// Accounts, where set, is told which accounts receive the events, before any Stream is made.
	Accounts *detect.Accounts
	// Sinks makes the receivers of the timeline, once the detectors have concluded.
	Sinks func(*Conclusion) ([]Sink, error)
	// Carry appends what the sinks will want of an event beyond its hot fields; it
	// travels with the event through the sort (Entry.Carried). nil: nothing.
	Carry func(dst []byte, r *parser.Record) []byte
	// Raw says that the sinks want each record's exact bytes (Entry.Raw).
	Raw bool
	// WithoutRecords says that nobody wants the first records of findings (FindingEvent.Raw),
	// for which objects are read again.
	WithoutRecords bool

	Scope       Scope
	Workers     int    // that read, and later encode; at least 1
	Memory      int64  // bytes for everything whose size depends on the evidence
	WorkDir     string // for spilled runs and the object table
	ContentHash bool   // hash the content of every object, not only of those that a digest names
	Integrity   Integrity
	HashOnly    bool   // parse nothing: hash what digests name, and judge
	Limits      Limits // Window and Held are by default an eighth of Memory each, from 8 to 256 MiB

	// Listed, where set, is told what will be read before it is.
	Listed func(Listing) error
	// Sign, where set, is told of events that matter by themselves, medium and
	// above, as soon as a worker meets them: in no order, by many goroutines.
	Sign     func(d *detect.Detector, severity detect.Severity, ref *detect.EventRef)
	Progress *Progress
}

// Progress counts what was read, while it is read. Its zero value is ready.
type Progress struct {
	Objects, Bytes, Records atomic.Int64
}

func (p *Progress) add(o *Object) {
	if p != nil {
		p.Objects.Add(1)
		p.Bytes.Add(o.Size)
		p.Records.Add(o.Framed)
	}
}

// run is the state of one Run.
type run struct {
	cfg     Config
	dir     string // of this run, below WorkDir
	set     *detect.Set
	surveys bool // each object's beginning is looked at, and no more
	sources *sources
	prior   uint64    // objects of cfg.Prior, which come first
	streams []stretch // objects that share a stream: they are read one after the other
	bags    []uint64  // objects that declare one
	// moreBags counts further ones, of which there may be any number.
	moreBags int64
	bagSays  map[uint64]bagVerdict
	covered  covered
	ledger   *ledger
	judged   *integrity.Result // nil: the evidence has no digest
	hashed   []bool            // prior objects whose content hash is known
	missed   int64             // others, that digests of the new evidence name
	mu       sync.Mutex        // of totals, while workers run
	totals   Totals
	raised   map[string]detect.Severity // of findings in parts, where a later one is severer
	late     map[uint64][]Problem       // of objects whose lines were written, by ordinal
	evicted  map[string]int64           // by detector: see detect.Stream.Evicted
	homes    homes

	hashes   hashes
	shared   *dictionary
	spool    *spool          // of the records; nil: no sink wants them
	head     int             // bytes of an entry before its reference: content hash, spot
	shapes   shapes          // of the objects
	entries  *extsort.Sorter // sort key → content hash, spot, reference, what is carried
	hits     *extsort.Sorter // sort key → reference, evidence
	ids      *extsort.Sorter // copy key → content hash
	doubts   *extsort.Sorter // object, index → what is known
	again    *extsort.Sorter // sort key → what is known, content hash, hash of the canonical form, record
	objects  *extsort.Sorter // ordinal, 0 → object; ordinal, n → its n-th problem
	members  *extsort.Sorter // sort key, finding → membership
	heads    *extsort.Sorter // finding, part → head
	copies   *extsort.Sorter // ordinal of the entry, place → copy
	clashes  *extsort.Sorter // copy key → ordinal, reference, record
	findings *extsort.Sorter // see settled
}

// Run reads the evidence, settles the timeline, and hands it to the sinks. An
// error means: do not trust the output. What is wrong with the evidence is no
// error but part of the Result, which must be closed.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	r, err := newRun(cfg)
	if err != nil {
		return nil, err
	}
	if err := r.all(ctx); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r.result(), nil
}

func newRun(cfg Config) (*run, error) {
	cfg.Workers = max(cfg.Workers, 1)
	if cfg.Memory > 0 {
		eighth := max(8<<20, min(cfg.Memory/8, 256<<20)) // the least is what every zstd stream may want, and xz's default
		cfg.Limits.Window, cfg.Limits.Held = cmp.Or(cfg.Limits.Window, eighth), cmp.Or(cfg.Limits.Held, eighth)
	}
	set, err := detect.NewSet(cfg.Detectors)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(cfg.WorkDir, "coldtrail-*")
	if err != nil {
		return nil, fmt.Errorf("directory for temporary files: %w", err)
	}
	r := &run{
		cfg: cfg, dir: dir, set: set, hashes: newHashes(), head: hashBytes,
		shared: newDictionary(cfg.Memory / 100 * sharedShare),
	}
	r.totals = newTotals()
	r.makeSorters()
	return r, nil
}

// The shares of the memory budget, in hundredths. The rest
// is for the workers' buffers, the batches in flight, and the garbage collector.
const (
	entriesShare = 40
	encodeShare  = 20 // of batches that are encoded, taken from the entries where records are kept
	orderShare   = 4  // of records that wait for their place in the spool, taken from the entries too
	roomShare    = 26 // of records that stay in memory, where there is much of it: encodeShare, of which a little is needed then, and more from the entries
	cachedShare  = 8  // of blocks read back, when the ids and hits are done with
	idsShare     = 10
	hitsShare    = 6
	sharedShare  = 8 // of the dictionary
	smallShare   = 1
)

// roomFrom is the budget from which on records stay in memory: less holds so few that the
// entries have more use for it.
const roomFrom = 1 << 30

func (r *run) makeSorters() {
	// The settling pass merges three at once: together they keep to 256 open runs.
	sorter := func(hundredths int64, writers int) *extsort.Sorter {
		runs := 32
		if hundredths >= hitsShare {
			runs = 192
		}
		return extsort.New(extsort.Config{Dir: r.dir, Memory: r.cfg.Memory / 100 * hundredths, Writers: writers, MaxRuns: runs})
	}
	n := r.cfg.Workers
	entries := int64(entriesShare)
	if r.cfg.Raw {
		entries -= encodeShare + orderShare
		var room int64
		if r.cfg.Memory >= roomFrom {
			entries -= roomShare - encodeShare
			room = max(0, r.cfg.Memory/100*roomShare-int64(r.encoders())*encodeBytes)
		}
		r.spool = newSpool(r.dir, room, r.cfg.Memory/100*cachedShare, r.cfg.Memory/100*orderShare/int64(n))
		r.head += spotBytes
	}
	r.entries, r.ids, r.hits = sorter(entries, n), sorter(idsShare, n), sorter(hitsShare, n)
	r.objects, r.members, r.heads = sorter(smallShare, n), sorter(2*smallShare, r.juries()), sorter(smallShare, r.juries())
	r.doubts, r.again = sorter(smallShare, 1+r.juries()), sorter(2*smallShare, n)
	r.copies, r.clashes, r.findings = sorter(smallShare, 1), sorter(smallShare, 1), sorter(2*smallShare, 2)
}

// listAll makes the object table: what lies in the case that the evidence joins, then the evidence.
func (r *run) listAll(ctx context.Context, listing *Listing) error {
	t, err := newTable(r.dir)
	if err != nil {
		return err
	}
	r.sources = &sources{table: t, limits: r.cfg.Limits.withDefaults(), dir: r.dir, share: r.cfg.Memory / 100 * smallShare, stdin: r.cfg.Stdin}
	if err := r.listPrior(listing); err != nil {
		return err
	}
	if r.ledger, err = r.newLedger(); err != nil {
		return err
	}
	if err := r.list(ctx, listing, r.ledger); err != nil {
		return err
	}
	return r.nameBuckets()
}

func (r *run) all(ctx context.Context) error {
	var listing Listing
	if err := r.listAll(ctx, &listing); err != nil {
		return err
	}
	t, digests := r.sources.table, r.ledger
	if r.cfg.Listed != nil {
		if err := r.cfg.Listed(listing); err != nil {
			return err
		}
	}
	r.shapes.of = append(r.shapes.of, make([]uint8, t.n-r.prior)...)
	if err := r.readDigests(ctx, digests); err != nil {
		return err
	}
	if err := r.checkBags(ctx); err != nil {
		return err
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	if err := r.conclude(ctx); err != nil {
		return err
	}
	if err := r.settleDoubts(ctx); err != nil {
		return err
	}
	// What settling takes, these two leave.
	if err := errors.Join(r.ids.Close(), r.hits.Close(), r.doubts.Close()); err != nil {
		return err
	}
	sinks, err := r.cfg.Sinks(&Conclusion{Sources: t.labels, Objects: t, Totals: r.totals, Unhashed: r.missed, Findings: headsOf(r.heads)})
	if err != nil {
		return err
	}
	err = r.settle(ctx, sinks)
	for _, s := range sinks {
		err = errors.Join(err, s.Close())
	}
	if err != nil {
		return err
	}
	// What follows, and what the caller makes of the result, needs no entry and no record.
	if err := r.forget(); err != nil {
		return err
	}
	return errors.Join(r.settleFindings(ctx), r.judgeIntegrity(ctx, digests))
}

// A stretch is some objects that follow each other in the walk, by their ordinals. One
// worker reads them: most are of one account and region and of neighbouring times, so
// that what it sorts for the spool is close together in the timeline.
type stretch struct {
	from, to uint64
	given    *given // instead: one object, with its bytes
}

// read lets the workers read every object.
func (r *run) read(ctx context.Context) error {
	workers := make([]*worker, r.cfg.Workers)
	for i := range workers {
		workers[i] = r.newWorker()
	}
	if err := r.readPrior(ctx, workers); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	stretches := make(chan stretch)
	give := r.newGiver(stretches)
	g.Go(func() error {
		defer close(stretches)
		return errors.Join(r.handOut(ctx, give, len(workers)), give.from.close())
	})
	for _, w := range workers {
		g.Go(func() error {
			err := w.work(ctx, stretches, give.free)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.totals.add(&w.sums)
			r.homes.merge(&w.homes)
			return err
		})
	}
	return g.Wait()
}

// handOut hands out all objects, in their order.
func (r *run) handOut(ctx context.Context, give *giver, workers int) error {
	end := r.sources.table.n
	n := min(64, 1+(end-r.prior)/uint64(8*workers))
	streams := r.streams
	for o := r.prior; o < end; {
		to := min(o+n, end)
		if len(streams) > 0 {
			to = min(to, streams[0].from)
			if o == streams[0].from {
				if err := give.give(ctx, streams[0]); err != nil {
					return err
				}
				o, streams = streams[0].to, streams[1:]
				continue
			}
		}
		if err := send(ctx, give.to, stretch{from: o, to: to}); err != nil {
			return err
		}
		o = to
	}
	return nil
}

func (r *run) newWorker() *worker {
	w := &worker{
		run: r, opener: opener{s: r.sources}, copies: copyKeys{hashes: r.hashes}, content: newContent(r.cfg.Limits), encode: refEncoder{dictionary: r.shared},
		entries: r.entries.NewWriter(), hits: r.hits.NewWriter(), ids: r.ids.NewWriter(), objects: r.objects.NewWriter(),
	}
	if r.spool != nil {
		w.spool = &spooler{s: r.spool, entries: w.entries}
	}
	w.reader.SetLimits(parser.Limits{Record: r.cfg.Limits.Record, Depth: r.cfg.Limits.Depth})
	w.sums = newTotals()
	return w
}

// sign tells the caller of an event that matters by itself.
func (r *run) sign(d int, e detect.Evidence, ref *detect.EventRef) {
	det := r.set.Detector(d)
	if r.cfg.Sign == nil || det.Stream != nil {
		return
	}
	severity := det.Severity
	var raised detect.Severity
	if raised.UnmarshalText([]byte(e.Get(detect.FactSeverity))) == nil {
		severity = max(severity, raised)
	}
	if severity >= detect.Medium {
		r.cfg.Sign(det, severity, ref)
	}
}

// settleFindings brings the heads, the events and the clashes together.
func (r *run) settleFindings(ctx context.Context) error {
	it, err := r.heads.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	w := r.findings.NewWriter()
	for it.Next() {
		key := it.Key()
		part := len(key) - 8
		if err := w.Add(headKey(key[:part], key[part:]), it.Value()); err != nil {
			return err
		}
	}
	if err := errors.Join(it.Err(), w.Close()); err != nil {
		return err
	}
	return r.clashFindings(ctx)
}

func newTotals() Totals { return Totals{Objects: map[Status]int64{}, Bytes: map[Status]int64{}} }

func (t *Totals) addObject(o *Object) {
	t.Listed++
	t.Objects[o.Status]++
	t.Bytes[o.Status] += o.Size
	t.Content += o.ContentSize
	t.Framed += o.Framed
	t.Kept += o.Kept
	t.Excluded += o.Excluded
	t.Bad += o.Bad
	t.Other += o.Other
	t.Kinds.Add(&o.Kinds)
	t.Problems += o.ProblemCount
}

func (t *Totals) add(o *Totals) {
	for _, s := range []Status{Parsed, Recognised, Damaged, Unreadable, OutOfScope} {
		t.Objects[s] += o.Objects[s]
		t.Bytes[s] += o.Bytes[s]
	}
	t.Listed += o.Listed
	t.Content += o.Content
	t.Framed += o.Framed
	t.Kept += o.Kept
	t.Excluded += o.Excluded
	t.Bad += o.Bad
	t.Other += o.Other
	t.Kinds.Add(&o.Kinds)
	t.Problems += o.Problems
}

func (r *run) result() *Result {
	f := &settled{s: r.findings}
	return &Result{
		Totals:    r.totals,
		Names:     r.sources.table,
		Objects:   rows(r.objects, isObjectRow, decodeObject),
		Problems:  rows(r.objects, func(key []byte) bool { return !isObjectRow(key) }, decodeJSON[ObjectProblem]),
		Copies:    rows(r.copies, func([]byte) bool { return true }, decodeJSON[Copy]),
		Findings:  f.each,
		Err:       func() error { return f.err },
		Integrity: r.judged,
		Digests:   r.ledger.eachDigest(),
		Evicted:   r.evicted,
		close:     r.close,
	}
}

func isObjectRow(key []byte) bool { return string(key[8:]) == "\x00\x00\x00\x00\x00\x00\x00\x00" }

// rows yields the sorter's values whose keys are wanted.
func rows[T any](s *extsort.Sorter, wanted func(key []byte) bool, decode func(value []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		it, err := s.Merge()
		if err != nil {
			yield(zero, err)
			return
		}
		defer it.Close()
		for it.Next() {
			if !wanted(it.Key()) {
				continue
			}
			v, err := decode(it.Value())
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := it.Err(); err != nil {
			yield(zero, err)
		}
	}
}

// forget gives back what the timeline was made of.
func (r *run) forget() error {
	r.shared = nil
	errs := []error{r.entries.Close(), r.members.Close(), r.again.Close()}
	if r.spool != nil {
		errs = append(errs, r.spool.close())
	}
	return errors.Join(errs...)
}

// close removes all that the run has put on disk.
func (r *run) close() error {
	var errs []error
	if r.sources != nil {
		errs = append(errs, r.sources.close(), r.sources.table.close())
	}
	errs = append(errs, r.forget())
	for _, s := range []*extsort.Sorter{
		r.hits, r.ids, r.doubts, r.objects, r.heads, r.copies, r.clashes, r.findings,
	} {
		errs = append(errs, s.Close())
	}
	if r.ledger != nil {
		errs = append(errs, r.ledger.close())
	}
	if err := os.RemoveAll(r.dir); err != nil {
		errs = append(errs, fmt.Errorf("work directory: %w", err))
	}
	return errors.Join(errs...)
}
