package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// divide moves a part of the archive's files into a second directory beside it.
// Copies of events, and the objects that digests name, end up on both sides.
func divide(t *testing.T, dir string) (second string) {
	t.Helper()
	second = filepath.Join(filepath.Dir(dir), "second")
	for i, path := range tree(t, dir) {
		if i%3 != 1 || strings.Contains(path, "CloudTrail-Digest") {
			continue
		}
		from, to := filepath.Join(dir, filepath.FromSlash(path)), filepath.Join(second, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	return second
}

// TestAdd: a case that new evidence joined is, byte for byte, that of one analyze
// over both, and the old evidence is not read.
func TestAdd(t *testing.T) {
	dir, logs, _ := archive(t, fixtures.Config{Seed: 11, Bytes: 2 << 20, DuplicateRate: 0.1})
	damage(t, dir, logs)
	writeFile(t, filepath.Join(dir, "odd", "back\\slash and \xff.json"), unzip(t, readFile(t, logs[9])))
	if err := removeDigests(dir); err != nil {
		t.Fatal(err)
	}
	second := divide(t, dir)
	want := files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir, second}, Workers: 2, Memory: 1 << 30}}))
	first := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 1 << 30}})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, memory := range []size{1 << 20, 1 << 30} {
		for _, workers := range []int{1, 3} {
			a := analyzeCmd{reading: reading{Paths: []string{second}, Workers: workers, Memory: memory}, Add: first}
			got := files(t, makeCase(t, a))
			if names := different(want, got); len(names) > 0 {
				t.Errorf("%d workers, %s: not the same: %v", workers, memory, names)
			}
		}
	}
}

// removeDigests removes the digest files: with them, objects of the old evidence
// that the new evidence's digests name would have to be read again.
func removeDigests(dir string) error {
	dirs, err := filepath.Glob(filepath.Join(dir, "AWSLogs", "*", "*", "CloudTrail-Digest"))
	for _, d := range dirs {
		if err == nil {
			err = os.RemoveAll(d)
		}
	}
	return err
}

// TestAddRefused: what cannot be joined is refused before anything is read.
func TestAddRefused(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 12, Bytes: 1 << 18})
	read := func(change func(*reading)) reading {
		r := reading{Paths: []string{dir}, Workers: 1, Memory: minMemory}
		change(&r)
		return r
	}
	filter := func(r *reading) { r.Region = []string{"us-east-1"} }
	plain := makeCase(t, analyzeCmd{reading: read(func(*reading) {})})
	for name, c := range map[string]struct {
		a    analyzeCmd
		want string
	}{
		"no store":     {analyzeCmd{reading: read(func(*reading) {}), Add: makeCase(t, analyzeCmd{reading: read(func(*reading) {}), NoStore: true})}, "no event store"},
		"filtered":     {analyzeCmd{reading: read(func(*reading) {}), Add: makeCase(t, analyzeCmd{reading: read(filter)})}, "--region us-east-1"},
		"with filters": {analyzeCmd{reading: read(filter), Add: plain}, "would hold for the new evidence only"},
		"no case":      {analyzeCmd{reading: read(func(*reading) {}), Add: dir}, "no case"},
	} {
		var stderr bytes.Buffer
		c.a.Output, c.a.Timeline = filepath.Join(t.TempDir(), "case"), "auto"
		_, err := c.a.analyze(t.Context(), &console{out: &stderr, err: &stderr, isTerm: isTerminal})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	kase, err := report.OpenCase(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := kase.Close(); err != nil {
		t.Error(err)
	}
}
