package query

import (
	"encoding/json"
	"strconv"
)

// fieldName is what Athena calls a field of a row that has no name.
func fieldName(i int) string { return "field" + number(i) }

func number(n int) string { return strconv.Itoa(n) }

// quoteJSON returns s as a string of JSON.
func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// castFunctions are the functions that cast to a type as Trino does, by the engine's name
// of the type. Those of TRY_CAST have try_ before the name.
var castFunctions = map[string]string{
	"VARCHAR": "to_varchar", "BOOLEAN": "to_boolean", "TINYINT": "to_tinyint", "SMALLINT": "to_smallint", "INTEGER": "to_integer",
	"BIGINT": "to_bigint", "DOUBLE": "to_double", "FLOAT": "to_real", "DATE": "to_date", "TIMESTAMP": "to_timestamp",
	"TIMESTAMPTZ": "to_timestamptz", "JSON": "to_json", "UHUGEINT": "to_ipaddress",
}

// cast goes over CAST (x AS type) and TRY_CAST.
func (r *rewriter) cast(c *calling) {
	var x node
	var t dataType
	as, ok := 0, false
	r.brackets(func() {
		x = r.castOperand()
		as = r.n
		if r.accept("AS") {
			t, ok = r.readType()
		} else {
			r.refuse(r.n, KindSyntax, "%s wants AS here%s", upper(c.name), r.found())
		}
	})
	if r.err != nil || !ok {
		return
	}
	prefix := ""
	if c.name == "try_cast" {
		prefix = "try_"
	}
	shut := r.n - 1
	function := castFunctions[t.engine()]
	switch {
	case function != "":
		r.e.replace(c.at, c.at+1, "trino."+prefix+function)
		r.e.replace(as, shut, r.shorten(c, &t))
	case t.hasRows && !r.isRowLiteral(x):
		r.castToRows(x, &t, prefix, c.at, as, shut)
	default:
		r.e.replace(as+1, shut, t.engine())
		r.e.before(as+1, " ")
	}
}

// shorten returns what follows the operand of a cast to varchar(n), which cuts.
func (r *rewriter) shorten(c *calling, t *dataType) string {
	if t.name != "varchar" || len(t.params) != 1 {
		return ""
	}
	r.e.before(c.at, "substr(")
	r.e.after(r.n-1, ", 1, "+t.params[0]+")")
	return ""
}

// castToRows writes a cast to rows. JSON has its fields by name, in any case, and may have
// others (Trino, "JSON functions: Cast from JSON"); the engine wants just the same.
func (r *rewriter) castToRows(x node, t *dataType, prefix string, at, as, shut int) {
	plain := "CAST"
	if prefix != "" {
		plain = "TRY_CAST"
	}
	operand, _ := r.e.apply(r.tokens, r.places, x.from, x.to)
	structure := quoteText(t.structure())
	r.e.replace(at, at+2, "CASE typeof("+operand+") WHEN 'JSON' THEN from_json(trino.lower_keys(TRY_CAST("+operand+
		" AS JSON)), "+structure+") ELSE "+plain+"(")
	r.e.replace(as+1, shut, t.engine())
	r.e.before(as+1, " ")
	r.e.after(shut, " END")
	r.e.wrap(at, shut+1, "(", ")")
}

// isRowLiteral reports whether rows are written out in an expression: their fields have no
// names, and are matched by their place.
func (r *rewriter) isRowLiteral(x node) bool { return r.rowLiterals[x.from] }

// castOperand goes over the operand of a cast. The rows that are written there keep
// their fields without names, so that the type gives them.
func (r *rewriter) castOperand() node {
	r.bareRows++
	first := r.n
	if r.sees("ARRAY", "[") {
		first += 2
	}
	if r.token(first).is("ROW") && r.token(first+1).is("(") || r.token(first).is("(") && r.isTuple(first) {
		r.rowLiterals[r.n] = true
	}
	if !r.rowLiterals[r.n] {
		r.bareRows--
		return r.expression()
	}
	x := r.expression()
	r.bareRows--
	return x
}

// isTuple reports whether the parentheses at a place have a comma in them: a row.
func (r *rewriter) isTuple(i int) bool {
	depth := 0
	for ; i < len(r.places); i++ {
		switch t := r.token(i); {
		case t.isAny("(", "[", "{"):
			depth++
		case t.isAny(")", "]", "}"):
			if depth--; depth == 0 {
				return false
			}
		case t.is(",") && depth == 1:
			return true
		}
	}
	return false
}
