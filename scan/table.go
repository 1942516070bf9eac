package scan

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// listed is an object as the walk found it.
type listed struct {
	source int    // index into the sources
	size   int64  // in bytes; 0 where there is none, -1 where it is not known
	reason string // why it cannot be read, found out by the walk; "" otherwise
	path   string
	kind   unpack.Kind // of a container whose members follow
	member *member     // nil: a file
}

// table is the object table: two files, so that tens of millions of names cost
// no memory. The first holds the entries one after the other, the second where
// each begins, as eight bytes. It is filled by one goroutine and then read by many.
type table struct {
	names, index   *os.File
	toNames, toIdx *bufio.Writer
	labels         []string // of the sources
	n              uint64
	prior          uint64 // objects of a prior case, whose paths are as the manifest shows them
	at             int64
	scratch        []byte

	mu     sync.Mutex
	recent [8192]named // by ordinal modulo its length: neighbours in time come from few objects, those of findings from many
}

type named struct {
	set     bool
	ordinal uint64
	object  listed
}

func newTable(dir string) (*table, error) {
	names, err := os.CreateTemp(dir, "objects-*")
	if err != nil {
		return nil, err
	}
	index, err := os.CreateTemp(dir, "objects-index-*")
	if err != nil {
		return nil, errors.Join(err, names.Close(), os.Remove(names.Name()))
	}
	return &table{
		names: names, index: index,
		toNames: bufio.NewWriterSize(names, 64<<10), toIdx: bufio.NewWriterSize(index, 64<<10),
	}, nil
}

// add appends an object, whose ordinal is the number of those before it.
func (t *table) add(o listed) error {
	b := binary.AppendUvarint(t.scratch[:0], uint64(o.source))
	b = binary.AppendVarint(b, o.size)
	b = binary.AppendUvarint(b, uint64(len(o.reason)))
	b = append(b, o.reason...)
	b = append(b, byte(o.kind))
	b = o.member.append(b)
	b = append(b, o.path...)
	t.scratch = b
	if _, err := t.toIdx.Write(binary.BigEndian.AppendUint64(nil, uint64(t.at))); err != nil {
		return err
	}
	t.n++
	t.at += int64(len(b))
	_, err := t.toNames.Write(b)
	return err
}

// filled ends the filling.
func (t *table) filled() error {
	_, err := t.toIdx.Write(binary.BigEndian.AppendUint64(nil, uint64(t.at)))
	return errors.Join(err, t.toNames.Flush(), t.toIdx.Flush())
}

// object returns the object of that ordinal.
func (t *table) object(ordinal uint64) (listed, error) {
	slot := &t.recent[ordinal%uint64(len(t.recent))]
	t.mu.Lock()
	if slot.set && slot.ordinal == ordinal {
		defer t.mu.Unlock()
		return slot.object, nil
	}
	t.mu.Unlock()
	o, err := t.read(ordinal)
	if err != nil {
		return listed{}, fmt.Errorf("object table: object %d: %w", ordinal, err)
	}
	t.mu.Lock()
	*slot = named{true, ordinal, o}
	t.mu.Unlock()
	return o, nil
}

func (t *table) read(ordinal uint64) (o listed, err error) {
	lines, err := t.lines(ordinal, ordinal+1)
	if err != nil {
		return listed{}, err
	}
	return decodeListed(lines[0])
}

// readTogether is how many neighbours each reads at once.
const readTogether = 64

// each calls do with the objects from one ordinal up to, but not including, another. It reads the
// files less often than object does, which is for objects that lie anywhere.
func (t *table) each(from, to uint64, do func(ordinal uint64, o listed) error) error {
	for ; from < to; from += readTogether {
		lines, err := t.lines(from, min(to, from+readTogether))
		if err != nil {
			return fmt.Errorf("object table: object %d: %w", from, err)
		}
		for i, line := range lines {
			ordinal := from + uint64(i)
			o, err := decodeListed(line)
			if err != nil {
				return fmt.Errorf("object table: object %d: %w", ordinal, err)
			}
			if err := do(ordinal, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// lines returns the lines of neighbours.
func (t *table) lines(from, to uint64) ([][]byte, error) {
	if to > t.n {
		return nil, errors.New("no such ordinal")
	}
	bounds := make([]byte, (to-from+1)*8)
	if _, err := t.index.ReadAt(bounds, int64(from)*8); err != nil {
		return nil, err
	}
	at := func(i uint64) uint64 { return binary.BigEndian.Uint64(bounds[i*8:]) }
	first := at(0)
	b := make([]byte, at(to-from)-first)
	if _, err := t.names.ReadAt(b, int64(first)); err != nil {
		return nil, err
	}
	lines := make([][]byte, to-from)
	for i := range to - from {
		lines[i] = b[at(i)-first : at(i+1)-first]
	}
	return lines, nil
}

// decodeListed reads a line of the table.
func decodeListed(b []byte) (o listed, err error) {
	source, n := binary.Uvarint(b)
	b = b[n:]
	size, n := binary.Varint(b)
	b = b[n:]
	reason, n := binary.Uvarint(b)
	b = b[n:]
	o = listed{source: int(source), size: size, reason: string(b[:reason]), kind: unpack.Kind(b[reason])}
	o.member, b, err = decodeMember(b[reason+1:])
	o.path = string(b)
	return o, err
}

// Name implements Objects.
func (t *table) Name(ordinal uint64) (source, path string, err error) {
	o, err := t.object(ordinal)
	if err != nil {
		return "", "", err
	}
	if ordinal < t.prior {
		return t.labels[o.source], o.path, nil
	}
	return t.labels[o.source], shown(o.path), nil
}

// shown writes a path so that no two share a form: file names may be any bytes,
// but what is written about them is UTF-8. A byte that is not becomes \xNN, and a
// backslash two.
func shown(path string) string {
	if utf8.ValidString(path) && strings.IndexByte(path, '\\') < 0 {
		return path
	}
	var b strings.Builder
	for i, r := range path {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == utf8.RuneError && !strings.HasPrefix(path[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, path[i])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// close removes the files.
func (t *table) close() error {
	return errors.Join(t.names.Close(), t.index.Close(), os.Remove(t.names.Name()), os.Remove(t.index.Name()))
}

// label makes a source's label from the path it was given by: the last element,
// with a number where two sources share it.
func label(base string, taken []string) string {
	name := base
	for n := 2; contains(taken, name); n++ {
		name = fmt.Sprintf("%s#%d", base, n)
	}
	return name
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if strings.EqualFold(t, s) {
			return true
		}
	}
	return false
}
