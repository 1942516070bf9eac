package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// Pictures are drawn here, as shapes of which the template makes SVG.

// A htmlFigure is a picture. Title and Desc are for those who cannot see it.
type htmlFigure struct {
	ID, Class, Title, Desc string
	Width, Height          int
	Shapes                 []htmlShape
	Caption                string
}

// A htmlShape is a "rect", a "text" or a "path".
type htmlShape struct {
	Kind, Class string
	X, Y, W, H  int // of a path W and H are its other end
	Text        string
	Title       string // what it says when it is pointed at
	Anchor      string
}

// Links reports whether something in the picture can be followed, which an img may not have.
func (f *htmlFigure) Links() bool {
	return slices.ContainsFunc(f.Shapes, func(s htmlShape) bool { return s.Anchor != "" })
}

// D is the path of a tie between two nodes: a curve that leaves and arrives level.
func (s *htmlShape) D() string {
	mid := (s.X + s.W) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", s.X, s.Y, mid, s.Y, mid, s.H, s.W, s.H)
}

// Sizes of the timeline.
const (
	laneColumns = 150
	laneCell    = 6
	laneHeight  = 26
	laneLabel   = 96
	laneBars    = 46 // of the bars of all events
)

// shadeOf returns one of five shades, by the number of digits.
func shadeOf(n int64) int { return min(len(fmt.Sprint(n)), 5) }

// A htmlItem is an event of the timeline: one that findings list.
type htmlItem struct {
	keptEvent
	severity detect.Severity // the highest of its findings
	findings []int           // in htmlFindings.list
}

// items are the events of the findings, each once, in timeline order. Nobody may change them, nor the list any more.
func (h *htmlFindings) items() []htmlItem {
	h.once.Do(func() {
		at := map[uint64]int{}
		for i := range h.list {
			for j := range h.list[i].events {
				at[h.list[i].events[j].Ordinal] = 0
			}
		}
		ordinals := slices.Sorted(maps.Keys(at))
		for n, o := range ordinals {
			at[o] = n
		}
		h.inOrder = make([]htmlItem, len(ordinals))
		for i := range h.list {
			f := &h.list[i]
			for j := range f.events {
				e := &h.inOrder[at[f.events[j].Ordinal]]
				if e.findings == nil {
					e.keptEvent = f.events[j]
				}
				e.severity, e.findings = max(e.severity, f.Severity), append(e.findings, i)
			}
		}
	})
	return h.inOrder
}

// A laneScale divides a span of time into columns.
type laneScale struct {
	from time.Time
	per  time.Duration
}

func scaleOf(s Span) laneScale {
	return laneScale{s.First, max(s.Last.Sub(s.First)/(laneColumns-1), time.Second)}
}

func (s *laneScale) column(t time.Time) (int, bool) {
	n := t.Sub(s.from) / s.per
	return int(n), n >= 0 && n < laneColumns && !t.Before(s.from)
}

func (s *laneScale) start(i int) time.Time { return s.from.Add(time.Duration(i) * s.per) }

func (s *laneScale) tick(i int) string {
	layout := time.DateOnly
	if s.per*laneColumns < 20*24*time.Hour {
		layout = "01-02 15:04"
	}
	if s.per*laneColumns < 6*time.Hour {
		layout = "15:04:05"
	}
	return s.start(i).UTC().Format(layout)
}

// timelineSpan is the time of the findings' events that are drawn, of those whose time is plausible.
func (b *htmlBuilder) timelineSpan(items []htmlItem) (s Span, m MapSpan) {
	whole, days := b.Timeframe.Evidence, make(map[int64]loggedDay)
	for i := range items {
		if t := items[i].Time; !t.Before(whole.First) && !t.After(whole.Last) {
			day := t.Unix() / daySeconds
			days[day] = loggedDay{events: days[day].events + 1}
		}
	}
	m = mapSpan(days)
	for i := range items {
		t := items[i].Time
		if day := t.Unix() / daySeconds; day >= m.From && day <= m.To && !t.Before(whole.First) && !t.After(whole.Last) {
			s.see(t)
		}
	}
	return s, m
}

func (b *htmlBuilder) timelineSection() {
	items := b.found.items()
	span, drawn := b.timelineSpan(items)
	if span.First.IsZero() {
		b.section("timeline", "Timeline", "Timeline", htmlBlock{Para: plainCell("No finding lists an event with a plausible time.")})
		return
	}
	note := fmt.Sprintf("The events of findings, each in the lane of its severest finding; of a finding at most %d events. The evidence has %s. %s",
		htmlEventsPerFinding, plural(b.Events.All.Events, "event"), timelineNotes[b.Coverage.Timeline])
	b.section("timeline", "Timeline", "Timeline", htmlBlock{Note: note}, htmlBlock{Figure: b.lanes(items, span, &drawn)}, htmlBlock{Slot: "explorer"})
}

func (b *htmlBuilder) lanes(items []htmlItem, span Span, drawn *MapSpan) *htmlFigure {
	s := scaleOf(span)
	f := &htmlFigure{
		ID: "lanes", Class: "lanes", Width: laneLabel + laneColumns*laneCell, Title: "Events of findings by severity and time",
		Caption: fmt.Sprintf("One column is %s. The darker, the more events.", s.per.Round(time.Second)),
	}
	var counts [len(detect.Severities)][laneColumns]int64
	var totals [len(detect.Severities)]int64
	out := 0
	for i := range items {
		n, ok := s.column(items[i].Time)
		if !ok {
			out++
			continue
		}
		counts[items[i].severity][n]++
		totals[items[i].severity]++
	}
	y := 4
	var words []string
	for severity := detect.Critical; ; severity-- {
		name := severity.String()
		f.Shapes = append(f.Shapes,
			htmlShape{Kind: "text", X: 0, Y: y + laneHeight - 9, Text: name},
			htmlShape{Kind: "rect", Class: "lane", X: laneLabel, Y: y, W: laneColumns * laneCell, H: laneHeight - 4})
		for n, c := range counts[severity] {
			if c > 0 {
				f.Shapes = append(f.Shapes, htmlShape{
					Kind: "rect", Class: fmt.Sprintf("sev-%s shade%d", name, shadeOf(c)), X: laneLabel + n*laneCell, Y: y, W: laneCell, H: laneHeight - 4,
					Title: fmt.Sprintf("%s, %s to %s: %s", name, moment(s.start(n)), moment(s.start(n+1)), plural(c, "event")),
				})
			}
		}
		if totals[severity] > 0 {
			words = append(words, fmt.Sprintf("%s %s", number(totals[severity]), name))
		}
		y += laneHeight
		if severity == 0 {
			break
		}
	}
	for n := 0; n < laneColumns; n += laneColumns / 6 {
		f.Shapes = append(f.Shapes, htmlShape{Kind: "text", Class: "tick", X: laneLabel + n*laneCell, Y: y + 12, Text: s.tick(n)})
	}
	f.Height = y + 18
	f.Desc = fmt.Sprintf("Events by severity from %s to %s: %s.", moment(span.First), moment(span.Last), strings.Join(words, ", "))
	if n := int64(out) - drawn.Events; n > 0 {
		f.Caption += fmt.Sprintf(" %s with an implausible time are not drawn.", plural(n, "event"))
	}
	if left := drawn.Left(); left != "" {
		f.Caption += " " + left
	}
	return f
}

// Sizes of the map of days.
const (
	daysColumns = 190
	daysRows    = 40
	daysLabel   = 110
	daysWidth   = 900
	daysCell    = 13
)

func (b *htmlBuilder) daysSection() {
	c := &b.Coverage
	blocks := []htmlBlock{{Para: b.readText()}}
	if c.Daily == nil {
		blocks = append(blocks, htmlBlock{Note: "This case was made before events were counted by day: coldtrail coverage CASE draws the map."})
	} else if drawn, ok := c.Daily.mapSpan(); ok {
		blocks = append(blocks, htmlBlock{Sub: "Events by account and day"}, htmlBlock{Figure: b.dayMap(&drawn)}, b.dayTable())
	}
	blocks = append(blocks, b.coverageBlocks()...)
	b.section("coverage", "Coverage", "Coverage", blocks...)
}

// dayMap draws accounts and days. What is empty between two days with events is drawn as a gap.
func (b *htmlBuilder) dayMap(drawn *MapSpan) *htmlFigure {
	from, to := drawn.From, drawn.To
	per := (to-from)/daysColumns + 1
	columns := int((to-from)/per) + 1
	cell := min(max(daysWidth/columns, 4), 22)
	rows := b.Coverage.Daily.most()
	f := &htmlFigure{ID: "days", Class: "days", Width: daysLabel + columns*cell + 1, Title: "Events by account and day"}
	shown := min(len(rows), daysRows)
	for i := range shown {
		f.Shapes = append(f.Shapes, dayRow(&rows[i], from, per, columns, cell, i*(daysCell+3))...)
	}
	y := shown * (daysCell + 3)
	step := max(1, 90/cell)
	for n := 0; n < columns; n += step {
		f.Shapes = append(f.Shapes, htmlShape{Kind: "text", Class: "tick", X: daysLabel + n*cell, Y: y + 12, Text: dayName(from + int64(n)*per)})
	}
	f.Height = y + 18
	f.Width = max(f.Width, daysLabel+90)
	unit := "one day"
	if per > 1 {
		unit = plural(per, "day")
	}
	f.Caption = fmt.Sprintf("One row an account, one column %s. The darker, the more events; outlined: no event between two days that have some, which is not no act.", unit)
	if more := len(rows) - shown; more > 0 {
		f.Caption += fmt.Sprintf(" +%s, see report.json, coverage.daily.", plural(int64(more), "account"))
	}
	if left := drawn.Left(); left != "" {
		f.Caption += " " + left
	}
	f.Desc = fmt.Sprintf("%s from %s to %s; the table below has the numbers.", plural(int64(len(rows)), "account"), dayName(from), dayName(to))
	return f
}

func dayRow(r *DailyRow, from, per int64, columns, cell, y int) (shapes []htmlShape) {
	counts, first, last := make([]int64, columns), -1, -1
	for _, day := range slices.Sorted(maps.Keys(r.Days)) {
		number, ok := dayNumber(day)
		n := int((number - from) / per)
		if !ok || number < from || n >= columns {
			continue
		}
		counts[n] += r.Days[day]
		if first < 0 {
			first = n
		}
		last = max(last, n)
	}
	shapes = append(shapes, htmlShape{Kind: "text", X: 0, Y: y + daysCell - 2, Text: cutText(accountName(r.Account), 15), Title: accountName(r.Account)})
	for n := max(first, 0); n <= last; {
		run := 1
		if counts[n] == 0 {
			for counts[n+run] == 0 {
				run++
			}
			shapes = append(shapes, htmlShape{Kind: "rect", Class: "gap", X: daysLabel + n*cell, Y: y, W: run*cell - 1, H: daysCell,
				Title: fmt.Sprintf("%s, %s: no event", accountName(r.Account), daysNamed(from+int64(n)*per, from+int64(n+run)*per-1))})
		} else {
			shapes = append(shapes, htmlShape{Kind: "rect", Class: fmt.Sprintf("h%d", shadeOf(counts[n])), X: daysLabel + n*cell, Y: y, W: cell - 1, H: daysCell,
				Title: fmt.Sprintf("%s, %s: %s", accountName(r.Account), daysNamed(from+int64(n)*per, from+int64(n+1)*per-1), plural(counts[n], "event"))})
		}
		n += run
	}
	return shapes
}

func (b *htmlBuilder) dayTable() htmlBlock {
	d := b.Coverage.Daily
	rows := d.most()
	return b.table("Days with events", "Account,First day,Last day,#Days with events,#Days without,#Events", len(rows), func(i int) []htmlCell {
		one := Daily{Accounts: rows[i : i+1]}
		from, to, _ := one.span()
		var n int64
		for _, day := range slices.Sorted(maps.Keys(rows[i].Days)) {
			n += rows[i].Days[day]
		}
		have := int64(len(rows[i].Days))
		return []htmlCell{valueCell(rows[i].Account), plainCell("%s", dayName(from)), plainCell("%s", dayName(to)), numberCell(have), numberCell(to - from + 1 - have), numberCell(n)}
	}, "report.json, coverage.daily", beyond(d.OtherEvents, "days"))
}
