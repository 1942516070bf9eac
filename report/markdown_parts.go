package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// The sections of report.md from Actions Taken on.

func (m *Model) actions(p page) {
	p.head("## 7. Actions Taken")
	p.para("Calls of the suspects that their events do not mark as read-only, in the order of their first event. " + linkNote + m.confirmedNote())
	p.table("Service,Action,Link,Events,Succeeded,Denied,Failed otherwise,First and last", len(m.Actions.Rows), func(i int) []string {
		r := &m.Actions.Rows[i]
		return []string{Code(r.Service), Code(r.Action), string(r.Link), number(r.Events), number(r.Succeeded), number(r.Denied), number(r.Failed), r.during()}
	}, beyond(m.Actions.OtherEvents, "actions"))
}

const linkNote = "Link: *identity* where the event is in a finding or was made with a suspected credential; *address* where only its source address is in a finding."

func (m *Model) findings(p page) {
	p.head("## Findings")
	p.para("%s", prose(m.Findings.Statement))
	for i := range m.Findings.BySeverity {
		g := &m.Findings.BySeverity[i]
		p.para("### %s: %s", strings.ToUpper(g.Severity.String()[:1])+g.Severity.String()[1:], plural(g.Count, "finding")+g.ofWhich())
		if g.Severity == detect.Informational {
			g.sums(p)
			continue
		}
		for j := range g.Shown {
			g.Shown[j].describe(p)
		}
		if g.More > 0 {
			p.para("+%s more, see findings.jsonl.", number(g.More))
		}
	}
	if n := m.Findings.Suppressed; n > 0 {
		p.para("### Suppressed: %s", plural(n, "finding"))
		p.para("They stand under Detection, with who suppressed them and why.")
	}
	if len(m.Findings.ByDetector) > 0 {
		p.para("### By detector")
		p.table("Detector,Title,Highest severity,Findings,Events", len(m.Findings.ByDetector), func(i int) []string {
			r := &m.Findings.ByDetector[i]
			return []string{Code(r.Detector), prose(r.Title), r.Severity.String(), number(r.Findings), number(r.Events)}
		}, "")
	}
}

// sums stands for the findings of a severity where each by itself says little.
func (g *SeverityGroup) sums(p page) {
	if g.Count == 0 {
		return
	}
	p.table("Detector,Title,Findings,Events,First and last", len(g.Groups), func(i int) []string {
		r := &g.Groups[i]
		return []string{Code(r.Detector), prose(r.Title), number(r.Findings), number(r.Events), r.during()}
	}, "")
	p.para("Each in full, with its events: findings.jsonl, severity %s.", g.Severity)
}

// outcome says how the event ended, with its error.
func (e *ShownEvent) outcome() string {
	switch {
	case e.Outcome == "":
		return "outcome in timeline.csv"
	case e.Error == "":
		return e.Outcome
	}
	return e.Outcome + ": " + Code(e.Error)
}

func (s *Shown) describe(p page) {
	p.para("**%s** (%s, finding %s)", prose(orID(s.Title, s.Detector)), Code(s.Detector), Code(s.ID))
	if s.Standing != "" {
		p.item("**" + strings.ToUpper(string(s.Standing[:1])) + string(s.Standing[1:]) + "**, as an examiner holds of its events")
	}
	p.item("Subject: " + Code(s.Subject))
	p.item("Seen: " + prose(s.Why))
	p.item(fmt.Sprintf("%s, %s", plural(int64(s.Count), "event"), Span{s.First, s.Last}.during()))
	p.item("Credentials: " + distinct(s.Credentials))
	p.item("Source IPs: " + distinct(s.SourceIPs))
	if doubt := s.Integrity.doubt(); doubt != "" {
		p.item("**Integrity:** " + doubt)
	}
	for _, e := range s.Events {
		p.item(fmt.Sprintf("%s %s (%s) — %s, %s, record %d, offset %d", moment(e.Time), Code(e.Name), e.outcome(), Code(e.ID), Code(e.Object), e.Index, e.Offset))
	}
	if s.More > 0 {
		p.item(fmt.Sprintf("+%s, see findings.jsonl", plural(int64(s.More), "more event")))
	}
	p.WriteByte('\n')
}

func orID(title, id string) string {
	if title == "" {
		return id
	}
	return title
}

func distinct(d scan.Distinct) string {
	if len(d.Values) == 0 {
		return "–"
	}
	var out []string
	for _, v := range d.Values {
		out = append(out, Code(v))
	}
	s := strings.Join(out, ", ")
	if d.More > 0 {
		s += fmt.Sprintf(" (at least %d more, see findings.jsonl)", d.More)
	}
	return s
}

func (m *Model) coverage(p page) {
	p.head("## Coverage")
	c := &m.Coverage
	t := &c.Totals
	if c.Complete {
		p.para("Every object that was listed was read to its end, or left out for the reason given, and every record could be decoded.")
	} else {
		p.para("**Incomplete:** some of the evidence could not be read. What it holds is not in this report.")
	}
	if !c.Reconciles {
		p.para("**The sums do not agree. Do not rely on this report:** %s.", prose(strings.Join(c.Disagreements, "; ")))
	}
	p.item("Sources: " + codes(c.Sources))
	p.item("Filters: " + codes(c.Scope))
	p.item(fmt.Sprintf("Objects listed: %s; content read: %s", number(t.Listed), size(t.Content)))
	p.item(fmt.Sprintf("Records found: %s = %s kept + %s excluded by filters + %s bad + %s other than events",
		number(t.Framed), number(t.Kept), number(t.Excluded), number(t.Bad), number(t.Other)))
	p.item(fmt.Sprintf("Records kept: %s = %s distinct events + %s identical copies (copies.jsonl)", number(t.Kept), number(t.Distinct), number(t.Copies)))
	for _, m := range c.Marks {
		p.item(fmt.Sprintf("%s with the mark %s: %s", plural(m.Events, "event"), Code(m.Mark), m.Meaning))
	}
	if kinds := kindsText(&t.Kinds); kinds != "" {
		p.item("Kinds of their own: " + kinds)
	}
	p.item(fmt.Sprintf("Problems: %s (problems.jsonl)", number(t.Problems)))
	p.item(timelineNotes[c.Timeline])
	p.WriteByte('\n')
	p.table("Objects,Number,Bytes stored", len(c.Objects), func(i int) []string {
		r := &c.Objects[i]
		return []string{string(r.Status), number(r.Objects), fmt.Sprintf("%s (%s)", size(r.Bytes), number(r.Bytes))}
	}, "")
	rest := ""
	if c.OtherShapes > 0 {
		rest = fmt.Sprintf("+%s of further kinds: see manifest.jsonl.", plural(c.OtherShapes, "object"))
	}
	p.para("**What they were**, or why they were left out:")
	p.table("Objects,Shape or reason,Records,Number", len(c.Shapes), func(i int) []string {
		r := &c.Shapes[i]
		return []string{string(r.Status), Code(r.Shape), cmp.Or(fidelities[r.Fidelity], "–"), number(r.Objects)}
	}, rest)
	p.filtered(c)
	if len(c.Trouble) > 0 {
		p.para("**Damaged and unreadable objects:**")
		rest = ""
		if c.MoreTrouble > 0 {
			rest = fmt.Sprintf("+%s: see manifest.jsonl.", plural(c.MoreTrouble, "further object"))
		}
		p.table("Object,Status,Reason,Records kept,Records bad,Problems", len(c.Trouble), func(i int) []string {
			r := &c.Trouble[i]
			return []string{Code(r.Object), string(r.Status), Code(r.Reason), number(r.Kept), number(r.Bad), number(r.Problems)}
		}, rest)
	}
}

// fidelities put into words what records' bytes have to do with CloudTrail's.
var fidelities = map[string]string{
	parser.Raw.String():          "as CloudTrail wrote them",
	parser.Reserialised.String(): "passed on by another system: unsigned source",
	parser.Derived.String():      "put together from columns: unsigned source",
}

// filtered lists exports that may have been asked for some events only.
func (p page) filtered(c *Coverage) {
	if len(c.Filtered) == 0 {
		return
	}
	p.para("**Possibly filtered exports.** The absence of other events in them proves nothing:")
	rest := ""
	if c.MoreFiltered > 0 {
		rest = fmt.Sprintf("+%s: see the notes in manifest.jsonl.", plural(c.MoreFiltered, "further remark"))
	}
	p.table("Object,Remark", len(c.Filtered), func(i int) []string {
		return []string{Code(c.Filtered[i].Object), prose(c.Filtered[i].Remark)}
	}, rest)
}

// timelineNotes say what timeline.csv is good for.
var timelineNotes = map[Mode]string{
	Full:    "timeline.csv lists every event.",
	Flagged: "timeline.csv lists the events of findings only. Where this report refers to it for others, run again with --timeline full.",
	None:    "timeline.csv was not asked for. Where this report refers to it, run again with --timeline full.",
}

func codes(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	var out []string
	for _, v := range values {
		out = append(out, Code(v))
	}
	return strings.Join(out, ", ")
}

func (m *Model) next(p page) {
	p.head("## Next steps")
	if len(m.NextSteps) > 0 {
		p.para("**Order of containment:**")
		for i, s := range m.Containment {
			fmt.Fprintf(p, "%d. %s\n", i+1, prose(s))
		}
		p.para("\n**Per detector:**")
	} else {
		p.para("No detector matched, so none asks for a step. See the coverage above before drawing a conclusion.")
	}
	folded := 0
	for i := range m.NextSteps {
		s := &m.NextSteps[i]
		if s.Severity == detect.Informational {
			folded++
			continue
		}
		p.item(fmt.Sprintf("**%s** (%s, %s): %s", prose(orID(s.Title, s.Detector)), s.Severity, plural(s.Findings, "finding"), prose(s.Next)))
	}
	if folded > 0 {
		p.item(fmt.Sprintf("Of %s with informational findings only: report.json, next_steps.", plural(int64(folded), "detector")))
	}
	if len(m.NextSteps) > 0 {
		p.WriteByte('\n')
	}
}
