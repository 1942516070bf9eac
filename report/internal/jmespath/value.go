package jmespath

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// An Object is a JSON object whose members have an order.
type Object struct{ Members []Member }

// A Member is a member of an object.
type Member struct {
	Name  string
	Value any
}

// Get returns a member's value; nil where there is none of that name.
func (o *Object) Get(name string) any {
	for i := range o.Members {
		if o.Members[i].Name == name {
			return o.Members[i].Value
		}
	}
	return nil
}

// Set changes a member's value, or adds the member at the end.
func (o *Object) Set(name string, value any) {
	for i := range o.Members {
		if o.Members[i].Name == name {
			o.Members[i].Value = value
			return
		}
	}
	o.Members = append(o.Members, Member{name, value})
}

// NewArray returns an empty array with room for n elements. Each has memory of its own, so that who
// writes values can tell one that is there twice.
func NewArray(n int) []any { return make([]any, 0, max(n, 1)) }

// Decode returns the value of a JSON text. Of members of one name the last value counts, in
// the first one's place. Numbers without a fraction or exponent are int64.
func Decode(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := decode(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err == nil {
		return nil, errors.New("more than one value")
	}
	if rest := bytes.TrimSpace(text[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("something follows the value: %.20q", rest)
	}
	return v, nil
}

func decode(dec *json.Decoder) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return decodeArray(dec)
		}
		return decodeObject(dec)
	case json.Number:
		return number(t.String())
	}
	return t, nil
}

func decodeArray(dec *json.Decoder) (any, error) {
	list := NewArray(0)
	for dec.More() {
		v, err := decode(dec)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.Token()
	return list, err
}

func decodeObject(dec *json.Decoder) (any, error) {
	o := &Object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := decode(dec)
		if err != nil {
			return nil, err
		}
		o.Set(name.(string), v)
	}
	_, err := dec.Token()
	return o, err
}

// number reads a decimal number: int64 where it is an integer.
func number(text string) (any, error) {
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("number %s: more than 64 bits", text)
		}
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("number %s: too large", text)
	}
	return f, nil
}

// FormatFloat writes a floating-point number as Python does: the shortest text that reads back as the
// same number, and never that of an integer. nan and inf are what Python's str makes of
// those; its JSON has NaN and Infinity.
func FormatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	exponent, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
	if exponent < -4 || exponent >= 16 {
		return s
	}
	if s = strconv.FormatFloat(f, 'f', -1, 64); !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// truth reports whether a value counts as true: all but false, null and what is empty.
func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *Object:
		return len(v.Members) > 0
	}
	return true
}

// equal compares two values as == does: booleans are no numbers.
func equal(x, y any) bool {
	_, xBool := x.(bool)
	_, yBool := y.(bool)
	return xBool == yBool && same(x, y)
}

// same compares two values as Python does, where true is 1: contains and parts of arrays and
// objects are compared so.
func same(x, y any) bool {
	if c, ok := compareNumbers(asNumber(x), asNumber(y)); ok {
		return c == 0
	}
	switch x := x.(type) {
	case nil:
		return y == nil
	case string:
		s, ok := y.(string)
		return ok && s == x
	case []any:
		list, ok := y.([]any)
		if !ok || len(list) != len(x) {
			return false
		}
		for i := range x {
			if !same(x[i], list[i]) {
				return false
			}
		}
		return true
	case *Object:
		o, ok := y.(*Object)
		if !ok || len(o.Members) != len(x.Members) {
			return false
		}
		for _, m := range x.Members {
			if !o.Has(m.Name) || !same(m.Value, o.Get(m.Name)) {
				return false
			}
		}
		return true
	}
	return false
}

// Has reports whether there is a member of that name.
func (o *Object) Has(name string) bool {
	for i := range o.Members {
		if o.Members[i].Name == name {
			return true
		}
	}
	return false
}

// asNumber makes 0 and 1 of booleans.
func asNumber(v any) any {
	if b, ok := v.(bool); ok {
		if b {
			return int64(1)
		}
		return int64(0)
	}
	return v
}

// compareNumbers compares two numbers; ok says that they are some. NaN is greater than all, and equal to none.
func compareNumbers(x, y any) (c int, ok bool) {
	a, aInt := x.(int64)
	b, bInt := y.(int64)
	if aInt && bInt {
		switch {
		case a < b:
			return -1, true
		case a > b:
			return 1, true
		}
		return 0, true
	}
	f, aOK := float(x)
	g, bOK := float(y)
	switch {
	case !aOK || !bOK:
		return 0, false
	case f < g:
		return -1, true
	case f == g:
		return 0, true
	}
	return 1, true
}

func float(v any) (f float64, ok bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// compare orders two strings or two numbers; ok says that they are such.
func compare(x, y any) (c int, ok bool) {
	a, aOK := x.(string)
	b, bOK := y.(string)
	if aOK && bOK {
		return strings.Compare(a, b), true
	}
	return compareNumbers(x, y)
}

// typeName is what JMESPath calls the type of a value.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int64, float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	case *Object:
		return "object"
	case expref:
		return "expref"
	}
	panic(fmt.Sprintf("%T is no value", v))
}
