package report

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// A LookupView says how a look-up is written: as the AWS CLI does, version 2, with times
// in UTC and no colours.
type LookupView struct {
	Format string // "json", "text", "table", "yaml" or "yaml-stream"
	Query  string // JMESPath; "": everything

	PageSize      int    // events of a page; 0: 50. text and yaml-stream write, and text searches, page by page
	MaxItems      int    // events in all; less than 0: no limit
	StartingToken string // what an earlier look-up with MaxItems gave; "": from the newest event on

	Single    bool   // one page and AWS's own token, as the AWS CLI with --no-paginate
	NextToken string // where that page begins; "": with the newest event

	Width     int  // of a table, in characters; 0: 80
	Printable bool // what does not print is escaped: for a terminal
	MaxBytes  int  // bounds the memory for what must be held whole: tables, yaml, results of queries; 0: 1 GiB
}

// LookupFormats are the formats of a LookupView.
var LookupFormats = []string{"json", "text", "table", "yaml", "yaml-stream"}

// Check says what is wrong with a view.
func (v *LookupView) Check() error {
	if !slices.Contains(LookupFormats, v.Format) {
		return fmt.Errorf("output %q: not one of %q", v.Format, LookupFormats)
	}
	if v.PageSize != 0 {
		if err := CheckLookupResults(v.PageSize); err != nil {
			return err
		}
	}
	_, err := v.compile()
	return err
}

func (v *LookupView) compile() (*jmespath.Expression, error) {
	if v.Query == "" {
		return nil, nil
	}
	e, err := jmespath.Compile(v.Query)
	if err != nil {
		err = fmt.Errorf("query %s: %w", quoteShort(v.Query), err)
	}
	return e, err
}

// WriteLookup writes the events that a query selects, and returns how many there are before the view's
// query. Where the view's limit leaves out some, a token follows from which to go on.
func (s *EventStore) WriteLookup(ctx context.Context, w io.Writer, q *LookupQuery, v LookupView) (events int64, err error) {
	if err := errors.Join(q.Check(), v.Check()); err != nil {
		return 0, err
	}
	out := &lookupWriter{w: w, view: &v, show: func(s string) string { return s }}
	if out.query, err = v.compile(); err != nil {
		return 0, err
	}
	if v.Printable && v.Format != "json" {
		out.show = Terminal
	}
	pages := newLookupPager(s, q, &v)
	err = pages.each(ctx, out.page)
	if err == nil {
		err = out.end(pages.resume)
	}
	return pages.seen, err
}

// A lookupWriter writes pages, as they come where the format allows that.
type lookupWriter struct {
	w     io.Writer
	view  *LookupView
	query *jmespath.Expression
	show  func(string) string

	begun bool // of streamed JSON
	held  []any
	bytes int
	next  string // AWS's token behind the single page
	b     []byte
}

func (o *lookupWriter) page(p *lookupPage) error {
	switch {
	case o.view.Format == "json" && o.query == nil:
		return o.streamJSON(p)
	case o.view.Format == "yaml-stream":
		return o.streamYAML(p)
	case o.view.Format == "text" && !o.view.Single:
		return o.streamText(lookupResult(p.objects(), ""))
	}
	o.next = p.next
	for i := range p.events {
		o.bytes += len(p.events[i].Record) + 1000
		o.held = append(o.held, p.events[i].object())
	}
	if limit := o.limit(); o.bytes > limit {
		return fmt.Errorf("the first %s take more than the %d MiB that may be held: narrow the look-up, take --max-items, or --output json or text",
			plural(int64(len(o.held)), "event"), limit>>20)
	}
	return nil
}

func (o *lookupWriter) limit() int {
	if o.view.MaxBytes > 0 {
		return o.view.MaxBytes
	}
	return 1 << 30
}

// lookupResult is what the AWS CLI prints or searches.
func lookupResult(events []any, token string) *jmespath.Object {
	if events == nil {
		events = jmespath.NewArray(0)
	}
	r := &jmespath.Object{Members: []jmespath.Member{{Name: "Events", Value: events}}}
	if token != "" {
		r.Set("NextToken", token)
	}
	return r
}

// end writes what is held, and the token.
func (o *lookupWriter) end(resume string) error {
	switch {
	case o.view.Format == "json" && o.query == nil:
		return o.endJSON(resume)
	case o.view.Format == "yaml-stream":
		return nil
	case o.view.Format == "text" && !o.view.Single:
		if resume == "" {
			return nil
		}
		token := &jmespath.Object{Members: []jmespath.Member{{Name: "NextToken", Value: resume}}}
		return o.streamText(&jmespath.Object{Members: []jmespath.Member{{Name: "NextToken", Value: token}}})
	}
	if o.view.Single {
		resume = o.next
	}
	return o.whole(lookupResult(o.held, resume))
}

// search applies the query.
func (o *lookupWriter) search(v any) (any, error) {
	if o.query == nil {
		return v, nil
	}
	v, err := o.query.Search(v)
	if err != nil {
		err = fmt.Errorf("query %s: %w", quoteShort(o.view.Query), err)
	}
	return v, err
}

func (o *lookupWriter) streamText(v any) error {
	v, err := o.search(v)
	if err != nil {
		return err
	}
	return o.text(v)
}

func (o *lookupWriter) text(v any) error {
	t := textWriter{show: o.show}
	t.value(v, "", nil)
	if t.err != nil {
		return t.err
	}
	_, err := o.w.Write(t.Bytes())
	return err
}

func (o *lookupWriter) streamYAML(p *lookupPage) error {
	v, err := o.search(lookupResult(p.objects(), p.next))
	if err != nil {
		return err
	}
	return o.yaml(append(jmespath.NewArray(1), v))
}

func (o *lookupWriter) yaml(v any) error {
	y := yamlWriter{show: o.show}
	if err := y.document(v); err != nil {
		return err
	}
	_, err := o.w.Write(y.Bytes())
	return err
}

// whole writes a result in one piece. Of an empty object there is none.
func (o *lookupWriter) whole(v any) error {
	v, err := o.search(v)
	if err != nil {
		return err
	}
	empty, _ := v.(*jmespath.Object)
	switch o.view.Format {
	case "text":
		return o.text(v)
	case "table":
		t, err := lookupTableOf(v, o.width(), o.show)
		if err == nil {
			_, err = o.w.Write(t.render())
		}
		return err
	case "yaml":
		if identity(v) != nil {
			if empty != nil && len(empty.Members) == 0 {
				return nil
			}
			return o.yaml(v)
		}
	}
	if empty != nil && len(empty.Members) == 0 {
		return nil
	}
	return o.json(append(appendPythonJSON(nil, v, 0), '\n'))
}

func (o *lookupWriter) width() int {
	if o.view.Width > 0 {
		return o.view.Width
	}
	return 80
}

// json writes JSON as it is, or with what does not print as escapes.
func (o *lookupWriter) json(b []byte) error {
	if o.view.Printable {
		b = appendPrintable(nil, b)
	}
	_, err := o.w.Write(b)
	return err
}

// streamJSON writes events one by one: together with endJSON what whole would write.
func (o *lookupWriter) streamJSON(p *lookupPage) error {
	o.next = p.next
	for i := range p.events {
		o.b = o.b[:0]
		if !o.begun {
			o.b = append(o.b, "{\n    \"Events\": ["...)
		}
		o.b = appendPythonJSON(appendBreak(o.b, btoi(o.begun), 2), p.events[i].object(), 2)
		o.begun = true
		if err := o.json(o.b); err != nil {
			return err
		}
	}
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (o *lookupWriter) endJSON(resume string) error {
	if o.view.Single {
		resume = o.next
	}
	b := []byte("\n    ]")
	if !o.begun {
		b = []byte("{\n    \"Events\": []")
	}
	if resume != "" {
		b = appendWireString(append(b, ",\n    \"NextToken\": "...), resume)
	}
	return o.json(append(b, "\n}\n"...))
}

// A cliToken is the token of the AWS CLI, for --starting-token: AWS's own, and how many events of its page were shown.
type cliToken struct {
	NextToken *string `json:"NextToken"`
	Shown     int     `json:"boto_truncate_amount,omitempty"`
}

func parseCLIToken(text string) (t cliToken, err error) {
	if b, err := base64.StdEncoding.DecodeString(text); err == nil && json.Unmarshal(b, &t) == nil {
		if t.Shown < 0 || t.NextToken != nil && *t.NextToken == "" {
			return t, errToken
		}
		return t, nil
	}
	return cliToken{NextToken: &text}, nil // AWS's own serves as well
}

// cliTokenText writes a token as the AWS CLI does: base64 of Python's JSON.
func cliTokenText(next string, shown int) string {
	var b strings.Builder
	b.WriteString(`{"NextToken": `)
	if next == "" {
		b.WriteString("null")
	} else {
		b.Write(appendWireString(nil, next))
	}
	if shown >= 0 {
		fmt.Fprintf(&b, `, "boto_truncate_amount": %d`, shown)
	}
	b.WriteByte('}')
	return base64.StdEncoding.EncodeToString([]byte(b.String()))
}
