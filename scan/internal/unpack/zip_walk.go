package unpack

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// walkZip lists a zip archive that has no directory, by following its local headers:
// what salvages an archive that is cut short. Where sizes follow the data, the data is
// unpacked to find its end.
func walkZip(at io.ReaderAt, size int64, out *lister) error {
	var d Decoder
	for offset := int64(0); offset < size; {
		h, data, err := readLocal(at, offset)
		if err == errNoHeader && offset > 0 {
			return nil // the directory begins, or what is left of it
		}
		if err != nil {
			return fmt.Errorf(noDirectory+"offset %d: %w", offset, err)
		}
		h.offset = offset
		next := data + h.packed
		entry := h.entry(0)
		if h.flags&flagDescriptor != 0 {
			if next, err = d.measure(at, size, data, h, entry); err != nil {
				return errors.Join(out.add(entry), fmt.Errorf(noDirectory+"offset %d: %w", offset, err))
			}
		}
		if next > size {
			next = size // the member is cut: what there is of it is read
		}
		if !h.directory() {
			if err := out.add(entry); err != nil {
				return err
			}
		}
		offset = next
	}
	return nil
}

var errNoHeader = errors.New("no header where one should be")

// readLocal reads a local header (4.3.7), and returns where its data begins.
func readLocal(at io.ReaderAt, offset int64) (*zipHeader, int64, error) {
	var b [localSize]byte
	n, err := at.ReadAt(b[:], offset)
	if n < 4 || string(b[:4]) != localMagic {
		return nil, 0, errNoHeader
	}
	if n < localSize {
		return nil, 0, cut(err)
	}
	u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(b[i:]) }
	h := &zipHeader{
		creator: 255, flags: u16(6), method: u16(8), sum: binary.LittleEndian.Uint32(b[14:]),
		packed: int64(binary.LittleEndian.Uint32(b[18:])), size: int64(binary.LittleEndian.Uint32(b[22:])),
	}
	rest := make([]byte, int(u16(26))+int(u16(28)))
	if _, err := at.ReadAt(rest, offset+localSize); err != nil {
		return nil, 0, cut(err)
	}
	h.name = string(rest[:u16(26)])
	if err := h.extra(rest[u16(26):], &h.size, &h.packed); err != nil {
		return nil, 0, err
	}
	return h, offset + localSize + int64(len(rest)), nil
}

// measure finds the end of data whose size follows it, and the descriptor (4.3.9).
func (d *Decoder) measure(at io.ReaderAt, size, data int64, h *zipHeader, e *Entry) (next int64, err error) {
	e.At.length, e.At.Packed, e.At.Size, e.At.summed = size-data, size-data, -1, false
	if h.method == 0 && e.Reason == "" {
		return findDescriptor(at, size, data, e)
	}
	if h.method != 8 || e.Reason != "" {
		if e.Reason == "" {
			e.Reason = "its size is not known, since it follows the data: unpack the archive first"
		}
		return 0, errors.New(e.Reason)
	}
	in := &counting{Input: bufio.NewReader(io.NewSectionReader(at, data, size-data))}
	n, err := io.Copy(io.Discard, &capped{d.inflate(in), max(1<<20, maxRatio*(size-data))})
	if err != nil {
		return 0, cut(err)
	}
	e.At.length, e.At.Packed, e.At.Size = in.n, in.n, n
	next = data + in.n
	var b [24]byte
	got, _ := at.ReadAt(b[:], next)
	rest := b[:got]
	if string(rest[:min(4, got)]) == descriptorMagic {
		rest, next = rest[4:], next+4
	}
	for _, width := range []int{4, 8} {
		if len(rest) < 4+2*width {
			break
		}
		packed, unpacked := int64(binary.LittleEndian.Uint32(rest[4:])), int64(binary.LittleEndian.Uint32(rest[4+width:]))
		if packed == in.n&full32 && unpacked == n&full32 {
			e.At.sum, e.At.summed = binary.LittleEndian.Uint32(rest), true
			return next + 4 + int64(2*width), nil
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// maxRatio is how many times as large as the packed bytes what is measured may be: logs
// reach 30, deflate can reach 1,032.
const maxRatio = 300

// findDescriptor finds the end of data that lies in the archive as it is: where a
// descriptor has as its size the way that was come. If there is none the member gets one
// byte more than the archive has, so that whoever reads it sees that its end is missing.
func findDescriptor(at io.ReaderAt, size, data int64, e *Entry) (next int64, err error) {
	r := bufio.NewReaderSize(io.NewSectionReader(at, data, size-data), 64<<10)
	for n := int64(0); ; {
		head, err := r.Peek(26)
		if len(head) < 16 {
			if i := bytes.Index(head, []byte(descriptorMagic)); i >= 0 { // a part of the descriptor is there
				e.At.length = n + int64(i)
			}
			e.At.Size = e.At.length + 1
			if err != io.EOF {
				return 0, err
			}
			return 0, io.ErrUnexpectedEOF
		}
		if width := descriptorOf(head, n); width > 0 {
			e.At.length, e.At.Packed, e.At.Size, e.At.unpacked = n, n, n, n
			e.At.sum, e.At.summed = binary.LittleEndian.Uint32(head[4:]), true
			return data + n + int64(width), nil
		}
		ahead, _ := r.Peek(r.Buffered())
		skip := bytes.Index(ahead[1:], []byte(descriptorMagic)) + 1
		if skip == 0 {
			skip = len(ahead) - 3 // some of it may begin there
		}
		skip, err = r.Discard(skip)
		if n += int64(skip); err != nil {
			return 0, err
		}
	}
}

// descriptorOf returns the length of the descriptor of n bytes that head begins with, 0
// if it is none. What follows a descriptor is a header.
func descriptorOf(head []byte, n int64) int {
	if string(head[:4]) != descriptorMagic {
		return 0
	}
	le := binary.LittleEndian
	small := int64(le.Uint32(head[8:])) == n && int64(le.Uint32(head[12:])) == n
	if small && (len(head) < 18 || string(head[16:18]) == "PK") {
		return 16
	}
	if len(head) >= 24 && le.Uint64(head[8:]) == uint64(n) && le.Uint64(head[16:]) == uint64(n) {
		return 24
	}
	return 0
}

// capped is a reader that fails where too much comes out of it.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n, errors.New("content too large")
	}
	return n, err
}
