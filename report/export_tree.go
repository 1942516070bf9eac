package report

import (
	"context"
	"io"
	"strings"
	"time"
)

// An exportMember is a value of the JSON object that an event becomes.
type exportMember struct {
	path   string // names with dots: of the objects that it lies in, and its own
	leaves []int  // what it needs of the store; nil: what findings say
	// json appends the value, or nothing where there is none.
	json func(v *view, dst []byte, row int) []byte
}

// A treeLister writes events as JSON objects, one a line. An object that would be empty
// is left out. Members that lie in one object must follow each other.
type treeLister struct {
	before  string // of each event: a line of its own, or nothing
	members []treeMember
}

type treeMember struct {
	*exportMember
	within []string // the objects that it lies in
	name   string
}

func newTreeLister(before string, members []exportMember) *treeLister {
	t := &treeLister{before: before}
	for i := range members {
		path := strings.Split(members[i].path, ".")
		n := len(path) - 1
		t.members = append(t.members, treeMember{&members[i], path[:n], path[n]})
	}
	return t
}

func (t *treeLister) encode(v *view) (out lines) {
	for row := range v.rows {
		out.b = append(append(out.b, t.before...), '{')
		var open []string
		for i := range t.members {
			m := &t.members[i]
			before := len(out.b)
			out.b = m.enter(out.b, open)
			begin := len(out.b)
			if out.b = m.json(v, out.b, row); len(out.b) == begin {
				out.b = out.b[:before]
				continue
			}
			open = m.within
		}
		for range open {
			out.b = append(out.b, '}')
		}
		out.b = append(out.b, "}\n"...)
		out.n++
	}
	return out
}

// enter closes the objects that the member does not lie in, and opens those that it does.
func (m *treeMember) enter(dst []byte, open []string) []byte {
	same := 0
	for same < len(open) && same < len(m.within) && open[same] == m.within[same] {
		same++
	}
	for range open[same:] {
		dst = append(dst, '}')
	}
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	for _, name := range m.within[same:] {
		dst = append(append(append(dst, '"'), name...), `":{`...)
	}
	return append(append(append(dst, '"'), m.name...), `":`...)
}

// writeTree writes the selected events as trees.
func (s *EventStore) writeTree(ctx context.Context, w io.Writer, f *Filter, t *treeLister) (told FileExported, err error) {
	fields := make([]field, len(t.members))
	for i := range t.members {
		fields[i].leaves = t.members[i].leaves
	}
	var listed Listed
	err = s.listRows(ctx, w, f, fields, t, &listed)
	return FileExported{Events: listed.Events}, err
}

// textMember is the first of several columns that has a text, as a string.
func textMember(path string, columns ...string) exportMember {
	return fieldMember(path, oneOf(leavesNamed(columns...)...))
}

// fieldMember is a field as a string, where it is not empty.
func fieldMember(path string, f field) exportMember {
	return exportMember{path, f.leaves, func(v *view, dst []byte, row int) []byte {
		if text := f.text(v, row); len(text) > 0 {
			dst = appendJSONString(dst, textOf(text))
		}
		return dst
	}}
}

// jsonMember is a field that is JSON itself, null left out.
func jsonMember(path string, f field) exportMember {
	return exportMember{path, f.leaves, func(v *view, dst []byte, row int) []byte {
		n := len(dst)
		if dst = f.json(v, dst, row); string(dst[n:]) == "null" || string(dst[n:]) == "[]" {
			return dst[:n]
		}
		return dst
	}}
}

// constantMember is the same JSON in every event.
func constantMember(path, json string) exportMember {
	return exportMember{path, []int{leafTime}, func(_ *view, dst []byte, _ int) []byte { return append(dst, json...) }}
}

// boolMember is a column whose text is true or false, in whatever case, as a boolean.
func boolMember(path, column string) exportMember {
	leaf := eventLeaf(column)
	return exportMember{path, []int{leaf}, func(v *view, dst []byte, row int) []byte {
		text, _ := v.bytes(leaf, row)
		switch strings.ToLower(string(text)) {
		case "true":
			return append(dst, "true"...)
		case "false":
			return append(dst, "false"...)
		}
		return dst
	}}
}

// timeMember is the event's time as RFC 3339 in UTC, with milliseconds where the reader keeps no more.
func timeMember(path, layout string) exportMember {
	return exportMember{path, []int{leafTime}, func(v *view, dst []byte, row int) []byte {
		dst = v.time(row).AppendFormat(append(dst, '"'), layout)
		return append(dst, '"')
	}}
}

// columnTimeMember is a column that has a time, in RFC 3339; what is none is left out.
func columnTimeMember(path, column string) exportMember {
	leaf := eventLeaf(column)
	return exportMember{path, []int{leaf}, func(v *view, dst []byte, row int) []byte {
		text, _ := v.bytes(leaf, row)
		when, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil {
			return dst
		}
		return append(when.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
	}}
}

// recordMember is the whole record, as a string or as JSON.
func recordMember(path string, asText bool) exportMember {
	return exportMember{path, []int{leafRaw}, func(v *view, dst []byte, row int) []byte {
		raw, _ := v.bytes(leafRaw, row)
		if asText {
			return appendJSONString(dst, textOf(raw))
		}
		return appendPrintable(dst, appendMinified(nil, raw))
	}}
}

// objectMembers say where in the evidence the event lies, and which findings list it.
func objectMembers(within string) []exportMember {
	return []exportMember{
		jsonMember(within+"ordinal", numberField(leafOrdinal)),
		fieldMember(within+"object", timelineFields["object"]),
		jsonMember(within+"record_index", numberField(leafIndex)),
		jsonMember(within+"record_offset", numberField(leafOffset)),
		jsonMember(within+"copies", numberField(leafCopyCount)),
		jsonMember(within+"detectors", field{json: (*view).detectorsJSON}),
		jsonMember(within+"finding_ids", field{json: (*view).findingIDsJSON}),
		severityMember(within + "severity"),
	}
}

// severityMember is the severity of the worst finding that lists the event.
func severityMember(path string) exportMember {
	return exportMember{path, nil, func(v *view, dst []byte, row int) []byte {
		if worst, any := v.worst(row); any {
			dst = append(append(append(dst, '"'), worst.String()...), '"')
		}
		return dst
	}}
}
