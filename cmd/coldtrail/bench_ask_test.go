//go:build bench && cgo

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBenchAsk measures what asking a case of a million events takes: `just bench-ask`.
//
//	BENCH_ASK  raw JSON of the archive (1.6GB: more than a million records)
//	BENCH_DIR  where the archive is kept for the next time
//
// Everything is warm: once before it is measured. Of processes and requests the median of
// eleven is printed, and the slowest.
func TestBenchAsk(t *testing.T) {
	b := newBench(t)
	bytes := parseSize(t, cmp.Or(os.Getenv("BENCH_ASK"), "1600MB"))
	c := b.corpus(t, "ask", bytes, max(1, bytes/usual))
	kase := filepath.Join(t.TempDir(), "case")
	began := time.Now()
	if out, err := exec.Command(b.program, "analyze", "-q", c.evidence, "-o", kase).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fmt.Printf("\n%d records in %d objects, analyzed in %.0f s\n", c.counts.Records, c.counts.Objects, time.Since(began).Seconds())
	keys := askedKeys(t, b, kase)
	query := func(args ...string) func() int { return b.output(t, append([]string{"query", kase}, args...)...) }
	timed("start-up of query: SELECT 1", query("SELECT 1", "-f", "csv"))
	timed("query: count(*) of all events", query("SELECT count(*) FROM cloudtrail_logs", "-f", "csv"))
	timed("query, as a process: @denied-calls", query("@denied-calls", "-f", "csv"))
	for _, key := range keys {
		args := []string{"lookup", kase, "--max-results", "50", "--lookup-attributes", "AttributeKey=AccessKeyId,AttributeValue=" + key.name}
		timed("lookup, as a process: first page of "+key.about, b.output(t, args...))
	}
	var names []string
	for _, key := range keys {
		names = append(names, key.name)
	}
	benchOf(t, "BenchPages", "../../report/serve", "-case", kase, "-keys", strings.Join(names, ","))
	benchOf(t, "BenchQuestions", "../../report/query", "-evidence", c.evidence, "-case", kase)
}

// benchOf runs a benchmark of another package.
func benchOf(t *testing.T, name, pkg string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-tags", "bench", "-run", name, "-count", "1", "-v", "-timeout", "1h", pkg, "-args"}, args...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}

// timed prints how long f takes.
func timed(what string, f func() int) {
	f()
	var times []time.Duration
	n := 0
	for range 11 {
		began := time.Now()
		n = f()
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	fmt.Printf("%-62s %6.1f ms, at most %6.1f ms, %d bytes\n", what, times[5].Seconds()*1e3, times[10].Seconds()*1e3, n)
}

// output runs the program and returns how much it writes.
func (b *bench) output(t *testing.T, args ...string) func() int {
	return func() int {
		var out, errs bytes.Buffer
		cmd := exec.Command(b.program, args...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, &errs)
		}
		return out.Len()
	}
}

// An askedKey is an access key to look up.
type askedKey struct{ name, about string }

// askedKeys returns the access key of the most events, one of few events, and one that there is not.
func askedKeys(t *testing.T, b *bench, kase string) []askedKey {
	t.Helper()
	out, err := exec.Command(b.program, "query", kase, "-f", "csv",
		"SELECT useridentity.accesskeyid, count(*) AS n FROM cloudtrail_logs WHERE useridentity.accesskeyid LIKE 'A%' AND eventcategory = 'Management' GROUP BY 1 ORDER BY n DESC, 1").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")[1:]
	key := func(line, which string) askedKey {
		name, n, _ := strings.Cut(line, ",")
		return askedKey{name, which + " key, " + n + " events"}
	}
	return []askedKey{key(lines[0], "the busiest"), key(lines[len(lines)/2], "a middling"), key(lines[len(lines)-1], "the rarest"), {"AKIANOSUCHKEYEXAMPLE", "a key that is not there"}}
}
