package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A CoverageBuilder gathers a LogCoverage, in bounded memory: first every object of the
// case, then every event in timeline order, then Finish.
//
//	b := report.NewCoverage(report.CoverageOptions{…})
//	b.Object(&object) // each, in the order of their ordinals
//	b.Add(&event)     // each, in the order of the timeline
//	coverage, err := b.Finish()
//
// It is for one goroutine.
type CoverageBuilder struct {
	opt    CoverageOptions
	newest int64 // seconds since 1970

	events, implausible int64
	span                Span
	accounts            capped[string, logAccount]
	places              capped[placeKey, logPlace]
	lastPlace           int // into places: neighbours in the timeline mostly share theirs
	cells               logCells

	objects    logObjects
	data       dataTable
	buckets    map[string]bool // that hold logs, named by trails or by deliveries
	trails     capped[trailKey, *trail]
	refused    []Mark
	moreRefuse int64

	epochs      []int64 // the second in which each begins; a change of a trail begins one
	epochsFull  bool
	windows     []window
	moreWindows int64
}

// NewCoverage returns a builder that has seen nothing yet.
func NewCoverage(opt CoverageOptions) *CoverageBuilder {
	if opt.Newest.IsZero() {
		opt.Newest = Distant
	}
	if opt.ObjectLimit == 0 {
		opt.ObjectLimit = coverObjectLimit
	}
	b := &CoverageBuilder{opt: opt, newest: opt.Newest.Unix(), lastPlace: -1, buckets: make(map[string]bool)}
	b.accounts.limit, b.places.limit = coverPlaceLimit, coverPlaceLimit
	b.trails.limit = coverTrailLimit
	b.cells.init()
	b.data.resources.limit, b.data.rest.limit, b.data.swept.limit = coverResourceLimit, coverResourceLimit, coverResourceLimit
	return b
}

// The classes of event that questions are asked about, data events apart: those
// are counted by resource.
type seenClass uint8

const (
	seenReads   seenClass = iota // management events that only read
	seenChanges                  // all other management events
	seenSignins                  // of the changes: sign-ins to the console
	seenGlobal                   // of the changes: those of global services
	seenKeys                     // management events of KMS
	seenNetwork                  // network activity events
	seenInsight
	seenData // of all resources together
	seenClasses
)

type placeKey struct{ account, region string }

func (k placeKey) own() placeKey { return placeKey{own(k.account), own(k.region)} }

// A logAccount counts the events of an account.
type logAccount struct {
	Span
	events, objects int64
	seen            [seenClasses]int64
	organizations   []string // that the names of its objects have
}

// A logPlace is what is known of a region of an account.
type logPlace struct {
	Span
	account         int // into CoverageBuilder.accounts
	events, objects int64
	unread          int64
	insights        int64 // objects of Insights, whose records are no events
	seen            [seenClasses]stretches
	lag             *lagTable
}

// A stretch counts the events of one class in one epoch.
type stretch struct {
	epoch       int32
	events      int64
	first, last int64 // seconds since 1970
}

// stretches are in the order of their epochs, without those that have no event.
type stretches []stretch

func (s *stretches) see(epoch int, sec int64) {
	if n := len(*s); n > 0 && (*s)[n-1].epoch == int32(epoch) {
		(*s)[n-1].events++
		(*s)[n-1].last = sec
		return
	}
	*s = append(*s, stretch{int32(epoch), 1, sec, sec})
}

// between sums up the epochs from up to, but not including, to.
func (s stretches) between(from, to int) (sum stretch) {
	for i := range s {
		if e := int(s[i].epoch); e >= from && e < to {
			sum.plus(&s[i])
		}
	}
	return sum
}

// merge returns both, epoch by epoch.
func (s stretches) merge(o stretches) stretches {
	if len(o) == 0 {
		return s
	}
	out := make(stretches, 0, len(s)+len(o))
	for len(s) > 0 || len(o) > 0 {
		switch {
		case len(o) == 0 || len(s) > 0 && s[0].epoch < o[0].epoch:
			out, s = append(out, s[0]), s[1:]
		case len(s) == 0 || o[0].epoch < s[0].epoch:
			out, o = append(out, o[0]), o[1:]
		default:
			sum := s[0]
			sum.plus(&o[0])
			out, s, o = append(out, sum), s[1:], o[1:]
		}
	}
	return out
}

func (s *stretch) plus(o *stretch) {
	switch {
	case o.events == 0:
		return
	case s.events == 0:
		s.first, s.last = o.first, o.last
	}
	s.first, s.last = min(s.first, o.first), max(s.last, o.last)
	s.events += o.events
}

// Add takes the next event of the timeline. An error is one of e.Raw.
func (b *CoverageBuilder) Add(e *CoverageEvent) error {
	b.events++
	sec := e.Time.Unix()
	if sec < Launch.Unix() || sec > b.newest {
		b.implausible++
		return nil
	}
	if b.span.First.IsZero() {
		b.epochs = append(b.epochs, sec)
	}
	b.span.see(e.Time)
	call, ok := trailCalls[e.Name]
	if !ok || e.Source != "cloudtrail.amazonaws.com" {
		return b.see(e, sec)
	}
	if e.ErrorCode != "" {
		b.refuse(e)
		return b.see(e, sec)
	}
	if call.grows {
		if err := b.change(e, &call); err != nil {
			return err
		}
		return b.see(e, sec)
	}
	if err := b.see(e, sec); err != nil {
		return err
	}
	return b.change(e, &call)
}

// refuse lists a change of a trail that did not succeed.
func (b *CoverageBuilder) refuse(e *CoverageEvent) {
	if len(b.refused) < coverListLimit {
		m := e.mark()
		m.Event += " (" + own(e.ErrorCode) + ")"
		b.refused = append(b.refused, m)
		return
	}
	b.moreRefuse++
}

// see counts the event.
func (b *CoverageBuilder) see(e *CoverageEvent, sec int64) error {
	b.objects.see(e.Object, sec)
	i := b.place(e.Account, e.Region)
	if i < 0 {
		b.places.others++
		return nil
	}
	p := &b.places.vals[i]
	p.Span.see(e.Time)
	p.events++
	b.cells.add(i, sec/3600, 1, 0)
	a := &b.accounts.vals[p.account]
	a.Span.see(e.Time)
	a.events++
	class := classOf(e)
	b.count1(p, a, class, sec)
	switch {
	case class == seenData:
		return b.dataEvent(e, i, sec)
	case class > seenChanges:
	case e.Source == "kms.amazonaws.com":
		b.count1(p, a, seenKeys, sec)
	case class == seenChanges && e.Source == "signin.amazonaws.com":
		b.count1(p, a, seenSignins, sec)
	case class == seenChanges && globalServices[e.Source]:
		b.count1(p, a, seenGlobal, sec)
	}
	return nil
}

func (b *CoverageBuilder) count1(p *logPlace, a *logAccount, class seenClass, sec int64) {
	a.seen[class]++
	if class != seenData { // counted by resource
		p.seen[class].see(len(b.epochs)-1, sec)
	}
}

// place returns the index of the place's row, or -1 where the table is full.
func (b *CoverageBuilder) place(account, region string) int {
	if i := b.lastPlace; i >= 0 && b.places.keys[i] == (placeKey{account, region}) {
		return i
	}
	key := placeKey{clip(account), clip(region)}
	rows := len(b.places.keys)
	p := b.places.at(key, placeKey.own)
	if p == nil {
		return -1
	}
	if len(b.places.keys) > rows {
		b.accounts.at(key.account, own) // the limits agree: there is a row for each place's account
		p.account = b.accounts.index[key.account]
	}
	b.lastPlace = b.places.index[key]
	return b.lastPlace
}

// globalServices record their events in one region of the partition, see PartitionOf.
var globalServices = map[string]bool{
	"iam.amazonaws.com": true, "organizations.amazonaws.com": true, "account.amazonaws.com": true,
	"cloudfront.amazonaws.com": true, "route53.amazonaws.com": true, "route53domains.amazonaws.com": true,
	"waf.amazonaws.com": true, "shield.amazonaws.com": true,
}

// classOf tells the classes apart. Records before version 1.07 have no category, and
// those before 1.06 no managementEvent: there data events are known by name.
func classOf(e *CoverageEvent) seenClass {
	switch {
	case e.Category == catData,
		e.Category == "" && e.ManagementEvent == "false",
		e.Category == "" && e.ManagementEvent == "" && dataCall(e):
		return seenData
	case e.Category == catNetwork:
		return seenNetwork
	case e.Category == "Insight":
		return seenInsight
	case readsOnly(e):
		return seenReads
	}
	return seenChanges
}

// readsOnly goes by the name where the record does not say.
func readsOnly(e *CoverageEvent) bool {
	if e.ReadOnly != "" {
		return e.ReadOnly == "true"
	}
	for _, p := range [...]string{"Get", "List", "Describe", "Head", "Lookup"} {
		if strings.HasPrefix(e.Name, p) {
			return true
		}
	}
	return false
}

// dataCall reports whether the event of an old record is one of the two kinds of data
// event that there were then.
func dataCall(e *CoverageEvent) bool {
	switch e.Source {
	case "lambda.amazonaws.com":
		return e.Name == "Invoke"
	case "s3.amazonaws.com":
		switch e.Name {
		case "GetObject", "PutObject", "DeleteObject", "DeleteObjects", "CopyObject", "HeadObject", "ListObjects", "ListObjectVersions",
			"GetObjectAcl", "PutObjectAcl", "UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload", "RestoreObject":
			return true
		}
	}
	return false
}

func (e *CoverageEvent) mark() Mark {
	return Mark{e.Time.UTC(), own(e.ID), own(e.Name), own(e.Principal), own(e.Credential), e.Ordinal, ""}
}

func (e *CoverageEvent) raw() ([]byte, error) {
	if e.Raw == nil {
		return nil, nil
	}
	raw, err := e.Raw()
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", e.Ordinal, err)
	}
	return raw, nil
}

func (e *CoverageEvent) record() (parser.Record, error) {
	raw, err := e.raw()
	return parser.Record{Raw: raw}, err
}

// Finish returns the coverage. The builder must not be used afterwards.
func (b *CoverageBuilder) Finish() (*LogCoverage, error) {
	c := &LogCoverage{
		Schema: "coldtrail coverage 1", Scope: validAll(b.opt.Scope), Events: b.events, Implausible: b.implausible,
		Evidence: b.span.utc(), Objects: b.objects.counts, OtherEvents: b.places.others,
		Trails: b.histories(), OtherTrails: b.trails.others,
		Windows: b.loggingWindows(), MoreWindows: b.moreWindows,
		Refused: append([]Mark{}, b.refused...), MoreRefused: b.moreRefuse,
		OtherData: b.data.resources.others, Delivered: b.data.result(b.objects.full, b.buckets),
	}
	b.cells.finish()
	b.measure()
	c.CellHours = int(b.cells.step)
	b.rows(c)
	c.Answers = b.answers()
	c.Limits = b.limits(c)
	return c, b.late(c)
}

func (b *CoverageBuilder) limits(c *LogCoverage) []string {
	out := []string{
		"No record is not no act. A gap says that the evidence has nothing of that time: nothing happened, or it was not recorded, not delivered, " +
			"not collected, or taken away. A region that is little used has gaps.",
		"What a trail records is known only from the calls in the evidence that changed it. Trails that were set up before, and never changed, are not known here.",
		"Events that are seen prove that something recorded them, and nothing about others. Where no selectors are known, answers for management events rest on the " +
			"management events seen; answers for data events are partial at best.",
		"A stop and a start take some minutes to become effective. Times have a resolution of one second, within which no order is known.",
		"Event data stores are followed as trails are, but no answer rests on them: what they hold is not what a bucket holds.",
		"The minute of delivery is the one in an object's name; who copies objects can rename them.",
	}
	if len(c.Scope) > 0 {
		out = append(out, "The run was limited by filters: what they exclude looks here as if it were not in the evidence.")
	}
	if b.cells.step > 1 {
		out = append(out, fmt.Sprintf("More than %s hours have logs: they are counted by days, and a gap shorter than a day is not shown.", number(coverCellLimit)))
	}
	if b.cells.others > 0 {
		out = append(out, "Of the events and objects, "+number(b.cells.others)+" did not fit into the table of days: gaps may be shown where these lie.")
	}
	if b.epochsFull {
		out = append(out, fmt.Sprintf("Trails were changed more than %d times: what they recorded after the last change that fitted is given as unknown.", coverEpochLimit))
	}
	return out
}

// hourOf is the hour that a time lies in.
func hourOf(h int64) time.Time { return seconds(h * 3600) }
