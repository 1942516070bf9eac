package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
)

// Every event that the truth names is in a finding of the detector that it names,
// of the severity or above, and the counts are those that were made.
func TestDemoTruth(t *testing.T) {
	for _, seed := range []uint64{1, 2, 77} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "demo")
			var stdout, stderr bytes.Buffer
			if code := run([]string{"demo", "-q", "-o", dir, "--seed", fmt.Sprint(seed), "--size", "2MiB"}, &stdout, &stderr); code != exitComplete {
				t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
			}
			var truth fixtures.Truth
			decode(t, readFile(t, filepath.Join(dir, "truth.json")), &truth)
			expected := compareFindings(t, &truth, readFile(t, filepath.Join(dir, "case", "findings.jsonl")))
			if expected < 100 {
				t.Errorf("the truth expects no more than %d results", expected)
			}
			sum, made := reconcile(t, filepath.Join(dir, "case"), filepath.Join(dir, "evidence")), truth.Counts
			if sum.Kept != made.Records || sum.Distinct != made.Distinct || sum.Copies != made.Copies || sum.Listed != made.Objects+made.OtherObjects ||
				sum.Bad != 0 || sum.Excluded != 0 || sum.Objects["recognised"] != made.OtherObjects {
				t.Errorf("made %+v\nread %+v", made, sum)
			}
		})
	}
}

// compareFindings looks for what the truth expects, and returns how much that is.
func compareFindings(t *testing.T, truth *fixtures.Truth, findings []byte) (expected int) {
	t.Helper()
	type result struct{ detector, event string }
	listed := map[result]detect.Severity{}
	for line := range bytes.Lines(findings) {
		var f struct {
			Detector string
			Severity detect.Severity
			Events   []struct{ ID string }
		}
		decode(t, line, &f)
		for _, e := range f.Events {
			r := result{f.Detector, e.ID}
			listed[r] = max(listed[r], f.Severity)
		}
	}
	for _, incident := range truth.Incidents {
		for _, want := range incident.Expect {
			var least detect.Severity
			if err := least.UnmarshalText([]byte(want.SeverityAtLeast)); err != nil {
				t.Fatal(err)
			}
			for _, id := range want.Events {
				expected++
				if got, ok := listed[result{want.Detector, id}]; !ok || got < least {
					t.Errorf("%s: event %s: %s %v, want %s", incident.Name, id, want.Detector, got, least)
				}
			}
		}
	}
	return expected
}

// Without incidents nothing but everyday findings is left.
func TestBenignDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"demo", "-q", "-o", dir, "--benign", "--size", "2MiB"}, &stdout, &stderr); code != exitComplete {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	for line := range bytes.Lines(readFile(t, filepath.Join(dir, "case", "findings.jsonl"))) {
		var f struct {
			Detector, Subject, Why string
			Severity               detect.Severity
		}
		if decode(t, line, &f); f.Severity >= detect.High {
			t.Errorf("%+v", f)
		}
	}
}
