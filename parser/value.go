package parser

import (
	"bytes"
	"encoding/json"
	"strings"
)

// A Value is one JSON value inside a record. It borrows the record's bytes.
type Value struct{ raw []byte }

// Get finds a field by its dotted path through objects, such as
// "requestParameters.userName". Of duplicate keys the last one counts.
func (r *Record) Get(path string) (Value, bool) {
	if r.scanned {
		key, rest, _ := strings.Cut(path, ".")
		for i, name := range largeNames {
			if key == name {
				v := r.large[i]
				if v.raw == nil {
					return v, false
				}
				return v.Get(rest)
			}
		}
	}
	return Value{r.Raw}.Get(path)
}

// largeNames are the members that Record.large holds.
var largeNames = [...]string{"requestParameters", "responseElements", "additionalEventData", "resources"}

// Get is Record.Get below this value. ok is false where the path leads nowhere.
func (v Value) Get(path string) (Value, bool) {
	for path != "" {
		key, rest, _ := strings.Cut(path, ".")
		var ok bool
		if v, ok = v.member(key); !ok {
			return Value{}, false
		}
		path = rest
	}
	return v, true
}

// Raw returns the value's JSON text.
func (v Value) Raw() []byte { return v.raw }

// IsNull reports whether the value is JSON's null.
func (v Value) IsNull() bool { return string(v.raw) == "null" }

// String returns the content of a JSON string, unescaped, and the JSON text of
// any other value.
func (v Value) String() string {
	if len(v.raw) == 0 || v.raw[0] != '"' {
		return string(v.raw)
	}
	return unquote(v.raw)
}

// Each calls yield with each element of an array, until yield returns false. A
// value that is not an array has none.
func (v Value) Each(yield func(Value) bool) {
	if len(v.raw) == 0 || v.raw[0] != '[' {
		return
	}
	rest := v.raw[1:]
	for {
		var element []byte
		if element, rest = cutValue(rest); element == nil || !yield(Value{element}) {
			return
		}
	}
}

// Members calls yield with each member of an object, duplicates included, until
// yield returns false. A value that is not an object has none.
func (v Value) Members(yield func(key string, member Value) bool) {
	v.members(func(key, member []byte) bool { return yield(unquote(key), Value{member}) })
}

func (v Value) members(yield func(key, member []byte) bool) {
	if len(v.raw) == 0 || v.raw[0] != '{' {
		return
	}
	rest := v.raw[1:]
	for {
		var key, member []byte
		if key, rest = cutValue(rest); key == nil {
			return
		}
		if member, rest = cutValue(rest); member == nil || !yield(key, member) {
			return
		}
	}
}

// Member finds the member of that name, in which dots mean nothing. Of duplicates the last one counts.
func (v Value) Member(name string) (Value, bool) { return v.member(name) }

func (v Value) member(name string) (found Value, ok bool) {
	v.members(func(key, member []byte) bool {
		if sameKey(key, name) {
			found, ok = Value{member}, true
		}
		return true
	})
	return found, ok
}

// sameKey compares a key in its quotes with a name.
func sameKey(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') >= 0 {
		return unquote(key) == name
	}
	return len(key) == len(name)+2 && string(key[1:len(key)-1]) == name
}

// cutValue returns the next value in b and what follows it. It passes over
// white space, commas and colons: b lies inside JSON whose grammar was checked.
// The value is nil where the enclosing object or array ends.
func cutValue(b []byte) (value, rest []byte) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n' || b[i] == ',' || b[i] == ':') {
		i++
	}
	if i == len(b) {
		return nil, nil
	}
	var n int
	switch b[i] {
	case ']', '}':
		return nil, nil
	case '"', '{', '[':
		var s balance
		n, _ = s.scan(b[i:])
	default:
		n = bytes.IndexAny(b[i:], ",]} \t\r\n")
		if n < 0 {
			n = len(b) - i
		}
	}
	return b[i : i+n], b[i+n:]
}

// unquote returns the content of a JSON string that stands in its quotes.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && len(quoted) >= 2 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return string(quoted)
	}
	return s
}
