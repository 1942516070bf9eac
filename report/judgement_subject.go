package report

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ErrAbsent is what an error is where the case does not have what was named.
var ErrAbsent = errors.New("not in the case")

// An absentError says what the case does not have.
type absentError string

func (e absentError) Error() string { return string(e) }

// Is makes it ErrAbsent.
func (absentError) Is(err error) bool { return err == ErrAbsent }

// Subject finds what a text stands for that an examiner judges: as a kind and a colon before the name say ("user-agent:curl/8"),
// or else by its form: an address or network, an access key, an ARN, '#' and an event's ordinal, an event's or
// a finding's ID, a user's or role's name. What the case does not have is ErrAbsent: a slip of the pen must not pass for a judgement.
func (p *SettledCase) Subject(ctx context.Context, text string) (Subject, error) {
	sub, err := p.store.subject(ctx, text)
	if err != nil {
		return Subject{}, err
	}
	j := Judgement{Kind: sub.Kind, Subject: sub.Name}
	if err := j.canonical(); err != nil {
		return Subject{}, err
	}
	sub.Name = j.Subject
	switch ok, err := p.store.hasSubject(ctx, sub); {
	case err != nil:
		return Subject{}, err
	case !ok:
		return Subject{}, absentError(fmt.Sprintf("subject %s: the case has no such %s", clip(sub.Name), sub.Kind))
	}
	return sub, nil
}

var (
	keyForm     = regexp.MustCompile(`^A[A-Z]{3}[A-Z0-9]{4,124}$`)
	findingForm = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// subject takes a text by its form.
func (s *EventStore) subject(ctx context.Context, text string) (Subject, error) {
	if kind, name, ok := strings.Cut(text, ":"); ok && slices.Contains(subjectKinds, SubjectKind(kind)) {
		return Subject{SubjectKind(kind), name}, nil
	}
	name, start, session := cutLast(text, "@")
	_, terr := time.Parse(time.RFC3339, start)
	switch {
	case text == "":
		return Subject{}, errors.New("subject: missing")
	case isNetwork(text):
		kind := AddressSubject
		if strings.Contains(text, "/") {
			kind = NetworkSubject
		}
		return Subject{kind, text}, nil
	case strings.HasPrefix(text, "#"):
		return s.eventAt(ctx, text)
	case findingForm.MatchString(text):
		return Subject{FindingSubject, text}, nil
	case keyForm.MatchString(text):
		return Subject{KeySubject, text}, nil
	case session && terr == nil:
		return Subject{SessionSubject, SessionName(name, start)}, nil
	case strings.HasPrefix(text, "arn:") && strings.Contains(text, ":role/"):
		return Subject{RoleSubject, text}, nil
	case strings.HasPrefix(text, "arn:"):
		return Subject{PrincipalSubject, text}, nil
	}
	if ok, err := s.hasSubject(ctx, Subject{EventSubject, text}); ok || err != nil {
		return Subject{EventSubject, text}, err
	}
	return s.subjectNamed(ctx, text)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// eventAt finds the ID of an event by its ordinal.
func (s *EventStore) eventAt(ctx context.Context, text string) (sub Subject, err error) {
	f, err := ordinalOrID(text)
	if err != nil {
		return sub, err
	}
	err = s.Scan(ctx, f, []string{"derived_id", "eventid"}, func(r *Row) error {
		sub = Subject{EventSubject, own(r.Text(0))}
		if sub.Name == "" {
			sub.Name = own(r.Text(1))
		}
		return nil
	})
	if err == nil && sub.Name == "" {
		err = absentError(fmt.Sprintf("subject %s: the case has no such event", text))
	}
	return sub, err
}

// subjectNamed finds the one user or role that has a name.
func (s *EventStore) subjectNamed(ctx context.Context, name string) (Subject, error) {
	var found []Subject
	for _, l := range []struct {
		kind   SubjectKind
		column string
		part   string
	}{{PrincipalSubject, "principal", ":user/"}, {RoleSubject, "useridentity.sessioncontext.sessionissuer.arn", ":role/"}} {
		named := &textPredicate{leaves: leavesNamed(l.column), tests: tests(func(b []byte) bool { return isNamed(textOf(b), l.part, name) })}
		err := s.Scan(ctx, filterOf(named), []string{l.column}, func(r *Row) error {
			if sub := (Subject{l.kind, r.Text(0)}); !slices.Contains(found, sub) && len(found) < 10 {
				sub.Name = strings.Clone(sub.Name)
				found = append(found, sub)
			}
			return nil
		})
		if err != nil {
			return Subject{}, err
		}
	}
	switch len(found) {
	case 0:
		return Subject{}, absentError(fmt.Sprintf("subject %s: no access key, principal, role, user, address, event or finding of the case", clip(name)))
	case 1:
		return found[0], nil
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
	}
	return Subject{}, fmt.Errorf("subject %s: it names several: %s: which is meant?", clip(name), strings.Join(names, ", "))
}

// hasSubject reports whether the case has something that a judgement on the subject decides.
func (s *EventStore) hasSubject(ctx context.Context, sub Subject) (bool, error) {
	var any predicate
	one := func(name string, leaf int) predicate { return among(map[string]bool{name: true}, leaf) }
	switch sub.Kind {
	case FindingSubject:
		return s.hasFinding(sub.Name)
	case EventSubject:
		any = either{one(sub.Name, leafDerived), one(sub.Name, leafID)}
	case KeySubject:
		return s.hasKey(ctx, sub.Name)
	case PrincipalSubject:
		any = one(sub.Name, leafPrincipal)
	case SessionSubject:
		name, start, _ := cutLast(sub.Name, "@")
		any = &bothPredicate{one(name, leafPrincipal), one(start, leafSession)}
	case UserAgentSubject:
		any = one(sub.Name, leafUserAgent)
	case RoleSubject, AddressSubject, NetworkSubject:
		kind, leaf := AddressSubject, leafSourceIP
		if sub.Kind == RoleSubject {
			kind, leaf = PrincipalSubject, leafPrincipal
		}
		only := NewJudgements([]Judgement{{Kind: sub.Kind, Subject: sub.Name, As: Suspect}})
		any = &textPredicate{leaves: []int{leaf}, tests: tests(func(b []byte) bool { return only.mayCount(Subject{kind, textOf(b)}) })}
	}
	return s.some(ctx, any)
}

// some reports whether a predicate holds of an event.
func (s *EventStore) some(ctx context.Context, p predicate) (bool, error) {
	err := s.Scan(ctx, filterOf(p), nil, func(*Row) error { return errEnough })
	if errors.Is(err, errEnough) {
		return true, nil
	}
	return false, err
}

// hasKey reports whether a key was used, or issued: of the latter the lineage knows.
func (s *EventStore) hasKey(ctx context.Context, key string) (bool, error) {
	ok, err := s.some(ctx, among(map[string]bool{key: true}, leafCredential))
	if ok || err != nil {
		return ok, err
	}
	l, err := s.Lineage(ctx, 0)
	if err != nil {
		return false, err
	}
	_, ok = l.Key(key)
	return ok, nil
}

// hasFinding reports whether the latest revision has a finding.
func (s *EventStore) hasFinding(id string) (bool, error) {
	m, err := s.memberships()
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(m.findings, func(f EventFinding) bool { return f.ID == id }), nil
}
