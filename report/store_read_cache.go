package report

import (
	"slices"
	"sync"
)

// A columnCache keeps columns that were read whole, for questions that go over a case more
// than once: to take a column out of its pages costs more than most of what is asked of it.
// What comes first stays, up to a bound. Its vectors are only read.
//
// Columns that nobody uses any more are kept too, for the memory that they have: to touch memory for the first time takes
// as long as to fill it.
type columnCache struct {
	mu      sync.Mutex
	room    int64 // bytes that are left
	columns map[columnKey]*vector
	once    []int // leaves that are not kept

	spare     map[int][]*vector // by leaf: other row groups have of it about as much
	spareRoom int64             // bytes that are left
}

type columnKey struct{ part, group, leaf int }

// keptColumn bounds a column of one row group that is kept, in bytes. Identities, names and
// addresses have some tens of thousands; requests and records are better read again.
const keptColumn = 128 << 10

// Remember keeps columns that are read, in so many bytes, but for those that are known to be read once: these leaves. It is called
// before the store is read, and not for one from which redacted texts are read.
func (s *EventStore) Remember(bytes int64, once ...int) {
	s.columns = newColumnCache(bytes, bytes/4)
	s.columns.once = once
}

// Reuse keeps no column, but so many bytes of the memory of columns that nobody uses any more, where Remember does not.
func (s *EventStore) Reuse(bytes int64) { s.columns = newColumnCache(0, bytes) }

func newColumnCache(room, spare int64) *columnCache {
	return &columnCache{room: room, columns: map[columnKey]*vector{}, spare: map[int][]*vector{}, spareRoom: spare}
}

func (c *columnCache) get(key columnKey) *vector {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.columns[key]
}

// offer keeps a column if it is whole and there is room for it.
func (c *columnCache) offer(key columnKey, v *vector) {
	if c == nil || !v.whole || slices.Contains(c.once, key.leaf) {
		return
	}
	size := v.size()
	if size > keptColumn {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if size > c.room || c.columns[key] != nil {
		return
	}
	c.room -= size
	c.columns[key], v.kept = v, true
}

// give takes the memory of a column that nobody uses any more.
func (c *columnCache) give(leaf int, v *vector) {
	size := v.size()
	c.mu.Lock()
	defer c.mu.Unlock()
	if size <= c.spareRoom {
		c.spareRoom -= size
		c.spare[leaf] = append(c.spare[leaf], v)
	}
}

// take returns an empty column with the memory of one that was given, or nil.
func (c *columnCache) take(leaf int) *vector {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.spare[leaf])
	if n == 0 {
		return nil
	}
	v := c.spare[leaf][n-1]
	c.spare[leaf] = c.spare[leaf][:n-1]
	c.spareRoom += v.size()
	v.empty()
	return v
}

// empty leaves the vector's memory.
func (v *vector) empty() {
	*v = vector{data: v.data[:0], starts: v.starts[:0], ints: v.ints[:0], index: v.index[:0], first: v.first[:0], lists: v.lists[:0]}
}

// size returns about how many bytes the column takes.
func (v *vector) size() int64 {
	return int64(cap(v.data)+len(v.lists)) + 4*int64(cap(v.starts)+cap(v.index)+cap(v.first)) + 8*int64(cap(v.ints))
}
