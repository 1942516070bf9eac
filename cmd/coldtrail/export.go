package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type exportCmd struct {
	caseArg
	Format string `enum:"parquet,case-uco" default:"parquet" help:"parquet: files in directories account=/region=/year=/month=/day=, in UTC, with the statements that make tables of them. case-uco: what the custody log says, as CASE/UCO 1.4 JSON-LD."`
	Output string `short:"o" required:"" placeholder:"PATH" help:"The directory to make, or with case-uco the file. It must not exist."`
	filterFlags
}

// Help implements kong.HelpProvider.
func (exportCmd) Help() string {
	return "Example: coldtrail export ./case-001 --format parquet -o ./lake --since 2026-03-01\n\n" + filterHelp
}

// Run implements the command.
func (e *exportCmd) Run(ctx context.Context, c *console) error {
	f, err := e.filter()
	if err != nil {
		return err
	}
	if e.Format == "case-uco" {
		return e.caseUCO(ctx, c, f)
	}
	s, err := e.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := os.Lstat(e.Output); err == nil {
		return usage("%s exists and is never overwritten: choose another name", e.Output)
	}
	if scan.Outside(e.Output, []string{e.Case}) != nil {
		return usage("%s lies inside the case, which is not written to", e.Output)
	}
	told, err := s.Export(ctx, e.Output, f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.err, "coldtrail: %d events in %d files of %d partitions are in %s; README there says how to query them\n",
		told.Events, told.Files, told.Partitions, report.Terminal(e.Output))
	if err != nil || told.Events > 0 {
		return err
	}
	return nothingMatched(c, s, f)
}

// caseUCO writes the graph of the case's custody, of which filters select nothing.
func (e *exportCmd) caseUCO(ctx context.Context, c *console, f *report.Filter) error {
	if f.String() != "" {
		return usage("--format case-uco has no events, of which %s could select some", f)
	}
	if _, err := os.Stat(e.Case); err != nil {
		return usage("case: %w", err)
	}
	if scan.Outside(e.Output, []string{e.Case}) != nil {
		return usage("%s lies inside the case, which is not written to", e.Output)
	}
	return logError(writeNew(e.Output, func(w io.Writer) error { return report.WriteCaseUCO(ctx, w, e.Case) }))
}
