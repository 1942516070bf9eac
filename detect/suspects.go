package detect

import (
	"slices"
	"time"
)

// suspects is the state of suspect-activity: what is known of each credential,
// of the addresses that suspect ones used, and of the keys that they issued.
//
// One second is judged at once. Its events are noted; suspicion is spread until
// it reaches nobody new; then findings are opened and extended. So the order
// within the second does not matter.
type suspects struct {
	actors    *table[actor]
	addresses *table[time.Time] // address: when a suspect credential used it last
	guessed   *table[EventRef]  // principal and address: the sign-in after guessing
	issued    *table[issuance]  // access key: who issued it while suspect
	bursts    *bursts
	guesses   *guesses
	held      *ledger         // what open findings hold
	waits     int             // bytes of all that waits
	emit      func(Finding)   // of the call that runs
	active    map[*actor]bool // those that the second under judgement touched
	order     []*actor        // the same, in a fixed order
}

// An issuance is the event by which a suspect credential issued another. It is
// remembered beyond the day: a key made to come back with is used later.
type issuance struct {
	ref    EventRef
	by     string
	weight weight // of its issuer's signs
}

// suspectSpan is how far apart a key event and a sign of the same credential may
// lie: the usual window of rules that chain events of one actor.
const suspectSpan = 24 * time.Hour

// maxWaitBytes bounds what waits for a sign or a key event, over all credentials;
// maxWaits bounds one credential's share.
const (
	maxWaitBytes = 4 << 20
	maxWaits     = 500
	maxIssued    = 5000
)

func newSuspects(id string) *suspects {
	s := &suspects{
		addresses: newTable(DefaultMaxOpen, func(string, *time.Time) {}),
		guessed:   newTable(maxIssued, func(string, *EventRef) {}),
		issued:    newTable(maxIssued, func(string, *issuance) {}),
		bursts:    newBursts(id),
		guesses:   newGuesses(id),
		held:      newLedger(id),
		active:    map[*actor]bool{},
	}
	s.actors = newTable(DefaultMaxOpen, func(_ string, a *actor) { s.close(a) })
	return s
}

// nobody receives what the borrowed detectors find: here it is a sign only.
func nobody(Finding) {}

func (s *suspects) judge(batch []hit, emit func(Finding)) {
	s.emit = emit
	now := batch[0].ref.Time
	s.expire(now)
	s.note(batch, now)
	s.signIns(batch)
	s.denials(batch, now)
	for s.spread(batch, now) {
	}
	for _, a := range s.order {
		s.settle(a, now)
	}
	s.relieve()
	clear(s.active)
	clear(s.order)
	s.order = s.order[:0]
}

func (s *suspects) expire(now time.Time) {
	old := func(t time.Time) bool { return now.Sub(t) > suspectSpan }
	s.actors.expire(func(_ string, a *actor) bool {
		if old(a.touched) {
			s.close(a)
			return true
		}
		return false
	})
	s.addresses.expire(func(_ string, t *time.Time) bool { return old(*t) })
	s.guessed.expire(func(_ string, ref *EventRef) bool { return old(ref.Time) })
}

// touch returns the credential's state, as one that this second concerns.
func (s *suspects) touch(key string, now time.Time) *actor {
	a := s.actors.touch(key)
	if !s.active[a] {
		s.active[a] = true
		s.order = append(s.order, a)
		a.key, a.touched = key, now
		s.waits -= a.fade(now)
	}
	return a
}

// note files each key event, and each sign by user agent, with its credential.
func (s *suspects) note(batch []hit, now time.Time) {
	for i := range batch {
		h := &batch[i]
		kind, sign := h.e.Get(factKey), h.e.Get(factSign)
		if kind == "" && sign == "" {
			continue
		}
		a := s.touch(credentialOf(h.ref), now)
		fresh := sign != "" && a.sign(sign, now, now, signSure)
		if kind != "" || fresh {
			s.waits += a.wait(waiting{
				ref: h.ref, kind: kind, issues: h.e.Get(FactIssuedKey),
				stopped: kind == trailStopped.ID && h.e.Get(FactOutcome) == succeeded,
			})
		}
	}
}

// signIns remembers who signed in after guessing.
func (s *suspects) signIns(batch []hit) {
	var logins []hit
	for i := range batch {
		for j, f := range batch[i].e {
			if f.Name == factSignin { // its own facts follow
				logins = append(logins, hit{batch[i].ref, batch[i].e[j+1:]})
			}
		}
	}
	if len(logins) == 0 {
		return
	}
	for _, ref := range s.guesses.judge(logins, nobody) {
		known := s.guessed.touch(guessedKey(&ref))
		if known.Time.Before(ref.Time) || compareRefs(&ref, known) < 0 {
			*known = ref
		}
	}
}

func guessedKey(r *EventRef) string { return r.Principal + " from " + r.SourceIP }

// denials makes credentials suspect that begin or continue a burst.
func (s *suspects) denials(batch []hit, now time.Time) {
	const reason = "burst of denied calls"
	s.bursts.expire(now, nobody)
	var on []*burst
	for i := range batch {
		if !batch[i].e.has(factDenied) {
			continue
		}
		if b := s.bursts.add(batch[i].ref, nobody); b.on && !slices.Contains(on, b) {
			on = append(on, b)
		}
	}
	for _, b := range on {
		if b.severity == Low { // it happens to them every day
			continue
		}
		a := s.touch(b.subject, now)
		if !a.sign(reason, now, now, signLikely) {
			continue
		}
		for _, ref := range b.events {
			if !a.lists(ref) {
				s.waits += a.wait(waiting{ref: ref})
			}
		}
	}
}

// spread makes suspect whom the suspects make so, one step further, and reports
// whether that changed anything.
func (s *suspects) spread(batch []hit, now time.Time) (changed bool) {
	for i := range batch {
		h := &batch[i]
		if !h.e.has(factKey) {
			continue
		}
		a := s.touch(credentialOf(h.ref), now)
		if ref := s.guessed.peek(guessedKey(h.ref)); ref != nil && !ref.Time.After(now) &&
			a.sign("console sign-in after guessing", ref.Time, now, signSure) && !a.lists(ref) {
			s.waits += a.wait(waiting{ref: new(*ref)})
			changed = true
		}
		if t := s.addresses.peek(h.ref.SourceIP); t != nil && now.Sub(*t) <= suspectSpan && !a.suspect(now) {
			a.sign("address "+h.ref.SourceIP+" that a suspect credential used", now, now, signShared)
			changed = true
		}
	}
	for i := 0; i < len(s.order); i++ { // inherit may append to it
		changed = s.inherit(s.order[i], now) || changed
	}
	for i := range batch {
		if a := s.actors.peek(credentialOf(batch[i].ref)); a != nil && s.active[a] && a.suspect(now) && a.weight > signShared {
			changed = s.taint(batch[i].ref.SourceIP, now) || changed
		}
	}
	return changed
}

// inherit makes a suspect if its issuer is, and what it issued if it is.
func (s *suspects) inherit(a *actor, now time.Time) (changed bool) {
	if from := s.issued.peek(a.key); from != nil && (!a.child || from.weight > a.weight) {
		a.child, changed = true, true
		if a.sign("issued by the suspect credential "+from.by, now, now, from.weight) && !a.lists(&from.ref) {
			s.waits += a.wait(waiting{ref: new(from.ref)})
		}
	}
	if !a.suspect(now) {
		return changed
	}
	for _, w := range a.waits {
		if a.weight > signShared {
			changed = s.taint(w.ref.SourceIP, w.ref.Time) || changed
		}
		if w.issues == "" {
			continue
		}
		known := s.issued.peek(w.issues)
		if known != nil && known.weight >= a.weight {
			continue
		}
		*s.issued.touch(w.issues) = issuance{ref: *w.ref, by: a.key, weight: a.weight}
		if s.actors.peek(w.issues) != nil {
			s.touch(w.issues, now)
		}
		changed = true
	}
	return changed
}

// taint remembers that a suspect used an address of the public Internet. It
// reports whether that is news.
func (s *suspects) taint(address string, t time.Time) bool {
	if known := s.addresses.peek(address); known != nil && !known.Before(t) {
		return false
	}
	if _, public := InternetAddress(address); !public {
		return false
	}
	*s.addresses.touch(address) = t
	return true
}

func (s *suspects) flush(emit func(Finding)) {
	s.emit = emit
	s.actors.expire(func(_ string, a *actor) bool { s.close(a); return true })
}
