package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "instance-explores",
	Title: "Account explored with an instance's credentials",
	Doc: `The credentials of an EC2 instance asked a row of different questions about the account within minutes:
identities among them, or questions that its role never asked before, or that were refused. A program on an instance
knows what it needs. Innocent causes: an agent that takes inventory, an administrator at the instance's command line,
a build server. Where the credentials were used matters too: see instance-credentials-outside.`,
	Next: `Find what ran on the instance at that time; isolate it if nobody knows. Revoke the role's sessions, narrow
the role to what the program needs.`,
	Severity:   Low,
	Techniques: []string{"T1580", "T1087.004"},
	Events:     surveyCalls,
	Thresholds: surveyThresholds,
	Record: func(r *parser.Record) (Evidence, bool) {
		if instanceOf(r.Identity.PrincipalID) == "" {
			return nil, false
		}
		return surveyed(r)
	},
	Judge: func(c *Context) Stream {
		s := newSurveys("instance-explores", c)
		s.workload = true
		return s.stream()
	},
	Hits: [][]string{fromInstance(20)},
	Misses: [][]string{
		fromInstance(4),
		append(askedDaily(), survey89("2026-01-06T03:00:%02dZ", "alice", "", 20)...),
	},
})

// fromInstance is an example of an instance that asks n questions.
func fromInstance(n int) (records []string) {
	for _, r := range survey89("03:00:%02d", "web/i-0a1b2c3d4e5f60718", "", n) {
		records = append(records, strings.Replace(r, `"AKIA1"`, `"ASIA1"`, 1))
	}
	return records
}
