package detect

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// A LineageRow is a node of a settled Lineage, as it is written down to be read again without the events. It says what the graph
// says of the node, and refers to other nodes by the numbers of their rows.
type LineageRow struct {
	Kind   NodeKind
	Name   string // of a principal or key
	Start  int64  // of a session
	First  int64  // of its own calls, as Last, in Unix seconds
	Last   int64
	Calls  int64
	Direct bool // some call was not made by a service on behalf of it
	Torn   bool

	Type, Role, Source, Behalf string

	Principal int32 // -1: none was seen
	Shown     int32 // the node that stands for it: mostly itself
	Parent    int32 // -1: none

	Confidence Confidence
	Why        string // with a place for the seconds, where it has these
	Apart      uint8  // seconds
	Fits       uint16 // events
	By         string // the event's name; "": none
	Mark       uint64
	At         int64
}

// Rows yields the nodes of a settled graph, in an order that does not depend on the one in which it was fed.
func (l *Lineage) Rows() iter.Seq[*LineageRow] {
	order := make([]int32, l.nodes.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, l.compare)
	number := make([]int32, l.nodes.n)
	for n, id := range order {
		number[id] = int32(n)
	}
	rowOf := func(id int32) int32 {
		if id == noNode {
			return noNode
		}
		return number[id]
	}
	return func(yield func(*LineageRow) bool) {
		for _, id := range order {
			n, t := l.nodes.at(id), &l.settled.ties[id]
			is := l.traits[n.traits]
			row := LineageRow{
				Kind: n.kind, Name: l.name(n), Start: l.start(n), First: n.first.get(), Last: n.last.get(), Calls: n.calls.get(), Direct: n.direct, Torn: n.torn,
				Type: l.texts[is.typ], Role: l.texts[is.role], Source: l.texts[is.source], Behalf: l.texts[is.behalf],
				Principal: rowOf(n.principal), Shown: rowOf(l.settled.shown[id]), Parent: rowOf(t.parent),
				Confidence: t.confidence, Why: whys[t.why], Apart: t.apart, Fits: t.fits,
			}
			if t.issue != noNode {
				issue := l.issueOf(t)
				row.By, row.Mark, row.At = issuings[issue.kind].name, issue.mark, issue.at
			}
			if !yield(&row) {
				return
			}
		}
	}
}

// ReadLineage makes the graph of n rows that Rows has yielded, settled. An error says that they are of no such graph, or of one
// that knew other reasons and events.
func ReadLineage(n int, rows iter.Seq2[*LineageRow, error]) (*Lineage, error) {
	l := NewLineage(n)
	s := &l.settled
	s.ties, s.shown = make([]tie, 0, n), make([]int32, 0, n)
	l.makeSlots(1 << bits.Len(uint(64+4*n/3))) // n fill three quarters of it at most
	for row, err := range rows {
		if err == nil {
			err = l.readRow(row, int32(n))
		}
		if err != nil {
			return nil, err
		}
	}
	if l.nodes.n != n {
		return nil, fmt.Errorf("lineage: %d nodes, not %d", l.nodes.n, n)
	}
	l.forget()
	return l, l.reach()
}

func (l *Lineage) readRow(row *LineageRow, n int32) error {
	id := int32(l.nodes.n)
	for _, to := range [...]int32{row.Principal, row.Shown, row.Parent} {
		if to < noNode || to >= n {
			return fmt.Errorf("lineage: node %d leads to %d, of %d", id, to, n)
		}
	}
	if row.Shown == noNode || row.Kind > KeyNode || row.Confidence > Exact {
		return fmt.Errorf("lineage: node %d: not known", id)
	}
	for _, number := range [...]int64{row.Start, row.First, row.Last, row.Calls} {
		if int48Of(number).get() != number {
			return fmt.Errorf("lineage: node %d: %d is no time and no count of calls", id, number)
		}
	}
	node := lineageNode{
		kind: row.Kind, first: int48Of(row.First), last: int48Of(row.Last), calls: int48Of(row.Calls), direct: row.Direct, torn: row.Torn,
		principal: row.Principal, session: noNode, issue: noNode,
		traits: l.traitsOf(traits{l.text(row.Type), l.text(row.Role), l.text(row.Source), l.text(row.Behalf)}),
	}
	name, room := row.Name, false
	if row.Kind == SessionNode {
		of := sessionNameOf(row.Principal, row.Start)
		name = string(of[:])
	}
	if node.name, room = l.spelt.put(name); !room {
		return fmt.Errorf("lineage: node %d: no room for its name", id)
	}
	why := slices.Index(whys[:], row.Why)
	if why < 0 {
		return fmt.Errorf("lineage: node %d: reason %q: not known", id, row.Why)
	}
	t := tie{parent: row.Parent, issue: noNode, fits: row.Fits, apart: row.Apart, why: uint8(why), confidence: row.Confidence}
	if row.By != "" {
		kinds := issuingKinds[row.By]
		if kinds == nil {
			return fmt.Errorf("lineage: node %d: event %q: not known", id, row.By)
		}
		t.issue = l.issues.add(lineageIssue{at: row.At, mark: row.Mark, caller: noNode, key: noNode, target: noNode, kind: kinds[0]})
	}
	l.settled.ties, l.settled.shown = append(l.settled.ties, t), append(l.settled.shown, row.Shown)
	l.file(l.nodes.add(node))
	return nil
}

// reach makes the lists of who leads to whom, which are in the order of the rows, and checks that what a node leads to is of its kind.
func (l *Lineage) reach() error {
	s := &l.settled
	for id := range l.nodes.n {
		n, shown := l.nodes.at(int32(id)), s.shown[id]
		if n.principal != noNode && l.nodes.at(n.principal).kind != PrincipalNode || !l.stands(shown) || n.principal == noNode && n.kind != KeyNode {
			return fmt.Errorf("lineage: node %d: it leads to what it cannot", id)
		}
	}
	s.children = newLists(l.nodes.n, func(yield func(of, id int32)) {
		for id := range s.ties {
			if p := s.ties[id].parent; p != noNode {
				yield(p, int32(id))
			}
		}
	})
	l.listKeys()
	return nil
}
