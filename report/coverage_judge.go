package report

import (
	"slices"
	"strings"
)

// quiet is how long a place may be without events, in seconds, before the report says
// from when or until when it has some; idle, the same for one class of events in a
// place that has others, and for all of an account in the middle of its events.
const (
	quiet = 3600
	idle  = 24 * 3600
)

// A phase is a time in which what is known of the trails stays the same, as far as it matters to a
// question.
type phase struct {
	from, to    int64 // seconds since 1970
	first, next int   // epochs: from the one up to, but not including, the other
	verdict     verdict
	why         string
	off         int // which of the known trails are stopped or deleted, see accountView.off
}

// A basis is what the events show in the phases in which selectors are unknown and the same trails are off. These come before the first
// known selectors, so that they were the same in all of them; but what was seen while a trail was on shows nothing of what others record
// while it is off.
type basis struct {
	own, with, class stretch
}

func (q *question) bases(phases []phase) map[int]*basis {
	all := make(map[int]*basis)
	for _, p := range phases {
		if p.verdict == recordsUnknown {
			b := all[p.off]
			if b == nil {
				b = new(basis)
				all[p.off] = b
			}
			own, with, class := q.own.between(p.first, p.next), q.with.between(p.first, p.next), q.class.between(p.first, p.next)
			b.own.plus(&own)
			b.with.plus(&with)
			b.class.plus(&class)
		}
	}
	return all
}

// answer answers the account's questions. Answers that differ in nothing but the region
// are one.
func (v *accountView) answer() []Answer {
	var out []Answer
	for i := range v.out {
		q := &v.out[i]
		sum := q.own.between(0, len(v.epochs))
		q.Events = sum.events
		q.Segments = v.segments(q)
		alike := slices.IndexFunc(out, func(a Answer) bool { return a.alike(&q.Answer) })
		if alike < 0 {
			out = append(out, q.Answer)
			continue
		}
		out[alike].Regions = append(out[alike].Regions, q.Regions...)
	}
	return out
}

func (a *Answer) alike(o *Answer) bool {
	return a.Events == 0 && o.Events == 0 && a.Question == o.Question && a.Type == o.Type && a.Resource == o.Resource && len(o.Regions) > 0 &&
		slices.Equal(a.Segments, o.Segments)
}

// segments answers one question.
func (v *accountView) segments(q *question) []AnswerSegment {
	c := cutter{at: v.epochs[0], end: v.end(), gaps: v.gaps, more: v.more}
	if q.global && q.place < 0 {
		v.absent(q, &c)
	} else {
		phases := v.phases(q)
		bases := q.bases(phases)
		for _, p := range phases {
			c.at, c.end = p.from, p.to
			v.judge(q, &p, bases[p.off], &c)
		}
	}
	if last := &c.out[len(c.out)-1].To; last.After(v.span.Last) {
		*last = v.span.Last.UTC()
	}
	return c.out
}

// end is the second in which the evidence ends, and never the one in which it begins:
// all questions have an answer.
func (v *accountView) end() int64 { return max(v.span.Last.Unix(), v.epochs[0]+1) }

// absent answers a question about a region that the evidence does not have.
func (v *accountView) absent(q *question, c *cutter) {
	sum := q.own.between(0, len(v.epochs))
	why := q.region + ", where they are recorded, is not in this evidence"
	if sum.events > 0 {
		c.until(c.end, PartlyAnswer, because("%s of other regions; %s", howMany(sum.events, "event"), why))
		return
	}
	c.until(c.end, CannotAnswer, because("%s", why))
}

// A phaseKey is all that phases depend on.
type phaseKey struct {
	probe  probe
	region string
	global bool
}

// phases cuts the evidence's time where what is known of the trails changes. As long as
// no selectors tell resources of a type apart, all of them have the same phases.
func (v *accountView) phases(q *question) []phase {
	key := phaseKey{q.probe, q.region, q.global}
	if !v.byARN {
		key.probe.resource = ""
	}
	if v.cached == nil {
		v.cached = make(map[phaseKey][]phase)
	}
	p, ok := v.cached[key]
	if !ok {
		p = v.cut(q)
		v.cached[key] = p
	}
	return p
}

func (v *accountView) cut(q *question) (out []phase) {
	for i, cut := range v.cuts {
		p := phase{from: v.epochs[cut], to: v.end(), first: cut, next: len(v.epochs)}
		if i+1 < len(v.cuts) {
			p.next = v.cuts[i+1]
			p.to = v.epochs[p.next]
		}
		p.verdict, p.why = v.recorded(q, cut)
		p.off = v.off(cut)
		if n := len(out); n > 0 && out[n-1].verdict == p.verdict && out[n-1].why == p.why && (p.verdict != recordsUnknown || out[n-1].off == p.off) {
			out[n-1].to, out[n-1].next = p.to, p.next
			continue
		}
		out = append(out, p)
	}
	return out
}

// off numbers the sets of known trails that are stopped or deleted: it returns that of an epoch.
func (v *accountView) off(epoch int) int {
	if n, ok := v.offAt[epoch]; ok {
		return n
	}
	names := ""
	for _, t := range v.known {
		if s := t.at(epoch); s != nil && s.stopped {
			names += t.name() + "\n"
		}
	}
	if v.offAt == nil {
		v.offAt, v.offSets = make(map[int]int), make(map[string]int)
	}
	n, ok := v.offSets[names]
	if !ok {
		n = len(v.offSets)
		v.offSets[names] = n
	}
	v.offAt[epoch] = n
	return n
}

// when names a call by its time and name.
func (m *Mark) when() string { return moment(m.Time) + " (" + m.Event + ")" }

// A cutter makes segments out of conclusions that follow each other.
type cutter struct {
	out     []AnswerSegment
	at, end int64
	gaps    [][2]int64 // of the whole account, in order: in these nothing is answered
	more    [][2]int64 // further ones, in order: too many to cut the answer at
}

// until adds what holds up to t, if that is any time. What equals the segment
// before is joined with it, and so is what leaves the question open for another reason.
func (c *cutter) until(t int64, status Answerable, why grounds) {
	t = min(t, c.end)
	if status == CanAnswer || status == PartlyAnswer {
		for _, g := range c.gaps {
			if g[1] > c.at && g[0] < t {
				c.answer(g[0], status, why)
				c.add(min(g[1], t), MaybeAnswer, because("the evidence has no log of this account from %s to %s", timed(g[0]), timed(g[1])))
			}
		}
		c.answer(t, status, why)
		return
	}
	c.add(t, status, why)
}

// answer adds what can be answered up to t, but for further gaps.
func (c *cutter) answer(t int64, status Answerable, why grounds) {
	var n int64
	for _, g := range c.more {
		if g[1] > c.at && g[0] < t {
			n++
		}
	}
	if n > 0 {
		status = PartlyAnswer
		further := because("in %s of a day or more the evidence has no log of this account", howMany(n, "further gap"))
		why = grounds{why.text + "; " + further.text, why.folded + "; " + further.folded}
	}
	c.add(t, status, why)
}

func (c *cutter) add(t int64, status Answerable, why grounds) {
	if t <= c.at {
		return
	}
	from, to := seconds(c.at), seconds(t)
	c.at = t
	if n := len(c.out); n > 0 && c.out[n-1].Status == status {
		last := &c.out[n-1]
		open := status == CannotAnswer || status == MaybeAnswer
		if last.Reason == why.text || open {
			last.To = to
			last.Reason, last.folded = also(last.Reason, why.text), also(last.folded, why.folded)
			return
		}
	}
	c.out = append(c.out, AnswerSegment{from, to, status, why.text, why.folded})
}

// alsoLimit bounds the reasons of one segment.
const alsoLimit = 4

// also adds the parts of a reason that were not given yet.
func also(reasons, reason string) string {
	parts := strings.Split(reasons, "; ")
	for _, p := range strings.Split(reason, "; ") {
		if !slices.Contains(parts, p) && len(parts) <= alsoLimit {
			if len(parts) == alsoLimit {
				p = "…"
			}
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "; ")
}

// judge answers the question for one phase.
func (v *accountView) judge(q *question, p *phase, b *basis, c *cutter) {
	own := q.own.between(p.first, p.next)
	events := howMany(own.events, "event")
	switch p.verdict {
	case recordsAll:
		if proof := q.proof.between(p.first, p.next); proof.events == 0 {
			c.until(p.to, PartlyAnswer, because("%s, but the evidence has no such event: nothing happened, or these are not that trail's logs", p.why))
			return
		}
		c.until(p.to, CanAnswer, because("%s; %s", events, p.why))
	case recordsPart:
		c.until(p.to, PartlyAnswer, because("%s; %s", events, p.why))
	case recordsNot:
		if own.events > 0 {
			c.until(own.first, CannotAnswer, because("%s", p.why))
			c.until(p.to, PartlyAnswer, because("%s nevertheless, from another trail, from the event history, or while the change took effect; %s", events, p.why))
			return
		}
		c.until(p.to, CannotAnswer, because("%s", p.why))
	default:
		v.guess(q, p, b, c, &own)
	}
}

// guess answers it from the events seen alone; own are those of this phase.
func (v *accountView) guess(q *question, p *phase, b *basis, c *cutter, own *stretch) {
	switch q.rule {
	case ruleSignin:
		if b.with.events > 0 {
			status, elsewhere := CanAnswer, ""
			if len(v.mine) == 1 {
				status, elsewhere = PartlyAnswer, "; those of users of IAM are recorded in other regions too, of which the evidence has none"
			}
			v.shown(q, p, b, c, status, because("%s; they are recorded as management changes, which are seen%s; %s", howMany(own.events, "sign-in"), elsewhere, p.why))
			return
		}
	case ruleManagement, ruleWithin:
		if b.own.events > 0 {
			v.shown(q, p, b, c, CanAnswer, because("%s; %s", howMany(own.events, "event"), p.why))
			return
		}
	default:
		q.selected(p, b, c, own)
		return
	}
	if b.class.events > 0 {
		c.until(p.to, MaybeAnswer, because("no such event is seen, though %s: nothing happened, or they are not selected; %s", are(b.class.events, "other management event", ""), p.why))
		return
	}
	c.until(p.to, MaybeAnswer, because("no such event is seen; %s", p.why))
}

// shown says that a question can be answered, or in part, as far as events reach. As long as others
// of its place are seen, their absence must last longer to leave the question open.
func (v *accountView) shown(q *question, p *phase, b *basis, c *cutter, status Answerable, why grounds) {
	seen, patience := &b.with, int64(quiet)
	if b.class.first < seen.first {
		patience = idle
	}
	if seen.first-c.at >= patience {
		c.until(seen.first, MaybeAnswer, because("none is seen before %s; %s", timed(seen.first), p.why))
	}
	end, last := v.places.vals[q.place].Last.Unix(), max(seen.last, c.at)
	switch {
	case p.to-last >= quiet && end < last+quiet:
		c.until(max(last, end)+1, status, why)
		c.until(p.to, MaybeAnswer, because("the evidence has no event of this account and region after %s", timed(end)))
	case p.to-last >= idle:
		c.until(last+1, status, why)
		c.until(p.to, MaybeAnswer, because("none is seen after %s, though others are; %s", timed(seen.last), p.why))
	default:
		c.until(p.to, status, why)
	}
}

// selected answers a question about what is recorded only where selectors ask for it.
// An event that is seen shows that something is selected, and not how much.
func (q *question) selected(p *phase, b *basis, c *cutter, own *stretch) {
	why := p.why
	if q.about != "" {
		why = q.about + "; " + why
	}
	switch {
	case q.files > 0:
		c.until(p.to, PartlyAnswer, because("%s of them in the evidence; %s", howMany(q.files, "log object"), p.why))
		return
	case b.class.events == 0:
		c.until(p.to, CannotAnswer, q.unseen(why))
		return
	}
	c.until(b.class.first, CannotAnswer, because("the first %s is at %s; %s", q.noun(), timed(b.class.first), why))
	if b.own.events == 0 {
		c.until(p.to, MaybeAnswer, because("%s seen, none of these: nothing happened, or they are not selected; %s", are(b.class.events, "event", " of the kind"), p.why))
		return
	}
	c.until(b.own.first, MaybeAnswer, because("the first is at %s, others of the kind are seen before; %s", timed(b.own.first), p.why))
	c.until(p.to, PartlyAnswer, because("%s; which ones were selected is not known; %s", howMany(own.events, "event"), p.why))
}

// unseen says that no event shows that anything of the kind is selected, or when
// one first does.
func (q *question) unseen(why string) grounds {
	if all := q.class.between(0, coverEpochLimit); all.events > 0 {
		return because("the first %s is at %s; %s", q.noun(), timed(all.first), why)
	}
	return because("no such event is seen; %s", why)
}

func (q *question) noun() string {
	if q.Type == "" {
		return "such event"
	}
	return "data event on " + q.Type
}
