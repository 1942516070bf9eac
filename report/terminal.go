package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/scan"
)

// Terminal writes a summary of at most 30 lines that can be read aloud, with
// the severities in colour where color is set.
func (m *Model) Terminal(w io.Writer, color bool) error {
	var lines []string
	line := func(label, format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%-24s%s", label, fmt.Sprintf(format, args...)))
	}
	line("Forensic Report", "%s", Terminal(m.ID))
	if m.Empty() {
		line("No event was read", "%s", m.Coverage.nothing())
	}
	m.terminalFields(line)
	lines = append(lines, "")
	for i := range m.Findings.BySeverity {
		g := &m.Findings.BySeverity[i]
		label := fmt.Sprintf("%-24s", "Findings, "+g.Severity.String())
		if g.Count > 0 {
			label = Screen{Color: color}.Severity(g.Severity, label)
		}
		lines = append(lines, label+number(g.Count)+g.ofWhich()+g.names())
	}
	if n := m.Findings.Suppressed; n > 0 {
		line("Findings, suppressed", "%s", number(n))
	}
	if s := m.serious(); s == 0 {
		lines = append(lines, "No finding of severity "+SuspectFrom.String()+" or above: nothing was recognised, which does not mean that nothing happened.")
	}
	lines = append(lines, "")
	m.terminalCoverage(line)
	for _, s := range lines {
		if _, err := fmt.Fprintln(w, strings.TrimRight(s, " ")); err != nil {
			return err
		}
	}
	return nil
}

func (m *Model) serious() (n int64) {
	for _, g := range m.Findings.BySeverity {
		if g.Severity >= SuspectFrom {
			n += g.Count
		}
	}
	return n
}

// names lists the distinct titles of the findings shown.
func (g *SeverityGroup) names() string {
	var out []string
	seen := make(map[string]bool)
	further := 0
	for _, s := range g.Shown {
		title := orID(s.Title, s.Detector)
		switch {
		case seen[title]:
			continue
		case len(out) == 3:
			further++
		default:
			out = append(out, short(title))
		}
		seen[title] = true
	}
	if out == nil {
		return ""
	}
	s := "  " + strings.Join(out, "; ")
	if further > 0 || g.More > 0 {
		s += "; …"
	}
	return s
}

// short returns a value as the terminal may show it: a long one is cut, and
// ends in an ellipsis. The report has the whole.
func short(s string) string {
	const limit = 160
	s = Terminal(s)
	if len(s) <= limit {
		return s
	}
	s = strings.ToValidUTF8(s[:limit], "")
	return s + "…"
}

func (m *Model) terminalFields(line func(label, format string, args ...any)) {
	first := func(n int, others int64, name func(int) string) string {
		var out []string
		for i := range min(n, 3) {
			out = append(out, short(name(i)))
		}
		switch {
		case n == 0:
			return "none"
		case n > 3:
			where := "report.md"
			if n > rowsShown {
				where = "report.json" // report.md has not all of them
			}
			out = append(out, fmt.Sprintf("+%s more in %s", number(int64(n-3)), where))
		}
		if others > 0 {
			out = append(out, othersWith(others))
		}
		return strings.Join(out, ", ")
	}
	a, c, s := m.Account, m.Credentials, m.SourceIPs
	line("Account affected", "%s", first(len(a.Affected), 0, func(i int) string { return a.Affected[i].Account }))
	line("Accounts in evidence", "%s", first(len(a.InEvidence), a.OtherEvents, func(i int) string { return a.InEvidence[i].Account }))
	line("Timeframe, suspicious", "%s", m.Timeframe.Suspicious.during())
	if told := m.Incidents.during(); !told.First.IsZero() {
		line("Timeframe, incidents", "%s%s", told.during(), m.Incidents.untold())
	}
	line("Timeframe, evidence", "%s", m.Timeframe.Evidence.during())
	if n := m.Timeframe.Implausible; n > 0 {
		line("", "%s with an implausible time", plural(n, "event"))
	}
	confirmed := 0 // they come first
	for confirmed < len(c.Suspected) && c.Suspected[confirmed].Confirmed > 0 {
		confirmed++
	}
	if confirmed > 0 {
		line("Credentials, confirmed", "%s", first(confirmed, 0, func(i int) string { return c.Suspected[i].name() }))
	}
	line("Credentials, suspected", "%s", first(len(c.Suspected)-confirmed, c.OtherEvents, func(i int) string {
		r := &c.Suspected[confirmed+i]
		return fmt.Sprintf("%s (last use %s)", r.name(), moment(r.Last))
	}))
	line("Suspicious events", "%s", m.Events.Suspicious.text())
	malformed := ""
	if n := len(s.Malformed); n > 0 {
		malformed = "; malformed addresses: " + number(int64(n))
	}
	addresses := m.addresses()
	line("Source IPs", "%s%s; other sources: %s", first(len(addresses), s.OtherAddresses, func(i int) string { return addresses[i] }), malformed, number(int64(len(s.Services))))
	line("Actions taken", "%s", first(len(m.Actions.Rows), m.Actions.OtherEvents, func(i int) string { return m.Actions.Rows[i].Action }))
	read, _ := m.Data.read()
	line("Data accessed", "%s", m.Data.summary())
	if read > 0 {
		line("", "%s", first(int(read), m.Data.OtherEvents, func(i int) string { return m.Data.Rows[i].inShort() }))
	}
	left, gone := 0, 0
	for i := range m.Persistence.Rows {
		if m.Persistence.Rows[i].State == Present {
			left++
		} else {
			gone++
		}
	}
	line("Persistence mechanisms", "%s present, %s removed or deactivated%s%s", number(int64(left)), number(int64(gone)),
		unlisted(m.Persistence.OtherRows, "persistence"), more(m.Persistence.OtherCalls, "calls in timeline.csv"))
}

// addresses are those of the suspects, as the report has them, but those of incidents first: an owner's own, who shares a credential with an
// intruder, has mostly the most events.
func (m *Model) addresses() []string {
	var told, others []string
	in := m.Incidents.addresses()
	for i := range m.SourceIPs.Addresses {
		if a := m.SourceIPs.Addresses[i].Source; in[a] {
			told = append(told, a)
		} else {
			others = append(others, a)
		}
	}
	return append(told, others...)
}

func (m *Model) terminalCoverage(line func(label, format string, args ...any)) {
	c := &m.Coverage
	t := &c.Totals
	line("Objects", "%s listed = %s", number(t.Listed), byStatus(t.Objects))
	line("Bytes", "%s stored = %s", number(ofAll(t.Bytes)), byStatus(t.Bytes))
	line("Records", "%s kept (%s distinct, %s copies), %s excluded, %s bad, %s other", number(t.Kept), number(t.Distinct), number(t.Copies),
		number(t.Excluded), number(t.Bad), number(t.Other))
	if kinds := kindsText(&t.Kinds); kinds != "" {
		line("", "%s", kinds)
	}
	if j := m.Judgements; j != nil {
		line("Judgements", "%s", j.summary())
	}
	if d := m.Detection; d != nil {
		line("Looked for", "%s", d.line())
	}
	if m.Integrity != nil || !m.Empty() {
		line("Integrity", "%s", m.Integrity.line())
	}
	if !c.Complete {
		line("Incomplete", "%s: see Coverage in report.md", c.missing())
	}
	if !c.Reconciles {
		line("SUMS DO NOT AGREE", "do not rely on this result: see Coverage in report.md")
	}
}

// byStatus writes what every object, or every byte, became: the parts of a sum.
func byStatus(parts map[scan.Status]int64) string {
	names := [...]string{"parsed", "recognised", "damaged", "unreadable", "out of scope"}
	var out []string
	for i, status := range statuses {
		out = append(out, number(parts[status])+" "+names[i])
	}
	return strings.Join(out, " + ")
}

func ofAll(parts map[scan.Status]int64) (n int64) {
	for _, status := range statuses {
		n += parts[status]
	}
	return n
}

// kindsText says which of the records are kinds of their own.
func kindsText(k *scan.Kinds) string {
	var out []string
	for _, c := range [...]struct {
		n    int64
		what string
	}{
		{k.NetworkActivity, "of those kept are network activity"},
		{k.Insights, "of the others are Insights events, which are no calls"},
		{k.Aggregated, "of the others are aggregated events, each of many calls"},
	} {
		if c.n > 0 {
			out = append(out, number(c.n)+" "+c.what)
		}
	}
	return strings.Join(out, "; ")
}
