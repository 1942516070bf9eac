package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"regexp"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// TestProfileHasNoPaths: default.pgo names the program in a directory of its own below
// /tmp, as "just pgo" makes it, and no other path of the machine on which it was made.
func TestProfileHasNoPaths(t *testing.T) {
	b, err := os.ReadFile("default.pgo")
	if err != nil {
		t.Fatal(err)
	}
	texts := profileTexts(t, b)
	if len(texts) < 100 {
		t.Fatalf("%d texts in the profile", len(texts))
	}
	path := regexp.MustCompile(`^(/|[A-Za-z]:[/\\])`)
	program := regexp.MustCompile(`^/tmp/[^/]+/coldtrail$`)
	for _, s := range texts {
		if path.MatchString(s) && !program.MatchString(s) {
			t.Errorf("default.pgo names %s: make it with just pgo", s)
		}
	}
}

// profileTexts returns the table of texts of a profile: field 6 of the message that is
// described in github.com/google/pprof/proto/profile.proto.
func profileTexts(t *testing.T, b []byte) (texts []string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatal("no profile: a number is cut short")
		}
		b = b[n:]
		return v
	}
	for len(b) > 0 {
		key := number()
		switch key & 7 {
		case 0:
			number()
		case 2:
			size := number()
			if size > uint64(len(b)) {
				t.Fatal("no profile: a field is cut short")
			}
			if key>>3 == 6 {
				texts = append(texts, string(b[:size]))
			}
			b = b[size:]
		default:
			t.Fatalf("no profile: a field of type %d", key&7)
		}
	}
	return texts
}
