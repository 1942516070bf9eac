package parser

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
)

// A scanner goes over one JSON value once: it finds its end, checks its grammar
// to the letter of RFC 8259 (UTF-8 apart, which is the strings' affair), and
// remembers where the hot fields of an event lie. Where it stops early it says
// why in the code it returns.
type scanner struct {
	fields   [fieldCount]span
	depth    int // that is allowed
	start    int // of the element
	at       int // where it is malformed, counted from start
	escaped  bool
	document bool // what is scanned may be an envelope
	hollow   bool // a hot field of the record that is decoded is null or empty

	// No byte of [cleanFrom, cleanTo) of what is scanned is a backslash or a
	// control character, so that in there a string ends at the next quote.
	cleanFrom, cleanTo int
}

// A span is a value's place in what was scanned; the zero span is no value.
type span struct {
	from, to int32
	escaped  bool // a string with escapes
}

// The codes that stand in place of an end.
const (
	short     = -1 - iota // the bytes end before the value does
	malformed             // see at
	tooDeep
	isEnvelope // a shape's array stands at the top
)

var errInvalid = errors.New("invalid JSON")

// value returns where the value that begins at b[i] ends, or a code.
func (s *scanner) value(b []byte, i, depth int) int {
	if i >= len(b) {
		return short
	}
	switch c := b[i]; c {
	case '"':
		return s.string(b, i+1)
	case '{':
		return s.object(b, i+1, elsewhere, depth-1)
	case '[':
		return s.array(b, i+1, depth-1)
	case 't':
		return s.literal(b, i, "true")
	case 'f':
		return s.literal(b, i, "false")
	case 'n':
		return s.literal(b, i, "null")
	default:
		if c == '-' || isDigit(c) {
			return s.number(b, i)
		}
	}
	return s.bad(i)
}

func (s *scanner) bad(i int) int {
	s.at = i - s.start
	return malformed
}

// space returns the place of the first byte from i on that is not white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// object scans what follows an object's opening brace.
func (s *scanner) object(b []byte, i int, l level, depth int) int {
	if depth < 0 {
		return tooDeep
	}
	i = space(b, i)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' {
			if i = space(b, i); i >= len(b) {
				return short
			}
			if b[i] != '"' {
				return s.bad(i)
			}
		}
		if i = s.member(b, i+1, l, depth); i < 0 {
			return i
		}
		if i >= len(b) || b[i] != ',' {
			if i = space(b, i); i >= len(b) {
				return short
			}
			if b[i] == '}' {
				return i + 1
			}
			if b[i] != ',' {
				return s.bad(i)
			}
		}
		i++
	}
}

// member scans a name, whose opening quote was passed, and its value.
func (s *scanner) member(b []byte, i int, l level, depth int) int {
	name := i
	if i = s.string(b, i); i < 0 {
		return i
	}
	key := b[name : i-1]
	if l != elsewhere && s.escaped {
		key = []byte(unquote(b[name-1 : i]))
	}
	if i >= len(b) || b[i] != ':' {
		if i = space(b, i); i >= len(b) {
			return short
		}
		if b[i] != ':' {
			return s.bad(i)
		}
	}
	if i++; i < len(b) && b[i] <= ' ' {
		i = space(b, i)
	}
	if l == elsewhere {
		return s.value(b, i, depth)
	}
	return s.known(b, i, l, key, depth)
}

// known scans the value of a member that may be a hot field.
func (s *scanner) known(b []byte, i int, l level, key []byte, depth int) int {
	id, below := lookUp(l, key)
	if below != elsewhere {
		s.forget(below)
		if i < len(b) && b[i] == '{' {
			return s.object(b, i+1, below, depth-1)
		}
		return s.value(b, i, depth)
	}
	if s.document && l == topLevel && i < len(b) && (b[i] == '[' && shapeOf(key) != nil || b[i] == '{' && holdsShape(key)) {
		return isEnvelope
	}
	s.escaped = false
	end := s.value(b, i, depth)
	if id != noField && end > 0 {
		s.fields[id] = span{int32(i), int32(end), s.escaped && b[i] == '"'}
	}
	return end
}

// forget drops the fields of an object that comes again.
func (s *scanner) forget(l level) {
	from, to := fieldsOf(l)
	clear(s.fields[from:to])
}

func (s *scanner) array(b []byte, i, depth int) int {
	if depth < 0 {
		return tooDeep
	}
	i = space(b, i)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = s.value(b, space(b, i), depth); i < 0 {
			return i
		}
		i = space(b, i)
		if i >= len(b) {
			return short
		}
		switch b[i] {
		case ',':
			i++
		case ']':
			return i + 1
		default:
			return s.bad(i)
		}
	}
}

// string scans what follows a string's opening quote.
func (s *scanner) string(b []byte, i int) int {
	n := quote(b, i)
	if n >= 0 && (i >= s.cleanFrom && n <= s.cleanTo || s.clean(b, i, n)) {
		s.escaped = false
		return n + 1
	}
	return s.carefully(b, i)
}

// quote returns the place of the first quote from b[i] on, or -1. Most strings are so
// short that a call of bytes.IndexByte takes longer.
func quote(b []byte, i int) int {
	for to := min(len(b)-8, i+32); i <= to; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:]) ^ ones*'"'
		if x = (x - ones) &^ x & highs; x != 0 {
			return i + bits.TrailingZeros64(x)>>3
		}
	}
	if n := bytes.IndexByte(b[i:], '"'); n >= 0 {
		return i + n
	}
	return -1
}

// lookAhead is how far clean looks beyond what it is asked for.
const lookAhead = 4 << 10

// clean reports whether b[i:end] has neither a backslash nor a control
// character, and remembers how far beyond it that holds.
func (s *scanner) clean(b []byte, i, end int) bool {
	to := min(len(b), max(end, i+lookAhead))
	if n := bytes.IndexByte(b[i:to], '\\'); n >= 0 {
		to = i + n
	}
	s.cleanFrom, s.cleanTo = i, i+control(b[i:to])
	return end <= s.cleanTo
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// control returns the place of the first control character in b, or len(b).
func control(b []byte) int {
	i := 0
	for ; i+32 <= len(b); i += 32 {
		v, w := binary.LittleEndian.Uint64(b[i:]), binary.LittleEndian.Uint64(b[i+8:])
		x, y := binary.LittleEndian.Uint64(b[i+16:]), binary.LittleEndian.Uint64(b[i+24:])
		// A byte below 0x20 borrows from its high bit, and one that had it does not count.
		if ((v-ones*' ')&^v|(w-ones*' ')&^w|(x-ones*' ')&^x|(y-ones*' ')&^y)&highs != 0 {
			break
		}
	}
	for i < len(b) && b[i] >= ' ' {
		i++
	}
	return i
}

// carefully is string where escapes or control characters are about.
func (s *scanner) carefully(b []byte, i int) int {
	s.escaped = false
	for {
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
			i++
		}
		switch {
		case i >= len(b):
			return short
		case b[i] == '"':
			return i + 1
		case b[i] != '\\':
			return s.bad(i)
		}
		s.escaped = true
		if i = s.escape(b, i+1); i < 0 {
			return i
		}
	}
}

// escape scans what follows a backslash.
func (s *scanner) escape(b []byte, i int) int {
	if i >= len(b) {
		return short
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for n := 1; n <= 4; n++ {
			if i+n >= len(b) {
				return short
			}
			if c := b[i+n] | 0x20; !isDigit(b[i+n]) && (c < 'a' || c > 'f') {
				return s.bad(i)
			}
		}
		return i + 5
	}
	return s.bad(i)
}

func (s *scanner) literal(b []byte, i int, word string) int {
	if len(b)-i < len(word) {
		if string(b[i:]) == word[:len(b)-i] {
			return short
		}
		return s.bad(i)
	}
	if string(b[i:i+len(word)]) != word {
		return s.bad(i)
	}
	return i + len(word)
}

// number scans a number. One at the end of b is short: it may go on.
func (s *scanner) number(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b):
		return short
	case b[i] == '0':
		i++
	default:
		if i = s.digits(b, i); i < 0 {
			return i
		}
	}
	if i < len(b) && b[i] == '.' {
		if i = s.digits(b, i+1); i < 0 {
			return i
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i = s.digits(b, i); i < 0 {
			return i
		}
	}
	if i >= len(b) {
		return short
	}
	return i
}

// digits scans one digit or more.
func (s *scanner) digits(b []byte, i int) int {
	from := i
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	switch {
	case i >= len(b):
		return short
	case i == from:
		return s.bad(i)
	}
	return i
}
