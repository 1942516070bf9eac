package serve

import (
	"github.com/coldtrail/coldtrail/report"
)

// maxRecord bounds the text of a record on a page, in bytes. A record that is deep is much longer
// when it is indented than it is.
const maxRecord = 512 << 10

// A prettyRecord is a record with each member on a line of its own. Its tokens and their order are
// as they were: numbers are not rounded, duplicate keys stay. What cannot be seen is an escape.
type prettyRecord struct {
	Tokens []recordToken
	Cut    bool // it is longer than a page shows
}

// A recordToken is a part of a record's text, with a class for its look: "k" a key, "s" a string, "n" a
// number or a word, "" anything else.
type recordToken struct{ Class, Text string }

// A prettyPrinter goes through JSON text that was framed before: its strings end.
type prettyPrinter struct {
	out   prettyRecord
	plain []byte // punctuation and space that wait for the next token
	size  int
	depth int
}

func pretty(raw []byte) *prettyRecord {
	p := &prettyPrinter{}
	for i := 0; i < len(raw) && !p.out.Cut; {
		switch c := raw[i]; c {
		case ' ', '\t', '\r', '\n':
			i++
		case '{', '[':
			i = p.open(raw, i)
		case '}', ']':
			p.depth--
			p.line()
			p.punctuation(string(c))
			i++
		case ',':
			p.punctuation(",")
			p.line()
			i++
		case ':':
			p.punctuation(": ")
			i++
		case '"':
			end := stringEnd(raw, i)
			class := "s"
			if j := skipSpace(raw, end); j < len(raw) && raw[j] == ':' {
				class = "k"
			}
			p.token(class, raw[i:end])
			i = end
		default:
			end := i
			for end < len(raw) && !delimiter(raw[end]) {
				end++
			}
			p.token("n", raw[i:end])
			i = end
		}
	}
	p.flush()
	return &p.out
}

// open begins an object or an array; an empty one stays on its line.
func (p *prettyPrinter) open(raw []byte, i int) (next int) {
	if j := skipSpace(raw, i+1); j < len(raw) && raw[j] == raw[i]+2 { // } and ] follow { and [ by two
		p.punctuation(string(raw[i]) + string(raw[j]))
		return j + 1
	}
	p.punctuation(string(raw[i]))
	p.depth++
	p.line()
	return i + 1
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\r' || raw[i] == '\n') {
		i++
	}
	return i
}

func delimiter(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '{', '}', '[', ']', ',', ':', '"':
		return true
	}
	return false
}

// stringEnd returns where the string that begins at i has ended.
func stringEnd(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

func (p *prettyPrinter) punctuation(s string) { p.plain = append(p.plain, s...) }

func (p *prettyPrinter) line() {
	p.plain = append(p.plain, '\n')
	for range min(max(p.depth, 0), 1000) {
		p.plain = append(p.plain, "  "...)
	}
	if p.size+len(p.plain) > maxRecord {
		p.out.Cut = true
	}
}

func (p *prettyPrinter) flush() {
	if len(p.plain) > 0 {
		p.out.Tokens = append(p.out.Tokens, recordToken{Text: string(p.plain)})
		p.size += len(p.plain)
		p.plain = p.plain[:0]
	}
}

func (p *prettyPrinter) token(class string, text []byte) {
	p.flush()
	if rest := maxRecord - p.size; len(text) > rest {
		text, p.out.Cut = text[:max(rest, 0)], true
	}
	p.size += len(text)
	p.out.Tokens = append(p.out.Tokens, recordToken{class, report.Terminal(string(text))})
}
