package unpack

import (
	"archive/tar"
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// archives are the contents in every kind of archive that is read.
func archives(t testing.TB) map[string]string {
	c := contents(t)
	all := map[string]string{
		"tar": tarOf(t, c, nil), "pax.tar": tarOf(t, c, func(h *tar.Header) { h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{"COMMENT.x": "y"} }),
		"gnu.tar": tarOf(t, c, func(h *tar.Header) { h.Format = tar.FormatGNU }), "stored.zip": zipOf(t, c, zip.Store, nil), "deflated.zip": zipOf(t, c, zip.Deflate, nil), "zstd.zip": zipOf(t, c, 93, nil),
	}
	for _, name := range []string{"lzma2.7z", "lzma.7z", "bzip2.7z", "deflate.7z", "copy.7z", "plain-directory.7z", "not-solid.7z"} {
		all[name] = testdata(t, name)
	}
	return all
}

func TestArchives(t *testing.T) {
	want := contents(t)
	for name, archive := range archives(t) {
		for how, wrap := range map[string]func(io.Reader) io.Reader{"whole": asItIs, "one byte at a time": iotest.OneByteReader} {
			all, err := list(archive, Limits{}, wrap)
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
			}
			var names []string
			for _, f := range all {
				if f.Name == "AWSLogs/link.json" { // 7z has one
					if f.Reason != "symbolic link: not followed" {
						t.Errorf("%s: %+v", name, f)
					}
					continue
				}
				names = append(names, f.Name)
				if f.err != nil || f.content != want[f.Name] || f.At.Size != int64(len(f.content)) {
					t.Errorf("%s, %s: %s: %d bytes of %d, %v", name, how, f.Name, len(f.content), len(want[f.Name]), f.err)
				}
			}
			if slices.Sort(names); !slices.Equal(names, contentNames) {
				t.Errorf("%s, %s: members %q", name, how, names)
			}
		}
	}
}

// Wherever an archive is cut, it is said; what is listed and read without an error is
// what it was.
func TestCutArchives(t *testing.T) {
	want := contents(t)
	for name, archive := range archives(t) {
		most := 0
		for n := KindHead; n < len(archive); n++ {
			all, err := list(archive[:n], Limits{}, asItIs)
			if err == nil {
				t.Fatalf("%s cut to %d of %d bytes: a clean end", name, n, len(archive))
			}
			most = max(most, len(all))
			for _, f := range all {
				if f.err == nil && f.Reason == "" && f.content != want[f.Name] || !strings.HasPrefix(want[f.Name]+"PK\x07", f.content) { // of a descriptor's first bytes nobody knows that they are
					t.Errorf("%s cut to %d of %d bytes: %s: %q, %v", name, n, len(archive), f.Name, f.content, f.err)
				}
			}
		}
		if most < len(want)-1 && !strings.Contains(name, "7z") && name != "zstd.zip" {
			t.Errorf("%s: of a cut archive no more than %d members are listed", name, most)
		}
	}
}

// What is wrong with a member is found when it is read.
func TestFlippedArchives(t *testing.T) {
	want := contents(t)
	for name, archive := range archives(t) {
		if strings.HasSuffix(name, "tar") || name == "bzip2.7z" || name == "not-solid.7z" { // a tar has checksums of headers only; the others take long
			continue
		}
		for i := range archive {
			b := []byte(archive)
			b[i] ^= 1 << (i % 8)
			all, _ := list(string(b), Limits{}, asItIs)
			for _, f := range all {
				if content, same := want[f.Name]; same && f.err == nil && f.Reason == "" && f.content != content && (f.content != "" || f.Name == "AWSLogs/empty.json") {
					t.Errorf("%s, byte %d turned: %s: %d bytes of %d, and no error", name, i, f.Name, len(f.content), len(content))
				}
			}
		}
	}
}

// Archives whose members cannot be read say why, member by member.
func TestReasons(t *testing.T) {
	for name, reason := range map[string]string{
		"zipcrypto.zip": Encrypted, "aes.zip": Encrypted, "encrypted.7z": Encrypted, "deflate64.zip": "packed by Deflate64", "ppmd.zip": "packed by PPMd",
		"ppmd.7z": "packed by a method", "filter.7z": "a program", "bzip2.zip": "", "lzma.zip": "", "xz.zip": "",
	} {
		all, err := list(testdata(t, name), Limits{}, asItIs)
		n := 0
		for _, f := range all {
			if f.At.Size == 0 || f.Name == "AWSLogs/link.json" {
				continue
			}
			n++
			if !strings.HasPrefix(f.Reason, reason) || reason == "" && (f.Reason != "" || f.content != contents(t)[f.Name]) || f.Harmless != (name == "filter.7z") {
				t.Errorf("%s: %s: %q, %v", name, f.Name, f.Reason, f.err)
			}
		}
		if err != nil || n < 2 {
			t.Errorf("%s: %d members, %v", name, n, err)
		}
	}
	if all, err := list(testdata(t, "encrypted-names.7z"), Limits{}, asItIs); len(all) > 0 || err == nil || !strings.Contains(err.Error(), Encrypted) {
		t.Errorf("encrypted names: %d members, %v", len(all), err)
	}
}

func TestTarEntries(t *testing.T) {
	reasons := map[byte]string{
		tar.TypeSymlink: "symbolic link", tar.TypeLink: "hard link", tar.TypeFifo: "named pipe", tar.TypeChar: "device", tar.TypeBlock: "device", '9': `tar entry of type '9'`,
	}
	for kind, reason := range reasons {
		archive := tarOf(t, map[string]string{"x": ""}, func(h *tar.Header) {
			h.Typeflag, h.Linkname = kind, "/etc/passwd"
			if kind == '9' {
				h.Linkname = ""
			}
		})
		all, err := list(archive, Limits{}, asItIs)
		if err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Reason, reason) {
			t.Errorf("%c: %+v, %v", kind, all, err)
		}
	}
	names := []string{"../../up", "/etc/passwd", `C:\x`, "a\xff\xfeb", strings.Repeat("long/", 50) + "x", "a\x1b[31m"}
	c := map[string]string{}
	for _, n := range names {
		c[n] = n
	}
	all, err := list(tarOf(t, c, func(h *tar.Header) { h.Format = tar.FormatGNU }), Limits{}, asItIs)
	if err != nil || len(all) != len(names) {
		t.Errorf("%d names, %v", len(all), err)
	}
	for _, f := range all {
		if f.content != f.Name || !slices.Contains(names, f.Name) {
			t.Errorf("%q has %q, %v", f.Name, f.content, f.err)
		}
	}
}

func TestTarEnds(t *testing.T) {
	archive := tarOf(t, contents(t), nil)
	for what, tt := range map[string]struct {
		archive string
		n       int
		err     string
	}{
		"padded":       {archive + strings.Repeat("\x00", 9000), 4, ""},
		"joined":       {archive + archive, 8, ""},
		"joined, off":  {archive + "x" + archive, 4, "something else follows"},
		"without end":  {archive[:len(archive)-1024], 4, "unexpected EOF"},
		"half an end":  {archive[:len(archive)-512], 4, "unexpected EOF"},
		"a bad header": {archive[:512] + strings.Repeat("?", 512) + archive[1024:], 1, "no tar header"},
	} {
		all, err := list(tt.archive, Limits{}, asItIs)
		if len(all) != tt.n || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %d members, %v", what, len(all), err)
		}
		for _, f := range all {
			if f.err != nil || f.content != contents(t)[f.Name] {
				t.Errorf("%s: %s: %v", what, f.Name, f.err)
			}
		}
	}
}

// A tar's members by themselves and as parts of its stream are the same.
func TestTarStream(t *testing.T) {
	archive := tarOf(t, contents(t), nil)
	packed := int64(0)
	err := ListTar(iotest.HalfReader(strings.NewReader(archive)), false, func() int64 { packed += 100; return packed }, Limits{}, func(e *Entry, body io.Reader) error {
		if !e.At.Shared || !e.At.Whole() {
			t.Errorf("%+v", e)
		}
		got, err := io.ReadAll(e.At.Member(strings.NewReader(archive[e.At.Skip:])))
		if err != nil || string(got) != contents(t)[e.Name] {
			t.Errorf("%s: %d bytes, %v", e.Name, len(got), err)
		}
		if e.Name == "AWSLogs/one.json" { // some of the bytes, as the caller likes
			b := make([]byte, 100)
			if _, err := io.ReadFull(body, b); err != nil || string(b) != string(got[:100]) {
				t.Errorf("body %q, %v", b, err)
			}
		}
		return nil
	})
	failOn(t, err)
	stop := errors.New("stop")
	if err := ListTar(strings.NewReader(archive), true, nil, Limits{}, func(*Entry, io.Reader) error { return stop }); err != stop {
		t.Errorf("the caller's error came back as %v", err)
	}
}

func TestZipEnds(t *testing.T) {
	archive := zipOf(t, contents(t), zip.Deflate, nil)
	commented := archive[:len(archive)-2] + "\x05\x00PK\x05\x06!"
	for what, tt := range map[string]struct {
		archive, err string
	}{
		"with a comment":   {commented, ""},
		"something before": {"\x7fELF…" + archive, ""},
		"something behind": {archive + "tail", "4 bytes of something else"},
		"empty":            {zipOf(t, nil, zip.Store, nil), ""},
		"a part":           {strings.Replace(archive, "PK\x05\x06\x00\x00", "PK\x05\x06\x01\x00", 1), "split archive"},
		"an entry less":    {strings.Replace(archive, "PK\x05\x06\x00\x00\x00\x00\x04\x00\x04", "PK\x05\x06\x00\x00\x00\x00\x05\x00\x05", 1), "has 4 entries and should have 5"},
		"directory lost":   {strings.ReplaceAll(archive, "PK\x01\x02", "PK\x01\x03"), "no header where"},
	} {
		var names []string
		d := Decoder{}
		at := strings.NewReader(tt.archive)
		err := ListZip(at, at.Size(), Limits{}, func(e *Entry) error {
			got, err := readMember(&d, at, at.Size(), e)
			if err != nil || got != contents(t)[e.Name] {
				t.Errorf("%s: %s: %d bytes, %v", what, e.Name, len(got), err)
			}
			names = append(names, e.Name)
			return nil
		})
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) || len(names) != 4 && what != "empty" && what != "directory lost" && what != "a part" {
			t.Errorf("%s: %q, %v", what, names, err)
		}
	}
	if c := ZipComment(strings.NewReader(commented), int64(len(commented))); c != "PK\x05\x06!" {
		t.Errorf("comment %q", c)
	}
}

func TestZipEntries(t *testing.T) {
	c := map[string]string{"x": "content"}
	for what, tt := range map[string]struct {
		edit         func(*zip.FileHeader)
		name, reason string
		backslashes  bool
	}{
		"link":                {func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }, "x", "symbolic link", false},
		"device":              {func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o666) }, "x", "device", false},
		"pipe":                {func(h *zip.FileHeader) { h.SetMode(fs.ModeNamedPipe | 0o666) }, "x", "named pipe", false},
		"executable":          {func(h *zip.FileHeader) { h.SetMode(0o755) }, "x", "", false},
		"backslashes":         {func(h *zip.FileHeader) { h.Name = `a\b\x` }, "a/b/x", "", true},
		"backslash of Unix":   {func(h *zip.FileHeader) { h.Name = `a\b\x`; h.SetMode(0o644) }, `a\b\x`, "", false},
		"leads out":           {func(h *zip.FileHeader) { h.Name = "../../x" }, "../../x", "", false},
		"name of other bytes": {func(h *zip.FileHeader) { h.Name, h.NonUTF8 = "\x81\x82", true }, "\x81\x82", "", false},
	} {
		all, err := list(zipOf(t, c, zip.Deflate, tt.edit), Limits{}, asItIs)
		if err != nil || len(all) != 1 || all[0].Name != tt.name || !strings.HasPrefix(all[0].Reason, tt.reason) || (tt.reason == "") != (all[0].content == "content") || all[0].Backslashes != tt.backslashes {
			t.Errorf("%s: %+v, %v", what, all, err)
		}
	}
}

// Members that lie on top of each other are a bomb: none is unpacked twice.
func TestZipOverlap(t *testing.T) {
	one := zipOf(t, map[string]string{"x": strings.Repeat("x", 100_000)}, zip.Deflate, nil)
	at, to := strings.Index(one, centralMagic), strings.Index(one, endMagic)
	central, end := one[at:to], []byte(one[to:])
	const n = 500
	binary.LittleEndian.PutUint16(end[8:], n)
	binary.LittleEndian.PutUint16(end[10:], n)
	binary.LittleEndian.PutUint32(end[12:], uint32(n*len(central)))
	all, err := list(one[:at]+strings.Repeat(central, n)+string(end), Limits{}, asItIs)
	failOn(t, err)
	read := 0
	for _, f := range all {
		if f.Reason == "" {
			read++
		} else if !strings.HasPrefix(f.Reason, "overlaps") {
			t.Errorf("%+v", f)
		}
	}
	if len(all) != n || read > n*6/10 {
		t.Errorf("%d of %d are read", read, len(all))
	}
}

// A hundred thousand members, which take zip64's records, cost no memory.
func TestManyMembers(t *testing.T) {
	const n = 100_000
	var b strings.Builder
	w := zip.NewWriter(&b)
	for i := range n {
		f, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("AWSLogs/%d.json", i), Method: zip.Store})
		failOn(t, err)
		fmt.Fprintf(f, "%d", i)
	}
	failOn(t, w.Close())
	at := strings.NewReader(b.String())
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak, seen := uint64(0), 0
	d := Decoder{}
	err := ListZip(at, at.Size(), Limits{}, func(e *Entry) error {
		if seen%20_000 == 0 {
			got, err := readMember(&d, at, at.Size(), e)
			if err != nil || got != fmt.Sprint(seen) {
				t.Errorf("%s: %q, %v", e.Name, got, err)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
		seen++
		return nil
	})
	if err != nil || seen != n || peak > before.HeapAlloc+1<<20 {
		t.Errorf("%d members, %v; %d bytes more in use", seen, err, peak-before.HeapAlloc)
	}
	err = ListZip(at, at.Size(), Limits{Members: 10}, func(*Entry) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "more than 10 members") {
		t.Errorf("limit: %v", err)
	}
}

// Counts in a 7z directory that no bytes stand behind are not believed.
func Test7zClaims(t *testing.T) {
	huge := "\xff\xfe\xff\xff\xff\x00\x00\x00\x00"
	for name, dir := range map[string]string{
		"files":             "\x01\x05" + huge + "\x00\x00",
		"streams":           "\x01\x04\x06\x00" + huge + "\x09\x00\x00",
		"folders":           "\x01\x04\x07\x0b" + huge + "\x00\x00",
		"coders":            "\x01\x04\x07\x0b\x01\x00" + huge + "\x00",
		"length":            "\x01\x02\x01" + huge,
		"packed":            "\x17\x06\x00\x01\x09" + huge + "\x00\x07\x0b\x01\x00\x01\x01\x00\x0c" + huge + "\x00\x00",
		"files of a folder": "\x01\x04\x06\x00\x01\x09\x05\x00\x07\x0b\x01\x00\x01\x01\x00\x0c\x05\x00\x08\x0d" + huge + "\x09\x01\x01\x00\x00",
	} {
		archive := sevenZipOf(dir)
		if all, err := list(archive, Limits{}, asItIs); err == nil || len(all) > 0 {
			t.Errorf("%s: %d members, %v", name, len(all), err)
		}
	}
}

// sevenZipOf makes a 7z archive of a directory alone.
func sevenZipOf(dir string) string {
	start := binary.LittleEndian.AppendUint64(nil, 0)
	start = binary.LittleEndian.AppendUint64(start, uint64(len(dir)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE([]byte(dir)))
	head := binary.LittleEndian.AppendUint32([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), crc32.ChecksumIEEE(start))
	return string(head) + string(start) + dir
}

func TestKinds(t *testing.T) {
	v7 := []byte(tarOf(t, map[string]string{"x": "y"}, func(h *tar.Header) { h.Format = tar.FormatUSTAR }))
	copy(v7[257:265], make([]byte, 8)) // from before there was a magic
	sum := 8 * int(' ')
	for i, c := range v7[:512] {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	copy(v7[148:156], fmt.Sprintf("%06o\x00 ", sum))
	if KindOf(v7) != Tar {
		t.Error("a tar of Unix V7")
	}
	for _, text := range []string{"", "{", "PK", strings.Repeat("\x00", 600), strings.Repeat("0", 600), vector(t, "records")} {
		if k := KindOf([]byte(text)); k != NoArchive {
			t.Errorf("%.10q is a %s", text, k)
		}
	}
}

func FuzzContainers(f *testing.F) {
	for name, archive := range archives(f) {
		f.Add([]byte(archive))
		f.Add([]byte(archive[:len(archive)*2/3]))
		if strings.HasSuffix(name, "zip") {
			f.Add([]byte(zipOf(f, map[string]string{"inner": archive}, zip.Store, nil)))
		}
	}
	for _, name := range []string{"aes.zip", "encrypted-names.7z", "filter.7z", "lzma.zip"} {
		f.Add([]byte(testdata(f, name)))
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		// A checksum of the directory would keep every change out.
		if KindOf(archive) == SevenZip && len(archive) > sevenZipHead {
			archive = []byte(string(mend7z(archive)))
		}
		all, err := list(string(archive), Limits{Members: 200, Header: 1 << 20}, asItIs)
		again, err2 := list(string(archive), Limits{Members: 200, Header: 1 << 20}, iotest.HalfReader)
		if len(all) != len(again) || (err == nil) != (err2 == nil) {
			t.Errorf("%d members and %v, then %d and %v", len(all), err, len(again), err2)
		}
		for i := range min(len(all), len(again)) {
			if all[i].Name != again[i].Name || all[i].content != again[i].content || (all[i].err == nil) != (again[i].err == nil) {
				t.Errorf("member %d: %+v, then %+v", i, all[i], again[i])
			}
		}
	})
}

// mend7z gives a 7z archive the checksums that it should have.
func mend7z(archive []byte) []byte {
	b := slices.Clone(archive)
	offset, size := binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint64(b[20:])
	if n := uint64(len(b)); offset <= n && size <= n && sevenZipHead+offset+size <= n {
		binary.LittleEndian.PutUint32(b[28:], crc32.ChecksumIEEE(b[sevenZipHead+offset:][:size]))
	}
	binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:32]))
	return b
}
