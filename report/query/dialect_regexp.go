package query

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
)

// regexpCall checks the pattern of a function if it is written out.
func (r *rewriter) regexpCall(c *calling) {
	if len(c.args) < 2 {
		r.arity(c, 2, 3)
		return
	}
	re := r.pattern(c, c.args[1])
	r.same(c)
	if len(c.args) < 3 || r.err != nil || c.name == "regexp_position" {
		return
	}
	group := c.args[2]
	n, err := strconv.Atoi(r.token(group.from).text)
	if group.shape != numberShape || err != nil || re == nil {
		r.note("%s: a group that took no fragment in the match is empty text here and NULL in Athena", c.name)
		return
	}
	if n > re.MaxCap() {
		r.refuse(group.from, KindValue, "pattern has %d groups, not %d", re.MaxCap(), n)
		return
	}
	if !optional(re, n) {
		return
	}
	switch {
	case !c.nonEmpty(re, n):
		r.note("%s: a group that took no fragment in the match is empty text here and NULL in Athena", c.name)
	case c.name == "regexp_extract":
		r.e.wrap(c.at, c.to, "nullif(", ", '')")
	default:
		v := r.element(c)
		r.e.wrap(c.at, c.to, "list_transform(", ", lambda "+v+": nullif("+v+", ''))")
	}
}

func (*calling) nonEmpty(re *syntax.Regexp, n int) bool { return least(capture(re, n)) > 0 }

// pattern checks and translates a pattern that is written out. It returns nil for others.
func (r *rewriter) pattern(c *calling, a argument) *syntax.Regexp {
	if a.shape != textShape {
		return nil
	}
	text, re, err := regexpPattern(literalText(r.token(a.from)))
	if err != nil {
		r.refuse(a.from, KindValue, "regular expression of %s: %s", c.name, err)
		return nil
	}
	r.e.replace(a.from, a.to, quoteText(text))
	return re
}

// regexpPattern returns a pattern of Java's in the engine's syntax, which is RE2's. What RE2 does not have
// (looking around, references to groups, possessive repetition, classes in classes) is an error.
// In both . is no line feed and $ the end of the text; Java's $ stands before a line feed at the
// end, too.
func regexpPattern(p string) (string, *syntax.Regexp, error) {
	var b strings.Builder
	class := -1 // where the class began
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p):
			n, s := escapeSequence(p[i:])
			b.WriteString(s)
			i += n - 1
			continue
		case class < 0 && c == '[':
			class = i
		case class >= 0 && c == '[':
			return "", nil, errors.New("a class in a class is not supported: write \\[ for the bracket itself")
		case class >= 0 && strings.HasPrefix(p[i:], "&&"):
			return "", nil, errors.New("an intersection of classes (&&) is not supported")
		case class >= 0 && c == ']' && i > class+1 && p[class+1:i] != "^":
			class = -1
		case class < 0 && strings.HasPrefix(p[i:], "(?<") && i+3 < len(p) && p[i+3] != '=' && p[i+3] != '!':
			b.WriteString("(?P<")
			i += 2
			continue
		}
		b.WriteByte(p[i])
	}
	re, err := syntax.Parse(b.String(), syntax.Perl)
	if err != nil {
		return "", nil, regexpError(err)
	}
	return b.String(), re, nil
}

// escapeSequence returns the length of the escape sequence at the start of p, and what the engine has for it.
func escapeSequence(p string) (int, string) {
	if p[1] == 'u' && len(p) >= 6 && span(p[2:6], isHex) == 4 {
		return 6, `\x{` + p[2:6] + `}`
	}
	if p[1] == '_' {
		return 2, "_"
	}
	return 2, p[:2]
}

func regexpError(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %s", e.Code, e.Expr)
	}
	return err
}

// capture returns the group of that number; 0 is the whole.
func capture(re *syntax.Regexp, n int) *syntax.Regexp {
	if n == 0 || re.Op == syntax.OpCapture && re.Cap == n {
		return re
	}
	for _, sub := range re.Sub {
		if found := capture(sub, n); found != nil {
			return found
		}
	}
	return nil
}

// optional reports whether a match may be without a group.
func optional(re *syntax.Regexp, n int) bool {
	if n == 0 || re.Op == syntax.OpCapture && re.Cap == n {
		return false
	}
	for _, sub := range re.Sub {
		if capture(sub, n) == nil {
			continue
		}
		switch re.Op {
		case syntax.OpStar, syntax.OpQuest, syntax.OpAlternate:
			return true
		case syntax.OpRepeat:
			return re.Min == 0 || optional(sub, n)
		}
		return optional(sub, n)
	}
	return false
}

// least returns the least number of characters that a match has.
func least(re *syntax.Regexp) int {
	if re == nil {
		return 0
	}
	sum := 0
	for i, sub := range re.Sub {
		n := least(sub)
		if re.Op == syntax.OpAlternate && i > 0 {
			sum = min(sum, n)
		} else {
			sum += n
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpStar, syntax.OpQuest:
		return 0
	case syntax.OpRepeat:
		return min(sum*re.Min, 1)
	}
	return min(sum, 1)
}

// regexpReplace translates what is put in the place of matches.
func (r *rewriter) regexpReplace(c *calling) {
	if !r.arity(c, 2, 3) {
		return
	}
	re := r.pattern(c, c.args[1])
	if len(c.args) < 3 || r.err != nil {
		r.same(c)
		return
	}
	a := c.args[2]
	if len(a.params) > 0 {
		r.refuse(a.from, KindName, "function regexp_replace with a lambda is not supported")
		return
	}
	if a.shape != textShape {
		r.refuse(a.from, KindName, "function regexp_replace wants its replacement written out here")
		return
	}
	text, err := replacement(literalText(r.token(a.from)), re)
	if err != nil {
		r.refuse(a.from, KindValue, "replacement of regexp_replace: %s", err)
		return
	}
	r.e.replace(a.from, a.to, quoteText(text))
	r.same(c)
}

// replacement returns a replacement in the engine's syntax: $1 and ${name} are \1, and \$ is $
// (Trino, "Regular expression functions: regexp_replace"). re is the pattern, nil if it is not known.
func replacement(s string, re *syntax.Regexp) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 == len(s):
			return "", errors.New(`\ is followed by nothing`)
		case s[i] == '\\':
			i++
			literalByte(&b, s[i])
		case s[i] == '$':
			group, n, err := groupReference(s[i+1:], re)
			if err != nil {
				return "", err
			}
			b.WriteString(`\` + strconv.Itoa(group))
			i += n
		default:
			literalByte(&b, s[i])
		}
	}
	return b.String(), nil
}

func literalByte(b *strings.Builder, c byte) {
	if c == '\\' {
		b.WriteByte('\\')
	}
	b.WriteByte(c)
}

// groupReference reads what follows $, and returns the group's number and how long it is.
func groupReference(s string, re *syntax.Regexp) (group, n int, err error) {
	if strings.HasPrefix(s, "{") {
		name, _, ok := strings.Cut(s[1:], "}")
		if !ok || re == nil {
			return 0, 0, errors.New("${name} wants a } and a pattern that is written out")
		}
		for i, known := range re.CapNames() {
			if known == name && name != "" {
				return groupNumber(i, len(name)+2, re)
			}
		}
		return 0, 0, fmt.Errorf("the pattern has no group %s", name)
	}
	digits := span(s, isDigit)
	if digits == 0 {
		return 0, 0, errors.New(`$ wants the number of a group: write \$ for the sign itself`)
	}
	group = int(s[0] - '0')
	n = 1
	for n < digits && re != nil && group*10+int(s[n]-'0') <= re.MaxCap() {
		group = group*10 + int(s[n]-'0')
		n++
	}
	if n < digits && re == nil {
		return 0, 0, errors.New("a group of two digits wants a pattern that is written out")
	}
	return groupNumber(group, n, re)
}

func groupNumber(group, n int, re *syntax.Regexp) (int, int, error) {
	if re != nil && group > re.MaxCap() {
		return 0, 0, fmt.Errorf("the pattern has no group %d", group)
	}
	if group > 9 {
		return 0, 0, fmt.Errorf("group %d: only nine groups can be put in", group)
	}
	return group, n, nil
}
