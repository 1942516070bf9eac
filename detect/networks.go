package detect

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// networks is the state of credential-on-several-networks.
type networks struct {
	c               *Context
	uses            *spells[networkUse]
	least, services int
}

// networkUse is what a key did within a window.
type networkUse struct {
	seen     []seenAt // by address, at most maxSeen
	services few
}

const maxSeen = 64

// seenAt is an address, and when and from what it was used.
type seenAt struct {
	ip          netip.Addr
	first, last time.Time
	agents      few
}

func (n *networks) note(batch []hit) {
	for i := range batch {
		ref := &batch[i].ref
		ip, ok := internetAddress(ref.SourceIP)
		if !ok || ref.Credential == "" {
			continue
		}
		v := n.uses.touch(ref.Credential, ref)
		v.x.services.add(ref.EventSource)
		if at := v.x.at(ip, ref.Time); at != nil {
			at.agents.add(agentOf(ref.UserAgent))
		}
		n.uses.add(v, *ref)
	}
}

func (u *networkUse) at(ip netip.Addr, t time.Time) *seenAt {
	for i := range u.seen {
		if u.seen[i].ip == ip {
			u.seen[i].last = t
			return &u.seen[i]
		}
	}
	if len(u.seen) == maxSeen {
		return nil
	}
	u.seen = append(u.seen, seenAt{ip: ip, first: t, last: t})
	return &u.seen[len(u.seen)-1]
}

func (n *networks) judge(v *spell[networkUse]) (Severity, string, bool) {
	if v.x.services.len() < n.services {
		return 0, "", false
	}
	var nets, countries few
	for _, a := range v.x.seen {
		nets.add(n.c.NetworkOf(a.ip))
		if at, ok := n.c.locate(a.ip); ok {
			countries.add(at.Country)
		}
	}
	a, b := v.x.crossed(n.c)
	if nets.len() < n.least || a == nil {
		return 0, "", false
	}
	severity, where := Low, ""
	if !longTerm(v.key) || countries.len() > 1 {
		severity = Medium // colleagues share a user's key, nobody shares a session
	}
	if countries.len() > 1 {
		where = " in " + strings.Join(sortedValues(&countries), " and ")
	}
	return severity, fmt.Sprintf("%s at %s (%s) while in use at %s (%s), %s%s, %s", v.who, b.ip, leastOf(&b.agents), a.ip, leastOf(&a.agents),
		plural(nets.len(), "network"), where, plural(v.count, "event")), true
}

// crossed returns two addresses of different networks and systems, of which the second was
// used for the first time while the first was in use. A machine has addresses of both
// versions of the protocol: they are not compared with each other.
func (u *networkUse) crossed(c *Context) (a, b *seenAt) {
	for i := range u.seen {
		for j := range u.seen {
			x, y := &u.seen[i], &u.seen[j]
			if x.first.Before(y.first) && y.first.Before(x.last) && x.ip.Is4() == y.ip.Is4() && c.NetworkOf(x.ip) != c.NetworkOf(y.ip) && !x.agents.meets(&y.agents) {
				return x, y
			}
		}
	}
	return nil, nil
}

// meets reports whether two sets have a value in common.
func (f *few) meets(o *few) bool {
	for v := range f.values {
		if o.has(v) {
			return true
		}
	}
	return false
}
