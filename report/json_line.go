package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Lines of JSON that coldtrail has written are read in one pass: their members stand in the order of the fields, without white
// space between them. encoding/json, which does not know that, takes several times as long. What stands otherwise is left to
// it, as is what is wrong with it.

// decodeLine reads a line of JSON into *v, which is zero.
func decodeLine[T any](line []byte, v *T) error {
	p := lineJSON{bytes.TrimSuffix(line, []byte("\n"))}
	if p.into(v) && len(p.b) == 0 {
		return nil
	}
	*v = *new(T)
	return json.Unmarshal(line, v)
}

// decodeFront reads the value that b begins with into *v, which is zero, and returns what follows it.
func decodeFront[T any](b []byte, v *T) (rest []byte, err error) {
	p := lineJSON{b}
	if p.into(v) {
		return p.b, nil
	}
	*v = *new(T)
	dec := json.NewDecoder(bytes.NewReader(b))
	err = dec.Decode(v)
	return b[dec.InputOffset():], err
}

// A lineJSON is what is left to be read. Its methods take a value off the front; false: it is not as coldtrail writes it, and
// what they were to fill in is of no use.
type lineJSON struct{ b []byte }

// A lineReader reads a value of one type.
type lineReader func(*lineJSON, reflect.Value) bool

var lineReaders sync.Map // by reflect.Type

func (p *lineJSON) into(v any) bool {
	to := reflect.ValueOf(v).Elem()
	read, ok := lineReaders.Load(to.Type())
	if !ok {
		read, _ = lineReaders.LoadOrStore(to.Type(), newLineReader(to.Type(), 0))
	}
	return read.(lineReader)(p, to)
}

// lineDepth is how far types are followed; some lead back to themselves.
const lineDepth = 8

func notInLine(*lineJSON, reflect.Value) bool { return false }

func newLineReader(t reflect.Type, depth int) lineReader {
	switch to := reflect.PointerTo(t); {
	case depth > lineDepth:
		return notInLine
	case to.Implements(reflect.TypeFor[json.Unmarshaler]()):
		return (*lineJSON).unmarshal
	case to.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return (*lineJSON).unmarshalText
	}
	switch t.Kind() {
	case reflect.String:
		return func(p *lineJSON, to reflect.Value) bool {
			s, ok := p.text()
			to.SetString(s)
			return ok
		}
	case reflect.Bool:
		return func(p *lineJSON, to reflect.Value) bool {
			yes := p.take("true")
			to.SetBool(yes)
			return yes || p.take("false")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(p *lineJSON, to reflect.Value) bool {
			n, err := strconv.ParseInt(p.number(), 10, t.Bits())
			to.SetInt(n)
			return err == nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(p *lineJSON, to reflect.Value) bool {
			n, err := strconv.ParseUint(p.number(), 10, t.Bits())
			to.SetUint(n)
			return err == nil
		}
	case reflect.Pointer:
		read := newLineReader(t.Elem(), depth+1)
		return func(p *lineJSON, to reflect.Value) bool {
			to.Set(reflect.New(t.Elem()))
			return read(p, to.Elem())
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // these are written in base64
			return newLineList(t, newLineReader(t.Elem(), depth+1))
		}
	case reflect.Struct:
		if members, ok := lineMembers(nil, t, nil, depth); ok {
			return func(p *lineJSON, to reflect.Value) bool { return p.object(members, to) }
		}
	}
	return notInLine
}

func newLineList(t reflect.Type, element lineReader) lineReader {
	return func(p *lineJSON, to reflect.Value) bool {
		if !p.take("[") {
			return false
		}
		to.Set(reflect.MakeSlice(t, 0, 0))
		if p.take("]") {
			return true
		}
		for n := 0; ; n++ {
			to.Grow(1)
			to.SetLen(n + 1)
			if !element(p, to.Index(n)) {
				return false
			}
			if p.take("]") {
				return true
			}
			if !p.take(",") {
				return false
			}
		}
	}
}

// A lineMember is a member of an object.
type lineMember struct {
	name  string
	key   []byte // the name as it stands there, with the colon
	index []int  // of the field
	read  lineReader
}

// lineMembers appends those of a struct, in their order. It knows of encoding/json's rules those that coldtrail's types need.
func lineMembers(all []lineMember, t reflect.Type, at []int, depth int) (members []lineMember, ok bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		index := append(at[:len(at):len(at)], i)
		switch {
		case name == "-", !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && name == "":
			if f.Type.Kind() != reflect.Struct {
				return nil, false
			}
			if all, ok = lineMembers(all, f.Type, index, depth); !ok {
				return nil, false
			}
			continue
		case name == "", slices.Contains(strings.Split(options, ","), "string"):
			return nil, false
		}
		for j := range all {
			if strings.EqualFold(all[j].name, name) { // one hides the other
				return nil, false
			}
		}
		all = append(all, lineMember{name, []byte(strconv.Quote(name) + ":"), index, newLineReader(f.Type, depth+1)})
	}
	return all, true
}

func (p *lineJSON) object(members []lineMember, to reflect.Value) bool {
	if !p.take("{") {
		return false
	}
	if p.take("}") {
		return true
	}
	for next := 0; ; {
		i := next
		for i < len(members) && !bytes.HasPrefix(p.b, members[i].key) { // it may be left out
			i++
		}
		if i < len(members) {
			p.b = p.b[len(members[i].key):]
			if !members[i].read(p, to.FieldByIndex(members[i].index)) {
				return false
			}
			next = i + 1
		} else if !p.passOver(members) {
			return false
		}
		if p.take("}") {
			return true
		}
		if !p.take(",") {
			return false
		}
	}
}

// passOver passes over a member with a text that has no field.
func (p *lineJSON) passOver(members []lineMember) bool {
	name, ok := p.text()
	if !ok || !p.take(":") {
		return false
	}
	for i := range members {
		if strings.EqualFold(members[i].name, name) {
			return false
		}
	}
	_, ok = p.quoted()
	return ok
}

// take takes these bytes, if they are there.
func (p *lineJSON) take(s string) bool {
	if len(p.b) < len(s) || string(p.b[:len(s)]) != s {
		return false
	}
	p.b = p.b[len(s):]
	return true
}

// quoted takes a string, with its quotes and as it is written.
func (p *lineJSON) quoted() (raw []byte, ok bool) {
	if len(p.b) == 0 || p.b[0] != '"' {
		return nil, false
	}
	escapes := false
	for i := 1; i < len(p.b); i++ {
		switch c := p.b[i]; {
		case c == '"':
			raw, p.b = p.b[:i+1], p.b[i+1:]
			return raw, !escapes || json.Valid(raw)
		case c == '\\':
			escapes = true
			i++
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// text takes a string.
func (p *lineJSON) text() (s string, ok bool) {
	raw, ok := p.quoted()
	if !ok {
		return "", false
	}
	for _, c := range raw {
		if c == '\\' || c >= 0x80 {
			return s, json.Unmarshal(raw, &s) == nil
		}
	}
	return string(raw[1 : len(raw)-1]), true
}

// number takes a whole number; "": there is none.
func (p *lineJSON) number() string {
	n := 0
	for n < len(p.b) && (p.b[n] == '-' || '0' <= p.b[n] && p.b[n] <= '9') {
		n++
	}
	s := textOf(p.b[:n])
	p.b = p.b[n:]
	if digits := strings.TrimPrefix(s, "-"); s == "-0" || len(digits) > 1 && digits[0] == '0' {
		return ""
	}
	return s
}

func (p *lineJSON) unmarshal(to reflect.Value) bool {
	raw, ok := p.quoted()
	return ok && to.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw) == nil
}

func (p *lineJSON) unmarshalText(to reflect.Value) bool {
	s, ok := p.text()
	return ok && to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)) == nil
}
