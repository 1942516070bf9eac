package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// What verify concluded of a case later is what a hunt goes by: findings that stay and new ones say it, and the report.
func TestHuntAfterVerify(t *testing.T) {
	a := tampered(t, "log with a gzip member appended")
	dir, keys, heads := signedCopy(t, a)
	kase, all := filepath.Join(t.TempDir(), "case"), filepath.Join(t.TempDir(), "all")
	list := filepath.Join(t.TempDir(), "addresses.txt")
	writeTestFile(t, list, []byte("192.0.2.0/24\n"))
	command(t, 5, "analyze", dir, "-o", kase, "-q", "--ioc", list)
	command(t, 5, "analyze", dir, "-o", all, "-q", "--ioc", list, "--public-keys", keys, "--sidecar", heads)
	if b := readFile(t, filepath.Join(kase, "findings.jsonl")); !bytes.Contains(b, []byte(`"consistent"`)) || bytes.Contains(b, []byte(`"verified"`)) {
		t.Errorf("%s", b)
	}
	command(t, 5, "verify", kase, "-q", "--public-keys", keys, "--sidecar", heads)
	want := readFile(t, filepath.Join(all, "findings.jsonl"))
	for _, again := range [][]string{nil, {"--again"}} { // findings that stay, and new ones
		command(t, 5, append([]string{"hunt", kase, "-q", "--ioc", list}, again...)...)
		if got := readFile(t, filepath.Join(kase, "findings.jsonl")); !bytes.Equal(got, want) || !bytes.Contains(got, []byte(`"verified"`)) {
			t.Errorf("hunt %v: the findings are not those of a run with the keys:\n%.3000s", again, got)
		}
		md := string(readFile(t, filepath.Join(kase, "report.md")))
		if !strings.Contains(md, "5 are proved") || !strings.Contains(md, "Of every digest and log: integrity/rev-002.jsonl") {
			t.Errorf("%s", md)
		}
	}
	command(t, 0, "custody", "verify", kase)
}
