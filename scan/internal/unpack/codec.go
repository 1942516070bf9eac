package unpack

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A Codec is a way of packing one stream of bytes, by its name.
type Codec string

// The codecs. None is a stream that is none of the others.
const (
	None   Codec = ""
	Gzip   Codec = "gzip"   // RFC 1952
	Zstd   Codec = "zstd"   // RFC 8878
	Bzip2  Codec = "bzip2"  // no standard
	Xz     Codec = "xz"     // The .xz File Format 1.2.1, tukaani.org
	Base64 Codec = "base64" // RFC 4648, of gzip: as CloudWatch Logs hands its data to a subscriber
)

// CodecHead is how many of a stream's first bytes tell its codec.
const CodecHead = 10

// bzip2Block and bzip2End are what follows bzip2's first four bytes.
const bzip2Block, bzip2End = "1AY&SY", "\x17\x72\x45\x38\x50\x90"

// CodecOf tells a stream's codec by its first bytes; where fewer than CodecHead are
// given, they are all there are.
func CodecOf(head []byte) Codec {
	h := string(head[:min(len(head), CodecHead)])
	switch {
	case strings.HasPrefix(h, "\x1f\x8b\x08"):
		return Gzip
	case strings.HasPrefix(h, "\x28\xb5\x2f\xfd"):
		return Zstd
	case len(h) >= 4 && h[0]&0xf0 == 0x50 && h[1:4] == "\x2a\x4d\x18": // a frame to be skipped: pzstd begins with one
		return Zstd
	case len(h) > 4 && strings.HasPrefix(h, "BZh") && h[3] >= '1' && h[3] <= '9' &&
		(strings.HasPrefix(bzip2Block, h[4:]) || strings.HasPrefix(bzip2End, h[4:])):
		return Bzip2
	case strings.HasPrefix(h, "\xfd7zXZ\x00"):
		return Xz
	case strings.HasPrefix(h, "H4sI"): // 1f 8b 08
		return Base64
	}
	return None
}

// Input is what is decoded: codecs want bytes one by one, and must not read beyond
// their end.
type Input interface {
	io.Reader
	io.ByteReader
}

// A WindowError says that a stream wants more memory than it may have.
type WindowError struct{ Needs, Limit int64 } // in bytes; Needs 0: it does not say how much

func (e *WindowError) Error() string {
	if e.Needs == 0 {
		return fmt.Sprintf("needs a window of more than %d bytes, which is all it may have", e.Limit)
	}
	return fmt.Sprintf("needs a window of %d bytes and may have %d", e.Needs, e.Limit)
}

// ErrChecksum says that what was decoded is not what was packed.
var ErrChecksum = errors.New("wrong checksum")

// A Decoder decodes one stream at a time. It keeps what is costly to make.
type Decoder struct {
	Window int64 // bytes of a codec's window at most; 0: 8 MiB, which every zstd stream may want

	gz    gzip.Reader
	zst   *zstd.Decoder
	flate io.ReadCloser
}

func (d *Decoder) window() int64 {
	if d.Window == 0 {
		return 8 << 20
	}
	return d.Window
}

// Open begins to decode r. All streams that follow each other in it are read as one.
func (d *Decoder) Open(c Codec, r Input) (io.Reader, error) {
	switch c {
	case Gzip:
		if err := d.gz.Reset(r); err != nil {
			return nil, cut(err)
		}
		return &d.gz, nil
	case Zstd:
		return d.openZstd(r)
	case Bzip2:
		return bzip2.NewReader(r), nil
	case Xz:
		return &xzReader{in: counting{Input: r}, window: d.window()}, nil
	case Base64:
		return &base64Reader{r: r}, nil
	}
	return r, nil
}

// openZstd starts no goroutine: that is what a concurrency of 1 means.
func (d *Decoder) openZstd(r io.Reader) (io.Reader, error) {
	if d.zst == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(d.window())))
		if err != nil {
			return nil, err
		}
		d.zst = z
	}
	if err := d.zst.Reset(r); err != nil {
		return nil, err
	}
	return zstdReader{d.zst, d.window()}, nil
}

// zstdReader gives the window's error as ours.
type zstdReader struct {
	io.Reader
	window int64
}

func (z zstdReader) Read(p []byte) (int, error) {
	n, err := z.Reader.Read(p)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = &WindowError{Limit: z.window}
	}
	return n, err
}

// cut turns an end where none may be into what it is.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// counting counts what is taken from an Input.
type counting struct {
	Input
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Input.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counting) ReadByte() (byte, error) {
	b, err := c.Input.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}
