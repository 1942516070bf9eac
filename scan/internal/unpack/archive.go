package unpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// A Kind is a kind of archive.
type Kind uint8

// The kinds. NoArchive is what is none of the others.
const (
	NoArchive Kind = iota
	Zip            // APPNOTE.TXT 6.3.10, PKWARE
	Tar            // POSIX.1-2001 pax, and the older forms that archive/tar reads
	SevenZip       // 7zFormat.txt of the LZMA SDK
)

func (k Kind) String() string {
	return [...]string{"no archive", "zip archive", "tar archive", "7z archive"}[k]
}

// KindHead is how many of a stream's first bytes tell its kind.
const KindHead = 512

// KindOf tells an archive's kind by its first bytes.
func KindOf(head []byte) Kind {
	h := string(head)
	switch {
	case strings.HasPrefix(h, "PK\x03\x04"), strings.HasPrefix(h, "PK\x05\x06"): // the second has no member
		return Zip
	case strings.HasPrefix(h, "7z\xbc\xaf\x27\x1c"):
		return SevenZip
	case len(h) >= 262 && h[257:262] == "ustar", len(h) >= 512 && tarChecksum(h[:512]):
		return Tar
	}
	return NoArchive
}

// tarChecksum reports whether a block is the header of a tar from before there was a
// magic: its bytes, with those of the sum taken as spaces, add up to the sum.
func tarChecksum(block string) bool {
	want, err := strconv.ParseInt(strings.Trim(block[148:156], " \x00"), 8, 32)
	if err != nil || block[0] == 0 {
		return false
	}
	sum := int64(8 * ' ')
	for i := range len(block) {
		if i < 148 || i >= 156 {
			sum += int64(block[i])
		}
	}
	return sum == want
}

// An Entry is a member of an archive, as the archive lists it. Directories are none.
type Entry struct {
	Name string // as it is in the archive: any bytes
	// Reason says why the member cannot be read; "": it can.
	Reason string
	// Harmless says that a member that cannot be read is nothing that anybody would miss.
	Harmless bool
	// Backslashes says that the archive has them between the parts of the name, where
	// Name has slashes.
	Backslashes bool
	At          Locator
}

// Limits bound what listing may cost. The zero value stands for the defaults.
type Limits struct {
	Members int64 // default 10 million
	Header  int64 // bytes of a 7z archive's directory, unpacked; default 64 MiB
}

func (l Limits) members() int64 {
	if l.Members == 0 {
		return 10e6
	}
	return l.Members
}

func (l Limits) header() int64 {
	if l.Header == 0 {
		return 64 << 20
	}
	return l.Header
}

// lister hands entries on and counts them.
type lister struct {
	n     int64
	limit int64
	yield func(*Entry) error
}

func (l *lister) add(e *Entry) error {
	if l.n++; l.n > l.limit {
		return fmt.Errorf("more than %d members", l.limit)
	}
	if err := l.yield(e); err != nil {
		return &yielded{err}
	}
	return nil
}

// yielded is an error of the caller's own.
type yielded struct{ error }

func (y *yielded) Unwrap() error { return y.error }

// own gives the caller's error back as it was.
func own(err error) error {
	if y, ok := errors.AsType[*yielded](err); ok {
		return y.error
	}
	return err
}

// A method is how a member's bytes are packed.
type method uint8

const (
	stored method = iota
	deflated
	bzipped
	zstandard
	xzipped
	zipLZMA // as zip has it: the properties stand before the data
	lzma1
	lzma2
	whole // the archive itself, whatever its codecs: of the decoded stream a part
)

// A Locator says where a member lies in its archive and how it is packed.
type Locator struct {
	Shared bool  // the member is a part of a stream that it shares with others
	Stream int64 // Offset of that stream's packed bytes: those of one stream share it
	Skip   int64 // of the decoded stream, before the member
	Size   int64 // of the member; -1: up to the stream's end
	Packed int64 // bytes that it takes in the archive; a shared stream's are divided among its members

	method   method
	props    string // of method
	local    bool   // Stream is the offset of a zip's local header
	length   int64  // of the packed stream
	unpacked int64  // size of the decoded stream
	sum      uint32 // CRC-32 of the member
	summed   bool
}

const (
	flagShared = 1 << iota
	flagLocal
	flagSummed
)

// Append appends the locator's compact form.
func (l *Locator) Append(dst []byte) []byte {
	var flags byte
	for i, set := range []bool{l.Shared, l.local, l.summed} {
		if set {
			flags |= 1 << i
		}
	}
	dst = append(dst, flags, byte(l.method), byte(len(l.props)))
	dst = append(dst, l.props...)
	for _, n := range []int64{l.Stream, l.Skip, l.Size, l.Packed, l.length, l.unpacked} {
		dst = binary.AppendVarint(dst, n)
	}
	return binary.LittleEndian.AppendUint32(dst, l.sum)
}

// DecodeLocator reads what Append wrote, and returns what follows it.
func DecodeLocator(b []byte) (l Locator, rest []byte, err error) {
	bad := errors.New("locator: malformed")
	if len(b) < 3 || len(b) < 3+int(b[2]) {
		return l, nil, bad
	}
	l.Shared, l.local, l.summed = b[0]&flagShared != 0, b[0]&flagLocal != 0, b[0]&flagSummed != 0
	l.method, l.props = method(b[1]), string(b[3:3+b[2]])
	b = b[3+b[2]:]
	for _, to := range []*int64{&l.Stream, &l.Skip, &l.Size, &l.Packed, &l.length, &l.unpacked} {
		v, n := binary.Varint(b)
		if n <= 0 {
			return l, nil, bad
		}
		*to, b = v, b[n:]
	}
	if len(b) < 4 {
		return l, nil, bad
	}
	l.sum = binary.LittleEndian.Uint32(b)
	return l, b[4:], nil
}

// Plain returns where the member's bytes lie as they are in the archive, if they do.
func (l *Locator) Plain() (offset int64, ok bool) {
	return l.Stream, l.method == stored && !l.local && !l.Shared
}

// Whole reports whether the member is a part of the archive's own decoded bytes.
func (l *Locator) Whole() bool { return l.method == whole }

// Member cuts the member out of a stream that stands at its first byte. At its end its
// checksum is looked at.
func (l *Locator) Member(r io.Reader) io.Reader {
	m := &memberReader{r: r, left: l.Size}
	if l.summed {
		m.sum, m.want = crc32.NewIEEE(), l.sum
	}
	return m
}

type memberReader struct {
	r    io.Reader
	left int64 // -1: not known
	sum  hash.Hash32
	want uint32
	err  error
}

func (m *memberReader) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if m.left >= 0 && int64(len(p)) > m.left {
		p = p[:m.left]
	}
	var n int
	if m.left != 0 {
		n, m.err = m.r.Read(p)
	}
	if m.sum != nil {
		m.sum.Write(p[:n])
	}
	if m.left > 0 {
		m.left -= int64(n)
		m.err = cut(m.err)
	}
	if m.left == 0 { // what the stream says behind it is not the member's
		m.err = io.EOF
	}
	if m.err == io.EOF && m.sum != nil && m.sum.Sum32() != m.want {
		m.err = ErrChecksum
	}
	return n, m.err
}
