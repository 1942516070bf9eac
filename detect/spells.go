package detect

import (
	"strings"
	"time"
)

// spells follows subjects over time: a spell is a row of one subject's hits with no longer
// pause than idle between them. Whether it is a finding is judged when it is over, by all of it.
//
// Memory is bounded by subjects (fading) and by the events that all of them hold (ledger). A
// spell that is not a finding so far keeps its last events only; how many it let go is told.
type spells[T any] struct {
	open *fading[spell[T]]
	held *ledger
	// judge says how severe the spell is, in one sentence why, and whether it is a finding.
	judge func(v *spell[T]) (s Severity, why string, ok bool)
	emit  func(Finding) // of the call that runs
}

type spell[T any] struct {
	draft
	key      string
	first    time.Time // of its first hit
	last     time.Time
	who      string // the principal of its first hit
	unlisted int    // events that it had to let go
	x        T
}

// held is what a heavy subject holds; its events are the ledger's.
func (v *spell[T]) held() int {
	if x, ok := any(&v.x).(heavy); ok {
		return x.held()
	}
	return 0
}

// maxSpell is how many events a spell keeps that is no finding yet: what led to one is
// near its end.
const maxSpell = 500

// maxSubjects is how many credentials, or whatever else the subjects are, are followed at once: with
// what is known of each they take some 2 kB.
const maxSubjects = DefaultMaxOpen / 2

func newSpells[T any](id string, idle time.Duration, judge func(*spell[T]) (Severity, string, bool)) *spells[T] {
	s := &spells[T]{held: newLedger(id), judge: judge, emit: nobody}
	s.open = newFading(maxSubjects, idle, func(_ string, v *spell[T]) { s.end(v) })
	return s
}

// at begins the work on hits of that time: what has been idle for too long ends.
func (s *spells[T]) at(now time.Time, emit func(Finding)) {
	s.emit = emit
	s.open.expire(now)
}

// touch returns the subject's spell, new where it had none.
func (s *spells[T]) touch(key string, ref *EventRef) *spell[T] {
	v := s.open.touch(key, ref.Time)
	if v.first.IsZero() {
		v.key, v.who, v.first = strings.Clone(key), strings.Clone(ref.Principal), ref.Time
	}
	v.last = ref.Time
	return v
}

// add gives an event to the spell.
func (s *spells[T]) add(v *spell[T], ref *EventRef) {
	if len(v.events) == 0 && v.count == 0 {
		v.begin(v.key, Informational, ref)
	}
	due := s.held.add(&v.draft, ref)
	if !due && len(v.events) < maxSpell && !s.held.full() {
		return
	}
	s.relieve(v)
	if s.held.full() {
		s.open.t.each(func(_ string, a *aged[spell[T]]) {
			if s.held.aboveHalf() {
				s.relieve(&a.v)
			}
		})
	}
}

// relieve makes a spell hold less: as a finding it emits a part, else it lets go the older half.
func (s *spells[T]) relieve(v *spell[T]) {
	if severity, why, ok := s.judge(v); ok {
		s.part(v, severity, why)
		return
	}
	n := (len(v.events) + 1) / 2
	v.unlisted += n
	s.held.trim(&v.draft, n)
}

func (s *spells[T]) part(v *spell[T], severity Severity, why string) {
	v.severity = max(v.severity, severity)
	if v.unlisted > 0 {
		why += " (" + plural(v.unlisted, "earlier event") + " not listed)"
	}
	s.held.emit(&v.draft, why, s.emit)
}

func (s *spells[T]) end(v *spell[T]) {
	if severity, why, ok := s.judge(v); ok {
		s.part(v, severity, why)
	}
	s.held.drop(&v.draft)
}

// stream makes a Stream that notes the hits of a second together, since their order is
// unknown. More, which may be nil, tells of further state that had to give way.
func (s *spells[T]) stream(note func(batch []hit), more func() int64) Stream {
	st := bySecond(func(batch []hit, emit func(Finding)) {
		s.at(batch[0].ref.Time, emit)
		note(batch)
	}, func(emit func(Finding)) {
		s.emit = emit
		s.open.flush()
	})
	st.Evicted = func() int64 {
		n := s.open.count()
		if more != nil {
			n += more()
		}
		return n
	}
	return st
}
