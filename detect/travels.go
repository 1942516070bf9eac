package detect

import (
	"fmt"
	"time"
)

// travels is the state of impossible-travel.
type travels struct {
	c               *Context
	of              *spells[travel]
	speed, distance float64
}

// travel is where a principal was last, and the worst way that it went.
type travel struct {
	at   Location
	from string
	last time.Time
	why  string
	kmh  float64
}

func (t *travels) note(batch []hit) {
	if t.c.Locate == nil {
		return
	}
	for i := range batch {
		ref := &batch[i].ref
		ip, ok := internetAddress(ref.SourceIP)
		if !ok || ref.Principal == "" {
			continue
		}
		at, ok := t.c.locate(ip)
		if !ok || !at.Placed || providerNetworks[at.ASN] {
			continue
		}
		v := t.of.touch(ref.Principal, ref)
		t.of.add(v, *ref)
		x := &v.x
		if d := kilometres(x.at, at); !x.last.IsZero() && d > t.distance {
			hours := max(ref.Time.Sub(x.last).Hours(), 1.0/60)
			if kmh := d / hours; kmh > t.speed && kmh > x.kmh {
				x.kmh = kmh
				x.why = fmt.Sprintf("%.0f km in %s from %s (%s) to %s (%s)", d, ref.Time.Sub(x.last).Round(time.Minute), x.from, x.at.place(), ref.SourceIP, at.place())
			}
		}
		if x.from != ref.SourceIP {
			x.at, x.from = at, ref.SourceIP
		}
		x.last = ref.Time
	}
}

func (t *travels) judge(v *spell[travel]) (Severity, string, bool) {
	return Medium, v.x.why + ", " + plural(v.count, "telling event"), v.x.why != ""
}

// place names a location in words.
func (l Location) place() string {
	if l.City == "" {
		return l.Country
	}
	return l.City + ", " + l.Country
}

// providerNetworks are the autonomous systems of the large cloud providers.
var providerNetworks = map[uint32]bool{16509: true, 14618: true, 8987: true, 7224: true, 8075: true, 15169: true, 396982: true, 31898: true, 14061: true}
