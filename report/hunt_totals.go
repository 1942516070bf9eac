package report

import (
	"slices"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// Most events of findings are of those that stay and accuse nobody. Of such events the report says no more than how many there are and
// how they ended, and so does the latest report.

// unmoved reports whether what the latest revision says of findings holds of those that stay: if this very program made it, of a case that
// nobody has judged, as to integrity or in person, and nothing was marked or left out after it was found.
func (h *hunt) unmoved() bool {
	was := h.was
	if !h.Trusted || h.Stand || len(h.held.All()) > 0 || was.Judgements != nil || h.Detection.marks() || was.Detection.marks() {
		return false
	}
	return was.Integrity == nil || was.Integrity.Revision == h.integrity.Revision
}

// marks reports whether findings are marked or left out after they were found, which counts them anew.
func (d *Detection) marks() bool { return d != nil && (d.Minimum != "" || len(d.Suppressions) > 0) }

// A flaggedChange is what a revision changes of the events of findings.
type flaggedChange struct {
	hunt   *hunt
	events []uint64       // that new findings list, or none any more
	was    []eventFinding // of the latest revision, from the next event on
	before Counts         // those of gather's events that were in findings
}

// changeOfFlagged is nil where the events of findings must be counted anew: where the latest report cannot say what they were, or
// timeline.csv has no others. All messages must find room, for those of events that are not read are not counted.
func (h *hunt) changeOfFlagged() *flaggedChange {
	was := &h.was.Events.Flagged
	if !h.unmoved() || h.was.Coverage.Timeline == Flagged || was.Events != countEvents(h.concluded.wasLists) {
		return nil
	}
	c := &flaggedChange{hunt: h, events: h.concluded.moved(), was: h.concluded.wasLists}
	if was.Failed+int64(len(c.events)) > messageLimit {
		return nil
	}
	return c
}

// see sees gather's events, in timeline order.
func (c *flaggedChange) see(e *scan.Entry) {
	c.was = from(e.Ordinal, c.was)
	if len(c.was) > 0 && c.was[0].ordinal == e.Ordinal {
		c.before.see(outcomeOf(&e.Ref))
	}
}

// apply makes of the counts of gather's events those of all.
func (c *flaggedChange) apply(flagged *Counts) {
	flagged.plus(&c.hunt.was.Events.Flagged)
	flagged.minus(&c.before)
}

// from are the lists of an event and of those that come after it.
func from(ordinal uint64, lists []eventFinding) []eventFinding {
	for len(lists) > 0 && lists[0].ordinal < ordinal {
		lists = lists[1:]
	}
	return lists
}

// countEvents counts the events of lists.
func countEvents(lists []eventFinding) (n int64) {
	for i := range lists {
		if i == 0 || lists[i].ordinal != lists[i-1].ordinal {
			n++
		}
	}
	return n
}

// moved returns the events that new findings list, and those that no finding lists any more.
func (c *concluded) moved() []uint64 {
	all := c.ordinals(func(f *huntFinding) bool { return !f.stays })
	now := c.events
	for _, e := range c.wasLists {
		if now = from(e.ordinal, now); len(now) == 0 || now[0].ordinal > e.ordinal {
			all = append(all, e.ordinal)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// named returns the events that the report names of findings, where none is suppressed.
func (c *concluded) named() (all []uint64) {
	var shown [len(detect.Severities)]int
	left := make([]int, len(c.findings))
	for i := range c.findings {
		s := min(c.findings[i].Severity, detect.Critical)
		if shown[s]++; shown[s] <= HeadsPerSeverity {
			left[i] = eventsPerHead
		}
	}
	for _, e := range c.events {
		if left[e.finding] > 0 {
			left[e.finding]--
			all = append(all, e.ordinal)
		}
	}
	return slices.Compact(all)
}
