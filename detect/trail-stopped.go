package detect

var trailStopped = register(&Detector{
	ID:    "trail-stopped",
	Title: "CloudTrail logging stopped",
	Doc: `A trail was told to stop logging, or deleted. There is hardly an everyday reason: a migration to an
organisation's trail, or the tearing down of a test account. An intruder does it to act unseen. What happened
between the stop and the next start is missing from this trail: look for copies in other trails, in other
regions, and in the 90 days of event history.`,
	Next: `Start logging again at once, forbid both calls by a service control policy, check the digests
around the gap (aws cloudtrail validate-logs), and fetch the event history of the account before its 90 days are over.`,
	Severity:   Informational,
	Techniques: []string{"T1685.002"},
	Events:     []string{"cloudtrail.amazonaws.com:StopLogging", "cloudtrail.amazonaws.com:DeleteTrail"},
	Record: watched(func(f *facts) {
		name := f.param("name")
		f.add("trail", name)
		f.raise(Medium, f.r.Action()+" on trail "+name)
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"name":"main"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"cloudtrail.amazonaws.com","eventName":"DeleteTrail","errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"name":"main"}}`},
	},
	Misses: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"cloudtrail.amazonaws.com","eventName":"StartLogging","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"name":"main"}}`},
		// Control Tower replaces an account's trail by the organisation's.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"cloudtrail.amazonaws.com","eventName":"DeleteTrail","userIdentity":{"type":"AWSService","invokedBy":"controltower.amazonaws.com"},"requestParameters":{"name":"main"}}`},
	},
})
