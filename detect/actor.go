package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// actor is what suspect-activity knows of one credential.
type actor struct {
	key     string
	touched time.Time   // its last second with a key event or a sign
	waits   []waiting   // key events and signs of the last day that no finding lists yet
	signed  time.Time   // the last sign; zero: none
	reasons []string    // the signs, until there has been none for a day
	since   []time.Time // of each sign, the second in which it was seen first
	weight  weight      // of the weightiest sign
	child   bool        // issued by a suspect credential, and so suspect for good

	found   draft     // the open finding; none while it has no subject
	last    time.Time // its last event
	emitted time.Time // the last event that a part has carried
	keys    int       // its key events
	kinds   []string  // the watch-list detectors that matched them, sorted
	stopped bool      // a trail was stopped
	who     string    // the principal
	named   []string  // the signs that it names
	sure    weight    // of the weightiest of them
}

// A weight says how much a sign says.
type weight uint8

const (
	signShared weight = iota // an address that a suspect credential used: an office has one for all
	signLikely               // a burst of denied calls, which programs make too
	signSure                 // what only somebody makes who should not
)

// waiting is an event that a finding may come to list: a key event, or a sign
// where kind is empty.
type waiting struct {
	ref     *EventRef
	kind    string // ID of the watch-list detector
	issues  string // the access key that it issued
	stopped bool   // it stopped a trail
}

// maxSigns reasons of suspicion are kept apart for one credential.
const maxSigns = 16

func (a *actor) suspect(now time.Time) bool {
	return a.child || !a.signed.IsZero() && now.Sub(a.signed) <= suspectSpan
}

// fade forgets what is more than a day old; it returns the bytes freed.
func (a *actor) fade(now time.Time) (freed int) {
	a.waits = slices.DeleteFunc(a.waits, func(w waiting) bool {
		old := now.Sub(w.ref.Time) > suspectSpan
		if old {
			freed += w.ref.size()
		}
		return old
	})
	if now.Sub(a.signed) > suspectSpan {
		a.reasons, a.since, a.weight, a.child = nil, nil, signShared, false // a child is known by its issuance
	}
	return freed
}

// sign notes a sign of the time at and reports whether it is new, or as new as the second under
// judgement: which event of a second is the first is not known.
func (a *actor) sign(reason string, at, now time.Time, w weight) bool {
	if at.After(a.signed) {
		a.signed = at
	}
	a.weight = max(a.weight, w)
	if i := slices.Index(a.reasons, reason); i >= 0 {
		return a.since[i].Equal(now)
	}
	if len(a.reasons) >= maxSigns {
		return false
	}
	a.reasons, a.since = append(a.reasons, strings.Clone(reason)), append(a.since, now)
	return true
}

// wait files an event; it returns the bytes by which the actor grew.
func (a *actor) wait(w waiting) (grown int) {
	if len(a.waits) >= maxWaits {
		grown -= a.waits[0].ref.size()
		a.waits = slices.Delete(a.waits, 0, 1)
	}
	a.waits = append(a.waits, w)
	return grown + w.ref.size()
}

// lists reports whether an event waits already or stands in the open finding.
func (a *actor) lists(ref *EventRef) bool {
	return slices.ContainsFunc(a.waits, func(w waiting) bool { return *w.ref == *ref }) ||
		slices.ContainsFunc(a.found.events, func(e *EventRef) bool { return *e == *ref })
}

// drop forgets what waits; it returns the bytes freed.
func (a *actor) drop() (freed int) {
	for i := range a.waits {
		freed += a.waits[i].ref.size()
	}
	a.waits = nil
	return freed
}

// settle moves what waits into the finding, once the credential is suspect and
// has a key event.
func (s *suspects) settle(a *actor, now time.Time) {
	if a.found.subject != "" && now.Sub(a.last) > suspectSpan {
		s.part(a)
		a.found, a.keys, a.kinds, a.stopped, a.named, a.sure = draft{}, 0, nil, false, nil, signShared
	}
	key := slices.ContainsFunc(a.waits, func(w waiting) bool { return w.kind != "" })
	if !a.suspect(now) || !key && a.found.subject == "" {
		return
	}
	waits := a.waits
	s.waits -= a.drop()
	slices.SortFunc(waits, func(x, y waiting) int { return compareRefs(x.ref, y.ref) })
	if a.found.subject == "" {
		a.found.begin(a.key, Low, waits[0].ref)
		a.emitted = time.Time{}
		a.who = ""
	}
	a.sure = max(a.sure, a.weight)
	for _, reason := range a.reasons {
		if !slices.Contains(a.named, reason) && len(a.named) < maxSigns {
			a.named = append(a.named, reason)
		}
	}
	a.found.severity = max(a.found.severity, a.severity())
	for _, w := range waits {
		if w.kind == "" && (compareRefs(w.ref, &a.found.opened) < 0 || w.ref.Time.Before(a.emitted)) {
			continue // a sign from before: its place in the list has gone by
		}
		s.list(a, w)
	}
}

func (s *suspects) list(a *actor, w waiting) {
	a.last = w.ref.Time
	if w.kind != "" {
		if a.who == "" {
			a.who = strings.Clone(w.ref.Principal)
		}
		a.keys++
		a.stopped = a.stopped || w.stopped
		if i, ok := slices.BinarySearch(a.kinds, w.kind); !ok {
			a.kinds = slices.Insert(a.kinds, i, w.kind)
		}
		a.found.severity = max(a.found.severity, a.severity())
	}
	if s.held.add(&a.found, w.ref) {
		s.part(a)
	}
}

// severity of the open finding: it is as grave as its signs are weighty, and one step graver where the key events
// are a course of action.
func (a *actor) severity() Severity {
	switch {
	case a.sure == signSure && (a.stopped || len(a.kinds) >= criticalKinds):
		return Critical
	case a.sure == signSure || a.sure == signLikely && a.stopped:
		return High
	case a.sure == signLikely:
		return Medium
	}
	return Low
}

// criticalKinds different key events are a course of action, not an accident.
const criticalKinds = 4

// compareRefs orders events as the timeline does.
func compareRefs(a, b *EventRef) int {
	return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID),
		cmp.Compare(a.Place.Object, b.Place.Object), cmp.Compare(a.Place.Index, b.Place.Index))
}

func (s *suspects) part(a *actor) {
	slices.SortStableFunc(a.found.events, compareRefs)
	a.emitted = a.last
	why := fmt.Sprintf("%s (%s); suspect by %s", plural(a.keys, "key event"),
		strings.Join(a.kinds, ", "), strings.Join(a.named, ", "))
	if a.who != "" && !strings.HasPrefix(a.key, a.who) {
		why += "; credential of " + a.who
	}
	s.held.emit(&a.found, why, s.emit)
}

func (s *suspects) close(a *actor) {
	if a.found.subject != "" {
		s.part(a)
	}
	s.waits -= a.drop()
}

// relieve makes room when credentials hold too much: the longest idle give up
// first.
func (s *suspects) relieve() {
	if s.held.full() {
		s.actors.each(func(_ string, a *actor) {
			if s.held.aboveHalf() && len(a.found.events) > 0 {
				s.part(a)
			}
		})
	}
	if s.waits > maxWaitBytes {
		s.actors.each(func(_ string, a *actor) {
			if s.waits > maxWaitBytes/2 {
				s.waits -= a.drop()
			}
		})
	}
}
