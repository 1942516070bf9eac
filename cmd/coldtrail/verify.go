package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// proofs is what the examiner gives to judge digest files by.
type proofs struct {
	PublicKeys []string `placeholder:"FILE" help:"CloudTrail's public keys, as \"aws cloudtrail list-public-keys\" prints them; once for each file."`
	Sidecar    []string `placeholder:"FILE" help:"What was saved beside the copy, a file or a directory of them: head-object's answers of digests (their signatures), list-objects, list-object-versions, s3 ls --recursive, or an S3 Inventory's manifest and CSV; once for each."`
	Bucket     []string `sep:"none" placeholder:"NAME=PATH" help:"Evidence or a part of it, PATH, is a copy of the bucket NAME, or with NAME/PREFIX=PATH just of what lies in it under PREFIX. Digest files must then be of that bucket, and name the logs in it. Of a case, PATH is the label of the evidence in it. Once for each."`
}

type verifyCmd struct {
	Paths []string `arg:"" name:"path" help:"Evidence as analyze reads it, or one case."`
	proofs
	Output  string `short:"o" placeholder:"FILE" help:"Write integrity.jsonl there: a line for each chain, digest and log, and for what is not in this copy."`
	Workers int    `placeholder:"N" help:"How many objects to read at once (default: the machine's cores)."`
	Memory  size   `placeholder:"SIZE" help:"Memory to work with (default a quarter of the machine's, 4GiB at most; at least 64MiB)."`
	WorkDir string `placeholder:"DIR" help:"Where temporary files go (default: where the system keeps them)."`
	Quiet   bool   `short:"q" help:"No summary."`
	formatFlag
	custodyFlags
}

// Help implements kong.HelpProvider.
func (verifyCmd) Help() string {
	return "Judges the digest files of a copy of a trail's bucket, and by them every log: what is proved, what is not, what is missing.\n" +
		"Of a case it judges again what the case has of the digests, when keys or signatures arrive; the evidence is not needed.\n" +
		"Examples:\n  coldtrail verify ./trail-bucket --public-keys keys.json --sidecar heads.jsonl\n  coldtrail verify ./old ./new --bucket acme-old=./old --bucket acme-new=./new\n  coldtrail verify ./case-001 --public-keys keys.json\n\n" +
		"Exit code 5: something is invalid, modified, appended to, or absent inside the span of the copy.\n" + exitHelp
}

// keyring reads the public keys, and says on stderr which are mislabelled, or lie inside the evidence.
func (p *proofs) keyring(c *console, evidence []string) (*integrity.Keyring, error) {
	if len(p.PublicKeys) == 0 {
		return nil, nil
	}
	ring := &integrity.Keyring{}
	for _, name := range p.PublicKeys {
		if scan.Outside(filepath.Dir(name), evidence) != nil {
			fmt.Fprintf(c.err, "coldtrail: --public-keys %s lies inside the evidence: keys from there prove nothing against whoever made it\n", report.Terminal(name))
		}
		b, err := readAtMost(name, integrity.MaxKeyFile)
		if err != nil {
			return nil, usage("--public-keys: %w", err)
		}
		keys, err := integrity.ParseKeys(b)
		if err != nil {
			return nil, usage("--public-keys %s: %w", name, err)
		}
		for i := range keys {
			if is := keys[i].Mislabelled(); is != "" {
				fmt.Fprintf(c.err, "coldtrail: --public-keys %s: key %s: its value has the fingerprint %s\n", report.Terminal(name), report.Terminal(keys[i].Fingerprint), is)
			}
			if _, err := keys[i].Public(); err != nil {
				fmt.Fprintf(c.err, "coldtrail: --public-keys %s: key %s cannot be used: %s\n", report.Terminal(name), report.Terminal(keys[i].Fingerprint), report.Terminal(err.Error()))
			}
		}
		ring.Add(keys...)
	}
	return ring, nil
}

// feed adds the sidecars to a ledger.
func (p *proofs) feed(t *integrity.Taker) error {
	for _, name := range p.Sidecar {
		err := filepath.WalkDir(name, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if err = feedFile(t, file); err != nil && file != name {
				err = fmt.Errorf("%s: %w", file, err)
			}
			return err
		})
		if err != nil {
			return usage("--sidecar %s: %w", name, err)
		}
	}
	return nil
}

func feedFile(t *integrity.Taker, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return t.Read(name, f)
}

// integrity is what a run judges digests by.
func (p *proofs) integrity(c *console, evidence []string) (scan.Integrity, error) {
	ring, err := p.keyring(c, evidence)
	i := scan.Integrity{Keys: ring}
	if len(p.Sidecar) > 0 {
		i.Feed = p.feed
	}
	if err == nil {
		i.Buckets, err = p.buckets()
	}
	return i, err
}

// copiedBucket is what S3 takes, or once took, for the name of a bucket.
var copiedBucket = regexp.MustCompile(`^[A-Za-z0-9._-]{3,255}$`)

// buckets reads --bucket.
func (p *proofs) buckets() (all []scan.Bucket, err error) {
	for _, given := range p.Bucket {
		at, path, ok := strings.Cut(given, "=")
		name, prefix, whole := strings.Cut(at, "/")
		if !ok || path == "" || !copiedBucket.MatchString(name) {
			return nil, usage("--bucket %q: not NAME=PATH", given)
		}
		all = append(all, scan.Bucket{Name: name, Prefix: prefix, Whole: whole, Path: path})
	}
	return all, nil
}

// misplaced makes what was said of no part of the evidence an error in usage.
func misplaced(err error) error {
	if errors.Is(err, scan.ErrBucket) {
		return usage("--bucket: %w", err)
	}
	return err
}

func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: larger than %s", name, size(limit))
	}
	return b, err
}

// Run implements the command.
func (v *verifyCmd) Run(ctx context.Context, c *console) error {
	r := reading{Paths: v.Paths, Workers: v.Workers, Memory: v.Memory, WorkDir: v.WorkDir, Quiet: v.Quiet}
	if r.WorkDir == "" {
		r.WorkDir = os.TempDir()
	}
	if err := r.check(); err != nil {
		return err
	}
	if len(v.Paths) == 1 && isCase(v.Paths[0]) {
		return v.verifyCase(ctx, c, &r)
	}
	if len(v.Paths) == 1 && isSealed(v.Paths[0]) {
		return usage("%s: a case that has lost report.json or manifest.jsonl: see coldtrail custody verify", v.Paths[0])
	}
	if flag := v.given(); flag != "" {
		return usage("%s is for the custody log of a case, and verifying evidence makes none: analyze makes a case, and verifies", flag)
	}
	proofs, err := v.integrity(c, v.Paths)
	if err != nil {
		return err
	}
	r.limitMemory()
	res, err := scan.Run(ctx, scan.Config{
		Paths: r.Paths, Stdin: c.in, Workers: r.Workers, Memory: int64(r.Memory), WorkDir: r.WorkDir, HashOnly: true, Integrity: proofs,
		Sinks: func(*scan.Conclusion) ([]scan.Sink, error) { return nil, nil },
	})
	if err != nil {
		return misplaced(err)
	}
	return errors.Join(v.tell(c, res), res.Close())
}

// tell writes what was found, and gives the exit code.
func (v *verifyCmd) tell(c *console, res *scan.Result) error {
	if v.Output != "" {
		if err := writeNew(v.Output, func(w io.Writer) error { return report.WriteIntegrity(w, res.Integrity, res.Names) }); err != nil {
			return err
		}
	}
	if res.Integrity == nil {
		return &exitError{exitUnreadable, fmt.Errorf("no digest file among the %d objects of the evidence: nothing can be verified", res.Totals.Listed)}
	}
	model, err := report.NewIntegrity(res.Integrity, res.Names)
	if err != nil {
		return err
	}
	if !v.Quiet {
		if err := v.print(c, model); err != nil {
			return err
		}
	}
	return v.verdict(model, res)
}

// print prints the verdict.
func (v *verifyCmd) print(c *console, m *report.Integrity) error {
	if v.Format == "json" {
		return c.json(m)
	}
	return m.Text(c.text())
}

func (v *verifyCmd) verdict(m *report.Integrity, res *scan.Result) error {
	unread := res.Totals.Objects[scan.Unreadable] + res.Totals.Objects[scan.Damaged]
	switch {
	case m.Failed():
		return &exitError{code: exitIntegrity}
	case unread > 0:
		return &exitError{exitUnreadable, fmt.Errorf("objects that could not be read, or not wholly: %d", unread)}
	}
	return nil
}

// writeNew writes a file that must not exist, and is there only when it is complete.
func writeNew(name string, write func(io.Writer) error) error {
	if _, err := os.Lstat(name); err == nil { // before anything is made for it
		return usage("%w", &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist})
	}
	begun := false
	err := report.WriteBeside(name, func(w io.Writer) error {
		begun = true
		return write(w)
	})
	switch {
	case err == nil:
		return nil
	case !begun, errors.Is(err, fs.ErrExist):
		return usage("%s: %w", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
