package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// exportRecords are records in which everything that a caller chooses is hostile, and some
// that writers may stumble over: no identity, numbers that must stay as they are, bytes that
// are not UTF-8, white space, a formula for every column.
func exportRecords(t testing.TB) [][]byte {
	quote := func(s string) string {
		b, err := appendJSON(nil, s, "")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	formula := func(c string) string { return quote(c + `cmd|' /C calc'!A0` + evil) }
	records := []string{
		`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventID":"x0","eventName":"NoIdentity","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1"}`,
		`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":` + formula("=") + `,"accountId":"012345678901","accessKeyId":` + formula("+") + `,"userName":` + formula("-") + `},"eventTime":"2026-03-02T10:00:01Z","eventID":"x1",` +
			`"eventName":` + formula("@") + `,"eventSource":` + formula("=") + `,"awsRegion":` + formula("+") + `,"sourceIPAddress":` + formula("-") + `,"userAgent":` + formula("\t=") + `,"errorCode":` + formula("＝") + `,"errorMessage":` + formula("\r\n=") +
			`,"requestParameters":{"bucketName":` + formula("=") + `,"key":` + quote(evil) + `},"recipientAccountId":"012345678901"}`,
		`{ "eventTime" : "2026-03-02T10:00:02Z", "eventID":"x2",` + "\n\t" + `"eventName":"GetObject","userIdentity":null,"additionalEventData":{"bytesTransferredOut":1.688560107857E9,"n":12345678901234567890,"z":1.50}}`,
		`{"eventTime":"2026-03-02T10:00:03Z","eventID":"x3","eventName":"PutObject","userIdentity":{"type":"AWSService","invokedBy":"` + "\xff\xfe" + `.amazonaws.com"},"requestParameters":{"key":"` + "caf\xe9" + `"}}`,
		`{"eventTime":"2026-03-02T10:00:04.5Z","eventID":"x4","eventName":"CreateUser","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"requestParameters":{"userName":"\ud800\u0000"}}`,
	}
	out := make([][]byte, len(records))
	for i := range records {
		out[i] = []byte(records[i])
	}
	return out
}

// exportHeads are the findings of exportStore: one is suppressed, one hostile.
var exportHeads = []scan.FindingHead{
	{ID: "f-1", Detector: "iam-key-for-other", Severity: detect.High, Subject: "s", Why: "w", Count: 2, First: at("2026-03-02T10:00:00Z"), Last: at("2026-03-02T10:00:01Z"),
		Principals: scan.Distinct{Values: []string{"arn:aws:iam::012345678901:user/alice"}, More: 1}, Credentials: scan.Distinct{Values: []string{"AKIAIOSFODNN7EXAMPLE"}},
		SourceIPs: scan.Distinct{Values: []string{"10.0.0.1", "203.0.113.9", "2001:DB8::9", "cloudtrail.amazonaws.com"}}},
	{ID: "f-2", Detector: "iam-key-for-other", Severity: detect.Low, Subject: "s", Why: "w", Count: 1, First: at("2026-03-02T10:00:01Z"), Last: at("2026-03-02T10:00:01Z")},
	{ID: evil, Detector: "=evil" + evil, Severity: detect.Medium, Subject: evil, Why: evil, Count: 1, First: at("2026-03-02T10:00:02Z"), Last: at("2026-03-02T10:00:02Z"),
		Principals: scan.Distinct{Values: []string{evil}}, Credentials: scan.Distinct{Values: []string{"'] OR [" + evil, " "}}, SourceIPs: scan.Distinct{Values: []string{"203.0.113.9", evil, "fe80::1%eth0"}}},
	{ID: "f-4", Detector: "denied-burst", Severity: detect.Critical, Subject: "s", Why: "w", Count: 1, First: at("2026-03-02T10:00:03Z"), Last: at("2026-03-02T10:00:03Z"), Suppressed: "known.yml, line 2"},
}

var exportDetectors = map[string]*detect.Detector{
	"iam-key-for-other": {ID: "iam-key-for-other", Title: "A key for another", Techniques: []string{"T1098.001", "T1078.004"}},
	"=evil" + evil:      {ID: "=evil" + evil, Title: evil, Techniques: []string{"T1098.001", evil}},
	"denied-burst":      {ID: "denied-burst", Techniques: []string{"T1580"}},
}

// exportStore is a case of exportRecords and exportHeads.
func exportStore(t testing.TB) *EventStore {
	t.Helper()
	events := map[string][]int{"f-1": {0, 1}, "f-2": {1}, evil: {2}, "f-4": {3}}
	return storeWith(t, exportRecords(t), exportHeads, events, table{"AWSLogs/a.json.gz"})
}

// storeWith is a case of records, and of findings with the numbers of their events.
func storeWith(t testing.TB, records [][]byte, heads []scan.FindingHead, events map[string][]int, names table) *EventStore {
	t.Helper()
	all := rawEntries(t, records)
	first := objects[0]
	first.Path = names[0]
	res := &scan.Result{Names: names, Objects: seq([]scan.Object{first}), Findings: func(yield func(scan.FindingHead, eventSeq) bool) {
		for _, h := range heads {
			var list []scan.FindingEvent
			for _, i := range events[h.ID] {
				r := &all[i].Ref
				list = append(list, scan.FindingEvent{ID: r.ID, Ordinal: uint64(i), Time: r.Time, Name: r.Name, Place: r.Place, Raw: all[i].Raw})
			}
			if !yield(h, seq(list)) {
				return
			}
		}
	}}
	dir := t.TempDir()
	put := func(name string, write func(io.Writer) error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range written(t, partLimit, all[:2], all[2:]) {
		put(name, func(w io.Writer) error { _, err := w.Write(b); return err })
	}
	put("objects.parquet", func(w io.Writer) error { return writeObjects(w, res) })
	put(revisionName(1), func(w io.Writer) error { return writeFindingTable(w, res) })
	put(findingsLines, func(w io.Writer) error {
		_, err := writeFindings(w, res, exportDetectors, &messages{}, nil)
		return err
	})
	return openTestStore(t, dir)
}

// exportFile writes a format's file and returns it.
func exportFile(t *testing.T, s *EventStore, format string, f *Filter) (string, FileExported) {
	t.Helper()
	x := ExportFormatNamed(format)
	path := filepath.Join(t.TempDir(), "out")
	if len(x.Endings) > 0 {
		path += x.Endings[0]
	}
	told, err := s.ExportFile(t.Context(), path, x, f)
	if err != nil {
		t.Fatal(err)
	}
	return mustRead(t, path), told
}

// printable fails where something is in a text that does not print.
func printable(t testing.TB, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U is in the text", r)
		}
	}
}

func exportFilter(t testing.TB, terms ...Term) *Filter {
	t.Helper()
	f, err := NewFilter(terms, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// output runs a program of others; a test that wants it skips where it is missing.
func output(t *testing.T, in string, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("no %s", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, stderr.String())
	}
	return string(out)
}

// Every format is whole or nothing, the same each time, takes filters, and takes no other file's place.
func TestExportFiles(t *testing.T) {
	s := exportStore(t)
	for _, x := range ExportFormats() {
		t.Run(x.Name, func(t *testing.T) {
			first, told := exportFile(t, s, x.Name, nil)
			again, _ := exportFile(t, s, x.Name, nil)
			if first != again || len(first) == 0 {
				t.Errorf("%d bytes, then %d others", len(first), len(again))
			}
			if told.Events != 5 {
				t.Errorf("%d events", told.Events)
			}
			some, told := exportFile(t, s, x.Name, exportFilter(t, Term{Flag: "event-id", Value: "x1"}))
			if told.Events != 1 || len(some) >= len(first)+btoi(x.file != nil) {
				t.Errorf("a filter selects %d events, %d bytes", told.Events, len(some))
			}
			none, told := exportFile(t, s, x.Name, exportFilter(t, Term{Flag: "event-id", Value: "none"}))
			if told.Events != 0 || len(none) >= len(first)+btoi(x.file != nil) {
				t.Errorf("nothing has %d events, %d bytes", told.Events, len(none))
			}
			if strings.Contains(first, s.dir) {
				t.Error("the file names the case's directory")
			}
			wholeOrNothing(t, s, x)
		})
	}
}

func wholeOrNothing(t *testing.T, s *EventStore, x *ExportFormat) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if len(x.Endings) > 0 {
		if _, err := s.ExportFile(t.Context(), path, x, nil); err == nil || !strings.Contains(err.Error(), x.Endings[0]) {
			t.Errorf("a name that its reader does not take: %v", err)
		}
		path += x.Endings[0]
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.ExportFile(ctx, path, x, exportFilter(t, Term{Flag: "event-id", Value: "x1"})); err == nil {
		t.Error("cancelled: no error")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ExportFile(t.Context(), path, x, nil); err == nil || mustRead(t, path) != "mine" {
		t.Errorf("over another file: %v, %.10q", err, mustRead(t, path))
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%v are left", left)
	}
}

func TestExportFormatsAreDocumented(t *testing.T) {
	names := map[string]bool{}
	for _, x := range ExportFormats() {
		if x.Name == "" || x.Doc == "" || strings.HasSuffix(x.Doc, ".") || names[x.Name] || ExportFormatNamed(x.Name) != x {
			t.Errorf("%+v", x)
		}
		names[x.Name] = true
	}
	if !slices.IsSortedFunc(ExportFormats(), func(a, b *ExportFormat) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the formats are not in order")
	}
	if ExportFormatNamed("none") != nil {
		t.Error("there is a format of no name")
	}
}

// objectsOf decodes lines of JSON.
func objectsOf(t testing.TB, lines string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", line, err))
		}
		all = append(all, o)
	}
	return all
}
