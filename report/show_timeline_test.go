package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/scan"
)

// shownRows are events with everything that must be escaped or shortened.
func shownRows() []storeRow {
	rows := randomRows(11, 12)
	rows[2]["useragent"] = "=cmd|' /C calc'!A0"
	rows[3]["useragent"] = "line\nbreak \x1b[31m \u202egnp.exe, \"quoted\""
	rows[4]["principal"] = "arn:aws:sts::111122223333:assumed-role/" + strings.Repeat("long/", 30) + "end"
	rows[5]["marks"] = []any{"duplicate-keys"}
	rows[5]["copies.object_ordinal"] = []any{1, 2}
	rows[5]["copies.record_index"] = []any{7, 8}
	rows[5]["copies.record_offset"] = []any{70, 80}
	rows[5]["copies_count"] = 2
	rows[6]["useridentity.sessioncontext.webidfederationdata.attributes.key"] = []any{"sub", "aud"}
	rows[6]["useridentity.sessioncontext.webidfederationdata.attributes.value"] = []any{"x", nil}
	rows[7]["requestparameters"] = "{\"n\": 1.0E3,\n \"b\":[1, 2]}"
	rows[7]["eventjson"] = "{\n  \"eventID\" : \"id-0007\", \"n\": 1.688560107857E9, \"z\":{}, \"a\":[], \"bidi\":\"\u202e\"}"
	return rows
}

var shownObjects = []scan.Object{
	{Ordinal: 0, Source: "evidence", Path: "AWSLogs/a.json.gz", Size: 10, SHA256: "aa", Members: 1},
	{Ordinal: 1, Source: "evidence", Path: "odd\x1b name,\".json", Size: 10, SHA256: "bb"},
	{Ordinal: 2, Source: "second", Path: "b\xff.json", Size: 10, Status: scan.Damaged},
}

// shownCase writes a case of rows and opens it.
func shownCase(t testing.TB, rows []storeRow, cuts rowCuts) *EventStore {
	t.Helper()
	dir := t.TempDir()
	writeStore(t, dir, rows, cuts)
	var b bytes.Buffer
	if err := writeObjects(&b, &scan.Result{Objects: seq(shownObjects)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, objectsFile), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	writeTestFindings(t, dir, 1, testFindings(len(rows)))
	return openTestStore(t, dir)
}

// writeTestFindings writes a revision of the findings.
func writeTestFindings(t testing.TB, dir string, revision int, m *memberships) {
	t.Helper()
	res := &scan.Result{Findings: func(yield func(scan.FindingHead, iter.Seq2[scan.FindingEvent, error]) bool) {
		for i, f := range m.findings {
			var events []scan.FindingEvent
			for _, e := range m.events {
				if int(e.finding) == i {
					events = append(events, scan.FindingEvent{Ordinal: e.ordinal})
				}
			}
			if !yield(scan.FindingHead{ID: f.ID, Detector: f.Detector, Severity: f.Severity, Why: f.Why}, seq(events)) {
				return
			}
		}
	}}
	var b bytes.Buffer
	if err := writeFindingTable(&b, res); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, filepath.FromSlash(revisionName(revision)))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The latest revision of the findings counts.
func TestLatestFindings(t *testing.T) {
	s := shownCase(t, randomRows(41, 100), manyCuts[0])
	dir := s.dir
	want := testFindings(100)
	if got, err := s.memberships(); err != nil || !slices.Equal(got.findings, want.findings) || !slices.Equal(got.events, want.events) {
		t.Errorf("%+v %v, want %+v", got, err, want)
	}
	later := &memberships{findings: []EventFinding{{ID: "later", Detector: "d", Why: "why \xff"}}, events: []eventFinding{{7, 0}}}
	writeTestFindings(t, dir, 12, later)
	writeTestFindings(t, dir, 3, want)
	later.findings[0].Why = `why \xff`
	if got, err := openTestStore(t, dir).memberships(); err != nil || !slices.Equal(got.findings, later.findings) || !slices.Equal(got.events, later.events) {
		t.Errorf("%+v %v, want %+v", got, err, later)
	}
	for _, spoil := range []struct {
		do   func() error
		want string
	}{
		{func() error {
			return os.WriteFile(filepath.Join(dir, "findings", "rev-013.parquet"), []byte("PAR1"), 0o600)
		}, "findings/rev-013.parquet: 4 bytes are no Parquet file"},
		{func() error { return os.RemoveAll(filepath.Join(dir, "findings")) }, "findings: no such file"},
		{func() error { return os.Mkdir(filepath.Join(dir, "findings"), 0o700) }, "findings: no revision rev-001.parquet or later"},
	} {
		if err := spoil.do(); err != nil {
			t.Fatal(err)
		}
		if _, err := openTestStore(t, dir).memberships(); err == nil || !strings.Contains(err.Error(), spoil.want) {
			t.Errorf("%v, want %q", err, spoil.want)
		}
	}
}

// The object table is read by row group, and gives what was written.
func TestObjectsAreFound(t *testing.T) {
	dir := t.TempDir()
	n := 2*sideRows + 5
	objects := make([]scan.Object, n)
	for i := range objects {
		objects[i] = scan.Object{Ordinal: uint64(i), Source: "e", Path: fmt.Sprintf("p%d\xff", i), Size: int64(i), Members: i % 2}
	}
	var b bytes.Buffer
	if err := writeObjects(&b, &scan.Result{Objects: seq(objects)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, objectsFile), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	table := &objectTable{dir: dir}
	defer table.close()
	for _, i := range []int{0, n - 1, sideRows, sideRows - 1, 7} {
		o, err := table.object(uint64(i))
		if err != nil || o.Ordinal != uint64(i) || o.Path != objects[i].Path || o.Size != int64(i) || o.Members != i%2 {
			t.Errorf("%d: %+v %v", i, o, err)
		}
	}
	for _, i := range []uint64{uint64(n), 1 << 63} {
		if _, _, err := table.Name(i); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("objects.parquet: has no object %d", i)) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func timelineText(t testing.TB, s *EventStore, f *Filter, v TimelineView) (string, Listed) {
	t.Helper()
	var b bytes.Buffer
	listed, err := s.WriteTimeline(context.Background(), &b, f, v)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), listed
}

func TestTimelineGoldens(t *testing.T) {
	for _, cuts := range []rowCuts{{rows: 100, groups: 1, page: 1 << 20}, {rows: 5, groups: 1, page: 50}} {
		s := shownCase(t, shownRows(), cuts)
		for _, c := range []struct {
			name string
			view TimelineView
		}{
			{"../show/timeline.csv", TimelineView{Format: "csv"}},
			{"../show/timeline.jsonl", TimelineView{Format: "jsonl"}},
			{"../show/timeline.txt", TimelineView{Format: "table"}},
			{"../show/timeline-100.txt", TimelineView{Format: "table", Screen: Screen{Width: 100}}},
			{"../show/timeline-columns.jsonl", TimelineView{Format: "jsonl", Columns: []string{
				"ordinal", "event_ts", "finding_ids", "useridentity", "resources", "resources.arn", "marks", "copies", "requestparameters", "eventjson",
				"copies.record_offset", "useridentity.sessioncontext.webidfederationdata.attributes",
			}}},
			{"../show/timeline-columns.csv", TimelineView{Format: "csv", Columns: []string{"ordinal", "finding_ids", "resources", "resource_names", "copies_count", "requestparameters"}}},
		} {
			got, _ := timelineText(t, s, nil, c.view)
			golden(t, c.name, got)
		}
	}
}

// What is cut is counted, and nothing that steers a terminal gets through.
func TestTimelineTable(t *testing.T) {
	s := shownCase(t, shownRows(), rowCuts{rows: 5, groups: 1, page: 50})
	for _, width := range []int{32, 60, 80, 100, 200} {
		got, listed := timelineText(t, s, nil, TimelineView{Format: "table", Screen: Screen{Width: width}})
		if n := int64(strings.Count(got, "…")); n != listed.Cut || listed.Events != 12 {
			t.Errorf("width %d: %+v, %d ellipses", width, listed, n)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %d: %s", width, n, line)
			}
		}
		header, _, _ := strings.Cut(got, "\n")
		for _, name := range append([]string{"ordinal"}, TimelineColumns...) {
			if slices.Contains(strings.Fields(header), strings.Replace(name, "ordinal", "#", 1)) == slices.Contains(listed.Left, name) {
				t.Errorf("width %d: %s neither shown nor said to be left out, or both", width, name)
			}
		}
		if strings.ContainsAny(got, "\x1b\u202e") {
			t.Errorf("width %d: not escaped:\n%s", width, got)
		}
	}
	got, listed := timelineText(t, s, ordinalFilter(), TimelineView{Format: "table"})
	if got != "" || listed.Events != 0 {
		t.Errorf("nothing selected: %q", got)
	}
}

// A table's first column is what show takes, whole however far the last ordinal is from
// the first rows; csv and jsonl have the columns of timeline.csv.
func TestTimelineOrdinals(t *testing.T) {
	rows := randomRows(13, 10*tableSample)
	s := shownCase(t, rows, rowCuts{rows: 500, groups: 2, page: 1 << 20})
	for _, width := range []int{0, 60, 120} {
		got, _ := timelineText(t, s, nil, TimelineView{Format: "table", Screen: Screen{Width: width}})
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		if len(lines) != len(rows)+1 || !strings.HasPrefix(lines[0], "#     time  ") {
			t.Fatalf("width %d: %d lines, %q", width, len(lines), lines[0])
		}
		for i, line := range lines[1:] {
			if !strings.HasPrefix(line, fmt.Sprintf("%-4d  2026-", i)) {
				t.Fatalf("width %d: line %d: %s", width, i, line)
			}
		}
	}
	got, _ := timelineText(t, s, nil, TimelineView{Format: "csv"})
	if header, _, _ := strings.Cut(got, "\n"); header+"\n" != TimelineHeader {
		t.Error(header)
	}
	got, _ = timelineText(t, s, nil, TimelineView{Format: "jsonl"})
	if strings.Contains(got, `"ordinal"`) {
		t.Error("jsonl has an ordinal that nobody asked for")
	}
}

// Each format reads back as what it is.
func TestTimelineFormatsRead(t *testing.T) {
	rows := randomRows(12, 300)
	s := shownCase(t, rows, manyCuts[1])
	var columns []string
	for i := range eventColumns {
		columns = append(columns, eventColumns[i].Name)
	}
	got, _ := timelineText(t, s, nil, TimelineView{Format: "jsonl", Columns: columns})
	dec := json.NewDecoder(strings.NewReader(got))
	for i := range rows {
		var line map[string]any
		if err := dec.Decode(&line); err != nil || len(line) != len(columns) || line["ordinal"] != float64(i) {
			t.Fatalf("line %d: %v: %v", i, err, line)
		}
	}
	got, _ = timelineText(t, s, nil, TimelineView{Format: "csv", Columns: columns})
	if lines, err := csv.NewReader(strings.NewReader(got)).ReadAll(); err != nil || len(lines) != len(rows)+1 {
		t.Errorf("%d lines: %v", len(lines), err)
	}
	for _, name := range []string{"", "nothing", "useridentity.", "useridentity.nothing", ".", "list"} {
		if _, err := findField(name); err == nil {
			t.Errorf("column %q", name)
		}
	}
	if _, err := s.WriteTimeline(context.Background(), &bytes.Buffer{}, nil, TimelineView{Format: "xml"}); err == nil {
		t.Error("format xml")
	}
}

// A user agent's parts are columns of their own.
func TestTimelineOfUserAgents(t *testing.T) {
	rows := shownRows()[:2]
	rows[0]["useragent"], rows[1]["useragent"] = "[aws-cli/2.31.3 md/command#s3.ls sid/4c55b1738b6d m/n,i]", nil
	delete(rows[1], "useragent")
	s := shownCase(t, rows, manyCuts[0])
	var out bytes.Buffer
	view := TimelineView{Format: "csv", Columns: []string{"ua_tool", "UA_command", "ua_sid", "ua_credential_source", "ua_sdk"}}
	if _, err := s.WriteTimeline(t.Context(), &out, nil, view); err != nil {
		t.Fatal(err)
	}
	if want := "ua_tool,ua_command,ua_sid,ua_credential_source,ua_sdk\naws-cli,s3.ls,4c55b1738b6d,\"profile,assume-role\",\n,,,,\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	view.Columns = []string{"ua_nothing"}
	if err := view.Check(); err == nil || !strings.Contains(err.Error(), "ua_sid") {
		t.Error(err)
	}
}
