package query

// relation goes over a relation of a FROM, with the joins that follow.
func (r *rewriter) relation(s *selection) {
	if !r.nest() {
		return
	}
	defer r.unnest()
	r.primaryRelation(s)
	for r.join() {
		r.primaryRelation(s)
		switch {
		case r.accept("ON"):
			r.expression()
		case r.accept("USING"):
			r.brackets(r.skip)
		}
	}
}

// join goes over the words of a join, and reports whether there were any.
func (r *rewriter) join() bool {
	i := r.n
	for r.token(i).isAny("NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "SEMI", "ANTI", "ASOF") {
		i++
	}
	if !r.token(i).is("JOIN") {
		return false
	}
	r.n = i + 1
	return true
}

// primaryRelation goes over a table, a query or UNNEST, with its alias.
func (r *rewriter) primaryRelation(s *selection) {
	r.accept("LATERAL")
	t := r.next()
	var table *tableName
	switch {
	case t.is("("):
		r.parenthesized(s)
	case t.is("UNNEST") && r.token(r.n+1).is("("):
		r.unnestRelation()
		return
	case t.is("VALUES"):
		r.n++
		r.values()
	case t.kind == wordToken && r.token(r.n+1).is("("):
		r.refuse(r.n, KindRefused, "table function %s is not available: %s", t.text, "only UNNEST and VALUES make rows here")
		return
	case t.kind == textToken:
		r.refuse(r.n, KindRefused, "a string is no table: names stand in double quotes or without any")
		return
	default:
		if table = r.tableName(s); table == nil {
			return
		}
	}
	alias := r.relationAlias()
	if table != nil {
		table.alias = alias
	}
	r.sample()
	if r.next().isAny("MATCH_RECOGNIZE") || r.sees("FOR", "TIMESTAMP", "AS") || r.sees("FOR", "VERSION", "AS") {
		r.refuse(r.n, KindSyntax, "%s is not supported", upper(r.next().text))
	}
}

// parenthesized goes over a query or a join in parentheses.
func (r *rewriter) parenthesized(s *selection) {
	i := r.n
	for r.token(i).is("(") {
		i++
	}
	if r.token(i).isAny("SELECT", "WITH", "VALUES", "TABLE") {
		r.subquery()
		return
	}
	r.brackets(func() { r.relation(s) })
}

// relationAlias goes over [AS] name [(columns)], and returns the name's token, or -1.
func (r *rewriter) relationAlias() int {
	t := r.next()
	if t.is("AS") {
		r.n++
	} else if t.kind != quotedToken && (t.kind != wordToken || reserved[upper(t.text)] || t.isAny("LATERAL", "SEMI", "ANTI", "ASOF", "POSITIONAL", "SET", "ON")) {
		return -1
	}
	i := r.n
	if _, ok := r.alias(); !ok {
		return -1
	}
	if r.next().is("(") {
		r.brackets(r.columnNames)
	}
	return i
}

// columnNames goes over names with commas between them.
func (r *rewriter) columnNames() {
	for r.isName(r.n) {
		r.alias()
		if !r.accept(",") {
			return
		}
	}
}

// sample goes over TABLESAMPLE method (percentage), to which the engine wants PERCENT.
func (r *rewriter) sample() {
	if !r.accept("TABLESAMPLE") {
		return
	}
	if !r.next().isAny("BERNOULLI", "SYSTEM") || !r.token(r.n+1).is("(") {
		r.refuse(r.n, KindSyntax, "TABLESAMPLE wants BERNOULLI (percentage) or SYSTEM (percentage)")
		return
	}
	if r.token(r.n+2).kind != numberToken || !r.token(r.n+3).is(")") {
		r.refuse(r.n+2, KindSyntax, "TABLESAMPLE wants a number as its percentage")
		return
	}
	if r.next().is("SYSTEM") {
		r.note("TABLESAMPLE SYSTEM takes blocks of rows that are not those that Athena takes")
	}
	r.e.after(r.n+2, " PERCENT")
	r.n += 4
}
