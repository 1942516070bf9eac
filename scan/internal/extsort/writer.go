package extsort

import (
	"encoding/binary"
	"fmt"
	"sync"
	"unsafe"
)

// A Writer fills runs. It is used by one goroutine.
type Writer struct {
	s      *Sorter
	chunks [][]byte // of the run being filled, the current one last
	chunk  []byte   // the current chunk's used part
	refs   []ref
	size   int64 // bytes of chunks and refs, by capacity
	hint   int   // references to make room for in a new run: what the last one needed
	closed bool
}

// A ref stands for an entry while its run is sorted. The key's first 16 bytes are
// cached, zero padded, so that most comparisons touch no chunk; there are no
// pointers for the garbage collector to follow.
type ref struct {
	hi, lo     uint64
	chunk, off uint32
}

// maxEntry keeps offsets in 32 bits, and blocks within what s2 encodes.
const maxEntry = 1 << 30

const refSize = int64(unsafe.Sizeof(ref{}))

// A memoryRun is a run in memory: entries lie in chunks in the order they
// were added, refs are sorted once sorting says so.
type memoryRun struct {
	chunks  [][]byte
	refs    []ref
	size    int64
	sorting sync.WaitGroup
}

func (r *memoryRun) entry(f *ref) []byte { return r.chunks[f.chunk][f.off:] }

// Add copies key and value. The value may be given in parts, which are stored one
// after another. An entry above 1 GiB is refused and changes
// nothing; any other error stays with the Sorter, and Merge returns it.
func (w *Writer) Add(key []byte, value ...[]byte) error {
	n := 0
	for _, v := range value {
		n += len(v)
	}
	if len(key)+n > maxEntry {
		return fmt.Errorf("entry of %d bytes: more than 1 GiB", len(key)+n)
	}
	need := 2*binary.MaxVarintLen64 + len(key) + n
	if need > cap(w.chunk)-len(w.chunk) || len(w.refs) == cap(w.refs) {
		if err := w.makeRoom(need); err != nil {
			return err
		}
	}
	hi, lo := prefix(key)
	w.refs = append(w.refs, ref{hi, lo, uint32(len(w.chunks) - 1), uint32(len(w.chunk))})
	b := binary.AppendUvarint(w.chunk, uint64(len(key)))
	b = binary.AppendUvarint(b, uint64(n))
	b = append(b, key...)
	for _, v := range value {
		b = append(b, v...)
	}
	w.chunk = b
	return nil
}

// makeRoom makes room for a reference and for need bytes in the current chunk,
// in a new run if this one reached its limit. A run's first entry always fits.
func (w *Writer) makeRoom(need int) error {
	grow, chunk := w.wanted(need)
	if len(w.refs) > 0 && w.size+grow*refSize+chunk > w.s.limit {
		if err := w.endRun(false); err != nil {
			return err
		}
		grow, chunk = w.wanted(need)
	}
	w.size += grow*refSize + chunk
	if grow > 0 {
		w.growRefs(int(grow))
	}
	if chunk > 0 {
		w.chunk = w.s.newChunk(chunk)
		w.chunks = append(w.chunks, w.chunk[:cap(w.chunk)])
	}
	return nil
}

// wanted returns how many references and how many bytes of chunk are missing. The
// references are extrapolated from what the run holds so far.
func (w *Writer) wanted(need int) (refs, chunk int64) {
	if n := int64(len(w.refs)); n == 0 && cap(w.refs) == 0 {
		refs = max(int64(w.hint), min(64, w.s.limit/4/refSize))
	} else if len(w.refs) == cap(w.refs) {
		refs = 16 + n*max(w.s.limit-w.size, 0)/w.size*17/16
	}
	if need > cap(w.chunk)-len(w.chunk) {
		chunk = w.s.chunk
		if w.hint == 0 { // the first run: as much as it has grown to
			chunk = min(chunk, max(w.size, minChunk))
		}
		chunk = max(chunk, int64(need))
	}
	return refs, chunk
}

// growRefs makes room for n more references, by recycling if it can.
func (w *Writer) growRefs(n int) {
	want := len(w.refs) + n
	refs := w.s.recycledRefs(want)
	if refs == nil {
		refs = make([]ref, 0, want)
	}
	w.refs = append(refs, w.refs...)
}

// endRun has the run sorted and hands it to the Sorter.
func (w *Writer) endRun(last bool) error {
	r := &memoryRun{chunks: w.chunks, refs: w.refs, size: w.size}
	w.hint = len(w.refs) + len(w.refs)/16
	w.chunks, w.chunk, w.refs, w.size = nil, nil, nil, 0
	r.sorting.Go(r.sort)
	return w.s.keep(r, last)
}

// Close ends the Writer's last run. A second call does nothing.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	err := w.endRun(true)
	w.s.mu.Lock()
	w.s.openWriters--
	w.s.mu.Unlock()
	return err
}

func (s *Sorter) newChunk(size int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.freeChunks); n > 0 && size == s.chunk {
		c := s.freeChunks[n-1]
		s.freeChunks = s.freeChunks[:n-1]
		return c
	}
	return Allocate(size)
}

// recycledRefs returns a slice of n references that a spilled run left, or nil.
// Others are let go: they are too short for the runs of now.
func (s *Sorter) recycledRefs(n int) []ref {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := len(s.freeRefs); k > 0; k-- {
		r := s.freeRefs[k-1]
		s.freeRefs = s.freeRefs[:k-1]
		if cap(r) >= n {
			return r[:0:n]
		}
	}
	return nil
}

// prefix returns the first 16 bytes of key, zero padded, as two integers.
func prefix(key []byte) (hi, lo uint64) {
	if len(key) >= 16 {
		return binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])
	}
	var b [16]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
}

// split cuts the first entry off b. An entry is the uvarint lengths of key and
// value, and their bytes.
func split(b []byte) (key, value, rest []byte, ok bool) {
	k, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, nil, nil, false
	}
	v, m := binary.Uvarint(b[n:])
	b = b[n+max(m, 0):]
	if m <= 0 || k > uint64(len(b)) || v > uint64(len(b))-k {
		return nil, nil, nil, false
	}
	return b[:k:k], b[k : k+v : k+v], b[k+v:], true
}
