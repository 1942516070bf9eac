package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type triageCmd struct {
	reading
	Output string `short:"o" placeholder:"CASE" help:"Keep the report, the findings and the manifest in this directory, which must not exist. By default nothing is kept."`
	CaseID string `placeholder:"ID" help:"The report's id (default AWS-IR-<date of the newest plausible event>-001)."`
	Format string `short:"f" enum:"text,json" default:"text" help:"What is printed: text, or json, which is report.json (default text)."`
	custodyFlags
}

// Help implements kong.HelpProvider.
func (triageCmd) Help() string {
	return "Finds what analyze finds and prints it: no timeline, no event store, no case, unless -o asks for one.\n" +
		"Example: coldtrail triage ./trail-bucket\n\n" + exitHelp
}

// Run implements the command.
func (t *triageCmd) Run(ctx context.Context, c *console) error {
	model, err := profiled(t.CPUProfile, t.MemProfile, func() (*report.Model, error) { return t.triage(ctx, c) })
	if err != nil {
		return err
	}
	if !t.Quiet {
		if err := c.summary(model, t.Format); err != nil {
			return err
		}
		if t.Output == "" && t.Format == "text" {
			fmt.Fprintln(c.text(), "\nNothing was kept: -o CASE, or analyze, makes report.md and the other files that are named here.")
		}
	}
	return t.verdict(model)
}

func (t *triageCmd) triage(ctx context.Context, c *console) (*report.Model, error) {
	if t.WorkDir == "" {
		t.WorkDir = os.TempDir()
	}
	var outputs []string
	if t.Output != "" {
		outputs = append(outputs, t.Output)
	}
	if err := t.check(outputs...); err != nil {
		return nil, err
	}
	run, err := t.newRun(c, t.CaseID)
	if err != nil {
		return nil, err
	}
	run.mode = func(int64) report.Mode { return report.None }
	run.announce = func(l scan.Listing) {
		fmt.Fprintf(c.err, "coldtrail: %s, %s stored\n", objects(l.Objects), size(l.Bytes))
	}
	if t.Output == "" {
		return run.into(ctx, nil)
	}
	kase, err := report.Create(t.Output, false)
	if err != nil {
		return nil, usage("%w", err)
	}
	given, err := run.given(ctx)
	if err != nil {
		return nil, errors.Join(err, kase.Abort())
	}
	rec, err := t.beginCase(ctx, c, "triage", kase, t.Output, "", t.CaseID, append(inputs(t.Paths), given...))
	if err != nil {
		return nil, errors.Join(err, kase.Abort())
	}
	model, err := run.into(ctx, kase)
	model, _, err = rec.settled(ctx, kase, t.Output, model, err, t.verdict)
	return model, err
}
