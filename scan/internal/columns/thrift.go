package columns

import (
	"encoding/binary"
	"errors"
)

var errThrift = errors.New("metadata: malformed")

// skim returns the length of the structure of Thrift's compact protocol that b begins
// with. Nothing in it claims to be longer than b is: the library allocates what is claimed.
func skim(b []byte) (int, error) {
	s := skimmer{b: b}
	ok := s.structure(0)
	if !ok {
		return 0, errThrift
	}
	return s.at, nil
}

type skimmer struct {
	b  []byte
	at int
}

const maxDepth = 32 // of structures; the format's own are a few deep

// The compact protocol's types.
const (
	typeTrue = 1 + iota
	typeFalse
	typeByte
	typeI16
	typeI32
	typeI64
	typeDouble
	typeBinary
	typeList
	typeSet
	typeMap
	typeStruct
)

func (s *skimmer) structure(depth int) bool {
	if depth > maxDepth {
		return false
	}
	for {
		head, ok := s.byte()
		if !ok {
			return false
		}
		if head == 0 {
			return true
		}
		if head>>4 == 0 { // the field's number does not follow from that before
			if _, ok := s.varint(); !ok {
				return false
			}
		}
		if t := head & 0xf; t > typeFalse && !s.value(t, depth) {
			return false
		}
	}
}

func (s *skimmer) value(t byte, depth int) bool {
	switch t {
	case typeTrue, typeFalse, typeByte: // as elements: a member's truth is in its head
		return s.skip(1)
	case typeI16, typeI32, typeI64:
		_, ok := s.varint()
		return ok
	case typeDouble:
		return s.skip(8)
	case typeBinary:
		n, ok := s.varint()
		return ok && s.skip(n)
	case typeList, typeSet:
		return s.list(depth)
	case typeMap:
		return s.mapping(depth)
	case typeStruct:
		return s.structure(depth + 1)
	}
	return false
}

func (s *skimmer) list(depth int) bool {
	head, ok := s.byte()
	if !ok {
		return false
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, ok = s.varint(); !ok {
			return false
		}
	}
	return s.elements(n, head&0xf, 0, depth)
}

func (s *skimmer) mapping(depth int) bool {
	n, ok := s.varint()
	if !ok || n == 0 {
		return ok
	}
	types, ok := s.byte()
	return ok && s.elements(n, types>>4, types&0xf, depth)
}

// elements passes over n elements of a type, or n pairs. Each has a byte at least.
func (s *skimmer) elements(n uint64, first, second byte, depth int) bool {
	if n > uint64(len(s.b)-s.at) || depth > maxDepth {
		return false
	}
	for range n {
		if !s.value(first, depth+1) || second != 0 && !s.value(second, depth+1) {
			return false
		}
	}
	return true
}

func (s *skimmer) byte() (byte, bool) {
	if s.at == len(s.b) {
		return 0, false
	}
	s.at++
	return s.b[s.at-1], true
}

func (s *skimmer) varint() (uint64, bool) {
	v, n := binary.Uvarint(s.b[s.at:])
	s.at += max(n, 0)
	return v, n > 0
}

func (s *skimmer) skip(n uint64) bool {
	if n > uint64(len(s.b)-s.at) {
		return false
	}
	s.at += int(n)
	return true
}
