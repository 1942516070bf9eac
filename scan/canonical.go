package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/parser"
)

// canonical returns the record's canonical JSON: members sorted by name, of
// duplicates the last, no white space, strings in one spelling. Two records are
// copies of one event if their canonical forms are equal. Numbers keep their
// spelling, and so does a string that is not valid Unicode: where it is
// uncertain whether two values are equal, they count as different.
func canonical(raw []byte) []byte {
	r := parser.Record{Raw: raw}
	v, _ := r.Get("")
	return appendCanonical(make([]byte, 0, len(raw)), v)
}

func appendCanonical(dst []byte, v parser.Value) []byte {
	raw := v.Raw()
	if len(raw) == 0 {
		return dst
	}
	switch raw[0] {
	case '{':
		return appendObject(dst, v)
	case '[':
		dst = append(dst, '[')
		first := true
		v.Each(func(e parser.Value) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = appendCanonical(dst, e)
			return true
		})
		return append(dst, ']')
	case '"':
		return appendString(dst, raw, v.String())
	}
	return append(dst, raw...)
}

func appendObject(dst []byte, v parser.Value) []byte {
	type member struct {
		name  string
		value parser.Value
	}
	var members []member
	v.Members(func(name string, value parser.Value) bool {
		members = append(members, member{name, value})
		return true
	})
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	dst = append(dst, '{')
	first := true
	for i, m := range members {
		if i+1 < len(members) && members[i+1].name == m.name {
			continue // a later one counts
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, nil, m.name), ':')
		dst = appendCanonical(dst, m.value)
	}
	return append(dst, '}')
}

// appendString appends s as JSON. raw is the spelling in the record, where it
// has one; it is kept where unescaping lost something.
func appendString(dst, raw []byte, s string) []byte {
	if raw != nil && (bytes.IndexByte(raw, '\\') < 0 || !utf8.Valid(raw) || strings.ContainsRune(s, utf8.RuneError)) {
		return append(dst, raw...)
	}
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// derivedID names a record that has no eventID, as those of version 1.0, by its
// canonical JSON: copies get the same.
func derivedID(raw []byte) string {
	sum := sha256.Sum256(canonical(raw))
	return "sha256:" + hex.EncodeToString(sum[:16])
}
