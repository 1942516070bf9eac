//go:build bench

package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
)

// The benchmark of the whole program: `just bench`. It makes about 1 GB of raw
// JSON (BENCH_BYTES), runs every contestant BENCH_RUNS times in turn on the same
// files, and prints a table of medians in Markdown. CPU is user and system time
// of the process and its children; ratios are to the floor and to zcat.

// contestant is one way to go over the archive.
type contestant struct {
	name string
	args func(archive, scratch string) []string
}

// measured is one run of a contestant.
type measured struct {
	wall, cpu time.Duration
	rss       int64 // bytes
}

const floorEnv = "COLDTRAIL_BENCH_FLOOR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(floorEnv); dir != "" {
		if err := decompress(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestBench(t *testing.T) {
	scratch := t.TempDir()
	archive := filepath.Join(scratch, "archive")
	truth, err := fixtures.Write(archive, fixtures.Config{
		Seed: 7, Bytes: env(t, "BENCH_BYTES", 1_000_000_000), Objects: int(env(t, "BENCH_OBJECTS", 5000)), Incidents: fixtures.AllIncidents(),
	})
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(scratch, "coldtrail")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	analyze := func(more ...string) func(archive, scratch string) []string {
		return func(archive, scratch string) []string {
			return append([]string{bin, "analyze", archive, "-q", "-o", filepath.Join(scratch, "case")}, more...)
		}
	}
	contestants := []contestant{
		{"decompress only (klauspost)", nil},
		{fmt.Sprintf("zcat × %d", runtime.NumCPU()), func(archive, _ string) []string {
			return []string{"sh", "-c", fmt.Sprintf("find %q -name '*.gz' -print0 | xargs -0 -n 100 -P %d zcat >/dev/null", archive, runtime.NumCPU())}
		}},
		{"coldtrail analyze", analyze()},
		{"coldtrail analyze --memory 256MiB", analyze("--memory", "256MiB")},
		{"coldtrail analyze --timeline none", analyze("--timeline", "none")},
	}
	runs := int(env(t, "BENCH_RUNS", 5))
	results := make([][]measured, len(contestants))
	for range runs {
		for i, c := range contestants {
			results[i] = append(results[i], measure(t, c, archive, scratch))
		}
	}
	c := truth.Counts
	fmt.Printf("\n%d records in %d objects, %.0f MB raw, %.1f : 1, %.0f bytes a record; %d cores, %s; medians of %d\n\n",
		c.Records, c.Objects, float64(c.RawBytes)/1e6, float64(c.RawBytes)/float64(c.StoredBytes), float64(c.RawBytes)/float64(c.Records),
		runtime.NumCPU(), runtime.Version(), runs)
	fmt.Println("| what | wall s | CPU s | peak MiB | CPU ÷ floor | CPU ÷ zcat | wall ÷ floor |")
	fmt.Println("|---|---|---|---|---|---|---|")
	floor, zcat := median(results[0]), median(results[1])
	for i, c := range contestants {
		m := median(results[i])
		fmt.Printf("| %s | %.2f | %.2f | %d | %.2f | %.2f | %.2f |\n", c.name, m.wall.Seconds(), m.cpu.Seconds(), m.rss>>20,
			float64(m.cpu)/float64(floor.cpu), float64(m.cpu)/float64(zcat.cpu), float64(m.wall)/float64(floor.wall))
	}
}

func env(t *testing.T, name string, value int64) int64 {
	if s := os.Getenv(name); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return value
}

func measure(t *testing.T, c contestant, archive, scratch string) measured {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(scratch, "case")); err != nil {
		t.Fatal(err)
	}
	var cmd *exec.Cmd
	if c.args == nil {
		cmd = exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), floorEnv+"="+archive)
	} else {
		args := c.args(archive, scratch)
		cmd = exec.Command(args[0], args[1:]...)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, out.Bytes())
	}
	wall := time.Since(began)
	p := cmd.ProcessState
	return measured{wall, p.UserTime() + p.SystemTime(), p.SysUsage().(*syscall.Rusage).Maxrss << 10}
}

// median takes each figure's own median.
func median(m []measured) measured {
	middle := func(value func(measured) int64) int64 {
		var v []int64
		for _, r := range m {
			v = append(v, value(r))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	return measured{
		time.Duration(middle(func(r measured) int64 { return int64(r.wall) })),
		time.Duration(middle(func(r measured) int64 { return int64(r.cpu) })),
		middle(func(r measured) int64 { return r.rss }),
	}
}

// decompress is the floor: it does nothing but what nobody can avoid.
func decompress(dir string) error {
	paths := make(chan string)
	var wg sync.WaitGroup
	errs := make(chan error, runtime.NumCPU())
	for range runtime.NumCPU() {
		wg.Go(func() {
			var gz gzip.Reader
			buf := make([]byte, 256<<10)
			for path := range paths {
				if err := gunzip(&gz, buf, path); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".gz") {
			paths <- path
		}
		return err
	})
	close(paths)
	wg.Wait()
	close(errs)
	for e := range errs {
		err = e
	}
	return err
}

func gunzip(gz *gzip.Reader, buf []byte, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := gz.Reset(f); err != nil {
		return err
	}
	for {
		if _, err := gz.Read(buf); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
