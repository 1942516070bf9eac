package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// isCase reports whether a path is a case and no evidence.
func isCase(path string) bool {
	for _, name := range []string{"report.json", "manifest.jsonl"} {
		if _, err := os.Lstat(filepath.Join(path, name)); err != nil {
			return false
		}
	}
	return true
}

// isSealed reports whether a path has what vouches for a case, whatever else of that is there.
func isSealed(path string) bool {
	for _, name := range []string{custody.LogName, custody.SumsName} {
		if _, err := os.Lstat(filepath.Join(path, name)); err != nil {
			return false
		}
	}
	return true
}

func noCase(path string) error {
	return usage("%s: no report.json or no manifest.jsonl: it is no case", path)
}

// verifyCase judges a case's digests again, with keys and signatures that arrived since, as a new revision.
func (v *verifyCmd) verifyCase(ctx context.Context, c *console, r *reading) error {
	if v.Output != "" {
		return usage("--output is for evidence: a case gets a revision of its own")
	}
	given, err := v.integrity(c, v.Paths)
	if err != nil {
		return err
	}
	kase, err := report.OpenCase(v.Paths[0])
	if err != nil {
		return usage("%w", err)
	}
	defer kase.Close()
	j := report.Judging{Keys: given.Keys, Feed: given.Feed, Buckets: given.Buckets, Dir: r.WorkDir, Memory: int64(r.Memory) / 10}
	if err := v.remind(c, kase); err != nil {
		return err
	}
	rec, err := v.beginRevision(ctx, c)
	if err != nil {
		return err
	}
	model, names, err := v.revise(ctx, kase, j)
	if err == nil && !v.Quiet {
		if err = v.print(c, model); err == nil {
			fmt.Fprintf(c.aside(v.Format), "\nThe case has it as %s.\n", report.Terminal(filepath.Join(v.Paths[0], names[0])))
		}
	}
	if err == nil && model.Failed() {
		err = &exitError{code: exitIntegrity}
	}
	return errors.Join(err, v.endRevision(ctx, c, rec, names, err))
}

// remind says what becomes of what is given now, and of what was given to the revision before: a case does not keep it.
func (v *verifyCmd) remind(c *console, kase *report.SettledCase) error {
	revisions, err := kase.Revisions()
	if err != nil || v.Quiet {
		return err
	}
	if revisions > 1 {
		fmt.Fprintf(c.err, "coldtrail: what was given to revision %d is not used now, unless it is given again\n", revisions)
	} else if kase.Keys > 0 && len(v.PublicKeys) == 0 {
		fmt.Fprintln(c.err, "coldtrail: a case keeps no keys: without --public-keys no signature is checked now")
	}
	if len(v.PublicKeys)+len(v.Sidecar)+len(v.Bucket) > 0 {
		fmt.Fprintln(c.err, "coldtrail: the case keeps the verdicts, and not what is given here: give it again to the next verify, and to analyze --add")
	}
	return nil
}

func (v *verifyCmd) revise(ctx context.Context, kase *report.SettledCase, j report.Judging) (model *report.Integrity, names []string, err error) {
	judged, err := kase.Judge(ctx, j)
	if err != nil {
		return nil, nil, usage("%w", err)
	}
	names, model, err = kase.Revise(judged)
	return model, names, errors.Join(err, judged.Close())
}

// beginRevision begins an entry in the case's log, and checks what of the case will be read. A case without a log
// has lost it, or was made before there were any: then there is nothing to go on with. nil: no log.
func (v *verifyCmd) beginRevision(ctx context.Context, c *console) (*custodyRun, error) {
	dir := v.Paths[0]
	log := filepath.Join(dir, custody.LogName)
	s, err := custody.Summarize(log)
	switch {
	case errors.Is(err, os.ErrNotExist):
		fmt.Fprintf(c.err, "coldtrail: case %s has no custody log: the revision is not noted anywhere\n", report.Terminal(dir))
		return nil, nil
	case err != nil:
		return nil, logError(fmt.Errorf("case %s: %s: %w", dir, custody.LogName, err))
	}
	var bad []custody.Problem
	if _, err := custody.CheckOutputs(ctx, dir, s.Sealed, isJudged, func(p custody.Problem) { bad = append(bad, p) }); err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		return nil, &exitError{exitIntegrity, fmt.Errorf("case %s: %s: %s: see coldtrail custody verify", dir, bad[0].Name, bad[0].Text)}
	}
	in, err := v.inputs(ctx)
	if err != nil {
		return nil, err
	}
	id := ""
	for i := len(s.Entries) - 1; i >= 0 && id == ""; i-- {
		id = s.Entries[i].Case.ID
	}
	return v.begin(c, "verify", log, id, in, nil)
}

// isJudged reports whether a case's file is read when its digests are judged again.
func isJudged(path string) bool {
	return slices.Contains([]string{"report.json", "manifest.jsonl", "objects.parquet", "findings.jsonl", "integrity/digests.parquet"}, path)
}

func (v *verifyCmd) endRevision(ctx context.Context, c *console, rec *custodyRun, names []string, why error) error {
	if rec == nil {
		return nil
	}
	var sums []custody.File
	if len(names) > 0 {
		f, err := custody.Reseal(ctx, v.Paths[0], custody.Written(names...))
		if err != nil {
			return err
		}
		sums = append(sums, f)
	}
	head, err := rec.end(func(e *custody.Entry) {
		code := codeOf(ctx, why)
		e.Outputs, e.Exit = sums, &code
		if exit, ok := errors.AsType[*exitError](why); why != nil && (!ok || exit.err != nil) {
			e.Error = why.Error()
		}
	})
	if err == nil && !v.Quiet {
		noteHead(c.aside(v.Format), head)
	}
	return err
}

// inputs are the files of keys and signatures, with their hashes.
func (p *proofs) inputs(ctx context.Context) (files []custody.File, err error) {
	for _, group := range []struct {
		kind  string
		names []string
	}{{"public keys", p.PublicKeys}, {"sidecar", p.Sidecar}} {
		for _, f := range inputs(group.names) {
			if f.Kind == "" || f.Mode == "" { // it is not there, which is said when it is read
				continue
			}
			if f.Mode[0] == '-' {
				if f.SHA256, f.Bytes, err = custody.HashFile(ctx, f.Path); err != nil {
					return nil, err
				}
			}
			f.Kind = group.kind
			files = append(files, f)
		}
	}
	return files, nil
}
