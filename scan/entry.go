package scan

import (
	"github.com/coldtrail/coldtrail/detect"
)

// An Entry is one line of the timeline: one distinct event. Its strings and what
// it carries are valid until the call of Encode that received it returns.
type Entry struct {
	Ordinal  uint64 // place in the timeline, from 0
	Ref      detect.EventRef
	Carried  []byte         // what Config.Carry took of the event's record
	Raw      []byte         // the record's exact bytes, where Config.Raw asked for them
	Shape    string         // parser's name of the form in which the record was handed out
	Copies   int            // further, identical copies merged beneath this one
	Places   []detect.Place // of the copies: all, or the first MaxPlaces of them
	Findings []Membership   // the findings that list this event; conflicting copies last
}

// MaxPlaces is how many places of copies an Entry lists; Result.Copies has all.
const MaxPlaces = 1 << 16

// A Membership says that an event belongs to a finding.
type Membership struct {
	Finding  string // the finding's ID
	Detector string
	Severity detect.Severity
}

// A Sink receives the timeline. Encode turns a batch of consecutive entries into
// whatever Commit will write; many workers call it at once, for different
// batches, and it must not keep the entries. Commit is called with each result of
// Encode, by one goroutine, in timeline order. Close is called once, after the
// last Commit or after a failure.
type Sink interface {
	Encode(batch []Entry) (any, error)
	Commit(encoded any) error
	Close() error
}
