package main

import "context"

type summaryCmd struct {
	caseArg
	Format string `short:"f" enum:"text,json" default:"text" help:"text or json (default text)."`
	Top    int    `default:"10" placeholder:"N" help:"How many rows of each table (default 10)."`
	filterFlags
	enriching
}

// Help implements kong.HelpProvider.
func (summaryCmd) Help() string {
	return "Example: coldtrail summary ./case-001 --since 2026-03-02 --error denied\n\n" + filterHelp
}

// Run implements the command.
func (s *summaryCmd) Run(ctx context.Context, c *console) error {
	if s.Top < 0 {
		return usage("--top %d: less than none", s.Top)
	}
	f, err := s.filter()
	if err != nil {
		return err
	}
	where, _, err := s.enrichment()
	if err != nil {
		return err
	}
	store, err := s.open()
	if err != nil {
		return err
	}
	defer store.Close()
	b, err := store.Breakdown(ctx, f, s.Top)
	if err != nil {
		return err
	}
	b.Enrich(where)
	if b.Empty() {
		if err := nothingMatched(c, store, f); err != nil {
			return err
		}
		if s.Format == "text" {
			return nil
		}
	}
	if s.Format == "json" {
		return b.JSON(c.out)
	}
	b.Screen = c.screen()
	return b.Write(c.text())
}
