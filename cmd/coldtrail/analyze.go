package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type analyzeCmd struct {
	reading
	Output string `short:"o" placeholder:"CASE" help:"The case directory to make. It must not exist and not lie inside the evidence."`
	Add    string `placeholder:"CASE" help:"Join the evidence to this case, of which only the event store is read. The result takes its name, unless -o gives another; the old case is renamed aside."`
	Force  bool   `help:"Rename an existing case aside instead of refusing."`
	CaseID string `placeholder:"ID" help:"The report's id (default AWS-IR-<date of the newest plausible event>-001)."`

	Timeline string `enum:"auto,full,flagged,none" default:"auto" help:"What timeline.csv lists: full, flagged (events of findings) or none. auto: full up to 10 million events, flagged above."`
	NoStore  bool   `help:"Make no event store: the case then answers no further questions."`

	Format string `short:"f" enum:"text,json" default:"text" help:"What is printed: text, or json, which is report.json (default text)."`

	Judgements []string `sep:"none" placeholder:"FILE" help:"Follow these judgements of examiners: another case's judgements.jsonl. Once for each. Those of --add stay anyway."`

	custodyFlags
	head custody.Head // of the case's log
}

// Help implements kong.HelpProvider.
func (analyzeCmd) Help() string {
	return "Examples:\n  coldtrail analyze ./trail-bucket -o ./case-001 --since 2026-03-01\n" +
		"  coldtrail analyze --add ./case-001 ./second-bucket\n" +
		"  coldtrail analyze ./trail-bucket -o ./case-002 --rules ./sigma --ioc feed.csv --suppress known.yml\n\n" + exitHelp
}

const fullTimeline = 10_000_000

// Run implements the command.
func (a *analyzeCmd) Run(ctx context.Context, c *console) error {
	model, err := profiled(a.CPUProfile, a.MemProfile, func() (*report.Model, error) { return a.analyze(ctx, c) })
	if err != nil {
		return err
	}
	if !a.Quiet {
		if err := c.summary(model, a.Format); err != nil {
			return err
		}
		to := c.aside(a.Format)
		fmt.Fprintf(to, "\nThe case is in %s; begin with %s.\n",
			report.Terminal(a.Output), report.Terminal(filepath.Join(a.Output, "report.md")))
		noteHead(to, a.head)
	}
	return a.verdict(model)
}

// check refuses what cannot be right before anything is read.
func (a *analyzeCmd) check() error {
	if a.Output == "" && a.Add == "" {
		return usage("analyze needs the case to make, --output=CASE, or one to join, --add=CASE")
	}
	if a.Add != "" && a.Output == "" {
		a.Output, a.Force = a.Add, true
	}
	if a.WorkDir == "" {
		a.WorkDir = filepath.Dir(filepath.Clean(a.Output))
	}
	if err := a.reading.check(a.Output); err != nil {
		return err
	}
	for _, p := range append(a.Paths, a.WorkDir) {
		if a.Force && p != "-" && scan.Outside(p, []string{a.Output}) != nil {
			return usage("%s lies inside %s, which --force would rename: choose another name for the case", p, a.Output)
		}
	}
	return nil
}

// analyze makes the case.
func (a *analyzeCmd) analyze(ctx context.Context, c *console) (*report.Model, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	run, err := a.run(c)
	if err != nil {
		return nil, err
	}
	kase, err := report.Create(a.Output, a.Force)
	if err != nil {
		return nil, usage("%w", err)
	}
	given, err := run.given(ctx)
	held, files, herr := a.judgements(ctx)
	if err = errors.Join(err, herr); err != nil {
		return nil, errors.Join(err, kase.Abort())
	}
	given = append(given, files...)
	rec, err := a.beginCase(ctx, c, "analyze", kase, a.Output, a.Add, a.CaseID, append(inputs(a.Paths), given...))
	if err != nil {
		return nil, errors.Join(err, kase.Abort())
	}
	run.written = func() { rec.ahead = custody.HashAhead(ctx, kase.Path(".")) }
	model, err := a.fill(ctx, c, run, kase)
	if err == nil && len(held) > 0 {
		model, err = a.judge(ctx, run, kase, model, held)
	}
	model, a.head, err = rec.settled(ctx, kase, a.Output, model, err, a.verdict)
	return model, err
}

// fill reads the evidence, and the case that it joins, into the new case.
func (a *analyzeCmd) fill(ctx context.Context, c *console, run *evidenceRun, kase *report.Case) (*report.Model, error) {
	if a.Add != "" {
		prior, err := a.prior()
		if err != nil {
			return nil, err
		}
		defer prior.Close()
		run.prior = prior
		if err := a.warnOfKeys(c, prior); err != nil {
			return nil, err
		}
		if !a.Quiet {
			if err := run.look.warnOfDropped(c, a.Add); err != nil {
				return nil, err
			}
		}
	}
	return run.into(ctx, kase)
}

// warnOfKeys says what joining cannot do: a case does not keep keys, which are trusted because the examiner gives them, nor what was
// given to verify later.
func (a *analyzeCmd) warnOfKeys(c *console, prior *report.SettledCase) error {
	revisions, err := prior.Revisions()
	if err != nil || a.Quiet {
		return err
	}
	if prior.Keys > 0 && len(a.PublicKeys) == 0 {
		fmt.Fprintln(c.err, "coldtrail: a case keeps no keys: without --public-keys no signature is checked now, those of the case's digest files neither")
	}
	if revisions > 1 {
		fmt.Fprintf(c.err, "coldtrail: the case was verified again, as revision %d: what was given to that is not used now, unless it is given again\n", revisions)
	}
	return nil
}

// prior opens the case that the evidence joins. Filters apply to all evidence or
// to none: with them, old and new events would not be of one scope.
func (a *analyzeCmd) prior() (*report.SettledCase, error) {
	p, err := report.OpenCase(a.Add)
	if err != nil {
		return nil, usage("--add: %w", err)
	}
	switch {
	case len(p.Scope) > 0:
		err = usage("--add: case %s was made with %s and lacks what these left out: analyze all the evidence together", a.Add, strings.Join(p.Scope, " "))
	case len(a.scope()) > 0:
		err = usage("--add: %s would hold for the new evidence only: leave it out, and filter the case", strings.Join(a.scope(), " "))
	default:
		return p, nil
	}
	return nil, errors.Join(err, p.Close())
}

func (a *analyzeCmd) run(c *console) (*evidenceRun, error) {
	run, err := a.newRun(c, a.CaseID)
	if err != nil {
		return nil, err
	}
	run.opt.Store = !a.NoStore
	run.mode = func(events int64) report.Mode { return a.mode(c, events) }
	run.announce = func(l scan.Listing) { a.announce(c, l) }
	return run, nil
}

// mode decides what timeline.csv lists, and says so where it is not everything.
func (a *analyzeCmd) mode(c *console, events int64) report.Mode {
	if a.Timeline != "auto" {
		return report.Mode(a.Timeline)
	}
	if events <= fullTimeline {
		return report.Full
	}
	fmt.Fprintf(c.err, "coldtrail: %d events: timeline.csv lists those of findings only; --timeline full lists all\n", events)
	return report.Flagged
}

// What to expect of a run, for the announcement: a rough guide and no more.
const (
	rawPerStored  = 5.5 // CloudTrail's objects are gzip
	rawPerSecond  = 250e6
	storeSlower   = 1.8
	workPerRaw    = 0.2  // an entry takes about 0.1 to 0.2 of its raw bytes once the memory is exceeded
	arenasPerByte = 0.45 // of the memory budget
	tablePerRaw   = 0.25 // timeline.csv
	storePerRaw   = 0.25 // events/
	spoolPerRaw   = 0.3  // records on their way there
)

// announce says what is about to be read and what it will take.
func (a *analyzeCmd) announce(c *console, l scan.Listing) {
	raw := float64(l.Bytes) * rawPerStored
	seconds := raw / rawPerSecond / float64(a.Workers)
	work := max(0, raw*workPerRaw-float64(a.Memory)*arenasPerByte)
	kept := raw * tablePerRaw
	if !a.NoStore {
		seconds *= storeSlower
		work += raw * spoolPerRaw
		kept += raw * storePerRaw
	}
	fmt.Fprintf(c.err, "coldtrail: %s, %s stored; expect roughly %.0f s with %d workers, up to about %s of temporary files and about %s for the case\n",
		objects(l.Objects), size(l.Bytes), max(1, seconds), a.Workers, size(work), size(kept))
}
