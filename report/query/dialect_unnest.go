package query

import "strings"

// unnestRelation goes over UNNEST(…) [WITH ORDINALITY] [[AS] name [(columns)]].
//
// An array of rows gives one column that holds the row, as Athena does; Trino makes a column of
// each field (Trino, "SELECT: UNNEST"). With as many names as that takes, Trino's reading is
// meant. A map gives a column of keys and one of values.
func (r *rewriter) unnestRelation() {
	u := unnesting{at: r.n}
	r.n++
	r.brackets(func() {
		for r.more() && !r.next().is(")") {
			u.args = append(u.args, r.expression())
			if !r.accept(",") {
				return
			}
		}
	})
	u.shut = r.n - 1
	if r.sees("WITH", "ORDINALITY") {
		u.ordinality = r.n
		r.n += 2
	}
	if r.err != nil || len(u.args) == 0 {
		return
	}
	u.alias = r.relationAlias()
	if u.alias >= 0 && r.token(u.alias+1).is("(") {
		for i := u.alias + 2; i < r.n-1; i++ {
			if r.isName(i) {
				u.columns = append(u.columns, i)
			}
		}
	}
	if r.err == nil {
		r.expand(&u)
	}
}

// An unnesting is an UNNEST that was read.
type unnesting struct {
	at, shut   int
	args       []node
	ordinality int   // the token of WITH, or 0
	alias      int   // the token of the table's name, or -1
	columns    []int // the tokens of the columns' names
}

// expand writes an UNNEST that the engine does not have as a query that has its columns.
func (r *rewriter) expand(u *unnesting) {
	values := len(u.columns)
	if u.ordinality > 0 && values > 0 {
		values--
	}
	rows := []any{u.args[0]}
	switch {
	case len(u.args) == 1 && values <= 1:
		return // the engine's own
	case len(u.args) > 1 && values != len(u.args):
		r.refuse(u.at, KindSyntax, "UNNEST of %d arrays wants as many names for its columns: AS t (a, b)", len(u.args))
		return
	case len(u.args) > 1:
		m := r.macro(u.at, "zip", u.args)
		if m == nil {
			return
		}
		rows = []any{r.written(m, u.args)}
	case values == 2 && !r.isRows(u.args[0]):
		rows = []any{"map_entries(", u.args[0], ")"}
	}
	var columns []string
	for i := 1; i <= values; i++ {
		columns = append(columns, "struct_extract_at(unnested_row, "+number(i)+")")
	}
	end := u.shut + 1
	if u.ordinality > 0 {
		columns = append(columns, "unnested_number")
		end = u.ordinality + 2
	}
	parts := append([]any{"LATERAL (SELECT " + strings.Join(columns, ", ") + " FROM unnest("}, rows...)
	r.e.put(u.at, end, append(parts, ") WITH ORDINALITY AS unnested(unnested_row, unnested_number))")...)
}

// isRows reports whether an expression looks like an array of rows, not like a map.
func (r *rewriter) isRows(x node) bool {
	last := r.token(x.to - 1)
	if x.shape == columnShape && last.is("resources") || r.token(x.from).isAny("zip", "map_entries") {
		return true
	}
	for i := x.from; i < x.to; i++ {
		if r.token(i).is("ROW") {
			return true
		}
	}
	return false
}
