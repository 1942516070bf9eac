package report

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

var _ = exportFormat(ExportFormat{
	Name: "stix",
	Doc: "a bundle of STIX 2.1: of each finding that lists a selected event, suppressed ones and those that an examiner holds to be wrong apart, what was observed, a note, and sightings of its techniques; addresses, principals " +
		"and access keys as observables; indicators of the public addresses that findings from medium on accuse, and that the report lists as suspects'. The same case under the same filter gives the same ids",
	Endings: []string{".json"},
	Summary: true,
	write:   (*EventStore).writeSTIX,
})

// stixSpace is the namespace of the ids of observables, by section 2.9 of STIX 2.1.
var stixSpace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}

// stixEpoch is when what belongs to no case was made: the specification wants a time.
const stixEpoch = "2026-01-01T00:00:00.000Z"

// stixCount is the highest number of observations that may be said.
const stixCount = 999_999_999

// A stixObject is an object of a bundle. Its members are written in the order of their names.
type stixObject map[string]any

// A stixWriter writes objects as they come.
type stixWriter struct {
	jsonItems
	seed     string // what makes the ids those of this case, as far as the filter selects it
	identity string
	known    map[string]bool // what several findings may have is written once
}

func (s *EventStore) writeSTIX(ctx context.Context, w io.Writer, f *Filter) (told FileExported, err error) {
	seed, err := s.reportID()
	if err != nil {
		return told, err
	}
	if text := s.filterText(f); text != "" { // what is said of a finding follows from what is selected of it
		seed += "\n" + text
	}
	out := &stixWriter{jsonItems: jsonItems{w: w}, seed: seed, known: map[string]bool{}}
	if _, err := fmt.Fprintf(w, "{\n\"type\": \"bundle\",\n\"id\": \"bundle--%s\",\n\"objects\": [", uuid5(uuidSpace, seed+"\n")); err != nil {
		return told, err
	}
	if err := out.begin(); err != nil {
		return told, err
	}
	alarms, err := s.alarms()
	if err != nil {
		return told, err
	}
	indicators := indicatorTable{alarms: alarms}
	var findings, suppressed, more int64
	told.Events, err = s.eachSelected(ctx, f, 0, func(line *findingLine, this *selectedFinding) error {
		if line.Suppressed != "" {
			suppressed++
			return nil
		}
		findings++
		more += int64(btoi(moreIndicators(line)))
		indicators.add(line, this)
		return out.finding(line, this)
	})
	if err == nil {
		err = out.indicators(&indicators)
	}
	if err == nil {
		_, err = io.WriteString(w, "\n]\n}\n")
	}
	told.Notes = []string{fmt.Sprintf("%s; %d suppressed are left out", plural(findings, "finding"), suppressed)}
	if more > 0 {
		told.Notes = append(told.Notes, fmt.Sprintf("%s more addresses, principals or keys than findings.jsonl names, and so the file", findingsHave(more)))
	}
	told.Notes = indicators.leftOut(told.Notes)
	return told, err
}

func findingsHave(n int64) string {
	if n == 1 {
		return "1 finding has"
	}
	return plural(n, "finding") + " have"
}

// id returns an id that is the same for the same case, filter and name.
func (o *stixWriter) id(kind, name string) string {
	return kind + "--" + uuid5(uuidSpace, o.seed+"\n"+kind+"\n"+name)
}

// add writes an object.
func (o *stixWriter) add(id string, members stixObject) error {
	kind, _, _ := strings.Cut(id, "--")
	members["type"], members["id"], members["spec_version"] = kind, id, "2.1"
	return o.item(members)
}

// domain adds an object that has an author and times.
func (o *stixWriter) domain(id, when string, members stixObject) error {
	members["created"], members["modified"] = when, when
	if o.identity != "" && id != o.identity {
		members["created_by_ref"] = o.identity
	}
	return o.add(id, members)
}

// begin adds who made the bundle.
func (o *stixWriter) begin() error {
	o.identity = "identity--" + uuid5(uuidSpace, "coldtrail")
	return o.domain(o.identity, stixEpoch, stixObject{"name": "coldtrail", "identity_class": "system"})
}

func stixTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// stixLabels are what a finding is sorted by.
func stixLabels(line *findingLine) []string {
	return []string{"detector:" + line.Detector, "severity:" + line.Severity.String()}
}

// finding adds what a finding saw, and what is said of it.
func (o *stixWriter) finding(line *findingLine, this *selectedFinding) error {
	var refs []string
	for _, i := range indicatorsOf(line) {
		ref, err := o.observable(i)
		if err != nil {
			return err
		}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	if len(refs) == 0 { // observed data must refer to something
		ref, err := o.observable(indicator{principalIndicator, "not recorded"})
		if err != nil {
			return err
		}
		refs = []string{ref}
	}
	first, last := stixTime(this.First), stixTime(this.Last)
	observed := o.id("observed-data", line.ID)
	err := o.domain(observed, last, stixObject{
		"first_observed": first, "last_observed": last, "number_observed": min(this.n, stixCount), "object_refs": refs, "labels": stixLabels(line),
	})
	if err == nil {
		err = o.domain(o.id("note", line.ID), last, stixObject{
			"abstract": detectorName(line), "content": noteText(line), "object_refs": []string{observed}, "labels": stixLabels(line),
			"external_references": []stixObject{{"source_name": "coldtrail", "external_id": line.ID}},
		})
	}
	for _, t := range techniquesOf(line) {
		if err == nil {
			err = o.technique(t)
		}
		if err == nil {
			err = o.domain(o.id("sighting", line.ID+"\n"+t), last, stixObject{
				"sighting_of_ref": techniqueRef(t), "observed_data_refs": []string{observed}, "first_seen": first, "last_seen": last,
				"count": min(this.n, stixCount), "labels": stixLabels(line),
			})
		}
	}
	return err
}

// noteText says what was found; a note must say something.
func noteText(line *findingLine) string {
	if line.Why == "" {
		return detectorName(line) + ": " + line.Subject
	}
	return line.Why
}

func techniqueRef(id string) string {
	return "attack-pattern--" + uuid5(uuidSpace, "attack-pattern\n"+id)
}

// technique adds a technique of ATT&CK by its number.
func (o *stixWriter) technique(id string) error {
	ref := techniqueRef(id)
	if o.known[ref] {
		return nil
	}
	o.known[ref] = true
	return o.domain(ref, stixEpoch, stixObject{
		"name": id, "external_references": []stixObject{{
			"source_name": "mitre-attack", "external_id": id,
		}},
	})
}

// observable adds an observable, whose id follows from its value as the specification has it, and returns that.
func (o *stixWriter) observable(i indicator) (string, error) {
	kind, name := "user-account", "user_id"
	members := stixObject{}
	switch i.kind {
	case addressIndicator:
		kind, name = "ipv4-addr", "value"
		if addr, err := netip.ParseAddr(i.value); err == nil && addr.Is6() {
			kind = "ipv6-addr"
		}
	case credentialIndicator:
		members["display_name"] = "access key " + i.value
	}
	members[name] = i.value
	// As RFC 8785 has a string: only what must be escaped is, and in the shortest form.
	id := kind + "--" + uuid5(stixSpace, `{"`+name+`":`+string(appendWireString(nil, i.value))+`}`)
	if o.known[id] {
		return id, nil
	}
	o.known[id] = true
	return id, o.add(id, members)
}

// indicators adds those that are worth an alarm elsewhere, and what they rest on.
func (o *stixWriter) indicators(t *indicatorTable) error {
	for i := range t.all {
		row := &t.all[i]
		if !row.detectable {
			continue
		}
		observable, err := o.observable(row.indicator)
		if err != nil {
			return err
		}
		kind, _, _ := strings.Cut(observable, "--")
		id := o.id("indicator", row.value)
		when := stixTime(row.Last)
		err = o.domain(id, when, stixObject{
			"name": "Source address of " + plural(row.findings, "finding"), "description": "The severest is " + row.worst.Severity.String() + ": " + detectorName(row.worst),
			"indicator_types": []string{"anomalous-activity"}, "pattern_type": "stix", "pattern": "[" + kind + ":value = '" + row.value + "']", "valid_from": stixTime(row.First),
			"confidence": stixConfidence(row.worst.Severity),
		})
		if err == nil {
			err = o.domain(o.id("relationship", row.value), when, stixObject{
				"relationship_type": "based-on", "source_ref": id, "target_ref": o.id("observed-data", row.worst.ID),
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stixConfidence is that a finding is what it looks like, on the specification's scale of none, low, medium and high.
func stixConfidence(s detect.Severity) int {
	return [...]int{0, 15, 30, 50, 70}[min(s, detect.Critical)]
}
