package detect

import (
	"cmp"
	"fmt"
	"slices"
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
	at     Location
	ref    EventRef // the last event
	listed bool     // the last event is the end of a journey
	calls  int
	why    string
	kmh    float64
}

// note takes the events of a second by their addresses: within it, nobody knows who went where.
func (t *travels) note(batch []hit) {
	if t.c.Locate == nil {
		return
	}
	slices.SortFunc(batch, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.ref.SourceIP, b.ref.SourceIP), compareRefs(a.ref, b.ref))
	})
	for i := range batch {
		ref := batch[i].ref
		ip, ok := InternetAddress(ref.SourceIP)
		if !ok || ref.Principal == "" {
			continue
		}
		at, ok := t.c.locate(ip)
		if !ok || !at.Placed || providerNetworks[at.ASN] {
			continue
		}
		t.arrive(t.of.touch(ref.Principal, ref), ref, at)
	}
}

// arrive notes where a principal is by now. Of its events, the two ends of each journey that nobody can make are the
// finding's.
func (t *travels) arrive(v *spell[travel], ref *EventRef, at Location) {
	x := &v.x
	x.calls++
	far := t.fast(x, ref, at)
	if far && !x.listed {
		t.of.add(v, new(x.ref))
	}
	if far {
		t.of.add(v, ref)
	}
	if x.ref.SourceIP != ref.SourceIP {
		x.at = at
	}
	x.ref, x.listed = *ref, far
}

// fast reports whether nobody can have come so far, and keeps the worst such way in words.
func (t *travels) fast(x *travel, ref *EventRef, at Location) bool {
	d := kilometres(x.at, at)
	if x.calls == 1 || d <= t.distance {
		return false
	}
	took := ref.Time.Sub(x.ref.Time)
	kmh := d / max(took.Hours(), 1.0/60)
	if kmh > t.speed && kmh > x.kmh {
		x.kmh = kmh
		x.why = fmt.Sprintf("%.0f km in %s from %s (%s) to %s (%s)", d, took.Round(time.Minute), x.ref.SourceIP, x.at.place(), ref.SourceIP, at.place())
	}
	return kmh > t.speed
}

func (t *travels) judge(v *spell[travel]) (Severity, string, bool) {
	return Medium, v.x.why + ", among " + plural(v.x.calls, "telling event"), v.x.why != ""
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
