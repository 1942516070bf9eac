package report

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// A sqliteFile writes a database of SQLite, by its "Database File Format": tables only, each written once from
// its first row to its last. Pages come one after another; the first one, which leads to the tables, at the end.
type sqliteFile struct {
	f      *os.File
	w      io.Writer // of the pages from the second on
	pages  uint32    // how many there are, the first one too
	schema []sqliteTable
	buf    [sqlitePage]byte
}

// sqlitePage is the size of a page. In 16 KiB nearly every record has room without a chain of further pages.
const sqlitePage = 16 << 10

// What a cell has in its page, of a payload that is too long for it.
const (
	sqliteMaxLocal = sqlitePage - 35
	sqliteMinLocal = (sqlitePage-12)*32/255 - 23
)

type sqliteTable struct {
	name, columns string
	root          uint32
}

func newSQLiteFile(f *os.File, w io.Writer) (*sqliteFile, error) {
	s := &sqliteFile{f: f, w: w, pages: 1}
	_, err := w.Write(s.buf[:]) // in the place of the first page
	return s, err
}

// write writes the page in buf, and returns its number.
func (s *sqliteFile) write() (uint32, error) {
	if s.pages == 1<<32-2 {
		return 0, fmt.Errorf("a database has at most %d pages", s.pages)
	}
	s.pages++
	_, err := s.w.Write(s.buf[:])
	clear(s.buf[:])
	return s.pages, err
}

// finish writes the first page.
func (s *sqliteFile) finish() error {
	leaf := sqliteLeaf{file: s, header: 100}
	for i, t := range s.schema {
		sql := "CREATE TABLE " + t.name + " (" + t.columns + ")"
		cell := sqliteCell(int64(i+1), sqliteRow(nil, "table", t.name, t.name, int64(t.root), sql), nil)
		if !leaf.fits(cell) {
			return fmt.Errorf("the tables' names take more than a page of %d bytes", sqlitePage)
		}
		leaf.add(cell)
	}
	leaf.fill(s.buf[:])
	b := s.buf[:100]
	copy(b, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(b[16:], sqlitePage)
	copy(b[18:], []byte{1, 1, 0, 64, 32, 32}) // no write-ahead log, no reserved bytes; the rest is fixed
	for at, n := range map[int]uint32{
		24: 1, 28: s.pages, 40: 1, 44: 4, 56: 1, // changes, pages, schema's version, its format, UTF-8
		92: 1, 96: 3_046_000, // for which number of changes the following version of SQLite is said
	} {
		binary.BigEndian.PutUint32(b[at:], n)
	}
	_, err := s.f.WriteAt(s.buf[:], 0)
	return err
}

// A sqliteRows writes the rows of a table: leaves as they are full, and above them what leads to them.
type sqliteRows struct {
	file   *sqliteFile
	table  sqliteTable
	last   int64 // the ID of the last row
	leaf   sqliteLeaf
	levels [][]sqliteChild // of pages that wait for their parent's
	row    []byte
}

type sqliteChild struct {
	page uint32
	last int64
}

func (s *sqliteFile) table(name, columns string) *sqliteRows {
	return &sqliteRows{file: s, table: sqliteTable{name: name, columns: columns}, leaf: sqliteLeaf{file: s}}
}

// add adds a row: strings and byte slices are texts, integers numbers, and nil NULL. IDs rise.
func (t *sqliteRows) add(id int64, values ...any) error {
	t.row = sqliteRow(t.row[:0], values...)
	local, chain, err := t.file.overflow(t.row)
	if err != nil {
		return err
	}
	cell := sqliteCell(id, t.row, chain)
	if chain != nil {
		cell = sqliteLongCell(id, len(t.row), t.row[:local], chain)
	}
	if !t.leaf.fits(cell) {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.leaf.add(cell)
	t.last = id
	return nil
}

func (t *sqliteRows) flush() error {
	t.leaf.fill(t.file.buf[:])
	page, err := t.file.write()
	if err != nil {
		return err
	}
	return t.rise(0, sqliteChild{page, t.last})
}

// rise hands a page that is written to the one above it, of which there may be none yet.
func (t *sqliteRows) rise(level int, c sqliteChild) error {
	if level == len(t.levels) {
		t.levels = append(t.levels, nil)
	}
	const room = (sqlitePage - 12) / (2 + 4 + 9) // at most so much takes one: pointer, page, key
	if len(t.levels[level]) == room {
		if err := t.interior(level); err != nil {
			return err
		}
	}
	t.levels[level] = append(t.levels[level], c)
	return nil
}

// interior writes the page of those that wait at a level.
func (t *sqliteRows) interior(level int) error {
	all := t.levels[level]
	b := t.file.buf[:]
	b[0] = 5
	at := sqlitePage
	for i, c := range all[:len(all)-1] {
		cell := sqliteVarint(binary.BigEndian.AppendUint32(nil, c.page), uint64(c.last))
		at -= len(cell)
		copy(b[at:], cell)
		binary.BigEndian.PutUint16(b[12+2*i:], uint16(at))
	}
	binary.BigEndian.PutUint16(b[3:], uint16(len(all)-1))
	binary.BigEndian.PutUint16(b[5:], uint16(at))
	last := all[len(all)-1]
	binary.BigEndian.PutUint32(b[8:], last.page)
	page, err := t.file.write()
	if err != nil {
		return err
	}
	t.levels[level] = all[:0]
	return t.rise(level+1, sqliteChild{page, last.last})
}

// end writes what is left: the table is whole then.
func (t *sqliteRows) end() error {
	if err := t.flush(); err != nil {
		return err
	}
	for level := 0; level < len(t.levels); level++ {
		if level == len(t.levels)-1 && len(t.levels[level]) == 1 {
			t.table.root = t.levels[level][0].page
			break
		}
		if len(t.levels[level]) > 0 {
			if err := t.interior(level); err != nil {
				return err
			}
		}
	}
	t.file.schema = append(t.file.schema, t.table)
	return nil
}

// overflow writes what of a payload has no room in a leaf, and returns how much stays and where the rest begins.
func (s *sqliteFile) overflow(payload []byte) (local int, first []byte, err error) {
	if len(payload) <= sqliteMaxLocal {
		return len(payload), nil, nil
	}
	local = sqliteMinLocal + (len(payload)-sqliteMinLocal)%(sqlitePage-4)
	if local > sqliteMaxLocal {
		local = sqliteMinLocal
	}
	first = binary.BigEndian.AppendUint32(nil, s.pages+1)
	for rest := payload[local:]; len(rest) > 0; {
		n := copy(s.buf[4:], rest)
		if rest = rest[n:]; len(rest) > 0 {
			binary.BigEndian.PutUint32(s.buf[:], s.pages+2)
		}
		if _, err = s.write(); err != nil {
			return 0, nil, err
		}
	}
	return local, first, nil
}

// A sqliteLeaf gathers the cells of a leaf.
type sqliteLeaf struct {
	file   *sqliteFile
	header int // of the file, which stands before the leaf in the first page
	cells  [][]byte
	size   int
}

func (l *sqliteLeaf) fits(cell []byte) bool {
	return l.header+8+l.size+2*(len(l.cells)+1)+len(cell) <= sqlitePage
}

func (l *sqliteLeaf) add(cell []byte) {
	l.cells = append(l.cells, cell)
	l.size += len(cell)
}

// fill writes the leaf into a page, and empties it.
func (l *sqliteLeaf) fill(b []byte) {
	h := b[l.header:]
	h[0] = 13
	at := sqlitePage
	for i, cell := range l.cells {
		at -= len(cell)
		copy(b[at:], cell)
		binary.BigEndian.PutUint16(h[8+2*i:], uint16(at))
	}
	binary.BigEndian.PutUint16(h[3:], uint16(len(l.cells)))
	binary.BigEndian.PutUint16(h[5:], uint16(at))
	l.cells, l.size = l.cells[:0], 0
}

func sqliteCell(id int64, payload, chain []byte) []byte {
	return sqliteLongCell(id, len(payload), payload, chain)
}

// sqliteLongCell is a cell that has the beginning of a payload, and the page where it goes on.
func sqliteLongCell(id int64, size int, local, chain []byte) []byte {
	cell := make([]byte, 0, 18+len(local)+len(chain))
	cell = sqliteVarint(sqliteVarint(cell, uint64(size)), uint64(id))
	return append(append(cell, local...), chain...)
}

// sqliteVarint appends a number in groups of seven bits, the highest first; a ninth byte has eight.
func sqliteVarint(dst []byte, n uint64) []byte {
	if n >= 1<<56 {
		for shift := 57; shift >= 8; shift -= 7 {
			dst = append(dst, byte(n>>shift)|0x80)
		}
		return append(dst, byte(n))
	}
	var b [9]byte
	i := len(b)
	for more := byte(0); ; more = 0x80 {
		i--
		b[i] = byte(n)&0x7f | more
		if n >>= 7; n == 0 {
			return append(dst, b[i:]...)
		}
	}
}

// sqliteRow appends a record: the types of its values, and then these.
func sqliteRow(dst []byte, values ...any) []byte {
	var types, body []byte
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			types = append(types, 0)
		case int64:
			types = append(types, 6)
			body = binary.BigEndian.AppendUint64(body, uint64(v))
		case string:
			types = sqliteVarint(types, uint64(13+2*len(v)))
			body = append(body, v...)
		case []byte:
			types = sqliteVarint(types, uint64(13+2*len(v)))
			body = append(body, v...)
		default:
			panic(fmt.Sprintf("a column of type %T", v))
		}
	}
	header := len(types) + 1 // its own length is part of it
	if header > 0x7f {
		header++
	}
	dst = sqliteVarint(dst, uint64(header))
	return append(append(dst, types...), body...)
}
