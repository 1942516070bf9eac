package report

import (
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// A treePredicate holds of the events of a tree: those of its members, and those that
// tie them to each other.
type treePredicate struct {
	l       *detect.Lineage
	members []bool   // by node
	keys    []string // all that members have; nil: some have calls without a key
	links   ordinalPredicate
}

// maxBloomKeys is up to how many keys bloom filters are asked for: of more some would be in every row group.
const maxBloomKeys = 64

// newTreePredicate makes the predicate of members, and of the events with these ordinals.
func newTreePredicate(l *detect.Lineage, ids []detect.NodeID, links []uint64) *treePredicate {
	p := &treePredicate{l: l, members: make([]bool, l.Size())}
	bare := false
	for _, id := range ids {
		p.members[id] = true
		n := l.Node(id)
		bare = bare || n.Kind != detect.KeyNode
		p.keys = append(p.keys, n.Keys...)
	}
	if bare || len(p.keys) > maxBloomKeys {
		p.keys = nil
	}
	slices.Sort(links)
	p.links.ordinals = slices.Compact(links)
	return p
}

func (p *treePredicate) cost() int { return len(callerLeaves) }

func (p *treePredicate) mayMatch(g *rowGroup) (bool, error) {
	if p.keys == nil || len(p.links.of(g)) > 0 {
		return true, nil
	}
	return bloomHas(g, leafCredential, p.keys)
}

func (p *treePredicate) match(b *block, among, out rowBits) error {
	if err := p.links.match(b, among, out); err != nil {
		return err
	}
	for _, leaf := range append([]int{leafKind}, callerLeaves...) {
		if _, err := b.column(leaf); err != nil {
			return err
		}
	}
	known := map[callerNumbers]bool{}
	eachRow(b.group.rows, among, func(row int) {
		numbers := b.callerNumbers(row)
		member, ok := known[numbers]
		if !ok {
			c := b.callerOf(row)
			id, of := p.l.Of(&c)
			member = of && p.members[id]
			known[numbers] = member
		}
		if member && b.isCall(row) {
			out.set(row)
		}
	})
	return nil
}

// filterOf makes the filter of predicates that must all hold.
func filterOf(all ...predicate) *Filter {
	f := &Filter{}
	for _, p := range all {
		f.clauses = append(f.clauses, clause{any: []predicate{p}})
	}
	return f
}
