package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// evidenceSide is what a model says of the evidence, whatever the detectors found.
type evidenceSide struct {
	coverage  Coverage
	integrity *Integrity
}

// seen is what a run has seen of the evidence.
func (m *manifested) seen(t *Tally, in *input) *evidenceSide {
	c := coverage(m, in, t.marked.rows())
	c.Daily = dailyOf(&t.all.days)
	return &evidenceSide{c, in.integrity}
}

// build makes the model of what was gathered.
func build(t *Tally, f *found, e *evidenceSide, in *input) *Model {
	all := &t.all
	id := valid(in.opt.CaseID)
	if id == "" {
		id = "AWS-IR-" + date(all.evidence.Last) + "-001"
	}
	return &Model{
		Schema: "coldtrail report 1",
		ID:     id,
		Account: Accounts{
			Affected:   accountRows(&all.accounts, func(r *accountRow) bool { return r.suspicious > 0 }),
			InEvidence: accountRows(&all.accounts, func(*accountRow) bool { return true }), OtherEvents: all.accounts.others,
		},
		Timeframe: Timeframe{
			Suspicious: all.suspicious.Span.utc(), Suspects: all.suspected.Span.utc(), Evidence: all.evidence.Span.utc(),
			Confirmed:   all.confirmed.Span.utc(),
			Implausible: all.implausible, Examples: all.examples,
		},
		Credentials: t.credentials(in.detectors),
		Events:      Events{all.suspicious.Counts, all.flagged, all.suspected.Counts, all.confirmed.Counts, all.evidence.Counts},
		SourceIPs: Sources{
			t.sources(&all.addresses, in.opt.Enrichment), all.addresses.others,
			t.sources(&all.malformed, nil), all.malformed.others,
			t.sources(&all.services, nil), all.services.others,
			in.opt.Enrichment.Sources(),
		},
		Actions:     Actions{ofSuspects(t.actions()), all.actions.others},
		Data:        t.written.data(),
		Persistence: t.written.persistence(),
		Defences:    t.written.defences(),
		Ledgers:     t.written.totals(&all.accounts),
		Responders:  t.respondersModel(in.detectors),
		Judgements:  t.judgedModel(),
		Findings:    findings(f, in.detectors),
		Detection:   in.opt.Detection.found(f, in.res.Evicted),
		Coverage:    e.coverage,
		Integrity:   e.integrity,
		NextSteps:   steps(f, in.detectors),
		Containment: containment,
		Limits:      limits(t, in),
	}
}

func (s Span) utc() Span {
	if s.First.IsZero() {
		return s
	}
	return Span{s.First.UTC(), s.Last.UTC()}
}

func accountRows(c *capped[string, accountRow], keep func(*accountRow) bool) []AccountRow {
	rows := []AccountRow{}
	for i, id := range c.keys {
		if r := &c.vals[i]; keep(r) {
			rows = append(rows, AccountRow{id, r.suspicious, r.Activity})
		}
	}
	slices.SortFunc(rows, func(a, b AccountRow) int { return cmp.Compare(a.Account, b.Account) })
	return rows
}

func (t *Tally) credentials(detectors map[string]*detect.Detector) Credentials {
	c := Credentials{
		Status: "suspected", Suspected: t.rows(&t.all.actors, detectors), OtherEvents: t.all.actors.others,
		Issued: []IssuedRow{}, OtherIssued: t.keys.issued.others,
		ByAddress: t.rows(&t.all.others, detectors), OtherByAddress: t.all.others.others, FurtherSuspects: t.suspects.more,
	}
	if t.all.confirmed.Events > 0 {
		c.Status = Malicious.Word()
	}
	for _, key := range t.keys.issued.keys {
		if row := t.issuedRow(key); row.Link != ByResponder {
			c.Issued = append(c.Issued, *row)
		}
	}
	return c
}

// rows lists actors, those that the severest findings name first, and then by first use.
func (t *Tally) rows(c *capped[actor, actorRow], detectors map[string]*detect.Detector) []CredentialRow {
	rows := []CredentialRow{}
	for i, who := range c.keys {
		r := &c.vals[i]
		row := CredentialRow{
			Credential: who.credential, Activity: r.Activity, InFindings: r.flagged, Confirmed: r.confirmed, Judgements: r.held,
			Principals: list(&r.principals), Types: list(&r.types), Sessions: list(&r.sessions),
			Addresses: list(&r.addresses), UserAgents: list(&r.agents),
		}
		if w := r.why; w.Finding != "" {
			row.Reason = &Reason{w.Severity, valid(w.Detector), title(detectors, w.Detector), valid(w.Finding)}
		}
		if who.credential != "" {
			row.Issued = t.issuedRow(who.credential)
			if k := t.keys.states.row(who.credential); k != nil {
				row.StateChanges, row.MoreChanges = k.marks, k.more
			}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b CredentialRow) int {
		return cmp.Or(sooner(a.Confirmed > 0, b.Confirmed > 0), cmp.Compare(b.Reason.weight(), a.Reason.weight()))
	})
	return rows
}

func (t *Tally) issuedRow(key string) *IssuedRow {
	r := t.keys.issued.row(key)
	if r == nil {
		return nil
	}
	row := &IssuedRow{Credential: key, By: r.mark, Link: r.link, Expires: r.expiry}
	row.Suspected = t.suspects.follows(key) || t.all.actors.row(actor{credential: key}) != nil
	if k := t.keys.states.row(key); k != nil {
		row.StateChanges = k.marks
	}
	return row
}

func list(v *values) List {
	l := List{Values: []ValueCount{}, OtherEvents: v.others}
	for i, s := range v.keys {
		l.Values = append(l.Values, ValueCount{s, int64(v.vals[i])})
	}
	return l
}

func (t *Tally) sources(c *capped[string, addressRow], enrichment *Enrichment) []SourceRow {
	rows := []SourceRow{}
	for i, s := range c.keys {
		r := &c.vals[i]
		row := SourceRow{Source: s, Where: enrichment.Of(s), InFinding: t.suspects.addresses[s], Confirmed: r.confirmed, Activity: r.Activity}
		if row.InFinding {
			row.ByOthers = (*int64)(&r.byOthers)
		}
		rows = append(rows, row)
	}
	first(rows, func(r *SourceRow) bool { return r.InFinding })
	return rows
}

func (t *Tally) actions() []ActionRow {
	rows := []ActionRow{}
	for i, k := range t.all.actions.keys {
		rows = append(rows, ActionRow{strings.TrimSuffix(k.service, suffix), k.action, k.link, t.all.actions.vals[i]})
	}
	first(rows, func(r *ActionRow) bool { return r.Link.Suspect() })
	return rows
}

// first moves the rows that matter to the front. Within each half they stay in
// the order of their first events.
func first[T any](rows []T, matters func(*T) bool) {
	slices.SortStableFunc(rows, func(a, b T) int { return sooner(matters(&a), matters(&b)) })
}

// sooner compares two rows of which those that matter come first.
func sooner(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func findings(f *found, detectors map[string]*detect.Detector) Findings {
	out := Findings{Total: f.total, Suppressed: f.suppressed.total, BySeverity: []SeverityGroup{}, ByDetector: []DetectorRow{}}
	var serious int64
	for s := detect.Critical; ; s-- {
		shown := f.shown[s]
		if shown == nil {
			shown = []Shown{}
		}
		out.BySeverity = append(out.BySeverity, SeverityGroup{s, f.bySeverity[s], f.standings(s), shown, groups(f.groups[s]), f.bySeverity[s] - int64(len(shown))})
		if s >= SuspectFrom {
			serious += f.bySeverity[s]
		}
		if s == 0 {
			break
		}
	}
	out.Statement = fmt.Sprintf("%s of severity %s or above.", plural(serious, "finding"), SuspectFrom)
	if held := out.held(); held != nil && serious > 0 {
		out.Statement = strings.TrimSuffix(out.Statement, ".") + ": " + held.text() + "."
	}
	if serious == 0 {
		out.Statement = fmt.Sprintf("No finding of severity %s or above. This does not mean that nothing happened: "+
			"it means that no detector of this run matched in the events that were read. What was not logged, not collected, "+
			"not readable or outside the scope cannot be found, and what looks like ordinary use is not reported.", SuspectFrom)
	}
	for _, id := range byWeight(f) {
		d := f.byDetector[id]
		row := DetectorRow{Detector: id, Title: title(detectors, id), Severity: d.severity, Findings: d.findings, Events: d.events}
		if det := detectors[id]; det != nil {
			row.Techniques, row.Doc = validAll(det.Techniques), valid(strings.Join(strings.Fields(det.Doc), " "))
		}
		out.ByDetector = append(out.ByDetector, row)
	}
	return out
}

func groups(byDetector map[string]*GroupRow) []GroupRow {
	rows := []GroupRow{}
	for _, g := range byDetector {
		rows = append(rows, *g)
	}
	slices.SortFunc(rows, func(a, b GroupRow) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Detector, b.Detector))
	})
	return rows
}

// byWeight lists the detectors that found something, the severest first.
func byWeight(f *found) []string {
	ids := make([]string, 0, len(f.byDetector))
	for id := range f.byDetector {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(f.byDetector[b].severity, f.byDetector[a].severity), cmp.Compare(a, b))
	})
	return ids
}

func title(detectors map[string]*detect.Detector, id string) string {
	if d := detectors[id]; d != nil {
		return d.Title
	}
	return ""
}

func steps(f *found, detectors map[string]*detect.Detector) []Step {
	out := []Step{}
	for _, id := range byWeight(f) {
		d := f.byDetector[id]
		step := Step{Detector: id, Severity: d.severity, Findings: d.findings, Next: "This detector names no next step."}
		if det := detectors[id]; det != nil {
			step.Title = det.Title
			if det.Next != "" {
				step.Next = strings.Join(strings.Fields(det.Next), " ")
			}
		}
		out = append(out, step)
	}
	return out
}

func coverage(m *manifested, in *input, marks []MarkCount) Coverage {
	t := in.res.Totals
	disagree := m.disagreements(&t)
	c := Coverage{
		Complete:   t.Objects["damaged"] == 0 && t.Objects["unreadable"] == 0 && t.Bad == 0 && t.Problems == 0,
		Reconciles: len(disagree) == 0, Disagreements: disagree,
		Sources: append([]string{}, validAll(in.opt.Sources)...), Scope: append([]string{}, validAll(in.opt.Scope)...),
		Timeline: cmp.Or(in.opt.Timeline, Full), Totals: t, Trouble: append([]Trouble{}, m.trouble.vals...), MoreTrouble: m.trouble.others,
		Marks: marks, Shapes: []ShapeRow{}, OtherShapes: m.shapes.others, Filtered: m.filtered, MoreFiltered: m.moreFiltered,
	}
	for _, s := range statuses {
		c.Objects = append(c.Objects, StatusRow{s, t.Objects[s], t.Bytes[s]})
	}
	for i, k := range m.shapes.keys {
		row := ShapeRow{Status: k.status, Shape: k.shape, Objects: int64(m.shapes.vals[i])}
		if k.status == scan.Parsed || k.status == scan.Damaged {
			row.Fidelity = parser.FidelityOf(k.shape).String()
		}
		c.Shapes = append(c.Shapes, row)
	}
	slices.SortFunc(c.Shapes, func(a, b ShapeRow) int {
		return cmp.Or(cmp.Compare(slices.Index(statuses, a.Status), slices.Index(statuses, b.Status)), cmp.Compare(a.Shape, b.Shape))
	})
	return c
}

func (m *Model) summary() *Summary {
	s := &Summary{
		Schema: "coldtrail summary 1", ID: m.ID, Complete: m.Complete(), Reconciles: m.Coverage.Reconciles,
		UnreadableObjects: m.Coverage.Totals.Objects["unreadable"], DamagedObjects: m.Coverage.Totals.Objects["damaged"],
		Totals: m.Coverage.Totals, Findings: m.Findings.Total, Suppressed: m.Findings.Suppressed, Suspicious: m.Events.Suspicious,
		SuspiciousTime: m.Timeframe.Suspicious, EvidenceTime: m.Timeframe.Evidence, Implausible: m.Timeframe.Implausible,
	}
	for i := range m.Findings.BySeverity {
		g := &m.Findings.BySeverity[i]
		s.BySeverity = append(s.BySeverity, SeverityCount{g.Severity, g.Count})
	}
	if worst, any := m.Worst(); any {
		s.Highest = &worst
	}
	return s
}
