package report

import (
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// Incidents are the findings from SuspectFrom on, joined into stories: by credentials that came from one
// another, by principal, by address and by time. What made them is all that is known of the case, so
// that each revision has its own.
type Incidents struct {
	Rows []Incident `json:"rows"` // the highest score first
	More int        `json:"more,omitempty"`
	// Unplaced are findings that accuse and that no incident has: they list no call of a principal, AWS itself apart, or from a public address.
	Unplaced int `json:"unplaced_findings,omitempty"`
	// Limits say what these stories cannot tell.
	Limits []string `json:"limits"`
}

// open yields the incidents but for those that an examiner cleared or gave to a responder.
func (l *Incidents) open(yield func(*Incident) bool) {
	for i := 0; l != nil && i < len(l.Rows); i++ {
		if in := &l.Rows[i]; in.Status != IncidentCleared && in.Status != IncidentResponder && !yield(in) {
			return
		}
	}
}

// during is from the first event of open incidents to the last. What is taken for an owner's ordinary use of a credential that others
// had too is not in it.
func (l *Incidents) during() (s Span) {
	for in := range l.open {
		s.plus(&in.Span)
	}
	return s
}

// untold says of which incidents during is, where the report has not all; "" where it has.
func (l *Incidents) untold() string {
	if l == nil || l.More == 0 {
		return ""
	}
	return fmt.Sprintf(" (of the %s that are told; %s are not)", number(int64(len(l.Rows))), number(int64(l.More)))
}

// addresses are those of open incidents.
func (l *Incidents) addresses() map[string]bool {
	all := map[string]bool{}
	for in := range l.open {
		for _, a := range in.Addresses {
			all[a.Value] = true
		}
	}
	return all
}

// An Incident is one story. What it claims cites events; what it proposes is to be verified.
type Incident struct {
	Number   int             `json:"number"` // its rank in the case, from 1
	ID       string          `json:"id"`     // made of its first finding: a new revision that has it too gives it the same
	Title    string          `json:"title"`
	Severity detect.Severity `json:"severity"`
	Status   IncidentStatus  `json:"status"`
	// Because is the judgement that the status comes from; "": nobody has judged.
	Because string `json:"because,omitempty"`
	Score   Score  `json:"score"`
	Span
	Accounts        []string             `json:"accounts"`
	Roots           []int                `json:"roots"` // positions in Credentials of those that nothing else of the incident gave
	Principals      []IncidentValue      `json:"principals"`
	MorePrincipals  int                  `json:"more_principals,omitempty"` // for which there was no room, as with MoreCredentials and MoreAddresses
	Credentials     []IncidentCredential `json:"credentials"`               // parents before what came from them
	MoreCredentials int                  `json:"more_credentials,omitempty"`
	Addresses       []IncidentValue      `json:"source_ips"`
	MoreAddresses   int                  `json:"more_source_ips,omitempty"`
	Tactics         []TacticReached      `json:"tactics"` // in the order in which they were reached
	Findings        []IncidentFinding    `json:"findings"`
	MoreFinding     int                  `json:"more_findings,omitempty"`
	Counts          Counts               `json:"counts"`                    // of its events
	Untold          int64                `json:"events_not_told,omitempty"` // beyond Counts, for which there was no room
	// Events are the first of them; incidents.jsonl lists all, up to a limit that it names.
	Events     []IncidentEvent `json:"events"`
	MoreEvents int64           `json:"more_events,omitempty"`
	Narrative  []Sentence      `json:"narrative"`
	// New says what its principals did in it for the first time in the evidence, against the time before the incident. Everything is done for
	// a first time by somebody.
	New       []Sentence        `json:"new_to_principals"`
	Questions []string          `json:"questions"`
	Steps     []ContainmentStep `json:"steps"`
}

// An IncidentStatus is what is held of an incident.
type IncidentStatus string

// What can be held of an incident. Only an examiner's judgement makes it anything but suspected.
const (
	IncidentSuspected IncidentStatus = "suspected"
	IncidentConfirmed IncidentStatus = "confirmed"
	IncidentCleared   IncidentStatus = "cleared"
	IncidentResponder IncidentStatus = "responder"
)

// A Score ranks an incident. Its total is the sum of its parts, and no probability.
type Score struct {
	Total int         `json:"total"`
	Parts []ScorePart `json:"parts"`
}

// A ScorePart is what one kind of sign adds to a score.
type ScorePart struct {
	What   string `json:"what"`
	Points int    `json:"points"`
}

// An IncidentValue is a principal or address of an incident.
type IncidentValue struct {
	Value  string `json:"value"`
	Events int64  `json:"events"`
	Span
	Note string `json:"note,omitempty"` // what a reader should know of it
}

// An IncidentCredential is an access key, or a session or sign-in without one, that took part.
type IncidentCredential struct {
	Credential string         `json:"credential,omitempty"` // the access key, or the first of a session's; "": it has none
	Keys       []string       `json:"further_keys,omitempty"`
	MoreKeys   int            `json:"more_further_keys,omitempty"` // beyond those
	Kind       string         `json:"kind"`                        // principal, session or key
	Principal  string         `json:"principal,omitempty"`
	For        string         `json:"made_for,omitempty"` // of a key that is not seen in use: the IAM user for whom it was made
	Type       string         `json:"type,omitempty"`
	Human      string         `json:"human,omitempty"`
	HumanBy    string         `json:"human_by,omitempty"`
	Parent     int            `json:"parent"` // its position in Credentials; -1: it came from none of them
	Tie        string         `json:"tie,omitempty"`
	By         *IncidentEvent `json:"tie_event,omitempty"`
	// Whole says that all it did belongs to the incident, and not only what was done from some places.
	Whole   bool      `json:"whole"`
	Events  int64     `json:"events"` // of the incident
	All     int64     `json:"events_in_evidence"`
	Expires time.Time `json:"expires,omitzero"` // as the event that issued it says
	Alive   bool      `json:"unexpired_at_the_end,omitempty"`
	Status  string    `json:"judged,omitempty"`
	Span
}

// A TacticReached is a tactic of ATT&CK and the first event that shows it.
type TacticReached struct {
	Tactic     string        `json:"tactic"` // as ATT&CK names it: "Privilege Escalation"
	Techniques []string      `json:"techniques"`
	First      IncidentEvent `json:"first_event"`
	Events     int64         `json:"events"`
	Attempted  bool          `json:"attempted_only,omitempty"` // no event of it succeeded
}

// An IncidentFinding is a finding that the incident is made of.
type IncidentFinding struct {
	ID       string          `json:"id"`
	Detector string          `json:"detector"`
	Title    string          `json:"title"`
	Severity detect.Severity `json:"severity"`
	Why      string          `json:"why"`
	Events   int             `json:"events"`
	Span
}

// An IncidentEvent is an event of the timeline that an incident names.
type IncidentEvent struct {
	Ordinal    uint64    `json:"ordinal"`
	Time       time.Time `json:"time"`
	ID         string    `json:"event_id"`
	Name       string    `json:"event"`
	Source     string    `json:"service"`
	Region     string    `json:"region,omitempty"`
	Account    string    `json:"account,omitempty"`
	Principal  string    `json:"principal,omitempty"`
	Credential string    `json:"credential,omitempty"`
	SourceIP   string    `json:"source_ip,omitempty"`
	Outcome    string    `json:"outcome"` // succeeded, denied or failed
	Error      string    `json:"error,omitempty"`
	Resource   string    `json:"resource,omitempty"`
	InFinding  bool      `json:"in_finding,omitempty"` // of those that the incident is made of
}

// A Sentence of a narrative says what its events show, and nothing else.
type Sentence struct {
	Text   string   `json:"text"`
	Events []string `json:"events"` // their IDs, at least one
	More   int64    `json:"more_events,omitempty"`
}

// A ContainmentStep is something to do. Steps are in the order in which to do them.
type ContainmentStep struct {
	Phase  string   `json:"phase"` // "preserve", "revoke", "cut trust", "restore defences", "collect" or "remove"
	Why    string   `json:"why"`
	Verify string   `json:"verify"`            // how to see the current state first; "": no command shows it
	Run    []string `json:"commands"`          // to copy, one a line, for a POSIX shell; none: nothing that one command does
	Events []string `json:"events"`            // IDs of the events that it follows from
	Note   string   `json:"caution,omitempty"` // what it may break, or does not reach

	after bool // comes last in its phase
}
