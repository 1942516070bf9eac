//go:build unix

package scan

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// What is no regular file is listed and never opened.
func TestIrregularFiles(t *testing.T) {
	dir := evidence(t, map[string]string{"a.json": event("a"), "sub/b.json": event("b")})
	outside := evidence(t, map[string]string{"secret.json": event("secret")})
	links := map[string]string{
		"dangling.json": "nowhere", "loop.json": "loop.json", "outside.json": filepath.Join(outside, "secret.json"), "outside": outside,
		"inside.json": "a.json", "up": "..", "sub/round": "../sub",
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o666); err != nil {
		t.Skip(err)
	}
	o := try(t, Config{}, dir)
	if got := o.ids(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("read %v", got)
	}
	for name := range links {
		if b := o.object(t, name); b.Status != Unreadable || b.Reason != "symbolic link: not followed" || b.SHA256 != "" {
			t.Errorf("%+v", b)
		}
	}
	if b := o.object(t, "pipe.json"); b.Status != Unreadable || b.Reason != "named pipe: not read" {
		t.Errorf("%+v", b)
	}
}
