package jmespath

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A SyntaxError says where an expression is wrong.
type SyntaxError struct {
	Offset  int // of the byte in the expression
	Message string
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("at offset %d: %s", e.Offset, e.Message) }

// A kind is what a token is: itself, where it is a mark, or one of these.
type kind string

const (
	end        kind = "the end"
	identifier kind = "a name"
	quoted     kind = "a name in quotes"
	literal    kind = "a literal"
	integer    kind = "a number"
	flatten    kind = "[]"
	filter     kind = "[?"
)

// A token is a word of an expression. Its value is a string, of a literal any value, of a
// number an int.
type token struct {
	kind
	value any
	at    int
}

// tokens takes an expression apart. The last token is the end.
func tokens(text string) (all []token, err error) {
	l := lexer{text: text}
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		if t.kind == end {
			return all, nil
		}
	}
}

type lexer struct {
	text string
	at   int
}

func (l *lexer) errorf(at int, format string, args ...any) error {
	return &SyntaxError{at, fmt.Sprintf(format, args...)}
}

// marks are the tokens that say nothing but what they are, longer ones first.
var marks = []kind{flatten, filter, "||", "&&", "==", "!=", "<=", ">=", ".", "*", "[", "]", ",", ":", "@", "(", ")", "{", "}", "|", "&", "<", ">", "!"}

func (l *lexer) next() (t token, err error) {
	rest := strings.TrimLeft(l.text[l.at:], " \t\r\n")
	l.at = len(l.text) - len(rest)
	t.at = l.at
	if rest == "" {
		t.kind = end
		return t, nil
	}
	switch c := rest[0]; {
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n])) {
			n++
		}
		l.at += n
		return token{identifier, rest[:n], t.at}, nil
	case isDigit(c) || c == '-':
		return l.number(rest)
	case c == '\'':
		return l.raw()
	case c == '`':
		return l.literal()
	case c == '"':
		return l.name()
	}
	for _, m := range marks {
		if strings.HasPrefix(rest, string(m)) {
			l.at += len(m)
			return token{m, string(m), t.at}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return t, l.errorf(t.at, "unknown token %q", r)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

func (l *lexer) number(rest string) (token, error) {
	n := 1
	for n < len(rest) && isDigit(rest[n]) {
		n++
	}
	value, err := strconv.Atoi(rest[:n])
	if err != nil {
		return token{}, l.errorf(l.at, "%q is no number", rest[:n])
	}
	t := token{integer, value, l.at}
	l.at += n
	return t, nil
}

// until passes a text between two delimiters, and returns it with its escapes. A backslash before the
// delimiter keeps it from ending the text.
func (l *lexer) until(delimiter byte) (string, error) {
	for i := l.at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case delimiter:
			s := l.text[l.at+1 : i]
			l.at = i + 1
			return s, nil
		}
	}
	return "", l.errorf(l.at, "%c is not closed", delimiter)
}

// raw is a string that stands for itself.
func (l *lexer) raw() (token, error) {
	at := l.at
	s, err := l.until('\'')
	return token{literal, strings.ReplaceAll(s, `\'`, `'`), at}, err
}

// name is a member's name as JSON's string.
func (l *lexer) name() (token, error) {
	at := l.at
	s, err := l.until('"')
	if err != nil {
		return token{}, err
	}
	v, err := Decode([]byte(`"` + s + `"`))
	if err != nil {
		return token{}, l.errorf(at, "name in quotes: %s", err)
	}
	return token{quoted, v, at}, nil
}

// literal is a JSON text, or else a string without its quotes.
func (l *lexer) literal() (token, error) {
	at := l.at
	s, err := l.until('`')
	if err != nil {
		return token{}, err
	}
	s = strings.ReplaceAll(s, "\\`", "`")
	v, err := Decode([]byte(s))
	if err == nil {
		return token{literal, v, at}, nil
	}
	switch strings.TrimSpace(s) {
	case "NaN", "Infinity", "-Infinity": // numbers, to Python
		return token{}, l.errorf(at, "literal: %s is no JSON", s)
	}
	if json.Valid([]byte(s)) {
		return token{}, l.errorf(at, "literal: %s", err)
	}
	if v, err = Decode([]byte(`"` + strings.TrimLeftFunc(s, unicode.IsSpace) + `"`)); err != nil {
		return token{}, l.errorf(at, "literal: neither JSON nor a string")
	}
	return token{literal, v, at}, nil
}
