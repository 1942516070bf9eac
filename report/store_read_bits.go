package report

import (
	"encoding/binary"
	"math/bits"
)

// rowBits is a set of rows of a row group. nil stands for all of them where that is said.
type rowBits []uint64

func newRowBits(rows int) rowBits { return make(rowBits, (rows+63)/64) }

// allRows returns the set of all rows.
func allRows(rows int) rowBits {
	b := newRowBits(rows)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if n := rows % 64; n > 0 {
		b[len(b)-1] = 1<<n - 1
	}
	return b
}

func (b rowBits) set(row int)      { b[row/64] |= 1 << (row % 64) }
func (b rowBits) has(row int) bool { return b[row/64]&(1<<(row%64)) != 0 }

func (b rowBits) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (b rowBits) empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// any reports whether a row of [from, to) is in the set.
func (b rowBits) any(from, to int) bool {
	next := b.next(from)
	return next >= 0 && next < to
}

// next returns the first row of the set from that one on, or -1.
func (b rowBits) next(row int) int {
	for i := row / 64; i < len(b); i++ {
		w := b[i]
		if i == row/64 {
			w &= ^uint64(0) << (row % 64)
		}
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return -1
}

// each yields the rows of the set in rising order.
func (b rowBits) each(yield func(row int) bool) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			if !yield(i*64 + bits.TrailingZeros64(w)) {
				return
			}
		}
	}
}

// or adds the rows of o.
func (b rowBits) or(o rowBits) {
	for i := range b {
		b[i] |= o[i]
	}
}

// and keeps the rows that o has too.
func (b rowBits) and(o rowBits) {
	for i := range b {
		b[i] &= o[i]
	}
}

// minus drops the rows of o.
func (b rowBits) minus(o rowBits) {
	for i := range b {
		b[i] &^= o[i]
	}
}

// appendInts appends numbers of 64 bits as Parquet stores them.
func appendInts(dst []int64, data []byte) []int64 {
	for ; len(data) >= 8; data = data[8:] {
		dst = append(dst, int64(binary.LittleEndian.Uint64(data)))
	}
	return dst
}
