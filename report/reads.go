package report

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// A readKey tells the rows of the data ledger apart.
type readKey struct {
	kind, resource, detail string
	account, region        string
	principal, credential  string
	address                string
	judged                 bool // an examiner holds something of the events, of which
	link                   Link // comes this
}

func (k readKey) own() readKey {
	for _, s := range [...]*string{&k.kind, &k.resource, &k.detail, &k.account, &k.region, &k.principal, &k.credential, &k.address} {
		*s = strings.Clone(*s)
	}
	return k
}

// readRow sums up the reading of one resource by one caller.
type readRow struct {
	Activity
	first, last string // event IDs
	ordinal     uint64 // of the first
	latest      uint64 // ordinal of the last
	linked      bool   // its caller is a suspect
	bytes       int64  // bytesTransferredOut of the calls that succeeded
	objects     int64  // distinct objects
	more        bool   // and further ones, which were not counted
}

// add adds a row of which the first event is a later one.
func (r *readRow) add(o *readRow) {
	if r.Events == 0 {
		r.first, r.ordinal, r.linked = o.first, o.ordinal, o.linked
	}
	r.Activity.add(&o.Activity)
	if o.latest >= r.latest {
		r.last, r.latest = o.last, o.latest
	}
	r.bytes += o.bytes
	r.more = r.more || o.more
}

// see adds a reading.
func (r *readRow) see(one *read) {
	if r.Events == 0 {
		r.first, r.ordinal, r.linked = one.id, one.ordinal, one.linked
	}
	r.last, r.latest = one.id, one.ordinal
	r.Counts.see(one.outcome)
	if one.plausible {
		r.Span.see(one.time)
	}
	r.bytes += one.bytes
}

// A read is one reading of a part, in the order of the timeline.
type read struct {
	row int // of the part
	*readCall
	bytes  int64    // that were sent
	object [16]byte // what tells it from others; only where there is one
	named  bool     // there is one
}

// A readCall is what readings have of their event.
type readCall struct {
	ordinal   uint64
	time      time.Time
	id        string
	outcome   outcome
	plausible bool
	linked    bool
	// curtailed: who made the call from where is not in the row as it is in the record, where the suspects are told by it.
	curtailed bool
}

// Bounds of what is remembered of objects, to count them once: those that suspects read, and all others.
const (
	objectLimit       = 1 << 18
	othersObjectLimit = 1 << 17
)

// coarseLimit is how many rows stand for what the full ledger does not admit: resources by role or user.
const coarseLimit = 1000

// A dataBook is what is known, so far, of who read what.
type dataBook struct {
	rows    capped[readKey, readRow]
	coarse  capped[readKey, readRow]
	others  int64 // events of what neither admitted
	objects [2]map[[16]byte]struct{}
	seen    capped[seenKey, Activity]
	full    bool               // an object was not counted
	before  int                // rows that lie elsewhere
	arns    map[readKey]string // by the name of what is known by both, see alias
	rest    *restTable         // nil: nobody wants it
}

// A seenKey is a kind of data event of an account.
type seenKey struct{ account, kind string }

func (k seenKey) own() seenKey { return seenKey{strings.Clone(k.account), strings.Clone(k.kind)} }

// seenLimit bounds the accounts and kinds of which the report says whether there are data events.
const seenLimit = 2000

func (d *dataBook) limits() {
	d.coarse.limit, d.seen.limit = coarseLimit, seenLimit
	d.arns = map[readKey]string{}
	d.objects = [2]map[[16]byte]struct{}{{}, {}}
}

// reads adds the readings of an event to a part.
func (p *bookPart) reads(e *event, r *reading, by caller) {
	rec := e.record()
	var call *readCall
	for i, a := range r.accesses(&rec) {
		if i == 0 && dataKinds[a.kind] {
			p.seen.at(seenKey{clip(e.ref.Account), a.kind}, seenKey.own).see(e)
		}
		key := readKey{
			a.kind, a.resource, a.detail, clip(e.ref.Account), clip(e.ref.Region), clip(e.ref.Principal), clip(e.ref.Credential), clip(e.ref.SourceIP), by.judged, by.link,
		}
		if call == nil {
			call = &readCall{ordinal: e.Ordinal, time: e.ref.Time, id: own(e.ref.ID), outcome: e.outcome, plausible: e.plausible, linked: by.linked}
			call.curtailed = key.principal != e.ref.Principal || key.credential != e.ref.Credential || key.address != e.ref.SourceIP
		}
		one := read{readCall: call}
		if e.outcome == succeeded {
			if one.bytes, one.named = a.bytes, a.object != ""; one.named {
				one.object = hashObject(&key, a.object)
			}
		}
		one.row = p.data.place(key, readKey.own)
		p.data.vals[one.row].see(&one)
		p.readings = append(p.readings, one)
	}
}

// hashObject tells an object that a caller read from all others.
func hashObject(k *readKey, object string) [16]byte {
	h := sha256.New()
	for _, s := range [...]string{k.kind, k.resource, k.account, k.region, k.principal, k.credential, k.address, string(k.link), object} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	var sum [sha256.Size]byte
	return [16]byte(h.Sum(sum[:0]))
}

// commit adds a part's rows, which follow those that are there.
func (d *dataBook) commit(p *bookPart) error {
	merge(&d.seen, &p.seen)
	places := make([]int, len(p.data.keys)) // of the part's rows; -1: not admitted
	for i, k := range p.data.keys {
		k = d.alias(k)
		p.data.keys[i] = k
		row := &p.data.vals[i]
		if places[i] = d.admit(k, row.linked); places[i] >= 0 {
			d.rows.vals[places[i]].add(row)
			continue
		}
		d.blur(k, *row)
	}
	for i := range p.readings {
		r := &p.readings[i]
		place := places[r.row]
		if r.named && place >= 0 {
			d.distinct(&d.rows.vals[place], r.object)
		}
		if place < 0 || place >= ledgerLimit {
			if err := d.rest.reading(&p.data.keys[r.row], r); err != nil {
				return err
			}
		}
	}
	return nil
}

// admit returns the number of the row of a key; -1: there is none, and no room.
func (d *dataBook) admit(k readKey, linked bool) int {
	if i, ok := d.rows.index[k]; ok {
		return i
	}
	if !admits(d.before+len(d.rows.keys), linked) {
		return -1
	}
	return d.rows.place(k, nil)
}

// blur adds a row that is not admitted to the one that stands for it.
func (d *dataBook) blur(k readKey, row readRow) {
	row.more = row.Succeeded > 0
	if c := d.coarse.at(k.coarse(), nil); c != nil {
		c.add(&row)
	} else {
		d.others += row.Events
	}
}

// coarse is the row that stands for a key which is not admitted.
func (k readKey) coarse() readKey {
	return readKey{kind: k.kind, resource: k.resource, account: k.account, region: k.region, principal: withoutSession(k.principal)}
}

// withoutSession is the role of a session's ARN, and of any other principal itself.
func withoutSession(principal string) string {
	if role, session, ok := strings.Cut(principal, "/"); ok && strings.HasSuffix(role, ":assumed-role") {
		name, _, _ := strings.Cut(session, "/")
		return role + "/" + name
	}
	return principal
}

// distinct counts an object that was not read before in its row.
func (d *dataBook) distinct(row *readRow, object [16]byte) {
	seen, most := d.objects[0], othersObjectLimit
	if row.linked {
		seen, most = d.objects[1], objectLimit
	}
	if _, ok := seen[object]; ok {
		return
	}
	if len(seen) >= most {
		row.more, d.full = true, true
		return
	}
	seen[object] = struct{}{}
	row.objects++
}

// list returns the rows in the order of their first events. Of the first ones, whose names are known by ARNs as well, it has these.
func (d *dataBook) list() []DataRow {
	rows := make([]DataRow, 0, len(d.rows.keys)+len(d.coarse.keys))
	for _, t := range [...]*capped[readKey, readRow]{&d.rows, &d.coarse} {
		for i, k := range t.keys {
			r := &t.vals[i]
			if arn, known := d.arns[k.thing()]; known && t == &d.rows && i < ledgerLimit {
				k.resource = arn
			}
			rows = append(rows, DataRow{
				Kind: k.kind, Resource: k.resource, Detail: k.detail, Account: k.account, Region: k.region, Actor: cmp.Or(k.credential, k.principal),
				Principal: k.principal, Credential: k.credential, SourceIP: k.address, Activity: Activity{r.Counts, r.Span.utc()}, FirstEvent: r.first, LastEvent: r.last, Ordinal: r.ordinal,
				Objects: r.objects, ObjectsAtLeast: r.more, Bytes: r.bytes, Link: k.link, judged: k.judged,
			})
		}
	}
	slices.SortStableFunc(rows, func(a, b DataRow) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	return rows
}
