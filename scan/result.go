package scan

import (
	"iter"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// Status says what became of an object. Every object that was listed has
// exactly one.
type Status string

// The statuses of an object.
const (
	Parsed     Status = "parsed"       // read to its well-formed end as CloudTrail records
	Recognised Status = "recognised"   // read, and something other than CloudTrail records
	Damaged    Status = "damaged"      // records were read, but not to a well-formed end, or some were bad
	Unreadable Status = "unreadable"   // nothing could be read of it
	OutOfScope Status = "out-of-scope" // skipped by its name, as the filters asked
)

// A Problem is one thing that could not be read.
type Problem struct {
	Offset int64  `json:"offset"` // in the decompressed object; -1 where it has none
	Index  int    `json:"index"`  // of the record in the object; -1 for the object itself
	Text   string `json:"text"`
}

// An Object is one file of the evidence as the manifest lists it. The sums
// hold: Framed = Kept + Excluded + Bad + Other.
type Object struct {
	Ordinal       uint64    `json:"ordinal"`
	Source        string    `json:"source"` // the label of the evidence root
	Path          string    `json:"path"`   // below the root, with forward slashes
	Size          int64     `json:"size"`   // stored bytes
	SHA256        string    `json:"sha256,omitempty"`
	ContentSize   int64     `json:"content_size"`                   // bytes after decompression
	ContentSHA256 string    `json:"content_sha256,omitempty"`       // of the first gzip member's content
	CutSHA256     string    `json:"cut_content_sha256,omitempty"`   // the same, as far as it could be read, where its end was not reached
	FirstContent  int64     `json:"first_member_content,omitempty"` // bytes of the first gzip member's content, where others follow
	Trailing      int64     `json:"trailing_bytes,omitempty"`       // stored bytes that follow the gzip data
	Members       int       `json:"members,omitempty"`              // gzip members; 0: not gzip on the outside
	Shape         string    `json:"shape,omitempty"`                // parser's name for what the content is
	Status        Status    `json:"status"`
	Reason        string    `json:"reason,omitempty"` // why it was not, or not wholly, parsed
	Notes         []string  `json:"notes,omitempty"`  // what a reader should know though it was parsed
	Framed        int64     `json:"framed"`
	Kept          int64     `json:"kept"`
	Excluded      int64     `json:"excluded"` // by --since, --until, --account or --region
	Bad           int64     `json:"bad"`
	Other         int64     `json:"other"` // insights, aggregated events, foreign elements
	Kinds                   // of those kept, and of the others, what is a kind of its own
	Problems      []Problem `json:"problems,omitempty"` // the first few
	ProblemCount  int64     `json:"problem_count,omitempty"`
}

// Kinds count CloudTrail's events that are kinds of their own. An Insights event is a statistic,
// an aggregated event stands for many calls: neither is ever counted as a call.
type Kinds struct {
	NetworkActivity int64 `json:"network_activity,omitempty"` // of those kept: calls through a VPC endpoint
	Insights        int64 `json:"insights,omitempty"`         // of the others
	Aggregated      int64 `json:"aggregated,omitempty"`       // of the others
}

// Add adds another's counts.
func (k *Kinds) Add(o *Kinds) {
	k.NetworkActivity += o.NetworkActivity
	k.Insights += o.Insights
	k.Aggregated += o.Aggregated
}

// Totals are the sums over all objects and events of a run.
type Totals struct {
	Objects  map[Status]int64 `json:"objects"`
	Bytes    map[Status]int64 `json:"bytes"`    // stored bytes by status
	Listed   int64            `json:"listed"`   // objects; the sum of Objects
	Content  int64            `json:"content"`  // decompressed bytes read
	Framed   int64            `json:"framed"`   // elements found in the objects
	Kept     int64            `json:"kept"`     // = Distinct + Copies
	Excluded int64            `json:"excluded"` // by the filters on event time, account and region
	Bad      int64            `json:"bad"`      // records that could not be decoded
	Other    int64            `json:"other"`    // valid, but not events
	Kinds                     // of those kept, and of the others, what is a kind of its own
	Distinct int64            `json:"distinct"` // lines of the timeline
	Copies   int64            `json:"copies"`   // identical copies merged beneath them
	Problems int64            `json:"problems"`
}

// A FindingHead is a finding without its events.
type FindingHead struct {
	ID          string          `json:"id"` // of detector, subject and first event ID
	Detector    string          `json:"detector"`
	Severity    detect.Severity `json:"severity"`
	Subject     string          `json:"subject"`
	Why         string          `json:"why"`
	Suppressed  string          `json:"suppressed,omitempty"` // what it is suppressed by; then it is informational
	Count       int             `json:"count"`                // events
	First       time.Time       `json:"first"`
	Last        time.Time       `json:"last"`
	Principals  Distinct        `json:"principals"`
	Credentials Distinct        `json:"credentials"` // access key IDs
	SourceIPs   Distinct        `json:"source_ips"`
}

// Distinct holds the first distinct values that a finding's events have, sorted.
type Distinct struct {
	Values []string `json:"values"`
	More   int      `json:"more,omitempty"` // at least as many further values were seen; see the events
}

// A FindingEvent is one event of a finding.
type FindingEvent struct {
	ID      string       `json:"id"`
	Ordinal uint64       `json:"ordinal"`
	Time    time.Time    `json:"time"`
	Name    string       `json:"name"`
	Error   string       `json:"error,omitempty"` // errorCode
	Place   detect.Place `json:"place"`
	Raw     []byte       `json:"-"` // the record, for the finding's first few events only
}

// A Copy is an event's further location.
type Copy struct {
	Ordinal uint64       `json:"ordinal"` // of the entry that it was merged into
	ID      string       `json:"event_id"`
	Place   detect.Place `json:"place"`
}

// Objects is the case's object table: it names the objects that ordinals stand
// for. It is safe for use by many goroutines.
type Objects interface {
	// Name returns the label of the object's source and its path.
	Name(ordinal uint64) (source, path string, err error)
}

// A Conclusion is what the detectors concluded, before the timeline is written.
type Conclusion struct {
	Sources []string // labels of the evidence roots
	Objects Objects
	Totals  Totals // Distinct and Copies are not known yet
	// Unhashed counts objects of the Prior that a digest of the new evidence names and
	// whose content hash is not known, since they are not read again.
	Unhashed int64
	// Findings yields the heads of all findings except those on conflicting
	// copies, in the order of their first events.
	Findings iter.Seq2[FindingHead, error]
}

// A Result gives access to what a run settled. Close removes its temporary files.
type Result struct {
	Totals   Totals
	Objects  iter.Seq2[Object, error]        // in the order of their ordinals
	Names    Objects                         // for places
	Problems iter.Seq2[ObjectProblem, error] // every one, in the order of the objects
	Copies   iter.Seq2[Copy, error]          // in timeline order
	// Findings yields each finding with its events, in the order of their first
	// events. The events must be consumed, or dropped, before the next finding.
	Findings iter.Seq2[FindingHead, iter.Seq2[FindingEvent, error]]
	// Err reports what went wrong while Findings was ranged over.
	Err func() error
	// Integrity is what the digest files prove; nil: there are none.
	Integrity *integrity.Result
	Digests   iter.Seq2[Digest, error] // contents of the digest files, in the order of the objects
	// Evicted counts, by detector, the subjects that had to give way (detect.Stream.Evicted).
	Evicted map[string]int64

	close func() error
}

// An ObjectProblem is a Problem with the ordinal of its object.
type ObjectProblem struct {
	Object uint64 `json:"object"`
	Problem
}

// Close removes the run's temporary files.
func (r *Result) Close() error { return r.close() }
