package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiled is the schema as a validator that knows nothing of coldtrail reads it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:coldtrail:report:1", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:coldtrail:report:1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func conforms(s *jsonschema.Schema, text string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// Every report that a test has made conforms to the schema.
func TestReportsConform(t *testing.T) {
	s := compiled(t)
	paths, err := filepath.Glob("testdata/*/report*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		if err := conforms(s, mustRead(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	dir, _ := settled(t, 5, Options{Detectors: detectors})
	if err := conforms(s, mustRead(t, filepath.Join(dir, "report.json"))); err != nil {
		t.Errorf("a report with little in it: %v", err)
	}
}

// The schema refuses what is no report.
func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	text := mustRead(t, filepath.Join("testdata", "scenario", "report.json"))
	for what, change := range map[string]func(map[string]any){
		"a further member":   func(m map[string]any) { m["further"] = 1 },
		"a member less":      func(m map[string]any) { delete(m, "findings") },
		"another version":    func(m map[string]any) { m["schema"] = "coldtrail report 2" },
		"a number for texts": func(m map[string]any) { m["limits"] = []any{1} },
		"no severity":        func(m map[string]any) { m["next_steps"].([]any)[0].(map[string]any)["severity"] = "grave" },
		"no time":            func(m map[string]any) { m["timeframe"].(map[string]any)["evidence"].(map[string]any)["first"] = "noon" },
	} {
		var m map[string]any
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if conforms(s, string(b)) == nil {
			t.Errorf("%s passes", what)
		}
	}
}
