package scan

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// maxCodecs is how many codecs are undone on an object, one within the other: gzip
// within gzip is what Firehose makes of CloudWatch's data.
const maxCodecs = 2

// A layer undoes one codec above what content reads itself.
type layer struct {
	content *content
	codec   unpack.Codec
	decoder unpack.Decoder
	r       io.Reader
	n       int64 // bytes that came out
}

// Read implements io.Reader.
func (l *layer) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if err != nil && err != io.EOF {
		return n, fmt.Errorf("%s: %w", l.codec, err)
	}
	if err == nil {
		err = l.content.overLimit(l.n)
	}
	return n, err
}

// push puts a layer on top.
func (c *content) push(codec unpack.Codec, r unpack.Input) error {
	n := len(c.layers)
	if n == cap(c.layers) {
		c.layers = append(c.layers, nil)
	} else {
		c.layers = c.layers[:n+1]
	}
	l := c.layers[n]
	if l == nil {
		l = &layer{content: c, decoder: unpack.Decoder{Window: c.limits.Window}}
		c.layers[n] = l
	}
	l.codec, l.n = codec, 0
	var err error
	if l.r, err = c.openForm(l, r); err != nil {
		l.r = failing{err}
		return fmt.Errorf("%s: %w", codec, err)
	}
	return nil
}

// top reads from the innermost layer.
func (c *content) top(p []byte) (int, error) {
	if n := len(c.layers); n > 0 {
		return c.layers[n-1].Read(p)
	}
	return c.read(p)
}

// layered gives the content. At its beginning it looks whether that is packed once more.
func (c *content) layered(p []byte) (int, error) {
	if !c.looked {
		return c.look(p)
	}
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.top(p)
}

// look reads the beginning of the content, and pushes layers while it is packed.
func (c *content) look(p []byte) (n int, err error) {
	buf := p
	if len(p) < unpack.CodecHead {
		buf = make([]byte, unpack.CodecHead)
	}
	for n < unpack.CodecHead && err == nil {
		var m int
		m, err = c.top(buf[n:])
		n += m
	}
	codec := unpack.CodecOf(buf[:n])
	if codec == unpack.None {
		codec = formOf(buf[:n])
	}
	codecs := len(c.layers)
	if c.zipped {
		codecs++
	}
	if codec == unpack.None || codecs == 0 || codecs == maxCodecs { // an error comes again, behind what there is
		c.looked = true
		if len(p) < len(buf) {
			c.first = buf[copy(p, buf[:n]):n]
			n = min(n, len(p))
			if len(c.first) > 0 && err != nil { // it comes again
				err = nil
			}
		}
		return n, err
	}
	if err := c.push(codec, c.again(bytes.Clone(buf[:n]))); err != nil {
		c.looked = true
		return 0, err
	}
	return c.look(p)
}

// again is an input of the bytes that were read, and of what follows them.
func (c *content) again(begun []byte) unpack.Input {
	below := io.Reader(readerFunc(func(p []byte) (int, error) {
		n, err := c.read(p)
		if err == nil {
			err = c.overLimit(c.unpacked)
		}
		return n, err
	}))
	if n := len(c.layers); n > 0 {
		below = c.layers[n-1]
	}
	return bufio.NewReader(io.MultiReader(bytes.NewReader(begun), below))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// codecs names what the object is packed with, from the outside in, where that is not
// nothing or gzip.
func (c *content) codecs() string {
	if len(c.layers) == 0 {
		return ""
	}
	var names []string
	if c.zipped {
		names = append(names, string(unpack.Gzip))
	}
	for _, l := range c.layers {
		names = append(names, formed(l.codec))
	}
	return strings.Join(names, ", within that ")
}
