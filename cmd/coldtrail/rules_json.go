package main

import (
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// A ruleShown is what a detector says of itself, as rules show -f json has it.
type ruleShown struct {
	ruleRow
	UUID           string          `json:"uuid,omitempty"`
	Status         string          `json:"status,omitempty"`
	Meaning        string          `json:"meaning"`
	FalsePositives []string        `json:"innocent_causes,omitempty"` // of a detector they are in the meaning
	Next           string          `json:"next,omitempty"`
	References     []string        `json:"references,omitempty"`
	Notes          []string        `json:"notes,omitempty"`
	Thresholds     []ruleThreshold `json:"thresholds,omitempty"`
	Hits           [][]string      `json:"finds,omitempty"`
	Misses         [][]string      `json:"does_not_find,omitempty"`
}

type ruleThreshold struct {
	Name    string  `json:"name"`
	Default float64 `json:"default"`
	Unit    string  `json:"unit"`
	Source  string  `json:"source"`
}

func shownRule(look *detection, d *detect.Detector) *ruleShown {
	out := &ruleShown{
		ruleRow: ruleRow{ID: d.ID, Level: look.levelOf(d), Source: look.sourceOf(d.ID), Title: d.Title, Techniques: append([]string{}, d.Techniques...)},
		Meaning: oneLine(d.Doc), Next: oneLine(d.Next), Hits: d.Hits, Misses: d.Misses,
	}
	for _, t := range d.Thresholds {
		out.Thresholds = append(out.Thresholds, ruleThreshold{t.Name, t.Default, t.Unit, t.Source})
	}
	if r := look.ruleOf[d.ID]; r != nil {
		out.UUID, out.Status, out.Meaning = r.ID, r.Status, oneLine(r.Description)
		out.FalsePositives, out.References, out.Notes = r.FalsePositives, r.References, r.Notes
	}
	return out
}

// oneLine is a text without the line breaks of its source.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// A rulesChecked is what rules check found.
type rulesChecked struct {
	Run      int          `json:"can_be_run"`
	Rejected []ruleRemark `json:"rejected"`
	Remarks  []ruleRemark `json:"remarks"`
}

type ruleRemark struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A rulesTried is what came of running rules over their examples.
type rulesTried struct {
	Detectors int         `json:"detectors"`
	Hits      int         `json:"examples_found"`
	Misses    int         `json:"examples_not_found"`
	Wrong     []namedText `json:"wrong"`
}

// A rulesRun is what rules found in events.
type rulesRun struct {
	Findings []ruleFinding `json:"findings"`
	Events   int64         `json:"events"`
	Bad      int64         `json:"bad_records"`
	Unread   int64         `json:"objects_unreadable_or_damaged"`
}

type ruleFinding struct {
	Severity detect.Severity `json:"severity"`
	Detector string          `json:"detector"`
	Subject  string          `json:"subject"`
	Why      string          `json:"why"`
	Events   []string        `json:"events"` // the first ones
	More     int             `json:"more_events,omitempty"`
}

// A rulesCovered is which techniques are looked for.
type rulesCovered struct {
	Techniques []ruleCoverage `json:"techniques"`
	Covered    int            `json:"iaas_covered"`
	IaaS       int            `json:"iaas_techniques"`
}

type ruleCoverage struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Tactics   []string `json:"tactics"`
	IaaS      bool     `json:"iaas"`
	Rules     []string `json:"rules"`
	Detectors []string `json:"detectors"`
	Unseen    string   `json:"unseen,omitempty"`
}
