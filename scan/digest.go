package scan

import (
	"encoding/binary"
	"errors"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// covered says of each object whether a digest file of the evidence names it, or
// may be joined by one that does, since it is a log, there are digests and a store is made:
// one bit by ordinal. The content of these objects is hashed on the pass that
// parses it. Names are compared as 64-bit hashes: a collision costs a hash that
// nobody asked for.
type covered []uint64

func (c covered) add(ordinal uint64) { c[ordinal/64] |= 1 << (ordinal % 64) }

func (c covered) has(ordinal uint64) bool {
	return len(c) > 0 && c[ordinal/64]&(1<<(ordinal%64)) != 0
}

// wantsContentHash reports whether the content of an object is to be hashed.
func (r *run) wantsContentHash(ordinal uint64) bool {
	return r.cfg.ContentHash || r.covered.has(ordinal)
}

func (r *run) cover(names *extsort.Sorter) error {
	it, err := names.Merge()
	if err != nil {
		return err
	}
	named, any := uint64(0), false
	for it.Next() {
		key := it.Key()
		switch hash := binary.BigEndian.Uint64(key); {
		case key[8] == 0:
			named, any = hash, true
		case any && hash == named:
			ordinal := binary.BigEndian.Uint64(key[9:])
			r.covered.add(ordinal)
			if ordinal < r.prior && !r.hashed[ordinal] {
				r.missed++
			}
		}
	}
	return errors.Join(it.Err(), it.Close())
}
