package report

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// A LookupQuery is what LookupEvents of AWS's CloudTrail is asked, and what AWS does not
// answer: several attributes at once, events of any age and region, and those that are no
// management events.
type LookupQuery struct {
	Attributes []LookupAttribute // all must hold; AWS takes one
	Start, End time.Time         // both inclusive, to the second; zero: open. AWS goes back 90 days
	Category   string            // "": management events; "insight": Insights events
	All        bool              // events of every category
	Region     string            // awsRegion, exactly; "": any
	Resources  string            // what Resources is made of: LookupResources, "" as "aws"
}

// A LookupAttribute is an attribute's key and the value that it must have: exactly, to the
// case of its letters.
type LookupAttribute struct{ Key, Value string }

// LookupKeys are the keys of attributes, in AWS's order.
var LookupKeys = []string{"EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"}

// LookupResources are the values of LookupQuery.Resources: the names in request and response,
// by rules that were observed (aws); the record's own resources (record); or both.
var LookupResources = []string{"aws", "record", "both"}

// MaxLookupResults is how many events a page has at most, and unless fewer are asked for.
const MaxLookupResults = 50

// A LookupPlace is where a page of events begins: before the event of that ordinal. The zero
// place is before the newest event.
type LookupPlace struct{ before uint64 }

// Lookup returns the newest n events that a query selects, from a place on backwards, and the place at
// which the next page begins. more says that there is one. There are fewer than n where their records are
// long, as AWS allows itself. Of events of the same time the later one
// in the timeline comes first. A page costs the row groups that it spans, and of older
// ones that the bounds and filters in the footers exclude nothing.
func (s *EventStore) Lookup(ctx context.Context, q *LookupQuery, from LookupPlace, n int) (events []LookupEvent, next LookupPlace, more bool, err error) {
	if err := q.Check(); err != nil {
		return nil, next, false, err
	}
	n = max(n, 0)
	page := lookupSize{most: n}
	for there := true; there && !more; {
		most := n + 1 - len(events)
		ordinals, err := s.lookupOrdinals(ctx, q, from, most)
		if err != nil {
			return nil, next, false, err
		}
		if there = len(ordinals) == most; len(ordinals) == 0 {
			break
		}
		from.before = ordinals[len(ordinals)-1]
		slices.Reverse(ordinals) // the filter wants them to rise
		err = s.eachLookup(ctx, q, ordinalFilter(ordinals...), func(e *LookupEvent) error {
			if more = page.full(); more {
				return errEnough
			}
			page.add(e)
			events = append(events, *e)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, next, false, err
		}
	}
	if more && len(events) > 0 {
		next.before = events[len(events)-1].Ordinal
	}
	return events, next, more, nil
}

// A lookupSize is how full a page of a look-up is.
type lookupSize struct {
	most   int // events
	events int
	bytes  int // of their records
}

// maxLookupBytes is from how many bytes of records on a page ends: a record may have sixteen megabytes.
const maxLookupBytes = 32 << 20

func (p *lookupSize) full() bool { return p.events >= p.most || p.bytes >= maxLookupBytes }

func (p *lookupSize) add(e *LookupEvent) {
	p.events++
	p.bytes += len(e.Record)
}

// LookupAll calls yield with all events that a query selects, newest first. The first error of yield
// ends it and is returned. An event may be kept.
func (s *EventStore) LookupAll(ctx context.Context, q *LookupQuery, from LookupPlace, yield func(*LookupEvent) error) error {
	if err := q.Check(); err != nil {
		return err
	}
	return s.eachLookup(ctx, q, q.filter(from), yield)
}

// errEnough ends a look-up before the oldest event.
var errEnough = errors.New("enough")

// lookupOrdinals returns the places in the timeline of the newest events that the columns let pass, at most so
// many. It reads no records: of which the records are needed is known at the end.
func (s *EventStore) lookupOrdinals(ctx context.Context, q *LookupQuery, from LookupPlace, most int) (ordinals []uint64, err error) {
	err = eachBlockBackward(ctx, s, q.filter(from), func(b *block) (last []uint64, err error) {
		defer b.done()
		for row := b.group.rows - 1; row >= 0 && len(last) < most; row-- {
			if b.selected == nil || b.selected.has(row) {
				last = append(last, b.ordinal(row))
			}
		}
		return last, nil
	}, func(last []uint64) error {
		ordinals = append(ordinals, last...)
		if len(ordinals) >= most {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return ordinals[:min(len(ordinals), most)], err
}

// eachLookup yields the events that a filter and what no column tells of the query select, newest first.
func (s *EventStore) eachLookup(ctx context.Context, q *LookupQuery, f *Filter, yield func(*LookupEvent) error) error {
	v := newLookupView(q)
	return eachBlockBackward(ctx, s, f, func(b *block) ([]LookupEvent, error) {
		defer b.done()
		return v.events(b)
	}, func(events []LookupEvent) error {
		for i := range events {
			if err := yield(&events[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// A LookupError is how AWS refuses a look-up.
type LookupError struct {
	Code    string // the exception's name: InvalidTimeRangeException
	Message string
}

// Error implements error.
func (e *LookupError) Error() string { return e.Code + ": " + e.Message }

// Check says what is wrong with a query, with a *LookupError as AWS would give it.
func (q *LookupQuery) Check() error {
	for _, a := range q.Attributes {
		if err := q.checkAttribute(a); err != nil {
			return err
		}
	}
	switch {
	case q.Category != "" && q.Category != "insight":
		return &LookupError{"InvalidEventCategoryException", "the event category can only be insight, not " + quoteShort(q.Category)}
	case !q.Start.IsZero() && !q.End.IsZero() && q.End.Unix() < q.Start.Unix():
		return &LookupError{"InvalidTimeRangeException", "the start time is after the end time"}
	case q.Resources != "" && !slices.Contains(LookupResources, q.Resources):
		return errors.New("resources " + quoteShort(q.Resources) + ": neither aws, record nor both")
	}
	return nil
}

// CheckAWS is Check, and refuses what only coldtrail answers: several attributes.
func (q *LookupQuery) CheckAWS() error {
	if len(q.Attributes) > 1 {
		return &LookupError{invalidAttributes, "there can be only one lookup attribute"}
	}
	return q.Check()
}

// CheckLookupResults says whether a page may have n events: from 1 to 50.
func CheckLookupResults(n int) error {
	if n < 1 || n > MaxLookupResults {
		return &LookupError{"InvalidMaxResultsException", "the number of results must be from 1 to 50"}
	}
	return nil
}

const invalidAttributes = "InvalidLookupAttributesException"

// insightKeys are those that Insights events can be looked up by.
var insightKeys = []string{"EventId", "EventName", "EventSource"}

func (q *LookupQuery) checkAttribute(a LookupAttribute) error {
	switch {
	case !slices.Contains(LookupKeys, a.Key):
		return &LookupError{invalidAttributes, "no lookup attribute has the key " + quoteShort(a.Key)}
	case a.Value == "":
		return &LookupError{invalidAttributes, "the value of " + a.Key + " is empty"}
	case valueLength(a.Value) > maxValueLength:
		return &LookupError{invalidAttributes, "the value of " + a.Key + " is longer than 2000 characters, of which _ , space and line break count twice"}
	case q.Category == "insight" && !slices.Contains(insightKeys, a.Key):
		return &LookupError{invalidAttributes, "Insights events cannot be looked up by " + a.Key}
	}
	return nil
}

// maxValueLength is what AWS's API reference says of AttributeValue: at most 2000 characters, of which "_", " ",
// "," and "\n" count twice.
const maxValueLength = 2000

func valueLength(s string) (n int) {
	for _, r := range s {
		n++
		if r == '_' || r == ' ' || r == ',' || r == '\n' {
			n++
		}
	}
	return n
}

// quoteShort quotes a value that was asked for; of a long one the beginning.
func quoteShort(s string) string {
	if short, cut := Ellipsis(s, 80); cut {
		s = short
	}
	return strconv.Quote(s)
}
