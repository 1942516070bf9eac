package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// ownLines are lines of every type that is read by the thousand, full and empty ones.
func ownLines(t testing.TB) (lines [][]byte) {
	at := time.Date(2026, 3, 2, 0, 4, 7, 0, time.UTC)
	hostile := "a\"b\\c<&>\u2028 \u0001é😀\ufffd"
	mark := Mark{Time: at, EventID: "id", Event: "CreateRole", Principal: hostile, Credential: "ASIA", Ordinal: 1 << 63}
	head := scan.FindingHead{
		ID: "55c2", Detector: "secret-read", Severity: detect.High, Subject: hostile, Why: "Secrets read", Suppressed: "x", Count: 3, First: at, Last: at.Add(time.Millisecond),
		Principals: scan.Distinct{Values: []string{"a", hostile}, More: 2}, SourceIPs: scan.Distinct{Values: []string{}},
	}
	for _, v := range []any{
		&findingLine{FindingHead: head, Title: "Title", Techniques: []string{"T1", "T2"}}, &findingLine{},
		&keptEvent{ID: "id", Ordinal: 7, Time: at, Name: "GetSecretValue", Error: hostile, Object: 3, Index: -1, Offset: 1 << 40},
		&PersistenceRow{Kind: "IAM role", Target: hostile, Made: mark, Calls: 1, Last: mark, Ended: &mark}, &PersistenceRow{},
		&DataRow{Kind: "secret", Link: ByIdentity, Activity: Activity{Counts{Events: 3, Denied: 1}, Span{at, at}}, Ordinal: 9, Objects: -4, ObjectsAtLeast: true}, &DataRow{},
		&DefenceRow{Kind: "trail", By: mark, From: at, To: at, Open: true},
		&manifestLine{Object: scan.Object{Source: "s", Path: "p", Size: 9, Notes: []string{"n"}, Problems: []scan.Problem{{Offset: 1, Index: 2, Text: hostile}}}, PathBytes: "cA=="},
	} {
		line, err := appendJSON(nil, v, "")
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// readAs holds decodeLine and decodeFront against encoding/json. It reports whether encoding/json was not needed.
func readAs[T any](t *testing.T, line []byte) bool {
	t.Helper()
	var got, want T
	gotErr, wantErr := decodeLine(line, &got), json.Unmarshal(line, &want)
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) || wantErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\n%T: %+v, %v\nencoding/json: %+v, %v", line, got, got, gotErr, want, wantErr)
	}
	var front, same T
	dec := json.NewDecoder(bytes.NewReader(line))
	wantErr = dec.Decode(&same)
	rest, gotErr := decodeFront(line, &front)
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) || wantErr == nil && (!reflect.DeepEqual(front, same) || len(line)-len(rest) != int(dec.InputOffset())) {
		t.Fatalf("%s\nfront %T: %+v, %v, %d left\nencoding/json: %+v, %v, %d read of %d", line, front, front, gotErr, len(rest), same, wantErr, dec.InputOffset(), len(line))
	}
	var plain T
	p := lineJSON{bytes.TrimSuffix(line, []byte("\n"))}
	return p.into(&plain)
}

// readAsAll reads a line as everything that lines are read as.
func readAsAll(t *testing.T, line []byte) (plain [6]bool) {
	return [...]bool{
		readAs[findingLine](t, line), readAs[keptEvent](t, line), readAs[PersistenceRow](t, line), readAs[DataRow](t, line), readAs[DefenceRow](t, line), readAs[manifestLine](t, line),
	}
}

func TestLines(t *testing.T) {
	for _, line := range ownLines(t) {
		plain := readAsAll(t, line)
		if plain == [len(plain)]bool{} && !strings.Contains(string(line), `"values":null`) {
			t.Errorf("encoding/json is needed for %s", line)
		}
		for n := range line { // cut off and changed, anywhere
			readAsAll(t, line[:n])
			for _, c := range []byte(`"\{},:0-n ` + "\n\x00\xff") {
				changed := bytes.Clone(line)
				changed[n] = c
				readAs[findingLine](t, changed)
				readAs[DataRow](t, changed)
			}
		}
	}
	for _, line := range []string{
		``, `null`, `{}`, ` {"id":"x"}`, `{"ID":"x"}`, `{"id":"x","id":"y"}`, `{"id":"x","ID":"y"}`, `{"i\u0064":"y"}`, `{"count":1,"id":"x"}`, `{"id":null}`, `{"count":01}`, `{"count":-0}`,
		`{"count":1.0}`, `{"count":1e3}`, `{"count":99999999999999999999}`, `{"ordinal":-1}`, `{"severity":"none"}`, `{"severity":"hi\u0067h"}`, `{"first":"2026-03-02"}`,
		`{"first":"2026-03-02T00:00:00\u005a"}`, `{"first":null}`, `{"id":"\ud800"}`, `{"id":"\q"}`, `{"source":"\q"}`, `{"other":1}`, `{"techniques":null}`, `{"techniques":["a",null]}`, `{"techniques":[]}`,
		`{"id":"x"}{"id":"y"}`, `{"id":"x"} `, `{"id":"x",}`, `{"id":"x" }`, `{"id" :"x"}`, `{"made":{},"ended":{}}`, `{"ended":null}`, `{"open":true}`, `{"open":tru}`, `{"ſubject":"x"}`,
	} {
		readAsAll(t, []byte(line))
	}
}

func FuzzLines(f *testing.F) {
	for _, line := range ownLines(f) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) { readAsAll(t, line) })
}

func BenchmarkLines(b *testing.B) {
	line := ownLines(b)[4]
	for b.Loop() {
		var row PersistenceRow
		if err := decodeLine(line, &row); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(line)))
}
