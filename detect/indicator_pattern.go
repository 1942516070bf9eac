package detect

import (
	"regexp"
	"strings"
)

// A pattern is an indicator with wildcards, or a regular expression.
type pattern struct {
	kind IndicatorKind
	text string
	line mark
	form *regexp.Regexp // nil: wildcards
}

func (p *pattern) match(s string) bool {
	if p.form != nil {
		return p.form.MatchString(s)
	}
	return MatchWildcards(p.text, s)
}

// MatchWildcards compares a text with a pattern in which * stands for any text and ? for any
// byte. Letters of ASCII compare in any case.
func MatchWildcards(pattern, s string) bool {
	star, retry := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, retry = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || lowerByte(pattern[p]) == lowerByte(s[i])):
			p++
			i++
		case star >= 0:
			retry++
			p, i = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
