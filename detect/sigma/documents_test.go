package sigma

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

const logsource = "logsource: {product: aws, service: cloudtrail}\n"

// rule is a rule of that title that wants that event.
func rule(title, event string) string {
	return "title: " + title + "\n" + logsource + "level: low\ndetection: {s: {eventName: " + event + "}, condition: s}\n"
}

// summary tells what became of a text: kinds and titles of what was loaded, lines and
// reasons of what was not.
func summary(c *Collection) (lines []string) {
	for _, r := range c.Rules {
		lines = append(lines, r.Kind+" "+r.Title)
	}
	for _, r := range c.Rejected {
		lines = append(lines, fmt.Sprintf("line %d: %s", r.Line, r.Reason))
	}
	return lines
}

func TestDocuments(t *testing.T) {
	deep := strings.Repeat("[", 60) + strings.Repeat("]", 60)
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for _, name := range []string{"b", "c", "d", "e", "f"} {
		before := string(name[0] - 1)
		bomb += name + ": &" + name + " [" + strings.TrimSuffix(strings.Repeat("*"+before+", ", 10), ", ") + "]\n"
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"several", rule("A", "X") + "---\n" + rule("B", "Y"), []string{"rule A", "rule B"}},
		{"empty ones are none", "---\n---\n# only a comment\n---\n" + rule("A", "X") + "---\n", []string{"rule A"}},
		{"a mark with something behind it", "--- # first\n" + rule("A", "X"), []string{"rule A"}},
		{"a byte order mark and carriage returns", "\ufeff" + strings.ReplaceAll(rule("A", "X"), "\n", "\r\n"), []string{"rule A"}},
		{"nothing", "# nothing\n", []string{"line 1: file: no document in it"}},
		{"an error costs one document", rule("A", "X") + "---\ntitle: [B\n---\n" + rule("C", "Y"), []string{"rule A", "rule C", "line 5: YAML: did not find expected ',' or ']'"}},
		{"no map", "- a\n- b\n", []string{"line 1: document: not a map"}},
		{"a key twice", "title: A\nlevel: low\ntitle: B\n", []string{"line 3: map: the key \"title\" is there twice"}},
		{"a merge key", "title: A\nx: &x {y: 1}\nz: {<<: *x}\n", []string{"line 3: map: a key that is no plain name"}},
		{"an alias", "title: A\nlogsource: {product: aws, service: &ct cloudtrail}\ndetection: {s: {eventSource|contains: *ct}, condition: s}\nlevel: low\n", []string{"rule A"}},
		{"a bomb", bomb, []string{"line 1: document: more than 50000 values, aliases resolved"}},
		{"deep", "a: " + deep, []string{"line 1: document: nested more than 50 deep"}},
		{"no title", strings.Replace(rule("A", "X"), "title: A\n", "", 1), []string{"line 1: title: missing"}},
		{"no log source", strings.Replace(rule("A", "X"), logsource, "", 1), []string{"line 1: logsource: missing"}},
		{"another product", strings.Replace(rule("A", "X"), "aws", "windows", 1), []string{"line 2: logsource: product \"windows\", not aws"}},
		{"another service", strings.Replace(rule("A", "X"), "cloudtrail", "guardduty", 1), []string{"line 2: logsource: service \"guardduty\", not cloudtrail"}},
		{"a level that is none", strings.Replace(rule("A", "X"), "low", "severe", 1), []string{"line 1: level: \"severe\" is none of [\"informational\" \"low\" \"medium\" \"high\" \"critical\"]"}},
		{"the line of a value", "title: A\n" + logsource + "detection:\n  s:\n    a|re:\n      - ok\n      - 'a('\n  condition: s\n", []string{"line 7: search s: a|re: regular expression: missing closing ): \"a(\""}},
		{"the column of a condition", "title: A\n" + logsource + "detection:\n  s: {a: x}\n  condition: s and (t\n", []string{"line 5: condition: column 9: it ends where a closing parenthesis is wanted"}},
		{"the column of a name", "title: A\n" + logsource + "detection:\n  s: {a: x}\n  condition: s and t\n", []string{"line 5: condition: column 7: no search \"t\""}},
		{"the second of a title", rule("A b", "X") + "---\n" + rule("a B", "Y"), []string{"rule A b", "line 6: rule a-b: already in rules.yml, line 1"}},
		{"an unknown member of ours", rule("A", "X") + "coldtrail: {colour: red}\n", []string{"line 5: coldtrail: colour: unknown"}},
		{"an unknown action", "action: destroy\n" + rule("A", "X"), []string{"line 1: action: \"destroy\" is unknown"}},
		{"global", "action: global\n" + logsource + "level: high\n---\ntitle: A\ndetection: {s: {a: x}, condition: s}\n---\ntitle: B\nlevel: low\ndetection: {s: {a: y}, condition: s}\n", []string{"global ", "rule A", "rule B"}},
		{"reset", "action: global\n" + logsource + "---\naction: reset\n---\ntitle: A\ndetection: {s: {a: x}, condition: s}\n", []string{"global ", "global ", "line 6: logsource: missing"}},
		{"repeat", rule("A", "X") + "---\naction: repeat\ntitle: B\ndetection: {s: {eventName: Y}}\n---\naction: repeat\ntitle: C\nlevel: high\n", []string{"rule A", "rule B", "rule C"}},
		{"nothing to repeat", "action: repeat\ntitle: B\n", []string{"line 1: action: nothing before it to repeat"}},
	} {
		got := summary(Load([]File{{"rules.yml", []byte(c.text)}}, Options{}))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}

// TestActionsMerge looks at what became of merged documents.
func TestActionsMerge(t *testing.T) {
	c := load(t, Options{}, "action: global\n"+logsource+"level: high\ndetection: {g: {errorCode: null}}\n---\ntitle: A\ndetection: {s: {eventName: X}, condition: s and g}\n---\naction: repeat\ntitle: B\nlevel: low\ndetection: {s: {eventName: Y}}\n")
	for i, want := range []struct{ level, event string }{{"high", "*:x"}, {"low", "*:y"}} {
		d := c.Rules[i+1].Detector
		if d.Severity.String() != want.level || !slices.Equal(d.Events, []string{want.event}) {
			t.Errorf("%s: %s %q, want %v", d.ID, d.Severity, d.Events, want)
		}
	}
	if found := find(t, c.Detectors(), []string{`{"eventTime":"2026-01-02T03:04:05Z","eventName":"X","errorCode":"x"}`}); len(found) > 0 {
		t.Errorf("the global search does not count: %+v", found)
	}
}

func TestFilters(t *testing.T) {
	filter := func(rules, condition string) string {
		return "---\ntitle: F\n" + logsource + "filter: {rules: " + rules + ", s: {userIdentity.userName: alice}, t: {awsRegion: x}, condition: " + condition + "}\n"
	}
	alice := `{"eventTime":"2026-01-02T03:04:05Z","eventName":"X","awsRegion":"x","userIdentity":{"userName":"alice"}}`
	bob := strings.Replace(alice, "alice", "bob", 1)
	for _, c := range []struct {
		name, filter string
		hits         string // of alice and bob
	}{
		{"what goes", filter("[a]", "s"), "bob"},
		{"what stays", filter("[A]", "not s"), "bob"},
		{"what goes, of two", filter("any", "s and t"), "bob"},
		{"what goes, either", filter("any", "s or t"), ""},
		{"what stays, of two", filter("any", "not s and not t"), ""},
		{"of another rule", filter("[b]", "s"), "alice bob"},
		{"one rule as text", filter("a", "s"), "bob"},
		{"none", filter("[]", "s"), "bob"},
	} {
		c2 := load(t, Options{}, rule("A", "X")+"---\n"+rule("B", "Y")+c.filter)
		var hits []string
		for name, event := range map[string]string{"alice": alice, "bob": bob} {
			if len(find(t, c2.Detectors(), []string{event})) > 0 {
				hits = append(hits, name)
			}
		}
		slices.Sort(hits)
		if got := strings.Join(hits, " "); got != c.hits {
			t.Errorf("%s: hits of %q, want %q", c.name, got, c.hits)
		}
	}
	for condition, want := range map[string]string{
		"s and not t":     "does not say whether",
		"s and":           "it ends where",
		"nobody":          "no search",
		"[s]":             "text is wanted",
		"1 of them and s": "",
	} {
		c := Load([]File{{"f.yml", []byte(rule("A", "X") + filter("any", condition))}}, Options{})
		if got := summary(c); (want != "") != (len(c.Rejected) == 1) || !strings.Contains(got[len(got)-1], want) {
			t.Errorf("%s: %q, want %q", condition, got, want)
		}
	}
}

func TestKeys(t *testing.T) {
	for detection, want := range map[string]string{
		"{s: {eventSource: iam.amazonaws.com, eventName: [CreateUser, DeleteUser]}, condition: s}": "[iam.amazonaws.com:createuser iam.amazonaws.com:deleteuser]",
		"{s: {eventName: X}, condition: s}":                                            "[*:x]",
		"{s: {eventSource: X.amazonaws.com.cn}, condition: s}":                         "[x.amazonaws.com:*]",
		"{s: {eventName: UpdateFunctionCode20150331v2}, condition: s}":                 "[*:updatefunctioncode]",
		"{s: {eventName: X}, t: {eventName: Y}, condition: s or t}":                    "[*:x *:y]",
		"{s: {eventName: X}, t: {a: y}, condition: s or t}":                            "[]",
		"{s: {eventName: X}, t: {eventName: [X, Y]}, condition: s and t}":              "[*:x]",
		"{s: {eventName: X}, t: {eventSource: y}, condition: s and not t}":             "[*:x]",
		"{s: {eventName: X}, condition: not s}":                                        "[]",
		"{s: [{eventSource: a, eventName: X}, {eventSource: b}], condition: s}":        "[a:x b:*]",
		"{s: {eventName: 'X*'}, condition: s}":                                         "[]",
		"{s: {eventName|startswith: X, eventSource: a}, condition: s}":                 "[a:*]",
		"{s: {eventName|cased: X}, condition: s}":                                      "[*:x]",
		"{s: {eventName: X}, t: {eventName: Y}, condition: s and t}":                   "[nothing:nothing]",
		"{s: {eventName: X, requestParameters.a: 1}, f: {b: 2}, condition: all of s*}": "[*:x]",
	} {
		c := load(t, Options{}, "title: T\n"+logsource+"detection: "+detection+"\n")
		if got := fmt.Sprint(c.Rules[0].Detector.Events); got != want {
			t.Errorf("%s: %s, want %s", detection, got, want)
		}
	}
}

func TestTags(t *testing.T) {
	c := load(t, Options{}, rule("A", "X")+"tags: [attack.t1078.004, ATTACK.T1562.008, attack.t1562.001, attack.t1685, attack.persistence, attack.s0001, cve.2024-1]\n")
	if got := fmt.Sprint(c.Rules[0].Detector.Techniques); got != "[T1078.004 T1685.002 T1685]" {
		t.Error(got)
	}
	if len(c.Rules[0].Notes) != 2 {
		t.Errorf("%q", c.Rules[0].Notes)
	}
}

func TestCorrelationsRejected(t *testing.T) {
	for correlation, want := range map[string]string{
		"{type: event_count, rules: [nobody], timespan: 1m, condition: {gte: 1}}":                            `"nobody": no rule of that id, name or title was loaded`,
		"{type: event_count, rules: [a, a], timespan: 1m, condition: {gte: 1}}":                              "twice",
		"{type: event_count, timespan: 1m, condition: {gte: 1}}":                                             "rules: missing",
		"{type: event_sum, rules: [a], timespan: 1m, condition: {gte: 1}}":                                   "unknown",
		"{rules: [a], timespan: 1m, condition: {gte: 1}}":                                                    "unknown",
		"{type: event_count, rules: [a], condition: {gte: 1}}":                                               "timespan: missing",
		"{type: event_count, rules: [a], timespan: 1x, condition: {gte: 1}}":                                 "timespan",
		"{type: event_count, rules: [a], timespan: 0s, condition: {gte: 1}}":                                 "timespan",
		"{type: event_count, rules: [a], timespan: 999999999y, condition: {gte: 1}}":                         "timespan",
		"{type: event_count, rules: [a], timespan: 1m}":                                                      "condition: missing",
		"{type: event_count, rules: [a], timespan: 1m, condition: {}}":                                       "none of gt",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: many}}":                              "a number is wanted",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: 1000000}}":                           "as far as hits are counted",
		"{type: event_count, rules: [a], timespan: 1m, condition: {about: 1}}":                               "unknown",
		"{type: event_count, rules: [a], timespan: 1m, condition: a}":                                        "text is for temporal",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: 1, field: x}}":                       "has none",
		"{type: value_count, rules: [a], timespan: 1m, condition: {gte: 1}}":                                 "field: missing",
		"{type: value_sum, rules: [a], timespan: 1m, condition: {gte: 1, field: [x, y]}}":                    "takes one",
		"{type: value_percentile, rules: [a], timespan: 1m, condition: {lte: 1, field: x}}":                  "percentile: missing",
		"{type: value_percentile, rules: [a], timespan: 1m, condition: {lte: 1, field: x, percentile: 101}}": "percentile",
		"{type: temporal, rules: [a, b], timespan: 1m, condition: a}":                                        `"b" is not in it`,
		"{type: temporal, rules: [a], timespan: 1m, condition: a and b}":                                     "none of the correlation's rules",
		"{type: temporal, timespan: 1m, condition: not a}":                                                   "no rule hits at all",
		"{type: temporal, timespan: 1m, condition: 1 of them}":                                               "rules: missing",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: 1}, colour: red}":                    "unknown",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: 1}, generate: 3}":                    "true or false",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: 1}, aliases: {x: a}}":                "not a map",
		"{type: event_count, rules: [a], timespan: 1m, condition: {gte: 1}, aliases: {x: {nobody: y}}}":      "nobody",
		"{type: event_count, rules: [c], timespan: 1m, condition: {gte: 1}}":                                 "itself",
		"[]": "not a map",
	} {
		c := Load([]File{{"c.yml", []byte(base("a", "b") + corr("c", correlation))}}, Options{})
		if len(c.Rejected) != 1 || !strings.Contains(c.Rejected[0].Reason, want) || c.Rejected[0].Line < 13 {
			t.Errorf("%s: %+v, want %q", correlation, c.Rejected, want)
		}
		if len(c.Detectors()) != 2 {
			t.Errorf("%s: %d detectors: a rule whose correlation is rejected has to alert", correlation, len(c.Detectors()))
		}
	}
}

// TestRejectedTogether: what refers to a rejected correlation is rejected, too, and circles are.
func TestRejectedTogether(t *testing.T) {
	count := func(of string) string {
		return "{type: event_count, rules: [" + of + "], timespan: 1m, condition: {gte: 1}}"
	}
	// Each floor refers four times to the one below it, by way of four others.
	tower := ""
	below := "a"
	for i := range 4 {
		for j := range 4 {
			tower += corr(fmt.Sprintf("f%d%d", i, j), count(below))
		}
		below = fmt.Sprintf("f%d0, f%[1]d1, f%[1]d2, f%[1]d3", i)
	}
	tower += corr("top", count(below)) + corr("above", count("top"))
	for text, want := range map[string]int{
		corr("c", count("d")) + corr("d", count("e")) + corr("e", count("nobody")): 3,
		corr("c", count("d")) + corr("d", count("c")):                              2,
		corr("c", count("d")) + corr("d", count("a")):                              0,
		tower: 2, // its last two, which mean more than 512 rules
	} {
		c := Load([]File{{"one.yml", []byte(text)}, {"two.yml", []byte(base("a"))}}, Options{})
		if len(c.Rejected) != want {
			t.Errorf("%s: %+v, want %d rejected", text, c.Rejected, want)
		}
	}
}

// TestNoMatchNoMemory: an event that no rule fits costs nothing, whatever rules there are.
func TestNoMatchNoMemory(t *testing.T) {
	events := []*parser.Record{
		event(t, `{"eventTime":"2026-01-02T03:04:05Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","userAgent":"[x/1]","requestParameters":{"bucketName":"b","key":"k"},"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob"}}`),
		event(t, `{"eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","userAgent":"S3 Browser/9","requestParameters":{"userName":"u","policyDocument":"none"},"userIdentity":{"type":"IAMUser"}}`),
		event(t, `{"eventTime":"2026-01-02T03:04:05Z","eventSource":"ecs.amazonaws.com","eventName":"RunTask","userAgent":"x","requestParameters":{"containerDefinitions":[{"command":["a","b"]},{"command":[]}]},"errorCode":"AccessDenied"}`),
	}
	opt := Options{Placeholders: map[string][]string{"CorporateCountries": nil, "CorporateAddresses": nil}}
	set := setOf(t, loaded(t, append(publicRules(t), generated(900, events)...), opt)...)
	if set.Len() < 900 {
		t.Fatal(set.Len())
	}
	for _, r := range events {
		yield := func(d int, _ detect.Evidence) { t.Errorf("a hit of %s on %s", set.Detector(d).ID, r.Name) }
		if n := testing.AllocsPerRun(100, func() { set.Record(r, yield) }); n != 0 {
			t.Errorf("%s: %v allocations", r.Name, n)
		}
	}
}
