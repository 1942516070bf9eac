package sigma

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold returns s in the form in which texts are compared without case: rune by
// rune in lower case. What is not UTF-8 stays as it is.
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return foldSlow(s)
		}
	}
	return s
}

func foldSlow(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteByte(s[0])
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		s = s[n:]
	}
	return b.String()
}

// ascii reports whether all of s is.
func ascii(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		eight := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if eight&0x8080808080808080 != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lower is an ASCII letter in lower case, and any other byte as it is.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// samePrefix reports whether s, which is at least as long, begins with needle. With
// folded, needle is in lower case, and ASCII letters of s count as if they were.
func samePrefix(s, needle string, folded bool) bool {
	if !folded {
		return s[:len(needle)] == needle
	}
	for i := 0; i < len(needle); i++ {
		if s[i] != needle[i] && lower(s[i]) != needle[i] {
			return false
		}
	}
	return true
}

// index is strings.Index, or the same without case as samePrefix has it.
func index(s, needle string, folded bool) int {
	if !folded || needle == "" {
		return strings.Index(s, needle)
	}
	first := needle[0]
	upper := first
	if 'a' <= first && first <= 'z' {
		upper -= 'a' - 'A'
	}
	last := len(s) - len(needle)
	for i := 0; i <= last; i++ {
		n := strings.IndexByte(s[i:last+1], first)
		if upper != first {
			// The nearer of the two; the other is looked for no farther than that.
			end := last + 1
			if n >= 0 {
				end = i + n
			}
			if m := strings.IndexByte(s[i:end], upper); m >= 0 {
				n = m
			}
		}
		if n < 0 {
			return -1
		}
		i += n
		if samePrefix(s[i:], needle, true) {
			return i
		}
	}
	return -1
}
