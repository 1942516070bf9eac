package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
)

// A pivotRun is events that follow each other in the tree's timeline and are alike.
type pivotRun struct {
	first, last *PivotEvent
	events      int64
}

func (r *pivotRun) like(e *PivotEvent) bool {
	f := r.first
	return f.Name == e.Name && f.Source == e.Source && f.Node == e.Node && f.SourceIP == e.SourceIP && f.Error == e.Error
}

// pivotRuns are the timeline as text has it: all of it where it is short, and else the calls
// that may have changed something.
type pivotRuns struct{ all, writes runList }

// A runList keeps the first runs, and counts what follows.
type runList struct {
	runs   []pivotRun
	full   bool
	events int64
	more   int64 // events beyond those runs
}

const pivotRunLimit = 200

func (l *runList) add(e *PivotEvent) {
	l.events++
	n := len(l.runs)
	switch {
	case !l.full && n > 0 && l.runs[n-1].like(e):
		l.runs[n-1].last = e.own()
		l.runs[n-1].events++
	case l.full || n >= pivotRunLimit:
		l.full = true
		l.more++
	default:
		own := e.own()
		l.runs = append(l.runs, pivotRun{own, own, 1})
	}
}

func (r *pivotRuns) add(e *PivotEvent) {
	r.all.add(e)
	if e.ReadOnly != "true" {
		r.writes.add(e)
	}
}

// The bounds of what text shows; JSON has all that a Pivot holds, and the whole timeline.
const (
	pivotNodesShown = 100
	pivotShown      = 25
)

// A pivotText writes a pivot for reading. Whatever is from the evidence goes through Terminal.
type pivotText struct {
	*Pivot
	b bytes.Buffer
}

// WriteText writes the pivot for reading.
func (p *Pivot) WriteText(w io.Writer) error {
	t := pivotText{Pivot: p}
	t.head()
	t.tree()
	t.tables()
	t.data()
	t.changed()
	t.left()
	t.timeline()
	t.b.WriteByte('\n')
	for _, limit := range p.Limits {
		t.b.WriteString("Note: " + limit + "\n")
	}
	_, err := w.Write(t.b.Bytes())
	return err
}

func (t *pivotText) line(label, format string, args ...any) {
	fmt.Fprintf(&t.b, "%-10s%s\n", label, Terminal(fmt.Sprintf(format, args...)))
}

func (t *pivotText) title(format string, args ...any) {
	fmt.Fprintf(&t.b, "\n"+format+"\n", args...)
}

// more says what text leaves out.
func (t *pivotText) more(n int64, what string) {
	if n > 0 {
		fmt.Fprintf(&t.b, "  … and %s more: -f json has them\n", plural(n, what))
	}
}

func (t *pivotText) head() {
	t.line("Subject", "%s (%s)", t.Subject, t.Is)
	for _, o := range t.Origins {
		n := &t.Nodes[o.Node]
		t.line("Origin", "%s", n.name())
		if o.Human != "" {
			t.line("", "who: %s (%s)", o.Human, o.HumanBy)
		}
		if e := o.First; e != nil {
			t.line("", "first event: %s #%d %s from %s%s with %s", moment(e.Time), e.Ordinal, e.Name, orNone(e.SourceIP), e.ofAccount(), orNone(e.UserAgent))
		}
	}
	if t.More > 0 {
		t.line("", "and %s more", plural(int64(t.More), "origin"))
	}
	tree := &t.Tree
	t.line("Tree", "%s: %s tied exactly, %s inferred, %s not tied", plural(int64(tree.Exact+tree.Inferred+tree.Untied), "credential"),
		number(int64(tree.Exact)), number(int64(tree.Inferred)), number(int64(tree.Untied)))
	if tree.Aside > 0 {
		t.line("", "%s that its upper part issued besides are not in it: pivot on the origin for them", plural(int64(tree.Aside), "credential"))
	}
	t.line("Events", "%s", t.Events.text())
	t.line("Time", "%s", t.Time.during())
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// name names a node on one line.
func (n *PivotNode) name() string {
	s := n.label
	if n.Kind.String() == "session" {
		s += " (" + n.keys() + ")"
	} else if n.Principal != "" && n.Principal != s {
		s += " of " + n.Principal
	}
	return s
}

// keys names the keys of a session.
func (n *PivotNode) keys() string {
	if len(n.Keys) == 0 {
		return "no key is seen"
	}
	return plural(int64(len(n.Keys)), "key") + ": " + few(n.Keys, 3)
}

func few(values []string, most int) string {
	if len(values) <= most {
		return strings.Join(values, ", ")
	}
	return strings.Join(values[:most], ", ") + ", …"
}

func (t *pivotText) tree() {
	t.title("Lineage")
	for i := range t.Nodes[:min(len(t.Nodes), pivotNodesShown)] {
		n := &t.Nodes[i]
		mark := "  "
		if n.Subject {
			mark = "> "
		}
		indent := mark + strings.Repeat("  ", n.Depth)
		fmt.Fprintf(&t.b, "%s%s\n", indent, Terminal(n.name()))
		under := strings.Repeat(" ", len(indent)+4)
		if n.Confidence != "" {
			fmt.Fprintf(&t.b, "%s%s\n", under, Terminal(n.tied()))
		}
		if n.HumanBy == "sourceIdentity" || n.HumanBy == "onBehalfOf" {
			fmt.Fprintf(&t.b, "%swho: %s (%s)\n", under, Terminal(n.Human), n.HumanBy)
		}
		if n.Judged != nil {
			fmt.Fprintf(&t.b, "%s%s\n", under, Terminal(n.Judged.text()))
		}
		if n.Forwarded {
			fmt.Fprintf(&t.b, "%sforward access session: services used it on behalf of its principal\n", under)
		}
		if n.Torn {
			fmt.Fprintf(&t.b, "%sits calls contradict each other about whose it is: some record is false, unless its user was renamed\n", under)
		}
		if n.Alive {
			fmt.Fprintf(&t.b, "%sexpires %s, after the end of the evidence: deactivating what it came from does not end it\n", under, moment(n.Expires))
		}
		switch {
		case n.Calls == 0:
			fmt.Fprintf(&t.b, "%sno call\n", under)
		case !n.Counted:
			fmt.Fprintf(&t.b, "%s%s without a credential; below only those that tie are counted\n", under, plural(n.Calls, "call"))
		default:
			fmt.Fprintf(&t.b, "%s%s, %s\n", under, plural(n.Calls, "call"), Span{n.First, n.Last}.during())
		}
	}
	t.more(int64(t.Tree.Nodes-min(len(t.Nodes), pivotNodesShown)), "node")
}

// tied says how a node is tied to its parent.
func (n *PivotNode) tied() string {
	if n.By == nil {
		return n.Confidence + ": " + n.Why
	}
	return fmt.Sprintf("%s: %s %s #%d from %s%s; %s", n.Confidence, moment(n.By.Time), n.By.Name, n.By.Ordinal, orNone(n.By.SourceIP), n.By.ofAccount(), n.Why)
}

// ofAccount names the caller's account where it is not the record's: of a stranger a record may have little more.
func (e *PivotEvent) ofAccount() string {
	if e.Home == "" {
		return ""
	}
	return " by account " + e.Home
}

func (t *pivotText) tables() {
	for i := range t.By {
		table := t.By[i]
		if len(table.Rows) > pivotShown {
			var others Counts
			if table.Others != nil {
				others = *table.Others
			}
			for _, r := range table.Rows[pivotShown:] {
				others.plus(&r.Counts)
			}
			table.Rows, table.Others = table.Rows[:pivotShown], &others
		}
		table.write(&t.b, t.Screen)
	}
}

func (t *pivotText) data() {
	t.title("Data read")
	for _, r := range t.Data.Rows[:min(len(t.Data.Rows), pivotShown)] {
		line := fmt.Sprintf("%s %s: %s", r.Kind, orNone(r.Resource), r.Counts.text())
		if r.Objects > 0 {
			line += ", " + plural(r.Objects, "object")
			if r.More {
				line += " or more"
			}
		}
		if r.Bytes > 0 {
			line += ", " + size(r.Bytes)
		}
		fmt.Fprintf(&t.b, "  %s\n", Terminal(line))
	}
	t.ending(len(t.Data.Rows), t.Data.Others, "resource", "no record of any: is it known that data events were logged? (coverage)")
}

// ending ends a list.
func (t *pivotText) ending(rows int, others int64, noun, none string) {
	if rows == 0 {
		fmt.Fprintf(&t.b, "  %s\n", none)
	}
	t.more(int64(rows-pivotShown), noun)
	if others > 0 {
		fmt.Fprintf(&t.b, "  %s of further ones were not told apart\n", plural(others, "call"))
	}
}

func (t *pivotText) changed() {
	t.title("Resources changed")
	for _, r := range t.Changed.Rows[:min(len(t.Changed.Rows), pivotShown)] {
		fmt.Fprintf(&t.b, "  %s  %s\n", moment(r.First), Terminal(fmt.Sprintf("%s %s %s, %s", r.Service, r.Action, orNone(r.Resource), plural(r.Calls, "call"))))
	}
	t.ending(len(t.Changed.Rows), t.Changed.Others, "change", "none")
}

func (t *pivotText) left() {
	t.title("Left behind, as of the end of the evidence")
	for _, r := range t.Left.Rows[:min(len(t.Left.Rows), pivotShown)] {
		line := fmt.Sprintf("%s %s: %s, made by %s #%d", r.Kind, r.Target, r.State, r.Made.Event, r.Made.Ordinal)
		if r.Ended != nil {
			line += fmt.Sprintf(", ended %s by %s #%d of %s", moment(r.Ended.Time), r.Ended.Event, r.Ended.Ordinal, r.Ended.Principal)
		}
		fmt.Fprintf(&t.b, "  %s  %s\n", moment(r.Made.Time), Terminal(line))
	}
	t.ending(len(t.Left.Rows), t.Left.Others, "thing", "nothing that is recognised")
}

func (t *pivotText) timeline() {
	list := &t.runs.all
	if list.full {
		list = &t.runs.writes
		t.title("Timeline: the %s of %s that are not marked read-only (-f json has all)", number(list.events), plural(t.runs.all.events, "event"))
	} else {
		t.title("Timeline: %s", plural(list.events, "event"))
	}
	for i := range list.runs {
		r := &list.runs[i]
		e := r.first
		what := strings.TrimSuffix(e.Source, suffix) + " " + e.Name
		if r.events > 1 {
			what += fmt.Sprintf(" ×%s until %s", number(r.events), moment(r.last.Time))
		}
		if e.Error != "" {
			what += ": " + clipped(e.Error, 120)
		}
		fmt.Fprintf(&t.b, "  %s  #%-8d %s\n", moment(e.Time), e.Ordinal, Terminal(fmt.Sprintf("%s  from %s by %s", what, orNone(e.SourceIP), orNone(cmp.Or(e.Credential, e.Principal)))))
	}
	t.more(list.more, "event")
}

// clipped shortens a text, and says so by an ellipsis.
func clipped(s string, most int) string {
	short, _ := Ellipsis(s, most)
	return short
}
