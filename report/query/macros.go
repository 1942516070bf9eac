package query

import (
	"embed"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// macroFiles have the functions of the schema trino: each statement makes one macro that answers
// as the function of that name does in Trino.
//
//go:embed macros/*.sql
var macroFiles embed.FS

var loadMacros = sync.OnceValues(func() ([]string, map[string]bool) {
	statements := []string{"CREATE SCHEMA trino"}
	names := map[string]bool{}
	files, err := fs.Glob(macroFiles, "macros/*.sql")
	if err != nil {
		return nil, nil
	}
	slices.Sort(files)
	for _, file := range files {
		text, err := macroFiles.ReadFile(file)
		if err != nil {
			return nil, nil
		}
		for _, statement := range Split(string(text)) {
			statements = append(statements, statement)
			if m := macroName.FindStringSubmatch(statement); m != nil {
				names[m[1]] = true
			}
		}
	}
	for _, name := range []string{"greatest", "least", "zip"} {
		names[name] = true
	}
	return append(statements, variadicMacros()...), names
})

// macroName finds the name of a macro.
var macroName = regexp.MustCompile(`CREATE MACRO trino\."?([a-z0-9_]+)`)

// macroStatements returns what makes the schema trino, in the order in which it must be run.
func macroStatements() []string {
	statements, _ := loadMacros()
	return statements
}

// macroNames are the names of the macros that functions of the same name become.
func macroNames() map[string]bool {
	_, names := loadMacros()
	return names
}

// maxVariadic is how many arguments greatest, least and zip take at most.
const maxVariadic = 8

// variadicMacros makes those macros that there must be one of for each number of arguments.
func variadicMacros() []string {
	var statements []string
	for _, f := range []string{"greatest", "least"} {
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
			fields[i] = fieldName(i) + " := struct_extract_at(trino_z, " + number(i+1) + ")"
		}
		list := strings.Join(names, ", ")
		overloads = append(overloads, "("+list+") AS CASE WHEN "+strings.Join(names, " IS NULL OR ")+" IS NULL THEN NULL ELSE list_transform(list_zip("+
			list+"), lambda trino_z: struct_pack("+strings.Join(fields, ", ")+")) END")
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

// failure finds in the engine's message what a macro has to say.
var failure = regexp.MustCompile(`(?s)Could not convert string 'trino: (.*)' to INT32`)

// trinoMessage returns what a macro says with trino.fail, without the engine's words around it.
// Other messages are returned as they are.
func trinoMessage(message string) string {
	if m := failure.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return message
}
