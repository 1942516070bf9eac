package report

import (
	"cmp"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// memberships are the latest findings of a case and the events that they list.
type memberships struct {
	findings []EventFinding
	events   []eventFinding // by ordinal, then by detector
}

// An eventFinding says that a finding lists an event.
type eventFinding struct {
	ordinal uint64
	finding uint32 // in memberships.findings
}

// sort brings the events into their order, in which the detectors of one event are sorted.
func (m *memberships) sort() {
	slices.SortFunc(m.events, func(a, b eventFinding) int {
		if a.ordinal != b.ordinal {
			return cmp.Compare(a.ordinal, b.ordinal)
		}
		x, y := &m.findings[a.finding], &m.findings[b.finding]
		return cmp.Or(cmp.Compare(x.Detector, y.Detector), cmp.Compare(x.ID, y.ID))
	})
}

// of returns the findings that list an event.
func (m *memberships) of(ordinal uint64) []eventFinding {
	from, _ := slices.BinarySearchFunc(m.events, ordinal, func(e eventFinding, o uint64) int { return cmp.Compare(e.ordinal, o) })
	to := from
	for to < len(m.events) && m.events[to].ordinal == ordinal {
		to++
	}
	return m.events[from:to]
}

// where returns the ordinals of the events that such findings list.
func (m *memberships) where(wanted func(*EventFinding) bool) (ordinals []uint64, any bool) {
	is := make([]bool, len(m.findings))
	for i := range m.findings {
		is[i] = wanted(&m.findings[i])
		any = any || is[i]
	}
	for _, e := range m.events {
		if is[e.finding] && (len(ordinals) == 0 || ordinals[len(ordinals)-1] != e.ordinal) {
			ordinals = append(ordinals, e.ordinal)
		}
	}
	return ordinals, any
}

// ofFinding returns the events of a finding, or of all findings of a detector; known
// says that there is one.
func (m *memberships) ofFinding(id string) (ordinals []uint64, known bool) {
	return m.where(func(f *EventFinding) bool { return f.ID == id || f.Detector == id })
}

func (m *memberships) atLeast(s detect.Severity) []uint64 {
	ordinals, _ := m.where(func(f *EventFinding) bool { return f.Severity >= s })
	return ordinals
}

// memberships returns the latest findings, which are read once.
func (s *EventStore) memberships() (*memberships, error) {
	s.memo.Lock()
	defer s.memo.Unlock()
	if s.memo.findings == nil {
		s.memo.findings = &memberships{}
	}
	return s.memo.findings, nil
}
