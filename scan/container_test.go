package scan

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/coldtrail/coldtrail/detect"
)

// walked are the names in the order in which a walk of a directory meets them.
func walked(files map[string]string) []string {
	key := func(name string) string { return strings.ReplaceAll(name, "/", "\x00") }
	return slices.SortedFunc(maps.Keys(files), func(a, b string) int { return strings.Compare(key(a), key(b)) })
}

// tarOf makes a tar of the files.
func tarOf(t testing.TB, files map[string]string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range walked(files) {
		failOn(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))}))
		_, err := io.WriteString(w, files[name])
		failOn(t, err)
	}
	failOn(t, w.Close())
	return b.String()
}

// zipOf makes a zip of the files.
func zipOf(t testing.TB, files map[string]string, method uint16) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(93, zstd.ZipCompressor())
	for _, name := range walked(files) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		failOn(t, err)
		_, err = io.WriteString(f, files[name])
		failOn(t, err)
	}
	failOn(t, w.Close())
	return b.String()
}

// shell packs the files with a program that Go has no writer for; "" if there is none.
func shell(t testing.TB, files map[string]string, command string) string {
	program, _, _ := strings.Cut(command, " ")
	if _, err := exec.LookPath(program); err != nil {
		return ""
	}
	dir, out := evidence(t, files), filepath.Join(t.TempDir(), "out")
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "OUT="+out)
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, msg)
	}
	b, err := os.ReadFile(out)
	failOn(t, err)
	return string(b)
}

// trail is a small copy of a trail's bucket: many objects, a digest, copies, damage.
func trail() map[string]string {
	files := map[string]string{}
	var names []string
	for i := range 30 {
		var events []string
		for j := range 20 {
			events = append(events, event(fmt.Sprintf("%d-%d", i, j), "eventTime", at(j%60), "note", quote(strings.Repeat(fmt.Sprint(i*j*7919), 30))))
		}
		if i%7 == 0 {
			events = append(events, event("0-1", "eventTime", at(1), "note", quote(""))) // a conflict
		}
		name := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T10%02dZ_abcdefghijklmnop.json.gz", i)
		files[name] = zipped(records(events...))
		names = append(names, fmt.Sprintf(`{"s3Object":%s}`, quote("prefix/"+name)))
	}
	files["AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20260302T110000Z.json.gz"] =
		zipped(`{"digestStartTime":"2026-03-02T10:00:00Z","logFiles":[` + strings.Join(names[:20], ",") + `]}`)
	files["large.jsonl"] = strings.Repeat(event("again", "note", quote(strings.Repeat("x", 500)))+"\n", 800) // more than is handed over at once
	files["cut.json"] = strings.TrimSuffix(records(event("cut")), "]}") + `,{"a`
	files["notes.txt"] = "hello"
	files["empty.json"] = ""
	return files
}

// told is what a run says of the evidence, whatever contains it.
func (o *outcome) told(prefix string) (lines []string) {
	place := func(ordinal uint64) string { return strings.TrimPrefix(o.objects[ordinal].Path, prefix) }
	for i := range o.entries {
		e := &o.entries[i]
		line := fmt.Sprintf("%s %s %s %d %d", e.Ref.ID, e.Ref.Time, place(e.Ref.Place.Object), e.Ref.Place.Offset, e.Copies)
		for _, m := range e.Findings {
			line += " " + m.Finding
		}
		lines = append(lines, line)
	}
	for _, f := range o.findings {
		lines = append(lines, fmt.Sprintf("%+v", f.FindingHead))
		for _, e := range f.events {
			lines = append(lines, fmt.Sprintf("%s %d %s", e.ID, e.Ordinal, e.Raw))
		}
	}
	for i := range o.objects {
		if b := o.objects[i]; strings.HasPrefix(b.Path, prefix) {
			b.Ordinal, b.Path, b.Source = 0, place(b.Ordinal), ""
			lines = append(lines, fmt.Sprintf("%+v", b))
		}
	}
	return lines
}

// containers are the files in everything that contains them, by names that say what.
func containers(t testing.TB, files map[string]string) map[string]string {
	plain := tarOf(t, files)
	all := map[string]string{
		"x.tar": plain, "x.tar.gz": zipped(plain), "x.tgz": zipped(plain), "x.tar.zst": zstded(t, plain), "x.zip": zipOf(t, files, zip.Deflate), "stored.zip": zipOf(t, files, zip.Store),
		"zstd.zip": zipOf(t, files, 93), "x.gz": zipped(plain), "no-suffix": zipOf(t, files, zip.Deflate), "twice.tar.gz.gz": zipped(zipped(plain)),
		"x.tar.bz2": shell(t, files, `tar --sort=name -cf - * | bzip2 -c > "$OUT"`), "x.tar.xz": shell(t, files, `tar --sort=name -cf - * | xz -T1 -1 -c > "$OUT"`),
		"x.7z": shell(t, files, `7zz a -t7z "$OUT" . && mv "$OUT".7z "$OUT" 2>/dev/null; test -f "$OUT"`),
	}
	maps.DeleteFunc(all, func(_, content string) bool { return content == "" })
	return all
}

// What is in a container is read as if it lay there by itself.
func TestContainers(t *testing.T) {
	files := trail()
	cfg := Config{Detectors: detect.All(), Raw: true, Memory: 16 << 20}
	want := try(t, cfg, evidence(t, files)).told("")
	for name, content := range containers(t, files) {
		for _, workers := range []int{1, 3} {
			cfg.Workers = workers
			o := try(t, cfg, evidence(t, map[string]string{name: content}))
			got := o.told(name + "!")
			if strings.HasSuffix(name, ".7z") { // 7-Zip sorts by type
				got, want := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
				if !slices.Equal(got, want) {
					t.Errorf("%s: told otherwise", name)
				}
			} else {
				differ(t, name, want, got)
			}
			line := o.object(t, name)
			sum := sha256.Sum256([]byte(content))
			if line.Status != Recognised || line.Size != int64(len(content)) || line.SHA256 != hex.EncodeToString(sum[:]) || !slices.Contains(line.Notes, fmt.Sprintf("members: %d, each with a line of its own", len(files))) {
				t.Errorf("%s: %+v", name, line)
			}
			if want := map[bool]string{true: "tar archive", false: "zip archive"}[strings.Contains(name, "tar")]; strings.Contains(name, "tar") != strings.HasSuffix(name, "zip") && line.Reason != want {
				t.Errorf("%s: %q", name, line.Reason)
			}
		}
	}
}

func differ(t *testing.T, name string, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d lines instead of %d", name, len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Errorf("%s: line %d:\n%.600s\ninstead of\n%.600s", name, i, got[i], want[i])
			return
		}
	}
}

// Containers in containers: two levels are opened, the third is listed.
func TestNestedContainers(t *testing.T) {
	files := trail()
	cfg := Config{Detectors: detect.All()}
	want := try(t, cfg, evidence(t, files)).told("")
	inner := containers(t, files)
	for name, content := range inner {
		name = strings.ReplaceAll(name, "no-suffix", "inner")
		beside := map[string]string{"a/" + name: content, "z.txt": "last"}
		for outer, archive := range map[string]string{
			"o.zip": zipOf(t, beside, zip.Deflate), "stored.zip": zipOf(t, beside, zip.Store), "o.tar": tarOf(t, beside), "o.tar.gz": zipped(tarOf(t, beside)),
		} {
			o := try(t, cfg, evidence(t, map[string]string{outer: archive}))
			got := o.told(outer + "!a/" + name + "!")
			if strings.HasSuffix(name, ".7z") {
				if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
					t.Errorf("%s in %s: told otherwise", name, outer)
				}
			} else {
				differ(t, name+" in "+outer, want, got)
			}
			line := o.object(t, outer+"!a/"+name)
			sum := sha256.Sum256([]byte(content))
			if line.Status != Recognised || line.SHA256 != hex.EncodeToString(sum[:]) || line.Size != int64(len(content)) {
				t.Errorf("%s in %s: %+v", name, outer, line)
			}
			if b := o.object(t, outer+"!z.txt"); b.Status != Recognised || b.SHA256 == "" {
				t.Errorf("%s in %s: %+v", name, outer, b)
			}
		}
	}
	third := zipOf(t, map[string]string{"b.zip": zipOf(t, map[string]string{"c.zip": zipOf(t, map[string]string{"d.json": event("deep")}, zip.Deflate)}, zip.Deflate)}, zip.Deflate)
	o := try(t, cfg, evidence(t, map[string]string{"a.zip": third}))
	if b := o.object(t, "a.zip!b.zip!c.zip"); b.Status != Unreadable || b.Reason != "zip archive in a container that is in a container: unpack it first" || len(o.objects) != 3 {
		t.Errorf("%+v", b)
	}
	small := Config{Limits: Limits{Held: 100}}
	o = try(t, small, evidence(t, map[string]string{"a.zip": third}))
	if b := o.object(t, "a.zip!b.zip"); b.Status != Unreadable || !strings.Contains(b.Reason, "zip archive") {
		t.Errorf("not held: %+v", b)
	}
}

// Names are shown, whatever they are, and nothing is opened by them.
func TestMemberNames(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h tar.Header, content string) {
		h.Size, h.Format = int64(len(content)), tar.FormatGNU
		failOn(t, w.WriteHeader(&h))
		io.WriteString(w, content)
	}
	for i, name := range []string{"../../../outside.json", "/etc/passwd.json", `C:\Windows\x.json`, `..\up.json`, "a\xffb.json", "same.json", "same.json", "same.json", "x!y.json", strings.Repeat("n", 5000) + ".json"} {
		add(tar.Header{Name: name}, event(fmt.Sprint(i)))
	}
	for i, kind := range []byte{tar.TypeSymlink, tar.TypeLink, tar.TypeFifo, tar.TypeChar, tar.TypeBlock, tar.TypeDir} {
		add(tar.Header{Name: fmt.Sprintf("special-%d", i), Typeflag: kind, Linkname: "/etc/passwd"}, "")
	}
	failOn(t, w.Close())
	o := try(t, Config{}, evidence(t, map[string]string{"x.tar": b.String(), "same": tarOf(t, nil)}))
	if len(o.entries) != 10 || len(o.objects) != 2+10+5 {
		t.Errorf("%d events, %d objects", len(o.entries), len(o.objects))
	}
	for name, want := range map[string]string{
		"../../../outside.json": "leads out", "/etc/passwd.json": "leads out", `C:\\Windows\\x.json`: "leads out", `..\\up.json`: "leads out", `a\xffb.json`: "",
		"same.json": "", "same.json#2": "", "same.json#3": "", "x!y.json": "", strings.Repeat("n", 4096) + "… (5005 bytes)": "longer than what is shown",
	} {
		m := o.object(t, "x.tar!"+name)
		if m.Status != Parsed || m.Kept != 1 || (want == "") != (len(m.Notes) == 0) || !strings.Contains(strings.Join(m.Notes, ""), want) {
			t.Errorf("%.50s: %+v", name, m)
		}
	}
	for i, reason := range []string{"symbolic link: not followed", "hard link to another member: not followed", "named pipe: not read", "device: not read", "device: not read"} {
		if m := o.object(t, fmt.Sprintf("x.tar!special-%d", i)); m.Status != Unreadable || m.Reason != reason || m.SHA256 != "" {
			t.Errorf("%+v", m)
		}
	}
}

// What cannot be opened says what to do first.
func TestClosedContainers(t *testing.T) {
	collection := zipOf(t, map[string]string{"metadata.json": "[]", "data.zip": "x"}, zip.Store)
	locked := strings.NewReplacer("PK\x01\x02\x14\x00\x14\x00\x08", "PK\x01\x02\x14\x00\x14\x00\x09").Replace(collection) // the flag of each
	image := zipOf(t, map[string]string{"a/data/0": "x", "information.turtle": "y"}, zip.Store)
	for name, tt := range map[string]struct {
		content, reason string
		status          Status
		objects         int
	}{
		"aes.zip":            {packed(t, "aes.zip"), "encrypted zip archive: decrypt it first", Unreadable, 3},
		"zipcrypto.zip":      {packed(t, "zipcrypto.zip"), "encrypted zip archive: decrypt it first", Unreadable, 3},
		"encrypted-names.7z": {packed(t, "encrypted-names.7z"), "directory: encrypted: decrypt the archive first", Unreadable, 1},
		"collection.zip":     {locked, "encrypted Velociraptor collection: decrypt it first", Unreadable, 1},
		"image.aff4":         {image, "AFF4 image: mount it", Unreadable, 1},
		"disk.E01":           {"EVF\x09\x0d\x0a\xff\x00 and more", "E01 disk image: mount it first", Unreadable, 1},
		"logs.json":          {zipOf(t, map[string]string{"a": "b"}, zip.Store), "zip archive under the name of a log: rename it first", Unreadable, 1},
		"x.zip.gz":           {zipped(zipOf(t, map[string]string{"a": "b"}, zip.Store)), "zip archive, compressed once more: decompress it first", Unreadable, 1},
		"x.rar":              {"Rar!\x1a\x07\x01\x00", "RAR archive: unpack it first", Unreadable, 1},
		"program.7z":         {packed(t, "filter.7z"), "7z archive", Recognised, 6},
		"empty.zip":          {zipOf(t, nil, zip.Store), "zip archive", Recognised, 1},
		"empty.tar":          {strings.Repeat("\x00", 10240), "not JSON", Recognised, 1},
	} {
		o := try(t, Config{}, evidence(t, map[string]string{name: tt.content}))
		b := o.object(t, name)
		if b.Status != tt.status || !strings.HasPrefix(b.Reason, tt.reason) || len(o.objects) != tt.objects || len(b.SHA256) != 64 || (b.Status == Unreadable) != (b.ProblemCount > 0) {
			t.Errorf("%s: %d objects, %+v", name, len(o.objects), b)
		}
		for _, m := range o.objects[1:] {
			if want := map[bool]Status{true: Unreadable, false: Recognised}[strings.Contains(m.Reason, "encrypted") || strings.Contains(m.Reason, "link") || strings.HasSuffix(m.Path, "empty.json")]; m.Status != want {
				t.Errorf("%s: %+v", name, m)
			}
		}
	}
}

// Bombs that only containers can be.
func TestContainerBombs(t *testing.T) {
	spaces := strings.Repeat(" ", 8<<20)
	for name, tt := range map[string]struct{ content, member, reason string }{
		"member.zip":     {zipOf(t, map[string]string{"a.json": spaces}, zip.Deflate), "a.json", "content more than 100 times"},
		"twice.zip":      {zipOf(t, map[string]string{"a.json.gz": zipped(spaces)}, zip.Deflate), "a.json.gz", "content more than 100 times"},
		"compressed.tgz": {zipped(tarOf(t, map[string]string{"a.json.gz": zipped(spaces), "b.json": strings.Repeat(" ", 2<<20)})), "a.json.gz", "content more than 100 times"},
		"solid.tgz":      {zipped(tarOf(t, map[string]string{"a.json": strings.Repeat(" ", ratioFrom+1<<20), "b.json": event("b")})), "", "content more than 100 times"},
		"total.tgz":      {zipped(tarOf(t, trail())), "", "content larger than 20000 bytes"},
		"many.zip":       {zipOf(t, trail(), zip.Store), "", "more than 34 members"},
	} {
		limits := Limits{Ratio: 100, Members: 34}
		if strings.HasPrefix(name, "total") {
			limits.Container = 20_000
		}
		o := try(t, Config{Limits: limits}, evidence(t, map[string]string{name: tt.content, "z.json": event("good")}))
		path := name
		if tt.member != "" {
			path += "!" + tt.member
		}
		if b := o.object(t, path); b.Status != Unreadable && b.Status != Damaged || !strings.Contains(b.Reason, tt.reason) {
			t.Errorf("%s: %+v", name, b)
		}
		if !slices.Contains(o.ids(), "good") {
			t.Errorf("%s: the other object was lost", name)
		}
	}
}

// A hundred thousand members cost no memory beyond the table in its files.
func TestManyMembers(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 members")
	}
	files := map[string]string{}
	for i := range 100_000 {
		files[fmt.Sprintf("%05d.json", i)] = event(fmt.Sprint(i))
	}
	dir := evidence(t, map[string]string{"x.zip": zipOf(t, files, zip.Store)})
	clear(files)
	var before, listed runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cfg := Config{Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 16 << 20, Workers: 2}
	cfg.Listed = func(l Listing) error {
		runtime.GC()
		runtime.ReadMemStats(&listed)
		if l.Objects != 100_001 {
			t.Errorf("%d objects", l.Objects)
		}
		return nil
	}
	cfg.Sinks = func(*Conclusion) ([]Sink, error) { return nil, nil }
	res, err := Run(t.Context(), cfg)
	failOn(t, err)
	defer res.Close()
	if res.Totals.Distinct != 100_000 || res.Totals.Objects[Parsed] != 100_000 {
		t.Errorf("%+v", res.Totals)
	}
	if more := int64(listed.HeapAlloc) - int64(before.HeapAlloc); more > 24<<20 {
		t.Errorf("%d bytes more in use once all is listed", more)
	}
}

// A container that changes while it is examined.
func TestChangedContainer(t *testing.T) {
	dir := evidence(t, map[string]string{"x.zip": zipOf(t, trail(), zip.Deflate)})
	cfg := Config{Listed: func(Listing) error { return os.Truncate(filepath.Join(dir, "x.zip"), 3000) }}
	cfg.Paths, cfg.WorkDir, cfg.Memory = []string{dir}, t.TempDir(), 1<<20
	cfg.Sinks = func(*Conclusion) ([]Sink, error) { return nil, nil }
	res, err := Run(t.Context(), cfg)
	failOn(t, err)
	defer res.Close()
	o := read(t, res)
	if o.totals.Objects[Parsed] == 0 || o.totals.Objects[Parsed]+o.totals.Objects[Recognised] > 20 || o.totals.Objects[Unreadable] < 5 {
		t.Errorf("%+v", o.totals)
	}
}

// Failures within streams leave nothing behind, and no goroutine.
func TestContainerFailures(t *testing.T) {
	dir := evidence(t, map[string]string{"x.tar.gz": zipped(tarOf(t, trail())), "y.zip": zipOf(t, trail(), zip.Deflate)})
	for _, n := range []int{1, 100, 900} {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(t.Context())
		cfg := Config{Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 1 << 20, Workers: 3, Detectors: detect.All(), Sinks: func(*Conclusion) ([]Sink, error) { return nil, nil }}
		cancelAt(&cfg, cancel, n)
		if res, err := Run(ctx, cfg); err == nil {
			res.Close()
			t.Errorf("cancelled after %d: no error", n)
		}
		if left, _ := os.ReadDir(cfg.WorkDir); len(left) > 0 {
			t.Errorf("left in the work directory: %v", left)
		}
		settledGoroutines(t, before)
	}
}

// Standard input is evidence like any other, whatever comes through it.
func TestStdin(t *testing.T) {
	files := trail()
	cfg := Config{Detectors: detect.All(), Memory: 16 << 20, Workers: 2, Sinks: func(*Conclusion) ([]Sink, error) { return nil, nil }}
	for name, content := range map[string]string{
		"": records(event("a"), event("b")), "gzip": zipped(records(event("a"))), "tar.gz": zipped(tarOf(t, files)), "zip": zipOf(t, files, zip.Deflate), "empty": "",
	} {
		cfg.Paths, cfg.WorkDir, cfg.Stdin = []string{"-"}, t.TempDir(), iotest.HalfReader(strings.NewReader(content))
		res, err := Run(t.Context(), cfg)
		failOn(t, err)
		o := read(t, res)
		sum := sha256.Sum256([]byte(content))
		if b := o.object(t, Stdin); b.Source != Stdin || b.SHA256 != hex.EncodeToString(sum[:]) || b.Size != int64(len(content)) {
			t.Errorf("%s: %+v", name, b)
		}
		if want := map[string]int64{"": 2, "gzip": 1, "empty": 0}; o.totals.Kept != want[name] && (o.totals.Kept < 600 || name != "tar.gz" && name != "zip") {
			t.Errorf("%s: %+v", name, o.totals)
		}
		failOn(t, res.Close())
		if left, _ := os.ReadDir(cfg.WorkDir); len(left) > 0 {
			t.Errorf("%s: left in the work directory: %v", name, left)
		}
	}
	for what, c := range map[string]Config{
		"none": {Paths: []string{"-"}}, "twice": {Paths: []string{"-", "-"}, Stdin: strings.NewReader("{}")}, "broken": {Paths: []string{"-"}, Stdin: iotest.ErrReader(io.ErrClosedPipe)},
	} {
		c.WorkDir, c.Memory, c.Sinks = t.TempDir(), 1<<20, cfg.Sinks
		if res, err := Run(t.Context(), c); err == nil {
			res.Close()
			t.Errorf("%s: no error", what)
		}
		if left, _ := os.ReadDir(c.WorkDir); len(left) > 0 {
			t.Errorf("%s: left in the work directory: %v", what, left)
		}
	}
}
