package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

const (
	firstPrompt = "coldtrail> "
	nextPrompt  = "        -> "
)

const sessionHelp = `A query ends with a semicolon. Ctrl-C drops what is typed, or stops the query that runs.
\d        the tables            \d NAME   a table's columns
@NAME …;  a question            \l        the questions
\q        the end               Lines that were typed come back with the up arrow; they are not kept.
`

// A lineReader reads lines: io.EOF at the end, errDropped where Ctrl-C was typed.
type lineReader interface {
	read(prompt string) (string, error)
}

var errDropped = errors.New("dropped")

// session asks what is typed at a prompt. A signal to interrupt ends the query that
// runs, and others end the session.
func (a *asker) session(ctx context.Context) error {
	lines := &typedLines{in: os.Stdin, out: a.c.err}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(ended)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		select {
		case <-ended:
			cancel()
			lines.restore()
			os.Stdin.Close()
		case <-ctx.Done():
		}
	}()
	defer lines.restore()
	fmt.Fprintf(a.c.err, "coldtrail: %s: \\? for help, \\q to leave\n", report.Terminal(a.q.Case))
	return a.prompt(ctx, lines)
}

// prompt is the session apart from the terminal.
func (a *asker) prompt(ctx context.Context, lines lineReader) error {
	var typed string
	for ctx.Err() == nil {
		prompt := firstPrompt
		if typed != "" {
			prompt = nextPrompt
		}
		line, err := lines.read(prompt)
		switch {
		case err == io.EOF:
			return nil
		case err == errDropped:
			typed = ""
			continue
		case err != nil:
			return err
		}
		if command := strings.TrimSpace(line); typed == "" && strings.HasPrefix(command, `\`) {
			if command == `\q` {
				return nil
			}
			a.interruptible(ctx, func(ctx context.Context) error { return a.command(ctx, command) })
			continue
		}
		if typed += line + "\n"; strings.TrimSpace(typed) == "" {
			typed = ""
		} else if complete(typed) {
			text := typed
			typed = ""
			a.interruptible(ctx, func(ctx context.Context) error { return a.script(ctx, text) })
		}
	}
	return nil
}

// complete reports whether a text ends with a semicolon that ends a statement: what
// follows is then a further one.
func complete(text string) bool {
	return strings.Contains(text, ";") && len(query.Split(text+" x")) > len(query.Split(text))
}

// interruptible runs a query that Ctrl-C stops, and says what went wrong: the session goes on.
func (a *asker) interruptible(ctx context.Context, ask func(context.Context) error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	a.results = 0
	err := ask(ctx)
	if e := a.out.Flush(); err == nil {
		err = e
	}
	var exit *exitError
	switch {
	case err == nil, errors.As(err, &exit) && exit.err == nil:
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.c.err, "coldtrail: stopped")
	default:
		fmt.Fprintf(a.c.err, "coldtrail: %s\n", report.Terminal(err.Error()))
	}
}

// command runs what begins with a backslash.
func (a *asker) command(ctx context.Context, line string) error {
	name, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSuffix(strings.TrimSpace(rest), ";")
	switch {
	case name == `\d` && rest == "":
		return a.script(ctx, "SHOW TABLES")
	case name == `\d`:
		return a.script(ctx, "DESCRIBE "+rest)
	case name == `\l`:
		list := queryCmd{}
		return list.list(&console{out: a.out})
	case name == `\?`, name == `\h`:
		_, err := io.WriteString(a.c.err, sessionHelp)
		return err
	}
	return fmt.Errorf(`%s: not a command; \? has them`, name)
}

// typedLines reads lines from a terminal, with a history of those that were typed.
type typedLines struct {
	in   *os.File
	out  io.Writer
	keys interruptReader
	term *term.Terminal
	raw  *term.State // nil: the terminal is as it was
}

// read implements lineReader. The terminal is raw only while a line is typed:
// while a query runs, Ctrl-C is a signal.
func (t *typedLines) read(prompt string) (line string, err error) {
	if t.raw, err = term.MakeRaw(int(t.in.Fd())); err != nil {
		return "", err
	}
	defer t.restore()
	if t.term == nil {
		t.keys.Reader = t.in
		t.renew(nil)
	}
	t.term.SetPrompt(prompt)
	if width, height, err := term.GetSize(int(t.in.Fd())); err == nil && width > 0 {
		if err := t.term.SetSize(width, height); err != nil {
			return "", err
		}
	}
	line, err = t.term.ReadLine()
	switch {
	case err == io.EOF && t.keys.interrupted:
		t.keys.interrupted = false
		t.renew(t.term.History) // what was typed stays in the old one
		_, err = io.WriteString(t.out, "^C\r\n")
		return "", cmp.Or(err, errDropped)
	case err == term.ErrPasteIndicator:
		err = nil
	}
	return line, err
}

func (t *typedLines) renew(history term.History) {
	t.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&t.keys, t.out}, "")
	if history != nil {
		t.term.History = history
	}
}

// restore makes the terminal what it was.
func (t *typedLines) restore() {
	if t.raw != nil {
		term.Restore(int(t.in.Fd()), t.raw)
		t.raw = nil
	}
}

// An interruptReader notes that Ctrl-C was typed, which a term.Terminal takes for the end.
type interruptReader struct {
	io.Reader
	interrupted bool
}

func (r *interruptReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	const ctrlC = 3
	if bytes.IndexByte(p[:n], ctrlC) >= 0 {
		r.interrupted = true
	}
	return n, err
}
