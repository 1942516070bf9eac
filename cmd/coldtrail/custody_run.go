package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// A custodyRun is a command that makes or changes a case, in the case's log: an entry
// before anything is read, and one when all is done. Of a command that was cut off
// there is only the first.
type custodyRun struct {
	*custodyFlags
	c       *console
	command string
	caseID  string
	log     string         // its path
	of      uint64         // the first entry
	ahead   *custody.Ahead // of a case that is being made; nil: none of its files is ready
}

// begin makes the first entry in the log at path, which it continues if it is there.
func (f *custodyFlags) begin(c *console, command, log, caseID string, in []custody.File, warnings []string) (*custodyRun, error) {
	r := &custodyRun{custodyFlags: f, c: c, command: command, caseID: caseID, log: log}
	e := r.entry(c, custody.Open, command)
	e.Case.ID, e.Inputs, e.RuleSet = caseID, in, ruleSet()
	e.Warnings = append(e.Warnings, warnings...)
	head, err := custody.Append(log, e)
	r.of = head.Seq
	return r, logError(err)
}

// end makes the last entry.
func (r *custodyRun) end(change func(e *custody.Entry)) (custody.Head, error) {
	e := r.entry(r.c, custody.Close, r.command)
	e.Case.ID, e.Of = r.caseID, &r.of
	change(e)
	head, err := custody.Append(r.log, e)
	return head, logError(err)
}

// within runs what changes a case that is there, as a command of its log. do returns the files
// of the case that it wrote or removed, also if it fails; only for these the log then vouches anew.
// note, where it is set, adds to the last entry.
func (f *custodyFlags) within(ctx context.Context, c *console, command, kase string, in []custody.File, do func() (changed []custody.File, err error), note func(*custody.Entry)) (custody.Head, error) {
	r, err := f.begin(c, command, filepath.Join(kase, custody.LogName), "", in, nil)
	if err != nil {
		return custody.Head{}, err
	}
	changed, err := do()
	code := codeOf(ctx, err)
	var sums custody.File
	var serr error
	if !errors.Is(err, errNotWhole) {
		sums, serr = custody.Reseal(context.WithoutCancel(ctx), kase, changed)
	}
	head, eerr := r.end(func(e *custody.Entry) {
		e.Exit = &code
		if serr == nil && sums.Path != "" {
			e.Outputs = []custody.File{sums}
		}
		if exit, ok := errors.AsType[*exitError](err); serr != nil || err != nil && (!ok || exit.err != nil) {
			e.Error = errors.Join(err, serr).Error()
		}
		if note != nil {
			note(e)
		}
	})
	if serr == nil && eerr == nil {
		return head, err
	}
	return head, errors.Join(err, serr, eerr)
}

// errNotWhole is that a case's files are not those that its log vouches for: then it does not vouch anew.
var errNotWhole = errors.New("nothing was written")

// logError makes a log that is not whole a failure of integrity.
func logError(err error) error {
	if _, broken := errors.AsType[*custody.LineError](err); broken {
		return &exitError{exitIntegrity, err}
	}
	return err
}

// beginCase begins the log of a case that is being made: of one that it joins to prior, as
// that one's log goes on.
func (f *custodyFlags) beginCase(ctx context.Context, c *console, command string, kase *report.Case, name, prior, caseID string, in []custody.File) (*custodyRun, error) {
	log := kase.Path(custody.LogName)
	left, err := leftBehind(ctx, kase, name)
	if err != nil {
		return nil, err
	}
	in = append(in, left...)
	var warnings []string
	if prior != "" {
		switch err := continueLog(ctx, prior, log); {
		case errors.Is(err, os.ErrNotExist): // made before there were logs, or lost
			warnings = append(warnings, "the case that this one joins has no custody log")
		case err != nil:
			return nil, err
		}
		in = append(in, custody.File{Path: custody.Text(prior), Kind: "case"})
	}
	return f.begin(c, command, log, caseID, in, warnings)
}

// leftBehind finds what remains of earlier runs that were to make the case of that name
// and did not: their logs.
func leftBehind(ctx context.Context, kase *report.Case, name string) (files []custody.File, err error) {
	dir, base := filepath.Split(filepath.Clean(name))
	var logs []custody.File
	for n := 1; ; n++ {
		path := filepath.Join(dir, leftName(base, n))
		if _, err := os.Lstat(path); err != nil {
			break
		}
		logs = append(logs, custody.File{Path: path, Kind: "log of a run that failed"})
	}
	entries, err := os.ReadDir(filepath.Dir(filepath.Clean(name)))
	if err != nil {
		return nil, err
	}
	for _, e := range entries { // those of report.Create
		if strings.HasPrefix(e.Name(), "."+base+".tmp-") && e.Name() != filepath.Base(kase.Path(".")) {
			logs = append(logs, custody.File{Path: filepath.Join(dir, e.Name(), custody.LogName), Kind: "log of a run that was cut off, or goes on"})
		}
	}
	for _, f := range logs {
		if f.SHA256, f.Bytes, err = custody.HashFile(ctx, f.Path); err == nil {
			files = append(files, f)
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return files, nil
}

// leftName is what the log of a run that failed is called, beside the case that
// there would have been.
func leftName(base string, n int) string { return base + ".custody-" + strconv.Itoa(n) + ".jsonl" }

// continueLog copies the log of a case that is joined, and checks the files that joining
// reads: what was changed in them must not pass into another case.
func continueLog(ctx context.Context, prior, log string) error {
	from := filepath.Join(prior, custody.LogName)
	s, err := custody.Summarize(from)
	if err != nil {
		return logError(fmt.Errorf("case %s: %s: %w", prior, custody.LogName, err))
	}
	var bad []custody.Problem
	if _, err := custody.CheckOutputs(ctx, prior, s.Sealed, isJoined, func(p custody.Problem) { bad = append(bad, p) }); err != nil {
		return err
	}
	if len(bad) > 0 {
		return &exitError{exitIntegrity, fmt.Errorf("case %s: %s: %s: joining would hide that; see coldtrail custody verify", prior, bad[0].Name, bad[0].Text)}
	}
	return copyNew(from, log)
}

// isJoined reports whether a case's file is read when evidence joins it.
func isJoined(path string) bool {
	switch path {
	case "report.json", "manifest.jsonl", "problems.jsonl", "objects.parquet", "integrity/digests.parquet", report.JudgementsFile:
		return true
	}
	return filepath.Dir(filepath.FromSlash(path)) == "events"
}

func copyNew(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// settled ends a run that was to make a case: it seals the case, makes the log's last entry
// and gives the case its name, if all went well. If not, the log is all that is kept,
// unless the run was refused before it read anything.
func (r *custodyRun) settled(ctx context.Context, kase *report.Case, name string, model *report.Model, err error, verdict func(*report.Model) error) (*report.Model, custody.Head, error) {
	var head custody.Head
	if err == nil {
		if head, err = r.settle(ctx, kase, model, codeOf(ctx, verdict(model))); err == nil {
			return model, head, nil
		}
	}
	r.ahead.Stop()
	if code := codeOf(ctx, err); code != exitUsage {
		left, lerr := r.fail(name, err, code)
		if lerr != nil {
			err = fmt.Errorf("%w; and the custody log: %w", err, lerr)
		} else {
			fmt.Fprintf(r.c.err, "coldtrail: the custody log of this run is %s\n", report.Terminal(left))
		}
	}
	if aerr := kase.Abort(); aerr != nil {
		err = fmt.Errorf("%w; and %w", err, aerr)
	}
	return nil, head, err
}

// settle makes the case what others will find.
func (r *custodyRun) settle(ctx context.Context, kase *report.Case, model *report.Model, exit int) (custody.Head, error) {
	sums, err := custody.Seal(ctx, kase.Path("."), r.ahead)
	if err != nil {
		return custody.Head{}, err
	}
	head, err := r.end(func(e *custody.Entry) {
		e.Outputs, e.Exit, e.Counts, e.Case.ID = []custody.File{sums}, &exit, counts(model), model.ID
	})
	if err != nil {
		return head, err
	}
	aside, err := kase.Settle()
	if aside != "" {
		fmt.Fprintf(r.c.err, "coldtrail: the case that was there is now %s\n", report.Terminal(aside))
	}
	return head, err
}

// noteHead says what to write down: with it a log can later be told from another that
// was put in its place.
func noteHead(w io.Writer, h custody.Head) {
	fmt.Fprintf(w, "For your notes: its custody log has %d entries, the last with SHA-256\n%s\n", h.Count, h.Hash)
}

func counts(m *report.Model) map[string]int64 {
	t := &m.Coverage.Totals
	return map[string]int64{
		"objects": t.Listed, "records_framed": t.Framed, "records_kept": t.Kept, "records_bad": t.Bad, "records_excluded": t.Excluded,
		"events": t.Distinct, "copies": t.Copies, "problems": t.Problems,
	}
}

// fail makes the last entry of a run that makes no case, and puts the log beside where the
// case would be. It says where.
func (r *custodyRun) fail(name string, why error, exit int) (string, error) {
	if _, err := r.end(func(e *custody.Entry) { e.Error, e.Exit = why.Error(), &exit }); err != nil {
		return "", err
	}
	dir, base := filepath.Split(filepath.Clean(name))
	for n := 1; ; n++ {
		path := filepath.Join(dir, leftName(base, n))
		err := os.Link(r.log, path) // unlike a renaming, it never takes another's place
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil { // a file system without links
			err = copyNew(r.log, path)
		}
		return path, err
	}
}
