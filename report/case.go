package report

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// A Case is a case directory that is being written. Everything goes into a
// temporary sibling of the directory, which Settle renames to its final name:
// a case that has its name is complete and on disk.
//
// File may be called by many goroutines only for different names; Settle and
// Abort are for the one goroutine that owns the case.
type Case struct {
	dir   string // final name, absolute
	tmp   string // "" once settled or aborted
	force bool
}

// Create makes the temporary directory of a case that will be called dir. The
// parent of dir must exist. Without force an existing dir is an error; with
// force it must be a directory, which Settle renames aside.
func Create(dir string, force bool) (*Case, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", dir, err)
	}
	if err := vacant(abs, force); err != nil {
		return nil, fmt.Errorf("case %s: %w", dir, err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(abs), "."+filepath.Base(abs)+".tmp-")
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", dir, err)
	}
	return &Case{dir: abs, tmp: tmp, force: force}, nil
}

// vacant says why a case may not take the name dir.
func vacant(dir string, force bool) error {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return errors.New("exists and is not a directory; it is left as it is")
	case !force:
		return errors.New("directory exists and is never overwritten: choose another name, or use --force to rename it aside")
	}
	return nil
}

// Path returns the path of a file of the case while it is being written, for
// writers that open their files themselves. Its mode must be 0600.
func (c *Case) Path(name string) string { return filepath.Join(c.tmp, filepath.FromSlash(name)) }

// File creates a file of the case. The name is relative to the case, with
// forward slashes; its directories are made where they are missing.
func (c *Case) File(name string) (*File, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("case file %q: not a name inside the case", name)
	}
	path := c.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("case file %s: %w", name, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("case file %s: %w", name, err)
	}
	return &File{name: name, f: f, Writer: bufio.NewWriterSize(f, 256<<10)}, nil
}

// A File is a file of a case, written through a buffer. Errors are sticky:
// Close reports the first one.
type File struct {
	*bufio.Writer
	name string
	f    *os.File
}

// Close flushes and closes the file. Settle brings it to the disk.
func (f *File) Close() error {
	err := f.Flush()
	if cerr := f.f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("case file %s: %w", f.name, err)
	}
	return nil
}

// Settle brings every file and directory of the case to the disk and gives the
// case its name. Where force let it rename an older case aside, it returns that
// one's new name, which is dir + ".old-N". After an error before the renaming
// everything is as it was, and Abort removes what was written.
func (c *Case) Settle() (aside string, err error) {
	if c.tmp == "" {
		return "", errors.New("case: settled or aborted before")
	}
	if err := syncTree(c.tmp); err != nil {
		return "", fmt.Errorf("case %s: %w", c.dir, err)
	}
	if err := vacant(c.dir, c.force); err != nil {
		return "", fmt.Errorf("case %s: %w", c.dir, err)
	}
	if _, err := os.Lstat(c.dir); err == nil {
		if aside, err = renameAside(c.dir); err != nil {
			return "", fmt.Errorf("case %s: %w", c.dir, err)
		}
	}
	// os.Rename refuses a directory that appeared in the meantime, even an
	// empty one, which rename(2) would replace.
	if err := os.Rename(c.tmp, c.dir); err != nil {
		if aside != "" {
			err = errors.Join(err, os.Rename(aside, c.dir))
		}
		return "", fmt.Errorf("case %s: %w", c.dir, err)
	}
	c.tmp = ""
	return aside, syncPath(filepath.Dir(c.dir), true)
}

// Abort removes what was written. After Settle it does nothing, so that it can
// be deferred.
func (c *Case) Abort() error {
	if c.tmp == "" {
		return nil
	}
	tmp := c.tmp
	c.tmp = ""
	if err := os.RemoveAll(tmp); err != nil {
		return fmt.Errorf("case %s: %w", c.dir, err)
	}
	return nil
}

// renameAside gives dir the first free name dir.old-1, dir.old-2, ….
func renameAside(dir string) (string, error) {
	for n := 1; ; n++ {
		name := dir + ".old-" + strconv.Itoa(n)
		if _, err := os.Lstat(name); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return name, os.Rename(dir, name)
	}
}

// syncTree brings every file below root to the disk, then the directories that
// name them.
func syncTree(root string) error {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			dirs = append(dirs, path)
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s: not a regular file", path)
		}
		return syncPath(path, false)
	})
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		err = syncPath(dirs[i], true)
	}
	return err
}

func syncPath(path string, dir bool) error {
	flag := os.O_RDWR // Windows flushes only what is open for writing
	if dir {
		if runtime.GOOS == "windows" {
			return nil // has no fsync of directories
		}
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
