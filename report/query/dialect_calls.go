package query

import "strings"

// calls are the functions that become something else than a macro of the same name in
// the schema trino: aggregates, functions with lambdas, and those of any number of arguments.
// Semantics are those of the pages "Aggregate functions", "Array functions", "Map functions" and so
// on of Trino's documentation.
var calls = map[string]func(*rewriter, *calling){
	"concat": (*rewriter).concat, "concat_ws": (*rewriter).concatWS, "if": (*rewriter).ifCall, "format": (*rewriter).format,
	"now": (*rewriter).now, "at_timezone": (*rewriter).zoned, "with_timezone": (*rewriter).zoned, "from_unixtime": (*rewriter).zoned,
	"approx_distinct": (*rewriter).approxDistinct, "approx_percentile": (*rewriter).approxPercentile,
	"arbitrary": func(r *rewriter, c *calling) { r.rename(c, "any_value") }, "every": func(r *rewriter, c *calling) { r.rename(c, "bool_and") },
	"avg": (*rewriter).average, "sum": (*rewriter).sum, "count_if": (*rewriter).countIf, "max_by": (*rewriter).byNull, "min_by": (*rewriter).byNull,
	"map_agg": (*rewriter).ofPairs, "multimap_agg": (*rewriter).ofPairs, "map_union": (*rewriter).mapUnion,
	"transform": (*rewriter).oneLambda, "filter": (*rewriter).oneLambda,
	"any_match": (*rewriter).oneLambda, "all_match": (*rewriter).oneLambda, "none_match": (*rewriter).oneLambda,
	"zip_with": (*rewriter).zipWith, "map_filter": (*rewriter).mapLambda, "transform_values": (*rewriter).mapLambda, "transform_keys": (*rewriter).mapLambda,
	"array_sort": (*rewriter).arraySort, "cardinality": (*rewriter).cardinality, "contains": (*rewriter).contains, "sequence": (*rewriter).sequence,
	"regexp_replace": (*rewriter).regexpReplace, "regexp_like": (*rewriter).regexpCall, "regexp_extract": (*rewriter).regexpCall,
	"regexp_extract_all": (*rewriter).regexpCall, "regexp_count": (*rewriter).regexpCall, "regexp_split": (*rewriter).regexpCall, "regexp_position": (*rewriter).regexpCall,
	"json_extract": (*rewriter).jsonCall, "json_extract_scalar": (*rewriter).jsonCall, "json_size": (*rewriter).jsonCall,
	"json_array_length": (*rewriter).inLambda, "json_array_get": (*rewriter).inLambda, "json_array_contains": (*rewriter).inLambda,
	"date_add": (*rewriter).unitCall, "date_diff": (*rewriter).unitCall, "date_trunc": (*rewriter).unitCall,
	"json_parse": (*rewriter).jsonParse, "try": (*rewriter).try,
	"date_format": func(r *rewriter, c *calling) { r.patternCall(c, mysqlPattern) }, "date_parse": func(r *rewriter, c *calling) { r.patternCall(c, mysqlPattern) },
	"format_datetime": func(r *rewriter, c *calling) { r.patternCall(c, jodaPattern) }, "parse_datetime": func(r *rewriter, c *calling) { r.patternCall(c, jodaPattern) },
}

// untranslated are functions whose answer would be another one than Athena's, and why.
var untranslated = map[string]string{
	"typeof":               "its answer would be the type's name in the engine, not in Trino",
	"version":              "it would tell the engine's",
	"bar":                  "draw with another program",
	"numeric_histogram":    "there is no such sketch here",
	"approx_most_frequent": "count and order by the count",
	"map_zip_with":         "join the maps' entries",
	"error":                "it is the engine's own",
	"skewness":             "the engine's is that of a sample, Athena's that of all values",
	"entropy":              "the engine's is of how often each value comes, Athena's of the values as counts",
	"reduce_agg":           "use array_agg and reduce",
	"timezone":             "times are in UTC here, and the engine's is a number of seconds",
}

// nodes returns the arguments' tokens.
func (c *calling) nodes() []node {
	list := make([]node, len(c.args))
	for i, a := range c.args {
		list[i] = a.node
	}
	return list
}

// write puts parts in the place of a call, up to its closing parenthesis.
func (r *rewriter) write(c *calling, parts ...any) { r.e.put(c.at, c.shut+1, parts...) }

// asMacro writes out the macro of that name in the place of a call.
func (r *rewriter) asMacro(c *calling, name string) { r.callMacro(c.at, c.shut+1, name, c.nodes()...) }

// same writes out the macro of the function's own name.
func (r *rewriter) same(c *calling) { r.asMacro(c, c.name) }

// concat joins by ||, which is NULL if an argument is; the engine's concat leaves NULL out.
func (r *rewriter) concat(c *calling) {
	if !r.arity(c, 1, 1000) {
		return
	}
	parts := []any{"("}
	for i, a := range c.args {
		if i > 0 {
			parts = append(parts, " || ")
		}
		parts = append(parts, "(", a.node, ")")
	}
	r.write(c, append(parts, ")")...)
}

// ifCall gives the engine's if its third argument.
func (r *rewriter) ifCall(c *calling) {
	if r.arity(c, 2, 3) && len(c.args) == 2 {
		r.e.wrap(c.shut, c.shut+1, ", NULL", "")
	}
}

func (r *rewriter) concatWS(c *calling) {
	if len(c.args) == 2 {
		r.same(c)
	}
}

func (r *rewriter) now(c *calling) {
	r.noteClock("now()")
	r.same(c)
}

func (r *rewriter) zoned(c *calling) {
	if c.name != "from_unixtime" || len(c.args) > 1 {
		r.noteZone()
	}
	r.same(c)
}

// approxDistinct counts exactly, which is within the bounds of the approximation.
func (r *rewriter) approxDistinct(c *calling) {
	if r.arity(c, 1, 2) {
		r.write(c, "count(DISTINCT ", c.args[0].node, ")")
		r.note("approx_distinct counts exactly here; Athena's answer may differ by some percent")
	}
}

// approxPercentile takes the exact percentile, which is one of the values.
func (r *rewriter) approxPercentile(c *calling) {
	if len(c.args) > 2 {
		r.refuse(c.at, KindName, "function approx_percentile with weights is not supported")
		return
	}
	if r.arity(c, 2, 2) {
		r.rename(c, "quantile_disc")
		r.note("approx_percentile is exact here, and always one of the values; Athena's answer may lie beside it")
	}
}

// countIf counts 0 where the engine's own has NULL: of nothing, and of nothing but NULL.
func (r *rewriter) countIf(c *calling) {
	if r.arity(c, 1, 1) {
		r.rename(c, "count")
		r.e.wrap(c.args[0].from, c.args[0].to, "nullif(", ", false)")
	}
}

// average refuses what Trino has another type of average for than the engine's, a double.
func (r *rewriter) average(c *calling) {
	if !r.arity(c, 1, 1) {
		return
	}
	if x := c.args[0].node; !r.token(x.from).is("NULL") { // which has no type to ask for
		r.callMacro(x.from, x.to, "averaged", x)
	}
}

// maxSum bounds the text of a sum, which sum writes twice: within another one it would be there four times.
const maxSum = 1 << 16

// sum casts a sum to Trino's type of it, which is bigint for integers, and real for reals. The engine's is wider,
// and would go on where Trino says that the sum is too large. That of any value is asked for its type alone: the
// engine drops it before it runs.
func (r *rewriter) sum(c *calling) {
	if !r.arity(c, 1, 1) {
		return
	}
	if size, _ := r.e.measure(c.at, c.to); size > maxSum {
		r.refuse(c.at, KindSyntax, "function sum of too long an expression: name the expression in a query within FROM")
		return
	}
	whole := node{from: c.at, to: c.to}
	r.e.put(c.at, c.to, "cast_to_type(", whole, ", coalesce(any_value", node{from: c.open, to: c.to}, ", CAST(0 AS BIGINT)))")
}

// byNull keeps NULL as the value at the maximum or minimum, as Trino does.
func (r *rewriter) byNull(c *calling) {
	name := map[string]string{"max_by": "arg_max", "min_by": "arg_min"}[c.name]
	if len(c.args) == 2 {
		name += "_null"
	}
	r.rename(c, name)
}

// ofPairs makes an aggregate of two arguments one over rows of both, and calls a macro with
// what it gives.
func (r *rewriter) ofPairs(c *calling) {
	if !r.arity(c, 2, 2) {
		return
	}
	r.rename(c, "array_agg")
	r.e.put(c.args[0].from, c.args[1].to, "struct_pack(k := ", c.args[0].node, ", v := ", c.args[1].node, ")")
	name := map[string]string{"map_agg": "map_of", "multimap_agg": "multimap_of"}[c.name]
	r.callMacro(c.at, c.to, name, node{from: c.at, to: c.to})
}

func (r *rewriter) mapUnion(c *calling) {
	if r.arity(c, 1, 1) {
		r.rename(c, "array_agg")
		r.callMacro(c.at, c.to, "union_of", node{from: c.at, to: c.to})
	}
}

// lambda is a lambda's text: its parameters as they are written, and its body.
func (r *rewriter) lambda(a *argument) []any {
	parts := []any{"lambda "}
	for i, p := range a.params {
		if i > 0 {
			parts = append(parts, ", ")
		}
		parts = append(parts, quoteName(typedName(r.token(p))))
	}
	return append(parts, ": (", fragment{from: a.body, to: a.to}, ")")
}

// oneLambda writes a call with an array and a lambda of one parameter.
func (r *rewriter) oneLambda(c *calling) {
	if !r.arity(c, 2, 2) {
		return
	}
	a := &c.args[1]
	if len(a.params) != 1 {
		r.refuse(a.from, KindSyntax, "function %s wants a lambda here: x -> …", c.name)
		return
	}
	if c.name == "filter" {
		r.write(c, append(append([]any{"list_filter(", c.args[0].node, ", "}, r.lambda(a)...), ")")...)
		return
	}
	r.write(c, append(append([]any{"list_transform(", c.args[0].node, ", "}, r.lambda(a)...), ")")...)
	whole := node{from: c.at, to: c.shut + 1}
	switch c.name {
	case "any_match":
		r.callMacro(c.at, c.shut+1, "any_true", whole)
	case "all_match":
		r.callMacro(c.at, c.shut+1, "all_true", whole)
	case "none_match":
		r.callMacro(c.at, c.shut+1, "none_true", whole)
	}
}

// twoParameters writes a lambda of two parameters as two lambdas that bind them to values.
func (r *rewriter) twoParameters(a *argument, first, second string) []any {
	p, q := quoteName(typedName(r.token(a.params[0]))), quoteName(typedName(r.token(a.params[1])))
	return []any{"list_transform([" + first + "], lambda " + p + ": list_transform([" + second + "], lambda " + q + ": (",
		fragment{from: a.body, to: a.to}, "))[1])[1]"}
}

func (r *rewriter) wantsTwo(c *calling, i int) bool {
	if len(c.args[i].params) == 2 {
		return true
	}
	r.refuse(c.args[i].from, KindSyntax, "function %s wants a lambda with two parameters here: (a, b) -> …", c.name)
	return false
}

// element is a name for what a lambda that is added here goes over, which no argument of the call has.
func (r *rewriter) element(c *calling) string {
	_, level := r.e.measure(c.at, c.shut+1)
	return levelName(1+max(level, r.level), "e")
}

func (r *rewriter) zipWith(c *calling) {
	if !r.arity(c, 3, 3) || !r.wantsTwo(c, 2) {
		return
	}
	e := r.element(c)
	body := r.twoParameters(&c.args[2], "struct_extract_at("+e+", 1)", "struct_extract_at("+e+", 2)")
	m := r.macro(c.at, "zip", []node{c.args[0].node, c.args[1].node})
	r.write(c, append(append([]any{"list_transform(", r.written(m, []node{c.args[0].node, c.args[1].node}), ", lambda " + e + ": "}, body...), ")")...)
}

// mapLambda applies a lambda of key and value to a map's entries, and makes a map of what comes out.
func (r *rewriter) mapLambda(c *calling) {
	if !r.arity(c, 2, 2) || !r.wantsTwo(c, 1) {
		return
	}
	e := r.element(c)
	function, before, after := "list_transform", "", ""
	switch c.name {
	case "map_filter":
		function = "list_filter"
	case "transform_values":
		before, after = "struct_pack(k := "+e+".key, v := ", ")"
	case "transform_keys":
		before, after = "struct_pack(k := ", ", v := "+e+".value)"
	}
	parts := []any{"map_from_entries(" + function + "(map_entries(", c.args[0].node, "), lambda " + e + ": " + before}
	parts = append(parts, r.twoParameters(&c.args[1], e+".key", e+".value")...)
	r.write(c, append(parts, after+"))")...)
}

func (r *rewriter) arraySort(c *calling) {
	if len(c.args) == 2 && len(c.args[1].params) > 0 {
		r.refuse(c.args[1].from, KindName, "function array_sort with a comparator is not supported")
		return
	}
	r.same(c)
}

// jsonCall translates a JSON path that is written out.
func (r *rewriter) jsonCall(c *calling) {
	if !r.arity(c, 2, 2) {
		return
	}
	path := c.args[1].node
	if path.shape != textShape {
		r.callMacro(path.from, path.to, "json_path", path)
	} else if text, err := jsonPath(literalText(r.token(path.from))); err != nil {
		r.refuse(path.from, KindValue, "JSON path: %s", err)
		return
	} else {
		r.e.replace(path.from, path.to, quoteText(text))
	}
	r.inLambda(c)
}

// inLambda writes out the macro that does without TRY where a lambda's parameters are known.
func (r *rewriter) inLambda(c *calling) {
	if len(r.lambdas) > 0 {
		r.asMacro(c, "valid_"+c.name)
	} else {
		r.same(c)
	}
}

// jsonParse tells of the order of members where it may be seen: not where a function takes the JSON apart.
func (r *rewriter) jsonParse(c *calling) {
	if before := r.token(c.at - 2).text; !r.token(c.at-1).is("(") || !strings.HasPrefix(key(before), "json_") || key(before) == "json_format" {
		r.note("json_parse keeps the order of an object's members, Athena sorts them by name")
	}
	r.same(c)
}

// timeUnits are those of date_add, date_diff and date_trunc.
var timeUnits = words("millisecond second minute hour day week month quarter year")

// unitCall checks a unit that is written out.
func (r *rewriter) unitCall(c *calling) {
	if len(c.args) > 0 && c.args[0].shape == textShape {
		unit := literalText(r.token(c.args[0].from))
		if !timeUnits[key(unit)] {
			r.refuse(c.args[0].from, KindValue, "'%s' is not a valid Timestamp field", unit)
			return
		}
	}
	r.same(c)
}

func (r *rewriter) try(c *calling) {
	if len(r.lambdas) > 0 {
		r.refuse(c.at, KindName, "TRY in a lambda is not supported: use TRY_CAST, or a condition")
	}
}

// literalText returns the content of a plain string.
func literalText(t *token) string {
	if t.kind != textToken || t.text[0] != '\'' {
		return ""
	}
	return strings.ReplaceAll(t.text[1:len(t.text)-1], "''", "'")
}

// format is Java's, of which %s, %d, %f with digits and %% are those of C. Java leaves arguments out for which there is no place.
func (r *rewriter) format(c *calling) {
	if !r.arity(c, 1, 100) {
		return
	}
	if c.args[0].shape != textShape {
		r.refuse(c.args[0].from, KindName, "function format wants its format written out here")
		return
	}
	verbs, bad := formatVerbs(literalText(r.token(c.args[0].from)))
	if bad != "" {
		r.refuse(c.args[0].from, KindName, "function format does not know %s here: %%s, %%d, %%.2f, %%05d and %%%% work", bad)
		return
	}
	if len(verbs) > len(c.args)-1 {
		r.refuse(c.args[0].from, KindValue, "format has %d places, but there are %d values", len(verbs), len(c.args)-1)
		return
	}
	pieces := verbPieces(literalText(r.token(c.args[0].from)))
	parts := []any{"("}
	for i, piece := range pieces {
		if i > 0 {
			parts = append(parts, " || ")
		}
		if i == len(verbs) { // what follows the last place
			parts = append(parts, "printf("+quoteText(piece)+")")
			break
		}
		a := c.args[i+1]
		if verbs[i] == 's' {
			r.callMacro(a.from, a.to, "to_varchar", a.node)
		}
		parts = append(parts, "coalesce(printf("+quoteText(piece)+", ", a.node, "), printf("+quoteText(piece[:strings.LastIndexByte(piece, '%')])+") || 'null')")
	}
	r.write(c, append(parts, ")")...)
}

// verbPieces cuts a format behind each of its places: a NULL is the word null at its place, and the
// engine's printf would be NULL as a whole.
func verbPieces(format string) (pieces []string) {
	from := 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i += 1 + span(format[i+1:], func(c byte) bool { return isDigit(c) || c == '.' || c == '-' })
		if format[i] != '%' {
			pieces, from = append(pieces, format[from:i+1]), i+1
		}
	}
	return append(pieces, format[from:])
}

// formatVerbs returns the letters of a format's places, or the place that is not
// understood.
func formatVerbs(format string) (verbs []byte, bad string) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		n := i + 1
		n += span(format[n:], func(c byte) bool { return isDigit(c) || c == '.' || c == '-' })
		if n == len(format) || strings.IndexByte("sdf%", format[n]) < 0 {
			return nil, format[i:min(n+1, len(format))]
		}
		if format[n] != '%' {
			verbs = append(verbs, format[n])
		}
		i = n
	}
	return verbs, ""
}
