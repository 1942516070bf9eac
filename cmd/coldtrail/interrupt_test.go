//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// interrupter is an error stream that interrupts the program when it announces
// what it will read.
type interrupter struct {
	bytes.Buffer
	at string // "": what analyze announces
}

func (w *interrupter) Write(p []byte) (int, error) {
	if w.at == "" {
		w.at = "stored; expect"
	}
	if strings.Contains(string(p), w.at) {
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
	if left := tree(t, out); !slices.Equal(left, []string{"case.custody-1.jsonl"}) {
		t.Errorf("left: %v", left)
	}
	log, err := custody.Summarize(filepath.Join(out, "case.custody-1.jsonl"))
	if err != nil || len(log.Entries) != 2 || len(log.Unclosed) > 0 || *log.Entries[1].Exit != exitInterrupted || log.Entries[1].Error == "" {
		t.Errorf("the log says %+v, %v", log, err)
	}
}

// A server's end is no failure, and leaves nothing behind.
func TestInterruptServe(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 9, Bytes: 100_000})
	scratch := t.TempDir()
	kase, work := filepath.Join(scratch, "case"), filepath.Join(scratch, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	var none bytes.Buffer
	if code := run([]string{"analyze", "-q", dir, "-o", kase}, &none, &none); code != exitComplete {
		t.Fatalf("exit code %d: %s", code, &none)
	}
	var stdout bytes.Buffer
	stderr := interrupter{at: "until interrupted"}
	if code := run([]string{"serve", kase, "--port", "0", "--work-dir", work}, &stdout, &stderr); code != exitComplete {
		t.Errorf("exit code %d: %s", code, &stderr.Buffer)
	}
	address := regexp.MustCompile(`^coldtrail: serving at http://(127\.0\.0\.1:[1-9][0-9]*)/ until interrupted; for aws and boto3, paste:\nexport AWS_ENDPOINT_URL=http://(127\.0\.0\.1:[1-9][0-9]*)\n`).FindStringSubmatch(stderr.String())
	if address == nil || address[1] != address[2] || stdout.Len() > 0 {
		t.Errorf("stdout %q, stderr %q", &stdout, &stderr.Buffer)
	}
	if left, _ := os.ReadDir(work); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestInterruptMark: a judgement that was added is kept, whatever becomes of the report, and nobody is told otherwise.
func TestInterruptMark(t *testing.T) {
	m := &markCmd{Case: "case-001"}
	ctx, stop := context.WithCancel(t.Context())
	if err := m.unfollowed(ctx, nil); err != nil {
		t.Error(err)
	}
	var said bytes.Buffer
	if code := exitCode(ctx, &said, m.unfollowed(ctx, errors.New("disk full"))); code != exitNoResult || !strings.HasPrefix(said.String(), "coldtrail: disk full; the judgements are kept") {
		t.Errorf("%d: %s", code, &said)
	}
	stop()
	said.Reset()
	if code := exitCode(ctx, &said, m.unfollowed(ctx, ctx.Err())); code != exitInterrupted || !strings.HasPrefix(said.String(), "coldtrail: interrupted; the judgements are kept") {
		t.Errorf("%d: %s", code, &said)
	}
	if !strings.Contains(said.String(), "coldtrail hunt case-001, with the options that its findings were made with") { // else those of lists and rules would be gone
		t.Error(said.String())
	}
}
