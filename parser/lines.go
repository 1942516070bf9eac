package parser

import (
	"bytes"
	"io"
)

// extent says where a malformed document that begins at pos and is held ends: how
// many bytes further on, 0 where that cannot be told within the limit. It ends
// where its brackets do, unless a line that begins with { comes before: lines
// hold a document each, and one that was cut in the middle must not swallow
// those that follow it. Where the document is an envelope all the same, its
// shape is returned, and n leads to the first element.
func (rd *Reader) extent() (n int, s *shape) {
	const step = 4 << 10 // bytes; a document is mostly smaller, its line perhaps not
	f := &rd.f
	var b balance
	byLine := rd.shape == "" || rd.shape == ShapeEvent || rd.shape == ShapeLines
	indented := false // the document's first line holds nothing but its brace
	for n := 0; ; {
		if n == f.end-f.pos && !f.fill() || n > f.limit {
			return 0, nil
		}
		text := f.buf[f.pos+n : min(f.end, f.pos+n+step, f.pos+f.limit+1)]
		line := bytes.IndexByte(text, '\n')
		if line >= 0 {
			text = text[:line]
		}
		used, ended := b.scan(text)
		n += used
		if !ended && line >= 0 {
			if b == (balance{depth: 1, deepest: 1}) && len(bytes.TrimSpace(f.buf[f.pos:f.pos+n])) == 1 {
				indented = true
			}
			ended = byLine && rd.opensLine(n+1, indented)
		}
		if ended {
			return rd.within(n)
		}
		if line >= 0 {
			b.scan([]byte{'\n'})
			n++
		}
	}
}

// opensLine reports whether what stands i bytes behind pos, at the beginning of a
// line, is {: after white space perhaps, but not after an indentation where
// documents are indented.
func (rd *Reader) opensLine(i int, indented bool) bool {
	f := &rd.f
	for ; i <= f.limit; i++ {
		if i >= f.end-f.pos && !f.fill() {
			return false
		}
		switch f.buf[f.pos+i] {
		case '{':
			return true
		case ' ', '\t', '\r':
			if indented {
				return false
			}
		default: // a further line is looked at when it is its turn
			return false
		}
	}
	return false
}

// within looks for the array of a shape in the n bytes that begin at pos.
func (rd *Reader) within(n int) (int, *shape) {
	all := rd.f
	defer func() { rd.f = all }()
	rd.f = framer{buf: all.buf[all.pos : all.pos+n], end: n, held: -1, depth: all.depth, err: io.EOF}
	s, _ := rd.members()
	if s != nil {
		n = rd.f.pos
	}
	return n, s
}
