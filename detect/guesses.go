package detect

import (
	"fmt"
	"time"
)

// guesses follows failed sign-ins by user and by address. signin-guessing
// reports them; suspect-activity takes a success after them as a sign.
type guesses struct {
	open *fading[guess]
	held *ledger
	emit func(Finding) // of the call that runs
}

// guess is a row of failures of one user or from one address with no pause of
// guessIdle, and the successes that came after enough of them.
type guess struct {
	draft
	address   bool                     // of an address, not of a user
	lately    [guessFailures]time.Time // the last failures, a ring
	armed     time.Time                // when there were last enough within guessSpan
	users     recent
	hidden    bool // a failure named no user
	failures  int
	successes int
	unlisted  int
}

func newGuesses(id string) *guesses {
	g := &guesses{held: newLedger(id)}
	g.open = newFading(DefaultMaxOpen, guessIdle, func(_ string, v *guess) { g.close(v) })
	g.open.most = maxCallBytes
	return g
}

// judge sees the sign-ins of one second: failures first, since which came first
// is not known. It returns the successes that followed a guess.
func (g *guesses) judge(batch []hit, emit func(Finding)) (guessed []EventRef) {
	g.emit = emit
	g.open.expire(batch[0].ref.Time)
	for _, h := range batch {
		if h.e.Get(FactOutcome) == failed {
			g.failure(h)
		}
	}
	for _, h := range batch {
		if h.e.Get(FactOutcome) == succeeded && g.success(h) {
			guessed = append(guessed, *h.ref)
		}
	}
	g.relieve()
	return guessed
}

// keys returns what a sign-in counts for: its user, unless hidden, and its address.
func (h *hit) keys() (user, address string) {
	if name := h.e.Get(FactUser); name != "" {
		user = name + " in " + h.ref.Account
	}
	return user, h.ref.SourceIP
}

func (g *guesses) failure(h hit) {
	user, address := h.keys()
	for _, key := range [...]string{user, address} {
		if key == "" {
			continue
		}
		v := g.open.touch(key, h.ref.Time)
		if v.subject == "" {
			v.begin(key, Low, h.ref)
			v.address = key == address
			v.users = recent{span: guessSpan, max: maxCalls}
		}
		t := h.ref.Time
		v.lately[v.failures%guessFailures] = t
		v.failures++
		v.users.add(user, t) // hidden names count as one
		v.hidden = v.hidden || user == ""
		if v.failures >= guessFailures && t.Sub(v.lately[v.failures%guessFailures]) <= guessSpan {
			v.armed = t
		}
		g.add(v, h.ref)
	}
}

// success notes a success with its user's guesses, or else with its address's.
func (g *guesses) success(h hit) bool {
	user, address := h.keys()
	for _, key := range [...]string{user, address} {
		v := g.open.peek(key, h.ref.Time)
		if v == nil || v.armed.IsZero() || h.ref.Time.Sub(v.armed) > guessIdle {
			continue
		}
		v.successes++
		g.add(v, h.ref)
		return true
	}
	return false
}

func (g *guesses) add(v *guess, ref *EventRef) {
	if !g.held.add(&v.draft, ref) {
		return
	}
	if _, ok := v.judgement(); ok {
		g.part(v)
	} else {
		v.unlisted += len(v.events) / 2
		g.held.trim(&v.draft, len(v.events)/2)
	}
}

// judgement says how severe the row is, and whether it is a finding at all.
// What one address does to one user is the user's finding.
func (v *guess) judgement() (Severity, bool) {
	several := v.users.peak > 1 || !v.address
	switch {
	case v.armed.IsZero():
		return 0, false
	case v.successes > 0:
		return High, true
	case v.address && v.users.peak >= sprayedUsers:
		return Medium, true
	case v.failures >= guessMany && (several || v.hidden):
		return Low, true
	}
	return 0, false
}

// relieve makes room when all rows together hold too much.
func (g *guesses) relieve() {
	if !g.held.full() {
		return
	}
	g.open.each(func(v *guess) {
		if !g.held.aboveHalf() {
			return
		}
		if _, ok := v.judgement(); ok {
			g.part(v)
		} else {
			v.unlisted += len(v.events)
			g.held.drop(&v.draft)
		}
	})
}

// count returns how many rows had to give way.
func (g *guesses) count() int64 { return g.open.count() }

func (g *guesses) close(v *guess) {
	if _, ok := v.judgement(); ok {
		g.part(v)
	}
	g.held.drop(&v.draft)
}

func (g *guesses) part(v *guess) {
	v.severity, _ = v.judgement()
	from := ""
	if v.address {
		from = fmt.Sprintf(" of %s users from one address", atMost(v.users.peak, maxCalls))
	}
	why := fmt.Sprintf("%d failed sign-ins%s", v.failures, from)
	if v.successes > 0 {
		why += fmt.Sprintf(", then %d that succeeded", v.successes)
	}
	if v.unlisted > 0 {
		why += fmt.Sprintf(" (%d of them not listed)", v.unlisted)
	}
	g.held.emit(&v.draft, why, g.emit)
}

func (g *guesses) flush(emit func(Finding)) {
	g.emit = emit
	g.open.flush()
}
