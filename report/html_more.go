package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// The sections behind the nine fields that are lists and sentences.

// readText says whether the evidence was read.
func (b *htmlBuilder) readText() htmlCell {
	c := &b.Coverage
	switch {
	case !c.Reconciles:
		return htmlCell{{Text: "The sums do not agree. Do not rely on this report: " + strings.Join(c.Disagreements, "; ") + ".", Class: "strong"}}
	case c.Complete:
		return plainCell("Every object that was listed was read to its end, or left out for the reason given, and every record could be decoded.")
	}
	return htmlCell{{Text: "Incomplete: " + c.missing() + ".", Class: "strong"}, {Text: " What the rest holds is not in this report."}}
}

func (b *htmlBuilder) coverageBlocks() (blocks []htmlBlock) {
	c := &b.Coverage
	t := &c.Totals
	facts := []htmlFact{
		{"Sources", codeCells(c.Sources)}, {"Filters", codeCells(c.Scope)},
		{"Objects listed", plainCell("%s; content read: %s", number(t.Listed), size(t.Content))},
		{"Records found", plainCell("%s = %s kept + %s excluded by filters + %s bad + %s other than events", number(t.Framed), number(t.Kept), number(t.Excluded), number(t.Bad), number(t.Other))},
		{"Records kept", plainCell("%s = %s distinct events + %s identical copies (copies.jsonl)", number(t.Kept), number(t.Distinct), number(t.Copies))},
		{"Problems", plainCell("%s (problems.jsonl)", number(t.Problems))},
		{"timeline.csv", plainCell("%s", timelineNotes[c.Timeline])},
	}
	for _, m := range c.Marks {
		facts = append(facts, htmlFact{"Mark " + m.Mark, plainCell("%s: %s", plural(m.Events, "event"), m.Meaning)})
	}
	if kinds := kindsText(&t.Kinds); kinds != "" {
		facts = append(facts, htmlFact{"Kinds of their own", plainCell("%s", kinds)})
	}
	rest := ""
	if c.OtherShapes > 0 {
		rest = fmt.Sprintf("+%s of further kinds: see manifest.jsonl.", plural(c.OtherShapes, "object"))
	}
	blocks = append(blocks, htmlBlock{Sub: "What was read"}, htmlBlock{Facts: facts},
		b.table("Objects", "Objects,#Number,#Bytes stored", len(c.Objects), func(i int) []htmlCell {
			r := &c.Objects[i]
			return []htmlCell{plainCell("%s", r.Status), numberCell(r.Objects), plainCell("%s", size(r.Bytes))}
		}, "report.json, coverage", ""),
		b.table("Shapes", "Objects,Shape or reason,Records,#Number", len(c.Shapes), func(i int) []htmlCell {
			r := &c.Shapes[i]
			return []htmlCell{plainCell("%s", r.Status), valueCell(r.Shape), plainCell("%s", cmp.Or(fidelities[r.Fidelity], "–")), numberCell(r.Objects)}
		}, "report.json, coverage.shapes", rest))
	if len(c.Filtered) > 0 {
		rest = ""
		if c.MoreFiltered > 0 {
			rest = fmt.Sprintf("+%s: see the notes in manifest.jsonl.", plural(c.MoreFiltered, "further remark"))
		}
		blocks = append(blocks, htmlBlock{Sub: "Possibly filtered exports"}, htmlBlock{Note: "The absence of other events in them proves nothing."},
			b.table("Possibly filtered exports", "Object,Remark", len(c.Filtered), func(i int) []htmlCell {
				return []htmlCell{valueCell(c.Filtered[i].Object), plainCell("%s", c.Filtered[i].Remark)}
			}, "report.json, coverage.possibly_filtered", rest))
	}
	if len(c.Trouble) > 0 {
		rest = ""
		if c.MoreTrouble > 0 {
			rest = fmt.Sprintf("+%s: see manifest.jsonl.", plural(c.MoreTrouble, "further object"))
		}
		blocks = append(blocks, htmlBlock{Sub: "Damaged and unreadable objects"},
			b.table("Damaged and unreadable objects", "Object,Status,Reason,#Records kept,#Records bad,#Problems", len(c.Trouble), func(i int) []htmlCell {
				r := &c.Trouble[i]
				return []htmlCell{valueCell(r.Object), plainCell("%s", r.Status), valueCell(r.Reason), numberCell(r.Kept), numberCell(r.Bad), numberCell(r.Problems)}
			}, "report.json, coverage.trouble", rest))
	}
	return blocks
}

func (b *htmlBuilder) integritySection() {
	i := b.Integrity
	if i == nil {
		b.section("integrity", "Integrity", "Integrity of the logs", htmlBlock{Call: &htmlCall{"warn", plainCell(noDigests)}})
		return
	}
	var says []htmlCell
	for _, s := range i.Statement {
		says = append(says, plainCell("%s", s))
	}
	blocks := []htmlBlock{{Note: "Verified means unchanged since the digest was made, and not that the log is complete."}, {List: says}}
	for _, list := range []struct {
		title string
		lines []string
	}{{"What is wrong", i.wrongLines()}, {unnamedTitle, i.unnamedLines()}} {
		if len(list.lines) > 0 {
			blocks = append(blocks, htmlBlock{Sub: list.title}, b.table(list.title, "File", len(list.lines), func(n int) []htmlCell { return []htmlCell{plainCell("%s", list.lines[n])} }, i.file(), ""))
		}
	}
	if len(i.Chains) > 0 {
		blocks = append(blocks, htmlBlock{Sub: "Chains of digests"}, b.table("Chains of digests", "Chain,Where,Digests,Logs,Windows,End", len(i.Chains), func(n int) []htmlCell {
			c := i.Chains[n]
			v := newChainView(c)
			var windows []htmlCell
			for _, w := range v.Windows {
				windows = append(windows, plainCell("%s – %s %s", w.From, w.To, w.Text))
			}
			cell := joinCells("; ", windows...)
			if v.More != "" {
				cell = append(cell, htmlBit{Text: "; " + v.More})
			}
			return []htmlCell{plainCell("%s", chainTitle(c)), valueCell(v.Places), plainCell("%s", v.Digests), plainCell("%s", v.Logs), cell, plainCell("%s", v.End)}
		}, i.file(), ""))
	}
	b.section("integrity", "Integrity", "Integrity of the logs", blocks...)
}

// A htmlFinding is a finding that can be read without the script.
type htmlFinding struct {
	*Shown
	Anchor   string
	Doubt    string
	During   htmlCell
	Facts    []htmlFact
	Lines    []htmlCell
	MoreText string
}

// Events64 is how many events the finding lists.
func (f *htmlFinding) Events64() int64 { return int64(f.Count) }

// findingAnchor names a finding on the page; "" where it is not told in full.
func (b *htmlBuilder) findingAnchor(id string) string {
	if b.stories.told != nil {
		return "" // the page has one incident, and no section of findings
	}
	for i := range b.Findings.BySeverity {
		g := &b.Findings.BySeverity[i]
		if g.Severity == detect.Informational {
			break
		}
		for j := range g.Shown {
			if g.Shown[j].ID == id {
				return fmt.Sprintf("f%d-%d", g.Severity, j)
			}
		}
	}
	return ""
}

func (b *htmlBuilder) findingsSection() {
	f := &b.Findings
	blocks := []htmlBlock{{Para: plainCell("%s", f.Statement)}}
	for i := range f.BySeverity {
		g := &f.BySeverity[i]
		if g.Count == 0 {
			continue
		}
		blocks = append(blocks, htmlBlock{Sub: fmt.Sprintf("%s: %s", strings.ToUpper(g.Severity.String()[:1])+g.Severity.String()[1:], plural(g.Count, "finding")+g.ofWhich())})
		if g.Severity == detect.Informational {
			blocks = append(blocks, b.sums(g))
			continue
		}
		for j := range g.Shown {
			blocks = append(blocks, htmlBlock{Finding: b.finding(&g.Shown[j], fmt.Sprintf("f%d-%d", g.Severity, j))})
		}
		if g.More > 0 {
			blocks = append(blocks, htmlBlock{Note: fmt.Sprintf("+%s, see findings.jsonl.", number(g.More))})
		}
	}
	if f.Suppressed > 0 {
		blocks = append(blocks, htmlBlock{Sub: "Suppressed: " + plural(f.Suppressed, "finding")}, htmlBlock{Note: "They accuse nobody; findings.jsonl has them in full, and the appendix of rules says who suppressed them and why."})
	}
	blocks = append(blocks, htmlBlock{Slot: "all-findings"})
	b.section("findings", "Findings", "Findings", blocks...)
}

// sums stands for findings of which each by itself says little.
func (b *htmlBuilder) sums(g *SeverityGroup) htmlBlock {
	return b.table(g.Severity.String()+" findings", "Detector,Title,#Findings,#Events,First and last", len(g.Groups), func(i int) []htmlCell {
		r := &g.Groups[i]
		return []htmlCell{valueCell(r.Detector), plainCell("%s", r.Title), numberCell(r.Findings), numberCell(r.Events), duringCell(r.Span)}
	}, "report.json, findings", "")
}

func (b *htmlBuilder) finding(s *Shown, anchor string) *htmlFinding {
	out := &htmlFinding{Shown: s, Anchor: anchor, During: duringCell(Span{s.First, s.Last}), Doubt: s.Integrity.doubt()}
	distinctCell := func(values []string, more int) htmlCell {
		cell := codeCells(values)
		if len(values) == 0 {
			cell = valueCell("")
		}
		if more > 0 {
			cell = append(cell, htmlBit{Text: fmt.Sprintf(" (at least %d more, see findings.jsonl)", more), Class: "dim"})
		}
		return cell
	}
	out.Facts = []htmlFact{
		{"Subject", valueCell(s.Subject)}, {"Seen", plainCell("%s", s.Why)}, {"Principals", distinctCell(s.Principals.Values, s.Principals.More)},
		{"Credentials", distinctCell(s.Credentials.Values, s.Credentials.More)}, {"Source IPs", distinctCell(s.SourceIPs.Values, s.SourceIPs.More)},
	}
	if s.Standing != "" {
		out.Facts = append(out.Facts, htmlFact{"Held to be", htmlCell{{Text: string(s.Standing), Class: "strong"}, {Text: ", as an examiner holds of its events"}}})
	}
	for i := range s.Events {
		e := &s.Events[i]
		cell := htmlCell{{Text: moment(e.Time), Class: "time"}, {Text: " "}}
		cell = append(cell, b.event(e.Name, e.ID, e.Ordinal)...)
		result := e.Outcome
		if e.Outcome == "" {
			result = "outcome in timeline.csv"
		}
		cell = append(cell, htmlBit{Text: " " + result})
		if e.Error != "" {
			cell = append(cell, htmlBit{Text: ": "}, htmlBit{Text: e.Error, Class: "code error"})
		}
		out.Lines = append(out.Lines, append(cell, htmlBit{Text: " in "}, htmlBit{Text: e.Object, Class: "code path"}, htmlBit{Text: fmt.Sprintf(", record %d, offset %d", e.Index, e.Offset), Class: "dim"}))
	}
	if s.More > 0 {
		out.MoreText = fmt.Sprintf("+%s, see findings.jsonl", plural(int64(s.More), "more event"))
	}
	return out
}

// fixedLimits are the same in every report: what no report of CloudTrail's records can say.
var fixedLimits = []string{
	"A principal is not a person: a record says which identity was used, not by whom.",
	"An address is not a place, and may be shared by many or belong to a proxy.",
	"bytesTransferredOut is what the service says it sent, not what anyone received.",
	"No record is not no act: what is not logged, not delivered, not collected or not in scope is not here.",
	"Verified means unchanged since the digest was made, and not complete.",
	"The order of events within one second is unknown: CloudTrail's eventTime has a resolution of one second.",
	"The words attacker, compromised and exfiltrated are used only of what an examiner has marked as confirmed.",
}

func (b *htmlBuilder) methodSection() {
	var steps []htmlCell
	for _, s := range b.Containment {
		steps = append(steps, plainCell("%s", s))
	}
	next := []htmlBlock{{Para: plainCell("No detector matched, so none asks for a step. See the coverage above before drawing a conclusion.")}}
	if len(b.NextSteps) > 0 {
		next = []htmlBlock{{Sub: "Order of containment"}, {Steps: steps}, {Sub: "Per detector"}, b.table("Next steps", "Detector,Severity,#Findings,What to do", len(b.NextSteps), func(i int) []htmlCell {
			s := &b.NextSteps[i]
			return []htmlCell{plainCell("%s", orID(s.Title, s.Detector)), badgeCell(s.Severity), numberCell(s.Findings), plainCell("%s", s.Next)}
		}, "report.json, next_steps", "")}
	}
	b.section("next", "Next steps", "Next steps", next...)
	var fixed, own []htmlCell
	for _, s := range fixedLimits {
		fixed = append(fixed, plainCell("%s", s))
	}
	for _, s := range b.Limits {
		own = append(own, plainCell("%s", s))
	}
	b.section("method", "Method", "Method, custody and limits",
		htmlBlock{Sub: "Method"},
		htmlBlock{Para: plainCell("The evidence was opened for reading only. Every object that was listed stands in manifest.jsonl with its size, its SHA-256 and what became of it. Records were taken out as bytes, decoded, brought into one order (time, event ID, place) and each distinct one kept once; detectors looked at all of them. The event store in the case has every record byte for byte, and findings, report and this page are made from it again without the evidence.")},
		htmlBlock{Para: plainCell("The same evidence, rules and options give this page again, byte for byte. To check a claim: follow its link to the event, take object, record and offset from there, and compare with coldtrail show CASE '#ordinal' --verify, or with any JSON tool.")},
		htmlBlock{Sub: "Custody"},
		htmlBlock{Para: plainCell("When, where, by whom and with which program the case was made stands in custody.jsonl in the case, a chain of hashes that coldtrail custody verify checks; outputs.sha256 beside it has the hash of every file. None of it is repeated here, so that this page depends on the evidence only.")},
		htmlBlock{Sub: "Limits of any such report"}, htmlBlock{List: fixed},
		htmlBlock{Sub: "Limits of this report"}, htmlBlock{List: own})
}

func (b *htmlBuilder) rulesSection() {
	var blocks []htmlBlock
	rows := b.Findings.ByDetector
	blocks = append(blocks, htmlBlock{Sub: "Detectors with findings"}, b.table("Detectors with findings", "Detector,Title,Highest severity,#Findings,#Events,Techniques,What it means", len(rows), func(i int) []htmlCell {
		r := &rows[i]
		return []htmlCell{valueCell(r.Detector), plainCell("%s", r.Title), badgeCell(r.Severity), numberCell(r.Findings), numberCell(r.Events), plainCell("%s", strings.Join(r.Techniques, ", ")), plainCell("%s", r.Doc)}
	}, "report.json, findings.by_detector", ""))
	if d := b.Detection; d != nil {
		blocks = append(blocks, b.detectionBlocks(d)...)
	}
	b.section("rules", "Rules", "Appendix: what was looked for", blocks...)
}

func (b *htmlBuilder) detectionBlocks(d *Detection) (blocks []htmlBlock) {
	blocks = append(blocks, htmlBlock{Sub: "Where they came from"}, htmlBlock{Note: "What is not looked for is not found: what was rejected or left out stands here too."},
		b.table("Sources of detectors", "Source,Kind,#Files,#Detectors,#With findings,#Findings,#Silent documents,#Rejected", len(d.Sources), func(i int) []htmlCell {
			s := &d.Sources[i]
			return []htmlCell{valueCell(s.Name), plainCell("%s", s.Kind), numberCell(int64(s.Files)), numberCell(int64(s.Detectors)), numberCell(int64(s.Hit)), numberCell(s.Findings), numberCell(int64(s.Silent)), numberCell(int64(s.Rejected))}
		}, "report.json, detection.sources", ""))
	if len(d.Excluded) > 0 {
		blocks = append(blocks, htmlBlock{Para: append(plainCell("Left out, as was asked: "), codeCells(d.Excluded)...)})
	}
	if d.Below != nil {
		blocks = append(blocks, htmlBlock{Para: plainCell("Left out by severity: %s below %s, with %s.", plural(d.Below.Findings, "finding"), d.Minimum, plural(d.Below.Events, "event"))})
	}
	if len(d.Suppressions) > 0 {
		blocks = append(blocks, htmlBlock{Sub: "Suppressions as of " + d.AsOf}, b.table("Suppressions", "Suppression,Rules,Reason,Last day,State,#Findings,#Events", len(d.Suppressions), func(i int) []htmlCell {
			s := &d.Suppressions[i]
			state, of := "applied", plainCell("all")
			switch {
			case s.Expired:
				state = "expired, not applied"
			case s.Unknown:
				state = "of no detector of this run"
			}
			if len(s.Rules) > 0 {
				of = codeCells(s.Rules)
			}
			return []htmlCell{valueCell(s.Suppression), of, plainCell("%s", s.Reason), plainCell("%s", s.Expires), plainCell("%s", state), numberCell(s.Findings), numberCell(s.Events)}
		}, "report.json, detection.suppressions", ""))
	}
	if len(d.Rejected) > 0 {
		blocks = append(blocks, htmlBlock{Sub: "Rejected rules"}, b.table("Rejected rules", "File,#Line,Rule,Reason", len(d.Rejected), func(i int) []htmlCell {
			r := &d.Rejected[i]
			return []htmlCell{valueCell(r.File), plainCell("%s", lineText(r.Line)), plainCell("%s", r.Title), plainCell("%s", r.Reason)}
		}, "report.json, detection.rejected_rules", ""))
	}
	for i := range d.Lists {
		l := &d.Lists[i]
		blocks = append(blocks, htmlBlock{Para: append(plainCell("Indicators of "), htmlBit{Text: l.Name, Class: "code"}, htmlBit{Text: fmt.Sprintf(": %s, %s there twice, %s rejected.", number(int64(l.count())), number(int64(l.Duplicates)), number(int64(l.Rejected)))})})
	}
	blocks = append(blocks, htmlBlock{Sub: "All detectors"}, b.table("All detectors", "Detector,Source,#Findings,#Events", len(d.Detectors), func(i int) []htmlCell {
		u := &d.Detectors[i]
		return []htmlCell{valueCell(u.ID), valueCell(u.Source), numberCell(u.Findings), numberCell(u.Events)}
	}, "report.json, detection.detectors", ""))
	return blocks
}
