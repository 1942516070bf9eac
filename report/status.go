package report

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/scan"
)

// Empty reports whether no event at all was kept: then the report says nothing of
// what happened, and why there was nothing to read is what matters.
func (m *Model) Empty() bool { return m.Coverage.Totals.Kept == 0 }

// status writes what stands at the top of report.md: whether the evidence was
// read, what the filters were, and a warning where there was no event.
func (m *Model) status(p page) {
	c := &m.Coverage
	switch {
	case !c.Reconciles:
		p.para("**The sums do not agree. Do not rely on this report** (see Coverage).")
	case c.Complete:
		p.para("Complete: every object that was listed was read to its end, or left out for a reason given under Coverage.")
	}
	if !c.Complete {
		p.para("**Incomplete:** %s (see Coverage)", c.missing())
	}
	if len(c.Scope) > 0 {
		p.para("Limited by filters: %s", codes(c.Scope))
	}
	if m.Empty() {
		p.para("**No event was read:** %s", c.nothing())
	}
}

// missing says what could not be read.
func (c *Coverage) missing() string {
	t := &c.Totals
	return counted(plural(t.Problems, "problem")+" noted",
		reason{t.Objects[scan.Unreadable], "object", "unreadable"},
		reason{t.Objects[scan.Damaged], "object", "damaged"},
		reason{t.Bad, "record", "bad"},
	)
}

// nothing says why no event was kept.
func (c *Coverage) nothing() string {
	t := &c.Totals
	return counted("no object was listed, or none holds a record",
		reason{t.Objects[scan.OutOfScope], "object", "out of scope by name"},
		reason{t.Excluded, "record", "excluded by the filters"},
		reason{t.Objects[scan.Recognised], "object", "recognised as something else"},
		reason{t.Objects[scan.Damaged], "object", "damaged"},
		reason{t.Objects[scan.Unreadable], "object", "unreadable"},
		reason{t.Bad, "record", "bad"},
		reason{t.Other, "record", "other than events"},
	)
}

// A reason is a number of things of which nothing, or not all, was read.
type reason struct {
	n          int64
	noun, what string
}

// counted lists those that are not zero, or says that there are none.
func counted(none string, reasons ...reason) string {
	var out []string
	for _, t := range reasons {
		if t.n > 0 {
			out = append(out, fmt.Sprintf("%s %s", plural(t.n, t.noun), t.what))
		}
	}
	if out == nil {
		return none
	}
	return strings.Join(out, ", ")
}
