package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// sumLine is a line of the summary that says what all objects, or bytes, became.
var sumLine = regexp.MustCompile(`(?m)^(Objects|Bytes) +([0-9,]+) (?:listed|stored) = ([0-9,]+) parsed \+ ([0-9,]+) recognised \+ ([0-9,]+) damaged \+ ([0-9,]+) unreadable \+ ([0-9,]+) out of scope$`)

var kindsLine = regexp.MustCompile(`(?m)^ +1 of those kept are network activity; \d+ of the others are Insights events, which are no calls; 5 of the others are aggregated events, each of many calls$`)

// oddEvidence has every vector, a container of some, an archive with names, and what
// cannot be read.
func oddEvidence(t *testing.T) string {
	t.Helper()
	evidence, _, _ := archive(t, fixtures.Config{Seed: 7, Bytes: 300_000, DuplicateRate: 0.1})
	vectors, err := fixtures.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		writeFile(t, filepath.Join(evidence, "odd", v.Name+".json"), v.Input)
	}
	writeFile(t, filepath.Join(evidence, "odd", "notes.txt"), []byte("not JSON"))
	writeFile(t, filepath.Join(evidence, "odd", "empty.json"), nil)
	return evidence
}

// TestReconciliation: what analyze prints at its end adds up, and is what the manifest says.
func TestReconciliation(t *testing.T) {
	evidence := oddEvidence(t)
	for name, filters := range map[string][]string{
		"all": nil, "some": {"--since", "2026-03-03", "--until", "2026-03-03", "--region", "us-east-1"}, "none": {"--since", "2031-01-01"},
	} {
		dir := filepath.Join(t.TempDir(), "case")
		var stdout, stderr bytes.Buffer
		if code := run(append([]string{"analyze", evidence, "-o", dir}, filters...), &stdout, &stderr); code != exitUnreadable {
			t.Fatalf("%s: exit code %d\n%s", name, code, &stderr)
		}
		reconcile(t, dir, evidence)
		objects, stored := map[string]int64{}, map[string]int64{}
		for line := range bytes.Lines(readFile(t, filepath.Join(dir, "manifest.jsonl"))) {
			var o struct {
				Status string
				Size   int64
			}
			decode(t, line, &o)
			objects[o.Status]++
			stored[o.Status] += o.Size
		}
		found := sumLine.FindAllStringSubmatch(stdout.String(), -1)
		if len(found) != 2 {
			t.Fatalf("%s: no sums in\n%s", name, &stdout)
		}
		for i, want := range []map[string]int64{objects, stored} {
			sum := int64(0)
			for j, status := range []string{"parsed", "recognised", "damaged", "unreadable", "out-of-scope"} {
				n := plain(t, found[i][3+j])
				sum += n
				if n != want[status] {
					t.Errorf("%s: %s %s: %d, the manifest has %d", name, found[i][1], status, n, want[status])
				}
			}
			if all := plain(t, found[i][2]); all != sum || all == 0 {
				t.Errorf("%s: %s: %d, the parts are %d", name, found[i][1], all, sum)
			}
		}
		if name == "all" && !kindsLine.MatchString(stdout.String()) {
			t.Errorf("kinds are not told apart:\n%s", &stdout)
		}
	}
}

// plain reads a number with commas.
func plain(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
