package report

import (
	"fmt"
	"maps"
	"slices"
)

// A MapSpan is the days that a map draws, and what lies so far from these that nothing else could be told apart if it were drawn too:
// one record with a wrong date would squeeze all others into a column.
type MapSpan struct {
	From, To        int64 // days since 1970
	Events, Objects int64 // not drawn
	first, last     int64 // the days of what is not drawn
}

const (
	strayDays = 30 // a gap behind which a few events are taken for ones with wrong dates, as in detect/gaps.go
	strayFew  = 3  // how many these are at most, or a thousandth of all
)

// loggedDay is what a day has.
type loggedDay struct{ events, objects int64 }

// A dayRun is days without a gap of more than strayDays between them.
type dayRun struct {
	from, to int64
	loggedDay
}

// mapSpan chooses the days to draw: those between runs that are more than strays, and strays that are no further from these than these
// are long.
func mapSpan(days map[int64]loggedDay) MapSpan {
	runs, all := dayRuns(days)
	if len(runs) == 0 {
		return MapSpan{}
	}
	low, high := -1, -1
	for i := range runs {
		if runs[i].events+runs[i].objects > max(strayFew, all/1000) {
			if high = i; low < 0 {
				low = i
			}
		}
	}
	if low < 0 {
		low, high = 0, len(runs)-1
	}
	near := func(gap int64) bool { return gap <= runs[high].to-runs[low].from }
	for more := true; more; {
		more = false
		if low > 0 && near(runs[low].from-runs[low-1].to) {
			low, more = low-1, true
		}
		if high+1 < len(runs) && near(runs[high+1].from-runs[high].to) {
			high, more = high+1, true
		}
	}
	m := MapSpan{From: runs[low].from, To: runs[high].to}
	for i := range runs {
		if i < low || i > high {
			m.leave(&runs[i])
		}
	}
	return m
}

// dayRuns returns the runs in order, and how much they have together.
func dayRuns(days map[int64]loggedDay) (runs []dayRun, all int64) {
	for _, day := range slices.Sorted(maps.Keys(days)) {
		d := days[day]
		all += d.events + d.objects
		if n := len(runs); n > 0 && day-runs[n-1].to <= strayDays {
			r := &runs[n-1]
			r.to, r.events, r.objects = day, r.events+d.events, r.objects+d.objects
			continue
		}
		runs = append(runs, dayRun{day, day, d})
	}
	return runs, all
}

func (m *MapSpan) leave(r *dayRun) {
	if m.Events+m.Objects == 0 {
		m.first = r.from
	}
	m.last = r.to
	m.Events += r.events
	m.Objects += r.objects
}

// Left says what is not drawn; it is empty where everything is.
func (m *MapSpan) Left() string {
	var what string
	switch {
	case m.Events+m.Objects == 0:
		return ""
	case m.Objects == 0:
		what = plural(m.Events, "event")
	case m.Events == 0:
		what = plural(m.Objects, "log object")
	default:
		what = plural(m.Events, "event") + " and " + plural(m.Objects, "log object")
	}
	when := "on " + dayName(m.first)
	if m.last > m.first {
		when = "between " + dayName(m.first) + " and " + dayName(m.last)
	}
	return fmt.Sprintf("Not drawn, since far from all others in time: %s %s.", what, when)
}

// MapSpan returns the days that maps of the coverage draw.
func (c *LogCoverage) MapSpan() MapSpan {
	days := make(map[int64]loggedDay)
	for i := range c.Places {
		for j := range c.Places[i].Cells {
			cell := &c.Places[i].Cells[j]
			n := cell.From.Unix() / daySeconds
			d := days[n]
			days[n] = loggedDay{d.events + cell.Events, d.objects + cell.Objects}
		}
	}
	return mapSpan(days)
}

// mapSpan returns the days that a map of them draws.
func (d *Daily) mapSpan() (MapSpan, bool) {
	days := make(map[int64]loggedDay)
	for i := range d.Accounts {
		for name, n := range d.Accounts[i].Days {
			if day, ok := dayNumber(name); ok {
				days[day] = loggedDay{events: days[day].events + n}
			}
		}
	}
	return mapSpan(days), len(days) > 0
}
