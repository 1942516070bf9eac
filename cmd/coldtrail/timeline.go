package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

type timelineCmd struct {
	caseArg
	Format  string   `short:"f" enum:"table,csv,json,jsonl" default:"table" help:"table, csv, json (an array) or jsonl (a line each) (default table)."`
	Columns []string `placeholder:"NAME,…" help:"What to show: columns of timeline.csv, ordinal (which show takes as '#N', and a table shows as #), finding_ids, what the user agent tells (ua_tool, ua_command, ua_sid, ua_credential_source, …), where the address is (ip_where, ip_country, ip_city, ip_asn, ip_network, ip_cloud, ip_tor, ip_range: see --mmdb), and any column of the event store, with dots: useridentity.type, requestparameters, eventjson."`
	filterFlags
	enriching
}

// Help implements kong.HelpProvider.
func (timelineCmd) Help() string {
	return "Example: coldtrail timeline ./case-001 --access-key AKIAEXAMPLE --not --read-only -f csv\n\n" + filterHelp
}

// Run implements the command.
func (t *timelineCmd) Run(ctx context.Context, c *console) error {
	f, err := t.filter()
	if err != nil {
		return err
	}
	where, _, err := t.enrichment()
	if err != nil {
		return err
	}
	s, err := t.open()
	if err != nil {
		return err
	}
	defer s.Close()
	view := report.TimelineView{Format: t.Format, Columns: t.Columns, Screen: c.screen(), Enrichment: where}
	if err := view.Check(); err != nil {
		return usage("%w", err)
	}
	out := bufio.NewWriterSize(c.out, 256<<10)
	listed, err := s.WriteTimeline(ctx, out, f, view)
	if ferr := out.Flush(); err == nil {
		err = ferr
	}
	switch {
	case err != nil:
		return err
	case listed.Events == 0:
		return nothingMatched(c, s, f)
	}
	return t.leftOut(c, listed)
}

// leftOut says what a table does not show.
func (t *timelineCmd) leftOut(c *console, l report.Listed) (err error) {
	var parts []string
	if l.Cut > 0 {
		parts = append(parts, fmt.Sprintf("%d values are shortened (…)", l.Cut))
	}
	if len(l.Left) > 0 {
		parts = append(parts, "there is no room for "+strings.Join(l.Left, ", "))
	}
	if parts != nil {
		what := "everything"
		if slices.Contains(l.Left, "ordinal") {
			what += " but the ordinal, for which there is --columns"
		}
		_, err = fmt.Fprintf(c.err, "coldtrail: %s: -f csv or -f jsonl has %s\n", strings.Join(parts, "; "), what)
	}
	return err
}
