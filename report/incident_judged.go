package report

import (
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// ref is the event as judgements are asked about it.
func (e *toldEvent) ref() *detect.EventRef {
	return &detect.EventRef{ID: e.ID, Time: e.Time, Principal: e.Principal, Credential: e.Credential, SessionStart: e.session, SourceIP: e.SourceIP, UserAgent: e.agent}
}

// judge gives the incident the status that the judgements on its events make: confirmed where one that a finding lists is held malicious,
// cleared or a responder's where all of these are.
func (d *incidentDraft) judge() {
	d.Status = IncidentSuspected
	if !d.b.judged.Any() {
		return
	}
	findings := map[uint64][]string{}
	for _, u := range d.units {
		for _, o := range d.b.units[u].events {
			findings[o] = append(findings[o], d.b.units[u].head.ID)
		}
	}
	var malicious, cleared, responders, all int
	var why *Judgement
	for i := range d.events {
		e := &d.events[i]
		if !e.InFinding {
			continue
		}
		all++
		v, ok := d.b.judged.OfEvent(e.ref(), findings[e.Ordinal]...)
		if !ok { // a finding that is wrong says nothing of its events, but no longer accuses by them
			if v, ok = d.b.judged.dismissed(findings[e.Ordinal]); !ok {
				continue
			}
		}
		if v.Disputed || len(v.By) == 0 {
			continue
		}
		switch {
		case v.As == Malicious && !v.Inferred:
			malicious++
		case v.As == Benign:
			cleared++
		case v.As == Responder:
			responders++
		default:
			continue
		}
		if why == nil || v.As == Malicious && why.As != Malicious {
			why = v.By[0]
		}
	}
	switch {
	case malicious > 0:
		d.Status = IncidentConfirmed
	case all > 0 && responders == all:
		d.Status = IncidentResponder
	case all > 0 && cleared+responders == all:
		d.Status = IncidentCleared
	default:
		return
	}
	d.Because = valid(strings.TrimSpace(string(why.As) + ": " + why.Because + " (" + why.By + ")"))
}

// dismissed is what is held of findings that are all held to be wrong.
func (s *Judgements) dismissed(findings []string) (v Verdict, ok bool) {
	for _, id := range findings {
		of := s.findings[id]
		if of.As != Benign || of.Disputed {
			return Verdict{}, false
		}
		if !ok {
			v, ok = of, true
		}
	}
	return v, ok
}

// judgedCredential says what is held of a credential; "": nobody has judged it.
func (d *incidentDraft) judgedCredential(c *IncidentCredential, n *detect.LineageNode) string {
	if !d.b.judged.Any() {
		return ""
	}
	v, ok := d.b.judged.Of(c.First, append(ownSubjects(n), Subject{PrincipalSubject, n.Principal})...)
	switch {
	case !ok:
		return ""
	case v.Disputed:
		return "disputed"
	}
	return v.As.Word()
}
