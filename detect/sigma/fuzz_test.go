package sigma

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// FuzzLoad gives any text to the loader: all of it is accounted for, and what was loaded runs.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(builtin))
	f.Add([]byte(base("a", "b") + corr("c", "{type: temporal_ordered, rules: [a, b], group-by: [x], timespan: 10s, aliases: {x: {a: y, b: z}}}")))
	f.Add([]byte("action: global\n" + logsource + "---\naction: repeat\n---\ntitle: A\nfilter: {rules: any, s: [x], condition: not s}\n"))
	f.Add([]byte(base("a") + corr("c", "{type: value_percentile, rules: [a], timespan: 1d, condition: {field: b, percentile: 95, lt: 3}}")))
	f.Add([]byte("a: &a [x]\nb: *a\n--- {title: x, detection: {s: {'|re|i': '('}, condition: 1 of _*}}\n"))
	for _, file := range publicRules(f) {
		f.Add(file.Data)
	}
	events := []*parser.Record{event(f, `{"eventTime":"2026-01-02T03:04:05Z","eventName":"a","a":[{"b":1}],"userAgent":"x"}`)}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := Load([]File{{"f.yml", text}}, Options{Placeholders: map[string][]string{"p": {"x"}}})
		if len(c.Rules)+len(c.Rejected) == 0 {
			t.Fatal("nothing came of it")
		}
		lines := 1 // YAML knows further line breaks
		for _, b := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			lines += strings.Count(string(text), b)
		}
		for _, r := range c.Rejected {
			if r.Reason == "" || r.Line < 1 || r.Line > lines {
				t.Errorf("%+v", r)
			}
		}
		for i := range c.Rules {
			Check(&c.Rules[i])
		}
		set, err := detect.NewSet(c.Detectors())
		if err != nil {
			t.Fatal(err)
		}
		streams := make([]detect.Stream, set.Len())
		for i := range streams {
			streams[i] = set.Stream(i)
		}
		for _, r := range events {
			ref := detect.NewRef(r, detect.Place{})
			set.Record(r, func(d int, e detect.Evidence) { streams[d].Next(&ref, e, func(detect.Finding) {}) })
		}
		for _, s := range streams {
			s.Flush(func(detect.Finding) {})
		}
	})
}

func event(t testing.TB, text string) *parser.Record {
	t.Helper()
	r, err := parser.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// FuzzCondition gives any text to the parser of conditions: what it accepts reads the same
// when it is written out with all its parentheses.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{"s", "not (s or t) and 1 of u*", "all of them", "s AND NOT t", "((s))", "1 of", "s | count() > 1", "not not s and\tt or u"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := parseCondition(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "condition: column ") {
				t.Errorf("%v", err)
			}
			return
		}
		once := parenthesized(tree)
		again, err := parseCondition(once)
		if err != nil && strings.Contains(err.Error(), "nested") {
			return
		}
		if err != nil || parenthesized(again) != once {
			t.Fatalf("%q is read as %s, and that as %v, %v", text, once, again, err)
		}
	})
}

// FuzzEvaluate shows any JSON to rules of every kind: nothing panics, the index and the gates
// hide nothing, and an event's meaning does not change with its white space.
func FuzzEvaluate(f *testing.F) {
	data, err := os.ReadFile("testdata/cases.yml")
	if err != nil {
		f.Fatal(err)
	}
	var cases []evaluation
	if err := yaml.Unmarshal(data, &cases); err != nil {
		f.Fatal(err)
	}
	var rules strings.Builder
	for i, c := range cases {
		f.Add([]byte(c.Event))
		rules.WriteString("---\ntitle: T" + strings.Repeat("x", i) + "\n" + logsource + "detection: " + c.Rule + "\n")
	}
	files := append(publicRules(f), File{"cases.yml", []byte(rules.String())})
	detectors := Load(files, Options{Placeholders: map[string][]string{"admins": {"alice", "bob"}, "empty": nil}}).Detectors()
	set, err := detect.NewSet(detectors)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"eventName":"GetObject","userAgent":"[x]","errorCode":[1],"userIdentity":{"type":{"a":1},"arn":null},"requestParameters":{"policyDocument":"%7B%22a%22%3A1%7D"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parser.Parse(text)
		if err != nil {
			return
		}
		indexed := map[string]bool{}
		set.Record(r, func(d int, _ detect.Evidence) { indexed[set.Detector(d).ID] = true })
		for _, d := range detectors {
			_, alone := d.Record(r)
			if alone != indexed[d.ID] && !strings.HasSuffix(r.EventSource, ".cn") {
				t.Errorf("%s: by the index %t, alone %t", d.ID, indexed[d.ID], alone)
			}
			if len(d.Seek) > 0 && alone && !sought(d, r) {
				t.Errorf("%s: a hit that it does not seek", d.ID)
			}
		}
	})
}

// sought reports whether one of the detector's Seeks is met.
func sought(d *detect.Detector, r *parser.Record) bool {
	for _, s := range d.Seek {
		for name, f := range seekFields {
			if f.field == s.Field && s.Match(hotFields[name](r)) {
				return true
			}
		}
	}
	return false
}

// parenthesized writes a condition.
func parenthesized(t *tree) string {
	switch t.op {
	case "name":
		return t.name
	case "one":
		return "1 of " + t.name
	case "every":
		return "all of " + t.name
	case "not":
		return "not (" + parenthesized(t.parts[0]) + ")"
	}
	var parts []string
	for _, part := range t.parts {
		parts = append(parts, "("+parenthesized(part)+")")
	}
	return strings.Join(parts, " "+t.op+" ")
}
