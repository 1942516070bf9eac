//go:build unix

package report

import (
	"errors"
	"os"
	"syscall"
)

// lockCase waits until nobody else changes the judgements of the case in dir, and keeps others from it until unlock. The directory itself is what is
// locked: the file is another one each time. File systems that cannot lock a directory go without.
func lockCase(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, pathless(err)
	}
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	return func() { f.Close() }, nil // which unlocks it
}
