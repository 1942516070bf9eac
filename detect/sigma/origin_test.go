package sigma

import (
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

const (
	sourceRule = "title: A\nname: a\nid: 6b1f0d3e-0000-4000-8000-000000000001\nlogsource: {product: aws, service: cloudtrail}\n" +
		"detection: {s: {eventName: X}, condition: s}\nlevel: low\n"
	sourceOther = "title: E\nname: e\nid: 6b1f0d3e-0000-4000-8000-000000000004\nlogsource: {product: aws, service: cloudtrail}\n" +
		"detection: {s: {eventName: Z}, condition: s}\nlevel: low\n"
	sourceCorrelation = "title: C\nname: c\nid: 6b1f0d3e-0000-4000-8000-000000000002\nlevel: high\n" +
		"correlation: {type: event_count, rules: [a], group-by: [awsRegion], timespan: 1h, condition: {gte: 3}, generate: true}\n"
	sourceFilter = "title: F\nname: f\nid: 6b1f0d3e-0000-4000-8000-000000000003\nlogsource: {product: aws, service: cloudtrail}\n" +
		"filter: {rules: [a], s: {eventName: Y}, condition: not s}\n"
)

// TestIdentity: a detector's identity is another one where it could find something else, and the
// same otherwise.
func TestIdentity(t *testing.T) {
	identities := func(opt Options, texts ...string) map[string]string {
		var files []File
		for i, text := range texts {
			files = append(files, File{Name: string(rune('a'+i)) + ".yml", Data: []byte(text)})
		}
		c := Load(files, opt)
		if len(c.Rejected) > 0 {
			t.Fatalf("%+v", c.Rejected)
		}
		m := map[string]string{}
		for _, d := range c.Detectors() {
			if m[d.ID] = detect.Identity(d); m[d.ID] == "" {
				t.Errorf("%s: no identity", d.ID)
			}
		}
		return m
	}
	plain := identities(Options{}, sourceRule, sourceCorrelation)
	for name, c := range map[string]struct {
		got         map[string]string
		rule, whole bool // are others
	}{
		"the same":         {identities(Options{}, sourceRule, sourceCorrelation), false, false},
		"another rule too": {identities(Options{}, sourceRule, sourceCorrelation, sourceOther), false, false},
		"its condition":    {identities(Options{}, strings.Replace(sourceRule, "condition: s", "condition: not s", 1), sourceCorrelation), true, true},
		"its correlation":  {identities(Options{}, sourceRule, strings.Replace(sourceCorrelation, "1h", "2h", 1)), false, true},
		"a filter":         {identities(Options{}, sourceRule, sourceCorrelation, sourceFilter), true, true},
		"options":          {identities(Options{Placeholders: map[string][]string{"x": {"1"}}}, sourceRule, sourceCorrelation), false, false},
		"what it expands":  {identities(Options{Placeholders: map[string][]string{"x": {"1"}}}, strings.Replace(sourceRule, "eventName: X", "eventName|expand: '%x%'", 1), sourceCorrelation), true, true},
	} {
		if rule, whole := c.got["a"] != plain["a"], c.got["c"] != plain["c"]; rule != c.rule || whole != c.whole {
			t.Errorf("%s: another rule %v, another correlation %v", name, rule, whole)
		}
	}
}
