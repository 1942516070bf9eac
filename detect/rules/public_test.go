package rules

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// TestPublicRecords runs the rules over all real records at hand and tells what they find.
// What it holds them to is little: that they find something in each collection of attacks.
func TestPublicRecords(t *testing.T) {
	root := filepath.Dir(stratusData)
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Skip("public records are not at hand: ", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		all := readAny(t, filepath.Join(root, folder.Name()))
		slices.SortStableFunc(all, func(a, b *parser.Record) int { return a.Time.Compare(b.Time) })
		h := newHunt(t, loaded().Detectors())
		for _, r := range all {
			h.add(t, r)
		}
		var levels [len(detect.Severities)]int
		hit := map[string]bool{}
		for _, f := range h.end() {
			levels[f.Severity]++
			for _, e := range f.Events {
				hit[e.Name] = true
			}
		}
		t.Logf("%-24s %4d records; findings from informational to critical: %v; %d kinds of event hit", folder.Name(), len(all), levels, len(hit))
		if name := folder.Name(); (name == "stratus-red-team" || name == "splunk-security-content") && len(hit) < 30 {
			t.Errorf("%s: %d kinds of event hit", name, len(hit))
		}
		var missed []string
		for _, r := range all {
			if name := r.Action(); !hit[r.Name] && !slices.Contains(missed, name) {
				missed = append(missed, name)
			}
		}
		t.Logf("  without a finding: %q", missed)
	}
}

// readAny reads what the files of a folder hold, in whatever shape.
func readAny(t *testing.T, dir string) (all []*parser.Record) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		rd := parser.NewReader(f, parser.Origin{Object: name})
		for {
			r, err := rd.Next()
			var bad *parser.RecordError
			switch {
			case errors.As(err, &bad):
				continue
			case err == io.EOF:
				return nil
			case err != nil:
				return nil // no CloudTrail: other tests judge that
			}
			if r.Name != "" && r.EventSource != "" {
				all = append(all, r.Clone())
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
