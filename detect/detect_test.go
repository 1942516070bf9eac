package detect

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// records parses example records. The given places are their order.
func records(t testing.TB, raw []string) (all []*parser.Record) {
	t.Helper()
	for _, text := range raw {
		r, err := parser.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		all = append(all, r)
	}
	return all
}

// run sends records through one detector as scan does: by way of the codec.
func run(t testing.TB, d *Detector, all []*parser.Record) []Finding {
	t.Helper()
	set, err := NewSet(Configure([]*Detector{d}, examplesWorld()))
	if err != nil {
		t.Fatal(err)
	}
	var found []Finding
	emit := func(f Finding) { found = append(found, f) }
	s := set.Stream(0)
	for i, r := range all {
		ref := NewRef(r, Place{Index: i})
		set.Record(r, func(_ int, e Evidence) {
			b := AppendEvidence(AppendRef(nil, &ref), e)
			ref, n, err := DecodeRef(b)
			if err != nil {
				t.Fatal(err)
			}
			e, _, err = DecodeEvidence(b[n:])
			if err != nil {
				t.Fatal(err)
			}
			s.Next(new(ref), e, emit)
		})
	}
	s.Flush(emit)
	return merge(found)
}

func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range All() {
		if err := Validate(d); err != nil {
			t.Error(err)
		}
		if seen[d.ID] {
			t.Errorf("detector %q: twice", d.ID)
		}
		seen[d.ID] = true
		source, err := os.ReadFile(d.ID + ".go")
		if err != nil || !strings.Contains(string(source), `"`+d.ID+`"`) {
			t.Errorf("detector %q: its file is not %s.go: %v", d.ID, d.ID, err)
		}
		if n := strings.Count(string(source), "\n"); n > 120 {
			t.Errorf("detector %q: %d lines", d.ID, n)
		}
	}
	if !seen[ConflictingCopies] {
		t.Errorf("no detector %q", ConflictingCopies)
	}
}

func TestTechniquesAreKnown(t *testing.T) {
	table, err := os.ReadFile("../../shared/data/attack-v19.1-iaas.tsv")
	if err != nil {
		t.Skip("the table of ATT&CK techniques is not at hand: ", err)
	}
	var known []string
	for line := range strings.Lines(string(table)) {
		known = append(known, strings.SplitN(line, "\t", 2)[0])
	}
	for _, d := range All() {
		for _, id := range d.Techniques {
			if !slices.Contains(known, id) {
				t.Errorf("detector %q: %s is not a technique of the IaaS platform in ATT&CK v19.1", d.ID, id)
			}
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	good := *trailStopped
	for name, spoil := range map[string]func(*Detector){
		"ID":         func(d *Detector) { d.ID = "Trail_Stopped" },
		"Title":      func(d *Detector) { d.Title = " " },
		"Doc":        func(d *Detector) { d.Doc = "" },
		"Next":       func(d *Detector) { d.Next = "" },
		"Techniques": func(d *Detector) { d.Techniques = []string{"T123"} },
		"Events":     func(d *Detector) { d.Events = []string{"StopLogging"} },
		"Record":     func(d *Detector) { d.Record = nil },
		"Hits":       func(d *Detector) { d.Hits = nil },
		"Misses":     func(d *Detector) { d.Misses = nil },
		"Severity":   func(d *Detector) { d.Severity = 9 },
	} {
		d := good
		if spoil(&d); Validate(&d) == nil || !strings.Contains(Validate(&d).Error(), name) {
			t.Errorf("spoilt %s: %v", name, Validate(&d))
		}
	}
	if err := Validate(&good); err != nil {
		t.Error(err)
	}
}

// TestExamples runs every detector's examples: a Hit must yield a finding, a
// Miss none, of whatever severity.
func TestExamples(t *testing.T) {
	for _, d := range All() {
		for i, raw := range d.Hits {
			found := run(t, d, records(t, raw))
			if len(found) == 0 {
				t.Errorf("%s: hit %d: no finding", d.ID, i)
			}
			for _, f := range found {
				checkFinding(t, d, f)
			}
		}
		for i, raw := range d.Misses {
			if found := run(t, d, records(t, raw)); len(found) > 0 {
				t.Errorf("%s: miss %d: %+v", d.ID, i, found)
			}
		}
	}
}

func checkFinding(t *testing.T, d *Detector, f Finding) {
	t.Helper()
	t.Logf("%s: %s: %s: %s (%d events)", d.ID, f.Severity, f.Subject, f.Why, len(f.Events))
	if f.Detector != d.ID || f.Severity < d.Severity || f.Subject == "" || f.Why == "" || len(f.Events) == 0 {
		t.Errorf("%s: incomplete finding %+v", d.ID, f)
		return
	}
	first := f.Events[0]
	if f.Opened.ID != first.ID || !f.Opened.Time.Equal(first.Time) || f.Opened.Place != first.Place {
		t.Errorf("%s: opened by %v, but its first event is %v", d.ID, f.Opened, first)
	}
	seen := map[Place]bool{}
	for _, e := range f.Events {
		if seen[e.Place] {
			t.Errorf("%s: event %v is listed twice", d.ID, e.Place)
		}
		seen[e.Place] = true
	}
}
