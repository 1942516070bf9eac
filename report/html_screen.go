package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// The first screen: what a reader who has one minute must know.

// A htmlCard is one answer of the first screen.
type htmlCard struct {
	Question string
	Class    string // "", "bad", "warn" or "good"
	Lines    []htmlCell
	More     string // where the rest is
	Link     string // the section that says it in full
}

// htmlCardLines is how many lines a card has, and cardMore where the rest is.
const (
	htmlCardLines = 5
	cardMore      = ", see below"
)

func (b *htmlBuilder) screen() {
	b.verdictCard()
	b.whoCard()
	b.card("When", "timeframe", "", duringLines(b.Timeframe.Suspicious, "suspicious events"), duringLines(b.Timeframe.Suspects, "all that the suspected identities did"), duringLines(b.Timeframe.Evidence, "evidence"))
	b.fromCard()
	b.leftCard()
	b.unknownCard()
	b.containCard()
	b.logsCard()
}

// card adds a card, of whose lines the first few are shown.
func (b *htmlBuilder) card(question, link, class string, lines ...htmlCell) {
	if len(lines) == 0 {
		lines = []htmlCell{plainCell("None.")}
	}
	c := htmlCard{Question: question, Link: link, Class: class, Lines: lines}
	if n := len(lines) - htmlCardLines; n > 0 {
		c.Lines, c.More = lines[:htmlCardLines], "+"+number(int64(n))+cardMore
	}
	b.Screen = append(b.Screen, c)
}

// further says that the card before has not all that there is: n are beyond the report's list.
func (b *htmlBuilder) further(n int64, what string) {
	if c := &b.Screen[len(b.Screen)-1]; n > 0 {
		c.More = strings.TrimPrefix(strings.TrimSuffix(c.More, cardMore)+", "+what+cardMore, ", ")
	}
}

func duringLines(s Span, what string) htmlCell {
	return append(duringCell(s), htmlBit{Text: " " + what, Class: "dim"})
}

func (b *htmlBuilder) verdictCard() {
	switch n := b.serious(); {
	case b.Empty():
		b.card("Suspected or confirmed?", "coverage", "warn", htmlCell{{Text: "No event was read", Class: "strong"}}, plainCell("%s", b.Coverage.nothing()))
	case n == 0:
		b.card("Suspected or confirmed?", "findings", "", htmlCell{{Text: "Nothing suspected", Class: "strong"}}, plainCell("%s", b.Findings.Statement))
	default:
		class, word := "bad", "Suspected"
		text := ": " + plural(n, "finding") + " of severity " + SuspectFrom.String() + " or above"
		switch held := b.Findings.held(); {
		case held == nil:
			text += ". Nobody has confirmed or rejected them here."
		case held.Confirmed > 0:
			word, text = "Confirmed by an examiner, in part or whole", text+": "+held.text()+"."
		case held.Suspected == 0:
			class, word, text = "", "Judged, and none is suspected any more", text+": "+held.text()+"."
		default:
			text += ": " + held.text() + "."
		}
		if j := b.Judgements; j != nil {
			text += " Judgements: " + j.summary() + "."
		}
		lines := []htmlCell{{{Text: word, Class: "strong"}, {Text: text}}}
		for i := range b.Findings.BySeverity {
			if g := &b.Findings.BySeverity[i]; g.Count > 0 && g.Severity >= SuspectFrom {
				lines = append(lines, append(badgeCell(g.Severity), htmlBit{Text: " " + number(g.Count) + g.ofWhich() + g.names(), Class: ""}))
			}
		}
		b.card("Suspected or confirmed?", "findings", class, lines...)
	}
}

func (b *htmlBuilder) whoCard() {
	var lines []htmlCell
	for i := range b.Credentials.Suspected {
		r := &b.Credentials.Suspected[i]
		line := valueCell(r.name())
		if r.Credential != "" && len(r.Principals.Values) > 0 {
			line = append(line, htmlBit{Text: " of "}, htmlBit{Text: r.Principals.Values[0].Value, Class: "code"})
		}
		lines = append(lines, append(line, htmlBit{Text: ", " + plural(r.Events, "event"), Class: "dim"}))
	}
	if lines == nil {
		lines = []htmlCell{plainCell("No identity is suspected.")}
	}
	b.card("Who", "credentials", "", lines...)
	b.further(b.Credentials.OtherEvents, othersWith(b.Credentials.OtherEvents))
}

func (b *htmlBuilder) fromCard() {
	var lines []htmlCell
	for _, r := range b.SourceIPs.all() {
		lines = append(lines, append(valueCell(r.Source), htmlBit{Text: ", " + plural(r.Events, "event"), Class: "dim"}))
	}
	if lines == nil {
		lines = []htmlCell{plainCell("No source of suspected identities.")}
	}
	b.card("From where", "sources", "", lines...)
	others := b.SourceIPs.OtherAddresses + b.SourceIPs.OtherMalformed + b.SourceIPs.OtherServices
	b.further(others, othersWith(others))
}

// leftCard lists what was issued or made and is not seen to be gone.
func (b *htmlBuilder) leftCard() {
	var lines []htmlCell
	for i := range b.Persistence.Rows {
		if r := &b.Persistence.Rows[i]; r.State == Present {
			lines = append(lines, append(plainCell("%s ", r.Kind), htmlBit{Text: r.Target, Class: "code"}))
		}
	}
	made := len(lines)
	for i := range b.Credentials.Issued {
		if r := &b.Credentials.Issued[i]; len(r.StateChanges) == 0 {
			line := append(plainCell("credential"), htmlBit{Text: " "}, htmlBit{Text: r.Credential, Class: "code"})
			if r.Expires != "" {
				line = append(line, htmlBit{Text: ", recorded to expire " + r.Expires, Class: "dim"})
			}
			lines = append(lines, line)
		}
	}
	class := "warn"
	if lines == nil {
		lines, class = []htmlCell{plainCell("Nothing that suspects made or were handed is seen to be there still.")}, ""
	}
	question := "Issued or made, and not seen to be gone"
	if n := len(lines) - made; made > 0 && n > 0 {
		question += fmt.Sprintf(": %s left behind, %s", plural(int64(made), "thing"), plural(int64(n), "credential"))
	}
	b.card(question, "persistence", class, lines...)
	b.further(b.Persistence.OtherRows, number(b.Persistence.OtherRows)+" further things in "+persistenceFile)
	b.further(b.Persistence.OtherCalls, plural(b.Persistence.OtherCalls, "more call")+" that left something behind")
	b.further(b.Credentials.OtherIssued, plural(b.Credentials.OtherIssued, "more event")+" that handed out credentials")
}

// unknownCard lists what this evidence cannot answer.
func (b *htmlBuilder) unknownCard() {
	c := &b.Coverage
	var lines []htmlCell
	say := func(format string, args ...any) { lines = append(lines, plainCell(format, args...)) }
	if !c.Reconciles {
		say("The sums do not agree: do not rely on this report.")
	}
	if !c.Complete {
		say("What the unreadable part of the evidence holds: %s.", c.missing())
	}
	if len(c.Scope) > 0 {
		say("What the filters of the run exclude: %s.", strings.Join(c.Scope, ", "))
	}
	if accounts, days := c.Daily.gaps(); days > 0 {
		say("What happened on %s without an event, in %s: no record is not no act.", plural(days, "day"), plural(accounts, "account"))
	}
	if n := b.Timeframe.Implausible; n > 0 {
		say("When %s with an implausible time happened.", plural(n, "event"))
	}
	if len(c.Filtered) > 0 {
		say("What exports that may have been filtered left out.")
	}
	say("What was never logged: data events are off by default. coldtrail coverage CASE says for what there are logs.")
	b.card("What cannot be answered", "coverage", "", lines...)
}

// containCard has the steps of the first incident that has any, or else what is always so.
func (b *htmlBuilder) containCard() {
	var lines []htmlCell
	if b.Incidents != nil {
		for i := range b.Incidents.Rows {
			if lines = b.Incidents.Rows[i].stepLines(); lines != nil {
				b.card(b.Incidents.containNow(i), "incidents", "wide", lines...)
				return
			}
		}
	}
	if len(b.NextSteps) > 0 {
		for _, s := range b.Containment {
			lines = append(lines, plainCell("%s", s))
		}
	} else {
		lines = []htmlCell{plainCell("No detector matched, so none asks for a step.")}
	}
	b.card("Contain now", "next", "wide", lines...)
}

// containNow says which of how many incidents a card's steps are of.
func (all *Incidents) containNow(i int) string {
	if n := len(all.Rows) + all.More; n > 1 {
		return fmt.Sprintf("Contain now: incident %d of %s; the others have steps too", all.Rows[i].Number, number(int64(n)))
	}
	return "Contain now"
}

func (b *htmlBuilder) logsCard() {
	i := b.Integrity
	if i == nil {
		b.card("Are the logs verified?", "integrity", "warn", htmlCell{{Text: "Not verified", Class: "strong"}}, plainCell(noDigests))
		return
	}
	class, word := "good", "Nothing that could be verified is wrong"
	if i.Failed() {
		class, word = "bad", "Something is wrong"
	} else if sum(i.Logs, "verified") == 0 {
		class, word = "warn", "No log is verified"
	}
	lines := []htmlCell{{{Text: word, Class: "strong"}}}
	for _, s := range i.Statement {
		lines = append(lines, plainCell("%s", s))
	}
	b.card("Are the logs verified?", "integrity", class, lines...)
}

// A htmlNetwork sums up addresses.
type htmlNetwork struct {
	name, kind            string
	addresses, inFindings int64
	Activity
}

// networksOf groups addresses, those of findings first.
func networksOf(rows []SourceRow) (all []htmlNetwork) {
	at := map[string]int{}
	for i := range rows {
		r := &rows[i]
		name, kind := networkAround(r.Source)
		if r.Where != nil {
			kind = r.Where.String()
		}
		n, ok := at[name]
		if !ok {
			n = len(all)
			at[name] = n
			all = append(all, htmlNetwork{name: name, kind: kind})
		}
		if !strings.Contains(all[n].kind, kind) {
			all[n].kind += "; " + kind
		}
		all[n].addresses++
		if r.InFinding {
			all[n].inFindings++
		}
		all[n].Activity.add(&r.Activity)
	}
	first(all, func(n *htmlNetwork) bool { return n.inFindings > 0 })
	return all
}

// networkAround returns the network of an address, and which kind that is.
func networkAround(s string) (name, kind string) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return s, "not an address"
	}
	a = a.WithZone("").Unmap()
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return s, "address"
	}
	return p.String(), cmp.Or(specialRange(a), "public")
}
