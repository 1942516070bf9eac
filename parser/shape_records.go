package parser

// What a trail delivers to S3: {"Records":[…]}. CloudTrail writes no other
// member; members before and after the array are passed over. Where it is itself an element, as
// jq --slurp makes one array of several files, or lies in a message, somebody wrote it anew.
var (
	_ = register(&shape{
		name: "records", member: "Records", key: "Records", derived: recordsWithin,
		lift: func(l *lifting, s *shape, e Value) {
			records, _ := e.Get("Records")
			for r := range records.Each {
				if len(r.raw) > 0 && r.raw[0] == '{' {
					l.object(s.derived, r)
				}
			}
		},
	})
	recordsWithin = register(&shape{name: "records-within", fidelity: Reserialised, what: ForeignObject})
)
