package parser

// Elasticsearch's documents: {"hits":{"hits":[{"_source":{…}}]}}, or one on a line.
// The record is in event.original where the pipeline was told to keep it; or the
// document is the record itself.
var _ = register(&shape{
	name: "elasticsearch", fidelity: Reserialised, member: "hits", inside: "hits", key: "_source",
	what: "Elasticsearch document without the original event", loses: true,
	lift: func(l *lifting, s *shape, e Value) {
		source, _ := e.Get("_source")
		for _, path := range [...]string{"event.original", "message"} {
			if original, ok := source.Get(path); ok && l.string(s, original) {
				return
			}
		}
		if _, ok := source.Get("eventVersion"); ok {
			l.object(s, source)
		}
	},
})
