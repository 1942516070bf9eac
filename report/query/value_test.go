package query

import (
	"math"
	"testing"
	"time"
)

// The texts are those that Athena documents or prints in VarCharValue: arrays, maps and rows
// as in "Complex types and nested structures", numbers as Java does.
func TestText(t *testing.T) {
	at := time.Date(2026, 3, 4, 10, 32, 26, 0, time.UTC)
	for _, c := range []struct {
		value      any
		text, json string
	}{
		{nil, "", "null"},
		{true, "true", "true"},
		{int64(-42), "-42", "-42"},
		{"a\"b\x1b\n", "a\"b\x1b\n", `"a\"b\u001b\u000a"`},
		{Number("1.50"), "1.50", "1.50"},
		{at, "2026-03-04 10:32:26.000", `"2026-03-04T10:32:26Z"`},
		{at.Add(1500 * time.Microsecond), "2026-03-04 10:32:26.001500", `"2026-03-04T10:32:26.0015Z"`},
		{ZonedTime{at}, "2026-03-04 10:32:26.000 UTC", `"2026-03-04T10:32:26Z"`},
		{Date{at}, "2026-03-04", `"2026-03-04"`},
		{[]byte("az\x00"), "61 7a 00", `"YXoA"`},
		{[]any{"a", nil, int64(1)}, "[a, null, 1]", `["a",null,1]`},
		{[]any{}, "[]", "[]"},
		{Struct{{"arn", "x"}, {"accountid", nil}}, "{arn=x, accountid=null}", `{"arn":"x","accountid":null}`},
		{Struct{{"", int64(1)}, {"", []any{"b"}}}, "{field0=1, field1=[b]}", `{"field0":1,"field1":["b"]}`},
		{Map{{"k", "v"}, {int64(2), Struct{{"x", nil}}}}, "{k=v, 2={x=null}}", `{"k":"v","2":{"x":null}}`},
		{Map{}, "{}", "{}"},
		{0.0, "0.0", "0"},
		{1.0, "1.0", "1"},
		{0.1, "0.1", "0.1"},
		{-1.5, "-1.5", "-1.5"},
		{9999999.0, "9999999.0", "9999999"},
		{1e7, "1.0E7", "10000000"},
		{12345678.9, "1.23456789E7", "12345678.9"},
		{0.001, "0.001", "0.001"},
		{0.00099, "9.9E-4", "0.00099"},
		{1e300, "1.0E300", "1e+300"},
		{math.NaN(), "NaN", `"NaN"`},
		{math.Inf(1), "Infinity", `"Infinity"`},
		{math.Inf(-1), "-Infinity", `"-Infinity"`},
		{float32(0.1), "0.1", "0.1"},
		{math.Copysign(0, -1), "-0.0", "-0"},
	} {
		if got := Text(c.value); got != c.text {
			t.Errorf("Text(%#v) = %q, want %q", c.value, got, c.text)
		}
		if got := string(AppendJSON([]byte("x"), c.value)); got != "x"+c.json {
			t.Errorf("AppendJSON(%#v) = %s, want %s", c.value, got[1:], c.json)
		}
	}
}

func TestErrorPlace(t *testing.T) {
	sql := "SELECT é,\n  'ü' foo"
	for _, c := range []struct {
		offset, line, column int
		text                 string
	}{
		{0, 1, 1, "line 1, column 1: x"},
		{9, 1, 9, "line 1, column 9: x"}, // é has two bytes and is one column
		{18, 2, 7, "line 2, column 7: x"},
		{-1, 0, 0, "x"},
		{1000, 0, 0, "x"},
	} {
		e := at(KindName, sql, c.offset, "x")
		if e.Line != c.line || e.Column != c.column || e.Error() != c.text || c.line > 0 && e.Offset != c.offset || c.line == 0 && e.Offset != -1 {
			t.Errorf("offset %d: %+v", c.offset, e)
		}
	}
}
