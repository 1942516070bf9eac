package report

import (
	"fmt"
	"strings"
	"testing"
)

// One event with a wrong date, before all others or after them, does not make one column of these, and is named.
func TestCoverageMapBesideAWrongDate(t *testing.T) {
	rows := func(stray string) (text, svg string) {
		c := &coverCase{t: t}
		for h := range 20 {
			c.call(fmt.Sprintf("%02d:00:00", h), "ec2", "DescribeInstances", "")
		}
		if stray != "" {
			e := *c.call("23:00:00", "ec2", "DescribeInstances", "")
			c.events = c.events[:len(c.events)-1]
			at, ok := dayNumber(stray)
			if !ok {
				t.Fatal(stray)
			}
			e.Time = seconds(at * daySeconds)
			if c.events = append(c.events, e); stray < "2024" {
				c.events = append([]CoverageEvent{e}, c.events[:len(c.events)-1]...)
			}
		}
		cov := c.finish()
		return coverageText(t, cov), cov.HeatMap()
	}
	want := "111122223333 us-east-1 " + strings.Repeat("1", 20) + "\n"
	for _, stray := range []string{"", "2014-05-01", "2026-05-01"} {
		text, svg := rows(stray)
		if !strings.Contains(text, want) {
			t.Errorf("%q: no %q in\n%.900s", stray, want, text)
		}
		for _, s := range []string{text, svg} {
			if told := strings.Contains(s, "Not drawn, since far from all others in time: 1 event on "+stray+"."); told != (stray != "") {
				t.Errorf("%q: told: %v\n%.900s", stray, told, s)
			}
		}
		if n := strings.Count(svg, "<title>"); n != 1 { // its one day's
			t.Errorf("%q: %d titles\n%s", stray, n, svg)
		}
	}
}

// What is drawn is all that is near, and all that is more than a few.
func TestMapSpan(t *testing.T) {
	bulk := func(at map[int64]int64) map[int64]loggedDay {
		days := make(map[int64]loggedDay)
		for d := int64(1000); d < 1060; d++ {
			days[d] = loggedDay{events: 100}
		}
		for d, n := range at {
			days[d] = loggedDay{events: n}
		}
		return days
	}
	for _, test := range []struct {
		days     map[int64]loggedDay
		from, to int64
		left     string
	}{
		{nil, 0, 0, ""},
		{bulk(nil), 1000, 1059, ""},
		{bulk(map[int64]int64{10: 1}), 1000, 1059, "1 event on 1970-01-11"},
		{bulk(map[int64]int64{10: 1, 500: 2, 9000: 1}), 1000, 1059, "4 events between 1970-01-11 and 1994-08-23"},
		{bulk(map[int64]int64{945: 1, 1100: 1}), 945, 1100, ""},
		{bulk(map[int64]int64{10: 60}), 10, 1059, ""},
		{map[int64]loggedDay{10: {events: 1}, 500: {events: 1}, 900: {objects: 1}}, 10, 900, ""},
	} {
		m := mapSpan(test.days)
		if m.From != test.from || m.To != test.to || !strings.Contains(m.Left(), test.left) || (m.Left() == "") != (test.left == "") {
			t.Errorf("%d to %d: %q; want %d to %d: %q", m.From, m.To, m.Left(), test.from, test.to, test.left)
		}
	}
}

// The report's map of days has a column a day beside a wrong date too.
func TestDayMapBesideAWrongDate(t *testing.T) {
	days := map[string]int64{"2014-05-01": 1}
	for d := range int64(10) {
		days[dayName(20000+d)] = 50
	}
	b := &htmlBuilder{Model: &Model{}}
	b.Coverage.Daily = &Daily{Accounts: []DailyRow{{coverAccount, days}}}
	drawn, ok := b.Coverage.Daily.mapSpan()
	f := b.dayMap(&drawn)
	cells := 0
	for _, s := range f.Shapes {
		if strings.HasPrefix(s.Class, "h") {
			cells++
		}
	}
	if !ok || cells != 10 || !strings.Contains(f.Caption, "one column one day") || !strings.Contains(f.Caption, "1 event on 2014-05-01") {
		t.Errorf("%d cells: %s", cells, f.Caption)
	}
}
