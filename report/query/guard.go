package query

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A syntaxTree is what the engine's own parser makes of a query, as far as it matters here: what
// a query may call is judged by this tree, and not by the text.
type syntaxTree struct {
	items []Item // of the outermost SELECT; nil: not known
	calls []call
	scans []scanned
	full  bool // an event data store's structs are asked for what only ct.lake has: see lean
}

// A call is a call of a function.
type call struct {
	name     string // lower case
	table    bool   // in FROM
	location int    // a byte of the query; -1: unknown
}

// tableFunctions are those that a query may have in FROM: they compute, and read nothing.
var tableFunctions = []string{"unnest", "range", "generate_series", "json_each", "json_tree"}

// refusedFunctions do more than compute, or tell of more than the case. Others of that sort
// are table functions.
var refusedFunctions = []string{
	"currval", "current_setting", "getvariable", "nextval", "setseed", "sleep_ms", "stats", "which_secret", "write_log",
	"json_deserialize_sql", "json_serialize_plan", "json_serialize_sql",
	"current_database", "current_query", "current_role", "current_schemas", "session_user", "user",
}

// refused returns the first call that a query may not make, or nil.
func (t *syntaxTree) refused() *call {
	for i := range t.calls {
		c := &t.calls[i]
		if c.table && !slices.Contains(tableFunctions, c.name) || slices.Contains(refusedFunctions, c.name) {
			return c
		}
	}
	return nil
}

// A treeError is what the engine says instead of a tree.
type treeError struct {
	kind, message string
	position      int // -1: unknown
}

func (e *treeError) Error() string { return e.message }

// parseTree reads the engine's json_serialize_sql.
func parseTree(text []byte) (*syntaxTree, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // locations have 64 bits
	var root map[string]any
	if err := dec.Decode(&root); err != nil {
		return nil, err
	}
	if root["error"] == true {
		e := &treeError{kind: word(root, "error_type"), message: word(root, "error_message"), position: -1}
		if n, err := strconv.Atoi(word(root, "position")); err == nil {
			e.position = n
		}
		return nil, e
	}
	statements, _ := root["statements"].([]any)
	if len(statements) != 1 {
		return nil, &treeError{"multiple", strconv.Itoa(len(statements)) + " statements: one is run at a time", -1}
	}
	t := &syntaxTree{}
	t.walk(statements[0], false)
	if s, ok := statements[0].(map[string]any); ok {
		t.items = outermost(s["node"])
	}
	return t, nil
}

// walk collects the calls.
func (t *syntaxTree) walk(v any, inFrom bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			t.walk(e, false)
		}
	case map[string]any:
		t.full = t.full || !lean(v)
		if view, ok := viewOf(v); ok {
			t.scan(view)
		} else if s, ok := scanOf(v); ok {
			t.scan(s)
		}
		if v["class"] == "FUNCTION" {
			t.calls = append(t.calls, call{strings.ToLower(word(v, "function_name")), inFrom, location(v)})
		}
		for name, e := range v {
			t.walk(e, v["type"] == "TABLE_FUNCTION" && name == "function")
		}
	}
}

// scan notes a view. What a SELECT says of it says more than its name.
func (t *syntaxTree) scan(s scanned) {
	for i := range t.scans {
		if t.scans[i].location == s.location {
			if t.scans[i].from.IsZero() && t.scans[i].to.IsZero() {
				t.scans[i] = s
			}
			return
		}
	}
	t.scans = append(t.scans, s)
}

// outermost returns the items of the SELECT that names the columns of the result.
func outermost(node any) []Item {
	n, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	for _, inner := range []string{"left", "child"} { // of a UNION, and of WITH
		if below, ok := n[inner].(map[string]any); ok && word(n, "type") != "SELECT_NODE" {
			return outermost(below)
		}
	}
	list, ok := n["select_list"].([]any)
	if !ok {
		return nil
	}
	var items []Item
	for _, e := range list {
		items = append(items, selected(e))
	}
	return items
}

// selected describes an item of a SELECT.
func selected(e any) Item {
	m, _ := e.(map[string]any)
	if word(m, "class") == "STAR" {
		return Item{Star: true}
	}
	if alias := word(m, "alias"); alias != "" {
		return Item{Name: alias}
	}
	if names, ok := m["column_names"].([]any); ok && len(names) > 0 {
		name, _ := names[len(names)-1].(string)
		return Item{Name: name}
	}
	return Item{}
}

func word(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func location(m map[string]any) int {
	n, _ := m["query_location"].(json.Number)
	at, err := strconv.ParseUint(n.String(), 10, 64)
	if err != nil || at > math.MaxInt32 {
		return -1
	}
	return int(at)
}
