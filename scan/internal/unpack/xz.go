package unpack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"
)

// xzReader reads the frame of xz: streams of blocks, each LZMA2 with a check of its
// content, then an index of the blocks and a footer. Section numbers are those of
// "The .xz File Format", version 1.2.1.
type xzReader struct {
	in     counting
	window int64
	flags  [2]byte // of the stream
	open   bool    // a stream is
	err    error

	block      io.Reader // nil: none is open
	check      hash.Hash // of the block; nil: it has none
	size       int       // of the check
	from       int64     // where the block begins
	packed     int64     // that its header says it takes; -1: it does not say
	unpacked   int64
	headerSize int64
	produced   int64 // of the block

	blocks int64
	index  hash.Hash32 // over the index as it must be
}

var errXz = errors.New("malformed")

func (x *xzReader) Read(p []byte) (n int, err error) {
	for n == 0 && x.err == nil && len(p) > 0 {
		n, x.err = x.step(p)
	}
	if n > 0 {
		return n, nil
	}
	return 0, x.err
}

// step reads a piece of a block, or whatever lies between blocks.
func (x *xzReader) step(p []byte) (int, error) {
	switch {
	case !x.open:
		return 0, x.stream()
	case x.block == nil:
		return 0, cut(x.header())
	}
	n, err := x.block.Read(p)
	x.produced += int64(n)
	if x.check != nil {
		x.check.Write(p[:n])
	}
	if x.unpacked >= 0 && x.produced > x.unpacked || x.packed >= 0 && x.in.n-x.from-x.headerSize > x.packed {
		return n, fmt.Errorf("block: %w", errXz)
	}
	if err == io.EOF {
		err = cut(x.endBlock())
	}
	return n, err
}

// stream begins a stream (2.1.1), behind padding (2.2) where it is not the first.
func (x *xzReader) stream() error {
	var head [12]byte
	for {
		n, err := io.ReadFull(&x.in, head[:4])
		if n == 0 && err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return cut(err)
		}
		if head != [12]byte{} {
			break
		}
	}
	if string(head[:4]) != "\xfd7zX" {
		return errors.New("something else follows the stream")
	}
	if _, err := io.ReadFull(&x.in, head[4:]); err != nil {
		return cut(err)
	}
	if string(head[4:7]) != "Z\x00\x00" || head[7] > 15 || crc32.ChecksumIEEE(head[6:8]) != binary.LittleEndian.Uint32(head[8:]) {
		return fmt.Errorf("stream header: %w", errXz)
	}
	x.flags = [2]byte(head[6:8])
	x.open, x.blocks, x.index = true, 0, crc32.NewIEEE()
	return nil
}

// checks has the size of a block's check by the stream's flags (2.1.1.2).
var checks = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}

var crc64ECMA = crc64.MakeTable(crc64.ECMA)

func (x *xzReader) newCheck() {
	x.size, x.check = checks[x.flags[1]], nil
	switch x.flags[1] {
	case 1:
		x.check = crc32.NewIEEE()
	case 4:
		x.check = crc64.New(crc64ECMA)
	case 10:
		x.check = sha256.New()
	}
}

// header reads a block's header (3.1), or the index in its place.
func (x *xzReader) header() error {
	x.from = x.in.n
	size, err := x.in.ReadByte()
	if err != nil {
		return err
	}
	if size == 0 {
		return x.endStream()
	}
	b := make([]byte, (int(size)+1)*4)
	b[0] = size
	if _, err := io.ReadFull(&x.in, b[1:]); err != nil {
		return err
	}
	end := len(b) - 4
	if crc32.ChecksumIEEE(b[:end]) != binary.LittleEndian.Uint32(b[end:]) {
		return fmt.Errorf("block header: %w", ErrChecksum)
	}
	x.headerSize, x.packed, x.unpacked = int64(len(b)), -1, -1
	fields := bytes.NewReader(b[2:end])
	for _, f := range []struct {
		flag byte
		to   *int64
	}{{0x40, &x.packed}, {0x80, &x.unpacked}} {
		if b[1]&f.flag != 0 {
			if *f.to, err = xzNumber(fields); err != nil {
				return fmt.Errorf("block header: %w", errXz)
			}
		}
	}
	if b[1]&0x3c != 0 {
		return fmt.Errorf("block header: %w", errXz)
	}
	return x.filter(fields, int(b[1]&3)+1)
}

// filter opens the block's data. Of the filters (5.3) only LZMA2 is read: the others
// are for programs.
func (x *xzReader) filter(fields *bytes.Reader, filters int) error {
	id, err := xzNumber(fields)
	if err != nil {
		return fmt.Errorf("block header: %w", errXz)
	}
	if filters != 1 || id != 0x21 {
		return errors.New("packed with a filter for programs, which is not read")
	}
	var props [2]byte
	if _, err := io.ReadFull(fields, props[:]); err != nil || props[0] != 1 {
		return fmt.Errorf("block header: %w", errXz)
	}
	x.block, err = openLZMA2(&x.in, props[1], x.window)
	x.produced = 0
	x.newCheck()
	return err
}

// endBlock reads a block's padding (3.3) and check (3.4).
func (x *xzReader) endBlock() error {
	packed := x.in.n - x.from
	if x.unpacked >= 0 && x.produced != x.unpacked || x.packed >= 0 && packed-x.headerSize != x.packed {
		return fmt.Errorf("block: %w", errXz)
	}
	rest := make([]byte, -packed&3+int64(x.size))
	if _, err := io.ReadFull(&x.in, rest); err != nil {
		return cut(err)
	}
	if x.check != nil {
		sum := x.check.Sum(nil)
		if x.size <= 8 { // a CRC is a number, the lowest byte first
			slices.Reverse(sum)
		}
		if !bytes.Equal(sum, rest[len(rest)-x.size:]) {
			return fmt.Errorf("block: %w", ErrChecksum)
		}
	}
	x.block = nil
	x.blocks++
	number := binary.AppendUvarint(nil, uint64(packed)+uint64(x.size))
	x.index.Write(binary.AppendUvarint(number, uint64(x.produced)))
	return nil
}

// endStream reads the index (4), whose first byte is read, and the footer (2.1.2).
func (x *xzReader) endStream() error {
	sum := crc32.NewIEEE()
	sum.Write([]byte{0})
	index := &counting{Input: &summed{in: &x.in, sum: sum}}
	n, err := xzNumber(index)
	if err != nil {
		return err
	}
	records := crc32.NewIEEE()
	for range n {
		var b []byte
		for range 2 {
			v, err := xzNumber(index)
			if err != nil {
				return err
			}
			b = binary.AppendUvarint(b, uint64(v))
		}
		records.Write(b)
	}
	for (1+index.n)%4 != 0 {
		if b, err := index.ReadByte(); err != nil || b != 0 {
			return cmpOr(err, fmt.Errorf("index: %w", errXz))
		}
	}
	size := 1 + index.n
	if n != x.blocks || records.Sum32() != x.index.Sum32() {
		return errors.New("index: does not fit the blocks")
	}
	var end [16]byte
	if _, err := io.ReadFull(&x.in, end[:]); err != nil {
		return err
	}
	foot := end[4:]
	switch {
	case binary.LittleEndian.Uint32(end[:]) != sum.Sum32():
		return fmt.Errorf("index: %w", ErrChecksum)
	case crc32.ChecksumIEEE(foot[4:10]) != binary.LittleEndian.Uint32(foot):
		return fmt.Errorf("stream footer: %w", ErrChecksum)
	case string(foot[10:]) != "YZ" || [2]byte(foot[8:10]) != x.flags || int64(binary.LittleEndian.Uint32(foot[4:])) != size/4:
		return fmt.Errorf("stream footer: %w", errXz)
	}
	x.open = false
	return nil
}

func cmpOr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// summed hashes the bytes that are read from it.
type summed struct {
	in  Input
	sum hash.Hash32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.sum.Write(p[:n])
	return n, err
}

func (s *summed) ReadByte() (byte, error) {
	b, err := s.in.ReadByte()
	if err == nil {
		s.sum.Write([]byte{b})
	}
	return b, err
}

// xzNumber reads a number (1.2): seven bits a byte, nine bytes at most.
func xzNumber(r io.ByteReader) (int64, error) {
	var v uint64
	for i := range 9 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 && i > 0 {
				return 0, errXz
			}
			return int64(v), nil
		}
	}
	return 0, errXz
}
