package serve

import (
	"context"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

// An eventRow is an event as lists show it.
type eventRow struct {
	Ordinal               uint64
	Time                  time.Time
	ID, Name, Source      string
	Region, Account       string
	Principal, Credential string
	IP, UserAgent, Error  string
	Kind                  string
	Denied                bool
	Copies                int64
	Findings              []report.EventFinding
	Severity              detect.Severity // the highest of its findings
	Integrity             string          // verdict of its object; "": there is none
}

// The columns of an eventRow, in the order of their numbers.
var rowColumns = []string{
	"eventid", "derived_id", "eventname", "eventsource", "awsregion", "account", "principal", "credential",
	"sourceipaddress", "useragent", "errorcode", "errormessage", "kind", "copies_count", "object_ordinal", "record_offset",
}

// Service is the event's source without what all of AWS's services end in.
func (e *eventRow) Service() string { return strings.TrimSuffix(e.Source, ".amazonaws.com") }

// events walks over the events that a filter selects.
func (b *browser) events(f *report.Filter) pageWalk[*eventRow] {
	return func(ctx context.Context, from, to uint64, yield func(uint64, *eventRow) error) error {
		return b.Store.Scan(ctx, f.Within(from, to), rowColumns, func(r *report.Row) error {
			e, err := b.row(r)
			if err != nil {
				return err
			}
			return yield(e.Ordinal, e)
		})
	}
}

func (b *browser) row(r *report.Row) (*eventRow, error) {
	text := func(columns ...int) string { // the first that is not empty
		for _, c := range columns {
			if s := r.Text(c); s != "" {
				return strings.Clone(s)
			}
		}
		return ""
	}
	e := &eventRow{
		Ordinal: r.Ordinal(), Time: r.Time(), ID: text(1, 0), Name: text(2), Source: text(3), Region: text(4), Account: text(5),
		Principal: text(6), Credential: text(7), IP: text(8), UserAgent: text(9), Error: text(10, 11), Kind: text(12), Copies: r.Int(13),
		Denied: detect.Denied(r.Text(10)),
	}
	var err error
	if e.Integrity, err = b.Store.Verdict(uint64(r.Int(14)), r.Int(15)); err != nil {
		return nil, err
	}
	found, err := b.Store.FindingsOf(e.Ordinal)
	for _, f := range found {
		e.Severity = max(e.Severity, f.Severity)
	}
	e.Findings = found
	return e, err
}

// end is the place behind the last event.
func (b *browser) end() (uint64, error) {
	n, err := b.Store.Events()
	return uint64(max(n, 0)), err
}
