package detect

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "enumeration-burst",
	Title: "Account explored by a program that does not know it",
	Doc: `One credential asked a row of different questions about the account (users, roles, buckets, instances, keys, …)
within minutes, by program, and either never asked them before, or was refused many, or asked a good part of all
that exploring tools ask. Whoever runs an account asks the same few questions every day. Console pages, which ask
dozens of questions for one click, are left out. Innocent causes: a security audit, an inventory that was set
up this day, a new colleague at a command line.`,
	Next: `Ask whether an audit was on, with which credential and from where. If not, contain the credential, and look
at what came after the survey: what it found is what it will use.`,
	Severity:   Low,
	Techniques: []string{"T1580", "T1526", "T1087.004"},
	Events:     surveyCalls,
	Thresholds: surveyThresholds,
	Record: func(r *parser.Record) (Evidence, bool) {
		if instanceOf(r.Identity.PrincipalID) != "" {
			return nil, false // instance-explores
		}
		return surveyed(r)
	},
	Judge: func(c *Context) Stream { return newSurveys("enumeration-burst", c).stream() },
	Hits:  [][]string{append(askedDaily(), survey89("2026-01-06T03:00:%02dZ", "alice", "", 20)...)},
	Misses: [][]string{
		survey89("2026-01-06T03:00:%02dZ", "alice", "", 20), // the evidence begins here: who knows what is usual
		append(askedDaily(), survey89("2026-01-06T03:00:%02dZ", "alice", "", 4)...),
		append(askedDaily(), survey89("2026-01-06T03:00:%02dZ", "alice", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", 20)...),
	},
})

// surveyThresholds are those of detectors of surveys.
var surveyThresholds = []Threshold{
	historyThreshold(),
	{"window", 10, "minutes", "SigmaHQ's rules on bursts of listings"},
	{"calls-in-ten-seconds", 6, "different calls", "Elastic: multiple discovery calls, more than 5 within 10 seconds"},
	{"calls", 15, "different calls", "own: what a person asks by hand within minutes stays below"},
	{"share", 30, "percent", "Prowler: threshold 0.3 of the actions that it lists"},
	{"refused", 20, "percent", "own: the owner's programs are refused less"},
	{"services", 3, "services", "own: an inventory of one service is work"},
}

// askedDaily is an example of alice, who asks one question, each quarter of three days.
func askedDaily() (records []string) {
	for i := range 12 {
		records = append(records, example{at: fmt.Sprintf("2026-01-%02dT%02d:00:00Z", 2+i/4, 6*(i%4)), call: "ec2:DescribeInstances", key: "AKIA1", who: "alice"}.String())
	}
	return records
}

// survey89 is an example of the first n questions, one a second.
func survey89(at, user, agent string, n int) (records []string) {
	for i := range n {
		event := strings.Replace(surveyCalls[3*i], ".amazonaws.com", "", 1)
		records = append(records, example{at: fmt.Sprintf(at, i), call: event, key: "AKIA1", who: user, agent: agent}.String())
	}
	return records
}
