package parser

import "bytes"

// Splunk's export: {"preview":false,"result":{"_raw":"{…}"}} on each line, and what
// Cribl and others write, {"_raw":"{…}"}. A preview comes again when the search is
// finished, so it holds none.
var (
	_ = register(&shape{
		name: "splunk", fidelity: Reserialised, key: "result._raw", what: "Splunk result that is no CloudTrail record",
		lift: func(l *lifting, s *shape, e Value) {
			if preview, _ := e.Get("preview"); preview.String() == "true" {
				l.what = "preview of a Splunk search"
				return
			}
			liftMember("result._raw")(l, s, e)
		},
	})
	_ = register(&shape{
		name: "raw-field", fidelity: Reserialised, key: "_raw", what: "_raw that is no CloudTrail record",
		lift: liftMember("_raw"),
	})
)

// What is sent to Splunk's HTTP event collector: {"time":…,"event":{…}}, the record as an object or as text.
var (
	_ = register(&shape{
		name: "splunk-hec", fidelity: Reserialised, key: "event.eventVersion", what: "Splunk event that is no CloudTrail record",
		lift: liftMember("event"),
	})
	_ = register(&shape{
		name: "splunk-hec", fidelity: Reserialised, key: "event", what: "Splunk event that is no CloudTrail record",
		lift: func(l *lifting, s *shape, e Value) {
			v, _ := e.Get("event")
			if records, _ := v.Get("Records"); bytes.HasPrefix(records.raw, []byte{'['}) { // a trail's file, sent as one event
				l.object(s, v)
			} else if !l.string(s, v) { // many things have an event
				l.what = recognise(&Record{Raw: e.raw})
			}
		},
	})
)
