package scan

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/coldtrail/coldtrail/parser"
)

// A vector for every container and codec that is read, each with the events that are in
// it. Those of testdata were made by xz, bzip2 and 7zz: see unpack's tests.
func containerVectors(t testing.TB) map[string]string {
	logs := logsOfVectors()
	plain := tarOf(t, logs)
	gz := map[string]string{"AWSLogs/a.json.gz": zipped(logs["AWSLogs/a.json"]), "AWSLogs/b.json.gz": logs["AWSLogs/b.json.gz"], "c.txt.gz": zipped(logs["c.txt"])}
	all := map[string]string{
		"gzip": zipped(oneLog), "zstd": zstded(t, oneLog), "gzip in gzip": zipped(zipped(oneLog)), "gzip in zstd": zstded(t, zipped(oneLog)),
		"tar": plain, "tar.gz": zipped(plain), "tar.zst": zstded(t, plain), "tar of gz": tarOf(t, gz),
		"zip, deflated": zipOf(t, logs, zip.Deflate), "zip, stored": zipOf(t, logs, zip.Store), "zip, zstd": zipOf(t, logs, 93), "zip of gz": zipOf(t, gz, zip.Store), "zip64": zip64Of(logs),
		"zip in zip": zipOf(t, map[string]string{"in.zip": zipOf(t, logs, zip.Deflate)}, zip.Deflate), "tar.gz in zip": zipOf(t, map[string]string{"in.tgz": zipped(plain)}, zip.Store),
		"zip in tar.gz": zipped(tarOf(t, map[string]string{"in.zip": zipOf(t, gz, zip.Store), "z.txt": "z"})), "Velociraptor's": zipOf(t, velociraptor(), zip.Deflate),
	}
	for _, name := range []string{"default.bz2", "default.xz", "blocks.xz", "contents.tar.bz2", "contents.tar.xz", "lzma2.7z", "not-solid.7z", "copy.7z", "bzip2.zip", "xz.zip"} {
		all[name] = packed(t, name)
	}
	return all
}

var oneLog = records(event("a"), event("b"), event("c"))

func logsOfVectors() map[string]string {
	return map[string]string{"AWSLogs/a.json": records(event("a")), "AWSLogs/b.json.gz": zipped(records(event("b"), event("c"))), "c.txt": "hello"}
}

// velociraptor is what an offline collector of Velociraptor's brings: what it found below
// uploads, by accessor and escaped path, and what it says of it beside.
func velociraptor() map[string]string {
	return map[string]string{
		"client_info.json": `{"hostname":"x","fqdn":"x.example"}`, "collection_context.json": `{"total_uploaded_files":2}`, "log.json": `{"_ts":1772445600,"message":"Starting"}` + "\n",
		"requests.json": `[{"query":"SELECT * FROM glob()"}]`, "results/Custom.Collect%2FUploads.json": `{"SourceFile":"/a","Size":1}` + "\n" + `{"SourceFile":"/b","Size":2}` + "\n",
		"uploads.json":                           `{"vfs_path":"/evidence/a.json","file_size":1}` + "\n",
		"uploads/auto/%2Fevidence/a.json":        records(event("a")),
		"uploads/auto/%2Fevidence/b.json.gz":     zipped(records(event("b"), event("c"))),
		"uploads/auto/%2Fevidence/b.json.gz.idx": `{"ranges":[{"file_offset":0,"original_offset":0,"file_length":3,"length":3}]}`,
	}
}

// zip64Of is a zip whose sizes and places stand in the fields of zip64 (APPNOTE 4.5.3),
// as those of archives beyond 4 GiB do, and of what is written to a pipe.
func zip64Of(files map[string]string) string {
	le := binary.LittleEndian
	var b, dir []byte
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content, at := files[name], uint64(len(b))
		common := le.AppendUint16(le.AppendUint16(nil, 45), 0x800) // version needed; UTF-8
		common = append(common, 0, 0, 0, 0, 0x21, 0x5c)            // stored, in 2026
		common = le.AppendUint32(common, crc32.ChecksumIEEE([]byte(content)))
		common = append(common, "\xff\xff\xff\xff\xff\xff\xff\xff"...) // both sizes are elsewhere
		common = le.AppendUint16(common, uint16(len(name)))
		sizes := le.AppendUint64(le.AppendUint64(nil, uint64(len(content))), uint64(len(content)))
		extra := append(le.AppendUint16(le.AppendUint16(nil, 1), 16), sizes...)
		b = append(append(b, "PK\x03\x04"...), common...)
		b = append(append(le.AppendUint16(b, uint16(len(extra))), name...), extra...)
		b = append(b, content...)
		extra = le.AppendUint64(append(le.AppendUint16(le.AppendUint16(nil, 1), 24), sizes...), at)
		dir = append(append(append(dir, "PK\x01\x02\x2d\x00"...), common...), byte(len(extra)), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		dir = append(append(append(dir, "\xff\xff\xff\xff"...), name...), extra...)
	}
	n := uint64(len(files))
	end := append([]byte("PK\x06\x06"), 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	end = le.AppendUint64(le.AppendUint64(le.AppendUint64(le.AppendUint64(end, n), n), uint64(len(dir))), uint64(len(b)))
	end = le.AppendUint32(le.AppendUint64(append(end, "PK\x06\x07\x00\x00\x00\x00"...), uint64(len(b)+len(dir))), 1)
	end = append(append(append(end, "PK\x05\x06\x00\x00\x00\x00"...), bytes.Repeat([]byte{0xff}, 12)...), 0, 0)
	return string(b) + string(dir) + string(end)
}

// archive/zip reads what zip64Of makes.
func TestZip64Vector(t *testing.T) {
	logs := logsOfVectors()
	b := zip64Of(logs)
	z, err := zip.NewReader(strings.NewReader(b), int64(len(b)))
	failOn(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		failOn(t, err)
		content, err := io.ReadAll(r)
		if err != nil || string(content) != logs[f.Name] {
			t.Errorf("%s: %d bytes, %v", f.Name, len(content), err)
		}
	}
	if len(z.File) != len(logs) {
		t.Errorf("%d files", len(z.File))
	}
}

// wholeVector is what the whole vector says: its events, and the hash of each object.
type wholeVector struct {
	ids  []string
	sums map[string]string
}

// knows runs over the whole vector.
func knows(t *testing.T, name, content string) wholeVector {
	t.Helper()
	o := try(t, Config{}, evidence(t, map[string]string{"x": content}))
	k := wholeVector{ids: o.ids(), sums: map[string]string{}}
	if slices.Sort(k.ids); len(k.ids) < 2 || o.totals.Objects[Damaged] > 0 {
		t.Errorf("%s: %q, %+v", name, k.ids, o.totals)
	}
	sum := sha256.Sum256([]byte(content))
	if b := o.object(t, "x"); b.SHA256 != hex.EncodeToString(sum[:]) || b.Size != int64(len(content)) {
		t.Errorf("%s: %+v", name, b)
	}
	for i := range o.objects {
		b := &o.objects[i]
		if k.sums[strings.TrimPrefix(b.Path, "x")] = b.SHA256; b.SHA256 == "" && b.Status != Unreadable {
			t.Errorf("%s: %+v", name, b)
		}
	}
	return k
}

// maxCuts is how often a vector is cut: at every byte, if it has no more. Tars, which are
// larger, consist of zeros for the most part; the step is odd, and meets every place
// within a block of 512.
const maxCuts = 400

// cuts are the vector's beginnings, by names that say how long each is.
func cuts(content string) map[string]string {
	step := 1
	if len(content) > maxCuts {
		step = len(content)/maxCuts + 1 | 1
	}
	if testing.Short() {
		step = max(step, len(content)/50) | 1
	}
	all := map[string]string{}
	for n := len(content) - 1; n > 0; n -= step {
		all[fmt.Sprintf("%06d", n)] = content[:n]
	}
	return all
}

// A container that is cut, wherever that is, is never whole: its own line says so. What
// is read of it is what was in it, and each of its members that has no problem is whole.
// A download that broke off looks like that (plaso 215 and 433).
func TestCutVectors(t *testing.T) {
	for name, content := range containerVectors(t) {
		whole := knows(t, name, content)
		o := try(t, Config{}, evidence(t, cuts(content)))
		kept := map[string]bool{}
		for _, id := range o.ids() {
			if kept[id] = true; !slices.Contains(whole.ids, id) {
				t.Errorf("%s: event %s is not in it", name, id)
			}
		}
		for i := range o.objects {
			b := &o.objects[i]
			_, member, in := strings.Cut(b.Path, "!")
			switch {
			case in && b.Status == Parsed && b.SHA256 != whole.sums["!"+member]:
				t.Errorf("%s: a member that is not whole: %+v", name, b)
			case !in && (b.Status == Parsed || b.Status == Recognised && (b.Reason != "not JSON" || b.Size >= 512)): // fewer bytes do not tell a tar
				t.Errorf("%s: a clean end: %+v", name, b)
			}
		}
		if len(kept) == 0 && !allOrNothing(name) {
			t.Errorf("%s: of no cut was anything kept", name)
		}
	}
}

// allOrNothing are those of which a cut leaves nothing: their blocks are larger than
// the vector, or their directory, without which nothing is known, lies at their end.
func allOrNothing(name string) bool {
	return strings.Contains(name, "7z") || strings.Contains(name, "zst") || strings.Contains(name, "bz") || name == "zip in zip"
}

// However few bytes come at a time, the content is the same.
func TestVectorsByteByByte(t *testing.T) {
	for name, content := range containerVectors(t) {
		var want string
		for i, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
			c := newContent(Limits{})
			failOn(t, c.reset(wrap(strings.NewReader(content)), smallSize, true))
			got, err := io.ReadAll(c)
			if i == 0 {
				want = string(got)
			}
			if err != nil || string(got) != want {
				t.Errorf("%s, %d: %d bytes instead of %d, %v", name, i, len(got), len(want), err)
			}
			if failOn(t, c.drain()); c.stored.n != int64(len(content)) {
				t.Errorf("%s, %d: %d bytes taken of %d", name, i, c.stored.n, len(content))
			}
		}
	}
}

// FuzzRunContainer reads arbitrary bytes as a container: no panic, no member that would
// have to be read for ever, and the sums hold.
func FuzzRunContainer(f *testing.F) {
	for _, content := range containerVectors(f) {
		f.Add([]byte(content))
		f.Add([]byte(content[:len(content)*2/3]))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		dir := evidence(t, map[string]string{"x": string(input)})
		o := try(t, Config{Memory: 1 << 20, Limits: Limits{Content: 1 << 22, Container: 1 << 23, Members: 100, Held: 1 << 20, Window: 1 << 20}}, dir)
		if n := int64(len(o.objects)); n > 2+101*101 {
			t.Errorf("%d objects", n)
		}
	})
}

// Through standard input, byte by byte, a container is what it is as a file.
func TestVectorsThroughStdin(t *testing.T) {
	for name, content := range containerVectors(t) {
		want := try(t, Config{}, evidence(t, map[string]string{Stdin: content})).told(Stdin)
		sink := new(collector)
		cfg := Config{
			Paths: []string{"-"}, Stdin: iotest.OneByteReader(strings.NewReader(content)), WorkDir: t.TempDir(), Memory: 4 << 20, Workers: 2,
			Carry: func(dst []byte, r *parser.Record) []byte { return append(dst, r.Raw...) }, Sinks: func(*Conclusion) ([]Sink, error) { return []Sink{sink}, nil },
		}
		res, err := Run(t.Context(), cfg)
		failOn(t, err)
		o := read(t, res)
		o.entries = sink.entries
		differ(t, name, want, o.told(Stdin))
		failOn(t, res.Close())
	}
}
