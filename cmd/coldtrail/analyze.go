package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

type analyzeCmd struct {
	Paths  []string `arg:"" name:"path" help:"Evidence: a directory tree, as 'aws s3 sync' makes it, or a file."`
	Output string   `short:"o" required:"" placeholder:"CASE" help:"The case directory to make. It must not exist and not lie inside the evidence."`
	Force  bool     `help:"Rename an existing case aside instead of refusing."`
	CaseID string   `placeholder:"ID" help:"The report's id (default AWS-IR-<date of the newest plausible event>-001)."`

	Since   moment   `placeholder:"TIME" help:"Only events at this time or later: RFC 3339, or a date (a day in UTC)."`
	Until   moment   `placeholder:"TIME" help:"Only events before this time; a date includes its day."`
	Account []string `placeholder:"ID" help:"Only events of these accounts."`
	Region  []string `placeholder:"NAME" help:"Only events of these regions."`

	Timeline    string `enum:"auto,full,flagged,none" default:"auto" help:"What timeline.csv lists: full, flagged (events of findings) or none. auto: full up to 10 million events, flagged above."`
	FailOn      string `placeholder:"SEVERITY" help:"Exit with 4 if there are findings of this severity or above."`
	ContentHash bool   `help:"Hash every object's decompressed content, not only where a digest file names it."`

	Workers int    `placeholder:"N" help:"How many objects to read at once (default: the machine's cores)."`
	Memory  size   `placeholder:"SIZE" help:"Memory to stay within (default a quarter of the machine's, 4GiB at most; at least 64MiB)."`
	WorkDir string `placeholder:"DIR" help:"Where temporary files go (default: beside the case)."`
	Quiet   bool   `short:"q" help:"No progress and no summary."`
	NoColor bool   `env:"NO_COLOR" help:"No colour in the summary."`

	CPUProfile string `hidden:"" placeholder:"FILE"`
	MemProfile string `hidden:"" placeholder:"FILE"`
}

// Help implements kong.HelpProvider.
func (analyzeCmd) Help() string {
	return "Example: coldtrail analyze ./trail-bucket -o ./case-001 --since 2026-03-01\n\n" + exitHelp
}

const (
	minMemory     = 64 << 20
	maxMemory     = 4 << 30 // by default; more is used only where it is asked for
	unknownMemory = 1 << 30 // where the machine does not say how much it has
	fullTimeline  = 10_000_000
)

// Run implements the command.
func (a *analyzeCmd) Run(ctx context.Context, c *console) error {
	stop, err := startProfile(a.CPUProfile, a.MemProfile)
	if err != nil {
		return err
	}
	model, err := a.analyze(ctx, c)
	if perr := stop(); err == nil {
		err = perr
	}
	if err != nil {
		return err
	}
	if !a.Quiet {
		color := c.isTerm(c.out) && !a.NoColor
		if err := model.Terminal(c.out, color); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "\nThe case is in %s; begin with %s.\n",
			report.Terminal(a.Output), report.Terminal(filepath.Join(a.Output, "report.md")))
	}
	return a.verdict(model)
}

// verdict turns what was found into the exit code.
func (a *analyzeCmd) verdict(m *report.Model) error {
	if a.FailOn != "" {
		var least detect.Severity
		if err := least.UnmarshalText([]byte(a.FailOn)); err != nil {
			return usage("--fail-on: %w", err)
		}
		if worst, any := m.Worst(); any && worst >= least {
			return &exitError{exitFindings, fmt.Errorf("findings at or above %s: %d", a.FailOn, atOrAbove(m, least))}
		}
	}
	if m.Empty() {
		return &exitError{exitUnreadable, nothingRead(&m.Coverage.Totals)}
	}
	if !m.Complete() {
		return &exitError{code: exitUnreadable}
	}
	return nil
}

// atOrAbove counts the findings of that severity and above.
func atOrAbove(m *report.Model, least detect.Severity) (n int64) {
	for _, g := range m.Findings.BySeverity {
		if g.Severity >= least {
			n += g.Count
		}
	}
	return n
}

// nothingRead says where the events may have gone, for a run that kept none:
// that is no clean bill.
func nothingRead(t *scan.Totals) error {
	if t.Listed == 0 {
		return errors.New("no event was read: the evidence holds no object")
	}
	return fmt.Errorf("no event was read: of %d objects %d are out of scope by name, %d unreadable, %d damaged, %d something else; %d records excluded, %d bad, %d no events",
		t.Listed, t.Objects[scan.OutOfScope], t.Objects[scan.Unreadable], t.Objects[scan.Damaged], t.Objects[scan.Recognised], t.Excluded, t.Bad, t.Other)
}

// check refuses what cannot be right before anything is read.
func (a *analyzeCmd) check() error {
	if a.FailOn != "" && !slices.Contains(detect.Severities[:], a.FailOn) {
		return usage("--fail-on %q: not one of %s", a.FailOn, strings.Join(detect.Severities[:], ", "))
	}
	if a.Memory != 0 && a.Memory < minMemory {
		return usage("--memory %s: at least %s", a.Memory, size(minMemory))
	}
	if !a.Since.start.IsZero() && !a.Until.end.IsZero() && !a.Since.start.Before(a.Until.end) {
		return usage("--since %s is not before --until %s", a.Since.start, a.Until.end)
	}
	for _, p := range a.Paths {
		if _, err := os.Stat(p); err != nil {
			return usage("evidence: %w", err)
		}
	}
	if a.WorkDir == "" {
		a.WorkDir = filepath.Dir(filepath.Clean(a.Output))
	}
	for _, dir := range []string{a.Output, a.WorkDir} {
		if err := scan.Outside(dir, a.Paths); err != nil {
			return usage("%w", err)
		}
	}
	for _, p := range append(a.Paths, a.WorkDir) {
		if a.Force && scan.Outside(p, []string{a.Output}) != nil {
			return usage("%s lies inside %s, which --force would rename: choose another name for the case", p, a.Output)
		}
	}
	if a.Workers <= 0 {
		a.Workers = runtime.GOMAXPROCS(0)
	}
	if a.Memory == 0 {
		machine := machineMemory()
		if machine == 0 {
			machine = 4 * unknownMemory
		}
		a.Memory = size(max(minMemory, min(machine/4, maxMemory)))
	}
	return nil
}

// analyze makes the case.
func (a *analyzeCmd) analyze(ctx context.Context, c *console) (*report.Model, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	kase, err := report.Create(a.Output, a.Force)
	if err != nil {
		return nil, usage("%w", err)
	}
	a.limitMemory()
	model, err := a.fill(ctx, c, kase)
	if err == nil {
		var aside string
		aside, err = kase.Settle()
		if aside != "" {
			fmt.Fprintf(c.err, "coldtrail: the case that was there is now %s\n", report.Terminal(aside))
		}
	}
	if err == nil {
		return model, nil
	}
	if aerr := kase.Abort(); aerr != nil {
		err = fmt.Errorf("%w; and %w", err, aerr)
	}
	return nil, err
}

// fill runs the scan and writes everything into the case.
func (a *analyzeCmd) fill(ctx context.Context, c *console, kase *report.Case) (*report.Model, error) {
	var p progress
	defer p.stop()
	opt := report.Options{CaseID: a.CaseID, Scope: a.scope(), Detectors: detect.All()}
	var tally *report.Tally
	signs := &signs{c: c, p: &p}
	cfg := scan.Config{
		Paths: a.Paths, Detectors: opt.Detectors, Workers: a.Workers, Memory: int64(a.Memory),
		Carry: report.Carry, WorkDir: a.WorkDir, ContentHash: a.ContentHash, Progress: &p.counts,
		Scope: scan.Scope{Since: a.Since.start, Until: a.Until.end, Accounts: a.Account, Regions: a.Region},
		Listed: func(l scan.Listing) error {
			opt.Newest = l.Plausible()
			if a.Quiet {
				return nil
			}
			a.announce(c, l)
			if c.isTerm(c.err) {
				p.start(c.err, l)
			}
			return nil
		},
		Sinks: func(concl *scan.Conclusion) (sinks []scan.Sink, err error) {
			p.stop()
			opt.Sources, opt.Timeline = concl.Sources, a.mode(c, concl.Totals.Kept)
			sinks, tally, err = report.Sinks(kase, concl, opt)
			return sinks, err
		},
	}
	if !a.Quiet {
		cfg.Sign = signs.see
	}
	res, err := scan.Run(ctx, cfg)
	if err != nil {
		return nil, err
	}
	model, err := report.Write(kase, res, tally, opt)
	if cerr := res.Close(); err == nil {
		err = cerr
	}
	return model, err
}

// limitMemory makes the garbage collector keep to the budget. Most of it is
// arenas without pointers, which cost the collector next to nothing.
func (a *analyzeCmd) limitMemory() {
	debug.SetMemoryLimit(int64(a.Memory) / 10 * 9)
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

// scope lists the filters as they were given, for the report.
func (a *analyzeCmd) scope() []string {
	var s []string
	if !a.Since.start.IsZero() {
		s = append(s, "--since "+a.Since.start.Format("2006-01-02T15:04:05Z07:00"))
	}
	if !a.Until.end.IsZero() {
		s = append(s, "--until "+a.Until.end.Format("2006-01-02T15:04:05Z07:00"))
	}
	for _, v := range a.Account {
		s = append(s, "--account "+v)
	}
	for _, v := range a.Region {
		s = append(s, "--region "+v)
	}
	return s
}

// What to expect of a run, for the announcement: a rough guide and no more.
const (
	rawPerStored  = 5.5 // CloudTrail's objects are gzip
	rawPerSecond  = 250e6
	workPerRaw    = 0.2  // an entry takes about 0.1 to 0.2 of its raw bytes once the memory is exceeded
	arenasPerByte = 0.45 // of the memory budget
	casePerRaw    = 0.25 // timeline.csv
)

// announce says what is about to be read and what it will take.
func (a *analyzeCmd) announce(c *console, l scan.Listing) {
	raw := float64(l.Bytes) * rawPerStored
	seconds := raw / rawPerSecond / float64(a.Workers)
	work := max(0, raw*workPerRaw-float64(a.Memory)*arenasPerByte)
	fmt.Fprintf(c.err, "coldtrail: %d objects, %s stored; expect roughly %.0f s with %d workers, up to about %s of temporary files and about %s for the case\n",
		l.Objects, size(l.Bytes), max(1, seconds), a.Workers, size(work), size(raw*casePerRaw))
}

// signs prints the first events that matter by themselves while the run still reads.
type signs struct {
	c    *console
	p    *progress
	mu   sync.Mutex
	seen map[string]bool
}

// see prints the first sign of each detector.
func (s *signs) see(d *detect.Detector, severity detect.Severity, ref *detect.EventRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[d.ID] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[d.ID] = true
	s.p.above(func() {
		fmt.Fprintf(s.c.err, "first sign, %s: %s: %s %s by %s\n", severity, d.Title,
			ref.Time.Format("2006-01-02T15:04:05Z"), report.Terminal(ref.Name), report.Terminal(ref.Principal))
	})
}
