package integrity

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
)

// errRow says that a row of a sorter is not what was put into it.
var errRow = errors.New("integrity: a row cannot be read back")

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// fields reads back what was appended.
type fields struct {
	b   []byte
	err error
}

func (f *fields) number() uint64 {
	n, size := binary.Uvarint(f.b)
	if size <= 0 {
		f.b, f.err = nil, errRow
		return 0
	}
	f.b = f.b[size:]
	return n
}

func (f *fields) text() string {
	n := f.number()
	if n > uint64(len(f.b)) {
		f.b, f.err = nil, errRow
		return ""
	}
	s := string(f.b[:n])
	f.b = f.b[n:]
	return s
}

// NameHash hashes the name by which an object is known wherever the tree lies, and whether or not it was taken apart. A
// collision costs a comparison, and many of them cannot be made at will. A browser may have taken the .gz off the name.
func NameHash(name string) uint64 {
	sum := sha256.Sum256([]byte(strings.TrimSuffix(Base(name), ".gz")))
	return binary.BigEndian.Uint64(sum[:])
}
