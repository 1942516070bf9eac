package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// What a sign adds to a score. The weights rank: one finding of a severity weighs as much as all the circumstances that go with it can, so that
// circumstances alone, which ordinary work has as well, make no incident severe.
const (
	pointsCritical = 45
	pointsHigh     = 25
	pointsMedium   = 10
	pointsKind     = 4 // each further kind of finding, up to five
	pointsTactic   = 5 // each further tactic that the findings show
	pointsIssued   = 3 // each credential that was handed out, up to four
	pointsLeft     = 3 // each thing that is still there, up to five
	pointsSecret   = 6
	pointsData     = 6
	pointsShared   = 8
	pointsDefence  = 10
	pointsNew      = 6 // new addresses
	pointsJudged   = 40
)

// The least scores of severities.
const (
	scoreCritical = 85
	scoreHigh     = 45
	scoreMedium   = 24
)

// score adds up what speaks for an incident.
func (d *incidentDraft) score() {
	d.judge()
	add := func(points int, format string, args ...any) {
		if points > 0 {
			d.Score.Parts = append(d.Score.Parts, ScorePart{fmt.Sprintf(format, args...), points})
			d.Score.Total += points
		}
	}
	d.Score.Parts = []ScorePart{}
	kinds := map[string]bool{}
	for _, u := range d.units {
		kinds[d.b.units[u].head.Detector] = true
	}
	shown := d.accusedTactics()
	add(map[detect.Severity]int{detect.Critical: pointsCritical, detect.High: pointsHigh, detect.Medium: pointsMedium}[d.worst], "a finding of severity %s", d.worst)
	add(min(len(kinds)-1, 5)*pointsKind, "%s of findings", plural(int64(len(kinds)), "kind"))
	add((len(shown)-1)*pointsTactic, "%s in findings: %s", tacticsCount(len(shown)), strings.Join(shown, ", "))
	issued, secrets, data, shares := d.deeds()
	add(min(issued, 4)*pointsIssued, "%s handed out", plural(int64(issued), "credential"))
	there := d.stillThere()
	add(min(there, 5)*pointsLeft, "%s left behind", plural(int64(there), "thing"))
	add(pointsIf(secrets, pointsSecret), "secrets read")
	add(pointsIf(data, pointsData), "data read")
	add(pointsIf(shares, pointsShared), "data opened to others or exported")
	if d.defences > 0 {
		add(pointsDefence, "defences weakened by %s", plural(int64(d.defences), "call"))
	}
	if d.novel() {
		add(pointsNew, "an address that the principal had not used before")
	}
	if d.Status == IncidentConfirmed {
		add(pointsJudged, "an examiner holds it malicious")
	}
	d.Severity = d.severity(len(shown))
}

func tacticsCount(n int) string { return plural(int64(n), "tactic") }

// severity follows from the score. Medium findings of one tactic, which no new address with what was read from there corroborates, make an incident of low severity: so looks
// ordinary work that a detector does not know. None is severer than its findings by more than one step, unless an examiner says so.
func (d *incidentDraft) severity(tactics int) detect.Severity {
	s := detect.Low
	switch {
	case d.Status == IncidentCleared, d.Status == IncidentResponder:
		return detect.Informational
	case d.Score.Total >= scoreCritical:
		s = detect.Critical
	case d.Score.Total >= scoreHigh:
		s = detect.High
	case d.Score.Total >= scoreMedium:
		s = detect.Medium
	}
	if d.Status == IncidentConfirmed {
		return max(s, detect.High)
	}
	if d.worst == detect.Medium && tactics < 2 {
		if _, secrets, data, _ := d.deeds(); secrets && data && d.novel() {
			return min(s, detect.Medium) // from a new address, secrets and data: that corroborates it
		}
		return detect.Low
	}
	return min(s, d.worst+1)
}

// accusedTactics names the tactics of the findings that the incident is made of, by ATT&CK's order.
func (d *incidentDraft) accusedTactics() (names []string) {
	var is [len(tactics)]bool
	for _, u := range d.units {
		det := d.b.detectors[d.b.units[u].head.Detector]
		if det == nil {
			continue
		}
		for _, t := range det.Techniques {
			if at := tacticAt(tacticOf(t)); at >= 0 {
				is[at] = true
				break // the first is what it is about
			}
		}
	}
	for i := range is {
		if is[i] {
			names = append(names, tactics[i][1])
		}
	}
	return names
}

func pointsIf(is bool, points int) int {
	if is {
		return points
	}
	return 0
}

// deeds says how many credentials were handed out, and whether secrets and data were read and data was shared.
func (d *incidentDraft) deeds() (issued int, secrets, data, shares bool) {
	for i := range d.events {
		e := &d.events[i]
		if e.outcome != succeeded || e.weak {
			continue
		}
		if e.issued != "" {
			issued++
		}
		switch e.act {
		case actSecret:
			secrets = true
		case actRead:
			data = true
		case actShare:
			shares = true
		}
	}
	return issued, secrets, data, shares
}

// stillThere counts what was left behind and is not known to be gone, or set anew by somebody else.
func (d *incidentDraft) stillThere() (n int) {
	for i := range d.left.Rows {
		if s := d.left.Rows[i].State; s != Removed && s != Replaced {
			n++
		}
	}
	return n
}

// novel reports whether some of it came from an address that was new to its principal, whose other places are known.
func (d *incidentDraft) novel() bool {
	for _, row := range d.rows {
		r := &d.b.rows[row]
		if r.who == nobody || d.c.weak[row] {
			continue
		}
		if f := d.c.hands[hand{r.who, r.ip}]; f.novel && d.c.settled(r.who, f) {
			return true
		}
	}
	return false
}

// title says in a line whose incident it is, and what it came to.
func (d *incidentDraft) title() {
	about := "events that name no credential"
	if c := d.foremost(); c != nil {
		about = c.name()
	}
	var names, tried []string
	for i := range d.Tactics {
		switch t := &d.Tactics[i]; {
		case t.Tactic == "Initial Access":
		case t.Attempted:
			tried = append(tried, strings.ToLower(t.Tactic))
		default:
			names = append(names, strings.ToLower(t.Tactic))
		}
	}
	d.Title = strings.ToUpper(string(d.Status[:1])) + string(d.Status[1:]) + ": " + about
	if part := d.confirmedPart(about); part != "" {
		d.Title = part
	}
	switch {
	case len(names) > 0 && len(tried) > 0:
		d.Title += ": " + strings.Join(names, ", ") + "; only tried: " + strings.Join(tried, ", ")
	case len(names) > 0:
		d.Title += ": " + strings.Join(names, ", ")
	case d.Counts.Succeeded == 0 && d.Untold == 0:
		d.Title += ": attempts only"
	}
}

// foremost returns the credential that the incident is called after: of those that nothing else of it gave the one with the most events, and else, where
// all that these did may be their owners' ordinary use, of the others.
func (d *incidentDraft) foremost() (most *IncidentCredential) {
	told := map[int]bool{}
	for i := range d.events {
		if at, ok := d.numbers[d.events[i].node]; ok && !d.events[i].weak {
			told[at] = true
		}
	}
	for _, only := range []bool{true, false} {
		for i := range d.Credentials {
			c := &d.Credentials[i]
			if told[i] && (!only || slices.Contains(d.Roots, i)) && (most == nil || c.Events > most.Events) {
				most = c
			}
		}
		if most != nil {
			return most
		}
	}
	if len(d.Roots) > 0 {
		return &d.Credentials[d.Roots[0]]
	}
	return nil
}
