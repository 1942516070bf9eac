package scan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// Evidence is opened here and nowhere else: for reading only, below a root that no
// link leads out of, without waiting, and without a trace where the system allows that.

// OpenRegular opens a regular file of the evidence for reading. The name has forward
// slashes. What is no regular file is not read, and nobody waits for a writer, should a
// file have become a pipe since it was looked at. On Linux the time of its last access
// stays as it is if the file is ours to ask that of.
func OpenRegular(root *os.Root, name string) (*os.File, error) {
	f, err := openQuietly(root, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(unpack.Irregular(info.Mode()))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openQuietly opens whatever has that name.
func openQuietly(root *os.Root, name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	f, err := root.OpenFile(name, os.O_RDONLY|nonBlocking|quietly, 0)
	if quietly != 0 && errors.Is(err, fs.ErrPermission) { // perhaps it is the quiet that is not permitted
		return root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	}
	return f, err
}

// ReadDir lists a directory of the evidence by name. As OpenRegular does, it leaves the
// time of the last access as it is.
func ReadDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	f, err := openQuietly(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
