package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

type custodyCmd struct {
	Verify   custodyVerifyCmd   `cmd:"" help:"Check the log, every file of the case and, with --evidence, the evidence against them."`
	Compare  custodyCompareCmd  `cmd:"" help:"Check evidence against manifests that others made, without a case."`
	Manifest custodyManifestCmd `cmd:"" help:"Write the case's manifest of the evidence as sha256sum or hashdeep has it."`
	Log      custodyLogCmd      `cmd:"" help:"List what the log has, a line an entry."`
	Sign     custodySignCmd     `cmd:"" help:"Sign the log as it stands, with SSH or minisign keys."`
	Request  custodyRequestCmd  `cmd:"" name:"timestamp-request" help:"Write a request for a timestamp of the log as it stands (RFC 3161)."`
	Attach   custodyAttachCmd   `cmd:"" name:"timestamp-attach" help:"Check the answer to such a request, and keep it."`
	Transfer custodyTransferCmd `cmd:"" help:"Note in the log that the case changes hands."`
	Note     custodyNoteCmd     `cmd:"" help:"Note something in the log."`
}

// custodyCase is the case whose log a command is about. It needs no event store.
type custodyCase struct {
	Case string `arg:"" name:"case" placeholder:"CASE" help:"The case, as analyze made it."`
}

func (k *custodyCase) log() string { return filepath.Join(k.Case, custody.LogName) }

// append appends an entry that stands alone.
func (k *custodyCase) append(c *console, e *custody.Entry) error {
	head, err := k.add(e)
	if err == nil {
		noteHead(c.text(), head)
	}
	return err
}

// add appends an entry to the log, which must be there: a case without one has lost it,
// or was made by something that kept none.
func (k *custodyCase) add(e *custody.Entry) (custody.Head, error) {
	s, err := k.summary()
	if err != nil {
		return custody.Head{}, err
	}
	for i := len(s.Entries) - 1; i >= 0 && e.Case.ID == ""; i-- {
		e.Case.ID = s.Entries[i].Case.ID
	}
	head, err := custody.Append(k.log(), e)
	return head, logError(err)
}

func (k *custodyCase) summary() (*custody.Summary, error) {
	s, err := custody.Summarize(k.log())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("case %s: it has no %s", k.Case, custody.LogName)
	}
	if err != nil {
		return nil, logError(fmt.Errorf("case %s: %s: %w", k.Case, custody.LogName, err))
	}
	return s, nil
}

type custodyNoteCmd struct {
	custodyCase
	Text string `arg:"" help:"What is to be noted."`
	custodyFlags
}

// Help implements kong.HelpProvider.
func (custodyNoteCmd) Help() string {
	return "Example: coldtrail custody note ./case-001 'copied to the laboratory' --examiner 'A. Roe'"
}

// Run implements the command.
func (n *custodyNoteCmd) Run(c *console) error {
	e := n.entry(c, custody.Note, "custody note")
	e.Text = n.Text
	return n.append(c, e)
}

type custodyTransferCmd struct {
	custodyCase
	To string `required:"" placeholder:"NAME" help:"Who receives the case."`
	custodyFlags
}

// Help implements kong.HelpProvider.
func (custodyTransferCmd) Help() string {
	return "Example: coldtrail custody transfer ./case-001 --examiner 'A. Roe' --to 'B. Doe, lab 2' --reason 'second opinion'"
}

// Run implements the command.
func (t *custodyTransferCmd) Run(c *console) error {
	if t.Reason == "" {
		return usage("custody transfer needs --reason: why the case changes hands")
	}
	e := t.entry(c, custody.Transfer, "custody transfer")
	e.To = t.To
	return t.append(c, e)
}

type custodyLogCmd struct {
	custodyCase
	formatFlag
}

// Help implements kong.HelpProvider.
func (custodyLogCmd) Help() string {
	return "Examples: coldtrail custody log ./case-001\n          coldtrail custody log ./case-001 -f json"
}

// Run implements the command. What is wrong with the log is said behind what is well.
func (l *custodyLogCmd) Run(_ context.Context, c *console) error {
	s, err := custody.Summarize(l.log())
	switch {
	case s == nil:
	case l.Format == "json":
		if err := c.json(append([]custody.Entry{}, s.Entries...)); err != nil {
			return err
		}
	default:
		for i := range s.Entries {
			if _, err := fmt.Fprintln(c.text(), report.Terminal(told(&s.Entries[i]))); err != nil {
				return err
			}
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		_, err = l.summary()
	}
	if err == nil {
		noteHead(c.aside(l.Format), s.Head)
	}
	return logError(err)
}

// told is an entry in one line.
func told(e *custody.Entry) string {
	who := e.Actor.Name
	if who == "" {
		who = "(nobody named)"
	}
	line := fmt.Sprintf("%4d  %s  %s: %s by %s (%s on %s)", e.Seq, e.Time.Format(time.RFC3339), e.Action, e.Command, who, e.Actor.OSUser, e.Host.Name)
	for _, part := range [...][2]string{{"exhibit", e.Case.Exhibit}, {"authority", e.Case.Authority}, {"to", e.To}, {"reason", e.Case.Reason}, {"note", e.Text}, {"error", e.Error}} {
		if part[1] != "" {
			line += fmt.Sprintf("; %s: %s", part[0], part[1])
		}
	}
	if e.Exit != nil {
		line += fmt.Sprintf("; exit code %d", *e.Exit)
	}
	return line
}
