package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/rules"
	"github.com/coldtrail/coldtrail/detect/sigma"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type rulesCheckCmd struct {
	Paths        []string `arg:"" name:"path" help:"Sigma rules: files, directories with all below them, zip archives."`
	Placeholders string   `placeholder:"FILE" help:"Values for the placeholders (%name%) of the rules: YAML."`
	Strict       bool     `help:"Exit with 1 also if a rule is only odd."`
	formatFlag
}

// Help implements kong.HelpProvider.
func (rulesCheckCmd) Help() string {
	return "A line for each thing: what is rejected and why, fields that CloudTrail does not have, comparisons that can never hold, what is missing, what was made of old technique IDs.\n" +
		"Example: coldtrail rules check ./sigma --strict\n\n" +
		"Exit codes: 0 every rule can be run · 1 a rule is rejected, or odd and --strict · 2 usage."
}

// Run implements the command.
func (k *rulesCheckCmd) Run(c *console) error {
	d := detecting{Rules: k.Paths, Placeholders: k.Placeholders, NoBuiltin: true}
	look := &detection{report: &report.Detection{}}
	if err := d.given(look); err != nil {
		return err
	}
	found := rulesChecked{Run: len(look.loaded), Rejected: []ruleRemark{}, Remarks: []ruleRemark{}}
	for _, r := range look.report.Rejected {
		found.Rejected = append(found.Rejected, ruleRemark{r.File, r.Line, r.Title, r.Reason})
	}
	for _, r := range look.loaded {
		for _, note := range append(append([]string{}, r.Notes...), sigma.Check(r)...) {
			found.Remarks = append(found.Remarks, ruleRemark{r.File, r.Line, r.Title, note})
		}
	}
	if err := k.print(c, look, &found); err != nil {
		return err
	}
	if len(found.Rejected) > 0 || k.Strict && len(found.Remarks) > 0 {
		return &exitError{code: exitNoResult}
	}
	return nil
}

// print writes what was found.
func (k *rulesCheckCmd) print(c *console, look *detection, found *rulesChecked) error {
	if k.Format == "json" {
		return c.json(found)
	}
	w := c.text()
	for i := range look.report.Rejected {
		fmt.Fprintf(w, "rejected  %s\n", rejection(&look.report.Rejected[i]))
	}
	for _, r := range found.Remarks {
		fmt.Fprintf(w, "odd       %s:%d: %s: %s\n", report.Terminal(r.File), r.Line, report.Terminal(r.Title), report.Terminal(r.Text))
	}
	_, err := fmt.Fprintf(w, "%d documents: %d can be run, %d rejected; %d remarks\n", found.Run+len(found.Rejected), found.Run, len(found.Rejected), len(found.Remarks))
	return err
}

type rulesTestCmd struct {
	Rule   string   `arg:"" optional:"" help:"A Sigma rule, a directory or a zip archive of them. Without: every rule and detector of coldtrail is run over its examples."`
	Events []string `arg:"" optional:"" help:"Events in any form that analyze reads. Without: the rules' own examples."`

	Placeholders string `placeholder:"FILE" help:"Values for the placeholders (%name%) of the rules: YAML."`
	formatFlag
}

// Help implements kong.HelpProvider.
func (rulesTestCmd) Help() string {
	return "Examples:\n  coldtrail rules test\n  coldtrail rules test my-rule.yml events.json\n\n" +
		"Exit codes: 0 findings, or all examples are as they should be · 1 no finding, or an example is not · 2 usage."
}

// Run implements the command.
func (t *rulesTestCmd) Run(ctx context.Context, c *console) error {
	if t.Rule == "" {
		return tryExamples(c, t.Format, builtin())
	}
	d := detecting{Rules: []string{t.Rule}, Placeholders: t.Placeholders, NoBuiltin: true}
	look, err := d.detectors(c)
	if err != nil {
		return err
	}
	detectors := slices.DeleteFunc(look.detectors, func(d *detect.Detector) bool { return d.Record == nil }) // found by comparing
	switch {
	case len(detectors) == 0:
		return &exitError{exitNoResult, errors.New("no rule that can be run")}
	case len(t.Events) == 0:
		return tryExamples(c, t.Format, detectors)
	}
	return tryEvents(ctx, c, t.Format, detectors, t.Events)
}

// tryExamples runs detectors over their examples.
func tryExamples(c *console, format string, detectors []*detect.Detector) error {
	tried := rulesTried{Detectors: len(detectors), Wrong: []namedText{}}
	for _, d := range detectors {
		tried.Hits += len(d.Hits)
		tried.Misses += len(d.Misses)
		for _, text := range detect.TryExamples(d) {
			tried.Wrong = append(tried.Wrong, namedText{d.ID, visible(text)})
		}
	}
	if format == "json" {
		if err := c.json(&tried); err != nil {
			return err
		}
	} else {
		for _, x := range tried.Wrong {
			fmt.Fprintf(c.text(), "%s: %s\n", report.Terminal(x.Name), report.Terminal(x.Text))
		}
		fmt.Fprintf(c.text(), "%d detectors and rules, %d examples of what they find and %d of what they do not: %d wrong\n", tried.Detectors, tried.Hits, tried.Misses, len(tried.Wrong))
	}
	switch {
	case tried.Hits+tried.Misses == 0:
		return &exitError{exitNoResult, errors.New("the rules have no examples: give a file of events")}
	case len(tried.Wrong) > 0:
		return &exitError{code: exitNoResult}
	}
	return nil
}

// tryEvents runs detectors over events, as analyze would, and prints what they find.
func tryEvents(ctx context.Context, c *console, format string, detectors []*detect.Detector, paths []string) error {
	r := reading{Paths: paths, WorkDir: os.TempDir(), Memory: minMemory}
	if err := r.check(); err != nil {
		return err
	}
	res, err := scan.Run(ctx, scan.Config{
		Paths: paths, Stdin: c.in, Detectors: detectors, Workers: runtime.GOMAXPROCS(0), Memory: int64(r.Memory), WorkDir: r.WorkDir, WithoutRecords: true,
		Sinks: func(*scan.Conclusion) ([]scan.Sink, error) { return nil, nil },
	})
	if err != nil {
		return err
	}
	defer res.Close()
	t := &res.Totals
	found := rulesRun{Findings: []ruleFinding{}, Events: t.Distinct, Bad: t.Bad, Unread: t.Objects[scan.Unreadable] + t.Objects[scan.Damaged]}
	n := 0
	for head, events := range res.Findings {
		if head.Detector == detect.ConflictingCopies {
			continue
		}
		n++
		if format == "json" {
			one, err := asFinding(&head, events)
			if err != nil {
				return err
			}
			found.Findings = append(found.Findings, one)
			continue
		}
		level := c.screen().Severity(head.Severity, fmt.Sprintf("%-13s", head.Severity))
		fmt.Fprintf(c.text(), "%s %s: %s: %s\n", level, report.Terminal(head.Detector), report.Terminal(head.Subject), report.Terminal(head.Why))
		if err := printEvents(c, events); err != nil {
			return err
		}
	}
	if err := res.Err(); err != nil {
		return err
	}
	if format == "json" {
		if err := c.json(&found); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(c.text(), "%d findings in %d events; %d records bad, %d objects unreadable or damaged\n", n, found.Events, found.Bad, found.Unread)
	}
	if n == 0 {
		return &exitError{code: exitNoResult}
	}
	return nil
}

// asFinding is a finding with its first events.
func asFinding(head *scan.FindingHead, events iter.Seq2[scan.FindingEvent, error]) (ruleFinding, error) {
	out := ruleFinding{Severity: head.Severity, Detector: head.Detector, Subject: visible(head.Subject), Why: visible(head.Why), Events: []string{}}
	for e, err := range events {
		if err != nil {
			return out, err
		}
		if len(out.Events) == shownEvents {
			out.More++
			continue
		}
		out.Events = append(out.Events, visible(e.ID))
	}
	return out, nil
}

// shownEvents of each finding are printed.
const shownEvents = 10

func printEvents(c *console, events iter.Seq2[scan.FindingEvent, error]) error {
	n := 0
	for e, err := range events {
		if err != nil {
			return err
		}
		if n++; n <= shownEvents {
			fmt.Fprintf(c.text(), "  %s %s %s %s\n", e.Time.UTC().Format("2006-01-02T15:04:05Z"), report.Terminal(e.ID), report.Terminal(e.Name), report.Terminal(e.Error))
		}
	}
	if n > shownEvents {
		fmt.Fprintf(c.text(), "  +%d more events\n", n-shownEvents)
	}
	return nil
}

type rulesCoverageCmd struct {
	ruleFlags
	Missing bool `help:"Only the techniques that nothing looks for."`
	formatFlag
}

// Help implements kong.HelpProvider.
func (rulesCoverageCmd) Help() string {
	return "Examples: coldtrail rules coverage --missing\n          coldtrail rules coverage --rules ./sigma -f json"
}

// Run implements the command.
func (k *rulesCoverageCmd) Run(c *console) error {
	look, err := k.load(c)
	if err != nil {
		return err
	}
	var all sigma.Collection
	var others []*detect.Detector
	for _, d := range look.detectors {
		if r := look.ruleOf[d.ID]; r != nil {
			all.Rules = append(all.Rules, *r)
		} else {
			others = append(others, d)
		}
	}
	told := rulesCovered{Techniques: []ruleCoverage{}}
	for _, row := range rules.Matrix(&all, others) {
		by := len(row.Rules) + len(row.Detectors)
		if row.IaaS {
			told.IaaS++
			if by > 0 {
				told.Covered++
			}
		}
		if k.Missing && by > 0 {
			continue
		}
		if k.Format == "json" {
			told.Techniques = append(told.Techniques, ruleCoverage{
				row.ID, row.Name, append([]string{}, row.Tactics...), row.IaaS, append([]string{}, row.Rules...), append([]string{}, row.Detectors...), row.Unseen,
			})
			continue
		}
		printCoverage(c, &row)
	}
	if k.Format == "json" {
		return c.json(&told)
	}
	_, err = fmt.Fprintf(c.text(), "%d of the %d techniques of the IaaS platform of ATT&CK v19.1 are looked for\n", told.Covered, told.IaaS)
	return err
}

// printCoverage prints a technique: what looks for it, and what cannot be seen of it.
func printCoverage(c *console, row *rules.Coverage) {
	platform := strings.Join(row.Tactics, ", ")
	if !row.IaaS {
		platform = strings.TrimPrefix(platform+"; not of the IaaS platform", "; ")
	}
	fmt.Fprintf(c.text(), "%s %s (%s)\n", row.ID, row.Name, platform)
	fmt.Fprintf(c.text(), "  rules      %s\n", orNone(row.Rules))
	if len(row.Detectors) > 0 {
		fmt.Fprintf(c.text(), "  detectors  %s\n", orNone(row.Detectors))
	}
	if row.Unseen != "" {
		fmt.Fprintf(c.text(), "  unseen     %s\n", row.Unseen)
	}
}

func orNone(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return report.Terminal(strings.Join(ids, " "))
}

// techniques names techniques by their IDs.
func techniques(ids []string) (named []string) {
	for _, id := range ids {
		name := id
		for _, t := range rules.Techniques() {
			if t.ID == id {
				name += " " + t.Name
			}
		}
		named = append(named, name)
	}
	return named
}
