package report

import (
	"testing"

	"github.com/coldtrail/coldtrail/scan"
)

// Whatever may change what follows from findings makes a hunt conclude anew.
func TestHuntSame(t *testing.T) {
	for name, change := range map[string]func(*hunt){
		"":                    func(*hunt) {},
		"another program":     func(h *hunt) { h.Trusted = false },
		"a mark":              func(h *hunt) { h.Stand = true },
		"a judgement":         func(h *hunt) { h.held = &Judgements{all: []*Judgement{{}}} },
		"something was found": func(h *hunt) { h.concluded.findings = append(h.concluded.findings, huntFinding{}) },
		"something has gone":  func(h *hunt) { h.concluded.findings = h.concluded.findings[:1] },
		"one for another":     func(h *hunt) { h.concluded.findings[1].stays = false },
		"verified since":      func(h *hunt) { h.integrity = &Integrity{Revision: 2} },
		"other ranges":        func(h *hunt) { h.Enrichment = &Enrichment{sources: []EnrichmentSource{{Name: "ranges"}}} },
		"a suppression":       func(h *hunt) { h.Detection = &Detection{Suppressions: []SuppressionRow{{}}} },
		"no suppression more": func(h *hunt) { h.was.Detection = &Detection{Suppressions: []SuppressionRow{{}}} },
		"a least severity":    func(h *hunt) { h.Detection = &Detection{Minimum: "high"} },
	} {
		h := &hunt{
			Hunting: &Hunting{Trusted: true, Detection: &Detection{}}, was: &Model{Integrity: &Integrity{}}, integrity: &Integrity{}, held: &Judgements{},
			concluded: &concluded{was: &memberships{findings: make([]EventFinding, 2)}, findings: []huntFinding{{Membership: scan.Membership{Finding: "a"}, stays: true}, {stays: true}}},
		}
		change(h)
		if got := h.same(); got != (name == "") {
			t.Errorf("%q: %v", name, got)
		}
	}
}
