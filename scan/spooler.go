package scan

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A spooler writes to the spool for one worker: records, and then their entries,
// which say where the records lie.
type spooler struct {
	s       *spool
	entries *extsort.Writer

	chunk   []byte // of records that stay in memory, its used part
	chunkNo uint64
	full    bool // memory has no room for a further chunk

	waiting []waitingRecord
	bytes   []byte // of those that wait: key, hash, rest of the entry, record

	f      *os.File // nil: nothing was written
	out    *bufio.Writer
	file   uint64
	at     uint64 // where the block that is being filled will lie
	block  []byte
	stored []byte // scratch
}

// A waitingRecord has no spot yet. The offsets are in the spooler's bytes.
type waitingRecord struct {
	time                      uint64 // the key's first eight bytes
	key, hash, rest, raw, end int
}

// add keeps a record and its entry: key, and content hash, spot and the rest as value.
func (w *spooler) add(raw, key, hash, reference, carried []byte) error {
	if at, ok := w.stay(raw); ok {
		var value [spotBytes]byte
		return w.entries.Add(key, hash, at.append(value[:0]), reference, carried)
	}
	if n := len(w.bytes) + len(key) + len(hash) + len(reference) + len(carried) + len(raw); n > w.s.waiting && len(w.waiting) > 0 {
		if err := w.sorted(); err != nil {
			return err
		}
	}
	e := waitingRecord{time: binary.BigEndian.Uint64(key), key: len(w.bytes)}
	w.bytes = append(w.bytes, key...)
	e.hash = len(w.bytes)
	w.bytes = append(w.bytes, hash...)
	e.rest = len(w.bytes)
	w.bytes = append(append(w.bytes, reference...), carried...)
	e.raw = len(w.bytes)
	w.bytes = append(w.bytes, raw...)
	e.end = len(w.bytes)
	w.waiting = append(w.waiting, e)
	return nil
}

// stay puts a record into memory, if there is room.
func (w *spooler) stay(raw []byte) (at spot, ok bool) {
	if w.full || len(raw) > chunkBytes {
		return at, false
	}
	if len(raw) > cap(w.chunk)-len(w.chunk) {
		if w.chunk, w.chunkNo, ok = w.s.chunk(); !ok {
			w.full = true
			return at, false
		}
	}
	at = spot{taken | inMemory | w.chunkNo, uint32(len(w.chunk)), uint32(len(raw))}
	w.chunk = append(w.chunk, raw...)
	return at, true
}

// sorted writes what waits, in order of time.
func (w *spooler) sorted() error {
	slices.SortFunc(w.waiting, func(a, b waitingRecord) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.key, b.key))
	})
	var value [spotBytes]byte
	for i := range w.waiting {
		e := &w.waiting[i]
		at, err := w.place(w.bytes[e.raw:e.end])
		if err != nil {
			return err
		}
		if err := w.entries.Add(w.bytes[e.key:e.hash], w.bytes[e.hash:e.rest], at.append(value[:0]), w.bytes[e.rest:e.raw]); err != nil {
			return err
		}
	}
	w.waiting = w.waiting[:0]
	w.bytes = w.bytes[:0]
	if cap(w.bytes) > 2*w.s.waiting { // one large record
		w.bytes = nil
	}
	return nil
}

// place puts a record into a block.
func (w *spooler) place(raw []byte) (spot, error) {
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
	b := extsort.EncodeBlock(w.stored, w.block)
	w.stored = b
	w.at += uint64(len(b))
	w.block = w.block[:0]
	if w.at >= maxAt {
		return fmt.Errorf("records of more than %d bytes", int64(maxAt))
	}
	_, err := w.out.Write(b)
	return err
}

// close ends what the worker has written. The entries are not closed.
func (w *spooler) close() error {
	if err := w.sorted(); err != nil || w.f == nil {
		return err
	}
	return errors.Join(w.flush(), w.out.Flush())
}
