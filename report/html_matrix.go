package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect/rules"
)

// tactics of ATT&CK v19.1's matrix for enterprises, in its order and with its names.
var tactics = [...][2]string{
	{"reconnaissance", "Reconnaissance"}, {"resource-development", "Resource Development"}, {"initial-access", "Initial Access"}, {"execution", "Execution"},
	{"persistence", "Persistence"}, {"privilege-escalation", "Privilege Escalation"}, {"stealth", "Stealth"}, {"defense-impairment", "Defense Impairment"},
	{"credential-access", "Credential Access"}, {"discovery", "Discovery"}, {"lateral-movement", "Lateral Movement"}, {"collection", "Collection"},
	{"command-and-control", "Command and Control"}, {"exfiltration", "Exfiltration"}, {"impact", "Impact"}, {"", "Not in the matrix"},
}

// A htmlTactic is a column of the matrix.
type htmlTactic struct {
	Name       string
	Techniques []htmlTechniqueCell
}

type htmlTechniqueCell struct {
	ID, Name string
	Severity string // of the severest finding
	Count    string
	During   htmlCell
}

func (b *htmlBuilder) matrixSection() {
	columns := make([]htmlTactic, len(tactics))
	known := map[string]*rules.Technique{}
	for _, t := range rules.Techniques() {
		known[t.ID] = &t
	}
	for _, id := range slices.Sorted(maps.Keys(b.found.techniques)) {
		t := b.found.techniques[id]
		cell := htmlTechniqueCell{ID: id, Severity: t.worst.String(), Count: plural(t.findings, "finding"), During: duringCell(t.Span)}
		in := []string{""}
		if k := known[id]; k != nil {
			cell.Name, in = k.Name, k.Tactics
		}
		for i := range tactics {
			if slices.Contains(in, tactics[i][0]) {
				columns[i].Techniques = append(columns[i].Techniques, cell)
			}
		}
	}
	var without []string
	var full []htmlTactic
	for i := range columns {
		columns[i].Name = tactics[i][1]
		slices.SortStableFunc(columns[i].Techniques, func(a, b htmlTechniqueCell) int {
			return cmp.Compare(slices.Index(severityOrder, a.Severity), slices.Index(severityOrder, b.Severity))
		})
		if len(columns[i].Techniques) > 0 {
			full = append(full, columns[i])
		} else if tactics[i][0] != "" {
			without = append(without, tactics[i][1])
		}
	}
	if len(full) == 0 {
		b.section("matrix", "ATT&CK", "ATT&CK techniques", htmlBlock{Para: plainCell("No finding has a technique.")})
		return
	}
	note := "Techniques of ATT&CK v19.1 that findings speak for, each with the severity of the severest. A technique stands under each of its tactics."
	if len(without) > 0 {
		note += fmt.Sprintf(" No finding speaks for %s, which does not mean that there was none of it.", strings.Join(without, ", "))
	}
	b.section("matrix", "ATT&CK", "ATT&CK techniques", htmlBlock{Note: note}, htmlBlock{Matrix: full})
}

var severityOrder = []string{"critical", "high", "medium", "low", "informational"}
