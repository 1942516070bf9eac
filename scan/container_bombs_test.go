package scan

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// sevenZipOf makes a 7z archive with one folder, packed by the method, that is divided
// into files of these sizes.
func sevenZipOf(method, packed string, sizes ...uint64) string {
	number := func(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(append(b, 0xff), v) }
	var total uint64
	for _, n := range sizes {
		total += n
	}
	dir := append(number([]byte("\x01\x04\x06\x00\x01\x09"), uint64(len(packed))), 0)
	dir = append(append(dir, "\x07\x0b\x01\x00\x01"...), byte(len(method)))
	dir = append(number(append(append(dir, method...), 0x0c), total), 0)
	dir = append(dir, 0x08, 0x0d, byte(len(sizes)), 0x09)
	for _, n := range sizes[:len(sizes)-1] {
		dir = number(dir, n)
	}
	dir = append(append(dir, 0, 0), 0x05, byte(len(sizes)), 0x11)
	var names []byte
	for i := range sizes {
		for _, c := range fmt.Sprintf("%d.json\x00", i) {
			names = append(names, byte(c), 0)
		}
	}
	dir = append(append(number(dir, uint64(len(names)+1)), 0), names...)
	dir = append(dir, 0, 0)
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(packed)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(dir)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(dir))
	head := binary.LittleEndian.AppendUint32([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), crc32.ChecksumIEEE(start))
	return string(head) + string(start) + packed + string(dir)
}

// Bombs of 7z: a member that is one, and one behind so much that to pass over it would
// take for ever; and what says that it is larger than it is. Autopsy met such (its issues 4640 and 7207), and counts by ratio too.
func TestSevenZipBombs(t *testing.T) {
	const whole = 80 << 20 // of spaces, in 83 bytes
	ours := records(event("a"))
	for name, tt := range map[string]struct {
		archive string
		want    []string // for each member
	}{
		"bomb":        {sevenZipOf("\x04\x02\x02", packed(t, "bomb.bz2"), whole), []string{"unreadable: the container's members are more than 100 times"}},
		"behind":      {sevenZipOf("\x04\x02\x02", packed(t, "bomb.bz2"), whole-1000, 1000), []string{"members are more than 100 times", "members are more than 100 times"}},
		"a liar":      {sevenZipOf("\x04\x02\x02", packed(t, "bomb.bz2"), 1000, 1000), []string{"unreadable: empty", "unreadable: empty"}},
		"claims":      {sevenZipOf("\x00", ours, uint64(len(ours)), 1<<60), []string{"parsed", "the container's members are more than 1099511627776 bytes"}},
		"in its time": {sevenZipOf("\x00", ours+ours, uint64(len(ours)), uint64(len(ours))), []string{"parsed", "parsed"}},
	} {
		o := try(t, Config{Limits: Limits{Ratio: 100}}, evidence(t, map[string]string{"x.7z": tt.archive}))
		for i, want := range tt.want {
			b := o.object(t, fmt.Sprintf("x.7z!%d.json", i))
			if got := string(b.Status) + ": " + b.Reason; !strings.Contains(got, want) || b.ContentSize > ratioFrom {
				t.Errorf("%s: member %d: %+v", name, i, b)
			}
		}
	}
}

// Each of these members may be what it is; together they are a bomb (suzaku 147).
func TestManySmallBombs(t *testing.T) {
	files := map[string]string{}
	for i := range 120 {
		files[fmt.Sprintf("%03d.json", i)] = event(fmt.Sprint(i)) + strings.Repeat(" ", 1<<20-1000)
	}
	for outer, archive := range map[string]string{
		"x.zip": zipOf(t, files, zip.Deflate), "y.zip": zipOf(t, map[string]string{"in.zip": zipOf(t, files, zip.Deflate)}, zip.Deflate),
	} {
		o := try(t, Config{Limits: Limits{Ratio: 200}}, evidence(t, map[string]string{outer: archive}))
		read, left := 0, 0
		for _, b := range o.objects {
			switch {
			case b.Status == Parsed && b.Kept == 1:
				read++
			case b.Status == Unreadable && strings.Contains(b.Reason, "the container's members are more than 200 times as large as what is stored"):
				left++
			case b.Shape != "zip archive":
				t.Errorf("%+v", b)
			}
		}
		if read+left != 120 || read < ratioFrom>>20-1 || left < 30 {
			t.Errorf("%s: %d read, %d left out", outer, read, left)
		}
	}
}

// A zip whose directory is cut off, with a member that would unpack for hours: to find
// where it ends is given up as soon as it is a bomb.
func TestCutZipBomb(t *testing.T) {
	archive := zipOf(t, map[string]string{"a.json": strings.Repeat(" ", 40<<20)}, zip.Deflate)
	o := try(t, Config{}, evidence(t, map[string]string{"x.zip": archive[:len(archive)-60]}))
	if b := o.object(t, "x.zip"); b.Status != Damaged || !strings.Contains(b.Reason, "too large") {
		t.Errorf("%+v", b)
	}
	if b := o.object(t, "x.zip!a.json"); b.Status != Unreadable || !strings.Contains(b.Reason, "content more than 300 times") {
		t.Errorf("%+v", b)
	}
}

func everything(*parser.Record) (detect.Evidence, bool) { return nil, true }

// What panics in the Stream half of a detector costs that detector, and nothing else:
// it is a problem of the object whose event it was shown last.
func TestPanickingStream(t *testing.T) {
	stream := func(next func(ref *detect.EventRef), flush func()) func() detect.Stream {
		return func() detect.Stream {
			return detect.Stream{
				Next:  func(ref *detect.EventRef, _ detect.Evidence, _ func(detect.Finding)) { next(ref) },
				Flush: func(func(detect.Finding)) { flush() },
			}
		}
	}
	seen := 0
	none := func() {}
	dir := evidence(t, map[string]string{"1.json": records(event("a"), event("boom")), "2.json": event("c"), "3.json": records(event("d"), `{"x":nul}`), "4.txt": "text"})
	o := try(t, Config{Detectors: []*detect.Detector{
		{ID: "next", Title: "x", Record: everything, Stream: stream(func(ref *detect.EventRef) {
			if ref.ID == "boom" {
				panic("no such index")
			}
		}, func() { t.Error("asked again") })},
		{ID: "flush", Title: "x", Record: everything, Stream: stream(func(*detect.EventRef) {}, func() { panic("at the end") })},
		{ID: "sound", Title: "x", Record: everything, Stream: stream(func(*detect.EventRef) { seen++ }, none)},
	}}, dir)
	if seen != 4 || len(o.entries) != 4 {
		t.Errorf("%d events shown, %d kept", seen, len(o.entries))
	}
	if b := o.object(t, "1.json"); b.Status != Damaged || b.ProblemCount != 1 || b.Problems[0].Index != 1 || !strings.Contains(b.Reason, "panic of detector next while its findings were concluded: no such index") {
		t.Errorf("%+v", b)
	}
	if b := o.object(t, "3.json"); b.Status != Damaged || b.ProblemCount != 2 || !strings.Contains(b.Problems[1].Text, "panic of detector flush") {
		t.Errorf("%+v", b)
	}
	if b := o.object(t, "2.json"); b.Status != Parsed {
		t.Errorf("%+v", b)
	}
}
