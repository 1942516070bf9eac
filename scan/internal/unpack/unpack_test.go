package unpack

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/coldtrail/coldtrail/fixtures"
)

// Go has no writer of xz, bzip2 and 7z. What stands in testdata was made by this
// test, from vectors, with the programs xz 5.4, bzip2 1.0 and 7zz 26:
//
//	go test ./scan/internal/unpack -run TestMakeTestdata -update
var update = flag.Bool("update", false, "make testdata anew, with xz, bzip2 and 7zz")

func vector(t testing.TB, name string) string {
	t.Helper()
	all, err := fixtures.Vectors()
	failOn(t, err)
	for _, v := range all {
		if v.Name == name {
			return string(v.Input)
		}
	}
	t.Fatalf("no vector %s", name)
	return ""
}

func failOn(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contents is what every archive here holds.
func contents(t testing.TB) map[string]string {
	return map[string]string{
		"AWSLogs/one.json":   vector(t, "records"),
		"AWSLogs/two.json":   vector(t, "event"),
		"AWSLogs/empty.json": "",
		"Ünïcode/lines.json": vector(t, "lines"),
	}
}

var contentNames = []string{"AWSLogs/empty.json", "AWSLogs/one.json", "AWSLogs/two.json", "Ünïcode/lines.json"}

// made7z and madeZip are what 7zz is told for each file of testdata.
var (
	made7z = map[string][]string{
		"lzma2.7z": {"-m0=lzma2"}, "lzma.7z": {"-m0=lzma:lc=4:lp=2:pb=1"}, "bzip2.7z": {"-m0=bzip2"}, "deflate.7z": {"-m0=deflate"},
		"copy.7z": {"-m0=copy"}, "plain-directory.7z": {"-mhc=off"}, "not-solid.7z": {"-ms=off"},
		"encrypted.7z": {"-psecret"}, "encrypted-names.7z": {"-psecret", "-mhe=on"}, "filter.7z": {"-m0=bcj", "-m1=lzma2"}, "ppmd.7z": {"-m0=ppmd"},
	}
	madeZip = map[string][]string{
		"bzip2.zip": {"-mm=bzip2"}, "lzma.zip": {"-mm=lzma"}, "xz.zip": {"-mm=xz"}, "deflate64.zip": {"-mm=deflate64"}, "ppmd.zip": {"-mm=ppmd"},
		"zipcrypto.zip": {"-psecret", "-mem=ZipCrypto"}, "aes.zip": {"-psecret", "-mem=AES256"},
	}
	madeXz = map[string][]string{
		"default.xz": nil, "blocks.xz": {"--block-size=500"}, "small-window.xz": {"--lzma2=dict=4KiB,lc=1,lp=2,pb=0"}, "crc32.xz": {"--check=crc32"},
		"sha256.xz": {"--check=sha256"}, "unchecked.xz": {"--check=none"}, "huge-window.xz": {"--lzma2=dict=1GiB,mf=hc4"}, "filter.xz": {"--x86", "--lzma2"},
	}
)

func TestMakeTestdata(t *testing.T) {
	if !*update {
		t.Skip("-update is not given")
	}
	dir, here := t.TempDir(), filepath.Join(wd(t), "testdata")
	failOn(t, os.MkdirAll(here, 0o777))
	for name, content := range contents(t) {
		path := filepath.Join(dir, name)
		failOn(t, os.MkdirAll(filepath.Dir(path), 0o777))
		failOn(t, os.WriteFile(path, []byte(content), 0o666))
	}
	failOn(t, os.Symlink("one.json", filepath.Join(dir, "AWSLogs/link.json")))
	run := func(stdin, program string, args ...string) []byte {
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, out)
		}
		return out
	}
	plain := string(run("", "tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "-cf", "-", "AWSLogs", "Ünïcode"))
	failOn(t, os.WriteFile(filepath.Join(here, "contents.tar.bz2"), run(plain, "bzip2", "-c"), 0o666))
	failOn(t, os.WriteFile(filepath.Join(here, "contents.tar.xz"), run(plain, "xz", "-c"), 0o666))
	for name, args := range made7z {
		os.Remove(filepath.Join(here, name))
		run("", "7zz", append([]string{"a", "-snl", "-mx=5", filepath.Join(here, name), "."}, args...)...)
	}
	for name, args := range madeZip {
		os.Remove(filepath.Join(here, name))
		run("", "7zz", append([]string{"a", "-tzip", filepath.Join(here, name), "AWSLogs/one.json", "AWSLogs/two.json"}, args...)...)
	}
	one := contents(t)["AWSLogs/one.json"]
	for name, args := range madeXz {
		failOn(t, os.WriteFile(filepath.Join(here, name), run(one, "xz", append(args, "-c")...), 0o666))
	}
	failOn(t, os.WriteFile(filepath.Join(here, "default.bz2"), run(one, "bzip2", "-c"), 0o666))
	spaces := strings.Repeat(" ", 80<<20)
	failOn(t, os.WriteFile(filepath.Join(here, "bomb.xz"), run(spaces, "xz", "-c"), 0o666))
	failOn(t, os.WriteFile(filepath.Join(here, "bomb.bz2"), run(spaces, "bzip2", "-c"), 0o666))
}

func wd(t testing.TB) string {
	dir, err := os.Getwd()
	failOn(t, err)
	return dir
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	failOn(t, err)
	return string(b)
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func zstded(t testing.TB, s string, options ...zstd.EOption) string {
	z, err := zstd.NewWriter(nil, options...)
	failOn(t, err)
	return string(z.EncodeAll([]byte(s), nil))
}

// decode reads a stream that begins as its codec's do.
func decode(stream string, window int64, wrap func(io.Reader) io.Reader) (string, error) {
	d := Decoder{Window: window}
	r, err := d.Open(CodecOf([]byte(stream)), bufio.NewReader(wrap(strings.NewReader(stream))))
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

func asItIs(r io.Reader) io.Reader { return r }

// tarOf makes a tar of the contents; edit may change headers.
func tarOf(t testing.TB, contents map[string]string, edit func(*tar.Header)) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range sortedNames(contents) {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(contents[name]))}
		if edit != nil {
			edit(h)
		}
		failOn(t, w.WriteHeader(h))
		if h.Size > 0 {
			_, err := io.WriteString(w, contents[name])
			failOn(t, err)
		}
	}
	failOn(t, w.Close())
	return b.String()
}

// zipOf makes a zip of the contents, packed by the method; edit may change headers.
func zipOf(t testing.TB, contents map[string]string, method uint16, edit func(*zip.FileHeader)) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(93, zstd.ZipCompressor())
	for _, name := range sortedNames(contents) {
		h := &zip.FileHeader{Name: name, Method: method}
		if edit != nil {
			edit(h)
		}
		f, err := w.CreateHeader(h)
		failOn(t, err)
		_, err = io.WriteString(f, contents[name])
		failOn(t, err)
	}
	failOn(t, w.Close())
	return b.String()
}

func sortedNames(contents map[string]string) []string { return slices.Sorted(maps.Keys(contents)) }

// found is a member as it was listed and read.
type found struct {
	Entry
	content string
	err     error
}

// list lists an archive and reads each member by its locator.
func list(archive string, l Limits, wrap func(io.Reader) io.Reader) (all []found, err error) {
	at, size := strings.NewReader(archive), int64(len(archive))
	d := Decoder{Window: 64 << 20}
	read := 0
	add := func(e *Entry) error {
		f := found{Entry: *e}
		if e.Reason == "" && read < 1<<20 {
			f.content, f.err = readMember(&d, at, size, e)
			read += len(f.content) + int(min(e.At.Skip, 1<<20))
		}
		all = append(all, f)
		return nil
	}
	switch KindOf([]byte(archive[:min(len(archive), KindHead)])) {
	case Zip:
		err = ListZip(at, size, l, add)
	case SevenZip:
		err = List7z(at, size, 64<<20, l, add)
	case Tar:
		err = ListTar(wrap(at), true, nil, l, func(e *Entry, _ io.Reader) error { return add(e) })
	default:
		err = errors.New("no archive")
	}
	return all, err
}

func readMember(d *Decoder, at io.ReaderAt, size int64, e *Entry) (string, error) {
	l, rest, err := DecodeLocator(e.At.Append(nil))
	if err == nil && (l != e.At || len(rest) > 0) {
		err = errors.New("the locator changed on its way")
	}
	if err != nil {
		return "", err
	}
	r, err := d.Member(at, size, &l)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(r, 1<<18))
	return string(b), err
}
