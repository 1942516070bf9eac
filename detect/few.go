package detect

import (
	"slices"
	"strings"
)

// few is a set of values that counts up to a bound: whoever has more than that has many. Most have one
// or two, which are found sooner by looking through them, and take less, than in a map.
type few struct {
	values []string            // in the order in which they came
	index  map[string]struct{} // of values, where they are more than lookedThrough
	bytes  int
}

// maxFew is more than any threshold asks for.
const maxFew = 512

// lookedThrough is how many values are no more work to compare than to hash one.
const lookedThrough = 8

// The memory that a set takes about, and each of its values beside its text.
const (
	setBytes   = 256
	valueBytes = 48
)

// add adds a value and reports whether it is new. The set keeps a copy.
func (f *few) add(value string) bool {
	if value == "" || len(f.values) >= maxFew || f.has(value) {
		return false
	}
	if len(f.values) == 0 {
		f.bytes = setBytes
	}
	value = strings.Clone(value)
	f.values = append(f.values, value)
	f.bytes += valueBytes + len(value)
	switch {
	case f.index != nil:
		f.index[value] = struct{}{}
	case len(f.values) > lookedThrough:
		f.index = make(map[string]struct{}, 2*len(f.values))
		for _, v := range f.values {
			f.index[v] = struct{}{}
		}
	}
	return true
}

func (f *few) len() int { return len(f.values) }

func (f *few) has(value string) bool {
	if f.index == nil {
		return slices.Contains(f.values, value)
	}
	_, ok := f.index[value]
	return ok
}
