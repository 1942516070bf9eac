package scan

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// Limits bound what one object may cost. The zero value stands for the defaults.
type Limits struct {
	Content int64 // decompressed bytes of one object; default 64 GiB
	Ratio   int64 // decompressed : stored bytes, once the content passed 64 MiB; default 300
	Window  int64 // bytes of a codec's window, which is kept in memory; default 64 MiB

	Members   int64 // of one container; default 10 million
	Container int64 // decompressed bytes of one container; default 1 TiB
	// Held bounds what is held in memory of one container: a zip or 7z archive that lies
	// compressed in another, or a 7z archive's directory; default 64 MiB.
	Held int64

	Record int // parser.Limits.Record
	Depth  int // parser.Limits.Depth
}

// ratioFrom is from how many decompressed bytes on the ratio is looked at: small
// objects of one repeated record compress well and harm nobody.
const ratioFrom = 64 << 20

// memberRatioFrom is the same for a container's member, whose bytes may themselves be
// what a few were unpacked to: there may be millions.
const memberRatioFrom = 1 << 20

func (l Limits) withDefaults() Limits {
	if l.Content == 0 {
		l.Content = 64 << 30
	}
	if l.Ratio == 0 {
		l.Ratio = 300 // real archives reach 30; deflate can reach 1,032
	}
	if l.Window == 0 {
		l.Window = 64 << 20 // what xz -9 wants
	}
	l.Members = cmp.Or(l.Members, 10e6)
	l.Container = cmp.Or(l.Container, 1<<40)
	l.Held = cmp.Or(l.Held, 64<<20)
	return l
}

// content reads one object at a time: it hashes the stored bytes as they pass,
// decompresses them where their first bytes say so, whatever the name, and
// keeps to the limits. It is reused, since a gzip reader is costly to make.
//
// CloudTrail's gzip is read here, member by member; other codecs, and whatever is
// packed a second time, in layers above.
type content struct {
	limits Limits
	stored tally // counts and hashes what comes from the file
	in     input
	stream *bufio.Reader // over stored
	small  smallFile     // read from stored at once
	gz     gzip.Reader
	cost   int64 // what the bytes take in a container's file; -1: they are a file
	zipped bool
	layers []*layer  // in use, the innermost last
	sum    hash.Hash // of the first member's content; nil: not wanted

	head      []byte // the first bytes of the content
	first     []byte // the content's beginning that was looked at and is still to be read
	looked    bool   // the content's beginning was looked at
	members   int
	unpacked  int64 // bytes that came out below the layers
	produced  int64 // decompressed bytes
	firstEnds int64 // where the first gzip member's content ends; -1: its end was not reached
	trailing  int64 // stored bytes after the last gzip member
	err       error // sticky
}

// input is what the gzip reader decompresses: it wants bytes one by one, and is
// fastest with readers that it knows.
type input interface {
	io.Reader
	io.ByteReader
}

// smallFile holds a whole stored object. Most of CloudTrail's are small: they need
// one call to read, and no copy on the way to the gzip reader.
type smallFile struct {
	buf []byte
	bytes.Reader
}

// smallSize is large enough for nearly all objects that CloudTrail delivers.
const smallSize = 256 << 10

// fill reads r to its end, and reports whether that is all there is.
func (s *smallFile) fill(r io.Reader) (whole bool, err error) {
	if s.buf == nil {
		s.buf = make([]byte, smallSize)
	}
	s.buf = s.buf[:cap(s.buf)]
	n, err := io.ReadFull(r, s.buf)
	s.buf = s.buf[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		s.Reset(s.buf)
		return true, nil
	}
	return false, err
}

// tally is a reader that counts and hashes.
type tally struct {
	r   io.Reader
	sum hash.Hash // nil: it counts only
	n   int64
}

func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if t.sum != nil {
		t.sum.Write(p[:n])
	}
	t.n += int64(n)
	return n, err
}

func newContent(l Limits) *content {
	c := &content{limits: l.withDefaults(), cost: -1}
	c.stored.sum = sha256.New()
	c.stream = bufio.NewReaderSize(&c.stored, 128<<10)
	return c
}

// newUnhashed makes a content for bytes that are hashed elsewhere.
func newUnhashed(l Limits) *content {
	c := newContent(l)
	c.stored.sum = nil
	return c
}

// headBytes of the content are enough to tell what a file is that is not JSON, and whether a table or text has records
// in it: a record lies behind a header and other columns.
const headBytes = 8 << 10

// reset begins an object of about that size. An error says that nothing can be
// read of it.
func (c *content) reset(r io.Reader, size int64, hashContent bool) error {
	c.stored.r, c.stored.n = r, 0
	if c.stored.sum != nil {
		c.stored.sum.Reset()
	}
	if err := c.choose(size); err != nil {
		return err
	}
	c.members, c.unpacked, c.produced, c.firstEnds, c.trailing, c.err = 0, 0, 0, -1, 0, nil
	c.sum, c.head, c.first, c.looked, c.layers = nil, c.head[:0], nil, false, c.layers[:0]
	if hashContent {
		c.sum = sha256.New()
	}
	magic, err := c.peek(unpack.CodecHead)
	if err != nil && err != io.EOF && len(magic) == 0 { // otherwise it comes again, behind what there is
		return err
	}
	codec := unpack.CodecOf(magic)
	c.zipped = codec == unpack.Gzip
	switch codec {
	case unpack.None:
		return c.inForm(magic)
	case unpack.Gzip:
		return gzipError(c.member())
	}
	return c.push(codec, c.in)
}

// choose decides how the stored bytes are read.
func (c *content) choose(size int64) error {
	c.stream.Reset(&c.stored)
	c.in = c.stream
	if size >= smallSize {
		return nil
	}
	whole, err := c.small.fill(&c.stored)
	switch {
	case whole:
		c.in = &c.small.Reader
	case len(c.small.buf) == 0:
		return err
	default: // it has grown, or cannot be read further: the stream comes to that again
		c.stream.Reset(io.MultiReader(bytes.NewReader(c.small.buf), failing{err}, &c.stored))
	}
	return nil
}

// failing is a reader that gives an error, or nothing.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, cmp.Or(f.err, io.EOF) }

// peek returns the next n stored bytes, fewer with an error.
func (c *content) peek(n int) ([]byte, error) {
	if c.in == c.stream {
		return c.stream.Peek(n)
	}
	rest := c.small.buf[len(c.small.buf)-c.small.Len():]
	if len(rest) < n {
		return rest, io.EOF
	}
	return rest[:n], nil
}

// ahead is how many stored bytes were read but not used yet.
func (c *content) ahead() int64 {
	if c.in == c.stream {
		return int64(c.stream.Buffered())
	}
	return int64(c.small.Len())
}

// member begins a gzip member.
func (c *content) member() error {
	if err := c.gz.Reset(c.in); err != nil {
		return err
	}
	c.gz.Multistream(false)
	c.members++
	return nil
}

// Read gives the content. It implements io.Reader; what it gave before an error stands.
func (c *content) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.layered(p)
	if c.sum != nil {
		c.sum.Write(p[:c.ofFirst(n)])
	}
	if len(c.head) < headBytes {
		c.head = append(c.head, p[:min(n, headBytes-len(c.head))]...)
	}
	c.produced += int64(n)
	if err == nil {
		err = c.overLimit(c.produced)
	}
	c.err = err
	return n, err
}

// ofFirst is how many of the n bytes that come next are the first member's. What is packed once more is hashed to its end:
// where members end in it nobody knows.
func (c *content) ofFirst(n int) int {
	if c.firstEnds < 0 || len(c.layers) > 0 {
		return n
	}
	return int(max(0, min(int64(n), c.firstEnds-c.produced)))
}

// read gives what is below the layers.
func (c *content) read(p []byte) (n int, err error) {
	if c.zipped {
		n, err = c.unzip(p)
	} else {
		n, err = c.in.Read(p)
	}
	c.unpacked += int64(n)
	return n, err
}

func (c *content) unzip(p []byte) (int, error) {
	for {
		n, err := c.gz.Read(p)
		if err != io.EOF {
			return n, gzipError(err)
		}
		if c.firstEnds < 0 {
			c.firstEnds = c.unpacked + int64(n)
		}
		if err := c.nextMember(); err != nil {
			return n, err
		}
		if n > 0 { // otherwise the member was empty, of which there may be many
			return n, nil
		}
	}
}

// nextMember goes on behind a gzip member: to the next one, or to the end.
func (c *content) nextMember() error {
	magic, err := c.peek(3)
	switch {
	case string(magic) == "\x1f\x8b\x08":
		before := c.stored.n - c.ahead()
		err := c.member()
		if err != nil { // what looks like a member is none
			io.Copy(io.Discard, c.in) // the error was said
			c.trailing = c.stored.n - before
		}
		return gzipError(err)
	case len(magic) > 0: // padding, or something hidden: not content, but said
		before := c.stored.n - c.ahead()
		if _, err := io.Copy(io.Discard, c.in); err != nil {
			return err
		}
		c.trailing = c.stored.n - before
	case err != nil && err != io.EOF:
		return err
	}
	return io.EOF
}

func gzipError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("gzip: %w", err)
}

var errBomb = errors.New("reading stopped")

// overLimit looks at how much came out of the object, or of one of its codecs.
func (c *content) overLimit(produced int64) error {
	packed, stored, from := c.zipped || len(c.layers) > 0, c.stored.n, int64(ratioFrom)
	if c.cost >= 0 {
		packed, stored, from = true, c.cost, memberRatioFrom
	}
	switch {
	case produced > c.limits.Content:
		return fmt.Errorf("content larger than %d bytes: %w", c.limits.Content, errBomb)
	case packed && produced > from && produced > c.limits.Ratio*stored:
		return fmt.Errorf("content more than %d times as large as what is stored: %w", c.limits.Ratio, errBomb)
	}
	return nil
}

// drain reads what is left, so that the hashes are whole: of the stored bytes,
// and of the content where it is hashed. A panic in there is an error.
func (c *content) drain() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if c.sum != nil {
		io.Copy(io.Discard, c) // what is wrong with it was said, or does not matter behind its records
	}
	_, err = io.Copy(io.Discard, c.in)
	return err
}

// whole reports whether all content that is hashed was read.
func (c *content) whole() bool {
	if len(c.layers) > 0 {
		return c.err == io.EOF
	}
	return c.firstEnds >= 0 || !c.zipped && c.err == io.EOF
}
