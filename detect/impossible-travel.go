package detect

import "github.com/coldtrail/coldtrail/parser"

var _ = register(&Detector{
	ID:    "impossible-travel",
	Title: "A principal in two places too far apart",
	Doc: `Telling calls of one principal came from two places that nobody can reach one from the other in the
time between them. Somebody else holds the credential. Innocent causes: a VPN or a company's proxy that leaves the
network elsewhere, a phone's network, a database that is wrong about an address, a key that colleagues share. Cloud
providers' networks are left out: nobody travels there. Without a database of places (see the report's section on
detection) nothing is found.`,
	Next: `Ask the person where they were. If one place is not theirs: revoke the sessions, reset the password,
deactivate the keys, and follow what came from there: filter timeline.csv by the column source_ip.`,
	Severity:   Medium,
	Techniques: []string{"T1078.004"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"speed", 900, "kilometres an hour", "Panther: impossible travel of logins; an airliner's speed"},
		{"distance", 500, "kilometres", "own: databases are often wrong by the size of a country's regions"},
		{"memory", 24, "hours", "own: any two places are a day apart"},
	},
	Needs:  []Need{NeedsGeography},
	Record: travelRecord,
	Judge: func(c *Context) Stream {
		t := &travels{c: c, speed: c.Number("speed"), distance: c.Number("distance")}
		t.of = newSpells("impossible-travel", c.Duration("memory"), t.judge)
		return t.of.stream(t.note, nil)
	},
	Hits: [][]string{story(
		example{at: "03:00:00", call: "signin:ConsoleLogin", ip: exampleNear, out: `{"ConsoleLogin":"Success"}`},
		example{at: "04:00:00", call: "iam:ListUsers", key: "AKIA1", ip: exampleFar},
	)},
	Misses: [][]string{
		story(
			example{at: "03:00:00", call: "signin:ConsoleLogin", ip: exampleNear, out: `{"ConsoleLogin":"Success"}`},
			example{at: "21:00:00", call: "iam:ListUsers", key: "AKIA1", ip: exampleFar},
		),
		story( // a sign-in that failed shows where somebody tried, not where the person is
			example{at: "03:00:00", call: "signin:ConsoleLogin", ip: exampleNear, out: `{"ConsoleLogin":"Failure"}`},
			example{at: "04:00:00", call: "iam:ListUsers", key: "AKIA1", ip: exampleFar},
		),
	},
})

// The addresses of the examples: tests say where they are.
const (
	exampleNear = "203.0.113.10"
	exampleFar  = "198.51.100.10"
)

// travelRecord lets through telling calls that show where a person is.
func travelRecord(r *parser.Record) (Evidence, bool) {
	if r.Name == "ConsoleLogin" && text(r.Get("responseElements.ConsoleLogin")) != "Success" {
		return nil, false
	}
	if !ofPerson(r.Identity.ARN) && r.Name != "ConsoleLogin" {
		return nil, false
	}
	return tellingAbroad(r)
}
