package report

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

var _ = exportFormat(ExportFormat{
	Name: "misp",
	Doc: "one event of MISP's core format, which is not published: addresses, principals and access keys of the findings that list a selected event, suppressed ones and those that an examiner holds to be wrong apart, as attributes. " +
		"Only public addresses that findings from medium on accuse, and that the report lists as suspects', are marked for detection",
	Endings: []string{".json"},
	Summary: true,
	write:   (*EventStore).writeMISP,
})

// A mispEvent is an event as draft-20 of MISP's core format has it, in which numbers are texts.
type mispEvent struct {
	UUID         string          `json:"uuid"`
	Info         string          `json:"info"`
	Date         string          `json:"date"`
	Timestamp    string          `json:"timestamp"`
	Published    bool            `json:"published"`
	ThreatLevel  string          `json:"threat_level_id"`
	Analysis     string          `json:"analysis"`
	Distribution string          `json:"distribution"`
	Tags         []mispTag       `json:"Tag"`
	Attributes   []mispAttribute `json:"Attribute"`
}

type mispTag struct {
	Name string `json:"name"`
}

type mispAttribute struct {
	UUID         string    `json:"uuid"`
	Type         string    `json:"type"`
	Category     string    `json:"category"`
	ToIDs        bool      `json:"to_ids"`
	Value        string    `json:"value"`
	Comment      string    `json:"comment"`
	Timestamp    string    `json:"timestamp"`
	FirstSeen    string    `json:"first_seen"`
	LastSeen     string    `json:"last_seen"`
	Distribution string    `json:"distribution"`
	Tags         []mispTag `json:"Tag,omitempty"`
}

// MISP's own numbers.
const (
	mispInitial      = "0" // the analysis is not done
	mispOrganisation = "0" // it is seen by the own organisation only
	mispInherit      = "5" // as the event
)

// mispTypes are MISP's types and categories of indicators. It has none for AWS's.
var mispTypes = map[indicatorKind][3]string{
	addressIndicator:    {"ip-src", "Network activity", "source address"},
	principalIndicator:  {"text", "Other", "AWS principal"},
	credentialIndicator: {"text", "Other", "AWS access key ID"},
}

func (s *EventStore) writeMISP(ctx context.Context, w io.Writer, f *Filter) (told FileExported, err error) {
	name, err := s.reportID()
	if err != nil {
		return told, err
	}
	alarms, err := s.alarms()
	if err != nil {
		return told, err
	}
	indicators := indicatorTable{alarms: alarms}
	var worst detect.Severity
	var span Span
	var findings, suppressed int64
	techniques := map[string]bool{}
	told.Events, err = s.eachSelected(ctx, f, 0, func(line *findingLine, this *selectedFinding) error {
		if line.Suppressed != "" {
			suppressed++
			return nil
		}
		findings++
		worst = max(worst, line.Severity)
		span.plus(&this.Span)
		indicators.add(line, this)
		for _, t := range techniquesOf(line) {
			techniques[t] = true
		}
		return nil
	})
	if err != nil {
		return told, err
	}
	if span.First.IsZero() { // no finding: MISP wants a day all the same
		span.First, span.Last = time.Unix(0, 0), time.Unix(0, 0)
	}
	judged, err := s.judgedText()
	if err != nil {
		return told, err
	}
	e := mispEvent{
		UUID: uuid5(uuidSpace, name+"\nmisp\n"+s.filterText(f)), Info: name + ": " + plural(findings, "finding") + " in AWS CloudTrail" + judged,
		Date: span.First.UTC().Format(time.DateOnly), Timestamp: mispTime(span.Last), Analysis: mispInitial, Distribution: mispOrganisation,
		ThreatLevel: [...]string{"4", "3", "2", "1", "1"}[min(worst, detect.Critical)], Tags: []mispTag{{`coldtrail:source="aws-cloudtrail"`}}, Attributes: []mispAttribute{},
	}
	for _, t := range slices.Sorted(maps.Keys(techniques)) {
		e.Tags = append(e.Tags, mispTag{`coldtrail:attack-technique="` + t + `"`})
	}
	for i := range indicators.all {
		e.Attributes = append(e.Attributes, mispAttributeOf(&indicators.all[i], name))
	}
	told.Notes = []string{plural(int64(len(e.Attributes)), "attribute") + " of " + plural(findings, "finding") + "; " + strconv.FormatInt(suppressed, 10) + " suppressed are left out"}
	told.Notes = indicators.leftOut(told.Notes)
	return told, writeJSON(w, map[string]any{"Event": e})
}

func mispTime(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func mispAttributeOf(row *indicatorRow, seed string) mispAttribute {
	kind := mispTypes[row.kind]
	return mispAttribute{
		UUID: uuid5(uuidSpace, seed+"\nmisp\n"+kind[2]+"\n"+row.value), Type: kind[0], Category: kind[1], ToIDs: row.detectable, Value: row.value,
		Comment:   kind[2] + " of " + plural(row.findings, "finding") + ", the severest " + row.worst.Severity.String() + ": " + detectorName(row.worst),
		Timestamp: mispTime(row.Last), FirstSeen: mispSeen(row.First), LastSeen: mispSeen(row.Last), Distribution: mispInherit,
		Tags: []mispTag{{`coldtrail:severity="` + row.worst.Severity.String() + `"`}},
	}
}

// mispSeen writes a time as MISP does: always with microseconds.
func mispSeen(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }
