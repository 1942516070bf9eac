package report

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// realCoverage reads every record under a folder of the public data, in time order.
func realCoverage(t *testing.T, folder string) *LogCoverage {
	t.Helper()
	dir := filepath.Join("../../shared/data/public", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("public data is not here")
	}
	var events []CoverageEvent
	b := NewCoverage(CoverageOptions{})
	objects := uint64(0)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") && !strings.HasSuffix(path, ".jsonl") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		r := parser.NewReader(f, parser.Origin{})
		b.Object(&scan.Object{Ordinal: objects, Path: path, Status: scan.Parsed})
		for {
			rec, err := r.Next()
			if err != nil {
				break
			}
			if rec.Kind == parser.Event {
				e := coverEvent(rec, 0)
				e.Object = objects
				events = append(events, e)
			}
		}
		objects++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(events, func(a, b CoverageEvent) int { return a.Time.Compare(b.Time) })
	for i := range events {
		events[i].Ordinal = uint64(i)
		if err := b.Add(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := c.Text(&text); err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("COVERAGE_TEXT"); path != "" {
		if err := os.WriteFile(filepath.Join(path, folder+".txt"), text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Three of the techniques stop, delete or narrow a trail, each in an account of its own.
func TestCoverageOfRealTrailChanges(t *testing.T) {
	c := realCoverage(t, "stratus-red-team")
	var got []string
	for i := range c.Windows {
		_, name, _ := strings.Cut(c.Windows[i].Trail, ":trail/stratus-red-team-")
		got = append(got, name[:strings.LastIndexByte(name, '-')]+": "+c.Windows[i].What)
	}
	slices.Sort(got)
	want := []string{"cloudtraild-trail: everything: the trail is deleted", "ct-stop-trail: everything: logging is stopped",
		"ctes-trail: management events (reads and writes)"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for i := range c.Answers {
		a := &c.Answers[i]
		if a.Question == "object reads" && a.Resource == "*" && slices.ContainsFunc(a.Segments, func(s AnswerSegment) bool { return s.Status == CanAnswer }) {
			t.Errorf("no trail there records data events: %+v", a)
		}
	}
}

func TestCoverageOfRealLayout(t *testing.T) {
	c := realCoverage(t, "umccr")
	if c.Events == 0 || len(c.Accounts) == 0 || len(c.Places) < 2 {
		t.Errorf("%d events, %d accounts, %d places", c.Events, len(c.Accounts), len(c.Places))
	}
}
