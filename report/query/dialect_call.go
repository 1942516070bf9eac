package query

import "strings"

// A calling is a function call that was read.
type calling struct {
	name     string // in lower case
	at       int    // the token of its name
	open     int    // the token of its parenthesis
	args     []argument
	shut     int // the token of the closing parenthesis
	to       int // the token after all that belongs to it: FILTER, OVER …
	distinct bool
	star     bool // count(*)
	within   int  // token of WITHIN, 0: none
	nulls    int  // token of IGNORE or RESPECT that is after the parenthesis, 0: none
	over     bool
}

// An argument of a call.
type argument struct {
	node
	params []int // of a lambda: the tokens of its parameters
	body   int   // of a lambda: the first token of its body
}

// call goes over a function call, or over a form that looks like one.
func (r *rewriter) call() shape {
	c := &calling{name: strings.ToLower(r.next().text), at: r.n, open: r.n + 1}
	if !r.nest() {
		return otherShape
	}
	defer r.unnest()
	r.n++
	if r.form(c) {
		return r.shapeOf(c)
	}
	r.brackets(func() { r.arguments(c) })
	c.shut, c.to = r.n-1, r.n
	r.suffixes(c)
	if r.err == nil {
		r.translate(c)
	}
	if c.to > c.shut+1 {
		return otherShape
	}
	return r.shapeOf(c)
}

// arguments goes over what is between the parentheses.
func (r *rewriter) arguments(c *calling) {
	switch {
	case r.accept("*"):
		c.star = true
		return
	case r.accept("DISTINCT"):
		c.distinct = true
	case r.accept("ALL"):
		r.e.replace(r.n-1, r.n, "")
	}
	if r.next().isAny("SELECT", "WITH", "VALUES") {
		r.query(false)
		return
	}
	for r.more() && !r.next().is(")") {
		if r.sees("ORDER", "BY") {
			break
		}
		c.args = append(c.args, r.argument())
		if !r.accept(",") {
			break
		}
	}
	if r.accept("ORDER", "BY") {
		r.orderBy()
	}
	_ = r.accept("IGNORE", "NULLS") || r.accept("RESPECT", "NULLS")
}

// argument goes over an argument. A lambda becomes what the engine takes for one.
func (r *rewriter) argument() argument {
	a := argument{node: node{from: r.n}}
	switch {
	case r.isName(r.n) && r.token(r.n+1).is("->"):
		a.params = []int{r.n}
		r.n++
	case r.next().is("(") && r.lambdaParameters(&a):
	default:
		a.node = r.expression()
		if r.next().isAny("=>", ":=") { // a named argument: the engine's own functions have some
			r.n++
			a.node = r.expression()
		}
		return a
	}
	r.n++ // ->
	a.body = r.n
	r.lambdaBody(&a)
	a.to, a.shape = r.n, otherShape
	return a
}

func (r *rewriter) isName(i int) bool {
	k := r.token(i).kind
	return k == wordToken || k == quotedToken
}

// lambdaParameters goes over (a, b) if -> follows, and reports whether it does.
func (r *rewriter) lambdaParameters(a *argument) bool {
	i := r.n + 1
	var params []int
	for r.isName(i) {
		params = append(params, i)
		if i++; !r.token(i).is(",") {
			break
		}
		i++
	}
	if !r.token(i).is(")") || !r.token(i+1).is("->") {
		return false
	}
	if len(params) == 0 {
		r.refuse(r.n, KindSyntax, "a lambda without parameters is not supported")
	}
	a.params, r.n = params, i+1
	return true
}

// lambdaBody goes over a body, in which the parameters hide columns.
func (r *rewriter) lambdaBody(a *argument) {
	names := map[string]bool{}
	for _, i := range a.params {
		name, _ := r.token(i).name()
		names[key(name)] = true
	}
	if r.parameters += len(a.params); r.parameters > maxParameters {
		r.refuse(a.from, KindSyntax, "lambdas in lambdas have more than %d parameters", maxParameters)
		return
	}
	r.lambdas = append(r.lambdas, names)
	r.expression()
	r.lambdas = r.lambdas[:len(r.lambdas)-1]
	r.parameters -= len(a.params)
}

// maxParameters bounds the parameters of lambdas in lambdas: the time that the engine takes to bind them
// grows with each of them by half, or more.
const maxParameters = 12

// suffixes goes over what may follow a call: WITHIN GROUP, FILTER, IGNORE NULLS, OVER.
func (r *rewriter) suffixes(c *calling) {
	for r.err == nil {
		switch {
		case r.sees("WITHIN", "GROUP") && r.token(r.n+2).is("("):
			c.within = r.n
			r.n += 2
			r.brackets(func() {
				if r.accept("ORDER", "BY") {
					r.orderBy()
				}
			})
		case r.next().is("FILTER") && r.token(r.n+1).is("(") && r.token(r.n+2).is("WHERE"):
			r.n++
			r.brackets(func() {
				r.n++
				r.expression()
			})
		case r.next().isAny("IGNORE", "RESPECT") && r.token(r.n+1).is("NULLS"):
			c.nulls = r.n
			r.n += 2
		case r.next().is("OVER") && r.token(r.n+1).is("("):
			c.over = true
			r.n++
			r.brackets(r.window)
			r.count(&r.windowed, maxWindows, "window functions")
		case r.next().is("OVER") && r.isName(r.n+1):
			c.over = true
			r.n += 2
			r.count(&r.windowed, maxWindows, "window functions")
		default:
			return
		}
		c.to = r.n
	}
}

// window goes over what is in the parentheses of OVER.
func (r *rewriter) window() {
	if r.isName(r.n) && !r.next().isAny("PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS") {
		r.n++
	}
	if r.accept("PARTITION", "BY") {
		r.list()
	}
	if r.accept("ORDER", "BY") {
		r.orderBy()
	}
}

// translate makes the call what the engine has for it.
func (r *rewriter) translate(c *calling) {
	if c.nulls > 0 {
		r.moveNulls(c)
	}
	if why, ok := untranslated[c.name]; ok {
		r.refuse(c.at, KindName, "function %s is not supported: %s", c.name, why)
		return
	}
	if change, ok := calls[c.name]; ok {
		change(r, c)
	} else if isMacro(c.name) {
		r.same(c)
	}
}

// moveNulls puts IGNORE NULLS inside of the parentheses, where the engine wants it.
func (r *rewriter) moveNulls(c *calling) {
	if r.token(c.nulls).is("IGNORE") {
		r.e.wrap(c.shut, c.shut+1, " IGNORE NULLS", "")
	}
	r.e.replace(c.nulls, c.nulls+2, "")
}

// rename calls another function instead.
func (r *rewriter) rename(c *calling, name string) { r.e.replace(c.at, c.at+1, name) }

// arity refuses a call that has not so many arguments.
func (r *rewriter) arity(c *calling, least, most int) bool {
	if n := len(c.args); n < least || n > most {
		r.refuse(c.at, KindName, "function %s does not take %d arguments", c.name, n)
		return false
	}
	return true
}
