package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// caseFile opens a file of the case. A case may come from somebody else: a pipe in it would be waited
// for, and a link lead out of it.
func (b *browser) caseFile(name string) (*os.File, error) {
	path := filepath.Join(b.Dir, name)
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		var known *fs.PathError
		if errors.As(err, &known) {
			err = known.Err
		}
		return nil, fmt.Errorf("case %s: %s: %w", b.Name, name, err)
	}
	return f, nil
}

// follow makes pages of the case as it is: hunt, mark and verify may add to it while it is served.
func (b *browser) follow() error {
	if b.Store == nil {
		return nil // the list of cases
	}
	return b.Store.Follow()
}

// state tells apart what the case's report and findings were when something was made of them.
func (b *browser) state() string {
	var s string
	for _, name := range [...]string{reportName, findingsName} {
		if info, err := os.Lstat(filepath.Join(b.Dir, name)); err == nil {
			s += fmt.Sprintf("%d %d ", info.ModTime().UnixNano(), info.Size())
		}
	}
	return s
}

// reportName is the case's report for programs.
const reportName = "report.json"

// maxReport bounds report.json, whose tables are bounded: it has some MB at most.
const maxReport = 256 << 20

// readJSON reads a file of the case that is one JSON value.
func (b *browser) readJSON(name string, v any) error {
	f, err := b.caseFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, maxReport)).Decode(v); err != nil {
		return fmt.Errorf("case %s: %s: %w", b.Name, name, err)
	}
	return nil
}

// lineStride is how many lines of a file lie between two that a lineIndex knows.
const lineStride = 64

// A lineIndex knows where lines of a file of the case begin, so that a page can
// begin anywhere in it.
type lineIndex struct {
	starts []int64 // of each lineStride-th line
	lines  uint64
}

// index reads the file once and keeps eight bytes for each lineStride lines.
func (b *browser) index(ctx context.Context, name string) (*lineIndex, error) {
	f, err := b.caseFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x := &lineIndex{starts: []int64{0}}
	buffer := make([]byte, 256<<10)
	at, last := int64(0), byte('\n')
	for {
		n, err := f.Read(buffer)
		for from := 0; from < n; {
			i := bytes.IndexByte(buffer[from:n], '\n')
			if i < 0 {
				break
			}
			from += i + 1
			if x.lines++; x.lines%lineStride == 0 {
				x.starts = append(x.starts, at+int64(from))
			}
		}
		if n > 0 {
			at, last = at+int64(n), buffer[n-1]
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("case %s: %s: %w", b.Name, name, err)
		}
	}
	if last != '\n' {
		x.lines++
	}
	return x, nil
}

// maxLine bounds a line that is shown, in bytes.
const maxLine = 16 << 20

// lines walks over the lines of a file of the case.
func (b *browser) lines(name string, x *lineIndex) pageWalk[[]byte] {
	return func(ctx context.Context, from, to uint64, yield func(uint64, []byte) error) error {
		f, err := b.caseFile(name)
		if err != nil {
			return err
		}
		defer f.Close()
		start := min(from/lineStride, uint64(len(x.starts))-1)
		if _, err := f.Seek(x.starts[start], io.SeekStart); err != nil {
			return fmt.Errorf("case %s: %s: %w", b.Name, name, err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 64<<10), maxLine)
		for n := start * lineStride; n < min(to, x.lines) && lines.Scan(); n++ {
			if n < from {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := yield(n, lines.Bytes()); err != nil {
				return err
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("case %s: %s: %w", b.Name, name, err)
		}
		return nil
	}
}
