package report

import "sync"

// A columnCache keeps columns that were read whole, for questions that go over a case more
// than once: to take a column out of its pages costs more than most of what is asked of it.
// What comes first stays, up to a bound. Its vectors are only read.
type columnCache struct {
	mu      sync.Mutex
	room    int64 // bytes that are left
	columns map[columnKey]*vector
}

type columnKey struct{ part, group, leaf int }

// keptColumn bounds a column of one row group that is kept, in bytes. Identities, names and
// addresses have some tens of thousands; requests and records are better read again.
const keptColumn = 128 << 10

// Remember keeps columns that are read, in so many bytes. It is called before the store is
// read, and not for one from which redacted texts are read.
func (s *EventStore) Remember(bytes int64) {
	s.columns = &columnCache{room: bytes, columns: map[columnKey]*vector{}}
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
	if c == nil || !v.whole {
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

// size returns about how many bytes the column takes.
func (v *vector) size() int64 {
	return int64(cap(v.data)+len(v.lists)) + 4*int64(cap(v.starts)+cap(v.index)+cap(v.first)) + 8*int64(cap(v.ints))
}
