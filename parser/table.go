package parser

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// A table is CSV as exports write it (RFC 4180): rows end at a line break outside of
// quotes, and the first names the columns, by which the shape is known.
type table struct {
	shape   *shape
	columns []string
	comma   rune // spreadsheets write semicolons or tabs, too
	cut     bool // the last row has no line break: nobody knows how much of it is missing
}

// tableShapes are known by one of their columns. Names of columns are compared
// without regard to case.
var tableShapes []tableShape

type tableShape struct {
	*shape
	column string
}

func registerTable(s *shape, columns ...string) *shape { //nolint:unparam // what registers a package variable returns it
	shapes = append(shapes, s)
	for _, c := range columns {
		tableShapes = append(tableShapes, tableShape{s, c})
	}
	return s
}

const longestHeader = 64 << 10 // bytes, several times what the widest known export needs

var errQuote = errors.New("CSV: malformed quotes")

// table begins a table, if what stands at pos is the header of one.
func (rd *Reader) table() bool {
	f := &rd.f
	n := rd.rowEnd(longestHeader)
	if n <= 0 {
		return false
	}
	for _, comma := range [...]rune{',', ';', '\t'} {
		columns, err := cells(f.buf[f.pos:f.pos+n], comma)
		if err != nil {
			continue
		}
		if s := tableShapeOf(columns); s != nil {
			for i := range columns {
				columns[i] = lower(columns[i])
			}
			rd.csv = table{s, columns, comma, f.buf[f.pos+n-1] != '\n'}
			rd.began(s.name)
			rd.state = tableRows
			f.pos += n
			return true
		}
	}
	return false
}

// tableShapeOf returns the shape of a table with those columns, nil if that is none.
func tableShapeOf(columns []string) *shape {
	for _, s := range tableShapes {
		for _, c := range columns {
			if lower(c) == s.column {
				return s.shape
			}
		}
	}
	return nil
}

// rowEnd returns how many bytes the row that begins at pos has, with its line break; 0 if
// there are more than limit, and -1 where the input ends inside of quotes.
func (rd *Reader) rowEnd(limit int) int {
	f := &rd.f
	quoted := false
	for n := 0; ; {
		if f.end-f.pos == n && !f.more() {
			if quoted {
				return -1
			}
			return n
		}
		for ; f.pos+n < f.end; n++ {
			switch c := f.buf[f.pos+n]; {
			case n > limit:
				return 0
			case c == '"':
				quoted = !quoted
			case c == '\n' && !quoted:
				return n + 1
			}
		}
	}
}

// cells takes a row apart.
func cells(row []byte, comma rune) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimRight(row, "\r\n")))
	r.Comma = comma
	r.FieldsPerRecord = -1
	fields, err := r.Read()
	if err == io.EOF { // an empty line
		return nil, nil
	}
	if err != nil {
		return nil, errQuote
	}
	if _, err := r.Read(); err != io.EOF {
		return nil, errQuote
	}
	return fields, nil
}

// row reads the next row of the table: a record, or an error about it.
func (rd *Reader) row() (*Record, error) {
	f := &rd.f
	start := f.offset()
	f.hold()
	n := rd.rowEnd(f.limit)
	switch {
	case n < 0:
		return nil, rd.fatal(f.cut())
	case n == 0:
		return rd.longRow(start)
	}
	rd.csv.cut = f.buf[f.pos+n-1] != '\n'
	f.pos += n
	raw, err := f.taken()
	if err != nil {
		return nil, rd.rowError(start, err)
	}
	fields, err := cells(raw, rd.csv.comma)
	switch {
	case err != nil:
		return nil, rd.rowError(start, err)
	case fields == nil:
		return nil, nil
	case len(fields) < len(rd.csv.columns) && rd.csv.cut:
		return nil, rd.fatal(f.cut())
	case len(fields) != len(rd.csv.columns):
		return nil, rd.rowError(start, fmt.Errorf("CSV: %d fields in a table of %d columns", len(fields), len(rd.csv.columns)))
	}
	return rd.rowRecord(raw, start, fields)
}

func (rd *Reader) rowError(start int64, err error) error {
	e := &RecordError{rd.index, start, err}
	rd.index++
	return e
}

// longRow passes a row that is longer than an element may be.
func (rd *Reader) longRow(start int64) (*Record, error) {
	f := &rd.f
	f.held = -1
	for quoted := false; ; {
		for f.pos < f.end {
			c := f.buf[f.pos]
			f.pos++
			if c == '"' {
				quoted = !quoted
			} else if c == '\n' && !quoted {
				return nil, rd.rowError(start, errTooLong)
			}
		}
		if !f.more() {
			return nil, rd.rowError(start, errTooLong)
		}
	}
}

// rowRecord hands out what a row holds: a record in one of its columns, or one that is
// put together from them.
func (rd *Reader) rowRecord(raw []byte, start int64, fields []string) (*Record, error) {
	l := &rd.lifting
	l.found, l.next, l.text = l.found[:0], 0, l.text[:0]
	l.element, l.start = nil, start
	l.begin(0, start)
	all := make([]column, len(fields))
	for i, value := range fields {
		all[i] = column{rd.csv.columns[i], value, value == ""}
	}
	l.row(rd.csv.shape, Value{}, all)
	if len(l.found) > 0 {
		if rd.lifted == nil {
			rd.lifted = l.found[0].shape
		}
		return rd.takeLifted()
	}
	o := rd.origin
	o.Index, o.Offset = rd.index, start
	rd.index++
	rd.rec = Record{Origin: o, Raw: raw, Kind: Foreign, Shape: rd.csv.shape.name}
	rd.rec.What = l.holdsNone(rd.csv.shape, &rd.rec)
	return &rd.rec, nil
}
