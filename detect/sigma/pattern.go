package sigma

import (
	"strings"
	"unicode/utf8"
)

// A pattern is a string of a rule with its wildcards. It is kept as pieces between
// stars: pieces[0] begins the text, the last one ends it, those between follow each
// other. So "a*b?c" has the pieces "a" and "b?c", and "*x*" has "", "x" and "".
type pattern struct {
	pieces []piece
	cased  bool
	plain  bool // all pieces are without one and dash, and ASCII or cased
}

// piece is what lies between two stars.
type piece struct {
	text  string // folded unless the pattern is cased; one and dash stand for a rune
	plain bool   // text holds neither
}

// Runes of Unicode's private use stand in a piece for what is no literal. The same
// runes in a rule's text are refused.
const (
	one  = '\uF8F0' // exactly one character
	dash = '\uF8F1' // any of dashes
	star = '\uF8F2' // in token texts only: any number of characters
)

// dashes are the characters that windash takes for one another.
const dashes = "-/\u2013\u2014\u2015"

// unescape resolves backslashes and marks wildcards: a backslash before *, ? or
// a backslash takes its meaning away; any other backslash is itself.
func unescape(s string) string {
	if !strings.ContainsAny(s, `*?\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		case c == '*':
			b.WriteRune(star)
		case c == '?':
			b.WriteRune(one)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// reserved reports whether a rule's text holds a rune that patterns use for themselves.
func reserved(s string) bool { return strings.ContainsAny(s, "\uF8F0\uF8F1\uF8F2") }

// wild reports whether an unescaped text has wildcards.
func wild(s string) bool { return strings.ContainsRune(s, star) || strings.ContainsRune(s, one) }

// newPattern compiles an unescaped text.
func newPattern(s string, cased bool) *pattern {
	p := &pattern{cased: cased, plain: true}
	if !cased {
		s = fold(s)
	}
	parts := strings.Split(s, string(star))
	for i, text := range parts {
		if text == "" && 0 < i && i < len(parts)-1 {
			continue // two stars are one
		}
		plain := !strings.ContainsRune(text, one) && !strings.ContainsRune(text, dash)
		p.plain = p.plain && plain
		p.pieces = append(p.pieces, piece{text, plain})
	}
	return p
}

// exact returns the text that the pattern is, if it has no wildcards.
func (p *pattern) exact() (string, bool) {
	return p.pieces[0].text, len(p.pieces) == 1 && p.pieces[0].plain
}

// inner reports whether the pattern begins and ends with a star.
func (p *pattern) inner() bool {
	return len(p.pieces) > 1 && p.pieces[0].text == "" && p.pieces[len(p.pieces)-1].text == ""
}

// match reports whether the whole of s fits.
func (p *pattern) match(s string) bool {
	if !p.cased && !ascii(s) {
		s = fold(s)
	}
	return p.fits(s)
}

// fits is match for a text that is folded, ASCII letters apart.
func (p *pattern) fits(s string) bool {
	first, last := &p.pieces[0], &p.pieces[len(p.pieces)-1]
	n := first.begins(s, !p.cased)
	if len(p.pieces) == 1 {
		return n == len(s)
	}
	if n < 0 {
		return false
	}
	s = s[n:]
	for i := 1; i < len(p.pieces)-1; i++ {
		_, end := p.pieces[i].find(s, !p.cased)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return last.ends(s, !p.cased)
}

// begins returns how many bytes at the beginning of s the piece takes, or -1.
func (p *piece) begins(s string, folded bool) int {
	if p.plain {
		if len(s) < len(p.text) || !samePrefix(s, p.text, folded) {
			return -1
		}
		return len(p.text)
	}
	at := 0
	for _, want := range p.text {
		r, n := utf8.DecodeRuneInString(s[at:])
		if n == 0 || !fits(want, r, folded) {
			return -1
		}
		at += n
	}
	return at
}

func fits(want, r rune, folded bool) bool {
	switch want {
	case one:
		return true
	case dash:
		return strings.ContainsRune(dashes, r)
	}
	if folded && 'A' <= r && r <= 'Z' {
		r += 'a' - 'A'
	}
	return want == r
}

// find returns where the piece first lies in s, or -1.
func (p *piece) find(s string, folded bool) (from, end int) {
	if p.plain {
		from = index(s, p.text, folded)
		if from < 0 {
			return -1, -1
		}
		return from, from + len(p.text)
	}
	for from = 0; from <= len(s); {
		if n := p.begins(s[from:], folded); n >= 0 {
			return from, from + n
		}
		_, n := utf8.DecodeRuneInString(s[from:])
		from += max(n, 1)
	}
	return -1, -1
}

// ends reports whether s ends with the piece.
func (p *piece) ends(s string, folded bool) bool {
	if p.plain {
		return len(s) >= len(p.text) && samePrefix(s[len(s)-len(p.text):], p.text, folded)
	}
	from := len(s)
	for range utf8.RuneCountInString(p.text) {
		if from == 0 {
			return false
		}
		_, n := utf8.DecodeLastRuneInString(s[:from])
		from -= n
	}
	return p.begins(s[from:], folded) == len(s)-from
}
