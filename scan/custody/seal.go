package custody

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SumsName is the name in a case of the manifest of all its other files, in the form of
// sha256sum. The log has its hash, and so vouches for all.
const SumsName = "outputs.sha256"

// Dir is the directory in a case of what was put beside its log: signed heads, their
// signatures, timestamps. The log itself names them.
const Dir = "custody"

// sealed reports whether a file of a case is one that SumsName lists.
func sealed(path string) bool {
	return path != LogName && path != SumsName && !strings.HasPrefix(path, Dir+"/")
}

// walk calls each for every file of the case but the log, SumsName and what is beside
// the log, in the order of their names.
func walk(dir string, each func(path string, d fs.DirEntry) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !sealed(path) {
			return err
		}
		return each(path, d)
	})
}

// Seal writes SumsName over every file of the case in dir that is there now; of those that are as they were
// when they were hashed ahead, which may be nil, that hash stands. It returns what an entry of the log should
// say of it.
func Seal(ctx context.Context, dir string, ahead *Ahead) (File, error) {
	var list []byte
	count := int64(0)
	err := walk(dir, func(path string, d fs.DirEntry) error {
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s: not a regular file", path)
		}
		sum, known := ahead.of(path, d)
		var err error
		if !known {
			sum, _, err = HashFile(ctx, filepath.Join(dir, filepath.FromSlash(path)))
		}
		list, count = AppendSHA256(list, sum, path), count+1
		return err
	})
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", SumsName, err)
	}
	return writeSums(dir, list, count)
}

// Reseal writes SumsName anew after a command has written the named files, or removed
// them. What it says of the others stays as it was: changing them is none of what
// the command did, and is still found. Of a file that names its hash, that is taken: it is the hash of
// what was written, by whoever wrote it.
func Reseal(ctx context.Context, dir string, changed []File) (File, error) {
	was, err := readSums(dir)
	if err != nil {
		return File{}, err
	}
	for _, f := range changed {
		path, sum := f.Path, f.SHA256
		if !sealed(path) || !filepath.IsLocal(filepath.FromSlash(path)) {
			return File{}, fmt.Errorf("%s: not a file that it lists: %q", SumsName, path)
		}
		if sum == "" {
			sum, _, err = HashFile(ctx, filepath.Join(dir, filepath.FromSlash(path)))
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(was, path)
		case err != nil:
			return File{}, fmt.Errorf("%s: %w", SumsName, err)
		default:
			was[path] = sum
		}
	}
	var list []byte
	for _, path := range sortedPaths(was) {
		list = AppendSHA256(list, was[path], path)
	}
	return writeSums(dir, list, int64(len(was)))
}

// Written returns files of a case of which no more is known than their names.
func Written(paths ...string) (files []File) {
	for _, path := range paths {
		files = append(files, File{Path: path})
	}
	return files
}

// sortedPaths returns the paths in the order of a walk: a directory comes where its name
// does, so that a/b comes before a.b.
func sortedPaths(m map[string]string) []string {
	paths := make([]string, 0, len(m))
	for path := range m {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	return paths
}

// WriteBeside writes a new file into Dir of the case in dir; name begins with Dir. It returns
// what an entry of the log should say of it.
func WriteBeside(dir, name string, content []byte) (File, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	f := File{Path: name, Bytes: int64(len(content)), SHA256: sumOf(content)}
	if err := os.Mkdir(filepath.Join(dir, Dir), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if info, err := os.Lstat(filepath.Join(dir, Dir)); err != nil || !info.IsDir() {
		return f, errors.Join(err, fmt.Errorf("%s: not a directory of the case", Dir))
	}
	if _, err := os.Lstat(path); err == nil {
		return f, fmt.Errorf("%s: exists and is never overwritten", name)
	}
	if err := writeFile(path, content); err != nil {
		return f, err
	}
	return f, errors.Join(syncDir(filepath.Join(dir, Dir)), syncDir(dir))
}

// maxBeside bounds what is read of a file in Dir.
const maxBeside = 4 << 20

// ReadBeside reads a file in Dir of the case in dir.
func ReadBeside(dir, name string) ([]byte, error) {
	f, err := openRegular(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBeside+1))
	if err == nil && len(b) > maxBeside {
		err = fmt.Errorf("%s: larger than %d bytes", name, maxBeside)
	}
	return b, err
}

// writeSums puts the list in the place of the one that is there, whole.
func writeSums(dir string, list []byte, count int64) (File, error) {
	path := filepath.Join(dir, SumsName)
	err := os.Remove(path + ".new") // of a command that was cut off, or a link that somebody put there
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = writeFile(path+".new", list)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	return File{Path: SumsName, Bytes: int64(len(list)), Count: count, SHA256: sumOf(list)}, err
}

// writeFile writes a file that must not be there: not even as a link, which could lead out of the case.
func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// readSums reads SumsName.
func readSums(dir string) (map[string]string, error) {
	f, err := openRegular(filepath.Join(dir, SumsName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, sums := NewManifestReader(f, SumsName), map[string]string{}
	for {
		c, err := m.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		sums[c.Path] = hex.EncodeToString(c.Sums[0].Value)
	}
	if p := m.Problems(); len(p) > 0 {
		return nil, fmt.Errorf("%s: %s", SumsName, p[0])
	}
	return sums, nil
}

// A Problem is what is wrong with a file of a case, or with an object of the evidence.
type Problem struct{ Name, Text string }

// CheckOutputs compares the files of the case in dir with SumsName, and that with what
// the log says of it; only, where it is set, names the files to look at. It returns how
// many files are listed.
func CheckOutputs(ctx context.Context, dir string, log *File, only func(path string) bool, problem func(Problem)) (int64, error) {
	sum, size, err := HashFile(ctx, filepath.Join(dir, SumsName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problem(Problem{SumsName, "missing"})
		return 0, nil
	case err != nil:
		return 0, err
	case log == nil:
		problem(Problem{SumsName, "no entry of the log vouches for it"})
	case sum != log.SHA256 || size != log.Bytes:
		problem(Problem{SumsName, "changed: it is not the one that the log names"})
	}
	sums, err := readSums(dir)
	if err != nil {
		problem(Problem{SumsName, err.Error()})
		return 0, nil
	}
	seen := map[string]bool{}
	err = walk(dir, func(path string, d fs.DirEntry) error {
		want, ok := sums[path]
		seen[path] = true
		switch {
		case only != nil && !only(path):
			return nil
		case !ok:
			problem(Problem{path, "additional: it is not among the case's files"})
			return nil
		case !d.Type().IsRegular():
			problem(Problem{path, "not a regular file any more"})
			return nil
		}
		sum, _, err := HashFile(ctx, filepath.Join(dir, filepath.FromSlash(path)))
		if err == nil && sum != want {
			problem(Problem{path, "changed: its SHA-256 is " + sum + ", and was " + want})
		}
		return err
	})
	for _, path := range sortedPaths(sums) {
		if !seen[path] && (only == nil || only(path)) {
			problem(Problem{path, "missing"})
		}
	}
	return int64(len(sums)), err
}

// HashFile hashes a file, which must be a regular one.
func HashFile(ctx context.Context, path string) (sum string, size int64, err error) {
	f, err := openRegular(path)
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	size, err = io.Copy(h, &cancelled{ctx, f})
	return hex.EncodeToString(h.Sum(nil)), size, errors.Join(err, f.Close())
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// CheckBeside compares what lies in Dir with what the log's entries say of it.
func CheckBeside(ctx context.Context, dir string, log *Summary, problem func(Problem)) error {
	seen := map[string]bool{}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		f, ok := log.Files[path]
		seen[path] = true
		if !ok || !d.Type().IsRegular() {
			problem(Problem{path, "additional: no entry of the log names it"})
			return nil
		}
		sum, _, err := HashFile(ctx, filepath.Join(dir, filepath.FromSlash(path)))
		if err == nil && sum != f.SHA256 {
			problem(Problem{path, "changed: its SHA-256 is " + sum + ", and was " + f.SHA256})
		}
		return err
	})
	for _, path := range slices.Sorted(maps.Keys(log.Files)) {
		if !seen[path] && strings.HasPrefix(path, Dir+"/") {
			problem(Problem{path, "missing"})
		}
	}
	return err
}
