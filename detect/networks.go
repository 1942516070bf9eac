package detect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// networks is the state of credential-on-several-networks.
type networks struct {
	c               *Context
	window          time.Duration
	uses            *spells[networkUse]
	least, services int
}

// networkUse is what a key did within a window.
type networkUse struct {
	seen     []seenAt // by address, at most maxSeen
	services few
}

// maxSeen is how many addresses have a bit.
const maxSeen = 64

// seenAt is an address, and when and from what it was used.
type seenAt struct {
	ip          netip.Addr
	first, last time.Time
	before      time.Time // the last use but those of the last second
	agents      few
	after, amid uint64 // bits of the addresses that were in use before the first use, and then again after it
}

func (n *networks) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		ip, ok := InternetAddress(ref.SourceIP)
		if !ok || ref.Credential == "" {
			continue
		}
		v := n.uses.touch(ref.Credential, ref)
		v.x.services.add(ref.EventSource)
		if at := v.x.at(ip, ref.Time, n.window); at != nil {
			at.agents.add(agentOf(ref.UserAgent))
		}
		n.uses.add(v, ref)
	}
}

// at notes a use of an address.
func (u *networkUse) at(ip netip.Addr, t time.Time, window time.Duration) *seenAt {
	i := slices.IndexFunc(u.seen, func(a seenAt) bool { return a.ip == ip })
	if i < 0 {
		return u.begin(ip, t, window)
	}
	x := &u.seen[i]
	if t.After(x.last) {
		x.before, x.last = x.last, t
	}
	for j := range u.seen {
		if y := &u.seen[j]; y.after>>i&1 != 0 && y.first.Before(t) && t.Sub(y.first) <= window {
			y.amid |= 1 << i
		}
	}
	return x
}

// begin notes the first use of an address, nil where there are too many.
func (u *networkUse) begin(ip netip.Addr, t time.Time, window time.Duration) *seenAt {
	if len(u.seen) == maxSeen {
		return nil
	}
	y := seenAt{ip: ip, first: t, last: t}
	for i := range u.seen {
		x := &u.seen[i]
		used := x.last
		if !used.Before(t) { // in the same second: which was first is not known
			used = x.before
		}
		if t.Sub(used) <= window {
			y.after |= 1 << i
		}
	}
	u.seen = append(u.seen, y)
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
// used for the first time while the first was in use, as it was before and after that. A machine has addresses of both
// versions of the protocol: they are not compared with each other.
func (u *networkUse) crossed(c *Context) (a, b *seenAt) {
	for i := range u.seen {
		for j := range u.seen {
			x, y := &u.seen[i], &u.seen[j]
			if y.amid>>i&1 != 0 && x.ip.Is4() == y.ip.Is4() && c.NetworkOf(x.ip) != c.NetworkOf(y.ip) && !x.agents.meets(&y.agents) {
				return x, y
			}
		}
	}
	return nil, nil
}

// meets reports whether two sets have a value in common.
func (f *few) meets(o *few) bool {
	for _, v := range f.values {
		if o.has(v) {
			return true
		}
	}
	return false
}
