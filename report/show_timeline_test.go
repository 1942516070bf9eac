package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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

const testManifest = `{"ordinal":0,"source":"evidence","path":"AWSLogs/a.json.gz","size":10,"sha256":"aa","status":"parsed"}
{"ordinal":1,"source":"evidence","path":"odd\u001b name,\".json","size":10,"sha256":"bb","status":"parsed"}
{"ordinal":2,"source":"second","path":"b.json","size":10,"status":"damaged"}
`

// shownCase writes a case of rows and opens it.
func shownCase(t testing.TB, rows []storeRow, cuts rowCuts) *EventStore {
	t.Helper()
	dir := t.TempDir()
	writeStore(t, dir, rows, cuts)
	if err := os.WriteFile(filepath.Join(dir, "manifest.jsonl"), []byte(testManifest), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openTestStore(t, dir)
	s.memo.findings = testFindings(len(rows))
	return s
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
			{"../show/timeline-100.txt", TimelineView{Format: "table", Width: 100}},
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
		got, listed := timelineText(t, s, nil, TimelineView{Format: "table", Width: width})
		if n := int64(strings.Count(got, "…")); n != listed.Cut || listed.Events != 12 {
			t.Errorf("width %d: %+v, %d ellipses", width, listed, n)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %d: %s", width, n, line)
			}
		}
		header, _, _ := strings.Cut(got, "\n")
		for _, name := range TimelineColumns {
			if slices.Contains(strings.Fields(header), name) == slices.Contains(listed.Left, name) {
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
