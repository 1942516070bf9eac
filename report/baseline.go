package report

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// A BaselineQuery asks what subjects did for the first time.
type BaselineQuery struct {
	// Subjects are access keys, ARNs of principals or roles, or names of users or roles.
	Subjects []string
	// Until is the end of what is held to be ordinary; zero: of each subject's own first Days.
	Until time.Time
	Days  int // 0: DefaultBaselineDays
	// Locate says where an address is; nil: nobody knows, and countries are not told.
	Locate func(netip.Addr) (detect.Location, bool)
	limit  int // 0: baselineLimit

	times span64 // in which events are plausible
	// arns, where it is not nil, finds the Subjects, which are ARNs, by what principals and roles are exactly; then everybody's doings are not counted.
	arns map[string]int
}

// DefaultBaselineDays is how long a subject's own first days are. Rules on first occurrences look
// back 7 to 10 days (Elastic's new-terms rules); archives are often no longer than that.
const DefaultBaselineDays = 3

// A Baseline says what a subject did in the time that is held to be ordinary, and what it did
// for the first time afterwards. It is evidence, and no judgement: everything is done for
// a first time by somebody.
type Baseline struct {
	Subject string `json:"subject"`
	Kind    string `json:"kind"` // "access key", "principal", "role" or "user"
	// Identities are the ARNs of the users or roles that the subject names. A name may be that of several, in one account each:
	// what is new to one of them is not told from what is new to all.
	Identities []string  `json:"identities,omitempty"`
	Until      time.Time `json:"baseline_until"`
	Own        bool      `json:"own_first_days"` // Until is the end of the subject's own first days, at the next full hour
	Span                 // of the subject's events
	Events     int64     `json:"events"`
	// Implausible are further events of the subject, with times that cannot be: one of them would make all of the evidence new, or nothing.
	Implausible int64 `json:"implausible_times,omitempty"`
	// Before is how many of them came before Until. Where there are none, all is new and nothing is known.
	Before     int64               `json:"events_before"`
	Dimensions []BaselineDimension `json:"dimensions"`
	Blind      []string            `json:"not_told,omitempty"` // dimensions that need what was not given
}

// A BaselineDimension is what is told apart.
type BaselineDimension struct {
	By     string          `json:"by"`
	Known  int             `json:"known"`  // values before Until
	New    []BaselineValue `json:"new"`    // those since, in the order in which they came
	Capped bool            `json:"capped"` // there were more values than are told apart
}

// A BaselineValue was seen for the first time after the baseline.
type BaselineValue struct {
	Value   string `json:"value"`
	Span           // when
	Events  int64  `json:"events"`
	Ordinal uint64 `json:"ordinal"` // of the first event in the timeline
	Anybody bool   `json:"first_of_anybody"`
	Words   string `json:"words"` // a sentence for a report
}

// baselineLimit is how many values of all subjects and dimensions are told apart.
const baselineLimit = 500_000

// baselineDimensions are what is compared, and how a report says that a value is new.
var baselineDimensions = []struct {
	by, words string
	leaf      int
	of        func(q *BaselineQuery, text string) string // of a column's value; "": none
}{
	{"service", "use of %s", leafSource, func(_ *BaselineQuery, s string) string { return strings.TrimSuffix(s, ".amazonaws.com") }},
	{"API", "call of %s", leafName, nil},
	{"region", "call in region %s", leafRegion, nil},
	{"address", "call from %s", leafSourceIP, func(_ *BaselineQuery, s string) string { return addressText(s) }},
	{"network", "call from network %s", leafSourceIP, networkText},
	{"country", "call from country %s", leafSourceIP, countryText},
	{"tool", "call with %s", leafUserAgent, func(_ *BaselineQuery, s string) string { return agentFamily(s) }},
}

// addressText is an address as it was recorded, a malformed one too.
func addressText(s string) string {
	if isAddress(s) || isMalformed(s) {
		return s
	}
	return ""
}

// networkText names an address's network: its autonomous system, where that is known, or else
// its first 16 bits (32 of IP version 6), as detectors do.
func networkText(q *BaselineQuery, s string) string {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return (&detect.Context{Locate: q.Locate}).NetworkOf(ip.Unmap())
}

func countryText(q *BaselineQuery, s string) string {
	ip, err := netip.ParseAddr(s)
	if err != nil || q.Locate == nil {
		return ""
	}
	at, _ := q.Locate(ip.Unmap())
	return at.Country
}

// agentFamily is what runs: versions change every week.
func agentFamily(s string) string {
	u := detect.ParseUserAgent(s)
	return strings.TrimSpace(u.Tool + " " + u.OS)
}

// Baselines answers the query, subject by subject in the order asked, in one pass over the
// columns of all events. A subject that the case does not have has no Events.
func (s *EventStore) Baselines(ctx context.Context, q BaselineQuery) ([]*Baseline, error) {
	if q.Days == 0 {
		q.Days = DefaultBaselineDays
	}
	if q.limit == 0 {
		q.limit = baselineLimit
	}
	var err error
	if q.times, err = s.plausible(); err != nil {
		return nil, err
	}
	all, err := s.firsts(ctx, &q)
	if err != nil {
		return nil, err
	}
	out := make([]*Baseline, len(q.Subjects))
	for i, subject := range q.Subjects {
		out[i] = all.baseline(&q, i+1, subject)
	}
	all.fill(out)
	return out, nil
}

// firsts goes over all events, and reads of a row group that is of no subject but who its callers are.
func (s *EventStore) firsts(ctx context.Context, q *BaselineQuery) (*firstSeen, error) {
	all := newFirstSeen(len(q.Subjects)+1, q.limit)
	err := eachBlock(ctx, s, nil, func(b *block) (*firstSeen, error) {
		defer b.done()
		if of, err := b.of(q.arns); err != nil || !of {
			return newFirstSeen(len(q.Subjects)+1, q.limit), err
		}
		if err := b.load(baselineLeaves); err != nil {
			return nil, err
		}
		return seenIn(b, q), nil
	}, func(part *firstSeen) error {
		all.add(part)
		return nil
	})
	return all, err
}

// Unusual returns the sentences on what is new, the fewest dimensions' values first: those
// that a report has room for.
func (b *Baseline) Unusual(most int) (words []string) {
	for _, d := range b.order() {
		for _, v := range d.New {
			if len(words) == most {
				return words
			}
			words = append(words, v.Words)
		}
	}
	return words
}

// order returns the dimensions by how much a new value says: where few are known, one more is rare.
func (b *Baseline) order() []*BaselineDimension {
	var all []*BaselineDimension
	for i := range b.Dimensions {
		if d := &b.Dimensions[i]; d.Known > 0 {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(x, y *BaselineDimension) int { return len(x.New) - len(y.New) })
	return all
}

// words writes what is new: "first use of ssm by this role in 41 days of evidence".
func (b *Baseline) words(dimension int, v *BaselineValue) string {
	d := &baselineDimensions[dimension]
	text := "first " + fmt.Sprintf(d.words, v.Value) + " by this " + b.Kind + " in " + plural(int64(v.First.Sub(b.First).Hours()/24), "day") + " of evidence"
	if v.Anybody {
		text += ", and by anybody"
	}
	return text
}
