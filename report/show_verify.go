package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// Evidence leads from the labels of a case's sources to the directories or files
// that they stand for on this machine, which the case does not know.
type Evidence map[string]string

// anySource is the label under which the path lies that was given alone and
// without a label: it stands for whatever source is asked for. See Evidence.Of.
const anySource = ""

// ParseEvidence takes values of --evidence, each "SOURCE=PATH" or a path whose last
// element is the label, as analyze labels sources. A path that has a = in it must
// be given with its label.
func ParseEvidence(values []string) (Evidence, error) {
	e := make(Evidence)
	for _, v := range values {
		label, path, ok := strings.Cut(v, "=")
		if !ok {
			abs, err := filepath.Abs(v)
			if err != nil {
				return nil, err
			}
			label, path = filepath.Base(abs), v
			if len(values) == 1 && v != "" {
				e[anySource] = v
			}
		}
		if label == "" || path == "" {
			return nil, fmt.Errorf("evidence %q: neither SOURCE=PATH nor a path", v)
		}
		if other, ok := e[label]; ok && other != path {
			return nil, fmt.Errorf("evidence %s: given as %s and as %s", label, other, path)
		}
		e[label] = path
	}
	return e, nil
}

// Of returns what leads to the sources of a case. A path that was given alone is that of the case's one source, or of the
// source whose label is its name; what is neither is refused, for the evidence would seem to be another than it was.
func (e Evidence) Of(sources []string) (Evidence, error) {
	path, alone := e[anySource]
	if !alone || len(sources) == 1 {
		return e, nil
	}
	own := maps.Clone(e)
	delete(own, anySource)
	for label := range own { // there is one
		if !slices.Contains(sources, label) {
			return nil, fmt.Errorf("evidence %q: the case has the sources %s: say which it is, as SOURCE=PATH", path, strings.Join(sources, ", "))
		}
	}
	return own, nil
}

// path returns the path of a source.
func (e Evidence) path(source string) (string, error) {
	for _, label := range [...]string{source, anySource} {
		if path, ok := e[label]; ok {
			return path, nil
		}
	}
	return "", fmt.Errorf("source %q: say where it lies, with --evidence %q", source, source+"=PATH")
}

// A Verification compares an event with the evidence, read anew.
type Verification struct {
	Missing      string // why the evidence has no such object; "": it has, and the rest holds
	ObjectSHA256 string // of the object as it is now
	SameObject   bool   // it has the hash that the case has
	Unhashed     bool   // the case has no hash of it
	Record       []byte // the record that lies there now; nil: none
	SameRecord   bool   // it is the case's, byte for byte
	Problem      string // why no record was found, or none there
}

// OK reports whether everything is as the case has it.
func (v *Verification) OK() bool { return (v.SameObject || v.Unhashed) && v.SameRecord }

// Write says what was compared.
func (v *Verification) Write(w io.Writer, e *CaseEvent) error {
	say := func(same bool, what, is, was string) string {
		if same {
			return fmt.Sprintf("%-10s%s: as in the case: %s\n", "Verified", what, is)
		}
		return fmt.Sprintf("%-10s%s: NOT as in the case: now %s, in the case %s\n", "DIFFERENT", what, is, was)
	}
	var s string
	if v.Missing != "" {
		s = fmt.Sprintf("%-10sobject: MISSING in the evidence: %s\n%-10srecord: not found\n", "DIFFERENT", Terminal(v.Missing), "DIFFERENT")
		_, err := io.WriteString(w, s)
		return err
	}
	if v.Unhashed {
		s = fmt.Sprintf("%-10sobject: the case has no hash of it; now %s\n", "", v.ObjectSHA256)
	} else {
		s = say(v.SameObject, "object", v.ObjectSHA256, e.Object.SHA256)
	}
	if v.Record == nil {
		s += fmt.Sprintf("%-10srecord: not found: %s\n", "DIFFERENT", Terminal(v.Problem))
	} else {
		sum := sha256.Sum256(v.Record)
		s += say(v.SameRecord, "record", hex.EncodeToString(sum[:]), e.SHA256())
	}
	_, err := io.WriteString(w, s)
	return err
}

// Verify reads the event's object in the evidence, and its record there. The
// evidence is opened for reading only, and no link leads out of it. That the object is
// missing, or no regular file, is what it finds; an error says that it could not look.
func (ev Evidence) Verify(e *CaseEvent) (*Verification, error) {
	path, err := ev.path(e.Object.Source)
	if err != nil {
		return nil, err
	}
	f, err := openObject(path, &e.Object)
	if missing, ok := errors.AsType[*missingError](err); ok {
		return &Verification{Missing: pathless(missing.err).Error()}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("evidence %s: object %s: %w", e.Object.Source, e.Object.Path, pathless(err))
	}
	defer f.Close()
	stored := &hashed{r: f, sum: sha256.New()}
	v := &Verification{Unhashed: e.Object.SHA256 == ""}
	v.Record, err = recordAt(stored, e)
	if err != nil {
		v.Problem = err.Error()
	}
	if _, err := io.Copy(io.Discard, stored); err != nil {
		if _, system := errors.AsType[*fs.PathError](err); system {
			return nil, fmt.Errorf("evidence %s: object %s: %w", e.Object.Source, e.Object.Path, pathless(err))
		}
		v.Problem, v.Record = "the object cannot be read to its end: "+err.Error(), nil // damage of its container
	}
	v.ObjectSHA256 = hex.EncodeToString(stored.sum.Sum(nil))
	v.SameObject = v.ObjectSHA256 == e.Object.SHA256
	v.SameRecord = v.Record != nil && bytes.Equal(v.Record, e.Raw)
	return v, nil
}

// openObject opens an object below the source's path, which may be the object itself,
// or the container that it lies in.
func openObject(path string, o *scan.Object) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	name, base := o.Path, filepath.Base(path)
	if !info.IsDir() {
		if o.Source == scan.Stdin { // it had no name
			name = base + strings.TrimPrefix(name, scan.Stdin)
		}
		if name != base && !strings.HasPrefix(name, base+"!") {
			return nil, fmt.Errorf("%s is a file of another name", path)
		}
		path = filepath.Dir(path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := openFile(root, name)
	if err == nil {
		return f, nil
	}
	for i := range name { // a file may have a ! in its name, and a member too
		if name[i] != '!' {
			continue
		}
		member, merr := openInContainer(root, name[:i], name[i+1:])
		if merr == nil {
			return member, nil
		}
		if _, missing := errors.AsType[*missingError](merr); !missing {
			return nil, merr
		}
	}
	return nil, err
}

// openFile opens a file that must be regular.
func openFile(root *os.Root, name string) (*os.File, error) {
	info, err := root.Lstat(filepath.FromSlash(name))
	switch {
	case err != nil && notThere(err):
		return nil, &missingError{err}
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &missingError{errors.New("not a regular file")}
	}
	return scan.OpenRegular(root, name)
}

// openInContainer opens a member of a container.
func openInContainer(root *os.Root, container, name string) (io.ReadCloser, error) {
	f, err := openFile(root, container)
	if err != nil {
		return nil, err
	}
	r, err := scan.OpenMember(f, name)
	if err != nil {
		f.Close()
		if _, system := errors.AsType[*fs.PathError](err); !system { // the container is not what it was
			err = &missingError{err}
		}
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{r, f}, nil
}

// A missingError says that an object is not where the case has it.
type missingError struct{ err error }

func (e *missingError) Error() string { return e.err.Error() }

// notThere reports whether an error of looking for a file says that there is none: that
// the path ends before it, or leads out of the evidence, which is no error of the system.
func notThere(err error) bool {
	_, system := errors.AsType[syscall.Errno](err)
	return !system || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// hashed is a reader that hashes what passes.
type hashed struct {
	r   io.Reader
	sum hash.Hash
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.sum.Write(p[:n])
	return n, err
}

// ReadAt implements io.ReaderAt where what is hashed does: of what is read so, nothing is hashed.
func (h *hashed) ReadAt(p []byte, offset int64) (int, error) {
	if at, ok := h.r.(io.ReaderAt); ok {
		return at.ReadAt(p, offset)
	}
	return 0, errors.ErrUnsupported
}

// maxSkipped bounds how many bad elements before the record are passed over.
const maxSkipped = 1 << 24

// recordAt reads the object to the event's record, which must lie at the same
// index and offset.
func recordAt(r io.Reader, e *CaseEvent) ([]byte, error) {
	r, err := scan.Content(r)
	if err != nil {
		return nil, err
	}
	rd := parser.NewReader(io.LimitReader(r, e.Place.Offset+maxRecordTail), parser.Origin{})
	for range maxSkipped {
		rec, err := rd.Next()
		var bad *parser.RecordError
		switch {
		case errors.As(err, &bad):
			continue
		case err == io.EOF:
			return nil, fmt.Errorf("the object has no record %d", e.Place.Index)
		case err != nil:
			return nil, err
		case rec.Origin.Index > e.Place.Index:
			return nil, fmt.Errorf("record %d cannot be read", e.Place.Index)
		case rec.Origin.Index < e.Place.Index:
			continue
		case rec.Origin.Offset != e.Place.Offset:
			return nil, fmt.Errorf("record %d lies at offset %d", e.Place.Index, rec.Origin.Offset)
		}
		return slices.Clone(rec.Raw), nil
	}
	return nil, errors.New("too many elements that are no records")
}

// maxRecordTail is how much of the content from the record on is read at most:
// more than the longest record.
const maxRecordTail = 1 << 30
