package report

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// The outputs of a look-up are those of the AWS CLI, byte for byte. Its values are
// Python's: what jmespath returns, and text as Python writes it.

// object returns the event as a value to search and to write.
func (e *LookupEvent) object() *jmespath.Object {
	o := &jmespath.Object{Members: make([]jmespath.Member, 0, 9)}
	text := func(name, value string) {
		if value != "" {
			o.Members = append(o.Members, jmespath.Member{Name: name, Value: value})
		}
	}
	text("EventId", e.EventID)
	text("EventName", e.EventName)
	text("ReadOnly", e.ReadOnly)
	text("AccessKeyId", e.AccessKeyID)
	text("EventTime", isoTime(e.EventTime))
	text("EventSource", e.EventSource)
	text("Username", e.Username)
	resources := jmespath.NewArray(len(e.Resources))
	for _, r := range e.Resources {
		named := &jmespath.Object{Members: []jmespath.Member{{Name: "ResourceType", Value: r.Type}, {Name: "ResourceName", Value: r.Name}}}
		if r.Type == "" {
			named.Members = named.Members[1:]
		}
		resources = append(resources, named)
	}
	o.Members = append(o.Members, jmespath.Member{Name: "Resources", Value: resources})
	text("CloudTrailEvent", string(e.Record))
	return o
}

// appendPythonJSON appends a value as Python's json.dump(v, indent=4, ensure_ascii=False) writes
// it at a depth.
func appendPythonJSON(dst []byte, v any, depth int) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return append(dst, jmespath.JSONFloat(v)...)
	case string:
		return appendWireString(dst, v)
	case []any:
		if len(v) == 0 {
			return append(dst, "[]"...)
		}
		dst = append(dst, '[')
		for i, element := range v {
			dst = appendPythonJSON(appendBreak(dst, i, depth+1), element, depth+1)
		}
		return append(appendBreak(dst, 0, depth), ']')
	case *jmespath.Object:
		if len(v.Members) == 0 {
			return append(dst, "{}"...)
		}
		dst = append(dst, '{')
		for i := range v.Members {
			dst = append(appendWireString(appendBreak(dst, i, depth+1), v.Members[i].Name), ": "...)
			dst = appendPythonJSON(dst, v.Members[i].Value, depth+1)
		}
		return append(appendBreak(dst, 0, depth), '}')
	}
	panic(fmt.Sprintf("%T is no value", v))
}

// appendBreak begins a line of indented JSON, after a comma if n is not 0.
func appendBreak(dst []byte, n, depth int) []byte {
	if n > 0 {
		dst = append(dst, ',')
	}
	return appendSpaces(append(dst, '\n'), 4*depth)
}

// pythonText is Python's str of a value.
func pythonText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendPythonRepr(nil, v))
}

// appendPythonRepr appends Python's repr of a value.
func appendPythonRepr(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "None"...)
	case bool:
		if v {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return append(dst, jmespath.FormatFloat(v)...)
	case string:
		return appendPythonString(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			dst = appendPythonRepr(appendComma(dst, i), element)
		}
		return append(dst, ']')
	case *jmespath.Object:
		dst = append(dst, '{')
		for i := range v.Members {
			dst = append(appendPythonString(appendComma(dst, i), v.Members[i].Name), ": "...)
			dst = appendPythonRepr(dst, v.Members[i].Value)
		}
		return append(dst, '}')
	}
	panic(fmt.Sprintf("%T is no value", v))
}

func appendComma(dst []byte, n int) []byte {
	if n > 0 {
		return append(dst, ", "...)
	}
	return dst
}

// appendPythonString appends a string in quotes: single ones, unless it has such and no double ones.
func appendPythonString(dst []byte, s string) []byte {
	quote, double := rune('\''), false
	for _, r := range s {
		if r == '\'' {
			quote = '"'
		}
		double = double || r == '"'
	}
	if double {
		quote = '\''
	}
	dst = utf8.AppendRune(dst, quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case unicode.IsPrint(r):
			dst = utf8.AppendRune(dst, r)
		case r <= 0xff:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r <= 0xffff:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
	}
	return utf8.AppendRune(dst, quote)
}

// identity returns what tells an array or object from another one of the same content; nil for
// other values.
func identity(v any) unsafe.Pointer {
	switch v := v.(type) {
	case *jmespath.Object:
		return unsafe.Pointer(v)
	case []any:
		return unsafe.Pointer(unsafe.SliceData(v))
	}
	return nil
}
