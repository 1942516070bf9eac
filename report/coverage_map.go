package report

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// Sizes of the maps.
const (
	mapColumns = 96  // characters of a row in the terminal
	mapRows    = 60  // rows in the SVG
	svgColumns = 190 // cells of a row in the SVG
	svgCell    = 11  // pixels from one cell to the next
	svgLabel   = 110 // pixels in front of a row
)

// A logScale divides the time of the evidence into columns of whole hours.
type logScale struct {
	from  int64 // hours since 1970
	per   int64 // hours a column
	count int   // columns
}

// scale chooses the shortest of some handy lengths with which the columns fit.
func (c *LogCoverage) scale(m *MapSpan, least int64, columns int) logScale {
	first, last := c.logSpan(m)
	for _, per := range [...]int64{1, 3, 6, 12, 24, 7 * 24, 28 * 24, 364 * 24} {
		from := first - first%per
		if n := (last-from)/per + 1; per >= max(least, int64(c.CellHours)) && n <= int64(columns) {
			return logScale{from, per, int(n)}
		}
	}
	return logScale{first, (last-first)/int64(columns) + 1, columns}
}

// logSpan returns the first and the last hour of the map's days that has logs.
func (c *LogCoverage) logSpan(m *MapSpan) (first, last int64) {
	first, last = m.To*24+23, m.From*24
	for i := range c.Places {
		for j := range c.Places[i].Cells {
			if hour := c.Places[i].Cells[j].From.Unix() / 3600; hour >= m.From*24 && hour < (m.To+1)*24 {
				first, last = min(first, hour), max(last, hour)
			}
		}
	}
	return first, last
}

// column is -1 before the first one.
func (s *logScale) column(t time.Time) int {
	hour := t.Unix() / 3600
	if hour < s.from {
		return -1
	}
	return int((hour - s.from) / s.per)
}

func (s *logScale) start(column int) time.Time { return hourOf(s.from + int64(column)*s.per) }

// sum adds the cells of a place to a row.
func (s *logScale) sum(row []CoverageCell, p *CoveragePlace) {
	for i := range p.Cells {
		if j := s.column(p.Cells[i].From); j >= 0 && j < len(row) {
			row[j].Events += p.Cells[i].Events
			row[j].Objects += p.Cells[i].Objects
		}
	}
}

// textMap draws a row for each account and region.
func (c *LogCoverage) textMap(t coverText) {
	m := c.MapSpan()
	s := c.scale(&m, 1, mapColumns)
	t.head("Map: one character is %s, from %s on", plural(s.per, "hour"), moment(s.start(0)))
	t.line("  . no record; o a log object, but no event; 1 to 9 the number of digits of the number of events")
	if left := m.Left(); left != "" {
		t.line("  %s", left)
	}
	width := 0
	for i := range c.Places[:min(len(c.Places), textMapRows)] {
		width = max(width, Cells(Terminal(regionName(c.Places[i].Region))))
	}
	for i := range c.Places {
		if i == textMapRows {
			t.beyond("  ", int64(len(c.Places)-i), "region")
			break
		}
		row := make([]CoverageCell, s.count)
		s.sum(row, &c.Places[i])
		t.line("  %-12s %-*s %s", accountName(c.Places[i].Account), width, regionName(c.Places[i].Region), mapRow(row))
	}
}

func mapRow(row []CoverageCell) string {
	out := make([]byte, len(row))
	for i := range row {
		out[i] = '.'
		switch {
		case row[i].Events > 0:
			out[i] = '0' + byte(min(9, len(fmt.Sprint(row[i].Events))))
		case row[i].Objects > 0:
			out[i] = 'o'
		}
	}
	return string(out)
}

// svgColours are for a log object without events, and for numbers of events of 1, 2, 3, 4 and more digits.
var svgColours = [...]string{"#d9d9d9", "#c6dbef", "#85b8dc", "#4a90c2", "#2368a0", "#0b3c6f"}

// HeatMap draws accounts and days as SVG: the darker a cell, the more events it has; a
// red line below it says that a trail of the account was off. Every cell with logs tells its numbers.
func (c *LogCoverage) HeatMap() string {
	var b strings.Builder
	if c.Evidence.First.IsZero() {
		return ""
	}
	m := c.MapSpan()
	s := c.scale(&m, 24, svgColumns)
	rows := min(len(c.Accounts), mapRows)
	width, height := svgLabel+max(s.count*svgCell, svgLabel)+svgCell, (rows+2)*(svgCell+4)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="coverage-title coverage-desc" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="9">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"coverage-title\">Logs by account and time</title>\n<desc id=\"coverage-desc\">%s</desc>\n", svgText(c.mapWords(&s, &m, rows)))
	for i := range rows {
		c.svgRow(&b, &s, i)
	}
	y := rows*(svgCell+4) + svgCell
	fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", svgLabel, y, svgText("from "+s.start(0).Format(time.DateOnly)))
	fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n</svg>\n", svgLabel, y+svgCell, svgText("to "+s.start(s.count-1).Format(time.DateOnly)))
	return b.String()
}

// svgText escapes text for an SVG.
func svgText(s string) string { return html.EscapeString(Terminal(s)) }

// mapWords describes the map for those who cannot see it.
func (c *LogCoverage) mapWords(s *logScale, m *MapSpan, rows int) string {
	out := fmt.Sprintf("One row an account, one column %s, from %s to %s. The darker blue, the more events; grey: log objects without events; empty: no record, which is not no act. A red line: a trail of the account was off.",
		plural(s.per/24, "day"), moment(c.Evidence.First), moment(c.Evidence.Last))
	if rows < len(c.Accounts) {
		out += fmt.Sprintf(" %d of %d accounts are shown.", rows, len(c.Accounts))
	}
	if left := m.Left(); left != "" {
		out += " " + left
	}
	return out
}

func (c *LogCoverage) svgRow(b *strings.Builder, s *logScale, i int) {
	account, y := c.Accounts[i].Account, i*(svgCell+4)
	row := make([]CoverageCell, s.count)
	for j := range c.Places {
		if c.Places[j].Account == account {
			s.sum(row, &c.Places[j])
		}
	}
	fmt.Fprintf(b, `<text x="0" y="%d">%s</text>`+"\n", y+svgCell-2, svgText(cutText(accountName(account), 20)))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="#f4f4f4"/>`+"\n", svgLabel, y, s.count*svgCell-1, svgCell-1)
	for j := range row {
		if row[j].Events+row[j].Objects == 0 {
			continue
		}
		shade := 0
		if n := row[j].Events; n > 0 {
			shade = min(len(fmt.Sprint(n)), len(svgColours)-1)
		}
		title := fmt.Sprintf("%s, %s: %s, %s", accountName(account), daysNamed(s.start(j).Unix()/daySeconds, (s.start(j+1).Unix()-1)/daySeconds), none(row[j].Events), plural(row[j].Objects, "log object"))
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"><title>%s</title></rect>`+"\n",
			svgLabel+j*svgCell, y, svgCell-1, svgCell-1, svgColours[shade], svgText(title))
	}
	for j := range c.Windows {
		if w := &c.Windows[j]; w.Account == account && w.Everything() {
			c.svgWindow(b, s, w, y)
		}
	}
}

// Everything reports whether the trail recorded nothing at all in this time.
func (w *LoggingWindow) Everything() bool { return strings.HasPrefix(w.What, "everything") }

// svgWindow underlines the time of a window.
func (c *LogCoverage) svgWindow(b *strings.Builder, s *logScale, w *LoggingWindow, y int) {
	until := w.To
	if until.IsZero() {
		until = c.Evidence.Last
	}
	from, to := max(s.column(w.From), 0), min(s.column(until), s.count-1)
	if from > to {
		return
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="2" fill="#c00000"><title>%s</title></rect>`+"\n",
		svgLabel+from*svgCell, y+svgCell, (to-from+1)*svgCell-1, svgText(fmt.Sprintf("%s: %s, %s to %s", w.Trail, w.What, moment(w.From), moment(until))))
}

// cutText shortens a label.
func cutText(s string, limit int) string {
	if s = valid(s); len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
