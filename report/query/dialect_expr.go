package query

import "strings"

// A shape is what an expression is by its looks.
type shape uint8

const (
	noShape       shape = iota // no expression: none begins here
	otherShape                 // any
	columnShape                // a column, or a field of one: a.b.c
	starShape                  // a.*
	textShape                  // a string
	numberShape                // a number
	groupShape                 // one expression or a query in parentheses, or a row
	dateShape                  // a date, as far as the looks of an expression tell
	intervalShape              // an interval
)

// A node is an expression that was read.
type node struct {
	from, to int // its tokens
	shape    shape
}

// The levels of operators, from those that bind least (Trino's grammar, SqlBase.g4:
// booleanExpression, predicate, valueExpression).
const (
	orLevel = iota
	andLevel
	notLevel
	compareLevel
	concatLevel
	addLevel
	multiplyLevel
)

// expression goes over the longest expression that begins here. If none does, it stays.
func (r *rewriter) expression() node {
	if !r.nest() {
		return node{from: r.n, to: r.n}
	}
	defer r.unnest()
	return r.binary(orLevel)
}

// binary goes over an expression whose operators bind at least at a level.
func (r *rewriter) binary(level int) node {
	left := r.unary()
	for left.shape != noShape {
		at := r.operator()
		if at < level {
			break
		}
		left = r.infix(left, at)
	}
	return left
}

// operator returns the level of the operator that comes next, or -1.
func (r *rewriter) operator() int {
	t := r.next()
	switch {
	case t.is("OR"):
		return orLevel
	case t.is("AND"):
		return andLevel
	case t.isAny("=", "<>", "!=", "<", ">", "<=", ">=", "==", "IS", "BETWEEN", "IN", "LIKE", "ILIKE", "GLOB"),
		t.is("NOT") && r.token(r.n+1).isAny("BETWEEN", "IN", "LIKE", "ILIKE"):
		return compareLevel
	case t.isAny("||", "->", "->>", "&", "|", "<<", "&&", "~", "^", "**", "//"):
		return concatLevel
	case t.isAny("+", "-"):
		return addLevel
	case t.isAny("*", "/", "%"):
		return multiplyLevel
	default:
		return -1
	}
}

// infix goes over an operator and what is right of it.
func (r *rewriter) infix(left node, level int) node {
	op := r.next()
	r.n++
	switch {
	case level == compareLevel:
		r.predicate(op)
		if !op.is("LIKE") {
			r.notePartition(left)
		}
	case op.isAny("/", "%", "+", "-"):
		return r.arithmetic(op, left, r.binary(level+1))
	default:
		r.binary(level + 1)
	}
	return node{from: left.from, to: r.n, shape: otherShape}
}

// predicate goes over what follows a comparison operator, IS, [NOT] BETWEEN, IN or LIKE.
func (r *rewriter) predicate(op *token) {
	if op.is("NOT") {
		op = r.next()
		r.n++
	}
	switch {
	case op.is("IS"):
		r.accept("NOT")
		if r.accept("DISTINCT", "FROM") {
			r.binary(concatLevel)
		} else {
			_ = r.accept("NULL") || r.accept("TRUE") || r.accept("FALSE") || r.accept("UNKNOWN")
		}
	case op.is("BETWEEN"):
		_ = r.accept("SYMMETRIC") || r.accept("ASYMMETRIC")
		r.binary(concatLevel)
		if r.accept("AND") {
			r.binary(concatLevel)
		}
	case op.is("IN"):
		if r.next().is("(") {
			r.brackets(r.list)
		} else {
			r.binary(concatLevel)
		}
	case op.isAny("LIKE", "ILIKE", "GLOB"):
		r.binary(concatLevel)
		if r.accept("ESCAPE") {
			r.binary(concatLevel)
		}
	case r.next().isAny("ANY", "ALL", "SOME") && r.token(r.n+1).is("("):
		r.n++
		r.brackets(r.list)
	default:
		r.binary(concatLevel)
	}
}

// unary goes over signs and NOT, and what they apply to.
func (r *rewriter) unary() node {
	from := r.n
	switch {
	case r.accept("NOT"):
		r.deeper(func() { r.binary(notLevel) })
		return node{from: from, to: r.n, shape: otherShape}
	case r.accept("-"), r.accept("+"):
		r.deeper(func() { r.unary() })
		return node{from: from, to: r.n, shape: otherShape}
	}
	return r.postfix(r.primary())
}

// deeper does something one level of nesting down.
func (r *rewriter) deeper(do func()) {
	if r.nest() {
		do()
		r.unnest()
	}
}

// postfix goes over subscripts, fields, AT TIME ZONE and :: after an expression.
func (r *rewriter) postfix(x node) node {
	for x.shape != noShape {
		switch {
		case r.next().is("["):
			if r.token(r.n+1).is("-") && r.token(r.n+2).kind == numberToken {
				r.note("a negative subscript counts from the end here, Athena refuses it")
			}
			r.brackets(r.list)
		case r.next().is(".") && r.token(r.n+1).is("*"):
			r.n += 2
			return node{from: x.from, to: r.n, shape: starShape}
		case r.next().is(".") && (r.isName(r.n+1) || r.token(r.n+1).kind == numberToken):
			r.n += 2
		case r.sees("AT", "TIME", "ZONE"):
			r.atTimeZone(x)
		case r.accept("::"):
			r.typeName()
		default:
			return x
		}
		x = node{from: x.from, to: r.n, shape: otherShape}
	}
	return x
}

// atTimeZone makes x AT TIME ZONE zone a call: to the engine the operator means
// something else for a timestamp without time zone.
func (r *rewriter) atTimeZone(x node) {
	r.n += 3
	if zone := r.primary(); zone.shape != noShape {
		r.callMacro(x.from, zone.to, "at_timezone", x, zone)
		r.noteZone()
	}
}

func (r *rewriter) noteZone() {
	r.note("a time in another time zone is shown as that zone's wall clock without the zone's name; " +
		"compare times before they are moved to a zone")
}

// primary goes over an operand.
func (r *rewriter) primary() node {
	from := r.n
	t, after := r.next(), r.token(r.n+1)
	x := otherShape
	switch {
	case t.kind == textToken:
		r.n++
		x = textShape
	case t.kind == numberToken:
		r.n++
		x = numberShape
	case t.is("("):
		r.brackets(r.list)
		x = groupShape
	case t.isAny("[", "{"):
		r.brackets(r.list)
	case t.isAny("?", ":", "$") && t.kind == opToken:
		r.n++
		r.parameter(t)
	case t.kind == quotedToken:
		return r.names()
	case t.kind != wordToken:
		return node{from: from, to: from}
	case after.is("("):
		if reserved[upper(t.text)] && !callable[upper(t.text)] {
			return node{from: from, to: from}
		}
		x = r.call()
	case r.keyword(t, after):
		x = keywordShape(t)
	case reserved[upper(t.text)]:
		return node{from: from, to: from}
	default:
		return r.names()
	}
	return node{from: from, to: r.n, shape: x}
}

// callable are the reserved words that a parenthesis makes a function or a form of one.
var callable = words(`CAST EXISTS EXTRACT GROUPING NORMALIZE TRIM LEFT RIGHT`)

// parameter goes over the name of a parameter.
func (r *rewriter) parameter(sign *token) {
	if !sign.is("?") && r.next().kind != opToken && r.next().pos == sign.end() {
		r.n++
	}
}

// keyword goes over an operand that begins with a keyword, and reports whether there is one.
func (r *rewriter) keyword(t, after *token) bool {
	switch {
	case t.is("CASE"):
		r.n++
		r.caseWhen()
	case t.isAny("NULL", "TRUE", "FALSE"):
		r.n++
	case t.is("ARRAY") && after.is("["):
		r.n++
		r.brackets(r.list)
	case t.is("MAP") && after.is("{"):
		r.n++
		r.brackets(r.list)
	case t.is("INTERVAL") && (after.kind == textToken || after.isAny("+", "-")):
		r.interval()
	case after.kind == textToken && r.typedLiteral(t):
	case t.is("DOUBLE") && after.is("PRECISION") && r.token(r.n+2).kind == textToken:
		r.n += 3
	case t.isAny("CURRENT_USER", "CURRENT_ROLE", "CURRENT_CATALOG", "CURRENT_SCHEMA", "CURRENT_PATH"):
		r.refuse(r.n, KindName, "%s is not supported: a case has none, and the engine's own would be another one than Athena's", upper(t.text))
	default:
		return r.clock(t)
	}
	return true
}

// clock goes over the functions that need no parentheses.
func (r *rewriter) clock(t *token) bool {
	if !t.isAny("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP") {
		return false
	}
	r.noteClock(t.text)
	r.callMacro(r.n, r.n+1, strings.ToLower(t.text))
	r.n++
	return true
}

// noteClock says what a time relative to now means for evidence.
func (r *rewriter) noteClock(name string) {
	r.note("%s is the time of this query, and the evidence is older: a window that ends now may select nothing", name)
}

// caseWhen goes over what follows CASE.
func (r *rewriter) caseWhen() {
	if !r.nest() {
		return
	}
	defer r.unnest()
	if !r.next().is("WHEN") {
		r.expression()
	}
	for r.accept("WHEN") {
		r.expression()
		if r.accept("THEN") {
			r.expression()
		}
	}
	if r.accept("ELSE") {
		r.expression()
	}
	r.accept("END")
}

// names goes over a column: identifiers with dots between them, at last perhaps a star.
func (r *rewriter) names() node {
	x := node{from: r.n, shape: columnShape}
	r.n++
	for r.next().is(".") && x.shape == columnShape {
		switch after := r.token(r.n + 1); {
		case after.is("*"):
			x.shape = starShape
		case after.kind != wordToken && after.kind != quotedToken:
			x.to = r.n
			return x
		}
		r.n += 2
	}
	x.to = r.n
	if r.next().is("(") && x.to > x.from+1 {
		r.refuse(x.from, KindName, "function %s: functions have no prefix", r.text(x.from, x.to))
	}
	r.column(x)
	return x
}

// column notes what a column asks for.
func (r *rewriter) column(x node) {
	if x.to == x.from+1 {
		r.quoteIfReserved(x.from)
	}
	if x.to-x.from > 4 {
		r.chains = append(r.chains, x)
	}
	r.mention(x)
}

// brackets goes over brackets and what is in them. What inside leaves is gone over loosely.
func (r *rewriter) brackets(inside func()) {
	open := r.n
	shut := map[string]string{"(": ")", "[": "]", "{": "}"}[r.next().text]
	if shut == "" {
		r.refuse(open, KindSyntax, "a parenthesis is expected here%s", r.found())
		return
	}
	r.n++
	inside()
	for r.more() && !r.next().is(shut) {
		if r.next().isAny(")", "]", "}", ";") {
			r.refuse(r.n, KindSyntax, "%s is expected here, not %s", shut, r.next().text)
			return
		}
		r.loosely()
	}
	if r.err == nil && !r.more() {
		r.refuse(open, KindSyntax, "%s has no %s", r.token(open).text, shut)
		return
	}
	r.n++
}

// loosely goes over an expression, or over one token that begins none.
func (r *rewriter) loosely() {
	if r.expression().shape == noShape {
		r.n++
	}
}

// skip goes over nothing, so that brackets takes what is inside as it is.
func (r *rewriter) skip() {
	for depth := 0; r.more(); r.n++ {
		switch t := r.next(); {
		case t.isAny("(", "[", "{"):
			depth++
		case t.isAny(")", "]", "}"):
			if depth == 0 {
				return
			}
			depth--
		}
	}
}

// list goes over a query, or over expressions with commas between them.
func (r *rewriter) list() {
	if r.next().isAny("SELECT", "WITH", "VALUES") {
		r.query(false)
		return
	}
	for r.more() {
		from := r.n
		r.expression()
		if !r.accept(",") {
			return
		}
		if r.n == from {
			return
		}
	}
}
