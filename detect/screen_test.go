package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// screenedEvent is a call by a user from an address on a day of January.
func screenedEvent(day int, name, user, ip string) string {
	return fmt.Sprintf(`{"eventTime":"2026-01-%02dT03:04:05Z","eventID":"%02d-%s-%s-%s","eventName":"%s","sourceIPAddress":"%s","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s"}}`,
		day, day, name, user, ip, name, ip, user)
}

// graded finds calls whose name is a severity.
var graded = &Detector{ID: "graded", Title: "Graded", Severity: Informational, Record: func(r *parser.Record) (Evidence, bool) {
	var s Severity
	if s.UnmarshalText([]byte(r.Name)) != nil {
		return nil, false
	}
	return Evidence{{FactSeverity, r.Name}, {FactWhy, r.Name}}, true
}}

func described(found []Finding) (out []string) {
	for _, f := range found {
		who := f.Subject[strings.LastIndexByte(f.Subject, '/')+1:]
		out = append(out, fmt.Sprintf("%s %s %d [%s] %s", f.Severity, who, len(f.Events), f.Suppressed, f.Why))
	}
	slices.Sort(out)
	return out
}

func TestSuppression(t *testing.T) {
	scanner := &Suppression{Label: "known.yml, line 1", Rule: func(id string) bool { return id == "graded" }, Match: func(r *parser.Record) bool { return r.SourceIP == "192.0.2.9" }}
	other := &Suppression{Label: "known.yml, line 9", Rule: func(id string) bool { return id == "another" }}
	bob := &Suppression{Label: "known.yml, line 20", Match: func(r *parser.Record) bool { return strings.HasSuffix(r.Identity.ARN, "/bob") }}
	s := &Screen{Suppressions: []*Suppression{scanner, other, bob}}
	all := records(t, []string{
		screenedEvent(1, "high", "alice", "192.0.2.9"), screenedEvent(2, "medium", "alice", "192.0.2.1"), screenedEvent(2, "low", "alice", "192.0.2.9"),
		screenedEvent(3, "critical", "bob", "192.0.2.1"), screenedEvent(3, "critical", "bob", "192.0.2.9"), screenedEvent(3, "nothing", "bob", "192.0.2.9"),
	})
	got := described(run(t, s.Apply([]*Detector{graded})[0], all))
	want := []string{
		"informational alice 2 [known.yml, line 1] suppressed, else high: high; low (2 events)",
		"informational bob 1 [known.yml, line 1] suppressed, else critical: critical (1 event)",
		"informational bob 1 [known.yml, line 20] suppressed, else critical: critical (1 event)",
		"medium alice 1 [] medium (1 event)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s.Below != (Below{}) {
		t.Errorf("%+v", s.Below)
	}
}

func TestMinimum(t *testing.T) {
	s := &Screen{Minimum: Medium, Suppressions: []*Suppression{{Label: "x", Match: func(r *parser.Record) bool { return r.SourceIP == "192.0.2.9" }}}}
	all := records(t, []string{
		screenedEvent(1, "low", "alice", "192.0.2.1"), screenedEvent(1, "informational", "alice", "192.0.2.2"), screenedEvent(1, "medium", "bob", "192.0.2.1"),
		screenedEvent(2, "low", "bob", "192.0.2.9"), screenedEvent(2, "high", "eve", "192.0.2.9"),
	})
	got := described(run(t, s.Apply([]*Detector{graded})[0], all))
	want := []string{"informational eve 1 [x] suppressed, else high: high (1 event)", "medium bob 1 [] medium (1 event)"}
	if !slices.Equal(got, want) || s.Below != (Below{2, 3}) {
		t.Errorf("%+v, got\n%s", s.Below, strings.Join(got, "\n"))
	}
}

// A finding that comes in parts may become severe late. It says what was left out of it, and is
// none of those that were.
func TestMinimumOfParts(t *testing.T) {
	long := *graded
	long.Stream = func() Stream { return Window{ID: long.ID, Title: long.Title, MaxPart: 2}.Stream() }
	s := &Screen{Minimum: Medium}
	var raw []string
	for i, name := range []string{"low", "low", "low", "high", "low", "low"} {
		raw = append(raw, screenedEvent(i+1, name, "alice", "192.0.2.1"))
	}
	got := described(run(t, s.Apply([]*Detector{&long})[0], records(t, raw)))
	want := []string{"high alice 4 [] low; high (6 events); 2 events before it became high are left out"}
	if !slices.Equal(got, want) || s.Below != (Below{0, 2}) {
		t.Errorf("%+v, got\n%s", s.Below, strings.Join(got, "\n"))
	}
}

// What a screen does not concern stays the same detector, and so may stand in another run.
func TestScreenIdentity(t *testing.T) {
	all := All()
	s := &Screen{Suppressions: []*Suppression{{Label: "a", Source: "x", Rule: func(id string) bool { return id == "secret-read" }}}}
	for i, d := range s.Apply(all) {
		switch changed := d != all[i]; {
		case changed != (d.ID == "secret-read"):
			t.Errorf("%s: changed %t", d.ID, changed)
		case changed && (Identity(d) == Identity(all[i]) || Identity(d) == ""):
			t.Errorf("%s: %s", d.ID, Identity(d))
		}
	}
	for _, d := range (&Screen{Minimum: Low}).Apply(all) {
		if d.Record != nil && Identity(d) != "" {
			t.Errorf("%s: its findings could stand, but what is left out would not be counted", d.ID)
		}
	}
	if _, err := NewSet(s.Apply(all)); err != nil {
		t.Error(err)
	}
}
