package parser

// Events as JSON strings, in an array or one after the other, as
// --query 'Events[].CloudTrailEvent' of the AWS CLI leaves them.
var eventStrings = register(&shape{
	name: "event-strings", fidelity: Reserialised, what: notAnObject,
	lift: func(l *lifting, s *shape, e Value) { l.string(s, e) },
})
