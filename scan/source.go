package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// sources are the evidence roots of a run, opened so that no path and no link
// inside them leads out.
type sources struct {
	roots  []*os.Root
	table  *table
	limits Limits
	dir    string    // of the run, where standard input is kept, and large directories are sorted
	share  int64     // bytes of memory for one of these
	stdin  io.Reader // nil: there is none
	// found is told of each regular file before it is added, and adds it, together with
	// the members that it has if it is a container. nil: files are added as they are.
	found func(ctx context.Context, root *os.Root, l listed) error
}

// Listing is what the walk found, before anything was read.
type Listing struct {
	Objects int64
	Bytes   int64     // stored; of a container, those of its members
	Newest  time.Time // the latest time of delivery that an object's name gives; zero: none does
}

// Plausible returns the time after which no event of the evidence can lie: a day
// after the last delivery that a name tells of. It is zero where no name does.
func (l Listing) Plausible() time.Time {
	if l.Newest.IsZero() {
		return l.Newest
	}
	return l.Newest.Add(24 * time.Hour)
}

// list walks the paths in the order given, each in lexical order, and gives
// every file an ordinal. A link, a device or whatever else is not a regular file
// gets one too, with the reason why it will not be read.
func (s *sources) list(ctx context.Context, paths []string, l *Listing) error {
	for _, path := range paths {
		if err := s.walk(ctx, path, l); err != nil {
			return fmt.Errorf("evidence %s: %w", path, err)
		}
	}
	return s.table.filled()
}

// See counts an object.
func (l *Listing) See(path string, size int64) {
	l.Objects++
	l.Bytes += size
	if n, ok := ParseObjectName(path); ok && n.Delivered.After(l.Newest) {
		l.Newest = n.Delivered
	}
}

// Stdin is the label of standard input, and its object's path.
const Stdin = "stdin"

func (s *sources) walk(ctx context.Context, path string, l *Listing) error {
	if path == "-" {
		kept, err := s.keepStdin(ctx)
		if err != nil {
			return err
		}
		path = kept
	}
	i := len(s.roots)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	s.table.labels = append(s.table.labels, label(shown(filepath.Base(abs)), s.table.labels))
	dir := path
	if !info.IsDir() {
		dir = filepath.Dir(abs)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	s.roots = append(s.roots, root)
	add := func(name string, size int64, reason string) error {
		o := listed{source: i, size: size, reason: reason, path: name}
		l.See(name, size)
		if s.found != nil && o.mayContain() {
			return s.found(ctx, root, o)
		}
		return s.table.add(o)
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return add(filepath.Base(abs), 0, unpack.Irregular(info.Mode()))
		}
		return add(filepath.Base(abs), info.Size(), "")
	}
	return s.walkDir(ctx, root, ".", 0, add)
}

// keepStdin copies standard input, as it is, into a file of the run, since evidence is
// read more than once. The file goes with the run's directory.
func (s *sources) keepStdin(ctx context.Context) (path string, err error) {
	if s.stdin == nil {
		return "", errors.New("there is no standard input")
	}
	dir := filepath.Join(s.dir, "input")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err // of its second time, too
	}
	path = filepath.Join(dir, Stdin)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, &cancelled{ctx, s.stdin})
	return path, errors.Join(err, f.Close())
}

// reasonOf puts an error into words for the manifest. It leaves out the path,
// which is that of the machine; the manifest has the object's own.
func reasonOf(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Op + ": " + path.Err.Error()
	}
	return err.Error()
}

// An opener opens objects for one goroutine. It keeps the directory of the last
// one open: below a trail's bucket a path has ten parts, and a directory's
// objects come one after the other.
type opener struct {
	s       *sources
	dir     *os.Root // nil: none is kept
	source  int
	path    string             // of dir
	vessels [maxLevels]*vessel // containers that are open, by how many are around them
}

// open opens an object for reading only. What is a container's member is valid until
// the next call.
func (o *opener) open(l listed) (f io.ReadCloser, err error) {
	if l.member == nil {
		return o.file(l)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	v, err := o.vessel(l.member.container)
	if err != nil {
		return nil, err
	}
	r, err := v.open(&l.member.at)
	return io.NopCloser(guarded{r}), err
}

// guarded is a reader of unpacked bytes, whose panics are errors.
type guarded struct{ r io.Reader }

func (g guarded) Read(p []byte) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, fmt.Errorf("panic: %v", p)
		}
	}()
	return g.r.Read(p)
}

// file opens a file.
func (o *opener) file(l listed) (*os.File, error) {
	root, name := o.s.roots[l.source], l.path
	if at := strings.LastIndexByte(name, '/'); at > 0 {
		if err := o.enter(l.source, name[:at]); err != nil {
			return nil, err
		}
		root, name = o.dir, name[at+1:]
	}
	return OpenRegular(root, name)
}

// enter makes path the directory that is kept open.
func (o *opener) enter(source int, path string) error {
	if o.dir != nil && o.source == source && o.path == path {
		return nil
	}
	if err := o.closeDir(); err != nil {
		return err
	}
	dir, err := o.s.roots[source].OpenRoot(filepath.FromSlash(path))
	if err == nil {
		o.dir, o.source, o.path = dir, source, path
	}
	return err
}

func (o *opener) close() error { return errors.Join(o.leave(0), o.closeDir()) }

func (o *opener) closeDir() error {
	if o.dir == nil {
		return nil
	}
	dir := o.dir
	o.dir = nil
	return dir.Close()
}

func (s *sources) close() error {
	var errs []error
	for _, r := range s.roots {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	return errors.Join(errs...)
}

// Outside reports an error if dir lies inside one of the evidence roots, or is
// one of them, links resolved. dir need not exist yet.
func Outside(dir string, roots []string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			at = real
			break
		}
		at = filepath.Dir(at)
	}
	for {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		for _, root := range roots {
			if r, err := os.Stat(root); err == nil && r.IsDir() && os.SameFile(info, r) {
				return fmt.Errorf("%s lies inside the evidence %s, which is never written to", dir, root)
			}
		}
		up := filepath.Dir(at)
		if up == at {
			return nil
		}
		at = up
	}
}
