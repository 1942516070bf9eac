//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// TestDamagedCase: a case that is not what analyze made is refused by whatever
// needs the part that differs: it is never waited for, and never half an answer.
func TestDamagedCase(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 21, Bytes: 1 << 19})
	other, _, _ := archive(t, fixtures.Config{Seed: 22, Bytes: 1 << 18})
	analyzed := func(dir string) string {
		return makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: minMemory}})
	}
	whole, foreign := analyzed(dir), analyzed(other)
	part := filepath.Join("events", "part-00000.parquet")
	pipe := func(name string) func(c string) {
		return func(c string) {
			path := filepath.Join(c, name)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, d := range map[string]struct {
		damage   func(c string)
		commands string
		want     string
	}{
		"piped part":     {pipe(part), "timeline show summary coverage", "not a regular file"},
		"piped summary":  {pipe("summary.json"), "timeline coverage", "not a regular file"},
		"piped manifest": {pipe("manifest.jsonl"), "coverage", "not a regular file"},
		"piped report":   {pipe("report.json"), "coverage", "not a regular file"},
		"piped objects":  {pipe("objects.parquet"), "timeline show coverage", "not a regular file"},
		"foreign part":   {func(c string) { writeFile(t, filepath.Join(c, part), readFile(t, filepath.Join(foreign, part))) }, "timeline show summary coverage", "not those of this case"},
		"additional part": {func(c string) {
			writeFile(t, filepath.Join(c, "events", "part-00001.parquet"), readFile(t, filepath.Join(foreign, part)))
		}, "timeline show summary coverage", "of this case"},
		"other manifest": {func(c string) { swapPaths(t, filepath.Join(c, "manifest.jsonl")) }, "coverage", "not the same in manifest.jsonl"},
	} {
		for _, command := range strings.Fields(d.commands) {
			c := filepath.Join(t.TempDir(), "case")
			if err := os.CopyFS(c, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			d.damage(c)
			args := []string{command, c}
			if command == "show" {
				args = append(args, "#5")
			}
			var stdout, stderr bytes.Buffer
			if code := run(args, &stdout, &stderr); code != exitNoResult || !strings.Contains(stderr.String(), d.want) {
				t.Errorf("%s: %s: exit code %d: %s", name, command, code, &stderr)
			}
		}
	}
}

// swapPaths exchanges the names of the first two objects in a manifest.
func swapPaths(t *testing.T, manifest string) {
	t.Helper()
	lines := bytes.SplitAfter(readFile(t, manifest), []byte("\n"))
	lines[0], lines[1] = bytes.Replace(lines[1], []byte(`"ordinal":1,`), []byte(`"ordinal":0,`), 1), bytes.Replace(lines[0], []byte(`"ordinal":0,`), []byte(`"ordinal":1,`), 1)
	writeFile(t, manifest, bytes.Join(lines, nil))
}
