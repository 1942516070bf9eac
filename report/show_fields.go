package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// A field is one column of what is shown of events.
type field struct {
	name   string
	leaves []int // what it needs of the store
	text   func(v *view, row int) []byte
	// json appends the value as JSON; nil: the text as a string, null where empty.
	json func(v *view, dst []byte, row int) []byte
	own  bool // the text is coldtrail's own: CSV has it as it is
}

// A view shows the rows of a block. It belongs to one goroutine.
type view struct {
	*block
	found   *memberships
	trust   *verdicts
	names   objectNames             // of objects, as JSON or as CSV has them
	places  map[string]*Whereabouts // of the block's addresses, as far as they were asked for
	clock   clock
	scratch []byte
	err     error // sticky: of reading names
}

func newView(b *block, found *memberships) *view {
	v := &view{block: b, found: found}
	v.names = objectNames{objects: &b.store.objects, encode: bareName}
	return v
}

// bareName is an object's name as it is, for a caller that escapes it.
func bareName(dst []byte, source, path string) []byte {
	return append(dst, objectName(source, path)...)
}

// timelineFields are the columns of timeline.csv, which show the same here.
var timelineFields = map[string]field{
	"time":         {leaves: []int{leafTime}, text: (*view).timeText},
	"event_id":     oneOf(leafDerived, leafID),
	"event_name":   oneOf(leafName),
	"event_source": oneOf(leafSource),
	"region":       oneOf(leafRegion),
	"account":      oneOf(leafAccount),
	"principal":    oneOf(leafPrincipal),
	"credential":   oneOf(leafCredential),
	"source_ip":    oneOf(leafSourceIP),
	"user_agent":   oneOf(leafUserAgent),
	"error":        oneOf(leafErrorCode, leafErrorMessage),
	"findings":     {text: (*view).detectors, json: (*view).detectorsJSON},
	"finding_ids":  {text: (*view).findingIDs, json: (*view).findingIDsJSON},
	"object":       {leaves: []int{leafObject}, text: (*view).objectText},
	"index":        numberField(leafIndex),
	"copies":       numberField(leafCopyCount),
	"integrity":    {leaves: []int{leafObject, leafOffset}, text: (*view).integrityText},
}

// TimelineColumns are the columns that a timeline shows where none are asked for.
var TimelineColumns = strings.Split(strings.TrimSuffix(TimelineHeader, "\n"), ",")

// findField returns the column of a name: one of timeline.csv's, or one of the
// event store's by its path with dots. Of a group it has all members, as JSON.
func findField(name string) (field, error) {
	name = strings.ToLower(name)
	f, ok := timelineFields[name]
	part, agent := strings.CutPrefix(name, agentPrefix)
	place, address := whereFields[name]
	switch leaf := leafNamed(name); {
	case ok:
	case agent && slices.Contains(detect.UserAgentFields(), part):
		f = agentField(part)
	case address:
		f = field{leaves: []int{leafSourceIP}, text: whereText(place, nil)}
	case leaf >= 0:
		f = leafField(leaf)
	default:
		c := columnNamed(eventColumns, strings.Split(name, "."))
		if c == nil {
			return f, fmt.Errorf("column %q: neither one of the timeline (%s, finding_ids, integrity), nor of the user agent (%s%s), nor of the address (%s), nor of the event store (such as %s)",
				name, strings.Join(TimelineColumns, ", "), agentPrefix, strings.Join(detect.UserAgentFields(), ", "+agentPrefix), strings.Join(slices.Sorted(maps.Keys(whereFields)), ", "), "requestparameters, useridentity.username or eventjson")
		}
		f = nodeField(c, name)
	}
	f.name = name
	return f, nil
}

// agentPrefix is what columns that take the user agent apart begin with.
const agentPrefix = "ua_"

// agentField shows what a user agent tells.
func agentField(part string) field {
	return field{leaves: []int{leafUserAgent}, text: func(v *view, row int) []byte {
		b, _ := v.bytes(leafUserAgent, row)
		u := detect.ParseUserAgent(string(b))
		text, _ := u.Get(part)
		return []byte(text)
	}}
}

func columnNamed(columns []column, path []string) *column {
	i := slices.IndexFunc(columns, func(c column) bool { return c.Name == path[0] })
	switch {
	case i < 0:
		return nil
	case len(path) == 1:
		return &columns[i]
	}
	return columnNamed(columns[i].Fields, path[1:])
}

// oneOf shows the first of several columns that has a text.
func oneOf(leaves ...int) field {
	return field{leaves: leaves, text: func(v *view, row int) []byte {
		for _, l := range leaves {
			if b, _ := v.bytes(l, row); len(b) > 0 {
				return b
			}
		}
		return nil
	}}
}

func numberField(leaf int) field {
	text := func(v *view, row int) []byte {
		n, ok := v.vectors[leaf].number(row)
		if !ok {
			return nil
		}
		v.scratch = strconv.AppendInt(v.scratch[:0], n, 10)
		return v.scratch
	}
	return field{leaves: []int{leaf}, text: text, json: func(v *view, dst []byte, row int) []byte {
		return append(dst, nullIfEmpty(text(v, row))...)
	}}
}

func nullIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return []byte("null")
	}
	return b
}

// leafField shows a column of the store that has values.
func leafField(leaf int) field {
	l := &eventLeaves[leaf]
	switch {
	case leaf == leafTime:
		return timelineFields["time"]
	case l.Repetition > 0:
		return listField(leaf)
	case l.Type == numberColumn:
		return numberField(leaf)
	case l.Type == jsonColumn:
		f := oneOf(leaf)
		text := f.text
		f.json = func(v *view, dst []byte, row int) []byte { return appendOneLine(dst, text(v, row)) }
		return f
	}
	return oneOf(leaf)
}

// appendOneLine appends a JSON text as it is, but for white space between its
// tokens; one that is none, as a string.
func appendOneLine(dst, text []byte) []byte {
	if len(text) == 0 {
		return append(dst, "null"...)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return appendJSONString(dst, textOf(text))
	}
	return appendPrintable(dst, compact.Bytes())
}

// listField shows the texts of a list: joined by ";", or as a JSON array.
func listField(leaf int) field {
	each := func(v *view, row int, do func([]byte)) {
		vec := v.vectors[leaf]
		from, to := vec.entries(row)
		for _, n := range vec.index[from:to] {
			switch {
			case n < 0:
			case vec.text:
				do(vec.value(n))
			default:
				do(strconv.AppendInt(nil, vec.ints[n], 10))
			}
		}
	}
	text := eventLeaves[leaf].Type != numberColumn
	return field{leaves: []int{leaf}, text: func(v *view, row int) []byte {
		v.scratch = v.scratch[:0]
		each(v, row, func(b []byte) { v.scratch = appendJoined(v.scratch, b) })
		return v.scratch
	}, json: func(v *view, dst []byte, row int) []byte {
		l := jsonList{dst: append(dst, '[')}
		each(v, row, func(b []byte) { l.add(b, text) })
		return append(l.dst, ']')
	}}
}

func appendJoined(dst, b []byte) []byte {
	if len(dst) > 0 {
		dst = append(dst, ';')
	}
	return append(dst, b...)
}

type jsonList struct {
	dst []byte
	n   int
}

func (l *jsonList) add(b []byte, text bool) {
	if l.n++; l.n > 1 {
		l.dst = append(l.dst, ',')
	}
	if text {
		l.dst = appendJSONString(l.dst, textOf(b))
	} else {
		l.dst = append(l.dst, b...)
	}
}

func (v *view) timeText(row int) []byte {
	v.scratch = v.clock.append(v.scratch[:0], v.time(row))
	return v.scratch
}

func (v *view) objectText(row int) []byte {
	name, err := v.names.field(uint64(v.number(leafObject, row)))
	if err != nil && v.err == nil {
		v.err = err
	}
	return name
}

// eachDetector calls do with the distinct detectors of the findings that list the event, sorted.
func (v *view) eachDetector(row int, do func(id string)) {
	last := ""
	for _, e := range v.found.of(v.ordinal(row)) {
		if id := v.found.findings[e.finding].Detector; id != last {
			do(id)
			last = id
		}
	}
}

func (v *view) detectors(row int) []byte {
	v.scratch = v.scratch[:0]
	v.eachDetector(row, func(id string) { v.scratch = appendJoined(v.scratch, []byte(id)) })
	return v.scratch
}

func (v *view) detectorsJSON(dst []byte, row int) []byte {
	l := jsonList{dst: append(dst, '[')}
	v.eachDetector(row, func(id string) { l.add([]byte(id), true) })
	return append(l.dst, ']')
}

func (v *view) findingIDs(row int) []byte {
	v.scratch = v.scratch[:0]
	for _, e := range v.found.of(v.ordinal(row)) {
		v.scratch = appendJoined(v.scratch, []byte(v.found.findings[e.finding].ID))
	}
	return v.scratch
}

func (v *view) findingIDsJSON(dst []byte, row int) []byte {
	l := jsonList{dst: append(dst, '[')}
	for _, e := range v.found.of(v.ordinal(row)) {
		l.add([]byte(v.found.findings[e.finding].ID), true)
	}
	return append(l.dst, ']')
}

// integrityText is the verdict of the event's object.
func (v *view) integrityText(row int) []byte {
	if v.trust == nil {
		if v.trust, v.err = v.store.verdicts(); v.err != nil {
			return nil
		}
	}
	return []byte(v.trust.event(uint64(v.number(leafObject, row)), v.number(leafOffset, row)))
}
