package report

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// memberships are the latest findings of a case and the events that they list,
// some 16 bytes for each.
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
	if s.memo.findings != nil {
		return s.memo.findings, nil
	}
	m := &memberships{}
	n, err := latestRevision(s.dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.label, findingsDir, err)
	}
	if err := m.read(filepath.Join(s.dir, filepath.FromSlash(revisionName(n)))); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.label, revisionName(n), err)
	}
	s.redactFindings(m.findings)
	m.sort()
	s.memo.findings, s.memo.found = m, n
	return m, nil
}

// Follow lets go of findings and verdicts that were read, if the case has a later revision of them. It fails if the store is not the one that
// was opened, which is written but once: where another case took the place, answers from both would be mixed.
func (s *EventStore) Follow() error {
	now, err := os.Stat(filepath.Join(s.dir, s.names[0]))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %s: %w", s.label, s.names[0], pathless(err))
	case !os.SameFile(now, s.first):
		return fmt.Errorf("%s: another case has taken its place since it was opened: start anew", s.label)
	case now.Size() != s.first.Size() || !now.ModTime().Equal(s.first.ModTime()):
		return fmt.Errorf("%s: %s: changed since it was opened, and nothing writes it twice: see coldtrail custody verify, and start anew", s.label, s.names[0])
	}
	s.memo.Lock()
	defer s.memo.Unlock()
	if s.memo.findings != nil {
		n, err := latestRevision(s.dir)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.label, findingsDir, err)
		}
		if n != s.memo.found {
			s.memo.findings = nil
		}
	}
	if s.memo.verdicts != nil {
		n, err := latestIntegrity(s.dir)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.label, integrityDir, err)
		}
		if n != s.memo.revision {
			s.memo.verdicts = nil
		}
	}
	return nil
}

// latestFindings returns the name of the latest revision of the findings.
func (s *EventStore) latestFindings() (name string, err error) {
	n, err := latestRevision(s.dir)
	if err != nil {
		return findingsDir, err
	}
	return revisionName(n), nil
}

// read reads a revision.
func (m *memberships) read(path string) error {
	known := make(map[string]uint32) // by finding ID
	return readTable(path, findingColumns, []string{"finding_id", "detector", "severity", "ordinal", "why"}, func(rows int, v []*vector) error {
		numbers := make([]int64, v[0].values()) // of this row group's findings; 0: not looked up, else plus one
		for row := range rows {
			id, _ := v[0].bytes(row)
			n := v[0].index[row]
			if n < 0 {
				return errValues
			}
			if numbers[n] == 0 {
				at, ok := known[string(id)]
				if !ok {
					f, err := findingOf(v, row)
					if err != nil {
						return err
					}
					at = uint32(len(m.findings))
					known[f.ID] = at
					m.findings = append(m.findings, f)
				}
				numbers[n] = int64(at) + 1
			}
			ordinal, _ := v[3].number(row)
			m.events = append(m.events, eventFinding{uint64(ordinal), uint32(numbers[n] - 1)})
		}
		return nil
	})
}

func findingOf(v []*vector, row int) (f EventFinding, err error) {
	text := func(i int) string { b, _ := v[i].bytes(row); return string(b) }
	f = EventFinding{ID: text(0), Detector: text(1), Why: text(4)}
	return f, f.Severity.UnmarshalText([]byte(text(2)))
}

// readTable calls yield with some columns of each row group of a table of the case.
func readTable(path string, schema []column, columns []string, yield func(rows int, v []*vector) error) error {
	t, err := openTable(path, schema)
	if err != nil {
		return err
	}
	defer t.close()
	groups, err := t.groups()
	if err != nil {
		return err
	}
	pages := newPageReader()
	defer pages.zstd.Close()
	for i := range groups {
		v := make([]*vector, len(columns))
		for j, name := range columns {
			if v[j], err = pages.read(&groups[i], t.leaf(name), nil); err != nil {
				return fmt.Errorf("row group %d: column %s: %w", i, name, err)
			}
		}
		if err := yield(groups[i].rows, v); err != nil {
			return err
		}
	}
	return nil
}

// FindingsOf returns the findings that list the event at a place in the timeline, by detector.
func (s *EventStore) FindingsOf(ordinal uint64) ([]EventFinding, error) {
	m, err := s.memberships()
	if err != nil {
		return nil, err
	}
	var out []EventFinding
	for _, e := range m.of(ordinal) {
		out = append(out, m.findings[e.finding])
	}
	return out, nil
}
