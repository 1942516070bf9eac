//go:build !linux

package extsort

// Allocate returns an empty chunk.
func Allocate(size int64) []byte { return make([]byte, 0, size) }
