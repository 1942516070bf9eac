package serve

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/report"
)

// A finding that an examiner has cleared, or that is suppressed, is not shown as one that still accuses.
func TestFindingsTellWhatIsHeld(t *testing.T) {
	dir := makeCase(t, writeRecords(t, record("e1", "2026-03-02T10:00:00Z", "cloudtrail", "StopLogging", "us-east-1", `"readOnly":false,"requestParameters":{"name":"t"}`)))
	edit := func(name, old, to string) {
		t.Helper()
		name = filepath.Join(dir, name)
		b, err := os.ReadFile(name)
		if err != nil || bytes.Count(b, []byte(old)) == 0 {
			t.Fatalf("%s: %v, no %s in %s", name, err, old, b)
		}
		if err := os.WriteFile(name, bytes.ReplaceAll(b, []byte(old), []byte(to)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := openPages(t, Case{Name: "case", Dir: dir})
	edit("report.json", `"malformed": []`, `"malformed": [{"source": "010.1.2.3", "events": 1}], "other_events_from_malformed": 7`)
	if page := p.page("/", 200); !strings.Contains(page, ">010.1.2.3</a>") || !strings.Contains(page, "too many for the report: 7 of their events") {
		t.Errorf("sources that are no addresses: %s", page)
	}
	all := p.page("/findings", 200)
	finding := "/findings/"
	for _, l := range links(all) {
		if strings.HasPrefix(l, finding) {
			finding = l
		}
	}
	if strings.Contains(all+p.page(finding, 200)+p.page("/", 200), "cleared") {
		t.Error("cleared before anybody has judged")
	}
	edit("report.json", `"detector": "trail-stopped",`, `"standing": "cleared", "suppressed": "known <job>", "detector": "trail-stopped",`)
	edit("report.json", `"findings": {`, `"judgements": {"rows": []}, "findings": {`)
	edit("findings.jsonl", `"detector":"trail-stopped",`, `"suppressed":"known <job>","detector":"trail-stopped",`)
	for _, path := range []string{"/", "/findings", finding} {
		if page := p.page(path, 200); !strings.Contains(page, `<span class="tag">cleared</span>`) || !strings.Contains(page, "known &lt;job&gt;") {
			t.Errorf("%s: %s", path, page)
		}
	}
	edit("report.json", `"total": 1,`, `"suppressed": 1, "total": 0,`)
	if page := p.page("/findings", 200); !strings.Contains(page, "1 finding of all these is suppressed") {
		t.Errorf("a suppressed finding is counted as the others: %s", page)
	}
	edit("findings.jsonl", `"suppressed":"known <job>",`, "")
	edit("report.json", `"suppressed": 1, "total": 0,`, `"total": 1,`)
	id := strings.TrimPrefix(finding, "/findings/")
	edit("report.json", id, "another") // as if others had taken all the places that the report has
	edit("report.json", `"judgements": {"rows": []}`, `"judgements": {"rows": [{"kind": "finding", "subject": "`+id+`", "as": "benign", "by": "A. Roe", "because": "our <own>"}]}`)
	if page := p.page(finding, 200); !strings.Contains(page, "An examiner, A. Roe, holds this finding to be benign: our &lt;own&gt;") || !strings.Contains(page, "is not told here") {
		t.Errorf("the report leaves it out, and so does its page: %s", page)
	}
}

// A list that was cut short is no list: what the report counts is there, or the page says that it is not. Behind its end a list says so, and not
// that there is nothing.
func TestListsAreWhole(t *testing.T) {
	dir := makeCase(t, writeRecords(t, append([]string{`{"eventTime":"x"}`, `{"eventTime":"y"}`}, plainRecords...)...))
	p := openPages(t, Case{Name: "case", Dir: dir})
	for path, name := range map[string]string{"/findings": findingsName, "/problems": problemsName} {
		p.page(path, 200)
		if page := p.page(path+"?at=1000", 200); !strings.Contains(page, "follows here.") {
			t.Errorf("%s: behind the end: %s", path, page)
		}
		name = filepath.Join(dir, name)
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(whole, []byte("\n"))
		for what, part := range map[string][]byte{"a line": bytes.Join(lines[:len(lines)-2], nil), "all": nil} {
			if err := os.WriteFile(name, part, 0o644); err != nil {
				t.Fatal(err)
			}
			if page := openPages(t, Case{Name: "case", Dir: dir}).page(path, 500); !strings.Contains(page, "report.json counts") {
				t.Errorf("%s without %s: %s", path, what, page)
			}
		}
	}
	if page := p.page("/objects?at=1000", 200); !strings.Contains(page, "No object follows here.") {
		t.Errorf("objects: behind the end: %s", page)
	}
	p.page("/objects?problems=yes", 400)
}

// A finding's page says what its detector means: one in Go, or a rule.
func TestOwnDetector(t *testing.T) {
	for _, id := range []string{"trail-stopped", ownRules().Detectors()[0].ID} {
		if d := ownDetector(id); d == nil || d.ID != id || d.Doc == "" || d.Next == "" {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if d := ownDetector("somebody-elses"); d != nil {
		t.Errorf("%+v", d)
	}
}

// What a ledger's file has beyond the report's list is among what the overview has no room for.
func TestOverviewCountsLedgers(t *testing.T) {
	o := &overview{Model: &report.Model{
		Persistence: report.Persistence{Rows: make([]report.PersistenceRow, overviewRows+1), OtherRows: 600},
		Data:        report.Data{Rows: make([]report.DataRow, 1), OtherRows: 400, OtherEvents: 3},
	}}
	if p, d := o.Persistence(), o.Data(); p.More != 601 || d.More != 400 || d.Others != 3 {
		t.Errorf("%d things and %d, %d of data", p.More, d.More, d.Others)
	}
}
