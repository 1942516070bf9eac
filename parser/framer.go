package parser

import (
	"bytes"
	"errors"
	"io"
)

// window is how much of an object is held at once, as long as no element is
// larger.
const window = 256 << 10

var (
	errTooLong = errors.New("element larger than the limit")
	errTooDeep = errors.New("nesting deeper than the limit")
)

// A framer keeps a window of a stream, and finds the bounds of JSON values in it
// by their brackets. buf[pos:end] is read
// but not yet consumed. While held ≥ 0, buf[held:] stays in memory when the
// window slides.
type framer struct {
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0] in the object
	held     int
	limit    int   // bytes that may be held
	depth    int   // nesting that is allowed
	overlong bool  // what was held grew past limit and was let go
	err      error // of the last read; sticky
}

func (f *framer) reset(r io.Reader, lim Limits) {
	if len(f.buf) != window {
		f.buf = make([]byte, window) // a buffer that grew for one large element is not kept
	}
	*f = framer{r: r, buf: f.buf, held: -1, limit: lim.Record, depth: lim.Depth}
}

func (f *framer) offset() int64 { return f.base + int64(f.pos) }

// more reads further bytes behind end. It reports false at the end of the input
// or when reading failed; f.err says which.
func (f *framer) more() bool {
	if f.err != nil {
		return false
	}
	from := f.pos
	if f.held >= 0 {
		if f.end-f.held > f.limit {
			f.held, f.overlong = -1, true
		} else {
			from = f.held
		}
	}
	if from > 0 && (from == f.end || f.end == len(f.buf)) {
		copy(f.buf, f.buf[from:f.end])
		f.base += int64(from)
		f.pos -= from
		f.end -= from
		if f.held >= 0 {
			f.held = 0
		}
	}
	if f.end == len(f.buf) {
		size := 2 * len(f.buf)
		if len(f.buf) <= f.limit {
			size = min(size, f.limit+1)
		}
		f.buf = append(make([]byte, 0, size), f.buf...)[:size]
	}
	for range 100 { // as bufio: a reader that keeps giving nothing is broken
		n, err := f.r.Read(f.buf[f.end:])
		f.end += n
		f.err = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	f.err = io.ErrNoProgress
	return false
}

// fill reads until there is twice as much as there was of what is held from pos
// on, or as much as can be had, or one byte more than may be held: enough to see
// that an element is too long. It reports whether there is more now.
func (f *framer) fill() bool {
	had := f.end - f.pos
	for f.end-f.pos < 2*had && f.end-f.held <= f.limit && f.more() {
	}
	return f.end-f.pos > had
}

// peek returns the next byte that is not white space without consuming it.
// ok is false where the input ends.
func (f *framer) peek() (c byte, ok bool) {
	for {
		for f.pos < f.end {
			switch c := f.buf[f.pos]; c {
			case ' ', '\t', '\r', '\n':
				f.pos++
			default:
				return c, true
			}
		}
		if !f.more() {
			return 0, false
		}
	}
}

// cut is why the input ended where it may not: io.EOF in the middle of a document is unexpected.
func (f *framer) cut() error {
	if f.err == nil || f.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return f.err
}

// value consumes the value that begins at pos. Inside objects and arrays only
// strings and the balance of brackets matter: what it accepts may be malformed,
// and all that is well formed is accepted. It returns errTooDeep (the value is
// consumed all the same) or the reason why the value has no end.
func (f *framer) value() error {
	switch f.buf[f.pos] {
	case '{', '[', '"':
		return f.balanced()
	}
	return f.scalar()
}

func (f *framer) balanced() error { return f.close(balance{}) }

// close consumes up to where b ends.
func (f *framer) close(b balance) error {
	for {
		n, done := b.scan(f.buf[f.pos:f.end])
		f.pos += n
		if done {
			break
		}
		if !f.more() {
			return f.cut()
		}
	}
	if b.deepest > f.depth {
		return errTooDeep
	}
	return nil
}

// scalar consumes up to the next delimiter, one byte at least.
func (f *framer) scalar() error {
	for first := true; ; first = false {
		if f.pos == f.end && !f.more() {
			if f.err != io.EOF {
				return f.err
			}
			return nil
		}
		switch f.buf[f.pos] {
		case ',', ']', '}', ':', ' ', '\t', '\r', '\n', '"', '[', '{':
			if !first {
				return nil
			}
		}
		f.pos++
	}
}

// hold begins to keep what is consumed from pos on.
func (f *framer) hold() { f.held, f.overlong = f.pos, false }

// taken returns what was consumed since hold, and ends holding.
func (f *framer) taken() ([]byte, error) {
	if f.overlong || f.held < 0 || f.pos-f.held > f.limit {
		f.held = -1
		return nil, errTooLong
	}
	raw := f.buf[f.held:f.pos:f.pos]
	f.held = -1
	return raw, nil
}

// balance follows brackets and strings from the first byte of a value to its
// last. The zero value is ready; it can be fed in pieces.
type balance struct {
	depth, deepest    int
	inString, escaped bool
}

// scan consumes bytes of b. done means that the value ended, before b[n].
func (s *balance) scan(b []byte) (n int, done bool) {
	i := 0
	for i < len(b) {
		if s.inString {
			i = s.string(b, i)
			if !s.inString && s.depth == 0 {
				return i, true
			}
			continue
		}
		switch b[i] {
		case '"':
			s.inString = true
		case '{', '[':
			s.depth++
			s.deepest = max(s.deepest, s.depth)
		case '}', ']':
			if s.depth--; s.depth <= 0 {
				return i + 1, true
			}
		}
		i++
	}
	return i, false
}

// string consumes the rest of a string whose opening quote was seen. A quote
// ends it unless an odd number of backslashes stands before the quote.
func (s *balance) string(b []byte, i int) int {
	if s.escaped {
		s.escaped = false
		i++
	}
	for {
		j := bytes.IndexByte(b[i:], '"')
		q := i + j
		if j < 0 {
			q = len(b)
		}
		k := q
		for k > i && b[k-1] == '\\' {
			k--
		}
		odd := (q-k)&1 == 1
		switch {
		case j < 0:
			s.escaped = odd
			return q
		case !odd:
			s.inString = false
			return q + 1
		}
		i = q + 1
	}
}
