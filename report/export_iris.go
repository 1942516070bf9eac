package report

import "strings"

var _ = exportFormat(ExportFormat{
	Name: "dfir-iris",
	Doc: "the ten columns of CSV that DFIR-IRIS imports as a case's timeline; assets and indicators are left empty, because IRIS takes only those that its case has already. What does " +
		"not print is escaped, and what a spreadsheet could take for a formula has an apostrophe in front",
	Endings: []string{".csv"},
	write:   csvExport(irisFields),
})

// irisFields are the columns that DFIR-IRIS asks for (iris-web: case_timeline_routes.py), all ten of them.
var irisFields = []field{
	timeField("event_date", "2006-01-02T15:04:05.000000"),
	constantField("event_tz", "+00:00"),
	fieldNamed("event_title", field{leaves: messageLeaves, text: (*view).message}), // never empty
	constantField("event_category", "Unspecified"),                                 // must be one of IRIS's own
	{name: "event_content", leaves: extraLeaves, text: (*view).l2tExtra},
	{name: "event_raw", leaves: []int{leafRaw}, text: (*view).oneLineRecord},
	fieldNamed("event_source", timelineFields["object"]),
	constantField("event_assets", ""),
	constantField("event_iocs", ""),
	{name: "event_tags", text: (*view).irisTags},
}

// irisTags are the detectors whose findings list the event. IRIS parts tags at commas, of which detectors' IDs have none.
func (v *view) irisTags(row int) []byte {
	v.scratch = v.scratch[:0]
	v.eachDetector(row, func(id string) {
		if len(v.scratch) > 0 {
			v.scratch = append(v.scratch, ',')
		}
		v.scratch = append(v.scratch, strings.ReplaceAll(id, ",", ";")...)
	})
	return v.scratch
}
