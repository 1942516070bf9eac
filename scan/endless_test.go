package scan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// endless makes a file of a size that takes no room, in which an element begins that does not end.
func endless(t *testing.T, name, head string, size int64) {
	t.Helper()
	f, err := os.Create(name)
	failOn(t, err)
	_, err = f.WriteString(head + `{"x":"`)
	failOn(t, errors.Join(err, f.Truncate(size), f.Close()))
}

// Whoever interrupts a run need not wait for the end of an element.
func TestCancelledInAnElement(t *testing.T) {
	dir := t.TempDir()
	endless(t, filepath.Join(dir, "a.json"), `{"Records":[`+event("a")+`,`, 48<<30)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(200*time.Millisecond, cancel)
	began := time.Now()
	_, err := Run(ctx, Config{Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 4 << 20, Workers: 1})
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 20*time.Second {
		t.Errorf("%v after %s", err, took)
	}
}

// A survey looks at the beginning of what has no end in sight.
func TestLookAtLongElement(t *testing.T) {
	dir := t.TempDir()
	endless(t, filepath.Join(dir, "none.json"), `{"Records":[`, 8<<30)
	endless(t, filepath.Join(dir, "one.json"), `{"Records":[`+event("a")+`,`, 8<<30)
	s, text := survey(t, Config{Workers: 1}, dir)
	if s.Totals.Objects[Parsed] != 1 || !strings.Contains(text, "no element ends in the first 67108864 bytes") {
		t.Error(text)
	}
}
