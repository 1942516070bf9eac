package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

var update = flag.Bool("update", false, "write the golden files")

var detectors = []*detect.Detector{
	{ID: "iam-key-for-other", Title: "Access key made for another user", Severity: detect.High, Techniques: []string{"T1098.001"},
		Next: "Deactivate the new key.\nThen ask its owner."},
	{ID: "denied-burst", Title: "Many calls <b>denied</b>", Severity: detect.Medium},
}

var objects = []scan.Object{
	{Ordinal: 0, Source: "evidence", Path: "AWSLogs/a.json.gz", Size: 1234, ContentSize: 9999, Members: 1, Shape: "trail", Status: scan.Parsed, Framed: 9, Kept: 9},
	{Ordinal: 1, Source: "evidence", Path: "odd\x1b name|`.json", Size: 567, ContentSize: 567, Shape: "trail", Status: scan.Damaged, Reason: "unexpected end\xff",
		Framed: 17, Kept: 14, Excluded: 1, Bad: 1, Other: 1, ProblemCount: 2, Problems: []scan.Problem{{Offset: 8, Index: 3, Text: "eventTime: \u202e"}}},
	{Ordinal: 2, Source: "evidence", Path: "bad\xff.gz", Size: 10, Status: scan.Unreadable, Reason: "permission denied"},
	{Ordinal: 3, Source: "evidence", Path: "AWSLogs/digest.json.gz", Size: 10, Status: scan.Recognised, Shape: "records", Reason: "CloudTrail digest"},
}

// result is what a run over the scenario settles.
func result(t testing.TB) *scan.Result {
	t.Helper()
	all := entries(t)
	names := make(table, len(objects))
	var totals scan.Totals
	totals.Objects, totals.Bytes = map[scan.Status]int64{}, map[scan.Status]int64{}
	for i, o := range objects {
		names[i] = o.Path
		totals.Objects[o.Status]++
		totals.Bytes[o.Status] += o.Size
		totals.Listed++
		totals.Content += o.ContentSize
		totals.Framed += o.Framed
		totals.Kept += o.Kept
		totals.Excluded += o.Excluded
		totals.Bad += o.Bad
		totals.Other += o.Other
		totals.Problems += o.ProblemCount
	}
	totals.Distinct, totals.Copies = int64(len(all)), totals.Kept-int64(len(all))
	return &scan.Result{
		Totals: totals, Objects: seq(objects), Names: names,
		Problems: seq([]scan.ObjectProblem{{Object: 1, Problem: objects[1].Problems[0]}, {Object: 2, Problem: scan.Problem{Offset: -1, Index: -1, Text: "permission denied"}}}),
		Copies:   seq([]scan.Copy{{Ordinal: 5, ID: "e05", Place: detect.Place{Object: 1, Index: 9, Offset: 77}}}),
		Findings: func(yield func(scan.FindingHead, iter.Seq2[scan.FindingEvent, error]) bool) {
			for _, h := range heads {
				if !yield(h, seq(eventsOf(h.ID, all))) {
					return
				}
			}
		},
		Err: func() error { return nil },
	}
}

func eventsOf(finding string, all []scan.Entry) []scan.FindingEvent {
	var out []scan.FindingEvent
	for i := range all {
		for _, m := range all[i].Findings {
			if m.Finding == finding {
				r := &all[i].Ref
				out = append(out, scan.FindingEvent{ID: r.ID, Ordinal: all[i].Ordinal, Time: r.Time, Name: r.Name, Error: r.ErrorCode, Place: r.Place, Raw: all[i].Carried})
			}
		}
	}
	if finding == "f-low" {
		out[0].Raw = append([]byte{0xff}, out[0].Raw...) // not UTF-8, not JSON
	}
	return out
}

// settled writes a case of the scenario and returns its directory.
func settled(t testing.TB, batch int, opt Options) (string, *Model) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "case")
	c, err := Create(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	res := result(t)
	concl := conclusion()
	concl.Objects = res.Names
	sinks, tally, err := Sinks(c, concl, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sinks {
		drive(t, s, entries(t), batch)
	}
	m, err := Write(t.Context(), c, res, tally, opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Settle(); err != nil {
		t.Fatal(err)
	}
	return dir, m
}

var options = Options{Scope: []string{"--until 2025-01-01", "`--x`"}, Sources: []string{"evidence"}, Detectors: detectors, Detection: brought}

// brought is what a run was given to look for, some of it hostile.
var brought = func() *Detection {
	d := &Detection{
		Rejected: []RejectedRule{{File: "rules/`|x`.yml", Line: 3, Title: "<b>", Reason: "field \x1b[31m"}, {File: "rules/large.yml", Reason: "larger than 4.0 MiB"}},
		Notes:    []RuleNote{{File: "rules/a.yml", Line: 1, Rule: "A", Note: "no level: taken for low"}},
	}
	d.Add(DetectorSource{Name: "coldtrail's detectors", Kind: "detectors"}, detectors)
	d.Add(DetectorSource{Name: "rules", Kind: "rules", Files: 4, Silent: 1, Rejected: 2}, []*detect.Detector{{ID: "a-rule"}, {ID: "left-out"}})
	d.Remove([]string{"left-out"})
	l, err := detect.ReadIndicators("feed.csv", strings.NewReader("203.0.113.9\n203.0.113.9\nevil\x1b.example\n"))
	if err != nil {
		panic(err)
	}
	d.AddList(l, l.Detector("ioc-feed"))
	d.Minimum, d.Below, d.AsOf = "low", &detect.Below{Findings: 3, Events: 1234}, "2026-11-30"
	d.Suppressions = []SuppressionRow{
		{Suppression: "known.yml, line 2", Rules: []string{}, Reason: "the yearly audit", Expires: "2027-01-31"},
		{Suppression: "known.yml, line 9", Rules: []string{"iam-*"}, Reason: "`|", Expires: "2026-01-31", Expired: true},
	}
	return d
}()

var files = []string{"copies.jsonl", dataFile, defencesFile, "findings.jsonl", "manifest.jsonl", persistenceFile, "problems.jsonl", "report.html", "report.json", "report.md", "summary.json", "timeline.csv"}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "scenario", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := mustRead(t, path)
	if got == want {
		return
	}
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Errorf("%s differs from line %d (-update writes it):\n%s", name, i+1, a[i])
			return
		}
	}
	t.Errorf("%s is shorter than its golden", name)
}

func TestGolden(t *testing.T) {
	dir, m := settled(t, 5, options)
	if got := names(t, dir); strings.Join(got, " ") != strings.Join(files, " ") {
		t.Errorf("the case holds %q", got)
	}
	for _, name := range files {
		golden(t, name, mustRead(t, filepath.Join(dir, name)))
	}
	var b bytes.Buffer
	if err := m.Terminal(&b, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "terminal.txt", b.String())
}

// No file holds a character that does not print, an absolute path or markup of the evidence.
func TestHostileStrings(t *testing.T) {
	dir, m := settled(t, 5, options)
	var term bytes.Buffer
	if err := m.Terminal(&term, false); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"terminal": term.String()}
	for _, name := range files {
		texts[name] = mustRead(t, filepath.Join(dir, name))
	}
	for name, s := range texts {
		for _, r := range s {
			if r != '\n' && !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				t.Errorf("%s holds %U", name, r)
			}
		}
		if strings.Contains(s, dir) {
			t.Errorf("%s names the directory", name)
		}
		if strings.HasSuffix(name, "jsonl") {
			for line := range strings.Lines(s) {
				if !json.Valid([]byte(line)) {
					t.Errorf("%s: not JSON: %s", name, line)
				}
			}
		}
	}
	for line := range strings.Lines(texts["report.md"]) {
		outside := "" // of code spans
		for i, s := range strings.Split(line, "`") {
			if i%2 == 0 {
				outside += s
			}
		}
		for _, bad := range []string{"<", "](", "javascript:alert"} {
			if i := strings.Index(outside, bad); i == 0 || i > 0 && outside[i-1] != '\\' {
				if bad != "](" || !strings.Contains(outside, `\](`) {
					t.Errorf("report.md: %q stands bare in %s", bad, line)
				}
			}
		}
	}
}

func TestDeterminism(t *testing.T) {
	first, _ := settled(t, 1, options)
	second, _ := settled(t, 100, options)
	for _, name := range files {
		if mustRead(t, filepath.Join(first, name)) != mustRead(t, filepath.Join(second, name)) {
			t.Errorf("%s depends on the batches", name)
		}
	}
}

func TestModes(t *testing.T) {
	opt := options
	opt.Timeline = None
	opt.CaseID = "IR-\x1b1"
	dir, m := settled(t, 5, opt)
	if strings.Contains(strings.Join(names(t, dir), " "), "timeline") || m.ID != "IR-\x1b1" {
		t.Errorf("%q, %q", names(t, dir), m.ID)
	}
	c, err := Create(filepath.Join(t.TempDir(), "c"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	if _, _, err := Sinks(c, conclusion(), Options{Timeline: "half"}); err == nil {
		t.Error("an unknown mode went through")
	}
}

// Without events and findings the report still says what was read.
func TestEmpty(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	c, err := Create(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tally, err := NewTally(&scan.Conclusion{}, at("2024-01-01T00:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := Write(t.Context(), c, &scan.Result{Names: table{}}, tally, Options{Detectors: detectors})
	if err != nil {
		t.Fatal(err)
	}
	if _, any := m.Worst(); any || !m.Complete() {
		t.Error("an empty case is incomplete, or found something")
	}
	var md, term bytes.Buffer
	if err := errors.Join(m.Markdown(&md), m.Terminal(&term, false)); err != nil {
		t.Fatal(err)
	}
	if !m.Empty() || !strings.Contains(md.String(), "Complete: ") || !strings.Contains(md.String(), "**No event was read:** no object") || !strings.Contains(term.String(), "No event was read") {
		t.Errorf("that there was no event goes unsaid:\n%s", md.String())
	}
	m.Coverage.Scope = []string{"--region x"}
	m.Coverage.Totals = scan.Totals{Excluded: 5, Objects: map[scan.Status]int64{scan.OutOfScope: 1, scan.Recognised: 2}}
	md.Reset()
	if err := m.Markdown(&md); err != nil {
		t.Fatal(err)
	}
	if want := "\n\nLimited by filters: `--region x`\n\n**No event was read:** 1 object out of scope by name, 5 records excluded by the filters, 2 objects recognised as something else\n\n"; !strings.Contains(md.String(), want) {
		t.Errorf("not %q, but\n%s", want, md.String())
	}
	if m.ID != "AWS-IR-undated-001" || !m.Coverage.Complete || !m.Coverage.Reconciles || !strings.Contains(m.Findings.Statement, "does not mean") {
		t.Errorf("%+v", m)
	}
	var b bytes.Buffer
	if err := m.Terminal(&b, true); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n > 30 || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%d lines:\n%s", n, b.String())
	}
	if _, err := c.Settle(); err != nil {
		t.Fatal(err)
	}
}

func TestTerminalColour(t *testing.T) {
	_, m := settled(t, 5, options)
	var plainText, coloured bytes.Buffer
	if err := m.Terminal(&plainText, false); err != nil {
		t.Fatal(err)
	}
	if err := m.Terminal(&coloured, true); err != nil {
		t.Fatal(err)
	}
	s := coloured.String()
	for _, c := range append(colours[:], plain) {
		s = strings.ReplaceAll(s, c, "")
	}
	if s != plainText.String() || s == coloured.String() {
		t.Error("colour changes more than the colour")
	}
	if n := strings.Count(s, "\n"); n > 30 {
		t.Errorf("%d lines", n)
	}
}

// Sums that do not agree are said, in every place where one looks.
func TestDisagreement(t *testing.T) {
	c, err := Create(filepath.Join(t.TempDir(), "case"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	res := result(t)
	res.Totals.Kept++
	m, err := Write(t.Context(), c, res, tallied(t, entries(t), 5), options)
	if err != nil {
		t.Fatal(err)
	}
	var md, term bytes.Buffer
	if err := m.Markdown(&md); err != nil {
		t.Fatal(err)
	}
	if err := m.Terminal(&term, false); err != nil {
		t.Fatal(err)
	}
	if m.Coverage.Reconciles || m.summary().Reconciles || !strings.Contains(md.String(), "Do not rely") || !strings.Contains(term.String(), "DO NOT AGREE") {
		t.Error("a lost record goes unsaid")
	}
	if worst, any := m.Worst(); m.Complete() || !any || worst != detect.High {
		t.Errorf("complete %v, worst %v %v", m.Complete(), worst, any)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %s", n, got)
		}
	}
	for n, want := range map[int64]string{1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 999949: "999.9 kB", 999950: "1.0 MB", 1688560107: "1.7 GB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s", n, got)
		}
	}
	for s, want := range map[string]int64{"243": 243, "243.0": 243, "1.688560107857E9": 1688560107, "-1": 0, "x": 0, "1e300": 0, "NaN": 0} {
		if got := byteCount(s); got != want {
			t.Errorf("byteCount(%s) = %d", s, got)
		}
	}
}

func FuzzJSONString(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendJSONString(nil, s)
		visible(t, "JSON", s, string(b))
		var got string
		if err := json.Unmarshal(b, &got); err != nil || got != valid(s) {
			t.Errorf("appendJSONString(%q) = %s: %v", s, b, err)
		}
		whole, err := appendJSON(nil, valid(s), "")
		if err != nil {
			t.Fatal(err)
		}
		visible(t, "JSON", s, strings.TrimSuffix(string(whole), "\n"))
		if err := json.Unmarshal(whole, &got); err != nil || got != valid(s) {
			t.Errorf("appendJSON(%q) = %s: %v", s, whole, err)
		}
	})
}
