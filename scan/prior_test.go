package scan

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// A remembered outcome is a Prior.
type remembered struct{ *outcome }

func (p remembered) Sources() (labels []string) {
	for _, o := range p.objects {
		if !slices.Contains(labels, o.Source) {
			labels = append(labels, o.Source)
		}
	}
	return labels
}

func (p remembered) Objects() iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for _, o := range p.objects {
			o.Problems = nil
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (p remembered) Problems() iter.Seq2[ObjectProblem, error] {
	return func(yield func(ObjectProblem, error) bool) {
		for _, o := range p.problems {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (p remembered) Digests() iter.Seq2[Digest, error] { return func(func(Digest, error) bool) {} }

func (p remembered) Events(_ context.Context, yield func(*PriorEvent) error) error {
	for _, e := range p.entries {
		if err := yield(&PriorEvent{Raw: e.Raw, Place: e.Ref.Place, Copies: e.Places}); err != nil {
			return err
		}
	}
	return nil
}

// TestPrior: new evidence that joins what an earlier run has read gives what one
// run over both gives.
func TestPrior(t *testing.T) {
	padding := strings.Repeat("y", 3000)
	many := func(o int) (events []string) {
		for i := range 40 {
			events = append(events, event(fmt.Sprintf("%d-%d", o, i), "eventTime", at(i), "additionalEventData", quote(padding)))
		}
		return events
	}
	stop := []string{"eventName", `"StopLogging"`, "eventSource", `"cloudtrail.amazonaws.com"`}
	first := evidence(t, map[string]string{
		"a.json.gz":       zipped(records(append(many(0), event("copied"), event("forged"))...)),
		"b.json":          records(event("copied"), indent(event("copied")), event("stop", stop...)),
		"bad.json":        `{"Records":[` + event("good") + `,{"eventTime":"never","eventName":"x"}]}`,
		"cut.json.gz":     zipped(records(many(1)...))[:100],
		"note.txt":        "something else",
		"sub/dir/c.json":  event("alone"),
		"forged/old.json": event("forged", "eventTime", at(7)),
	})
	second := evidence(t, map[string]string{
		"a.json.gz": zipped(records(append(many(2), event("copied"), reversed(event("alone")))...)),
		"f.json":    records(event("forged", "sourceIPAddress", `"203.0.113.9"`), event("stop2", stop...), event("good", "userAgent", `"sqlmap"`)),
		"bad.json":  `{"Records":[1,2]}`,
	})
	cfg := Config{Raw: true, Detectors: detect.All()}
	want := try(t, cfg, first, second)
	if want.totals.Copies < 4 || want.totals.Bad == 0 || len(want.problems) < 2 || len(want.conflicts()) < 2 {
		t.Fatalf("the evidence does not try what it should: %+v", want.totals)
	}
	prior := try(t, cfg, first)
	for _, workers := range []int{1, 3} {
		again := cfg
		again.Prior, again.Workers = remembered{prior}, workers
		got := tryUnchecked(t, again, second)
		compareOutcomes(t, want, got)
	}
	again := cfg // what joins may be nothing
	again.Prior = remembered{prior}
	compareOutcomes(t, prior, tryUnchecked(t, again))
}

func compareOutcomes(t *testing.T, want, got *outcome) {
	t.Helper()
	if !reflect.DeepEqual(want.totals, got.totals) {
		t.Errorf("totals\n%+v\n%+v", want.totals, got.totals)
	}
	compareRows(t, "objects", want.objects, got.objects)
	compareRows(t, "problems", want.problems, got.problems)
	compareRows(t, "copies", want.copies, got.copies)
	compareRows(t, "findings", want.findings, got.findings)
	compareRows(t, "entries", want.entries, got.entries)
}

func compareRows[T any](t *testing.T, what string, want, got []T) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d, not %d", what, len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Errorf("%s %d:\n%+v\n%+v", what, i, want[i], got[i])
		}
	}
}

// TestBrokenPrior: a prior case that does not agree with itself is an error.
func TestBrokenPrior(t *testing.T) {
	dir := evidence(t, map[string]string{"a.json": records(event("1"), event("2"))})
	prior := try(t, Config{Raw: true}, dir)
	for name, spoil := range map[string]func(o *outcome){
		"gap":      func(o *outcome) { o.objects[0].Ordinal = 5 },
		"problem":  func(o *outcome) { o.problems = []ObjectProblem{{Object: 9}} },
		"record":   func(o *outcome) { o.entries[0].Raw = []byte("{") },
		"no event": func(o *outcome) { o.entries[0].Raw = []byte(`{"a":1}`) },
		"place":    func(o *outcome) { o.entries[0].Ref.Place.Object = 1 },
		"fewer":    func(o *outcome) { o.entries = o.entries[:1] },
	} {
		o := *prior
		o.objects, o.entries = slices.Clone(prior.objects), slices.Clone(prior.entries)
		spoil(&o)
		cfg := Config{Raw: true, Prior: remembered{&o}, Workers: 1, Memory: 1 << 20, WorkDir: t.TempDir()}
		cfg.Sinks = func(*Conclusion) ([]Sink, error) { return nil, nil }
		if res, err := Run(t.Context(), cfg); err == nil {
			res.Close()
			t.Errorf("%s: no error", name)
		}
	}
}
