package query

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exampleArguments are values for the parameters that have no default, by parameter.
var exampleArguments = map[string]string{
	"key": "AKIAMALLORYEXAMPLE", "ip": "203.0.113.66", "who": "%user/mallory%", "name": "%payroll%",
	"at": "2026-03-05", "id": "0f0e0d0c-0000-4000-8000-000000000001",
}

// examples returns arguments for the parameters of a question that have no default.
func examples(t testing.TB, q Question) map[string]string {
	t.Helper()
	args := map[string]string{}
	for _, p := range q.Params {
		if p.Required {
			value, ok := exampleArguments[p.Name]
			if !ok {
				t.Fatalf("%s: parameter %s has no example", q.Name, p.Name)
			}
			args[p.Name] = value
		}
	}
	return args
}

func bound(t testing.TB, q Question) string {
	t.Helper()
	sql, err := q.Bind(examples(t, q))
	if err != nil {
		t.Fatal(err)
	}
	return sql
}

func TestQuestionRegistry(t *testing.T) {
	if len(Questions) < 60 {
		t.Errorf("%d questions", len(Questions))
	}
	if !slices.IsSortedFunc(Questions, func(a, b Question) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Error("questions are not sorted")
	}
	titles := map[string]string{}
	for _, q := range Questions {
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(q.Name) {
			t.Errorf("%s: is no name to type", q.Name)
		}
		if found, ok := FindQuestion(q.Name); !ok || found.Title != q.Title {
			t.Errorf("%s: is not found", q.Name)
		}
		if !regexp.MustCompile(`^[A-Z].{3,70}[^. ]$`).MatchString(q.Title) {
			t.Errorf("%s: title %q", q.Name, q.Title)
		}
		if other, ok := titles[q.Title]; ok {
			t.Errorf("%s and %s have one title", other, q.Name)
		}
		titles[q.Title] = q.Name
		if n := len(q.Meaning); n < 120 || n > 600 || !regexp.MustCompile(`^[A-Z].*[a-z0-9)]\.( [A-Z].*\.)+$`).MatchString(q.Meaning) || strings.Contains(q.Meaning, "  ") {
			t.Errorf("%s: meaning %q: not some sentences", q.Name, q.Meaning)
		}
		checkParams(t, q)
		checkOrder(t, q)
	}
	for _, name := range []string{"", "no-such-question", "Console-Logins", "console-login"} {
		if _, ok := FindQuestion(name); ok {
			t.Errorf("found %q", name)
		}
	}
}

// checkParams checks that each parameter is documented, has a default that fits, and is used.
func checkParams(t *testing.T, q Question) {
	t.Helper()
	names := map[string]bool{}
	for _, p := range q.Params {
		if names[p.Name] || !regexp.MustCompile(`^[A-Z].*\.$`).MatchString(p.Doc) {
			t.Errorf("%s: parameter %s: twice, or undocumented: %q", q.Name, p.Name, p.Doc)
		}
		names[p.Name] = true
		if !strings.Contains(q.SQL, "${"+p.Name+"}") {
			t.Errorf("%s: parameter %s is not used", q.Name, p.Name)
		}
		if p.Required {
			args := examples(t, q)
			delete(args, p.Name)
			if sql, err := q.Bind(args); err == nil || !strings.Contains(err.Error(), p.Name) {
				t.Errorf("%s: without %s: %s, %v", q.Name, p.Name, sql, err)
			}
		}
	}
	if names["since"] && !names["until"] || names["until"] && !names["since"] && !names["at"] {
		t.Errorf("%s: since and until go together", q.Name)
	}
	for _, s := range placeholder.FindAllString(q.SQL, -1) {
		if !names[s[2:len(s)-1]] {
			t.Errorf("%s: %s is no parameter", q.Name, s)
		}
	}
	outside := regexp.MustCompile(`'[^']*'`).ReplaceAllString(q.SQL, "''")
	if placeholder.FindAllString(outside, -1) == nil != (placeholder.FindAllString(q.SQL, -1) == nil) ||
		len(placeholder.FindAllString(outside, -1)) != len(placeholder.FindAllString(q.SQL, -1)) {
		t.Errorf("%s: a placeholder within a text", q.Name)
	}
	if sql := bound(t, q); strings.Contains(sql, "${") {
		t.Errorf("%s: what is left of the placeholders: %s", q.Name, sql)
	}
}

// checkOrder checks that the last ORDER BY has the key's columns, and that nothing is cut off.
func checkOrder(t *testing.T, q Question) {
	t.Helper()
	i := strings.LastIndex(q.SQL, "\nORDER BY ")
	if i < 0 || len(q.Key) == 0 {
		t.Errorf("%s: no ORDER BY or no key", q.Name)
		return
	}
	ordered := strings.FieldsFunc(q.SQL[i+len("\nORDER BY "):], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	for i, name := range ordered {
		ordered[i] = name[strings.LastIndexByte(name, '.')+1:]
	}
	for _, k := range q.Key {
		if !slices.Contains(ordered, k) {
			t.Errorf("%s: not in the order of %s: %q", q.Name, k, ordered)
		}
	}
	if strings.Contains(q.SQL, "LIMIT") || strings.Contains(q.SQL, ";") || strings.Contains(q.SQL, "--") {
		t.Errorf("%s: a limit, a second statement or a comment in the SQL", q.Name)
	}
}

// The dialect leaves the questions' meaning alone.
func TestQuestionsAreRewritten(t *testing.T) {
	for _, q := range Questions {
		r, err := Rewrite(bound(t, q))
		if err != nil {
			t.Errorf("%s: %v", q.Name, err)
		} else if len(r.Notes) > 0 {
			t.Errorf("%s: %q", q.Name, r.Notes)
		}
	}
}

func TestBind(t *testing.T) {
	q := Question{Name: "q", SQL: "SELECT ${text}, ${n}, ${ip}, ${since}, ${until}, ${text}", Params: []Param{
		{Name: "text", Type: "text", Default: "%"}, {Name: "n", Type: "number", Default: "5"},
		{Name: "ip", Type: "address", Default: "192.0.2.1"}, everyone["since"], everyone["until"],
	}}
	const all = "TIMESTAMP '0000-01-01 00:00:00.000000', TIMESTAMP '9999-12-31 23:59:59.999999', "
	for _, c := range []struct{ name, value, sql string }{
		{"text", "", "SELECT '', 5, '192.0.2.1', " + all + "''"},
		{"text", "it's ''", "SELECT 'it''s ''''', 5, '192.0.2.1', " + all + "'it''s '''''"},
		{"text", "'; DROP TABLE x; --", "SELECT '''; DROP TABLE x; --', 5, '192.0.2.1', " + all + "'''; DROP TABLE x; --'"},
		{"text", "${n}$n\\\n", "SELECT '${n}$n\\\n', 5, '192.0.2.1', " + all + "'${n}$n\\\n'"},
		{"n", "-7", "SELECT '%', (-7), '192.0.2.1', " + all + "'%'"},
		{"n", "+9223372036854775807", "SELECT '%', 9223372036854775807, '192.0.2.1', " + all + "'%'"},
		{"ip", "2001:DB8:0::1", "SELECT '%', 5, '2001:db8::1', " + all + "'%'"},
		{"since", "2026-03-04", "SELECT '%', 5, '192.0.2.1', TIMESTAMP '2026-03-04 00:00:00.000000', TIMESTAMP '9999-12-31 23:59:59.999999', '%'"},
		{"since", "2026-03-04T10:32:26.5+02:00", "SELECT '%', 5, '192.0.2.1', TIMESTAMP '2026-03-04 08:32:26.500000', TIMESTAMP '9999-12-31 23:59:59.999999', '%'"},
		{"until", "2026-12-31", "SELECT '%', 5, '192.0.2.1', TIMESTAMP '0000-01-01 00:00:00.000000', TIMESTAMP '2027-01-01 00:00:00.000000', '%'"},
		{"until", "2026-03-04T10:32:26Z", "SELECT '%', 5, '192.0.2.1', TIMESTAMP '0000-01-01 00:00:00.000000', TIMESTAMP '2026-03-04 10:32:26.000000', '%'"},
		{"until", "9999-12-31", "SELECT '%', 5, '192.0.2.1', TIMESTAMP '0000-01-01 00:00:00.000000', TIMESTAMP '9999-12-31 00:00:00.000000', '%'"},
	} {
		if sql, err := q.Bind(map[string]string{c.name: c.value}); err != nil || sql != c.sql {
			t.Errorf("%s=%s: %v\n%s\nwant\n%s", c.name, c.value, err, sql, c.sql)
		}
	}
	for _, c := range []struct{ name, value, want string }{
		{"text", "\xff", "UTF-8"}, {"text", "a\x00b", "UTF-8"},
		{"n", "", "whole number"}, {"n", "1e3", "whole number"}, {"n", " 1", "whole number"}, {"n", "1 OR 1=1", "whole number"},
		{"n", "0x10", "whole number"}, {"n", "9223372036854775808", "whole number"}, {"n", "-9223372036854775808", "whole number"},
		{"ip", "203.0.113.0/24", "IP address"}, {"ip", "s3.amazonaws.com", "IP address"}, {"ip", "fe80::1%'", "IP address"}, {"ip", "", "IP address"},
		{"since", "yesterday", "nor a date"}, {"since", "", "nor a date"}, {"since", "2026-02-30", "nor a date"}, {"until", "2026-03-04 10:00:00", "nor a date"},
		{"since", "9999-12-31T23:59:59-01:00", "years 1 to 9999"}, {"since", "0000-01-01T00:00:00+01:00", "years 1 to 9999"},
		{"other", "1", "none of that name, but text, n, ip, since, until"},
	} {
		sql, err := q.Bind(map[string]string{c.name: c.value})
		if err == nil || sql != "" || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "question q: parameter ") {
			t.Errorf("%s=%q: %q, %v", c.name, c.value, sql, err)
		}
	}
}

func TestParseQuestion(t *testing.T) {
	q, err := parseQuestion("x", "-- title: A\n-- meaning: B is\n--   C.\n-- param: least number -1: D\n--   E.\n-- param: until\n-- key: a, b\nSELECT a,\n  b -- no header\n")
	if err != nil || q.Title != "A" || q.Meaning != "B is C." || q.SQL != "SELECT a,\n  b -- no header" || !slices.Equal(q.Key, []string{"a", "b"}) {
		t.Errorf("%+v, %v", q, err)
	}
	if want := []Param{{Name: "least", Type: "number", Default: "-1", Doc: "D E."}, everyone["until"]}; !slices.Equal(q.Params, want) {
		t.Errorf("%+v", q.Params)
	}
	for _, text := range []string{"-- titel: A\n", "-- param: nobody\n", "-- param: x bool true: D.\n", "-- param: x text a\n", "-- \n"} {
		if q, err := parseQuestion("x", text); err == nil {
			t.Errorf("%q: %+v", text, q)
		}
	}
}
