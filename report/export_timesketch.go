package report

import (
	"fmt"
	"strconv"

	"github.com/coldtrail/coldtrail/detect"
)

var (
	_ = exportFormat(ExportFormat{
		Name:    "timesketch-csv",
		Doc:     "a timeline for Timesketch as CSV, in which what does not print is escaped and what a spreadsheet could take for a formula has an apostrophe in front; a reader of CSV that guesses types takes the zeros away that an account's ID begins with: timesketch-jsonl is exact",
		Endings: []string{".csv"},
		write:   csvExport(timesketchFields),
	})
	_ = exportFormat(ExportFormat{
		Name:    "timesketch-jsonl",
		Doc:     "a timeline for Timesketch as lines of JSON, in plaso's names for CloudTrail: detectors whose findings list an event are its tags, and so is the severity of the worst; the whole record is one field, cloud_trail_event",
		Endings: []string{".jsonl"},
		write:   listExport(timesketchFields, nil, jsonLister(timesketchFields)),
	})
)

// timesketchFields are the columns of a timeline for Timesketch: the three that it requires,
// those of plaso's event aws:cloudtrail:entry, which its analyzers look for, and coldtrail's.
// They are few whatever the records hold: each more would be a field of the index, of
// which OpenSearch takes 1000.
var timesketchFields = []field{
	{name: "message", leaves: messageLeaves, text: (*view).message},
	{name: "datetime", leaves: []int{leafTime}, text: (*view).timesketchTime},
	constantField("timestamp_desc", "Recorded Time"),
	{name: "timestamp", leaves: []int{leafTime}, text: (*view).micros, json: func(v *view, dst []byte, row int) []byte { return append(dst, v.micros(row)...) }},
	constantField("data_type", "aws:cloudtrail:entry"),
	{name: "tag", text: (*view).tags, json: func(v *view, dst []byte, row int) []byte { return append(dst, v.tags(row)...) }},
	fieldNamed("event_name", oneOf(leafName)),
	fieldNamed("event_source", oneOf(leafSource)),
	fieldNamed("event_id", oneOf(leafDerived, leafID)),
	fieldNamed("account_identifier", oneOf(leafAccount)),
	fieldNamed("region", oneOf(leafRegion)),
	fieldNamed("source_ip", oneOf(leafSourceIP)),
	fieldNamed("user_agent", oneOf(leafUserAgent)),
	fieldNamed("username", oneOf(leafLookupUser)),
	fieldNamed("user_identity_arn", oneOf(eventLeaf("useridentity.arn"))),
	fieldNamed("principal", oneOf(leafPrincipal)),
	fieldNamed("access_key", oneOf(leafCredential)),
	fieldNamed("resources", field{leaves: []int{leafResourceNames}, text: (*view).resourceNames}),
	fieldNamed("error_code", oneOf(leafErrorCode)),
	fieldNamed("error_message", oneOf(leafErrorMessage)),
	fieldNamed("read_only", oneOf(leafReadOnly)),
	{name: "finding_ids", text: (*view).findingIDs, json: (*view).findingIDsJSON},
	fieldNamed("ordinal", numberField(leafOrdinal)),
	fieldNamed("object", timelineFields["object"]),
	fieldNamed("record_index", numberField(leafIndex)),
	{name: "cloud_trail_event", leaves: []int{leafRaw}, text: (*view).oneLineRecord},
}

func fieldNamed(name string, f field) field {
	f.name = name
	return f
}

func constantField(name, value string) field {
	return field{name: name, leaves: []int{leafTime}, own: true, text: func(*view, int) []byte { return []byte(value) }}
}

var messageLeaves = []int{leafName, leafSource, leafPrincipal, leafSourceIP, leafErrorCode, leafErrorMessage}

// message is what an analyst reads in the list: who called what from where, and what became of it.
func (v *view) message(row int) []byte {
	b := v.scratch[:0]
	for _, part := range [...]struct {
		before, missing string
		leaves          []int
	}{
		{"", "an event without a name", []int{leafName}}, {" at ", "", []int{leafSource}}, {" by ", "", []int{leafPrincipal}},
		{" from ", "", []int{leafSourceIP}}, {": ", "", []int{leafErrorCode, leafErrorMessage}},
	} {
		text := oneOf(part.leaves...).text(v, row)
		if len(text) == 0 {
			text = []byte(part.missing)
		}
		if len(text) > 0 {
			b = append(append(b, part.before...), text...)
		}
	}
	v.scratch = b
	return b
}

// timesketchTime always has microseconds: pandas, with which Timesketch reads CSV, expects
// all times in the form of the first one and drops the line of any other.
func (v *view) timesketchTime(row int) []byte {
	v.scratch = v.time(row).AppendFormat(v.scratch[:0], "2006-01-02T15:04:05.000000+00:00")
	return v.scratch
}

func (v *view) micros(row int) []byte {
	v.scratch = strconv.AppendInt(v.scratch[:0], v.number(leafTime, row), 10)
	return v.scratch
}

// tags is a JSON array in CSV too, where Timesketch reads it as one. An empty one must stand
// there: it makes a tag of a missing value.
func (v *view) tags(row int) []byte {
	l := jsonList{dst: append(v.scratch[:0], '[')}
	v.eachDetector(row, func(id string) { l.add([]byte(id), true) })
	if worst, any := v.worst(row); any {
		l.add(fmt.Appendf(nil, "severity-%s", worst), true)
	}
	v.scratch = append(l.dst, ']')
	return v.scratch
}

// worst returns the severity of the worst finding that lists the event.
func (v *view) worst(row int) (worst detect.Severity, any bool) {
	for _, e := range v.found.of(v.ordinal(row)) {
		worst, any = max(worst, v.found.findings[e.finding].Severity), true
	}
	return worst, any
}

// resourceNames are those of the record's resources, as plaso writes them.
func (v *view) resourceNames(row int) []byte {
	vec := v.vectors[leafResourceNames]
	from, to := vec.entries(row)
	v.scratch = v.scratch[:0]
	for _, n := range vec.index[from:to] {
		if n < 0 {
			continue
		}
		if len(v.scratch) > 0 {
			v.scratch = append(v.scratch, ", "...)
		}
		v.scratch = append(v.scratch, vec.value(n)...)
	}
	return v.scratch
}

// oneLineRecord is the record without white space between its tokens, as AWS hands it out and
// analyzers search it, with what does not print as JSON's escapes.
func (v *view) oneLineRecord(row int) []byte {
	raw, _ := v.bytes(leafRaw, row)
	v.scratch = appendPrintable(v.scratch[:0], appendMinified(nil, raw))
	return v.scratch
}
