package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/coldtrail/coldtrail/report"
)

type incidentsCmd struct {
	Case   string `arg:"" help:"A case, as analyze makes it."`
	Number string `arg:"" optional:"" help:"The incident to tell, by its rank."`
	Format string `short:"f" enum:"text,json" default:"text" help:"text or json (default text)."`
}

// Help implements kong.HelpProvider.
func (incidentsCmd) Help() string {
	return "Findings are joined into incidents by credentials that came from one another, by principal, address and time. Without a number they are listed, the severest first; with one, " +
		"an incident is told: its credentials and addresses, the tactics that were reached, what happened with the events that show it, what the evidence leaves open, and what to do, in order, " +
		"as commands to copy. They change what is there: verify the current state first. The answer is that of the latest revision: analyze, hunt and mark make it.\n\n" +
		"Examples: coldtrail incidents ./case-001\n          coldtrail incidents ./case-001 1\n\nExit code 1: the case has no such incident."
}

// Run implements the command.
func (i *incidentsCmd) Run(_ context.Context, c *console) error {
	if !isCase(i.Case) {
		return noCase(i.Case)
	}
	model, err := report.ReadModel(i.Case)
	if err != nil {
		return usage("case %s: %w", i.Case, err)
	}
	if model.Incidents == nil {
		return fmt.Errorf("case %s: it has no incidents: it was made without an event store, or by a coldtrail that knew none; hunt makes them where there is a store", i.Case)
	}
	if i.Number == "" {
		return model.Incidents.Print(c.formatted(i.Format), i.Format, c.screen())
	}
	number, err := strconv.Atoi(i.Number)
	if err != nil {
		return usage("case %s: %w", i.Case, model.Incidents.None(i.Number))
	}
	in, err := report.ReadIncident(i.Case, number)
	if err != nil {
		return fmt.Errorf("case %s: %w", i.Case, err)
	}
	return in.Print(c.formatted(i.Format), i.Format)
}
