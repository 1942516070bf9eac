package detect

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"unsafe"
)

// pieces are a list that grows without being copied, so that no more room is taken than there are things, and that may
// be pointed into.
type pieces[T any] struct {
	all [][]T
	n   int
}

const pieceBits = 10

func (p *pieces[T]) at(i int32) *T { return &p.all[i>>pieceBits][i&(1<<pieceBits-1)] }

// add appends, and returns the place.
func (p *pieces[T]) add(v T) int32 {
	if p.n&(1<<pieceBits-1) == 0 {
		p.all = append(p.all, make([]T, 0, 1<<pieceBits))
	}
	last := &p.all[len(p.all)-1]
	*last = append(*last, v)
	p.n++
	return int32(p.n - 1)
}

// An int48 is a number of some 140 million millions at most, in six bytes: seconds since 1970, or calls.
type int48 [6]byte

func int48Of(n int64) (p int48) {
	n = min(max(n, -1<<47), 1<<47-1)
	binary.LittleEndian.PutUint32(p[:], uint32(n))
	binary.LittleEndian.PutUint16(p[4:], uint16(n>>32))
	return p
}

func (p int48) get() int64 {
	return int64(int16(binary.LittleEndian.Uint16(p[4:])))<<32 | int64(binary.LittleEndian.Uint32(p[:]))
}

// lineageNames holds names one behind the other, each behind its length. 0 stands for the empty one.
type lineageNames struct {
	all  [][]byte // pieces of nameBytes; a longer one stands for several, and nothing in the places of the others
	next int      // where the next name goes, if the piece has room for it
}

// nameBytes is little, because whoever keeps a name keeps what lies around it.
const nameBytes = 8 << 10

// put keeps a copy of a name. ok is false where there is no room: 4 GiB of names.
func (s *lineageNames) put(name string) (place uint32, ok bool) {
	if name == "" {
		return 0, true
	}
	var length [binary.MaxVarintLen64]byte
	head := length[:binary.PutUvarint(length[:], uint64(len(name)))]
	size, at := len(head)+len(name), s.next
	switch {
	case size >= nameBytes:
		at, ok = s.grow(1 + size)
	case at%nameBytes == 0 || at%nameBytes+size > nameBytes:
		if at, ok = s.grow(nameBytes); ok {
			s.next = at + size
		}
	default:
		s.next, ok = at+size, true
	}
	if !ok {
		return 0, false
	}
	piece := s.all[at/nameBytes][at%nameBytes:]
	copy(piece[copy(piece, head):], name)
	return uint32(at), true
}

// grow makes a piece, and returns its second place: the first is no name's.
func (s *lineageNames) grow(size int) (at int, ok bool) {
	n := (size + nameBytes - 1) / nameBytes
	if at = len(s.all) * nameBytes; at > math.MaxUint32-n*nameBytes {
		return 0, false
	}
	s.all = append(s.all, make([]byte, size))
	for range n - 1 {
		s.all = append(s.all, nil)
	}
	return at + 1, true
}

// get returns a name, without copying it.
func (s *lineageNames) get(place uint32) string {
	if place == 0 {
		return ""
	}
	b := s.all[place/nameBytes][place&(nameBytes-1):]
	n, head := uint64(b[0]), 1
	if n >= 1<<7 {
		n, head = binary.Uvarint(b)
	}
	return unsafe.String(&b[head], n)
}

// lineageIndex leads from kind and name to node, in an open table of the nodes' numbers.
type lineageIndex struct {
	seed  maphash.Seed
	slots []int32 // number + 1; 0: free
	used  int
}

// slot returns where a node of that kind and name is, or where it goes.
func (l *Lineage) slot(kind NodeKind, name string) *int32 {
	x := &l.index
	mask := uint64(len(x.slots) - 1)
	for i := maphash.String(x.seed, name) + uint64(kind); ; i++ {
		s := &x.slots[i&mask]
		if *s == 0 {
			return s
		}
		if n := l.nodes.at(*s - 1); n.kind == kind && l.spelt.get(n.name) == name {
			return s
		}
	}
}

// find returns the node of that kind and name, or noNode.
func (l *Lineage) find(kind NodeKind, name string) int32 {
	if l.index.used == 0 {
		return noNode
	}
	return *l.slot(kind, name) - 1
}

// file makes find lead to a node, whose name nobody else of its kind has, or will be found by.
func (l *Lineage) file(id int32) {
	x := &l.index
	if 4*(x.used+1) > 3*len(x.slots) {
		l.makeSlots(max(64, 2*len(x.slots)))
	}
	n := l.nodes.at(id)
	s := l.slot(n.kind, l.spelt.get(n.name))
	if *s == 0 {
		x.used++
	}
	*s = id + 1
}

// makeSlots makes the index one of so many slots, a power of two.
func (l *Lineage) makeSlots(n int) {
	x := &l.index
	old := x.slots
	if x.slots = make([]int32, n); old == nil {
		x.seed = maphash.MakeSeed()
	}
	for _, s := range old {
		if s != 0 {
			n := l.nodes.at(s - 1)
			*l.slot(n.kind, l.spelt.get(n.name)) = s
		}
	}
}

// A sessionName is what a session is found by: its principal, and the second in which it began.
type sessionName [10]byte

func sessionNameOf(principal int32, start int64) (name sessionName) {
	binary.LittleEndian.PutUint32(name[:], uint32(principal))
	at := int48Of(start)
	copy(name[4:], at[:])
	return name
}

// start is when a session began, in Unix seconds; of others it is 0.
func (l *Lineage) start(n *lineageNode) int64 {
	if n.kind != SessionNode {
		return 0
	}
	return int48([]byte(l.spelt.get(n.name)[4:])).get()
}

// name names a principal or key; of a session it is empty.
func (l *Lineage) name(n *lineageNode) string {
	if n.kind == SessionNode {
		return ""
	}
	return l.spelt.get(n.name)
}

// traits are texts of which a node has the least that its calls have.
type traits struct{ typ, role, source, behalf uint32 }

// traitsOf returns the number of traits: most nodes share theirs with others.
func (l *Lineage) traitsOf(t traits) uint32 {
	if t == (traits{}) {
		return 0
	}
	id, ok := l.traitIDs[t]
	if !ok {
		id = uint32(len(l.traits))
		l.traits = append(l.traits, t)
		l.traitIDs[t] = id
	}
	return id
}

// nameOf is name by a node's number; of noNode it is empty.
func (l *Lineage) nameOf(id int32) string {
	if id == noNode {
		return ""
	}
	return l.name(l.nodes.at(id))
}
