package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

type baselineCmd struct {
	caseArg
	Subjects []string `arg:"" name:"subject" help:"Access keys, ARNs of principals or roles, names of users or roles."`
	Until    moment   `name:"baseline-until" placeholder:"TIME" help:"What came before is ordinary: RFC 3339, or a date (default: each subject's own first days)."`
	Days     int      `default:"3" placeholder:"N" help:"How long a subject's own first days are (default 3)."`
	enriching
	Format string `short:"f" enum:"text,json,jsonl" default:"text" help:"text, json (an array, a baseline for each subject) or jsonl (a line each) (default text)."`
}

// Help implements kong.HelpProvider.
func (baselineCmd) Help() string {
	return "What principals did for the first time: services, APIs, regions, addresses, networks and tools that are new against the evidence before a time, or " +
		"against their own first days. A name that several users or roles have is refused: give the ARN. It judges nothing: everything is done for a first time.\n\n" +
		"Examples: coldtrail baseline ./case-001 app-role --baseline-until 2026-03-01\n" +
		"          coldtrail baseline ./case-001 AKIAIOSFODNN7EXAMPLE -f jsonl\n\n" +
		"Exit code 1: the case has no event of a subject."
}

// jsonLine writes a value as JSON on one line, in which, as in all JSON, every character prints.
func jsonLine(w *bufio.Writer, v any) error {
	var indented, line bytes.Buffer
	if err := report.WriteJSON(&indented, v); err != nil {
		return err
	}
	if err := json.Compact(&line, indented.Bytes()); err != nil {
		return err
	}
	w.Write(line.Bytes())
	return w.WriteByte('\n')
}

// furtherText counts what a list leaves out.
func furtherText(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", +%d more", n)
}

// Run implements the command.
func (a *baselineCmd) Run(ctx context.Context, c *console) error {
	if a.Days < 1 {
		return usage("--days %d: less than one", a.Days)
	}
	s, err := a.open()
	if err != nil {
		return err
	}
	defer s.Close()
	q := report.BaselineQuery{Subjects: a.Subjects, Days: a.Days, Until: a.Until.start}
	where, _, err := a.enrichment()
	if err != nil {
		return err
	}
	if where.Places() {
		q.Locate = where.Locate
	}
	all, err := s.Baselines(ctx, q)
	if err != nil {
		return err
	}
	for _, b := range all {
		if n := len(b.Identities); n > 1 {
			const most = 10
			return usage("subject %s: it names several: %s%s: which is meant?", b.Subject, strings.Join(b.Identities[:min(n, most)], ", "), furtherText(n-most))
		}
		if b.Events == 0 && b.Implausible > 0 {
			return fmt.Errorf("subject %s: its %d events have times that cannot be", b.Subject, b.Implausible)
		}
		if b.Events == 0 { // half an answer is worse than none
			return fmt.Errorf("subject %s: no event of the case is of it", b.Subject)
		}
	}
	if a.Format == "json" {
		return c.json(all)
	}
	out := bufio.NewWriterSize(c.formatted(a.Format), 64<<10)
	for i, b := range all {
		if a.Format == "jsonl" {
			if err := jsonLine(out, b); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			out.WriteByte('\n')
		}
		if err := b.Write(out); err != nil {
			return err
		}
	}
	return out.Flush()
}
