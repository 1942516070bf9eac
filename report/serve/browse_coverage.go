package serve

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// The sizes of the heat map.
const (
	heatColumns = 122 // days at most; longer times have columns of several days
	heatRows    = 60  // accounts
	heatCell    = 12  // from one row to the next, less four
	heatLabel   = 110 // in front of a row
	heatText    = 15  // characters of an account's label
	heatShades  = 5   // by the number of digits of the number of events
)

// coverageRows is how many rows of each of the coverage's lists are shown.
const coverageRows = 40

// A coverageView is where and when the case has logs.
type coverageView struct {
	*report.LogCoverage
	Heat      *heatMap // nil: no event has a plausible time
	Questions []question
}

// A heatMap has a row for each account and a column for each day.
type heatMap struct {
	Width, Height int
	Days          int    // of a column
	Left          string // what is not drawn
	CellWidth     int
	Rows          []*heatRow
	More          int // accounts that are not shown
	Ticks         []tick
}

type heatRow struct {
	Account string
	Y       int
	Cells   []heatCellView
	Off     []heatBar // times in which a trail of the account recorded nothing
}

type heatCellView struct {
	X               int
	Shade           int // 0: log objects without events
	From, To        time.Time
	Events, Objects int64
}

// Label is the account as far as there is room for it.
func (r *heatRow) Label() string {
	s := []rune(visible(r.Account))
	if len(s) > heatText {
		return string(s[:heatText-1]) + "…"
	}
	return string(s)
}

// LabelY is where the account's text stands.
func (r *heatRow) LabelY() int { return r.Y + heatCell - 2 }

// Below is where the bars of times without a trail lie.
func (m *heatMap) Below(y int) int { return y + heatCell }

// TickY is where the days stand.
func (m *heatMap) TickY() int { return m.Height - 4 }

type heatBar struct {
	X, Width int
	Text     string
}

type tick struct {
	X    int
	Text string
}

// A question is one that evidence can answer or not, with the answers for its places.
type question struct {
	Text    string
	Answers []report.Answer
	More    int
}

// coveragePage says where and when the case has logs, and what they can answer.
func (b *browser) coveragePage(r *http.Request) (*answer, error) {
	if err := known(r.URL.Query()); err != nil {
		return nil, err
	}
	v, err := b.coverages.get(r.Context(), "", func(ctx context.Context) (*coverageView, error) {
		kase, err := report.OpenCase(b.Dir)
		if err != nil {
			return nil, err
		}
		defer kase.Close()
		c, err := kase.LogCoverage(ctx)
		if err != nil {
			return nil, err
		}
		return &coverageView{c, newHeatMap(c), questionsOf(c)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{template: "coverage", title: "Coverage", section: "coverage", data: v}, nil
}

// newHeatMap draws the accounts with the most events.
func newHeatMap(c *report.LogCoverage) *heatMap {
	if c.Evidence.First.IsZero() {
		return nil
	}
	drawn := c.MapSpan()
	from := time.Unix(drawn.From*int64(day/time.Second), 0).UTC()
	days := drawn.To - drawn.From + 1
	per := (days + heatColumns - 1) / heatColumns
	columns := int((days + per - 1) / per)
	accounts := slices.SortedStableFunc(slices.Values(c.Accounts), func(x, y report.CoverageAccount) int { return cmp.Compare(y.Events, x.Events) })
	cell := min(max(720/columns, heatCell), 36)
	m := &heatMap{Days: int(per), Left: drawn.Left(), More: max(0, len(accounts)-heatRows), CellWidth: cell - 1}
	accounts = accounts[:min(len(accounts), heatRows)]
	g := heatGrid{c, from, time.Duration(per) * day, columns, cell}
	for i, a := range accounts {
		m.Rows = append(m.Rows, g.row(a.Account, i*(heatCell+4)))
	}
	m.Width, m.Height = heatLabel+max(columns*cell, 200), len(accounts)*(heatCell+4)+20
	for i := 0; i < columns; i += 108 / cell {
		m.Ticks = append(m.Ticks, tick{heatLabel + i*cell, g.start(i).Format(time.DateOnly)})
	}
	return m
}

// A heatGrid places times in columns.
type heatGrid struct {
	c       *report.LogCoverage
	from    time.Time
	per     time.Duration
	columns int
	cell    int // from one column to the next
}

func (g *heatGrid) column(t time.Time) int { return min(max(int(t.Sub(g.from)/g.per), 0), g.columns-1) }

// drawn reports whether something of the time between lies in a column.
func (g *heatGrid) drawn(from, to time.Time) bool {
	return !to.Before(g.from) && from.Before(g.start(g.columns))
}

func (g *heatGrid) start(column int) time.Time { return g.from.Add(time.Duration(column) * g.per) }

func (g *heatGrid) row(account string, y int) *heatRow {
	row := &heatRow{Account: account, Y: y}
	cells := make([]heatCellView, g.columns)
	for i := range g.c.Places {
		if p := &g.c.Places[i]; p.Account == account {
			for _, cell := range p.Cells {
				if !g.drawn(cell.From, cell.From) {
					continue
				}
				at := &cells[g.column(cell.From)]
				at.Events += cell.Events
				at.Objects += cell.Objects
			}
		}
	}
	for i, cell := range cells {
		if cell.Events+cell.Objects == 0 {
			continue
		}
		cell.X, cell.From = heatLabel+i*g.cell, g.start(i)
		cell.To = cell.From.Add(g.per - day) // the last day of the column
		if cell.Events > 0 {
			cell.Shade = min(len(fmt.Sprint(cell.Events)), heatShades)
		}
		row.Cells = append(row.Cells, cell)
	}
	for i := range g.c.Windows {
		if w := &g.c.Windows[i]; w.Account == account && w.Everything() && g.drawn(w.From, g.until(w)) {
			row.Off = append(row.Off, g.off(w))
		}
	}
	return row
}

func (g *heatGrid) until(w *report.LoggingWindow) time.Time {
	if w.To.IsZero() {
		return g.c.Evidence.Last
	}
	return w.To
}

// off is the bar below a row for a time in which a trail was off.
func (g *heatGrid) off(w *report.LoggingWindow) heatBar {
	until, from := g.until(w), g.column(w.From)
	return heatBar{heatLabel + from*g.cell, (g.column(until)-from+1)*g.cell - 1, fmt.Sprintf("%s did not record %s, %s to %s", w.Trail, w.What, moment(w.From), moment(until))}
}

// questionsOf gathers the answers by their questions.
func questionsOf(c *report.LogCoverage) (all []question) {
	for _, a := range c.Answers {
		i := slices.IndexFunc(all, func(q question) bool { return q.Text == a.Question })
		if i < 0 {
			i, all = len(all), append(all, question{Text: a.Question})
		}
		if q := &all[i]; len(q.Answers) < coverageRows {
			q.Answers = append(q.Answers, a)
		} else {
			q.More++
		}
	}
	return all
}

// An objectList is log objects that calls name, or the calls.
type objectList struct {
	Title string
	Open  bool
	Total int64
	Rows  []report.DeliveredObject
}

// More is how many the coverage does not list.
func (l objectList) More() int64 { return l.Total - int64(len(l.Rows)) }

// ObjectLists are those that have something.
func (v *coverageView) ObjectLists() []objectList {
	d := &v.Delivered
	return slices.DeleteFunc([]objectList{
		{"Not here", false, d.Missing, d.MissingRows},
		{"Calls that deleted a log object", true, d.Deleted, d.DeletedRows},
		{"Calls of DeleteObjects in buckets that hold logs, whose records do not say which objects they deleted", true, d.Swept, d.SweptRows},
	}, func(l objectList) bool { return l.Total == 0 })
}

// The lists of the coverage as far as the page shows them.

func (v *coverageView) PlaceRows() topRows[report.CoveragePlace] { return long(v.Places) }
func (v *coverageView) TrailRows() topRows[report.TrailHistory]  { return long(v.Trails) }
func (v *coverageView) WindowRows() topRows[report.LoggingWindow] {
	t := long(v.Windows)
	t.More += int(v.MoreWindows)
	return t
}
func (v *coverageView) LateRows() topRows[report.LateObject] {
	t := long(v.Late)
	t.More += int(v.MoreLate)
	return t
}
func (v *coverageView) RefusedRows() topRows[report.Mark] {
	t := long(v.Refused)
	t.More += int(v.MoreRefused)
	return t
}

func long[T any](rows []T) topRows[T] {
	n := min(len(rows), coverageRows)
	return topRows[T]{Rows: rows[:n], More: len(rows) - n}
}
