package detect

import (
	"fmt"
	"strings"
	"time"
)

var _ = register(&Detector{
	ID:    "role-chain",
	Title: "Roles assumed one with the session of the other",
	Doc: `A session of a role assumed a role, whose session assumed a further one: a way that leads far from
whoever began it, across accounts, or back to a role that it had before, which renews a session beyond the time that
its owner allowed. Innocent causes: deployments that go through a central account (two roles, seldom three), tools that
renew their own session because a chained one lasts an hour. From three accounts back to a role that was left before is medium: a deployment
ends where it leads, and has its first role still. The chain's first credential is the one to ask about.`,
	Next: `Follow the chain down (coldtrail pivot with the first credential). Revoke the sessions of all its roles
from the first on; narrow the trust policies between them.`,
	Severity:   Low,
	Techniques: []string{"T1550.001", "T1548"},
	Events:     []string{"sts.amazonaws.com:AssumeRole"},
	Thresholds: []Threshold{
		{"roles", 3, "roles", "Elastic: role chaining names a session that assumes a role; own: two are a deployment's everyday"},
		{"accounts", 3, "accounts", "own: a central account and its target are two"},
		{"renewed", 12, "hours", "AWS: the longest session that a role may allow"},
	},
	Needs:  []Need{NeedsAccounts},
	Record: roleAssumed.Record,
	Judge:  func(c *Context) Stream { return newChains(c).stream() },
	Hits: [][]string{
		story(
			example{at: "03:00:00", call: "sts:AssumeRole", key: "AKIA1", in: `{"roleArn":"arn:aws:iam::111122223333:role/a"}`, out: issuedKey("ASIA1")},
			example{at: "03:01:00", call: "sts:AssumeRole", key: "ASIA1", who: "a/s", in: `{"roleArn":"arn:aws:iam::111122223333:role/b"}`, out: issuedKey("ASIA2")},
			example{at: "03:02:00", call: "sts:AssumeRole", key: "ASIA2", who: "b/s", in: `{"roleArn":"arn:aws:iam::111122223333:role/c"}`, out: issuedKey("ASIA3")},
		),
		story( // of another partition
			govExample("03:00:00", "ASIA0", "z/s", "a", "ASIA1"),
			govExample("03:01:00", "ASIA1", "a/s", "b", "ASIA2"),
			govExample("03:02:00", "ASIA2", "b/s", "c", "ASIA3"),
		),
		renewals(15),
		chainOf("111122223333/ci", "222233334444/net", "333344445555/data", "111122223333/ci"),
	},
	Misses: [][]string{
		story(
			example{at: "03:00:00", call: "sts:AssumeRole", key: "AKIA1", in: `{"roleArn":"arn:aws:iam::111122223333:role/a"}`, out: issuedKey("ASIA1")},
			example{at: "03:01:00", call: "sts:AssumeRole", key: "ASIA1", who: "a/s", in: `{"roleArn":"arn:aws:iam::111122223333:role/b"}`, out: issuedKey("ASIA2")},
		),
		renewals(5),
	},
})

// govExample is an example of a session that assumes a role of the US government's partition.
func govExample(at, key, session, role, issued string) example {
	return example{at: at, call: "sts:AssumeRole", key: key, region: "us-gov-west-1",
		who: `{"type":"AssumedRole","arn":"arn:aws-us-gov:sts::111122223333:assumed-role/` + session + `","accountId":"111122223333","accessKeyId":"` + key + `"}`,
		in:  `{"roleArn":"arn:aws-us-gov:iam::111122223333:role/` + role + `"}`, out: issuedKey(issued)}
}

// chainOf is an example of a user's key that goes from role to role, "account/name", a minute each.
func chainOf(roles ...string) (records []string) {
	user := ""
	for i, role := range roles {
		account, name, _ := strings.Cut(role, "/")
		key := fmt.Sprintf("ASIA%d", i)
		if i == 0 {
			key = "AKIA1"
		}
		records = append(records, example{at: fmt.Sprintf("03:%02d:00", i), call: "sts:AssumeRole", key: key, who: user,
			in: fmt.Sprintf(`{"roleArn":"arn:aws:iam::%s:role/%s"}`, account, name), out: issuedKey(fmt.Sprintf("ASIA%d", i+1))}.String())
		user = fmt.Sprintf(`{"type":"AssumedRole","arn":"arn:aws:sts::%s:assumed-role/%s/s","accountId":"%s","accessKeyId":"ASIA%d"}`, account, name, account, i+1)
	}
	return records
}

// renewals is an example of a session that assumes its own role again, n times, each hour.
func renewals(n int) (records []string) {
	for i := range n {
		records = append(records, example{at: time.Date(2026, 1, 2, i, 0, 0, 0, time.UTC).Format(time.RFC3339), call: "sts:AssumeRole",
			key: fmt.Sprint("ASIA", i), who: "a/s", in: `{"roleArn":"arn:aws:iam::111122223333:role/a"}`, out: issuedKey(fmt.Sprint("ASIA", i+1))}.String())
	}
	return records
}

// chains is the state of role-chain: how each issued key came about.
type chains struct {
	c               *Context
	of              *fading[chain]
	found           *spells[chainUse]
	roles, accounts int
	renewed         time.Duration
}

// A chain is the way to a key.
type chain struct {
	root  string    // the credential that began it
	path  []string  // the ARNs of its roles, the caller's first where that is all we know
	since time.Time // of its first role
}

// maxPath is how many roles of a way are remembered: a session that renews itself has one.
const maxPath = 16

// A chainUse is what the chains of one root came to: the longest, one that led back to a role that it had before, and one
// that led back to a role that it had left for another.
type chainUse struct{ longest, back, round chain }

func newChains(c *Context) *chains {
	s := &chains{c: c, of: newFading[chain](maxSubjects, instanceIdle, nil), roles: c.Int("roles"), accounts: c.Int("accounts"), renewed: c.Duration("renewed")}
	s.found = newSpells("role-chain", 24*time.Hour, s.judge)
	return s
}

func (s *chains) stream() Stream { return s.found.stream(s.note, s.of.count) }
