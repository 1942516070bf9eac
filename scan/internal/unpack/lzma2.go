package unpack

import (
	"encoding/binary"
	"fmt"
	"io"
)

// An lzma2Reader decodes LZMA2: chunks that are plain or LZMA, with a byte before each
// that says so and what is reset (the format is that of xz's lzma2_decoder.c). It takes
// not a byte beyond the end.
type lzma2Reader struct {
	in    io.Reader
	lzma  lzmaReader
	plain int   // bytes left of a plain chunk
	err   error // sticky
	after error // of in, where a chunk was cut

	begun    bool // the dictionary was reset once
	hasProps bool
}

// openLZMA2 decodes LZMA2 data whose dictionary has the size that the byte stands for.
func openLZMA2(r io.Reader, size byte, limit int64) (io.Reader, error) {
	if size > 40 {
		return nil, fmt.Errorf("dictionary: %w", errLZMA)
	}
	dict := int64(2|size&1) << (size/2 + 11) // 5.3.1 of the xz format
	if size == 40 {
		dict = 1<<32 - 1
	}
	l := &lzma2Reader{in: r}
	if err := l.lzma.window.init(dict, limit); err != nil {
		return nil, err
	}
	l.lzma.buf = make([]byte, 0, 1<<16)
	return l, nil
}

// Read implements io.Reader.
func (l *lzma2Reader) Read(p []byte) (n int, err error) {
	for n == 0 && l.err == nil && len(p) > 0 {
		switch {
		case l.plain > 0:
			n, l.err = l.in.Read(p[:min(len(p), l.plain)])
			l.err = cut(l.err)
			l.lzma.window.append(p[:n])
			l.plain -= n
		case l.lzma.left > 0:
			n, l.err = l.lzma.decode(p)
			if l.err == io.EOF { // an end marker, which LZMA2 does not have
				l.err = errLZMA
			}
			if l.err == io.ErrUnexpectedEOF && l.after == nil { // the chunk was there, but ended early
				l.err = errLZMA
			}
		default:
			l.err = l.chunk()
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, l.err
}

// chunk begins the next chunk.
func (l *lzma2Reader) chunk() error {
	var h [6]byte
	if _, err := io.ReadFull(l.in, h[:1]); err != nil {
		return cut(err)
	}
	control := h[0]
	if control == 0 {
		return io.EOF
	}
	size := 3
	if control >= 0x80 {
		if size = 5; control >= 0xc0 {
			size = 6
		}
	}
	if _, err := io.ReadFull(l.in, h[1:size]); err != nil {
		return cut(err)
	}
	reset := control >= 0xe0 || control == 1
	switch {
	case control > 2 && control < 0x80, !reset && !l.begun:
		return errLZMA
	case reset:
		l.lzma.window.reset()
		l.begun = true
	}
	if control < 0x80 {
		l.plain = int(binary.BigEndian.Uint16(h[1:])) + 1
		return nil
	}
	return l.packed(control, h)
}

// packed begins a chunk of LZMA.
func (l *lzma2Reader) packed(control byte, h [6]byte) error {
	switch {
	case control >= 0xc0:
		if lc, lp := h[5]%9, h[5]/9%5; lc+lp > 4 {
			return errLZMA
		}
		if err := l.lzma.setProps(h[5]); err != nil {
			return err
		}
		l.hasProps = true
		l.lzma.resetState()
	case !l.hasProps:
		return errLZMA
	case control >= 0xa0:
		l.lzma.resetState()
	}
	l.lzma.buf = l.lzma.buf[:int(binary.BigEndian.Uint16(h[3:]))+1]
	n, err := io.ReadFull(l.in, l.lzma.buf)
	if err != nil { // what there is of the chunk is decoded
		l.after = cut(err)
		l.lzma.inErr = l.after
	}
	l.lzma.buf, l.lzma.at = l.lzma.buf[:n], 0
	l.lzma.left = int64(control&0x1f)<<16 + int64(binary.BigEndian.Uint16(h[1:])) + 1
	l.lzma.resetRange()
	return nil
}
