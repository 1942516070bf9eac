package report

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// What examiners hold of the findings: a finding is a detector's word on several events, of which each may be judged otherwise.

// standingLimit bounds the findings of which it is counted what is held of their events.
const standingLimit = 1 << 16

// A Standing says what is held of a finding's events, together.
type Standing string

// The standings. A finding without one is suspected.
const (
	StandsConfirmed Standing = "confirmed"         // an examiner holds all of its events malicious
	StandsInPart    Standing = "confirmed in part" // some of them
	StandsResponder Standing = "on responders"     // all are of those who look into the incident
	StandsCleared   Standing = "cleared"           // it is held wrong, or none of its events accuses anybody any more
)

// Standings counts findings by what is held of them.
type Standings struct {
	Confirmed  int64 `json:"confirmed"` // in part or whole
	Suspected  int64 `json:"suspected"`
	Responders int64 `json:"on_responders"`
	Cleared    int64 `json:"cleared"`
}

func (s *Standings) count(as Standing) {
	switch as {
	case StandsConfirmed, StandsInPart:
		s.Confirmed++
	case StandsResponder:
		s.Responders++
	case StandsCleared:
		s.Cleared++
	default:
		s.Suspected++
	}
}

func (s *Standings) add(o *Standings) {
	s.Confirmed += o.Confirmed
	s.Suspected += o.Suspected
	s.Responders += o.Responders
	s.Cleared += o.Cleared
}

// text is the counts in words.
func (s *Standings) text() string {
	out := number(s.Confirmed) + " confirmed in part or whole, " + number(s.Suspected) + " suspected, " + number(s.Responders) + " on responders"
	if s.Cleared > 0 {
		out += ", " + number(s.Cleared) + " cleared"
	}
	return out
}

// ofWhich says which of the findings of a severity are something else than suspected; "": none is.
func (g *SeverityGroup) ofWhich() string {
	if g.Held == nil {
		return ""
	}
	var parts []string
	for _, p := range [...]struct {
		n    int64
		what string
	}{{g.Held.Confirmed, "confirmed in part or whole"}, {g.Held.Responders, "on responders"}, {g.Held.Cleared, "cleared"}} {
		if p.n > 0 {
			parts = append(parts, number(p.n)+" "+p.what)
		}
	}
	if parts == nil {
		return ""
	}
	return ", of which " + strings.Join(parts, ", ")
}

// held sums up what is held of the findings from SuspectFrom on; nil: nobody has judged, or it was not counted.
func (f *Findings) held() *Standings {
	var sum *Standings
	for i := range f.BySeverity {
		if g := &f.BySeverity[i]; g.Held != nil && g.Severity >= SuspectFrom {
			if sum == nil {
				sum = &Standings{}
			}
			sum.add(g.Held)
		}
	}
	return sum
}

// standings are of a severity's findings; nil: nothing is held, or the severity makes no suspects.
func (f *found) standings(s detect.Severity) *Standings {
	if !f.judged || s < SuspectFrom {
		return nil
	}
	return &f.held[s]
}

// A stand counts those of a finding's events that are judged.
type stand struct{ malicious, benign, responder int64 }

func (s *stand) add(o *stand) {
	s.malicious += o.malicious
	s.benign += o.benign
	s.responder += o.responder
}

func (s *stand) events() int64 { return s.malicious + s.benign + s.responder }

// stand notes for the findings of a judged event what is held of it.
func (p *part) stand(e *event) {
	for i := range e.Findings {
		f := &e.Findings[i]
		if f.Severity < SuspectFrom {
			continue
		}
		s := p.stands.at(f.Finding, own)
		switch e.verdict.As {
		case Malicious:
			s.malicious++
		case Benign:
			s.benign++
		case Responder:
			s.responder++
		}
	}
}

// standing says what is held of a finding that lists so many events.
func (t *Tally) standing(finding string, events int64) Standing {
	if v, ok := t.held.findings[finding]; ok && v.As == Benign {
		return StandsCleared
	}
	s := t.all.stands.row(finding)
	switch {
	case s == nil:
		return ""
	case s.malicious >= events:
		return StandsConfirmed
	case s.malicious > 0:
		return StandsInPart
	case s.responder >= events:
		return StandsResponder
	case s.benign+s.responder >= events:
		return StandsCleared
	}
	return ""
}

// stand says what is held of a finding that was written, and counts it.
func (fw *findingsWriter) stand(s *Shown, severity detect.Severity, events int) {
	if fw.tally == nil || fw.tally.held == nil || severity < SuspectFrom {
		return
	}
	s.Standing = fw.tally.standing(s.ID, int64(events))
	fw.found.held[severity].count(s.Standing)
	fw.found.judged = true
}

// stepsTitle heads what is to be done about an incident.
func (in *Incident) stepsTitle() string {
	if in.Status == IncidentResponder {
		return "To clean up after the responders"
	}
	return "Containment"
}

// severityWords says how severe an incident is, and what speaks for it.
func (in *Incident) severityWords() string {
	return fmt.Sprintf("%s%s, score %d: %s", in.Severity, in.whyMild(), in.Score.Total, in.Score.words())
}

// whyMild says why a judged incident is milder than its score; "": it is not.
func (in *Incident) whyMild() string {
	switch in.Status {
	case IncidentResponder:
		return " (it is of responders, whatever its score)"
	case IncidentCleared:
		return " (it is cleared, whatever its score)"
	}
	return ""
}
