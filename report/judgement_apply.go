package report

import (
	"slices"
)

// The links that examiners' judgements make.
const (
	// Confirmed: an examiner holds the event malicious.
	Confirmed Link = "confirmed"
	// ByResponder: the event is of those who look into the incident, and nobody is suspected for it.
	ByResponder Link = "responder"
)

// Suspect reports whether events of the link count among those of the suspects.
func (l Link) Suspect() bool { return l == ByIdentity || l == Confirmed }

// link is what a verdict makes of an event.
func (v *Verdict) link() Link {
	switch v.As {
	case Malicious:
		return Confirmed
	case Suspect:
		return ByIdentity
	case Responder:
		return ByResponder
	}
	return ""
}

// heldLimit is how many of the judgements on an actor's events are named with it.
const heldLimit = 5

// A judgedRow is what one judgement decided.
type judgedRow struct {
	Activity
	flagged int64 // of the events, those in findings that make suspects
}

func (r *judgedRow) add(o *judgedRow) {
	r.Activity.add(&o.Activity)
	r.flagged += o.flagged
}

// judge asks what is held of an event. What is cleared, or a responder's, accuses nobody any more.
func (t *Tally) judge(p *part, e *event) {
	var buf [4]string
	ids := buf[:0]
	for i := range e.Findings {
		ids = append(ids, e.Findings[i].Finding)
	}
	if e.verdict, e.judged = t.held.OfEvent(e.ref, ids...); !e.judged {
		return
	}
	p.stand(e)
	for _, j := range e.verdict.By {
		r := p.judged.at(j.ID, nil)
		r.Activity.see(e)
		if e.flagged {
			r.flagged++
		}
	}
	if e.verdict.As.Accuses() {
		return
	}
	e.flagged = false
	if t.suspects.addresses[e.ref.SourceIP] {
		p.from(e) // it is none of the suspects', and still from there
	}
}

// respond adds an event of a responder.
func (t *Tally) respond(p *part, e *event) {
	p.responders.at(actorOf(e.ref), actor.own).see(e)
	t.acts(p, e)
}

// judge notes what is held of one of the actor's events.
func (r *actorRow) judge(v *Verdict) {
	if v.As == Malicious {
		r.confirmed++
	}
	for _, j := range v.By {
		r.hold(j.ID)
	}
}

func (r *actorRow) hold(id string) {
	if len(r.held) < heldLimit && !slices.Contains(r.held, id) {
		r.held = append(r.held, id)
	}
}

func (r *actorRow) addHeld(o *actorRow) {
	r.confirmed += o.confirmed
	for _, id := range o.held {
		r.hold(id)
	}
}

// hold makes the tally follow what examiners hold, as well as what findings say.
func (t *Tally) hold(s *Judgements) {
	t.listed = s
	if !s.Any() {
		return
	}
	t.held = s
	t.suspects.held = s.keys()
	t.followed = t.suspects.keys()
}

// keys are the access keys that are accused, or whose sessions or origins are.
func (s *Judgements) keys() map[string]bool {
	keys := map[string]bool{}
	for sub := range s.bySubject {
		if v, ok := s.direct(anyTime, sub); ok && sub.Kind == KeySubject && v.accusesEver() {
			keys[sub.Name] = true
		}
	}
	for sub, c := range s.carried {
		if sub.Kind == KeySubject && c.As.Accuses() {
			keys[sub.Name] = true
		}
	}
	return keys
}

// accusesEver reports whether one of the judgements accuses, at whatever time.
func (v *Verdict) accusesEver() bool {
	return v.As.Accuses() || slices.ContainsFunc(v.By, func(j *Judgement) bool { return j.As.Accuses() })
}

// mentioned reports whether an event names a key that is followed, other than its own.
func (t *Tally) mentioned(e *event) bool {
	keys := t.followed
	if keys == nil {
		keys = t.suspects.credentials
	}
	return len(keys) > 0 && mentions(e.Carried, keys, e.ref.Credential)
}
