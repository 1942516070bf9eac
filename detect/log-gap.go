package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "log-gap",
	Title: "Silence in the log of an account and region",
	Doc: `For longer than ever else, and at hours that are busy on other days, no event was recorded in an account's region. Logging
may have been stopped, log files may have been deleted, or the copy may lack them; or nothing happened, as on a holiday. What is
compared are events of every tenth second, which in busy regions is as good as all; quiet regions have no gaps that mean anything. The two
events are those before and after the silence: they accuse nobody. The report's coverage says which files there are.`,
	Next: `Look whether the digest files cover the time, whether a trail was stopped (logging-blind-window), and whether other regions
were silent too; fetch the event history of the account, which reaches back 90 days.`,
	Severity:   Low,
	Techniques: []string{"T1685.002"},
	Record:     func(r *parser.Record) (Evidence, bool) { return nil, r.Time.Unix()%gapStride == 0 },
	Judge: func(c *Context) Stream {
		g := &gaps{least: c.Duration("gap"), factor: c.Number("factor"), days: c.Int("days")}
		g.places = newFading[silence](1000, 10*365*24*time.Hour, func(_ string, s *silence) { g.judge(s) }) // of 5 KB
		s := bySecond(g.next, func(emit func(Finding)) { g.emit = emit; g.places.flush() })
		s.Evicted = g.places.count
		return s
	},
	Thresholds: []Threshold{
		{"gap", 30, "minutes", "AWS delivers files about every five minutes: six are missing"},
		{"factor", 2, "times", "beyond the longest of 999 in 1,000 gaps of the same account and region, by so many times"},
		{"days", 5, "days", "of evidence, before anything is held to be usual"},
	},
	Hits:   [][]string{dailyEvents(9, 5, 11, 15)},
	Misses: [][]string{dailyEvents(9, -1, 0, 0), dailyEvents(6, 1, 11, 15)},
})

// gapStride thins the events out: those of every tenth second are looked at.
const gapStride = 10

// dailyEvents is an example of an event each ten minutes, on so many days; on one of them
// none in the hours between.
func dailyEvents(days, silent, from, to int) (records []string) {
	const first = "2026-01-02T00:00:00Z"
	record := example{at: first, key: "AKIA1", call: "ec2:DescribeInstances"}.String()
	for d := range days {
		for m := 0; m < 24*60; m += 10 {
			if d == silent && m > from*60 && m < to*60 {
				continue
			}
			at := time.Date(2026, 1, 2+d, 0, m, 0, 0, time.UTC)
			records = append(records, strings.ReplaceAll(record, first, at.Format(time.RFC3339)))
		}
	}
	return records
}

// silence is what is known of the gaps of one account and region.
type silence struct {
	last    EventRef
	begun   time.Time
	counts  [128]uint32 // of gaps by length: each step is a tenth longer
	days    [24]uint32  // on how many days there was an event in that hour
	lastDay [24]int64
	longest [4]gapFound
}

type gapFound struct {
	length        time.Duration
	before, after EventRef
}

type gaps struct {
	least  time.Duration
	factor float64
	days   int
	places *fading[silence]
	emit   func(Finding)
}

// next takes the events of a second, of which the first by order ends a gap and the last begins one.
func (g *gaps) next(batch []hit, emit func(Finding)) {
	g.emit = emit
	slices.SortStableFunc(batch, func(a, b hit) int { return compareRefs(a.ref, b.ref) })
	for i := range batch {
		ref := batch[i].ref
		s := g.places.touch(ref.Account+" "+ref.Region, ref.Time)
		if s.begun.IsZero() {
			s.begun = ref.Time
		} else if length := ref.Time.Sub(s.last.Time); length >= time.Second {
			s.gap(length, ref)
		}
		if day, hour := ref.Time.Unix()/86400, ref.Time.UTC().Hour(); s.lastDay[hour] != day {
			s.lastDay[hour] = day
			s.days[hour]++
		}
		s.last = *ref
	}
}

// judge finds the gaps that the place's others do not explain.
func (g *gaps) judge(s *silence) {
	if s.gapCount() < leastGaps {
		return
	}
	usual := time.Duration(g.factor * float64(s.quantile(0.999)))
	for _, f := range s.longest {
		if f.length <= max(g.least, usual) || s.span() < time.Duration(g.days)*24*time.Hour || s.strays(f) || !s.busy(f) {
			continue
		}
		why := fmt.Sprintf("no event in account %s, %s for %s, where all but one in 1,000 gaps last less than %s", s.last.Account, s.last.Region, roughly(f.length), roughly(s.quantile(0.999)))
		v := verdict{Low, s.last.Account + " " + s.last.Region, why, []hit{{ref: new(f.before)}, {ref: new(f.after)}}}
		v.emit("log-gap", g.emit)
	}
}
