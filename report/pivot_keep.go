package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"math"
	"slices"
	"strings"
	"time"

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
var keepColumns = []string{"eventid", "derived_id", "eventname", "eventsource", "awsregion", "account", "principal", "credential", "errorcode", "errormessage"}

// keep follows what the tree read and left behind and, for what it left, whoever took such things
// away again.
func (p *Pivot) keep(ctx context.Context) error {
	k := &keeper{reads: capped[pivotReadKey, PivotRead]{limit: pivotReadLimit}, objects: map[[16]byte]struct{}{}}
	_, end, err := p.store.Span()
	if err != nil {
		return err
	}
	wanted := named(func(name string) bool { return readings[name] != nil || made[name] != nil || detect.HandsOut(name) })
	ours := &Filter{clauses: append([]clause{{any: []predicate{wanted}}}, p.filter.clauses...)}
	err = p.store.scanCalls(ctx, ours, keepColumns, parts, func(r *Row, rec *parser.Record) error {
		k.see(r, rec)
		if detect.HandsOut(parser.Action(r.Text(2))) {
			p.expires(rec, end)
		}
		return nil
	})
	if err == nil {
		err = p.takenAway(ctx, k)
	}
	p.Data, p.Left = k.data(), k.left()
	return err
}

// takenAway follows, in timeline order, what was left behind and what took it away. Only events are asked that can do so: of the
// second in which the first thing was made, or later.
func (p *Pivot) takenAway(ctx context.Context, k *keeper) error {
	if len(k.made) == 0 {
		return nil
	}
	families := map[string]bool{}
	for i := range k.made {
		families[k.made[i].family] = true
	}
	ends := endsOf(families)
	since := &timePredicate{span64{k.made[0].mark.Time.Truncate(time.Second).UnixMicro(), math.MaxInt64}}
	err := p.store.scanCalls(ctx, filterOf(since, ends), keepColumns, parts, func(r *Row, rec *parser.Record) error {
		k.makeUpTo(r.Ordinal())
		k.end(k.ending(r, rec))
		return nil
	})
	k.makeUpTo(math.MaxUint64)
	return err
}

// endsOf selects the calls that take things of some families away, or set them anew.
func endsOf(families map[string]bool) *textPredicate {
	return named(func(name string) bool {
		return slices.ContainsFunc(ended[name], func(t trace) bool { return families[t.family] }) ||
			slices.ContainsFunc(made[name], func(t trace) bool { return families[t.family] && setAsAWhole[t.family] })
	})
}

// ending returns what a call takes away, turns off or on, or sets anew.
func (k *keeper) ending(r *Row, rec *parser.Record) []change {
	return append(k.changes(r, rec, ended, removed), k.changes(r, rec, made, left)...)
}

// end applies these.
func (k *keeper) end(changes []change) {
	for i := range changes {
		if c := &changes[i]; c.kind == left {
			k.ledger.replace(c)
		} else {
			k.ledger.apply(c)
		}
	}
}

type pivotReadKey struct{ kind, resource string }

// A keeper gathers what was read and what was left behind.
type keeper struct {
	reads   capped[pivotReadKey, PivotRead]
	objects map[[16]byte]struct{}
	made    []change // in timeline order; those that the ledger does not have yet
	ledger  ledger
}

// pivotMadeLimit bounds the calls that left something behind, as they are held at once.
const pivotMadeLimit = 100_000

// see takes an event of the tree.
func (k *keeper) see(r *Row, rec *parser.Record) {
	name, source := parser.Action(r.Text(2)), r.Text(3)
	how := k.outcome(r)
	for _, reading := range readings[name] {
		if serves(reading.service, source) {
			k.read(r, &reading, rec, how)
		}
	}
	for _, c := range k.changes(r, rec, made, left) {
		if len(k.made) < pivotMadeLimit {
			k.made = append(k.made, c)
		} else {
			k.ledger.others++
		}
	}
}

func (k *keeper) outcome(r *Row) outcome {
	return outcomeOf(&detect.EventRef{ErrorCode: r.Text(8), ErrorMessage: r.Text(9)})
}

// changes returns what a call that succeeded has changed, by a table of traces.
func (k *keeper) changes(r *Row, rec *parser.Record, table map[string][]trace, kind changeKind) (out []change) {
	traces := table[parser.Action(r.Text(2))]
	if len(traces) == 0 || k.outcome(r) != succeeded {
		return nil
	}
	base := change{account: own(r.Text(5)), region: own(r.Text(4)), caller: caller{linked: true},
		mark: Mark{r.Time(), own(cmp.Or(r.Text(1), r.Text(0))), own(r.Text(2)), own(r.Text(6)), own(r.Text(7)), r.Ordinal(), ""}}
	for i := range traces {
		if serves(traces[i].service, r.Text(3)) {
			out = append(out, traces[i].changes(rec, kind, base)...)
		}
	}
	return out
}

// makeUpTo gives the ledger what was made up to a place in the timeline.
func (k *keeper) makeUpTo(ordinal uint64) {
	for len(k.made) > 0 && k.made[0].mark.Ordinal <= ordinal {
		k.ledger.apply(&k.made[0])
		k.made = k.made[1:]
	}
}

func (k *keeper) read(r *Row, how *reading, rec *parser.Record, ended outcome) {
	for _, a := range how.accesses(rec) {
		row := k.reads.at(pivotReadKey{a.kind, a.resource}, func(k pivotReadKey) pivotReadKey { return pivotReadKey{k.kind, strings.Clone(k.resource)} })
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
		row := k.ledger.items[i].row()
		row.Link = ByIdentity
		out.Rows = append(out.Rows, row)
	}
	first(out.Rows, func(r *PersistenceRow) bool { return r.State != Removed })
	return out
}
