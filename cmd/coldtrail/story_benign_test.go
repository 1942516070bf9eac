package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// The seeds of everyday business without an incident: those of CI, and those of the note, which nobody looks at before.
const (
	quietSeed        = 7101
	heldOutQuietSeed = 940147
)

// TestQuiet: in everyday business there are at most five incidents of medium severity or more. CI takes some 20,000 events,
// with COLDTRAIL_STORIES=held-out a million.
func TestQuiet(t *testing.T) {
	cfg := fixtures.Config{Seed: quietSeed, Bytes: 24 << 20, Days: 3, Everyday: true}
	if os.Getenv("COLDTRAIL_STORIES") == "held-out" {
		cfg = fixtures.Config{Seed: heldOutQuietSeed, Bytes: 1500 << 20, Days: 10, Everyday: true}
	} else if testing.Short() {
		cfg.Bytes = 6 << 20
	}
	dir := filepath.Join(t.TempDir(), "evidence")
	truth, err := fixtures.Write(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := &toldCase{T: t, dir: makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 512 << 20}, Timeline: "none"})}
	all, there := rowsOf[report.Incident](c, "incidents.jsonl")
	if !there {
		t.Fatal("the case has no incidents.jsonl")
	}
	var said []string
	for _, in := range all {
		if in.Severity < detect.Medium {
			continue
		}
		var findings []string
		for _, f := range in.Findings {
			findings = append(findings, f.Detector)
		}
		said = append(said, fmt.Sprintf("%s, %s, score %d, %d events:%s\n  %s", in.Severity, in.Title, in.Score.Total, in.Counts.Events, counted(findings), in.Narrative[0].Text))
	}
	t.Logf("%d records, %d incidents of medium or more\n%s", truth.Counts.Records, len(said), strings.Join(said, "\n"))
	if len(said) > 5 {
		t.Errorf("%d incidents of medium or more in everyday business", len(said))
	}
}
