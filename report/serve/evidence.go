package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// evidence opens what --evidence names, for reading only. It is safe for use by many goroutines.
type evidence struct {
	paths report.Evidence

	mu    sync.Mutex
	roots map[string]*source // by label
}

// A source is a source of the case, open. No name leads out of it, and no link is followed.
type source struct {
	root *os.Root
	only string // the one file that the source is; "": it is a directory

	digests sync.Mutex // held while a digest is read
}

// open opens a source by its label; nil: nobody said where it lies.
func (e *evidence) open(label string) (*source, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.roots[label]; s != nil {
		return s, nil
	}
	where, ok := e.paths[label]
	if !ok {
		if where, ok = e.paths[""]; !ok { // a path that was given without a label
			return nil, nil
		}
	}
	info, err := os.Stat(where)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", label, pathless(err))
	}
	s := &source{}
	if !info.IsDir() {
		where, s.only = filepath.Dir(where), filepath.Base(where)
	}
	if s.root, err = os.OpenRoot(where); err != nil {
		return nil, fmt.Errorf("source %s: %w", label, pathless(err))
	}
	if e.roots == nil {
		e.roots = map[string]*source{}
	}
	e.roots[label] = s
	return s, nil
}

func (e *evidence) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, s := range e.roots {
		errs = append(errs, s.root.Close())
	}
	e.roots = nil
	return errors.Join(errs...)
}

// pathless returns an error without the path, which is this machine's affair.
func pathless(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// errNoFile is what has no regular file under a name, or one that only a link leads to.
var errNoFile = errors.New("no such object")

// has reports as an error that there is no regular file of that name, which has forward slashes.
func (s *source) has(name string) error {
	if !fs.ValidPath(name) || strings.IndexByte(name, 0) >= 0 || longElement(name) || !filepath.IsLocal(filepath.FromSlash(name)) || filepath.Separator != '/' && strings.ContainsRune(name, filepath.Separator) {
		return errNoFile
	}
	if s.only != "" && name != s.only {
		return errNoFile
	}
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		if info, err := s.root.Lstat(filepath.FromSlash(name[:i])); err != nil || !info.IsDir() {
			return errNoFile
		}
	}
	info, err := s.root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !info.Mode().IsRegular():
		return errNoFile
	case err != nil:
		return pathless(err)
	}
	return nil
}

// longElement reports whether a name has an element that is longer than file systems let it be.
func longElement(name string) bool {
	for element := range strings.SplitSeq(name, "/") {
		if len(element) > 255 {
			return true
		}
	}
	return len(name) > 4000
}

// file opens a file.
func (s *source) file(name string) (*os.File, fs.FileInfo, error) {
	if err := s.has(name); err != nil {
		return nil, nil, err
	}
	f, err := scan.OpenRegular(s.root, name)
	if err != nil {
		return nil, nil, pathless(err)
	}
	info, err := f.Stat() // of what was opened
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// A walk goes through the files of a source in the order of S3: by the bytes of
// their whole names.
type walk struct {
	*source
	prefix string // only names that begin with it
	after  string // only names that are greater
	skip   string // names that begin with it are left out; "": none. yield may set it
	yield  func(name string, info fs.FileInfo) error
}

// errStop ends a walk early.
var errStop = errors.New("enough")

func (w *walk) run(ctx context.Context) error {
	var err error
	if w.only != "" {
		err = w.visit(w.only)
	} else {
		err = w.directory(ctx, "")
	}
	if errors.Is(err, errStop) {
		err = nil
	}
	return err
}

// directory walks a directory, whose name is "" or ends in a slash.
func (w *walk) directory(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	names, err := w.names(dir)
	if err != nil {
		return fmt.Errorf("directory %s: %w", dir, pathless(err))
	}
	for _, name := range names {
		name = dir + name
		if w.skip != "" && strings.HasPrefix(name, w.skip) {
			continue
		}
		if !strings.HasSuffix(name, "/") {
			if err := w.visit(name); err != nil {
				return err
			}
			continue
		}
		within := strings.HasPrefix(name, w.prefix) || strings.HasPrefix(w.prefix, name)
		if !within || name <= w.after && !strings.HasPrefix(w.after, name) {
			continue
		}
		if err := w.directory(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) visit(name string) error {
	if !strings.HasPrefix(name, w.prefix) || name <= w.after {
		return nil
	}
	info, err := w.root.Lstat(filepath.FromSlash(name))
	if err != nil || !info.Mode().IsRegular() { // gone since
		return nil
	}
	return w.yield(name, info)
}

// names lists a directory's files and, with a slash behind them, its directories.
func (w *walk) names(dir string) ([]string, error) {
	entries, err := scan.ReadDir(w.root, path.Join(".", dir))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		switch {
		case e.IsDir():
			names = append(names, e.Name()+"/")
		case e.Type().IsRegular():
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
