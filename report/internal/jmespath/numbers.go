package jmespath

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func callAbs(args []any) (any, error) {
	switch n := args[0].(type) {
	case int64:
		if n == math.MinInt64 {
			return nil, errors.New("the result has more than 64 bits")
		}
		return max(n, -n), nil
	default:
		return math.Abs(n.(float64)), nil
	}
}

func callCeil(args []any) (any, error)  { return whole(args[0], math.Ceil) }
func callFloor(args []any) (any, error) { return whole(args[0], math.Floor) }

// whole makes an integer of a number.
func whole(v any, round func(float64) float64) (any, error) {
	f, ok := v.(float64)
	if !ok {
		return v, nil
	}
	if f = round(f); math.IsNaN(f) || f < -1<<63 || f >= 1<<63 {
		return nil, fmt.Errorf("%s is no integer of 64 bits", FormatFloat(f))
	}
	return int64(f), nil
}

// callSum adds integers as such, as long as there are no others.
func callSum(args []any) (any, error) {
	list := args[0].([]any)
	var n int64
	var f float64
	ints := true
	for _, v := range list {
		switch v := v.(type) {
		case int64:
			if s := n + v; ints && (s > n) != (v > 0) && v != 0 {
				return nil, errors.New("the result has more than 64 bits")
			}
			n += v
			f += float64(v)
		case float64:
			ints = false
			f += v
		}
	}
	if ints {
		return n, nil
	}
	return f, nil
}

func callAvg(args []any) (any, error) {
	list := args[0].([]any)
	if len(list) == 0 {
		return nil, nil
	}
	sum, err := callSum(args)
	if err != nil {
		return nil, err
	}
	f, _ := float(sum)
	return f / float64(len(list)), nil
}

var (
	integerText = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)*$`)
	floatText   = regexp.MustCompile(`^[+-]?([0-9]+(_[0-9]+)*\.?([0-9]+(_[0-9]+)*)?|\.[0-9]+(_[0-9]+)*)([eE][+-]?[0-9]+(_[0-9]+)*)?$`)
	oddText     = regexp.MustCompile(`(?i)^[+-]?(nan|inf|infinity)$`)
)

// callToNumber reads numbers as Python's int and float do. null is what is none.
func callToNumber(args []any) (any, error) {
	switch v := args[0].(type) {
	case int64, float64:
		return v, nil
	case string:
		s := strings.TrimFunc(v, unicode.IsSpace)
		plain := strings.ReplaceAll(s, "_", "")
		switch {
		case integerText.MatchString(s):
			return number(strings.TrimPrefix(plain, "+"))
		case oddText.MatchString(s), floatText.MatchString(s):
			f, _ := strconv.ParseFloat(plain, 64) // beyond the range it is infinite, to Python too
			return f, nil
		}
	}
	return nil, nil
}

func callToString(args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		return s, nil
	}
	b, err := appendASCII(nil, args[0])
	return string(b), err
}

// appendASCII appends a value as JSON without white space, in ASCII.
func appendASCII(dst []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		return append(dst, JSONFloat(v)...), nil
	case string:
		return appendQuoted(dst, v), nil
	case []any:
		dst = append(dst, '[')
		for i := 0; i < len(v) && err == nil; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst, err = appendASCII(dst, v[i])
		}
		return append(dst, ']'), err
	case *Object:
		dst = append(dst, '{')
		for i := 0; i < len(v.Members) && err == nil; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, v.Members[i].Name), ':')
			dst, err = appendASCII(dst, v.Members[i].Value)
		}
		return append(dst, '}'), err
	}
	return dst, fmt.Errorf("a %s has no text", typeName(v))
}

// JSONFloat writes a floating-point number as Python's JSON.
func JSONFloat(f float64) string {
	switch s := FormatFloat(f); s {
	case "nan":
		return "NaN"
	case "inf":
		return "Infinity"
	case "-inf":
		return "-Infinity"
	default:
		return s
	}
}

// appendQuoted appends a JSON string in ASCII.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r == '\b':
			dst = append(dst, '\\', 'b')
		case r == '\f':
			dst = append(dst, '\\', 'f')
		case r >= 0x20 && r < utf8.RuneSelf && r != 0x7f:
			dst = append(dst, byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return append(dst, '"')
}
