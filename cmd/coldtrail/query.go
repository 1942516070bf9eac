package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report/query"
	"github.com/coldtrail/coldtrail/scan"
)

type queryCmd struct {
	Case    string        `arg:"" optional:"" name:"case" placeholder:"CASE" help:"The case, as analyze made it."`
	SQL     []string      `arg:"" optional:"" name:"sql" help:"The query; or @QUESTION and PARAMETER=VALUE …; or - for standard input, which is also read where nothing is given. On a terminal, nothing given begins a session."`
	File    string        `placeholder:"FILE" help:"Read the queries from a file. They end with semicolons."`
	Format  string        `short:"f" enum:"table,csv,json,jsonl,parquet" default:"table" help:"table, csv, json, jsonl or parquet (default table)."`
	Output  string        `short:"o" placeholder:"FILE" help:"Write the rows into this file, which must not exist."`
	Limit   *int64        `placeholder:"N" help:"Rows at most (default 1000 for a table, otherwise all); 0: all."`
	Memory  size          `default:"1GiB" placeholder:"SIZE" help:"Memory that queries may take (default 1GiB; at least 64MiB)."`
	Timeout time.Duration `placeholder:"DURATION" help:"How long a query may take: 30s, 5m (default: as long as it takes; Ctrl-C ends it)."`
	WorkDir string        `placeholder:"DIR" help:"Where a query may put what does not fit into --memory, 16 GiB at most (default nowhere: it fails)."`
	List    bool          `help:"List the questions that can be asked by name; with @QUESTION, say what one means and show its SQL."`
}

// Help implements kong.HelpProvider.
func (queryCmd) Help() string {
	return "Examples: coldtrail query ./case-001 \"SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1 ORDER BY 2 DESC\"\n" +
		"          coldtrail query ./case-001 @console-logins -f csv\n" +
		"          coldtrail query ./case-001 --file playbook.sql\n\n" +
		"Tables: cloudtrail_logs, or any name that Athena's queries have; an event data store of CloudTrail Lake by any ID, or $EDS_ID; " +
		"events, objects, integrity and findings (a row for each event that a finding lists), which are the case's own. " +
		"The dialect is Athena's (Trino); what is read differently is said."
}

// tableLimit is how many rows a table has where no limit is given: more are for a file.
const tableLimit = 1000

// Run implements the command.
func (q *queryCmd) Run(ctx context.Context, c *console) error {
	if q.List {
		return q.list(c)
	}
	if err := q.check(); err != nil {
		return err
	}
	text, session, err := q.text()
	if err != nil {
		return err
	}
	if text != "" && len(query.Split(text)) == 0 {
		return usage("no query is given")
	}
	if err := limitMemory(int64(q.Memory)); err != nil {
		return fmt.Errorf("memory limit: %w", err)
	}
	out, err := q.output(c)
	if err != nil {
		return err
	}
	err = q.withCase(ctx, c, out, func(a *asker) error {
		if session {
			return a.session(ctx)
		}
		return a.script(ctx, text)
	})
	return out.close(err)
}

// check refuses what cannot be right before the case is read.
func (q *queryCmd) check() error {
	switch {
	case q.Case == "":
		return usage("query needs a case; --list needs none")
	case q.Memory < minMemory:
		return usage("--memory %s: at least %s", q.Memory, size(minMemory))
	case q.Timeout < 0:
		return usage("--timeout %s: not a time to wait", q.Timeout)
	case q.Limit != nil && *q.Limit < 0:
		return usage("--limit %d: not a number of rows", *q.Limit)
	case q.File != "" && len(q.SQL) > 0:
		return usage("a query and --file: give one of them")
	case q.Format == "parquet" && q.Output == "":
		return usage("-f parquet needs -o FILE")
	}
	if _, err := os.Stat(q.Case); err != nil {
		return usage("case: %w", err)
	}
	for _, at := range []string{q.Output, q.WorkDir} {
		if at != "" && scan.Outside(at, []string{q.Case}) != nil {
			return usage("%s lies inside the case, which is never written to", at)
		}
	}
	return nil
}

// text returns the queries; session: they are typed at a prompt.
func (q *queryCmd) text() (text string, session bool, err error) {
	switch {
	case q.File != "":
		f, err := os.Open(q.File)
		if err != nil {
			return "", false, usage("--file: %w", err)
		}
		defer f.Close()
		text, err := readQueries(f)
		return text, false, err
	case len(q.SQL) == 0 && isTerminal(os.Stdin):
		return "", true, nil
	case len(q.SQL) == 0 || len(q.SQL) == 1 && q.SQL[0] == "-":
		text, err := readQueries(os.Stdin)
		return text, false, err
	case strings.HasPrefix(q.SQL[0], "@"):
		return strings.Join(q.SQL, " "), false, nil
	case len(q.SQL) > 1:
		return "", false, usage("more than one query: put the query in quotes, several into one argument with semicolons between them")
	case strings.TrimSpace(q.SQL[0]) == "":
		return "", false, usage("no query is given")
	}
	return q.SQL[0], false, nil
}

// maxQueries is how long a file of queries may be, in bytes.
const maxQueries = 16 << 20

func readQueries(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxQueries+1))
	if err == nil && len(b) > maxQueries {
		err = usage("more than %s of queries", size(maxQueries))
	}
	if err == nil && strings.TrimSpace(string(b)) == "" {
		err = usage("no query is given")
	}
	return string(b), err
}

// withCase opens the case for queries.
func (q *queryCmd) withCase(ctx context.Context, c *console, out *queryOutput, ask func(*asker) error) (err error) {
	opt := query.Options{Memory: int64(q.Memory), Output: out.file}
	if q.WorkDir != "" {
		if opt.TempDir, err = os.MkdirTemp(q.WorkDir, "coldtrail-query-"); err != nil {
			return usage("--work-dir: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(opt.TempDir)) }()
	}
	db, err := query.Open(ctx, q.Case, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return ask(&asker{q: q, c: c, db: db, out: out})
}
