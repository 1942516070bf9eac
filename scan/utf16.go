package scan

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A utf16Reader makes UTF-8 of UTF-16. Half of a surrogate pair comes out as the three bytes that
// UTF-8 would have for it if it were allowed: so it is kept, and the record is flagged.
type utf16Reader struct {
	r     unpack.Input
	big   bool
	begun bool
	ahead uint16 // a unit that was read
	has   bool
	out   [8]byte // that did not fit
	from  int
	to    int
}

// Read implements io.Reader.
func (u *utf16Reader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if u.from < u.to {
			m := copy(p[n:], u.out[u.from:u.to])
			n, u.from = n+m, u.from+m
			continue
		}
		if err = u.character(); err != nil {
			break
		}
	}
	if n > 0 && err == io.EOF { // it comes again
		err = nil
	}
	return n, err
}

// character puts the next one into out.
func (u *utf16Reader) character() error {
	c, err := u.unit()
	if err != nil {
		return err
	}
	first := !u.begun
	u.begun = true
	if first && c == 0xfeff { // the byte order mark
		return nil
	}
	r := rune(c)
	if utf16.IsSurrogate(r) {
		next, err := u.unit()
		if err != nil && err != io.EOF {
			return err
		}
		pair := utf16.DecodeRune(r, rune(next))
		if err == io.EOF || pair == utf8.RuneError {
			u.ahead, u.has = next, err == nil
			u.from, u.to = 0, copy(u.out[:], []byte{0xe0 | byte(c>>12), 0x80 | byte(c>>6)&0x3f, 0x80 | byte(c)&0x3f})
			return nil
		}
		r = pair
	}
	u.from, u.to = 0, utf8.EncodeRune(u.out[:], r)
	return nil
}

// unit reads two bytes. One alone is a text cut short.
func (u *utf16Reader) unit() (uint16, error) {
	if u.has {
		u.has = false
		return u.ahead, nil
	}
	a, err := u.r.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := u.r.ReadByte()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if u.big {
		a, b = b, a
	}
	return uint16(a) | uint16(b)<<8, err
}
