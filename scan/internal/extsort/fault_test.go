package extsort

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// spilledSorter returns a closed Sorter with several spilled runs in dir.
func spilledSorter(t *testing.T, dir string, maxRuns int) *Sorter {
	t.Helper()
	s := New(Config{Dir: dir, Memory: 64 << 10, Writers: 2, MaxRuns: maxRuns})
	t.Cleanup(func() { s.Close() })
	addAll(t, s, randomPairs(rand.New(rand.NewPCG(1, 2)), 5000, 100), 2)
	if n := len(s.spilled); n < 4 {
		t.Fatalf("%d runs spilled", n)
	}
	return s
}

func addUntilError(s *Sorter) error {
	w := s.NewWriter()
	for i := range 100_000 {
		if err := w.Add(fmt.Appendf(nil, "%d", i), make([]byte, 50)); err != nil {
			w.Close()
			return err
		}
	}
	return w.Close()
}

func TestDirMissing(t *testing.T) {
	s := New(Config{Dir: filepath.Join(t.TempDir(), "gone"), Memory: 64 << 10})
	if err := addUntilError(s); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "spilled run: open ") {
		t.Errorf("error %v", err)
	}
	if _, err := s.Merge(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("merge after an error: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestDirRemovedWhileSorting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := spilledSorter(t, dir, 0)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := mergeAll(s); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), s.spilled[0].path) {
		t.Errorf("error %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing without files: %v", err)
	}
}

// TestDiskFull writes runs through links to /dev/full, where the kernel answers
// every write with ENOSPC.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full")
	}
	n := 0
	full := func(dir, _ string) (*os.File, error) {
		name := filepath.Join(dir, fmt.Sprintf("full-%d", n))
		n++
		if err := os.Symlink("/dev/full", name); err != nil {
			return nil, err
		}
		return os.OpenFile(name, os.O_WRONLY, 0)
	}
	check := func(s *Sorter, err error) {
		t.Helper()
		if !errors.Is(err, syscall.ENOSPC) || strings.Count(err.Error(), "spilled run") != 1 || !strings.Contains(err.Error(), "full-") {
			t.Errorf("error %v", err)
		}
		if _, err := s.Merge(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("merge after a full disk: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wantEmpty(t, s.cfg.Dir)
	}
	s := New(Config{Dir: t.TempDir(), Memory: 64 << 10})
	s.create = full
	check(s, addUntilError(s))

	s = spilledSorter(t, t.TempDir(), 2) // full only at the first intermediate merge
	s.create = full
	_, err := s.Merge()
	check(s, err)
}

// TestDamagedRun damages one spilled run in each way a file can be damaged. The
// error names the run, and no merge ends cleanly.
func TestDamagedRun(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	for _, tt := range []struct {
		name, want string
		damage     func([]byte) []byte
		is         error
	}{
		{"empty", "offset 0", func(b []byte) []byte { return nil }, io.ErrUnexpectedEOF},
		{"cut in a header", "offset 0", func(b []byte) []byte { return b[:5] }, io.ErrUnexpectedEOF},
		{"cut in a block", "unexpected EOF", func(b []byte) []byte { return b[:len(b)-1] }, io.ErrUnexpectedEOF},
		{"cut between blocks", "unexpected EOF", func(b []byte) []byte { return b[:blockHeader+binary.LittleEndian.Uint32(b)] }, io.ErrUnexpectedEOF},
		{"shorter length", "checksum", flip(0), nil},
		{"longer length", "exceeds the file", flip(3), nil},
		{"checksum", "checksum", flip(4), nil},
		{"first byte", "checksum", flip(blockHeader), nil},
		{"middle", "checksum", func(b []byte) []byte { b[blockHeader+binary.LittleEndian.Uint32(b)/2] ^= 1; return b }, nil}, // of the first block, wherever it ends
	} {
		for _, maxRuns := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/%d", tt.name, maxRuns), func(t *testing.T) {
				dir := t.TempDir()
				s := spilledSorter(t, dir, maxRuns)
				path := s.spilled[0].path
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, tt.damage(b), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err = mergeAll(s)
				if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Count(err.Error(), path) != 1 {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("error %v is not %v", err, tt.is)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				wantEmpty(t, dir)
			})
		}
	}
}

// TestLostRun takes runs away behind the Sorter's back: the others still come in
// order, and only the count can tell.
func TestLostRun(t *testing.T) {
	s := spilledSorter(t, t.TempDir(), 0)
	lost := s.spilled[1:]
	s.spilled = s.spilled[:1]
	_, err := mergeAll(s)
	if err == nil || !strings.Contains(err.Error(), "delivered, 5000 added") {
		t.Errorf("error %v", err)
	}
	s.spilled = append(s.spilled, lost...)
	if _, err := mergeAll(s); err != nil {
		t.Error(err)
	}
}

func TestMalformedEntry(t *testing.T) {
	for _, b := range []string{"", "\x80", "\x05\x00abc", "\x00\x05abc", "\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01ab", "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01ab"} {
		if _, _, _, ok := split([]byte(b)); ok {
			t.Errorf("%q was split", b)
		}
	}
}

func TestAbandonedMerge(t *testing.T) {
	for _, maxRuns := range []int{0, 3} {
		dir := t.TempDir()
		s := spilledSorter(t, dir, maxRuns)
		it, err := s.Merge()
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			it.Next()
		}
		if err := it.Close(); err != nil {
			t.Error(err)
		}
		if it.Next() || it.Err() == nil {
			t.Error("an iterator closed half way looks complete")
		}
		if got := merged(t, s); len(got) != 5000 {
			t.Errorf("%d entries after an abandoned merge", len(got))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wantEmpty(t, dir)
	}
}

func TestFilesArePrivateAndFew(t *testing.T) {
	for _, maxRuns := range []int{2, 3, 4, 5, 7} {
		dir := t.TempDir()
		s := spilledSorter(t, dir, maxRuns)
		merged(t, s)
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		// Fewer would mean that more was merged, and written again, than had to be.
		if want := min(maxRuns, s.fanIn()); len(files) != want || s.Stats().IntermediateMerges == 0 {
			t.Errorf("%d files, want %d; %+v", len(files), want, s.Stats())
		}
		for _, f := range files {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s: mode %v", f.Name(), info.Mode())
			}
		}
	}
}
