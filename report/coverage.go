package report

import (
	"io"
	"time"

	"github.com/coldtrail/coldtrail/scan"
)

// Limits of the tables of a LogCoverage. What a table could not hold is counted
// there, beside it.
const (
	coverPlaceLimit    = 2000    // accounts × regions
	coverCellLimit     = 1 << 18 // of one hour; more are folded to days
	coverObjectLimit   = 1 << 21 // objects whose delivery is measured and names are compared: 24 bytes each
	coverResourceLimit = 2000    // resources of data events
	coverTrailLimit    = 256
	coverChangeLimit   = 64  // listed changes of one trail
	coverEpochLimit    = 512 // times between two changes of any trail, for the answers
	coverWindowLimit   = 1000
	coverValueLimit    = 600 // values of one trail's selectors: AWS allows 500
	coverGapLimit      = 20  // listed gaps of one account or one account and region
	coverListLimit     = 500 // delivered objects, late objects, refused calls
)

// CoverageOptions are what a CoverageBuilder needs to know beside the events.
type CoverageOptions struct {
	Scope  []string     // the filters of the run, as given: what they exclude is not here
	Newest time.Time    // later events have an implausible time; zero: Distant
	Names  scan.Objects // names objects by ordinal; nil: only their ordinals are reported
	// ObjectLimit bounds the objects whose delivery is measured, at 24 bytes
	// each; 0: about two million.
	ObjectLimit int
}

// A CoverageEvent is an event as a CoverageBuilder wants it. Its strings may be
// borrowed: what is kept is copied.
type CoverageEvent struct {
	Ordinal         uint64 // place in the timeline
	Time            time.Time
	ID              string
	Name            string // eventName
	Source          string // eventSource
	Region          string
	Account         string
	Category        string // eventCategory; "" in records before version 1.07
	ReadOnly        string // "true", "false" or ""
	ManagementEvent string // "true", "false" or ""
	ErrorCode       string
	Principal       string
	Credential      string
	SourceIP        string
	Object          uint64 // ordinal of the object that the record was read from
	// Raw returns the record. It is called for data events and for changes of
	// trails only, and what it returns is used until Add returns.
	Raw func() ([]byte, error)
}

// A LogCoverage says where and when the evidence has logs, and which questions it can
// therefore answer. No record is not no act: it never concludes from an absence.
type LogCoverage struct {
	Schema      string            `json:"schema"` // "coldtrail coverage 1"
	Scope       []string          `json:"scope"`  // the filters of the run
	Events      int64             `json:"events"`
	Implausible int64             `json:"implausible_times"` // events with such a time are left out of all below
	Evidence    Span              `json:"evidence"`
	Objects     CoverageObjects   `json:"objects"`
	CellHours   int               `json:"cell_hours"` // the length of a cell: 1, or 24 where hours were too many
	Accounts    []CoverageAccount `json:"accounts"`
	Places      []CoveragePlace   `json:"places"`
	OtherEvents int64             `json:"events_of_other_places,omitempty"` // beyond the limit of the table
	Gaps        CoverageGaps      `json:"gaps"`                             // of the evidence as a whole
	Late        []LateObject      `json:"objects_with_implausible_delivery"`
	MoreLate    int64             `json:"more_objects_with_implausible_delivery,omitempty"`
	Trails      []TrailHistory    `json:"trails"`
	OtherTrails int64             `json:"changes_of_other_trails,omitempty"`
	Windows     []LoggingWindow   `json:"windows"`
	MoreWindows int64             `json:"more_windows,omitempty"`
	Refused     []Mark            `json:"refused_trail_changes"` // calls that did not succeed
	MoreRefused int64             `json:"more_refused_trail_changes,omitempty"`
	Answers     []Answer          `json:"answers"`
	OtherData   int64             `json:"data_events_of_other_resources,omitempty"` // beyond the limit of the table
	Delivered   Delivered         `json:"delivered"`
	Limits      []string          `json:"limits"`
}

// CoverageObjects counts the objects of the evidence by what their names say.
type CoverageObjects struct {
	Listed     int64 `json:"listed"`
	Named      int64 `json:"named"`      // log objects of trails, read
	Unread     int64 `json:"unread"`     // log objects of trails, out of scope or unreadable
	Digests    int64 `json:"digests"`    // named as digest files
	Unnamed    int64 `json:"unnamed"`    // any other name: they say nothing of account, region or delivery
	Unmeasured int64 `json:"unmeasured"` // beyond ObjectLimit
	Other      int64 `json:"other"`      // of accounts and regions beyond the limit
}

// A CoverageAccount is an account with the gaps that all of its regions share.
type CoverageAccount struct {
	Account string `json:"account"`
	Events  int64  `json:"events"`
	Objects int64  `json:"objects"` // named log objects
	Span
	Gaps CoverageGaps `json:"gaps"`
}

// A CoveragePlace is a region of an account.
type CoveragePlace struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Events  int64  `json:"events"`
	Objects int64  `json:"objects"` // log objects, by their names
	Unread  int64  `json:"unread,omitempty"`
	Span
	Cells []CoverageCell `json:"cells"` // those with logs, in order
	Gaps  CoverageGaps   `json:"gaps"`
	Lag   *DeliveryLag   `json:"delivery,omitempty"` // nil: no object whose delivery is known
}

// A CoverageCell is an hour (or a day, see CellHours) that has logs.
type CoverageCell struct {
	From    time.Time `json:"from"`
	Events  int64     `json:"events"`  // by the time of the event
	Objects int64     `json:"objects"` // by the time of delivery
}

// CoverageGaps are the longest gaps first, and the sum of the rest.
type CoverageGaps struct {
	Count int64         `json:"count"`
	Hours int64         `json:"hours"` // all gaps together
	Shown []CoverageGap `json:"shown"`
}

// A CoverageGap is a run of whole hours (or days) without an event and without a
// log object, between hours that have some.
type CoverageGap struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Hours     int64     `json:"hours"`
	Elsewhere int64     `json:"events_elsewhere"` // of the same account in its other regions meanwhile
}

// A DeliveryLag is how long after its events the objects of a place were
// delivered, by the minute in their names.
type DeliveryLag struct {
	Objects int64    `json:"objects"` // measured: named, and with events of their own
	Newest  LagStats `json:"after_newest_event"`
	Oldest  LagStats `json:"after_oldest_event"`
	Early   int64    `json:"before_own_events"` // objects delivered before an event in them
	Late    int64    `json:"over_an_hour"`      // objects with an event older than an hour
}

// LagStats are in seconds. Median and percentile are rounded down: to the minute
// below one hour, to the hour below two days, else to the day.
type LagStats struct {
	Median int64 `json:"median_seconds"`
	P95    int64 `json:"p95_seconds"`
	Max    int64 `json:"max_seconds"`
	Min    int64 `json:"min_seconds"`
}

// A LateObject is an object delivered before, or over an hour after, an event in it.
type LateObject struct {
	Ordinal   uint64    `json:"object"`
	Source    string    `json:"source,omitempty"`
	Path      string    `json:"path,omitempty"`
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Delivered time.Time `json:"delivered"` // the minute in its name
	Oldest    time.Time `json:"oldest_event"`
	Newest    time.Time `json:"newest_event"`
}

// A TrailHistory is what the evidence tells of one trail or event data store.
type TrailHistory struct {
	Trail       string        `json:"trail"` // its ARN, made from name, account and region where no call gives it
	Kind        string        `json:"kind"`  // "trail" or "event data store"
	Account     string        `json:"account"`
	Region      string        `json:"home_region"`
	Bucket      string        `json:"bucket,omitempty"` // where its logs go, as last known
	Logging     string        `json:"logging"`          // at the end: "on", "off", "deleted" or "unknown"
	Selectors   string        `json:"selectors"`        // at the end, in words; "unknown"
	Changes     []TrailChange `json:"changes"`
	MoreChanges int64         `json:"more_changes,omitempty"`
}

// A TrailChange is a call that succeeded in changing a trail.
type TrailChange struct {
	Mark
	What string `json:"what"`
}

// A LoggingWindow is a time in which a trail did not record something that it
// recorded before, or that trails record unless told otherwise.
type LoggingWindow struct {
	Trail   string    `json:"trail"`
	Account string    `json:"account"`
	Region  string    `json:"home_region"`
	What    string    `json:"not_recorded"`
	From    time.Time `json:"from,omitzero"` // none: since before the evidence begins
	To      time.Time `json:"to,omitzero"`   // none: until the end of the evidence
	Opened  *Mark     `json:"opened_by,omitempty"`
	Closed  *Mark     `json:"closed_by,omitempty"`
	Events  int64     `json:"events"`         // of the account that the evidence has of this time nevertheless
	OfKind  int64     `json:"events_of_kind"` // of those, the ones of the kind that the trail did not record
	Note    string    `json:"note,omitempty"`
}

// An Answerable says whether a question can be answered from the evidence.
type Answerable string

// The values of Answerable.
const (
	CanAnswer    Answerable = "answerable"
	PartlyAnswer Answerable = "partly"
	CannotAnswer Answerable = "cannot be answered"
	MaybeAnswer  Answerable = "unknown"
)

// An Answer says of one question, from when to when the evidence can answer it.
type Answer struct {
	Question  string          `json:"question"`
	Account   string          `json:"account"`
	Regions   []string        `json:"regions"`                 // to all of which it applies alike
	Type      string          `json:"resource_type,omitempty"` // as in selectors, such as AWS::S3::Object
	Resource  string          `json:"resource,omitempty"`      // a bucket, a function …; "*": all that are not named in another answer
	LogBucket bool            `json:"log_bucket,omitempty"`    // the resource holds the logs themselves
	Events    int64           `json:"events"`                  // that the evidence has
	Segments  []AnswerSegment `json:"segments"`                // without gaps, in order
}

// An AnswerSegment is a part of the evidence's time. Times are whole seconds;
// where a segment ends, the next begins.
type AnswerSegment struct {
	From   time.Time  `json:"from"`
	To     time.Time  `json:"to"`
	Status Answerable `json:"status"`
	Reason string     `json:"reason"`
	folded string     // the reason with n and t for numbers and times, for the text
}

// Delivered is what S3 data events about log buckets tell of log objects.
type Delivered struct {
	Named       int64             `json:"named"`         // deliveries by CloudTrail that the evidence names
	Compared    bool              `json:"compared"`      // false: too many objects to compare names
	Missing     int64             `json:"not_here"`      // of those, objects that the evidence lacks
	MissingRows []DeliveredObject `json:"not_here_rows"` // the first ones, in timeline order
	Deleted     int64             `json:"deleted"`       // calls that deleted a log object
	DeletedRows []DeliveredObject `json:"deleted_rows"`  // the first ones
	// Swept are calls of DeleteObjects on buckets that hold logs: their records do not name the objects.
	Swept     int64             `json:"deleted_unnamed,omitempty"`
	SweptRows []DeliveredObject `json:"deleted_unnamed_rows,omitempty"` // the first ones
}

// A DeliveredObject is a log object that an event names.
type DeliveredObject struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	By     Mark   `json:"by"`
	Here   bool   `json:"here"` // the evidence has an object of that name
}

// JSON writes the coverage as indented JSON in which every character prints.
func (c *LogCoverage) JSON(w io.Writer) error {
	b, err := appendJSON(nil, c, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
