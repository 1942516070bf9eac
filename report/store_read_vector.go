package report

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A vector holds the values of one column in one row group. Every entry leads to
// a value by its number, whether the file has a dictionary or not, so that what
// asks of values asks once of each.
type vector struct {
	data   []byte   // the pages that have texts, each text after its length in four bytes
	starts []uint32 // of each text in data
	ints   []int64  // the values of a column of numbers
	// index has each entry's value. A negative one is NULL, or not loaded: -1 less
	// the definition level, which says how far the path to the value goes.
	// Entries are rows, unless the column repeats.
	index []int32
	first []int32 // of each row of a column that repeats: its first entry; and the end
	lists []uint8 // of each row of a column that repeats: the level of its list, where that has no entry
	text  bool
	whole bool // all pages were read
	kept  bool // others may read it too
}

// maxVector bounds the text of one column of one row group.
const maxVector = math.MaxInt32

// extent returns where a text lies in data, by its number.
func (v *vector) extent(n int32) (from, to int) {
	from = int(v.starts[n])
	return from, from + int(binary.LittleEndian.Uint32(v.data[from-4:]))
}

// value returns a text by its number.
func (v *vector) value(n int32) []byte {
	from, to := v.extent(n)
	return v.data[from:to:to]
}

// values returns how many values there are to ask.
func (v *vector) values() int {
	if v.text {
		return len(v.starts)
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

// A chunkReader reads one column of one row group.
type chunkReader struct {
	*pageReader
	v       *vector
	leaf    *leaf
	file    *tableFile
	meta    *storedChunk
	element uint8 // the definition level from which on an entry of a list is there
	rows    int
	base    int // number of the dictionary's first value; -1: there was none yet
	size    int // of the dictionary
}

// read reads a column, or the pages of it in which selected rows lie. Where the
// file does not have the column, all is NULL.
func (r *pageReader) read(g *tableGroup, leaf int, selected rowBits) (*vector, error) {
	v := &vector{}
	return v, r.readInto(v, g, leaf, selected)
}

// readInto reads a column into a vector, which is empty.
func (r *pageReader) readInto(v *vector, g *tableGroup, leaf int, selected rowBits) (err error) {
	defer recovered(&err)
	t := g.table
	l := &t.leaves[leaf]
	v.text, v.index = l.text(), slices.Grow(v.index, g.rows)
	c := &chunkReader{pageReader: r, v: v, leaf: l, element: elementLevel(t.schema, l.Path), rows: g.rows, base: -1}
	if chunk := g.chunk(leaf); chunk != nil {
		c.file = t
		c.meta = chunk
		if runs := t.pageRuns(chunk, g.rows, selected); runs != nil {
			err = c.some(runs)
		} else {
			err = c.all()
		}
		if err != nil {
			return err
		}
	}
	c.skipTo(g.rows)
	if l.Repetition > 0 {
		v.first = append(v.first, int32(len(v.index)))
	}
	return nil
}

// elementLevel returns the definition level at which an element of the list that a
// path leads through is there, though it may be NULL; 0: it leads through none.
func elementLevel(columns []column, path []string) uint8 {
	level := 0
	for _, name := range path {
		i := slices.IndexFunc(columns, func(c column) bool { return c.Name == name })
		if i < 0 {
			return 0
		}
		c := &columns[i]
		if !c.Required {
			level++
		}
		if c.Type == listColumn || c.Type == mapColumn {
			return uint8(level + 1)
		}
		columns = c.Fields
	}
	return 0
}

// A pageRun is pages that follow each other: where they lie, and their rows.
type pageRun struct {
	at, size int64
	rows     span64 // its end is not included
}

// pageRuns returns the pages to read where that spares any: those that hold
// selected rows. It returns nil where everything is to be read.
func (t *tableFile) pageRuns(chunk *storedChunk, rows int, selected rowBits) (runs []pageRun) {
	if selected == nil || selected.count() > rows/8 {
		return nil
	}
	pages := t.pages(chunk)
	if len(pages) < 2 {
		return nil
	}
	for i := range pages {
		page := &pages[i]
		from, to := page.FirstRowIndex, int64(rows)
		if i+1 < len(pages) {
			to = pages[i+1].FirstRowIndex
		}
		if from < 0 || to > int64(rows) || from > to {
			return nil
		}
		if from == to || !selected.any(int(from), int(to)) {
			continue
		}
		at, size := page.Offset, int64(page.CompressedPageSize)
		if n := len(runs); n > 0 && runs[n-1].rows.to == from && runs[n-1].at+runs[n-1].size == at {
			runs[n-1].rows.to = to
			runs[n-1].size += size
		} else {
			runs = append(runs, pageRun{at, size, span64{from, to}})
		}
	}
	return runs
}

// all reads the whole chunk.
func (c *chunkReader) all() error {
	at := c.meta.data
	if d := c.meta.dictionary; d > 0 && d < at {
		at = d
	}
	if c.v.text {
		c.makeRoom(c.meta.unpacked)
	}
	if err := c.pages(at, c.meta.stored); err != nil {
		return err
	}
	if n := c.done(); n != c.rows {
		return fmt.Errorf("%d rows of %d", n, c.rows)
	}
	c.v.whole = true
	return nil
}

// makeRoom gets memory for about that many bytes of text.
func (c *chunkReader) makeRoom(size int64) {
	if int64(cap(c.v.data)) < size {
		c.v.data = c.room(size)
	}
}

// some reads the dictionary and the pages of the runs; the rows between them stay NULL.
func (c *chunkReader) some(runs []pageRun) error {
	if c.v.text {
		var stored int64
		for _, run := range runs {
			stored += run.size
		}
		ratio := float64(c.meta.unpacked) / float64(max(c.meta.stored, 1))
		c.makeRoom(int64(min(1.2*ratio*float64(stored), roomMost)))
	}
	if d := c.meta.dictionary; d > 0 {
		if err := c.pages(d, c.meta.data-d); err != nil {
			return err
		}
	}
	for _, run := range runs {
		c.skipTo(int(run.rows.from))
		if err := c.pages(run.at, run.size); err != nil {
			return err
		}
		if n := c.done(); n != int(run.rows.to) {
			return fmt.Errorf("%d rows of %d", n, run.rows.to)
		}
	}
	return nil
}

// pages reads the pages in a range of the file.
func (c *chunkReader) pages(at, size int64) error {
	b, err := c.fetch(c.file.f, at, size, c.file.size)
	for err == nil && len(b) > 0 {
		var p dataPage
		if p, b, err = c.next(b, c.leaf, c.meta.codec, c.v); err == nil {
			err = c.page(&p)
		}
	}
	return err
}

// done returns how many rows were read or skipped.
func (c *chunkReader) done() int {
	if c.leaf.Repetition > 0 {
		return len(c.v.first)
	}
	return len(c.v.index)
}

// skipTo makes the rows up to that one NULL.
func (c *chunkReader) skipTo(row int) {
	for c.done() < row {
		if c.leaf.Repetition > 0 {
			c.v.first = append(c.v.first, int32(len(c.v.index)))
			c.v.lists = append(c.v.lists, 0)
		} else {
			c.v.index = append(c.v.index, -1)
		}
	}
}

// page takes the entries of a page.
func (c *chunkReader) page(p *dataPage) error {
	if p.kind == dictionaryPage {
		if c.base >= 0 || !c.leaf.text() {
			return errPage
		}
		c.base = c.v.values()
		err := c.texts(p)
		c.size = c.v.values() - c.base
		return err
	}
	present, err := c.present(p)
	if err != nil {
		return err
	}
	if c.leaf.Repetition > 0 {
		err = c.repeated(p, present)
	} else {
		err = c.flat(p, present)
	}
	if err == nil && c.done() > c.rows {
		err = errRows
	}
	return err
}

// texts takes the texts of a page.
func (c *chunkReader) texts(p *dataPage) error {
	v := c.v
	for at := p.from; at < p.to; {
		if p.to-at < 4 {
			return errTexts
		}
		n := int(binary.LittleEndian.Uint32(v.data[at:]))
		if at += 4; n < 0 || n > p.to-at {
			return errTexts
		}
		v.starts = append(v.starts, uint32(at))
		at += n
	}
	return nil
}

var (
	errTexts  = errors.New("lengths of texts do not add up")
	errValues = errors.New("not as many values as the page says")
	errRows   = errors.New("more rows than the row group has")
)

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

// fill gives the first of them.
func (n *numbers) fill(to []int32) {
	for i := range to {
		to[i] = n.at(i)
	}
}

// present takes the page's values.
func (c *chunkReader) present(p *dataPage) (numbers, error) {
	base := c.v.values()
	switch p.kind {
	case plainTexts:
		err := c.texts(p)
		return numbers{nil, int32(base), c.v.values() - base}, err
	case numberPage:
		c.v.ints = append(c.v.ints, p.ints...)
		return numbers{nil, int32(base), len(p.ints)}, nil
	}
	for _, i := range p.indexes {
		if i < 0 || int(i) >= c.size {
			return numbers{}, errors.New("value that is not in the dictionary")
		}
	}
	return numbers{p.indexes, int32(max(c.base, 0)), len(p.indexes)}, nil
}

func (c *chunkReader) flat(p *dataPage, present numbers) error {
	from := len(c.v.index)
	if p.entries > c.rows-from {
		return errRows
	}
	index := slices.Grow(c.v.index, p.entries)[:from+p.entries]
	to := index[from:]
	if p.definitions == nil || bytes.Count(p.definitions, []byte{byte(c.leaf.Definition)}) == p.entries { // none is NULL
		if present.n < p.entries {
			return errValues
		}
		present.fill(to)
		c.v.index = index
		return nil
	}
	n := 0
	for i, def := range p.definitions {
		switch {
		case int(def) < c.leaf.Definition:
			to[i] = -1 - int32(def)
		case n >= present.n:
			return errValues
		default:
			to[i] = present.at(n)
			n++
		}
	}
	c.v.index = index
	return nil
}

func (c *chunkReader) repeated(p *dataPage, present numbers) error {
	v := c.v
	if p.definitions == nil {
		return errPage
	}
	n := 0
	for i, def := range p.definitions {
		if p.repetitions[i] == 0 {
			v.first = append(v.first, int32(len(v.index)))
			v.lists = append(v.lists, min(def, c.element))
		}
		switch {
		case len(v.first) == 0:
			return errValues
		case def < c.element: // the list is NULL or empty
		case int(def) < c.leaf.Definition:
			v.index = append(v.index, -1-int32(def))
		case n >= present.n:
			return errValues
		default:
			v.index = append(v.index, present.at(n))
			n++
		}
	}
	return nil
}
