package unpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// sevenZipHead is the size of a 7z archive's signature header.
const sevenZipHead = 32

// List7z lists a 7z archive, whose directory lies at its end: of one that is cut
// short nothing can be listed.
func List7z(at io.ReaderAt, size int64, window int64, l Limits, yield func(*Entry) error) error {
	var h [sevenZipHead]byte
	if _, err := at.ReadAt(h[:], 0); err != nil {
		return cut(err)
	}
	if crc32.ChecksumIEEE(h[12:]) != binary.LittleEndian.Uint32(h[8:]) {
		return fmt.Errorf("signature header: %w", ErrChecksum)
	}
	offset, length := binary.LittleEndian.Uint64(h[12:]), binary.LittleEndian.Uint64(h[20:])
	if length == 0 {
		return nil
	}
	if offset > uint64(size) || length > uint64(size) || sevenZipHead+offset+length > uint64(size) {
		return io.ErrUnexpectedEOF
	}
	if length > uint64(l.header()) {
		return fmt.Errorf("directory of %d bytes, where %d may be", length, l.header())
	}
	dir := make([]byte, length)
	if _, err := at.ReadAt(dir, sevenZipHead+int64(offset)); err != nil {
		return cut(err)
	}
	if crc32.ChecksumIEEE(dir) != binary.LittleEndian.Uint32(h[28:]) {
		return fmt.Errorf("directory: %w", ErrChecksum)
	}
	a := &sevenZip{at: at, size: size, window: window, limits: l}
	if err := a.read(dir); err != nil {
		return fmt.Errorf("directory: %w", err)
	}
	return own(a.list(&lister{limit: l.members(), yield: yield}))
}

// sevenZip is an archive whose directory is read. Counts in it are believed only as
// far as there are bytes behind them.
type sevenZip struct {
	at     io.ReaderAt
	size   int64
	window int64
	limits Limits

	streams sevenZipStreams
	files   int
	names   []byte // UTF-16, each with a zero behind it
	empty   bits   // files without a stream
	isFile  bits   // of those: files, where others are directories
	modes   []uint32
}

// Property IDs of 7zFormat.txt.
const (
	id7End, id7Header, id7Properties, id7Additional, id7Main, id7Files   = 0, 1, 2, 3, 4, 5
	id7Pack, id7Unpack, id7Sub, id7Size, id7CRC, id7Folder, id7Unpacked  = 6, 7, 8, 9, 10, 11, 12
	id7Count, id7EmptyStream, id7EmptyFile, id7Names, id7Mode, id7Packed = 13, 14, 15, 17, 21, 23
)

// read reads the directory, which may itself be packed.
func (a *sevenZip) read(dir []byte) error {
	for range 4 {
		p := &parser7z{b: dir}
		switch p.byte() {
		case id7Header:
			return a.header(p)
		case id7Packed:
			var s sevenZipStreams
			if err := s.read(p); err != nil {
				return err
			}
			var err error
			if dir, err = a.unpackHeader(&s); err != nil {
				return err
			}
		default:
			return err7z
		}
	}
	return err7z
}

// unpackHeader unpacks a packed directory.
func (a *sevenZip) unpackHeader(s *sevenZipStreams) ([]byte, error) {
	if len(s.folders) != 1 {
		return nil, err7z
	}
	f := &s.folders[0]
	if f.reason != "" {
		return nil, errors.New(f.reason)
	}
	if f.size > a.limits.header() {
		return nil, fmt.Errorf("%d bytes, where %d may be", f.size, a.limits.header())
	}
	d := Decoder{Window: a.window}
	l := f.locator()
	r, err := d.Member(a.at, a.size, &l)
	if err != nil {
		return nil, err
	}
	dir, err := io.ReadAll(r)
	if err == nil && int64(len(dir)) != f.size {
		err = io.ErrUnexpectedEOF
	}
	return dir, err
}

func (a *sevenZip) header(p *parser7z) error {
	for !p.bad {
		switch id := p.byte(); id {
		case id7End:
			return p.err()
		case id7Properties:
			for p.byte() != id7End && !p.bad {
				p.take(p.number())
			}
		case id7Main:
			if err := a.streams.read(p); err != nil {
				return err
			}
		case id7Files:
			if err := a.filesInfo(p); err != nil {
				return err
			}
		default: // id7Additional is not written by any archiver
			return err7z
		}
	}
	return err7z
}

func (a *sevenZip) filesInfo(p *parser7z) error {
	n := p.number()
	if n > int64(len(p.b)) { // each has two bytes of a name at least
		return err7z
	}
	a.files = int(n)
	for !p.bad {
		id := p.byte()
		if id == id7End {
			break
		}
		q := &parser7z{b: p.take(p.number())}
		switch id {
		case id7EmptyStream:
			a.empty = q.bits(a.files)
		case id7EmptyFile:
			a.isFile = q.bits(a.empty.count(a.files))
		case id7Names:
			q.inline()
			a.names = q.b
		case id7Mode:
			set := q.optional(a.files)
			q.inline()
			a.modes = make([]uint32, a.files)
			for i := range a.modes {
				if set.has(i) {
					a.modes[i] = q.uint32()
				}
			}
		}
		p.bad = p.bad || q.bad // whatever else there is, such as times, is passed over
	}
	return p.err()
}

// list yields the files. Those with content take the folders' streams one after the other.
func (a *sevenZip) list(out *lister) error {
	next := a.streams.cursor()
	empties := 0
	for i := range a.files {
		name, ok := a.name()
		if !ok {
			return fmt.Errorf("directory: %w", err7z)
		}
		e := &Entry{Name: name}
		if a.empty.has(i) {
			empties++
			if !a.isFile.has(empties - 1) {
				continue // a directory
			}
		} else if !next.fill(e) {
			return fmt.Errorf("directory: %w", err7z)
		}
		if a.modes != nil {
			e.special(a.modes[i])
		}
		if err := out.add(e); err != nil {
			return err
		}
	}
	return nil
}

// special gives an entry that is no regular file its reason.
func (e *Entry) special(attributes uint32) {
	const (
		unixExtension = 0x8000 // the upper half is a Unix mode
		reparsePoint  = 0x400  // of Windows: a link
	)
	switch {
	case attributes&unixExtension != 0 && unixType(attributes>>16) != 0:
		e.Reason, e.Harmless = Irregular(unixType(attributes>>16)), false
	case attributes&reparsePoint != 0:
		e.Reason, e.Harmless = "symbolic link: not followed", false
	}
}

// name takes the next name.
func (a *sevenZip) name() (string, bool) {
	var units []uint16
	for i := 0; i+1 < len(a.names); i += 2 {
		u := binary.LittleEndian.Uint16(a.names[i:])
		if u == 0 {
			a.names = a.names[i+2:]
			return string(utf16.Decode(units)), true
		}
		units = append(units, u)
	}
	return "", false
}

var err7z = errors.New("malformed")

// parser7z takes values off the front of a directory.
type parser7z struct {
	b   []byte
	bad bool
}

func (p *parser7z) err() error {
	if p.bad {
		return err7z
	}
	return nil
}

func (p *parser7z) take(n int64) []byte {
	if n < 0 || n > int64(len(p.b)) {
		p.bad, p.b = true, nil
		return nil
	}
	b := p.b[:n]
	p.b = p.b[n:]
	return b
}

func (p *parser7z) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *parser7z) uint32() uint32 {
	if b := p.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// number takes a number: the ones before the first zero of its first byte say how many
// bytes follow, the bits behind that zero are the highest.
func (p *parser7z) number() int64 {
	first := p.byte()
	var v uint64
	for i := range 8 {
		if first&(0x80>>i) == 0 {
			v |= uint64(first&(0x7f>>i)) << (8 * i)
			break
		}
		v |= uint64(p.byte()) << (8 * i)
	}
	if v > 1<<62 {
		p.bad = true
		return 0
	}
	return int64(v)
}

// inline refuses what lies somewhere else, which no archiver writes.
func (p *parser7z) inline() {
	if p.byte() != 0 {
		p.bad = true
	}
}

// bits is a vector of bits, the highest of a byte first. nil has none set.
type bits []byte

func (b bits) has(i int) bool { return i/8 < len(b) && b[i/8]&(0x80>>(i%8)) != 0 }

func (b bits) count(n int) (set int) {
	for i := range n {
		if b.has(i) {
			set++
		}
	}
	return set
}

func (p *parser7z) bits(n int) bits { return p.take(int64(n+7) / 8) }

// optional takes a vector that may say that all n are set.
func (p *parser7z) optional(n int) bits {
	if p.byte() == 0 {
		return p.bits(n)
	}
	all := make(bits, (n+7)/8)
	for i := range all {
		all[i] = 0xff
	}
	return all
}
