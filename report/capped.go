package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// A capped is a table in the order in which its keys first occurred. It admits
// limit keys; what the rest adds up to is counted in others. Filled from parts in timeline
// order it holds the same rows wherever the parts were cut.
type capped[K comparable, V any] struct {
	limit  int // 0: none
	index  map[K]int
	keys   []K
	vals   []V
	others int64 // occurrences whose key was not admitted
}

// at returns the row of k, which is made where it is missing, with own(k) as its
// key. It returns nil where the table is full. The row is valid until the next call.
func (c *capped[K, V]) at(k K, own func(K) K) *V {
	if i := c.place(k, own); i >= 0 {
		return &c.vals[i]
	}
	return nil
}

// place is at for those who want the row's number, which stays; -1 where the table is full.
func (c *capped[K, V]) place(k K, own func(K) K) int {
	if i, ok := c.index[k]; ok {
		return i
	}
	if c.limit > 0 && len(c.keys) >= c.limit {
		return -1
	}
	if c.index == nil {
		c.index = make(map[K]int)
	}
	if own != nil {
		k = own(k)
	}
	c.index[k] = len(c.keys)
	c.keys = append(c.keys, k)
	var zero V
	c.vals = append(c.vals, zero)
	return len(c.vals) - 1
}

// row returns the row of k, or nil.
func (c *capped[K, V]) row(k K) *V {
	if i, ok := c.index[k]; ok {
		return &c.vals[i]
	}
	return nil
}

// reset empties the table and keeps its memory.
func (c *capped[K, V]) reset() {
	clear(c.index)
	clear(c.keys)
	clear(c.vals)
	c.keys, c.vals, c.others = c.keys[:0], c.vals[:0], 0
}

// A row can be added to another of its type, and says of how many events it is the sum.
type row[V any] interface {
	*V
	add(*V)
	events() int64
}

// merge adds a part, whose events follow those of dst.
func merge[K comparable, V any, P row[V]](dst, part *capped[K, V]) {
	for i, k := range part.keys {
		if v := dst.at(k, nil); v != nil {
			P(v).add(&part.vals[i])
		} else {
			dst.others += P(&part.vals[i]).events()
		}
	}
	dst.others += part.others
}

// A count is how often a value occurred.
type count int64

func (c *count) add(o *count)  { *c += *o }
func (c *count) events() int64 { return int64(*c) }

// values counts the strings that one field of a row had.
type values = capped[string, count]

// see counts one occurrence of s in a part, unless s is empty.
func see(v *values, s string) {
	if s != "" {
		*v.at(clip(s), strings.Clone)++
	}
}

// textLimit bounds the strings that the tally keeps. CloudTrail cuts its own at
// about a kilobyte; other writers of evidence may not.
const textLimit = 1024

// clip returns s as valid UTF-8, or its first bytes and a hash of it where it is
// overlong.
func clip(s string) string {
	if len(s) <= textLimit {
		return valid(s)
	}
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%s… (%d bytes, SHA-256 %s)", valid(s[:256]), len(s), hex.EncodeToString(sum[:]))
}

// own is clip for strings that must outlive the batch.
func own(s string) string { return strings.Clone(clip(s)) }
