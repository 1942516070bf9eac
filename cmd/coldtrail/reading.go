package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// reading is what the commands that read evidence have in common.
type reading struct {
	Paths []string `arg:"" name:"path" help:"Evidence: a directory tree, as 'aws s3 sync' makes it, a file, or - for standard input. Archives (zip, tar, 7z) are read without being unpacked."`

	Since   moment   `placeholder:"TIME" help:"Only events at this time or later: RFC 3339, or a date (a day in UTC)."`
	Until   moment   `placeholder:"TIME" help:"Only events before this time; a date includes its day."`
	Account []string `placeholder:"ID" help:"Only events of these accounts."`
	Region  []string `placeholder:"NAME" help:"Only events of these regions."`

	proofs
	detecting

	FailOn      string `placeholder:"SEVERITY" help:"Exit with 4 if there are findings of this severity or above."`
	ContentHash bool   `help:"Hash every object's decompressed content, not only where a digest file names it."`

	Workers int    `placeholder:"N" help:"How many objects to read at once (default: the machine's cores)."`
	Memory  size   `placeholder:"SIZE" help:"Memory to work with (default a quarter of the machine's, 4GiB at most; at least 64MiB)."`
	WorkDir string `placeholder:"DIR" help:"Where temporary files go (default: beside the case, or where the system keeps them)."`
	Quiet   bool   `short:"q" help:"No progress and no summary."`

	CPUProfile string `hidden:"" placeholder:"FILE"`
	MemProfile string `hidden:"" placeholder:"FILE"`
}

const (
	minMemory     = 64 << 20
	maxMemory     = 4 << 30 // by default; more is used only where it is asked for
	unknownMemory = 1 << 30 // where the machine does not say how much it has
)

// check refuses what cannot be right before anything is read. outputs are the
// directories that will be written to.
func (r *reading) check(outputs ...string) error {
	if r.FailOn != "" && !slices.Contains(detect.Severities[:], r.FailOn) {
		return usage("--fail-on %q: not one of %s", r.FailOn, strings.Join(detect.Severities[:], ", "))
	}
	if r.Memory != 0 && r.Memory < minMemory {
		return usage("--memory %s: at least %s", r.Memory, size(minMemory))
	}
	if !r.Since.start.IsZero() && !r.Until.end.IsZero() && !r.Since.start.Before(r.Until.end) {
		return usage("--since %s is not before --until %s", r.Since.start.Format(time.RFC3339), r.Until.end.Format(time.RFC3339))
	}
	stdin := 0
	for _, p := range r.Paths {
		if p == "-" {
			if stdin++; stdin > 1 {
				return usage("evidence: standard input can be read once")
			}
			continue
		}
		if _, err := os.Stat(p); err != nil {
			return usage("evidence: %w", err)
		}
	}
	for _, dir := range append(outputs, r.WorkDir) {
		if err := scan.Outside(dir, r.Paths); err != nil {
			return usage("%w", err)
		}
	}
	if r.Workers <= 0 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	if r.Memory == 0 {
		machine := machineMemory()
		if machine == 0 {
			machine = 4 * unknownMemory
		}
		r.Memory = size(max(minMemory, min(machine/4, maxMemory)))
	}
	return nil
}

// verdict turns what was found into the exit code.
func (r *reading) verdict(m *report.Model) error {
	if m.Integrity.Failed() {
		return &exitError{exitIntegrity, fmt.Errorf("integrity: files that are invalid, modified, appended to, or absent inside the span of the copy: %d", m.Integrity.Failures)}
	}
	if r.FailOn != "" {
		var least detect.Severity
		if err := least.UnmarshalText([]byte(r.FailOn)); err != nil {
			return usage("--fail-on: %w", err)
		}
		if worst, any := m.Worst(); any && worst >= least {
			return &exitError{exitFindings, fmt.Errorf("findings at or above %s: %d", r.FailOn, atOrAbove(m, least))}
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

// limitMemory makes the garbage collector keep to about the budget. Most of it is arenas without pointers, which cost the
// collector next to nothing, but what detectors remember between events is not, nor is what incidents are made of, which does
// not follow the budget at all (see report). Close to the limit the collector would take a third of the time: so the limit
// is a sixth above.
func (r *reading) limitMemory() {
	debug.SetMemoryLimit(int64(r.Memory) / 6 * 7)
}

// besides is what a run takes whatever the evidence: detectors, ledgers, tables of the report.
const besides = 64 << 20

// shared is what of the budget is shared out among what grows with the evidence.
func (r *reading) shared() int64 { return max(int64(r.Memory)-besides, int64(r.Memory)/2) }

// scope lists the filters as they were given, for the report.
func (r *reading) scope() []string {
	var s []string
	if !r.Since.start.IsZero() {
		s = append(s, "--since "+r.Since.start.Format("2006-01-02T15:04:05Z07:00"))
	}
	if !r.Until.end.IsZero() {
		s = append(s, "--until "+r.Until.end.Format("2006-01-02T15:04:05Z07:00"))
	}
	for _, v := range r.Account {
		s = append(s, "--account "+v)
	}
	for _, v := range r.Region {
		s = append(s, "--region "+v)
	}
	return s
}

// An evidenceRun is one reading of the evidence on its way into a report.
type evidenceRun struct {
	*reading
	c        *console
	look     *detection
	opt      report.Options
	prior    scan.Prior // nil: the evidence stands alone
	mode     func(events int64) report.Mode
	announce func(scan.Listing)
	written  func() // is told when the timeline and the event store are written; nil: nobody asks
	progress progress
	tally    *report.Tally
}

// newRun prepares a run whose report has that id.
func (r *reading) newRun(c *console, caseID string) (*evidenceRun, error) {
	look, err := r.detectors(c)
	if err != nil {
		return nil, err
	}
	return &evidenceRun{reading: r, c: c, look: look, opt: report.Options{CaseID: caseID, Scope: r.scope(), Detectors: look.detectors, Detection: look.report, Enrichment: look.enrichment}}, nil
}

// given are the files that were given beside the evidence, for the custody log.
func (e *evidenceRun) given(ctx context.Context) ([]custody.File, error) {
	proofs, err := e.proofs.inputs(ctx)
	if err != nil {
		return nil, err
	}
	look, err := e.look.inputs(ctx)
	return append(proofs, look...), err
}

// into reads the evidence and writes everything into the case; a nil case takes nothing.
func (e *evidenceRun) into(ctx context.Context, kase *report.Case) (*report.Model, error) {
	defer e.progress.stop()
	e.limitMemory()
	proofs, err := e.integrity(e.c, e.Paths)
	if err != nil {
		return nil, err
	}
	cfg := e.config(kase)
	cfg.Integrity = proofs
	res, err := scan.Run(ctx, cfg)
	if err != nil {
		return nil, misplaced(err)
	}
	if e.written != nil {
		e.written()
	}
	model, err := report.Write(ctx, kase, res, e.tally, e.opt)
	if cerr := res.Close(); err == nil {
		err = cerr
	}
	return model, err
}

func (e *evidenceRun) config(kase *report.Case) scan.Config {
	cfg := scan.Config{
		Paths: e.Paths, Stdin: e.c.in, Prior: e.prior, Detectors: e.opt.Detectors, Accounts: e.look.context.Accounts, Workers: e.Workers, Memory: e.shared(),
		Carry: report.Carry, Raw: e.opt.Store, WithoutRecords: kase == nil, WorkDir: e.WorkDir, ContentHash: e.ContentHash, Progress: &e.progress.counts,
		Scope: scan.Scope{Since: e.Since.start, Until: e.Until.end, Accounts: e.Account, Regions: e.Region},
		Listed: func(l scan.Listing) error {
			e.opt.Newest = l.Plausible()
			if e.Quiet {
				return nil
			}
			e.announce(l)
			if e.c.isTerm(e.c.err) {
				e.progress.start(e.c.err, l)
			}
			return nil
		},
		Sinks: func(concl *scan.Conclusion) (sinks []scan.Sink, err error) {
			e.progress.stop()
			if concl.Unhashed > 0 && !e.Quiet {
				fmt.Fprintf(e.c.err, "coldtrail: %d objects of the case, which is not read again, have no content hash although the new digest files name them: for it, analyze all the evidence together\n", concl.Unhashed)
			}
			e.opt.Sources, e.opt.Timeline = concl.Sources, e.mode(concl.Totals.Kept)
			sinks, e.tally, err = report.Sinks(kase, concl, e.opt)
			return sinks, err
		},
	}
	if !e.Quiet {
		cfg.Sign = (&signs{c: e.c, p: &e.progress}).see
	}
	return cfg
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
