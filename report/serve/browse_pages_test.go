package serve

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/report"
)

// readModel is the case's report.
func readModel(t *testing.T, dir string) *report.Model {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "report.json"))
	m := new(report.Model)
	if err == nil {
		err = json.Unmarshal(b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The overview has the report's figures, and each of them leads to what it counts.
func TestOverview(t *testing.T) {
	dir := archived(t)
	p, m := openPages(t, Case{"a", dir}), readModel(t, dir)
	page := p.page("/", 200)
	for _, g := range m.Findings.BySeverity {
		if want := fmt.Sprintf(`<b>%s</b> %s</a>`, number(g.Count), g.Severity); !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	tl := m.Coverage.Totals
	for _, want := range []string{m.ID, number(tl.Distinct), number(tl.Framed), number(tl.Listed), m.Credentials.Suspected[0].Credential, m.Limits[0][:40], number(m.Events.Suspicious.Events)} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "Incomplete") || strings.Contains(page, "do not agree") {
		t.Error("says that a complete case is not")
	}
	if page := openPages(t, Case{"h", hostiled(t)}).page("/", 200); !strings.Contains(page, "Incomplete: not all of the evidence could be read") {
		t.Error("does not say that a case is incomplete")
	}
}

// An event is shown with its record, its place, its copies and its findings; the raw bytes are the record's.
func TestEventPages(t *testing.T) {
	for _, dir := range []string{archived(t), hostiled(t)} {
		p := openPages(t, Case{"a", dir})
		n := 0
		err := p.s.cases[0].store.Find(t.Context(), nil, func(e *report.CaseEvent) error {
			if n++; n%37 != 1 && (len(e.Findings) == 0 || n%7 > 0) && e.Count == 0 {
				return nil
			}
			path := fmt.Sprintf("/event/%d", e.Ordinal)
			page := p.page(path, 200)
			wants := []string{e.SHA256(), e.Object.SHA256, fmt.Sprintf("record %d, at byte %s", e.Place.Index, number(e.Place.Offset)), fmt.Sprintf(`href="/objects/%d"`, e.Place.Object)}
			for _, f := range e.Findings {
				wants = append(wants, "/findings/"+f.ID)
			}
			for _, c := range e.Copies {
				wants = append(wants, fmt.Sprintf(`<a href="/objects/%d">`, c.Place.Object))
			}
			for _, want := range wants {
				if !strings.Contains(page, want) {
					t.Errorf("%s: no %q", path, want)
				}
			}
			w := p.get(path + "/raw")
			if w.Body.String() != string(e.Raw) {
				t.Errorf("%s/raw: not the record's bytes", path)
			}
			if h := w.Header(); h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Disposition") != fmt.Sprintf(`attachment; filename="event-%d.json"`, e.Ordinal) {
				t.Errorf("%s/raw: %v", path, h)
			}
			return nil
		})
		if err != nil || n < 50 {
			t.Fatal(n, err)
		}
		last := fmt.Sprint(n - 1)
		if page := p.page("/event/"+last, 200); strings.Contains(page, `rel="next"`) || !strings.Contains(page, `rel="prev"`) {
			t.Error("the last event has one behind it, or none before it")
		}
		for _, path := range []string{"/event/" + fmt.Sprint(n), "/event/-1", "/event/x", "/event/99999999999999999999", "/event/" + last + "/other"} {
			p.page(path, 404)
		}
	}
}

// An event is found by its ID, and all records where several have it.
func TestEventsByID(t *testing.T) {
	p := openPages(t, Case{"h", hostiled(t)})
	page := p.page("/events?id=twice", 200)
	if got := shown(page); len(got) != 2 {
		t.Errorf("%v", got)
	}
	spaced := " key-3 " // as it is pasted
	for id, want := range map[string]string{"#5": "/event/5", spaced: "", hostile[0] + " 0": "/event/0"} {
		w := p.get("/events?id=" + url.QueryEscape(id))
		if at := w.Header().Get("Location"); w.Code != 303 || !strings.HasPrefix(at, "/event/") || want != "" && at != want {
			t.Errorf("%s: %d %s", id, w.Code, at)
		}
	}
	p.page("/events?id=nothing", 404)
	p.page("/events?id=%23x", 400)
	p.page("/events", 400)
	p.page("/events?name=x", 400)
}

// All findings are listed, the severest first, as the report counts them, and each has its page.
func TestFindingPages(t *testing.T) {
	dir := archived(t)
	p, m := openPages(t, Case{"a", dir}), readModel(t, dir)
	row := regexp.MustCompile(`<a class="row strong" href="/findings/([^"]+)"`)
	all := func(query string) (ids []string) {
		for path := "/findings?" + query; path != ""; {
			page := p.page(path, 200)
			for _, found := range row.FindAllStringSubmatch(page, -1) {
				ids = append(ids, found[1])
			}
			path = ""
			if next := regexp.MustCompile(`<a rel="next" href="([^"]*)"`).FindStringSubmatch(page); next != nil {
				path = html.UnescapeString(next[1])
			}
		}
		return ids
	}
	var bySeverity []string
	for _, g := range m.Findings.BySeverity {
		ids := all("severity=" + g.Severity.String())
		if int64(len(ids)) != g.Count {
			t.Errorf("%s: %d, want %d", g.Severity, len(ids), g.Count)
		}
		for i, s := range g.Shown {
			if ids[i] != s.ID {
				t.Errorf("%s: %d is %s, want %s", g.Severity, i, ids[i], s.ID)
			}
		}
		bySeverity = append(bySeverity, ids...)
	}
	if got := all(""); !slices.Equal(got, bySeverity) || len(got) < 50 {
		t.Errorf("%d in all, %d by severity", len(got), len(bySeverity))
	}
	for _, d := range m.Findings.ByDetector {
		if got := all("detector=" + d.Detector); int64(len(got)) != d.Findings {
			t.Errorf("%s: %d, want %d", d.Detector, len(got), d.Findings)
		}
	}
	store := p.s.cases[0].store
	for _, id := range bySeverity {
		page := p.page("/findings/"+id, 200)
		f, err := report.NewFilter([]report.Term{{Flag: "finding", Value: id}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := ordinals(t, store, f)
		if got := shown(page); !slices.Equal(got, want[:min(len(want), eventsOfFinding)]) || !strings.Contains(page, number(len(want))+"</a>, ") {
			t.Errorf("%s: %d events, want %d", id, len(got), len(want))
		}
	}
	if got := all("q=KALI"); len(got) == 0 || len(got) == len(bySeverity) {
		t.Errorf("%d findings mention Kali", len(got))
	}
	p.page("/findings/nothing", 404)
	p.page("/findings?severity=worst", 400)
}

// The summary has the command line's figures, and its rows lead to as many events.
func TestSummaryPages(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	for _, query := range []string{"", "error=any&since=2026-03-03"} {
		s, _, err := parseSelection(mustQuery(t, query))
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.s.cases[0].store.Breakdown(t.Context(), s.Filter, 10)
		if err != nil {
			t.Fatal(err)
		}
		page := p.page("/summary?"+query, 200)
		for _, table := range b.Tables {
			for _, r := range table.Rows {
				if want := `<td class="num">` + number(r.Events) + `</td>`; !strings.Contains(page, want) {
					t.Errorf("%s %s: no %s", table.By, r.Value, want)
				}
			}
		}
		rows := regexp.MustCompile(`(?s)<a class="pivot" href="(/timeline\?[^"]*)">.*?<td class="num">([\d,]+)</td>`).FindAllStringSubmatch(page, -1)
		for i, row := range rows {
			if testing.Short() && i%6 > 0 {
				continue
			}
			list := p.page(html.UnescapeString(row[1])+"&count=all", 200)
			exact := strings.Contains(list, "<b>"+row[2]+"</b>")
			// A principal's name is in other places of the identity too.
			if more := strings.Contains(row[1], "principal="); !exact && !more {
				t.Errorf("%s has not %s events", row[1], row[2])
			}
		}
		if len(rows) < 30 {
			t.Errorf("%d rows", len(rows))
		}
	}
	if w := p.get("/summary?ip=&error=any&top=25"); w.Code != 303 || w.Header().Get("Location") != "/summary?error=any&top=25" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, query := range []string{"top=7", "top=x", "ip=x/y", "finding=nothing", "at=5"} {
		p.page("/summary?"+query, 400)
	}
}

func mustQuery(t *testing.T, s string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// The map has every event, and each cell leads to its own.
func TestCoverageMap(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	page := p.page("/coverage", 200)
	sum := 0
	for _, cell := range regexp.MustCompile(`<a href="(/timeline\?[^"]*)"><rect class="heat[^>]*/><title>[^<]*: (\d[\d,]*) events?, `).FindAllStringSubmatch(page, -1) {
		n := 0
		fmt.Sscan(strings.ReplaceAll(cell[2], ",", ""), &n)
		sum += n
		if n > 0 && !strings.Contains(p.page(html.UnescapeString(cell[1])+"&count=all", 200), "<b>"+cell[2]+"</b>") {
			t.Errorf("%s has not %s events", cell[1], cell[2])
		}
	}
	if n, err := p.s.cases[0].store.Events(); err != nil || int64(sum) != n {
		t.Errorf("the map has %d of %d events, %v", sum, n, err)
	}
	for _, want := range []string{"cannot be answered", "StopLogging", `class="off"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// Whatever deleted logs is on the page, named or not.
func TestCoverageTellsDeletions(t *testing.T) {
	call := func(id, name, key, more string) string {
		return record(id, "2026-03-02T10:00:00Z", "s3", name, "us-east-1", `"readOnly":false,"managementEvent":false,"eventCategory":"Data","requestParameters":{"bucketName":"logs"`+key+`}`+more)
	}
	const key = `,"key":"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1000Z_AAAAAAAAAAAAAAAA.json.gz"`
	p := openPages(t, Case{"a", makeCase(t, writeRecords(t, call("put", "PutObject", key, `,"sourceIPAddress":"cloudtrail.amazonaws.com"`), call("one", "DeleteObject", key, ""), call("two", "DeleteObjects", "", ""), call("three", "DeleteObjects", "", "")))})
	page := p.page("/coverage", 200)
	for _, want := range []string{"<summary>Not here: 1<", "<summary>Calls that deleted a log object: 1<", "do not say which objects they deleted: 2<", ">DeleteObjects #2</a>", ">DeleteObjects #3</a>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
}

// The objects are those of the manifest, and what is wrong with some is said.
func TestObjectPages(t *testing.T) {
	dir := hostiled(t)
	p, m := openPages(t, Case{"h", dir}), readModel(t, dir)
	page := p.page("/objects", 200)
	if got := strings.Count(page, `<a class="row" href="/objects/`); int64(got) != m.Coverage.Totals.Listed {
		t.Errorf("%d objects, want %d", got, m.Coverage.Totals.Listed)
	}
	bad := p.page("/objects?problems=true", 200)
	if got := strings.Count(bad, `<a class="row"`); got < 2 || int64(got) >= m.Coverage.Totals.Listed {
		t.Errorf("%d objects with problems", got)
	}
	if got := strings.Count(p.page("/objects?q=CUT.json", 200), `<a class="row"`); got != 1 {
		t.Errorf("%d objects of that name", got)
	}
	for i := range m.Coverage.Totals.Listed {
		p.page(fmt.Sprintf("/objects/%d", i), 200)
	}
	p.page(fmt.Sprintf("/objects/%d", m.Coverage.Totals.Listed), 404)
	p.page("/objects/x", 404)
	p.page("/objects?status=lost", 400)
	problems := p.page("/problems", 200)
	if got := strings.Count(problems, `<a class="row"`); int64(got) != m.Coverage.Totals.Problems || got < 2 {
		t.Errorf("%d problems, want %d", got, m.Coverage.Totals.Problems)
	}
	if got := strings.Count(p.page("/problems?q=eventTime", 200), `<a class="row"`); got != 1 {
		t.Errorf("%d problems with a time", got)
	}
}

// With the evidence at hand, an event is compared with it.
func TestVerifyOnAPage(t *testing.T) {
	dir := archived(t)
	evidence, err := report.ParseEvidence([]string{archivedCase.evidence})
	if err != nil {
		t.Fatal(err)
	}
	s := testServer(t, Config{Cases: []Case{{"a", dir}}, Evidence: evidence})
	p := &testPages{t, s.Handler(), s}
	if page := p.page("/event/3", 200); !strings.Contains(page, "/event/3?verify=1") || strings.Contains(page, "Verified") {
		t.Error("the event is compared though nobody asked, or cannot be")
	}
	if page := p.page("/event/3?verify=1", 200); strings.Count(page, "as in the case: ") != 2 || strings.Contains(page, "DIFFERENT") {
		t.Error("not as in the evidence")
	}
	without := openPages(t, Case{"a", dir})
	if page := without.page("/event/3?verify=1", 200); strings.Contains(page, "verify=1") || strings.Contains(page, "Verified") {
		t.Error("compared with nothing")
	}
}
