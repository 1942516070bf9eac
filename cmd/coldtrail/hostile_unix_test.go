//go:build unix && !bench

package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/coldtrail/coldtrail/fixtures"
)

// A hostileFile is one that somebody might lay among the evidence, with what has to be
// said of it, or of a member of it.
type hostileFile struct {
	name, content string
	member, want  string
	status        string // "": damaged or unreadable
}

// hostileFiles has at least one file for each class of what has been done to readers of
// evidence. Beside each stands a precedent: a bug of another tool, or what attackers use.
func hostileFiles(t *testing.T) []hostileFile {
	record := func(members string) string {
		return `{"eventVersion":"1.08","eventTime":"2026-03-03T00:00:00Z","eventSource":"iam.amazonaws.com","eventName":"X","eventID":"` + members + `}`
	}
	whole := `{"Records":[` + record(`h1"`) + `,` + record(`h2"`) + `]}`
	packed := func(name string) string {
		return string(readFile(t, filepath.Join("..", "..", "scan", "internal", "unpack", "testdata", name)))
	}
	spaces := strings.Repeat(" ", 80<<20)
	inZip := func(name, content string) string { return string(zipped(t, map[string]string{name: content})) }
	const bomb, together = "content more than 300 times as large", "the container's members are more than 300 times as large"
	return []hostileFile{
		// Bombs, of every codec and container.
		{name: "bomb.json.gz", content: gzipped(t, whole[:len(whole)-2]+spaces), want: bomb},                                                                          // suzaku 147
		{name: "bomb.json.bz2", content: packed("bomb.bz2"), want: bomb},                                                                                              // Autopsy 3869
		{name: "bomb.json.xz", content: packed("bomb.xz"), want: bomb},                                                                                                // Autopsy 4244
		{name: "bomb.json.zst", content: zstded(t, spaces), want: bomb},                                                                                               // suzaku 147, of another codec
		{name: "bomb.7z", content: packed("bomb.7z"), member: "0.json", want: together},                                                                               // Autopsy 4640
		{name: "bomb.zip", content: inZip("a.json", spaces), member: "a.json", want: together},                                                                        // plaso 2448
		{name: "bomb.tar.gz", content: gzipped(t, tarOf(t, tar.Header{Name: "a.json"}, spaces)), want: bomb},                                                          // Autopsy 7015
		{name: "twice.json.gz", content: gzipped(t, gzipped(t, spaces)), want: bomb},                                                                                  // Autopsy 7026
		{name: "nested.zip", content: inZip("in.zip", inZip("a.json", spaces)), member: "in.zip!a.json", want: together},                                              // Autopsy 7207, ICEpdf's ten gigabytes
		{name: "deep.zip", content: inZip("1.zip", inZip("2.zip", inZip("3.zip", inZip("a.json", whole)))), member: "1.zip!2.zip", want: "in a container that is in"}, // 42.zip
		{name: "window.json.xz", content: packed("huge-window.xz"), want: "needs a window of 1073741824 bytes"},                                                       // plaso 2746
		// What leads out of where it is unpacked, or to where nobody looks.
		{name: "slip.tar", content: tarOf(t, tar.Header{Name: "../../../etc/cron.d/x.json"}, whole), member: "../../../etc/cron.d/x.json", status: "parsed"}, // CVE-2018-1002207
		{name: "root.tar", content: tarOf(t, tar.Header{Name: "/etc/x.json"}, whole), member: "/etc/x.json", status: "parsed"},                               // Velociraptor 4755
		{name: "link.tar", content: tarOf(t, tar.Header{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc"}, ""), member: "a", want: "symbolic link"},    // CVE-2024-0406
		{name: "hard.tar", content: tarOf(t, tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, ""), member: "a", want: "hard link"},    // CVE-2025-3445
		{name: "device.tar", content: tarOf(t, tar.Header{Name: "a", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5}, ""), member: "a", want: "device"},    // yara 1035
		{name: "drive.zip", content: inZip(`C:\Windows\x.json`, whole), member: "C:/Windows/x.json", status: "parsed"},                                       // CVE-2018-1002207
		// What cannot be opened, and says what to do first.
		{name: "aes.zip", content: packed("aes.zip"), want: "encrypted zip archive: decrypt it first"},
		{name: "zipcrypto.zip", content: packed("zipcrypto.zip"), want: "encrypted zip archive: decrypt it first"},
		{name: "encrypted.7z", content: packed("encrypted.7z"), member: "AWSLogs/one.json", want: "encrypted: decrypt the archive first"},
		{name: "encrypted-names.7z", content: packed("encrypted-names.7z"), want: "encrypted: decrypt the archive first"},
		{name: "disk.E01", content: "EVF\x09\x0d\x0a\xff\x00…", want: "mount it first (ewfmount)"},
		{name: "image.aff4", content: inZip("information.turtle", "@prefix"), want: "AFF4 image: mount it, or export its files, first"},
		// Damage.
		{name: "cut.json.gz", content: gzipped(t, strings.Repeat(whole, 50))[:200], want: "gzip: unexpected EOF"},                                                   // plaso 215 and 433
		{name: "corrupt.json.gz", content: flipped(gzipped(t, whole), -6), want: "invalid checksum"},                                                                // plaso 433
		{name: "tail.json.gz", content: gzipped(t, whole) + "tail", want: "bytes that are not gzip"},                                                                // aws-cli 10324
		{name: "111122223333_CloudTrail_us-east-1_20260303T0000Z_aaaaaaaaaaaaaaaa.json.gz", content: gzipped(t, whole) + gzipped(t, whole), want: "2 gzip members"}, // aws-cli 10326
		{name: "cut.zip", content: inZip("a.json", whole)[:200], want: "cut short"},                                                                                 // suzaku 161
		{name: "cut.tar.gz", content: gzipped(t, tarOf(t, tar.Header{Name: "a.json"}, whole))[:200], want: "gzip: unexpected EOF"},                                  // suzaku 161
		// JSON that is too much.
		{name: "deep.json", content: `{"Records":[` + record(`h3","x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)) + `]}`, want: "nesting deeper"},            // CVE-2020-36518
		{name: "objects.json", content: `{"Records":[` + record(`h6","x":`+strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)) + `]}`, want: "nesting deeper"}, // CVE-2026-29062
		{name: "long.json", content: `{"Records":[` + record(`h4","x":"`+strings.Repeat("x", 17<<20)+`"`) + `]}`, want: "element larger"},                                     // ModSecurity 2644
		{name: "key.json", content: `{"Records":[` + record(`h5","`+strings.Repeat("x", 17<<20)+`":1`) + `]}`, want: "element larger"},                                        // json-smart, CVE-2023-1370
		{name: "line.jsonl", content: strings.Repeat("x", 17<<20), want: ""},                                                                                                  // bufio.Scanner's 64 KiB
		{name: "huge-csv.csv", content: "eventname,eventtime,eventsource\n\"" + strings.Repeat("x\n", 9<<20), want: "element larger"},
		// Names.
		{name: "not-utf8-\xff\xfe.json", content: whole[:60], want: "cut short"},              // suzaku 149
		{name: "..\\..\\escape.json", content: "[", want: "cut short"},                        // CVE-2024-0406
		{name: "\x1b]0;title\x07\u202e.json", content: "{", want: "cut short"},                // CVE-2021-25743
		{name: "=cmd|' /C calc'!A0.json", content: `{"Records":[tru]}`, want: "invalid JSON"}, // suzaku 146
		{name: strings.Repeat("n", 250) + ".json", content: "{", want: "cut short"},
	}
}

// tarOf makes a tar of one member.
func tarOf(t *testing.T, h tar.Header, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h.Size, h.Mode = int64(len(content)), 0o644
	check(t, w.WriteHeader(&h))
	_, err := io.WriteString(w, content)
	check(t, errors.Join(err, w.Close()))
	return b.String()
}

func zstded(t *testing.T, content string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	check(t, err)
	return string(z.EncodeAll([]byte(content), nil))
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func flipped(s string, at int) string {
	b := []byte(s)
	b[len(b)+at] ^= 0x55
	return string(b)
}

// hostileSpecials are what is no regular file.
var hostileSpecials = map[string]struct {
	make func(path string) error
	want string
}{
	"fifo.json.gz": {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "named pipe"},                              // yara 1035, plaso 732
	"socket.json":  {func(path string) error { return syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0) }, "socket"},               // osquery 5971
	"zero.json":    {func(path string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o600, 1<<8|5) }, "device: not read"}, // libredefender 8: /dev/zero
	"loop":         {func(path string) error { return os.Symlink(".", path) }, "symbolic link"},                                 // hashlookup-forensic-analyser 8
	"round.json":   {func(path string) error { return os.Symlink("round.json", path) }, "symbolic link"},
	"out.json":     {func(path string) error { return os.Symlink("/etc/passwd", path) }, "symbolic link"}, // CVE-2024-0406
	"out":          {func(path string) error { return os.Symlink("/etc", path) }, "symbolic link"},
	"gone.json":    {func(path string) error { return os.Symlink("nowhere", path) }, "symbolic link"},
}

// emptyFiles is how many there are; COLDTRAIL_EMPTY_FILES says otherwise.
const emptyFiles = 2000

// TestHostileEvidence lays everything hostile among honest evidence, in one directory, and
// analyzes it in one run with the least memory: every honest event is found, every problem
// is said with its object, nothing is waited for, and nothing of the evidence changes.
func TestHostileEvidence(t *testing.T) {
	dir, _, truth := archive(t, fixtures.Config{Seed: 31, Bytes: 1 << 19})
	hostile := hostileFiles(t)
	want := map[string][2]string{} // of each object: status and a part of the reason
	for _, h := range hostile {
		writeFile(t, filepath.Join(dir, "x", h.name), []byte(h.content))
		path := "x/" + manifestPath(h.name)
		if h.member != "" {
			path += "!" + h.member
		}
		want[path] = [2]string{h.status, h.want}
	}
	for name, special := range hostileSpecials {
		if err := special.make(filepath.Join(dir, "x", name)); err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		want["x/"+name] = [2]string{"unreadable", special.want}
	}
	writeFile(t, filepath.Join(dir, "x", "honest.zip"), zipped(t, map[string]string{"a.json": oneEvent("in-zip"), "b.json.gz": gzipped(t, oneEvent("in-zip-2"))}))
	want["x/honest.zip!a.json"], want["x/honest.zip!b.json.gz"] = [2]string{"parsed"}, [2]string{"parsed"}
	for i := range fromEnvironment(t, "COLDTRAIL_EMPTY_FILES", emptyFiles) {
		if i%10_000 == 0 {
			check(t, os.MkdirAll(filepath.Join(dir, "empty", fmt.Sprint(i/100_000)), 0o777))
		}
		check(t, os.WriteFile(filepath.Join(dir, "empty", fmt.Sprint(i/100_000), fmt.Sprintf("%d.json", i)), nil, 0o666))
	}
	want["empty/0/7.json"] = [2]string{"unreadable", "empty"}
	before := tree(t, dir)
	kase := filepath.Join(t.TempDir(), "case")
	out, peak := runAlone(t, exitUnreadable, "analyze", dir, "-o", kase, "--memory", "64MiB", "-q")
	t.Logf("%d objects, %d MiB resident at most", len(before), peak>>20)
	if limit := budgetOf(t, 64<<20); peak > limit {
		t.Errorf("%d bytes were resident, and %d may be", peak, limit)
	}
	reconcile(t, kase, dir)
	if now := tree(t, dir); !slices.Equal(now, before) {
		t.Error("the evidence has changed")
	}
	honest := int64(0)
	for line := range bytes.Lines(readFile(t, filepath.Join(kase, "manifest.jsonl"))) {
		var o object
		decode(t, line, &o)
		if strings.HasPrefix(o.Path, "AWSLogs/") {
			honest += o.Kept
		}
		w, ok := want[o.Path]
		if delete(want, o.Path); ok && (!strings.Contains(o.Reason, w[1]) || o.Status != w[0] && (w[0] != "" || o.Status != "damaged" && o.Status != "unreadable")) {
			t.Errorf("%q: %s: %q, want %q", o.Path, o.Status, o.Reason, w)
		}
		if broken := o.Status == "damaged" || o.Status == "unreadable"; broken != (o.ProblemCount > 0) {
			t.Errorf("%q: %s with %d problems", o.Path, o.Status, o.ProblemCount)
		}
	}
	for path := range want {
		t.Errorf("%q is not listed", path)
	}
	if honest != truth.Counts.Records {
		t.Errorf("%d honest records, of %d", honest, truth.Counts.Records)
	}
	harmless(t, "what it said", out)
	for _, name := range []string{"report.md", "timeline.csv", "manifest.jsonl", "problems.jsonl", "summary.json"} {
		harmless(t, name, readFile(t, filepath.Join(kase, name)))
	}
}
