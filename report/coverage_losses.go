package report

import (
	"slices"
	"time"
)

// This file turns changes of trails into windows. After each change a trail has a
// list of losses: what it no longer records. A loss that is new opens a window, one
// that is gone closes it.

// A loss is something that a trail does not record.
type loss struct {
	key  string // tells the trail's losses apart
	what string
	kind lossKind
	note string
}

// A lossKind says which events count as of the kind that was not recorded.
type lossKind uint8

const (
	lostAll lossKind = iota
	lostReads
	lostWrites
	lostManagement
	lostData
	lostNetwork
	lostRegions // outside the home region
	lostGlobal
	lostNoEvents // digests and statistics are no events
)

// A lossProbe is something that a trail's selectors were once told to record, or not
// to, and the most that they ever recorded of it.
type lossProbe struct {
	probe
	hadReads, hadWrites verdict
}

// lossProbeLimit bounds the probes of one trail: AWS allows 500 values in its selectors.
const lossProbeLimit = 1024

// compare takes what the new selectors name into the trail's probes. Where the
// old ones are unknown, a trail is taken to have recorded all management events, as
// trails do unless told otherwise, and what the new ones exclude by name.
func (t *trail) compare(old, now *selectorSet) {
	for _, p := range now.probes() {
		if slices.ContainsFunc(t.probes, func(q lossProbe) bool { return q.probe == p.probe }) || len(t.probes) >= lossProbeLimit {
			continue
		}
		if old != nil {
			p.hadReads, p.hadWrites = old.access(p.probe)
		}
		t.probes = append(t.probes, p)
	}
	for i := range t.probes {
		p := &t.probes[i]
		r, w := now.access(p.probe)
		p.hadReads, p.hadWrites = max(p.hadReads, r), max(p.hadWrites, w)
	}
}

// access asks about reads and writes apart.
func (s *selectorSet) access(p probe) (reads, writes verdict) {
	p.reads, p.writes = true, false
	reads = s.records(&p)
	p.reads, p.writes = false, true
	return reads, s.records(&p)
}

// probes lists what the selectors name, each with what a trail with unknown
// selectors is taken to have recorded of it.
func (s *selectorSet) probes() []lossProbe {
	out := []lossProbe{{probe{category: catManagement}, recordsAll, recordsAll}}
	for i := range s.list {
		e := &s.list[i]
		switch e.category {
		case catManagement, catNetwork:
			out = e.sources(out)
		case catData:
			out = e.resources(out)
		}
	}
	return out
}

// excludesServices reports whether management events of some services are left out by name.
func (s *selectorSet) excludesServices() bool {
	return slices.ContainsFunc(s.list, func(e eventSelector) bool {
		return e.category == catManagement && slices.ContainsFunc(e.fields, func(f fieldSelector) bool { return f.field == "eventSource" && f.not })
	})
}

func (e *eventSelector) sources(out []lossProbe) []lossProbe {
	for i := range e.fields {
		f := &e.fields[i]
		if f.field != "eventSource" || f.op != opEquals {
			continue
		}
		for _, v := range f.values {
			p := lossProbe{probe: probe{category: e.category, source: v}}
			if f.not {
				p.hadReads, p.hadWrites = recordsAll, recordsAll
			}
			out = append(out, p)
		}
	}
	return out
}

func (e *eventSelector) resources(out []lossProbe) []lossProbe {
	for _, typ := range e.values("resources.type") {
		out = append(out, lossProbe{probe: probe{category: catData, typ: typ, resource: "*"}})
		for i := range e.fields {
			f := &e.fields[i]
			if f.field != "resources.ARN" {
				continue
			}
			for _, v := range f.values {
				p := lossProbe{probe: probe{category: catData, typ: typ, resource: resourceOf(typ, v)}}
				if f.not && p.resource != "*" {
					p.hadReads, p.hadWrites = recordsAll, recordsAll
				}
				out = append(out, p)
			}
		}
	}
	return out
}

// values returns the values that a field must equal.
func (e *eventSelector) values(field string) []string {
	for i := range e.fields {
		if f := &e.fields[i]; f.field == field && f.op == opEquals && !f.not {
			return f.values
		}
	}
	return nil
}

// losses lists what the trail does not record, in a fixed order.
func (t *trail) losses() (out []loss) {
	s := &t.state
	if s.stopped {
		what := "everything: logging is stopped"
		if s.deleted {
			what = "everything: the trail is deleted"
		}
		out = append(out, loss{key: "off", what: what})
	}
	if s.selectors != nil {
		for i := range t.probes {
			if l, ok := t.probes[i].lost(s.selectors); ok {
				out = append(out, l)
			}
		}
	}
	for f, what := range lostFlags {
		if s.flags[f] != isFalse || t.had[f] == isFalse || what.text == "" {
			continue
		}
		l := loss{key: what.text, what: what.text, kind: what.kind}
		if trailFlag(f) == flagMulti {
			l.what += t.key.region
		}
		if t.had[f] == notKnown {
			l.note = "whether it was so before is not in the evidence"
		}
		out = append(out, l)
	}
	if s.bucket != t.bucket {
		out = append(out, loss{key: "bucket " + s.bucket, kind: lostNoEvents,
			what: "logs go to bucket " + s.bucket + " instead of " + t.bucket, note: "whether the evidence has the copies there is not known"})
	}
	return out
}

var lostFlags = [trailFlags]struct {
	text string
	kind lossKind
}{
	flagMulti:   {"regions other than ", lostRegions},
	flagGlobal:  {"global services, such as IAM", lostGlobal},
	flagDigests: {"digest files: log file validation is off", lostNoEvents},
	flagInsight: {"Insights events", lostNoEvents},
}

// lost says what of the probe the selectors now record less of than before.
func (p *lossProbe) lost(now *selectorSet) (loss, bool) {
	r, w := now.access(p.probe)
	noReads := r < p.hadReads && r != recordsUnknown
	noWrites := w < p.hadWrites && w != recordsUnknown
	if !noReads && !noWrites {
		return loss{}, false
	}
	part := (!noReads || r == recordsPart) && (!noWrites || w == recordsPart)
	if part && p.category == catManagement && p.source == "" && now.excludesServices() {
		return loss{}, false // each service that is left out is a loss of its own
	}
	what := p.words(noReads, noWrites)
	if part {
		what += ", in part"
	}
	l := loss{key: what, what: what, kind: lostData}
	switch {
	case p.category == catNetwork:
		l.kind = lostNetwork
	case p.category == catManagement && noReads && noWrites:
		l.kind = lostManagement
	case p.category == catManagement && noReads:
		l.kind = lostReads
	case p.category == catManagement:
		l.kind = lostWrites
	}
	if p.source != "" {
		l.kind = lostNoEvents // events are not counted by service
	}
	return l, true
}

// words names the events that the probe is about.
func (p *probe) words(reads, writes bool) string {
	access := "reads and writes"
	switch {
	case !writes:
		access = "reads"
	case !reads:
		access = "writes"
	}
	switch {
	case p.category == catManagement && p.source != "":
		return "management events (" + access + ") of " + p.source
	case p.category == catManagement:
		return "management events (" + access + ")"
	case p.category == catNetwork:
		return "network activity events of " + p.source
	case p.typ == s3Object && p.resource == "*":
		return "object " + access + " in every bucket that no selector names"
	case p.typ == s3Object:
		return "object " + access + " in bucket " + p.resource
	case p.resource == "*":
		return "data events (" + access + ") of " + p.typ + " that no selector names"
	}
	return "data events (" + access + ") of " + p.typ + " " + p.resource
}

// A window is a LoggingWindow and what was counted when it opened.
type window struct {
	LoggingWindow
	key    string
	trail  *trail
	kind   lossKind
	all    int64
	ofKind int64
}

// reopen closes the windows whose loss is gone, and opens one for each that is
// new. counted: the event itself is among those counted, and belongs to neither side.
func (b *CoverageBuilder) reopen(t *trail, e *CoverageEvent, counted bool) {
	losses := t.losses()
	t.open = slices.DeleteFunc(t.open, func(i int) bool {
		w := &b.windows[i]
		if slices.ContainsFunc(losses, func(l loss) bool { return l.key == w.key }) {
			return false
		}
		b.settle(w)
		if counted {
			w.Events--
			if w.kind <= lostManagement && w.kind != lostReads {
				w.OfKind--
			}
		}
		mark := e.mark()
		w.To, w.Closed = mark.Time, &mark
		return true
	})
	for _, l := range losses {
		if slices.ContainsFunc(t.open, func(i int) bool { return b.windows[i].key == l.key }) {
			continue
		}
		if len(b.windows) >= coverWindowLimit {
			b.moreWindows++
			continue
		}
		mark := e.mark()
		w := window{key: l.key, trail: t, kind: l.kind}
		w.What, w.Note, w.From, w.Opened = l.what, l.note, mark.Time, &mark
		w.all, w.ofKind = b.count(t, lostAll), b.count(t, l.kind)
		t.open = append(t.open, len(b.windows))
		b.windows = append(b.windows, w)
	}
}

// perhapsOff adds the window before a StartLogging that is the first thing the
// evidence tells of a trail's logging.
func (b *CoverageBuilder) perhapsOff(t *trail, mark Mark) {
	if len(b.windows) >= coverWindowLimit {
		b.moreWindows++
		return
	}
	w := window{trail: t, LoggingWindow: LoggingWindow{What: "perhaps everything: StartLogging is the first that the evidence tells of its logging",
		To: mark.Time, Closed: &mark, Note: "it may have been logging already"}}
	b.settle(&w)
	b.windows = append(b.windows, w)
}

// settle completes the counts of a window.
func (b *CoverageBuilder) settle(w *window) {
	w.Events, w.OfKind = b.count(w.trail, lostAll)-w.all, b.count(w.trail, w.kind)-w.ofKind
}

// count is the number of events so far, of the trail's account and that kind.
func (b *CoverageBuilder) count(t *trail, kind lossKind) (n int64) {
	a := b.accounts.row(t.key.account)
	if a == nil {
		return 0
	}
	switch kind {
	case lostAll:
		return a.events
	case lostReads:
		return a.seen[seenReads]
	case lostWrites:
		return a.seen[seenChanges]
	case lostManagement:
		return a.seen[seenReads] + a.seen[seenChanges]
	case lostData:
		return a.seen[seenData]
	case lostNetwork:
		return a.seen[seenNetwork]
	case lostGlobal:
		return a.seen[seenGlobal]
	case lostRegions:
		n = a.events
		if home := b.places.row(placeKey{t.key.account, t.key.region}); home != nil {
			n -= home.events
		}
	}
	return n
}

// loggingWindows completes the windows, in the order in which they opened.
func (b *CoverageBuilder) loggingWindows() []LoggingWindow {
	out := make([]LoggingWindow, 0, len(b.windows))
	for i := range b.windows {
		w := &b.windows[i]
		if w.Closed == nil {
			b.settle(w)
		}
		w.Trail, w.Account, w.Region = w.trail.name(), w.trail.key.account, w.trail.key.region
		out = append(out, w.LoggingWindow)
	}
	slices.SortStableFunc(out, func(a, c LoggingWindow) int { return a.From.Compare(c.From) })
	return out
}

// name is the trail's ARN.
func (t *trail) name() string {
	if t.arn != "" {
		return t.arn
	}
	return t.key.madeARN()
}

// histories lists the trails in the order of their first changes.
func (b *CoverageBuilder) histories() []TrailHistory {
	out := make([]TrailHistory, 0, len(b.trails.vals))
	for _, t := range b.trails.vals {
		h := TrailHistory{Trail: t.name(), Kind: "trail", Account: t.key.account, Region: t.key.region, Bucket: t.state.bucket,
			Logging: t.logging(), Selectors: t.state.selectors.words(), Changes: t.changes, MoreChanges: t.more}
		if t.key.store {
			h.Kind = "event data store"
		}
		out = append(out, h)
	}
	return out
}

func (t *trail) logging() string {
	switch {
	case t.state.deleted:
		return "deleted"
	case t.state.logging == isTrue:
		return "on"
	case t.state.logging == isFalse:
		return "off"
	}
	return "unknown"
}

// seconds returns t without its fraction, in UTC.
func seconds(t int64) time.Time { return time.Unix(t, 0).UTC() }
