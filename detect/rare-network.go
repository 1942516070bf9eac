package detect

import (
	"fmt"
)

var _ = register(&Detector{
	ID:    "rare-network",
	Title: "Changes from a network that a principal hardly ever uses",
	Doc: `Nearly all telling calls of a principal came from a cloud provider's network, as a program's do, and a few,
which changed something, from another one. Somebody used the program's credential from elsewhere. The innocent cause
is an administrator who tries something out with it. Without a database of networks (see the report's section on
detection) nothing is found.`,
	Next: `Ask who used the credential from that network; if nobody did, replace it, and follow what came from there:
filter timeline.csv by the column source_ip.`,
	Severity:   Medium,
	Techniques: []string{"T1078.004"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"calls", 100, "calls", "Elastic: unusual autonomous system, events from trusted ones"},
		{"share", 1, "percent", "Elastic: unusual autonomous system"},
		{"changes", 2, "calls", "Elastic: unusual autonomous system, suspicious actions"},
	},
	Needs:  []Need{NeedsGeography},
	Record: tellingAbroad,
	Judge: func(c *Context) Stream {
		n := &rareNetworks{c: c, calls: c.Int("calls"), share: c.Number("share"), least: c.Int("changes")}
		n.uses = newSpells("rare-network", noveltyIdle, n.judge)
		return n.uses.stream(n.note, nil)
	},
	Hits: [][]string{append(fromCloud(250), story(
		example{at: "23:00:00", call: "iam:CreateUser", key: "AKIA1", ip: exampleNear},
		example{at: "23:00:09", call: "iam:CreateAccessKey", key: "AKIA1", ip: exampleNear})...)},
	Misses: [][]string{
		fromCloud(250),
		append(fromCloud(50), story( // too few to know
			example{at: "23:00:00", call: "iam:CreateUser", key: "AKIA1", ip: exampleNear},
			example{at: "23:00:09", call: "iam:CreateAccessKey", key: "AKIA1", ip: exampleNear})...),
		append(fromCloud(250), example{at: "23:00:00", call: "iam:ListUsers", key: "AKIA1", ip: exampleNear}.String()),
	},
})

// exampleCloud is an address of the examples that lies in a cloud provider's network.
const exampleCloud = "192.0.2.10"

// fromCloud is an example of n calls of a program.
func fromCloud(n int) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("03:%02d:%02d", i/60, i%60), call: "sts:GetCallerIdentity", key: "AKIA1", ip: exampleCloud}.String())
	}
	return records
}

// rareNetworks is the state of rare-network.
type rareNetworks struct {
	c            *Context
	uses         *spells[networkShare]
	calls, least int
	share        float64
}

type networkShare struct {
	trusted, other, changes int
	networks                few
}

func (n *rareNetworks) note(batch []hit) {
	if n.c.Locate == nil {
		return
	}
	for i := range batch {
		ref := batch[i].ref
		ip, ok := InternetAddress(ref.SourceIP)
		if !ok {
			continue
		}
		at, ok := n.c.locate(ip)
		if !ok || at.ASN == 0 {
			continue
		}
		v := n.uses.touch(SubjectOf(ref), ref)
		if providerNetworks[at.ASN] {
			v.x.trusted++
			continue
		}
		v.x.other++
		v.x.networks.add(at.Network)
		if ref.changes() {
			v.x.changes++
		}
		n.uses.add(v, ref)
	}
}

func (n *rareNetworks) judge(v *spell[networkShare]) (Severity, string, bool) {
	all := v.x.trusted + v.x.other
	ok := v.x.trusted >= n.calls && v.x.changes >= n.least && float64(v.x.other)*100 <= n.share*float64(all)
	return Medium, fmt.Sprintf("%d of %d telling calls, %d of them changes, from %s, the others from cloud providers", v.x.other, all, v.x.changes, orList(&v.x.networks)), ok
}

// orList names a few values of a set.
func orList(f *few) string {
	var w reasons
	for _, v := range sortedValues(f) {
		w.add(v)
	}
	return w.String()
}
