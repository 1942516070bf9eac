package query

import "strings"

// form goes over what looks like a function call and is none, for there are keywords
// between the parentheses. It reports whether the call is such a form.
func (r *rewriter) form(c *calling) bool {
	switch c.name {
	case "cast", "try_cast":
		r.cast(c)
	case "exists":
		r.subquery()
	case "extract":
		r.extract(c)
	case "trim":
		r.trim(c)
	case "substring", "substr":
		r.substring(c)
	case "position":
		r.position(c)
	case "overlay":
		r.refuse(c.at, KindName, "function overlay is not supported: use substr and concat")
	case "row":
		r.row(c)
	case "normalize":
		r.normalize(c)
	case "listagg":
		r.listagg(c)
	case "reduce":
		r.reduce(c)
	case "json_query", "json_value", "json_exists", "json_object", "json_array", "json_table":
		r.refuse(c.at, KindName, "function %s is not supported: use json_extract and json_extract_scalar", c.name)
	default:
		return false
	}
	return true
}

// extractUnits are the functions that stand for EXTRACT (unit FROM x).
var extractUnits = map[string]string{
	"year": "year", "quarter": "quarter", "month": "month", "week": "week", "day": "day", "day_of_month": "day",
	"day_of_week": "day_of_week", "dow": "day_of_week", "day_of_year": "day_of_year", "doy": "day_of_year",
	"year_of_week": "year_of_week", "yow": "year_of_week", "hour": "hour", "minute": "minute", "second": "second",
}

// extract goes over (unit FROM x).
func (r *rewriter) extract(c *calling) {
	unit := c.open + 1
	function, ok := extractUnits[strings.ToLower(r.token(unit).text)]
	if !ok || !r.token(unit+1).is("FROM") {
		r.refuse(unit, KindSyntax, "EXTRACT has no field %s", r.token(unit).text)
		return
	}
	var x node
	r.brackets(func() {
		r.n += 2
		x = r.expression()
	})
	if isMacro(function) {
		r.callMacro(c.at, r.n, function, x)
	} else {
		r.e.put(c.at, r.n, function+"(", x, ")")
	}
}

// trim goes over ([LEADING | TRAILING | BOTH] [characters] [FROM] x).
func (r *rewriter) trim(c *calling) {
	function := "trim"
	var args []node
	r.brackets(func() {
		if t := r.next(); t.isAny("LEADING", "TRAILING", "BOTH") {
			function = map[string]string{"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "trim"}[upper(t.text)]
			r.n++
		}
		if !r.next().is("FROM") {
			args = append(args, r.expression())
		}
		if r.accept("FROM") {
			args = append([]node{r.expression()}, args...)
		} else if r.accept(",") {
			args = append(args, r.expression())
		}
	})
	r.finish(c, function, args)
}

// finish writes out a macro in the place of a form that ends here.
func (r *rewriter) finish(c *calling, name string, args []node) {
	if r.err == nil {
		r.callMacro(c.at, r.n, name, args...)
	}
}

// substring goes over (x FROM a [FOR b]) and (x, a, b).
func (r *rewriter) substring(c *calling) {
	var args []node
	r.brackets(func() {
		for r.more() && !r.next().is(")") {
			args = append(args, r.expression())
			if !r.next().isAny(",", "FROM", "FOR") {
				return
			}
			r.n++
		}
	})
	r.finish(c, "substr", args)
}

// position goes over (a IN b).
func (r *rewriter) position(c *calling) {
	var piece, text node
	r.brackets(func() {
		piece = r.binary(concatLevel)
		if r.accept("IN") {
			text = r.expression()
		}
	})
	if r.err == nil && piece.shape != noShape && text.shape != noShape {
		r.e.put(c.at, r.n, "strpos(", text, ", ", piece, ")")
	}
}

// row goes over the values of a row, whose fields Athena calls field0 and so on. In the operand of a cast
// they get their names from the type.
func (r *rewriter) row(c *calling) {
	bare := r.bareRows > 0
	parts := []any{"struct_pack("}
	r.brackets(func() {
		for i := 0; r.more() && !r.next().is(")"); i++ {
			if i > 0 {
				parts = append(parts, ", ")
			}
			x := r.expression()
			parts = append(parts, fieldName(i)+" := ", x)
			if x.shape == noShape || !r.accept(",") {
				return
			}
		}
	})
	if !bare && r.err == nil {
		r.e.put(c.at, r.n, append(parts, ")")...)
	}
}

// normalize goes over (x [, form]). The engine has NFC alone.
func (r *rewriter) normalize(c *calling) {
	var x node
	r.brackets(func() {
		x = r.expression()
		if !r.accept(",") {
			return
		}
		if !r.next().is("NFC") {
			r.refuse(r.n, KindName, "normalization form %s is not supported: NFC is", r.next().text)
			return
		}
		r.n++
	})
	if r.err == nil {
		r.e.put(c.at, r.n, "nfc_normalize(", x, ")")
	}
}

// listagg goes over listagg(x [, separator]) WITHIN GROUP (ORDER BY …): the engine wants the
// order between the parentheses.
func (r *rewriter) listagg(c *calling) {
	r.brackets(func() {
		r.arguments(c)
		if !r.accept("ON", "OVERFLOW", "ERROR") && r.sees("ON", "OVERFLOW") {
			r.refuse(r.n, KindSyntax, "ON OVERFLOW TRUNCATE is not supported")
		}
	})
	c.shut, c.to = r.n-1, r.n
	r.suffixes(c)
	if r.err != nil || !r.arity(c, 1, 2) {
		return
	}
	open := "string_agg("
	if c.distinct {
		open += "DISTINCT "
	}
	parts := []any{open, c.args[0].node, ", "}
	if len(c.args) == 2 {
		parts = append(parts, c.args[1].node)
	} else {
		parts = append(parts, "''")
	}
	end := c.shut + 1
	if c.within > 0 {
		end = r.closing(c.within+2) + 1 // WITHIN GROUP ( … )
		parts = append(parts, " ", fragment{from: c.within + 3, to: end - 1})
	}
	r.e.put(c.at, end, append(parts, ")")...)
}

// closing returns the number of the token that closes the bracket at number i.
func (r *rewriter) closing(i int) int {
	for depth := 0; i < len(r.places); i++ {
		if depth += nesting(r.token(i)); depth == 0 {
			break
		}
	}
	return i
}

// reduce goes over reduce(array, state, (s, x) -> …, s -> …). The engine's list_reduce wants states and
// elements of one type: rows of both. Lambdas of one call bind the names of the user's.
func (r *rewriter) reduce(c *calling) {
	r.brackets(func() { r.arguments(c) })
	c.shut, c.to = r.n-1, r.n
	if r.err != nil || !r.arity(c, 4, 4) {
		return
	}
	step, out := &c.args[2], &c.args[3]
	if len(step.params) != 2 || len(out.params) != 1 {
		r.refuse(c.at, KindSyntax, "function reduce wants an array, a state, (state, element) -> state and state -> result")
		return
	}
	a := r.element(c)
	b := a + "2"
	first := []node{c.args[0].node, c.args[1].node}
	parts := []any{"list_transform(list_filter([list_reduce(", r.written(r.macro(c.at, "states", first), first), ", lambda " + a + ", " + b + ": struct_pack(s := "}
	parts = append(parts, r.twoParameters(step, a+".s", b+".x")...)
	parts = append(parts, ", x := "+b+".x))], lambda "+a+": "+a+" IS NOT NULL), lambda "+a+": list_transform(["+a+".s], ")
	parts = append(parts, r.lambda(out)...)
	r.write(c, append(parts, ")[1])[1]")...)
}
