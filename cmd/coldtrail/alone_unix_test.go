//go:build unix && !bench

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// runAlone runs the program as a process of its own, which must end with that code, and
// returns what it said and how much memory was resident at most, in bytes; 0 where the
// system does not tell, or the race detector runs. What wait4 tells will not do: it counts the test's own memory, which
// the process shares until it is another program.
func runAlone(t *testing.T, want int, args ...string) (out []byte, peak int64) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	program := filepath.Join(t.TempDir(), "coldtrail")
	check(t, os.Symlink(self, program)) // see TestMain
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	check(t, cmd.Start())
	done, peaks := make(chan struct{}), make(chan int64)
	go func() { peaks <- watchResident(cmd.Process.Pid, done) }()
	err = cmd.Wait()
	close(done)
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("%q: %v, want exit code %d\n%s", args, err, want, &said)
	}
	if peak = <-peaks; raceDetector { // whose own memory is several times the program's
		peak = 0
	}
	return said.Bytes(), peak
}

// watchResident returns the last that Linux says of how much was resident at most.
func watchResident(pid int, done <-chan struct{}) (peak int64) {
	for {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if _, rest, ok := bytes.Cut(b, []byte("VmHWM:")); ok {
			var kib int64
			if _, err := fmt.Sscan(string(rest), &kib); err == nil {
				peak = kib << 10
			}
		}
		select {
		case <-done:
			return peak
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// budgetOf is what may be resident with a budget: beside it the program itself, as it
// stands in memory when it has done nothing, and half as much again for the code that work
// brings in and a record of the largest size. Ten million records took 26 MiB of that, a
// million files 0.
func budgetOf(t *testing.T, memory int64) int64 {
	t.Helper()
	_, idle := runAlone(t, exitComplete, "version")
	return memory + idle + 32<<20
}

// fromEnvironment is a number that may be made larger by hand, for what takes too long
// for every day.
func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	check(t, err)
	return n
}

// check ends the test if there is an error.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// oneEvent is a record of that ID in a log of its own.
func oneEvent(id string) string {
	return `{"Records":[{"eventVersion":"1.08","eventTime":"2026-03-03T00:00:00Z","eventSource":"iam.amazonaws.com","eventName":"ListUsers","eventID":"` + id + `"}]}`
}
