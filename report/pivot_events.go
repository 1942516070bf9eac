package report

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// sharedLimit bounds the IDs by which copies of events in other accounts are found.
const sharedLimit = 1 << 20

// A memberRow is an event of the tree.
type memberRow struct {
	ordinal uint64
	shared  string
}

// members finds the places of the tree's events, and of the copies of these that other accounts
// got. nil: there are more than are to be remembered.
func (p *Pivot) members(ctx context.Context, found *treePredicate, most int) (ordinals []uint64, err error) {
	shared := map[string]bool{}
	ordinals, many := []uint64{}, false
	err = eachBlock(ctx, p.store, filterOf(found), func(b *block) ([]memberRow, error) {
		defer b.done()
		return memberRows(b)
	}, func(rows []memberRow) error {
		for _, r := range rows {
			if many = many || len(ordinals) >= most; !many {
				ordinals = append(ordinals, r.ordinal)
			}
			if r.shared != "" && len(shared) < sharedLimit {
				shared[r.shared] = true
			}
		}
		return nil
	})
	if err != nil || many {
		return nil, err
	}
	if len(shared) > 0 {
		if ordinals, err = p.copies(ctx, shared, ordinals); err != nil {
			return nil, err
		}
	}
	return ordinals, nil
}

func memberRows(b *block) (rows []memberRow, err error) {
	if err := b.load([]int{leafShared}); err != nil {
		return nil, err
	}
	for row := range b.rows {
		shared, _ := b.bytes(leafShared, row)
		rows = append(rows, memberRow{b.ordinal(row), string(shared)})
	}
	return rows, nil
}

// copies adds the events that have one of the shared IDs.
func (p *Pivot) copies(ctx context.Context, shared map[string]bool, ordinals []uint64) ([]uint64, error) {
	same := &textPredicate{leaves: []int{leafShared}, tests: tests(func(b []byte) bool { return shared[string(b)] })}
	err := eachBlock(ctx, p.store, filterOf(same), func(b *block) (found []uint64, err error) {
		defer b.done()
		for row := range b.rows {
			found = append(found, b.ordinal(row))
		}
		return found, nil
	}, func(found []uint64) error {
		ordinals = append(ordinals, found...)
		return nil
	})
	slices.Sort(ordinals)
	return slices.Compact(ordinals), err
}

// pivotColumns are what a PivotEvent is made of; the rest is the identity's.
var pivotColumns = []string{"eventid", "derived_id", "eventname", "eventsource", "awsregion", "account", "sourceipaddress", "useragent", "errorcode", "errormessage", "readonly",
	"useridentity.type", "principal", "credential", "session_start", "useridentity.onbehalfof.userid", "useridentity.accountid"}

const columnSession = 14 // of pivotColumns

// eventOf takes a row, whose columns are pivotColumns, out of its block. It aliases the block.
func (p *Pivot) eventOf(r *Row) PivotEvent {
	id := r.Text(1)
	if id == "" {
		id = r.Text(0)
	}
	ref := detect.EventRef{ErrorCode: r.Text(8), ErrorMessage: r.Text(9)}
	e := PivotEvent{
		Ordinal: r.Ordinal(), Time: r.Time(), ID: id, Name: r.Text(2), Source: r.Text(3), Region: r.Text(4), Account: r.Text(5), SourceIP: r.Text(6), UserAgent: r.Text(7),
		Error: ref.ErrorCode, ReadOnly: r.Text(10), Principal: r.Text(12), Credential: r.Text(13), Node: -1, outcome: outcomeOf(&ref),
	}
	if e.Error == "" {
		e.Error = ref.ErrorMessage
	}
	if home := r.Text(16); home != e.Account {
		e.Home = home
	}
	c := detect.Caller{Type: r.Text(11), Principal: e.Principal, Key: e.Credential, SessionStart: r.Text(columnSession), OnBehalfOf: r.Text(15), Account: r.Text(16)}
	if node, ok := p.lineage.Of(&c); ok {
		if number, ok := p.numbers[node]; ok {
			e.Node = number
		}
	}
	return e
}

// own returns a copy of an event that owns its texts, with overlong ones cut.
func (e PivotEvent) own() *PivotEvent {
	for _, s := range []*string{&e.ID, &e.Name, &e.Source, &e.Region, &e.Account, &e.Principal, &e.Home, &e.Credential, &e.SourceIP, &e.UserAgent, &e.Error, &e.ReadOnly} {
		*s = own(*s)
	}
	return &e
}

// tell reads the tree's events: the first ones of the origins, those that tie, what was changed, and
// the timeline as text has it.
func (p *Pivot) tell(ctx context.Context) error {
	tying := map[uint64][]int{}
	for i := range p.Nodes {
		if by := p.Nodes[i].By; by != nil {
			tying[by.Ordinal] = append(tying[by.Ordinal], i)
		}
	}
	changed := capped[changeKey, Activity]{limit: pivotChangeLimit}
	names := len(pivotColumns)
	err := p.store.Scan(ctx, p.filter, append(slices.Clone(pivotColumns), "resource_names"), func(r *Row) error {
		e := p.eventOf(r)
		if tied := tying[e.Ordinal]; e.Node < 0 && len(tied) > 0 {
			e.Node = p.Nodes[tied[0]].Parent // whose record has no identity
		}
		if e.Node >= 0 && e.Node < len(p.beganBy) {
			if i := p.beganBy[e.Node]; i >= 0 && p.Origins[i].First == nil {
				p.Origins[i].First = e.own()
			}
		}
		for _, i := range tying[e.Ordinal] {
			p.Nodes[i].By = e.own()
		}
		delete(tying, e.Ordinal)
		if mayChange(&e) {
			k := changeKey{e.Source, e.Name, subjectsOf(r.Values(names))}
			if row := changed.at(k, changeKey.own); row == nil {
				changed.others++
			} else {
				row.Counts.see(e.outcome)
				row.Span.see(e.Time)
			}
		}
		p.runs.add(&e)
		return nil
	})
	p.Changed = changedOf(&changed)
	if err == nil && len(tying) > 0 {
		err = p.tellTies(ctx, tying)
	}
	return err
}

// tellTies reads the events that tie nodes to what is not in the tree.
func (p *Pivot) tellTies(ctx context.Context, tying map[uint64][]int) error {
	ordinals := slices.Sorted(maps.Keys(tying))
	return p.store.Scan(ctx, ordinalFilter(ordinals...), pivotColumns, func(r *Row) error {
		e := p.eventOf(r)
		for _, i := range tying[e.Ordinal] {
			p.Nodes[i].By = e.own()
		}
		return nil
	})
}

// A changeKey is what was changed, and how.
type changeKey struct{ service, action, resource string }

func (k changeKey) own() changeKey {
	return changeKey{own(k.service), own(k.action), own(k.resource)}
}

// pivotChangeLimit bounds the resources that were changed, as they are told apart.
const pivotChangeLimit = 20_000

// PivotChanges are the resources that were changed, by calls that succeeded and that nobody marked read-only.
type PivotChanges struct {
	Rows   []PivotChange `json:"rows"`
	Others int64         `json:"other_calls,omitempty"`
}

// A PivotChange is one resource, and one action on it.
type PivotChange struct {
	Service  string `json:"service"`
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"` // "": the record names none
	Calls    int64  `json:"calls"`
	Span
}

// mayChange reports whether a call may have changed something. Signing in and assuming roles is told by the tree.
func mayChange(e *PivotEvent) bool {
	return e.outcome == succeeded && e.ReadOnly != "true" && !serves("signin", e.Source) && !serves("sts", e.Source) && !serves("sso", e.Source)
}

// subjectsOf names what a call was about, by the first few of its resources' names: those that an ARN among
// them ends with say nothing more. It may alias a name.
func subjectsOf(names func(yield func([]byte) bool)) string {
	const most = 3
	var all [][]byte
	for name := range names {
		all = append(all, name)
	}
	var kept []string
	for i, name := range all {
		within := slices.ContainsFunc(all, func(o []byte) bool { return saysMore(o, name) })
		if within || slices.ContainsFunc(all[:i], func(o []byte) bool { return bytes.Equal(o, name) }) {
			continue
		}
		if len(kept) == most {
			return strings.Join(kept, ", ") + ", …"
		}
		kept = append(kept, clip(textOf(name)))
	}
	return strings.Join(kept, ", ")
}

// saysMore reports whether an ARN ends with a name, or is that of something below it.
func saysMore(arn, name []byte) bool {
	return len(arn) > len(name) && bytes.HasPrefix(arn, []byte("arn:")) && (bytes.HasSuffix(arn, name) || bytes.HasPrefix(arn, name) && arn[len(name)] == '/')
}

func changedOf(c *capped[changeKey, Activity]) PivotChanges {
	out := PivotChanges{Rows: []PivotChange{}, Others: c.others}
	for i, k := range c.keys {
		out.Rows = append(out.Rows, PivotChange{strings.TrimSuffix(k.service, suffix), k.action, k.resource, c.vals[i].Events, c.vals[i].Span})
	}
	return out
}
