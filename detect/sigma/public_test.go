package sigma

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// publicRules are equivalents of the public rules for CloudTrail, in a directory as a
// responder would have it.
func publicRules(t testing.TB) (files []File) {
	t.Helper()
	names, err := filepath.Glob("testdata/public/*.yml")
	if err != nil || len(names) == 0 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{filepath.ToSlash(name), data})
	}
	return files
}

// TestPublicRules: no file is lost, and each rule finds what it should, its defects included.
func TestPublicRules(t *testing.T) {
	files := publicRules(t)
	places := map[string][]string{"CorporateCountries": {"AT", "DE"}, "CorporateAddresses": {"192.0.2.1"}}
	c := Load(files, Options{Placeholders: places})
	if len(c.Rules)+len(c.Rejected) != len(files) || len(c.Rejected) > 0 {
		t.Fatalf("%d loaded and %d rejected of %d: %+v", len(c.Rules), len(c.Rejected), len(files), c.Rejected)
	}
	data, err := os.ReadFile("testdata/public.yml")
	if err != nil {
		t.Fatal(err)
	}
	var wanted map[string]struct {
		Hit, Miss yaml.Node
		Defect    string
	}
	if err := yaml.Unmarshal(data, &wanted); err != nil {
		t.Fatal(err)
	}
	if len(wanted) != len(files) {
		t.Errorf("%d rules are described, %d are there", len(wanted), len(files))
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		name := strings.TrimSuffix(filepath.Base(r.File), ".yml")
		w, ok := wanted[name]
		if !ok {
			t.Errorf("%s: not described", name)
			continue
		}
		for want, node := range map[int]*yaml.Node{1: &w.Hit, 0: &w.Miss} {
			event, err := example(node, 0)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			// All rules together: the others must not be in the way.
			n := 0
			for _, f := range find(t, c.Detectors(), []string{event}) {
				if f.Detector == r.Detector.ID {
					n++
				}
			}
			if n != want {
				t.Errorf("%s: %d findings of %s, want %d", name, n, event, want)
			}
		}
	}
}

// TestPublicRulesWithoutPlaceholders: the rule that wants some is rejected, which is said.
func TestPublicRulesWithoutPlaceholders(t *testing.T) {
	files := publicRules(t)
	c := Load(files, Options{})
	if len(c.Rules)+len(c.Rejected) != len(files) || len(c.Rejected) != 1 {
		t.Fatalf("%d loaded, %d rejected", len(c.Rules), len(c.Rejected))
	}
	r := c.Rejected[0]
	if !strings.HasSuffix(r.File, "susp_locations.yml") || !strings.Contains(r.Reason, "%CorporateCountries%") || r.Line != 15 {
		t.Errorf("%+v", r)
	}
}
