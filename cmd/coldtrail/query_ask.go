package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

// queryOutput is where rows go.
type queryOutput struct {
	*bufio.Writer
	file *os.File // nil: standard output
}

// output opens -o.
func (q *queryCmd) output(c *console) (*queryOutput, error) {
	if q.Output == "" {
		return &queryOutput{Writer: bufio.NewWriterSize(c.out, 256<<10)}, nil
	}
	f, err := os.OpenFile(q.Output, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, usage("-o: %w", err)
	}
	return &queryOutput{bufio.NewWriterSize(f, 256<<10), f}, nil
}

// close ends the output. A file that does not have all the rows is removed.
func (o *queryOutput) close(err error) error {
	if e := o.Flush(); err == nil {
		err = e
	}
	if o.file == nil {
		return err
	}
	if e := o.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	return nil
}

// An asker asks a case one query after the other.
type asker struct {
	q       *queryCmd
	c       *console
	db      *query.DB
	out     *queryOutput
	results int // that had rows
}

// script runs queries, and stops at the first that fails.
func (a *asker) script(ctx context.Context, text string) error {
	from := 0
	for _, sql := range query.Split(text) {
		if i := strings.Index(text[from:], sql); i >= 0 {
			from += i
		}
		if err := a.ask(ctx, sql); err != nil {
			return a.told(err, text, sql, from)
		}
		from += len(sql)
	}
	return nil
}

// errTimeout is why a query that took too long ends.
var errTimeout = errors.New("the query took longer than --timeout")

// ask runs a query or a question, and writes what comes of it.
func (a *asker) ask(ctx context.Context, sql string) error {
	if name, ok := strings.CutPrefix(strings.TrimSpace(sql), "@"); ok {
		bound, err := a.question(name)
		if err != nil {
			return err
		}
		sql = bound
	}
	if a.q.Timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, a.q.Timeout, errTimeout)
		defer cancel()
		ctx = limited
	}
	if a.q.Format == "parquet" {
		return a.export(ctx, sql)
	}
	rows, err := a.db.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	a.notes(rows.Notes())
	if rows.Columns() == nil {
		_, err := fmt.Fprintf(a.c.err, "coldtrail: done: %d rows\n", rows.Changed())
		return err
	}
	return a.write(rows)
}

// question returns the SQL of "name parameter=value …", and says what its answer means.
func (a *asker) question(text string) (string, error) {
	words := strings.Fields(text)
	if a.q.SQL != nil && len(words) > 0 { // a shell has split the words: values may have spaces
		words = append(words[:1], a.q.SQL[1:]...)
	}
	if len(words) == 0 {
		return "", usage("@: give the name of a question; --list has them")
	}
	question, ok := query.FindQuestion(words[0])
	if !ok {
		return "", absent("@%s: there is no such question; --list has them", words[0])
	}
	args := map[string]string{}
	for _, w := range words[1:] {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return "", usage("%s: not PARAMETER=VALUE", w)
		}
		args[name] = value
	}
	sql, err := question.Bind(args)
	if err != nil {
		return "", usage("%w", err)
	}
	fmt.Fprintf(a.c.err, "coldtrail: %s: %s\n", question.Title, strings.Join(strings.Fields(question.Meaning), " "))
	return sql, nil
}

func (a *asker) notes(all []string) {
	for _, note := range all {
		fmt.Fprintf(a.c.err, "coldtrail: note: %s\n", report.Terminal(note))
	}
}

// write writes rows, and says what it leaves out.
func (a *asker) write(rows *query.Rows) error {
	view := query.View{Format: a.q.Format}
	if a.q.Limit != nil {
		view.Limit = *a.q.Limit
	} else if a.q.Format == "table" {
		view.Limit = tableLimit
	}
	if a.out.file == nil {
		view.Screen = a.c.screen()
	}
	if a.results++; a.results > 1 {
		if a.q.Format != "table" {
			return usage("-f %s: a second query has rows: they are one file's", a.q.Format)
		}
		fmt.Fprintln(a.out)
	}
	written, err := query.Write(a.out, rows, view)
	if ferr := a.out.Flush(); err == nil {
		err = ferr
	}
	if err != nil {
		return err
	}
	if written.Rows == 0 {
		fmt.Fprintln(a.c.err, "coldtrail: no row")
	}
	if written.More {
		fmt.Fprintf(a.c.err, "coldtrail: the first %d rows are shown, there are more: --limit 0 shows all\n", written.Rows)
	}
	if written.Cut > 0 {
		fmt.Fprintf(a.c.err, "coldtrail: %d values are shortened (…): -f csv or -f jsonl has everything\n", written.Cut)
	}
	return nil
}

// export writes the rows as Parquet.
func (a *asker) export(ctx context.Context, sql string) error {
	limit := int64(0)
	if a.q.Limit != nil {
		limit = *a.q.Limit
	}
	if a.results++; a.results > 1 {
		return usage("-f parquet: a second query has rows: they are one file's")
	}
	done, err := a.db.Export(ctx, sql, limit)
	if err != nil {
		return err
	}
	a.notes(done.Notes)
	fmt.Fprintf(a.c.err, "coldtrail: %d rows are in %s\n", done.Rows, report.Terminal(a.q.Output))
	if limit > 0 && done.Rows == limit {
		fmt.Fprintf(a.c.err, "coldtrail: --limit %d was reached: there may be more\n", limit)
	}
	return nil
}

// told says what is wrong with the query that stands at a byte of text, and where, and returns
// what ends the command.
func (a *asker) told(err error, text, sql string, from int) error {
	var e *query.Error
	switch {
	case errors.Is(err, errTimeout):
		return &exitError{exitNoResult, fmt.Errorf("the query took longer than --timeout %s and was stopped", a.q.Timeout)}
	case !errors.As(err, &e):
		return err
	}
	code := exitUsage
	if e.Kind == query.KindMemory || e.Kind == query.KindEngine || e.Kind == query.KindValue {
		code = exitNoResult
	}
	if e.Line == 0 || strings.HasPrefix(strings.TrimSpace(sql), "@") {
		return &exitError{code, errors.New(e.Message)}
	}
	at := from + e.Offset
	begin := strings.LastIndexByte(text[:at], '\n') + 1
	line, _, _ := strings.Cut(text[begin:], "\n")
	before := report.Terminal(strings.ReplaceAll(text[begin:at], "\t", " "))
	fmt.Fprintf(a.c.err, "coldtrail: line %d, column %d: %s\n", 1+strings.Count(text[:begin], "\n"), 1+utf8.RuneCountInString(text[begin:at]), report.Terminal(e.Message))
	if short := report.Terminal(strings.ReplaceAll(line, "\t", " ")); utf8.RuneCountInString(short) <= maxExcerpt {
		fmt.Fprintf(a.c.err, "  %s\n  %s^\n", short, strings.Repeat(" ", utf8.RuneCountInString(before)))
	}
	return &exitError{code: code}
}

// maxExcerpt is how long a line of a query may be, in characters, that is shown with its error.
const maxExcerpt = 160

// list writes the questions.
func (q *queryCmd) list(c *console) error {
	asked := q.SQL // after a case, which may stand there as in other commands
	if strings.HasPrefix(q.Case, "@") {
		asked = append([]string{q.Case}, asked...)
	}
	if len(asked) == 1 && strings.HasPrefix(asked[0], "@") {
		question, ok := query.FindQuestion(asked[0][1:])
		if !ok {
			return absent("%s: there is no such question; --list has them", asked[0])
		}
		if q.Format == "json" {
			return c.json(asQuestion(&question))
		}
		return describe(c.unbroken(), &question)
	} else if len(asked) > 0 || q.File != "" {
		return usage("--list stands alone, or with @QUESTION")
	}
	if q.Format == "json" {
		all := []questionShown{}
		for i := range query.Questions {
			all = append(all, asQuestion(&query.Questions[i]))
		}
		return c.json(all)
	}
	width := 0
	for i := range query.Questions {
		width = max(width, len(query.Questions[i].Name))
	}
	for i := range query.Questions {
		if _, err := fmt.Fprintf(c.text(), "@%-*s  %s\n", width, query.Questions[i].Name, query.Questions[i].Title); err != nil {
			return err
		}
	}
	return nil
}

// describe writes all about a question.
func describe(w io.Writer, q *query.Question) error {
	fmt.Fprintf(w, "@%s: %s\n\n%s\n", q.Name, q.Title, strings.TrimSpace(q.Meaning))
	for i, p := range q.Params {
		if i == 0 {
			fmt.Fprintln(w)
		}
		standard := "default " + p.Default
		if p.Required {
			standard = "required"
		}
		fmt.Fprintf(w, "%s=%s (%s): %s\n", p.Name, strings.ToUpper(p.Type), standard, p.Doc)
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(q.SQL))
	return err
}

// A questionShown is a question as --list -f json has it.
type questionShown struct {
	Name       string          `json:"name"`
	Title      string          `json:"title"`
	Meaning    string          `json:"meaning"`
	Parameters []questionParam `json:"parameters"`
	SQL        string          `json:"sql"`
}

type questionParam struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required,omitempty"`
	Meaning  string `json:"meaning"`
}

func asQuestion(q *query.Question) questionShown {
	out := questionShown{q.Name, q.Title, oneLine(q.Meaning), []questionParam{}, strings.TrimSpace(q.SQL)}
	for _, p := range q.Params {
		out.Parameters = append(out.Parameters, questionParam{p.Name, p.Type, p.Default, p.Required, oneLine(p.Doc)})
	}
	return out
}
