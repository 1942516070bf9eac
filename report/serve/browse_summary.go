package serve

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/coldtrail/coldtrail/report"
)

// summaryTop is how many rows of each table are kept, and may be asked for.
const summaryTop = 200

// tops are the numbers of rows that the page offers.
var tops = []int{10, 25, 50, summaryTop}

// dimensionFlags are the filters that select the events of a row, by what its table counts.
var dimensionFlags = map[string]string{
	"account": "account", "region": "region", "service": "event-source", "event name": "event-name", "principal": "principal",
	"credential": "access-key", "source IP": "ip", "user agent": "user-agent", "error": "error",
}

type summaryView struct {
	*selection
	*report.Breakdown
	Tables  []summaryTable
	Top     int
	Tops    []int
	Problem string
}

type summaryTable struct {
	report.BreakdownTable
	Rows []summaryRow
	Most int64 // events of the first row
	More int   // values that are not shown
}

type summaryRow struct {
	report.BreakdownRow
	Query string // of the timeline of this row's events; "": no filter selects just them
	Width int    // of its bar, of 100
}

// summaryPage counts the events that the filter of the URL selects, by their values.
func (b *browser) summaryPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	s, blank, err := parseSelection(q, "top")
	if err != nil {
		return b.summaryProblem(s, err)
	}
	v := &summaryView{selection: s, Top: tops[0], Tops: tops}
	if q.Has("top") {
		if v.Top, err = strconv.Atoi(q.Get("top")); err != nil || !slices.Contains(tops, v.Top) {
			return nil, badRequest("top %q: not one of %v", q.Get("top"), tops)
		}
	}
	if blank {
		return &answer{place: "/summary?" + s.With("top", strconv.Itoa(v.Top))}, nil
	}
	f, err := b.Store.Resolve(r.Context(), s.Filter)
	switch {
	case err != nil && r.Context().Err() == nil:
		return b.summaryProblem(s, badRequest("%w", err))
	case err != nil:
		return nil, err
	}
	v.Breakdown, err = b.summaries.get(r.Context(), b.state()+s.String()+" "+s.Window, func(ctx context.Context) (*report.Breakdown, error) {
		return b.Store.Breakdown(ctx, f, summaryTop)
	})
	if err != nil {
		return nil, err
	}
	for _, t := range v.Breakdown.Tables {
		if len(t.Rows) > 0 {
			v.Tables = append(v.Tables, s.table(t, v.Top))
		}
	}
	return &answer{template: "summary", title: "Summary", section: "summary", data: v}, nil
}

func (b *browser) summaryProblem(s *selection, err error) (*answer, error) {
	s.Filter = nil
	v := &summaryView{selection: s, Breakdown: &report.Breakdown{}, Top: tops[0], Tops: tops, Problem: err.Error()}
	return &answer{status: http.StatusBadRequest, template: "summary", title: "Summary", section: "summary", data: v}, nil
}

// table shows the first rows of a table, each with the filter for it.
func (s *selection) table(t report.BreakdownTable, top int) summaryTable {
	out := summaryTable{BreakdownTable: t, Most: t.Rows[0].Events}
	for _, row := range t.Rows[:min(top, len(t.Rows))] {
		out.Rows = append(out.Rows, summaryRow{row, s.narrowed(dimensionFlags[t.By], row.Value), int(row.Events * 100 / max(out.Most, 1))})
	}
	out.More = t.Values - len(out.Rows)
	return out
}

// maxFilterValue is the longest value that a row's filter is made of. A breakdown
// shortens a longer one, so that no filter would find it.
const maxFilterValue = 1024

// narrowed is the selection with a flag more; "" where no value of the flag selects this value alone.
func (s *selection) narrowed(flag, value string) string {
	if value == "" || flag == "" || len(value) > maxFilterValue || s.Set(flag) && !slices.Contains(s.Query[flag], value) {
		return ""
	}
	return s.With(exactFilter(flag, value))
}
