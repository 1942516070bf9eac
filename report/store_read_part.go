package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

// A tableFile is an open Parquet file of the case. The file comes from a disk
// that others can write to: nothing in it is believed before it is checked, and
// where the library panics over it, that is an error like another.
type tableFile struct {
	f    *os.File
	size int64
	file *parquet.File // nil: what was wanted of it was taken

	schema []column
	leaves []leaf
	// columns leads from a leaf of the schema to its column in the file; -1: the
	// file has none, and all its values are NULL.
	columns []int
}

// readBuffer is for page headers and small pages; larger ones pass it by.
const readBuffer = 16 << 10

// openTable opens a Parquet file of the case and finds the columns of its schema in it.
func openTable(path string, schema []column) (t *tableFile, err error) {
	f, err := openCaseFile(path)
	if err != nil {
		return nil, err
	}
	t = &tableFile{f: f, schema: schema, leaves: leaves(schema)}
	if err := t.open(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func (t *tableFile) open() (err error) {
	defer recovered(&err)
	info, err := t.f.Stat()
	if err != nil {
		return pathless(err)
	}
	t.size = info.Size()
	if err := checkFooter(t.f, t.size); err != nil {
		return err
	}
	// Page indexes and bloom filters are read where they are used.
	t.file, err = parquet.OpenFile(t.f, t.size, parquet.SkipPageIndex(true),
		parquet.SkipBloomFilters(true), parquet.ReadBufferSize(readBuffer))
	if err != nil {
		return err
	}
	return t.bind()
}

// checkFooter refuses a file whose footer cannot be one, because the library
// takes its length as it is and allocates that.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("%d bytes are no Parquet file", size)
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return pathless(err)
	}
	if string(tail[4:]) != "PAR1" {
		return errors.New("does not end as a Parquet file does: cut short or overwritten")
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > size-12 {
		return fmt.Errorf("footer of %d bytes in a file of %d", n, size)
	}
	return nil
}

// bind finds each leaf's column. A column that the file lacks is NULL
// throughout, unless it must have values.
func (t *tableFile) bind() error {
	t.columns = make([]int, len(t.leaves))
	for i := range t.leaves {
		l := &t.leaves[i]
		c := t.file.Root()
		for _, name := range l.Path {
			if c = c.Column(name); c == nil {
				break
			}
		}
		t.columns[i] = -1
		switch {
		case c == nil && l.Definition == 0:
			return fmt.Errorf("column %s: missing", l)
		case c == nil:
			continue
		case !c.Leaf() || c.Type().Kind() != l.kind() || c.MaxDefinitionLevel() != l.Definition || c.MaxRepetitionLevel() != l.Repetition:
			return fmt.Errorf("column %s: not of the type that it has in a case", l)
		}
		t.columns[i] = c.Index()
	}
	return nil
}

func (l *leaf) kind() parquet.Kind {
	if l.text() {
		return parquet.ByteArray
	}
	return parquet.Int64
}

func (t *tableFile) close() error { return t.f.Close() }

// recovered turns a panic of the library over a damaged file into an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("damaged: %v", r)
	}
}

// A tableGroup is a row group of a table.
type tableGroup struct {
	table  *tableFile
	number int
	rows   int
	chunks []storedChunk
}

// groups lists the row groups that have rows.
func (t *tableFile) groups() (all []tableGroup, err error) {
	defer recovered(&err)
	for i, g := range t.file.RowGroups() {
		if g.NumRows() < 0 || g.NumRows() > maxGroupRows {
			return nil, fmt.Errorf("row group %d: %d rows", i, g.NumRows())
		}
		if g.NumRows() > 0 {
			all = append(all, tableGroup{t, i, int(g.NumRows()), storedChunks(t.file.Metadata().RowGroups[i].Columns)})
		}
	}
	return all, nil
}

// leaf returns the number of a leaf of the table's schema, which must have it.
func (t *tableFile) leaf(name string) int {
	for i := range t.leaves {
		if t.leaves[i].name() == name {
			return i
		}
	}
	panic("no column " + name)
}

// A storePart is an open part of the event store.
type storePart struct {
	*tableFile
	name   string
	number int
	groups []rowGroup
	users  int // of EventStore.part
}

// A rowGroup is a row group of a part and what its footer tells of it.
type rowGroup struct {
	tableGroup
	part     *storePart
	times    span64 // of event_ts, µs since 1970
	ordinals span64
}

// A span64 is a range of numbers, both ends included.
type span64 struct{ from, to int64 }

// overlaps reports whether two ranges have a number in common.
func (s span64) overlaps(o span64) bool { return s.from <= o.to && o.from <= s.to }

// and returns the least range that holds both.
func (s span64) and(o span64) span64 { return span64{min(s.from, o.from), max(s.to, o.to)} }

// maxGroupRows is more than any writer puts into a row group: what says more is damaged.
const maxGroupRows = 1 << 26

func openPart(dir, name string, number int) (*storePart, error) {
	t, err := openTable(filepath.Join(dir, filepath.FromSlash(name)), eventColumns)
	if err != nil {
		return nil, err
	}
	p := &storePart{tableFile: t, name: name, number: number}
	if err := p.list(); err != nil {
		return nil, errors.Join(err, t.close())
	}
	p.file = nil
	return p, nil
}

// list takes the row groups from the footer. That they follow each other is
// checked, because pruning relies on it.
func (p *storePart) list() error {
	groups, err := p.tableFile.groups()
	if err != nil {
		return err
	}
	for _, t := range groups {
		group := rowGroup{tableGroup: t, part: p}
		if group.times, err = t.bounds(leafTime); err == nil {
			group.ordinals, err = t.bounds(leafOrdinal)
		}
		if err != nil {
			return fmt.Errorf("row group %d: %w", t.number, err)
		}
		if n := len(p.groups); group.ordinals.to-group.ordinals.from != int64(group.rows)-1 ||
			n > 0 && (p.groups[n-1].ordinals.to+1 != group.ordinals.from || p.groups[n-1].times.to > group.times.from) {
			return fmt.Errorf("row group %d: does not follow the one before it", t.number)
		}
		p.groups = append(p.groups, group)
	}
	return nil
}

// bounds returns the least and the greatest value of a column of numbers, as long as the table has its file's footer.
func (g *tableGroup) bounds(leaf int) (s span64, err error) {
	defer recovered(&err)
	if g.chunk(leaf) == nil {
		return s, fmt.Errorf("column %s: missing", &g.table.leaves[leaf])
	}
	chunk, ok := g.table.file.RowGroups()[g.number].ColumnChunks()[g.table.columns[leaf]].(*parquet.FileColumnChunk)
	if !ok {
		return s, fmt.Errorf("column %s: missing", &g.table.leaves[leaf])
	}
	low, high, ok := chunk.Bounds()
	if !ok {
		return s, fmt.Errorf("column %s: no least and greatest value", &g.table.leaves[leaf])
	}
	return span64{low.Int64(), high.Int64()}, nil
}

// chunk returns the column of a leaf, or nil.
func (g *tableGroup) chunk(leaf int) *storedChunk {
	c := g.table.columns[leaf]
	if c < 0 || c >= len(g.chunks) {
		return nil
	}
	return &g.chunks[c]
}

// errorf puts the place in the case before an error.
func (g *rowGroup) errorf(leaf int, err error) error {
	return fmt.Errorf("%s: row group %d: column %s: %w", g.part.name, g.number, &eventLeaves[leaf], err)
}
