package query

import (
	"strings"
)

// A dataType is a type as Trino writes it.
type dataType struct {
	name    string // in lower case: varchar, array, map, row, timestamp with time zone …
	params  []string
	of      []dataType // an array's element, a map's key and value, a row's fields
	fields  []string   // the names of a row's fields; "" for one without
	from    int        // its first token
	hasRows bool
}

// typeName goes over a type and writes it as the engine does.
func (r *rewriter) typeName() {
	from := r.n
	if t, ok := r.readType(); ok {
		r.e.replace(from, r.n, t.engine())
	}
}

// readType goes over a type. It refuses one that the engine does not have.
func (r *rewriter) readType() (dataType, bool) {
	if !r.nest() {
		return dataType{}, false
	}
	defer r.unnest()
	t := dataType{from: r.n}
	if !r.isName(r.n) {
		r.refuse(r.n, KindSyntax, "a type is expected here%s", r.found())
		return t, false
	}
	t.name, _ = r.next().name()
	t.name = key(t.name)
	r.n++
	switch t.name {
	case "array", "map", "row", "struct":
		r.readParameters(&t)
	case "double":
		r.accept("PRECISION")
	case "interval":
		for r.next().isAny("DAY", "TO", "SECOND", "YEAR", "MONTH", "HOUR", "MINUTE") {
			r.n++
		}
	case "timestamp", "time":
		r.readPrecision(&t)
		if r.accept("WITH", "TIME", "ZONE") {
			t.name += " with time zone"
		} else {
			r.accept("WITHOUT", "TIME", "ZONE")
		}
	default:
		r.readPrecision(&t)
	}
	for r.err == nil && r.sees("[", "]") { // the engine's own way to write an array
		r.n += 2
		t = dataType{name: "array", of: []dataType{t}, from: t.from, hasRows: t.hasRows}
	}
	r.checkType(&t)
	return t, r.err == nil
}

// readPrecision goes over (10, 2).
func (r *rewriter) readPrecision(t *dataType) {
	if !r.next().is("(") {
		return
	}
	for r.n++; r.next().kind == numberToken; r.n++ {
		t.params = append(t.params, r.next().text)
		if !r.token(r.n + 1).is(",") {
			r.n++
			break
		}
		r.n++
	}
	if !r.accept(")") {
		r.refuse(r.n, KindSyntax, ") is expected here%s", r.found())
	}
}

// readParameters goes over (types) or <types>, with the names of a row's fields.
func (r *rewriter) readParameters(t *dataType) {
	shut := map[string]string{"(": ")", "<": ">"}[r.next().text]
	if shut == "" {
		r.refuse(r.n, KindSyntax, "%s wants the types of what it holds in parentheses", upper(t.name))
		return
	}
	for r.n++; r.more(); {
		if r.readParameter(t); len(t.of) > maxFields {
			r.refuse(r.n, KindSyntax, "type %s has more than %d fields", upper(t.name), maxFields)
			return
		}
		if !r.accept(",") {
			break
		}
	}
	if r.err == nil && !r.accept(shut) {
		r.refuse(r.n, KindSyntax, "%s is expected here%s", shut, r.found())
	}
	if n, ok := map[string]int{"array": 1, "map": 2}[t.name]; ok && r.err == nil && len(t.of) != n {
		r.refuse(t.from, KindSyntax, "%s wants %d types, not %d", upper(t.name), n, len(t.of))
	}
	t.hasRows = t.hasRows || t.name == "row" || t.name == "struct"
}

func (r *rewriter) readParameter(t *dataType) {
	name := ""
	if t.name == "row" || t.name == "struct" {
		switch after := r.token(r.n + 1); {
		case after.is(":"):
			name = typedName(r.next())
			r.n += 2
		case r.isName(r.n) && (after.kind == wordToken && !r.sees("DOUBLE", "PRECISION") && !after.is("WITH") || after.kind == quotedToken):
			name = typedName(r.next())
			r.n++
		}
		if r.next().kind == quotedToken { // "timestamp" alone is a name without type
			r.refuse(r.n, KindSyntax, "a type is expected here%s", r.found())
			return
		}
	}
	of, _ := r.readType()
	t.of, t.fields = append(t.of, of), append(t.fields, name)
	t.hasRows = t.hasRows || of.hasRows
}

// engineTypes are the engine's names of Trino's types (Trino, "Data types"). A string is
// Hive's word for varchar. IPADDRESS is the number of an IPv6 address, in which those of
// IPv4 have their place.
var engineTypes = map[string]string{
	"boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INTEGER", "int": "INTEGER", "bigint": "BIGINT",
	"real": "FLOAT", "float": "FLOAT", "double": "DOUBLE", "decimal": "DECIMAL", "varchar": "VARCHAR", "string": "VARCHAR",
	"varbinary": "BLOB", "json": "JSON", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP",
	"timestamp with time zone": "TIMESTAMPTZ", "time with time zone": "TIMETZ", "interval": "INTERVAL", "uuid": "UUID", "ipaddress": "UHUGEINT",
	// The engine's own.
	"text": "VARCHAR", "numeric": "DECIMAL", "hugeint": "HUGEINT", "ubigint": "UBIGINT", "uinteger": "UINTEGER", "blob": "BLOB",
	"timestamptz": "TIMESTAMPTZ", "uhugeint": "UHUGEINT", "bool": "BOOLEAN",
}

// checkType refuses a type that the engine does not have.
func (r *rewriter) checkType(t *dataType) {
	if r.err != nil || len(t.of) > 0 {
		return
	}
	if t.name == "char" {
		r.refuse(t.from, KindSyntax, "type CHAR is not supported: write VARCHAR, which has no padding")
	} else if _, ok := engineTypes[t.name]; !ok {
		r.refuse(t.from, KindName, "type %s is unknown", strings.ToUpper(t.name))
	}
}

// engine returns the type as the engine writes it.
func (t *dataType) engine() string {
	switch t.name {
	case "array":
		return t.of[0].engine() + "[]"
	case "map":
		return "MAP(" + t.of[0].engine() + ", " + t.of[1].engine() + ")"
	case "row", "struct":
		fields := make([]string, len(t.of))
		for i := range t.of {
			fields[i] = quoteName(t.field(i)) + " " + t.of[i].engine()
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	case "decimal", "numeric":
		return "DECIMAL" + t.decimal()
	default:
		return engineTypes[t.name]
	}
}

// decimal returns precision and scale: DECIMAL alone is DECIMAL(38, 0) in Trino.
func (t *dataType) decimal() string {
	switch len(t.params) {
	case 0:
		return "(38, 0)"
	case 1:
		return "(" + t.params[0] + ", 0)"
	default:
		return "(" + t.params[0] + ", " + t.params[1] + ")"
	}
}

// field returns the name of a row's field: field0 and so on where it has none.
func (t *dataType) field(i int) string {
	if t.fields[i] == "" {
		return fieldName(i)
	}
	return t.fields[i]
}
