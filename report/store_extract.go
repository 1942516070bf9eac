package report

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// An extractor takes the columns of one record after the other out of their raw
// text, in one pass over its members and without an allocation for each. What it
// holds aliases the record and its own
// scratch memory, which who uses it empties.
type extractor struct {
	cells []cell  // by leaf of the events' columns
	full  []uint8 // by leaf: the level at which it has a value
	walk  parser.Walk
	raw   []byte
	dirty bool // the record is not UTF-8
	call  resourceCall

	resources  []resource
	federation []attribute
	names      [2]namedResources // of the request, and the response
	marks      [][]byte
	repeated   bool // a member that columns are made of came twice
	variant    bool // a name differs from that of such a member by case only
	omitted    bool // a value was left out for its size
	shape      string
	shapeMark  []byte // of shape

	// userIdentity fills a third of the columns, and in most records it is that of
	// an earlier one of the same session.
	known    []byte // what it may be, as text
	isKnown  bool   // it is: its cells are not filled
	identity []byte // else what it is, if it is an object

	scratch []byte
	record  uint32   // counts the records
	seen    []uint32 // by member: the record that had it last
	first   []int16  // by member: which came first in it the last time, 0: none
	follow  []int16  // by member: which came after it, in the same object
}

// A cell is what a record has for a column that does not repeat: a value, if
// the level is the column's definition level, or how far the path to it goes.
type cell struct {
	text  []byte
	level uint8
}

// A resource is an element of the record's resources.
type resource struct{ cells [3]cell }

// An attribute is a member of webIdFederationData.attributes.
type attribute struct {
	key   []byte
	value cell
}

func newExtractor() *extractor {
	columns := leaves(eventColumns)
	x := &extractor{
		full:  make([]uint8, len(columns)),
		seen:  make([]uint32, len(members)),
		first: make([]int16, len(members)), follow: make([]int16, len(members)),
	}
	for i := range columns {
		x.full[i] = uint8(columns[i].Definition)
	}
	return x
}

// extract takes the columns of an entry. Where its userIdentity is known, to the
// byte, it takes all but what is made of that, and says so.
func (x *extractor) extract(e *scan.Entry, known []byte) (isKnown bool) {
	x.raw, x.walk = e.Raw, parser.NewWalk(e.Raw)
	x.known, x.isKnown, x.identity = known, false, nil
	x.dirty = !onlyASCII(e.Raw) && !utf8.Valid(e.Raw)
	x.call = newResourceCall(e.Ref.EventSource, e.Ref.Name)
	for i := range x.cells {
		x.cells[i].level = 0
	}
	x.resources, x.federation, x.marks = x.resources[:0], x.federation[:0], x.marks[:0]
	for i := range x.names {
		x.names[i].texts, x.names[i].types = x.names[i].texts[:0], x.names[i].types[:0]
	}
	x.repeated, x.variant, x.omitted = false, false, false
	if x.record++; x.record == 0 {
		clear(x.seen)
		x.record = 1
	}
	if x.walk.Enter('{') {
		x.object(0)
	}
	if x.repeated || x.variant || x.dirty || len(x.federation) > 0 { // too rare to be remembered
		x.identity = nil
	}
	return x.isKnown
}

// object takes the members of an object that was entered.
func (x *extractor) object(in int) {
	guess := &x.first[in] // records of one service have one order
	for {
		id := int(*guess)
		if id == 0 || !x.walk.KeyIs(members[id].quoted) {
			name, ok := x.walk.Key()
			if !ok {
				return
			}
			if id = members[in].within[string(name)]; id == 0 {
				x.variant = x.variant || members[in].hasVariant(name)
				x.walk.Value()
				continue
			}
			*guess = int16(id)
		}
		guess = &x.follow[id]
		x.member(id)
	}
}

// member takes a member's value.
func (x *extractor) member(id int) {
	m := &members[id]
	if x.seen[id] == x.record {
		x.repeated = true
	}
	x.seen[id] = x.record
	switch m.use {
	case openMember:
		x.open(id, m)
	case takeText:
		x.cells[m.leaf] = x.textCell(m.level)
	case takeJSON:
		value, _ := x.walk.Value()
		x.cells[m.leaf] = x.jsonCell(value, m.level)
	case takeNames:
		x.withNames(m)
	case takeResources:
		x.takeResources(m)
	case takeFederation:
		x.takeFederation(m)
	}
}

// open takes a member whose members are in columns.
func (x *extractor) open(id int, m *member) {
	from, _ := x.walk.Next()
	if id == identityMember {
		if x.isKnown = len(x.known) > 0 && bytes.HasPrefix(x.raw[from:], x.known); x.isKnown {
			x.walk.Skip(len(x.known))
			return
		}
	}
	if !x.walk.Enter('{') {
		x.walk.Value()
		x.empty(m.below)
		return
	}
	x.empty(m.opened)
	x.object(id)
	if id == identityMember {
		x.identity = x.raw[from:x.walk.Offset()]
	}
}

func (x *extractor) empty(below []emptied) {
	for _, b := range below {
		x.cells[b.leaf].level = b.level
	}
}

// textCell takes the next value for a text column, which is NULL at that level.
func (x *extractor) textCell(null uint8) cell {
	value, escaped := x.walk.Value()
	if len(value) == 0 || value[0] == 'n' {
		return cell{nil, null}
	}
	return cell{x.content(value, escaped), null + 1}
}

// content returns the content of a string, and the text of any other value.
func (x *extractor) content(value []byte, escaped bool) []byte {
	if value[0] != '"' {
		return x.valid(value)
	}
	if escaped || x.dirty {
		from := len(x.scratch)
		x.scratch = parser.AppendString(x.scratch, value)
		return x.scratch[from:]
	}
	return value[1:max(1, len(value)-1)]
}

// jsonCell is textCell for a column of JSON text.
func (x *extractor) jsonCell(value []byte, null uint8) cell {
	if len(value) == 0 || value[0] == 'n' {
		return cell{nil, null}
	}
	x.omitted = x.omitted || saysOmitted(value)
	return cell{x.paired(x.valid(value)), null + 1}
}

// saysOmitted reports whether a value stands for one that CloudTrail left out, because it
// was too large: {"omitted":true,…}, with little else.
func saysOmitted(value []byte) bool {
	const longest = 256
	if value[0] != '{' || len(value) > longest {
		return false
	}
	_, after, ok := bytes.Cut(value, []byte(`"omitted"`))
	return ok && bytes.HasPrefix(bytes.TrimLeft(after, ": \t\r\n"), []byte("true"))
}

// valid returns text in UTF-8.
func (x *extractor) valid(text []byte) []byte {
	if !x.dirty {
		return text
	}
	from := len(x.scratch)
	x.scratch = parser.AppendUTF8(x.scratch, text)
	return x.scratch[from:]
}

// Positions of a resource's columns.
const (
	resourceARN = iota
	resourceAccount
	resourceType
)

// The definition levels of what resources and attributes may be.
const (
	listEmpty       = 1 // resources: []
	elementNull     = 2 // resources: [null]
	elementMember   = 3 // resources: [{}], and of a member that is there 4
	attributesEmpty = 4 // attributes: {}
	attributeNull   = 5 // attributes: {"key": null}, and of a value 6
)

func (x *extractor) takeResources(m *member) {
	x.resources = x.resources[:0]
	if !x.walk.Enter('[') {
		x.walk.Value()
		x.empty(m.below)
		return
	}
	x.cells[m.leaf].level = listEmpty
	for x.walk.More() {
		x.resources = append(x.resources, x.resource())
	}
}

func (x *extractor) resource() (r resource) {
	object := x.walk.Enter('{')
	for i := range r.cells {
		r.cells[i].level = elementMember
		if !object {
			r.cells[i].level = elementNull
		}
	}
	if !object {
		x.walk.Value()
		return r
	}
	for {
		name, ok := x.walk.Key()
		if !ok {
			return r
		}
		switch string(name) {
		case "ARN":
			r.cells[resourceARN] = x.textCell(elementMember)
		case "accountId":
			r.cells[resourceAccount] = x.textCell(elementMember)
		case "type":
			r.cells[resourceType] = x.textCell(elementMember)
		default:
			x.walk.Value()
		}
	}
}

func (x *extractor) takeFederation(m *member) {
	x.federation = x.federation[:0]
	if !x.walk.Enter('{') {
		x.walk.Value()
		x.empty(m.below)
		return
	}
	x.empty(m.opened)
	for {
		name, ok := x.walk.Key()
		if !ok {
			break
		}
		x.federation = append(x.federation, attribute{x.valid(name), x.textCell(attributeNull)})
	}
	// The keys of a map differ: of members with one name the last one counts.
	slices.SortStableFunc(x.federation, func(a, b attribute) int { return bytes.Compare(a.key, b.key) })
	kept := x.federation[:0]
	for i, a := range x.federation {
		if i+1 < len(x.federation) && bytes.Equal(a.key, x.federation[i+1].key) {
			x.repeated = true
			continue
		}
		kept = append(kept, a)
	}
	x.federation = kept
}

// onlyASCII reports whether a text is ASCII, which of Valid's answers is the
// frequent one, several times as fast.
func onlyASCII(b []byte) bool {
	for ; len(b) >= 32; b = b[32:] {
		if (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:])|
			binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// aliased returns the bytes of a string, which nobody may change.
func aliased(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
