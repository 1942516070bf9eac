package report

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
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
	linked      bool   // its caller is a suspect
	bytes       int64  // bytesTransferredOut of the calls that succeeded
	objects     int64  // distinct objects
	more        bool   // and further ones, which were not counted
}

// add adds a row of later events.
func (r *readRow) add(o *readRow) {
	if r.Events == 0 {
		r.first, r.ordinal, r.linked = o.first, o.ordinal, o.linked
	}
	r.Activity.add(&o.Activity)
	r.last = o.last
	r.bytes += o.bytes
	r.more = r.more || o.more
}

// An objectRead is an object that was read, and the row that it belongs to.
type objectRead struct {
	object [16]byte
	row    readKey
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
	full    bool // an object was not counted
}

// A seenKey is a kind of data event of an account.
type seenKey struct{ account, kind string }

func (k seenKey) own() seenKey { return seenKey{strings.Clone(k.account), strings.Clone(k.kind)} }

// seenLimit bounds the accounts and kinds of which the report says whether there are data events.
const seenLimit = 2000

func (d *dataBook) limits() {
	d.coarse.limit, d.seen.limit = coarseLimit, seenLimit
	d.objects = [2]map[[16]byte]struct{}{{}, {}}
}

// reads adds the readings of an event to a part.
func (p *bookPart) reads(e *event, r *reading, by caller) {
	rec := e.record()
	for i, a := range r.accesses(&rec) {
		if i == 0 && dataKinds[a.kind] {
			p.seen.at(seenKey{clip(e.ref.Account), a.kind}, seenKey.own).see(e)
		}
		key := readKey{
			a.kind, a.resource, a.detail, clip(e.ref.Account), clip(e.ref.Region), clip(e.ref.Principal), clip(e.ref.Credential), clip(e.ref.SourceIP), by.judged, by.link,
		}
		row := p.data.at(key, readKey.own)
		if row.Events == 0 {
			row.first, row.ordinal, row.linked = own(e.ref.ID), e.Ordinal, by.linked
		}
		if row.last = row.first; row.Events > 0 {
			row.last = own(e.ref.ID)
		}
		row.see(e)
		if e.outcome != succeeded {
			continue
		}
		row.bytes += a.bytes
		if a.object != "" {
			key = p.data.keys[p.data.index[key]]
			p.objects = append(p.objects, objectRead{hashObject(&key, a.object), key})
		}
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
func (d *dataBook) commit(p *bookPart) {
	merge(&d.seen, &p.seen)
	for i, k := range p.data.keys {
		row := &p.data.vals[i]
		if have := d.rows.row(k); have != nil {
			have.add(row)
			continue
		}
		if admits(len(d.rows.keys), row.linked) {
			d.rows.at(k, nil).add(row)
			continue
		}
		coarse := *row
		coarse.more = coarse.Succeeded > 0
		if c := d.coarse.at(k.coarse(), nil); c != nil {
			c.add(&coarse)
		} else {
			d.others += row.Events
		}
	}
	for i := range p.objects {
		d.distinct(&p.objects[i])
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
func (d *dataBook) distinct(o *objectRead) {
	row := d.rows.row(o.row)
	if row == nil {
		return
	}
	seen, most := d.objects[0], othersObjectLimit
	if row.linked {
		seen, most = d.objects[1], objectLimit
	}
	if _, ok := seen[o.object]; ok {
		return
	}
	if len(seen) >= most {
		row.more, d.full = true, true
		return
	}
	seen[o.object] = struct{}{}
	row.objects++
}

// list returns the rows in the order of their first events.
func (d *dataBook) list() []DataRow {
	rows := make([]DataRow, 0, len(d.rows.keys)+len(d.coarse.keys))
	for _, t := range [...]*capped[readKey, readRow]{&d.rows, &d.coarse} {
		for i, k := range t.keys {
			r := &t.vals[i]
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
