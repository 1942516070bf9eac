package query

import (
	"embed"
	"io/fs"
	"regexp"
	"strings"
	"sync"
)

// macroFiles define the functions that answer as those of Trino do, each as a macro of the engine:
// CREATE MACRO trino.name(parameters) AS expression, (more parameters) AS expression;
//
// They are not made in the engine but written out in the statement, which costs a start-up nothing, keeps a
// statement from growing with the depth of its calls (see expand), and gives a lambda's parameters
// names that no argument has.
//
//go:embed macros/*.sql
var macroFiles embed.FS

// sessionNames are words that the engine takes for functions of its own where no column has that name. To
// Trino they are names like others: WHERE user = 'alice' must not compare the engine's user.
var sessionNames = []string{"user", "session_user"}

// nameStatements define these names before the engine's own, so that using one is an error.
func nameStatements() (all []string) {
	for _, name := range sessionNames {
		message := quoteText("trino: Column '" + name + "' cannot be resolved")
		all = append(all, "CREATE MACRO main."+quoteName(name)+"() AS CAST(CAST("+message+" AS INTEGER) AS VARCHAR)")
	}
	return all
}

// A macro is a definition for one number of arguments.
type macro struct {
	params []string
	body   []token // without white space
	once   sync.Once
	parts  []macroPart
	uses   []int // how often each parameter is in parts
	size   int   // of parts, about
	tries  bool  // it has a TRY, which knows no lambda's parameters
}

// A macroPart is a fragment of a macro that is written out: text, an argument, or the name of a
// lambda's parameter.
type macroPart struct {
	text  string
	param int // the argument's number, or -1
	level int // of a name: its number, counted from those of the arguments
}

// macros are the definitions by name and number of arguments.
var macros = sync.OnceValue(func() map[string]map[int]*macro {
	all := map[string]map[int]*macro{}
	files, err := fs.Glob(macroFiles, "macros/*.sql")
	if err != nil {
		return nil
	}
	for _, file := range files {
		text, err := macroFiles.ReadFile(file)
		if err != nil {
			return nil
		}
		for _, statement := range Split(string(text)) {
			defineMacro(all, statement)
		}
	}
	for _, statement := range variadicMacros() {
		defineMacro(all, statement)
	}
	return all
})

// significant returns the tokens of a text that are not white space.
func significant(text string) []token {
	var list []token
	for _, t := range tokenize(text) {
		if t.kind != spaceToken {
			list = append(list, t)
		}
	}
	return list
}

// defineMacro reads a statement that defines a macro.
func defineMacro(all map[string]map[int]*macro, statement string) {
	t := significant(statement)
	name, _ := t[4].name() // CREATE MACRO trino . name
	all[name] = map[int]*macro{}
	for i := 5; i < len(t); i++ { // at (, or at the comma before it
		if t[i].is(",") {
			i++
		}
		m := &macro{}
		for i++; !t[i].is(")"); i++ {
			if !t[i].is(",") {
				m.params = append(m.params, t[i].text)
			}
		}
		i += 2 // ) AS
		from := i
		for depth := 0; i < len(t) && (depth > 0 || !t[i].is(",")); i++ {
			depth += nesting(&t[i])
		}
		m.body = t[from:i]
		all[name][len(m.params)] = m
		i--
	}
}

// nesting is how much deeper one is in brackets after a token.
func nesting(t *token) int {
	switch {
	case t.isAny("(", "[", "{"):
		return 1
	case t.isAny(")", "]", "}"):
		return -1
	default:
		return 0
	}
}

// maxVariadic is how many arguments greatest, least, map_concat and zip take at most.
const maxVariadic = 8

// variadicMacros makes those macros that there must be one of for each number of arguments.
func variadicMacros() []string {
	var statements []string
	for _, f := range []string{"greatest", "least", "map_concat"} {
		var overloads []string
		for n := 1; n <= maxVariadic; n++ {
			names := parameters(n)
			overloads = append(overloads, "("+strings.Join(names, ", ")+") AS CASE WHEN "+
				strings.Join(names, " IS NULL OR ")+" IS NULL THEN NULL ELSE "+f+"("+strings.Join(names, ", ")+") END")
		}
		statements = append(statements, "CREATE MACRO trino."+f+strings.Join(overloads, ", "))
	}
	return append(statements, zipMacro())
}

// zipMacro makes rows of the elements of arrays, as long as the longest.
func zipMacro() string {
	var overloads []string
	for n := 1; n <= maxVariadic; n++ {
		names := parameters(n)
		fields := make([]string, n)
		for i := range fields {
			fields[i] = fieldName(i) + " := struct_extract_at(z, " + number(i+1) + ")"
		}
		list := strings.Join(names, ", ")
		overloads = append(overloads, "("+list+") AS CASE WHEN "+strings.Join(names, " IS NULL OR ")+" IS NULL THEN NULL ELSE list_transform(list_zip("+
			list+"), lambda z: struct_pack("+strings.Join(fields, ", ")+")) END")
	}
	return "CREATE MACRO trino.zip" + strings.Join(overloads, ", ")
}

func parameters(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "a" + number(i+1)
	}
	return names
}

var (
	// failure finds in the engine's message what a macro has to say.
	failure = regexp.MustCompile(`(?s)Could not convert string 'trino: (.*)' to INT32`)
	// overflow finds the sum that is too large: none but sums have 128 bits.
	overflow = regexp.MustCompile(`^Type INT128 with value (-?[0-9]+) can't be cast .* type INT64`)
	// selfNamed finds a column that only the item of a SELECT has that it stands in.
	selfNamed = regexp.MustCompile(`^Column ("(?:[^"]|"")*") referenced that exists in the SELECT clause`)
)

// trinoMessage returns what a macro says with trino.fail, without the engine's words around it, and
// what Trino says of a sum that is too large and of a column that there is not: each item of a SELECT has a name, which the
// engine then takes for what was meant. Other messages are returned as they are.
func trinoMessage(message string) string {
	if m := failure.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	if m := overflow.FindStringSubmatch(message); m != nil {
		return "bigint addition overflow: the sum is " + m[1]
	}
	if m := selfNamed.FindStringSubmatch(message); m != nil {
		return "Column " + m[1] + " cannot be resolved: no table of the query has it"
	}
	return message
}
