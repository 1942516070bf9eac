package detect

import (
	"fmt"
	"strings"
	"time"
)

// containments is the state of credential-outlives-containment.
type containments struct {
	spread time.Duration
	issued *fading[string]      // key: the one that asked for it, as far up as is known
	ends   *fading[containedAt] // key, "account user/…" or "account role/…": since when it is contained
	uses   *spells[outliving]
}

type containedAt struct {
	at  time.Time
	ref EventRef
}

type outliving struct {
	what       string
	since      time.Time
	did, tried int
	changed    bool
}

func newContainments(c *Context) *containments {
	s := &containments{spread: c.Duration("spread"), issued: newFading[string](maxSubjects, c.Duration("memory"), nil),
		ends: newFading[containedAt](maxSubjects/2, c.Duration("memory"), nil)}
	s.uses = newSpells("credential-outlives-containment", c.Duration("memory"), s.judge)
	return s
}

func (s *containments) stream() Stream {
	return s.uses.stream(s.note, func() int64 { return s.issued.count() + s.ends.count() })
}

func (s *containments) note(batch []hit) {
	for i := range batch {
		ref, e := &batch[i].ref, batch[i].e
		if key := e.Get(FactIssuedKey); key != "" && ref.Credential != "" {
			*s.issued.touch(key, ref.Time) = ref.Credential
		}
		if what := e.Get(factContained); what != "" {
			if strings.Contains(what, "/") { // a user or a role: its name is the account's
				what = ref.Account + " " + what
			}
			if c := s.ends.touch(what, ref.Time); c.at.IsZero() {
				c.at, c.ref = ref.Time, *ref
			}
		}
	}
	for i := range batch {
		s.use(&batch[i].ref, batch[i].e)
	}
}

// use looks whether the caller's credential is contained: itself, one that it came from, or
// its role or user, for sessions that began before.
func (s *containments) use(ref *EventRef, e Evidence) {
	if ref.Credential == "" {
		return
	}
	key := ref.Credential
	for range maxPath {
		if c := s.ends.peek(key, ref.Time); c != nil {
			s.outlives(ref, c, key)
			return
		}
		from := s.issued.peek(key, ref.Time)
		if from == nil {
			break
		}
		key = *from
	}
	who := ref.Account + " " + e.Get(factIssuer)
	if c := s.ends.peek(who, ref.Time); c != nil && ref.SessionStart != "" {
		if began, err := time.Parse(time.RFC3339, ref.SessionStart); err == nil && began.Before(c.at) {
			s.outlives(ref, c, e.Get(factIssuer))
		}
	}
}

func (s *containments) outlives(ref *EventRef, c *containedAt, what string) {
	if ref.Time.Sub(c.at) < s.spread || c.ref.ID == ref.ID {
		return
	}
	v := s.uses.touch(ref.Credential, ref)
	if v.x.since.IsZero() {
		v.x.since, v.x.what = c.at, what
		s.uses.add(v, c.ref)
	}
	if ref.ErrorCode != "" {
		v.x.tried++
	} else {
		v.x.did++
		v.x.changed = v.x.changed || ref.changes()
	}
	s.uses.add(v, *ref)
}

func (s *containments) judge(v *spell[outliving]) (Severity, string, bool) {
	severity := Low
	switch {
	case v.x.changed:
		severity = High
	case v.x.did > 0:
		severity = Medium
	}
	return severity, fmt.Sprintf("%s was put out of use at %s; %s has made %s since that succeeded and %d that did not, by %s",
		v.x.what, v.x.since.UTC().Format(time.RFC3339), v.key, plural(v.x.did, "telling call"), v.x.tried, v.who), v.count > 0
}
