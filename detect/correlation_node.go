package detect

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// correlating is the state of one Correlation: of the outermost, or of one that another looks at.
type correlating struct {
	*Correlation
	span     int64          // seconds
	children []*correlating // by input; nil for a rule
	nested   bool
	delay    int64 // seconds by which children may be late
	pending  []signal
	groups   *table[group]
	held     *ledger // of the findings; nil below the outermost
	waits    int     // bytes of all that waits
	values   int     // bytes of the distinct values that groups remember
	gone     int     // groups that had to give way
	windows  uint64  // maximal windows so far
	need     int     // of a rising measure: so many decide
	most     int     // of any other: more make no difference
	out      []signal
	emit     func(Finding)
}

// A signal is what an input says: a hit of a rule, or the events that a window of an inner
// correlation took in.
type signal struct {
	at     int64
	inputs uint64 // a bit for each
	hits   []hit
	window uint64 // of the inner correlation; 0: none
}

// The bounds of a node. maxWaiting is for one group, maxWaitingBytes for all.
const (
	maxWaiting      = 2_000
	maxWaitingBytes = 8 << 20
	maxPending      = 20_000
	stateBytes      = 32 << 20
)

func newCorrelating(c *Correlation, emit func(Finding)) *correlating {
	n := &correlating{Correlation: c, span: int64(c.Span / time.Second), emit: emit, need: c.Measure.need(), most: c.Measure.most()}
	if emit != nil {
		n.held = newLedger(c.ID)
	}
	for _, in := range c.Inputs {
		var child *correlating
		if in.Of != nil {
			child = newCorrelating(in.Of, nil)
			n.nested = true
			n.delay = max(n.delay, child.late())
		}
		n.children = append(n.children, child)
	}
	n.groups = newTable(n.maxGroups(), func(_ string, g *group) {
		n.gone++
		n.close(g)
	})
	return n
}

// maxGroups is so many that what they remember stays within stateBytes.
func (n *correlating) maxGroups() int {
	size := 8*n.need + 256 // count
	switch n.Measure.Kind {
	case MeasureDistinct:
		size = distinctBytes * (2*min(n.need, n.most) + 64) // short ones; relieve sees to the others
	case MeasureOrdered:
		size = 8 * len(n.Inputs) * (len(n.Inputs) + len(n.Measure.Chains))
	case MeasureSum:
		size = 16 * int(min(n.span, 86400))
	case MeasurePercentile:
		size = 8 * maxNumbers
	}
	return min(max(stateBytes/size, 64), DefaultMaxOpen)
}

// late is by how many seconds the node's signals may follow their time.
func (n *correlating) late() int64 {
	if n.Measure.rises() {
		return n.delay
	}
	return n.delay + 2*n.span
}

// second takes in the hits of one second and returns what the node has to say by then.
func (n *correlating) second(now int64, batch []hit) []signal {
	n.out = nil
	signals := n.read(now, batch)
	if n.delay == 0 {
		n.judge(now, signals)
		return n.out
	}
	n.pending = append(n.pending, signals...)
	slices.SortStableFunc(n.pending, func(a, b signal) int { return cmp.Compare(a.at, b.at) })
	n.release(now - n.delay)
	return n.out
}

// read makes signals of a second's hits.
func (n *correlating) read(now int64, batch []hit) (all []signal) {
	rules := map[string]uint64{}
	for i, child := range n.children {
		if child == nil {
			rules[n.Inputs[i].Rule] |= 1 << i
			continue
		}
		for _, s := range child.second(now, batch) {
			s.inputs = 1 << i
			all = append(all, s)
		}
	}
	for i := range batch {
		var inputs uint64
		for _, f := range batch[i].e {
			if f.Name == FactRule {
				inputs |= rules[f.Value]
			}
		}
		if inputs == 0 {
			continue
		}
		hits := batch[i : i+1]
		if n.delay > 0 {
			hits = slices.Clone(hits) // the batch is used again before they are judged
		}
		all = append(all, signal{at: now, inputs: inputs, hits: hits})
	}
	return all
}

// release judges what is pending up to a time, second by second.
func (n *correlating) release(until int64) {
	for len(n.pending) > 0 && (n.pending[0].at <= until || len(n.pending) > maxPending) {
		end := 1
		for end < len(n.pending) && n.pending[end].at == n.pending[0].at {
			end++
		}
		now := slices.Clone(n.pending[:end])
		n.pending = slices.Delete(n.pending, 0, end)
		n.judge(now[0].at, now)
	}
}

// judge distributes the signals of one second and asks the groups that they concern.
func (n *correlating) judge(now int64, signals []signal) {
	n.expire(now)
	var touched []*group
	for _, s := range signals {
		for _, part := range n.divide(s) {
			g := n.touch(part.key, now)
			n.add(g, now, part.signal)
			if !slices.Contains(touched, g) {
				touched = append(touched, g)
			}
		}
	}
	for _, g := range touched {
		if n.Measure.rises() && g.rising.holds(n, now-n.span) {
			n.take(g, now)
		}
	}
	n.relieve()
}

// keyed is the part of a signal that belongs to one group.
type keyed struct {
	key string
	signal
}

// divide splits a signal by group. The inputs of one event can have groups of their own,
// where aliases lead to different members.
func (n *correlating) divide(s signal) (parts []keyed) {
	for i := range n.Inputs {
		if s.inputs&(1<<i) == 0 {
			continue
		}
		for _, h := range s.hits {
			key := n.groupKey(&n.Inputs[i], h.e)
			at := slices.IndexFunc(parts, func(p keyed) bool { return p.key == key })
			if at < 0 {
				at = len(parts)
				parts = append(parts, keyed{key, signal{at: s.at, window: s.window}})
			}
			p := &parts[at]
			p.inputs |= 1 << i
			if len(s.hits) == 1 && len(p.hits) == 1 {
				continue // the same event by another input
			}
			p.hits = append(p.hits, h)
		}
	}
	return parts
}

// missing stands for a value that an event does not have: those events are a group, too.
const missing = "(missing)"

// separator divides the values of a group's key: no value holds it.
const separator = "\x00"

// groupKey is the values of what is grouped by. Behind that of attempts stands one separator more.
func (n *correlating) groupKey(in *Input, e Evidence) string {
	names := in.Group[ruleOf(in, e)]
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = missing
		if e.has(name) {
			values[i] = strings.ReplaceAll(e.Get(name), separator, "")
		}
	}
	key := strings.Join(values, separator)
	if n.Apart && e.has(FactOutcome) {
		key += separator
	}
	return key
}

// ruleOf is the rule below the input by which its event got there.
func ruleOf(in *Input, e Evidence) string {
	if in.Of == nil {
		return in.Rule
	}
	for _, f := range e {
		if _, known := in.Group[f.Value]; f.Name == FactRule && known {
			return f.Value
		}
	}
	return ""
}

// expire closes the groups that no hit at now or later can extend.
func (n *correlating) expire(now int64) {
	n.groups.expire(func(_ string, g *group) bool {
		over := now-g.last > n.span
		if over {
			n.close(g)
		}
		return over
	})
}

// relieve makes room where groups hold too much.
func (n *correlating) relieve() {
	if n.values > stateBytes { // whoever calls chooses names that are long
		n.groups.expire(func(_ string, g *group) bool {
			if n.values <= stateBytes/2 || len(n.groups.nodes) == 1 {
				return false
			}
			n.gone++
			n.close(g)
			return true
		})
	}
	if n.held != nil && n.held.full() {
		n.groups.each(func(_ string, g *group) {
			if n.held.aboveHalf() && len(g.found.events) > 0 {
				n.part(g)
			}
		})
	}
	if n.waits > maxWaitingBytes {
		n.groups.each(func(_ string, g *group) {
			if n.waits > maxWaitingBytes/2 && len(g.waiting) > 0 {
				g.missed += len(g.waiting)
				n.waits -= sizeOf(g.waiting)
				g.waiting = nil
			}
		})
	}
}

// evicted returns how many groups had to give way, of inner correlations too.
func (n *correlating) evicted() int64 {
	all := int64(n.gone)
	for _, child := range n.children {
		if child != nil {
			all += child.evicted()
		}
	}
	return all
}

// flush ends the pass; it returns what the node still has to say.
func (n *correlating) flush() []signal {
	n.out = nil
	for i, child := range n.children {
		if child == nil {
			continue
		}
		for _, s := range child.flush() {
			s.inputs = 1 << i
			n.pending = append(n.pending, s)
		}
	}
	slices.SortStableFunc(n.pending, func(a, b signal) int { return cmp.Compare(a.at, b.at) })
	for len(n.pending) > 0 {
		n.release(n.pending[len(n.pending)-1].at)
	}
	n.groups.expire(func(_ string, g *group) bool { n.close(g); return true })
	return n.out
}
