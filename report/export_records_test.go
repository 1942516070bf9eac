package report

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

// Every record is there, byte for byte, in the timeline's order, and nothing else.
func TestExportRecords(t *testing.T) {
	packed, _ := exportFile(t, exportStore(t), "records", nil)
	text := unzipped(t, packed)
	if want := `{"Records":[` + string(bytes.Join(exportRecords(t), []byte(",\n"))) + "]}\n"; text != want {
		t.Errorf("%s\nnot\n%s", text, want)
	}
	golden(t, "../export/records.json", text)
	none, _ := exportFile(t, exportStore(t), "records", exportFilter(t, Term{Flag: "event-id", Value: "none"}))
	if got := unzipped(t, none); got != "{\"Records\":[]}\n" {
		t.Errorf("nothing is %q", got)
	}
}

func unzipped(t testing.TB, packed string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("the header names %q, %v", z.Name, z.ModTime)
	}
	return string(b)
}

// What zcat and jq make of the file is what jq makes of the records. Half a surrogate pair
// jq does not read at all.
func TestExportRecordsWithJQ(t *testing.T) {
	packed, _ := exportFile(t, exportStore(t), "records", exportFilter(t, Term{Flag: "event-id", Value: "x4", Not: true}))
	records := exportRecords(t)[:4]
	text := output(t, packed, "zcat")
	got := output(t, text, "jq", "-c", ".Records[]")
	want := output(t, string(bytes.Join(records, []byte("\n"))), "jq", "-c", ".")
	if got != want || strings.Count(got, "\n") != len(records) {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}

// A case of what was packed again has the same events.
func TestExportRecordsComeBack(t *testing.T) {
	s, _ := scriptedStore(t, 5)
	packed, told := exportFile(t, s, "records", nil)
	text := unzipped(t, packed)
	records := strings.TrimSuffix(strings.TrimPrefix(text, `{"Records":[`), "]}\n")
	again := storeOf(t, records)
	columns := TimelineView{Format: "csv", Columns: []string{"ordinal", "time", "event_id", "event_name", "principal", "findings", "eventjson"}}
	was, _ := timelineText(t, s, nil, columns)
	is, _ := timelineText(t, again, nil, columns)
	if was != is || told.Events == 0 || int64(strings.Count(was, "\n")) != told.Events+1 {
		t.Errorf("%d events, %d bytes before, %d after", told.Events, len(was), len(is))
	}
}
