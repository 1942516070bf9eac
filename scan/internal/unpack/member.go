package unpack

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

// Packed opens the stream that has the member in it, at its beginning: the member
// begins Skip bytes later. The archive's bytes are at.
func (d *Decoder) Packed(at io.ReaderAt, size int64, l *Locator) (io.Reader, error) {
	from := l.Stream
	if l.local {
		var err error
		if from, err = behindLocal(at, from); err != nil {
			return nil, err
		}
	}
	if from < 0 || l.length < 0 || from > size {
		return nil, io.ErrUnexpectedEOF
	}
	in := io.NewSectionReader(at, from, min(l.length, size-from)) // an end before length is found by whoever decodes
	switch l.method {
	case stored:
		return in, nil
	case deflated:
		return d.inflate(bufio.NewReader(in)), nil
	case bzipped:
		return d.Open(Bzip2, bufio.NewReader(in))
	case zstandard:
		return d.Open(Zstd, bufio.NewReader(in))
	case xzipped:
		return d.Open(Xz, bufio.NewReader(in))
	case zipLZMA:
		return d.openZipLZMA(in, l.unpacked)
	case lzma1:
		return openLZMA(in, l.props, l.unpacked, d.window())
	case lzma2:
		return openLZMA2(bufio.NewReader(in), l.props[0], d.window())
	}
	return nil, errors.New("not a stream of its own")
}

// inflate reuses the inflater, which is costly to make.
func (d *Decoder) inflate(r io.Reader) io.Reader {
	if d.flate == nil {
		d.flate = flate.NewReader(r)
	} else {
		d.flate.(flate.Resetter).Reset(r, nil) // never fails without a dictionary
	}
	return d.flate
}

// behindLocal returns where the data begins behind a zip's local header, whose name
// and extra field may be others than the directory's.
func behindLocal(at io.ReaderAt, offset int64) (int64, error) {
	var h [localSize]byte
	if _, err := at.ReadAt(h[:], offset); err != nil {
		return 0, cut(err)
	}
	if string(h[:4]) != localMagic {
		return 0, errors.New("no local header where the directory says")
	}
	return offset + localSize + int64(binary.LittleEndian.Uint16(h[26:])) + int64(binary.LittleEndian.Uint16(h[28:])), nil
}

// openZipLZMA reads LZMA as zip has it (APPNOTE 5.8.8): version, size of the properties, properties.
func (d *Decoder) openZipLZMA(r io.Reader, size int64) (io.Reader, error) {
	var h [9]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, cut(err)
	}
	if h[2] != 5 || h[3] != 0 {
		return nil, fmt.Errorf("LZMA properties of %d bytes", binary.LittleEndian.Uint16(h[2:]))
	}
	return openLZMA(r, string(h[4:]), size, d.window())
}

// Member opens a member that has a stream of its own, or the beginning of its shared one up to it.
func (d *Decoder) Member(at io.ReaderAt, size int64, l *Locator) (io.Reader, error) {
	r, err := d.Packed(at, size, l)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, l.Skip); err != nil {
		return nil, cut(err)
	}
	return l.Member(r), nil
}
