package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
)

// packTree writes the files below dir as a tar.gz, in the order of a walk.
func packTree(t *testing.T, dir, to string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// zipped makes a zip of the files.
func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// timelineWithout is a case's timeline.csv without the columns that name places.
func timelineWithout(t *testing.T, kase string) (rows []string) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(readFile(t, filepath.Join(kase, "timeline.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var keep []int
	for i, name := range all[0] {
		if !slices.Contains([]string{"source", "object"}, name) {
			keep = append(keep, i)
		}
	}
	for _, row := range all {
		var b strings.Builder
		for _, i := range keep {
			b.WriteString(row[i] + "\x00")
		}
		rows = append(rows, b.String())
	}
	return rows
}

// The same archive as a directory and as a tar.gz of it: the same events, findings and sums.
func TestContainerOfArchive(t *testing.T) {
	dir, logs, _ := archive(t, fixtures.Config{Seed: 5, Bytes: 1 << 20, DuplicateRate: 0.05})
	damage(t, dir, logs)
	for _, special := range special(t, dir) { // links and the like are not packed
		if err := os.Remove(special); err != nil {
			t.Fatal(err)
		}
	}
	packed := filepath.Join(t.TempDir(), "evidence.tar.gz")
	packTree(t, dir, packed)
	of := func(path string, workers int) string {
		return makeCase(t, analyzeCmd{reading: reading{Paths: []string{path}, Workers: workers, Memory: 8 << 20}})
	}
	plain, contained := of(dir, 2), of(packed, 3)
	if want, got := timelineWithout(t, plain), timelineWithout(t, contained); !slices.Equal(want, got) || len(want) < 1000 {
		t.Errorf("timelines of %d and %d lines differ", len(want), len(got))
	}
	want, got := reconcile(t, plain, dir), reconcile(t, contained, filepath.Dir(packed))
	if got.Objects["recognised"]--; want.Kept != got.Kept || want.Distinct != got.Distinct || want.Copies != got.Copies || want.Bad != got.Bad || want.Problems != got.Problems {
		t.Errorf("directory %+v\ncontainer %+v", want, got)
	}
	for status, n := range want.Objects {
		if got.Objects[status] != n {
			t.Errorf("%s: %d objects, %d in the container", status, n, got.Objects[status])
		}
	}
	for _, name := range []string{"findings.jsonl", "copies.jsonl", "problems.jsonl"} {
		if want, got := lines(readFile(t, filepath.Join(plain, name))), lines(readFile(t, filepath.Join(contained, name))); want != got {
			t.Errorf("%s: %d lines, %d of the container", name, want, got)
		}
	}
	other := of(packed, 1)
	if names := different(files(t, contained), files(t, other)); len(names) > 0 {
		t.Errorf("another number of workers: %v differ", names)
	}
}

func lines(b []byte) int { return bytes.Count(b, []byte("\n")) }

// special lists what is no regular file.
func special(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
