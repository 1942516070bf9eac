package report

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/bits"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

var _ = exportFormat(ExportFormat{
	Name:    "navigator",
	Doc:     "a layer of ATT&CK Navigator, version 4.5: the techniques of the findings that list a selected event, suppressed ones and those that an examiner holds to be wrong apart. The severest finding says in which fifth of 100 a technique's score lies, and each doubling of the findings adds 4, up to 16 findings",
	Summary: true,
	write:   (*EventStore).writeNavigator,
})

// A navigatorLayer is a layer as mitre-attack/attack-navigator, layers/spec/v4.5, defines it.
type navigatorLayer struct {
	Name        string                `json:"name"`
	Versions    map[string]string     `json:"versions"`
	Domain      string                `json:"domain"`
	Description string                `json:"description"`
	Sorting     int                   `json:"sorting"` // 3: the highest scores first
	Layout      map[string]any        `json:"layout"`
	Techniques  []*navigatorTechnique `json:"techniques"`
	Gradient    navigatorGradient     `json:"gradient"`
	LegendItems []navigatorLegend     `json:"legendItems"`
	Metadata    []navigatorMetadata   `json:"metadata"`
}

type navigatorTechnique struct {
	ID       string              `json:"techniqueID"`
	Score    int                 `json:"score"`
	Comment  string              `json:"comment"`
	Metadata []navigatorMetadata `json:"metadata"`

	findings  [len(detect.Severities)]int
	worst     []navigatorFinding // the severest ones
	detectors map[string]int     // findings
	span      Span
}

type navigatorFinding struct {
	severity detect.Severity
	id       string
}

type navigatorGradient struct {
	Colors   []string `json:"colors"`
	MinValue int      `json:"minValue"`
	MaxValue int      `json:"maxValue"`
}

type navigatorLegend struct {
	Label string `json:"label"`
	Color string `json:"color"`
}

type navigatorMetadata struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// navigatorColours are one for each severity, and the ends of the gradient's parts.
var navigatorColours = []string{"#eef3fb", "#c6dbef", "#fee391", "#fe9929", "#cc4c02", "#8c2d04"}

// navigatorIDs is how many findings a technique names.
const navigatorIDs = 20

func (s *EventStore) writeNavigator(ctx context.Context, w io.Writer, f *Filter) (told FileExported, err error) {
	n := navigator{techniques: map[string]*navigatorTechnique{}}
	events, err := s.eachSelected(ctx, f, 0, func(line *findingLine, this *selectedFinding) error {
		n.add(line, &this.Span)
		return nil
	})
	if err != nil {
		return told, err
	}
	layer, err := s.layer(&n, f)
	if err != nil {
		return told, err
	}
	told.Events = events
	told.Notes = []string{fmt.Sprintf("%s of %s; %d without a technique and %d suppressed are left out",
		plural(int64(len(layer.Techniques)), "technique"), plural(n.placed, "finding"), n.bare, n.suppressed)}
	return told, writeJSON(w, layer)
}

// navigator gathers techniques.
type navigator struct {
	techniques               map[string]*navigatorTechnique
	placed, bare, suppressed int64 // findings
}

func (n *navigator) add(line *findingLine, span *Span) {
	if line.Suppressed != "" {
		n.suppressed++
		return
	}
	ids := techniquesOf(line)
	if len(ids) == 0 {
		n.bare++
		return
	}
	n.placed++
	for _, id := range ids {
		t := n.techniques[id]
		if t == nil {
			t = &navigatorTechnique{ID: id, detectors: map[string]int{}, span: *span}
			n.techniques[id] = t
		}
		t.add(line, span)
	}
}

func (t *navigatorTechnique) add(line *findingLine, span *Span) {
	severity := min(line.Severity, detect.Critical)
	t.findings[severity]++
	t.detectors[line.Detector]++
	t.span.plus(span)
	f := navigatorFinding{severity, line.ID}
	at, _ := slices.BinarySearchFunc(t.worst, f, func(a, b navigatorFinding) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), strings.Compare(a.id, b.id))
	})
	t.worst = slices.Insert(t.worst, at, f)
	t.worst = t.worst[:min(len(t.worst), navigatorIDs)]
}

// finish says of a technique what was gathered.
func (t *navigatorTechnique) finish() {
	total := 0
	var levels []string
	for severity := len(t.findings) - 1; severity >= 0; severity-- {
		if n := t.findings[severity]; n > 0 {
			total += n
			levels = append(levels, fmt.Sprintf("%d %s", n, detect.Severities[severity]))
		}
	}
	t.Score = navigatorScore(t.worst[0].severity, total)
	ids := make([]string, len(t.worst))
	for i, f := range t.worst {
		ids[i] = Terminal(f.id)
	}
	named := strings.Join(ids, ", ")
	if more := total - len(ids); more > 0 {
		named += fmt.Sprintf(", +%d more in findings.jsonl", more)
	}
	t.Comment = fmt.Sprintf("%s (%s): %s", plural(int64(total), "finding"), strings.Join(levels, ", "), named)
	t.Metadata = []navigatorMetadata{
		{"first seen", t.span.First.UTC().Format(time.RFC3339Nano)}, {"last seen", t.span.Last.UTC().Format(time.RFC3339Nano)},
	}
	for _, id := range slices.Sorted(maps.Keys(t.detectors)) {
		t.Metadata = append(t.Metadata, navigatorMetadata{Terminal(id), plural(int64(t.detectors[id]), "finding")})
	}
}

// navigatorScore is from 1 to 100: 20 for each severity below the worst, and 4 for one
// finding, 8 for two, 12 for four, 16 for eight, 20 for sixteen and more.
func navigatorScore(worst detect.Severity, findings int) int {
	return 20*int(worst) + min(20, 4*bits.Len(uint(findings)))
}

func (s *EventStore) layer(n *navigator, f *Filter) (*navigatorLayer, error) {
	name, err := s.reportID()
	if err != nil {
		return nil, err
	}
	l := &navigatorLayer{
		Name: name, Domain: "enterprise-attack",
		Versions: map[string]string{"attack": "19", "navigator": "5.1.0", "layer": "4.5"},
		Description: "Techniques of coldtrail's findings. A finding is a lead that needs a judgement, and no colour does not mean that a technique was not used. " +
			"Score: 0 to 20 informational, to 40 low, to 60 medium, to 80 high, to 100 critical, by the severest finding; within these, more findings score higher.",
		Sorting:    3,
		Layout:     map[string]any{"layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated"},
		Techniques: []*navigatorTechnique{},
		Gradient:   navigatorGradient{navigatorColours, 0, 100},
		Metadata: []navigatorMetadata{
			{"findings", number(n.placed)}, {"findings without a technique", number(n.bare)}, {"findings suppressed, and left out", number(n.suppressed)},
		},
	}
	if s.filterText(f) != "" {
		l.Metadata = append(l.Metadata, navigatorMetadata{"filter", Terminal(s.filterText(f))})
	}
	for i, severity := range detect.Severities {
		l.LegendItems = append(l.LegendItems, navigatorLegend{severity, navigatorColours[i+1]})
	}
	for _, id := range slices.Sorted(maps.Keys(n.techniques)) {
		t := n.techniques[id]
		t.finish()
		l.Techniques = append(l.Techniques, t)
	}
	return l, nil
}

// reportID is the case's name.
func (s *EventStore) reportID() (string, error) {
	b, err := readCaseFile(filepath.Join(s.dir, "summary.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "coldtrail", nil // a store on its own
	}
	var summary struct {
		ID string `json:"forensic_report_id"`
	}
	if err == nil {
		err = json.Unmarshal(b, &summary)
	}
	if err != nil {
		return "", fmt.Errorf("%s: summary.json: %w", s.label, err)
	}
	return "coldtrail " + Terminal(s.redactText(summary.ID)), nil
}
