package unpack

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Sizes and signatures of zip's records; the numbers in comments are sections of
// APPNOTE.TXT 6.3.10.
const (
	localMagic, localSize     = "PK\x03\x04", 30          // 4.3.7
	centralMagic, centralSize = "PK\x01\x02", 46          // 4.3.12
	endMagic, endSize         = "PK\x05\x06", 22          // 4.3.16
	end64Magic, end64Size     = "PK\x06\x06", 56          // 4.3.14
	locateMagic, locateSize   = "PK\x06\x07", 20          // 4.3.15
	maxComment                = 1<<16 - 1                 // of the archive
	full16, full32            = 1<<16 - 1, 1<<32 - 1      // the value is in a zip64 record
	flagEncrypted             = 1 << 0                    // 4.4.4
	flagDescriptor            = 1 << 3                    // sizes follow the data
	flagUTF8                  = 1 << 11                   // of the name
	descriptorMagic           = "PK\x07\x08"              // 4.3.9
	noDirectory               = "its directory is lost: " // of an archive that was cut short
)

// A zipEnd is what the records at a zip's end say.
type zipEnd struct {
	records   int64
	directory int64 // offset of the directory
	size      int64 // of the directory
	before    int64 // bytes before the archive: offsets are without them
	comment   string
	behind    int64 // bytes that follow it
}

var errNoEnd = errors.New("no end of a directory")

// ListZip lists a zip archive by its directory. Where it has none, because it is cut
// short, its local headers are followed from the beginning, and the error says so.
func ListZip(at io.ReaderAt, size int64, l Limits, yield func(*Entry) error) error {
	out := &lister{limit: l.members(), yield: yield}
	end, err := findZipEnd(at, size)
	if errors.Is(err, errNoEnd) {
		if err = walkZip(at, size, out); err == nil {
			err = io.ErrUnexpectedEOF
		}
		return own(err)
	}
	if err != nil {
		return err
	}
	return own(end.list(at, size, out))
}

// ZipComment returns the comment at the archive's end, if it has one.
func ZipComment(at io.ReaderAt, size int64) string {
	end, err := findZipEnd(at, size)
	if err != nil {
		return ""
	}
	return end.comment
}

func findZipEnd(at io.ReaderAt, size int64) (*zipEnd, error) {
	tail := make([]byte, min(size, maxComment+endSize))
	from := size - int64(len(tail))
	if _, err := at.ReadAt(tail, from); err != nil && err != io.EOF {
		return nil, err
	}
	i := strings.LastIndex(string(tail), endMagic)
	for i >= 0 && (len(tail)-i < endSize || len(tail)-i < endSize+int(binary.LittleEndian.Uint16(tail[i+20:]))) {
		i = strings.LastIndex(string(tail[:i]), endMagic) // it was in a comment, or is cut
	}
	if i < 0 {
		return nil, errNoEnd
	}
	b := tail[i:]
	e := &zipEnd{
		records: int64(binary.LittleEndian.Uint16(b[10:])), size: int64(binary.LittleEndian.Uint32(b[12:])),
		directory: int64(binary.LittleEndian.Uint32(b[16:])),
		comment:   string(b[endSize : endSize+int(binary.LittleEndian.Uint16(b[20:]))]),
	}
	e.behind = int64(len(b) - endSize - len(e.comment))
	if disk := binary.LittleEndian.Uint16(b[4:]); disk != 0 && disk != full16 {
		return nil, errors.New("part of a split archive: join its parts first")
	}
	at64 := from + int64(i)
	if e.records == full16 || e.size == full32 || e.directory == full32 {
		var err error
		if at64, err = e.read64(at, at64); err != nil {
			return nil, err
		}
	}
	if e.size < 0 || e.directory < 0 || e.size > at64 || e.directory > at64-e.size {
		return nil, errors.New("the directory does not lie in the archive")
	}
	// Where something was put before the archive, offsets count from its old beginning.
	if before := at64 - e.size - e.directory; before > 0 && !hasMagic(at, e.directory, centralMagic) {
		e.before = before
	}
	return e, nil
}

func hasMagic(at io.ReaderAt, offset int64, magic string) bool {
	b := make([]byte, len(magic))
	n, _ := at.ReadAt(b, offset)
	return string(b[:n]) == magic
}

// read64 reads the zip64 records, where there are any, and returns where the directory ends.
func (e *zipEnd) read64(at io.ReaderAt, end int64) (int64, error) {
	var b [end64Size]byte
	if end < locateSize || !hasMagic(at, end-locateSize, locateMagic) {
		return end, nil
	}
	if _, err := at.ReadAt(b[:locateSize], end-locateSize); err != nil {
		return 0, cut(err)
	}
	offset := int64(binary.LittleEndian.Uint64(b[8:]))
	if !hasMagic(at, offset, end64Magic) {
		offset = end - locateSize - end64Size // something was put before the archive
	}
	if offset < 0 || !hasMagic(at, offset, end64Magic) {
		return 0, errors.New("no zip64 end record where its locator says")
	}
	if _, err := at.ReadAt(b[:], offset); err != nil {
		return 0, cut(err)
	}
	e.records = int64(binary.LittleEndian.Uint64(b[32:]))
	e.size, e.directory = int64(binary.LittleEndian.Uint64(b[40:])), int64(binary.LittleEndian.Uint64(b[48:]))
	return offset, nil
}

// list reads the directory.
func (e *zipEnd) list(at io.ReaderAt, size int64, out *lister) error {
	r := bufio.NewReaderSize(io.NewSectionReader(at, e.before+e.directory, e.size), 64<<10)
	var n, packed int64
	for {
		h, err := readCentral(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("directory: %w", err)
		}
		n++
		if h.directory() {
			continue
		}
		entry := h.entry(e.before)
		if packed += entry.At.length + localSize; packed > size && entry.Reason == "" {
			// One packed run of bytes would be unpacked many times: how a small archive becomes a bomb.
			entry.Reason = "overlaps other members: not read"
		}
		if err := out.add(entry); err != nil {
			return err
		}
	}
	if n != e.records && n != e.records&full16 && n&full16 != e.records {
		return fmt.Errorf("directory: has %d entries and should have %d", n, e.records)
	}
	if e.behind > 0 {
		return fmt.Errorf("%d bytes of something else follow the archive's end", e.behind)
	}
	return nil
}

// A zipHeader is an entry of the directory, or what a local header has of one.
type zipHeader struct {
	name           string
	creator        byte // 4.4.2: 3 is Unix, 0, 10, 11 and 14 are Windows
	flags, method  uint16
	sum            uint32
	packed, size   int64
	offset         int64 // of the local header
	mode           uint32
	extraEncrypted bool // 0x9901: WinZip's AES
}

func readCentral(r *bufio.Reader) (*zipHeader, error) {
	var b [centralSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return nil, err
	}
	if string(b[:4]) != centralMagic {
		return nil, errors.New("no header where one should be")
	}
	u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
	h := &zipHeader{
		creator: b[5], flags: u16(8), method: u16(10), sum: u32(16),
		packed: int64(u32(20)), size: int64(u32(24)), offset: int64(u32(42)), mode: u32(38),
	}
	rest := make([]byte, int(u16(28))+int(u16(30))+int(u16(32)))
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, cut(err)
	}
	h.name = string(rest[:u16(28)])
	return h, h.extra(rest[u16(28):u16(28)+u16(30)], &h.size, &h.packed, &h.offset)
}

// extra reads the extra fields (4.5): those of zip64 hold, in this order, the values
// that do not fit.
func (h *zipHeader) extra(b []byte, values ...*int64) error {
	for len(b) >= 4 {
		id, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if b = b[4:]; n > len(b) {
			return nil // padding of some kind: the fields are hints
		}
		field := b[:n]
		b = b[n:]
		switch id {
		case 0x9901:
			h.extraEncrypted = true
		case 0x0001:
			for _, v := range values {
				if *v != full32 {
					continue
				}
				if len(field) < 8 {
					return errors.New("zip64 field too short")
				}
				if *v = int64(binary.LittleEndian.Uint64(field)); *v < 0 {
					return errors.New("size of more than 63 bits")
				}
				field = field[8:]
			}
		}
	}
	return nil
}

func (h *zipHeader) windows() bool {
	return h.creator == 0 || h.creator == 10 || h.creator == 11 || h.creator == 14
}

func (h *zipHeader) directory() bool {
	return strings.HasSuffix(h.name, "/") || h.windows() && strings.HasSuffix(h.name, `\`) && h.size == 0
}

// zipMethods are the methods (4.4.5) that are read.
var zipMethods = map[uint16]method{0: stored, 8: deflated, 12: bzipped, 14: zipLZMA, 93: zstandard, 95: xzipped}

// zipNames names other methods that are met.
var zipNames = map[uint16]string{1: "Shrink", 6: "Implode", 9: "Deflate64", 98: "PPMd"}

func (h *zipHeader) entry(before int64) *Entry {
	e := &Entry{Name: h.name, At: Locator{
		Stream: before + h.offset, Size: h.size, Packed: h.packed, local: true, length: h.packed, unpacked: h.size, sum: h.sum, summed: true,
	}}
	m, known := zipMethods[h.method]
	e.At.method = m
	switch {
	case h.flags&flagEncrypted != 0 || h.extraEncrypted || h.method == 99:
		e.Reason = Encrypted
	case h.unix()&^fs.ModePerm != 0:
		e.Reason = Irregular(h.unix())
	case !known && zipNames[h.method] != "":
		e.Reason = "packed by " + zipNames[h.method] + ", which is not read: unpack it first"
	case !known:
		e.Reason = fmt.Sprintf("packed by method %d, which is not read: unpack it first", h.method)
	}
	if h.windows() && !strings.Contains(h.name, "/") && strings.Contains(h.name, `\`) {
		e.Name = strings.ReplaceAll(h.name, `\`, "/")
		e.Backslashes = true
	}
	return e
}

// Encrypted is the reason of members that cannot be read without a password.
const Encrypted = "encrypted: decrypt the archive first"

// unix returns the type of file that a Unix archiver noted.
func (h *zipHeader) unix() fs.FileMode {
	if h.creator != 3 && h.creator != 19 { // 19 is macOS
		return 0
	}
	return unixType(h.mode >> 16)
}

// unixType is the type in a Unix mode.
func unixType(mode uint32) fs.FileMode {
	switch mode & 0xf000 {
	case 0x1000:
		return fs.ModeNamedPipe
	case 0x2000, 0x6000:
		return fs.ModeDevice
	case 0x4000:
		return fs.ModeDir
	case 0xa000:
		return fs.ModeSymlink
	case 0xc000:
		return fs.ModeSocket
	}
	return 0
}

// Irregular says what a file is that is neither regular nor a directory, and that it is not read.
func Irregular(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "symbolic link: not followed"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe: not read"
	case m&fs.ModeSocket != 0:
		return "socket: not read"
	case m&fs.ModeDevice != 0:
		return "device: not read"
	}
	return "not a regular file: not read"
}
