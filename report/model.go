package report

import (
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// A Model is the report: report.json is its encoding, report.md and the
// terminal's summary are views of it. The fields up to Persistence are the nine
// fields of a forensic report, in their order.
type Model struct {
	Schema      string      `json:"schema"` // "coldtrail report 1"
	ID          string      `json:"forensic_report_id"`
	Account     Accounts    `json:"account"`
	Timeframe   Timeframe   `json:"timeframe"`
	Credentials Credentials `json:"compromised_credentials"`
	Events      Events      `json:"suspicious_events"`
	SourceIPs   Sources     `json:"source_ips"`
	Actions     Actions     `json:"actions_taken"`
	Data        Data        `json:"data_accessed"`
	Persistence Persistence `json:"persistence_mechanisms"`
	Defences    Defences    `json:"changes_to_defences"`
	Ledgers     Ledgers     `json:"ledgers"`
	Incidents   *Incidents  `json:"incidents,omitempty"` // nil: there is no event store to build them from
	Findings    Findings    `json:"findings"`
	Detection   *Detection  `json:"detection,omitempty"` // nil: the caller did not say
	Coverage    Coverage    `json:"coverage"`
	Integrity   *Integrity  `json:"integrity,omitempty"` // nil: the evidence has no digest file
	NextSteps   []Step      `json:"next_steps"`
	Containment []string    `json:"containment"`
	Limits      []string    `json:"limits"`

	// Judgements are those that the report follows; nil: there are none.
	Judgements *Judged `json:"judgements,omitempty"`
	// Responders is what those did who look into the incident; nil: no examiner named any.
	Responders *Responders `json:"responders,omitempty"`
}

// Accounts is the field Account.
type Accounts struct {
	Affected    []AccountRow `json:"affected"`    // with suspicious events
	InEvidence  []AccountRow `json:"in_evidence"` // all, the affected ones too
	OtherEvents int64        `json:"other_events,omitempty"`
}

// An AccountRow is an account of the evidence.
type AccountRow struct {
	Account    string `json:"account"` // "" where the events name none
	Suspicious int64  `json:"suspicious"`
	Activity
}

func (r *AccountRow) affected() bool { return r.Suspicious > 0 }

// Timeframe is the field of that name. All its times are plausible ones.
type Timeframe struct {
	Suspicious  Span  `json:"suspicious"`         // of the suspicious events
	Suspects    Span  `json:"suspects"`           // of all that the suspected identities did
	Confirmed   Span  `json:"confirmed,omitzero"` // of these, of what an examiner holds malicious
	Evidence    Span  `json:"evidence"`
	Implausible int64 `json:"implausible"` // events whose time is before CloudTrail or after the evidence
	// Examples are the first implausible ones, in timeline order.
	Examples []Mark `json:"implausible_examples,omitempty"`
}

// Credentials is the field Compromised Credentials.
type Credentials struct {
	Status      string          `json:"status"` // "suspected", or "confirmed" where an examiner holds some malicious
	Suspected   []CredentialRow `json:"suspected"`
	OtherEvents int64           `json:"other_events,omitempty"`
	// Issued are the access keys and sessions handed out to them.
	Issued      []IssuedRow `json:"issued"`
	OtherIssued int64       `json:"other_issued,omitempty"`
	// ByAddress are identities that no accusing finding names, but whose address one has.
	ByAddress       []CredentialRow `json:"by_address_only"`
	OtherByAddress  int64           `json:"other_events_by_address_only,omitempty"`
	FurtherSuspects int64           `json:"further_values_in_findings,omitempty"`
}

// A CredentialRow is a credential or, where Credential is empty, the session or
// sign-in of a principal without an access key.
type CredentialRow struct {
	Credential string `json:"credential,omitempty"`
	Activity
	// Confirmed is how many of its events an examiner holds malicious; where there are some, it is confirmed.
	Confirmed    int64      `json:"confirmed,omitempty"`
	Judgements   []string   `json:"judgements,omitempty"` // IDs of those on its events, the first few
	InFindings   int64      `json:"in_findings"`
	Reason       *Reason    `json:"reason,omitempty"` // why it is suspected
	Principals   List       `json:"principals"`
	Types        List       `json:"types"`
	Sessions     List       `json:"session_starts"`
	Addresses    List       `json:"source_ips"`
	UserAgents   List       `json:"user_agents"`
	Issued       *IssuedRow `json:"issued,omitempty"`
	StateChanges []Mark     `json:"state_changes,omitempty"` // deactivated, activated, deleted
	MoreChanges  int64      `json:"more_state_changes,omitempty"`
}

// A Reason is the severest finding that names a credential, of equals the first.
type Reason struct {
	Severity detect.Severity `json:"severity"`
	Detector string          `json:"detector"`
	Title    string          `json:"title"`
	Finding  string          `json:"finding"`
}

// weight orders by severity; no reason weighs least.
func (r *Reason) weight() int {
	if r == nil {
		return -1
	}
	return int(r.Severity)
}

// A List is the values that one field had, in the order of their first events.
type List struct {
	Values      []ValueCount `json:"values"`
	OtherEvents int64        `json:"other_events,omitempty"` // events with further values
}

// A ValueCount is a value and the number of events that have it.
type ValueCount struct {
	Value  string `json:"value"`
	Events int64  `json:"events"`
}

// An IssuedRow is a credential that was handed out.
type IssuedRow struct {
	Credential   string `json:"credential"`
	By           Mark   `json:"by"`
	Link         Link   `json:"link,omitempty"` // of the event that handed it out; "" none
	Expires      string `json:"expires,omitempty"`
	Suspected    bool   `json:"suspected"` // itself among the findings
	StateChanges []Mark `json:"state_changes,omitempty"`
}

// Events is the field Suspicious Events.
type Events struct {
	Suspicious Counts `json:"suspicious"`         // in findings from SuspectFrom on, conflicting copies apart
	Flagged    Counts `json:"flagged"`            // in findings of any severity
	Suspects   Counts `json:"suspects"`           // all that the suspected identities did
	Confirmed  Counts `json:"confirmed,omitzero"` // of these, what an examiner holds malicious
	All        Counts `json:"all"`
}

// Sources is the field Source IPs.
type Sources struct {
	Addresses      []SourceRow `json:"addresses"`
	OtherAddresses int64       `json:"other_events_from_addresses,omitempty"`
	// Malformed are what read as addresses, and are none. A report that knew none told them with the services.
	Malformed      []SourceRow `json:"malformed"`
	OtherMalformed int64       `json:"other_events_from_malformed,omitempty"`
	Services       []SourceRow `json:"services"` // AWS services, and what else is not an address
	OtherServices  int64       `json:"other_events_from_services,omitempty"`
	// Enrichment is what said where addresses are.
	Enrichment []EnrichmentSource `json:"enrichment,omitempty"`
}

// all are the sources of every kind.
func (s *Sources) all() []SourceRow { return slices.Concat(s.Addresses, s.Malformed, s.Services) }

// malformedHead heads what reads as an address and is none.
const malformedHead = "Malformed addresses, which are none as they stand (a leading zero, a port, a part that is too large)"

// A SourceRow is a sourceIPAddress of the suspected identities.
type SourceRow struct {
	Source    string       `json:"source"`
	Where     *Whereabouts `json:"where,omitempty"` // what is known of the address
	InFinding bool         `json:"in_finding"`
	Confirmed int64        `json:"confirmed,omitempty"` // events that an examiner holds malicious
	Activity
	ByOthers *int64 `json:"events_of_others,omitempty"` // from the same source; nil: not counted, for it is not in a finding
}

// Actions is the field Actions Taken: calls that are not marked read-only.
type Actions struct {
	Rows        []ActionRow `json:"rows"`
	OtherEvents int64       `json:"other_events,omitempty"`
}

// An ActionRow is one API call of the suspects.
type ActionRow struct {
	Service string `json:"service"`
	Action  string `json:"action"`
	Link    Link   `json:"link"`
	Activity
}

// Findings are the findings by severity, the highest first.
type Findings struct {
	Statement  string          `json:"statement"`
	Total      int64           `json:"total"`                // suppressed ones apart
	Suppressed int64           `json:"suppressed,omitempty"` // see Detection
	BySeverity []SeverityGroup `json:"by_severity"`
	ByDetector []DetectorRow   `json:"by_detector"`
}

// A SeverityGroup is the findings of one severity.
type SeverityGroup struct {
	Severity detect.Severity `json:"severity"`
	Count    int64           `json:"count"`
	// Held counts them by what examiners hold of their events; nil: nobody holds anything, or they are milder than what makes suspects.
	Held   *Standings `json:"held,omitempty"`
	Shown  []Shown    `json:"shown"`
	Groups []GroupRow `json:"by_detector"`    // all of this severity, the most first
	More   int64      `json:"more,omitempty"` // listed in findings.jsonl
}

// A GroupRow sums up the findings of one severity and one detector.
type GroupRow struct {
	Detector string `json:"detector"`
	Title    string `json:"title"`
	Findings int64  `json:"findings"`
	Events   int64  `json:"events"` // of all these findings; one event may be in several
	Span
}

// A DetectorRow sums up the findings of one detector.
type DetectorRow struct {
	Detector string          `json:"detector"`
	Title    string          `json:"title"`
	Severity detect.Severity `json:"severity"` // the highest of its findings
	Findings int64           `json:"findings"`
	Events   int64           `json:"events"` // of all its findings; one event may be in several
	// Techniques are of MITRE ATT&CK; Doc is what a finding means, and what causes it innocently.
	Techniques []string `json:"techniques,omitempty"`
	Doc        string   `json:"doc,omitempty"`
}

// Coverage says what was read, and what was not.
type Coverage struct {
	Complete      bool        `json:"complete"`   // every object and record could be read
	Reconciles    bool        `json:"reconciles"` // the sums below and the manifest agree
	Disagreements []string    `json:"disagreements,omitempty"`
	Sources       []string    `json:"sources"`
	Scope         []string    `json:"scope"` // the filters, as given
	Objects       []StatusRow `json:"objects"`
	Marks         []MarkCount `json:"marks,omitempty"` // what is odd of records, where there is an event store
	Shapes        []ShapeRow  `json:"shapes"`
	OtherShapes   int64       `json:"objects_of_other_shapes,omitempty"`
	Timeline      Mode        `json:"timeline"` // what timeline.csv lists
	Totals        scan.Totals `json:"totals"`
	Daily         *Daily      `json:"daily,omitempty"` // nil: made before there was any
	Trouble       []Trouble   `json:"trouble"`
	MoreTrouble   int64       `json:"more_trouble,omitempty"` // listed in manifest.jsonl
	// Filtered are exports whose records all share a value by which one can ask for events.
	Filtered     []Remark `json:"possibly_filtered,omitempty"`
	MoreFiltered int64    `json:"more_possibly_filtered,omitempty"` // in the notes of manifest.jsonl
}

// A Remark is what a reader should know of an object.
type Remark struct {
	Ordinal uint64 `json:"ordinal"`
	Object  string `json:"object"`
	Remark  string `json:"remark"`
}

// A StatusRow sums up the objects of one status.
type StatusRow struct {
	Status  scan.Status `json:"status"`
	Objects int64       `json:"objects"`
	Bytes   int64       `json:"bytes"` // as stored
}

// A ShapeRow counts the objects of one status and shape.
type ShapeRow struct {
	Status scan.Status `json:"status"`
	Shape  string      `json:"shape"` // or the reason for the status
	// Fidelity is what the records' bytes have to do with CloudTrail's own; "": there are none.
	Fidelity string `json:"fidelity,omitempty"`
	Objects  int64  `json:"objects"`
}

// A Step is what to do about the findings of one detector.
type Step struct {
	Detector string          `json:"detector"`
	Title    string          `json:"title"`
	Severity detect.Severity `json:"severity"`
	Findings int64           `json:"findings"`
	Next     string          `json:"next"`
}

// A Summary is summary.json: what a script wants to know of a run.
type Summary struct {
	Schema            string           `json:"schema"` // "coldtrail summary 1"
	ID                string           `json:"forensic_report_id"`
	Complete          bool             `json:"complete"`
	Reconciles        bool             `json:"reconciles"`
	UnreadableObjects int64            `json:"unreadable_objects"`
	DamagedObjects    int64            `json:"damaged_objects"`
	Totals            scan.Totals      `json:"totals"`
	Findings          int64            `json:"findings"`
	Suppressed        int64            `json:"findings_suppressed,omitempty"`
	BySeverity        []SeverityCount  `json:"findings_by_severity"`
	Highest           *detect.Severity `json:"highest_severity"` // null: no finding
	Suspicious        Counts           `json:"suspicious_events"`
	SuspiciousTime    Span             `json:"suspicious_timeframe"`
	EvidenceTime      Span             `json:"evidence_timeframe"`
	Implausible       int64            `json:"implausible_times"`
}

// A SeverityCount is the number of findings of a severity.
type SeverityCount struct {
	Severity detect.Severity `json:"severity"`
	Count    int64           `json:"count"`
}

// Complete reports whether all of the evidence that was listed could be read, and the
// sums agree.
func (m *Model) Complete() bool { return m.Coverage.Complete && m.Coverage.Reconciles }

// Worst returns the highest severity of a finding, and false where there is none.
func (m *Model) Worst() (detect.Severity, bool) {
	for _, g := range m.Findings.BySeverity {
		if g.Count > 0 {
			return g.Severity, true
		}
	}
	return 0, false
}

// date returns the day of t for a report's default name.
func date(t time.Time) string {
	if t.IsZero() {
		return "undated"
	}
	return t.UTC().Format(time.DateOnly)
}
