package report

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
)

// A vector holds the values of one column in one row group. Every entry leads to
// a value by its number, whether the file has a dictionary or not, so that what
// asks of values asks once of each.
type vector struct {
	data    []byte   // the texts, one after another
	offsets []uint32 // value n of text is data[offsets[n]:offsets[n+1]]
	ints    []int64  // the values of a column of numbers
	// index has each entry's value. A negative one is NULL, or not loaded: -1 less
	// the definition level, which says how far the path to the value goes.
	// Entries are rows, unless the column repeats.
	index []int32
	first []int32 // of each row of a column that repeats: its first entry; and the end
	lists []uint8 // of each row of a column that repeats: the level of its list, where that has no entry
	text  bool
}

// maxVector bounds the text of one column of one row group.
const maxVector = math.MaxInt32

// value returns a text by its number.
func (v *vector) value(n int32) []byte { return v.data[v.offsets[n]:v.offsets[n+1]] }

// values returns how many values there are to ask.
func (v *vector) values() int {
	if v.text {
		return len(v.offsets) - 1
	}
	return len(v.ints)
}

// entries returns the range of a row's entries in index.
func (v *vector) entries(row int) (from, to int) {
	if v.first == nil {
		return row, row + 1
	}
	return int(v.first[row]), int(v.first[row+1])
}

// bytes returns the text of a row in a column that does not repeat.
func (v *vector) bytes(row int) (text []byte, ok bool) {
	n := v.index[row]
	if n < 0 {
		return nil, false
	}
	return v.value(n), true
}

// number returns the number of a row in a column that does not repeat.
func (v *vector) number(row int) (n int64, ok bool) {
	i := v.index[row]
	if i < 0 {
		return 0, false
	}
	return v.ints[i], true
}

// A vectorReader reads one column of one row group.
type vectorReader struct {
	v       *vector
	leaf    *leaf
	element byte // the definition level from which on an entry of a list is there
	rows    int
	base    int // number of the dictionary's first value; -1: not taken yet
	size    int // of the dictionary
}

// readVector reads a column, or the pages of it in which selected rows lie. A
// nil chunk is a column that the file does not have.
func readVector(chunk parquet.ColumnChunk, l *leaf, rows int, selected rowBits) (v *vector, err error) {
	defer recovered(&err)
	v = &vector{text: l.kind() == parquet.ByteArray, index: make([]int32, 0, rows)}
	if v.text {
		v.offsets = append(make([]uint32, 0, 64), 0)
	}
	r := &vectorReader{v: v, leaf: l, element: l.element(), rows: rows, base: -1}
	if chunk != nil {
		pages := chunk.Pages()
		defer pages.Close()
		if runs := pageRuns(chunk, rows, selected); runs != nil {
			err = r.some(pages, runs)
		} else {
			err = r.all(pages)
		}
		if err != nil {
			return nil, err
		}
	}
	r.skipTo(rows)
	if l.Repetition > 0 {
		v.first = append(v.first, int32(len(v.index)))
	}
	return v, nil
}

// element returns the definition level at which an element of the leaf's list is
// there, though it may be NULL; 0 where the leaf lies in none.
func (l *leaf) element() byte {
	level := 0
	columns := eventColumns
	for _, name := range l.Path {
		for i := range columns {
			c := &columns[i]
			if c.Name != name {
				continue
			}
			if !c.Required {
				level++
			}
			if c.Type == listColumn || c.Type == mapColumn {
				return byte(level + 1)
			}
			columns = c.Fields
			break
		}
	}
	return 0
}

// pageRuns returns the rows to read where that saves pages: runs of pages that
// hold selected rows. It returns nil where everything is to be read.
func pageRuns(chunk parquet.ColumnChunk, rows int, selected rowBits) (runs []span64) {
	if selected == nil || selected.count() > rows/8 {
		return nil
	}
	index, err := chunk.OffsetIndex()
	if err != nil || index.NumPages() < 2 {
		return nil
	}
	for page := range index.NumPages() {
		from, to := index.FirstRowIndex(page), int64(rows)
		if page+1 < index.NumPages() {
			to = index.FirstRowIndex(page + 1)
		}
		if from < 0 || to > int64(rows) || from >= to || !selected.any(int(from), int(to)) {
			continue
		}
		if n := len(runs); n > 0 && runs[n-1].to == from {
			runs[n-1].to = to
		} else {
			runs = append(runs, span64{from, to})
		}
	}
	return runs
}

func (r *vectorReader) all(pages parquet.Pages) error {
	for {
		switch p, err := pages.ReadPage(); {
		case err == io.EOF:
			if n := r.read(); n != r.rows {
				return fmt.Errorf("%d rows of %d", n, r.rows)
			}
			return nil
		case err != nil:
			return err
		default:
			if err := r.page(p); err != nil {
				return err
			}
		}
	}
}

// some reads the pages of the runs; the rows between them stay NULL.
func (r *vectorReader) some(pages parquet.Pages, runs []span64) error {
	for _, run := range runs {
		if err := pages.SeekToRow(run.from); err != nil {
			return err
		}
		r.skipTo(int(run.from))
		for r.read() < int(run.to) {
			p, err := pages.ReadPage()
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
			if err := r.page(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// read returns how many rows were read or skipped.
func (r *vectorReader) read() int {
	if r.leaf.Repetition > 0 {
		return len(r.v.first)
	}
	return len(r.v.index)
}

// skipTo makes the rows up to that one NULL.
func (r *vectorReader) skipTo(row int) {
	for r.read() < row {
		if r.leaf.Repetition > 0 {
			r.v.first = append(r.v.first, int32(len(r.v.index)))
			r.v.lists = append(r.v.lists, 0)
		} else {
			r.v.index = append(r.v.index, -1)
		}
	}
}

// page takes a page and releases it.
func (r *vectorReader) page(p parquet.Page) error {
	defer parquet.Release(p)
	present, err := r.valuesOf(p)
	if err != nil {
		return err
	}
	if r.leaf.Repetition > 0 {
		err = r.repeated(p, present)
	} else {
		err = r.flat(p, present)
	}
	if err == nil && r.read() > r.rows {
		err = errors.New("more rows than the row group has")
	}
	return err
}

// numbers are the numbers of a page's values, those that are NULL left out.
type numbers struct {
	indexes []int32 // into a dictionary; nil: the values follow each other
	base    int32   // number of the dictionary's, or of the page's, first value
	n       int
}

func (n *numbers) at(i int) int32 {
	if n.indexes != nil {
		return n.base + n.indexes[i]
	}
	return n.base + int32(i)
}

var errValues = errors.New("not as many values as the page says")

// valuesOf takes the page's values.
func (r *vectorReader) valuesOf(p parquet.Page) (numbers, error) {
	data := p.Data()
	dict := p.Dictionary()
	if dict == nil {
		base := r.v.values()
		err := r.take(data.Data())
		return numbers{nil, int32(base), r.v.values() - base}, err
	}
	if r.base < 0 {
		r.base = r.v.values()
		values := dict.Page().Data()
		if err := r.take(values.Data()); err != nil {
			return numbers{}, err
		}
		r.size = r.v.values() - r.base
	}
	indexes := data.Int32()
	for _, i := range indexes {
		if i < 0 || int(i) >= r.size {
			return numbers{}, errors.New("value that is not in the dictionary")
		}
	}
	return numbers{indexes, int32(r.base), len(indexes)}, nil
}

// take appends values to the vector's.
func (r *vectorReader) take(data []byte, offsets []uint32) error {
	v := r.v
	if !v.text {
		v.ints = appendInts(v.ints, data)
		return nil
	}
	if len(offsets) == 0 {
		return nil
	}
	from, to := offsets[0], offsets[len(offsets)-1]
	if from > to || int(to) > len(data) || len(v.data)+int(to-from) > maxVector {
		return errors.New("lengths of texts do not add up")
	}
	base := uint32(len(v.data)) - from
	v.data = append(v.data, data[from:to]...)
	last := from
	for _, o := range offsets[1:] {
		if o < last {
			return errors.New("lengths of texts do not add up")
		}
		last = o
		v.offsets = append(v.offsets, o+base)
	}
	return nil
}

func (r *vectorReader) flat(p parquet.Page, present numbers) error {
	rows := int(p.NumRows())
	index := r.v.index
	if r.leaf.Definition == 0 {
		if present.n != rows {
			return errValues
		}
		for i := range rows {
			index = append(index, present.at(i))
		}
		r.v.index = index
		return nil
	}
	n := 0
	for _, def := range p.DefinitionLevels() {
		switch {
		case int(def) < r.leaf.Definition:
			index = append(index, -1-int32(def))
		case n == present.n:
			return errValues
		default:
			index = append(index, present.at(n))
			n++
		}
	}
	r.v.index = index
	return nil
}

func (r *vectorReader) repeated(p parquet.Page, present numbers) error {
	v := r.v
	reps, defs := p.RepetitionLevels(), p.DefinitionLevels()
	if len(reps) != len(defs) {
		return errValues
	}
	n := 0
	for i := range reps {
		if reps[i] == 0 {
			v.first = append(v.first, int32(len(v.index)))
			v.lists = append(v.lists, min(defs[i], r.element))
		}
		switch {
		case defs[i] < r.element: // the list is NULL or empty
		case int(defs[i]) < r.leaf.Definition:
			v.index = append(v.index, -1-int32(defs[i]))
		case n == present.n:
			return errValues
		default:
			v.index = append(v.index, present.at(n))
			n++
		}
	}
	return nil
}
