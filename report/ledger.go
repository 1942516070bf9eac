package report

import (
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A change is a call that leaves something behind, takes it away again, or turns it off or
// on. Changes are applied in timeline order.
type change struct {
	kind changeKind
	mark Mark
	caller
	account string
	region  string
	family  string
	detail  string
	thing   thing
	// curtailed: who made the call from where is not in the mark as it is in the record, where the suspects are told by it.
	curtailed bool
}

// A caller is what is known of whoever made a call, beside its mark.
type caller struct {
	linked bool // to suspects: where a ledger is full, what it did is admitted nevertheless
	judged bool // an examiner holds something of the event
	link   Link // that comes of it
}

// same reports whether examiners hold the same of both.
func (c *caller) same(o *caller) bool { return c.judged == o.judged && c.link == o.link }

// sameCaller reports whether both are of one principal with one credential from one address.
func (m *Mark) sameCaller(o *Mark) bool {
	return m.Principal == o.Principal && m.Credential == o.Credential && m.SourceIP == o.SourceIP
}

type changeKind uint8

const (
	left changeKind = iota
	removed
	disabled
	enabled
	renamed // keys has what a thing's owner, or itself, was called, and what it is called now
)

// changes returns what a call has changed, one a thing. base is what they have in common.
func (t *trace) changes(rec *parser.Record, kind changeKind, base change) (out []change) {
	if !t.applies(rec) {
		return nil
	}
	if kind == removed {
		var ok bool
		if kind, ok = t.endsAs(rec); !ok {
			return nil
		}
	}
	things := t.things(rec, base.account, base.region)
	if kind == renamed {
		now := resolve(rec, renames[t.action].is)
		if now == nil || len(things) != 1 {
			return nil
		}
		things[0].keys = append(things[0].keys[:1:1], t.key(base.account, base.region, now[0]))
	}
	if len(things) > 0 && kind == left {
		base.detail = detailOf(t.family, rec, base.account)
		if owner := resolve(rec, ownedBy[t.family]); len(owner) == 1 {
			for i := range things {
				things[i].keys = append(things[i].keys, t.key(base.account, base.region, owner[0]))
			}
		}
	}
	for _, th := range things {
		c := base
		c.kind, c.family, c.thing = kind, t.family, th
		out = append(out, c)
	}
	return out
}

// item is a thing that somebody left behind.
type item struct {
	change
	count int64 // calls that made it, or made it again
	last  Mark
	state string
	end   *Mark
}

func (it *item) row() PersistenceRow {
	return PersistenceRow{
		Kind: it.family, Target: it.thing.target, Detail: it.detail, State: it.state, Account: it.account, Region: it.region,
		Link: it.link, Made: it.mark, Calls: it.count, Last: it.last, Ended: it.end, judged: it.judged,
	}
}

// A ledger is what is known, so far in timeline order, of things left behind.
type ledger struct {
	items  []item
	before int              // rows that lie elsewhere
	others int64            // calls whose thing was not admitted
	index  map[string][]int // keys of things to the items that are, or may be, there

	// Removals of the current second: one of them may precede in the timeline
	// what it removed.
	second   int64
	removals map[string]Mark

	rest *restTable // nil: nobody wants it
	err  error      // of rest
}

// The rows that a ledger admits, and how many more it keeps for those with a link to suspects.
const (
	ledgerLimit   = 10_000
	ledgerReserve = 2000
)

// removalLimit bounds what is remembered of one second: what goes beyond is no removal that may have come before.
const removalLimit = 1 << 16

// admits reports whether a table with so many rows takes another one.
func admits(rows int, linked bool) bool {
	return rows < ledgerLimit || linked && rows < ledgerLimit+ledgerReserve
}

func (l *ledger) apply(c *change) {
	if l.index == nil {
		l.index, l.removals = make(map[string][]int), make(map[string]Mark)
	}
	if s := c.mark.Time.Unix(); s != l.second {
		l.second = s
		clear(l.removals)
	}
	if c.kind == left {
		if !l.make(c) {
			l.late(c)
		}
		return
	}
	l.late(c)
	if c.kind == renamed {
		l.rename(c.thing.keys)
		return
	}
	for _, k := range c.thing.keys {
		if c.kind == removed && len(l.removals) < removalLimit {
			l.removals[k] = c.mark
		}
		for _, i := range slices.Clone(l.index[k]) { // what ends leaves the index
			l.becomes(i, c.kind, c.mark)
		}
	}
}

// make adds what a call left behind. Where the caller has left the same thing before, it is the same
// row; what somebody else did before is replaced, if it is something that a call sets as a whole. It
// reports whether the row is one of the first, which are there whoever is suspected.
func (l *ledger) make(c *change) (first bool) {
	slot := c.thing.keys[0]
	one := onlyOne[c.family] && len(c.thing.keys) > 1
	if one {
		slot = c.thing.keys[1]
	}
	for _, i := range slices.Clone(l.index[slot]) {
		it := &l.items[i]
		same := it.thing.target == c.thing.target
		if !same && !one {
			continue
		}
		if same && it.state != Unordered && it.same(&c.caller) && it.mark.sameCaller(&c.mark) {
			it.count++
			it.last, it.detail = c.mark, c.detail
			if setAsAWhole[c.family] { // what is set anew is on
				it.state, it.end = Present, nil
			}
			return l.before+i < ledgerLimit
		}
		if setAsAWhole[c.family] && !sameSecond(it.last.Time, c.mark.Time) {
			mark := c.mark // the change's memory is used again
			it.state, it.end = Replaced, &mark
			l.forget(i)
		}
	}
	if !admits(l.before+len(l.items), c.linked) {
		l.others++
		return false
	}
	it := item{change: *c, count: 1, last: c.mark, state: Present}
	for _, k := range c.thing.keys {
		if m, ok := l.removals[k]; ok {
			it.end, it.state = &m, Unordered
		}
	}
	for _, k := range c.thing.keys {
		l.index[k] = append(l.index[k], len(l.items))
	}
	l.items = append(l.items, it)
	return l.before+len(l.items) <= ledgerLimit
}

// forget takes an item out of the index: nothing more can happen to it.
func (l *ledger) forget(i int) {
	for _, k := range l.items[i].thing.keys {
		if there := slices.DeleteFunc(l.index[k], func(j int) bool { return i == j }); len(there) > 0 {
			l.index[k] = there
		} else {
			delete(l.index, k)
		}
	}
}

// rename lets what is found under a key be found by its new name, and no more by the old one, which may be given again.
func (l *ledger) rename(keys []string) {
	if len(keys) != 2 {
		return
	}
	was, is := strings.SplitN(keys[0], "\x00", 4)[3], strings.SplitN(keys[1], "\x00", 4)[3] // see trace.key
	for _, i := range slices.Clone(l.index[keys[0]]) {
		l.forget(i)
		it := &l.items[i]
		for n, k := range it.thing.keys {
			parts := strings.SplitN(k, "\x00", 4)
			values := strings.ReplaceAll("\x00"+parts[3]+"\x00", "\x00"+was+"\x00", "\x00"+is+"\x00")
			parts[3] = values[1 : len(values)-1]
			k = strings.Join(parts, "\x00")
			it.thing.keys[n] = k
			l.index[k] = append(l.index[k], i)
		}
		it.detail = clip(strings.TrimPrefix(it.detail+"; "+was+" is now called "+is, "; "))
	}
}

func (l *ledger) becomes(i int, kind changeKind, mark Mark) {
	it := &l.items[i]
	switch {
	case kind == enabled && it.state == Deactivated:
		it.state, it.end = Present, nil
	case kind == disabled && it.state == Present:
		it.state, it.end = Deactivated, &mark
	case kind == removed && sameSecond(it.last.Time, mark.Time):
		it.state, it.end = Unordered, &mark // until a later call tells
	case kind == removed:
		it.state, it.end = Removed, &mark
		l.forget(i)
	}
}

func sameSecond(a, b time.Time) bool { return a.Unix() == b.Unix() }

// replace notes that a call has set anew what is there, where a call sets it as a whole. What the call itself made it leaves.
func (l *ledger) replace(c *change) {
	if !setAsAWhole[c.family] {
		return
	}
	slot := c.thing.keys[0]
	if onlyOne[c.family] && len(c.thing.keys) > 1 {
		slot = c.thing.keys[1]
	}
	for _, i := range slices.Clone(l.index[slot]) {
		if it := &l.items[i]; !sameSecond(it.last.Time, c.mark.Time) {
			mark := c.mark // the change's memory is used again
			it.state, it.end = Replaced, &mark
			l.forget(i)
		}
	}
}

// setAsAWhole are the families of which a call sets all: what was there before is gone.
var setAsAWhole = map[string]bool{
	"console password": true, "function URL": true, "role trust policy": true, "inline policy of user": true, "inline policy of role": true, "inline policy of group": true,
	"default policy version": true, "function code": true, "function configuration": true, "bucket policy": true, "bucket ACL": true, "bucket replication": true,
	"event rule": true, "key policy": true, "secret policy": true, "repository policy": true, "registry policy": true, "backup vault policy": true,
	"Glue catalog policy": true, "event bus policy": true, "inline policy of permission set": true, "roles of identity pool": true, "role alias": true, "IoT rule": true,
	"delegation policy": true, "domain transfer": true, "name servers of domain": true, "contacts of domain": true,
}

// onlyOne are those of them of which there is one only, whichever it is: their second key tells of what.
var onlyOne = map[string]bool{"default policy version": true}
