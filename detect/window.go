package detect

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// The bounds of a Window where it does not set its own.
const (
	// DefaultGap is as long as a working day and the night after it: what one
	// hand does on two days in a row is one finding, what it does again after a
	// free day is another.
	DefaultGap = 24 * time.Hour
	// DefaultMaxOpen subjects of about 500 bytes each take 10 MB.
	DefaultMaxOpen = 20_000
	// DefaultMaxHeld and DefaultMaxBytes bound the events that all open findings
	// of a detector hold together; see EventRef.size.
	DefaultMaxHeld  = 50_000
	DefaultMaxBytes = 4 << 20
	// DefaultMaxPart is the number of events at which one finding emits a part.
	DefaultMaxPart = 2_000
)

// A Window makes findings of hits: one for each subject, until the gap to the
// subject's next hit exceeds Gap. A finding's severity is the highest of
// Severity and any FactSeverity, its Why the first few distinct FactWhy, or else
// Title, with the counts: of the events that have a reason, where others have none. Zero fields stand for the defaults.
//
// Memory is bounded: a long finding is emitted in parts (see Finding.Opened),
// and where more than MaxOpen subjects are open, the one that has been idle for
// longest is closed. Which events make up a finding does not depend on the order
// within a second, except by such a closing.
type Window struct {
	ID, Title string
	Severity  Severity
	Gap       time.Duration
	Subject   func(*EventRef) string // default: SubjectOf
	// Distinct, where set, yields what to count distinct values of; Unit names
	// it, in the plural.
	Distinct func(*EventRef) string
	Unit     string

	MaxOpen, MaxHeld, MaxBytes, MaxPart int
}

// SubjectOf is whom an event is about by default: the principal, or else the
// credential, the source address, or "unknown".
func SubjectOf(r *EventRef) string {
	return cmp.Or(r.Principal, r.Credential, r.SourceIP, "unknown")
}

// NewStream makes the detector's state for one pass: its own Stream's, what Judge makes
// without a context, or else a Window's.
func (d *Detector) NewStream() Stream {
	if d.Stream != nil {
		return d.Stream()
	}
	if d.Judge != nil {
		return d.bind(&Context{}).Stream()
	}
	return Window{ID: d.ID, Title: d.Title, Severity: d.Severity}.Stream()
}

// Stream makes the state of one pass over the hits.
func (w Window) Stream() Stream {
	w.Gap = cmp.Or(w.Gap, DefaultGap)
	w.MaxOpen = cmp.Or(w.MaxOpen, DefaultMaxOpen)
	w.MaxHeld = cmp.Or(w.MaxHeld, DefaultMaxHeld)
	w.MaxBytes = cmp.Or(w.MaxBytes, DefaultMaxBytes)
	w.MaxPart = cmp.Or(w.MaxPart, DefaultMaxPart)
	if w.Subject == nil {
		w.Subject = SubjectOf
	}
	s := &windows{Window: w}
	s.held = &ledger{id: w.ID, maxHeld: w.MaxHeld, maxBytes: w.MaxBytes, maxPart: w.MaxPart}
	s.open = newTable(w.MaxOpen, func(_ string, v *window) { s.evicted++; s.close(v) })
	return Stream{Next: s.next, Flush: s.flush, Evicted: func() int64 { return s.evicted }}
}

type windows struct {
	Window
	open *table[window]
	held *ledger
	emit func(Finding) // of the call of next or flush that runs

	evicted int64
}

// window is one subject's open finding.
type window struct {
	draft
	last     time.Time
	whys     reasons
	reasoned int // events that whys are about
	distinct map[string]struct{}
	overflow bool // further distinct values were not counted
}

// maxDistinct bounds the distinct values that one finding counts.
const maxDistinct = 256

func (s *windows) next(ref *EventRef, e Evidence, emit func(Finding)) {
	s.emit = emit
	s.open.expire(func(_ string, v *window) bool {
		over := ref.Time.Sub(v.last) > s.Gap
		if over {
			s.close(v)
		}
		return over
	})
	v := s.open.touch(s.Subject(ref))
	if v.count == 0 {
		v.begin(s.Subject(ref), s.Severity, ref)
	}
	v.last = ref.Time
	has := false
	for _, f := range e {
		switch f.Name {
		case FactSeverity:
			v.raise(f.Value)
		case FactWhy:
			v.whys.add(f.Value)
			has = has || f.Value != ""
		}
	}
	if has {
		v.reasoned++
	}
	s.count(v, ref)
	if s.held.add(&v.draft, ref) {
		s.part(v)
	}
	if s.held.full() {
		s.open.each(func(_ string, v *window) {
			if s.held.aboveHalf() && len(v.events) > 0 {
				s.part(v)
			}
		})
	}
}

func (s *windows) count(v *window, ref *EventRef) {
	if s.Distinct == nil {
		return
	}
	value := s.Distinct(ref)
	if _, ok := v.distinct[value]; ok {
		return
	}
	if len(v.distinct) >= maxDistinct {
		v.overflow = true
		return
	}
	if v.distinct == nil {
		v.distinct = map[string]struct{}{}
	}
	v.distinct[strings.Clone(value)] = struct{}{}
}

func (s *windows) flush(emit func(Finding)) {
	s.emit = emit
	s.open.expire(func(_ string, v *window) bool { s.close(v); return true })
}

func (s *windows) part(v *window)  { s.held.emit(&v.draft, s.why(v), s.emit) }
func (s *windows) close(v *window) { s.part(v) }

func (s *windows) why(v *window) string {
	text := v.whys.String()
	if text == "" {
		text = s.Title
	}
	counts := plural(v.count, "event")
	if 0 < v.reasoned && v.reasoned < v.count {
		counts = fmt.Sprintf("%d of %s", v.reasoned, counts)
	}
	if s.Distinct != nil {
		more := ""
		if v.overflow {
			more = " or more"
		}
		counts += fmt.Sprintf(", %d%s distinct %s", len(v.distinct), more, s.Unit)
	}
	return text + " (" + counts + ")"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
