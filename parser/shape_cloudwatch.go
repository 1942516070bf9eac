package parser

// CloudWatch Logs' events, whose message is the record's text: of FilterLogEvents
// and GetLogEvents ({"events":[{"timestamp":…,"message":"{…}"}]}), and of a
// subscription ({"messageType":"DATA_MESSAGE","logEvents":[{"id":…,"message":"{…}"}]}).
// Messages that are no record are other log lines, or the subscription's check.
var (
	_ = register(&shape{
		name: "cloudwatch-logs", fidelity: Reserialised, member: "events", what: logLine, lift: liftMember("message"),
	})
	_ = register(&shape{
		name: "cloudwatch-subscription", fidelity: Reserialised, member: "logEvents", key: "logEvents", what: logLine,
		lift: func(l *lifting, s *shape, e Value) {
			events, ok := e.Get("logEvents")
			if !ok {
				liftMember("message")(l, s, e)
				return
			}
			for event := range events.Each {
				liftMember("message")(l, s, event)
			}
		},
	})
)

const logLine = "CloudWatch Logs event that is no CloudTrail record"

// What GetQueryResults of Logs Insights returns: {"results":[[{"field":"@message","value":"{…}"},…]]}.
var _ = register(&shape{
	name: "logs-insights", fidelity: Reserialised, member: "results", what: "Logs Insights result without @message", loses: true,
	lift: func(l *lifting, s *shape, e Value) {
		for field := range e.Each {
			name, _ := field.Get("field")
			if value, ok := field.Get("value"); ok && name.String() == "@message" {
				l.string(s, value)
			}
		}
	},
})
