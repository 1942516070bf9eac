package report

import (
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestExportTimesketchJSONL(t *testing.T) {
	text, _ := exportFile(t, exportStore(t), "timesketch-jsonl", nil)
	golden(t, "../export/timesketch.jsonl", text)
	printable(t, text)
	lines := objectsOf(t, text)
	for i, o := range lines {
		for _, name := range []string{"message", "datetime", "timestamp_desc"} {
			if s, _ := o[name].(string); s == "" {
				t.Errorf("line %d: no %s", i, name)
			}
		}
		when, err := time.Parse("2006-01-02T15:04:05.000000-07:00", o["datetime"].(string))
		if err != nil || float64(when.UnixMicro()) != o["timestamp"].(float64) {
			t.Errorf("line %d: %v, %v, %v", i, err, o["datetime"], o["timestamp"])
		}
		if len(o) != len(timesketchFields) || !json.Valid([]byte(o["cloud_trail_event"].(string))) {
			t.Errorf("line %d: %d fields: %s", i, len(o), o["cloud_trail_event"])
		}
	}
	for i, want := range [][]any{{"iam-key-for-other", "severity-high"}, {"iam-key-for-other", "severity-high"}, {"=evil" + evil, "severity-medium"}, {"denied-burst", "severity-critical"}, {}} {
		if !reflect.DeepEqual(lines[i]["tag"], want) {
			t.Errorf("line %d: tags %q, not %q", i, lines[i]["tag"], want)
		}
	}
	if lines[1]["account_identifier"] != "012345678901" {
		t.Errorf("account %v", lines[1]["account_identifier"])
	}
}

// No cell begins a formula or breaks its line, and tags are an array of JSON, which Timesketch reads.
func TestExportTimesketchCSV(t *testing.T) {
	text, _ := exportFile(t, exportStore(t), "timesketch-csv", nil)
	golden(t, "../export/timesketch.csv", text)
	printable(t, text)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 6 || strings.Count(text, "\n") != 6 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for i, row := range rows {
		for j, cell := range row {
			if cell != "" && startsFormula(cell) {
				t.Errorf("row %d, %s: %q", i, rows[0][j], cell)
			}
		}
		if i == 0 {
			continue
		}
		var tags []string
		if err := json.Unmarshal([]byte(row[at["tag"]]), &tags); err != nil {
			t.Errorf("row %d: tags %s: %v", i, row[at["tag"]], err)
		}
		if !json.Valid([]byte(row[at["cloud_trail_event"]])) || len(row[at["datetime"]]) != len("2026-03-02T10:00:00.000000+00:00") {
			t.Errorf("row %d: %s", i, row)
		}
		if n, err := strconv.Atoi(row[at["timestamp"]]); err != nil || n < 1e15 {
			t.Errorf("row %d: timestamp %s", i, row[at["timestamp"]])
		}
	}
	if got := rows[2][at["message"]]; !strings.HasPrefix(got, `'@cmd|`) || !strings.Contains(got, `\x1b]0;x`) {
		t.Errorf("message %q", got)
	}
}

// Another reader of CSV and of lines of JSON finds the same in both.
func TestExportTimesketchWithPython(t *testing.T) {
	s := exportStore(t)
	lines, _ := exportFile(t, s, "timesketch-jsonl", nil)
	cells, _ := exportFile(t, s, "timesketch-csv", nil)
	in, err := json.Marshal([]string{lines, cells})
	if err != nil {
		t.Fatal(err)
	}
	got := output(t, string(in), "python3", "-c", `
import csv, datetime, io, json, sys
lines, cells = json.load(sys.stdin)
a = [json.loads(l) for l in lines.splitlines()]
b = list(csv.DictReader(io.StringIO(cells)))
assert list(a[0]) == list(b[0])
for x, y in zip(a, b, strict=True):
    assert {"message", "datetime", "timestamp_desc"} <= set(x)
    when = datetime.datetime.fromisoformat(x["datetime"])
    assert when.utcoffset() == datetime.timedelta(0) and round(when.timestamp() * 1e6) == x["timestamp"] == int(y["timestamp"])
    assert json.loads(y["tag"]) == x["tag"]
    assert json.loads(y["cloud_trail_event"]) == json.loads(x["cloud_trail_event"])
print(len(a))`)
	if got != "5\n" {
		t.Errorf("%q", got)
	}
}
