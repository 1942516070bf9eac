package query

import (
	"math"
	"strconv"
	"time"
)

// A Date is a day: midnight, UTC.
type Date struct{ time.Time }

// A ZonedTime is a timestamp with time zone, in UTC, which is the only zone there is.
type ZonedTime struct{ time.Time }

// A Number is a decimal, or an integer of more than 64 bits: its digits.
type Number string

// A Field is a field of a Struct.
type Field struct {
	Name  string
	Value any
}

// A Struct is a row value: its fields in order.
type Struct []Field

// An Entry is an entry of a Map.
type Entry struct{ Key, Value any }

// A Map is a map value, in the engine's order.
type Map []Entry

// Text returns a value as Athena prints it in VarCharValue and in result files:
//
//	{arn=x, accountid=null}  [a, b]  {k=v}  2026-03-04 10:32:26.000  1.0E7  61 62
//
// Of a value that is nil, which Athena leaves out, it is "".
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(AppendText(nil, v))
}

// AppendText appends Text to dst.
func AppendText(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return dst
	case string:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendDouble(dst, v, 64)
	case float32:
		return appendDouble(dst, float64(v), 32)
	case Number:
		return append(dst, v...)
	case time.Time:
		return appendTimestamp(dst, v)
	case ZonedTime:
		return append(appendTimestamp(dst, v.Time), " UTC"...)
	case Date:
		return v.AppendFormat(dst, time.DateOnly)
	case []byte:
		return appendBinary(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			dst = appendElement(dst, i, e)
		}
		return append(dst, ']')
	case Struct:
		dst = append(dst, '{')
		for i, f := range v {
			if dst = appendSeparator(dst, i); f.Name == "" {
				dst = strconv.AppendInt(append(dst, "field"...), int64(i), 10)
			}
			dst = appendNested(append(append(dst, f.Name...), '='), f.Value)
		}
		return append(dst, '}')
	case Map:
		dst = append(dst, '{')
		for i, e := range v {
			dst = append(appendElement(dst, i, e.Key), '=')
			dst = appendNested(dst, e.Value)
		}
		return append(dst, '}')
	}
	panic("query: a value of a type that results do not have")
}

func appendSeparator(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ", "...)
	}
	return dst
}

func appendElement(dst []byte, i int, v any) []byte { return appendNested(appendSeparator(dst, i), v) }

// appendNested appends a value inside of another one, where NULL has a word.
func appendNested(dst []byte, v any) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	return AppendText(dst, v)
}

// appendTimestamp appends milliseconds, which is what Athena's timestamps have, and
// microseconds where there are any.
func appendTimestamp(dst []byte, t time.Time) []byte {
	if t.Nanosecond()%int(time.Millisecond) == 0 {
		return t.AppendFormat(dst, "2006-01-02 15:04:05.000")
	}
	return t.AppendFormat(dst, "2006-01-02 15:04:05.000000")
}

// appendDouble appends a floating-point number as Java's Double.toString does, which
// Trino prints with: decimal from 1e-3 to 1e7, with an exponent otherwise.
func appendDouble(dst []byte, f float64, bits int) []byte {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case abs == 0 || abs >= 1e-3 && abs < 1e7:
		return withPoint(strconv.AppendFloat(dst, f, 'f', -1, bits), len(dst))
	}
	text := strconv.AppendFloat(nil, f, 'e', -1, bits) // 1.5e+10
	e := len(text) - 1
	for text[e] != 'e' {
		e--
	}
	dst = withPoint(append(dst, text[:e]...), len(dst))
	exponent, _ := strconv.Atoi(string(text[e+1:])) // strconv has just written it
	return strconv.AppendInt(append(dst, 'E'), int64(exponent), 10)
}

// withPoint appends .0 where a number has no point.
func withPoint(dst []byte, from int) []byte {
	for _, c := range dst[from:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendBinary appends bytes in hexadecimal, with spaces between them.
func appendBinary(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}
