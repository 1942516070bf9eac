package extsort

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/s2"
)

// A spilledRun is a sorted run in a file: blocks of whole entries, each
//
//	stored length  4 bytes, little endian
//	checksum       4 bytes, CRC-32C of what follows
//	entries        compressed with s2
//
// The private format may change at any time: no run outlives its Sorter.
//
// Why s2: writing and reading back 1.6 kB JSON records through the page cache
// (EPYC, one core, blocks of 256 KiB) runs at 2.6 GB/s plain and 1.2 GB/s with
// s2, at a fifth of the bytes. The 0.4 s of CPU a GB are less than any disk below
// 2 GB/s needs for the other four fifths, and the evidence's machine needs a
// fifth of the room.
type spilledRun struct {
	path    string
	size    int64 // stored bytes
	entries int64
}

const blockHeader = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// write writes what it delivers to f, in blocks of about block bytes.
func (r *spilledRun) write(f io.Writer, it *Iterator, block int) error {
	raw := make([]byte, 0, block)
	var stored []byte
	for it.Next() {
		if len(raw) > 0 && len(raw)+len(it.entry) > block {
			stored = encodeBlock(stored, raw)
			if err := r.writeBlock(f, stored); err != nil {
				return err
			}
			raw = raw[:0]
		}
		raw = append(raw, it.entry...)
	}
	if it.Err() != nil || len(raw) == 0 {
		return it.Err()
	}
	return r.writeBlock(f, encodeBlock(stored, raw))
}

func (r *spilledRun) writeBlock(f io.Writer, stored []byte) error {
	n, err := f.Write(stored)
	r.size += int64(n)
	if err != nil {
		return fmt.Errorf("spilled run: %w", err)
	}
	return nil
}

// encodeBlock returns the block that holds raw, in dst's memory if it suffices.
func encodeBlock(dst, raw []byte) []byte {
	n := blockHeader + s2.MaxEncodedLen(len(raw))
	dst = slices.Grow(dst[:0], n)[:n]
	body := s2.Encode(dst[blockHeader:], raw)
	binary.LittleEndian.PutUint32(dst, uint32(len(body)))
	binary.LittleEndian.PutUint32(dst[4:], crc32.Checksum(body, castagnoli))
	return dst[:blockHeader+len(body)]
}

// A runReader reads a spilled run's blocks.
type runReader struct {
	run   *spilledRun
	file  *os.File
	off   int64  // of the next block
	block []byte // decoded
}

// next returns the next block's entries, valid until the following call, or
// io.EOF where the run was known to end. stored is a buffer that all readers of a
// merge share.
func (r *runReader) next(stored *[]byte) ([]byte, error) {
	if r.off == r.run.size {
		return nil, io.EOF
	}
	b, err := r.decode(stored)
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("spilled run %s: block at offset %d: %w", r.run.path, r.off, err)
	}
	r.off += blockHeader + int64(len(*stored))
	r.block = b
	return b, nil
}

func (r *runReader) decode(stored *[]byte) ([]byte, error) {
	var h [blockHeader]byte
	if _, err := io.ReadFull(r.file, h[:]); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(h[:]))
	if n > r.run.size-r.off-blockHeader { // before it is allocated
		return nil, fmt.Errorf("length %d exceeds the run", n)
	}
	*stored = slices.Grow((*stored)[:0], int(n))[:n]
	if _, err := io.ReadFull(r.file, *stored); err != nil {
		return nil, err
	}
	if crc32.Checksum(*stored, castagnoli) != binary.LittleEndian.Uint32(h[4:]) {
		return nil, errors.New("checksum mismatch")
	}
	return s2.Decode(r.block[:cap(r.block)], *stored)
}
