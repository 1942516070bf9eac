package detect

import "fmt"

// newNetworks is the state of key-from-new-network.
type newNetworks struct {
	c                   *Context
	calls, least        int
	deeds, services     int
	nets, agents, names *novelty
	uses                *spells[newNetworkUse]
}

type newNetworkUse struct {
	network  string
	days     int
	newAgent bool
	newCalls few
	deeds    few // those of them that changed something
	services few // of the deeds
	handed   few // those of the deeds that hand a role or data over
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
		if newCall {
			v.x.newCalls.add(callOf(ref))
			if ref.changes() {
				v.x.deeds.add(callOf(ref))
				v.x.services.add(ref.EventSource)
				if ref.hands() {
					v.x.handed.add(callOf(ref))
				}
			}
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
	if n := v.x.handed.len(); n > 0 && v.x.newCalls.len() >= k.least {
		severity = Medium
		what += fmt.Sprintf(", of which %d to hand a role or data over", n)
	}
	if deeds, services := v.x.deeds.len(), v.x.services.len(); deeds >= k.deeds && services >= k.services {
		severity = Medium
		what += fmt.Sprintf(", of which %d changed something in %s", deeds, plural(services, "service"))
	}
	return severity, fmt.Sprintf("first use of this %s by key of %s in %s of evidence: %s, %s", what, v.who, plural(v.x.days, "day"), v.x.network, plural(v.count, "event")), true
}
