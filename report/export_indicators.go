package report

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// An indicatorKind is what a value of a finding is.
type indicatorKind uint8

const (
	addressIndicator indicatorKind = iota
	principalIndicator
	credentialIndicator
)

// An indicator is a value of a finding that others can search for.
type indicator struct {
	kind  indicatorKind
	value string
}

// indicatorsOf returns the values that a finding names. A source that is no address is a service of
// AWS, and nothing to search for.
func indicatorsOf(line *findingLine) (all []indicator) {
	for _, v := range line.SourceIPs.Values {
		if addr, ok := plainAddress([]byte(v)); ok {
			all = append(all, indicator{addressIndicator, addr})
		}
	}
	for _, v := range line.Principals.Values {
		all = append(all, indicator{principalIndicator, v})
	}
	for _, v := range line.Credentials.Values {
		all = append(all, indicator{credentialIndicator, v})
	}
	return slices.DeleteFunc(all, func(i indicator) bool { return strings.TrimSpace(i.value) == "" })
}

// moreIndicators reports whether a finding has values that findings.jsonl does not name.
func moreIndicators(line *findingLine) bool {
	return line.SourceIPs.More+line.Principals.More+line.Credentials.More > 0
}

// alarms say which addresses are worth an alarm elsewhere. An owner's own address would ring at home, that of a contested record
// wherever its forger wanted.
type alarms struct {
	suspect   map[string]bool // the report's, that are in a finding; nil: it has not all of them, or there is none
	incidents map[string]bool // those of incidents that nobody cleared; nil: there are no incidents, or they do not name all
}

// alarms reads what the report and the incidents say, which follow examiners' judgements.
func (s *EventStore) alarms() (*alarms, error) {
	a := &alarms{}
	if s.shown != nil {
		return a, nil // pseudonyms are nobody's
	}
	m, err := s.model()
	if err != nil {
		return nil, err
	}
	if m != nil && m.SourceIPs.OtherAddresses == 0 {
		a.suspect = make(map[string]bool)
		for i := range m.SourceIPs.Addresses {
			if row := &m.SourceIPs.Addresses[i]; row.InFinding {
				addr, _ := plainAddress([]byte(row.Source))
				a.suspect[addr] = true
			}
		}
	}
	return a, a.ofIncidents(s.dir)
}

func (a *alarms) ofIncidents(dir string) error {
	all := make(map[string]bool)
	for in, err := range jsonLines[incidentSources](dir, incidentsFile) {
		if errors.Is(err, fs.ErrNotExist) || err == nil && in.More > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		for _, of := range in.Addresses {
			addr, _ := plainAddress([]byte(of.Value))
			all[addr] = all[addr] || in.Status != IncidentCleared && in.Status != IncidentResponder
		}
	}
	a.incidents = all
	return nil
}

// incidentSources is what alarms ask of a line of incidents.jsonl.
type incidentSources struct {
	Status    IncidentStatus  `json:"status"`
	Addresses []IncidentValue `json:"source_ips"`
	More      int             `json:"more_source_ips"`
}

// detectable reports whether a finding makes an address worth an alarm: a public one, which the finding accuses. One that spreads
// suspicion from a credential to all that it did, its owner's part too, does so only where an incident has the address.
func (a *alarms) detectable(i indicator, line *findingLine) bool {
	addr, public := detect.InternetAddress(i.value)
	switch {
	case i.kind != addressIndicator || !public || !addr.IsGlobalUnicast() || unassigned.Contains(addr):
		return false
	case line.Suppressed != "" || !accuses(line.Detector, line.Severity) || a.suspect != nil && !a.suspect[i.value]:
		return false
	}
	return line.Detector != suspectActivity || a.incidents == nil || a.incidents[i.value]
}

// unassigned is what is nobody's on the internet (RFC 1112), but used inside of networks.
var unassigned = netip.MustParsePrefix("240.0.0.0/4")

// An indicatorTable gathers indicators over all findings, in the order of their first findings.
type indicatorTable struct {
	at        map[indicator]int
	all       []indicatorRow
	malformed map[string]bool // what reads as an address and is none
	alarms    *alarms
}

type indicatorRow struct {
	indicator
	Span
	findings   int64
	worst      *findingLine // the first of the severest ones
	detectable bool
}

func (t *indicatorTable) add(line *findingLine, this *selectedFinding) {
	if t.at == nil {
		t.at, t.malformed = make(map[indicator]int), make(map[string]bool)
	}
	for _, v := range line.SourceIPs.Values {
		if isMalformed(v) {
			t.malformed[v] = true
		}
	}
	for _, i := range indicatorsOf(line) {
		n, ok := t.at[i]
		if !ok {
			n = len(t.all)
			t.at[i] = n
			t.all = append(t.all, indicatorRow{indicator: i, worst: line})
		}
		row := &t.all[n]
		row.plus(&this.Span)
		row.findings++
		row.detectable = row.detectable || t.alarms.detectable(i, line)
		if line.Severity > row.worst.Severity {
			row.worst = line
		}
	}
}

// leftOut says how many sources are no indicators though they read as addresses.
func (t *indicatorTable) leftOut(notes []string) []string {
	n := len(t.malformed)
	if n == 0 {
		return notes
	}
	return append(notes, number(int64(n))+" malformed source "+orText(n == 1, "address is", "addresses are")+" left out")
}

// detectorName is what a finding's detector is called.
func detectorName(line *findingLine) string {
	if line.Title != "" {
		return line.Title
	}
	return line.Detector
}
