package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// makeCase analyzes as the command does, below the least memory that it allows.
func makeCase(t *testing.T, a analyzeCmd) string {
	t.Helper()
	a.Output = filepath.Join(t.TempDir(), "case")
	a.WorkDir, a.Quiet = t.TempDir(), true
	if a.Timeline == "" {
		a.Timeline = "auto"
	}
	var stderr bytes.Buffer
	c := &console{out: &stderr, err: &stderr, isTerm: isTerminal}
	kase, err := report.Create(a.Output, false)
	if err != nil {
		t.Fatal(err)
	}
	run, err := a.run(c)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := a.beginCase(t.Context(), c, "analyze", kase, a.Output, a.Add, a.CaseID, inputs(a.Paths))
	if err != nil {
		t.Fatal(err)
	}
	model, err := a.fill(t.Context(), c, run, kase)
	if _, _, err := rec.settled(t.Context(), kase, a.Output, model, err, a.verdict); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, a.WorkDir); len(left) > 0 || stderr.Len() > 0 {
		t.Errorf("left in the work directory: %q; said: %s", left, &stderr)
	}
	return a.Output
}

func TestDeterminism(t *testing.T) {
	dir, logs, truth := archive(t, fixtures.Config{Seed: 3, Bytes: 2 << 20, DuplicateRate: 0.05})
	damage(t, dir, logs)
	before := files(t, filepath.Join(dir, "AWSLogs"))

	first := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 1, Memory: 1 << 30}})
	want := files(t, first)
	sum := reconcile(t, first, dir)
	if sum.Copies < truth.Counts.Copies || sum.Bad == 0 || sum.Objects["damaged"] < 3 || sum.Objects["unreadable"] < 3 {
		t.Errorf("the archive does not try what it should: %+v", sum)
	}
	for _, name := range []string{
		"copies.jsonl", "findings.jsonl", "manifest.jsonl", "problems.jsonl", "report.html", "report.json", "report.md", "summary.json", "timeline.csv",
	} {
		if len(want[name]) == 0 {
			t.Errorf("%s is empty or missing", name)
		}
	}
	workers, budgets := []int{1, 2, 3, 8}, []size{1 << 20, 8 << 20, 1 << 30}
	if testing.Short() {
		workers, budgets = []int{2, 8}, []size{1 << 20}
	}
	for _, n := range workers {
		for _, memory := range budgets {
			t.Run(fmt.Sprintf("%d workers, %s", n, memory), func(t *testing.T) {
				got := files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: n, Memory: memory}}))
				if names := different(want, got); len(names) > 0 {
					t.Errorf("not the same: %v", names)
				}
			})
		}
	}
	t.Run("elsewhere", func(t *testing.T) {
		local, processors := time.Local, runtime.GOMAXPROCS(1)
		t.Cleanup(func() { time.Local = local; runtime.GOMAXPROCS(processors) })
		time.Local = time.FixedZone("far away", -11*3600)
		t.Setenv("TZ", "Pacific/Pago_Pago")
		t.Setenv("LANG", "tr_TR.UTF-8")
		got := files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 8 << 20}}))
		if names := different(want, got); len(names) > 0 {
			t.Errorf("not the same: %v", names)
		}
	})
	if names := different(before, files(t, filepath.Join(dir, "AWSLogs"))); len(names) > 0 {
		t.Errorf("the evidence was changed: %v", names)
	}
}

// The event store's row groups are cut at the same events, whoever reads them and
// wherever the records wait.
func TestDeterministicStore(t *testing.T) {
	if testing.Short() {
		t.Skip("takes an archive of several row groups")
	}
	dir, _, _ := archive(t, fixtures.Config{Seed: 8, Bytes: 20 << 20, DuplicateRate: 0.02})
	want := files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 1, Memory: 1 << 30}}))
	if len(want["events/part-00000.parquet"]) < 1<<20 {
		t.Errorf("%d bytes of events", len(want["events/part-00000.parquet"]))
	}
	for _, memory := range []size{8 << 20, 256 << 20} {
		got := files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 3, Memory: memory}}))
		if names := different(want, got); len(names) > 0 {
			t.Errorf("%s: not the same: %v", memory, names)
		}
	}
}

// What a filter leaves depends on the records alone, and the sums still hold.
func TestScopeReconciles(t *testing.T) {
	dir, logs, truth := archive(t, fixtures.Config{Seed: 4, Bytes: 1 << 20})
	damage(t, dir, logs)
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	whole := reconcile(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 1 << 20}}), dir)
	for name, a := range map[string]reading{
		"time":    {Since: moment{start: day(3)}, Until: moment{end: day(4)}},
		"account": {Account: []string{"111122223333", "444455556666"}},
		"region":  {Region: []string{"us-east-1"}},
		"nothing": {Account: []string{"000000000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			a.Paths, a.Workers, a.Memory = []string{dir}, 2, 1<<20
			sum := reconcile(t, makeCase(t, analyzeCmd{reading: a}), dir)
			if sum.Kept >= whole.Kept || sum.Listed != whole.Listed || (name == "nothing") != (sum.Kept == 0) {
				t.Errorf("kept %d of %d, listed %d of %d", sum.Kept, whole.Kept, sum.Listed, whole.Listed)
			}
		})
	}
	if whole.Kept > truth.Counts.Records+truth.Counts.Records/10 {
		t.Errorf("kept %d, made %d", whole.Kept, truth.Counts.Records)
	}
}

// Each way of listing the timeline leaves everything else as it is.
func TestTimelineModes(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 5, Bytes: 1 << 20})
	all := map[string]map[string][]byte{}
	for _, mode := range []string{"full", "flagged", "none"} {
		all[mode] = files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 8 << 20}, Timeline: mode}))
	}
	if got := different(all["full"], all["flagged"]); !slices.Contains(got, "timeline.csv") || slices.Contains(got, "findings.jsonl") {
		t.Errorf("full and flagged differ in %v", got)
	}
	lines := func(mode string) int { return bytes.Count(all[mode]["timeline.csv"], []byte("\n")) }
	if full, flagged, none := lines("full"), lines("flagged"), lines("none"); !(full > flagged && flagged > 1 && none <= 1) {
		t.Errorf("%d, %d and %d lines", full, flagged, none)
	}
}
