package parser

import (
	"bytes"
	"errors"
)

var errMalformed = errors.New("malformed object")

// members consumes an object's members up to the array of a shape, whose [ is
// consumed too, or up to and with its closing brace.
func (rd *Reader) members() (*shape, error) {
	f := &rd.f
	f.pos++
	deep := false
	for first := true; ; first = false {
		c, ok := f.peek()
		switch {
		case !ok:
			return nil, f.cut()
		case c == '}':
			f.pos++
			if deep {
				return nil, errTooDeep
			}
			return nil, nil
		case c == ',' && !first:
			f.pos++
			if c, ok = f.peek(); !ok {
				return nil, f.cut()
			}
		case !first:
			return nil, errMalformed
		}
		if c != '"' {
			return nil, errMalformed
		}
		s, err := rd.member()
		switch {
		case err == errTooDeep:
			deep = true
		case s != nil || err != nil:
			return s, err
		}
	}
}

// member consumes one key and its value, or the key and [ of a shape's array.
func (rd *Reader) member() (*shape, error) {
	f := &rd.f
	s, err := rd.key()
	if err != nil {
		return nil, err
	}
	c, ok := f.peek()
	if !ok {
		return nil, f.cut()
	}
	if c != ':' {
		return nil, errMalformed
	}
	f.pos++
	if c, ok = f.peek(); !ok {
		return nil, f.cut()
	}
	if s.shape != nil && c == '[' {
		f.pos++
		return s.shape, nil
	}
	if s.inside && c == '{' {
		return rd.enter()
	}
	switch c {
	case ',', ']', '}', ':':
		return nil, errMalformed
	}
	return nil, f.value()
}

// checkOpening checks what is held, an envelope of a shape up to and with the [ of its elements: in
// there only brackets and strings were followed.
func (rd *Reader) checkOpening(s *shape) error {
	f := &rd.f
	if f.held < 0 {
		return nil
	}
	text := append(bytes.Clone(f.buf[f.held:f.pos]), ']')
	for range rd.inside + 1 {
		text = append(text, '}')
	}
	sc := scanner{depth: rd.limits.Depth}
	if n := sc.value(text, 0, sc.depth); n != len(text) {
		return sc.reason(n)
	}
	return s.beside(text)
}

var errBeside = errors.New("a member beside Records has the fields of CloudTrail records in it: not read")

// beside looks whether a member that is passed over may hold records. Trails write none, so that somebody put it there. The members
// of other shapes name fields: query results have the names of their columns.
func (s *shape) beside(member []byte) error {
	if s.member == "Records" && unlessEvents(member, "") != "" {
		return errBeside
	}
	return nil
}

// enter consumes an object that may hold the array of a shape, as members does.
func (rd *Reader) enter() (*shape, error) {
	if rd.inside == maxInside {
		return nil, rd.f.value()
	}
	rd.inside++
	s, err := rd.members()
	if s == nil {
		rd.inside--
	}
	return s, err
}

// maxInside is how deep the array of a shape may lie.
const maxInside = 2

// A keyMeaning is what a member's name says of its value.
type keyMeaning struct {
	shape  *shape // an array holds elements of it
	inside bool   // an object may hold such an array
}

// key consumes a member's name and returns what it means.
func (rd *Reader) key() (keyMeaning, error) {
	f := &rd.f
	const longest = 64 // bytes, more than any shape's member
	for f.end-f.pos < longest && f.more() {
	}
	text := f.buf[f.pos+1 : min(f.end, f.pos+longest)]
	var m keyMeaning
	for i, c := range text {
		if c == '"' {
			name := []byte(unquote(f.buf[f.pos : f.pos+i+2]))
			m = keyMeaning{shapeOf(name), holdsShape(name)}
			break
		}
	}
	return m, f.value()
}

// closeEnvelope reads what follows the elements of an envelope: further
// members, among them perhaps a further array of elements, and the brace.
func (rd *Reader) closeEnvelope(c byte) error {
	f := &rd.f
	switch c {
	case '}':
		f.pos++
		if rd.inside > 0 {
			rd.inside--
			return nil
		}
		rd.state = betweenDocuments
		return nil
	case ',':
		f.pos++
	default:
		return rd.fatal(errEnvelope)
	}
	c, ok := f.peek()
	if !ok {
		return rd.fatal(f.cut())
	}
	if c != '"' {
		return rd.fatal(errEnvelope)
	}
	start := f.offset()
	f.hold()
	s, err := rd.member()
	switch {
	case err == errMalformed:
		return rd.fatal(errEnvelope)
	case err != nil && err != errTooDeep:
		return rd.fatal(err)
	case s != nil:
		f.held = -1
		rd.envelope = s
		rd.state = firstElement
		return nil
	}
	if err := rd.checkMember(); err != nil {
		return &RecordError{-1, start, err}
	}
	return nil
}

var errMember = errors.New("member of the envelope: invalid JSON")

// checkMember checks the grammar of a member that was consumed since hold: only
// the balance of its brackets was looked at.
func (rd *Reader) checkMember() error {
	f := &rd.f
	from := f.held
	raw, err := f.taken()
	if err != nil {
		return err
	}
	rd.follow()
	end := rd.scan.member(f.buf[:min(f.end, f.pos+1)], from+1, elsewhere, rd.scan.depth-1)
	if end == f.pos || end == tooDeep || end == short && f.pos == f.end { // what follows is cut short
		return rd.envelope.beside(raw)
	}
	return errMember
}
