package scan

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A Hunt asks detectors about events that are settled: their places in the timeline are
// known, and the evidence is not there. Its methods are called in this order:
//
//	Asker.Ask   with every event that a detector may want, in no order, one Asker a goroutine
//	Conclude    the Stream halves, in timeline order
//	Heads, Lists
//	Event       with every event that a finding lists, in timeline order
//	Findings    each with its events, as Result.Findings
//	Close
type Hunt struct {
	run    *run
	askers struct {
		sync.Mutex
		all, free []*Asker
	}
	members *extsort.Iterator
	more    bool // members stands on a row
	events  *extsort.Writer
	key     []byte
}

// NewHunt begins a hunt with the detectors, workers, memory and work directory of a Config.
func NewHunt(cfg Config) (*Hunt, error) {
	r, err := newRun(Config{Detectors: cfg.Detectors, Workers: cfg.Workers, Memory: cfg.Memory, WorkDir: cfg.WorkDir, Sign: cfg.Sign})
	if err != nil {
		return nil, err
	}
	return &Hunt{run: r}, nil
}

// Close removes the hunt's temporary files.
func (h *Hunt) Close() error {
	var err error
	if h.members != nil {
		err = h.members.Close()
	}
	return errors.Join(err, h.run.close())
}

// An Asker shows events to the Record halves. It belongs to one goroutine at a time.
type Asker struct {
	w *worker
}

// Asker returns one that nobody uses, until it is given to Done.
func (h *Hunt) Asker() *Asker {
	h.askers.Lock()
	defer h.askers.Unlock()
	if n := len(h.askers.free); n > 0 {
		a := h.askers.free[n-1]
		h.askers.free = h.askers.free[:n-1]
		return a
	}
	a := &Asker{&worker{run: h.run, encode: refEncoder{dictionary: h.run.shared}, hits: h.run.hits.NewWriter()}}
	h.askers.all = append(h.askers.all, a)
	return a
}

// Done takes back an Asker.
func (h *Hunt) Done(a *Asker) {
	h.askers.Lock()
	defer h.askers.Unlock()
	h.askers.free = append(h.askers.free, a)
}

// Ask shows an event of that place in the timeline. An error is ours, or says that a detector
// panicked: then nobody has judged the event.
func (a *Asker) Ask(ordinal uint64, raw []byte) error {
	rec, err := settledRecord(raw)
	if err != nil {
		return fmt.Errorf("event #%d: %w", ordinal, err)
	}
	w := a.w
	rec.Origin = parser.Origin{}
	w.ref = refOf(rec, ordinal) // an ordinal sorts as places do: of one time and ID by the first copy
	if err := w.examine(rec); err != nil {
		return fmt.Errorf("event #%d (%s): %w", ordinal, w.ref.ID, err)
	}
	if len(w.evidence) == 0 {
		return nil
	}
	w.key = appendKey(w.key[:0], &w.ref)
	w.value = w.encode.append(w.value[:0], &w.ref)
	return w.hits.Add(w.key, w.value, w.evidence)
}

func settledRecord(raw []byte) (*parser.Record, error) {
	rec, err := parser.Parse(raw)
	if err == nil && rec.Kind != parser.Event {
		err = fmt.Errorf("not an event but %s", rec.Kind)
	}
	return rec, err
}

// SettledEvent makes of an event's record what a Run hands to its Sinks, but for what the
// case alone knows of it. It borrows the record.
func SettledEvent(raw []byte, at detect.Place, carry func(dst []byte, r *parser.Record) []byte) (Entry, error) {
	rec, err := settledRecord(raw)
	if err != nil {
		return Entry{}, err
	}
	rec.Origin = parser.Origin{Index: at.Index, Offset: at.Offset}
	e := Entry{Ref: refOf(rec, at.Object), Raw: raw}
	if carry != nil {
		e.Carried = carry(nil, rec)
	}
	return e, nil
}

// Conclude runs the Stream halves. No Asker may be in use any more. Where one panics, that
// is an error: nobody knows what it would have found.
func (h *Hunt) Conclude(ctx context.Context) error {
	var errs []error
	for _, a := range h.askers.all {
		errs = append(errs, a.w.hits.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := h.run.concludeHits(ctx); err != nil {
		return err
	}
	for _, ordinal := range slices.Sorted(maps.Keys(h.run.late)) {
		errs = append(errs, fmt.Errorf("event #%d: %s", ordinal, h.run.late[ordinal][0].Text))
	}
	return errors.Join(errs...)
}

// Evicted counts, by detector, the subjects that had to give way.
func (h *Hunt) Evicted() map[string]int64 { return h.run.evicted }

// Heads yields the findings without their events, in the order of their first events.
func (h *Hunt) Heads() iter.Seq2[FindingHead, error] { return headsOf(h.run.heads) }

// Lists yields which event belongs to which finding, in timeline order; of one event in the order
// of the findings. It may be ranged over again.
func (h *Hunt) Lists() iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		it, err := h.run.members.Merge()
		if err != nil {
			yield(Listed{}, err)
			return
		}
		defer it.Close()
		for it.Next() {
			m := h.run.membership(it.Value())
			if !yield(Listed{ordinalOf(it.Key()), m.Membership}, nil) {
				return
			}
		}
		if err := it.Err(); err != nil {
			yield(Listed{}, err)
		}
	}
}

// Listed says that an event belongs to a finding.
type Listed struct {
	Ordinal uint64
	Membership
}

// ordinalOf returns the ordinal in the key of a member.
func ordinalOf(key []byte) uint64 {
	return binary.BigEndian.Uint64(placeKey(memberEvent(key)))
}

// begin begins to join events with the findings that list them.
func (h *Hunt) begin() error {
	if h.events != nil {
		return nil
	}
	it, err := h.run.members.Merge()
	if err != nil {
		return err
	}
	h.members, h.events = it, h.run.findings.NewWriter()
	h.more = it.Next()
	return nil
}

// Event tells the hunt of an event that Lists yields: what its reference and its record are. Events
// come in timeline order; others may come too.
func (h *Hunt) Event(e *Entry) error {
	if err := h.begin(); err != nil {
		return err
	}
	told := findingEvent(&e.Ref, e.Ordinal)
	h.key = h.key[:0]
	for ; h.more; h.more = h.members.Next() {
		switch ordinal := ordinalOf(h.members.Key()); {
		case ordinal > e.Ordinal:
			return nil
		case ordinal < e.Ordinal:
			return fmt.Errorf("a finding lists event #%d, which was passed over", ordinal)
		}
		m := h.run.membership(h.members.Value())
		if bytes.Equal(m.finding, h.key) {
			continue
		}
		h.key = append(h.key[:0], m.finding...)
		if told.Raw = nil; m.first {
			told.Raw = e.Raw
		}
		if err := h.events.Add(eventKey(m.finding, memberEvent(h.members.Key())), encodeFindingEvent(&told)); err != nil {
			return err
		}
	}
	return h.members.Err()
}

// Findings settles the findings, and returns what yields them and what says, afterwards, what
// went wrong with that.
func (h *Hunt) Findings(ctx context.Context) (all iter.Seq2[FindingHead, iter.Seq2[FindingEvent, error]], failed func() error, err error) {
	if err := h.begin(); err != nil {
		return nil, nil, err
	}
	if h.more {
		return nil, nil, fmt.Errorf("a finding lists event #%d, which the timeline lacks", ordinalOf(h.members.Key()))
	}
	if err = errors.Join(h.members.Err(), h.events.Close()); err == nil {
		err = h.run.settleFindings(ctx)
	}
	f := &settled{s: h.run.findings}
	return f.each, func() error { return f.err }, err
}
