package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/coldtrail/coldtrail/report"
)

type pivotCmd struct {
	caseArg
	Subject string `arg:"" help:"An access key, an ARN, an address or network, a user's or role's name, an event's ID, or '#' and its ordinal."`
	Up      bool   `help:"Only what the subject came from, up to its origin."`
	Down    bool   `help:"Only the subject and all that came from it."`
	Nodes   int    `placeholder:"N" help:"How many principals, sessions and keys the graph may have (default 2621440, which take half a GiB)."`
	Format  string `short:"f" enum:"text,json,dot,mermaid" default:"text" help:"text, json, dot or mermaid (default text)."`
	enriching
}

// Help implements kong.HelpProvider.
func (pivotCmd) Help() string {
	return "From one credential to what it came from, to all that came from it, and to what was done with all of these: source IPs, user agents, services, " +
		"refused calls, data read, resources changed, and what was left behind. Each tie says how sure it is: exact, where the event that issued a credential names it; " +
		"inferred, where only time and principal fit.\n\n" +
		"Examples: coldtrail pivot ./case-001 AKIAIOSFODNN7EXAMPLE\n" +
		"          coldtrail pivot ./case-001 '#123' --up\n" +
		"          coldtrail pivot ./case-001 203.0.113.7 -f dot | dot -Tsvg > tree.svg\n\n" +
		"json has the whole timeline of the tree; text the first events, or where there are many, those that are not read-only. Exit code 1: the case has no such subject."
}

// Run implements the command.
func (p *pivotCmd) Run(ctx context.Context, c *console) error {
	if p.Nodes < 0 {
		return usage("--nodes %d: less than nothing", p.Nodes)
	}
	where, _, err := p.enrichment()
	if err != nil {
		return err
	}
	s, err := p.open()
	if err != nil {
		return err
	}
	defer s.Close()
	pivot, err := s.Pivot(ctx, report.PivotQuery{Subject: p.Subject, Up: p.Up, Down: p.Down, Nodes: p.Nodes})
	if err != nil {
		return err
	}
	if len(pivot.Nodes) == 0 {
		return fmt.Errorf("subject %s: no event of the case is of it", p.Subject)
	}
	pivot.Screen = c.screen()
	pivot.Enrich(where)
	out := bufio.NewWriterSize(c.formatted(p.Format), 256<<10)
	if err := pivot.Write(ctx, out, p.Format); err != nil {
		return err
	}
	return out.Flush()
}
