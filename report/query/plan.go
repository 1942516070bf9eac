package query

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// The engine's views are made of expressions, and it compares only plain columns with what the files
// say of their row groups. So two things are taken from the syntax tree of a query, and
// neither changes what it answers: whether an event data store may be one whose structs
// are the files' own (see views.go), and between which times all events lie
// that a SELECT can want.

// A scanned is a view of the case in FROM.
type scanned struct {
	location int    // a byte of the query: where its name stands
	name     string // lake, athena or athena_located
	from, to time.Time
}

// leanIdentity are the fields of useridentity that an event data store has as the files have them.
var leanIdentity = []string{
	"type", "principalid", "arn", "accountid", "invokedby", "accesskeyid", "username", "onbehalfof",
	"sessioncontext.attributes.mfaauthenticated", "sessioncontext.sessionissuer", "sessioncontext.ec2roledelivery", "sessioncontext.webidfederationdata",
}

// lean reports whether an expression of the tree leaves lake_plain possible.
func lean(m map[string]any) bool {
	if word(m, "class") == "STAR" {
		return false
	}
	names := columnPath(m)
	if slices.Contains(names, "resources") {
		return false
	}
	i := slices.Index(names, "useridentity")
	if i < 0 {
		return true
	}
	path := strings.Join(names[i+1:], ".")
	return slices.ContainsFunc(leanIdentity, func(field string) bool {
		return path == field || strings.HasPrefix(path, field+".")
	})
}

// columnPath returns the names of a column, in lower case; nil: m is none.
func columnPath(m map[string]any) (names []string) {
	if word(m, "class") != "COLUMN_REF" {
		return nil
	}
	list, _ := m["column_names"].([]any)
	for _, e := range list {
		name, _ := e.(string)
		names = append(names, strings.ToLower(name))
	}
	return names
}

// scanOf returns the view of the case that a SELECT is from, and between which times the events lie that
// it can want; ok: it is from one, and from nothing else. A SELECT around it that only leaves out
// columns, which is how the dialect asks for athena_located, is no other.
func scanOf(node map[string]any) (s scanned, ok bool) {
	from, _ := node["from_table"].(map[string]any)
	for word(from, "type") == "SUBQUERY" {
		inner, _ := from["subquery"].(map[string]any)
		below, _ := inner["node"].(map[string]any)
		if !onlyStar(below) {
			return s, false
		}
		from, _ = below["from_table"].(map[string]any)
	}
	if s, ok = viewOf(from); !ok || from["sample"] != nil {
		return s, false
	}
	where, _ := node["where_clause"].(map[string]any)
	s.narrow(where)
	return s, true
}

// onlyStar reports whether a SELECT does nothing but leave out columns.
func onlyStar(node map[string]any) bool {
	for name, v := range node {
		switch name {
		case "type", "select_list", "from_table", "aggregate_handling", "cte_map":
		default: // conditions, groups, limits, samples …
			if list, ok := v.([]any); v != nil && (!ok || len(list) > 0) {
				return false
			}
		}
	}
	items, _ := node["select_list"].([]any)
	if word(node, "type") != "SELECT_NODE" || len(items) != 1 {
		return false
	}
	star := object(items[0])
	replaces, _ := star["replace_list"].([]any)
	renames, _ := star["rename_list"].([]any)
	return word(star, "class") == "STAR" && len(replaces)+len(renames) == 0 && star["expr"] == nil
}

// viewOf returns the view that a table of FROM is.
func viewOf(table map[string]any) (s scanned, ok bool) {
	s = scanned{location: location(table), name: word(table, "table_name")}
	return s, word(table, "type") == "BASE_TABLE" && word(table, "schema_name") == "ct" &&
		slices.Contains([]string{"lake", "athena", "athena_located"}, s.name)
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// narrow takes the bounds of eventtime out of a condition.
func (s *scanned) narrow(condition map[string]any) {
	left, right := object(condition["left"]), object(condition["right"])
	kind := word(condition, "type")
	switch word(condition, "class") {
	case "CONJUNCTION":
		if kind == "CONJUNCTION_AND" {
			list, _ := condition["children"].([]any)
			for _, c := range list {
				s.narrow(object(c))
			}
		}
	case "BETWEEN":
		if kind == "COMPARE_BETWEEN" && isEventTime(object(condition["input"])) {
			s.bound(object(condition["lower"]), true)
			s.bound(object(condition["upper"]), false)
		}
	case "COMPARISON":
		if isEventTime(right) {
			left, right = right, left
			kind = mirrored[kind]
		}
		if !isEventTime(left) {
			return
		}
		switch kind {
		case "COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO":
			s.bound(right, true)
		case "COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO":
			s.bound(right, false)
		case "COMPARE_EQUAL":
			s.bound(right, true)
			s.bound(right, false)
		}
	}
}

var mirrored = map[string]string{
	"COMPARE_GREATERTHAN": "COMPARE_LESSTHAN", "COMPARE_GREATERTHANOREQUALTO": "COMPARE_LESSTHANOREQUALTO",
	"COMPARE_LESSTHAN": "COMPARE_GREATERTHAN", "COMPARE_LESSTHANOREQUALTO": "COMPARE_GREATERTHANOREQUALTO", "COMPARE_EQUAL": "COMPARE_EQUAL",
}

// isEventTime reports whether an expression is eventtime, or the time that its text stands for.
func isEventTime(m map[string]any) bool {
	if word(m, "class") == "FUNCTION" && slices.Contains([]string{"from_iso8601_timestamp", "to_timestamp"}, word(m, "function_name")) {
		if list, _ := m["children"].([]any); len(list) == 1 {
			m = object(list[0])
		}
	}
	names := columnPath(m)
	return len(names) > 0 && len(names) <= 2 && names[len(names)-1] == "eventtime"
}

var dayPrefix = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}($|[T ])`)

// boundSlack is how far from the day of a bound an event may lie, in UTC, that the bound lets in:
// either the text of an eventtime or that of the bound may have an offset, which is less than a day.
const boundSlack = 24 * time.Hour

// bound narrows the times to those after, or before, a constant.
func (s *scanned) bound(m map[string]any, after bool) {
	if word(m, "class") == "CAST" {
		m = object(m["child"])
	} else if word(m, "class") == "FUNCTION" && slices.Contains([]string{"from_iso8601_timestamp", "to_timestamp", "to_date"}, word(m, "function_name")) {
		if list, _ := m["children"].([]any); len(list) == 1 {
			m = object(list[0])
		}
	}
	value := object(m["value"])
	text, _ := value["value"].(string)
	if word(m, "class") != "CONSTANT" || word(object(value["type"]), "id") != "VARCHAR" || !dayPrefix.MatchString(text) {
		return
	}
	from, to, ok := s.around(text)
	if ok && after && (s.from.IsZero() || from.After(s.from)) {
		s.from = from
	}
	if ok && !after && (s.to.IsZero() || to.Before(s.to)) {
		s.to = to
	}
}

// around returns times between which an event lies whose eventtime equals a text. In an event data
// store eventtime is a time, and that is all; otherwise it may be a text.
func (s *scanned) around(text string) (from, to time.Time, ok bool) {
	if s.name == "lake" {
		for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05"} {
			if at, err := time.Parse(layout, strings.TrimSuffix(text, "Z")); err == nil {
				return at.Truncate(time.Second), at.Truncate(time.Second).Add(time.Second), true
			}
		}
	}
	day, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)])
	return day.Add(-boundSlack), day.Add(24*time.Hour + boundSlack), err == nil
}

// A replaced is a part of a text that was replaced.
type replaced struct{ at, was, now int }

// planned writes faster views in the place of those that are scanned. What was replaced
// is in order.
func (t *syntaxTree) planned(sql string) (text string, all []replaced) {
	scans := slices.SortedFunc(slices.Values(t.scans), func(a, b scanned) int { return a.location - b.location })
	done := 0
	for _, s := range scans {
		was := "ct." + s.name
		if s.location < done || !strings.HasPrefix(sql[s.location:], was) {
			continue
		}
		now := was
		if s.name == "lake" && !t.full {
			now += "_plain"
		}
		if !s.from.IsZero() || !s.to.IsZero() {
			now += "_between(" + boundText(s.from, "-infinity") + ", " + boundText(s.to, "infinity") + ")"
		}
		if now != was {
			text += sql[done:s.location] + now
			done = s.location + len(was)
			all = append(all, replaced{s.location, len(was), len(now)})
		}
	}
	return text + sql[done:], all
}

func boundText(t time.Time, open string) string {
	if !t.IsZero() {
		open = t.Format("2006-01-02 15:04:05+00")
	}
	return "TIMESTAMPTZ '" + open + "'"
}

// unplanned returns the offset in the text of before of an offset in what planned made of it.
func unplanned(all []replaced, offset int) int {
	for _, r := range all {
		switch {
		case offset < r.at:
			return offset
		case offset < r.at+r.now:
			return r.at
		}
		offset += r.was - r.now
	}
	return offset
}
