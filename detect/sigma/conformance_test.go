package sigma

import (
	"fmt"
	"os"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// evaluation is a case of an evaluation: a rule's detection, an event, what is wanted.
type evaluation struct {
	Name   string `yaml:"n"`
	Rule   string `yaml:"d"`
	Event  string `yaml:"e"`
	Wanted string `yaml:"w"` // true, false or reject
}

// run loads a rule of that detection and shows it the event, by the rule's index too.
func (e evaluation) run(t *testing.T) {
	t.Helper()
	if got := e.outcome(t); got != e.Wanted {
		t.Errorf("%s on %s: %s, want %s", e.Rule, e.Event, got, e.Wanted)
	}
}

func (e evaluation) outcome(t *testing.T) string {
	t.Helper()
	rule := "title: T\nlogsource: {product: aws, service: cloudtrail}\ndetection: " + e.Rule + "\n"
	c := Load([]File{{"rule.yml", []byte(rule)}}, Options{Placeholders: map[string][]string{"admins": {"alice", "bob"}, "empty": nil}})
	if len(c.Rules)+len(c.Rejected) != 1 {
		t.Fatalf("%s: %d rules, %d rejected", e.Rule, len(c.Rules), len(c.Rejected))
	}
	if len(c.Rejected) > 0 {
		t.Log(c.Rejected[0].Reason)
		return "reject"
	}
	r, err := parser.Parse([]byte(e.Event))
	if err != nil {
		t.Fatal(err)
	}
	_, hit := c.Rules[0].Detector.Record(r)
	set, err := detect.NewSet(c.Detectors())
	if err != nil {
		t.Fatal(err)
	}
	indexed := false
	set.Record(r, func(int, detect.Evidence) { indexed = true })
	if indexed != hit {
		t.Errorf("%s on %s: %t, but by the index %t", e.Rule, e.Event, hit, indexed)
	}
	return fmt.Sprint(hit)
}

// TestConformance runs the cases that every Sigma engine is measured with.
func TestConformance(t *testing.T) {
	data, err := os.ReadFile("../../../shared/data/sigma-conformance.yml")
	if err != nil {
		t.Skip("the conformance cases are not at hand: ", err)
	}
	var cases []evaluation
	if err := yaml.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 78 {
		t.Fatalf("%d cases, not 78", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, c.run)
	}
}

// TestCases runs the project's own cases.
func TestCases(t *testing.T) {
	data, err := os.ReadFile("testdata/cases.yml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []evaluation
	if err := yaml.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.Name] {
			t.Errorf("%s: twice", c.Name)
		}
		seen[c.Name] = true
		t.Run(c.Name, c.run)
	}
	t.Logf("%d cases", len(cases))
}
