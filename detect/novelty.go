package detect

import (
	"slices"
	"strings"
	"time"
)

// novelty knows what each subject did before, so that what it does for the first time stands
// out. In the beginning everything is new and nothing worth saying: a value is new only if the
// subject was known before Context.BaselineUntil, or, where that is not set, for as long as history.
type novelty struct {
	c       *Context
	history time.Duration
	known   *fading[noveltyOf]
}

type noveltyOf struct {
	since  time.Time // when the subject was first seen
	second int64     // the last one in which it was
	before int       // calls before that second
	calls  int
	fresh  []string // values first seen in that second
	few
}

// maxHabits bounds the subjects whose habits are known: users and roles that act in one of the
// ways that a detector looks at. A large organization has some thousand.
const maxHabits = DefaultMaxOpen / 4

// noveltyIdle is longer than most archives: who returns after that is new.
const noveltyIdle = 400 * 24 * time.Hour

func newNovelty(c *Context, history time.Duration) *novelty {
	return &novelty{c: c, history: history, known: newFading[noveltyOf](maxHabits, noveltyIdle, nil)}
}

// see notes a value of the subject's and reports whether it is new: it is for all events of the second in which it is
// first seen, since which of them came first is not known.
func (n *novelty) see(subject, value string, t time.Time) bool {
	s := n.known.touch(subject, t)
	if s.since.IsZero() {
		s.since = t
	}
	if second := t.Unix(); second != s.second {
		s.second, s.before, s.fresh = second, s.calls, s.fresh[:0]
	}
	s.calls++
	fresh := slices.Contains(s.fresh, value)
	if !fresh && s.add(value) {
		s.fresh = append(s.fresh, strings.Clone(value))
		fresh = true
	}
	return fresh && n.settled(s.since, t)
}

// settled reports whether a subject that was first seen at since is well known at t.
func (n *novelty) settled(since, t time.Time) bool {
	if !n.c.BaselineUntil.IsZero() {
		return since.Before(n.c.BaselineUntil) && !t.Before(n.c.BaselineUntil)
	}
	return t.Sub(since) >= n.history
}

// days writes how long the subject has been known.
func (n *novelty) days(subject string, t time.Time) int {
	s := n.known.peek(subject, t)
	if s == nil {
		return 0
	}
	return int(t.Sub(s.since).Hours() / 24)
}

// historyThreshold is how long a subject has to be known before what it does is new.
func historyThreshold() Threshold {
	return Threshold{"history", 2, "days", "Elastic's new-terms rules take 7 to 10 days; own: 2, since archives are often short"}
}

// beginnings knows until when what happens in an account is held to be usual: before Context.BaselineUntil, or, where that is
// not set, in the first days that a detector sees of the account. An account that it first sees after the first days of all accounts
// has none: whether its evidence begins there, or somebody does there what nobody did before, a detector cannot tell.
type beginnings struct {
	c     *Context
	first time.Time // what the detector saw first, of any account
	begun *fading[time.Time]
}

func newBeginnings(c *Context) *beginnings {
	return &beginnings{c: c, begun: newFading[time.Time](maxPlaces, 10*365*24*time.Hour, nil)}
}

// until returns when that is over, of an account that is seen now, and when the account was seen first.
func (b *beginnings) until(account string, now time.Time) (usual, since time.Time) {
	if b.first.IsZero() {
		b.first = now
	}
	from := b.begun.touch(account, now)
	if from.IsZero() {
		*from = now
	}
	if !b.c.BaselineUntil.IsZero() {
		return b.c.BaselineUntil, *from
	}
	days := b.c.Duration("baseline")
	if all := b.first.Add(days); !from.Before(all) {
		return all, *from
	}
	return from.Add(days), *from
}
