package main

import (
	"bytes"
	"context"
	"io"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type reportCmd struct {
	Case     string `arg:"" name:"case" placeholder:"CASE" help:"The case, as analyze made it."`
	Format   string `short:"f" enum:"html,md,json" default:"html" help:"html, md or json (default html)."`
	Output   string `short:"o" placeholder:"FILE" help:"The file to make (default: standard output). It must not exist, nor lie inside the case."`
	Incident *int   `placeholder:"N" help:"Only the incident of that number, in HTML or JSON."`
	Budget   size   `name:"html-budget" default:"15MB" placeholder:"SIZE" help:"How large the HTML may become (default 15MB): of what does not fit it says where it is in full."`

	enriching
}

// Help implements kong.HelpProvider.
func (reportCmd) Help() string {
	return "The report of the latest revision once more, from what the case has. HTML is one file that needs nothing else: it asks nobody for anything, can be read " +
		"without its script, and printed. analyze and hunt leave the same in the case as report.html, report.md and report.json.\n\n" +
		"Examples:\n  coldtrail report ./case-001 -o report.html --html-budget 3MB\n  coldtrail report ./case-001 --incident 1 -o incident-1.html\n  coldtrail report ./case-001 -f md --mmdb GeoLite2-City.mmdb | less"
}

// Run implements the command.
func (r *reportCmd) Run(ctx context.Context, c *console) error {
	if !isCase(r.Case) {
		return noCase(r.Case)
	}
	one := 0 // the incident that is asked for
	if r.Incident != nil {
		if one = *r.Incident; one < 1 || r.Format == "md" {
			return usage("--incident %d: takes a number from 1 on, with -f html or json", one)
		}
	}
	if r.Output != "" && scan.Outside(r.Output, []string{r.Case}) != nil {
		return usage("%s lies inside the case, whose files analyze, hunt and mark write", r.Output)
	}
	where, _, err := r.enrichment()
	if err != nil {
		return err
	}
	if len(where.Sources()) == 0 {
		where = nil // what the report says of addresses stays
	}
	if where != nil && one > 0 && r.Format == "json" {
		return usage("an incident's JSON does not say where addresses are: leave --mmdb, --ip-ranges and --tor out")
	}
	var whole bytes.Buffer // half a report is worse than none
	if err := r.write(ctx, &whole, one, where); err != nil {
		return err
	}
	if r.Output != "" {
		return writeNew(r.Output, func(w io.Writer) error { _, err := whole.WriteTo(w); return err })
	}
	_, err = whole.WriteTo(c.out)
	return err
}

func (r *reportCmd) write(ctx context.Context, w io.Writer, one int, where *report.Enrichment) error {
	if r.Format == "html" {
		return report.WriteHTML(ctx, w, r.Case, report.HTMLOptions{Budget: int64(r.Budget), Incident: one, Enrichment: where})
	}
	if one > 0 {
		in, err := report.ReadIncident(r.Case, one)
		if err != nil {
			return err
		}
		return in.JSON(w)
	}
	m, err := report.ReadModel(r.Case)
	if err != nil {
		return err
	}
	if where != nil {
		m.Enrich(where)
	}
	if r.Format == "json" {
		return m.JSON(w)
	}
	return m.Markdown(w)
}
