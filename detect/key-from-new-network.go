package detect

import (
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "key-from-new-network",
	Title: "Long-term key used from a network that it never was used from",
	Doc: `A user's access key made telling calls from a network, and with a tool, from which it never came in the days
before. Programs call from the same places for months: a copied key shows so first. Innocent causes: a person who
travels or works elsewhere, a build server that moved, a new provider of the office. What else is new, the calls
themselves, decides how severe it is. Without a database of networks, networks are told apart by the first half of
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
	},
	Needs: []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if !longTerm(r.Identity.AccessKeyID) {
			return nil, false
		}
		return tellingAbroad(r)
	},
	Judge: func(c *Context) Stream {
		k := &newNetworks{c: c, calls: c.Int("calls"), least: c.Int("new-calls"),
			nets: newNovelty(c, c.Duration("history")), agents: newNovelty(c, c.Duration("history")), names: newNovelty(c, c.Duration("history"))}
		k.uses = newSpells("key-from-new-network", 24*time.Hour, k.judge)
		return k.uses.stream(k.note, func() int64 { return k.nets.known.count() + k.agents.known.count() + k.names.known.count() })
	},
	Hits: [][]string{append(habit(25), story(
		example{at: "2026-01-09T03:00:00Z", call: "iam:ListUsers", key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"},
		example{at: "2026-01-09T03:00:05Z", call: "iam:CreateUser", key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"},
	)...)},
	Misses: [][]string{
		habit(25),
		append(habit(5), example{at: "2026-01-09T03:00:00Z", call: "iam:ListUsers", key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"}.String()),
		// The same tool and calls from elsewhere: a build server moved.
		append(habit(25), example{at: "2026-01-09T03:00:00Z", call: "sts:GetCallerIdentity", key: "AKIA1", ip: "198.51.100.7"}.String()),
	},
})

// newNetworks is the state of key-from-new-network.
type newNetworks struct {
	c                   *Context
	calls, least        int
	nets, agents, names *novelty
	uses                *spells[newNetworkUse]
}

type newNetworkUse struct {
	network  string
	days     int
	newAgent bool
	newCalls few
	changed  bool
}

func (k *newNetworks) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		ip, ok := InternetAddress(ref.SourceIP)
		if !ok {
			continue
		}
		key, network := ref.Credential, k.c.NetworkOf(ip)
		days := k.nets.days(key, ref.Time)
		newAgent := k.agents.see(key, agentOf(ref.UserAgent), ref.Time)
		newCall := k.names.see(key, callOf(ref), ref.Time)
		fresh := k.nets.see(key, network, ref.Time)
		spell := key + " from " + network
		if !fresh && k.uses.open.peek(spell, ref.Time) == nil {
			continue
		}
		if s := k.nets.known.peek(key, ref.Time); fresh && s.before < k.calls {
			continue
		}
		v := k.uses.touch(spell, ref)
		if fresh {
			v.x.network, v.x.days = network, days
		}
		v.x.newAgent = v.x.newAgent || newAgent
		v.x.changed = v.x.changed || ref.changes()
		if newCall {
			v.x.newCalls.add(callOf(ref))
		}
		k.uses.add(v, ref)
	}
}

func (k *newNetworks) judge(v *spell[newNetworkUse]) (Severity, string, bool) {
	severity := Low
	var what string
	switch n := v.x.newCalls.len(); {
	case !v.x.newAgent && n < k.least:
		return 0, "", false
	case v.x.newAgent && n >= k.least:
		severity, what = Medium, fmt.Sprintf("network and tool, and %s", plural(n, "call"))
	case v.x.newAgent:
		what = "network and tool"
	default:
		what = fmt.Sprintf("network and %s", plural(n, "call"))
	}
	return severity, fmt.Sprintf("first use of this %s by key of %s in %s of evidence: %s, %s", what, v.who, plural(v.x.days, "day"), v.x.network, plural(v.count, "event")), true
}
