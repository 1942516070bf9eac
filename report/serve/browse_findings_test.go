package serve

import "testing"

// A finding's page says what its detector means: one in Go, or a rule.
func TestOwnDetector(t *testing.T) {
	for _, id := range []string{"trail-stopped", ownRules().Detectors()[0].ID} {
		if d := ownDetector(id); d == nil || d.ID != id || d.Doc == "" || d.Next == "" {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if d := ownDetector("somebody-elses"); d != nil {
		t.Errorf("%+v", d)
	}
}
