package rules

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/sigma"
)

// A Coverage is what is known of one technique: a row of the matrix.
type Coverage struct {
	Technique
	Rules     []string // the IDs of Sigma rules that bear it, sorted
	Detectors []string // the IDs of other detectors that do, sorted
	// Unseen says what of the technique CloudTrail does not show, or the rules do not tell
	// apart, and why. It is set for every technique of the IaaS platform.
	Unseen string
}

// unseenTable has a line for each technique of the IaaS platform: ID and sentence.
//
//go:embed unseen.tsv
var unseenTable string

var unseen = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(unseenTable) {
		id, sentence, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all[id] = sentence
	}
	return all
})

// Matrix tells for each technique which of the rules and which of the detectors look for it.
// It has every technique of the IaaS platform, and those of other platforms that one of them
// bears, by ID. Base rules of correlations, which are silent, count with the correlation.
func Matrix(c *sigma.Collection, detectors []*detect.Detector) (rows []Coverage) {
	bySigma, byOther := map[string][]string{}, map[string][]string{}
	for _, d := range c.Detectors() {
		note(bySigma, d)
	}
	for _, d := range detectors {
		note(byOther, d)
	}
	for _, t := range withUnknown(bySigma, byOther) {
		row := Coverage{Technique: t, Rules: bySigma[t.ID], Detectors: byOther[t.ID], Unseen: unseen()[t.ID]}
		slices.Sort(row.Rules)
		slices.Sort(row.Detectors)
		if t.IaaS || len(row.Rules)+len(row.Detectors) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

func note(by map[string][]string, d *detect.Detector) {
	for _, id := range d.Techniques {
		by[id] = append(by[id], d.ID)
	}
}

// withUnknown returns Techniques and those beyond them that somebody's rules bear, by ID.
func withUnknown(used ...map[string][]string) []Technique {
	all := slices.Clone(Techniques())
	known := map[string]bool{}
	for _, t := range all {
		known[t.ID] = true
	}
	for _, by := range used {
		for id := range by {
			if !known[id] {
				known[id] = true
				all = append(all, Technique{ID: id})
			}
		}
	}
	slices.SortFunc(all, func(a, b Technique) int { return strings.Compare(a.ID, b.ID) })
	return all
}
