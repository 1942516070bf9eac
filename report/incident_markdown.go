package report

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// incidentsShown is how many incidents report.md tells; incidents.jsonl has all.
const incidentsShown = 10

// incidents writes the section of the incidents.
func (m *Model) incidents(p page) {
	all := m.Incidents
	if all == nil {
		return
	}
	p.head("## Incidents")
	if len(all.Rows) == 0 {
		p.para("None: %s", all.none())
		return
	}
	p.para("Findings joined by credentials, principals, addresses and time, the severest first. %s", prose(strings.Join(all.Limits, " ")))
	p.table("No.,Severity,Score,First and last,Events,What", len(all.Rows), func(i int) []string {
		in := &all.Rows[i]
		return []string{fmt.Sprint(in.Number), in.Severity.String(), fmt.Sprint(in.Score.Total), in.Span.during(), number(in.Counts.Events + in.Untold), prose(in.Title)}
	}, "")
	shown := 0
	for i := range all.Rows {
		if in := &all.Rows[i]; in.Severity >= detect.Medium && shown < incidentsShown {
			in.markdown(p)
			shown++
		}
	}
	if shown < len(all.Rows) {
		p.para("The others are told by %s.", Code("coldtrail incidents CASE N"))
	}
}

// markdown tells one incident.
func (in *Incident) markdown(p page) {
	p.head(fmt.Sprintf("### Incident %d: %s", in.Number, prose(in.Title)))
	p.item(fmt.Sprintf("%s %s; severity %s", Code(in.ID), prose(in.statusWords()), prose(in.severityWords())))
	p.item(in.Span.during() + ": " + prose(in.eventWords()))
	for i := range in.Credentials {
		if i == rowsShown {
			break
		}
		p.item(prose(in.Credentials[i].words()))
	}
	for _, of := range []struct {
		n    int
		what string
	}{{max(len(in.Credentials)-rowsShown, 0) + in.MoreCredentials, "credential"}, {in.MorePrincipals, "principal"}, {in.MoreAddresses, "address"}} {
		if of.n > 0 {
			p.item(andMore(of.n, of.what))
		}
	}
	p.para("")
	p.para("**Kill-chain**, by the first event of each tactic:")
	for i := range in.Tactics {
		p.item(prose(in.Tactics[i].words()))
	}
	p.para("")
	p.para("**What happened**; the events are cited by their IDs:")
	p.sentences(in.Narrative)
	if len(in.New) > 0 {
		p.para("**%s:**", newTitle)
		p.sentences(in.New)
	}
	if len(in.Questions) > 0 {
		p.para("**Open questions:**")
		for _, q := range in.Questions {
			p.item(prose(q))
		}
		p.para("")
	}
	p.para("**%s**, in this order. Verify the current state before each step:", in.stepsTitle())
	for i := range in.Steps {
		s := &in.Steps[i]
		text := s.Phase + ": " + prose(s.Why)
		if words, command, ok := strings.Cut(s.Verify, ": "); ok {
			text += " " + prose(words) + ": " + Command(command)
		}
		for _, run := range s.Run {
			text += " " + Command(run)
		}
		if s.Note != "" {
			text += " " + prose(s.Note)
		}
		p.item(text)
	}
	p.para("")
}

// sentences lists sentences and the events that they cite.
func (p page) sentences(all []Sentence) {
	for i := range all {
		p.item(prose(all[i].Text) + " " + Code(all[i].cited()))
	}
	p.para("")
}
