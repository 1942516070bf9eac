package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func at(seconds int, id, principal string) EventRef {
	return EventRef{Time: noon.Add(time.Duration(seconds) * time.Second), ID: id, Principal: principal}
}

// merge joins the parts of findings as a caller of a Stream must.
func merge(parts []Finding) []Finding {
	var all []Finding
	at := map[string]int{}
	for _, f := range parts {
		key := f.Detector + "\x00" + f.Subject + "\x00" + f.Opened.ID
		i, ok := at[key]
		if !ok {
			at[key] = len(all)
			all = append(all, f)
			continue
		}
		all[i].Events = append(all[i].Events, f.Events...)
		all[i].Severity = max(all[i].Severity, f.Severity)
		all[i].Why = f.Why
	}
	return all
}

func TestWindowClosesAfterTheGap(t *testing.T) {
	var got []Finding
	emit := func(f Finding) { got = append(got, f) }
	s := Window{ID: "w", Title: "A thing", Gap: time.Minute}.Stream()
	for _, ref := range []EventRef{at(0, "a", "p"), at(60, "b", "p"), at(90, "x", "q"), at(121, "c", "p")} {
		s.Next(new(ref), nil, emit)
	}
	s.Flush(emit)
	var lines []string
	for _, f := range got {
		line := f.Subject + " " + f.Opened.ID + ":"
		for _, e := range f.Events {
			line += " " + e.ID
		}
		lines = append(lines, line)
	}
	if want := "p a: a b|q x: x|p c: c"; strings.Join(lines, "|") != want {
		t.Errorf("findings %q, want %q", lines, want)
	}
	if got[0].Why != "A thing (2 events)" {
		t.Errorf("why %q", got[0].Why)
	}
}

func TestWindowRaises(t *testing.T) {
	var got []Finding
	emit := func(f Finding) { got = append(got, f) }
	s := Window{ID: "w", Title: "A thing", Severity: Low}.Stream()
	for i, level := range []string{"informational", "high", "medium", "nonsense", "", ""} {
		s.Next(new(at(i, fmt.Sprint(i), "p")), Evidence{{FactSeverity, level}, {FactWhy, "why " + level}}, emit)
	}
	s.Flush(emit)
	want := "why informational; why high; why medium; why nonsense; +2 more (6 events)"
	if len(got) != 1 || got[0].Severity != High || got[0].Why != want {
		t.Errorf("findings %+v, want one, high, %q", got, want)
	}
}

// A sentence is said of those events that it is about: of two that succeeded beside two that were denied, four were not denied.
func TestWindowCountsWhatItsReasonsAreAbout(t *testing.T) {
	for want, whys := range map[string][][]string{
		"attempt denied (2 of 4 events)": {{"attempt denied"}, nil, {"attempt denied"}, {""}},
		"a; b (2 of 3 events)":           {{"a", "b"}, {"a"}, nil},
		"a; b (2 events)":                {{"a"}, {"b"}},
		"A thing (2 events)":             {nil, nil},
	} {
		var got []Finding
		emit := func(f Finding) { got = append(got, f) }
		s := Window{ID: "w", Title: "A thing"}.Stream()
		for i, texts := range whys {
			var e Evidence
			for _, why := range texts {
				e = append(e, Fact{FactWhy, why})
			}
			s.Next(new(at(i, fmt.Sprint(i), "p")), e, emit)
		}
		s.Flush(emit)
		if len(got) != 1 || got[0].Why != want {
			t.Errorf("findings %+v, want one: %q", got, want)
		}
	}
}

func TestWindowPartsAreOneFinding(t *testing.T) {
	var parts []Finding
	emit := func(f Finding) { parts = append(parts, f) }
	s := Window{ID: "w", MaxPart: 10, MaxHeld: 25}.Stream()
	const events, subjects = 1000, 5
	for i := range events {
		s.Next(new(at(i, fmt.Sprint(i), fmt.Sprint(i%subjects))), nil, emit)
	}
	s.Flush(emit)
	whole := merge(parts)
	if len(whole) != subjects || len(parts) <= subjects {
		t.Fatalf("%d parts of %d findings, want %d findings", len(parts), len(whole), subjects)
	}
	for _, f := range whole {
		if len(f.Events) != events/subjects || f.Events[0].ID != f.Opened.ID {
			t.Errorf("finding %s of %s: %d events from %s", f.Opened.ID, f.Subject, len(f.Events), f.Events[0].ID)
		}
	}
}

func TestWindowIsBounded(t *testing.T) {
	var emitted, closed int
	emit := func(f Finding) { emitted += len(f.Events); closed++ }
	s := Window{ID: "w", Gap: time.Hour}
	s.MaxOpen, s.MaxHeld, s.MaxBytes, s.MaxPart = 1000, 500, 1<<20, 100
	w := &windows{Window: s, held: &ledger{maxHeld: s.MaxHeld, maxBytes: s.MaxBytes, maxPart: s.MaxPart}}
	w.Subject = SubjectOf
	w.open = newTable(s.MaxOpen, func(_ string, v *window) { w.close(v) })
	const n = 1_000_000
	for i := range n {
		w.next(new(at(i/1000, "id", fmt.Sprint(i))), nil, emit)
		if len(w.open.nodes) > s.MaxOpen || w.held.held > s.MaxHeld || w.held.bytes > s.MaxBytes {
			t.Fatalf("event %d: %d open, %d held, %d bytes", i, len(w.open.nodes), w.held.held, w.held.bytes)
		}
	}
	w.flush(emit)
	if emitted != n || closed != n || w.held.held != 0 || w.held.bytes != 0 {
		t.Errorf("%d events in %d findings of %d; %d still held", emitted, closed, n, w.held.held)
	}
}

func TestSubjectOf(t *testing.T) {
	for want, ref := range map[string]EventRef{
		"p":       {Principal: "p", Credential: "c", SourceIP: "s"},
		"c":       {Credential: "c", SourceIP: "s"},
		"s":       {SourceIP: "s"},
		"unknown": {},
	} {
		if got := SubjectOf(&ref); got != want {
			t.Errorf("SubjectOf(%v) = %q, want %q", ref, got, want)
		}
	}
}
