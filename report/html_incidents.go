package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A htmlStage is a tactic of an incident's kill chain.
type htmlStage struct {
	Tactic, Techniques string
	First              htmlCell
	Events             string
	Attempted          bool
}

// A htmlStep is something to do: first look, then run.
type htmlStep struct {
	Phase, Why, Verify, Note string
	Run                      []string
	Events                   htmlCell
}

// htmlIncidents are the incidents with the places of the events that their stories cite.
type htmlIncidents struct {
	places map[string]IncidentEvent // by event ID
	told   *Incident                // the one that was asked for, with all its events; nil: all
}

// readHTMLIncidents reads incidents.jsonl in dir, for the events that sentences and steps cite.
func readHTMLIncidents(dir string, m *Model, only int) (*htmlIncidents, error) {
	out := &htmlIncidents{places: map[string]IncidentEvent{}}
	if m.Incidents == nil {
		if only > 0 {
			return nil, errors.New("the case has no incidents: there was no event store to build them from")
		}
		return out, nil
	}
	cited := map[string]bool{}
	for i := range m.Incidents.Rows {
		in := &m.Incidents.Rows[i]
		for _, s := range slices.Concat(in.Narrative, in.New) {
			for _, id := range s.Events {
				cited[id] = true
			}
		}
		for _, s := range in.Steps {
			for _, id := range s.Events {
				cited[id] = true
			}
		}
	}
	n := 0
	for in, err := range jsonLines[Incident](dir, incidentsFile) {
		if err != nil {
			return nil, err
		}
		n++
		for _, e := range in.Events {
			if _, known := out.places[e.ID]; cited[e.ID] && !known {
				out.places[e.ID] = e
			}
		}
		if in.Number == only {
			out.told = &in
		}
	}
	if err := m.Incidents.fits(n); err != nil {
		return nil, err
	}
	if only > 0 && out.told == nil {
		return nil, m.Incidents.None(strconv.Itoa(only))
	}
	return out, nil
}

// citations links to the events of a claim.
func (b *htmlBuilder) citations(ids []string, further int64) htmlCell {
	var cells []htmlCell
	for _, id := range ids {
		e, ok := b.stories.places[id]
		if !ok {
			cells = append(cells, valueCell(id))
			continue
		}
		cells = append(cells, b.event(e.Name, e.ID, e.Ordinal))
	}
	out := joinCells(", ", cells...)
	if further > 0 {
		out = append(out, htmlBit{Text: fmt.Sprintf(" +%s", plural(further, "event")), Class: "dim"})
	}
	return out
}

func (b *htmlBuilder) incidentsSection() {
	all := b.Incidents
	if all == nil {
		return
	}
	blocks := []htmlBlock{{Note: "Findings from " + SuspectFrom.String() + " on, joined into stories by credentials that came from one another, by principal, by address and by time. Each sentence names its events. What is proposed is to be verified first."}}
	rows, left := all.Rows, all.More
	if b.stories.told != nil {
		rows, left = []Incident{*b.stories.told}, 0
	}
	if len(rows) == 0 {
		blocks = append(blocks, htmlBlock{Para: plainCell("No incident: %s", all.none())})
	}
	shown := min(len(rows), max(htmlRows, b.fold.rows/4))
	if len(rows) > 1 {
		blocks = append(blocks, b.table("Incidents", "#Number,Incident,Severity,Status,#Score,#Events,First and last", len(rows), func(i int) []htmlCell {
			in := &rows[i]
			title := htmlBit{Text: in.Title}
			if i < shown {
				title.Anchor = incidentAnchor(in)
			}
			return []htmlCell{numberCell(int64(in.Number)), {title}, badgeCell(in.Severity), plainCell("%s", in.Status), numberCell(int64(in.Score.Total)), numberCell(in.Counts.Events), duringCell(in.Span)}
		}, incidentsFile, ""))
	}
	for i := range shown {
		blocks = append(blocks, b.incident(&rows[i])...)
	}
	if n := len(rows) - shown + left; n > 0 {
		blocks = append(blocks, htmlBlock{Note: fmt.Sprintf("+%s, see %s and coldtrail report CASE --incident N.", plural(int64(n), "incident"), incidentsFile)})
		b.folded("incidents", int64(n), incidentsFile)
	}
	if len(all.Limits) > 0 {
		var limits []htmlCell
		for _, s := range all.Limits {
			limits = append(limits, plainCell("%s", s))
		}
		blocks = append(blocks, htmlBlock{Sub: "What these stories cannot tell"}, htmlBlock{List: limits})
	}
	b.section("incidents", "Incidents", "Incidents", blocks...)
}

func incidentAnchor(in *Incident) string { return fmt.Sprintf("incident-%d", in.Number) }

func (b *htmlBuilder) incident(in *Incident) []htmlBlock {
	var parts []string
	for _, p := range in.Score.Parts {
		parts = append(parts, fmt.Sprintf("%s %d", p.What, p.Points))
	}
	status := plainCell("%s", in.Status)
	if in.Because != "" {
		status = append(status, htmlBit{Text: ", by judgement "}, htmlBit{Text: in.Because, Class: "code"})
	}
	blocks := []htmlBlock{
		{Sub: fmt.Sprintf("Incident %d: %s", in.Number, in.Title), Name: incidentAnchor(in)},
		{Facts: []htmlFact{
			{"Severity", append(badgeCell(in.Severity), htmlBit{Text: in.whyMild()})}, {"Status", status}, {"When", duringCell(in.Span)}, {"Accounts", codeCells(in.Accounts)},
			{"Principals", incidentCell(in.Principals, in.MorePrincipals)}, {"From", incidentCell(in.Addresses, in.MoreAddresses)}, {"Events", plainCell("%s", in.Counts.text())},
			{"Score", plainCell("%d, to rank by and no probability: %s", in.Score.Total, strings.Join(parts, ", "))},
		}},
	}
	if len(in.Tactics) > 0 {
		blocks = append(blocks, htmlBlock{Chain: b.chain(in)})
	}
	if story := b.sentences(in.Narrative); story != nil {
		blocks = append(blocks, htmlBlock{Head: "What happened"}, htmlBlock{Steps: story})
	}
	if news := b.sentences(in.New); news != nil {
		blocks = append(blocks, htmlBlock{Head: newTitle}, htmlBlock{List: news})
	}
	if f := b.incidentGraph(in); f != nil {
		blocks = append(blocks, htmlBlock{Figure: f})
	}
	blocks = append(blocks, htmlBlock{Head: "Findings of incident " + number(int64(in.Number))}, b.table(fmt.Sprintf("Findings of incident %d", in.Number), "Severity,Finding,Seen,#Events,First and last", len(in.Findings), func(i int) []htmlCell {
		f := &in.Findings[i]
		return []htmlCell{badgeCell(f.Severity), {{Text: orID(f.Title, f.Detector), Anchor: b.findingAnchor(f.ID)}}, plainCell("%s", f.Why), numberCell(int64(f.Events)), duringCell(f.Span)}
	}, incidentsFile, more(int64(in.MoreFinding), "in findings.jsonl")))
	if b.stories.told != nil {
		blocks = append(blocks, htmlBlock{Head: "Its events"}, b.incidentEvents(in))
	}
	var questions []htmlCell
	for _, q := range in.Questions {
		questions = append(questions, plainCell("%s", q))
	}
	if questions != nil {
		blocks = append(blocks, htmlBlock{Head: "Open questions"}, htmlBlock{List: questions})
	}
	if len(in.Steps) > 0 {
		blocks = append(blocks, htmlBlock{Head: in.stepsTitle() + ", in this order"}, htmlBlock{Do: b.steps(in)})
	}
	return blocks
}

// sentences are sentences with links to the events that they cite.
func (b *htmlBuilder) sentences(all []Sentence) (cells []htmlCell) {
	for _, s := range all {
		cells = append(cells, append(append(htmlCell{{Text: s.Text}, {Text: " ["}}, b.citations(s.Events, s.More)...), htmlBit{Text: "]"}))
	}
	return cells
}

func incidentCell(values []IncidentValue, more int) htmlCell {
	if len(values) == 0 {
		return valueCell("")
	}
	var cells []htmlCell
	for _, v := range values[:min(len(values), htmlRows)] {
		text := " (" + number(v.Events)
		if v.Note != "" {
			text += ", " + v.Note
		}
		cells = append(cells, htmlCell{{Text: v.Value, Class: "code"}, {Text: text + ")", Class: "dim"}})
	}
	out := joinCells(", ", cells...)
	if n := len(values) - len(cells) + more; n > 0 {
		out = append(out, htmlBit{Text: fmt.Sprintf(" +%d, see %s", n, incidentsFile), Class: "dim"})
	}
	return out
}

func (b *htmlBuilder) chain(in *Incident) (stages []htmlStage) {
	for i := range in.Tactics {
		t := &in.Tactics[i]
		e := &t.First
		first := append(b.event(e.Name, e.ID, e.Ordinal), htmlBit{Class: "line"}, htmlBit{Text: moment(e.Time), Class: "time"})
		stages = append(stages, htmlStage{t.Tactic, strings.Join(t.Techniques, ", "), first, plural(t.Events, "event"), t.Attempted})
	}
	return stages
}

func (b *htmlBuilder) steps(in *Incident) (steps []htmlStep) {
	for i := range in.Steps {
		s := &in.Steps[i]
		steps = append(steps, htmlStep{s.Phase, s.Why, strings.TrimPrefix(s.Verify, verifyFirst+": "), s.Note, s.Run, b.citations(s.Events, 0)})
	}
	return steps
}

func (b *htmlBuilder) incidentEvents(in *Incident) htmlBlock {
	rest := ""
	if in.MoreEvents > 0 {
		rest = fmt.Sprintf("+%s, see timeline.csv.", plural(in.MoreEvents, "event"))
	}
	return b.table(fmt.Sprintf("Events of incident %d", in.Number), "Time,Event,Outcome,Principal and credential,Source IP,Resource,In a finding", len(in.Events), func(i int) []htmlCell {
		e := &in.Events[i]
		outcome := plainCell("%s", e.Outcome)
		if e.Error != "" {
			outcome = append(outcome, htmlBit{Text: " "}, htmlBit{Text: e.Error, Class: "code error"})
		}
		who := valueCell(e.Principal)
		if e.Credential != "" {
			who = append(who, htmlBit{Class: "line"}, htmlBit{Text: e.Credential, Class: "code"})
		}
		return []htmlCell{{{Text: moment(e.Time), Class: "time"}}, b.event(e.Name, e.ID, e.Ordinal), outcome, who, valueCell(e.SourceIP), valueCell(e.Resource), plainCell("%s", yes(e.InFinding))}
	}, incidentsFile, rest)
}

// incidentGraph draws which credential of an incident came from which.
func (b *htmlBuilder) incidentGraph(in *Incident) *htmlFigure {
	if len(in.Credentials) < 2 {
		return nil
	}
	nodes := make([]*htmlNode, len(in.Credentials))
	for i := range in.Credentials {
		c := &in.Credentials[i]
		n := &htmlNode{name: orID(c.Credential, orID(c.Principal, c.Kind)), suspected: true, title: strings.TrimSpace(c.Principal + " " + c.Credential)}
		n.below = plural(c.Events, "event") + " of its " + number(c.All)
		if e := c.By; e != nil {
			n.below, n.by = e.Name+" "+moment(e.Time), &Mark{Event: e.Name, EventID: e.ID, Ordinal: e.Ordinal, Time: e.Time}
		}
		nodes[i] = n
	}
	var roots []*htmlNode
	for i := range in.Credentials {
		if p := in.Credentials[i].Parent; p >= 0 && p < i { // parents stand before what came from them
			nodes[p].children = append(nodes[p].children, nodes[i])
		} else {
			roots = append(roots, nodes[i])
		}
	}
	f := b.tree(roots, fmt.Sprintf("graph-%d", in.Number), fmt.Sprintf("Credentials of incident %d", in.Number))
	f.Desc = "From left to right: a principal, session or key, and what came from it. " + plural(int64(len(nodes)), "node") + "."
	if in.MoreCredentials > 0 {
		f.Desc += " There was no room for " + plural(int64(in.MoreCredentials), "further one") + "."
	}
	return f
}

// incidentScreen is the first screen of a page on one incident.
func (b *htmlBuilder) incidentScreen(in *Incident) {
	verdict := append(htmlCell{{Text: string(in.Status), Class: "strong"}, {Text: " "}}, badgeCell(in.Severity)...)
	b.card("Suspected or confirmed?", "incidents", "bad", verdict, plainCell("%s", in.Title))
	values := func(list []IncidentValue) (lines []htmlCell) {
		for _, v := range list {
			lines = append(lines, append(valueCell(v.Value), htmlBit{Text: ", " + plural(v.Events, "event"), Class: "dim"}))
		}
		return lines
	}
	b.card("Who", "incidents", "", values(in.Principals)...)
	b.card("When", "incidents", "", duringLines(in.Span, "this incident"), duringLines(b.Timeframe.Evidence, "evidence"))
	b.card("From where", "incidents", "", values(in.Addresses)...)
	var alive []htmlCell
	for i := range in.Credentials {
		if c := &in.Credentials[i]; c.Alive {
			alive = append(alive, append(valueCell(orID(c.Credential, c.Principal)), htmlBit{Text: " until " + moment(c.Expires), Class: "dim"}))
		}
	}
	if alive == nil {
		alive = []htmlCell{plainCell("No session that the evidence shows to be unexpired at its end.")}
	}
	b.card("Issued, and not expired at the end of the evidence", "incidents", "warn", alive...)
	b.card("Contain now", "incidents", "wide", in.stepLines()...)
	b.unknownCard()
	b.logsCard()
}

// stepLines are the steps in short.
func (in *Incident) stepLines() (lines []htmlCell) {
	for i := range in.Steps {
		lines = append(lines, htmlCell{{Text: in.Steps[i].Phase, Class: "tag"}, {Text: " " + in.Steps[i].Why}})
	}
	return lines
}

// only leaves the findings of one incident.
func (h *htmlFindings) only(in *Incident) {
	ids := map[string]bool{}
	for i := range in.Findings {
		ids[in.Findings[i].ID] = true
	}
	h.list = slices.DeleteFunc(h.list, func(f htmlFound) bool { return !ids[f.ID] })
	h.total = int64(len(h.list))
	h.techniques = map[string]*htmlTechnique{}
	for i := range h.list {
		for _, id := range h.list[i].Techniques {
			h.technique(id).add(&h.list[i])
		}
	}
}

// JSON writes the incident.
func (in *Incident) JSON(w io.Writer) error { return writeJSON(w, in) }
