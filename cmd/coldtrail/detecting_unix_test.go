//go:build unix && !bench

package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A pipe among rules would be waited for without end, and a link to a directory may lead to rules:
// both are said, and neither is followed.
func TestRulesThatAreNoFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	writeFile(t, filepath.Join(dir, "a.yml"), []byte(aRule("one")))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yml"), 0o600); err != nil {
		t.Skip(err)
	}
	for link, to := range map[string]string{"more": "..", "notes": "a.yml", "gone": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	look, said := looked(t, detecting{Rules: []string{dir}, NoBuiltin: true})
	if ids := brought(look); !slices.Equal(ids, []string{"one"}) {
		t.Errorf("loaded: %q", ids)
	}
	if n := len(look.report.Rejected); n != 2 || !strings.Contains(said, "r/pipe.yml: no regular file") || !strings.Contains(said, "r/more: symbolic link") {
		t.Errorf("%d rejected, said\n%s", n, said)
	}
}

// What is odd about one member of an archive costs none of the others.
func TestRulesOfOddArchives(t *testing.T) {
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	for _, m := range []struct {
		zip.FileHeader
		text string
		mode fs.FileMode
	}{
		{zip.FileHeader{Name: "same.yml"}, aRule("one"), 0o644},
		{zip.FileHeader{Name: "same.yml"}, aRule("two"), 0o644},
		{zip.FileHeader{Name: "/abs.yml"}, aRule("three"), 0o644},
		{zip.FileHeader{Name: "../same.yml"}, aRule("one"), 0o644},
		{zip.FileHeader{Name: "link.yml"}, "same.yml", fs.ModeSymlink | 0o777},
		{zip.FileHeader{Name: "locked.yml", Flags: zipEncrypted}, aRule("four"), 0o644},
		{zip.FileHeader{Name: "dir.yml/"}, "", fs.ModeDir | 0o755},
	} {
		m.SetMode(m.mode)
		f, err := w.CreateHeader(&m.FileHeader)
		if err == nil {
			_, err = f.Write([]byte(m.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "set.zip")
	writeFile(t, name, z.Bytes())
	look, said := looked(t, detecting{Rules: []string{name}, NoBuiltin: true})
	ids := brought(look)
	if slices.Sort(ids); !slices.Equal(ids, []string{"one", "three", "two"}) {
		t.Errorf("loaded: %q", ids)
	}
	for _, want := range []string{"set.zip/../same.yml:1: one: ", "set.zip/link.yml: symbolic link", "set.zip/locked.yml: encrypted"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s: not said\n%s", want, said)
		}
	}
	if s := look.report.Sources[1]; s.Files != 6 || s.Detectors != 3 || s.Rejected != 3 {
		t.Errorf("%+v", s)
	}
}
