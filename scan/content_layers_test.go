package scan

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

func zstded(t testing.TB, s string) string {
	z, err := zstd.NewWriter(nil)
	failOn(t, err)
	return string(z.EncodeAll([]byte(s), nil))
}

// packed is a file of unpack's testdata.
func packed(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("internal/unpack/testdata", name))
	failOn(t, err)
	return string(b)
}

// Whatever an object is packed with, it is read, and the manifest says what it was.
func TestPackedObjects(t *testing.T) {
	var events []string
	for i := range 50 {
		events = append(events, event(fmt.Sprintf("id-%03d", i), "note", quote(strings.Repeat(fmt.Sprint(i*7919), 20))))
	}
	whole := records(events...)
	b64 := base64.StdEncoding.EncodeToString([]byte(zipped(whole)))
	tests := []struct {
		name, content string
		status        Status
		kept          int64
		note, reason  string
	}{
		{"plain", whole, Parsed, 50, "", ""},
		{"gzip", zipped(whole), Parsed, 50, "", ""},
		{"zstd", zstded(t, whole), Parsed, 50, "packed as zstd", ""},
		{"bzip2", packed(t, "default.bz2"), Parsed, 2, "packed as bzip2", ""},
		{"xz", packed(t, "default.xz"), Parsed, 2, "packed as xz", ""},
		{"base64 of gzip", b64, Parsed, 50, "packed as base64, within that gzip", ""},
		{"base64 in lines", strings.Join(strings.SplitAfter(b64, "A"), "\n"), Parsed, 50, "packed as base64, within that gzip", ""},
		{"gzip in gzip", zipped(zipped(whole)), Parsed, 50, "packed as gzip, within that gzip", ""},
		{"gzip in zstd", zstded(t, zipped(whole)), Parsed, 50, "packed as zstd, within that gzip", ""},
		{"zstd in gzip", zipped(zstded(t, whole)), Parsed, 50, "packed as gzip, within that zstd", ""},
		{"two frames", zstded(t, whole) + zstded(t, "\n"+records(event("x"))), Parsed, 51, "packed as zstd", ""},
		{"thrice", zipped(zstded(t, zipped(whole))), Unreadable, 0, "", "gzip data, packed more often than is undone"},
		{"thrice, zstd inside", zipped(zipped(zstded(t, whole))), Unreadable, 0, "", "zstd data, packed more often than is undone"},
		{"thrice, xz inside", zipped(zipped(packed(t, "default.xz"))), Unreadable, 0, "", "xz data, packed more often than is undone"},
		{"cut zstd", zstded(t, whole)[:600], Unreadable, 0, "", "zstd: unexpected EOF"},
		{"cut gzip in gzip", zipped(zipped(whole)[:700]), Damaged, -1, "", "gzip: unexpected EOF"},
		{"tail behind zstd", zstded(t, whole) + "tail", Damaged, 50, "", "zstd: "},
		{"tail behind xz", packed(t, "default.xz") + "tail", Damaged, 2, "", "xz: something else follows"},
		{"appended to gzip in gzip", zipped(zipped(whole)) + zipped("x"), Damaged, 50, "2 gzip members around", ""},
		{"lz4", "\x04\x22\x4d\x18xxxxxxxx", Unreadable, 0, "", "lz4 data"},
	}
	for _, tt := range tests {
		for _, name := range []string{"a.json.gz", "a.log"} {
			o := try(t, Config{ContentHash: true}, evidence(t, map[string]string{name: tt.content}))
			b := o.object(t, name)
			if b.Status != tt.status || b.Kept != tt.kept && (tt.kept >= 0 || b.Kept == 0 || b.Kept == 50) || !strings.HasPrefix(b.Reason, tt.reason) {
				t.Errorf("%s as %s: %+v", tt.name, name, b)
			}
			if notes := strings.Join(b.Notes, "\n"); !strings.Contains(notes, tt.note) || tt.note == "" && tt.status == Parsed && notes != "" {
				t.Errorf("%s as %s: notes %q", tt.name, name, b.Notes)
			}
			if (b.ContentSHA256 != "") != (b.Status == Parsed || strings.HasPrefix(tt.name, "plain")) && tt.status != Damaged && b.Shape != "" {
				t.Errorf("%s as %s: content hash %q", tt.name, name, b.ContentSHA256)
			}
		}
	}
}

// The limits hold for every codec, and for each of two.
func TestPackedBombs(t *testing.T) {
	spaces := strings.Repeat(" ", ratioFrom+1<<20)
	for name, content := range map[string]string{
		"zstd": zstded(t, spaces), "bzip2": packed(t, "bomb.bz2"), "xz": packed(t, "bomb.xz"), "gzip in gzip": zipped(zipped(spaces)),
		"gzip in gzip, for nothing": zipped(strings.Repeat(zipped(""), 4<<20)),
	} {
		b := try(t, Config{Limits: Limits{Ratio: 100}}, evidence(t, map[string]string{"a.json": content})).object(t, "a.json")
		if b.Status != Unreadable || !strings.Contains(b.Reason, "content more than 100 times") || b.ContentSize > ratioFrom+1<<20 {
			t.Errorf("%s: %+v", name, b)
		}
	}
	b := try(t, Config{}, evidence(t, map[string]string{"a.json": packed(t, "huge-window.xz")})).object(t, "a.json")
	if b.Status != Unreadable || !strings.Contains(b.Reason, "needs a window of 1073741824 bytes and may have 8388608") {
		t.Errorf("window: %+v", b)
	}
}

// However it is read, the content is the same.
func TestLayeredReads(t *testing.T) {
	want := strings.Repeat("hello ", 1000)
	for name, stored := range map[string]string{
		"gzip in gzip": zipped(zipped(want)), "zstd in gzip": zipped(zstded(t, want)), "gzip in zstd": zstded(t, zipped(want)), "short": zipped("abc"), "plain": want,
	} {
		c := newContent(Limits{})
		for size, wrap := range map[int64]func(io.Reader) io.Reader{0: iotest.OneByteReader, smallSize: iotest.HalfReader} {
			for _, step := range []int{1, 3, 64} {
				failOn(t, c.reset(wrap(strings.NewReader(stored)), size, false))
				var got []byte
				var err error
				for buf := make([]byte, step); err == nil; {
					var n int
					n, err = c.Read(buf)
					got = append(got, buf[:n]...)
				}
				if want := map[bool]string{true: "abc", false: want}[name == "short"]; err != io.EOF || string(got) != want {
					t.Errorf("%s, %d at a time: %d bytes, %v", name, step, len(got), err)
				}
			}
		}
	}
}
