package unpack

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// streams are one content in every codec.
func streams(t testing.TB) map[string]string {
	content := vector(t, "records")
	all := map[string]string{
		"gzip": gzipped(content), "zstd": zstded(t, content), "zstd fast": zstded(t, content, zstd.WithEncoderLevel(zstd.SpeedFastest)),
		"bzip2": testdata(t, "default.bz2"), "base64": base64.StdEncoding.EncodeToString([]byte(gzipped(content))),
	}
	for _, name := range []string{"default.xz", "blocks.xz", "small-window.xz", "crc32.xz", "sha256.xz", "unchecked.xz"} {
		all[name] = testdata(t, name)
	}
	return all
}

func want(t testing.TB, name string) string {
	if name == "base64" {
		return gzipped(vector(t, "records"))
	}
	return vector(t, "records")
}

func TestCodecs(t *testing.T) {
	for name, stream := range streams(t) {
		want := want(t, name)
		for how, wrap := range map[string]func(io.Reader) io.Reader{"whole": asItIs, "one byte at a time": iotest.OneByteReader, "half": iotest.HalfReader, "data with the error": iotest.DataErrReader} {
			if got, err := decode(stream, 8<<20, wrap); err != nil || got != want {
				t.Errorf("%s, %s: %d bytes of %d, %v", name, how, len(got), len(want), err)
			}
		}
		twice, err := decode(stream+stream, 8<<20, asItIs)
		if err != nil || twice != want+want {
			t.Errorf("%s, twice: %d bytes of %d, %v", name, len(twice), 2*len(want), err)
		}
	}
}

// Whatever is cut off, what came before is given and no end is clean.
func TestCutCodecs(t *testing.T) {
	for name, stream := range streams(t) {
		want := want(t, name)
		most := 0
		for n := CodecHead; n < len(stream); n++ {
			got, err := decode(stream[:n], 8<<20, asItIs)
			switch {
			case err == nil && name == "base64" && n%4 == 0: // it has no end of its own: gzip has
			case err == nil:
				t.Errorf("%s cut to %d of %d bytes: a clean end", name, n, len(stream))
			case !errors.Is(err, io.ErrUnexpectedEOF):
				t.Errorf("%s cut to %d of %d bytes: %v", name, n, len(stream), err)
			case !strings.HasPrefix(want, got):
				t.Errorf("%s cut to %d of %d bytes: %q is no beginning", name, n, len(stream), got)
			}
			most = max(most, len(got))
		}
		if most < len(want)/2 && name != "bzip2" && !strings.HasPrefix(name, "zstd") { // whose blocks are all or nothing
			t.Errorf("%s: of a cut stream no more than %d bytes of %d are given", name, most, len(want))
		}
	}
}

// A bit that was turned is seen, or does not matter.
func TestFlippedCodecs(t *testing.T) {
	for name, stream := range streams(t) {
		if name == "unchecked.xz" || name == "base64" { // nothing in them would tell
			continue
		}
		want := want(t, name)
		for i := range stream {
			b := []byte(stream)
			b[i] ^= 1 << (i % 8)
			if CodecOf(b) == None {
				continue
			}
			if got, err := decode(string(b), 8<<20, asItIs); err == nil && got != want {
				t.Errorf("%s: byte %d turned: other content, and no error", name, i)
			}
		}
	}
}

func TestAfterTheStream(t *testing.T) {
	for name, stream := range streams(t) {
		if got, err := decode(stream+"something else", 8<<20, asItIs); err == nil && name != "base64" {
			t.Errorf("%s: %d bytes and no error", name, len(got))
		}
	}
	xz := testdata(t, "default.xz")
	if got, err := decode(xz+"\x00\x00\x00\x00\x00\x00\x00\x00"+xz, 8<<20, asItIs); err != nil || got != strings.Repeat(vector(t, "records"), 2) {
		t.Errorf("padding between streams: %d bytes, %v", len(got), err)
	}
}

func TestBase64(t *testing.T) {
	gz := gzipped(vector(t, "records"))
	text := base64.StdEncoding.EncodeToString([]byte(gz))
	for name, text := range map[string]string{
		"line breaks": strings.Join(strings.SplitAfter(text, "a"), "\r\n"), "final line break": text + "\n", "spaces": " " + strings.Join(strings.Split(text, "b"), "b \t"),
	} {
		b, err := io.ReadAll(&base64Reader{r: strings.NewReader(text)})
		if err != nil || string(b) != gz {
			t.Errorf("%s: %d bytes of %d, %v", name, len(b), len(gz), err)
		}
	}
	var lines, want string
	for i := range 40 { // some end in padding
		part := strings.Repeat("x", 200*i)
		lines += base64.StdEncoding.EncodeToString([]byte(part)) + "\n"
		want += part
	}
	for _, wrap := range []func(io.Reader) io.Reader{asItIs, iotest.OneByteReader} {
		if b, err := io.ReadAll(&base64Reader{r: wrap(strings.NewReader(lines))}); err != nil || string(b) != want {
			t.Errorf("lines: %d bytes of %d, %v", len(b), len(want), err)
		}
	}
	for _, text := range []string{"H4sI!!!!", "H4sI====", "H4sIA=AA", "H4s"} {
		if b, err := io.ReadAll(&base64Reader{r: strings.NewReader(text)}); err == nil {
			t.Errorf("%s: %d bytes and no error", text, len(b))
		}
	}
}

// What a stream says it needs is not given before it is needed, nor beyond the limit.
func TestWindows(t *testing.T) {
	content := vector(t, "records")
	for name, stream := range map[string]string{
		"xz": testdata(t, "huge-window.xz"), "zstd": zstded(t, content, zstd.WithWindowSize(512<<20), zstd.WithSingleSegment(false)),
	} {
		_, err := decode(stream, 8<<20, asItIs)
		if _, ok := errors.AsType[*WindowError](err); !ok && name == "xz" {
			t.Errorf("%s: %v", name, err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := decode(testdata(t, "huge-window.xz"), 2<<30, asItIs)
	runtime.ReadMemStats(&after)
	if err != nil || got != content || after.TotalAlloc-before.TotalAlloc > 8<<20 {
		t.Errorf("%d bytes, %v, %d allocated", len(got), err, after.TotalAlloc-before.TotalAlloc)
	}
	if _, err := decode(testdata(t, "filter.xz"), 8<<20, asItIs); err == nil || !strings.Contains(err.Error(), "filter") {
		t.Errorf("filter: %v", err)
	}
}

// A bomb is unpacked piece by piece, as far as it is read.
func TestBombs(t *testing.T) {
	for name, bomb := range map[string]string{
		"xz": testdata(t, "bomb.xz"), "bzip2": testdata(t, "bomb.bz2"),
		"zstd": zstded(t, strings.Repeat("\x00", 80<<20)), "gzip": gzipped(strings.Repeat("\x00", 80<<20)),
	} {
		d := Decoder{}
		r, err := d.Open(CodecOf([]byte(bomb)), bytes.NewBufferString(bomb))
		failOn(t, err)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := io.Copy(io.Discard, r)
		runtime.ReadMemStats(&after)
		if err != nil || n != 80<<20 || after.TotalAlloc-before.TotalAlloc > 40<<20 {
			t.Errorf("%s: %d bytes, %v, %d bytes allocated", name, n, err, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// The decoder agrees with xz, whatever xz is told.
func TestAgainstXz(t *testing.T) {
	program, err := exec.LookPath("xz")
	if err != nil {
		t.Skip(err)
	}
	text := strings.Repeat(vector(t, "records")+vector(t, "lines"), 60)
	noise := make([]byte, 100_000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		noise[i] = byte(x)
	}
	for _, args := range [][]string{
		{"-0"}, {"-6"}, {"--lzma2=dict=4KiB"}, {"--lzma2=dict=64KiB,lc=0,lp=4,pb=4"}, {"--lzma2=lc=4,lp=0,pb=0"}, {"--lzma2=mode=fast,mf=hc3,nice=4"}, {"--block-size=10000"},
	} {
		for _, content := range []string{"", "a", text, string(noise), text + string(noise) + text, strings.Repeat("\x00", 1e6)} {
			cmd := exec.Command(program, append(args, "-c")...)
			cmd.Stdin = strings.NewReader(content)
			packed, err := cmd.Output()
			failOn(t, err)
			if got, err := decode(string(packed), 64<<20, asItIs); err != nil || got != content {
				t.Errorf("%q: %d bytes of %d, %v", args, len(got), len(content), err)
			}
		}
	}
}

func FuzzCodecs(f *testing.F) {
	for _, stream := range streams(f) {
		f.Add([]byte(stream))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		d := Decoder{Window: 1 << 20}
		for range 2 { // it is reused
			in := bytes.NewReader(stream)
			r, err := d.Open(CodecOf(stream), in)
			if err != nil {
				continue
			}
			n, err := io.Copy(io.Discard, io.LimitReader(r, 16<<20))
			if err == nil && n < 16<<20 && in.Len() > 0 {
				t.Errorf("%d bytes are left behind a clean end", in.Len())
			}
		}
	})
}
