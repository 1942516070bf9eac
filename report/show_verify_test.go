package report

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/scan"
)

// pack makes an archive whose members are two by the same name, and one between them.
func pack(t *testing.T, kind, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	members := [][2]string{{name, "another"}, {"between.json", "{}"}, {name, content}}
	add := func(w io.Writer, err error, content string) {
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if kind == "zip" {
		w := zip.NewWriter(&b)
		for _, m := range members {
			f, err := w.Create(m[0])
			add(f, err, m[1])
		}
		add(io.Discard, w.Close(), "")
		return b.String()
	}
	var to io.WriteCloser = struct {
		io.Writer
		io.Closer
	}{&b, io.NopCloser(nil)}
	if kind == "tar.gz" {
		to = gzip.NewWriter(&b)
	}
	w := tar.NewWriter(to)
	for _, m := range members {
		add(w, w.WriteHeader(&tar.Header{Name: m[0], Mode: 0o600, Size: int64(len(m[1]))}), m[1])
	}
	add(io.Discard, w.Close(), "")
	add(io.Discard, to.Close(), "")
	return b.String()
}

// An event in a container, however deep, is found again, and so is that it changed.
func TestVerifyMember(t *testing.T) {
	e, dir := verified(t, twoRecords, true)
	object, err := os.ReadFile(filepath.Join(dir, "AWSLogs", "a.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, outer := range []string{"zip", "tar", "tar.gz"} {
		for _, inner := range []string{"", "zip", "tar", "tar.gz"} {
			member, path := string(object), "AWSLogs/a.json.gz#2"
			if inner != "" {
				member, path = pack(t, inner, "AWSLogs/a.json.gz", member), "in!ner."+inner+"#2!"+path
			}
			name := strings.Split(path, "#2")[0]
			archive := pack(t, outer, name, member)
			file := filepath.Join(t.TempDir(), "bundle."+outer)
			check := func(ok bool, content string, at scan.Object, ev Evidence) {
				t.Helper()
				if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				moved := *e
				moved.Object.Source, moved.Object.Path = at.Source, at.Path
				v, err := ev.Verify(&moved)
				if err != nil || v.OK() != ok {
					t.Errorf("%s in %s: %+v, %v", inner, outer, v, err)
				}
			}
			in := scan.Object{Source: "s", Path: "bundle." + outer + "!" + path}
			check(true, archive, in, Evidence{"s": file})
			check(true, archive, in, Evidence{"s": filepath.Dir(file)})
			check(true, archive, scan.Object{Source: scan.Stdin, Path: scan.Stdin + "!" + path}, Evidence{scan.Stdin: file})
			check(false, archive[:len(archive)/2], in, Evidence{"s": file})
			check(false, pack(t, outer, name, "other"), in, Evidence{"s": file})
			check(false, "no archive", in, Evidence{"s": file})
			check(false, archive, scan.Object{Source: "s", Path: in.Path + "x"}, Evidence{"s": file})
		}
	}
}

// A file whose name has a ! is that file, and standard input may be kept under any name.
func TestVerifyFileNames(t *testing.T) {
	e, dir := verified(t, twoRecords, true)
	object, err := os.ReadFile(filepath.Join(dir, "AWSLogs", "a.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(object)
	e.Object.SHA256 = hex.EncodeToString(sum[:])
	for name, o := range map[string]scan.Object{
		"x!y.json.gz": {Source: "s", Path: "x!y.json.gz"}, "kept.json.gz": {Source: scan.Stdin, Path: scan.Stdin},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, object, 0o600); err != nil {
			t.Fatal(err)
		}
		e.Object.Source, e.Object.Path = o.Source, o.Path
		if v, err := (Evidence{o.Source: file}).Verify(e); err != nil || !v.OK() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}
