package report

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

var _ = exportFormat(ExportFormat{
	Name: "sarif",
	Doc: "a log of SARIF 2.1.0: each finding that lists a selected event is a result, whose locations are the objects of the evidence and, in these when decompressed, the offsets of its " +
		"first ten selected events; suppressed ones and those that an examiner holds to be wrong are there as suppressed",
	Endings: []string{".sarif", ".json"},
	Summary: true,
	write:   (*EventStore).writeSARIF,
})

// sarifPlaces is how many events of a finding are locations.
const sarifPlaces = 10

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Rank         float64            `json:"rank"`
	Message      sarifMessage       `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"fingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   map[string]any     `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical   sarifPhysical  `json:"physicalLocation"`
	Properties map[string]any `json:"properties"`
}

type sarifPhysical struct {
	Artifact struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region struct {
		Offset int64 `json:"byteOffset"`
	} `json:"region"`
}

type sarifRule struct {
	ID          string       `json:"id"`
	Name        string       `json:"name,omitempty"`
	Description sarifMessage `json:"shortDescription"`
	Properties  *sarifTags   `json:"properties,omitempty"`
}

type sarifTags struct {
	Tags []string `json:"tags"`
}

// A sarifWriter writes results as they come, and then the rules that they name.
type sarifWriter struct {
	jsonItems
	s     *EventStore
	index map[string]int
	rules []sarifRule
}

func (s *EventStore) writeSARIF(ctx context.Context, w io.Writer, f *Filter) (told FileExported, err error) {
	out := &sarifWriter{jsonItems: jsonItems{w: w}, s: s, index: map[string]int{}, rules: []sarifRule{}}
	_, err = io.WriteString(w, "{\n\"version\": \"2.1.0\",\n\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n\"runs\": [{\n\"columnKind\": \"unicodeCodePoints\",\n\"results\": [")
	if err == nil {
		told.Events, err = s.eachSelected(ctx, f, sarifPlaces, out.finding)
	}
	if err != nil {
		return told, err
	}
	driver, err := appendJSON(nil, map[string]any{"name": "coldtrail", "rules": out.rules}, "")
	if err == nil {
		_, err = fmt.Fprintf(w, "\n],\n\"tool\": {\"driver\": %s}\n}]\n}\n", strings.TrimSuffix(string(driver), "\n"))
	}
	told.Notes = []string{plural(int64(out.n), "result") + " of " + plural(int64(len(out.rules)), "rule")}
	return told, err
}

func (o *sarifWriter) finding(line *findingLine, this *selectedFinding) error {
	r := sarifResult{
		RuleID: line.Detector, RuleIndex: o.rule(line), Level: [...]string{"note", "note", "warning", "error", "error"}[min(line.Severity, detect.Critical)],
		Rank: float64(20 * (int(min(line.Severity, detect.Critical)) + 1)), Message: sarifMessage{noteText(line)}, Locations: []sarifLocation{},
		Fingerprints: map[string]string{"coldtrail/finding/v1": line.ID},
		Properties: map[string]any{
			"severity": line.Severity, "subject": line.Subject, "events": this.n, "first": this.First.UTC(), "last": this.Last.UTC(),
			"principals": line.Principals, "credentials": line.Credentials, "source_ips": line.SourceIPs,
		},
	}
	if line.Suppressed != "" {
		r.Suppressions = []sarifSuppression{{"external", line.Suppressed}}
	}
	for i := range this.first {
		at, err := o.location(&this.first[i])
		if err != nil {
			return err
		}
		r.Locations = append(r.Locations, at)
	}
	return o.item(r)
}

// rule returns the number of the finding's detector among the rules, whose tags are the techniques of all its findings.
func (o *sarifWriter) rule(line *findingLine) int {
	n, ok := o.index[line.Detector]
	if !ok {
		n = len(o.rules)
		o.index[line.Detector] = n
		o.rules = append(o.rules, sarifRule{ID: line.Detector, Description: sarifMessage{detectorName(line)}})
	}
	r := &o.rules[n]
	for _, t := range techniquesOf(line) {
		if r.Properties == nil {
			r.Properties = new(sarifTags)
		}
		tag := "external/attack/" + t
		if at, known := slices.BinarySearch(r.Properties.Tags, tag); !known {
			r.Properties.Tags = slices.Insert(r.Properties.Tags, at, tag)
		}
	}
	return n
}

func (o *sarifWriter) location(e *eventPlace) (at sarifLocation, err error) {
	source, path, err := o.s.objects.Name(e.place.Object)
	if err != nil {
		return at, fmt.Errorf("object %d: %w", e.place.Object, err)
	}
	at.Physical.Artifact.URI = objectURI(objectName(source, path))
	at.Physical.Region.Offset = e.place.Offset
	at.Properties = map[string]any{"event_id": valid(e.id), "ordinal": e.ordinal, "record_index": e.place.Index}
	return at, nil
}

// objectURI is an object's name as a reference by RFC 3986.
func objectURI(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	if strings.Contains(parts[0], ":") { // it would be a scheme
		parts[0] = "./" + parts[0]
	}
	return strings.Join(parts, "/")
}
