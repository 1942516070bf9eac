package report

import (
	"bytes"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// readObject makes an object of its row.
func readObject(row map[string]any) scan.Object {
	text := func(name string) string { s, _ := row[name].(string); return s }
	number := func(name string) int64 { return row[name].(int64) }
	name := func(name string) string {
		if b, ok := row[name+"_bytes"].(string); ok {
			return b
		}
		return text(name)
	}
	o := scan.Object{
		Ordinal: uint64(number("ordinal")), Source: name("source"), Path: name("path"), Size: number("size"), SHA256: text("sha256"),
		ContentSize: number("content_size"), ContentSHA256: text("content_sha256"), Members: int(number("members")), Shape: text("shape"),
		Status: scan.Status(text("status")), Reason: text("reason"), Framed: number("framed"), Kept: number("kept"),
		Excluded: number("excluded"), Bad: number("bad"), Other: number("other"), ProblemCount: number("problem_count"),
	}
	for _, n := range row["notes"].([]any) {
		o.Notes = append(o.Notes, n.(string))
	}
	for _, p := range row["problems"].([]any) {
		p := p.(map[string]any)
		o.Problems = append(o.Problems, scan.Problem{Offset: p["offset"].(int64), Index: int(p["index"].(int64)), Text: p["text"].(string)})
	}
	return o
}

func TestObjectTable(t *testing.T) {
	var many []scan.Object
	long := strings.Repeat("n", sideBytes/1000)
	for i := range 3500 {
		o := objects[i%len(objects)]
		o.Ordinal = uint64(i)
		o.Path = fmt.Sprintf("%d/%s", i, o.Path)
		o.Source = []string{"evidence", "odd\xfe source"}[i%2]
		o.SHA256, o.Notes = fmt.Sprintf("%064x", i), [][]string{nil, {"a note"}, {long, "b\n"}}[i%3]
		many = append(many, o)
	}
	var b bytes.Buffer
	if err := writeObjects(&b, &scan.Result{Objects: seq(many)}); err != nil {
		t.Fatal(err)
	}
	rows := readRows(t, b.Bytes())
	if len(rows) != len(many) {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		want := many[i]
		want.Reason = valid(want.Reason)
		want.Problems = append([]scan.Problem(nil), want.Problems...)
		for i := range want.Problems {
			want.Problems[i].Text = valid(want.Problems[i].Text)
		}
		if got := readObject(row); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	}
	if n := len(openParquet(t, b.Bytes()).RowGroups()); n != 2 {
		t.Errorf("%d row groups", n)
	}
}

func TestFindingTable(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 1000, time.UTC)
	events := map[string][]scan.FindingEvent{
		"f1": {{ID: "e1", Ordinal: 3, Time: at}, {ID: "bad\xff", Ordinal: 9, Time: at.Add(time.Second)}}, "f2": {{ID: "e1", Ordinal: 3, Time: at}},
	}
	res := &scan.Result{
		Findings: func(yield func(scan.FindingHead, iter.Seq2[scan.FindingEvent, error]) bool) {
			for _, h := range []scan.FindingHead{
				{ID: "f1", Detector: "d", Severity: detect.High, Subject: "s\xff", Why: "because"}, {ID: "f2", Detector: "e", Severity: detect.Low},
			} {
				if !yield(h, seq(events[h.ID])) {
					return
				}
			}
		},
	}
	var b bytes.Buffer
	if err := writeFindingTable(&b, res); err != nil {
		t.Fatal(err)
	}
	row := func(n int64, id, detector, severity, subject, why, event string, ordinal int64, at time.Time) map[string]any {
		return map[string]any{
			"finding_ordinal": n, "finding_id": id, "detector": detector, "severity": severity, "subject": subject,
			"why": why, "event_id": event, "ordinal": ordinal, "event_ts": at.UnixMicro(),
		}
	}
	want := []map[string]any{
		row(0, "f1", "d", "high", `s\xff`, "because", "e1", 3, at), row(0, "f1", "d", "high", `s\xff`, "because", `bad\xff`, 9, at.Add(time.Second)),
		row(1, "f2", "e", "low", "", "", "e1", 3, at),
	}
	if got := readRows(t, b.Bytes()); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	res.Err = func() error { return fmt.Errorf("lost") }
	if writeFindingTable(&b, res) == nil {
		t.Error("an error was lost")
	}
}

func TestEmptySideTables(t *testing.T) {
	var objects, findings bytes.Buffer
	if err := writeObjects(&objects, &scan.Result{}); err != nil {
		t.Fatal(err)
	}
	if err := writeFindingTable(&findings, &scan.Result{}); err != nil {
		t.Fatal(err)
	}
	if len(readRows(t, objects.Bytes()))+len(readRows(t, findings.Bytes())) != 0 {
		t.Error("rows")
	}
}
