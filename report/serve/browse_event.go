package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

// An eventView is an event with all that the case has on it.
type eventView struct {
	*report.CaseEvent
	Row       *eventRow
	SHA256    string
	Facts     []fact
	About     []string // what is unusual of the record
	Copies    []report.CopyPlace
	More      int64 // copies that are not shown
	Record    *prettyRecord
	HasPrev   bool
	HasNext   bool
	CanVerify bool
	Verified  *verified
}

// A fact is a value of an event, and the filter that selects its like.
type fact struct {
	Label, Value string
	Mono         bool   // an ID
	Flag         string // "": there is none
	Pattern      string // the filter's value
}

// PrevOrdinal is the event before this one.
func (v *eventView) PrevOrdinal() uint64 { return v.Ordinal - 1 }

// NextOrdinal is the event behind this one.
func (v *eventView) NextOrdinal() uint64 { return v.Ordinal + 1 }

// copiesShown is how many places of copies are listed.
const copiesShown = 20

// The columns of an event's facts beside those of a row.
var factColumns = []struct{ column, label, flag string }{
	{"useridentity.type", "Identity type", ""},
	{"principal", "Principal", "principal"},
	{"credential", "Credential", "access-key"},
	{"session_start", "Session began", "session"},
	{"sourceidentity", "Source identity", "session"},
	{"useridentity.sessioncontext.sessionissuer.arn", "Session issued by", "principal"},
	{"useridentity.invokedby", "Invoked by", "principal"},
	{"useridentity.sessioncontext.attributes.mfaauthenticated", "MFA", ""},
	{"sourceipaddress", "Source IP", "ip"},
	{"useragent", "User agent", "user-agent"},
	{"eventname", "Event name", "event-name"},
	{"eventsource", "Service", "event-source"},
	{"awsregion", "Region", "region"},
	{"account", "Account", "account"},
	{"readonly", "Read-only", ""},
	{"errorcode", "Error code", "error"},
	{"errormessage", "Error message", ""},
	{"resource_names", "Resource", "resource"},
	{"eventid", "Event ID in the record", "event-id"},
	{"sharedeventid", "Shared event ID", "grep"},
	{"requestid", "Request ID", "grep"},
	{"eventcategory", "Category", ""},
	{"vpcendpointid", "VPC endpoint", "grep"},
}

// monospaced are the facts that are IDs, in which every character counts.
var monospaced = []string{"Credential", "Session began", "Source IP", "Account", "Event ID in the record", "Shared event ID", "Request ID", "VPC endpoint"}

// maxFacts bounds the facts of an event: a record may name thousands of resources.
const maxFacts = 60

// eventPage shows one event.
func (b *browser) eventPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	if err := known(q, "verify"); err != nil {
		return nil, err
	}
	e, err := b.event(r)
	if err != nil {
		return nil, err
	}
	v := &eventView{CaseEvent: e, SHA256: e.SHA256(), Record: pretty(e.Raw), CanVerify: b.Evidence != nil}
	v.Copies = e.Copies[:min(len(e.Copies), copiesShown)]
	v.More = e.Count - int64(len(v.Copies))
	v.about()
	end, err := b.end()
	if err != nil {
		return nil, err
	}
	v.HasPrev, v.HasNext = e.Ordinal > 0, e.Ordinal+1 < end
	if err := b.facts(r.Context(), v); err != nil {
		return nil, err
	}
	if q.Has("verify") && v.CanVerify {
		v.Verified = b.verify(e)
	}
	return &answer{template: "event", title: fmt.Sprintf("#%d %s", e.Ordinal, visible(e.Name)), section: "timeline", data: v}, nil
}

// event finds the event that the path names.
func (b *browser) event(r *http.Request) (e *report.CaseEvent, err error) {
	n, err := strconv.ParseUint(r.PathValue("ordinal"), 10, 63)
	if err != nil {
		return nil, notFound("event %q: an event is named by its ordinal, which is a number", r.PathValue("ordinal"))
	}
	f, err := report.EventFilter(fmt.Sprintf("#%d", n))
	if err != nil {
		return nil, err
	}
	err = b.Store.Find(r.Context(), f, func(found *report.CaseEvent) error { e = found; return nil })
	if err == nil && e == nil {
		end, _ := b.end()
		err = notFound("event #%d: the case has %d events, from #0 on", n, end)
	}
	return e, err
}

// about says what is unusual of the record.
func (v *eventView) about() {
	if v.Kind != "event" {
		v.About = append(v.About, v.Kind)
	}
	if v.Shape != "" && v.Shape != "records" {
		v.About = append(v.About, "handed out as "+v.Shape)
	}
	v.About = append(v.About, v.Marks...)
}

// facts reads the event's row and facts.
func (b *browser) facts(ctx context.Context, v *eventView) error {
	var columns []string
	for _, c := range factColumns {
		columns = append(columns, c.column)
	}
	one := (*report.Filter)(nil).Within(v.Ordinal, v.Ordinal+1)
	err := b.Store.Scan(ctx, one, append(rowColumns[:len(rowColumns):len(rowColumns)], columns...), func(r *report.Row) (err error) {
		if v.Row, err = b.row(r); err != nil {
			return err
		}
		for i, c := range factColumns {
			for value := range r.Values(len(rowColumns) + i) {
				if len(value) > 0 && len(v.Facts) < maxFacts {
					v.Facts = append(v.Facts, newFact(c.label, c.flag, string(value)))
				}
			}
		}
		return nil
	})
	if err == nil && v.Row == nil {
		err = errors.New("event store: an event is there and not there")
	}
	return err
}

// newFact makes a fact with the filter that selects its value, if there is such a flag.
func newFact(label, flag, value string) fact {
	f := fact{Label: label, Value: value, Mono: slices.Contains(monospaced, label)}
	if flag != "" {
		f.Flag, f.Pattern = exactFilter(flag, value)
	}
	return f
}

// rawFile is the record's exact bytes.
func (b *browser) rawFile(r *http.Request) (*answer, error) {
	e, err := b.event(r)
	if err != nil {
		return nil, err
	}
	return &answer{write: func(w http.ResponseWriter) error {
		download(w, fmt.Sprintf("event-%d.json", e.Ordinal))
		w.Header().Set("Content-Length", strconv.Itoa(len(e.Raw)))
		_, err := w.Write(e.Raw)
		return err
	}}, nil
}

// eventsShown is how many records of one event ID a page lists.
const eventsShown = 200

// eventsPage finds events by their ID: what is in notes, in a ticket, or in another tool's output.
func (b *browser) eventsPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	if err := known(q, "id"); err != nil {
		return nil, err
	}
	id := strings.TrimSpace(q.Get("id"))
	if id == "" {
		return nil, badRequest("event: give its ID, or # and its ordinal")
	}
	f, err := report.EventFilter(id)
	if err != nil {
		return nil, badRequest("event %q: %w", id, err)
	}
	end, err := b.end()
	if err != nil {
		return nil, err
	}
	var rows []*eventRow
	err = b.Store.Scan(r.Context(), f, rowColumns, func(r *report.Row) error {
		if len(rows) > eventsShown {
			return errEnough
		}
		e, err := b.row(r)
		rows = append(rows, e)
		return err
	})
	switch err := unlessEnough(err); {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, notFound("event %s: not among the %d events of the case", id, end)
	case len(rows) == 1:
		return &answer{place: fmt.Sprintf("/event/%d", rows[0].Ordinal)}, nil
	}
	data := struct {
		ID    string
		Rows  []*eventRow
		More  bool
		Query string
	}{id, rows[:min(len(rows), eventsShown)], len(rows) > eventsShown, url.Values{"event-id": {id}}.Encode()}
	return &answer{template: "events", title: "Event " + visible(id), section: "timeline", data: data}, nil
}

// verified is what a comparison with the evidence says.
type verified struct {
	OK      bool
	Text    string
	Problem string
}

// verify compares an event with the evidence, read anew.
func (b *browser) verify(e *report.CaseEvent) *verified {
	v, err := b.Evidence.Verify(e)
	if err != nil {
		return &verified{Problem: err.Error()}
	}
	var out strings.Builder
	if err := v.Write(&out, e); err != nil {
		return &verified{Problem: err.Error()}
	}
	return &verified{OK: v.OK(), Text: out.String()}
}
