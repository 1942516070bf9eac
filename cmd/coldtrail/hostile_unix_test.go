//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
)

// hostileFiles are files that somebody might lay among the evidence, each with what
// has to be said of it. The precedents are bugs of other tools.
func hostileFiles(t *testing.T) []struct{ name, content, want string } {
	record := func(members string) string {
		return `{"eventVersion":"1.08","eventTime":"2026-03-03T00:00:00Z","eventSource":"iam.amazonaws.com","eventName":"X","eventID":"` + members + `}`
	}
	whole := `{"Records":[` + record(`h1"`) + `,` + record(`h2"`) + `]}`
	return []struct{ name, content, want string }{
		{"bomb.json.gz", gzipped(t, whole[:len(whole)-2]+strings.Repeat(" ", 80<<20)), "content more than 300 times as large"},                // suzaku 147
		{"deep.json", `{"Records":[` + record(`h3","x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)) + `]}`, "nesting deeper"}, // CVE-2020-36518
		{"long.json", `{"Records":[` + record(`h4","x":"`+strings.Repeat("x", 17<<20)+`"`) + `]}`, "element larger"},
		{"cut.json.gz", gzipped(t, strings.Repeat(whole, 50))[:200], "gzip: unexpected EOF"}, // plaso 215
		{"corrupt.json.gz", flipped(gzipped(t, whole), -6), "invalid checksum"},
		{"tail.json.gz", gzipped(t, whole) + "tail", "bytes that are not gzip"}, // aws-cli 10324
		{"not-utf8-\xff\xfe.json", whole[:60], "cut short"},                     // suzaku 149
		{"..\\..\\escape.json", "[", "cut short"},                               // CVE-2024-0406
		{"\x1b]0;title\x07\u202e.json", "{", "cut short"},                       // CVE-2021-25743
		{"=cmd|' /C calc'!A0.json", `{"Records":[tru]}`, "invalid JSON"},        // suzaku 146
		{"huge-csv.csv", "eventname,eventtime,eventsource\n\"" + strings.Repeat("x\n", 9<<20), "element larger"},
	}
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func flipped(s string, at int) string {
	b := []byte(s)
	b[len(b)+at] ^= 0x55
	return string(b)
}

// TestHostileEvidence lays everything hostile among honest evidence, in one directory:
// every honest event is found, every problem is said with its object, nothing is
// waited for, and nothing of the evidence changes.
func TestHostileEvidence(t *testing.T) {
	dir, _, truth := archive(t, fixtures.Config{Seed: 31, Bytes: 1 << 19})
	hostile := hostileFiles(t)
	for _, h := range hostile {
		writeFile(t, filepath.Join(dir, "x", h.name), []byte(h.content))
	}
	for name, make := range map[string]func(path string) error{
		"fifo.json.gz": func(path string) error { return syscall.Mkfifo(path, 0o600) }, // yara 1035
		"loop":         func(path string) error { return os.Symlink(".", path) },
		"out.json":     func(path string) error { return os.Symlink("/etc/passwd", path) },
	} {
		if err := make(filepath.Join(dir, "x", name)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2000 {
		writeFile(t, filepath.Join(dir, "empty", fmt.Sprintf("%d.json", i)), nil)
	}
	before := tree(t, dir)
	c := filepath.Join(t.TempDir(), "case")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"analyze", dir, "-o", c, "--memory", "64MiB", "-q"}, &stdout, &stderr); code != exitUnreadable {
		t.Fatalf("exit code %d, want %d\n%s", code, exitUnreadable, &stderr)
	}
	reconcile(t, c, dir)
	if now := tree(t, dir); strings.Join(now, "\n") != strings.Join(before, "\n") {
		t.Error("the evidence has changed")
	}
	honest, said := int64(0), map[string]string{}
	for line := range bytes.Lines(readFile(t, filepath.Join(c, "manifest.jsonl"))) {
		var o object
		decode(t, line, &o)
		if strings.HasPrefix(o.Path, "AWSLogs/") {
			honest += o.Kept
			continue
		}
		said[o.Path] = o.Status + ": " + o.Reason
	}
	if honest != truth.Counts.Records {
		t.Errorf("%d honest records, of %d", honest, truth.Counts.Records)
	}
	for _, h := range hostile {
		if got := said["x/"+manifestPath(h.name)]; !strings.Contains(got, h.want) || !strings.HasPrefix(got, "damaged: ") && !strings.HasPrefix(got, "unreadable: ") {
			t.Errorf("%q: %q, want %q", h.name, got, h.want)
		}
	}
	for name, want := range map[string]string{"x/fifo.json.gz": "named pipe", "x/loop": "symbolic link", "x/out.json": "symbolic link", "empty/7.json": "empty"} {
		if !strings.Contains(said[name], want) {
			t.Errorf("%s: %q", name, said[name])
		}
	}
	for _, b := range [][]byte{stdout.Bytes(), stderr.Bytes(), readFile(t, filepath.Join(c, "report.md")), readFile(t, filepath.Join(c, "timeline.csv"))} {
		if bytes.ContainsAny(b, "\x1b\x07\u202e") {
			t.Errorf("a control character got through: %.200q", b)
		}
	}
}
