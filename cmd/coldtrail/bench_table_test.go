package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the benchmark makes of its measurements: medians, ratios and Markdown.
// This file has no build tag, so that its arithmetic is tested with the rest.

// measured is one run of a contestant, or a median of runs.
type measured struct {
	wall, cpu time.Duration // cpu: user and system, of the process and its children
	rss       int64         // peak, bytes; of the largest process where there are several
}

// A benchRow is a line of a table.
type benchRow struct {
	name string
	measured
}

// median takes each figure's own median; of an even number the greater of the
// two in the middle.
func median(runs []measured) measured {
	return measured{
		wall: middle(runs, func(r measured) time.Duration { return r.wall }),
		cpu:  middle(runs, func(r measured) time.Duration { return r.cpu }),
		rss:  middle(runs, func(r measured) int64 { return r.rss }),
	}
}

func middle[T int64 | time.Duration](runs []measured, value func(measured) T) T {
	values := make([]T, len(runs))
	for i, r := range runs {
		values[i] = value(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio writes a ÷ b, or a dash where there is no b.
func ratio[T int64 | time.Duration](a, b T) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

// find returns the row of that name, zero where it was not run.
func find(rows []benchRow, name string) measured {
	for _, r := range rows {
		if r.name == name {
			return r.measured
		}
	}
	return measured{}
}

// benchTable is every row with its ratios to the rows of those two names.
func benchTable(rows []benchRow, floor, zcat string) string {
	var b strings.Builder
	b.WriteString("| what | CPU s | wall s | peak MiB | CPU ÷ floor | wall ÷ floor | CPU ÷ zcat | wall ÷ zcat |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	f, z := find(rows, floor), find(rows, zcat)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %d | %s | %s | %s | %s |\n", r.name, r.cpu.Seconds(), r.wall.Seconds(), r.rss>>20,
			ratio(r.cpu, f.cpu), ratio(r.wall, f.wall), ratio(r.cpu, z.cpu), ratio(r.wall, z.wall))
	}
	return b.String()
}

// A duel is a ratio between two rows that is promised: CPU and wall are at most
// so many times the other's.
type duel struct {
	name, against string
	atMost        float64
}

// duelTable is the duels whose two rows were run.
func duelTable(rows []benchRow, duels []duel) string {
	var b strings.Builder
	for _, d := range duels {
		m, other := find(rows, d.name), find(rows, d.against)
		if m.cpu == 0 || other.cpu == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s ÷ %s | %s | %s | %.2f |\n", d.name, d.against, ratio(m.cpu, other.cpu), ratio(m.wall, other.wall), d.atMost)
	}
	if b.Len() == 0 {
		return ""
	}
	return "| ratio | CPU | wall | to be at most |\n|---|---|---|---|\n" + b.String()
}

// growthTable is what becomes of each row that a smaller and a larger archive
// have in common.
func growthTable(small, large []benchRow, smallName, largeName string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s ÷ %s | CPU | wall | peak memory |\n|---|---|---|---|\n", largeName, smallName)
	for _, l := range large {
		if s := find(small, l.name); s.cpu != 0 {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.name, ratio(l.cpu, s.cpu), ratio(l.wall, s.wall), ratio(l.rss, s.rss))
		}
	}
	return b.String()
}

func TestMedian(t *testing.T) {
	runs := []measured{{wall: 3, cpu: 10, rss: 7}, {wall: 1, cpu: 30, rss: 9}, {wall: 2, cpu: 20, rss: 8}}
	if got, want := median(runs), (measured{wall: 2, cpu: 20, rss: 8}); got != want {
		t.Errorf("median %v, want %v", got, want)
	}
	if got, want := median(runs[:2]), (measured{wall: 3, cpu: 30, rss: 9}); got != want {
		t.Errorf("median of two %v, want %v", got, want)
	}
	if got := median(runs[:1]); got != runs[0] {
		t.Errorf("median of one %v", got)
	}
	if runs[0].wall != 3 {
		t.Error("the runs were reordered")
	}
}

func TestTables(t *testing.T) {
	small := []benchRow{
		{"floor", measured{wall: time.Second, cpu: 2 * time.Second, rss: 10 << 20}},
		{"ours", measured{wall: 2 * time.Second, cpu: 5 * time.Second, rss: 100 << 20}},
	}
	large := []benchRow{
		{"ours", measured{wall: 21 * time.Second, cpu: 50 * time.Second, rss: 110 << 20}},
		{"theirs", measured{wall: 42 * time.Second, cpu: 100 * time.Second, rss: 1 << 30}},
	}
	for _, c := range []struct{ name, got, want string }{
		{"table", benchTable(small, "floor", "zcat"), `| what | CPU s | wall s | peak MiB | CPU ÷ floor | wall ÷ floor | CPU ÷ zcat | wall ÷ zcat |
|---|---|---|---|---|---|---|---|
| floor | 2.00 | 1.00 | 10 | 1.00 | 1.00 | – | – |
| ours | 5.00 | 2.00 | 100 | 2.50 | 2.00 | – | – |
`},
		{"duels", duelTable(large, []duel{{"ours", "theirs", 0.7}, {"ours", "nobody", 1}}), `| ratio | CPU | wall | to be at most |
|---|---|---|---|
| ours ÷ theirs | 0.50 | 0.50 | 0.70 |
`},
		{"no duels", duelTable(small, []duel{{"ours", "theirs", 0.7}}), ""},
		{"growth", growthTable(small, large, "1 GB", "10 GB"), `| 10 GB ÷ 1 GB | CPU | wall | peak memory |
|---|---|---|---|
| ours | 10.00 | 10.50 | 1.10 |
`},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, c.got, c.want)
		}
	}
}
