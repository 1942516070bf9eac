//go:build !linux

package extsort

// Allocate returns an empty slice of that capacity.
func Allocate(size int64) []byte { return make([]byte, 0, size) }
