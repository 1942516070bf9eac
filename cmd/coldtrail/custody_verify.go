package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type custodyVerifyCmd struct {
	custodyCase
	Head string `placeholder:"SHA256" help:"The hash of an entry from your notes: the log must have it."`

	evidenceFlags
	formatFlag
	TSACA     []string `name:"tsa-ca" sep:"none" placeholder:"FILE" help:"Certificates of time-stamping authorities of which a timestamp must be there, in PEM or DER."`
	PublicKey []string `sep:"none" placeholder:"FILE" help:"Public keys of which a signature must be there: SSH's, also as authorized_keys or allowed_signers, or minisign's."`
}

// Help implements kong.HelpProvider.
func (custodyVerifyCmd) Help() string {
	return "What is wrong is named, a line each; nothing is written, so that a case can be checked by anybody.\n" +
		"A log can show that it was changed, not that all of it was written anew or that its end was cut off: for that, compare\n" +
		"it with a hash that was noted elsewhere (--head).\n\n" +
		"Examples: coldtrail custody verify ./case-001\n          coldtrail custody verify ./case-001 --evidence ./trail-bucket -f json\n\n" +
		"Exit code 5: something is not as it was."
}

// A custodyCheck collects what is wrong.
type custodyCheck struct {
	c        *console
	as       string // the format
	told     custodyVerdict
	problems int
	held     int  // hashes of the evidence in others' manifests
	nothing  bool // there was nothing to compare with
	skipped  int  // sources of the case of which nobody said where they lie, though that of others was said
}

// maxShownProblems bounds how many are listed.
const maxShownProblems = 10_000

func (k *custodyCheck) problem(p custody.Problem) {
	if k.problems++; k.problems <= maxShownProblems {
		p = custody.Problem{Name: custody.Text(p.Name), Text: custody.Text(p.Text)}
		if k.as == "json" {
			k.told.Problems = append(k.told.Problems, namedText{p.Name, p.Text})
			return
		}
		fmt.Fprintf(k.c.text(), "PROBLEM     %s: %s\n", report.Terminal(p.Name), report.Terminal(p.Text))
	}
}

func (k *custodyCheck) say(what, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if k.as == "json" {
		k.told.Checks = append(k.told.Checks, namedText{what, custody.Text(text)})
		return
	}
	fmt.Fprintf(k.c.text(), "%-11s %s\n", what, report.Terminal(text))
}

// A custodyVerdict is what is said, as JSON has it.
type custodyVerdict struct {
	Whole    bool        `json:"whole"` // nothing is wrong, and something was compared
	Count    int         `json:"problem_count"`
	Problems []namedText `json:"problems"` // the first ones
	Checks   []namedText `json:"checks"`
}

type namedText struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// end writes what was said as JSON, where that is asked for.
func (k *custodyCheck) end() error {
	if k.as != "json" {
		return nil
	}
	k.told.Whole, k.told.Count = k.problems == 0 && !k.nothing, k.problems
	k.told.Problems, k.told.Checks = append([]namedText{}, k.told.Problems...), append([]namedText{}, k.told.Checks...)
	return k.c.json(&k.told)
}

// Run implements the command.
func (v *custodyVerifyCmd) Run(ctx context.Context, c *console) error {
	if info, err := os.Stat(v.Case); err != nil {
		return usage("case: %w", err)
	} else if !info.IsDir() {
		return usage("case %s: not a directory", v.Case)
	} else if !wasCase(v.Case) {
		return noCase(v.Case)
	}
	if err := v.check(); err != nil {
		return err
	}
	k := &custodyCheck{c: c, as: v.Format}
	s, err := v.checkLog(k)
	if err != nil {
		return err
	}
	n, err := custody.CheckOutputs(ctx, v.Case, s.Sealed, nil, k.problem)
	if err != nil {
		return err
	}
	k.say("Files", "%d of the case, as %s lists them", n, custody.SumsName)
	if err := custody.CheckBeside(ctx, v.Case, s, k.problem); err != nil {
		return err
	}
	if err := v.checkSignatures(k, s); err != nil {
		return err
	}
	if err := v.checkTimestamps(k, s); err != nil {
		return err
	}
	if err := v.checkEvidence(ctx, k, v.Case); err != nil {
		return err
	}
	if k.problems > 0 {
		if err := k.end(); err != nil {
			return err
		}
		return &exitError{exitIntegrity, fmt.Errorf("case %s: problems: %d", v.Case, k.problems)}
	}
	if k.skipped > 0 {
		k.say("Verified", "everything that was checked is as it was written; sources of evidence that were not checked: %d", k.skipped)
	} else {
		k.say("Verified", "everything is as it was written")
	}
	return k.end()
}

// wasCase reports whether a directory has anything that only cases have. One from which most was taken away is a case
// all the same.
func wasCase(dir string) bool {
	for _, name := range []string{custody.LogName, custody.SumsName, "report.json", "manifest.jsonl", "events"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// checkLog checks the log by itself, and with what is known of it from elsewhere.
func (v *custodyVerifyCmd) checkLog(k *custodyCheck) (*custody.Summary, error) {
	s, err := custody.Summarize(filepath.Join(v.Case, custody.LogName))
	var line *custody.LineError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k.problem(custody.Problem{Name: custody.LogName, Text: "missing"})
		return s, nil
	case errors.As(err, &line):
		k.problem(custody.Problem{Name: custody.LogName, Text: line.Error() + "; nothing behind it can be relied upon"})
	case err != nil:
		return nil, err
	case s.Head.Count == 0:
		k.problem(custody.Problem{Name: custody.LogName, Text: "empty: it has no entry"})
	}
	k.say("Log", "%s: %d entries in order; the last has SHA-256 %s", custody.LogName, s.Head.Count, s.Head.Hash)
	for _, u := range s.Unclosed {
		k.say("Note", "entry %d: %s began at %s, and the log has nothing of its end: it was cut off, or goes on", u.Seq, u.Command, u.Time.Format("2006-01-02T15:04:05Z"))
	}
	k.clocks(s)
	if v.Head != "" {
		v.checkHead(k, s)
	}
	return s, nil
}

// clocks notes where an entry's time is before that of the one before it. Its place in the log is what counts.
func (k *custodyCheck) clocks(s *custody.Summary) {
	for i := 1; i < len(s.Entries); i++ {
		was, is := &s.Entries[i-1], &s.Entries[i]
		if is.Time.Before(was.Time) {
			k.say("Note", "entry %d: its time, %s, is before that of the entry that it follows, %s: a clock was set back, or two machines' clocks differ",
				is.Seq, is.Time.Format(time.RFC3339Nano), was.Time.Format(time.RFC3339Nano))
		}
	}
}

func (v *custodyVerifyCmd) checkHead(k *custodyCheck, s *custody.Summary) {
	for i, hash := range s.Hashes {
		if strings.EqualFold(hash, strings.TrimSpace(v.Head)) {
			k.say("Head", "entry %d is the one in your notes; %d entries came after it", i, len(s.Hashes)-1-i)
			return
		}
	}
	k.problem(custody.Problem{Name: custody.LogName, Text: "no entry has the SHA-256 of --head: this is another log, or its end was cut off"})
}
