//go:build !bench

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

// severeFindings lists the findings that make suspects, and the events of each.
func severeFindings(t *testing.T, kase string) (findings []string, ids map[string][]string) {
	t.Helper()
	ids = map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, filepath.Join(kase, "findings.jsonl"))))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var f struct {
			ID       string          `json:"id"`
			Severity detect.Severity `json:"severity"`
			Events   []struct{ ID string }
		}
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		if f.Severity < report.SuspectFrom {
			continue
		}
		findings = append(findings, f.ID)
		for _, e := range f.Events {
			ids[f.ID] = append(ids[f.ID], e.ID)
		}
	}
	return findings, ids
}

// TestMarkedFindings: of each finding the report says what is held of its events, and counts findings by it.
func TestMarkedFindings(t *testing.T) {
	_, kase := smallCase(t)
	findings, ids := severeFindings(t, kase)
	standings := map[string]report.Standing{}
	// The longest finding is of responders, of the second one event is malicious, the third is wrong; of the others follows what they share with these.
	slices.SortStableFunc(findings, func(a, b string) int { return cmp.Compare(len(ids[b]), len(ids[a])) })
	if len(findings) < 3 || len(ids[findings[1]]) < 2 {
		t.Fatalf("too few findings: %d", len(findings))
	}
	wrong := findings[2]
	held := map[string]report.Stance{ids[findings[1]][0]: report.Malicious}
	for _, id := range ids[findings[0]] {
		if held[id] == "" {
			held[id] = report.Responder
		}
	}
	judge := []string{"a benign finding " + wrong}
	for id, as := range held {
		judge = append(judge, fmt.Sprintf("a %s event %s", as, id))
	}
	want := report.Standings{}
	for _, f := range findings {
		count := map[report.Stance]int{}
		for _, id := range ids[f] {
			count[held[id]]++
		}
		switch n := len(ids[f]); {
		case f == wrong:
			standings[f] = report.StandsCleared
			want.Cleared++
		case count[report.Malicious] == n:
			standings[f] = report.StandsConfirmed
			want.Confirmed++
		case count[report.Malicious] > 0:
			standings[f] = report.StandsInPart
			want.Confirmed++
		case count[report.Responder] == n:
			standings[f] = report.StandsResponder
			want.Responders++
		default:
			want.Suspected++
		}
	}
	program(t, exitComplete, "mark", "-q", kase, "--merge", judgementsOf(t, judge...), "--examiner", "A. Roe")
	var m report.Model
	if err := json.Unmarshal(readFile(t, filepath.Join(kase, "report.json")), &m); err != nil {
		t.Fatal(err)
	}
	var got report.Standings
	for i := range m.Findings.BySeverity {
		g := &m.Findings.BySeverity[i]
		if (g.Held != nil) != (g.Severity >= report.SuspectFrom) {
			t.Errorf("%s: %+v", g.Severity, g.Held)
		}
		if g.Held != nil {
			got.Confirmed += g.Held.Confirmed
			got.Suspected += g.Held.Suspected
			got.Responders += g.Held.Responders
			got.Cleared += g.Held.Cleared
		}
		for _, s := range g.Shown {
			if s.Standing != standings[s.ID] {
				t.Errorf("finding %s stands as %q, want %q", s.ID, s.Standing, standings[s.ID])
			}
		}
	}
	if got != want || want.Confirmed == 0 || want.Responders == 0 || want.Cleared == 0 {
		t.Errorf("%+v, want %+v", got, want)
	}
	text := string(readFile(t, filepath.Join(kase, "report.md")))
	if page := string(readFile(t, filepath.Join(kase, "report.html"))); !strings.Contains(text, ": "+m.Findings.Statement[strings.Index(m.Findings.Statement, ": ")+2:]) || !strings.Contains(page, fmt.Sprintf("%d confirmed in part or whole, %d suspected, %d on responders", want.Confirmed, want.Suspected, want.Responders)) {
		t.Error("the reports do not count them")
	}
	if !strings.Contains(text, "- **On responders**, as an examiner holds") {
		t.Error("report.md does not mark a responder's finding")
	}
}
