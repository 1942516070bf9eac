package query

import (
	"fmt"
	"strings"
)

// calls are the functions that become something else than a macro of the same name in
// the schema trino: aggregates, functions with lambdas, and those of any number of arguments.
// Semantics are those of the pages "Aggregate functions", "Array functions", "Map functions" and so
// on of Trino's documentation.
var calls = map[string]func(*rewriter, *calling){
	"concat":            (*rewriter).concat,
	"concat_ws":         func(r *rewriter, c *calling) { r.renameIf(c, len(c.args) == 2) },
	"if":                (*rewriter).ifCall,
	"now":               func(r *rewriter, c *calling) { r.noteClock("now()"); r.renameIf(c, true) },
	"at_timezone":       func(r *rewriter, c *calling) { r.noteZone(); r.renameIf(c, true) },
	"with_timezone":     func(r *rewriter, c *calling) { r.noteZone(); r.renameIf(c, true) },
	"from_unixtime":     (*rewriter).fromUnixtime,
	"approx_distinct":   (*rewriter).approxDistinct,
	"approx_percentile": (*rewriter).approxPercentile,
	"arbitrary":         func(r *rewriter, c *calling) { r.rename(c, "any_value") },
	"every":             func(r *rewriter, c *calling) { r.rename(c, "bool_and") },
	"max_by":            func(r *rewriter, c *calling) { r.byNull(c, "arg_max") },
	"min_by":            func(r *rewriter, c *calling) { r.byNull(c, "arg_min") },
	"map_agg":           func(r *rewriter, c *calling) { r.pairs(c, "trino.map_of") },
	"multimap_agg":      func(r *rewriter, c *calling) { r.pairs(c, "trino.multimap_of") },
	"map_union":         (*rewriter).mapUnion,
	"transform":         func(r *rewriter, c *calling) { r.lambda(c, 1, "list_transform(", "") },
	"filter":            func(r *rewriter, c *calling) { r.lambda(c, 1, "list_filter(", "") },
	"any_match":         func(r *rewriter, c *calling) { r.lambda(c, 1, "trino.any_true(list_transform(", ")") },
	"all_match":         func(r *rewriter, c *calling) { r.lambda(c, 1, "trino.all_true(list_transform(", ")") },
	"none_match":        func(r *rewriter, c *calling) { r.lambda(c, 1, "NOT trino.any_true(list_transform(", ")") },
	"zip_with":          (*rewriter).zipWith,
	"map_filter":        func(r *rewriter, c *calling) { r.mapLambda(c, "list_filter", "%s") },
	"transform_values": func(r *rewriter, c *calling) {
		r.mapLambda(c, "list_transform", "struct_pack(k := trino_e.key, v := %s)")
	},
	"transform_keys": func(r *rewriter, c *calling) {
		r.mapLambda(c, "list_transform", "struct_pack(k := %s, v := trino_e.value)")
	},
	"array_sort":          (*rewriter).arraySort,
	"regexp_replace":      (*rewriter).regexpReplace,
	"regexp_like":         (*rewriter).regexpCall,
	"regexp_extract":      (*rewriter).regexpCall,
	"regexp_extract_all":  (*rewriter).regexpCall,
	"regexp_count":        (*rewriter).regexpCall,
	"regexp_split":        (*rewriter).regexpCall,
	"regexp_position":     (*rewriter).regexpCall,
	"json_extract":        (*rewriter).jsonCall,
	"json_size":           (*rewriter).jsonCall,
	"json_extract_scalar": (*rewriter).jsonCall,
	"date_format":         func(r *rewriter, c *calling) { r.patternCall(c, mysqlPattern) },
	"date_parse":          func(r *rewriter, c *calling) { r.patternCall(c, mysqlPattern) },
	"format_datetime":     func(r *rewriter, c *calling) { r.patternCall(c, jodaPattern) },
	"parse_datetime":      func(r *rewriter, c *calling) { r.patternCall(c, jodaPattern) },
	"format":              (*rewriter).format,
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
	"reduce_agg":           "use array_agg and reduce",
}

// renameIf calls the macro of the same name if that holds, else the engine's function.
func (r *rewriter) renameIf(c *calling, macro bool) {
	if macro {
		r.rename(c, "trino."+quoteIfKeyword(c.name))
	}
}

// concat joins by ||, which is NULL if an argument is; the engine's concat leaves NULL out.
func (r *rewriter) concat(c *calling) {
	if !r.arity(c, 1, 1000) {
		return
	}
	r.rename(c, "")
	for i, a := range c.args {
		r.e.wrap(a.from, a.to, "(", ")")
		if i > 0 {
			r.e.replace(a.from-1, a.from, " ||")
		}
	}
}

// ifCall gives the engine's if its third argument.
func (r *rewriter) ifCall(c *calling) {
	if r.arity(c, 2, 3) && len(c.args) == 2 {
		r.e.before(c.shut, ", NULL")
	}
}

func (r *rewriter) fromUnixtime(c *calling) {
	if len(c.args) > 1 {
		r.noteZone()
	}
	r.renameIf(c, true)
}

// approxDistinct counts exactly, which is within the bounds of the approximation.
func (r *rewriter) approxDistinct(c *calling) {
	if !r.arity(c, 1, 2) {
		return
	}
	r.rename(c, "count")
	if !c.distinct {
		r.e.before(c.args[0].from, "DISTINCT ")
	}
	if len(c.args) == 2 {
		r.e.cut(c.args[0].to, c.args[1].to)
	}
	r.note("approx_distinct counts exactly here; Athena's answer may differ by some percent")
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

// byNull keeps NULL as the value at the maximum or minimum, as Trino does.
func (r *rewriter) byNull(c *calling, name string) {
	if len(c.args) == 2 {
		name += "_null"
	}
	r.rename(c, name)
}

// pairs makes an aggregate of two arguments one over rows of both, and calls a function
// with what it gives.
func (r *rewriter) pairs(c *calling, function string) {
	if !r.arity(c, 2, 2) {
		return
	}
	r.rename(c, "array_agg")
	k, v := c.args[0], c.args[1]
	r.e.before(k.from, "struct_pack(k := ")
	r.e.before(v.from, "v := ")
	r.e.after(v.to-1, ")")
	r.e.wrap(c.at, c.to, function+"(", ")")
}

func (r *rewriter) mapUnion(c *calling) {
	if r.arity(c, 1, 1) {
		r.rename(c, "array_agg")
		r.e.wrap(c.at, c.to, "trino.union_of(", ")")
	}
}

// lambda calls the engine's function with the same arguments: an array and a lambda of
// so many parameters.
func (r *rewriter) lambda(c *calling, params int, open, shut string) {
	if !r.arity(c, 2, 2) {
		return
	}
	if len(c.args[1].params) != params {
		r.refuse(c.args[1].from, KindSyntax, "function %s wants a lambda here: x -> …", c.name)
		return
	}
	r.e.replace(c.at, c.open+1, open)
	r.e.wrap(c.args[1].body, c.args[1].to, "(", ")")
	r.e.after(c.shut, shut)
}

// twoParameters writes a lambda of two parameters as two lambdas that bind them to
// values: it returns what stands before and after the body.
func (r *rewriter) twoParameters(a *argument, first, second string) (open, shut string) {
	p, q := a.params[0], a.params[1]
	return fmt.Sprintf("list_transform([%s], lambda %s: list_transform([%s], lambda %s: (",
		first, quoteName(typedName(r.token(p))), second, quoteName(typedName(r.token(q)))), "))[1])[1]"
}

func (r *rewriter) wantsTwo(c *calling, i int) bool {
	if len(c.args[i].params) == 2 {
		return true
	}
	r.refuse(c.args[i].from, KindSyntax, "function %s wants a lambda with two parameters here: (a, b) -> …", c.name)
	return false
}

func (r *rewriter) zipWith(c *calling) {
	if !r.arity(c, 3, 3) || !r.wantsTwo(c, 2) {
		return
	}
	a := &c.args[2]
	open, shut := r.twoParameters(a, "struct_extract_at(trino_e, 1)", "struct_extract_at(trino_e, 2)")
	r.e.replace(c.at, c.open+1, "list_transform(trino.zip(")
	r.e.replace(a.from-1, a.body, "), lambda trino_e: "+open)
	r.e.replace(c.shut, c.shut+1, shut+")")
}

// mapLambda applies a lambda of key and value to a map's entries, and makes a map of what comes
// out. use says what is done with the lambda's result.
func (r *rewriter) mapLambda(c *calling, function, use string) {
	if !r.arity(c, 2, 2) || !r.wantsTwo(c, 1) {
		return
	}
	a := &c.args[1]
	open, shut := r.twoParameters(a, "trino_e.key", "trino_e.value")
	before, after, _ := strings.Cut(use, "%s")
	r.e.replace(c.at, c.open+1, "trino.from_entries("+function+"(map_entries(")
	r.e.replace(a.from-1, a.body, "), lambda trino_e: "+before+open)
	r.e.replace(c.shut, c.shut+1, shut+after+"))")
}

func (r *rewriter) arraySort(c *calling) {
	if len(c.args) == 2 && len(c.args[1].params) > 0 {
		r.refuse(c.args[1].from, KindName, "function array_sort with a comparator is not supported")
		return
	}
	r.renameIf(c, true)
}

// jsonCall translates a JSON path that is written out.
func (r *rewriter) jsonCall(c *calling) {
	if !r.arity(c, 2, 2) {
		return
	}
	r.renameIf(c, true)
	path := c.args[1]
	if path.shape != textShape {
		r.e.wrap(path.from, path.to, "trino.json_path(", ")")
		return
	}
	text, err := jsonPath(literalText(r.token(path.from)))
	if err != nil {
		r.refuse(path.from, KindValue, "JSON path: %s", err)
		return
	}
	r.e.replace(path.from, path.to, quoteText(text))
}

// literalText returns the content of a plain string.
func literalText(t *token) string {
	if t.kind != textToken || t.text[0] != '\'' {
		return ""
	}
	return strings.ReplaceAll(t.text[1:len(t.text)-1], "''", "'")
}

// format is Java's, of which %s, %d, %f with digits and %% are those of C.
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
	for i, a := range c.args[1:] {
		switch {
		case i >= len(verbs):
			r.e.cut(a.from-1, a.to) // Java leaves them out
		case verbs[i] == 's':
			r.e.wrap(a.from, a.to, "trino.to_varchar(", ")")
		}
	}
	r.rename(c, "printf")
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
