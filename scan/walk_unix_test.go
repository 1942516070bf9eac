//go:build unix

package scan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The order is that of fs.WalkDir, however many entries a directory has.
func TestWalkOrder(t *testing.T) {
	files := map[string]string{}
	for i := range heldEntries + 2*readEntries + 7 {
		files[fmt.Sprintf("many/%d.txt", i*7919%100_003)] = ""
	}
	for i := range heldEntries {
		files[fmt.Sprintf("held/%d.txt", i)] = ""
	}
	for _, name := range []string{"a/b.txt", "a-b.txt", "a.txt", "many/5/x.txt", "many/\xff.txt", "zz/é.txt", "zz/e.txt"} {
		files[name] = "x"
	}
	dir := evidence(t, files)
	failOn(t, os.Symlink("x", filepath.Join(dir, "many", "link")))
	var want, got []string
	failOn(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			want = append(want, shown(name))
		}
		return err
	}))
	for i, o := range tryUnchecked(t, Config{}, dir).objects {
		if got = append(got, o.Path); o.Size != int64(len(files[want[i]])) && want[i] != shown("many/\xff.txt") {
			t.Errorf("%+v", o)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d objects in another order than %d files", len(got), len(want))
	}
}

// Directories within directories are followed as deep as any key of S3 can be; below that
// they are listed, and not waited for: each is opened from the root.
func TestDeepDirectories(t *testing.T) {
	dir := evidence(t, map[string]string{"top.json": event("top")})
	at, err := os.OpenRoot(dir)
	failOn(t, err)
	for range maxDepth + 3 {
		failOn(t, at.Mkdir("d", 0o777))
		next, err := at.OpenRoot("d")
		failOn(t, err)
		failOn(t, at.Close())
		at = next
	}
	failOn(t, at.WriteFile("deep.json", []byte(event("deep")), 0o666))
	failOn(t, at.Close())
	o := tryUnchecked(t, Config{}, dir)
	if len(o.objects) != 2 || !slices.Equal(o.ids(), []string{"top"}) {
		t.Fatalf("%d objects, %q", len(o.objects), o.ids())
	}
	if b := o.objects[0]; b.Status != Unreadable || b.Reason != "a directory below 512 others: not read" || strings.Count(b.Path, "d") != maxDepth+1 {
		t.Errorf("%s: %s", b.Status, b.Reason)
	}
}

// What happens to files between the walk and the reading: one grows, one becomes a pipe
// that nobody writes to (osquery 5971), one a link, one a directory.
func TestReplacedMeanwhile(t *testing.T) {
	dir := evidence(t, map[string]string{"1.json": event("a"), "2.json": event("b"), "3.json": event("c"), "4.json": event("d"), "5.json": event("e")})
	at := func(name string) string { return filepath.Join(dir, name) }
	cfg := Config{Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 1 << 20, Listed: func(Listing) error {
		for _, name := range []string{"2.json", "3.json", "4.json"} {
			failOn(t, os.Remove(at(name)))
		}
		failOn(t, os.WriteFile(at("1.json"), []byte(event("a")+"\n"+event("a2")), 0o666))
		failOn(t, syscall.Mkfifo(at("2.json"), 0o666))
		failOn(t, os.Symlink("/etc/passwd", at("3.json")))
		return os.Mkdir(at("4.json"), 0o777)
	}, Sinks: func(*Conclusion) ([]Sink, error) { return nil, nil }}
	res, err := Run(t.Context(), cfg)
	failOn(t, err)
	defer res.Close()
	o := read(t, res)
	for i, want := range []string{"changed while it was examined", "named pipe", "path escapes from parent", "not a regular file"} {
		if b := o.objects[i]; b.Status != Unreadable && b.Status != Damaged || !strings.Contains(b.Reason, want) {
			t.Errorf("%+v", b)
		}
	}
	if o.totals.Kept != 3 || o.objects[4].Status != Parsed {
		t.Errorf("%+v", o.totals)
	}
}
