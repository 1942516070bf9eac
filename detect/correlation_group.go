package detect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// group is what is known of the hits of one group.
type group struct {
	key     string
	attempt bool     // its hits are calls that did not succeed
	waiting []waiter // in the window, and in no finding yet
	missed  int      // hits that could not be kept waiting
	lost    int      // those of them that the open window should list
	last    int64    // when it was hit last
	rising  rising
	whole   whole
	found   draft
	open    bool
	listed  int64 // when the open window took in its last event
	window  uint64
	places  map[Place]int64 // with nested correlations: what was seen, and when
	inner   map[uint64]int64
}

// waiter is a hit that came in at a time, which is its own unless an inner correlation
// handed it on.
type waiter struct {
	hit
	at int64
}

func (n *correlating) touch(key string, now int64) *group {
	g := n.groups.touch(key)
	if g.last == 0 {
		g.key, g.attempt = strings.Clone(key), strings.Count(key, separator) >= max(len(n.Group), 1)
	}
	g.last = now
	return g
}

// add takes a signal in.
func (n *correlating) add(g *group, now int64, s signal) {
	if !n.Measure.rises() {
		if g.whole.hits > 0 && now-g.whole.from > n.span {
			n.finish(g)
		}
		if g.whole.hits == 0 {
			g.whole = whole{from: now}
		}
	} else {
		n.forget(g, now-n.span)
	}
	g.prune(now - n.span)
	again := s.window != 0 && g.again(s.window, now)
	var fresh []hit
	for _, h := range s.hits {
		if !n.nested || g.fresh(h.ref.Place, now) {
			fresh = append(fresh, h)
		}
	}
	values, before := n.valuesIn(&s), g.remembered()
	if n.Measure.rises() {
		g.rising.add(n, now, s.inputs, values, again)
	} else {
		g.whole.add(n, now, s.inputs, values, again)
	}
	n.values += g.remembered() - before
	for _, h := range fresh {
		n.wait(g, waiter{h, now})
	}
}

// remembered is how many bytes the group's distinct values take.
func (g *group) remembered() int { return g.rising.bytes + g.whole.bytes }

// prune forgets what nested correlations said before the window, and all of it where that
// is too much: then an event may be listed twice, and a window count twice.
func (g *group) prune(from int64) {
	if len(g.places)+len(g.inner) < 2*maxWaiting {
		return
	}
	maps.DeleteFunc(g.places, func(_ Place, at int64) bool { return at < from })
	maps.DeleteFunc(g.inner, func(_ uint64, at int64) bool { return at < from })
	if len(g.places)+len(g.inner) >= 2*maxWaiting {
		g.places, g.inner = nil, nil
	}
}

// again reports whether an inner window was there before.
func (g *group) again(window uint64, now int64) bool {
	_, before := g.inner[window]
	if g.inner == nil {
		g.inner = map[uint64]int64{}
	}
	g.inner[window] = now
	return before
}

// fresh reports whether an event has not come in before, by another way.
func (g *group) fresh(p Place, now int64) bool {
	if _, before := g.places[p]; before {
		return false
	}
	if g.places == nil {
		g.places = map[Place]int64{}
	}
	g.places[p] = now
	return true
}

// valuesIn are those of a signal's events.
func (n *correlating) valuesIn(s *signal) (values []string) {
	if n.Measure.Kind == MeasureCount || n.Measure.Kind == MeasureRules || n.Measure.Kind == MeasureOrdered {
		return nil
	}
	for i := range n.Inputs {
		if s.inputs&(1<<i) == 0 {
			continue
		}
		for _, h := range s.hits {
			values = append(values, valuesOf(&n.Inputs[i], h.e)...)
		}
		break // the same event by another input has the same values
	}
	return values
}

// valuesOf are all values of the one field, or of several their combination.
func valuesOf(in *Input, e Evidence) (values []string) {
	names := in.Value[ruleOf(in, e)]
	if len(names) == 1 {
		for _, f := range e {
			if f.Name == names[0] {
				values = append(values, f.Value)
			}
		}
		return values
	}
	parts := make([]string, 0, len(names))
	for _, name := range names {
		if !e.has(name) {
			return nil
		}
		parts = append(parts, strings.ReplaceAll(e.Get(name), separator, ""))
	}
	return []string{strings.Join(parts, separator)}
}

func (n *correlating) wait(g *group, h waiter) {
	if len(g.waiting) >= maxWaiting {
		drop := maxWaiting / 2
		n.waits -= sizeOf(g.waiting[:drop])
		g.missed += drop
		g.waiting = slices.Delete(g.waiting, 0, drop)
	}
	g.waiting = append(g.waiting, h)
	n.waits += h.size()
}

func (h *hit) size() int {
	size := h.ref.size()
	for _, f := range h.e {
		size += len(f.Name) + len(f.Value) + 32
	}
	return size
}

func sizeOf(hits []waiter) (size int) {
	for i := range hits {
		size += hits[i].size()
	}
	return size
}

// forget drops what waits from before the window.
func (n *correlating) forget(g *group, from int64) {
	i := 0
	for i < len(g.waiting) && g.waiting[i].at < from {
		i++
	}
	if i > 0 {
		n.waits -= sizeOf(g.waiting[:i])
		g.waiting = slices.Delete(g.waiting, 0, i)
	}
	if len(g.waiting) == 0 {
		g.missed = 0
	}
}

// take lists what waits: it belongs to a window that holds.
func (n *correlating) take(g *group, now int64) {
	if g.open && g.listed < now-n.span {
		n.end(g)
	}
	if len(g.waiting) == 0 {
		return
	}
	n.waits -= sizeOf(g.waiting)
	hits := make([]hit, len(g.waiting))
	for i := range g.waiting {
		hits[i] = g.waiting[i].hit
	}
	g.waiting = nil
	slices.SortStableFunc(hits, func(a, b hit) int { return compareRefs(a.ref, b.ref) })
	if !g.open {
		g.open, g.lost = true, 0
		n.windows++
		g.window = n.windows
		if n.held != nil {
			severity := n.Severity
			if g.attempt {
				severity = n.Attempts
			}
			g.found.begin(n.subject(g), severity, hits[0].ref)
		}
	}
	g.listed = now
	g.lost, g.missed = g.lost+g.missed, 0
	if n.held == nil {
		n.out = append(n.out, signal{at: now, hits: hits, window: g.window})
		return
	}
	for i := range hits {
		if n.held.add(&g.found, hits[i].ref) {
			n.part(g)
		}
	}
}

// subject names the group.
func (n *correlating) subject(g *group) string {
	if len(n.Group) == 0 {
		return "all events"
	}
	return strings.ReplaceAll(strings.TrimSuffix(g.key, separator), separator, ", ")
}

func (n *correlating) part(g *group) {
	why := fmt.Sprintf("%s: %s within %s (%s)", n.Title, n.Measure.String(), spanText(n.Span), g.found.counts())
	if g.lost > 0 {
		why += fmt.Sprintf("; %d others are not listed", g.lost)
	}
	if n.gone > 0 {
		why += fmt.Sprintf("; %d groups were given up for want of memory", n.gone)
	}
	slices.SortStableFunc(g.found.events, compareRefs)
	n.held.emit(&g.found, why, n.emit)
}

// spanText writes a span as rules do: 90m, 24h.
func spanText(d time.Duration) string {
	text := d.String()
	for _, tail := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, tail) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// end closes the group's open window.
func (n *correlating) end(g *group) {
	if g.open && n.held != nil {
		n.part(g)
	}
	g.open, g.found = false, draft{}
}

// finish judges a whole window that is over.
func (n *correlating) finish(g *group) {
	w := g.whole
	n.values -= w.bytes
	g.whole = whole{}
	if w.hits > 0 && w.holds(n) {
		n.take(g, w.last)
		n.end(g)
		return
	}
	n.waits -= sizeOf(g.waiting)
	g.waiting, g.missed = nil, 0
}

// close ends all that the group has.
func (n *correlating) close(g *group) {
	if !n.Measure.rises() {
		n.finish(g)
	}
	n.end(g)
	n.values -= g.rising.bytes
	n.waits -= sizeOf(g.waiting)
	g.waiting, g.rising = nil, rising{}
}
