package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/coldtrail/coldtrail/report"
)

// The exit codes. Where several hold, the first of 130, 1, 5, 4, 3 counts.
const (
	exitComplete    = 0
	exitNoResult    = 1 // or what was named is not there: see absent
	exitUsage       = 2
	exitUnreadable  = 3 // or there was nothing to read
	exitFindings    = 4
	exitIntegrity   = 5
	exitInterrupted = 130
)

const exitHelp = `Exit codes: 0 complete · 1 no result, or what is named is not there · 2 usage · 3 complete, but some input was
unreadable, or there was nothing to read · 4 findings at or above --fail-on · 5 integrity failure · 130 interrupted; of several, 130 > 1 > 5 > 4 > 3.`

type cli struct {
	screenFlags

	Inventory inventoryCmd  `cmd:"" help:"Say what evidence holds, without analyzing it."`
	Analyze   analyzeCmd    `cmd:"" help:"Read evidence into a case: timeline, findings, report."`
	Hunt      huntCmd       `cmd:"" help:"Ask a case's events anew, without the evidence: other detectors, a new revision of the findings."`
	Mark      markCmd       `cmd:"" help:"Judge: say what is malicious, benign or a responder's, and why; the report follows."`
	Triage    triageCmd     `cmd:"" help:"The quick look: what analyze finds, printed; nothing is kept."`
	Timeline  timelineCmd   `cmd:"" help:"List the events of a case that filters select."`
	Show      showCmd       `cmd:"" help:"Show an event of a case: the record, where it lies, its copies and findings."`
	Incidents incidentsCmd  `cmd:"" help:"Tell the incidents of a case: credentials, kill-chain, what happened, what is open, what to do."`
	Pivot     pivotCmd      `cmd:"" help:"From one credential to its origin, to all that came from it, and to what these did."`
	Baseline  baselineCmd   `cmd:"" help:"What principals of a case did for the first time, against a time before or their own first days."`
	Summary   summaryCmd    `cmd:"" help:"Count the events of a case that filters select, by account, service, credential and more."`
	Ledger    ledgerCmd     `cmd:"" help:"List what was left behind, what was read, or what weakened the defences, in all of the evidence."`
	Coverage  coverageCmd   `cmd:"" help:"Say where and when a case has logs, and what they can answer."`
	Verify    verifyCmd     `cmd:"" help:"Verify the integrity of a copy by its digest files, offline."`
	Report    reportCmd     `cmd:"" help:"Write the report of a case once more: HTML, Markdown or JSON."`
	Export    exportCmd     `cmd:"" help:"Write a case in formats that other tools read: Parquet, Timesketch, plaso, Navigator, trail objects, …"`
	Lookup    lookupCmd     `cmd:"" aliases:"lookup-events" help:"Answer as \"aws cloudtrail lookup-events\" does, from a case."`
	Query     queryCmd      `cmd:"" help:"Ask a case in SQL, as Athena and CloudTrail Lake are asked."`
	Serve     serveCmd      `cmd:"" help:"Answer the AWS CLI, boto3 and a browser from cases, on this machine only."`
	Acquire   acquireCmd    `cmd:"" help:"Print the commands that take away what can be judged offline, while there is still access."`
	Custody   custodyCmd    `cmd:"" help:"Keep and check the record of who did what to a case."`
	Rules     rulesCmd      `cmd:"" help:"List, show, check and test what is looked for."`
	Demo      demoCmd       `cmd:"" help:"Make a synthetic incident and analyze it."`
	Complete  completionCmd `cmd:"" name:"completion" help:"Print a script that completes commands, flags and values in bash, zsh or fish."`
	Version   versionCmd    `cmd:"" help:"Say what was built, from what, with which detectors."`
}

// console is where a command writes and what it may write there.
type console struct {
	out    io.Writer // results
	err    io.Writer // everything else
	isTerm func(io.Writer) bool
	in     io.Reader // nil: there is none
	argv   []string  // the command line, exactly
	fitted *report.TextWriter

	screenFlags
}

// An exitError ends the program with a code of its own.
type exitError struct {
	code int
	err  error // nil: nothing to say
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// absent is the error of a question after something that is not there: an event, a subject, an incident, a finding, a judgement,
// a rule or a named query. The command was well put, so that it is no usage error, unlike one that names no case, or a file to read.
func absent(format string, args ...any) error {
	return &exitError{exitNoResult, fmt.Errorf(format, args...)}
}

// run is main without the process: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	c := &console{out: stdout, err: stderr, isTerm: isTerminal, in: os.Stdin, argv: slices.Concat(os.Args[:1], args)}
	help, code := stdout, -1
	if len(args) == 0 { // asked for nothing, so help is no result
		args, help = []string{"--help"}, stderr
	}
	root := &cli{}
	parser, err := kong.New(root,
		kong.Name("coldtrail"),
		kong.Description("An offline forensic parser for AWS CloudTrail archives.\n\n"+exitHelp),
		kong.Writers(help, stderr),
		kong.Exit(func(n int) { code = n; panic(errHelp) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.PostBuild(hideNegated),
		kong.KindMapper(reflect.Int, kong.MapperFunc(whole)),
		kong.KindMapper(reflect.Int64, kong.MapperFunc(whole)),
		kong.ExplicitGroups([]kong.Group{{Key: "filter", Title: "Filters:"}, {Key: "detect", Title: "What to look for:"}, {Key: "enrich", Title: "Where addresses are:"}, {Key: "custody", Title: "For the custody log:"}}),
	)
	if err != nil {
		panic(err) // the command line's own declaration is wrong
	}
	args, err = negate(args)
	var cmd *kong.Context
	if err == nil {
		cmd, err = parse(parser, args)
	}
	switch {
	case code == 0 && help == stderr:
		return exitUsage
	case code >= 0:
		return code
	case err != nil:
		fmt.Fprintf(stderr, "coldtrail: %s\n", report.Terminal(err.Error()))
		return exitUsage
	}
	cmd.BindTo(ctx, (*context.Context)(nil))
	c.screenFlags = root.screenFlags
	err = cmd.Run(c)
	if ferr := c.flush(); ferr != nil && codeOf(ctx, err) != exitInterrupted { // what was found was not all said, whatever it was
		err = ferr
	}
	return exitCode(ctx, stderr, err)
}

var errHelp = errors.New("help was printed")

func parse(p *kong.Kong, args []string) (cmd *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil && r != errHelp {
			panic(r)
		}
	}()
	if cmd, err = p.Parse(args); err == nil {
		err = refuseEmpty(cmd)
	}
	return cmd, err
}

// refuseEmpty refuses a value that is empty, as that of a shell's variable is that was never set: what was to be checked or looked
// for would be silently left out. Filters have their own words for it.
func refuseEmpty(cmd *kong.Context) error {
	for _, p := range cmd.Path {
		switch {
		case p.Flag != nil && (p.Flag.Group == nil || p.Flag.Group.Key != "filter") && hasEmpty(p.Flag.Target):
			return usage("--%s \"\": empty", p.Flag.Name)
		case p.Positional != nil && hasEmpty(p.Positional.Target):
			return usage("<%s> \"\": empty", p.Positional.Name)
		}
	}
	return nil
}

func hasEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return v.Len() == 0
	case reflect.Slice:
		for i := range v.Len() {
			if hasEmpty(v.Index(i)) {
				return true
			}
		}
		return v.Len() == 0
	}
	return false
}

// exitCode says what ended the command, if anything is to be said, and returns its code.
func exitCode(ctx context.Context, stderr io.Writer, err error) int {
	code := codeOf(ctx, err)
	exit, ok := errors.AsType[*exitError](err)
	switch {
	case err == nil, ok && exit.err == nil:
	case code == exitInterrupted && !ok:
		fmt.Fprintln(stderr, "coldtrail: interrupted; nothing was kept")
	default:
		fmt.Fprintf(stderr, "coldtrail: %s\n", report.Terminal(inOneLine(err)))
	}
	return code
}

// inOneLine puts an error into words. What was joined of several, a line each, is told apart by semicolons: as a line
// break it would be shown escaped, as if the evidence had written it.
func inOneLine(err error) string {
	text := err.Error()
	var each func(error)
	each = func(err error) {
		if inner := errors.Unwrap(err); inner != nil {
			each(inner)
		}
		several, ok := err.(interface{ Unwrap() []error })
		if !ok {
			return
		}
		var parts []string
		for _, part := range several.Unwrap() {
			parts = append(parts, part.Error())
		}
		if whole := strings.Join(parts, "\n"); len(parts) > 1 && err.Error() == whole {
			text = strings.ReplaceAll(text, whole, strings.Join(parts, "; "))
		}
		for _, part := range several.Unwrap() {
			each(part)
		}
	}
	each(err)
	return text
}

// codeOf returns the exit code that stands for an error.
func codeOf(ctx context.Context, err error) int {
	exit, ok := errors.AsType[*exitError](err)
	switch {
	case err == nil:
		return exitComplete
	case ok:
		return exit.code
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, report.ErrNoStore):
		return exitUsage // what was named is nothing to ask
	}
	return exitNoResult
}
