package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// evidenceFlags are for checking evidence anew.
type evidenceFlags struct {
	Evidence []string `sep:"none" placeholder:"SOURCE=PATH" help:"Where a source of the case lies on this machine: every object is hashed again, also in archives. A path alone, where its name is the source's or there is one source."`
	manifestFlags
}

type manifestFlags struct {
	Manifest []string `sep:"none" placeholder:"FILE" help:"A manifest that others made of the evidence: sha256sum, md5sum and their like, BSD's form, hashdeep, md5deep, CertUtil, BagIt. Those that lie in the evidence are found by their names."`
	NoFind   bool     `help:"Use only the manifests that --manifest names."`
	Objects  bool     `help:"List every object with its hash and who vouches for it, not only what is wrong."`
	Memory   size     `default:"256MiB" placeholder:"SIZE" help:"Memory for comparing (default 256MiB)."`
	WorkDir  string   `placeholder:"DIR" help:"Where temporary files go (default: where the system keeps them)."`
}

func (f *evidenceFlags) check() error {
	if len(f.Evidence) == 0 && len(f.Manifest) > 0 {
		return usage("--manifest needs --evidence PATH: what it speaks of")
	}
	return f.manifestFlags.check(f.Evidence...)
}

func (f *manifestFlags) check(evidence ...string) error {
	if f.Memory < minMemory {
		return usage("--memory %s: at least %s", f.Memory, size(minMemory))
	}
	if f.WorkDir == "" {
		f.WorkDir = os.TempDir()
	}
	for _, path := range f.Manifest {
		if _, err := os.Stat(path); err != nil {
			return usage("--manifest: %w", err)
		}
	}
	for _, e := range evidence {
		if _, path, ok := strings.Cut(e, "="); ok {
			e = path
		}
		if err := scan.Outside(f.WorkDir, []string{e}); err != nil {
			return usage("%w", err)
		}
	}
	return nil
}

// checkEvidence hashes the evidence of a case again.
func (f *evidenceFlags) checkEvidence(ctx context.Context, k *custodyCheck, kase string) error {
	if len(f.Evidence) == 0 {
		return nil
	}
	where, err := report.ParseEvidence(f.Evidence)
	if err != nil {
		return usage("%w", err)
	}
	var sources []string
	for o, err := range report.CaseObjects(kase) {
		if err != nil {
			k.problem(custody.Problem{Name: "Evidence", Text: "not checked, since the case's list of its objects is damaged: " + err.Error()})
			return nil
		}
		if n := len(sources); n == 0 || sources[n-1] != o.Source {
			sources = append(sources, o.Source)
		}
	}
	used := map[string]bool{}
	for _, source := range sources {
		path, ok := where[source]
		if !ok && len(sources) == 1 && len(f.Evidence) == 1 {
			path, ok = where[""]
		}
		if !ok {
			k.skipped++
			k.say("Evidence", "%s: not checked: say where it lies, with --evidence '%s=PATH'", source, source)
			continue
		}
		used[path] = true
		was := func(yield func(scan.Object, error) bool) {
			for o, err := range report.CaseObjects(kase) {
				if (err != nil || o.Source == source) && !yield(o, err) {
					return
				}
			}
		}
		if err := f.recheck(ctx, k, source, path, was); err != nil {
			return err
		}
	}
	for _, source := range slices.Sorted(maps.Keys(where)) {
		if path := where[source]; source != "" && !used[path] {
			return usage("--evidence %s: the case has no such source; it has %s", source, strings.Join(sources, ", "))
		}
	}
	return nil
}

// recheck hashes the evidence at path anew. was: as the case has it; nil: there is no case.
func (f *manifestFlags) recheck(ctx context.Context, k *custodyCheck, source, path string, was iter.Seq2[scan.Object, error]) error {
	if _, err := os.Stat(path); err != nil {
		return usage("--evidence: %w", err)
	}
	e := &evidenceCheck{k: k, source: source, list: f.Objects, kase: was != nil}
	cfg := scan.Recheck{
		Path: path, Stdin: source == scan.Stdin, Was: was, Find: !f.NoFind, Each: e.object, Done: e.manifest,
		Memory: int64(f.Memory), WorkDir: f.WorkDir,
	}
	for _, name := range f.Manifest {
		cfg.Given = append(cfg.Given, scan.Foreign{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	if err := scan.RecheckEvidence(ctx, cfg); err != nil {
		return fmt.Errorf("evidence %s: %w", path, err)
	}
	e.sums()
	return nil
}

// An evidenceCheck compares the objects of one source.
type evidenceCheck struct {
	k         *custodyCheck
	source    string
	list      bool
	kase      bool
	manifests []*checkedManifest

	objects, same, unhashed, unvouched int64
}

type checkedManifest struct {
	scan.ManifestOutcome
	hold, wrong, unknown int64
}

// manifest is told of a manifest before the objects come.
func (e *evidenceCheck) manifest(m *scan.ManifestOutcome) error {
	e.manifests = append(e.manifests, &checkedManifest{ManifestOutcome: *m})
	switch {
	case m.Claims == 0 && m.Found && len(m.Problems) > 0:
		e.k.say("Manifest", "%s: not one, whatever its name: %s", m.Name, m.Problems[0])
	case m.Claims == 0:
		e.k.problem(custody.Problem{Name: m.Name, Text: "no manifest: it has no hash of anything"})
	default:
		for _, p := range m.Problems {
			e.k.problem(custody.Problem{Name: m.Name, Text: p})
		}
	}
	return nil
}

func (e *evidenceCheck) object(r *scan.Rechecked) error {
	name, before := e.source+"/"+r.Path, e.k.problems
	wrong := func(format string, args ...any) {
		e.k.problem(custody.Problem{Name: name, Text: fmt.Sprintf(format, args...)})
	}
	if r.Is != nil {
		e.objects++
	}
	if e.kase {
		e.compare(r, wrong)
	}
	var vouch []string
	for i := range r.Claims {
		if m := e.claim(r, &r.Claims[i], wrong); m != "" {
			vouch = append(vouch, m)
		}
	}
	if r.More > 0 {
		wrong("named so often that %d more of its objects and lines of manifests are not compared", r.More)
	}
	if r.Is != nil && len(r.Claims) == 0 {
		e.unvouched++
	}
	if e.list && r.Is != nil && e.k.problems == before {
		if r.Was != nil && r.Was.SHA256 != "" {
			vouch = append([]string{"the case"}, vouch...)
		}
		e.k.say("Object", "%s: %s; as %s", name, r.Is.SHA256, strings.Join(append(vouch, "nobody else")[:max(len(vouch), 1)], ", "))
	}
	return nil
}

// compare compares an object with the case.
func (e *evidenceCheck) compare(r *scan.Rechecked, wrong func(string, ...any)) {
	was, is := r.Was, r.Is
	switch {
	case was == nil && is == nil: // only a manifest names it
	case was == nil:
		wrong("additional: the case has not seen it")
	case is == nil:
		wrong("missing: the case has %d bytes of SHA-256 %s", was.Size, was.SHA256)
	case was.SHA256 == "":
		e.unhashed++
		if was.Size != is.Size && is.Reason == "" && was.Status == scan.OutOfScope {
			wrong("changed: it has %d bytes, and had %d; the case has no hash of it", is.Size, was.Size)
		}
	case was.SHA256 == is.SHA256:
		e.same++
	case is.Reason != "":
		wrong("cannot be read as it was: %s", is.Reason)
	default:
		wrong("changed: its SHA-256 is %s, and was %s", is.SHA256, was.SHA256)
	}
}

// claim compares an object with what a manifest says of it. It returns who vouches.
func (e *evidenceCheck) claim(r *scan.Rechecked, c *scan.ForeignClaim, wrong func(string, ...any)) string {
	m := e.manifests[c.Manifest]
	at := fmt.Sprintf("%s, line %d", m.Name, c.Line)
	if r.Is == nil || r.Is.Reason != "" {
		m.wrong++
		why := "is not there"
		if r.Is != nil {
			why = "cannot be read: " + r.Is.Reason
		}
		wrong("%s names it, and it %s", at, why)
		return ""
	}
	if c.Size >= 0 && c.Size != r.Is.Size {
		m.wrong++
		wrong("not as %s has it: %d bytes, not %d", at, r.Is.Size, c.Size)
		return ""
	}
	known := ""
	for _, s := range c.Sums {
		sum, ok := r.Sums[s.Algorithm]
		if !ok {
			continue
		}
		if !bytes.Equal(sum, s.Value) {
			m.wrong++
			wrong("not as %s has it: its %s is %x, not %x", at, s.Algorithm, sum, s.Value)
			return ""
		}
		known = s.Algorithm
	}
	if known == "" {
		m.unknown++
		return ""
	}
	m.hold++
	e.k.held++
	return at
}

// sums says how it ended.
func (e *evidenceCheck) sums() {
	if e.kase {
		e.k.say("Evidence", "%s: %d objects, %d as the case has them; %d of which it has no hash, since they were not, or could not be, read", e.source, e.objects, e.same, e.unhashed)
	} else {
		e.k.say("Evidence", "%s: %d objects, of which %d are in no manifest", e.source, e.objects, e.unvouched)
	}
	for _, m := range e.manifests {
		switch {
		case m.Claims == 0:
		case !m.Matched && m.Found:
			e.k.say("Manifest", "%s: none of the %d files that it names is there: it is of something else", m.Name, m.Claims)
		default:
			e.k.say("Manifest", "%s: %d of %d hold%s%s%s", m.Name, m.hold, m.Claims, some(m.wrong, "%d do not"), some(m.unknown, "%d have no hash that can be checked"),
				some(m.Claims-m.hold-m.wrong-m.unknown, "%d are not compared"))
		}
	}
}

func some(n int64, format string) string {
	if n == 0 {
		return ""
	}
	return "; " + fmt.Sprintf(format, n)
}

type custodyCompareCmd struct {
	Path string `arg:"" name:"evidence" help:"The evidence: a directory or a file."`
	manifestFlags
	formatFlag
}

// Help implements kong.HelpProvider.
func (custodyCompareCmd) Help() string {
	return "Example: coldtrail custody compare ./trail-bucket --manifest ./SHA256SUMS\n\n" +
		"Exit code 5: something is not as a manifest has it. Exit code 3: there is no manifest."
}

// Run implements the command.
func (m *custodyCompareCmd) Run(ctx context.Context, c *console) error {
	if _, err := os.Stat(m.Path); err != nil {
		return usage("evidence: %w", err)
	}
	if err := m.check(m.Path); err != nil {
		return err
	}
	k := &custodyCheck{c: c, as: m.Format}
	if err := m.recheck(ctx, k, strings.TrimRight(m.Path, "/"), m.Path, nil); err != nil {
		return err
	}
	k.nothing = k.held == 0
	if err := k.end(); err != nil {
		return err
	}
	if k.problems > 0 {
		return &exitError{exitIntegrity, fmt.Errorf("evidence %s: problems: %d", m.Path, k.problems)}
	}
	if k.held == 0 {
		return &exitError{exitUnreadable, fmt.Errorf("evidence %s: no manifest has a hash of it", m.Path)}
	}
	return nil
}
