package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Every rule for showing text that an attacker may have written stands in this
// file. What cannot be seen, or would steer a terminal or change the direction
// of text, is written as an escape: control characters of ASCII and bytes that
// are not UTF-8 as \x1b, other characters that do not print as \u202e or
// \U000e0041. A backslash of the text itself stays as it is, so the escaped form is a
// rendering and not a code that can be undone: the evidence form is the record.

type class uint8

const (
	control class = 1 << iota // C0 and DEL
	high                      // not ASCII: needs a look at the whole character
	quoted                    // makes a CSV field need quotes
	formula                   // begins a formula in a spreadsheet
	markup                    // is, or can become, Markdown or HTML anywhere in a line
)

var classes = func() (t [256]class) {
	for c := range 0x20 {
		t[c] = control
	}
	t[0x7f] = control
	for c := 0x80; c < 0x100; c++ {
		t[c] = high
	}
	for _, c := range []byte("\",") {
		t[c] |= quoted
	}
	for _, c := range []byte("=+-@\t\r\n\x00") {
		t[c] |= formula
	}
	for _, c := range []byte("\\`*_{}[]<>#|&~$^=@") {
		t[c] |= markup
	}
	return t
}()

type text interface{ ~string | ~[]byte }

// classify returns the union of the classes of all bytes of s.
func classify[T text](s T) class {
	var u class
	for i := range len(s) {
		u |= classes[s[i]]
	}
	return u
}

// Terminal returns s as it may be written to a terminal, on one line.
func Terminal(s string) string {
	if classify(s)&(control|high) == 0 {
		return s
	}
	return string(appendVisible(make([]byte, 0, len(s)+16), s))
}

// CSV returns s as one field of a CSV line, with quotes where it needs them.
// A value that a spreadsheet could take for a formula gets an apostrophe in
// front, and one that holds a line break does not break the line.
func CSV(s string) string { return string(appendCSV(nil, s)) }

// appendCSV appends the CSV field of s to dst. Its fast path, plain ASCII, is
// what timeline.csv consists of.
func appendCSV[T text](dst []byte, s T) []byte {
	if len(s) == 0 {
		return dst
	}
	u := classify(s)
	if u&(control|high|quoted) == 0 && !startsFormula(s) {
		return append(dst, s...)
	}
	if u&quoted != 0 {
		dst = append(dst, '"')
	}
	if startsFormula(s) {
		dst = append(dst, '\'')
	}
	start := len(dst)
	if u&(control|high) == 0 {
		dst = append(dst, s...)
	} else {
		dst = appendVisible(dst, s)
	}
	if u&quoted != 0 {
		dst = doubleQuotes(dst, start)
		dst = append(dst, '"')
	}
	return dst
}

// startsFormula reports whether a spreadsheet may read s, or s with its full-width
// first character taken for the ASCII one, as a formula.
func startsFormula[T text](s T) bool {
	if classes[s[0]]&formula != 0 {
		return len(s) > 1 || s[0] != '-' // a dash alone, which many formats have for nothing, is none
	}
	if s[0] != 0xef || len(s) < 3 {
		return false
	}
	switch r, _ := utf8.DecodeRune([]byte{s[0], s[1], s[2]}); r {
	case '＝', '＋', '－', '＠':
		return true
	}
	return false
}

// doubleQuotes doubles each quote of b[start:].
func doubleQuotes(b []byte, start int) []byte {
	n := 0
	for _, c := range b[start:] {
		if c == '"' {
			n++
		}
	}
	if n == 0 {
		return b
	}
	from := len(b) - 1
	for range n {
		b = append(b, 0)
	}
	for to := len(b) - 1; to != from; from-- {
		b[to] = b[from]
		to--
		if b[from] == '"' {
			b[to] = '"'
			to--
		}
	}
	return b
}

// appendVisible appends s with everything escaped that does not print.
func appendVisible[T text](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if classes[c]&control != 0 {
				dst = appendByteEscape(dst, c)
			} else {
				dst = append(dst, c)
			}
			i++
			continue
		}
		var buf [utf8.UTFMax]byte
		r, size := utf8.DecodeRune(buf[:copy(buf[:], s[i:min(i+utf8.UTFMax, len(s))])])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = appendByteEscape(dst, c)
		case prints(r):
			dst = append(dst, s[i:i+size]...)
		default:
			dst = appendRuneEscape(dst, r)
		}
		i += size
	}
	return dst
}

// prints reports whether r leaves a mark where it is shown. Unicode counts some fillers, joiners and
// variation selectors as letters and marks, and the empty Braille cell as a symbol: with one of these two
// names would look alike that are not.
func prints(r rune) bool {
	return unicode.IsPrint(r) && (r < 0x300 || r != 0x2800 && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

const hexDigits = "0123456789abcdef"

func appendByteEscape(dst []byte, c byte) []byte {
	return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

func appendRuneEscape(dst []byte, r rune) []byte {
	digits := 4
	dst = append(dst, '\\')
	if r > 0xffff {
		digits = 8
		dst = append(dst, 'U')
	} else {
		dst = append(dst, 'u')
	}
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[r>>shift&15])
	}
	return dst
}

// Code returns s as a Markdown code span, which is how the report shows a value
// of the evidence: nothing in it is markup, and no renderer turns it into a
// link. Back-ticks and pipes, which could end the span or a table's cell, are
// written \x60 and \x7c. An empty s is shown as an en dash.
func Code(s string) string { return codeSpan(s, "`|") }

// Command is Code for a command that stands in running text and in no table, where a
// pipe ends nothing: whoever copies it shall get the command, and no \x7c in it.
func Command(s string) string { return codeSpan(s, "`") }

// codeSpan makes a code span in which what ends it is written as an escape.
func codeSpan(s, ends string) string {
	if s == "" {
		return "–"
	}
	var b strings.Builder
	b.WriteByte('`')
	if strings.TrimLeft(s, " ") == "" {
		b.WriteString(strings.Repeat(`\x20`, len(s)))
		s = ""
	}
	for _, c := range []byte(Terminal(s)) {
		if strings.IndexByte(ends, c) >= 0 {
			b.Write(appendByteEscape(nil, c))
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('`')
	return b.String()
}

// Markdown returns s as running text of a Markdown document: one line in which
// nothing is markup. It is for sentences; values are shown with Code. Runs of @
// become code spans, because some renderers turn an address into a link even
// where its @ is escaped.
func Markdown(s string) string {
	s = Terminal(s)
	var b strings.Builder
	digits := 0 // length of the digits that s begins with
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		digits++
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '@':
			n := i
			for n < len(s) && s[n] == '@' {
				n++
			}
			b.WriteString("`" + s[i:n] + "`")
			i = n - 1
			continue
		case classes[c]&markup != 0,
			i == 0 && (c == '-' || c == '+' || c == ':' || c == '!'),
			i == digits && i > 0 && (c == '.' || c == ')'),
			c == ':' && i+1 < len(s) && s[i+1] == '/',
			c == '!' && i+1 < len(s) && s[i+1] == '[',
			c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// DOT returns s as a string of Graphviz's language, with its quotes. A backslash is
// doubled, so that no escape of a label begins with it, and an ampersand begins no entity.
func DOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, "&amp;").Replace(Terminal(s)) + `"`
}

// Mermaid returns s as it may stand between the quotes of a label of Mermaid: whatever is neither
// a letter, a digit nor harmless is a numeric entity, so that it ends no label, and begins no
// directive, no Markdown and no HTML.
func Mermaid(s string) string {
	var b strings.Builder
	for _, r := range Terminal(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,:/_-+=@", r) {
			b.WriteRune(r)
		} else {
			b.WriteByte('#')
			b.WriteString(strconv.Itoa(int(r)))
			b.WriteByte(';')
		}
	}
	return b.String()
}
