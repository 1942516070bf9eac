package unpack

import (
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// base64Reader decodes base64 whose lines may be broken anywhere. Behind padding
// another text may begin: a file of such lines is one stream.
type base64Reader struct {
	r     io.Reader
	in    [4 << 10]byte // white space left out
	n     int           // of in
	out   [3 << 10]byte
	ready []byte // of out
	err   error
}

var errBase64 = errors.New("neither base64 nor white space")

func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.ready) == 0 {
		if b.err != nil && b.n == 0 {
			return 0, b.err
		}
		b.fill()
		if err := b.decode(); err != nil {
			b.n, b.err = 0, err
		}
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

func (b *base64Reader) fill() {
	for b.n < 4 && b.err == nil {
		var n int
		n, b.err = b.r.Read(b.in[b.n:])
		for _, c := range b.in[b.n : b.n+n] {
			if c != '\n' && c != '\r' && c != ' ' && c != '\t' {
				b.in[b.n] = c
				b.n++
			}
		}
	}
}

// decode takes as much as can be decoded at once: up to a text's padding.
func (b *base64Reader) decode() error {
	in := b.in[:b.n]
	whole := len(in) / 4 * 4
	if whole == 0 {
		if len(in) > 0 {
			return io.ErrUnexpectedEOF
		}
		return b.err
	}
	if at := strings.IndexByte(string(in[:whole]), '='); at >= 0 {
		whole = max(4, at/4*4) // what stands before the padded four, or these alone
	}
	n, err := base64.StdEncoding.Decode(b.out[:], in[:whole])
	if err != nil {
		return errBase64
	}
	b.ready = b.out[:n]
	b.n = copy(b.in[:], in[whole:])
	return nil
}
