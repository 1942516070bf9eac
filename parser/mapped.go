package parser

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A mapping leads from a field of another system's schema to the record's. Of several
// that lead to one field the first that has a value counts.
type mapping struct{ from, to string }

// mapped adds what another system's event has of a record.
func (o *object) mapped(e Value, table []mapping) {
	for _, m := range table {
		if v, ok := find(e, m.from); ok {
			o.put(m.to, v)
		}
	}
}

// find is Get, or the member whose name is the whole path: exports write either.
func find(e Value, path string) (Value, bool) {
	if v, ok := e.Get(path); ok {
		return v, true
	}
	return e.Member(path)
}

// maxDots is how deep a name's path may lead. Longer ones are somebody's invention.
const maxDots = 32

// put sets a field from a value of another system, in the type that the field has in a
// record. What stands for nothing is left out.
func (o *object) put(path string, v Value) {
	if strings.Count(path, ".") > maxDots || v.IsNull() || len(v.raw) == 0 || string(v.raw) == `""` || string(v.raw) == "{}" || string(v.raw) == "[]" {
		return
	}
	text := v.String()
	switch {
	case path == "eventTime" || strings.HasSuffix(path, ".creationDate"):
		if text = momentOf(v); text != "" {
			o.set(path, text)
		}
	case v.raw[0] == '"':
		o.set(path, columnValue(path, text))
	case strings.HasSuffix(path, ".mfaAuthenticated"): // CloudTrail writes a text
		o.set(path, text)
	default:
		o.set(path, json.RawMessage(v.raw))
	}
}

// momentOf writes a time as CloudTrail does: of milliseconds since 1970, or of a text.
func momentOf(v Value) string {
	if v.raw[0] == '"' {
		return eventTimeOf(v.String())
	}
	ms, err := strconv.ParseInt(v.String(), 10, 64)
	if err != nil {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z")
}

// pick sets a field to the text at the first of the paths that has one.
func (o *object) pick(e Value, field string, paths ...string) {
	for _, p := range paths {
		if v, ok := find(e, p); ok && len(v.raw) > 2 && v.raw[0] == '"' {
			o.put(field, v)
			return
		}
	}
}

// resources adds what an event says of the resources, each an object whose names differ from
// the record's.
func (o *object) resources(list Value, table []mapping) {
	all := []any{}
	for r := range list.Each {
		one := &object{}
		one.mapped(r, table)
		if len(one.names) > 0 {
			all = append(all, one)
		}
	}
	if len(all) > 0 {
		o.set("resources", all)
	}
}
