package report

var _ = exportFormat(ExportFormat{
	Name: "l2tcsv",
	Doc: "the 17 columns of log2timeline's CSV, version 2, for timeline viewers that know no other; times are cut to the second, what does not print is escaped, a line break is one " +
		"too, and what a spreadsheet could take for a formula has an apostrophe in front",
	Endings: []string{".csv"},
	write:   csvExport(l2tFields),
})

// l2tFields are the columns of log2timeline's l2t_csv. An empty one has a dash, as there.
var l2tFields = []field{
	timeField("date", "01/02/2006"),
	timeField("time", "15:04:05"),
	constantField("timezone", "UTC"),
	constantField("MACB", "...B"), // log2timeline's mark of what was recorded when it happened
	constantField("source", "LOG"),
	constantField("sourcetype", "AWS CloudTrail"),
	constantField("type", "Recorded Time"),
	dashed("user", oneOf(leafPrincipal)),
	dashed("host", oneOf(leafAccount)),
	fieldNamed("short", oneOf(leafName)),
	fieldNamed("desc", field{leaves: messageLeaves, text: (*view).message}),
	constantField("version", "2"),
	fieldNamed("filename", timelineFields["object"]),
	dashed("inode", numberField(leafIndex)), // the place in the file
	dashed("notes", field{text: (*view).detectors}),
	constantField("format", "coldtrail"),
	{name: "extra", leaves: extraLeaves, text: (*view).l2tExtra},
}

func timeField(name, layout string) field {
	return field{name: name, leaves: []int{leafTime}, text: func(v *view, row int) []byte {
		v.scratch = v.time(row).AppendFormat(v.scratch[:0], layout)
		return v.scratch
	}}
}

// dashed shows a dash where there is no text.
func dashed(name string, f field) field {
	return field{name: name, leaves: f.leaves, text: func(v *view, row int) []byte {
		if text := f.text(v, row); len(text) > 0 {
			return text
		}
		return []byte("-")
	}}
}

var extraLeaves = []int{
	leafDerived, leafID, leafSource, leafRegion, leafAccount, leafSourceIP, leafUserAgent, leafCredential, leafErrorCode, leafErrorMessage, leafRequest,
}

// l2tExtra are further fields, as log2timeline writes them: a name, a colon, the value, a semicolon.
func (v *view) l2tExtra(row int) []byte {
	b := v.scratch[:0]
	for _, e := range [...]struct {
		name   string
		leaves []int
	}{
		{"event_id", []int{leafDerived, leafID}}, {"event_source", []int{leafSource}}, {"region", []int{leafRegion}}, {"account", []int{leafAccount}},
		{"source_ip", []int{leafSourceIP}}, {"user_agent", []int{leafUserAgent}}, {"access_key", []int{leafCredential}},
		{"error_code", []int{leafErrorCode}}, {"error_message", []int{leafErrorMessage}}, {"request_parameters", []int{leafRequest}},
	} {
		text := oneOf(e.leaves...).text(v, row)
		if len(text) == 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, "; "...)
		}
		b = append(append(append(b, e.name...), ": "...), text...)
	}
	v.scratch = b
	return b
}
