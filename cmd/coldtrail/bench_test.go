//go:build bench

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The benchmark of the whole program: `just bench`, `just bench-all`.
//
// Each archive is gone over by every contestant in turn, BENCH_RUNS times (5), and
// the medians are printed as Markdown. Everything runs as a process of its own
// and on all cores; CPU is user and system time of it and of its children. The
// floor is what nobody can avoid: reading the objects and decompressing them.
//
//	BENCH_SIZES  raw JSON of the archives, in objects of 200 kB each (1GB)
//	BENCH_TINY   objects of an archive of tiny ones, 0: none (40000)
//	BENCH_HUGE   raw JSON of an archive of one object, 0: none (1GB)
//	BENCH_RUNS   runs of each contestant (5)
//	BENCH_ROWS   a regular expression: only contestants with such names
//	BENCH_DIR    where archives are kept for the next time, an absolute path (nowhere)
//
// Above rivalsUpTo there are only the floor and coldtrail, whose growth is then
// shown. Files are read once before anything is measured, so that no contestant
// waits for the disk when it reads; those that write a case wait until it is there.

const (
	tinyRecord = 5_000         // bytes of raw JSON in a tiny object: three or four records
	usual      = 200_000       // the same in an object as real archives have them
	rivalsUpTo = 2_000_000_000 // raw bytes
)

// childEnv is set for a process of this test that is to be something else: see child.
const childEnv = "COLDTRAIL_BENCH_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := child(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is what this test is when it runs as a contestant, or makes an archive.
// The latter has a process of its own for the sake of the others: the peak memory
// that Linux says of a process is never less than its parent's was when it began.
func child(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "floor":
		workers, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return decompress(args[2], workers)
	case len(args) == 3 && args[0] == "corpus":
		return writeCorpus(args[1], args[2])
	case len(args) == 4 && args[0] == "duckdb":
		return runDuckDB(os.Stdout, args[1], args[2], args[3])
	case len(args) == 1 && args[0] == "nothing":
		return nil
	}
	return fmt.Errorf("unknown: %q", args)
}

func TestBench(t *testing.T) {
	b := newBench(t)
	fmt.Printf("\n%d cores, %s, %s/%s; medians of %d; nothing less than %d MiB is seen in the column of peak memory\n",
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, b.runs, b.measure(t, "", contestant{command: nothing}).rss>>20)
	var smaller []benchRow
	var smallerName string
	for _, text := range strings.Split(cmp.Or(os.Getenv("BENCH_SIZES"), "1GB"), ",") {
		bytes := parseSize(t, text)
		c := b.corpus(t, text, bytes, max(1, bytes/usual))
		rows := b.table(t, c, sized(bytes <= rivalsUpTo), rowFloor, usualDuels)
		if smaller != nil {
			fmt.Printf("\n%s", growthTable(smaller, rows, smallerName, text))
		}
		smaller, smallerName = rows, text
	}
	if n := parseSize(t, cmp.Or(os.Getenv("BENCH_TINY"), "40000")); n > 0 {
		c := b.corpus(t, "tiny objects", n*tinyRecord, n)
		b.table(t, c, sized(false), rowFloor, tinyDuels)
	}
	if n := parseSize(t, cmp.Or(os.Getenv("BENCH_HUGE"), "1GB")); n > 0 {
		c := b.corpus(t, "one object", n, 1)
		b.table(t, c, sized(false), rowFloorOne, hugeDuels)
	}
}

// A bench is what all measurements of a run have in common.
type bench struct {
	self, program string // this test, coldtrail
	corpora       string // the directory of the archives
	scratch       string // of one run of a contestant, emptied before each
	runs          int
	rows          *regexp.Regexp
}

func newBench(t *testing.T) *bench {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := &bench{
		self: self, program: filepath.Join(dir, "coldtrail"), scratch: filepath.Join(dir, "scratch"),
		corpora: cmp.Or(os.Getenv("BENCH_DIR"), filepath.Join(dir, "corpora")),
		runs:    int(parseSize(t, cmp.Or(os.Getenv("BENCH_RUNS"), "5"))),
	}
	if b.rows, err = regexp.Compile(os.Getenv("BENCH_ROWS")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", b.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return b
}

func parseSize(t *testing.T, text string) int64 {
	t.Helper()
	var n size
	if err := n.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return int64(n)
}

// table runs the contestants over an archive and prints what came of it.
func (b *bench) table(t *testing.T, c *corpus, all []contestant, floor string, duels []duel) (rows []benchRow) {
	t.Helper()
	all = slices.DeleteFunc(all, func(who contestant) bool { return !b.wanted(who) })
	b.measure(t, c.evidence, contestant{rowFloor, "", floorOn(runtime.NumCPU())}) // brings the files into memory
	results := make([][]measured, len(all))
	for range b.runs {
		for i, who := range all {
			results[i] = append(results[i], b.measure(t, c.evidence, who))
		}
	}
	for i, who := range all {
		rows = append(rows, benchRow{who.name, median(results[i])})
	}
	n := c.counts
	fmt.Printf("\n**%s**: %d records in %d objects, %.0f MB raw, %.1f : 1, %.0f bytes a record\n\n%s", c.name,
		n.Records, n.Objects, float64(n.RawBytes)/1e6, float64(n.RawBytes)/float64(n.StoredBytes), float64(n.RawBytes)/float64(n.Records),
		benchTable(rows, floor, rowZcat))
	if d := duelTable(rows, duels); d != "" {
		fmt.Printf("\n%s", d)
	}
	return rows
}

// measure runs a contestant once. It must succeed.
func (b *bench) measure(t *testing.T, evidence string, c contestant) measured {
	t.Helper()
	if err := os.RemoveAll(b.scratch); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(b.scratch, 0o777); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := c.command(b, evidence)
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, out.Bytes())
	}
	wall := time.Since(began)
	p := cmd.ProcessState
	return measured{wall, p.UserTime() + p.SystemTime(), p.SysUsage().(*syscall.Rusage).Maxrss << 10}
}
