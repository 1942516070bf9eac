package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

const (
	// memoryBesides is what the engine may have besides the memory that it counts:
	// rows in work, and what functions make of them.
	memoryBesides = 1 << 30
	// memoryOfGo is what this program itself may need then. It is taken before there is a
	// limit, because Go ends a program that gets no memory.
	memoryOfGo = 256 << 20
)

// limitMemory has the system refuse memory beyond what a query may take. The engine counts most of what
// it takes, but not the values that a function makes of one row, which may be any size.
func limitMemory(limit int64) error {
	hold := make([]byte, memoryOfGo) // mapped, but not touched
	runtime.KeepAlive(hold)
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return nil // no /proc: no limit
	}
	const data = 5 // man 5 proc_pid_statm: the sixth, in pages
	fields := bytes.Fields(b)
	if len(fields) <= data {
		return nil
	}
	pages, err := strconv.ParseInt(string(fields[data]), 10, 64)
	if err != nil {
		return err
	}
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &r); err != nil {
		return err
	}
	r.Cur = min(r.Max, uint64(pages*int64(os.Getpagesize())+limit+memoryBesides))
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &r)
}
