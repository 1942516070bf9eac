//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
)

// interrupter is an error stream that interrupts the program when it announces
// what it will read.
type interrupter struct{ bytes.Buffer }

func (w *interrupter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "stored; expect") {
		syscall.Kill(os.Getpid(), syscall.SIGINT)
		time.Sleep(100 * time.Millisecond) // until the signal was delivered
	}
	return w.Buffer.Write(p)
}

func TestInterrupt(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 9, Bytes: 1 << 20})
	out := t.TempDir()
	var stdout bytes.Buffer
	var stderr interrupter
	if code := run([]string{"analyze", dir, "-o", filepath.Join(out, "case"), "--fail-on", "low"}, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if !strings.Contains(stderr.String(), "coldtrail: interrupted; nothing was kept\n") || stdout.Len() > 0 {
		t.Errorf("stdout %q, stderr %q", &stdout, &stderr.Buffer)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
