//go:build !linux

package main

// machineMemory returns the machine's memory in bytes, 0 where it is not known:
// Go's library does not tell outside Linux.
func machineMemory() int64 { return 0 }
