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
	case "substring":
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
	r.brackets(func() {
		r.n += 2
		r.expression()
	})
	r.rename(c, "trino."+function)
	r.e.replace(unit, unit+2, "")
}

// trim goes over ([LEADING | TRAILING | BOTH] [characters] [FROM] x).
func (r *rewriter) trim(c *calling) {
	function, from := "trim", 0
	var characters, x node
	r.brackets(func() {
		switch t := r.next(); {
		case t.isAny("LEADING", "TRAILING", "BOTH"):
			function = map[string]string{"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "trim"}[upper(t.text)]
			r.e.replace(r.n, r.n+1, "")
			r.n++
		}
		if !r.next().is("FROM") {
			characters = r.expression()
		}
		if from = r.n; r.accept("FROM") {
			x = r.expression()
		} else if r.accept(",") {
			r.expression()
			from = 0
		} else {
			from = 0
		}
	})
	r.rename(c, "trino."+function)
	if r.err != nil || from == 0 || x.shape == noShape {
		return
	}
	r.e.replace(from, from+1, "")
	if characters.shape != noShape {
		text, _ := r.e.apply(r.tokens, r.places, characters.from, characters.to)
		r.e.cut(characters.from, characters.to)
		r.e.after(x.to-1, ", "+text)
	}
}

// substring goes over (x FROM a [FOR b]) and (x, a, b).
func (r *rewriter) substring(c *calling) {
	r.brackets(func() {
		for r.more() && !r.next().is(")") {
			r.expression()
			if !r.next().isAny(",", "FROM", "FOR") {
				return
			}
			r.e.replace(r.n, r.n+1, ",")
			r.n++
		}
	})
	r.rename(c, "trino.substr")
}

// position goes over (a IN b).
func (r *rewriter) position(c *calling) {
	r.brackets(func() {
		part := r.binary(concatLevel)
		in := r.n
		if !r.accept("IN") {
			return
		}
		r.expression()
		if r.err == nil && part.shape != noShape {
			text, _ := r.e.apply(r.tokens, r.places, part.from, part.to)
			r.e.cut(part.from, in+1)
			r.e.after(r.n-1, ", "+text)
		}
	})
	r.rename(c, "strpos")
}

// row goes over the values of a row, whose fields Athena calls field0 and so on.
func (r *rewriter) row(c *calling) {
	bare := r.bareRows > 0
	i := 0
	r.brackets(func() {
		for r.more() && !r.next().is(")") {
			if !bare {
				r.e.before(r.n, fieldName(i)+" := ")
			}
			r.expression()
			i++
			if !r.accept(",") {
				return
			}
		}
	})
	if !bare {
		r.rename(c, "struct_pack")
	}
}

// normalize goes over (x [, form]). The engine has NFC alone.
func (r *rewriter) normalize(c *calling) {
	r.brackets(func() {
		r.expression()
		if r.accept(",") {
			if !r.next().is("NFC") {
				r.refuse(r.n, KindName, "normalization form %s is not supported: NFC is", r.next().text)
				return
			}
			r.e.replace(r.n-1, r.n+1, "")
			r.n++
		}
	})
	r.rename(c, "nfc_normalize")
}

// listagg goes over listagg(x [, separator]) WITHIN GROUP (ORDER BY …): the engine wants the
// order between the parentheses.
func (r *rewriter) listagg(c *calling) {
	r.brackets(func() {
		r.arguments(c)
		if r.accept("ON", "OVERFLOW", "ERROR") {
			r.e.replace(r.n-3, r.n, "")
		} else if r.sees("ON", "OVERFLOW") {
			r.refuse(r.n, KindSyntax, "ON OVERFLOW TRUNCATE is not supported")
		}
	})
	c.shut, c.to = r.n-1, r.n
	r.suffixes(c)
	if r.err != nil || !r.arity(c, 1, 2) {
		return
	}
	r.rename(c, "string_agg")
	if len(c.args) == 1 {
		r.e.after(c.args[0].to-1, ", ''")
	}
	if c.within > 0 {
		r.e.replace(c.shut, c.shut+1, " ")
		r.e.replace(c.within, c.within+3, "")
	}
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
	s, x := r.text(step.params[0], step.params[0]+1), r.text(step.params[1], step.params[1]+1)
	r.e.replace(c.at, c.open+1, "list_transform(list_filter([list_reduce(trino.states(")
	comma := step.from - 1
	r.e.replace(comma, step.body, "), lambda trino_a, trino_b: struct_pack(s := list_transform([trino_a.s], lambda "+s+
		": list_transform([trino_b.x], lambda "+x+": (")
	r.e.replace(out.from-1, out.body, "))[1])[1], x := trino_b.x))], lambda trino_a: trino_a IS NOT NULL), lambda trino_a: list_transform([trino_a.s], lambda "+
		r.text(out.params[0], out.params[0]+1)+": (")
	r.e.replace(c.shut, c.shut+1, "))[1])[1]")
}
