package report

import (
	"slices"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// lists makes lists of events, each with its finding.
func lists(pairs ...[2]uint64) (all []eventFinding) {
	for _, p := range pairs {
		all = append(all, eventFinding{p[0], uint32(p[1])})
	}
	return all
}

func TestMoved(t *testing.T) {
	c := &concluded{
		findings: []huntFinding{{stays: true}, {}},
		wasLists: lists([2]uint64{1, 0}, [2]uint64{2, 0}, [2]uint64{2, 1}, [2]uint64{4, 1}, [2]uint64{9, 1}),
		events:   lists([2]uint64{1, 0}, [2]uint64{2, 0}, [2]uint64{2, 1}, [2]uint64{3, 0}, [2]uint64{7, 1}),
	}
	if got := c.moved(); !slices.Equal(got, []uint64{2, 4, 7, 9}) {
		t.Error(got)
	}
	if n := countEvents(c.events); n != 4 {
		t.Error(n)
	}
}

// The first findings of each severity are named with their first events.
func TestNamed(t *testing.T) {
	c := &concluded{}
	for i := range HeadsPerSeverity + 1 {
		c.findings = append(c.findings, huntFinding{}, huntFinding{Membership: scan.Membership{Severity: detect.High}})
		for n := range eventsPerHead + 1 {
			c.events = append(c.events, eventFinding{uint64(100*i + n), uint32(2 * i)}, eventFinding{uint64(100*i + n), uint32(2*i + 1)})
		}
	}
	got := c.named()
	if len(got) != HeadsPerSeverity*eventsPerHead || got[0] != 0 || got[len(got)-1] != 100*(HeadsPerSeverity-1)+eventsPerHead-1 {
		t.Error(got)
	}
}

// Events of findings are all seen again wherever the latest report cannot say what they come to.
func TestChangeOfFlagged(t *testing.T) {
	for name, change := range map[string]func(*hunt){
		"":                        func(*hunt) {},
		"another program":         func(h *hunt) { h.Trusted = false },
		"a judgement":             func(h *hunt) { h.held = &Judgements{all: []*Judgement{{}}} },
		"one that was withdrawn":  func(h *hunt) { h.was.Judgements = &Judged{} },
		"verified since":          func(h *hunt) { h.integrity = &Integrity{Revision: 2} },
		"a timeline of these":     func(h *hunt) { h.was.Coverage.Timeline = Flagged },
		"a suppression":           func(h *hunt) { h.Detection = &Detection{Suppressions: []SuppressionRow{{}}} },
		"more events than before": func(h *hunt) { h.was.Events.Flagged.Events++ },
		"too many messages":       func(h *hunt) { h.was.Events.Flagged.Failed = messageLimit },
	} {
		h := &hunt{
			Hunting: &Hunting{Trusted: true}, was: &Model{Integrity: &Integrity{}, Events: Events{Flagged: Counts{Events: 1}}}, integrity: &Integrity{}, held: &Judgements{},
			concluded: &concluded{findings: []huntFinding{{}}, wasLists: lists([2]uint64{1, 0}), events: lists([2]uint64{2, 0})},
		}
		change(h)
		if got := h.changeOfFlagged(); (got != nil) != (name == "") {
			t.Errorf("%q: %v", name, got)
		}
	}
}
