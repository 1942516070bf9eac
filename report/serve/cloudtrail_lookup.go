package serve

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// cloudTrailTarget stands before the names of CloudTrail's operations.
const cloudTrailTarget = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"

// An epoch is a time on the wire: seconds since 1970, a number. RFC 3339 is taken too.
type epoch struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (e *epoch) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" {
		return nil
	}
	if quoted, err := strconv.Unquote(text); err == nil {
		t, err := time.Parse(time.RFC3339, quoted)
		e.Time = t.UTC()
		return err
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(n) > 1<<38 { // the year 10680
		return errors.New("a time is a number of seconds since 1970, not " + text)
	}
	whole := math.Floor(n)
	e.Time = time.Unix(int64(whole), int64((n-whole)*1e6)*1e3).UTC()
	return nil
}

// MarshalJSON implements json.Marshaler.
func (e epoch) MarshalJSON() ([]byte, error) {
	us := e.UnixMicro()
	b := strconv.AppendInt(nil, us/1e6, 10)
	if ms := us % 1e6 / 1e3; ms > 0 {
		b = append(append(b, '.'), strconv.FormatInt(1000+ms, 10)[1:]...)
	}
	return b, nil
}

// IsZero tells the encoder which times to leave out.
func (e epoch) IsZero() bool { return e.Time.IsZero() }

// lookupInput is the input of LookupEvents.
type lookupInput struct {
	LookupAttributes []struct{ AttributeKey, AttributeValue string }
	StartTime        epoch
	EndTime          epoch
	EventCategory    string
	MaxResults       *int
	NextToken        string
}

// anyRegion is the region of a signature that stands for all of them.
const anyRegion = "all"

// lookupEvents is LookupEvents: newest first, of the region that the request is signed for.
// There is no limit of 90 days and none of requests in a second.
func lookupEvents(c *call, in *lookupInput) (any, error) {
	q := report.LookupQuery{Start: in.StartTime.Time, End: in.EndTime.Time, Category: in.EventCategory, All: c.s.cfg.AllEvents}
	if c.region != anyRegion {
		q.Region = c.region
	}
	for _, a := range in.LookupAttributes {
		q.Attributes = append(q.Attributes, report.LookupAttribute{Key: a.AttributeKey, Value: a.AttributeValue})
	}
	n := report.MaxLookupResults
	if in.MaxResults != nil {
		n = *in.MaxResults
	}
	err := report.CheckLookupResults(n)
	if err == nil {
		err = q.CheckAWS()
	}
	var from report.LookupPlace
	if err == nil {
		from, err = c.store.LookupPlace(&q, in.NextToken)
	}
	var events []report.LookupEvent
	var next report.LookupPlace
	more := false
	if err == nil {
		events, next, more, err = c.store.Lookup(c.context(), &q, from, n)
	}
	var wrong *report.LookupError
	if errors.As(err, &wrong) {
		return nil, faultf(wrong.Code, "%s", wrong.Message)
	} else if err != nil {
		return nil, err
	}
	token := ""
	if more {
		if token, err = c.store.LookupToken(&q, next); err != nil {
			return nil, err
		}
	}
	return lookupAnswer(events, token), nil
}

// lookupAnswer writes the answer itself: a page may hold fifty records of a megabyte.
func lookupAnswer(events []report.LookupEvent, token string) json.RawMessage {
	b := []byte(`{"Events":[`)
	for i := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = events[i].AppendJSON(b, report.EpochTime)
	}
	b = append(b, ']')
	if token != "" {
		b = append(append(append(b, `,"NextToken":"`...), token...), '"') // base64
	}
	return append(b, '}')
}

// cloudTrailOperations are the operations of CloudTrail, Lake's among them.
var cloudTrailOperations = func() operations {
	all := maps.Clone(lakeOperations)
	maps.Copy(all, operations{
		"LookupEvents":   op(lookupEvents),
		"DescribeTrails": op(describeTrails),
		"GetTrail":       op(getTrail),
		"GetTrailStatus": op(getTrailStatus),
		"ListTrails":     op(listTrails),
		"ListPublicKeys": op(listPublicKeys),
	})
	return all
}()

// nameOf returns a resource's name of its name or ARN.
func nameOf(s string) string {
	_, name := cutLast(s, "/")
	if name == "" {
		name = strings.TrimSpace(s)
	}
	return name
}
