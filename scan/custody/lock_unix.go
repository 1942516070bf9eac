//go:build unix

package custody

import (
	"os"
	"syscall"
)

// lock keeps other processes from appending to the log until the file is closed.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
