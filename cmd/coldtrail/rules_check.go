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
}

// Help implements kong.HelpProvider.
func (rulesCheckCmd) Help() string {
	return "A line for each thing: what is rejected and why, fields that CloudTrail does not have, comparisons that can never hold, what is missing, what was made of old technique IDs.\n" +
		"Exit codes: 0 every rule can be run · 1 a rule is rejected, or odd and --strict · 2 usage."
}

// Run implements the command.
func (k *rulesCheckCmd) Run(c *console) error {
	d := detecting{Rules: k.Paths, Placeholders: k.Placeholders, NoBuiltin: true}
	look := &detection{report: &report.Detection{}}
	if err := d.given(look); err != nil {
		return err
	}
	odd := 0
	for _, r := range look.report.Rejected {
		fmt.Fprintf(c.out, "rejected  %s\n", rejection(&r))
	}
	loaded := 0
	for _, r := range look.loaded {
		loaded++
		for _, note := range append(append([]string{}, r.Notes...), sigma.Check(r)...) {
			odd++
			fmt.Fprintf(c.out, "odd       %s:%d: %s: %s\n", report.Terminal(r.File), r.Line, report.Terminal(r.Title), report.Terminal(note))
		}
	}
	fmt.Fprintf(c.out, "%d documents: %d can be run, %d rejected; %d remarks\n", loaded+len(look.report.Rejected), loaded, len(look.report.Rejected), odd)
	if len(look.report.Rejected) > 0 || k.Strict && odd > 0 {
		return &exitError{code: exitNoResult}
	}
	return nil
}

type rulesTestCmd struct {
	Rule   string   `arg:"" optional:"" help:"A Sigma rule, a directory or a zip archive of them. Without: every rule and detector of coldtrail is run over its examples."`
	Events []string `arg:"" optional:"" help:"Events in any form that analyze reads. Without: the rules' own examples."`

	Placeholders string `placeholder:"FILE" help:"Values for the placeholders (%name%) of the rules: YAML."`
}

// Help implements kong.HelpProvider.
func (rulesTestCmd) Help() string {
	return "Examples:\n  coldtrail rules test\n  coldtrail rules test my-rule.yml events.json\n\n" +
		"Exit codes: 0 findings, or all examples are as they should be · 1 no finding, or an example is not · 2 usage."
}

// Run implements the command.
func (t *rulesTestCmd) Run(ctx context.Context, c *console) error {
	if t.Rule == "" {
		return tryExamples(c, builtin())
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
		return tryExamples(c, detectors)
	}
	return tryEvents(ctx, c, detectors, t.Events)
}

// tryExamples runs detectors over their examples.
func tryExamples(c *console, detectors []*detect.Detector) error {
	hits, misses, wrong := 0, 0, 0
	for _, d := range detectors {
		hits += len(d.Hits)
		misses += len(d.Misses)
		for _, text := range detect.TryExamples(d) {
			wrong++
			fmt.Fprintf(c.out, "%s: %s\n", report.Terminal(d.ID), report.Terminal(text))
		}
	}
	fmt.Fprintf(c.out, "%d detectors and rules, %d examples of what they find and %d of what they do not: %d wrong\n", len(detectors), hits, misses, wrong)
	switch {
	case hits+misses == 0:
		return &exitError{exitNoResult, errors.New("the rules have no examples: give a file of events")}
	case wrong > 0:
		return &exitError{code: exitNoResult}
	}
	return nil
}

// tryEvents runs detectors over events, as analyze would, and prints what they find.
func tryEvents(ctx context.Context, c *console, detectors []*detect.Detector, paths []string) error {
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
	n := 0
	for head, events := range res.Findings {
		if head.Detector == detect.ConflictingCopies {
			continue
		}
		n++
		fmt.Fprintf(c.out, "%-13s %s: %s: %s\n", head.Severity, report.Terminal(head.Detector), report.Terminal(head.Subject), report.Terminal(head.Why))
		if err := printEvents(c, events); err != nil {
			return err
		}
	}
	if err := res.Err(); err != nil {
		return err
	}
	t := &res.Totals
	fmt.Fprintf(c.out, "%d findings in %d events; %d records bad, %d objects unreadable or damaged\n", n, t.Distinct, t.Bad, t.Objects[scan.Unreadable]+t.Objects[scan.Damaged])
	if n == 0 {
		return &exitError{code: exitNoResult}
	}
	return nil
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
			fmt.Fprintf(c.out, "  %s %s %s %s\n", e.Time.UTC().Format("2006-01-02T15:04:05Z"), report.Terminal(e.ID), report.Terminal(e.Name), report.Terminal(e.Error))
		}
	}
	if n > shownEvents {
		fmt.Fprintf(c.out, "  +%d more events\n", n-shownEvents)
	}
	return nil
}

type rulesCoverageCmd struct {
	ruleFlags
	Missing bool `help:"Only the techniques that nothing looks for."`
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
	covered, iaas := 0, 0
	for _, row := range rules.Matrix(&all, others) {
		by := len(row.Rules) + len(row.Detectors)
		if row.IaaS {
			iaas++
			if by > 0 {
				covered++
			}
		}
		if k.Missing && by > 0 {
			continue
		}
		printCoverage(c, &row)
	}
	_, err = fmt.Fprintf(c.out, "%d of the %d techniques of the IaaS platform of ATT&CK v19.1 are looked for\n", covered, iaas)
	return err
}

// printCoverage prints a technique: what looks for it, and what cannot be seen of it.
func printCoverage(c *console, row *rules.Coverage) {
	platform := strings.Join(row.Tactics, ", ")
	if !row.IaaS {
		platform = strings.TrimPrefix(platform+"; not of the IaaS platform", "; ")
	}
	fmt.Fprintf(c.out, "%s %s (%s)\n", row.ID, row.Name, platform)
	fmt.Fprintf(c.out, "  rules      %s\n", orNone(row.Rules))
	if len(row.Detectors) > 0 {
		fmt.Fprintf(c.out, "  detectors  %s\n", orNone(row.Detectors))
	}
	if row.Unseen != "" {
		fmt.Fprintf(c.out, "  unseen     %s\n", row.Unseen)
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
