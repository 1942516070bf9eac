//go:build !bench

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// judgementsOf writes a file of judgements: "EXAMINER STANCE KIND SUBJECT".
func judgementsOf(t *testing.T, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	var all []report.Judgement
	for i, line := range lines {
		f := strings.Fields(line)
		j := report.Judgement{By: f[0], As: report.Stance(f[1]), Kind: report.SubjectKind(f[2]), Subject: f[3], Because: "as the test says", At: time.Date(2026, 6, 1, 9, i, 0, 0, time.UTC)}
		if err := j.Seal(); err != nil {
			t.Fatal(err)
		}
		all = append(all, j)
	}
	if _, err := report.AddJudgements(dir, all); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, report.JudgementsFile)
}

// accusing are the words that only an examiner's mark brings into a report.
var accusing = regexp.MustCompile(`(?i)attacker|compromised|exfiltrated`)

// TestMarkAgrees: the report after a mark is, byte for byte, that of a hunt that asks all detectors again, and
// that of an analysis that follows the same judgements, and the same with other detectors.
func TestMarkAgrees(t *testing.T) {
	dir, logs, truth := archive(t, fixtures.Config{Seed: 27, Bytes: 1 << 20, DuplicateRate: 0.1})
	conflicting(t, dir, logs)
	first, second := &truth.Incidents[0], &truth.Incidents[1]
	held := judgementsOf(t, "a malicious key "+first.Credentials[0], "a benign key "+second.Credentials[0], "b suspect key "+first.Credentials[0],
		"a responder address "+second.SourceIPs[0], "b malicious user-agent aws-cli/2.13.5", "b malicious network 198.51.100.0/28", "a benign event "+truth.Incidents[2].Events[0].ID)
	list := indicatorLists(t, truth)[0]
	made := func(args ...string) string {
		kase := filepath.Join(t.TempDir(), "case")
		program(t, exitComplete, append([]string{"analyze", "-q", dir, "-o", kase, "--workers", "2", "--memory", "256MiB"}, args...)...)
		return kase
	}
	marked, analyzed := made(), made("--judgements", held)
	program(t, exitComplete, "mark", marked, "--merge", held, "--memory", "64MiB", "--workers", "3")
	want := latest(t, marked, 2)
	for n, name := range []string{"findings/rev-001.report.md", "report.md"} {
		text := bytes.Replace(readFile(t, filepath.Join(marked, name)), []byte("## 4. Compromised Credentials"), nil, 1)
		if found := accusing.Find(text); (found != nil) != (n == 1) {
			t.Errorf("%s: it says %q", name, found)
		}
	}
	for _, name := range []string{"report.json", "report.md"} {
		if !bytes.Contains(want[name], []byte("Judgement")) && !bytes.Contains(want[name], []byte(`"judgements"`)) {
			t.Errorf("%s does not say what it follows", name)
		}
	}
	if names := different(want, latest(t, analyzed, 2)); len(names) > 0 {
		t.Errorf("analyzed with the judgements: not the same: %v", names)
	}
	program(t, exitComplete, "hunt", "-q", marked, "--again")
	if names := different(want, latest(t, marked, 3)); len(names) > 0 {
		t.Errorf("all detectors asked again: not the same: %v", names)
	}
	program(t, exitComplete, "hunt", "-q", marked, "--no-builtin", "--ioc", list)
	if names := different(latest(t, made("--no-builtin", "--ioc", list, "--judgements", held), 2), latest(t, marked, 4)); len(names) > 0 {
		t.Errorf("with other detectors: not the same: %v", names)
	}
	program(t, exitComplete, "custody", "verify", marked)
	program(t, exitComplete, "custody", "verify", analyzed)
}

// TestMarkStaysWhenJoined: evidence that joins a case does not take its judgements away.
func TestMarkStaysWhenJoined(t *testing.T) {
	evidence, kase := smallCase(t)
	var m report.Model
	read := func() {
		t.Helper()
		m = report.Model{}
		if err := json.Unmarshal(readFile(t, filepath.Join(kase, "report.json")), &m); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if len(m.Credentials.Suspected) == 0 || m.Credentials.Status != "suspected" {
		t.Fatalf("the test has no suspects: %+v", m.Credentials)
	}
	key := m.Credentials.Suspected[0].Credential
	t.Setenv("COLDTRAIL_EXAMINER", "A. Roe")
	program(t, exitComplete, "mark", "-q", kase, key, "--as", "malicious", "--because", "seen")
	more := t.TempDir()
	logs := tree(t, evidence)
	writeFile(t, filepath.Join(more, "again.json.gz"), readFile(t, filepath.Join(evidence, filepath.FromSlash(logs[len(logs)-1]))))
	program(t, exitComplete, "analyze", "-q", "--add", kase, more)
	read()
	if m.Judgements == nil || len(m.Judgements.Rows) != 1 || m.Credentials.Status != "confirmed" || m.Credentials.Suspected[0].Credential != key {
		t.Errorf("the report of the joined case: %+v, %s", m.Judgements, m.Credentials.Status)
	}
	program(t, exitComplete, "custody", "verify", kase)
	program(t, exitUsage, "analyze", "-q", evidence, "-o", filepath.Join(t.TempDir(), "c"), "--no-store", "--judgements", filepath.Join(kase, report.JudgementsFile))
}

// TestMarkHostileCase: a file of judgements that is none is not followed.
func TestMarkHostileCase(t *testing.T) {
	_, kase := smallCase(t)
	t.Setenv("COLDTRAIL_EXAMINER", "A. Roe")
	file := filepath.Join(kase, report.JudgementsFile)
	if err := os.Symlink("/dev/null", file); err != nil {
		t.Skip(err)
	}
	said := program(t, exitIntegrity, "mark", kase, "198.51.100.0/24", "--as", "benign", "--because", "x", "--no-report")
	if !strings.Contains(said, "judgements.jsonl") {
		t.Error(said)
	}
	said = program(t, exitUsage, "mark", kase, "--list")
	if !strings.Contains(said, "judgements.jsonl: not a regular file") {
		t.Error(said)
	}
}

// TestMarkFailureSaysNothingElse: where judgements cannot be added, the log says why, and not that they were there.
func TestMarkFailureSaysNothingElse(t *testing.T) {
	_, kase := smallCase(t)
	t.Setenv("COLDTRAIL_EXAMINER", "A. Roe")
	many := func(by string) string {
		lines := make([]string, 10_001)
		for i := range lines {
			lines[i] = fmt.Sprintf("%s benign event e-%d", by, i)
		}
		return judgementsOf(t, lines...)
	}
	said := program(t, exitNoResult, "mark", kase, "--merge", many("b"), "--merge", many("c"))
	if !strings.Contains(said, "more than 20000") {
		t.Error(said)
	}
	log := logOf(t, kase)
	last := log.Entries[len(log.Entries)-1]
	if last.Command != "mark" || last.Text != "" || !strings.Contains(last.Error, "more than 20000") {
		t.Errorf("the log's last entry: %s %q, error %q", last.Command, last.Text, last.Error)
	}
}
