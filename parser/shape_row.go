package parser

// Rows as JSON of which one column is the whole record: CloudTrail Lake's and coldtrail's eventjson, and what plaso and
// Timesketch call cloud_trail_event.
var (
	_ = recordColumn("eventjson")
	_ = recordColumn("eventJson")
	_ = recordColumn("cloud_trail_event")
)

func recordColumn(name string) *shape {
	return register(&shape{name: "record-column", fidelity: Reserialised, key: name, what: "row without the record", lift: liftMember(name)})
}
