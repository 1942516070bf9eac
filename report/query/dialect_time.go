package query

import (
	"errors"
	"fmt"
	"strings"
)

// A timePattern is a pattern of times in the engine's codes.
type timePattern struct {
	print string // for strftime
	parse string // for strptime; "" if it only prints
	zoned bool   // it has a time zone
}

// mysqlCodes are MySQL's codes in the engine's, as Trino prints and reads them (Trino, "Date and time
// functions: MySQL date functions"; DateTimeFunctions.java). Those without a second entry cannot be read.
var mysqlCodes = map[byte][2]string{
	'a': {"%a", "%a"}, 'b': {"%b", "%b"}, 'c': {"%-m", "%m"}, 'd': {"%d", "%d"}, 'e': {"%-d", "%d"}, 'f': {"%g000", "%f"},
	'H': {"%H", "%H"}, 'h': {"%I", "%I"}, 'I': {"%I", "%I"}, 'i': {"%M", "%M"}, 'j': {"%j", "%j"}, 'k': {"%-H", "%H"}, 'l': {"%-I", "%I"},
	'M': {"%B", "%B"}, 'm': {"%m", "%m"}, 'p': {"%p", "%p"}, 'r': {"%I:%M:%S %p", "%I:%M:%S %p"}, 'S': {"%S", "%S"}, 's': {"%S", "%S"},
	'T': {"%H:%M:%S", "%H:%M:%S"}, 'v': {"%V", ""}, 'W': {"%A", "%A"}, 'x': {"%G", ""}, 'Y': {"%Y", "%Y"}, 'y': {"%y", "%y"}, '%': {"%%", "%%"},
}

// mysqlPattern compiles the pattern of date_format and date_parse.
func mysqlPattern(pattern string) (*timePattern, error) {
	p := &timePattern{}
	var b [2]strings.Builder
	reads := true
	for i := 0; i < len(pattern); i++ {
		codes := [2]string{pattern[i : i+1], pattern[i : i+1]}
		if pattern[i] == '%' {
			if i++; i == len(pattern) {
				return nil, errors.New("% is followed by nothing")
			}
			c := pattern[i]
			if strings.IndexByte("DUuVwX", c) >= 0 {
				return nil, fmt.Errorf("%%%c is not supported, in Athena neither", c)
			}
			var ok bool
			if codes, ok = mysqlCodes[c]; !ok {
				codes = [2]string{string(c), string(c)}
			}
			reads = reads && codes[1] != ""
		}
		b[0].WriteString(codes[0])
		b[1].WriteString(codes[1])
	}
	p.print = b[0].String()
	if reads {
		p.parse = b[1].String()
	}
	return p, nil
}

// jodaCode returns the engine's codes for n times a letter of a Joda pattern (Joda-Time, DateTimeFormat).
func jodaCode(c byte, n int) (print, parse string, err error) {
	pad := func(one, two string) (string, string, error) {
		if n == 1 {
			return one, two, nil
		}
		return two, two, nil
	}
	switch {
	case strings.IndexByte("yYx", c) >= 0 && n == 2 && c != 'x':
		return "%y", "%y", nil
	case (c == 'y' || c == 'Y') && (n == 1 || n == 4):
		return "%Y", "%Y", nil
	case c == 'x' && n == 4:
		return "%G", "", nil
	case c == 'w' && n <= 2:
		return "%V", "", nil
	case c == 'e' && n == 1:
		return "%u", "", nil
	case c == 'M' && n <= 2:
		return pad("%-m", "%m")
	case c == 'M':
		return text(n, "%b", "%B")
	case c == 'E':
		return text(n, "%a", "%A")
	case c == 'd' && n <= 2:
		return pad("%-d", "%d")
	case c == 'D' && (n == 1 || n == 3):
		return pad("%-j", "%j")
	case c == 'a':
		return "%p", "%p", nil
	case c == 'h' && n <= 2:
		return pad("%-I", "%I")
	case c == 'H' && n <= 2:
		return pad("%-H", "%H")
	case c == 'm' && n <= 2:
		return pad("%-M", "%M")
	case c == 's' && n <= 2:
		return pad("%-S", "%S")
	case c == 'S' && n == 3:
		return "%g", "%g", nil
	case c == 'S' && n == 6:
		return "%f", "%f", nil
	case c == 'Z' && n <= 2:
		return "", "%z", nil
	default:
		return "", "", fmt.Errorf("%s is not supported", strings.Repeat(string(c), n))
	}
}

// text returns the short code up to three letters, and the long one from four on.
func text(n int, short, long string) (string, string, error) {
	if n <= 3 {
		return short, short, nil
	}
	return long, long, nil
}

// jodaPattern compiles the pattern of format_datetime and parse_datetime: letters are codes, and what is
// in single quotes is itself.
func jodaPattern(pattern string) (*timePattern, error) {
	p := &timePattern{}
	var b [2]strings.Builder
	put := func(s string) {
		s = strings.ReplaceAll(s, "%", "%%")
		b[0].WriteString(s)
		b[1].WriteString(s)
	}
	prints, reads := true, true
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			s, n := jodaQuoted(pattern[i:])
			if n == 0 {
				return nil, errors.New("' has no end")
			}
			put(s)
			i += n
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			n := span(pattern[i:], func(x byte) bool { return x == c })
			print, parse, err := jodaCode(c, n)
			if err != nil {
				return nil, err
			}
			prints, reads, p.zoned = prints && print != "", reads && parse != "", p.zoned || c == 'Z'
			b[0].WriteString(print)
			b[1].WriteString(parse)
			i += n
		default:
			put(pattern[i : i+1])
			i++
		}
	}
	if prints {
		p.print = b[0].String()
	}
	if reads {
		p.parse = b[1].String()
	}
	return p, nil
}

// jodaQuoted returns what is in the quotes that begin s, and how long it is with them. Two
// quotes are one.
func jodaQuoted(s string) (string, int) {
	if strings.HasPrefix(s, "''") {
		return "'", 2
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1
	}
	return "", 0
}

// patternCall translates the pattern of a time, which must be written out.
func (r *rewriter) patternCall(c *calling, compile func(string) (*timePattern, error)) {
	if !r.arity(c, 2, 2) {
		return
	}
	at := c.args[1].node
	if at.shape != textShape {
		r.refuse(at.from, KindName, "function %s wants its pattern written out here", c.name)
		return
	}
	p, err := compile(literalText(r.token(at.from)))
	if err != nil {
		r.refuse(at.from, KindValue, "pattern of %s: %s", c.name, err)
		return
	}
	s, name := p.print, c.name
	if strings.Contains(name, "parse") {
		if s = p.parse; p.zoned {
			name = "parse_zoned"
		}
	}
	if s == "" {
		r.refuse(at.from, KindValue, "pattern of %s has a fragment that %s does not support", c.name, c.name)
		return
	}
	r.e.replace(at.from, at.to, quoteText(s))
	r.asMacro(c, name)
}
