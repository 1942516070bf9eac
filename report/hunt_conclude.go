package report

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/coldtrail/coldtrail/scan"
)

// concluded is which findings the new revision has, those that stay and those that are
// new, and which events they list: some 16 bytes for each, as memberships have.
type concluded struct {
	was      *memberships // of the latest revision, all of them, in the order of its table
	findings []huntFinding
	events   []eventFinding // by ordinal; of one event in the order of the findings
	wasLists []eventFinding // of the latest revision, by ordinal
}

// A huntFinding is a finding of the new revision.
type huntFinding struct {
	scan.Membership
	first  uint64 // ordinal of its first event, by which findings are in order
	stays  bool
	events int // that it lists, if it stays
}

// before orders findings: by their first events, then by ID.
func (f *huntFinding) before(o *huntFinding) bool {
	return cmp.Or(cmp.Compare(f.first, o.first), cmp.Compare(f.Finding, o.Finding)) < 0
}

// conclude brings the findings that stay and the new ones into one order.
func (h *hunt) conclude() (*concluded, error) {
	c := &concluded{was: &memberships{}}
	if err := c.was.read(filepath.Join(h.store.dir, filepath.FromSlash(revisionName(h.latest)))); err != nil {
		return nil, fmt.Errorf("%s: %w", revisionName(h.latest), err)
	}
	stay := c.standing(h.stays)
	fresh, lists, err := h.found()
	if err != nil {
		return nil, err
	}
	numbers := [2][]uint32{make([]uint32, len(stay)), make([]uint32, len(fresh))} // in the new order
	for i, j := 0, 0; i < len(stay) || j < len(fresh); {
		from, n := &stay, &i
		if i == len(stay) || j < len(fresh) && fresh[j].before(&stay[i]) {
			from, n = &fresh, &j
		}
		which := 0
		if from == &fresh {
			which = 1
		}
		numbers[which][*n] = uint32(len(c.findings))
		c.findings = append(c.findings, (*from)[*n])
		*n++
	}
	stayed := c.stayed(h.stays)
	for _, e := range c.was.events {
		if n := stayed[e.finding]; n >= 0 {
			c.events = append(c.events, eventFinding{e.ordinal, numbers[0][n]})
		}
	}
	for _, e := range lists {
		c.events = append(c.events, eventFinding{e.ordinal, numbers[1][e.finding]})
	}
	c.sort()
	return c, nil
}

func (c *concluded) sort() {
	byOrdinal := func(a, b eventFinding) int {
		return cmp.Or(cmp.Compare(a.ordinal, b.ordinal), cmp.Compare(a.finding, b.finding))
	}
	slices.SortFunc(c.events, byOrdinal)
	c.events = slices.Compact(c.events)
	c.wasLists = slices.Clone(c.was.events)
	slices.SortFunc(c.wasLists, byOrdinal)
}

// stayed numbers those of the latest findings that stay; -1: it does not.
func (c *concluded) stayed(stays map[string]bool) []int {
	numbers, n := make([]int, len(c.was.findings)), 0
	for i := range c.was.findings {
		if numbers[i] = -1; stays[c.was.findings[i].Detector] {
			numbers[i] = n
			n++
		}
	}
	return numbers
}

// standing returns the findings that stay, in their order.
func (c *concluded) standing(stays map[string]bool) []huntFinding {
	numbers := c.stayed(stays)
	var all []huntFinding
	for _, e := range c.was.events { // as the table has them: each finding's events together
		n := numbers[e.finding]
		if n < 0 {
			continue
		}
		if n == len(all) {
			f := &c.was.findings[e.finding]
			all = append(all, huntFinding{Membership: scan.Membership{Finding: f.ID, Detector: f.Detector, Severity: f.Severity}, first: e.ordinal, stays: true})
		}
		all[n].events++
	}
	return all
}

// found returns the new findings, in their order, and the events that they list.
func (h *hunt) found() (all []huntFinding, lists []eventFinding, err error) {
	known := make(map[string]uint32)
	for head, err := range h.scan.Heads() {
		if err != nil {
			return nil, nil, err
		}
		known[head.ID] = uint32(len(all))
		all = append(all, huntFinding{Membership: scan.Membership{Finding: head.ID, Detector: head.Detector, Severity: head.Severity}})
	}
	for l, err := range h.scan.Lists() {
		if err != nil {
			return nil, nil, err
		}
		n, ok := known[l.Finding]
		if !ok {
			return nil, nil, errors.New("an event is listed by a finding that is not there")
		}
		if f := &all[n]; f.events == 0 {
			f.first = l.Ordinal
			f.events = 1
		}
		lists = append(lists, eventFinding{l.Ordinal, n})
	}
	return all, lists, nil
}

// ordinals returns the events that such findings list, rising.
func (c *concluded) ordinals(wanted func(*huntFinding) bool) []uint64 {
	is := make([]bool, len(c.findings))
	for i := range c.findings {
		is[i] = wanted(&c.findings[i])
	}
	var all []uint64
	for _, e := range c.events {
		if n := len(all); is[e.finding] && (n == 0 || all[n-1] != e.ordinal) {
			all = append(all, e.ordinal)
		}
	}
	return all
}

// fresh counts the new findings, and the events that they list.
func (c *concluded) fresh() (findings, events int) {
	for i := range c.findings {
		if !c.findings[i].stays {
			findings++
		}
	}
	return findings, len(c.ordinals(func(f *huntFinding) bool { return !f.stays }))
}

// of returns the findings that list an event, and rest, the lists without them: lists begins with
// the first event that was not asked for.
func (c *concluded) of(ordinal uint64, lists []eventFinding) (findings []scan.Membership, rest []eventFinding) {
	for len(lists) > 0 && lists[0].ordinal == ordinal {
		findings = append(findings, c.findings[lists[0].finding].Membership)
		lists = lists[1:]
	}
	return findings, lists
}

// heads yields the heads of all findings in their order.
func (h *hunt) heads(yield func(scan.FindingHead, error) bool) {
	for n, err := range h.headsOf(func(int) bool { return true }) {
		if !yield(n.FindingHead, err) {
			return
		}
	}
}

// accusers yields the heads of those findings that accuse.
func (h *hunt) accusers(yield func(scan.FindingHead, error) bool) {
	for n, err := range h.headsOf(func(i int) bool { f := &h.concluded.findings[i]; return accuses(f.Detector, f.Severity) }) {
		if !yield(n.FindingHead, err) {
			return
		}
	}
}

// A numberedHead is a finding's head and its place among all findings.
type numberedHead struct {
	scan.FindingHead
	number int
}

// headsOf yields the heads of some findings, by their numbers, in their order. The lines of others that stay are not taken apart. Who ranges over
// it waits until nobody else does: the heads of new findings can be read by one at a time.
func (h *hunt) headsOf(wanted func(number int) bool) func(yield func(numberedHead, error) bool) {
	return func(yield func(numberedHead, error) bool) {
		h.reading.Lock()
		defer h.reading.Unlock()
		lines, err := h.openKept()
		if err != nil {
			yield(numberedHead{}, err)
			return
		}
		defer lines.close()
		fresh := newPull(h.scan.Heads())
		defer fresh.stop()
		for i := range h.concluded.findings {
			f := &h.concluded.findings[i]
			n, yes := numberedHead{number: i}, wanted(i)
			switch {
			case !f.stays:
				n.FindingHead, err = fresh.next()
			case yes:
				n.FindingHead, err = lines.headOf(f.Finding)
			}
			if (err != nil || yes) && !yield(n, err) || err != nil {
				return
			}
		}
	}
}

// headOf goes on to the finding of that ID, and passes over the rest of its line.
func (k *keptLines) headOf(id string) (scan.FindingHead, error) {
	line, err := k.next(id)
	if err != nil {
		return scan.FindingHead{}, err
	}
	return line.FindingHead, k.skip()
}
