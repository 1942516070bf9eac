package report

import (
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A change is a call that leaves something behind, takes it away again, hands
// out a credential, or turns a key off or on. Changes are applied in timeline order.
type change struct {
	kind    changeKind
	mark    Mark
	link    Link
	account string
	region  string
	family  string
	thing   thing  // made, removed
	key     string // access key ID: issued, disabled, enabled, deleted
	expiry  string // issued: as recorded
}

type changeKind uint8

const (
	left changeKind = iota
	removed
	disabled
	enabled
	issuedKey
)

func (e *event) mark() Mark {
	return Mark{e.ref.Time, own(e.ref.ID), own(e.ref.Name), own(e.ref.Principal), own(e.ref.Credential), e.Ordinal, own(e.ref.SourceIP)}
}

// record gives access to the fields of the event's record.
func (e *event) record() parser.Record { return parser.Record{Raw: e.Carried} }

// change looks for what a call that succeeded has changed.
func (t *Tally) change(p *part, e *event) {
	name := e.ref.Action()
	if issues(name) && (e.link != "" || t.mentioned(e)) {
		p.issue(e)
	}
	if e.ref.ReadOnly == "true" {
		return
	}
	if e.link != "" {
		for _, tr := range made[name] {
			if serves(tr.service, e.ref.EventSource) {
				p.trace(e, &tr, left)
			}
		}
	}
	if mayEnd(name) {
		for _, tr := range ended[name] {
			if serves(tr.service, e.ref.EventSource) {
				p.trace(e, &tr, removed)
			}
		}
	}
}

func (p *part) trace(e *event, tr *trace, kind changeKind) {
	rec := e.record()
	base := change{mark: e.mark(), link: e.link, account: own(e.ref.Account), region: own(e.ref.Region)}
	p.changes = append(p.changes, tr.changes(&rec, kind, base)...)
}

// changes returns what a call has changed, one a thing. base is what they have in common.
func (t *trace) changes(rec *parser.Record, kind changeKind, base change) (out []change) {
	if t.action == "UpdateAccessKey" {
		switch status := resolve(rec, "<status"); {
		case len(status) == 1 && status[0] == "Inactive":
			kind = disabled
		case len(status) == 1 && status[0] == "Active":
			kind = enabled
		default:
			return nil
		}
	}
	for _, th := range t.things(rec, base.account, base.region) {
		c := base
		c.kind, c.family, c.thing = kind, t.family, th
		if t.family == "access key" {
			c.key = th.target
		}
		out = append(out, c)
	}
	return out
}

func (p *part) issue(e *event) {
	rec := e.record()
	key, expiry := issued(&rec)
	if key == "" {
		return
	}
	c := p.newChange(e, issuedKey)
	c.key, c.expiry = key, expiry
}

func (p *part) newChange(e *event, kind changeKind) *change {
	p.changes = append(p.changes, change{
		kind: kind, mark: e.mark(), link: e.link, account: own(e.ref.Account), region: own(e.ref.Region),
	})
	return &p.changes[len(p.changes)-1]
}

// item is a thing that was left behind.
type item struct {
	change
	count int64 // calls that made it, or made it again, since it was last absent
	last  Mark
	state string
	end   *Mark
}

// issue is a credential that was handed out.
type issue struct {
	mark   Mark
	link   Link
	expiry string
}

func (i *issue) add(*issue)    {}
func (i *issue) events() int64 { return 1 }

// keyMarks are what happened to a key's state.
type keyMarks struct {
	marks []Mark
	more  int64
}

// A ledger is what is known, so far in timeline order, of things left behind
// and of credentials.
type ledger struct {
	items  []item
	others int64            // calls whose thing was not kept
	index  map[string][]int // keys of things to items
	issued capped[string, issue]
	keys   capped[string, keyMarks] // access keys that were turned off, on or deleted

	// Removals of the current second: one of them may precede in the timeline
	// what it removed.
	second   int64
	removals map[string]Mark
}

func (l *ledger) limits() {
	l.index = make(map[string][]int)
	l.removals = make(map[string]Mark)
	l.issued.limit = issuedLimit
	l.keys.limit = issuedLimit
}

func (l *ledger) apply(c *change, s *suspects) {
	switch c.kind {
	case issuedKey:
		if r := l.issued.at(c.key, nil); r == nil {
			l.issued.others++
		} else if r.mark.EventID == "" {
			*r = issue{c.mark, c.link, c.expiry}
		}
		return
	case left:
		l.make(c)
		return
	}
	if c.key != "" && (s.follows(c.key) || l.issued.row(c.key) != nil) {
		if r := l.keys.at(c.key, nil); r == nil {
			l.keys.others++
		} else if len(r.marks) < keyMarkLimit {
			r.marks = append(r.marks, c.keyMark())
		} else {
			r.more++
		}
	}
	l.end(c)
}

// keyMark is the change's mark, naming what became of a key.
func (c *change) keyMark() Mark {
	m := c.mark
	switch c.kind {
	case disabled:
		m.Event += " (Inactive)"
	case enabled:
		m.Event += " (Active)"
	}
	return m
}

func (l *ledger) make(c *change) {
	main := c.thing.keys[0]
	for _, i := range l.index[main] {
		if it := &l.items[i]; it.end == nil && it.thing.target == c.thing.target {
			it.count++
			it.last = c.mark
			if c.link.closer(it.link) {
				it.link = c.link
			}
			return
		}
	}
	if len(l.items) >= itemLimit {
		l.others++
		return
	}
	it := item{change: *c, count: 1, last: c.mark, state: Present}
	if l.second == c.mark.Time.Unix() {
		for _, k := range c.thing.keys {
			if m, ok := l.removals[k]; ok {
				it.end, it.state = &m, Unordered
			}
		}
	}
	for _, k := range c.thing.keys {
		l.index[k] = append(l.index[k], len(l.items))
	}
	l.items = append(l.items, it)
}

func (l *ledger) end(c *change) {
	if s := c.mark.Time.Unix(); s != l.second {
		l.second = s
		clear(l.removals)
	}
	mark := c.mark

	for _, k := range c.thing.keys {
		if c.kind == removed {
			l.removals[k] = mark
		}
		for _, i := range l.index[k] {
			l.items[i].becomes(c.kind, mark)
		}
	}
}

func (it *item) becomes(kind changeKind, mark Mark) {
	switch kind {
	case enabled:
		if it.state == Deactivated {
			it.state, it.end = Present, nil
		}
	case disabled:
		if it.state == Present {
			it.state, it.end = Deactivated, &mark
		}
	case removed:
		switch it.state {
		case Present, Deactivated:
			it.state, it.end = Removed, &mark
			if sameSecond(it.last.Time, mark.Time) {
				it.state = Unordered
			}
		}
	}
}

func sameSecond(a, b time.Time) bool { return a.Unix() == b.Unix() }

func (it *item) row() PersistenceRow {
	return PersistenceRow{
		Kind: it.family, Target: it.thing.target, State: it.state, Account: it.account, Region: it.region, Link: it.link,
		Made: it.mark, Calls: it.count, Last: it.last, Ended: it.end,
	}
}
