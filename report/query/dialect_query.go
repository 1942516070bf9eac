package query

// A selection is a SELECT that was read.
type selection struct {
	outermost bool
	items     []selectItem
	located   bool // one of its own tables is the evidence by Athena's name
}

// A selectItem is an item of a SELECT.
type selectItem struct {
	from, to int // its expression's tokens
	name     string
	named    bool // by the user, with AS or without
	star     bool // * alone
}

// query goes over a query: WITH, SELECTs and what joins them, ORDER BY and LIMIT. It
// stops at what does not belong to it.
func (r *rewriter) query(outermost bool) {
	if !r.nest() {
		return
	}
	defer r.unnest()
	r.ctes = append(r.ctes, map[string]bool{})
	if r.accept("WITH") {
		r.with()
	}
	r.queryTerm(outermost)
	for r.next().isAny("UNION", "INTERSECT", "EXCEPT") {
		r.n++
		if !r.accept("ALL") {
			r.accept("DISTINCT")
		}
		r.queryTerm(false)
	}
	r.orderAndLimit()
	r.ctes = r.ctes[:len(r.ctes)-1]
}

// with goes over the queries of a WITH. Each sees those before it, and with RECURSIVE itself.
func (r *rewriter) with() {
	recursive := r.accept("RECURSIVE")
	names := r.ctes[len(r.ctes)-1]
	for r.more() {
		name, ok := r.next().name()
		if !ok {
			r.refuse(r.n, KindSyntax, "WITH wants a name here")
			return
		}
		names[key(name)] = recursive || names[key(name)]
		r.quoteIfReserved(r.n)
		r.n++
		if r.next().is("(") {
			r.brackets(r.skip)
		}
		if !r.accept("AS") {
			r.refuse(r.n, KindSyntax, "WITH wants AS here")
			return
		}
		_ = r.accept("NOT", "MATERIALIZED") || r.accept("MATERIALIZED")
		r.subquery()
		names[key(name)] = true
		if !r.accept(",") {
			return
		}
	}
}

// subquery goes over a query in parentheses.
func (r *rewriter) subquery() {
	r.brackets(func() { r.query(false) })
}

// queryTerm goes over a SELECT, VALUES, TABLE or a query in parentheses.
func (r *rewriter) queryTerm(outermost bool) {
	switch {
	case r.next().is("("):
		if r.nest() {
			r.brackets(func() { r.query(outermost) })
			r.unnest()
		}
	case r.accept("SELECT"):
		r.selectBody(outermost)
	case r.accept("VALUES"):
		r.values()
	case r.accept("TABLE"):
		r.e.replace(r.n-1, r.n, "SELECT * FROM")
		r.selects = append(r.selects, &selection{})
		r.relation(r.selects[len(r.selects)-1])
	default:
		r.refuse(r.n, KindSyntax, "SELECT, VALUES, TABLE or a query in parentheses is expected here%s", r.found())
	}
}

// found says for an error what stands at the place.
func (r *rewriter) found() string {
	if !r.more() {
		return ", not the end"
	}
	return ", not " + r.next().text
}

// selectBody goes over what follows SELECT.
func (r *rewriter) selectBody(outermost bool) {
	s := &selection{outermost: outermost}
	r.selects = append(r.selects, s)
	if len(r.selects) > maxSelects {
		r.refuse(r.n, KindSyntax, "statement has more than %d SELECTs", maxSelects)
		return
	}
	if !r.accept("ALL") && r.accept("DISTINCT") && r.accept("ON") {
		r.brackets(r.list)
	}
	for r.more() {
		s.items = append(s.items, r.item())
		r.count(&r.items, maxItems, "columns in its SELECTs")
		if !r.accept(",") {
			break
		}
	}
	if r.accept("FROM") {
		r.relation(s)
		for r.accept(",") {
			r.relation(s)
		}
	}
	r.clauses()
}

// clauses goes over WHERE, GROUP BY, HAVING, WINDOW and QUALIFY.
func (r *rewriter) clauses() {
	for {
		switch {
		case r.accept("WHERE"), r.accept("HAVING"), r.accept("QUALIFY"):
			r.expression()
		case r.accept("GROUP", "BY"):
			r.groupBy()
		case r.next().is("WINDOW") && r.token(r.n+2).is("AS"):
			r.windows()
		default:
			return
		}
	}
}

// groupBy goes over the elements of a GROUP BY. The engine's GROUP BY ALL is something else
// than Trino's.
func (r *rewriter) groupBy() {
	if r.next().isAny("ALL", "DISTINCT") {
		if r.next().is("DISTINCT") {
			r.refuse(r.n, KindSyntax, "GROUP BY DISTINCT is not supported: leave out the grouping sets that are there twice")
			return
		}
		r.e.replace(r.n, r.n+1, "")
		r.n++
	}
	for r.more() {
		if r.accept("GROUPING", "SETS") && r.next().is("(") {
			r.brackets(r.list)
		} else {
			r.expression()
		}
		if !r.accept(",") {
			return
		}
	}
}

// windows goes over name AS (…), ….
func (r *rewriter) windows() {
	r.n++
	for r.more() {
		r.n += 2
		r.brackets(r.window)
		if !r.accept(",") {
			return
		}
	}
}

// orderAndLimit goes over ORDER BY, OFFSET, LIMIT and FETCH FIRST. NULL is last in either
// direction, as it is for the engine.
func (r *rewriter) orderAndLimit() {
	if r.accept("ORDER", "BY") {
		r.orderBy()
	}
	for {
		switch {
		case r.accept("OFFSET"):
			r.expression()
			_ = r.accept("ROWS") || r.accept("ROW")
		case r.accept("LIMIT"):
			if !r.accept("ALL") {
				r.expression()
			}
		case r.next().is("FETCH") && r.token(r.n+1).isAny("FIRST", "NEXT"):
			r.fetch()
		default:
			return
		}
	}
}

func (r *rewriter) fetch() {
	r.n += 2
	if r.next().isAny("ROW", "ROWS") {
		r.e.before(r.n, "1 ")
	} else {
		r.expression()
	}
	_ = r.accept("ROWS") || r.accept("ROW")
	if r.sees("WITH", "TIES") {
		r.refuse(r.n, KindSyntax, "WITH TIES is not supported: number the rows with rank() and compare it")
	}
	r.accept("ONLY")
}

// orderBy goes over the sort items.
func (r *rewriter) orderBy() {
	for r.more() {
		r.expression()
		_ = r.accept("ASC") || r.accept("DESC")
		_ = r.accept("NULLS", "FIRST") || r.accept("NULLS", "LAST")
		if !r.accept(",") {
			return
		}
	}
}

// values goes over the rows of VALUES. A row of one column needs no parentheses in Trino,
// and may be a ROW.
func (r *rewriter) values() {
	for r.more() {
		from := r.n
		if r.sees("ROW", "(") {
			r.e.replace(r.n, r.n+1, "")
			r.n++
			r.brackets(r.list)
		} else if x := r.expression(); x.shape != groupShape {
			r.e.wrap(from, r.n, "(", ")")
		}
		if !r.accept(",") {
			return
		}
	}
}

// item goes over an item of a SELECT.
func (r *rewriter) item() selectItem {
	it := selectItem{from: r.n}
	if r.accept("*") {
		it.star = true
		it.to = r.n
		r.starOptions()
		return it
	}
	x := r.expression()
	it.to = r.n
	switch {
	case x.shape == starShape:
		it.star = true
		r.starOptions()
	case r.accept("AS"):
		it.name, it.named = r.alias()
	case r.next().kind == quotedToken, r.next().kind == wordToken && !reserved[upper(r.next().text)]:
		it.name, it.named = r.alias()
	case x.shape == columnShape:
		it.name = typedName(r.token(r.n - 1))
	}
	return it
}

// starOptions goes over what the engine allows after a star: EXCLUDE (…), REPLACE (…), RENAME (…).
func (r *rewriter) starOptions() {
	for r.next().isAny("EXCLUDE", "REPLACE", "RENAME") && r.token(r.n+1).is("(") {
		r.n++
		r.brackets(r.skip)
	}
}

// alias goes over the name that something is given.
func (r *rewriter) alias() (name string, ok bool) {
	t := r.next()
	if t.kind != wordToken && t.kind != quotedToken {
		r.refuse(r.n, KindSyntax, "a name is expected here%s", r.found())
		return "", false
	}
	name = typedName(t)
	if t.kind == wordToken {
		r.e.replace(r.n, r.n+1, quoteName(name))
	}
	r.n++
	return name, true
}
