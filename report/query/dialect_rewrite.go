package query

import (
	"fmt"
	"strings"
)

// A Rewritten statement is what the engine runs instead of the user's.
type Rewritten struct {
	SQL string
	// Kind is what the statement is: SELECT, EXPLAIN, SHOW, DESCRIBE, CREATE TABLE,
	// CREATE VIEW, INSERT, DROP TABLE, DROP VIEW, or NONE for one that changes
	// nothing here, such as the definition of a table that the evidence already is.
	Kind string
	// Target is the session's table that the statement makes, fills or drops, as
	// the engine names it. Empty for others.
	Target string
	// Lake is whether an event data store is asked: its columns keep the case in
	// which they were typed, where Athena's are lower case.
	Lake bool
	// Items are those of the outermost SELECT, if there is one. In SQL each of them
	// has the name that Trino would give it: _col0 and so on if it has none.
	Items []Item
	// Notes are what the user should know: what was left out, and where the answer
	// may differ from AWS's.
	Notes []string
	// Inner is the query of a CREATE TABLE AS, CREATE VIEW or INSERT, as the engine runs it.
	Inner string

	source string
	pieces []piece
}

// An Item is an item of a SELECT.
type Item struct {
	Name string // as typed; "" for an expression without a name
	Star bool   // all columns of what follows FROM, or of one table
}

// Position returns the offset in the user's text of what stands at a byte of SQL.
func (r *Rewritten) Position(offset int) int {
	return min(max(origin(r.pieces, offset), 0), len(r.source))
}

// Rewrite translates one statement of Athena's or CloudTrail Lake's dialect, which is
// Trino's, to that of the engine. Table names become the case's views, forms that the engine
// does not have become ones that it has, and functions that it answers differently
// become the macros that answer as Trino does (see macroFiles). An error is an *Error that points
// into sql. It is not a parser: what it does not know it leaves for the engine to judge.
func Rewrite(sql string) (*Rewritten, error) { return rewrite(sql, nil) }

// rewrite is Rewrite in a session that has tables of its own, whose lower-case names
// session reports.
func rewrite(sql string, session func(name string) bool) (*Rewritten, error) {
	r := newRewriter(sql, session)
	r.statement()
	if r.err != nil {
		return nil, r.err
	}
	r.settle()
	out := r.out
	out.SQL, out.pieces = r.render(0)
	if r.instead != "" {
		out.SQL, out.pieces = r.instead, nil
	}
	if r.inner > 0 {
		out.Inner, _ = r.render(r.inner)
	}
	return out, nil
}

// render writes the statement from token i on.
func (r *rewriter) render(i int) (string, []piece) {
	w := writing{e: r.e, tokens: r.tokens, places: r.places}
	if i < len(r.places) {
		w.render(i, len(r.places), len(r.e[i]))
	}
	return w.b.String(), w.pieces
}

// A rewriter goes over the tokens of a statement once, from left to right, and notes
// edits. After an error it stands at the end.
type rewriter struct {
	sql    string
	tokens []token
	places []int // in tokens, of those that are not white space
	e      edits // of those, by their number in places
	n      int   // number of the next one
	out    *Rewritten
	err    *Error

	level       int // the highest number of a name of the user's that looks like one of a lambda of macros
	grown       int // what macros added, about
	session     func(name string) bool
	depth       int
	ctes        []map[string]bool // names that WITH gives, by the queries around the place
	tables      []*tableName
	selects     []*selection
	mentioned   map[string]bool // partition columns that are asked for
	qualified   []qualifiedColumn
	chains      []node            // columns of three parts and more
	lambdas     []map[string]bool // parameters of the lambdas around the place
	parameters  int               // of those lambdas, in all
	items       int               // of all SELECTs
	windowed    int               // calls with OVER
	bareRows    int               // within operands of casts, whose rows get their names from the type
	rowLiterals map[int]bool      // the first tokens of such operands
	instead     string            // replaces the whole statement
	inner       int               // first token of Inner
	noted       map[string]bool
}

func newRewriter(sql string, session func(string) bool) *rewriter {
	r := &rewriter{sql: sql, tokens: tokenize(sql), session: session,
		out: &Rewritten{source: sql}, mentioned: map[string]bool{}, noted: map[string]bool{}, rowLiterals: map[int]bool{}}
	for i := range r.tokens {
		if r.tokens[i].kind != spaceToken {
			r.places = append(r.places, i)
		}
	}
	r.e = make(edits, len(r.places))
	r.level = levelOf(sql)
	for i := range r.places {
		r.literal(i)
	}
	return r
}

// noToken is the token after the last one.
var noToken = token{kind: spaceToken}

// token returns a token that is not white space, by its number.
func (r *rewriter) token(i int) *token {
	if i < 0 || i >= len(r.places) {
		return &noToken
	}
	return &r.tokens[r.places[i]]
}

// next returns the token that is to be looked at next.
func (r *rewriter) next() *token { return r.token(r.n) }

// more reports whether there is one.
func (r *rewriter) more() bool { return r.n < len(r.places) }

// sees reports whether these keywords and operators come next.
func (r *rewriter) sees(words ...string) bool {
	for i, w := range words {
		if !r.token(r.n + i).is(w) {
			return false
		}
	}
	return true
}

// accept goes over these keywords and operators if they come next.
func (r *rewriter) accept(words ...string) bool {
	if !r.sees(words...) {
		return false
	}
	r.n += len(words)
	return true
}

// refuse ends the rewriting with an error at a token. Only the first one counts.
func (r *rewriter) refuse(i int, kind Kind, format string, args ...any) {
	if r.err == nil {
		offset := len(r.sql)
		if i >= 0 && i < len(r.places) {
			offset = r.token(i).pos
		}
		r.err = at(kind, r.sql, offset, format, args...)
	}
	r.n = len(r.places)
}

// note tells the user something, once.
func (r *rewriter) note(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !r.noted[s] {
		r.noted[s] = true
		r.out.Notes = append(r.out.Notes, s)
	}
}

// maxNesting bounds how deep a statement nests. The engine refuses deeper ones too.
const maxNesting = 200

// nest counts a level of nesting, and reports whether it may be entered.
func (r *rewriter) nest() bool {
	if r.depth++; r.depth > maxNesting {
		r.refuse(r.n, KindSyntax, "statement nests more than %d levels deep", maxNesting)
		return false
	}
	return true
}

func (r *rewriter) unnest() { r.depth-- }

// What a statement may have. For more of it the engine takes minutes and gigabytes before it runs anything,
// and counts neither; Athena gives up on such statements too.
const (
	maxSelects = 1000
	maxItems   = 10_000
	maxFields  = 1000
	maxWindows = 500
)

// count counts one more of what a statement may have so many of.
func (r *rewriter) count(n *int, most int, what string) {
	if *n++; *n > most {
		r.refuse(r.n, KindSyntax, "statement has more than %d %s", most, what)
	}
}

// text returns the user's text of the tokens from i up to j.
func (r *rewriter) text(i, j int) string {
	if i >= j {
		return ""
	}
	return r.sql[r.token(i).pos:r.token(j-1).end()]
}

// literal checks a token by itself and translates literals that the engine does not have.
func (r *rewriter) literal(i int) {
	t := r.token(i)
	switch {
	case t.kind == badToken:
		r.refuse(i, KindSyntax, "%s has no end", unfinished(t.text))
	case t.is("$$"):
		r.refuse(i, KindSyntax, "$$ does not quote a string: write '…'")
	case t.kind == textToken && t.text[0] != '\'':
		s, err := plainLiteral(t.text)
		if err != "" {
			r.refuse(i, KindSyntax, "%s", err)
			return
		}
		r.e.replace(i, i+1, s)
	case t.kind == numberToken:
		if s, ok := plainNumber(t.text, r.token(i-1).is("-")); !ok {
			r.refuse(i, KindSyntax, "number %s is too big", t.text)
		} else if s != t.text {
			r.e.replace(i, i+1, s)
		}
	case t.kind == quotedToken && t.text[0] == '`':
		name, _ := t.name()
		r.e.replace(i, i+1, quoteName(name))
	case t.kind == wordToken && isDigit(t.text[0]):
		r.refuse(i, KindSyntax, "name %s begins with a digit: put it in double quotes", t.text)
	}
}

func unfinished(text string) string {
	switch {
	case strings.HasPrefix(text, "/*"):
		return "comment"
	case text[0] == '"' || text[0] == '`':
		return "quoted name"
	default:
		return "string"
	}
}

// quoteName returns an identifier in double quotes.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
