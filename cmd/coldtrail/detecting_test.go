package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/sigma"
	"github.com/coldtrail/coldtrail/report"
)

func aRule(name string) string {
	return "title: " + name + "\nname: " + name + "\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: " + name + "}, condition: s}\nlevel: low\n"
}

func looked(t *testing.T, d detecting) (*detection, string) {
	t.Helper()
	var stderr bytes.Buffer
	look, err := d.detectors(&console{err: &stderr})
	if err != nil {
		t.Fatal(err)
	}
	return look, stderr.String()
}

// brought lists the detectors that are not coldtrail's.
func brought(l *detection) (ids []string) {
	own := builtin()
	for _, d := range l.detectors {
		if !slices.ContainsFunc(own, func(o *detect.Detector) bool { return o.ID == d.ID }) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// Rules come from directories, files and archives; what is no rule is left alone, and what
// cannot be read is rejected.
func TestRulesAreRead(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"r/a.yml": aRule("one"), "r/deep/b.YAML": aRule("two") + "---\n" + aRule("three"), "r/notes.txt": "x", "r/large.yml": strings.Repeat("#", maxRuleFile+1),
		"r/again.yml": aRule("one"), "single.rule": aRule("four"),
	} {
		writeFile(t, filepath.Join(dir, name), []byte(text))
	}
	if err := os.Symlink("a.yml", filepath.Join(dir, "r", "link.yml")); err != nil {
		t.Log(err)
	}
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	for name, text := range map[string]string{"set/five.yml": aRule("five"), "../six.yml": aRule("six"), "bomb.yml": strings.Repeat("a", 64<<20)} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "set.zip"), z.Bytes())
	look, said := looked(t, detecting{Rules: []string{filepath.Join(dir, "r"), filepath.Join(dir, "single.rule"), filepath.Join(dir, "set.zip")}})
	ids := brought(look)
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"five", "four", "one", "six", "three", "two"}) {
		t.Errorf("loaded: %q", ids)
	}
	var rejected []string
	for _, r := range look.report.Rejected {
		rejected = append(rejected, r.File)
	}
	slices.Sort(rejected)
	if want := []string{"r/again.yml", "r/large.yml", "r/link.yml", "set.zip/bomb.yml"}; !slices.Equal(rejected, want) || strings.Count(said, "\n") != len(want) {
		t.Errorf("rejected %q, said\n%s", rejected, said)
	}
	for _, s := range look.report.Sources[2:] {
		if n := map[string][3]int{"r": {5, 3, 3}, "single.rule": {1, 1, 0}, "set.zip": {3, 2, 1}}[s.Name]; [3]int{s.Files, s.Detectors, s.Rejected} != n {
			t.Errorf("%s: %d files, %d detectors, %d rejected, want %v", s.Name, s.Files, s.Detectors, s.Rejected, n)
		}
	}
	files, err := look.inputs(t.Context())
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if len(f.SHA256) != 64 {
			t.Errorf("%+v", f)
		}
	}
}

// A correlation may refer to a rule of another --rules.
func TestRulesReferToEachOther(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "base.yml"), []byte(aRule("base")))
	writeFile(t, filepath.Join(dir, "many.yml"), []byte("title: Many\nname: many\ncorrelation: {type: event_count, rules: [base], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 3}}\nlevel: high\n"))
	look, said := looked(t, detecting{Rules: []string{filepath.Join(dir, "many.yml"), filepath.Join(dir, "base.yml")}, NoBuiltin: true})
	if ids := brought(look); !slices.Equal(ids, []string{"many"}) || said != "" {
		t.Errorf("%q, said %s", ids, said)
	}
	for _, s := range look.report.Sources[1:] {
		if s.Detectors+s.Silent != 1 || s.Detectors == s.Silent {
			t.Errorf("%+v", s)
		}
	}
}

// Everything that is looked for stands in the report, once, and what is left out does not.
func TestDetectionIsComplete(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "feed.txt"), []byte("203.0.113.9\nno\n"))
	writeFile(t, filepath.Join(dir, "known.yml"), []byte("- {rule: 'role-*', reason: x, expires: 2000-01-01}\n"))
	look, _ := looked(t, detecting{IOC: []string{filepath.Join(dir, "feed.txt")}, Exclude: []string{"role-*"}, Suppress: filepath.Join(dir, "known.yml"), MinSeverity: "low"})
	in := map[string]bool{}
	for _, u := range look.report.Detectors {
		if in[u.ID] {
			t.Errorf("%s: twice", u.ID)
		}
		in[u.ID] = true
	}
	n := 0
	for _, s := range look.report.Sources {
		n += s.Detectors
	}
	if n != len(in) || len(look.detectors) != n || !in["ioc-feed"] || in["role-assumed"] || len(look.report.Excluded) == 0 {
		t.Errorf("%d of the sources, %d named, %d looked for", n, len(in), len(look.detectors))
	}
	for _, d := range look.detectors {
		if !in[d.ID] {
			t.Errorf("%s: not in the report", d.ID)
		}
	}
	if s := look.report.Suppressions; len(s) != 1 || !s[0].Expired || look.report.Below == nil {
		t.Errorf("%+v", look.report)
	}
}

func TestPlaceholders(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p.yml")
	for text, want := range map[string]string{
		"a: x\nb: [1, two]\n'%c%': []\n": "map[a:[x] b:[1 two] c:[]]",
		`{"a": ["x"]}`:                   "map[a:[x]]",
		"":                               "no placeholder in it", "- a": "cannot unmarshal", "a: {b: c}": "line 1: a: neither a value nor a list", "a:\n- [b]": "line 2: a: not a list of values",
		"a: x\n'%a%': y\n": "a: is there as a and as %a%", "b: {c: d}\na: {b: c}\n": "line 2: a: neither a value nor a list",
	} {
		writeFile(t, name, []byte(text))
		got, err := readPlaceholders(name)
		if s := fmt.Sprint(got); err != nil && !strings.Contains(err.Error(), want) || err == nil && s != want {
			t.Errorf("%q: %s, %v", text, s, err)
		}
	}
}

// What an attacker could write into a rule or a list reaches the terminal escaped.
func TestRejectionsAreEscaped(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "x.yml"), []byte("title: \"\\e[31m\"\nlogsource: {product: \"a\\u202e\"}\ndetection: {s: {a: b}, condition: s}\nlevel: low\n"))
	writeFile(t, filepath.Join(dir, "feed.txt"), []byte("203.0.113.9\nno\x1b[31m\n"))
	look, said := looked(t, detecting{Rules: []string{filepath.Join(dir, "x.yml")}, IOC: []string{filepath.Join(dir, "feed.txt")}})
	if len(look.report.Rejected) != 1 || strings.ContainsAny(said, "\x1b\u202e") || strings.Count(said, "\n") != 2 {
		t.Errorf("%q", said)
	}
}

// Two programs of one rule set must not differ in what they look for.
func TestRuleSetNamesTheRules(t *testing.T) {
	if len(builtin()) != len(detect.All())+len(embedded().Detectors()) || len(embedded().Rejected) > 0 {
		t.Errorf("%d detectors and rules; rejected: %v", len(builtin()), embedded().Rejected)
	}
	if _, err := detect.NewSet(builtin()); err != nil {
		t.Error(err)
	}
	if first := ruleSet(); first != ruleSet() {
		t.Error("the rule set has no stable name")
	}
}

func TestRulesWithoutAny(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "z.zip"), []byte("no archive"))
	for _, name := range []string{dir + "/z.zip", dir, dir + "/nowhere"} {
		_, err := (&detecting{Rules: []string{name}}).detectors(&console{err: &bytes.Buffer{}})
		if exit, ok := errors.AsType[*exitError](err); !ok || exit.code != exitUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
	var look detection
	look.report = &report.Detection{}
	look.rules("x", &sigma.Collection{}, 0)
	if len(look.detectors) != 0 || len(look.report.Sources) != 1 {
		t.Error("a source without rules is a source")
	}
}

// What a rule does not say has no heading.
func TestShowOfBareRule(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.yml")
	writeFile(t, name, []byte(aRule("bare")))
	look, _ := looked(t, detecting{Rules: []string{name}, NoBuiltin: true})
	var b bytes.Buffer
	if err := show(&b, look, look.detectors[len(look.detectors)-1]); err != nil || !strings.Contains(b.String(), "bare") || strings.Contains(b.String(), "Innocent causes") {
		t.Errorf("%v\n%s", err, &b)
	}
}
