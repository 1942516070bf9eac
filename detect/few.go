package detect

import "strings"

// few is a set of values that counts up to a bound: whoever has more than that has many.
type few struct {
	values map[string]struct{}
	bytes  int
}

// maxFew is more than any threshold asks for.
const maxFew = 512

// The memory that a set takes about, and each of its values beside its text.
const (
	setBytes   = 256
	valueBytes = 48
)

// add adds a value and reports whether it is new. The set keeps a copy.
func (f *few) add(value string) bool {
	if _, ok := f.values[value]; ok || value == "" || len(f.values) >= maxFew {
		return false
	}
	if f.values == nil {
		f.values, f.bytes = map[string]struct{}{}, setBytes
	}
	f.values[strings.Clone(value)] = struct{}{}
	f.bytes += valueBytes + len(value)
	return true
}

func (f *few) len() int              { return len(f.values) }
func (f *few) has(value string) bool { _, ok := f.values[value]; return ok }
