package extsort

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/s2"
)

// A block of a temporary file is
//
//	stored length  4 bytes, little endian
//	checksum       4 bytes, CRC-32C of what follows
//	content        compressed with s2
const blockHeader = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// EncodeBlock returns the block that holds raw, in dst's memory if it suffices.
func EncodeBlock(dst, raw []byte) []byte {
	n := blockHeader + s2.MaxEncodedLen(len(raw))
	dst = slices.Grow(dst[:0], n)[:n]
	body := s2.Encode(dst[blockHeader:], raw)
	binary.LittleEndian.PutUint32(dst, uint32(len(body)))
	binary.LittleEndian.PutUint32(dst[4:], crc32.Checksum(body, castagnoli))
	return dst[:blockHeader+len(body)]
}

// ReadBlock reads the block that begins at an offset of f, which ends at size. It
// returns the content, in dst's memory if that suffices, and the block's length.
// stored is a buffer that many readers may share.
func ReadBlock(f io.ReaderAt, at, size int64, dst []byte, stored *[]byte) ([]byte, int64, error) {
	var h [blockHeader]byte
	if err := readFullAt(f, h[:], at); err != nil {
		return nil, 0, err
	}
	n := int64(binary.LittleEndian.Uint32(h[:]))
	if n > size-at-blockHeader { // before it is allocated
		return nil, 0, fmt.Errorf("length %d exceeds the file", n)
	}
	*stored = slices.Grow((*stored)[:0], int(n))[:n]
	if err := readFullAt(f, *stored, at+blockHeader); err != nil {
		return nil, 0, err
	}
	if crc32.Checksum(*stored, castagnoli) != binary.LittleEndian.Uint32(h[4:]) {
		return nil, 0, errors.New("checksum mismatch")
	}
	b, err := s2.Decode(dst[:cap(dst)], *stored)
	return b, blockHeader + n, err
}

func readFullAt(f io.ReaderAt, b []byte, at int64) error {
	n, err := f.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}
