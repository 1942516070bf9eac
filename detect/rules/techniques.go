package rules

import (
	_ "embed"
	"strings"
	"sync"
)

// A Technique is one of ATT&CK v19.1.
type Technique struct {
	ID, Name string
	Tactics  []string // in the form of tags: "privilege-escalation"
	IaaS     bool     // of the platform IaaS; the others are what rules say beyond it
}

// techniqueTable has a line for each technique: ID, name, tactics, and "iaas" or "other".
//
//go:embed techniques.tsv
var techniqueTable string

// Techniques lists the techniques of the IaaS platform, and those of other platforms that
// rules for CloudTrail use, by ID.
var Techniques = sync.OnceValue(func() (all []Technique) {
	for line := range strings.Lines(techniqueTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, Technique{ID: f[0], Name: f[1], Tactics: strings.Split(f[2], ","), IaaS: f[3] == "iaas"})
	}
	return all
})
