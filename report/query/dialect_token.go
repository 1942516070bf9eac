package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A tokenKind is what a token is.
type tokenKind uint8

const (
	spaceToken  tokenKind = iota // white space, a comment
	wordToken                    // a keyword or an identifier without quotes
	quotedToken                  // an identifier in "double" or `back` quotes
	textToken                    // a string: '…', X'…', U&'…', E'…'
	numberToken
	uuidToken // an event data store's ID without quotes: to SQL it is no identifier
	opToken   // an operator or a punctuation mark
	badToken  // a string, a quoted identifier or a comment that does not end
)

// A token of SQL. It borrows the statement's text.
type token struct {
	kind tokenKind
	pos  int // of its first byte in the statement
	text string
}

// end is the offset after the token.
func (t *token) end() int { return t.pos + len(t.text) }

// is reports whether the token is that keyword or operator. Keywords are given in
// upper case, and match in any.
func (t *token) is(s string) bool {
	return (t.kind == wordToken || t.kind == opToken) && strings.EqualFold(t.text, s)
}

// isAny reports whether the token is one of those keywords or operators.
func (t *token) isAny(list ...string) bool {
	for _, s := range list {
		if t.is(s) {
			return true
		}
	}
	return false
}

// name returns the identifier that the token is: without quotes, and in lower case
// if it has none, as Athena takes it.
func (t *token) name() (name string, ok bool) {
	switch t.kind {
	case wordToken, uuidToken:
		return strings.ToLower(t.text), true
	case quotedToken:
		q := t.text[:1]
		return strings.ReplaceAll(t.text[1:len(t.text)-1], q+q, q), true
	default:
		return "", false
	}
}

// tokenize splits a statement, or a script, into tokens. Their texts put one after
// the other are the statement. It knows no keywords and refuses nothing.
func tokenize(sql string) []token {
	tokens := make([]token, 0, 16+len(sql)/4)
	for pos := 0; pos < len(sql); {
		kind, n := nextToken(sql[pos:])
		tokens = append(tokens, token{kind: kind, pos: pos, text: sql[pos : pos+n]})
		pos += n
	}
	return tokens
}

// nextToken returns kind and length of the token that begins s, which is not empty.
func nextToken(s string) (tokenKind, int) {
	c := s[0]
	switch {
	case isSpace(c):
		return spaceToken, span(s, isSpace)
	case strings.HasPrefix(s, "--"):
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return spaceToken, n
		}
		return spaceToken, len(s)
	case strings.HasPrefix(s, "/*"):
		if n := strings.Index(s[2:], "*/"); n >= 0 {
			return spaceToken, n + 4
		}
		return badToken, len(s)
	case c == '\'':
		return quotedSpan(s, 0, textToken)
	case c == '"', c == '`':
		return quotedSpan(s, 0, quotedToken)
	}
	if n := uuidSpan(s); n > 0 {
		return uuidToken, n
	}
	if n := textPrefix(s); n > 0 {
		return quotedSpan(s, n, textToken)
	}
	if n := numberSpan(s); n > 0 {
		return numberToken, n
	}
	if n := wordSpan(s); n > 0 {
		return wordToken, n
	}
	return opToken, operatorSpan(s)
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// span returns how many bytes at the start of s are of a class.
func span(s string, class func(byte) bool) int {
	n := 0
	for n < len(s) && class(s[n]) {
		n++
	}
	return n
}

// quotedSpan returns kind and length of what stands in quotes from s[at]. A quote
// that is doubled belongs to the content. After E, a backslash takes the next byte.
func quotedSpan(s string, at int, kind tokenKind) (tokenKind, int) {
	quote, escapes := s[at], at == 1 && s[0]|0x20 == 'e'
	for i := at + 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] != quote:
		case i+1 < len(s) && s[i+1] == quote:
			i++
		default:
			return kind, i + 1
		}
	}
	return badToken, len(s)
}

// textPrefix returns the length of the letters before a string's quote.
func textPrefix(s string) int {
	switch {
	case len(s) > 1 && s[1] == '\'' && strings.IndexByte("xXeE", s[0]) >= 0:
		return 1
	case len(s) > 2 && s[2] == '\'' && s[1] == '&' && s[0]|0x20 == 'u':
		return 2
	}
	return 0
}

// uuidSpan returns the length of a UUID at the start of s, if there is one: groups
// of 8, 4, 4, 4 and 12 hexadecimal digits.
func uuidSpan(s string) int {
	n := 0
	for i, digits := range [...]int{8, 4, 4, 4, 12} {
		if i > 0 {
			if n >= len(s) || s[n] != '-' {
				return 0
			}
			n++
		}
		if span(s[n:], isHex) != digits {
			return 0
		}
		n += digits
	}
	if wordSpan(s[n:]) > 0 {
		return 0
	}
	return n
}

// numberSpan returns the length of the number that begins s: 12, 1.5, .5, 1e9,
// 0x1f, 1_000. Letters after it make it a word, which no identifier may be.
func numberSpan(s string) int {
	isNumeral := func(c byte) bool { return isDigit(c) || c == '_' }
	n := 0
	switch {
	case isDigit(s[0]):
		n = span(s, isNumeral)
	case s[0] == '.' && len(s) > 1 && isDigit(s[1]):
	default:
		return 0
	}
	if n == 1 && len(s) > 2 && s[0] == '0' && strings.IndexByte("xXbBoO", s[1]) >= 0 && isHex(s[2]) {
		return 2 + span(s[2:], isHex)
	}
	if n < len(s) && s[n] == '.' && !strings.HasPrefix(s[n:], "..") {
		n += 1 + span(s[n+1:], isNumeral)
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if digits := span(s[e:], isDigit); digits > 0 {
			n = e + digits
		}
	}
	if strings.IndexByte(s[:n], '.') < 0 && wordSpan(s[n:]) > 0 {
		return 0
	}
	return n
}

// wordSpan returns the length of the word that begins s: letters, digits and _.
// Bytes that are not UTF-8 are taken as letters, so that one word stays one.
func wordSpan(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && (r != utf8.RuneError || size != 1) {
			break
		}
		n += size
	}
	return n
}

// operators of more than one byte, of Trino and of DuckDB; the longer ones first. DuckDB's >> is two tokens, because it
// ends two types.
var operators = []string{"->>", "->", "=>", "<>", "!=", "<=", ">=", "||", "::", ":=", "==", "//", "**", "&&", "<<", "$$"}

func operatorSpan(s string) int {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return len(op)
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// Split returns the statements of a script: what stands between semicolons that are
// outside of strings, quoted names and comments. White space around a statement is
// left out, and so is a statement that has nothing else but comments.
func Split(script string) []string {
	var statements []string
	start, empty := 0, true
	cut := func(end int) {
		if !empty {
			statements = append(statements, strings.TrimSpace(script[start:end]))
		}
	}
	for _, t := range tokenize(script) {
		switch {
		case t.is(";"):
			cut(t.pos)
			start, empty = t.end(), true
		case t.kind != spaceToken:
			empty = false
		}
	}
	cut(len(script))
	return statements
}
