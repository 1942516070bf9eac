package serve

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

// sqlRows is how many rows of an answer a page shows; a file has all.
const sqlRows = 1000

// maxCell bounds the text of a cell on a page, in bytes; a text shorter than shortCell is not broken into lines.
const (
	maxCell   = 2000
	shortCell = 44
)

// A sqlView is the page on which one asks in SQL.
type sqlView struct {
	SQL      string // as typed; "": the question's
	Question *query.Question
	Params   []paramValue
	Bound    string // the question's SQL with its parameters
	Token    string
	Link     string // to this page, before it is run
	Engine   string // why there is none; "": there is
	Problem  string
	Where    string // the line that is wrong, and a mark below it
	Ran      bool
	Columns  []query.Column
	Rows     [][]cell
	More     bool // the answer goes on
	Notes    []string
}

// Unseen reports whether the text has characters that cannot be seen, white space apart.
func (v *sqlView) Unseen() bool {
	return strings.ContainsFunc(v.SQL, func(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune(" \t\r\n", r) })
}

// BoundText is the question's SQL for reading.
func (v *sqlView) BoundText() string {
	lines := strings.Split(v.Bound, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

// A paramValue is a parameter of a question and its value, which is "" for the default.
type paramValue struct {
	query.Param
	Value string
}

// A cell is a value of an answer.
type cell struct {
	Text  string
	Null  bool
	Cut   int    // bytes that are left out
	Place string // a page about it, below the case
	Class string // for its look
}

// parameterPrefix stands before the parameters of a question in a URL.
const parameterPrefix = "p."

// sqlPage shows the form. What a URL says is filled in and, so that a link in a page of somebody else
// cannot run anything, only run where the browser says that it comes from a page of this server.
func (b *browser) sqlPage(r *http.Request) (*answer, error) {
	v, err := b.sqlForm(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if r.Header.Get("Sec-Fetch-Site") == "same-origin" && r.Method == http.MethodGet && v.Problem == "" {
		err = b.ask(r.Context(), v)
	}
	return v.answer(), err
}

func (v *sqlView) answer() *answer {
	a := &answer{template: "sql", title: "SQL", section: "sql", data: v, posts: true}
	if v.Question != nil {
		a.title = v.Question.Title
	}
	return a
}

// sqlRun runs what the form says, for a page or a file.
func (b *browser) sqlRun(r *http.Request) (*answer, error) {
	if err := r.ParseForm(); err != nil {
		return nil, badRequest("form: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(b.Token)) != 1 {
		return nil, &pageError{http.StatusForbidden, errors.New("SQL: the form is not one of this server, or of an earlier one: load the page again")}
	}
	q := maps.Clone(r.PostForm)
	format := q.Get("format")
	delete(q, "token")
	delete(q, "format")
	v, err := b.sqlForm(q)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Problem != "":
		return v.answer(), nil
	case format == "":
		err := b.ask(r.Context(), v)
		return v.answer(), err
	case !slices.Contains(sqlFormats, format):
		return nil, badRequest("format %q: not one of %v", format, sqlFormats)
	}
	return b.sqlFile(r.Context(), v, format)
}

// sqlForm fills the form.
func (b *browser) sqlForm(q url.Values) (*sqlView, error) {
	v := &sqlView{SQL: q.Get("q"), Token: b.Token}
	names := []string{"q", "question"}
	args := map[string]string{}
	if name := q.Get("question"); name != "" {
		question, ok := query.FindQuestion(name)
		if !ok {
			return nil, notFound("question %q: there is none of that name", name)
		}
		v.Question = &question
		for _, p := range question.Params {
			field := parameterPrefix + p.Name
			value := strings.TrimSpace(q.Get(field))
			if names = append(names, field); value != "" {
				args[p.Name] = value
			}
			v.Params = append(v.Params, paramValue{p, value})
		}
	}
	if err := known(q, names...); err != nil {
		return nil, err
	}
	if v.Question != nil {
		var err error
		if v.Bound, err = v.Question.Bind(args); err != nil {
			v.Problem = err.Error()
		}
	}
	v.Link = linkTo(q)
	return v, nil
}

// linkTo are the parameters without those that are empty.
func linkTo(q url.Values) string {
	out := url.Values{}
	for name, values := range q {
		if values[0] != "" {
			out.Set(name, values[0])
		}
	}
	return out.Encode()
}

// statement is what is to be run; "": nothing.
func (v *sqlView) statement() string {
	if strings.TrimSpace(v.SQL) != "" {
		return v.SQL
	}
	return v.Bound
}

// open runs the statement. What is wrong with it stands in the view.
func (b *browser) open(ctx context.Context, v *sqlView) (*query.Rows, error) {
	rows, found, err := b.SQL.query(ctx, v.statement())
	if errors.Is(err, query.ErrNoSQL) {
		v.Engine = err.Error()
		return nil, nil
	} else if !found {
		return nil, err
	}
	return rows, v.wrong(ctx, err)
}

// wrong keeps what is wrong with the statement for the page; other errors are returned.
func (v *sqlView) wrong(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	v.Problem = err.Error()
	var known *query.Error
	if errors.As(err, &known) && known.Line > 0 {
		lines := strings.Split(v.statement(), "\n")
		if known.Line <= len(lines) {
			v.Where = report.Terminal(lines[known.Line-1]) + "\n" + markAt(lines[known.Line-1], known.Column)
		}
	}
	return nil
}

// markAt is a line with a mark below a character of another one.
func markAt(line string, column int) string {
	before := line
	for i := range line {
		if column--; column == 0 {
			before = line[:i]
			break
		}
	}
	return strings.Repeat(" ", utf8.RuneCountInString(report.Terminal(before))) + "^"
}

// ask runs the statement for the page.
func (b *browser) ask(ctx context.Context, v *sqlView) error {
	if v.statement() == "" {
		return nil
	}
	rows, err := b.open(ctx, v)
	if err != nil || rows == nil {
		return err
	}
	defer rows.Close()
	v.Columns, v.Notes = rows.Columns(), rows.Notes()
	for rows.Next() {
		if len(v.Rows) == sqlRows {
			v.More = true
			break
		}
		v.Rows = append(v.Rows, cells(v.Columns, rows.Values()))
	}
	v.Ran = rows.Err() == nil
	return v.wrong(ctx, rows.Err())
}

// cells shows the values of a row.
func cells(columns []query.Column, values []any) []cell {
	out := make([]cell, len(values))
	for i, value := range values {
		c := cell{Text: query.Text(value), Null: value == nil}
		switch n, whole := value.(int64); {
		case strings.EqualFold(columns[i].Name, "ordinal") && whole && n >= 0:
			c.Place = fmt.Sprintf("/event/%d", n)
		case isEventID(columns[i].Name) && c.Text != "" && len(c.Text) < maxCell:
			c.Place = "/events?" + url.Values{"id": {c.Text}}.Encode()
		case strings.EqualFold(columns[i].Name, "finding_id") && c.Text != "":
			c.Place = "/findings/" + url.PathEscape(c.Text)
		}
		switch {
		case numeric(columns[i].Type):
			c.Class = "num"
		case len(c.Text) < shortCell:
			c.Class = "nowrap"
		}
		if len(c.Text) > maxCell {
			c.Cut = len(c.Text) - maxCell
			c.Text = c.Text[:maxCell]
		}
		out[i] = c
	}
	return out
}

// numeric reports whether a column has numbers.
func numeric(kind string) bool {
	switch kind {
	case "tinyint", "smallint", "integer", "bigint", "real", "float", "double", "decimal":
		return true
	}
	return false
}

func isEventID(name string) bool {
	return strings.EqualFold(name, "eventid") || strings.EqualFold(name, "event_id")
}

// sqlFormats are the formats of files.
var sqlFormats = []string{"csv", "json"}

// sqlFile is the whole answer as a file.
func (b *browser) sqlFile(ctx context.Context, v *sqlView, format string) (*answer, error) {
	rows, err := b.open(ctx, v)
	if err != nil || rows == nil {
		return v.answer(), err
	}
	return &answer{write: func(w http.ResponseWriter) error {
		defer rows.Close()
		download(w, "result."+format)
		out := bufio.NewWriterSize(w, 64<<10)
		var err error
		if format == "csv" {
			err = writeRowsCSV(out, rows)
		} else {
			err = writeRowsJSON(out, rows)
		}
		if err == nil {
			err = rows.Err()
		}
		if err == nil {
			err = out.Flush()
		}
		return err
	}}, nil
}

// writeRowsCSV writes a line for the columns and one for each row.
func writeRowsCSV(w *bufio.Writer, rows *query.Rows) error {
	for i, c := range rows.Columns() {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString(report.CSV(c.Name))
	}
	w.WriteByte('\n')
	for rows.Next() {
		for i, v := range rows.Values() {
			if i > 0 {
				w.WriteByte(',')
			}
			w.WriteString(report.CSV(query.Text(v)))
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

// writeRowsJSON writes an array of objects, one a line.
func writeRowsJSON(w *bufio.Writer, rows *query.Rows) error {
	var line []byte
	for separator := "[\n"; rows.Next(); separator = ",\n" {
		line = append(line[:0], separator...)
		for i, v := range rows.Values() {
			line = append(line, "{,"[min(i, 1)])
			line = append(query.AppendJSON(line, rows.Columns()[i].Name), ':')
			line = query.AppendJSON(line, v)
		}
		if _, err := w.Write(append(line, '}')); err != nil {
			return err
		}
	}
	if line == nil {
		w.WriteByte('[')
	}
	_, err := w.WriteString("\n]\n")
	return err
}

// questionsPage lists the named questions.
func (b *browser) questionsPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	if err := known(q, "q"); err != nil {
		return nil, err
	}
	data := struct {
		Text      string
		Total     int
		Questions []query.Question
	}{Text: q.Get("q"), Total: len(query.Questions)}
	for _, question := range query.Questions {
		if containsFold(question.Name+"\n"+question.Title+"\n"+question.Meaning, data.Text) {
			data.Questions = append(data.Questions, question)
		}
	}
	return &answer{template: "questions", title: "Questions", section: "questions", data: data}, nil
}
