package serve

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// pageRows is how many rows a page of a list has.
const pageRows = 100

// The parameters of the timeline beside those of the filter.
const (
	atParameter     = "at"     // the page begins with the first event from this ordinal on
	beforeParameter = "before" // it ends with the last event before this ordinal
	gotoParameter   = "goto"   // it begins with the first event from this time on
	countParameter  = "count"  // all: count to the end
)

// A timelineView is a page of the timeline.
type timelineView struct {
	*selection
	Rows       slice[*eventRow]
	Total      uint64 // events of the case
	Tally      *tallied
	First      string // parameters of the pages around this one; "" there is none
	Prev, Next string
	Last       string
	CountAll   string
	Goto       string
	Problem    string // what is wrong with the filter
}

// timelinePage lists the events that the filter of the URL selects.
func (b *browser) timelinePage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	s, blank, err := parseSelection(q, atParameter, beforeParameter, gotoParameter, countParameter)
	if err != nil {
		return b.timelineProblem(s, err)
	}
	f, err := b.Store.Resolve(r.Context(), s.Filter)
	switch {
	case err != nil && r.Context().Err() == nil:
		return b.timelineProblem(s, badRequest("%w", err)) // a finding or an event that the case does not have
	case err != nil:
		return nil, err
	}
	if q.Has(gotoParameter) {
		return b.timelineAt(r.Context(), s, q.Get(gotoParameter))
	}
	if blank {
		return &answer{place: "/timeline" + behind("?", s.Encoded())}, nil
	}
	v, err := b.timeline(r.Context(), s, f, q)
	if err != nil {
		return nil, err
	}
	return &answer{template: "timeline", title: "Timeline", section: "timeline", data: v}, nil
}

// timelineProblem is the timeline's form with what is wrong with it, and no events.
func (b *browser) timelineProblem(s *selection, err error) (*answer, error) {
	s.Filter = nil
	return &answer{status: http.StatusBadRequest, template: "timeline", title: "Timeline", section: "timeline", data: &timelineView{selection: s, Problem: err.Error()}}, nil
}

func behind(mark, s string) string {
	if s == "" {
		return ""
	}
	return mark + s
}

// Selection is the view's, for the links of its rows.
func (v *timelineView) Selection() *selection { return v.selection }

// Between are the parameters of the part of the selection that lies in a time.
func (v *timelineView) Between(from, to time.Time) string {
	q := url.Values{}
	for name, values := range v.Query {
		q[name] = values
	}
	if since := q["since"]; len(since) != 1 || !after(since[0], from, false) {
		q.Set("since", moment(from))
	}
	if until := q["until"]; len(until) != 1 || after(until[0], to, true) {
		q.Set("until", moment(to))
	}
	return q.Encode()
}

// after reports whether a time of the filter lies after another; a date is its beginning, or its end.
func after(text string, t time.Time, end bool) bool {
	at, isDay, err := report.ParseMoment(text)
	if isDay && end {
		at = at.AddDate(0, 0, 1)
	}
	return err == nil && at.After(t)
}

func (b *browser) timeline(ctx context.Context, s *selection, f *report.Filter, q url.Values) (*timelineView, error) {
	v := &timelineView{selection: s}
	end, err := b.end()
	if err != nil {
		return nil, err
	}
	p, err := pageOf(ctx, b.events(f), q, end)
	if err != nil {
		return nil, err
	}
	v.Rows, v.Total = p.slice, end
	if v.Tally, err = b.tallyOf(ctx, s, f, q.Get(countParameter) == "all"); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v.First, v.Prev, v.Next, v.Last = p.links(s.With)
	if !v.Tally.Complete {
		rest := url.Values{}
		for _, name := range [...]string{atParameter, beforeParameter} {
			if q.Has(name) {
				rest.Set(name, q.Get(name))
			}
		}
		rest.Set(countParameter, "all")
		v.CountAll = strings.TrimPrefix(s.Encoded()+"&"+rest.Encode(), "&")
	}
	if len(v.Rows.Items) > 0 {
		v.Goto = v.Rows.Items[0].Time.Format("2006-01-02T15:04:05Z")
	}
	return v, nil
}

// A listPage is a page of a list and where it lies in it.
type listPage[T any] struct {
	slice[T]
	end      uint64
	backward bool
}

// pageOf makes the page that the parameters at and before say.
func pageOf[T any](ctx context.Context, w pageWalk[T], q url.Values, end uint64) (p listPage[T], err error) {
	p.end = end
	at, err := place(q, atParameter)
	if err != nil {
		return p, err
	}
	if q.Has(beforeParameter) {
		before, err := place(q, beforeParameter)
		if err != nil {
			return p, err
		}
		p.slice, err = w.backward(ctx, min(before, end), pageRows)
		if err != nil || len(p.Items) == pageRows || p.Short {
			p.backward = true
			p.After = before < end
			return p, err
		}
		at = 0 // there is no full page before: this is the first one
	}
	p.slice, err = w.forward(ctx, at, end, pageRows)
	p.Before = at > 0
	return p, err
}

// place reads a place in a list.
func place(q url.Values, name string) (uint64, error) {
	if !q.Has(name) {
		return 0, nil
	}
	n, err := strconv.ParseUint(q.Get(name), 10, 63)
	if err != nil {
		return 0, badRequest("%s %q: not a place in the list, which is a number from 0 on", name, q.Get(name))
	}
	return n, nil
}

// links are the parameters of the first page, those before and after this one, and the last; ""
// where this page is that.
func (p *listPage[T]) links(with func(name, value string) string) (first, prev, next, last string) {
	if p.Before || p.Short && p.backward {
		first = with(atParameter, "0")
		switch {
		case p.Short && p.backward:
			prev = with(beforeParameter, decimal(p.Reached))
		case len(p.Items) > 0:
			prev = with(beforeParameter, decimal(p.First))
		default:
			prev = with(beforeParameter, decimal(p.end))
		}
	}
	switch {
	case p.Short && !p.backward:
		next = with(atParameter, decimal(p.Reached))
	case p.After && len(p.Items) > 0:
		next = with(atParameter, decimal(p.Last+1))
	}
	if p.After || next != "" {
		last = with(beforeParameter, decimal(p.end))
	}
	return first, prev, next, last
}

// decimal writes a place.
func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// timelineAt goes to the page that begins with the first selected event from a time on.
func (b *browser) timelineAt(ctx context.Context, s *selection, text string) (*answer, error) {
	if strings.TrimSpace(text) == "" {
		return &answer{place: "/timeline" + behind("?", s.Encoded())}, nil
	}
	at, _, err := report.ParseMoment(strings.TrimSpace(text))
	if err != nil {
		return b.timelineProblem(s, badRequest("go to %q: %w", text, err))
	}
	ordinal, err := b.firstFrom(ctx, at.Format("2006-01-02T15:04:05.999999999Z07:00"))
	if err != nil {
		return nil, err
	}
	return &answer{place: "/timeline?" + s.With(atParameter, decimal(ordinal))}, nil
}

// firstFrom returns the ordinal of the first event at or after a time. Events are sorted by time, so
// that no more than one row group is read for it.
func (b *browser) firstFrom(ctx context.Context, since string) (ordinal uint64, err error) {
	f, err := report.NewFilter([]report.Term{{Flag: "since", Value: since}}, 0)
	if err != nil {
		return 0, err
	}
	if ordinal, err = b.end(); err != nil {
		return 0, err
	}
	err = b.Store.Scan(ctx, f, nil, func(r *report.Row) error {
		ordinal = r.Ordinal()
		return errEnough
	})
	return ordinal, unlessEnough(err)
}

// timelineFile is the whole selection as a file, as `coldtrail timeline` writes it.
func (b *browser) timelineFile(r *http.Request) (*answer, error) {
	s, _, err := parseSelection(r.URL.Query())
	if err != nil {
		return nil, err
	}
	f, err := b.Store.Resolve(r.Context(), s.Filter)
	if err != nil {
		return nil, badRequest("%w", err)
	}
	format := r.URL.Path[strings.LastIndexByte(r.URL.Path, '.')+1:]
	return &answer{write: func(w http.ResponseWriter) error {
		download(w, "timeline."+format)
		out := bufio.NewWriterSize(w, 64<<10)
		_, err := b.Store.WriteTimeline(r.Context(), out, f, report.TimelineView{Format: format})
		if err == nil {
			err = out.Flush()
		}
		return err
	}}, nil
}

// download sets the headers of a file that a browser must keep and not show, whatever is in it. Its
// name is never the evidence's.
func download(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
