package sigma

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unsafe"

	"github.com/coldtrail/coldtrail/parser"
)

// kind says what a value of an event is.
type kind uint8

const (
	text kind = iota
	number
	boolean
	object
)

// value is what a test looks at: a member of an event that is neither null nor an
// array (an array's elements are looked at one by one).
type value struct {
	kind kind
	text string // of a string its content, of anything else its JSON
}

// A test says whether one value fits. Tests are stateless.
type test interface {
	match(v value) bool
}

// depth says where a test looks beside the values themselves.
type depth uint8

const (
	leaves    depth = 1 << iota // at each leaf of an object
	whole                       // at the object's own text
	documents                   // at the text of a string that is a JSON document, decoded
)

func depthOf(t test) depth {
	if d, ok := t.(interface{ depth() depth }); ok {
		return d.depth()
	}
	return 0
}

// view makes a string of bytes that outlive it: the record's.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// content is the content of a JSON string that stands in its quotes. Only one with
// escapes takes memory.
func content(quoted []byte, escaped bool) string {
	if !escaped && len(quoted) >= 2 {
		return view(quoted[1 : len(quoted)-1])
	}
	return string(parser.AppendString(nil, quoted))
}

// anyValue reports whether the test fits a JSON value: itself, any element of an
// array, and if the test is deep, anything in an object.
func anyValue(raw []byte, escaped bool, t test) bool {
	if len(raw) == 0 {
		return false
	}
	switch raw[0] {
	case 'n':
		return false
	case '"':
		s := content(raw, escaped)
		return t.match(value{text, s}) || inDocument(s, t)
	case 't', 'f':
		return t.match(value{boolean, view(raw)})
	case '[':
		w := parser.NewWalk(raw)
		for w.Enter('['); w.More(); {
			if element, escaped := w.Value(); anyValue(element, escaped, t) {
				return true
			}
		}
		return false
	case '{':
		return inObject(raw, t)
	}
	return t.match(value{number, view(raw)})
}

func inObject(raw []byte, t test) bool {
	d := depthOf(t)
	return d&whole != 0 && t.match(value{object, view(raw)}) || d&leaves != 0 && anyLeaf(raw, false, t)
}

// anyLeaf reports whether the test fits a leaf of a JSON value.
func anyLeaf(raw []byte, escaped bool, t test) bool {
	if len(raw) == 0 || raw[0] != '{' {
		if len(raw) > 0 && raw[0] == '[' {
			w := parser.NewWalk(raw)
			for w.Enter('['); w.More(); {
				if element, escaped := w.Value(); anyLeaf(element, escaped, t) {
					return true
				}
			}
			return false
		}
		return anyValue(raw, escaped, t)
	}
	w := parser.NewWalk(raw)
	w.Enter('{')
	for {
		if _, ok := w.Key(); !ok {
			return false
		}
		if member, escaped := w.Value(); anyLeaf(member, escaped, t) {
			return true
		}
	}
}

// inDocument reports whether a test that looks into objects fits a string that is
// a JSON document, percent-encoded or not: its plain text, or that without white space.
func inDocument(s string, t test) bool {
	if !mayBeDocument(s) || depthOf(t)&documents == 0 {
		return false
	}
	doc := decoded(s)
	if doc == nil {
		return false
	}
	if len(doc) != len(s) && t.match(value{text, view(doc)}) {
		return true
	}
	var compact bytes.Buffer
	if json.Compact(&compact, doc) != nil || compact.Len() == len(doc) {
		return false
	}
	return t.match(value{text, compact.String()})
}

// mayBeDocument is a cheap look at how the string begins.
func mayBeDocument(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t', '\r', '\n':
		case '{', '[':
			return true
		case '%':
			return strings.HasPrefix(s[i:], "%7B") || strings.HasPrefix(s[i:], "%7b") || strings.HasPrefix(s[i:], "%5B") || strings.HasPrefix(s[i:], "%5b")
		default:
			return false
		}
	}
	return false
}

// decoded returns the JSON text that a string holds, percent-decoded where it is
// encoded, or nil where it holds none.
func decoded(s string) []byte {
	if !mayBeDocument(s) {
		return nil
	}
	if strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "%") {
		plain, err := url.QueryUnescape(s)
		if err != nil {
			return nil
		}
		s = plain
	}
	doc := []byte(strings.TrimSpace(s))
	if !json.Valid(doc) {
		return nil
	}
	return doc
}
