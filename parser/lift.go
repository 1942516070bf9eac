package parser

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// lifting takes records out of the elements that hold them. What was found in one
// element is handed out before the next is read.
type lifting struct {
	scan  scanner
	found []wrapped // in the current element, and in what it holds
	next  int       // of found
	text  []byte    // of those that do not stand in the element as they are
	err   error     // what the element holds cannot be taken out
	what  string    // of an element that holds no record, where its shape's does not fit

	element []byte // the outermost element, which offsets are counted in
	start   int64  // its offset in the object
	at      int64  // what is found lies here
	level   int
	header  []string // of the table that is being read
}

// A wrapped is a record that lies in an element.
type wrapped struct {
	raw      []byte // nil: text[from:to]
	from, to int
	offset   int64
	level    int
	shape    *shape
}

const (
	// maxLevels of wrapping are looked into: a message of a queue in a log in an export.
	maxLevels = 4
	maxText   = 16 << 20 // bytes that are kept for the next element
)

// errWrapped is in the error of a record that lies in an element and cannot be read.
var errWrapped = errors.New("what is wrapped in it is no record")

// reset forgets the object.
func (l *lifting) reset(depth int) {
	text, found := l.text[:0], l.found[:0]
	if cap(text) > maxText {
		text = nil
	}
	*l = lifting{scan: scanner{depth: depth}, text: text, found: found}
}

// begin makes an element, or what was found in one, the one that is looked into.
func (l *lifting) begin(level int, at int64) {
	l.level, l.at, l.err, l.what = level, at, nil, ""
}

// where notes the place of what is found next: of a value of the outermost element,
// its own; of what lies deeper, that of what it lies in.
func (l *lifting) where(v Value) {
	if l.level == 0 && len(v.raw) > 0 {
		l.at = l.start + int64(uintptr(unsafe.Pointer(unsafe.SliceData(v.raw)))-uintptr(unsafe.Pointer(unsafe.SliceData(l.element))))
	}
}

// object adds a record that stands in the element as it is.
func (l *lifting) object(s *shape, v Value) {
	l.where(v)
	l.found = append(l.found, wrapped{raw: v.raw, offset: l.at, level: l.level + 1, shape: s})
}

// string adds a record that is the content of a JSON string. It reports
// whether the string may be a record at all: it begins with {.
func (l *lifting) string(s *shape, v Value) bool {
	if len(v.raw) < 2 || v.raw[0] != '"' {
		return false
	}
	from := len(l.text)
	l.text = AppendString(l.text, v.raw)
	if i := space(l.text, from); i == len(l.text) || l.text[i] != '{' {
		l.text = l.text[:from]
		return false
	}
	l.where(v)
	l.found = append(l.found, wrapped{from: from, to: len(l.text), offset: l.at, level: l.level + 1, shape: s})
	return true
}

// any adds what a value holds, an object or the text of one.
func (l *lifting) any(s *shape, v Value) {
	if len(v.raw) > 0 && v.raw[0] == '{' {
		l.object(s, v)
		return
	}
	l.string(s, v)
}

// derived adds a record that is put together from columns.
func (l *lifting) derived(s *shape, at Value, record any) {
	from := len(l.text)
	b, err := json.Marshal(record)
	if err != nil {
		l.err = err
		return
	}
	l.where(at)
	l.text = append(l.text, b...)
	l.found = append(l.found, wrapped{from: from, to: len(l.text), offset: l.at, level: l.level + 1, shape: s})
}

// lift looks into an element that is no record itself, and reports whether
// it holds any: then take hands them out.
func (rd *Reader) lift(r *Record, start int64) bool {
	l := &rd.lifting
	l.found, l.next, l.text = l.found[:0], 0, l.text[:0]
	l.element, l.start = r.Raw, start
	l.begin(0, start)
	rd.into(r, 0)
	return len(l.found) > 0
}

// into adds what the record holds behind the first n of found.
func (rd *Reader) into(r *Record, n int) {
	l := &rd.lifting
	rest := slices.Clone(l.found[n:])
	l.found = l.found[:n]
	if s := rd.wraps(r); s != nil {
		s.lift(l, s, Value{r.Raw})
		r.What = l.holdsNone(s, r)
		if len(l.found) > n && rd.lifted == nil {
			rd.lifted = l.found[n].shape
		}
	}
	l.found = append(l.found, rest...)
}

// holdsNone names an element of a shape of which no record could be taken.
func (l *lifting) holdsNone(s *shape, r *Record) string {
	switch {
	case l.what != "":
		return l.what
	case s.what == "":
		return r.What
	case s.results: // has columns of these names, and may well not have the others
		return s.what
	}
	return unlessEvents(r.Raw, s.what)
}

// wraps returns the shape of an element that is no record but may hold some.
func (rd *Reader) wraps(r *Record) *shape {
	if r.Raw[0] == '{' {
		for _, s := range shapes {
			if s.key == "" {
				continue
			}
			if _, ok := r.Get(s.key); ok {
				return s
			}
		}
	}
	if s := rd.envelope; s != nil && s.lift != nil && rd.lifting.level == 0 {
		return s
	}
	if r.Raw[0] == '"' {
		return eventStrings
	}
	return nil
}

// takeLifted hands out what was found in an element.
func (rd *Reader) takeLifted() (*Record, error) {
	l := &rd.lifting
	for {
		w := l.found[l.next]
		l.next++
		raw := w.raw
		if raw == nil {
			raw = l.text[w.from:w.to:w.to]
		}
		raw = raw[space(raw, 0):]
		rec := Record{Origin: rd.origin, Raw: raw, Shape: w.shape.name, Lifted: true}
		l.scan.moved()
		n := l.scan.element(raw, 0)
		err := l.scan.reason(n)
		if n > 0 && space(raw, n) == len(raw) {
			rec.Raw = raw[:n]
			err = l.scan.decode(&rec, 0)
		}
		if err == nil && rec.Kind == Foreign && w.level < maxLevels {
			before := len(l.found)
			l.begin(w.level, w.offset)
			rd.into(&rec, l.next)
			if len(l.found) > before {
				continue
			}
		}
		if rec.What == ForeignObject {
			rec.What = w.shape.what
		}
		index := rd.index
		rd.index++
		if err != nil {
			return nil, &RecordError{index, w.offset, fmt.Errorf("%s: %w: %w", w.shape.name, errWrapped, err)}
		}
		rec.Origin.Index, rec.Origin.Offset = index, w.offset
		rd.rec = rec
		return &rd.rec, nil
	}
}
