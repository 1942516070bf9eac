package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// containments is the state of credential-outlives-containment.
type containments struct {
	spread time.Duration
	issued *fading[string] // key: the one that asked for it, as far up as is known
	ends   *fading[putOut] // key, "account user/…", "account role/…" or "account password/…": since when it is contained
	uses   *spells[outliving]
}

// putOut is when and by what something was put out of use, for the first time and the last:
// sessions that begin in between outlive the last only.
type putOut struct {
	first, last containedAt
	policies    []string // by which it is; "": by none. maxDenials at most: beyond them it is taken to stay so
}

type containedAt struct {
	at  time.Time
	ref EventRef
}

// maxDenials bounds the policies that are known to contain one thing.
const maxDenials = 8

type outliving struct {
	what, by   string // by: which event contained it
	since      time.Time
	did, tried int
	changed    bool
}

func newContainments(c *Context) *containments {
	s := &containments{spread: c.Duration("spread"), issued: newFading[string](maxSubjects, c.Duration("memory"), nil),
		ends: newFading[putOut](maxSubjects/2, c.Duration("memory"), nil)}
	s.uses = newSpells("credential-outlives-containment", c.Duration("memory"), s.judge)
	return s
}

func (s *containments) stream() Stream {
	return s.uses.stream(s.note, func() int64 { return s.issued.count() + s.ends.count() })
}

func (s *containments) note(batch []hit) {
	slices.SortFunc(batch, func(a, b hit) int { return compareRefs(a.ref, b.ref) })
	for i := range batch {
		ref, e := batch[i].ref, batch[i].e
		if key := e.Get(FactIssuedKey); key != "" && ref.Credential != "" {
			*s.issued.touch(key, ref.Time) = strings.Clone(ref.Credential)
		}
		if what := e.Get(factContained); what != "" {
			what = inAccount(ref, what)
			c := s.ends.touch(what, ref.Time)
			c.last = containedAt{ref.Time, *ref}
			if c.first.at.IsZero() {
				c.first = c.last
			}
			if policy := e.Get(factDenial); len(c.policies) <= maxDenials && !slices.Contains(c.policies, policy) {
				c.policies = append(c.policies, strings.Clone(policy))
			}
		}
	}
	for i := range batch { // both within a second: which came last is not known
		what := inAccount(batch[i].ref, batch[i].e.Get(factRestored))
		c := s.ends.peek(what, batch[i].ref.Time)
		if c == nil || len(c.policies) > maxDenials {
			continue
		}
		c.policies = slices.DeleteFunc(c.policies, func(policy string) bool { return policy == batch[i].e.Get(factDenial) })
		if len(c.policies) == 0 {
			s.ends.forget(what)
		}
	}
	for i := range batch {
		s.use(batch[i].ref, batch[i].e)
	}
}

// inAccount says what is put out of use: a user's or a role's name is the account's.
func inAccount(ref *EventRef, what string) string {
	if strings.Contains(what, "/") {
		return ref.Account + " " + what
	}
	return what
}

// use looks whether the caller's credential is contained: itself, one that it came from, or, for
// sessions that began before, its role, its user or the user's password.
func (s *containments) use(ref *EventRef, e Evidence) {
	if ref.Credential == "" {
		return
	}
	key := ref.Credential
	for range maxPath {
		if c := s.ends.peek(key, ref.Time); c != nil {
			s.outlives(ref, &c.first, key)
			return
		}
		from := s.issued.peek(key, ref.Time)
		if from == nil {
			break
		}
		key = *from
	}
	for _, what := range [...]string{e.Get(factIssuer), e.Get(factPassword)} {
		c := s.ends.peek(cmp.Or(accountOf(ref.Principal), ref.Account)+" "+what, ref.Time)
		if at := c.since(ref.SessionStart); at != nil {
			s.outlives(ref, at, what)
			return
		}
	}
}

// since returns the first time that something was put out of use after the session began, nil if it was not.
func (p *putOut) since(sessionStart string) *containedAt {
	if p == nil {
		return nil
	}
	began, err := time.Parse(time.RFC3339, sessionStart)
	switch {
	case err != nil:
	case began.Before(p.first.at):
		return &p.first
	case began.Before(p.last.at):
		return &p.last
	}
	return nil
}

// outlives notes a use. What contained it is named, and is none of the finding's events: these accuse, and it is mostly a responder's.
func (s *containments) outlives(ref *EventRef, c *containedAt, what string) {
	if ref.Time.Sub(c.at) < s.spread || c.ref.ID == ref.ID {
		return
	}
	v := s.uses.touch(ref.Credential, ref)
	if v.x.since.IsZero() {
		v.x.since, v.x.what, v.x.by = c.at, strings.Clone(what), c.ref.Name+" "+c.ref.ID
	}
	if ref.ErrorCode != "" {
		v.x.tried++
	} else {
		v.x.did++
		v.x.changed = v.x.changed || ref.changes()
	}
	s.uses.add(v, ref)
}

func (s *containments) judge(v *spell[outliving]) (Severity, string, bool) {
	severity := Low
	switch {
	case v.x.changed:
		severity = High
	case v.x.did > 0:
		severity = Medium
	}
	return severity, fmt.Sprintf("%s was put out of use at %s (%s); %s has made %s since that succeeded and %d that did not, by %s",
		v.x.what, v.x.since.UTC().Format(time.RFC3339), v.x.by, v.key, plural(v.x.did, "telling call"), v.x.tried, v.who), v.count > 0
}
