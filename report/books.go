package report

import (
	"errors"
	"time"

	"github.com/coldtrail/coldtrail/scan"
)

// books are the ledgers as they are being written: what all of the evidence shows, so far in timeline order. What
// they admit beyond their limits depends on who is suspected, and nothing else of them does.
type books struct {
	left   ledger
	data   dataBook
	guards defences
}

func (b *books) begin(newest time.Time) {
	b.data.limits()
	b.guards.begin(newest)
}

// keepRest has what full ledgers have no rows for kept beside them.
func (b *books) keepRest(c *Case) { b.data.rest, b.left.rest = restOfReads(c), restOfChanges(c) }

func (b *books) closeRest() error { return errors.Join(b.data.rest.close(), b.left.rest.close()) }

// A bookPart is what one batch adds to the books.
type bookPart struct {
	changes  []change
	data     capped[readKey, readRow]
	readings []read
	seen     capped[seenKey, Activity]
	guards   []guardChange
}

func (p *bookPart) reset() {
	p.data.reset()
	p.seen.reset()
	clear(p.changes)
	clear(p.readings)
	clear(p.guards)
	p.changes, p.readings, p.guards = p.changes[:0], p.readings[:0], p.guards[:0]
}

func (p *bookPart) big() bool {
	return max(cap(p.changes), cap(p.data.keys), cap(p.readings), cap(p.guards)) > partKeepLimit
}

// A ledgerCall is what calls of one name mean to the ledgers.
type ledgerCall struct {
	readings    []reading
	made, ended []trace
	guards      []guard
	trail       bool
}

var ledgerCalls = func() map[string]*ledgerCall {
	m := map[string]*ledgerCall{}
	of := func(action string) *ledgerCall {
		if m[action] == nil {
			m[action] = &ledgerCall{}
		}
		return m[action]
	}
	for action, r := range readings {
		of(action).readings = r
	}
	for action, t := range made {
		of(action).made = t
	}
	for action, t := range ended {
		of(action).ended = t
	}
	for action, g := range guards {
		of(action).guards = g
	}
	for action := range trailCalls {
		of(action).trail = true
	}
	return m
}()

const awsService = "AWSService"

// book enters an event. What AWS does by itself is in no ledger: nothing is carried of it.
func (t *Tally) book(p *bookPart, e *event) {
	if len(e.Carried) == 0 || e.ref.PrincipalType == awsService {
		return
	}
	call := ledgerCalls[e.ref.Action()]
	if call == nil {
		return
	}
	by := caller{linked: t.linkTo(e.ref.Principal, e.ref.Credential, e.ref.SourceIP) != ""}
	if e.judged {
		by = caller{e.link != "", true, e.link}
	}
	for i := range call.readings {
		if r := &call.readings[i]; serves(r.service, e.ref.EventSource) {
			p.reads(e, r, by)
		}
	}
	if e.outcome != succeeded || e.ref.ReadOnly == "true" {
		return
	}
	for i := range call.made {
		p.trace(e, &call.made[i], left, by)
	}
	for i := range call.ended {
		p.trace(e, &call.ended[i], removed, by)
	}
	for i := range call.guards {
		p.guard(e, &call.guards[i], by)
	}
	if call.trail && e.ref.EventSource == trailService {
		c := guardChange{mark: e.mark(), caller: by, account: own(e.ref.Account), region: own(e.ref.Region), source: trailService, ofTrails: true, record: append([]byte(nil), e.Carried...)}
		p.guards = append(p.guards, c)
	}
}

func (p *bookPart) trace(e *event, t *trace, kind changeKind, by caller) {
	if !serves(t.service, e.ref.EventSource) {
		return
	}
	rec := e.record()
	base := change{mark: e.mark(), caller: by, account: own(e.ref.Account), region: own(e.ref.Region)}
	base.curtailed = base.mark.Principal != e.ref.Principal || base.mark.Credential != e.ref.Credential || base.mark.SourceIP != e.ref.SourceIP
	p.changes = append(p.changes, t.changes(&rec, kind, base)...)
}

func (p *bookPart) guard(e *event, g *guard, by caller) {
	rec := e.record()
	if !serves(g.service, e.ref.EventSource) || !g.holds(&rec) {
		return
	}
	c := guardChange{
		effect: g.effect, kind: g.kind, what: g.what, detail: g.details(&rec), account: own(e.ref.Account), region: own(e.ref.Region), mark: e.mark(), caller: by,
		everyTarget: g.effect == restores && g.names == "",
	}
	for _, target := range g.targets(&rec, c.account) {
		c.target = target
		p.guards = append(p.guards, c)
	}
}

// commit adds a part, whose events follow those that are there.
func (b *books) commit(p *bookPart) error {
	err := b.data.commit(p)
	for i := range p.changes {
		b.left.apply(&p.changes[i])
	}
	for i := range p.guards {
		b.guards.apply(&p.guards[i])
	}
	return errors.Join(err, b.left.err)
}

// A Ledger is all that the ledgers of a case hold. Its rows are in the order of their first events.
type Ledger struct {
	Persistence []PersistenceRow
	Data        []DataRow
	Defences    []DefenceRow
	sums        Ledgers // what is not in the rows
}

// close returns the rows, without their links. end is that of the evidence.
func (b *books) close(end time.Time) (*Ledger, error) {
	l := &Ledger{Persistence: []PersistenceRow{}, Data: b.data.list(), Defences: b.guards.list(end)}
	for i := range b.left.items {
		l.Persistence = append(l.Persistence, b.left.items[i].row())
	}
	l.sums.Persistence.Others, l.sums.Data.Others, l.sums.Defences.Others = b.left.others, b.data.others, b.guards.others
	l.sums.Whole = b.left.others+b.guards.others == 0 && len(b.data.coarse.keys) == 0 && !b.data.full &&
		max(len(b.left.items), len(b.data.rows.keys), len(b.guards.items)) <= ledgerLimit
	l.sums.OtherSeen = b.data.seen.others
	for i, k := range b.data.seen.keys {
		a := b.data.seen.vals[i]
		l.sums.Seen = append(l.sums.Seen, DataSeen{k.account, k.kind, Activity{a.Counts, a.Span.utc()}})
	}
	return l, b.guards.err
}

// only is a Sink that feeds nothing but the books.
type only struct{ *Tally }

// Encode implements scan.Sink.
func (o only) Encode(batch []scan.Entry) (any, error) {
	p := new(part)
	for i := range batch {
		e := o.event(&batch[i])
		var ids []string
		for j := range e.Findings {
			ids = append(ids, e.Findings[j].Finding)
		}
		e.verdict, e.judged = o.held.OfEvent(e.ref, ids...)
		e.link = o.link(&e)
		o.book(&p.books, &e)
	}
	return p, nil
}
