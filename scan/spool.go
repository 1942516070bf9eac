package scan

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync"

	"github.com/klauspost/compress/s2"
)

// A spool keeps the bytes of the records between reading and settling, for sinks
// that want them. They do not travel through the sort, which would move each of
// them several times: an entry says where its record lies. Records lie in the
// order in which they were read, which within an account and region is nearly
// that of the timeline, so that settling meets each block a few times in a row.
//
// Each worker has a file, of blocks of
//
//	4 bytes  length of what is stored, little endian
//	4 bytes  its CRC-32C
//	n bytes  records one after the other, compressed with s2
//
// Even where there is memory for all of them, packing them costs less than touching
// so much memory for the first time does on a virtual machine.
type spool struct {
	dir string

	mu    sync.Mutex // of files, while workers write
	files []*os.File

	blocks blockCache
}

// A spot is where the spool keeps a record.
type spot struct {
	where  uint64 // taken, then 15 bits of file and 48 of the block's offset
	offset uint32 // in the block
	size   uint32
}

const (
	taken       = 1 << 63 // so that no place is 0
	atBits      = 48
	maxAt       = 1 << atBits
	spotBytes   = 16
	blockBytes  = 64 << 10 // a block is read for the sake of one record where the order is bad
	blockHeader = 8
)

func (s spot) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, s.where)
	dst = binary.BigEndian.AppendUint32(dst, s.offset)
	return binary.BigEndian.AppendUint32(dst, s.size)
}

func spotOf(b []byte) spot {
	return spot{binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])}
}

// newSpool makes a spool that remembers about cached bytes of what it reads back.
func newSpool(dir string, cached int64) *spool {
	s := &spool{dir: dir}
	s.blocks.sets = make([]blockSet, max(4, cached/blockBytes/ways))
	return s
}

func (s *spool) file() (*os.File, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := os.CreateTemp(s.dir, "records-*")
	if err != nil {
		return nil, 0, err
	}
	s.files = append(s.files, f)
	return f, uint64(len(s.files) - 1), nil
}

// close removes the spool's files.
func (s *spool) close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close(), os.Remove(f.Name()))
	}
	s.files = nil
	return errors.Join(errs...)
}

// A spooler writes to the spool for one worker.
type spooler struct {
	s      *spool
	f      *os.File // nil: nothing was added
	out    *bufio.Writer
	file   uint64
	at     uint64 // where the block that is being filled will lie
	block  []byte
	stored []byte // scratch
}

// add keeps a record.
func (w *spooler) add(raw []byte) (spot, error) {
	if w.f == nil {
		if err := w.open(); err != nil {
			return spot{}, err
		}
	}
	if len(w.block) > 0 && len(w.block)+len(raw) > blockBytes {
		if err := w.flush(); err != nil {
			return spot{}, err
		}
	}
	at := spot{taken | w.file<<atBits | w.at, uint32(len(w.block)), uint32(len(raw))}
	w.block = append(w.block, raw...)
	return at, nil
}

func (w *spooler) open() (err error) {
	w.f, w.file, err = w.s.file()
	if err == nil {
		w.out = bufio.NewWriterSize(w.f, 256<<10)
	}
	return err
}

func (w *spooler) flush() error {
	w.stored = append(w.stored[:0], make([]byte, blockHeader)...)
	if need := blockHeader + s2.MaxEncodedLen(len(w.block)); cap(w.stored) < need {
		w.stored = make([]byte, blockHeader, need)
	}
	packed := s2.Encode(w.stored[blockHeader:cap(w.stored)], w.block)
	b := w.stored[:blockHeader+len(packed)]
	binary.LittleEndian.PutUint32(b, uint32(len(packed)))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(packed, castagnoli))
	w.at += uint64(len(b))
	w.block = w.block[:0]
	if w.at >= maxAt {
		return fmt.Errorf("records of more than %d bytes", int64(maxAt))
	}
	_, err := w.out.Write(b)
	return err
}

// close ends what the worker has written.
func (w *spooler) close() error {
	if w.f == nil {
		return nil
	}
	return errors.Join(w.flush(), w.out.Flush())
}

// read appends a record to dst.
func (s *spool) read(dst []byte, at spot) ([]byte, error) {
	dst, err := s.blocks.read(s, dst, at)
	if err != nil {
		return dst, fmt.Errorf("spooled records: %w", err)
	}
	return dst, nil
}

// A blockCache remembers blocks that were read back: neighbours in time come from
// a few blocks of each account and region, and are wanted again at once. A
// block's place decides its set, of which the block used longest ago gives way.
type blockCache struct {
	sets []blockSet
}

const ways = 8 // of a set: with fewer, two busy blocks may well drive each other out

type blockSet struct {
	mu     sync.Mutex
	used   uint64 // how often the set was asked
	blocks [ways]cachedBlock
	stored []byte // scratch
}

type cachedBlock struct {
	where uint64 // 0: empty
	used  uint64 // when it was asked for last
	bytes []byte
}

// read appends the record.
func (c *blockCache) read(s *spool, dst []byte, at spot) ([]byte, error) {
	set := &c.sets[mix(at.where)%uint64(len(c.sets))]
	set.mu.Lock()
	defer set.mu.Unlock()
	b, err := set.block(s, at.where)
	if err != nil {
		return dst, err
	}
	if uint64(at.offset)+uint64(at.size) > uint64(len(b.bytes)) {
		return dst, errors.New("block is shorter than it was")
	}
	dst = append(dst, b.bytes[at.offset:at.offset+at.size]...)
	if len(b.bytes) > blockBytes { // it holds one large record, which is not wanted again
		*b = cachedBlock{}
		set.stored = nil
	}
	return dst, nil
}

// block returns the block of that place, read from the disk if it must be.
func (set *blockSet) block(s *spool, where uint64) (*cachedBlock, error) {
	set.used++
	oldest := &set.blocks[0]
	for i := range set.blocks {
		b := &set.blocks[i]
		if b.where == where {
			b.used = set.used
			return b, nil
		}
		if b.used < oldest.used {
			oldest = b
		}
	}
	oldest.where = 0
	if err := set.load(s, oldest, where); err != nil {
		return nil, err
	}
	oldest.where, oldest.used = where, set.used
	return oldest, nil
}

// mix spreads a block's place over the sets (the finaliser of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

func (set *blockSet) load(s *spool, b *cachedBlock, where uint64) error {
	f := s.files[where&^taken>>atBits]
	at := int64(where & (maxAt - 1))
	var h [blockHeader]byte
	if _, err := f.ReadAt(h[:], at); err != nil {
		return err
	}
	n := int(binary.LittleEndian.Uint32(h[:]))
	if cap(set.stored) < n {
		set.stored = make([]byte, n)
	}
	set.stored = set.stored[:n]
	if _, err := f.ReadAt(set.stored, at+blockHeader); err != nil {
		return err
	}
	if crc32.Checksum(set.stored, castagnoli) != binary.LittleEndian.Uint32(h[4:]) {
		return errors.New("checksum mismatch")
	}
	var err error
	b.bytes, err = s2.Decode(b.bytes[:cap(b.bytes)], set.stored)
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
