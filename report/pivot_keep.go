package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// PivotData is what was read.
type PivotData struct {
	Rows   []PivotRead `json:"rows"`
	Others int64       `json:"other_calls,omitempty"` // of resources that were not kept
}

// A PivotRead is one resource that was read.
type PivotRead struct {
	Kind     string `json:"kind"`
	Resource string `json:"resource,omitempty"` // "": the record does not name it
	Counts
	Span
	Objects int64 `json:"objects,omitempty"` // distinct, of the calls that succeeded
	More    bool  `json:"more_objects,omitempty"`
	Bytes   int64 `json:"bytes,omitempty"` // bytesTransferredOut of the calls that succeeded
}

// PivotPersistence is what was left behind.
type PivotPersistence struct {
	Rows   []PersistenceRow `json:"rows"`
	Others int64            `json:"other_calls,omitempty"`
}

// The bounds of what is told apart.
const (
	pivotReadLimit   = 20_000
	pivotObjectLimit = 1 << 20
)

// keepColumns are what is asked of calls that read data or change what lasts.
var keepColumns = append([]string{"eventid", "derived_id", "eventname", "eventsource", "awsregion", "account", "principal", "credential", "errorcode", "errormessage"}, RawColumns...)

// keep follows what the tree read, and what it left behind that is still there: so it asks what
// others took away, too.
func (p *Pivot) keep(ctx context.Context) error {
	k := &keeper{reads: capped[readKey, PivotRead]{limit: pivotReadLimit}, objects: map[[16]byte]struct{}{}}
	k.ledger.limits()
	ends := named(func(name string) bool { return mayEnd(name) && ended[name] != nil })
	wanted := named(func(name string) bool {
		return readings[name] != nil || made[name] != nil || issues(name) || mayEnd(name) && ended[name] != nil
	})
	_, end, err := p.store.Span()
	if err != nil {
		return err
	}
	ours, err := p.filter.bind(ctx, p.store)
	if err != nil {
		return err
	}
	f := &Filter{clauses: []clause{{any: []predicate{wanted}}, {any: append([]predicate{ends}, ours.clauses[0].any...)}}}
	in := &membership{ours: ours.clauses[0].any}
	err = p.store.Scan(ctx, f, keepColumns, func(r *Row) error {
		mine, err := in.of(r)
		if err == nil {
			rec := parser.Record{Raw: r.Raw()}
			k.see(r, &rec, mine)
			if mine && issues(parser.Action(r.Text(2))) {
				p.expires(&rec, end)
			}
		}
		return err
	})
	p.Data, p.Left = k.data(), k.left()
	return err
}

// membership says which rows of a scan are the tree's. It asks once a block.
type membership struct {
	ours  either
	block *block
	rows  rowBits
}

func (m *membership) of(r *Row) (bool, error) {
	if m.block != r.b {
		m.block, m.rows = r.b, newRowBits(r.b.group.rows)
		if err := m.ours.match(r.b, r.b.selected, m.rows); err != nil {
			return false, err
		}
	}
	return m.rows.has(r.row), nil
}

type readKey struct{ kind, resource string }

// A keeper gathers what was read and what was left behind.
type keeper struct {
	reads   capped[readKey, PivotRead]
	objects map[[16]byte]struct{}
	ledger  ledger
	nobody  suspects
}

func (k *keeper) see(r *Row, rec *parser.Record, mine bool) {
	ref := detect.EventRef{Name: r.Text(2), EventSource: r.Text(3), ErrorCode: r.Text(8), ErrorMessage: r.Text(9)}
	action, how := ref.Action(), outcomeOf(&ref)
	if mine {
		for _, reading := range readings[action] {
			if serves(reading.service, ref.EventSource) {
				k.read(r, &reading, rec, how)
			}
		}
	}
	if how != succeeded {
		return
	}
	base := change{account: own(r.Text(5)), region: own(r.Text(4)), link: ByIdentity,
		mark: Mark{r.Time(), own(cmp.Or(r.Text(1), r.Text(0))), own(ref.Name), own(r.Text(6)), own(r.Text(7)), r.Ordinal()}}
	apply := func(traces []trace, kind changeKind) {
		for i := range traces {
			if !serves(traces[i].service, ref.EventSource) {
				continue
			}
			for _, c := range traces[i].changes(rec, kind, base) {
				k.ledger.apply(&c, &k.nobody)
			}
		}
	}
	if mine {
		apply(made[action], left)
	}
	if mayEnd(action) {
		apply(ended[action], removed)
	}
}

func (k *keeper) read(r *Row, how *reading, rec *parser.Record, ended outcome) {
	for _, a := range how.accesses(rec) {
		row := k.reads.at(readKey{a.kind, a.resource}, func(k readKey) readKey { return readKey{k.kind, strings.Clone(k.resource)} })
		if row == nil {
			k.reads.others++
			continue
		}
		row.Counts.see(ended)
		row.Span.see(r.Time())
		if ended != succeeded {
			continue
		}
		row.Bytes += a.bytes
		if a.object == "" {
			continue
		}
		sum := sha256.Sum256([]byte(a.kind + "\x00" + a.resource + "\x00" + a.object))
		id := [16]byte(sum[:16])
		if _, ok := k.objects[id]; ok {
			continue
		}
		if len(k.objects) >= pivotObjectLimit {
			row.More = true
			continue
		}
		k.objects[id] = struct{}{}
		row.Objects++
	}
}

// data lists what was read: what was had before what was refused, the most bytes first.
func (k *keeper) data() PivotData {
	out := PivotData{Rows: []PivotRead{}, Others: k.reads.others}
	for i, key := range k.reads.keys {
		row := k.reads.vals[i]
		row.Kind, row.Resource = key.kind, key.resource
		out.Rows = append(out.Rows, row)
	}
	slices.SortStableFunc(out.Rows, func(a, b PivotRead) int {
		return cmp.Or(sooner(a.Succeeded > 0, b.Succeeded > 0), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Succeeded, a.Succeeded))
	})
	return out
}

// left lists what was left behind, what is still there first.
func (k *keeper) left() PivotPersistence {
	out := PivotPersistence{Rows: []PersistenceRow{}, Others: k.ledger.others}
	for i := range k.ledger.items {
		it := &k.ledger.items[i]
		out.Rows = append(out.Rows, PersistenceRow{it.family, it.thing.target, it.state, it.account, it.region, it.link, it.mark, it.count, it.last, it.end})
	}
	first(out.Rows, func(r *PersistenceRow) bool { return r.State != Removed })
	return out
}
