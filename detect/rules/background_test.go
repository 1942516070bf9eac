package rules

import (
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/parser"
)

// backgroundBytes is how much benign background TestBackgroundIsQuiet makes. A million
// events, for which the bound is meant, are 1.5 GB: -background 1500000000.
var backgroundBytes = flag.Int64("background", 24<<20, "bytes of benign background")

// TestBackgroundIsQuiet: in an account in which nothing happens, no rule says high or
// critical, and medium less than once in ten thousand events.
func TestBackgroundIsQuiet(t *testing.T) {
	size := *backgroundBytes
	if testing.Short() {
		size /= 4
	}
	dir := t.TempDir()
	if _, err := fixtures.Write(dir, fixtures.Config{Seed: 7, Bytes: size, Everyday: true}); err != nil {
		t.Fatal(err)
	}
	quiet(t, loaded().Detectors(), dir)
}

// quiet runs detectors over an archive and holds the findings to the bounds.
func quiet(t *testing.T, detectors []*detect.Detector, dir string) {
	t.Helper()
	set, err := detect.NewSet(detectors)
	if err != nil {
		t.Fatal(err)
	}
	events, found := survey(t, set, dir)
	var levels [len(detect.Severities)]int
	by := map[string][len(detect.Severities)]int{}
	for _, f := range found {
		levels[f.Severity]++
		n := by[f.Detector]
		n[f.Severity]++
		by[f.Detector] = n
		if f.Severity >= detect.High {
			t.Errorf("%s: %s: %s: %s", f.Severity, f.Detector, f.Subject, f.Why)
		}
	}
	for s, name := range detect.Severities {
		t.Logf("%-13s %6d findings, %8.2f per 10,000 events", name, levels[s], float64(levels[s])*1e4/float64(events))
	}
	// Findings fold by principal: a small archive is held to those about the one role in each
	// account that shares images and snapshots with the other accounts, of which no rule knows.
	if levels[detect.Medium] > max(12, events/10_000) {
		t.Errorf("%d findings at medium in %d events", levels[detect.Medium], events)
	}
	for _, d := range detectors {
		if n := by[d.ID]; n != [len(detect.Severities)]int{} {
			t.Logf("%-45s informational %5d, low %5d, medium %3d", d.ID, n[detect.Informational], n[detect.Low], n[detect.Medium])
		}
	}
}

// A hit is what travels from the workers to the streams of a run.
type hit struct {
	detector int
	ref      detect.EventRef
	evidence detect.Evidence
}

// survey runs a set over an archive, and its streams over the hits in the order of time.
func survey(t *testing.T, set *detect.Set, dir string) (events int, found []detect.Finding) {
	t.Helper()
	var hits []hit
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(name, "/CloudTrail/") {
			return err
		}
		return records(name, func(r *parser.Record) {
			ref := detect.NewRef(r, detect.Place{Index: events})
			events++
			set.Record(r, func(d int, e detect.Evidence) {
				hits = append(hits, hit{d, ref.Clone(), e.Clone()})
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.ref.Time.Compare(b.ref.Time) })
	streams := make([]detect.Stream, set.Len())
	for d := range streams {
		streams[d] = set.Stream(d)
	}
	emit := func(f detect.Finding) { found = append(found, f) }
	for _, h := range hits {
		streams[h.detector].Next(&h.ref, h.evidence, emit)
	}
	for _, s := range streams {
		s.Flush(emit)
	}
	return events, found
}

func records(name string, yield func(*parser.Record)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	rd := parser.NewReader(z, parser.Origin{Object: name})
	for {
		r, err := rd.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		yield(r)
	}
}
