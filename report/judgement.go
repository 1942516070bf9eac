package report

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Stance is what an examiner holds a subject to be. Only where one holds it malicious does a report
// call it more than suspected.
type Stance string

// The stances.
const (
	Malicious Stance = "malicious" // the report has it as confirmed
	Suspect   Stance = "suspect"   // as suspected, whether or not a finding points to it
	Benign    Stance = "benign"    // as cleared: findings on it stay listed, and accuse nobody
	Responder Stance = "responder" // apart: those who look into the incident
)

// Stances are all of them.
var Stances = []Stance{Malicious, Suspect, Benign, Responder}

// Accuses reports whether what is held so counts among the suspects.
func (s Stance) Accuses() bool { return s == Malicious || s == Suspect }

// Word is the stance as a report says it.
func (s Stance) Word() string {
	switch s {
	case Malicious:
		return "confirmed"
	case Benign:
		return "cleared"
	case Responder:
		return "responder"
	}
	return "suspected"
}

// A SubjectKind says what a judgement is about.
type SubjectKind string

// The kinds of subjects. Of judgements on one event that on the narrowest counts, in this order but for users' keys: they
// come behind UserAgents, and behind them what a credential has inherited (rankEvent and those that follow it).
const (
	EventSubject     SubjectKind = "event"      // an event's ID
	FindingSubject   SubjectKind = "finding"    // a finding's ID: its events
	SessionSubject   SubjectKind = "session"    // a principal and the start of its session: SessionName
	KeySubject       SubjectKind = "key"        // an access key's ID; a session's are as narrow as the session
	AddressSubject   SubjectKind = "address"    // a source IP
	NetworkSubject   SubjectKind = "network"    // in CIDR notation; of several the smallest counts
	UserAgentSubject SubjectKind = "user-agent" // the whole of it
	PrincipalSubject SubjectKind = "principal"  // as the events name it: mostly an ARN
	RoleSubject      SubjectKind = "role"       // a role's ARN: all its sessions
)

var subjectKinds = []SubjectKind{EventSubject, FindingSubject, SessionSubject, KeySubject, AddressSubject, NetworkSubject, UserAgentSubject, PrincipalSubject, RoleSubject}

// A Subject is what a judgement, or a question, is about.
type Subject struct {
	Kind SubjectKind `json:"kind"`
	Name string      `json:"subject"`
}

// SessionName is how a session is named: its principal, and its creationDate as the events have it.
func SessionName(principal, start string) string { return principal + "@" + start }

// A Judgement is a line of judgements.jsonl: what an examiner holds of a subject, or that an
// earlier judgement of the same examiner is withdrawn.
type Judgement struct {
	ID        string      `json:"id"` // SHA-256 of the line without it, in hexadecimal
	Kind      SubjectKind `json:"kind,omitempty"`
	Subject   string      `json:"subject,omitempty"`
	As        Stance      `json:"as,omitempty"`
	From      time.Time   `json:"from,omitzero"` // of events, inclusive; zero: whenever
	To        time.Time   `json:"to,omitzero"`   // exclusive
	Withdraws string      `json:"withdraws,omitempty"`
	Because   string      `json:"because"`
	By        string      `json:"by"` // the examiner
	At        time.Time   `json:"at"` // when it was made
}

// The bounds of a judgement's texts, in bytes.
const (
	maxBecause = 4096
	maxSubject = 2048
	maxBy      = 256
)

// JudgementsFile is their file in the case.
const JudgementsFile = "judgements.jsonl"

// Seal brings a judgement into its one form and gives it its ID, or says what is wrong with it.
func (j *Judgement) Seal() error {
	j.Because, j.By = strings.TrimSpace(j.Because), strings.TrimSpace(j.By)
	if err := j.canonical(); err != nil {
		return err
	}
	if err := j.check(); err != nil {
		return err
	}
	id, err := j.hash()
	j.ID = id
	return err
}

// canonical brings names and times into their one form.
func (j *Judgement) canonical() error {
	for _, t := range []*time.Time{&j.At, &j.From, &j.To} {
		if !t.IsZero() {
			*t = t.UTC()
			if t.Year() > 9999 || t.Year() < 1 {
				return errors.New("time: out of range")
			}
		}
	}
	switch j.Kind {
	case AddressSubject:
		a, err := netip.ParseAddr(j.Subject)
		if err != nil || a.Zone() != "" {
			return fmt.Errorf("subject %s: no address", clip(j.Subject))
		}
		j.Subject = a.Unmap().String()
	case NetworkSubject:
		p, err := netip.ParsePrefix(j.Subject)
		if err != nil || p.Addr().Is4In6() {
			return fmt.Errorf("subject %s: no network in CIDR notation", clip(j.Subject))
		}
		j.Subject = p.Masked().String()
	}
	return nil
}

func (j *Judgement) check() error {
	for _, t := range [...]struct {
		name, text string
		most       int
	}{{"subject", j.Subject, maxSubject}, {"reason", j.Because, maxBecause}, {"examiner", j.By, maxBy}} {
		switch {
		case !utf8.ValidString(t.text):
			return fmt.Errorf("%s: not UTF-8", t.name)
		case len(t.text) > t.most:
			return fmt.Errorf("%s: %d bytes, more than %d", t.name, len(t.text), t.most)
		}
	}
	switch {
	case j.Because == "":
		return errors.New("reason: missing")
	case j.At.IsZero():
		return errors.New("time of the judgement: missing")
	case j.Withdraws != "":
		if j.Kind != "" || j.Subject != "" || j.As != "" || !j.From.IsZero() || !j.To.IsZero() {
			return errors.New("withdrawal: it names more than what it withdraws")
		}
		if b, err := hex.DecodeString(j.Withdraws); err != nil || len(b) != sha256.Size {
			return errors.New("withdrawal: it names no judgement")
		}
		return nil
	case !slices.Contains(Stances, j.As):
		return fmt.Errorf("stance %s: not one of malicious, suspect, benign, responder", clip(string(j.As)))
	case !slices.Contains(subjectKinds, j.Kind):
		return fmt.Errorf("kind of subject %s: unknown", clip(string(j.Kind)))
	case j.Subject == "":
		return errors.New("subject: missing")
	case !j.From.IsZero() && !j.To.IsZero() && !j.From.Before(j.To):
		return errors.New("time frame: it ends before it begins")
	}
	return nil
}

// line is the judgement as judgements.jsonl has it, with its line feed.
func (j *Judgement) line() ([]byte, error) { return appendJSON(nil, j, "") }

// hash is the ID that the judgement must have.
func (j *Judgement) hash() (string, error) {
	bare := *j
	bare.ID = ""
	b, err := bare.line()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// compare orders judgements by when they were made, then by ID.
func (j *Judgement) compare(o *Judgement) int {
	if c := j.At.Compare(o.At); c != 0 {
		return c
	}
	return strings.Compare(j.ID, o.ID)
}

// holds reports whether a judgement is about what was at a time; a zero time stands for any.
func (j *Judgement) holds(at time.Time) bool {
	return at.IsZero() || (j.From.IsZero() || !at.Before(j.From)) && (j.To.IsZero() || at.Before(j.To))
}

// narrower reports whether a judgement's time frame says more than another's.
func (j *Judgement) narrower(o *Judgement) bool { return j.frame() < o.frame() }

// frame is the length of the time frame in seconds, of those without an end more than of any other.
func (j *Judgement) frame() int64 {
	const endless = 1 << 40
	switch {
	case j.From.IsZero() && j.To.IsZero():
		return 2 * endless
	case j.From.IsZero() || j.To.IsZero():
		return endless
	}
	return j.To.Unix() - j.From.Unix()
}

// String says in a line who holds what.
func (j *Judgement) String() string {
	if j.Withdraws != "" {
		return fmt.Sprintf("%s withdraws %s: %s (%s)", j.By, shortID(j.Withdraws), j.Because, shortID(j.ID))
	}
	return fmt.Sprintf("%s holds %s %s %s%s: %s (%s)", j.By, j.Kind, j.Subject, j.As, j.when(), j.Because, shortID(j.ID))
}

// when says which events a judgement is about, where not all.
func (j *Judgement) when() (s string) {
	if !j.From.IsZero() {
		s = " from " + moment(j.From)
	}
	if !j.To.IsZero() {
		s += " to before " + moment(j.To)
	}
	return s
}

// shortID is as much of an ID as tells it from others.
func shortID(id string) string { return id[:min(len(id), 12)] }
