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
	formatFlag
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
	made := demoMade{Evidence: evidence, Truth: truthFile, Records: truth.Counts.Records, Objects: truth.Counts.Objects}
	if d.Format != "json" {
		fmt.Fprintf(c.text(), "A synthetic archive of %d records in %d objects is in %s;\nwhat really happened in it is in %s.\n",
			made.Records, made.Objects, report.Terminal(evidence), report.Terminal(truthFile))
	}
	if !d.ArchiveOnly {
		err = d.analyze(ctx, c, truth, &made, filepath.Join(dir, "case"))
	}
	if d.Format == "json" {
		err = errors.Join(c.json(&made), err)
	}
	return err
}

// A demoMade is what the demo made, as JSON has it.
type demoMade struct {
	Evidence string `json:"evidence"`
	Truth    string `json:"truth"`
	Case     string `json:"case,omitempty"`
	Records  int64  `json:"records"`
	Objects  int64  `json:"objects"`
	Expected int    `json:"results_expected"` // that the truth asks for
	Found    int    `json:"results_found"`
}

func (d *demoCmd) analyze(ctx context.Context, c *console, truth *fixtures.Truth, made *demoMade, caseDir string) error {
	a := analyzeCmd{reading: reading{Paths: []string{made.Evidence}, Quiet: d.Quiet || d.Format == "json"}, Output: caseDir, Timeline: "auto"}
	if d.Format != "json" {
		fmt.Fprintln(c.text())
	}
	if err := a.Run(ctx, c); err != nil {
		return err
	}
	made.Case = caseDir
	expected, missing, err := compare(c, truth, filepath.Join(caseDir, "findings.jsonl"))
	made.Expected, made.Found = expected, expected-missing
	switch {
	case err != nil:
		return err
	case d.Format != "json":
		fmt.Fprintf(c.text(), "\nCompared with the truth: %d of the %d results that it asks for were found.\n", made.Found, made.Expected)
	}
	if missing > 0 {
		return errors.New("the findings miss events that the truth names")
	}
	return nil
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
func compare(c *console, truth *fixtures.Truth, findings string) (expected, missing int, err error) {
	listed, err := listedEvents(findings)
	if err != nil {
		return 0, 0, err
	}
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
	return expected, missing, nil
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
