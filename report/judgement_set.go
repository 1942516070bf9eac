package report

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// Judgements are what examiners hold of a case's subjects, together. A nil one holds nothing. It is only read
// once it is made, from any number of goroutines.
type Judgements struct {
	all       []*Judgement // by time, withdrawals too
	bySubject map[Subject][]*Judgement
	networks  map[netip.Prefix]bool   // those judged
	withdrawn map[string]*Judgement   // by the ID of what they withdraw
	settled   map[Subject]Verdict     // of those without a time frame
	roles     map[string][]*Judgement // by account and name
	sessions  bool                    // some are judged, or have inherited
	idle      []*Judgement            // withdrawals without effect
	carried   map[Subject]carry       // keys and sessions: what they came from is held to be
	along     map[Subject]carry       // keys and sessions that were issued from a cleared place: see heritage.node
	heirs     map[string]int          // how many have inherited, by judgement
	findings  map[string]Verdict      // what is held of findings themselves
}

// A Verdict is what the judgements on a subject come to.
type Verdict struct {
	As Stance
	// By are the judgements that it rests on, by time.
	By []*Judgement
	// Inherited: they are on what the subject came from, and not on itself.
	Inherited bool
	// Inferred: it came from there by a tie that is not exact, so that nothing is confirmed by it.
	Inferred bool
	// Disputed: examiners disagree. Then nothing is confirmed and nothing cleared.
	Disputed bool
}

// A carry is a judgement that a credential has inherited.
type carry struct {
	Verdict
	from, to time.Time // as in Judgement
}

// NewJudgements brings judgements together, in whatever order they come. Of the same one there may be several copies.
func NewJudgements(all []Judgement) *Judgements {
	s := &Judgements{bySubject: map[Subject][]*Judgement{}, roles: map[string][]*Judgement{}, networks: map[netip.Prefix]bool{},
		withdrawn: map[string]*Judgement{}}
	known := make(map[string]*Judgement, len(all))
	for i := range all {
		if j := &all[i]; known[j.ID] == nil {
			known[j.ID] = j
			s.all = append(s.all, j)
		}
	}
	slices.SortFunc(s.all, (*Judgement).compare)
	for _, w := range s.all {
		if w.Withdraws == "" {
			continue
		}
		if j := known[w.Withdraws]; j == nil || j.Withdraws != "" || j.By != w.By {
			s.idle = append(s.idle, w) // the one is not here, or is another's
		} else if s.withdrawn[j.ID] == nil {
			s.withdrawn[j.ID] = w
		}
	}
	for _, j := range s.all {
		if j.Withdraws == "" && s.withdrawn[j.ID] == nil {
			s.admit(j)
		}
	}
	s.findings, s.settled = map[string]Verdict{}, map[Subject]Verdict{}
	for sub, list := range s.bySubject {
		if !slices.ContainsFunc(list, func(j *Judgement) bool { return !j.From.IsZero() || !j.To.IsZero() }) {
			s.settled[sub], _ = together(list, anyTime)
		}
		if sub.Kind == FindingSubject {
			s.findings[sub.Name], _ = together(list, anyTime)
		}
	}
	return s
}

// admit files a judgement. One examiner's later word on the same subject and time frame stands for the earlier.
func (s *Judgements) admit(j *Judgement) {
	sub := Subject{j.Kind, j.Subject}
	list := s.bySubject[sub]
	if j.Kind == NetworkSubject && list == nil {
		if p, err := netip.ParsePrefix(j.Subject); err == nil {
			s.networks[p] = true
		}
	}
	s.bySubject[sub] = superseding(list, j)
	s.sessions = s.sessions || j.Kind == SessionSubject
	if j.Kind == RoleSubject {
		if name, ok := roleName(j.Subject, ":role/"); ok {
			s.roles[name] = superseding(s.roles[name], j)
		}
	}
}

// superseding adds a judgement to a subject's, in the place of what it stands for.
func superseding(list []*Judgement, j *Judgement) []*Judgement {
	return append(slices.DeleteFunc(list, func(o *Judgement) bool {
		return o.By == j.By && o.From.Equal(j.From) && o.To.Equal(j.To)
	}), j)
}

// anyTime asks for what is held at whatever time.
var anyTime time.Time

// Any reports whether anything is held.
func (s *Judgements) Any() bool { return s != nil && len(s.bySubject) > 0 }

// All are the judgements by time, withdrawals and what was withdrawn too.
func (s *Judgements) All() []*Judgement {
	if s == nil {
		return nil
	}
	return s.all
}

// Of says what is held of something, by whatever it is known by, at a time: the narrowest subject counts. A zero time
// asks for what is held of it at any time. An address is found in networks, and a role's session by its role.
func (s *Judgements) Of(at time.Time, subjects ...Subject) (Verdict, bool) {
	if !s.Any() {
		return Verdict{}, false
	}
	best, found := s.narrowest(at, subjects)
	return best.Verdict, found
}

func (s *Judgements) narrowest(at time.Time, subjects []Subject) (best held, found bool) {
	best.rank = unheld
	for i := range subjects {
		if a := s.held(at, subjects[i]); a.rank < best.rank {
			best, found = a, true
		}
	}
	return best, found
}

// OfEvent says what is held of an event, which is listed by these findings.
func (s *Judgements) OfEvent(ref *detect.EventRef, findings ...string) (Verdict, bool) {
	if !s.Any() {
		return Verdict{}, false
	}
	var buf [8]Subject
	subjects := append(buf[:0], Subject{EventSubject, ref.ID}, Subject{KeySubject, ref.Credential}, Subject{AddressSubject, ref.SourceIP},
		Subject{UserAgentSubject, ref.UserAgent}, Subject{PrincipalSubject, ref.Principal})
	if ref.SessionStart != "" && s.sessions {
		subjects = append(subjects, Subject{SessionSubject, SessionName(ref.Principal, ref.SessionStart)})
	}
	for _, id := range findings {
		if v, ok := s.findings[id]; ok && v.As != Benign { // that a finding is wrong says nothing else of its events
			subjects = append(subjects, Subject{FindingSubject, id})
		}
	}
	best, found := s.narrowest(ref.Time, subjects)
	if best.rank > rankInherited && len(s.along) > 0 && isServiceName(ref.SourceIP) {
		for _, sub := range subjects {
			if c, ok := s.along[sub]; ok {
				return c.Verdict, true
			}
		}
	}
	return best.Verdict, found
}

// isServiceName reports whether a source IP address is the name of a service, which acted for somebody.
func isServiceName(ip string) bool { return ip != "" && !isAddress(ip) && !isMalformed(ip) }

// The ranks of what is held: the least counts.
const (
	rankEvent = iota
	rankFinding
	rankSession
	rankAddress
	rankNetwork
	rankUserAgent
	rankKey
	rankInherited
	rankPrincipal
	rankRole
	unheld
)

// A held is a verdict and how narrow its subject is.
type held struct {
	Verdict
	rank int
}

func (s *Judgements) held(at time.Time, sub Subject) held {
	if sub.Name == "" {
		return held{rank: unheld}
	}
	v, ok := s.direct(at, sub)
	switch sub.Kind {
	case EventSubject:
		return ranked(v, ok, rankEvent)
	case FindingSubject:
		return ranked(v, ok, rankFinding)
	case SessionSubject, KeySubject:
		return s.credential(at, sub, v, ok)
	case AddressSubject:
		return s.address(at, sub, v, ok)
	case NetworkSubject:
		return ranked(v, ok, rankNetwork)
	case UserAgentSubject:
		return ranked(v, ok, rankUserAgent)
	case PrincipalSubject:
		if !ok {
			return s.roleOf(at, sub.Name)
		}
		return ranked(v, ok, rankPrincipal)
	case RoleSubject:
		return ranked(v, ok, rankRole)
	}
	return held{rank: unheld}
}

func ranked(v Verdict, ok bool, rank int) held {
	if !ok {
		rank = unheld
	}
	return held{v, rank}
}

func (s *Judgements) credential(at time.Time, sub Subject, v Verdict, ok bool) held {
	switch {
	case ok && sub.Kind == KeySubject && strings.HasPrefix(sub.Name, "AKIA"):
		return held{v, rankKey}
	case ok:
		return held{v, rankSession}
	}
	c, ok := s.carried[sub]
	window := Judgement{From: c.from, To: c.to}
	return ranked(c.Verdict, ok && window.holds(at), rankInherited)
}

func (s *Judgements) address(at time.Time, sub Subject, v Verdict, ok bool) held {
	if ok || len(s.networks) == 0 {
		return ranked(v, ok, rankAddress)
	}
	a, err := netip.ParseAddr(sub.Name)
	if err != nil {
		return held{rank: unheld}
	}
	a = a.Unmap().WithZone("")
	if name := a.String(); name != sub.Name {
		if v, ok := s.direct(at, Subject{AddressSubject, name}); ok {
			return held{v, rankAddress}
		}
	}
	for bits := a.BitLen(); bits >= 0; bits-- {
		if p := netip.PrefixFrom(a, bits).Masked(); s.networks[p] {
			if v, ok := s.direct(at, Subject{NetworkSubject, p.String()}); ok {
				return held{v, rankNetwork}
			}
		}
	}
	return held{rank: unheld}
}

// roleOf finds what is held of the role of a session, whose ARN lacks the role's path.
func (s *Judgements) roleOf(at time.Time, principal string) held {
	if len(s.roles) == 0 {
		return held{rank: unheld}
	}
	name, ok := roleName(principal, ":assumed-role/")
	if !ok {
		return held{rank: unheld}
	}
	v, ok := together(s.roles[name], at)
	return ranked(v, ok, rankRole)
}

// roleName returns the account and name in the ARN of a role, or of a session of one.
func roleName(arn, kind string) (string, bool) {
	head, path, ok := strings.Cut(arn, kind)
	if !ok {
		return "", false
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	if kind == ":assumed-role/" {
		name, _, _ = strings.Cut(path, "/")
	}
	return head[strings.LastIndexByte(head, ':')+1:] + "/" + name, true
}

// direct is what the judgements on a subject itself come to.
func (s *Judgements) direct(at time.Time, sub Subject) (v Verdict, ok bool) {
	if v, ok = s.settled[sub]; ok {
		return v, true
	}
	list := s.bySubject[sub]
	if len(list) == 0 {
		return v, false
	}
	return together(list, at)
}

// together brings judgements on one subject together: of each examiner that with the narrowest time frame counts, of such
// the latest. Where they disagree the subject is suspect; where none of them accuses, a responder.
func together(list []*Judgement, at time.Time) (v Verdict, ok bool) {
	by := map[string]int{}
	for _, j := range list {
		if !j.holds(at) {
			continue
		}
		i, ok := by[j.By]
		switch {
		case !ok:
			by[j.By] = len(v.By)
			v.By = append(v.By, j)
		case !v.By[i].narrower(j):
			v.By[i] = j
		}
	}
	for i, j := range v.By {
		switch {
		case i == 0:
			v.As = j.As
		case v.As == j.As:
		case v.As.Accuses() || j.As.Accuses():
			v.As, v.Disputed = Suspect, true
		default:
			v.As, v.Disputed = Responder, true
		}
	}
	slices.SortFunc(v.By, (*Judgement).compare)
	return v, len(v.By) > 0
}

// Find returns the judgements whose IDs begin with a text.
func (s *Judgements) Find(id string) (found []*Judgement) {
	for _, j := range s.All() {
		if id != "" && strings.HasPrefix(j.ID, id) {
			found = append(found, j)
		}
	}
	return found
}
