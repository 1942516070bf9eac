package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

type demoCmd struct {
	Output      string `short:"o" placeholder:"DIR" help:"Where to make evidence, truth and case (default: a new temporary directory). It must not exist."`
	ArchiveOnly bool   `help:"Make the archive and its truth file, and analyze nothing."`
	Size        size   `default:"8MiB" placeholder:"SIZE" help:"Raw JSON to make, roughly."`
	Objects     int    `placeholder:"N" help:"Spread it over this many objects (default: as real archives do)."`
	Seed        uint64 `default:"1" help:"The same seed makes the same archive, byte for byte."`
	Benign      bool   `help:"Leave the scripted incidents out."`
	Quiet       bool   `short:"q" help:"No progress and no summary."`
}

// Help implements kong.HelpProvider.
func (demoCmd) Help() string {
	return "Examples:\n  coldtrail demo\n  coldtrail demo --archive-only --size 1GB --objects 5000 --seed 7 -o ./archive"
}

// Run implements the command.
func (d *demoCmd) Run(ctx context.Context, c *console) error {
	dir, err := d.directory()
	if err != nil {
		return err
	}
	evidence, truthFile := filepath.Join(dir, "evidence"), filepath.Join(dir, "truth.json")
	cfg := fixtures.Config{Seed: d.Seed, Bytes: int64(d.Size), Objects: d.Objects}
	if !d.Benign {
		cfg.Incidents = fixtures.AllIncidents()
	}
	truth, err := fixtures.Write(evidence, cfg)
	if err != nil {
		return err
	}
	if err := truth.WriteFile(truthFile); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "A synthetic archive of %d records in %d objects is in %s;\nwhat really happened in it is in %s.\n",
		truth.Counts.Records, truth.Counts.Objects, report.Terminal(evidence), report.Terminal(truthFile))
	if d.ArchiveOnly {
		return nil
	}
	fmt.Fprintln(c.out)
	caseDir := filepath.Join(dir, "case")
	a := analyzeCmd{reading: reading{Paths: []string{evidence}, Quiet: d.Quiet}, Output: caseDir, Timeline: "auto"}
	if err := a.Run(ctx, c); err != nil {
		return err
	}
	return compare(c, truth, filepath.Join(caseDir, "findings.jsonl"))
}

// directory makes the output directory, which must be new.
func (d *demoCmd) directory() (string, error) {
	if d.Output == "" {
		return os.MkdirTemp("", "coldtrail-demo-")
	}
	if err := os.Mkdir(d.Output, 0o777); err != nil {
		return "", usage("%w", err)
	}
	return d.Output, nil
}

// compare says which of the events that the truth names the findings list.
func compare(c *console, truth *fixtures.Truth, findings string) error {
	listed, err := listedEvents(findings)
	if err != nil {
		return err
	}
	expected, missing := 0, 0
	for _, incident := range truth.Incidents {
		for _, want := range incident.Expect {
			for _, id := range want.Events {
				expected++
				if s, ok := listed[want.Detector][id]; !ok || !atLeast(s, want.SeverityAtLeast) {
					missing++
					fmt.Fprintf(c.err, "coldtrail: incident %s: event %s is in no finding of %s from %s on\n",
						incident.Name, id, want.Detector, want.SeverityAtLeast)
				}
			}
		}
	}
	fmt.Fprintf(c.out, "\nCompared with the truth: %d of the %d results that it asks for were found.\n", expected-missing, expected)
	if missing > 0 {
		return errors.New("the findings miss events that the truth names")
	}
	return nil
}

func atLeast(s detect.Severity, name string) bool {
	var least detect.Severity
	return least.UnmarshalText([]byte(name)) == nil && s >= least
}

// listedEvents reads which events each detector's findings list, with the
// highest severity of these.
func listedEvents(path string) (map[string]map[string]detect.Severity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	listed := map[string]map[string]detect.Severity{}
	dec := json.NewDecoder(bufio.NewReader(f))
	for dec.More() {
		var line struct {
			Detector string          `json:"detector"`
			Severity detect.Severity `json:"severity"`
			Events   []struct {
				ID string `json:"id"`
			} `json:"events"`
		}
		if err := dec.Decode(&line); err != nil {
			return nil, err
		}
		ids := listed[line.Detector]
		if ids == nil {
			ids = map[string]detect.Severity{}
			listed[line.Detector] = ids
		}
		for _, e := range line.Events {
			ids[e.ID] = max(ids[e.ID], line.Severity)
		}
	}
	return listed, nil
}
