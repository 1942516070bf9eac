package report

import (
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

// detectable reports whether an address is worth an alarm elsewhere: a public one, of a finding from
// which on identities are suspected.
func (i indicator) detectable(line *findingLine) bool {
	addr, public := detect.InternetAddress(i.value)
	return i.kind == addressIndicator && public && line.Suppressed == "" && line.Severity >= detect.Medium && addr.IsGlobalUnicast() && !unassigned.Contains(addr)
}

// unassigned is what is nobody's on the internet (RFC 1112), but used inside of networks.
var unassigned = netip.MustParsePrefix("240.0.0.0/4")

// An indicatorTable gathers indicators over all findings, in the order of their first findings.
type indicatorTable struct {
	at        map[indicator]int
	all       []indicatorRow
	malformed map[string]bool // what reads as an address and is none
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
		row.detectable = row.detectable || i.detectable(line)
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
