package parser

// What a trail delivers to S3: {"Records":[…]}. CloudTrail writes no other
// member; members before and after the array are passed over, and told where they may hold records. Where it is itself an element, as
// jq --slurp makes one array of several files, or lies in a message, somebody wrote it anew.
var (
	_ = register(&shape{name: "records", member: "Records"})
	_ = register(&shape{
		name: "records", key: "Records", derived: recordsWithin,
		lift: func(l *lifting, s *shape, e Value) {
			records, _ := e.Get("Records")
			for r := range records.Each {
				l.any(s.derived, r)
			}
		},
	})
	recordsWithin = register(&shape{name: "records-within", fidelity: Reserialised, what: ForeignObject})
)
