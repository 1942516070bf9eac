package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/report"
)

// A detector that panics costs no event and no other detector's finding. It is a problem
// of the object that it was shown, and the run is not complete: exit 3.
func TestPanicOfDetector(t *testing.T) {
	dir, _, truth := archive(t, fixtures.Config{Seed: 9, Bytes: 1 << 18})
	all := func(*parser.Record) (detect.Evidence, bool) { return nil, true }
	for name, bad := range map[string]*detect.Detector{
		"in its Record half": {ID: "bad", Title: "bad", Record: func(r *parser.Record) (detect.Evidence, bool) {
			if r.Name == "AssumeRole" {
				panic("no such index")
			}
			return nil, false
		}},
		"in its Stream half": {ID: "bad", Title: "bad", Record: all, Stream: func() detect.Stream {
			return detect.Stream{Next: func(*detect.EventRef, detect.Evidence, func(detect.Finding)) { panic("no such index") }}
		}},
		"when it is flushed": {ID: "bad", Title: "bad", Record: all, Stream: func() detect.Stream {
			return detect.Stream{Next: func(*detect.EventRef, detect.Evidence, func(detect.Finding)) {}, Flush: func(func(detect.Finding)) { panic("no such index") }}
		}},
	} {
		a := analyzeCmd{reading: reading{Paths: []string{dir}, Quiet: true, Workers: 2, Memory: minMemory, WorkDir: t.TempDir()}, Output: filepath.Join(t.TempDir(), "case"), Timeline: "auto"}
		c := &console{out: &bytes.Buffer{}, err: &bytes.Buffer{}, isTerm: isTerminal}
		kase, err := report.Create(a.Output, false)
		if err != nil {
			t.Fatal(err)
		}
		run, err := a.run(c)
		if err != nil {
			t.Fatal(err)
		}
		run.opt.Detectors = append(run.opt.Detectors, bad)
		model, err := run.into(t.Context(), kase)
		if err != nil {
			t.Fatal(err)
		}
		if exit, ok := errors.AsType[*exitError](a.verdict(model)); !ok || exit.code != exitUnreadable {
			t.Errorf("%s: %v", name, a.verdict(model))
		}
		if _, err := kase.Settle(); err != nil {
			t.Fatal(err)
		}
		if sum := reconcile(t, a.Output, dir); sum.Kept != truth.Counts.Records || sum.Objects["damaged"] < 1 {
			t.Errorf("%s: %+v", name, sum)
		}
		if !bytes.Contains(readFile(t, filepath.Join(a.Output, "problems.jsonl")), []byte("no such index")) || !bytes.Contains(readFile(t, filepath.Join(a.Output, "findings.jsonl")), []byte("iam-credential-created")) {
			t.Errorf("%s: not said, or other findings are missing", name)
		}
	}
}
