package main

import (
	"cmp"
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

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type huntCmd struct {
	Case string `arg:"" help:"A case, as analyze makes it, with its event store. The evidence is not read."`
	detecting

	FailOn  string `placeholder:"SEVERITY" help:"Exit with 4 if there are findings of this severity or above."`
	Workers int    `placeholder:"N" help:"How many row groups to look at at once (default: the machine's cores)."`
	Memory  size   `placeholder:"SIZE" help:"Memory to work with (default a quarter of the machine's, 4GiB at most; at least 64MiB)."`
	WorkDir string `placeholder:"DIR" help:"Where temporary files go (default: beside the case)."`
	Again   bool   `help:"Ask all detectors, also those whose findings can stand as they are."`
	Quiet   bool   `short:"q" help:"No summary."`

	Format string `short:"f" enum:"text,json" default:"text" help:"What is printed: text, or json, which is report.json (default text)."`

	CPUProfile string `hidden:"" placeholder:"FILE"`
	MemProfile string `hidden:"" placeholder:"FILE"`

	custodyFlags
}

// Help implements kong.HelpProvider.
func (huntCmd) Help() string {
	return "The findings become those that analyze would have made with the same options: with a list of indicators, its hits come to what the detectors " +
		"found; with --no-builtin they stand alone. Each run is a revision in the case: findings/rev-NNN.parquet. Report, findings.jsonl and timeline.csv are " +
		"then those of the latest, and the reports before it are kept as findings/rev-NNN.report.md. A detector that was asked before, by this very program, is " +
		"not asked again: what it found stands.\n\n" +
		"Examples:\n  coldtrail hunt ./case-001 --ioc addresses.txt\n  coldtrail hunt ./case-001 --rules ./sigma --exclude role-assumed\n\n" + exitHelp
}

// Run implements the command.
func (h *huntCmd) Run(ctx context.Context, c *console) error {
	out, err := profiled(h.CPUProfile, h.MemProfile, func() (*hunted, error) { return h.hunt(ctx, c) })
	if _, verdict := errors.AsType[*exitError](err); err != nil && !verdict || out == nil || out.Hunted == nil {
		return err
	}
	if !h.Quiet {
		if err := c.summary(out.Model, h.Format); err != nil {
			return err
		}
		to := c.aside(h.Format)
		fmt.Fprintf(to, "\nThis is revision %d of the findings of case %s: %s.\n", out.Revision, report.Terminal(h.Case), asked(out.Asked))
		if out.head.Hash != "" {
			noteHead(to, out.head)
		}
	}
	return err
}

// Where there is memory enough, the garbage collector works when there is four times as much as is in use, and not twice: a hunt makes little
// garbage, and ends soon. The limit on all memory stays.
const (
	seldomFrom = 1 << 30
	seldom     = 300
)

// hunted is what came of a hunt, and the head of the case's log.
type hunted struct {
	*report.Hunted
	head custody.Head
}

// asked says which detectors were.
func asked(ids []string) string {
	switch n := len(ids); {
	case n == 0:
		return "no detector was new"
	case n > 5:
		return fmt.Sprintf("%d detectors were asked", n)
	default:
		return "asked were " + report.Terminal(strings.Join(ids, ", "))
	}
}

// hunt makes the revision, as an entry of the case's log.
func (h *huntCmd) hunt(ctx context.Context, c *console) (*hunted, error) {
	r := &reading{FailOn: h.FailOn, Workers: h.Workers, Memory: h.Memory, WorkDir: h.WorkDir}
	if r.WorkDir == "" {
		r.WorkDir = filepath.Dir(filepath.Clean(h.Case))
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	kase, err := report.OpenCase(h.Case)
	if err != nil {
		return nil, usage("%w", err)
	}
	defer kase.Close()
	r.limitMemory()
	if r.Memory >= seldomFrom {
		debug.SetGCPercent(seldom)
	}
	trusted, whole, err := checkCase(ctx, c, h.Case)
	if err != nil {
		return nil, err
	}
	look, err := h.detectors(c)
	if err != nil {
		return nil, err
	}
	if !h.Quiet {
		if err := look.warnOfDropped(c, h.Case); err != nil {
			return nil, err
		}
	}
	out := &hunted{}
	var found func(findings, events int)
	if !h.Quiet && c.isTerm(c.err) {
		found = func(findings, events int) {
			fmt.Fprintf(c.err, "New findings: %d, of %d events. The report follows.\n", findings, events)
		}
	}
	do := func() (changed []custody.File, err error) {
		out.Hunted, err = kase.Hunt(ctx, report.Hunting{
			Detectors: look.detectors, Detection: look.report, Enrichment: look.enrichment, Accounts: look.context.Accounts, Trusted: trusted && !h.Again, Found: found, Ready: whole, Workers: r.Workers, Memory: int64(r.Memory), WorkDir: r.WorkDir,
		})
		switch {
		case out.Hunted == nil:
			if whole != nil { // what was changed may be why it cannot be read
				err = cmp.Or(whole(), err)
			}
			return nil, err
		case err != nil:
			return out.Files, err
		}
		return out.Files, r.verdict(out.Model)
	}
	if whole == nil {
		_, err = do()
		return out, err
	}
	given, err := look.inputs(ctx)
	if err != nil {
		return nil, err
	}
	out.head, err = h.within(ctx, c, "hunt", h.Case, given, do, func(e *custody.Entry) {
		if out.Hunted != nil {
			e.Counts = map[string]int64{"revision": int64(out.Revision), "findings": out.Model.Findings.Total, "detectors_asked": int64(len(out.Asked))}
		}
	})
	return out, err
}

// checkCase checks, beside what follows, what of the case is carried into the revision, by its log. whole waits for
// that, and is nil where there is no log; trusted says that the latest revision was made by this very program.
func checkCase(ctx context.Context, c *console, kase string) (trusted bool, whole func() error, err error) {
	s, err := custody.Summarize(filepath.Join(kase, custody.LogName))
	switch {
	case errors.Is(err, os.ErrNotExist):
		fmt.Fprintf(c.err, "coldtrail: case %s has no custody log: the revision is not noted anywhere\n", report.Terminal(kase))
		return false, nil, nil
	case err != nil:
		return false, nil, logError(fmt.Errorf("case %s: %s: %w", kase, custody.LogName, err))
	}
	checked := make(chan error, 1)
	go func() {
		var bad []custody.Problem
		_, err := custody.CheckOutputs(ctx, kase, s.Sealed, isHunted, func(p custody.Problem) { bad = append(bad, p) })
		if len(bad) > 0 {
			err = &exitError{exitIntegrity, fmt.Errorf("case %s: %s: %s: see coldtrail custody verify: %w", kase, bad[0].Name, bad[0].Text, errNotWhole)}
		}
		checked <- err
	}()
	return madeByUs(s), sync.OnceValue(func() error { return <-checked }), nil
}

// madeByUs reports whether the last command that made findings was this very program.
func madeByUs(s *custody.Summary) bool {
	us, err := ourselves()
	if err != nil {
		return false
	}
	for _, e := range slices.Backward(s.Entries) {
		if e.Action == custody.Close && len(e.Outputs) > 0 && (e.Command == "analyze" || e.Command == "hunt" || e.Command == "demo") {
			return e.Tool.SHA256 == us.SHA256 && us.SHA256 != "" && runtime.Version() == e.Tool.Go
		}
	}
	return false
}

// isHunted reports whether a case's file is carried into a new revision of the findings, or replaced by it: what was changed
// before would be vouched for, or forgotten. The events
// are not among them: to hash them takes longer than most hunts.
func isHunted(path string) bool {
	return slices.Contains([]string{"report.json", "report.md", "report.html", "summary.json", "findings.jsonl", "timeline.csv", "objects.parquet", report.JudgementsFile,
		"incidents.jsonl", "persistence.jsonl", "persistence.parquet", "data-access.jsonl", "data-access.parquet", "defences.jsonl", "lineage.parquet"}, path) ||
		strings.HasPrefix(path, "findings/") || strings.HasPrefix(path, "integrity/rev-")
}
