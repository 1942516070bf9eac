package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// A Breakdown says how the events of a case are made up: how many, of whom, from
// where, and how they ended.
type Breakdown struct {
	Filter string `json:"filter,omitempty"` // as on the command line; "": all events
	Counts
	Span
	// Implausible are those of them whose times cannot be. Other commands leave them out of the time of the evidence.
	Implausible int64 `json:"implausible_times,omitempty"`
	// Other are the lines of the store that are no calls, by their kinds: they are
	// in no other figure.
	Other  []KindCount      `json:"other_kinds,omitempty"`
	Tables []BreakdownTable `json:"tables"`

	Screen Screen `json:"-"` // that Write is for
}

// A KindCount is how many lines of a kind there are.
type KindCount struct {
	Kind  string `json:"kind"`
	Lines int64  `json:"lines"`
}

// A BreakdownTable is the events by one of their values: those with the most
// events, and what the others add up to.
type BreakdownTable struct {
	By     string         `json:"by"`
	Values int            `json:"values"` // how many there are; at least, where Capped
	Capped bool           `json:"capped,omitempty"`
	Rows   []BreakdownRow `json:"rows"`
	Others *Counts        `json:"others,omitempty"` // the events of all other values
}

// A BreakdownRow is the events of one value; "" stands for events that have none.
type BreakdownRow struct {
	Value string `json:"value"`
	Counts
	Span
	*CredentialUse
	*ToolUse
	Where *Whereabouts `json:"where,omitempty"` // of an address, as Enrich says
}

// Enrich adds to addresses where they are.
func (b *Breakdown) Enrich(e *Enrichment) { enrichTables(b.Tables, e) }

func enrichTables(tables []BreakdownTable, e *Enrichment) {
	for i := range tables {
		if t := &tables[i]; t.By == bySourceIP {
			for k := range t.Rows {
				t.Rows[k].Where = e.Of(t.Rows[k].Value)
			}
		}
	}
}

const bySourceIP = "source IP"

// A ToolUse says who used it.
type ToolUse struct {
	UsedBy []string `json:"used_by"` // the first few principals
}

// A CredentialUse says whose credential it was.
type CredentialUse struct {
	Temporary  bool     `json:"temporary"`                // an ASIA key: of a session
	Principals []string `json:"principals"`               // the first few that used it
	Sessions   []string `json:"session_starts,omitempty"` // the first few, as recorded
	IssuedBy   *Issue   `json:"issued_by,omitempty"`
}

// An Issue is the call that handed a credential out.
type Issue struct {
	ID         string    `json:"id"`
	Ordinal    uint64    `json:"ordinal"`
	Time       time.Time `json:"time"`
	Name       string    `json:"name"`
	Principal  string    `json:"principal"`
	Credential string    `json:"credential,omitempty"` // with which it was made
	SourceIP   string    `json:"source_ip,omitempty"`
}

// breakdownLimit is how many values of one kind are told apart. Beyond it the
// first to occur are; what others add up to is counted.
const breakdownLimit = 200_000

// A dimension is what the events are counted by.
type dimension struct {
	by       string
	leaves   []int // the first one that has a text counts
	present  bool  // events without a value are not counted
	errors   bool  // it is the error, which the events that succeeded have not
	whose    bool  // it is a credential
	position int
	// of makes the value of the column's, "" being none; nil: it is that.
	of func(string) string
}

// agentOf makes values of what a user agent tells.
func agentOf(field func(*detect.UserAgent) string) func(string) string {
	return func(agent string) string {
		u := detect.ParseUserAgent(agent)
		return field(&u)
	}
}

var dimensions = func() []dimension {
	all := []dimension{
		{by: "account", leaves: []int{leafAccount}},
		{by: "region", leaves: []int{leafRegion}},
		{by: "service", leaves: []int{leafSource}},
		{by: "event name", leaves: []int{leafName}},
		{by: "principal", leaves: []int{leafPrincipal}},
		{by: "credential", leaves: []int{leafCredential}, whose: true},
		{by: bySourceIP, leaves: []int{leafSourceIP}},
		{by: "user agent", leaves: []int{leafUserAgent}},
		{by: "error", leaves: []int{leafErrorCode, leafErrorMessage}, present: true, errors: true},
		{by: "tool", leaves: []int{leafUserAgent}, of: agentOf(func(u *detect.UserAgent) string { return u.Tool })},
		{by: "CLI command", leaves: []int{leafUserAgent}, present: true, of: agentOf(func(u *detect.UserAgent) string { return u.Command })},
		{by: "CLI session", leaves: []int{leafUserAgent}, present: true, of: agentOf(func(u *detect.UserAgent) string { return u.Session })},
		{by: "credential source", leaves: []int{leafUserAgent}, present: true, of: agentOf((*detect.UserAgent).CredentialSource)},
	}
	for i := range all {
		all[i].position = i
	}
	return all
}()

// A share is the events of one value.
type share struct {
	Counts
	span  span64 // of times, µs
	whose *CredentialUse
}

// usersShown is how many principals and sessions of a credential are named.
const usersShown = 4

func (s *share) events() int64 { return s.Counts.Events }

func (s *share) add(o *share) {
	if s.Counts.Events == 0 {
		s.span = o.span
	}
	s.Counts.plus(&o.Counts)
	s.span = s.span.and(o.span)
	switch {
	case o.whose == nil:
	case s.whose == nil:
		s.whose = o.whose
	default:
		s.whose.Principals = firstFew(s.whose.Principals, o.whose.Principals)
		s.whose.Sessions = firstFew(s.whose.Sessions, o.whose.Sessions)
	}
}

func firstFew(have, more []string) []string {
	for _, s := range more {
		if len(have) < usersShown && !slices.Contains(have, s) {
			have = append(have, s)
		}
	}
	return have
}

// shares are the parts of a breakdown that a block, or all so far, add up to.
type shares struct {
	total  share
	odd    int64 // of these, the events with implausible times
	kinds  map[string]int64
	tables []capped[string, share]
}

// Breakdown counts the events that the filter selects. Of each table it has the
// top rows.
func (s *EventStore) Breakdown(ctx context.Context, f *Filter, top int) (*Breakdown, error) {
	all, err := s.shares(ctx, f)
	if err != nil {
		return nil, err
	}
	b := all.breakdown(top)
	b.Filter = f.String()
	return b, s.issuers(ctx, b)
}

// shares counts the events that the filter selects.
func (s *EventStore) shares(ctx context.Context, f *Filter) (*shares, error) {
	leaves := []int{leafTime, leafKind, leafPrincipal, leafSession, leafErrorCode, leafErrorMessage}
	for _, d := range dimensions {
		leaves = append(leaves, d.leaves...)
	}
	plausible, err := s.plausible()
	if err != nil {
		return nil, err
	}
	all := shares{kinds: map[string]int64{}, tables: make([]capped[string, share], len(dimensions))}
	for i := range all.tables {
		all.tables[i].limit = breakdownLimit
	}
	err = eachBlock(ctx, s, f, func(b *block) (*shares, error) {
		defer b.done()
		if err := b.load(leaves); err != nil {
			return nil, err
		}
		return sharesOf(b, plausible), nil
	}, func(part *shares) error {
		all.add(part)
		return nil
	})
	return &all, err
}

func (s *shares) add(part *shares) {
	if part.total.Counts.Events > 0 {
		s.total.add(&part.total)
	}
	s.odd += part.odd
	for kind, n := range part.kinds {
		s.kinds[kind] += n
	}
	for i := range s.tables {
		merge(&s.tables[i], &part.tables[i])
	}
}

func (s *shares) breakdown(top int) *Breakdown {
	b := &Breakdown{Counts: s.total.Counts, Span: s.total.times(), Implausible: s.odd}
	for kind, n := range s.kinds {
		b.Other = append(b.Other, KindCount{kind, n})
	}
	slices.SortFunc(b.Other, func(x, y KindCount) int { return strings.Compare(x.Kind, y.Kind) })
	for i, d := range dimensions {
		b.Tables = append(b.Tables, s.table(&s.tables[i], &d, top))
	}
	return b
}

func (s *share) times() Span {
	if s.Counts.Events == 0 {
		return Span{}
	}
	return Span{time.UnixMicro(s.span.from).UTC(), time.UnixMicro(s.span.to).UTC()}
}

// table takes the rows with the most events; of as many, the first ones by value.
func (s *shares) table(c *capped[string, share], d *dimension, top int) BreakdownTable {
	t := BreakdownTable{By: d.by, Values: len(c.keys), Capped: c.others > 0, Rows: []BreakdownRow{}}
	order := make([]int, len(c.keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(c.vals[y].Counts.Events, c.vals[x].Counts.Events), strings.Compare(c.keys[x], c.keys[y]))
	})
	var others Counts
	for n, i := range order {
		v := &c.vals[i]
		if n >= top {
			others.plus(&v.Counts)
			continue
		}
		row := BreakdownRow{Value: c.keys[i], Counts: v.Counts, Span: v.times(), CredentialUse: v.whose}
		if d.of != nil {
			row.CredentialUse, row.ToolUse = nil, &ToolUse{}
			if v.whose != nil {
				row.UsedBy = v.whose.Principals
			}
		}
		t.Rows = append(t.Rows, row)
	}
	switch {
	case c.others > 0 && d.present && !d.errors:
		others.Events += c.others // how they ended is not known
	case c.others > 0: // of which only the number is known: take the total's rest
		others = s.total.Counts
		if d.errors {
			others = Counts{others.Denied + others.Failed, 0, others.Denied, others.Failed}
		}
		for _, r := range t.Rows {
			others.minus(&r.Counts)
		}
	}
	if others.Events > 0 {
		t.Others = &others
	}
	return t
}

func (c *Counts) minus(o *Counts) {
	c.plus(&Counts{-o.Events, -o.Succeeded, -o.Denied, -o.Failed})
}
