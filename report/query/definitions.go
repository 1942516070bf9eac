package query

import (
	"regexp"
	"slices"
	"strings"
)

// A definition makes a view or a macro that statements use. There are some two hundred, of
// which most statements use none, and making them all takes longer than most queries
// do: each is made when a statement first names it.
type definition struct {
	sql   string
	needs []string // names of others that it uses
}

// definitions are all of them, by name, such as ct.events and trino.date_parse.
type definitions map[string]definition

// definedName finds what a statement defines, and usedName what it uses.
var (
	definedName = regexp.MustCompile(`CREATE (?:VIEW|MACRO) ((?:ct|trino)\."?[a-z0-9_]+)`)
	usedName    = regexp.MustCompile(`\b(?:ct|trino)\."?[a-z0-9_]+`)
)

// catalogs are words of statements that ask about the views.
var catalogs = regexp.MustCompile(`(?i)information_schema|duckdb_|pg_catalog|sqlite_master`)

// newDefinitions takes the definitions out of statements, and returns the others.
func newDefinitions(statements []string) (d definitions, others []string) {
	d = definitions{}
	for _, sql := range statements {
		m := definedName.FindStringSubmatch(sql)
		if m == nil {
			others = append(others, sql)
			continue
		}
		name := plainName(m[1])
		d[name] = definition{sql, slices.DeleteFunc(names(sql), func(s string) bool { return s == name })}
	}
	return d, others
}

func plainName(s string) string { return strings.ReplaceAll(s, `"`, "") }

func names(sql string) []string {
	all := usedName.FindAllString(sql, -1)
	for i := range all {
		all[i] = plainName(all[i])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// used returns the names of the definitions that a statement needs, those first that others
// need. A name in a text of the statement is taken for a use, which does no harm.
func (d definitions) used(sql string) (all []string) {
	wanted := names(sql)
	if catalogs.MatchString(sql) {
		for name := range d {
			if strings.HasPrefix(name, "ct.") {
				wanted = append(wanted, name)
			}
		}
		slices.Sort(wanted)
	}
	seen := map[string]bool{}
	var visit func(names []string)
	visit = func(names []string) {
		for _, name := range names {
			if this, ok := d[name]; ok && !seen[name] {
				seen[name] = true
				visit(this.needs)
				all = append(all, name)
			}
		}
	}
	visit(wanted)
	return all
}
