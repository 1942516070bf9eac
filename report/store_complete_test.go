package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan"
)

// TestStoreFullDisk: a part that cannot be begun is an error, and Close is no panic.
func TestStoreFullDisk(t *testing.T) {
	full := errors.New("disk full")
	parts := 0
	s, err := newStore(func(string) (io.WriteCloser, error) {
		if parts++; parts > 1 {
			var none *File // as Case.File returns it
			return none, full
		}
		return nopCloser{io.Discard}, nil
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var encoded any
		if encoded, err = s.Encode([]scan.Entry{{Raw: []byte(`{"eventID":"1"}`)}}); err != nil {
			t.Fatal(err)
		}
		err = s.Commit(encoded)
	}
	if !errors.Is(err, full) {
		t.Errorf("Commit: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// TestIncompleteStore: a store that holds less than its case says is refused.
func TestIncompleteStore(t *testing.T) {
	dir := t.TempDir()
	c, err := Create(filepath.Join(dir, "case"), false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStore(c)
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		_, err = c.Settle()
	}
	if err != nil {
		t.Fatal(err)
	}
	summary := filepath.Join(dir, "case", "summary.json")
	for text, want := range map[string]string{`{"totals":{"distinct":0}}`: "", `{"totals":{"distinct":3}}`: "0 of 3 events", `{`: "summary.json"} {
		if err := os.WriteFile(summary, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := OpenStore(filepath.Join(dir, "case"))
		if err == nil {
			store.Close()
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
