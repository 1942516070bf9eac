package jmespath

import (
	"errors"
	"strings"
	"testing"
)

const sample = `{"Events": [
	{"EventName": "ConsoleLogin", "EventTime": "2026-03-02T10:00:00+00:00", "Username": "ann", "ReadOnly": "false", "Resources": []},
	{"EventName": "CreateUser", "EventTime": "2026-03-02T09:00:00+00:00", "Username": "bob", "ReadOnly": "false",
	 "Resources": [{"ResourceType": "AWS::IAM::User", "ResourceName": "eve"}, {"ResourceName": "AIDA1"}]},
	{"EventName": "GetUser", "EventTime": "2026-03-02T08:00:00+00:00", "ReadOnly": "true", "Resources": null}],
	"n": [3, 1, 2], "mixed": [1, "a", null, true], "f": 1.50, "o": {"z": 1, "a": {"b": [[1, 2], 3, [[4]]]}, "m": "x"}, "é": "ü", "e": []}`

// Each line is an expression and the result as JSON, or "error" and a part of its text.
var vectors = [][2]string{
	{"Events[].EventName", `["ConsoleLogin","CreateUser","GetUser"]`},
	{"Events[*].Username", `["ann","bob"]`},
	{"Events[].{who: Username, what: EventName} | [0]", `{"who":"ann","what":"ConsoleLogin"}`},
	{"Events[].{what: EventName, who: Username} | [2]", `{"what":"GetUser","who":null}`},
	{"Events[:2].[EventName, Resources[0].ResourceName]", `[["ConsoleLogin",null],["CreateUser","eve"]]`},
	{"Events[?EventName==`ConsoleLogin`].Username", `["ann"]`},
	{"Events[?EventName=='ConsoleLogin' || Username=='bob'].Username", `["ann","bob"]`},
	{"Events[?EventTime>='2026-03-02T09'].EventName", `["ConsoleLogin","CreateUser"]`},
	{"Events[?EventTime<'2026-03-02T09:00:00+00:00'].EventName", `["GetUser"]`},
	{"Events[?Resources].EventName", `["CreateUser"]`},
	{"Events[?!Username].EventName", `["GetUser"]`},
	{"Events[?not_null(Username, 'nobody')=='nobody'].EventName", `["GetUser"]`},
	{"Events[?contains(EventName, 'User') && ReadOnly=='false'] | length(@)", `1`},
	{"Events[].Resources[].ResourceName", `["eve","AIDA1"]`},
	{"Events[].Resources[?ResourceType].ResourceName", `[[],["eve"]]`},
	{"sort_by(Events, &EventName)[].EventName", `["ConsoleLogin","CreateUser","GetUser"]`},
	{"sort_by(Events, &EventTime)[0].EventName", `"GetUser"`},
	{"max_by(Events, &EventTime).EventName", `"ConsoleLogin"`},
	{"min_by(Events, &EventTime).EventName", `"GetUser"`},
	{"reverse(Events)[0].EventName", `"GetUser"`},
	{"Events[-1].EventName", `"GetUser"`},
	{"Events[5]", `null`},
	{"Events[::-2].EventName", `["GetUser","ConsoleLogin"]`},
	{"Events[0][1:].x", `null`},
	{"n[1:][0]", `[]`},
	{"n[1:] | [0]", `1`},
	{"n[-100:100]", `[3,1,2]`},
	{"n[10:0:-1]", `[2,1]`},
	{"n[:9223372036854775807:9223372036854775807]", `[3]`},
	{"n[::0]", "error step is 0"},
	{"keys(o)", `["z","a","m"]`},
	{"values(o)[0]", `1`},
	{"o.*", `[1,{"b":[[1,2],3,[[4]]]},"x"]`},
	{"o.*.b", `[[[1,2],3,[[4]]]]`},
	{"o.a.b[]", `[1,2,3,[4]]`},
	{"o.a.b[][]", `[1,2,3,4]`},
	{"merge(o, {a: 'n', q: `2`})", `{"z":1,"a":"n","m":"x","q":2}`},
	{"{a: n[0], a: n[1], b: f}", `{"a":1,"b":1.5}`},
	{"[n[0], f, e, é]", "error unknown token"},
	{`"é"`, `"\u00fc"`},
	{`to_string("é")`, `"\u00fc"`},
	{`to_string(["é", f])`, `"[\"\\u00fc\",1.5]"`},
	{"sum(n)", `6`},
	{"sum([f, n[0]])", `4.5`},
	{"avg(n)", `2.0`},
	{"avg(e)", `null`},
	{"max(n)", `3`},
	{"min(e)", `null`},
	{"sort(n)", `[1,2,3]`},
	{"sort(mixed)", "error array-number or array-string"},
	{"map(&Username, Events)", `["ann","bob",null]`},
	{"join(', ', Events[].EventName)", `"ConsoleLogin, CreateUser, GetUser"`},
	{"ceil(f)", `2`},
	{"floor(f)", `1`},
	{"abs(`-3`)", `3`},
	{"to_number('12')", `12`},
	{"to_number(' 1_000.5 ')", `1000.5`},
	{"to_number('1e3')", `1000.0`},
	{"to_number('x')", `null`},
	{"to_number(f)", `1.5`},
	{"to_array(f)", `[1.5]`},
	{"type(e)", `"array"`},
	{"starts_with(o.m, 'x')", `true`},
	{"ends_with(o.m, 'y')", `false`},
	{"contains(n, `1.0`)", `true`},
	{"contains(mixed, `1`)", `true`},
	{"length('é1')", `2`},
	{"`1` == `true`", `false`},
	{"`1` == `1.0`", `true`},
	{"`[1]` == `[true]`", `true`},
	{"o == {m: 'x', a: o.a, z: `1`}", `true`},
	{"n < `1`", `null`},
	{"f < 'a'", "error cannot be compared"},
	{"missing.x || 'else'", `"else"`},
	{"n && 'yes'", `"yes"`},
	{"`{\"b\": 1, \"a\": [1.0, 1e20, 10000000000000000.0]}`", `{"b":1,"a":[1.0,1e+20,1e+16]}`},
	{"` x`", `"x"`},
	{"`012345678901`", `"012345678901"`},
	{"`12345678901234567890`", "error 64 bits"},
	{"'it\\'s'", `"it's"`},
	{"@", "same"},
	{"Events[0].EventName.nothing", `null`},
	{"&n", "error reference"},
	{"join(',' Events[].EventName)", `"ConsoleLogin,CreateUser,GetUser"`},
	{"", "error at offset 0: the expression ends"},
	{"n.", "error at offset 2: the expression ends"},
	{"n[", "error at offset 2: the expression ends"},
	{"n[?", "error at offset 3: the expression ends"},
	{"n ]", "error at offset 2: ] where the end"},
	{"n[a:]", "error at offset 2"},
	{"'x", "error at offset 0: ' is not closed"},
	{"{a}", "error at offset 2: } where : should"},
	{"{a: n", "error ends where a name"},
	{`"n"(@)`, "error without quotes"},
	{"nothing(@)", "error no function has the name nothing"},
	{"length(n, n)", "error takes 1"},
	{"length(f)", "error length(): an argument of type number, where string or array or object"},
	{"['\xc3\xa9', '\xff']", "error at offset 8: bytes that are no UTF-8"},
	{"n = `1`", "error at offset 2: unknown token '='"},
	{"n - 1", "error is no number"},
	{strings.Repeat("(", 2000), "error nested too deeply"},
}

func TestVectors(t *testing.T) {
	value, err := Decode([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		got := search(v[0], value)
		part, fails := strings.CutPrefix(v[1], "error ")
		switch {
		case fails:
			if !strings.HasPrefix(got, "error ") || !strings.Contains(got, part) {
				t.Errorf("%.80s\ngot  %s\nwant %s", v[0], got, v[1])
			}
		case v[1] == "same":
			b, _ := appendASCII(nil, value)
			if got != string(b) {
				t.Errorf("%s\ngot  %s", v[0], got)
			}
		case got != v[1]:
			t.Errorf("%s\ngot  %s\nwant %s", v[0], got, v[1])
		}
	}
}

// search returns a result as JSON, or the error's text.
func search(expression string, value any) string {
	e, err := Compile(expression)
	if err != nil {
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(expression) {
			return "not a syntax error: " + err.Error()
		}
		return "error " + err.Error()
	}
	r, err := e.Search(value)
	if err != nil {
		return "error " + err.Error()
	}
	b, err := appendASCII(nil, r)
	if err != nil {
		return "error " + err.Error()
	}
	return string(b)
}

func TestFloats(t *testing.T) {
	for text, want := range map[string]string{
		"0.0": "0.0", "-0.0": "-0.0", "1e15": "1000000000000000.0", "1e16": "1e+16", "0.0001": "0.0001", "0.00001": "1e-05",
		"1.7e308": "1.7e+308", "123456.789": "123456.789", "1e22": "1e+22", "1.5e-7": "1.5e-07",
	} {
		v, err := Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := FormatFloat(v.(float64)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, text := range []string{"", "{", "[1", "[1,]", `{"a"}`, `{"a":1} 2`, "1 x", "1e999", "]"} {
		if v, err := Decode([]byte(text)); err == nil {
			t.Errorf("%q: %v", text, v)
		}
	}
	v, err := Decode([]byte(` {"b":1,"a":null,"b":2} `))
	if b, _ := appendASCII(nil, v); err != nil || string(b) != `{"b":2,"a":null}` {
		t.Errorf("%s, %v", b, err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, v := range vectors {
		f.Add(v[0])
	}
	value, err := Decode([]byte(sample))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 1000 {
			search(text, value)
		}
	})
}
