package detect

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/parser"
)

// A Screen stands between detectors and their findings: it marks what somebody knows the
// reason of, and leaves out what is too mild to be asked for. It belongs to one run.
type Screen struct {
	Minimum      Severity // findings below are left out, and counted
	Suppressions []*Suppression
	Below        Below

	mu sync.Mutex // of Below, while streams run
}

// Below counts what a Screen left out. It is complete when the run is.
type Below struct {
	Findings int64 `json:"findings"`
	Events   int64 `json:"events"` // of all these findings; one event may be in several
}

// A Suppression says which events a detector need not find. They are found nevertheless, in
// findings of their own, which are informational and say by what they are suppressed: what
// is not suppressed of a principal's events is not hidden by what is.
type Suppression struct {
	Label  string // names it in findings
	Source string // all that it was made of
	// Rule reports whether it is about the detector of that ID; nil: about each.
	Rule func(id string) bool
	// Match reports whether it is about the event; nil: about each. Many goroutines call it.
	Match func(*parser.Record) bool
}

// factSuppressed is the place of the suppression that an event falls under.
const factSuppressed = "suppressed_by"

// Apply returns the detectors as they are behind the screen. Those that it does not concern
// are the same.
func (s *Screen) Apply(all []*Detector) []*Detector {
	out := make([]*Detector, len(all))
	for i, d := range all {
		out[i] = s.apply(d)
	}
	return out
}

func (s *Screen) apply(d *Detector) *Detector {
	var about []int
	source := d.Source
	for i, p := range s.Suppressions {
		if p.Rule == nil || p.Rule(d.ID) {
			about = append(about, i)
			source += "\x00" + p.Label + "\x00" + p.Source
		}
	}
	if d.Record == nil || len(about) == 0 && s.Minimum == Informational {
		return d
	}
	screened := *d
	if screened.Source = source; s.Minimum > Informational {
		screened.Source = "" // what is left out must be counted: no finding of another run stands for it
	}
	if len(about) > 0 {
		screened.Record = func(r *parser.Record) (Evidence, bool) {
			e, ok := d.Record(r)
			if !ok {
				return e, ok
			}
			for _, i := range about {
				if p := s.Suppressions[i]; p.Match == nil || p.Match(r) {
					return append(e[:len(e):len(e)], Fact{factSuppressed, strconv.Itoa(i)}), true
				}
			}
			return e, ok
		}
	}
	screened.Stream = func() Stream { return s.stream(d) }
	return &screened
}

// A screened stream is the detector's, and one more for each suppression that events fall under.
type screenedStream struct {
	s     *Screen
	d     *Detector
	plain Stream
	quiet []*Stream // by suppression
	mild  map[opening]leftOut
}

// An opening tells findings of one detector.
type opening struct{ subject, id string }

// leftOut is what was left out of a finding that may go on.
type leftOut struct {
	events int
	severe bool // it did go on, and is no finding that was left out
}

func (s *Screen) stream(d *Detector) Stream {
	st := &screenedStream{s: s, d: d, plain: d.NewStream(), quiet: make([]*Stream, len(s.Suppressions)), mild: map[opening]leftOut{}}
	return Stream{Next: st.next, Flush: st.flush, Evicted: st.evicted}
}

// evicted sums up what the streams had to forget.
func (st *screenedStream) evicted() (n int64) {
	n = st.plain.evicted()
	for _, q := range st.quiet {
		if q != nil {
			n += q.evicted()
		}
	}
	return n
}

// evicted is Evicted, where it is set.
func (s *Stream) evicted() int64 {
	if s.Evicted == nil {
		return 0
	}
	return s.Evicted()
}

func (st *screenedStream) next(ref *EventRef, e Evidence, emit func(Finding)) {
	n := len(e) - 1
	if n < 0 || e[n].Name != factSuppressed {
		st.plain.Next(ref, e, st.severe(emit))
		return
	}
	i, err := strconv.Atoi(e[n].Value)
	if err != nil || i < 0 || i >= len(st.quiet) {
		panic(fmt.Sprintf("suppression %q: unknown", e[n].Value))
	}
	if st.quiet[i] == nil {
		inner := st.d.NewStream()
		st.quiet[i] = &inner
	}
	if e = e[:n]; n == 0 {
		e = nil
	}
	st.quiet[i].Next(ref, e, st.suppressed(i, emit))
}

func (st *screenedStream) flush(emit func(Finding)) {
	if st.plain.Flush != nil {
		st.plain.Flush(st.severe(emit))
	}
	for i, q := range st.quiet {
		if q != nil && q.Flush != nil {
			q.Flush(st.suppressed(i, emit))
		}
	}
}

// suppressed marks findings.
func (st *screenedStream) suppressed(i int, emit func(Finding)) func(Finding) {
	p := st.s.Suppressions[i]
	return st.severe(func(f Finding) {
		f.Why = fmt.Sprintf("suppressed, else %s: %s", f.Severity, f.Why)
		f.Suppressed, f.Severity = p.Label, Informational
		emit(f)
	})
}

// leave counts what is left out.
func (s *Screen) leave(findings, events int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Below.Findings += int64(findings)
	s.Below.Events += int64(events)
}

// severe leaves out what is too mild. A finding that comes in parts may become more severe:
// then it says what it lacks.
func (st *screenedStream) severe(emit func(Finding)) func(Finding) {
	if st.s.Minimum == Informational {
		return emit
	}
	return func(f Finding) {
		key := opening{f.Subject, f.Opened.ID}
		left, open := st.mild[key]
		if f.Severity < st.s.Minimum {
			if !open {
				st.s.leave(1, 0)
			}
			st.s.leave(0, len(f.Events))
			if len(st.mild) >= DefaultMaxOpen {
				clear(st.mild) // a finding of so many events is seldom, and so many of them are rarer
			}
			st.mild[opening{strings.Clone(f.Subject), strings.Clone(f.Opened.ID)}] = leftOut{events: left.events + len(f.Events)}
			return
		}
		if open {
			if f.Why += fmt.Sprintf("; %s before it became %s are left out", plural(left.events, "event"), f.Severity); !left.severe {
				st.s.leave(-1, 0)
				st.mild[key] = leftOut{left.events, true}
			}
		}
		emit(f)
	}
}
