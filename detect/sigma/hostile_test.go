package sigma

import (
	"strings"
	"testing"
	"time"
)

// TestHostileFiles: whatever a file holds, it is judged in a moment.
func TestHostileFiles(t *testing.T) {
	const size = 200_000
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	values := rule("A", "X")
	values = strings.Replace(values, "eventName: X", "a|contains|all: ["+fill("'*a*b', ")+"]", 1)
	for name, text := range map[string]string{
		"brackets":         fill("["),
		"braces":           fill("{a: "),
		"dashes":           fill("- "),
		"keys":             fill("? "),
		"quotes":           `"` + fill(`\x41`),
		"anchors":          fill("&a "),
		"documents":        fill("---\n"),
		"tiny rules":       fill("--- {title: a}\n"),
		"tags":             fill("!!a "),
		"comments":         fill("# a\n"),
		"block":            "a: |\n" + fill(" a\n"),
		"values":           values,
		"one long line":    "title: " + fill("a"),
		"conditions":       "title: A\n" + logsource + "detection: {s: {a: b}, condition: '" + strings.Repeat("not ", 16_000/4) + "s'}\n",
		"parentheses":      "title: A\n" + logsource + "detection: {s: {a: b}, condition: '" + strings.Repeat("(", 16_000) + "s'}\n",
		"or":               "title: A\n" + logsource + "detection: {s: {a: b}, condition: 's" + strings.Repeat(" or s", 16_000/5) + "'}\n",
		"regular":          "title: A\n" + logsource + "detection: {s: {a|re: '" + strings.Repeat("(a|b?){1,50}", 300) + "'}, condition: s}\n",
		"placeholders":     "title: A\n" + logsource + "detection: {s: {a|expand: '" + strings.Repeat("%p%", 1000) + "'}, condition: s}\n",
		"windash":          "title: A\n" + logsource + "detection: {s: {a|windash|contains: '" + strings.Repeat(" -a", 1000) + "'}, condition: s}\n",
		"correlations":     base("a") + corr("c", "{type: temporal, timespan: 1m, condition: '"+strings.Repeat("(a or c) and ", 3000)+"a'}"),
		"many names":       base("a") + corr("c", "{type: temporal, timespan: 1m, rules: ["+strings.TrimSuffix(fill("a, "), ", ")+"]}"),
		"invalid UTF-8":    fill("\xff\xfe"),
		"control bytes":    fill("\x00\x01"),
		"carriage returns": fill("\r"),
	} {
		began := time.Now()
		c := Load([]File{{name, []byte(text)}}, Options{Placeholders: map[string][]string{"p": {"x", "y"}}})
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: %s", name, took)
		} else if took > time.Second/4 {
			t.Logf("%s: %s", name, took)
		}
		if len(c.Rules)+len(c.Rejected) == 0 {
			t.Errorf("%s: nothing came of it", name)
		}
	}
}
