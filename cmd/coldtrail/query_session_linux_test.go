//go:build cgo && !bench

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A screen is what a program has written to a terminal.
type screen struct {
	mu   sync.Mutex
	text string
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(p)
	return len(p), nil
}

// take waits for text, and forgets all up to it.
func (s *screen) take(t *testing.T, text string) {
	t.Helper()
	for range 3000 {
		s.mu.Lock()
		if i := strings.Index(s.text, text); i >= 0 {
			s.text = s.text[i+len(text):]
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %q in %q", text, s.text)
}

// terminal opens a pseudo-terminal of 100 columns.
func terminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { ours.Close() })
	ioctl := func(f *os.File, request uintptr, arg unsafe.Pointer) {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg)); e != 0 {
			t.Fatal(e)
		}
	}
	var unlock, number int32
	ioctl(ours, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(ours, syscall.TIOCGPTN, unsafe.Pointer(&number))
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	size := [4]uint16{40, 100}
	ioctl(theirs, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	return ours, theirs
}

// TestQuerySession types into a session as a person does.
func TestQuerySession(t *testing.T) {
	dir := t.TempDir()
	evidence := filepath.Join(dir, "bucket")
	if err := os.Mkdir(evidence, 0o700); err != nil {
		t.Fatal(err)
	}
	record := `{"Records":[{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","eventID":"a"}]}`
	if err := os.WriteFile(filepath.Join(evidence, "a.json"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"analyze", "-q", evidence, "-o", filepath.Join(dir, "case")}, io.Discard, io.Discard); code != exitComplete {
		t.Fatal(code)
	}
	ours, theirs := terminal(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{ // TestMain makes the test the program under this name
		Path: program, Args: []string{"coldtrail", "query", filepath.Join(dir, "case")}, Stdin: theirs, Stdout: theirs, Stderr: theirs,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	defer cmd.Process.Kill()
	s := &screen{}
	go io.Copy(s, ours)
	typed := func(text string) {
		t.Helper()
		if _, err := io.WriteString(ours, text); err != nil {
			t.Fatal(err)
		}
	}
	s.take(t, firstPrompt)
	typed("SELECT eventid,\r")
	s.take(t, nextPrompt)
	typed("40 + 2 AS answer FROM cloudtrail_logs; \r")
	s.take(t, "42")
	s.take(t, firstPrompt)
	typed("SELECT 1 + foo FROM events;\r")
	s.take(t, `column "foo" not found`)
	s.take(t, firstPrompt)
	typed("SELECT 'dropped\x03") // Ctrl-C drops what is typed
	s.take(t, "^C")
	s.take(t, firstPrompt)
	typed("\x1b[A\x1b[A\r") // two lines up: the end of the first query; it is no query alone
	s.take(t, "coldtrail: ")
	s.take(t, firstPrompt)
	typed("\\d\r")
	s.take(t, "cloudtrail_logs")
	s.take(t, firstPrompt)
	typed("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t;\r")
	s.take(t, "count(*) FROM t;")
	for stopped := false; !stopped; time.Sleep(50 * time.Millisecond) { // Ctrl-C stops the query
		typed("\x03")
		s.mu.Lock()
		stopped = strings.Contains(s.text, "coldtrail: stopped")
		s.mu.Unlock()
	}
	s.take(t, "coldtrail: stopped")
	s.take(t, firstPrompt)
	typed("SELECT 'still ' || 'here' AS x;\r")
	s.take(t, "still here")
	typed("\\q\r")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, s.text)
	}
}
