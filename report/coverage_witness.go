package report

// A cause is why a trail records something, or does not.
type cause uint8

const (
	causeDeleted cause = iota
	causeStopped
	causeRegion
	causeGlobal
	causeInsight
	causeUnseen // its selectors are not in the evidence
	causeReach  // whether it records the region is not in the evidence
	causeSignin // it records one region only, and sign-ins are recorded in several
	causeSelectors
)

// A witness is what one trail has to say.
type witness struct {
	trail *trail
	state *trailState
	cause cause
}

// shownWitnesses bounds the trails that a reason names.
const shownWitnesses = 3

// recorded says whether the known trails record what is asked about in an epoch, and why. The
// trail that records most counts.
func (v *accountView) recorded(q *question, epoch int) (verdict, string) {
	if v.epochsFull && epoch == len(v.epochs)-1 {
		return recordsUnknown, "trails were changed too often to follow"
	}
	best, witnesses := recordsUnknown, make([]witness, 0, shownWitnesses)
	more := false
	for _, t := range v.known {
		s := t.at(epoch)
		if s == nil || t.key.account != v.account && s.flags[flagOrg] != isTrue {
			continue
		}
		if s.logging == isFalse && !s.stopped {
			continue // made, and not started yet
		}
		now, why := t.records(s, q)
		if len(witnesses) == 0 || now > best {
			best, witnesses, more = now, witnesses[:0], false
		}
		switch {
		case now < best:
		case len(witnesses) == shownWitnesses:
			more = true
		default:
			witnesses = append(witnesses, witness{t, s, why})
		}
	}
	if len(witnesses) == 0 {
		return recordsUnknown, "no trail's selectors are known"
	}
	reason := witnesses[0].words(best)
	for i := range witnesses[1:] {
		reason += "; " + witnesses[i+1].words(best)
	}
	if more {
		reason += "; …"
	}
	return best, reason
}

// records says whether the trail, in that state, records what is asked about, and why.
func (t *trail) records(s *trailState, q *question) (verdict, cause) {
	elsewhere := q.region != "" && q.region != t.key.region
	switch {
	case s.deleted:
		return recordsNot, causeDeleted
	case s.logging == isFalse:
		return recordsNot, causeStopped
	case s.flags[flagMulti] == isFalse && elsewhere:
		return recordsNot, causeRegion
	case q.global && s.flags[flagGlobal] == isFalse:
		return recordsNot, causeGlobal
	case q.probe.category == "Insight":
		return [...]verdict{recordsUnknown, recordsAll, recordsNot}[s.flags[flagInsight]], causeInsight
	case s.selectors == nil:
		return recordsUnknown, causeUnseen
	}
	now := s.selectors.records(&q.probe)
	if now != recordsNot && s.flags[flagMulti] == notKnown && elsewhere {
		return recordsUnknown, causeReach
	}
	if now == recordsAll && q.rule == ruleSignin && s.flags[flagMulti] == isFalse {
		return recordsPart, causeSignin
	}
	return now, causeSelectors
}

// words gives the reason for a verdict as part of a sentence.
func (w *witness) words(now verdict) string {
	t, s := w.trail, w.state
	name := t.label()
	switch w.cause {
	case causeDeleted:
		return name + " is deleted since " + s.loggingBy.when()
	case causeStopped:
		return name + " does not log since " + s.loggingBy.when()
	case causeRegion:
		return name + " records " + t.key.region + " only since " + s.flagsBy.when()
	case causeGlobal:
		return name + " leaves out global services since " + s.flagsBy.when()
	case causeInsight:
		return t.insightWords(s)
	case causeUnseen:
		return "what " + name + " selects is not in the evidence"
	case causeReach:
		return "whether " + name + " records this region is not in the evidence"
	case causeSignin:
		return name + " records " + t.key.region + " only since " + s.flagsBy.when() + ", and sign-ins of users of IAM are recorded in other regions too"
	}
	since := " since " + s.selectorsBy.when()
	switch now {
	case recordsAll:
		return name + " records them" + since
	case recordsPart:
		return name + since + " records " + s.selectors.words()
	case recordsUnknown:
		return "what " + name + " selects" + since + " is more than was followed"
	}
	return name + " does not record them" + since
}

func (t *trail) insightWords(s *trailState) string {
	if s.flags[flagInsight] == notKnown {
		return "whether " + t.label() + " records them is not in the evidence"
	}
	return t.label() + ", as set by " + s.insightsBy.when()
}
