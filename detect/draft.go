package detect

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// draft is a finding that is still open: what every part of it repeats, and
// the events that no part has carried yet.
type draft struct {
	subject  string
	opened   EventRef
	severity Severity
	events   []*EventRef
	bytes    int // of events
	count    int // of all events, those of earlier parts too
	failed   int // those of them that were denied or failed otherwise
}

func (d *draft) begin(subject string, floor Severity, ref *EventRef) {
	d.subject, d.opened, d.severity = strings.Clone(subject), ref.Identity(), floor
}

// raise lifts the severity to the level of that name, if it is one and higher.
func (d *draft) raise(level string) {
	var s Severity
	if s.UnmarshalText([]byte(level)) == nil {
		d.severity = max(d.severity, s)
	}
}

// ledger counts what all drafts of one stream hold.
type ledger struct {
	id                         string
	maxHeld, maxBytes, maxPart int
	held, bytes                int
}

func newLedger(id string) *ledger {
	return &ledger{id: id, maxHeld: DefaultMaxHeld, maxBytes: DefaultMaxBytes, maxPart: DefaultMaxPart}
}

// add gives the event to the draft and reports whether a part is due.
func (l *ledger) add(d *draft, ref *EventRef) bool {
	d.events = append(d.events, ref)
	n := ref.size()
	d.bytes += n
	d.count++
	if ref.refused() {
		d.failed++
	}
	l.bytes += n
	l.held++
	return len(d.events) >= l.maxPart
}

func (l *ledger) full() bool      { return l.held > l.maxHeld || l.bytes > l.maxBytes }
func (l *ledger) aboveHalf() bool { return l.held > l.maxHeld/2 || l.bytes > l.maxBytes/2 }

// emit hands on the events that the draft holds, if any, as a part.
func (l *ledger) emit(d *draft, why string, emit func(Finding)) {
	events := d.events
	if len(events) == 0 {
		return
	}
	l.drop(d)
	emit(Finding{
		Detector: l.id, Severity: d.severity, Subject: d.subject, Why: why,
		Opened: d.opened, Events: events,
	})
}

// drop forgets the events that the draft holds.
func (l *ledger) drop(d *draft) {
	l.held -= len(d.events)
	l.bytes -= d.bytes
	d.events, d.bytes = nil, 0
}

// trim forgets the draft's first n events: they are no part of the finding.
func (l *ledger) trim(d *draft, n int) {
	for i := range d.events[:n] {
		l.bytes -= d.events[i].size()
		d.bytes -= d.events[i].size()
		if d.events[i].refused() {
			d.failed--
		}
	}
	l.held -= n
	d.count -= n
	d.events = slices.Delete(d.events, 0, n)
	if n > 0 && len(d.events) > 0 {
		d.opened = d.events[0].Identity()
	}
}

// refused reports whether the call did nothing: it was denied or failed.
func (r *EventRef) refused() bool { return r.ErrorCode != "" || r.ErrorMessage != "" }

// counts says how many events there are, and how many of them did not succeed.
func (d *draft) counts() string {
	switch events := plural(d.count, "event"); d.failed {
	case 0:
		return events
	case d.count:
		return events + ", none with success"
	default:
		return fmt.Sprintf("%s, %d without success", events, d.failed)
	}
}

// size is the memory that the event takes, its strings included.
func (r *EventRef) size() int {
	n := int(unsafe.Sizeof(*r))
	for _, s := range r.strings() {
		n += len(*s)
	}
	return n
}

// reasons keeps the first few distinct sentences of a finding.
type reasons struct {
	kept []string
	more int // events whose sentence was not kept
}

// maxReasons is how many sentences a reader takes in at a glance.
const maxReasons = 4

func (w *reasons) add(why string) {
	switch {
	case why == "" || slices.Contains(w.kept, why):
	case len(w.kept) < maxReasons:
		w.kept = append(w.kept, strings.Clone(why))
	default:
		w.more++
	}
}

// String joins the sentences and says how many events had others.
func (w *reasons) String() string {
	s := strings.Join(w.kept, "; ")
	if w.more > 0 {
		s += fmt.Sprintf("; +%d more", w.more)
	}
	return s
}
