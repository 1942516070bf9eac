package detect

var functionChanged = register(&Detector{
	ID:    "function-changed",
	Title: "Lambda function created or its code changed",
	Doc: `A Lambda function was created, its code replaced, or a source of events connected to it. Every
deployment does this. An intruder uses it to run code with the function's role, to stay (code that answers a
trigger runs again and again), or to raise privileges by passing a stronger role to a new function. Compare the
caller and the address with the usual deployments', and the role with what the function needs.`,
	Next: `Compare the deployed code with the repository's; restore the last known version, remove event
sources that nobody knows, and treat the credentials of the function's role as used.`,
	Severity:   Informational,
	Techniques: []string{"T1648", "T1546"},
	Events: []string{
		"lambda.amazonaws.com:CreateFunction",
		"lambda.amazonaws.com:UpdateFunctionCode",
		"lambda.amazonaws.com:CreateEventSourceMapping",
	},
	Record: watched(func(f *facts) {
		f.add("function", f.param("functionName"))
		f.add(FactRole, f.param("role"))
		f.add("event_source", f.param("eventSourceArn"))
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"lambda.amazonaws.com","eventName":"UpdateFunctionCode20150331v2","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"functionName":"f"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"lambda.amazonaws.com","eventName":"CreateFunction20150331","errorCode":"AccessDeniedException","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
	},
	Misses: [][]string{
		// CloudFormation deploys for the person.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"lambda.amazonaws.com","eventName":"CreateFunction20150331","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","invokedBy":"cloudformation.amazonaws.com"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"lambda.amazonaws.com","eventName":"GetFunction20150331v2","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
	},
})
