package report

import (
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// The files of the ledgers, of which each line is a row, in the order of their first events.
// They hold what all of the evidence shows, the suspects' part and everybody else's.
const (
	persistenceFile = "persistence.jsonl"
	dataFile        = "data-access.jsonl"
	defencesFile    = "defences.jsonl"
)

// Ledgers says what the files of the ledgers hold.
type Ledgers struct {
	Persistence LedgerSum `json:"persistence"`
	Data        LedgerSum `json:"data_access"`
	Defences    LedgerSum `json:"defences"`
	// Seen are the kinds of data of which the evidence has events, by account. Of other kinds
	// and accounts it cannot tell what was read.
	Seen      []DataSeen `json:"data_events_seen"`
	OtherSeen int64      `json:"data_events_of_other_accounts,omitempty"`
	Blind     []string   `json:"cannot_tell"` // the same in words
	// Whole says that every row is there, and none told apart by what an examiner holds. Then a hunt has
	// nothing to read again.
	Whole bool `json:"whole"`
}

// A LedgerSum is the sum of one ledger.
type LedgerSum struct {
	File   string       `json:"file"`
	Rows   int64        `json:"rows"`
	Linked int64        `json:"linked"` // of these, the ones with a link to suspects; a responder is none
	Kinds  []LedgerKind `json:"kinds"`
	// Others are calls whose row the ledger did not admit, because it was full. Rows with a link to
	// suspects are admitted longer than others.
	Others int64 `json:"other_calls,omitempty"`
}

// A LedgerKind counts a ledger's rows of one kind and state.
type LedgerKind struct {
	Kind   string `json:"kind"`
	State  string `json:"state,omitempty"`
	Rows   int64  `json:"rows"`
	Linked int64  `json:"linked"`
}

// A DataSeen counts the data events of one kind and account.
type DataSeen struct {
	Account string `json:"account"`
	Kind    string `json:"kind"`
	Activity
}

// Persistence is the field Persistence Mechanisms, as of the end of the evidence: what is linked to suspects.
type Persistence struct {
	Rows       []PersistenceRow `json:"rows"`
	OtherRows  int64            `json:"other_rows,omitempty"` // in persistence.jsonl
	OtherCalls int64            `json:"other_calls,omitempty"`
}

// A PersistenceRow is a thing that somebody left behind. Where several made the same thing, each has a row.
type PersistenceRow struct {
	Kind    string `json:"kind"`
	Target  string `json:"target"`
	Detail  string `json:"detail,omitempty"` // what matters of it, such as whom it lets in
	State   string `json:"state"`            // Present, Removed, Deactivated, Replaced or Unordered
	Account string `json:"account"`
	Region  string `json:"region"`
	Link    Link   `json:"link,omitempty"` // of whoever made it; "": none
	Made    Mark   `json:"made"`
	Calls   int64  `json:"calls"`
	Last    Mark   `json:"last"`
	Ended   *Mark  `json:"ended,omitempty"`
	judged  bool   // an examiner decides the link
}

// owned are the calls that take away what something else belongs to, and what that is.
var owned = map[string]string{
	"DeleteUser": "IAM user", "DeleteRole": "IAM role", "DeleteGroup": "IAM group", "DeletePolicy": "managed policy", "DeleteFunction": "function",
	"TerminateInstances": "instance", "DeleteSecurityGroup": "security group",
}

// goneWith says with what something went that no call names; "": it was named, or is there.
func (r *PersistenceRow) goneWith() string {
	if r.Ended == nil || r.State != Removed {
		return ""
	}
	owner := owned[parser.Action(r.Ended.Event)]
	if owner == "" || owner == r.Kind {
		return ""
	}
	return "gone with its " + strings.TrimPrefix(strings.TrimPrefix(owner, "IAM "), "managed ") + ": "
}

// The states of a thing that was left behind, as of the end of the evidence.
const (
	Present     = "present"
	Removed     = "removed"
	Deactivated = "deactivated"
	// Replaced: somebody else has set it anew since.
	Replaced = "replaced"
	// Unordered: it was made and removed within one second, whose order the
	// evidence does not tell.
	Unordered = "made and removed within one second"
)

// Data is the field Data Accessed: what is linked to suspects.
type Data struct {
	Rows        []DataRow `json:"rows"`
	OtherRows   int64     `json:"other_rows,omitempty"` // in data-access.jsonl
	OtherEvents int64     `json:"other_events,omitempty"`
}

// A DataRow is a resource that somebody read or opened to others, or tried to: a principal with one credential from one address.
// Where the ledger was full, rows with principal alone stand for what is linked to nobody.
type DataRow struct {
	Kind       string `json:"kind"`
	Resource   string `json:"resource"`
	Detail     string `json:"detail,omitempty"` // to whom it was opened
	Account    string `json:"account"`
	Region     string `json:"region"`
	Actor      string `json:"actor"` // credential, or principal
	Principal  string `json:"principal,omitempty"`
	Credential string `json:"credential,omitempty"`
	SourceIP   string `json:"source_ip,omitempty"`
	Link       Link   `json:"link,omitempty"` // "": none
	Activity
	FirstEvent     string `json:"first_event_id"`
	LastEvent      string `json:"last_event_id"`
	Ordinal        uint64 `json:"first_ordinal"`
	Objects        int64  `json:"objects"` // distinct, of the calls that succeeded
	ObjectsAtLeast bool   `json:"objects_at_least,omitempty"`
	Bytes          int64  `json:"bytes_sent"` // additionalEventData.bytesTransferredOut
	judged         bool   // an examiner decides the link
}

// Defences are the changes to what guards and records, those linked to suspects first.
type Defences struct {
	Rows      []DefenceRow `json:"rows"`
	OtherRows int64        `json:"other_rows,omitempty"` // in defences.jsonl
}

// A DefenceRow is a change that weakened what guards or records. Where a later call took it back, it is a
// window; one that nobody took back is open until the end of the evidence.
type DefenceRow struct {
	Kind    string    `json:"kind"`
	Target  string    `json:"target"`
	What    string    `json:"what"`
	Detail  string    `json:"detail,omitempty"`
	State   string    `json:"state"` // Off, Restored, Changed or UnorderedOff
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Link    Link      `json:"link,omitempty"` // of whoever weakened it; "": none
	By      Mark      `json:"by"`
	Calls   int64     `json:"calls"`
	Last    Mark      `json:"last"`
	Ended   *Mark     `json:"restored_by,omitempty"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`             // with State Off: the end of the evidence
	Open    bool      `json:"open,omitempty"` // nobody took it back
	judged  bool      // an examiner decides the link
}

// The states of a change to defences, as of the end of the evidence.
const (
	Off      = "off at the end of the evidence"
	Restored = "on again"
	// Changed: a call that weakened, and that no other call plainly takes back.
	Changed = "changed"
	// UnorderedOff: both calls are of one second, whose order the evidence does not tell.
	UnorderedOff = "off and on within one second"
)
