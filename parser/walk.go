package parser

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A Walk goes over a JSON text once, from front to back, and looks no closer
// than it must: the text's grammar was checked before, as that of Record.Raw. Of
// any other text it makes something, but always comes to an end.
//
//	for w.Enter('{') … w.Key() … w.Value()
type Walk struct {
	b     []byte
	at    int
	clean int // b[at:clean] has no backslash
}

// NewWalk begins before the first value of a text.
func NewWalk(text []byte) Walk { return Walk{b: text} }

// Enter steps into the next value, if that is an object ('{') or array ('[').
func (w *Walk) Enter(open byte) bool {
	if w.next() != open {
		return false
	}
	w.at++
	return true
}

// next returns the first byte of the next value, or of what ends the enclosing
// one, and 0 at the end of the text.
func (w *Walk) next() byte {
	for ; w.at < len(w.b); w.at++ {
		switch c := w.b[w.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return c
		}
	}
	return 0
}

// Key returns the name of the object's next member, or passes its end. The name
// is valid as long as the text is.
func (w *Walk) Key() (name []byte, ok bool) {
	c := w.next()
	if c != '"' {
		if c != 0 {
			w.at++
		}
		return nil, false
	}
	from := w.at
	if w.string() {
		return AppendString(nil, w.b[from:w.at]), true
	}
	return w.b[from+1 : max(from+1, w.at-1)], true
}

// KeyIs passes the next member's name if that stands there as it is given, in its
// quotes with the colon behind it, and after at most one comma. It is a
// short cut for who knows what comes: where it is false, Key finds the name.
func (w *Walk) KeyIs(quoted string) bool {
	at := w.at
	if at < len(w.b) && w.b[at] == ',' {
		at++
	}
	if len(w.b)-at < len(quoted) || string(w.b[at:at+len(quoted)]) != quoted {
		return false
	}
	w.at = at + len(quoted)
	return true
}

// More reports whether the array has a further element, or passes its end.
func (w *Walk) More() bool {
	switch w.next() {
	case 0:
		return false
	case ']', '}':
		w.at++
		return false
	}
	return true
}

// Value passes the next value and returns its text. escaped says of a string
// that it has escapes: AppendString resolves them.
func (w *Walk) Value() (text []byte, escaped bool) {
	c := w.next()
	from := w.at
	switch c {
	case '"':
		escaped = w.string()
	case '{', '[':
		w.nested()
	default:
		w.scalar()
	}
	return w.b[from:w.at], escaped
}

// Next returns the offset of the next value, and its first byte: 0 where the
// text ends.
func (w *Walk) Next() (offset int, first byte) {
	first = w.next()
	return w.at, first
}

// Skip passes what begins at the offset that Next returned and is known to be n
// bytes long.
func (w *Walk) Skip(n int) { w.at = min(w.at+n, len(w.b)) }

// Offset is how much of the text was passed.
func (w *Walk) Offset() int { return w.at }

// string passes the string that begins here.
func (w *Walk) string() (escaped bool) {
	w.at++
	end := quote(w.b, w.at)
	if end < 0 {
		end = len(w.b)
	}
	if end < w.clean {
		w.at = end + 1
		return false
	}
	return w.careful(end)
}

// careful is string where a backslash may lie before the next quote, at end.
func (w *Walk) careful(end int) (escaped bool) {
	w.clean = len(w.b)
	if n := bytes.IndexByte(w.b[w.at:], '\\'); n >= 0 {
		w.clean = w.at + n
	}
	if end <= w.clean {
		w.at = min(end+1, len(w.b))
		return false
	}
	w.at = w.clean
	for w.at < len(w.b) && w.b[w.at] != '"' {
		if w.b[w.at] == '\\' {
			w.at++
		}
		w.at++
	}
	w.at = min(w.at+1, len(w.b))
	return true
}

// nested passes the object or array that begins here.
func (w *Walk) nested() {
	for depth := 0; w.at < len(w.b); {
		switch w.b[w.at] {
		case '"':
			w.string()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		w.at++
		if depth == 0 {
			return
		}
	}
}

// scalar passes a number or literal.
func (w *Walk) scalar() {
	for ; w.at < len(w.b); w.at++ {
		switch w.b[w.at] {
		case ',', '}', ']', ' ', '\t', '\r', '\n', ':', '"', '{', '[':
			return
		}
	}
}

// AppendString appends the content of a JSON string that stands in its quotes.
// As in encoding/json half of a surrogate pair and a byte that is not UTF-8
// are each U+FFFD.
func AppendString(dst, quoted []byte) []byte {
	if len(quoted) < 2 {
		return dst
	}
	s := quoted[1 : len(quoted)-1]
	for {
		n := bytes.IndexByte(s, '\\')
		if n < 0 || n+1 >= len(s) {
			return AppendUTF8(dst, s)
		}
		dst = AppendUTF8(dst, s[:n])
		dst, s = appendEscape(dst, s[n+1:])
	}
}

// appendEscape appends what the escape at the beginning of s, without its
// backslash, stands for.
func appendEscape(dst, s []byte) (_, rest []byte) {
	switch c := s[0]; c {
	case 'b':
		dst = append(dst, '\b')
	case 'f':
		dst = append(dst, '\f')
	case 'n':
		dst = append(dst, '\n')
	case 'r':
		dst = append(dst, '\r')
	case 't':
		dst = append(dst, '\t')
	case 'u':
		r := hexRune(s[1:])
		if r < 0 {
			return dst, s[1:]
		}
		s = s[4:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if len(s) > 2 && s[1] == '\\' && s[2] == 'u' {
				low = hexRune(s[3:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				s = s[6:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	default:
		dst = append(dst, c)
	}
	return dst, s[1:]
}

// hexRune reads four hexadecimal digits, or returns -1.
func hexRune(s []byte) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for _, c := range s[:4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// AppendUTF8 appends s, with U+FFFD for each byte that is not UTF-8.
func AppendUTF8(dst, s []byte) []byte {
	for !utf8.Valid(s) {
		n := 0
		for {
			r, size := utf8.DecodeRune(s[n:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			n += size
		}
		dst = utf8.AppendRune(append(dst, s[:n]...), utf8.RuneError)
		s = s[n+1:]
	}
	return append(dst, s...)
}
