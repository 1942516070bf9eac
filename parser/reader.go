package parser

import (
	"bytes"
	"io"
)

// Limits bound what one element may cost. The zero value stands for the defaults.
type Limits struct {
	Record int // bytes of one element; default 16 MiB, sixteen times the most that a Lake event data store accepts
	Depth  int // of nesting; default 256, some ten times what CloudTrail is seen to need
}

func (l Limits) withDefaults() Limits {
	if l.Record == 0 {
		l.Record = 16 << 20
	}
	if l.Depth == 0 {
		l.Depth = 256
	}
	return l
}

// state is where in the grammar a Reader stands.
type state uint8

const (
	betweenDocuments state = iota
	firstElement           // after the [ of the elements' array
	nextElement            // after an element
	afterElements          // after the ] of an envelope's array
	tableRows              // after the header of a CSV table
)

// A Reader reads the records of one object. Its zero value needs Reset.
type Reader struct {
	f      framer
	limits Limits
	origin Origin
	rec    Record
	scan   scanner

	scannedBase int64 // f.base when scan last ran: the window has moved where it differs

	state     state
	envelope  *shape // of the document that is being read; nil: a bare array
	index     int    // of the next element
	documents int
	docEnd    int64 // where the last object that is a record itself ended
	inside    int   // objects between the document and the array of its elements
	lifting   lifting
	lifted    *shape // of the first element that held records
	csv       table
	shape     string
	err       error // sticky
}

// NewReader returns a Reader of r's decompressed content, with default limits.
// The origin's Source and Object are given to every record.
func NewReader(r io.Reader, o Origin) *Reader {
	rd := new(Reader)
	rd.Reset(r, o)
	return rd
}

// Reset makes the Reader read r from the start, and keeps its memory and limits.
func (rd *Reader) Reset(r io.Reader, o Origin) {
	rd.limits = rd.limits.withDefaults()
	rd.f.reset(r, rd.limits)
	rd.lifting.reset(rd.limits.Depth)
	*rd = Reader{f: rd.f, limits: rd.limits, origin: o, scan: scanner{depth: rd.limits.Depth}, lifting: rd.lifting}
}

// SetLimits replaces the limits from the following Reset on.
func (rd *Reader) SetLimits(l Limits) { rd.limits = l.withDefaults() }

// Shape names what the content has been so far: a shape's name, one of the
// Shape constants, or "" where it is not JSON.
func (rd *Reader) Shape() string {
	switch {
	case rd.shape == "" && rd.err == io.EOF:
		return ShapeEmpty
	case rd.lifted != nil:
		return rd.lifted.name
	}
	return rd.shape
}

// Offset returns how far into the content the Reader has consumed it.
func (rd *Reader) Offset() int64 { return rd.f.offset() }

// Next returns the next element: a Record of any Kind. A *RecordError is about
// one element, and Next may be called again; every other error is final.
// io.EOF is returned only where the content may end: after whole documents.
// A *FormatError that wraps io.ErrUnexpectedEOF means that it was cut short.
func (rd *Reader) Next() (*Record, error) {
	if rd.err != nil {
		return nil, rd.err
	}
	for {
		if rd.lifting.next < len(rd.lifting.found) {
			return rd.takeLifted()
		}
		rec, err := rd.step()
		if rec != nil || err != nil {
			if _, goOn := err.(*RecordError); !goOn {
				rd.err = err
			}
			return rec, err
		}
	}
}

// step goes on by one transition of the grammar. It may return neither a record
// nor an error.
func (rd *Reader) step() (*Record, error) {
	c, ok := rd.f.peek()
	if !ok {
		return nil, rd.ended()
	}
	switch rd.state {
	case betweenDocuments:
		return rd.document(c)
	case firstElement, nextElement:
		return rd.element(c)
	case tableRows:
		return rd.row()
	default:
		return nil, rd.closeEnvelope(c)
	}
}

func (rd *Reader) ended() error {
	if rd.f.err == io.EOF && (rd.state == betweenDocuments || rd.state == tableRows && !rd.csv.cut) {
		return io.EOF
	}
	return rd.fatal(rd.f.cut())
}

func (rd *Reader) fatal(err error) error { return &FormatError{rd.f.offset(), err} }

func (rd *Reader) document(c byte) (*Record, error) {
	if c == 0xEF && rd.f.offset() == 0 && rd.byteOrderMark() {
		return nil, nil
	}
	switch {
	case c == '{':
		return rd.object()
	case c == '[':
		rd.began(ShapeArray)
		rd.envelope, rd.inside = nil, 0
		rd.f.pos++
		rd.state = firstElement
		return nil, nil
	case rd.documents == 0 && (rd.table() || rd.yaml()), isDigit(c) && (rd.documents == 0 || rd.lifted == logExport) && rd.exportedLine():
		return nil, nil
	case c == '"' && (rd.documents == 0 || rd.lifted == eventStrings) && rd.quotedObject():
		rd.began(ShapeEvent)
		return rd.take()
	case rd.documents == 0:
		return nil, rd.fatal(ErrNotJSON)
	case rd.shape == ShapeEvent || rd.shape == ShapeLines || rd.shape == ShapeConcatenated:
		return nil, rd.badLine()
	}
	return nil, rd.fatal(errTrailing)
}

// badLine passes over the rest of a line that is not JSON, between records that
// stand one on a line.
func (rd *Reader) badLine() error {
	f := &rd.f
	e := &RecordError{rd.index, f.offset(), ErrNotJSON}
	rd.index++
	for {
		if i := bytes.IndexByte(f.buf[f.pos:f.end], '\n'); i >= 0 {
			f.pos += i
			return e
		}
		f.pos = f.end
		if !f.more() {
			if rd.lifted == logExport { // of whose lines each has a break
				return rd.fatal(f.cut())
			}
			return e
		}
	}
}

func (rd *Reader) byteOrderMark() bool {
	for rd.f.end-rd.f.pos < 3 {
		if !rd.f.more() {
			return false
		}
	}
	if string(rd.f.buf[rd.f.pos:rd.f.pos+3]) != "\xEF\xBB\xBF" {
		return false
	}
	rd.f.pos += 3
	return true
}

// began counts a document of the given shape.
func (rd *Reader) began(shape string) {
	rd.documents++
	if rd.documents == 1 {
		rd.shape = shape
	} else if rd.shape == ShapeEvent && shape == ShapeEvent {
		rd.shape = ShapeLines
	}
}

// object reads a document that begins with {: as far as the array of an
// envelope, or whole, as one element.
func (rd *Reader) object() (*Record, error) {
	f := &rd.f
	if rd.shape == ShapeEvent || rd.shape == ShapeLines {
		if f.offset() == rd.docEnd {
			rd.shape = ShapeConcatenated
		}
	}
	f.hold()
	return rd.objectHeld(true)
}

// objectHeld is object where the document is held from its first byte on. It may be an
// envelope, unless it was looked at as one before and is none.
func (rd *Reader) objectHeld(envelope bool) (*Record, error) {
	f := &rd.f
	start := f.offset()
	rd.scan.document = envelope
	n := rd.whole()
	rd.scan.document = false
	switch {
	case n > 0:
		f.pos += n
		return rd.event(start, nil)
	case n == malformed:
		if end, s := rd.extent(); s != nil {
			rd.opened(s, end)
			return nil, &RecordError{-1, start, rd.scan.reason(n)}
		} else if end > 0 {
			f.pos += end
			return rd.event(start, rd.scan.reason(n))
		}
	}
	bad := rd.scan.reason(n) // should no end be found in what may be held, that is the reason
	s, err := rd.members()
	if err == errMalformed { // its brackets may still show where it ends
		err = f.close(balance{depth: 1})
	}
	switch {
	case s != nil && n == malformed:
		rd.opened(s, 0)
		return nil, &RecordError{-1, start, bad}
	case s != nil:
		bad := rd.checkOpening(s)
		rd.opened(s, 0)
		if bad != nil {
			return nil, &RecordError{-1, start, bad}
		}
		return nil, nil
	case err != nil && err != errTooDeep:
		return nil, rd.fatal(err)
	case n == isEnvelope && f.held >= 0: // there is no array where there might have been one
		f.pos = f.held
		return rd.objectHeld(false)
	case n == isEnvelope:
		bad = errTooLong
	}
	return rd.event(start, bad)
}

// opened begins the elements of an envelope, whose array's [ ends n bytes further on.
func (rd *Reader) opened(s *shape, n int) {
	rd.began(s.name)
	rd.envelope, rd.state = s, firstElement
	rd.f.held = -1
	rd.f.pos += n
}

// event ends a document that is a record itself.
func (rd *Reader) event(start int64, bad error) (*Record, error) {
	rd.began(ShapeEvent)
	rd.docEnd = rd.f.offset()
	return rd.finish(start, bad)
}

// element reads what stands in an array of elements.
func (rd *Reader) element(c byte) (*Record, error) {
	f := &rd.f
	switch {
	case c == ']':
		f.pos++
		rd.state = afterElements
		if rd.envelope == nil {
			rd.state = betweenDocuments
		}
		return nil, nil
	case rd.state == nextElement && c == ',':
		f.pos++
		if c, ok := f.peek(); !ok {
			return nil, rd.fatal(f.cut())
		} else if c == ']' || c == ',' {
			return nil, rd.structure(errNoValue)
		}
	case rd.state == nextElement:
		rd.state = firstElement // the element is taken as if the comma were there
		return nil, rd.structure(errComma)
	case c == ',':
		f.pos++
		return nil, rd.structure(errNoValue)
	}
	rd.state = nextElement
	return rd.take()
}

func (rd *Reader) structure(err error) error { return &RecordError{-1, rd.f.offset(), err} }

// take reads the element that begins at pos. Mostly all of it is in the window
// and one scan does everything. Where it is malformed, its end is found by its
// brackets alone, so that the reader can go on behind it.
func (rd *Reader) take() (*Record, error) {
	f := &rd.f
	start := f.offset()
	f.hold()
	n := rd.whole()
	if n > 0 {
		f.pos += n
		return rd.finish(start, nil)
	}
	bad := rd.scan.reason(n)
	switch err := f.value(); {
	case err == errTooDeep:
		bad = err
	case err != nil:
		return nil, rd.fatal(err)
	}
	return rd.finish(start, bad)
}

// whole scans the element that begins at pos, which is held, and reads on while
// it is short. It returns the element's length or a code. No more than one byte
// beyond the limit is looked at, however much is there: what is found must not
// depend on the size of reads.
func (rd *Reader) whole() int {
	f := &rd.f
	for {
		rd.follow()
		b := f.buf[:min(f.end, f.pos+f.limit+1)]
		n := rd.scan.element(b, f.pos)
		if n > 0 {
			return n - f.pos
		}
		if n != short || !f.fill() {
			return n
		}
	}
}

// finish makes a record of the element that was consumed since hold. bad is what
// is wrong with it.
func (rd *Reader) finish(start int64, bad error) (*Record, error) {
	index := rd.index
	rd.index++
	from := rd.f.held
	raw, long := rd.f.taken()
	if long != nil {
		bad = long
	}
	if bad == nil {
		o := rd.origin
		o.Index, o.Offset = index, start
		rd.rec = Record{Origin: o, Raw: raw}
		bad = rd.scan.decode(&rd.rec, from)
	}
	if bad != nil {
		return nil, &RecordError{index, start, bad}
	}
	if rd.rec.Kind == Foreign && rd.lift(&rd.rec, start) {
		rd.index-- // it is what it holds that counts
		return rd.takeLifted()
	}
	rd.rec.Shape, rd.rec.Lifted = rd.Shape(), rd.lifted == logExport
	return &rd.rec, nil
}

// follow tells the scanner where the bytes have gone.
func (rd *Reader) follow() {
	if rd.scannedBase != rd.f.base {
		rd.scannedBase = rd.f.base
		rd.scan.moved()
	}
}
