package detect

import (
	"fmt"
	"strings"
	"time"
)

// bursts finds credentials that are denied many different calls in a short
// time. denied-burst reports them; suspect-activity takes them as a sign.
type bursts struct {
	open *fading[burst]
	held *ledger
	used *fading[usualRefusals] // by role or user
	emit func(Finding)          // of the call that runs
}

// burst is one credential's denials: those of the last burstSpan while they are
// few, and all from then on until there are none for burstSpan.
type burst struct {
	draft
	on       bool
	calls    recent
	news     recent // those of calls that the role or user was not refused on a day before
	unlisted int    // repeats that were dropped before the burst was one
	who      string
}

// The bounds of one credential: distinct calls that are told apart, and events
// that are held before there are enough distinct ones.
const (
	maxCalls = 1000
	// maxCallBytes bounds what the calls of all credentials take, and the names of all users whose passwords are guessed:
	// names are as long as who writes them likes.
	maxCallBytes = 16 << 20
	maxEarly     = 500
)

// usualRefusals are the calls that a role or user is used to being refused, and when each was for the first time.
type usualRefusals struct {
	since map[string]time.Time
	bytes int // that they take
}

// A call is no news when it was refused half a day before: what a scanner or a dashboard without rights does daily,
// and nobody who is still at his first attempt. The bounds are of one role or user, and of all.
const (
	refusedBefore = 12 * time.Hour
	maxRefusals   = 64
	refusalsIdle  = 30 * 24 * time.Hour
)

// usual notes a refusal and reports whether the call was refused to the same role or user before. Those that find no
// room are news each time.
func (r *usualRefusals) usual(call string, t time.Time) bool {
	first, ok := r.since[call]
	if !ok && len(r.since) < maxRefusals {
		if r.since == nil {
			r.since, r.bytes = map[string]time.Time{}, setBytes
		}
		r.since[strings.Clone(call)] = t
		r.bytes += recentBytes + len(call)
	}
	return ok && t.Sub(first) >= refusedBefore
}

func newBursts(id string) *bursts {
	b := &bursts{held: newLedger(id), used: newFading[usualRefusals](maxHabits, refusalsIdle, nil)}
	b.open = newFading(DefaultMaxOpen, burstSpan, func(_ string, v *burst) { b.close(v) })
	b.open.most = maxCallBytes
	return b
}

// expire closes what no denial at now or later can extend.
func (b *bursts) expire(now time.Time, emit func(Finding)) {
	b.emit = emit
	b.open.expire(now)
}

// add notes a denial and returns the state of its credential, valid until the
// call after it.
func (b *bursts) add(ref *EventRef, emit func(Finding)) *burst {
	b.emit = emit
	key := credentialOf(ref)
	v := b.open.touch(key, ref.Time)
	if v.subject == "" {
		v.begin(key, Low, ref)
		v.calls = recent{span: burstSpan, max: maxCalls}
		v.news = recent{span: burstSpan, max: burstHigh} // more make no difference
	}
	call := callOf(ref)
	v.calls.add(call, ref.Time)
	if !b.used.touch(habitual(ref), ref.Time).usual(call, ref.Time) {
		v.news.add(call, ref.Time)
	}
	if !v.on {
		b.forget(v, ref.Time)
	}
	due := b.held.add(&v.draft, ref)
	if !v.on && v.calls.peak >= burstCalls {
		v.on = true
		v.opened, v.who = v.events[0].Identity(), strings.Clone(v.events[0].Principal)
	}
	switch {
	case v.news.peak >= burstHigh:
		v.severity = High
	case v.news.peak >= burstCalls:
		v.severity = Medium
	}
	if due && v.on {
		b.part(v)
	}
	b.relieve()
	return v
}

// count returns how many credentials, roles and users had to give way.
func (b *bursts) count() int64 { return b.open.count() + b.used.count() }

// forget drops what the span has left behind, and the older half of too many repeats.
func (b *bursts) forget(v *burst, now time.Time) {
	n := 0
	for n < len(v.events) && now.Sub(v.events[n].Time) > burstSpan {
		n++
	}
	if n > 0 {
		v.unlisted = 0
	}
	if len(v.events)-n >= maxEarly {
		v.unlisted += maxEarly / 2
		n += maxEarly / 2
	}
	b.held.trim(&v.draft, n)
}

// relieve makes room when all credentials together hold too much: the longest
// idle lose what they hold, a burst by emitting it.
func (b *bursts) relieve() {
	if !b.held.full() {
		return
	}
	b.open.each(func(v *burst) {
		switch {
		case !b.held.aboveHalf():
		case v.on:
			b.part(v)
		default:
			v.unlisted += len(v.events)
			b.held.trim(&v.draft, len(v.events))
		}
	})
}

func (b *bursts) close(v *burst) {
	if v.on {
		b.part(v)
	}
	b.held.drop(&v.draft)
}

func (b *bursts) part(v *burst) {
	why := fmt.Sprintf("%s distinct calls denied within %d minutes, %d denials in all",
		atMost(v.calls.peak, maxCalls), int(burstSpan.Minutes()), v.count+v.unlisted)
	if v.unlisted > 0 {
		why += fmt.Sprintf(" (%d early repeats not listed)", v.unlisted)
	}
	if v.who != "" && v.who != v.subject {
		why += ", to " + v.who
	}
	if v.severity == Low {
		why += fmt.Sprintf("; all but %d were refused to the same role or user on an earlier day", v.news.peak)
	}
	b.held.emit(&v.draft, why, b.emit)
}

func (b *bursts) flush(emit func(Finding)) {
	b.emit = emit
	b.open.flush()
}

// atMost writes a count that stops at limit.
func atMost(n, limit int) string {
	if n >= limit {
		return fmt.Sprintf("%d or more", limit)
	}
	return fmt.Sprint(n)
}
