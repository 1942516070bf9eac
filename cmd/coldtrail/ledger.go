package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/coldtrail/coldtrail/report"
)

type ledgerCmd struct {
	Case   string `arg:"" help:"A case, as analyze makes it."`
	Ledger string `arg:"" enum:"persistence,data,defences" help:"persistence, data or defences."`
	Format string `short:"f" enum:"text,json,jsonl,csv" default:"text" help:"text, json (an array), jsonl (a line each, as in the case) or csv (default text)."`
	Linked bool   `help:"Only rows with a link to suspects."`
	Open   bool   `help:"Only what is, or may be, still there or still off at the end of the evidence: also what is deactivated, and what was made and removed within one second."`
}

// Help implements kong.HelpProvider.
func (ledgerCmd) Help() string {
	return "What all of the evidence shows, whoever did it: persistence lists what was made and lasts, with what took it away again; data who read, copied or shared what; " +
		"defences what weakened the things that guard and record, with the windows in which they were off. Calls that failed change nothing.\n\n" +
		"Examples: coldtrail ledger ./case-001 persistence --open\n          coldtrail ledger ./case-001 data --linked -f csv"
}

// Run implements the command.
func (l *ledgerCmd) Run(_ context.Context, c *console) error {
	if !isCase(l.Case) {
		return noCase(l.Case)
	}
	ledger, err := report.ReadLedger(l.Case)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("case %s: %w", l.Case, err)
	case err != nil:
		return err
	}
	return ledger.Write(c.formatted(l.Format), report.LedgerView{Ledger: l.Ledger, Format: l.Format, Linked: l.Linked, Open: l.Open})
}
