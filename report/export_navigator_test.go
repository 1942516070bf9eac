package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

func navigatorOf(t *testing.T, text string) (l navigatorLayer) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestExportNavigator(t *testing.T) {
	text, told := exportFile(t, exportStore(t), "navigator", nil)
	golden(t, "../export/navigator.json", text)
	printable(t, text)
	l := navigatorOf(t, text)
	got := map[string]int{}
	for _, tech := range l.Techniques {
		got[tech.ID] = tech.Score
		printable(t, tech.Comment)
		for _, m := range tech.Metadata {
			printable(t, m.Name+m.Value)
		}
	}
	// T1580 is that of a finding that is suppressed.
	if want := map[string]int{"T1098.001": 68, "T1078.004": 68}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, not %v", got, want)
	}
	if len(told.Notes) != 1 || told.Notes[0] != "2 techniques of 3 findings; 0 without a technique and 1 suppressed are left out" {
		t.Errorf("%q", told.Notes)
	}
	some, _ := exportFile(t, exportStore(t), "navigator", exportFilter(t, Term{Flag: "event-id", Value: "x0"}))
	l = navigatorOf(t, some)
	if tech := l.Techniques[0]; len(l.Techniques) != 2 || tech.Comment != "1 finding (1 high): f-1" || tech.Score != 64 || tech.Metadata[1].Value != "2026-03-02T10:00:00Z" {
		t.Errorf("%+v", tech)
	}
	if m := l.Metadata[len(l.Metadata)-1]; m.Name != "filter" || m.Value != "--event-id x0" {
		t.Errorf("%+v", m)
	}
}

func TestNavigatorScore(t *testing.T) {
	last := 0
	for severity := detect.Informational; severity <= detect.Critical; severity++ {
		for _, n := range []int{1, 2, 4, 8, 16} {
			score := navigatorScore(severity, n)
			if score != last+4 {
				t.Errorf("%d findings, the worst %s: %d after %d", n, severity, score, last)
			}
			last = score
		}
		if navigatorScore(severity, 1e6) != last {
			t.Error("a score beyond its severity")
		}
	}
}

// A technique names its severest findings, and how many more there are, in whatever order they come.
func TestNavigatorNamesTheWorst(t *testing.T) {
	var comments []string
	for _, step := range []int{1, 7} {
		n := navigator{techniques: map[string]*navigatorTechnique{}}
		for i := range 25 {
			line := &findingLine{Techniques: []string{"T1078", "T1078", "no"}}
			line.ID, line.Detector, line.Severity = fmt.Sprintf("f-%02d", i*step%25), "d", detect.Low
			if i*step%25 == 24 {
				line.Severity = detect.High
			}
			n.add(line, &Span{at("2026-03-02T10:00:00Z"), at("2026-03-02T10:00:00Z")})
		}
		tech := n.techniques["T1078"]
		tech.finish()
		comments = append(comments, tech.Comment)
		if n.placed != 25 || len(n.techniques) != 1 {
			t.Errorf("%d findings, %d techniques", n.placed, len(n.techniques))
		}
	}
	if c := comments[0]; c != comments[1] || !strings.HasPrefix(c, "25 findings (1 high, 24 low): f-24, f-00, f-01,") || !strings.HasSuffix(c, "f-18, +5 more in findings.jsonl") {
		t.Errorf("%q", comments)
	}
}

// The events of a finding are passed by, however many; a line without them is an error that names it.
func TestFindingHeads(t *testing.T) {
	dir := t.TempDir()
	s := &EventStore{dir: dir}
	long := `{"id":"a","severity":"low","events":[` + strings.Repeat(`{"id":"x"},`, 300_000) + `{}],"records":[]}` + "\n"
	short := `{"id":"b","severity":"high","why":",\"events\":[","events":[],"records":[]}` + "\n"
	for text, want := range map[string]string{
		long + short: "[a b] <nil>", "": "[] <nil>",
		short + "{\"id\":\"c\"}\n":            "[b] findings.jsonl: line 2: it has no events",
		short + short[:len(short)-5]:          "[b] findings.jsonl: line 2: unexpected EOF",
		"{\"id\":1,\"events\":[]}\n":          "[] findings.jsonl: line 1: json",
		long[:len(long)-9]:                    "[] findings.jsonl: line 1: unexpected EOF",
		"\n":                                  "[] findings.jsonl: line 1: it has no events",
		`{"severity":"x","events":[]}` + "\n": "[] findings.jsonl: line 1: severity",
	} {
		if err := os.WriteFile(filepath.Join(dir, findingsLines), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		err := s.findingHeads(t.Context(), func(l *findingLine) error { ids = append(ids, l.ID); return nil })
		if got := fmt.Sprint(ids, err); !strings.HasPrefix(got, want) {
			t.Errorf("%.60q: %s, not %s", text, got, want)
		}
	}
}
