package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// Severity is the one word for level, from informational to critical.
type Severity uint8

// The levels, in rising order. They are Sigma's.
const (
	Informational Severity = iota
	Low
	Medium
	High
	Critical
)

// Severities lists the levels' names in rising order.
var Severities = [...]string{"informational", "low", "medium", "high", "critical"}

// String returns the level's name.
func (s Severity) String() string {
	if int(s) < len(Severities) {
		return Severities[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// MarshalText writes the level's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts one of Severities.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range Severities {
		if name == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity %q: not one of %q", text, Severities)
}

// A Fact is one named value that a detector drew from a record.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Evidence is what a detector's Record half drew from a record: all that its
// Stream half will see beside the event's reference. The order is the detector's.
type Evidence []Fact

// Get returns the value of the first fact of that name, or "".
func (e Evidence) Get(name string) string {
	for _, f := range e {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// has reports whether there is a fact of that name.
func (e Evidence) has(name string) bool {
	return slices.ContainsFunc(e, func(f Fact) bool { return f.Name == name })
}

// The facts that any detector may draw, and that every reader knows.
const (
	FactSeverity = "severity" // a Severity's name: raises the finding to it
	FactWhy      = "why"      // what makes this event worth a look: part of the finding's Why
)

// Place is where an event lies in the evidence.
type Place struct {
	Object uint64 `json:"object"` // ordinal of the object in the case's object table
	Index  int    `json:"index"`  // among the object's records, from 0
	Offset int64  `json:"offset"` // of the record's first byte in the decompressed object
}

// EventRef holds the hot fields of an event, which travel with it through the sort.
type EventRef struct {
	Time          time.Time
	ID            string // eventID, or "sha256:…" of the canonical record where it has none
	Name          string
	EventSource   string
	Region        string
	Account       string
	Principal     string // parser.Identity.Principal
	PrincipalType string // userIdentity.type
	Credential    string // userIdentity.accessKeyId
	SessionStart  string // sessionContext.attributes.creationDate, as RFC 3339 has it
	InvokedBy     string
	SourceIP      string
	UserAgent     string
	ErrorCode     string
	ErrorMessage  string
	ReadOnly      string // "true", "false" or ""
	Place         Place
}

// Action is the event's name without API version suffix (parser.Action).
func (r *EventRef) Action() string { return parser.Action(r.Name) }

// A Finding is one detector's result for one subject in one window. It lists
// all its events, in timeline order.
type Finding struct {
	Detector string
	Severity Severity
	Subject  string // whom or what it is about: a principal, a credential, an event ID
	Why      string // one sentence: what was seen, in this case's own values
	// Opened is the finding's first event (EventRef.Identity of it at least). A
	// Stream may emit a long finding in parts, so as not to hold all its events:
	// findings of the same detector and subject with the same Opened are one,
	// with the events of all, the highest severity and the last Why.
	Opened EventRef
	Events []*EventRef // which nobody changes
	// Suppressed names what somebody who knows the reason suppresses it by; "": nobody does.
	Suppressed string
}

// A Detector is data plus one function, after go/analysis.Analyzer. Record is
// its filter and extractor; Stream, where it is set, its judgement over time.
type Detector struct {
	ID       string // stable, lower case, hyphenated: the name of its file
	Title    string
	Doc      string // what it means, what causes it innocently, what to look at next
	Next     string // what to do about a finding: containment and remediation
	Severity Severity
	// Techniques are MITRE ATT&CK v19.1 technique IDs.
	Techniques []string
	// Events lists what Record wants to see, as "eventSource:Action" with the
	// API version suffix stripped ("lambda.amazonaws.com:CreateFunction"). "*"
	// in place of either half stands for all. Empty: every event.
	Events []string
	// Seek, where it is set, says what a record has that Record matches: at least one of
	// these. Who has the fields of many records at hand asks Record only of such.
	Seek []Seek
	// Source is all that Record and Stream were made of, where that is not part of the
	// program: the text of a rule, a list of indicators. It tells whether another run's
	// detector of this ID would have found the same; see Identity.
	Source string
	// Gate, where it is set and Events is empty, says whether Record may match the record. It
	// looks at UserAgent, ErrorCode, EventType and Identity.Type only: a Set remembers what it
	// said, and asks neither again for a record that has the same.
	Gate func(*parser.Record) bool
	// Requires lists the detectors that Record itself asks: it promises that
	// Record matches nothing that none of them matches. A Set asks Record only
	// where one of them did.
	Requires []*Detector
	// Record is stateless and runs in the workers, on many goroutines at once.
	// It reports whether the event matters, and what of it does. The evidence
	// may alias the record's buffer: who keeps it longer clones it, as
	// AppendEvidence does.
	Record func(*parser.Record) (Evidence, bool)
	// Stream makes the state of one pass over what Record let through, in
	// timeline order. Without it each principal gets a finding per window (see
	// Window).
	Stream func() Stream
	// Judge is Stream for detectors that judge by a Context: by Thresholds, by whose an account
	// is, by where an address is. Configure makes it their Stream; unbound, they judge by an empty one.
	Judge func(*Context) Stream
	// Thresholds are the numbers that Judge asks the context for.
	Thresholds []Threshold
	// Needs are what Judge would see more with. The report says what was lacking.
	Needs []Need
	// Hits and Misses are example inputs, each a list of records in timeline
	// order: its tests and its documentation.
	Hits, Misses [][]string
}

// A Seek is what one field of a record may have.
type Seek struct {
	Field Field
	// Match reports whether a value is one that is sought. It may accept too much, never
	// too little. It is called by many goroutines.
	Match func(value string) bool
	// Exact, where it is set, lists all values that Match accepts.
	Exact []string
}

// A Field is a field of records that an index may know. What it holds is as in the record,
// though texts that are not UTF-8 are changed to be.
type Field string

// The fields.
const (
	FieldID              Field = "eventID" // or what stands for it where the record has none
	FieldSourceIP        Field = "sourceIPAddress"
	FieldUserAgent       Field = "userAgent"
	FieldUserName        Field = "userIdentity.userName"
	FieldPrincipalID     Field = "userIdentity.principalId"
	FieldARN             Field = "userIdentity.arn"
	FieldAccessKey       Field = "userIdentity.accessKeyId"
	FieldIssuerName      Field = "userIdentity.sessionContext.sessionIssuer.userName"
	FieldSourceIdentity  Field = "userIdentity.sessionContext.sourceIdentity"
	FieldIdentityAccount Field = "userIdentity.accountId"
	FieldRegion          Field = "awsRegion"
	FieldErrorCode       Field = "errorCode"
	FieldAccount         Field = "recipientAccountId" // or else the identity's account
	FieldRequest         Field = "requestParameters"  // its JSON
	FieldRecord          Field = "the record"         // its exact text: it costs most to look there
)

// Stream is a detector's state over the sorted hits of one run.
type Stream struct {
	// Next sees one hit and may keep it, as other Streams may that see the same event: nobody
	// changes it. Order within one second is stable but not causal.
	Next func(ref *EventRef, e Evidence, emit func(Finding))
	// Flush ends the windows that are still open.
	Flush func(emit func(Finding))
	// Evicted, where it is set, returns how many subjects had to give way to others because
	// there were more than the state holds, so that something of theirs may be missing.
	Evicted func() int64
}
