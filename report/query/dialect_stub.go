package query

import "strings"

// A Rewritten statement is what the engine runs.
type Rewritten struct {
	SQL    string
	Kind   string
	Target string
	Lake   bool
	Items  []Item
	Notes  []string
	Inner  string
}

// An Item is an item of the outermost SELECT.
type Item struct {
	Name string // as typed; "" for an expression without a name
	Star bool
}

// Rewrite translates a statement.
func Rewrite(sql string) (*Rewritten, error) { return rewrite(sql, nil) }

func rewrite(sql string, session func(string) bool) (*Rewritten, error) {
	r := &Rewritten{SQL: sql}
	words := strings.Fields(sql)
	if len(words) > 0 {
		r.Kind = strings.ToUpper(words[0])
	}
	if len(words) > 1 && (r.Kind == "CREATE" || r.Kind == "DROP") {
		r.Kind += " " + strings.ToUpper(words[1])
	}
	for i, w := range words {
		if i == 0 || !strings.EqualFold(words[i-1], "from") && !strings.EqualFold(words[i-1], "join") {
			continue
		}
		switch name := strings.ToLower(w); {
		case session != nil && session(name):
		case name == "cloudtrail_logs":
			r.SQL = strings.ReplaceAll(r.SQL, w, "ct.athena_located")
		case strings.Count(name, "-") == 4:
			r.SQL, r.Lake = strings.ReplaceAll(r.SQL, w, "ct.lake"), true
		case name == "events" || name == "objects" || name == "findings":
			r.SQL = strings.ReplaceAll(r.SQL, "FROM "+w, "FROM ct."+name)
		}
	}
	return r, nil
}

// Position returns the offset in the user's text of an offset in SQL.
func (r *Rewritten) Position(offset int) int { return offset }

// Split returns the statements of a script.
func Split(script string) []string {
	var all []string
	for s := range strings.SplitSeq(script, ";") {
		if strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
	}
	return all
}

func macroStatements() []string { return nil }
