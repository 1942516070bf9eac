package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// Magic is what a Parquet file begins with.
const Magic = "PAR1"

// Limits bound what a file may cost.
type Limits struct {
	Held int64 // bytes of memory that the pages of one row group may take together
}

// Open returns the rows of a Parquet file as JSON, one on a line.
func Open(at io.ReaderAt, size int64, limits Limits) (r io.Reader, err error) {
	defer recovered(&err)
	if err := checkFooter(at, size, limits); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(4<<10))
	if err != nil {
		return nil, err
	}
	all := &reader{file: f, guard: guard{at: at, size: size, held: limits.Held}, batch: make([]parquet.Row, 16)}
	all.root, err = treeOf(f.Root())
	if err != nil {
		return nil, err
	}
	all.root.eachLeaf(f.Root(), func(c *parquet.Column) { all.leaves = append(all.leaves, c) })
	all.columns = make([][]parquet.Value, len(all.leaves))
	return all, nil
}

// footerShare is how much of what may be held a footer may take: in memory it is some hundred times as large.
const footerShare = 64

// checkFooter looks at a file's metadata before the library believes it.
func checkFooter(at io.ReaderAt, size int64, limits Limits) error {
	var tail [8]byte
	if size < 12 {
		return io.ErrUnexpectedEOF
	}
	if _, err := at.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != Magic {
		return fmt.Errorf("no footer: %w", io.ErrUnexpectedEOF)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-12 {
		return errThrift
	}
	if n > max(limits.Held/footerShare, 256<<10) {
		return fmt.Errorf("metadata of %d bytes: more than may be held", n)
	}
	footer := make([]byte, n)
	if _, err := at.ReadAt(footer, size-8-n); err != nil {
		return err
	}
	_, err := skim(footer)
	return err
}

// reader implements io.Reader.
type reader struct {
	file    *parquet.File
	guard   guard
	root    *node
	leaves  []*parquet.Column
	group   int          // of the row group that comes next
	rows    parquet.Rows // of the current; nil: none
	left    int64        // rows that it still has
	batch   []parquet.Row
	columns [][]parquet.Value // of one row
	out     []byte            // lines
	at      int               // of out, that were given
	err     error
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (n int, err error) {
	defer recovered(&err)
	for r.at == len(r.out) {
		if r.err != nil {
			return 0, r.err
		}
		r.out, r.at = r.out[:0], 0
		if r.err = r.more(); r.err != nil && r.rows != nil {
			r.rows.Close()
			r.rows = nil
		}
	}
	n = copy(p, r.out[r.at:])
	r.at += n
	return n, nil
}

var errRows = errors.New("row group with fewer rows than it says")

// more reads some rows, and makes lines of them.
func (r *reader) more() error {
	if r.rows == nil {
		groups := r.file.RowGroups()
		if r.group == len(groups) {
			return io.EOF
		}
		if err := r.guard.rowGroup(&r.file.Metadata().RowGroups[r.group], r.leaves); err != nil {
			return fmt.Errorf("row group %d: %w", r.group, err)
		}
		r.rows, r.left = groups[r.group].Rows(), groups[r.group].NumRows()
		r.group++
	}
	n, err := r.rows.ReadRows(r.batch)
	for _, row := range r.batch[:n] {
		r.line(row)
	}
	r.left -= int64(n)
	switch {
	case err == io.EOF, err == nil && n == 0:
		if r.left > 0 {
			return errRows
		}
		err = r.rows.Close()
		r.rows = nil
	}
	return err
}

func (r *reader) line(row parquet.Row) {
	clear(r.columns)
	row.Range(func(column int, values []parquet.Value) bool {
		r.columns[column] = values
		return true
	})
	r.out = append(r.root.group(r.out, r.columns), '\n')
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("malformed: %v", p)
	}
}
