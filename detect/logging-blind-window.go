package detect

var _ = register(&Detector{
	ID:    "logging-blind-window",
	Title: "What was done while a trail did not record",
	Doc: `A trail was stopped or deleted, and until it recorded again (or for a week), or in the day after, who stopped it went on to
change identities, access or machines: what is known of the window was recorded elsewhere, and there may be more. Also told is how a trail's settings differ
from those that it had before, in the evidence. That a trail was stopped the rules say by themselves. The innocent cause is the move
to another trail, in which whoever moves it does nothing else.`,
	Next: `Look for the window's events in other trails, in the organization's, and in the event history of the account and of each
region; compare what exists now with what existed before the window.`,
	Severity:   Informational,
	Techniques: []string{"T1685.002"},
	Events:     append(trailSteps.events(), blindEvents()...),
	Record:     trailOrKey,
	Judge:      func(c *Context) Stream { return newBlindWindows(c).stream() },
	Thresholds: []Threshold{{"window", 7, "days", "a trail that does not record again within a week was moved or given up"}},
	Hits: [][]string{
		story( // when it records again
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
			example{at: "04:01:00", key: "AKIA1", call: "cloudtrail:StartLogging", in: `{"name":"main"}`},
			example{at: "04:10:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
			example{at: "03:10:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`},
			example{at: "04:00:00", key: "AKIA1", call: "cloudtrail:StartLogging", in: `{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}`}),
		story(
			example{at: "2026-01-01 03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main"}`, out: `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`},
			example{at: "2026-03-01 03:00:00", key: "AKIA1", call: "cloudtrail:UpdateTrail", in: `{"name":"main"}`, out: `{"name":"main","s3BucketName":"mine","isMultiRegionTrail":true}`}),
	},
	Misses: [][]string{
		story( // somebody else's work
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
			example{at: "03:10:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "iam:CreateUser", in: `{"userName":"eve"}`}),
	},
})
