package detect

import (
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "key-from-new-network",
	Title: "Long-term key used from a network that it never was used from",
	Doc: `A user's access key made telling calls from a network, and with a tool, from which it never came in the days
before. Programs call from the same places for months: a copied key shows so first. Innocent causes: a person who
travels or works elsewhere, a build server that moved, a new provider of the office. What else is new, the tool and
the calls themselves, decides how severe it is: several calls of several services that change something, none of which
the key ever made, weigh as much as a new tool; so does one among several new calls that hands a role's rights, or data, to what the caller controls. Without a database of networks, networks are told apart by the first half of
an address only. See coldtrail baseline for all that is new of a principal.`,
	Next: `Ask the key's owner about the address. If nobody knows it: deactivate the key, list what was called from
there (filter timeline.csv by the column source_ip), and find where the key lay.`,
	Severity:   Low,
	Techniques: []string{"T1078.004"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		historyThreshold(),
		{"calls", 20, "calls", "own: whoever made fewer telling calls has no habits"},
		{"new-calls", 2, "calls", "own: one new call is everybody's day, two beside a new network and tool are not"},
		{"deeds", 5, "calls", "own: so many different ones that change something, all new, are beyond a day's work elsewhere"},
		{"services", 3, "services", "own: a new task is mostly one service's or two"},
	},
	Needs: []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if !longTerm(r.Identity.AccessKeyID) {
			return nil, false
		}
		return tellingAbroad(r)
	},
	Judge: func(c *Context) Stream {
		k := &newNetworks{c: c, calls: c.Int("calls"), least: c.Int("new-calls"), deeds: c.Int("deeds"), services: c.Int("services"),
			nets: newNovelty(c, c.Duration("history")), agents: newNovelty(c, c.Duration("history")), names: newNovelty(c, c.Duration("history"))}
		k.uses = newSpells("key-from-new-network", 24*time.Hour, k.judge)
		return k.uses.stream(k.note, func() int64 { return k.nets.known.count() + k.agents.known.count() + k.names.known.count() })
	},
	Hits: [][]string{append(habit(25), story(
		example{at: "2026-01-09T03:00:00Z", call: "iam:ListUsers", key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"},
		example{at: "2026-01-09T03:00:05Z", call: "iam:CreateUser", key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"},
	)...), append(habit(25), story(
		example{at: "2026-01-09T03:00:00Z", call: "iam:ListRoles", key: "AKIA1", ip: "198.51.100.7"},
		example{at: "2026-01-09T03:00:05Z", call: "sagemaker:CreateNotebookInstance", key: "AKIA1", ip: "198.51.100.7"},
	)...), append(habit(25), story( // an image is replaced
		example{at: "2026-01-09T03:00:00Z", call: "iam:ListUsers", key: "AKIA1", ip: "198.51.100.7", code: "AccessDenied"},
		example{at: "2026-01-09T03:00:05Z", call: "ecr:PutImage", key: "AKIA1", ip: "198.51.100.7"},
	)...)},
	Misses: [][]string{
		habit(25),
		append(habit(5), example{at: "2026-01-09T03:00:00Z", call: "iam:ListUsers", key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"}.String()),
		// The same tool and calls from elsewhere: a build server moved.
		append(habit(25), example{at: "2026-01-09T03:00:00Z", call: "sts:GetCallerIdentity", key: "AKIA1", ip: "198.51.100.7"}.String()),
	},
})
