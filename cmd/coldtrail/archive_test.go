package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// archive makes an archive with all incidents, and returns the paths of its log
// objects too.
func archive(t *testing.T, cfg fixtures.Config) (dir string, logs []string, truth *fixtures.Truth) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "evidence")
	cfg.Incidents = fixtures.AllIncidents()
	truth, err := fixtures.Write(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range tree(t, dir) {
		if strings.Contains(path, "/CloudTrail/") {
			logs = append(logs, filepath.Join(dir, filepath.FromSlash(path)))
		}
	}
	return dir, logs, truth
}

// tree lists everything below dir that is no directory, with forward slashes.
func tree(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// files reads every file below dir.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, path := range tree(t, dir) {
		all[path] = readFile(t, filepath.Join(dir, filepath.FromSlash(path)))
	}
	return all
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func unzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// damage puts into an archive what real ones have: an object that was cut short,
// one whose checksum is wrong, files that are something else, a copy of an object
// in other spelling, records that cannot be read.
func damage(t *testing.T, dir string, logs []string) {
	t.Helper()
	cut := readFile(t, logs[3])
	writeFile(t, logs[3], cut[:len(cut)*2/3])
	corrupt := readFile(t, logs[5])
	corrupt[len(corrupt)-6] ^= 1
	writeFile(t, logs[5], corrupt)

	original := unzip(t, readFile(t, logs[7]))
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, original, "", "  "); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"export/pretty.json":     pretty.String(),
		"export/empty.json.gz":   "",
		"export/notes.txt":       "nothing to see",
		"export/bad.json":        `{"Records":[{"eventTime":"x","eventName":"a","eventSource":"b"},{"eventVersion":1},7,tru]}`,
		"export/archive.zip":     "PK\x03\x04 and so on",
		"export/\x1b[31m\n|.txt": "a name to escape",
	} {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(content))
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "export", "link.json")); err != nil {
		t.Fatal(err)
	}
}

// totals is what summary.json says of the sums.
type totals struct {
	Objects                                                                map[string]int64
	Listed, Framed, Kept, Excluded, Bad, Other, Distinct, Copies, Problems int64
}

// object is a line of manifest.jsonl.
type object struct {
	Source, Path, Status, Reason, Shape string
	Framed, Kept, Excluded, Bad, Other  int64
	ProblemCount                        int64 `json:"problem_count"`
}

// reconcile checks a case's sums against each other, and that its manifest lists
// every file of the evidence exactly once.
func reconcile(t *testing.T, dir string, evidence ...string) totals {
	t.Helper()
	var summary struct {
		Reconciles bool
		Totals     totals
	}
	decode(t, readFile(t, filepath.Join(dir, "summary.json")), &summary)
	sum := summary.Totals
	if !summary.Reconciles {
		t.Error("the summary says that the sums do not reconcile")
	}
	if sum.Framed != sum.Kept+sum.Excluded+sum.Bad+sum.Other || sum.Kept != sum.Distinct+sum.Copies {
		t.Errorf("sums: %+v", sum)
	}
	var byStatus int64
	for _, n := range sum.Objects {
		byStatus += n
	}
	var listed []string
	var manifest totals
	for line := range bytes.Lines(readFile(t, filepath.Join(dir, "manifest.jsonl"))) {
		var o object
		decode(t, line, &o)
		if o.Framed != o.Kept+o.Excluded+o.Bad+o.Other {
			t.Errorf("sums of an object: %+v", o)
		}
		manifest.Framed += o.Framed
		manifest.Kept += o.Kept
		manifest.Bad += o.Bad
		manifest.Other += o.Other
		manifest.Problems += o.ProblemCount
		listed = append(listed, o.Path)
	}
	if byStatus != sum.Listed || int64(len(listed)) != sum.Listed || manifest.Framed != sum.Framed || manifest.Kept != sum.Kept ||
		manifest.Bad != sum.Bad || manifest.Other != sum.Other || manifest.Problems != sum.Problems {
		t.Errorf("the manifest has %+v in %d objects, the summary %+v", manifest, len(listed), sum)
	}
	var there []string
	for _, root := range evidence {
		there = append(there, tree(t, root)...)
	}
	for i := range there {
		there[i] = manifestPath(there[i])
	}
	slices.Sort(there)
	listed = slices.DeleteFunc(listed, func(path string) bool { // members of containers
		for i := range path {
			if _, file := slices.BinarySearch(there, path[:i]); file && path[i] == '!' {
				return true
			}
		}
		return false
	})
	slices.Sort(listed)
	if !slices.Equal(there, listed) {
		t.Errorf("the manifest lists\n%q\nthere are\n%q", listed, there)
	}
	lines := func(name string) int64 {
		return int64(bytes.Count(readFile(t, filepath.Join(dir, name)), []byte("\n")))
	}
	if lines("copies.jsonl") != sum.Copies || lines("problems.jsonl") != sum.Problems {
		t.Errorf("%d copies and %d problems are listed: %+v", lines("copies.jsonl"), lines("problems.jsonl"), sum)
	}
	return sum
}

// manifestPath is how the manifest writes a path: a byte that is not UTF-8 as \xNN, and a
// backslash as two.
func manifestPath(path string) string {
	var b strings.Builder
	path = strings.ReplaceAll(path, `\`, `\\`)
	for i, r := range path {
		if r == utf8.RuneError {
			fmt.Fprintf(&b, `\x%02x`, path[i])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func decode(t *testing.T, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%v in %.200q", err, b)
	}
}

// different names the files that differ between two cases.
func different(a, b map[string][]byte) (names []string) {
	all := maps.Clone(a)
	maps.Copy(all, b)
	for name := range all {
		if name == custody.LogName && len(a[name]) > 0 && len(b[name]) > 0 {
			continue // the one file that says when, where and by whom
		}
		if !bytes.Equal(a[name], b[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
