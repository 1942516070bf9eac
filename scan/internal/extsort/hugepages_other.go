//go:build !linux

package extsort

// allocate returns an empty chunk.
func allocate(size int64) []byte { return make([]byte, 0, size) }
