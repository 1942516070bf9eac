package scan

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// The walk meets the entries of a directory by name. A directory may have millions: those
// of a large one are sorted on disk, not held.

// An entry of a directory.
type dirEntry struct {
	name string
	mode fs.FileMode
	size int64
	err  error // why nothing is known of it; of the directory, if there is no name
}

const (
	heldEntries = 2048 // of each directory from the root to where the walk is
	readEntries = 512  // at once
	maxDepth    = 512  // of directories: a key in S3, of 1024 bytes, has no more; each level is opened from the root
)

// walkDir adds what lies below a directory, which has so many above it.
func (s *sources) walkDir(ctx context.Context, root *os.Root, dir string, depth int, add func(name string, size int64, reason string) error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if depth > maxDepth {
		return add(dir, 0, fmt.Sprintf("a directory below %d others: not read", maxDepth))
	}
	return s.entries(root, dir, func(e *dirEntry) error {
		name := path.Join(dir, e.name) // of the directory itself, if it has none
		switch {
		case e.err != nil: // it cannot be read, or has vanished
			return add(name, 0, reasonOf(e.err))
		case e.mode.IsDir():
			return s.walkDir(ctx, root, name, depth+1, add)
		case !e.mode.IsRegular():
			return add(name, 0, unpack.Irregular(e.mode))
		}
		return add(name, e.size, "")
	})
}

// entries yields a directory's entries by name, behind what is wrong with it.
func (s *sources) entries(root *os.Root, dir string, yield func(*dirEntry) error) error {
	f, err := openQuietly(root, dir)
	if err != nil {
		return yield(&dirEntry{err: err})
	}
	held, end := readEntriesOf(f, nil)
	if end == nil { // there are more
		return s.manyEntries(f, held, yield)
	}
	f.Close()
	if end != io.EOF {
		if err := yield(&dirEntry{err: end}); err != nil {
			return err
		}
	}
	slices.SortFunc(held, func(a, b dirEntry) int { return strings.Compare(a.name, b.name) })
	for i := range held {
		if err := yield(&held[i]); err != nil {
			return err
		}
	}
	return nil
}

// readEntriesOf appends entries until there are as many as may be held. The error is
// io.EOF if these are all.
func readEntriesOf(f *os.File, held []dirEntry) ([]dirEntry, error) {
	for len(held) < heldEntries {
		batch, err := f.ReadDir(readEntries)
		for _, d := range batch {
			e := dirEntry{name: d.Name(), mode: d.Type()}
			if info, err := d.Info(); err != nil {
				e.err = err
			} else {
				e.size = info.Size()
			}
			held = append(held, e)
		}
		if err != nil {
			return held, err
		}
	}
	return held, nil
}

// manyEntries sorts the entries of a large directory, of which some were read, and closes it.
func (s *sources) manyEntries(f *os.File, held []dirEntry, yield func(*dirEntry) error) error {
	sorter := extsort.New(extsort.Config{Dir: s.dir, Memory: s.share, Writers: 1, MaxRuns: 32})
	defer sorter.Close()
	w := sorter.NewWriter()
	var end, failed error
	for {
		for i := range held {
			if failed == nil {
				failed = w.Add([]byte(held[i].name), held[i].append(nil))
			}
		}
		if end != nil || failed != nil {
			break
		}
		held, end = readEntriesOf(f, held[:0])
	}
	f.Close()
	if err := errors.Join(failed, w.Close()); err != nil {
		return err
	}
	if end != io.EOF {
		if err := yield(&dirEntry{err: end}); err != nil {
			return err
		}
	}
	it, err := sorter.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		e := decodeEntry(it.Key(), it.Value())
		if err := yield(&e); err != nil {
			return err
		}
	}
	return it.Err()
}

// append appends all but the name.
func (e *dirEntry) append(dst []byte) []byte {
	dst = binary.AppendVarint(binary.AppendUvarint(dst, uint64(e.mode)), e.size)
	if e.err != nil {
		dst = append(dst, reasonOf(e.err)...)
	}
	return dst
}

// decodeEntry reads what append wrote.
func decodeEntry(name, b []byte) dirEntry {
	mode, n := binary.Uvarint(b)
	size, m := binary.Varint(b[n:])
	e := dirEntry{name: string(name), mode: fs.FileMode(mode), size: size}
	if len(b) > n+m {
		e.err = errors.New(string(b[n+m:]))
	}
	return e
}
