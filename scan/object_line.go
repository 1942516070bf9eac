package scan

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// How objects wait for the manifest. An archive has millions of them, each of which is
// read twice: JSON would take longer than to list and to open them.

// texts are an object's texts, in the order in which they are written.
func (o *Object) texts() [8]*string {
	return [...]*string{&o.Source, &o.Path, &o.SHA256, &o.ContentSHA256, &o.CutSHA256, &o.Shape, (*string)(&o.Status), &o.Reason}
}

// numbers are its numbers, but for those that are no int64.
func (o *Object) numbers() [12]*int64 {
	return [...]*int64{
		&o.Size, &o.ContentSize, &o.FirstContent, &o.Trailing, &o.Framed, &o.Kept, &o.Excluded, &o.Bad, &o.Other,
		&o.NetworkActivity, &o.Insights, &o.Aggregated,
	}
}

func (o *Object) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, o.Ordinal)
	for _, s := range o.texts() {
		dst = appendValid(dst, *s)
	}
	for _, n := range o.numbers() {
		dst = binary.AppendVarint(dst, *n)
	}
	dst = binary.AppendVarint(dst, int64(o.Members))
	dst = binary.AppendVarint(dst, o.ProblemCount)
	dst = binary.AppendUvarint(dst, uint64(len(o.Notes)))
	for _, s := range o.Notes {
		dst = appendValid(dst, s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(o.Problems)))
	for i := range o.Problems {
		p := &o.Problems[i]
		dst = binary.AppendVarint(binary.AppendVarint(dst, p.Offset), int64(p.Index))
		dst = appendValid(dst, p.Text)
	}
	return dst
}

// appendValid appends a text as JSON would have it: a byte that is not UTF-8 is U+FFFD.
func appendValid(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	return appendSized(dst, s)
}

var errObject = errors.New("object: malformed line")

// decodeObject reads what append wrote. It borrows nothing of it.
func decodeObject(b []byte) (o Object, err error) {
	c := cutter{rest: string(b)}
	o.Ordinal = c.uvarint()
	for _, s := range o.texts() {
		*s = c.sized()
	}
	for _, n := range o.numbers() {
		*n = c.varint()
	}
	o.Members, o.ProblemCount = int(c.varint()), c.varint()
	for n := c.uvarint(); n > 0 && !c.bad; n-- {
		o.Notes = append(o.Notes, c.sized())
	}
	for n := c.uvarint(); n > 0 && !c.bad; n-- {
		o.Problems = append(o.Problems, Problem{c.varint(), int(c.varint()), c.sized()})
	}
	if c.bad || c.rest != "" {
		return o, errObject
	}
	return o, nil
}
