package detect

import (
	"fmt"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "key-tried-then-used",
	Title: "Key tried out at a new address, then used to look around",
	Doc: `A long-term key asked who it is (GetCallerIdentity) from an address that it had never asked from, and within
minutes went on to ask what there is. Whoever finds a key tries it so: scanners for secrets do, and intruders after
them. Innocent causes: the owner at another network whose tool asks first, a new build machine.`,
	Next:       `Ask the key's owner about the address. If nobody knows it: deactivate the key, and find where it was found.`,
	Severity:   Low,
	Techniques: []string{"T1087.004", "T1078.004"},
	Events:     surveyCalls,
	Thresholds: []Threshold{
		historyThreshold(),
		{"window", 5, "minutes", "Suzaku: a listing within minutes of GetCallerIdentity"},
		{"calls", 3, "different calls", "own: one listing is a habit, three are a look around"},
	},
	Record: func(r *parser.Record) (Evidence, bool) {
		if !longTerm(r.Identity.AccessKeyID) {
			return nil, false
		}
		return surveyed(r)
	},
	Judge: func(c *Context) Stream {
		s := &triedKeys{least: c.Int("calls"), places: newNovelty(c, c.Duration("history")), keys: newNovelty(c, c.Duration("history")), agents: newNovelty(c, c.Duration("history"))}
		s.of = newSpells("key-tried-then-used", c.Duration("window"), s.judge)
		return s.of.stream(s.note, func() int64 { return s.places.known.count() + s.keys.known.count() + s.agents.known.count() })
	},
	Hits: [][]string{append(askedDaily(), story(
		example{at: "2026-01-06T03:00:00Z", call: "sts:GetCallerIdentity", key: "AKIA1", ip: exampleFar},
		example{at: "2026-01-06T03:00:09Z", call: "s3:ListBuckets", key: "AKIA1", ip: exampleFar},
		example{at: "2026-01-06T03:00:19Z", call: "iam:ListUsers", key: "AKIA1", ip: exampleFar},
		example{at: "2026-01-06T03:00:29Z", call: "ec2:DescribeInstances", key: "AKIA1", ip: exampleFar},
	)...)},
	Misses: [][]string{
		append(askedDaily(), story(
			example{at: "2026-01-06T03:00:00Z", call: "sts:GetCallerIdentity", key: "AKIA1"},
			example{at: "2026-01-06T03:00:09Z", call: "s3:ListBuckets", key: "AKIA1"},
			example{at: "2026-01-06T03:00:19Z", call: "iam:ListUsers", key: "AKIA1"},
			example{at: "2026-01-06T03:00:29Z", call: "ec2:DescribeInstances", key: "AKIA1"},
		)...),
		append(askedDaily(), example{at: "2026-01-06T03:00:00Z", call: "sts:GetCallerIdentity", key: "AKIA1", ip: exampleFar}.String()),
	},
})

// triedKeys is the state of key-tried-then-used.
type triedKeys struct {
	least                int
	places, keys, agents *novelty
	of                   *spells[triedKey]
}

type triedKey struct {
	fresh, asked, agent bool // the address, or the key itself; who it is; the tool
	calls, refused      few
}

func (s *triedKeys) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		v := s.of.touch(ref.Credential+" at "+ref.SourceIP, ref)
		v.x.fresh = s.places.see(ref.Credential, ref.SourceIP, ref.Time) || v.x.fresh
		v.x.fresh = s.keys.see(ref.Account, ref.Credential, ref.Time) || v.x.fresh
		v.x.agent = s.agents.see(ref.Credential, agentOf(ref.UserAgent), ref.Time) || v.x.agent
		if ref.Name == "GetCallerIdentity" {
			v.x.asked = true
		} else {
			v.x.calls.add(callOf(ref))
		}
		if ref.ErrorCode != "" {
			v.x.refused.add(callOf(ref))
		}
		s.of.add(v, ref)
	}
}

func (s *triedKeys) judge(v *spell[triedKey]) (Severity, string, bool) {
	severity := Low
	if v.x.agent && v.x.refused.len() > 0 {
		severity = Medium // a tool that is new too, and does not know what it may
	}
	return severity, fmt.Sprintf("%s was tried out at an address that is new, then asked: %s (%d refused)", v.key, orList(&v.x.calls), v.x.refused.len()),
		v.x.fresh && v.x.asked && v.x.calls.len() >= s.least
}
