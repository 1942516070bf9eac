package query

import (
	"strconv"
	"strings"
)

// fieldName is what Athena calls a field of a row that has no name.
func fieldName(i int) string { return "field" + number(i) }

func number(n int) string { return strconv.Itoa(n) }

// castFunctions are the macros that cast to a type as Trino does, by the engine's name
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
	ok := false
	r.brackets(func() {
		x = r.castOperand()
		if r.accept("AS") {
			t, ok = r.readType()
		} else {
			r.refuse(r.n, KindSyntax, "%s wants AS here%s", upper(c.name), r.found())
		}
	})
	if r.err != nil || !ok {
		return
	}
	try := strings.TrimSuffix(c.name, "cast")
	plain := []any{upper(c.name) + "(", x, " AS " + t.engine() + ")"}
	switch function := castFunctions[t.engine()]; {
	case function != "":
		r.callMacro(c.at, r.n, try+function, x)
		if len(t.params) == 1 && t.name == "varchar" { // it cuts
			r.e.wrap(c.at, r.n, "substr(", ", 1, "+t.params[0]+")")
		}
	case t.hasRows && !r.rowLiterals[x.from]:
		// JSON has its fields by name (Trino, "JSON functions: Cast from JSON"), rows by place.
		r.e.put(c.at, r.n, append(append([]any{"(CASE typeof(", x, ") WHEN 'JSON' THEN ", r.fromJSON(&t, []any{"TRY_CAST(", x, " AS JSON)"}, r.level+1), " ELSE "}, plain...), " END)")...)
	default:
		r.e.put(c.at, r.n, plain...)
	}
}

// fromJSON writes what makes a type of JSON that is a member of which, or an element. Its members match
// a row's fields in any case, and may be more.
func (r *rewriter) fromJSON(t *dataType, j []any, level int) []fragment {
	var d edit
	add := func(parts ...any) {
		for _, p := range parts {
			switch p := p.(type) {
			case string:
				d.parts = append(d.parts, fragment{text: p})
			case node:
				d.parts = append(d.parts, fragment{from: p.from, to: p.to})
			case []fragment:
				d.parts = append(d.parts, p...)
			}
		}
	}
	v := levelName(level, "j")
	switch {
	case t.name == "array" && t.hasRows:
		add("list_transform(CAST(")
		add(j...)
		add(" AS JSON[]), lambda "+v+": ", r.fromJSON(&t.of[0], []any{v}, level+1), ")")
	case t.name == "row" || t.name == "struct":
		add("list_transform(list_filter([")
		add(j...)
		add("], lambda " + v + ": json_type(" + v + ") <> 'NULL'), lambda " + v + ": struct_pack(")
		for i := range t.of {
			if i > 0 {
				add(", ")
			}
			member := "list_filter(map_entries(CAST(" + v + " AS MAP(VARCHAR, JSON))), lambda " + v + "e: lower(" + v + "e.key) = " + quoteText(key(t.field(i))) + ")[-1].value"
			add(quoteName(t.field(i))+" := ", r.fromJSON(&t.of[i], []any{member}, level+1))
		}
		add("))[1]")
	case castFunctions[t.engine()] != "" && t.engine() != "JSON":
		m := macros()[castFunctions[t.engine()]][1]
		m.prepare()
		add(jsonScalar(m, j, level)...)
	default:
		add("CAST(")
		add(j...)
		add(" AS " + t.engine() + ")")
	}
	return d.parts
}

// jsonScalar writes a macro out for JSON that is bound to a name.
func jsonScalar(m *macro, j []any, level int) []any {
	v := levelName(level, "s")
	parts := append(append([]any{"list_transform(["}, j...), "], lambda "+v+": ")
	for _, p := range m.parts {
		switch {
		case p.param >= 0:
			parts = append(parts, v+" ")
		case p.level > 0:
			parts = append(parts, levelName(level+p.level, p.text)+" ")
		default:
			parts = append(parts, p.text+" ")
		}
	}
	return append(parts, ")[1]")
}

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
