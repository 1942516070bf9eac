package detect

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The facts by which the halves of a course speak.
const (
	factStep  = "step"  // which step of the course the event is
	factAbout = "about" // what the course is about: a user's name, an instance, a bucket
	factWhere = "where" // whom the step lets in, or where it leads
)

// A course judges together what happened to one thing: the hits that have its key, from the
// first that opens it until span is over, or gap without any. A second is taken as a whole, and
// judge sees hits in the order of the timeline, so that the order within a second does not matter.
// Hits that opened the course and are younger than span when it ends begin the next, which lasts half a span at least: where
// openers are steady, no opener is judged more than three times, nor later than after one and a half spans.
//
// Memory is bounded: see fading for the keys, maxHits for each, DefaultMaxBytes for all.
type course struct {
	id    string
	span  time.Duration // 0: no bound
	gap   time.Duration // 0: span
	opens func(*hit) bool
	key   func(*hit) string // default: factAbout within the account; "": the hit does not matter
	judge func(key string, hits []hit) []verdict
	max   int // hits that are kept of one key; default: maxHits
	each  int // of those, how many of one kind, so that none leaves no room for the next; default: max/2
	same  int // of those, how many that are alike; default: each, or each/10 where that is the default too
}

const (
	maxCourses = 5_000
	maxHits    = 400
)

// A verdict is a finding in the making.
type verdict struct {
	severity Severity
	subject  string // default: the principal of its first event
	why      string
	hits     []hit
}

// courses are the state of a course.
type courses struct {
	course
	open  *fading[progress]
	bytes int
	emit  func(Finding)
}

// progress is what happened to one thing.
type progress struct {
	opened time.Time
	kept
}

// aboutKey keys hits by what they are about.
func aboutKey(h *hit) string {
	about := h.e.Get(factAbout)
	if about == "" {
		return ""
	}
	return h.ref.Account + " " + about
}

func (c course) stream() Stream {
	if c.gap == 0 {
		c.gap = c.span
	}
	if c.max == 0 {
		c.max = maxHits
	}
	if c.key == nil {
		c.key = aboutKey
	}
	if c.each == 0 {
		c.each = c.max / 2
		c.same = cmp.Or(c.same, c.each/10)
	}
	c.same = cmp.Or(c.same, c.each)
	s := &courses{course: c}
	s.open = newFading(maxCourses, c.gap, func(key string, p *progress) { s.end(key, p) })
	st := bySecond(s.next, s.flush)
	st.Evicted = s.open.count
	return st
}

// next takes the hits of a second, first those that open a course.
func (s *courses) next(batch []hit, emit func(Finding)) {
	s.emit = emit
	now := batch[0].ref.Time
	s.open.expire(now)
	for _, opening := range [...]bool{true, false} {
		for i := range batch {
			h := &batch[i]
			if (s.opens == nil || s.opens(h)) != opening {
				continue
			}
			key := s.key(h)
			if key == "" || !opening && s.open.peek(key, now) == nil {
				continue
			}
			s.take(key, s.open.touch(key, now), h)
		}
	}
	if s.bytes > DefaultMaxBytes {
		s.open.giveWay(func() bool { return s.bytes > DefaultMaxBytes/2 })
	}
}

func (s *courses) take(key string, p *progress, h *hit) {
	now := h.ref.Time
	if p.opened.IsZero() {
		p.opened = now
	}
	if s.span > 0 && now.Sub(p.opened) > s.span {
		again := s.younger(p, now)
		s.end(key, p)
		p.opened = now
		for i := range again {
			s.keep(p, &again[i])
		}
		if len(again) > 0 {
			p.opened = later(again[0].ref.Time, now.Add(-s.span/2))
		} else if s.opens != nil && !s.opens(h) {
			s.open.forget(key)
			return
		}
	}
	s.keep(p, h)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// younger returns the hits that opened the course and may still lead somewhere.
func (s *courses) younger(p *progress, now time.Time) (all []hit) {
	if s.opens == nil {
		return nil
	}
	for i := range p.hits {
		if h := &p.hits[i]; s.opens(h) && now.Sub(h.ref.Time) <= s.span {
			all = append(all, *h)
		}
	}
	return all
}

// end judges the course, and forgets its hits.
func (s *courses) end(key string, p *progress) {
	hits := p.hits
	s.bytes -= p.bytes
	slices.SortStableFunc(hits, func(a, b hit) int { return compareRefs(a.ref, b.ref) })
	for _, v := range s.judge(key, hits) {
		if p.more > 0 {
			v.why += fmt.Sprintf(" (%s not listed)", plural(p.more, "further event"))
		}
		v.emit(s.id, s.emit)
	}
	p.kept = kept{}
}

func (s *courses) flush(emit func(Finding)) {
	s.emit = emit
	s.open.flush()
}

// emit makes a finding of the verdict: its events in order, none twice.
func (v *verdict) emit(id string, emit func(Finding)) {
	var events []*EventRef
	for i := range v.hits {
		events = append(events, v.hits[i].ref)
	}
	slices.SortStableFunc(events, compareRefs)
	events = slices.CompactFunc(events, func(a, b *EventRef) bool { return compareRefs(a, b) == 0 })
	if len(events) == 0 {
		return
	}
	subject := v.subject
	if subject == "" {
		subject = SubjectOf(events[0])
	}
	emit(Finding{Detector: id, Severity: v.severity, Subject: subject, Why: v.why, Opened: events[0].Identity(), Events: events})
}

// step reports whether the hit is that step.
func (h *hit) step(name string) bool { return h.e.Get(factStep) == name }

// stepsOf returns the hits that are one of the steps.
func stepsOf(hits []hit, names ...string) (all []hit) {
	for _, h := range hits {
		if slices.Contains(names, h.e.Get(factStep)) {
			all = append(all, h)
		}
	}
	return all
}

// notBefore returns those that are not earlier than the time.
func notBefore(hits []hit, t time.Time) (all []hit) {
	for _, h := range hits {
		if !h.ref.Time.Before(t) {
			all = append(all, h)
		}
	}
	return all
}

// distinct counts the different values of a fact.
func distinct(hits []hit, value func(*hit) string) int {
	seen := map[string]bool{}
	for i := range hits {
		seen[value(&hits[i])] = true
	}
	return len(seen)
}

// factOf returns a function that gets a fact.
func factOf(name string) func(*hit) string { return func(h *hit) string { return h.e.Get(name) } }

// densest returns the hits within span of each other that have the most different values.
func densest(hits []hit, span time.Duration, value func(*hit) string) (best []hit, most int) {
	count := map[string]int{}
	from := 0
	for i := range hits {
		count[value(&hits[i])]++
		for hits[i].ref.Time.Sub(hits[from].ref.Time) > span {
			v := value(&hits[from])
			if count[v]--; count[v] == 0 {
				delete(count, v)
			}
			from++
		}
		if len(count) > most || len(count) == most && len(hits[from:i+1]) > len(best) {
			best, most = hits[from:i+1], len(count)
		}
	}
	return best, most
}

// roughly writes a span of time as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return plural(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours()/24), "day")
}

// sameHand reports whether the same person or program probably made both calls: one credential, one
// principal, or one address.
func sameHand(a, b *EventRef) bool {
	return a.Credential != "" && a.Credential == b.Credential ||
		a.Principal != "" && a.Principal == b.Principal || sameAddress(a, b)
}

func sameAddress(a, b *EventRef) bool {
	_, public := InternetAddress(a.SourceIP)
	return public && a.SourceIP == b.SourceIP
}
