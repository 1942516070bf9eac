package scan

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// The sort key is total: time, event ID, object ordinal, index. Who read an event
// cannot matter. Objects of an earlier source have lower ordinals.
//
//	8 bytes  seconds since 1970, biased so that earlier times sort first
//	4 bytes  nanoseconds
//	n bytes  event ID, with a zero byte in it written as 00 FF
//	2 bytes  00 01
//	8 bytes  object ordinal
//	4 bytes  index of the record in its object
//
// No key is another's beginning, so that something can be appended to keys
// without changing their order.
const (
	timeBytes = 12
	endBytes  = 2
	tailBytes = 12
	hashBytes = 8 // of a record's content hash
)

func appendTime(dst []byte, t time.Time) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(dst, uint32(t.Nanosecond()))
}

func appendText(dst []byte, s string) []byte {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\x00\xff")
	}
	return append(append(dst, s...), 0, 1)
}

func appendTail(dst []byte, p detect.Place) []byte {
	dst = binary.BigEndian.AppendUint64(dst, p.Object)
	return binary.BigEndian.AppendUint32(dst, uint32(p.Index))
}

func appendKey(dst []byte, ref *detect.EventRef) []byte {
	return appendTail(appendText(appendTime(dst, ref.Time), ref.ID), ref.Place)
}

// eventPart is the key without the place: copies of an event share it.
func eventPart(key []byte) []byte { return key[:len(key)-tailBytes] }

// The copy key brings all copies of an event together, whatever time they carry:
//
//	16 bytes  keyed hash of event ID and account
//	12 bytes  time
//	12 bytes  place
const groupBytes = 16

func copyGroup(key []byte) []byte { return key[:groupBytes] }

func copyTime(key []byte) []byte { return key[groupBytes : groupBytes+timeBytes] }

// placeKey is the part of a sort key or a copy key that says where the event lies.
func placeKey(key []byte) []byte { return key[len(key)-tailBytes:] }
