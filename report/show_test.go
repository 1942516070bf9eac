package report

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/coldtrail/coldtrail/scan"
)

func foundEvents(t testing.TB, s *EventStore, id string) (out []*CaseEvent) {
	t.Helper()
	f, err := EventFilter(id)
	if err == nil {
		err = s.Find(context.Background(), f, func(e *CaseEvent) error { out = append(out, e); return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestShowGolden(t *testing.T) {
	for _, cuts := range []rowCuts{{rows: 100, groups: 1, page: 1 << 20}, {rows: 5, groups: 1, page: 50}} {
		s := shownCase(t, shownRows(), cuts)
		var b bytes.Buffer
		for _, id := range []string{"id-0005", "#7", "id-0003"} {
			events := foundEvents(t, s, id)
			if len(events) != 1 {
				t.Fatalf("%s: %d events", id, len(events))
			}
			if err := events[0].Write(&b); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, "../show/event.txt", b.String())
	}
}

// Every event is found by its ID and by its ordinal, and its bytes are those that
// were stored.
func TestShowFinds(t *testing.T) {
	rows := randomRows(21, 200)
	s := shownCase(t, rows, manyCuts[1])
	for i, row := range rows {
		e := foundEvents(t, s, fmt.Sprintf("#%d", i))
		want := row["eventjson"].(string)
		if exact, ok := row["eventbytes"]; ok {
			want = exact.(string)
		}
		if len(e) != 1 || e[0].Ordinal != uint64(i) || string(e[0].Raw) != want {
			t.Fatalf("#%d: %+v", i, e)
		}
		if e[0].ID == "" {
			continue
		}
		same := foundEvents(t, s, e[0].ID)
		found := false
		for _, o := range same {
			found = found || o.Ordinal == uint64(i)
		}
		if !found {
			t.Errorf("#%d: not among the %d events of %s", i, len(same), e[0].ID)
		}
	}
	for _, id := range []string{"#200", "#99999999999", "ID-0001", "id"} {
		if e := foundEvents(t, s, id); len(e) != 0 {
			t.Errorf("%s: %d events", id, len(e))
		}
	}
	for _, id := range []string{"", "#", "#x", "#-1"} {
		if _, err := EventFilter(id); err == nil {
			t.Errorf("%q is an event", id)
		}
	}
}

// The places of an event's copies are three lists, which a damaged case may have
// of different lengths: whoever reads them is told of which event.
func TestDamagedCopies(t *testing.T) {
	for name, c := range map[string]struct {
		objects, indexes, offsets []any
		want                      string
	}{
		"too few indexes": {[]any{1, 2}, []any{7}, []any{70, 80}, "event #5: its copies lie in 2 objects, at 1 indexes and 2 offsets"},
		"too few offsets": {[]any{1, 2}, []any{7, 8}, []any{70}, "event #5: its copies lie in 2 objects, at 2 indexes and 1 offsets"},
		"too few objects": {[]any{1}, []any{7, 8}, []any{70, 80}, "event #5: its copies lie in 1 objects, at 2 indexes and 2 offsets"},
	} {
		rows := shownRows()
		rows[5]["copies.object_ordinal"], rows[5]["copies.record_index"], rows[5]["copies.record_offset"] = c.objects, c.indexes, c.offsets
		s := shownCase(t, rows, rowCuts{rows: 5, groups: 1, page: 50})
		f, err := EventFilter("#5")
		if err != nil {
			t.Fatal(err)
		}
		err = s.Find(t.Context(), f, func(*CaseEvent) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: shown: %v", name, err)
		}
		err = (&SettledCase{store: s}).Events(t.Context(), func(*scan.PriorEvent) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: as prior evidence: %v", name, err)
		}
	}
}

// Of an event with more copies than the store names, no prior evidence can be made.
func TestUnnamedCopies(t *testing.T) {
	rows := shownRows()
	rows[5]["copies_count"] = 3
	s := shownCase(t, rows, rowCuts{rows: 5, groups: 1, page: 50})
	err := (&SettledCase{store: s}).Events(t.Context(), func(*scan.PriorEvent) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "event #5 has 3 copies, of which the event store names 2") {
		t.Error(err)
	}
	if e := foundEvents(t, s, "#5"); len(e) != 1 || e[0].Count != 3 || len(e[0].Copies) != 2 {
		t.Errorf("%+v", e)
	}
}

// Indented, a record is the same JSON, token by token.
func TestPrettyRecord(t *testing.T) {
	for _, raw := range []string{
		`{"a":1.688560107857E9,"a":243.0,"b":[],"c":{},"d":"x\/y\u0041","e":[1,[2]],"big":12345678901234567890}`,
		"{\"bidi\":\"\u202e\",\"c1\":\"\u0085\",\"del\":\"\x7f\"}", `"text"`, "{\n\t\"a\" :  1 }",
	} {
		pretty := prettyRecord([]byte(raw))
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(raw)); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Compact(&got, pretty); err != nil || got.String() != string(appendPrintable(nil, bytes.ReplaceAll(want.Bytes(), []byte{0x7f}, []byte(`\u007f`)))) {
			t.Errorf("%s:\n%s %v", raw, pretty, err)
		}
	}
	for _, hostile := range []string{"{\"a\":\"\xff\x1b[31m\"}", "\x00", "{", "\u202e{", ""} {
		for _, r := range string(prettyRecord([]byte(hostile))) {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%q: %q", hostile, prettyRecord([]byte(hostile)))
			}
		}
	}
}

// verified writes an object as evidence, and a case whose event lies in it.
func verified(t *testing.T, content string, zip bool) (e *CaseEvent, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "evidence")
	stored := []byte(content)
	if zip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(stored)
		z.Close()
		stored = b.Bytes()
	}
	if err := os.MkdirAll(filepath.Join(dir, "AWSLogs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "AWSLogs", "a.json.gz"), stored, 0o600); err != nil {
		t.Fatal(err)
	}
	e = &CaseEvent{}
	e.Object.Source, e.Object.Path = "evidence", "AWSLogs/a.json.gz"
	e.Object.SHA256 = (&CaseEvent{Raw: stored}).SHA256()
	e.Raw = []byte(`{"eventID":"b","eventName":"Two","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","userIdentity":{}}`)
	e.Place.Index, e.Place.Offset = 1, int64(strings.Index(content, string(e.Raw)))
	return e, dir
}

const twoRecords = `{"Records":[{"eventID":"a","eventName":"One","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","userIdentity":{}},
{"eventID":"b","eventName":"Two","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","userIdentity":{}}]}`

func TestVerify(t *testing.T) {
	for _, zip := range []bool{false, true} {
		e, dir := verified(t, twoRecords, zip)
		check := func(what string, ok bool, problem string, spoil func(e *CaseEvent)) {
			t.Helper()
			spoiled := *e
			spoil(&spoiled)
			ev, err := ParseEvidence([]string{dir})
			if err != nil {
				t.Fatal(err)
			}
			v, err := ev.Verify(&spoiled)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			var b bytes.Buffer
			if err := v.Write(&b, &spoiled); err != nil {
				t.Fatal(err)
			}
			if v.OK() != ok || !strings.Contains(b.String(), problem) {
				t.Errorf("%s, gzip %v: %v\n%s", what, zip, v.OK(), b.String())
			}
		}
		check("as it was", true, "Verified  record: as in the case", func(*CaseEvent) {})
		check("another record", false, "record: NOT as in the case", func(e *CaseEvent) { e.Raw = append([]byte(" "), e.Raw...) })
		check("another object", false, "object: NOT as in the case", func(e *CaseEvent) { e.Object.SHA256 = strings.Repeat("0", 64) })
		check("no hash", true, "the case has no hash", func(e *CaseEvent) { e.Object.SHA256 = "" })
		check("another offset", false, "record 1 lies at offset", func(e *CaseEvent) { e.Place.Offset++ })
		check("no such record", false, "the object has no record 2", func(e *CaseEvent) { e.Place.Index = 2 })
	}
}

func TestVerifyFindsTheEvidence(t *testing.T) {
	e, dir := verified(t, twoRecords, true)
	for _, c := range []struct {
		values []string
		want   string // in the error; "": verified
	}{
		{[]string{dir}, ""},
		{[]string{"evidence=" + dir}, ""},
		{[]string{"other=" + dir}, `source "evidence": say where it lies`},
		{nil, `source "evidence": say where it lies`},
		{[]string{filepath.Join(dir, "nowhere")}, "no such file"},
		{[]string{"=" + dir}, "neither SOURCE=PATH nor a path"},
		{[]string{"evidence="}, "neither SOURCE=PATH nor a path"},
		{[]string{"evidence=a", "evidence=b"}, "given as a and as b"},
	} {
		ev, err := ParseEvidence(c.values)
		var v *Verification
		if err == nil {
			v, err = ev.Verify(e)
		}
		switch {
		case c.want == "" && (err != nil || !v.OK()):
			t.Errorf("%q: %+v %v", c.values, v, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q: %v, want %q", c.values, err, c.want)
		}
	}
}

// An object that is not there, or is no regular file, is evidence that changed; that
// nobody can look is an error.
func TestVerifyMissing(t *testing.T) {
	e, dir := verified(t, twoRecords, true)
	ev := Evidence{"evidence": dir}
	missing := func(path, want string) {
		t.Helper()
		lost := *e
		lost.Object.Path = path
		v, err := ev.Verify(&lost)
		if err != nil || v.OK() || !strings.Contains(v.Missing, want) || v.Missing == "" {
			t.Errorf("%s: %+v %v", path, v, err)
			return
		}
		var b bytes.Buffer
		if err := v.Write(&b, &lost); err != nil || !strings.Contains(b.String(), "DIFFERENT object: MISSING in the evidence: "+v.Missing) {
			t.Errorf("%s: %s%v", path, b.String(), err)
		}
	}
	missing("AWSLogs/b.json.gz", "no such file")
	missing("nowhere/a.json.gz", "")
	missing("AWSLogs/a.json.gz/c.json", "")
	missing("AWSLogs", "not a regular file")
	missing("../evidence/AWSLogs/a.json.gz", "escapes")
	link := filepath.Join(dir, "AWSLogs", "link.json.gz")
	if os.Symlink("a.json.gz", link) == nil {
		missing("AWSLogs/link.json.gz", "not a regular file")
	}
	out := filepath.Join(dir, "out")
	if os.Symlink(filepath.Dir(dir), out) == nil {
		missing("out/evidence/AWSLogs/a.json.gz", "escapes")
	}
	if os.Geteuid() > 0 && os.Chmod(filepath.Join(dir, "AWSLogs"), 0) == nil {
		defer os.Chmod(filepath.Join(dir, "AWSLogs"), 0o700)
		if v, err := ev.Verify(e); err == nil {
			t.Errorf("a directory that cannot be searched: %+v", v)
		}
	}
}
