package report

import (
	"fmt"
	"slices"
)

// confirmedPart says of which credentials' events an examiner's judgement confirms, where it does not confirm all of the incident: what is held of a
// credential goes down to what came from it, and not up. "": it confirms all, or nothing.
func (d *incidentDraft) confirmedPart(about string) string {
	if d.Status != IncidentConfirmed {
		return ""
	}
	findings := map[uint64][]string{}
	for _, u := range d.units {
		for _, o := range d.b.units[u].events {
			findings[o] = append(findings[o], d.b.units[u].head.ID)
		}
	}
	var confirmed int64
	by := map[string]int64{} // names of credentials
	for i := range d.events {
		e := &d.events[i]
		v, ok := d.b.judged.OfEvent(e.ref(), findings[e.Ordinal]...)
		if !ok || v.As != Malicious || v.Inferred || v.Disputed {
			continue
		}
		confirmed++
		if at, ok := d.numbers[e.node]; ok {
			by[d.Credentials[at].name()]++
		}
	}
	all := d.Counts.Events + d.Untold
	if confirmed == 0 || confirmed == all {
		return ""
	}
	of := fmt.Sprintf("%s of %s", number(confirmed), plural(all, "event"))
	d.Because += fmt.Sprintf("; it is about %s", of)
	var names []string
	for i := range d.Credentials {
		if name := d.Credentials[i].name(); by[name] > 0 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return "Confirmed in part: " + of + "; " + about + " suspected"
	}
	text := fmt.Sprintf("Confirmed in part: %s (%s)", enumerate(names[:min(len(names), 2)]), of)
	if n := len(names) - 2; n > 0 {
		text = fmt.Sprintf("Confirmed in part: %s and %s more (%s)", enumerate(names[:2]), number(int64(n)), of)
	}
	if by[about] == 0 {
		text += "; " + about + " suspected"
	}
	return text
}
