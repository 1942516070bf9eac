package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/coldtrail/coldtrail/report/query"
)

// A result is the result of a query, in a file that is the CSV which Athena stores:
// a header, every value in quotes, NULL as nothing at all.
type result struct {
	columns []query.Column
	notes   []string
	name    string // of the file
	size    int64
	rows    int64
	places  []int64 // where each stride of rows begins
	modTime time.Time
}

// stride is how many rows lie between two places.
const stride = 100

// writeResult reads rows to their end. A result of more than limit bytes is an error.
func writeResult(ctx context.Context, dir string, rows rows, limit int64) (*result, error) {
	f, err := os.CreateTemp(dir, "result-*.csv")
	if err != nil {
		return nil, fmt.Errorf("result: %w", pathless(err))
	}
	res := &result{columns: rows.Columns(), notes: rows.Notes(), name: f.Name()}
	w := &resultWriter{result: res, w: bufio.NewWriterSize(f, 64<<10), limit: limit}
	err = w.all(ctx, rows)
	if err == nil {
		if err = w.w.Flush(); err != nil {
			err = fmt.Errorf("result: %w", pathless(err))
		}
	}
	if info, serr := f.Stat(); serr == nil {
		res.modTime = info.ModTime()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		res.remove()
		return nil, err
	}
	return res, nil
}

// A resultWriter writes a result's file.
type resultWriter struct {
	*result
	w          *bufio.Writer
	limit      int64
	line, text []byte
}

func (w *resultWriter) all(ctx context.Context, rows rows) error {
	for i, c := range w.columns {
		w.field(i, c.Name)
	}
	err := w.endLine()
	for err == nil && rows.Next() {
		if w.rows%stride == 0 {
			w.places = append(w.places, w.size)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		w.rows++
		for i, v := range rows.Values() {
			w.field(i, v)
		}
		err = w.endLine()
	}
	if err == nil {
		err = rows.Err()
	}
	return err
}

// field adds a value as the i-th field of the line.
func (w *resultWriter) field(i int, v any) {
	if i > 0 {
		w.line = append(w.line, ',')
	}
	if v == nil {
		return
	}
	w.text = query.AppendText(w.text[:0], v)
	w.line = append(w.line, '"')
	for _, c := range w.text {
		if c == '"' {
			w.line = append(w.line, '"')
		}
		w.line = append(w.line, c)
	}
	w.line = append(w.line, '"')
}

func (w *resultWriter) endLine() error {
	w.line = append(w.line, '\n')
	if w.size += int64(len(w.line)); w.size > w.limit {
		return fmt.Errorf("the result has more than %d bytes, with row %d: ask for less", w.limit, w.rows)
	}
	_, err := w.w.Write(w.line)
	w.line = w.line[:0]
	if err != nil {
		return fmt.Errorf("result: %w", pathless(err))
	}
	return nil
}

func (res *result) remove() { _ = os.Remove(res.name) } // else the directory's end does

// errDropped is what became of a result that is not there any more.
var errDropped = errors.New("the result was dropped, because newer ones took its place: run the query again")

// page returns at most n rows from a row on, and fewer where they are long: nil is NULL.
func (res *result) page(from int64, n int) (page [][]*string, err error) {
	if from >= res.rows || n <= 0 {
		return nil, nil
	}
	f, err := os.Open(res.name)
	if err != nil {
		return nil, errDropped
	}
	defer f.Close()
	if _, err := f.Seek(res.places[from/stride], io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 64<<10)
	var bytes int
	for i := from - from%stride; i < res.rows && len(page) < n && bytes < pageBytes; i++ {
		row, size, err := readRow(r, len(res.columns))
		if err != nil {
			return nil, fmt.Errorf("result: row %d: %w", i, err)
		}
		if i >= from {
			page = append(page, row)
			bytes += size
		}
	}
	return page, nil
}

// pageBytes bounds the text of a page, but for its last row.
const pageBytes = 16 << 20

var errRow = errors.New("damaged")

// readRow reads a line of a result's file.
func readRow(r *bufio.Reader, columns int) (row []*string, size int, err error) {
	var b []byte
	for i := range columns {
		c, err := r.ReadByte()
		if err != nil {
			return nil, 0, err
		}
		if c != '"' { // NULL, and c is what follows it
			row = append(row, nil)
		} else {
			b = b[:0]
			for {
				text, err := r.ReadSlice('"')
				b = append(b, text...)
				if errors.Is(err, bufio.ErrBufferFull) {
					continue
				} else if err != nil {
					return nil, 0, err
				}
				if c, err = r.ReadByte(); err != nil {
					return nil, 0, err
				}
				if c != '"' {
					break
				}
			}
			s := string(b[:len(b)-1])
			size += len(s)
			row = append(row, &s)
		}
		if end := i == columns-1; end && c != '\n' || !end && c != ',' {
			return nil, 0, errRow
		}
	}
	if columns == 0 {
		_, err = r.ReadByte()
	}
	return row, size, err
}
