package sigma

import (
	"fmt"
	"strings"
)

// The bounds of a condition.
const (
	maxCondition = 16 << 10
	maxNesting   = 64
)

// tree is a parsed condition: one of its parts.
type tree struct {
	op    string // and, or, not, name, one, every
	parts []*tree
	name  string // of a search, or the pattern of one and every; "them"
	at    int    // column, from 1
}

// conditionError says where a condition is wrong.
type conditionError struct {
	column int
	reason string
}

func (e conditionError) Error() string {
	return fmt.Sprintf("condition: column %d: %s", e.column, e.reason)
}

// parseCondition reads a condition: or binds less than and, and less than not, and
// not less than "of". Operators may be written in any case.
func parseCondition(s string) (*tree, error) {
	if len(s) > maxCondition {
		return nil, conditionError{1, fmt.Sprintf("%d bytes, more than %d", len(s), maxCondition)}
	}
	p := conditionParser{text: s}
	p.advance()
	t, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.token != "" {
		return nil, p.unexpected("the end")
	}
	return t, nil
}

type conditionParser struct {
	text  string
	next  int    // byte offset behind token
	at    int    // of token
	token string // "" at the end
}

func (p *conditionParser) advance() {
	for p.next < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.next]) >= 0 {
		p.next++
	}
	p.at = p.next
	if p.next == len(p.text) {
		p.token = ""
		return
	}
	n := strings.IndexAny(p.text[p.next:], " \t\r\n()|,=<>")
	switch {
	case n < 0:
		n = len(p.text) - p.next
	case n == 0:
		n = 1
	}
	p.token = p.text[p.next : p.next+n]
	p.next += n
}

func (p *conditionParser) is(word string) bool { return strings.EqualFold(p.token, word) }

func (p *conditionParser) column() int { return len([]rune(p.text[:p.at])) + 1 }

func (p *conditionParser) fail(format string, args ...any) error {
	return conditionError{p.column(), fmt.Sprintf(format, args...)}
}

func (p *conditionParser) unexpected(wanted string) error {
	switch p.token {
	case "":
		return p.fail("it ends where %s is wanted", wanted)
	case "|":
		return p.fail("aggregations behind | are no longer part of Sigma: write a correlation")
	}
	return p.fail("%.40q where %s is wanted", p.token, wanted)
}

func (p *conditionParser) or(depth int) (*tree, error) { return p.list("or", depth, p.and) }

func (p *conditionParser) and(depth int) (*tree, error) { return p.list("and", depth, p.not) }

func (p *conditionParser) list(op string, depth int, part func(int) (*tree, error)) (*tree, error) {
	t, err := part(depth)
	if err != nil || !p.is(op) {
		return t, err
	}
	whole := &tree{op: op, parts: []*tree{t}, at: t.at}
	for p.is(op) {
		p.advance()
		if t, err = part(depth); err != nil {
			return nil, err
		}
		whole.parts = append(whole.parts, t)
	}
	return whole, nil
}

func (p *conditionParser) not(depth int) (*tree, error) {
	if depth > maxNesting {
		return nil, p.fail("nested more than %d deep", maxNesting)
	}
	if !p.is("not") {
		return p.primary(depth)
	}
	at := p.column()
	p.advance()
	t, err := p.not(depth + 1)
	return &tree{op: "not", parts: []*tree{t}, at: at}, err
}

func (p *conditionParser) primary(depth int) (*tree, error) {
	at := p.column()
	switch {
	case p.token == "(":
		p.advance()
		t, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.token != ")" {
			return nil, p.unexpected("a closing parenthesis")
		}
		p.advance()
		return t, nil
	case p.token == "" || strings.IndexByte(")|,=<>", p.token[0]) >= 0 || p.is("and") || p.is("or") || p.is("of"):
		return nil, p.unexpected("a search")
	}
	name := p.token
	p.advance()
	if !p.is("of") {
		if strings.ContainsRune(name, '*') {
			return nil, conditionError{at, fmt.Sprintf("pattern %.40q without \"1 of\" or \"all of\"", name)}
		}
		return &tree{op: "name", name: name, at: at}, nil
	}
	var op string
	switch strings.ToLower(name) {
	case "1", "any":
		op = "one"
	case "all":
		op = "every"
	default:
		return nil, conditionError{at, fmt.Sprintf("%.40q of: only 1, any and all are known", name)}
	}
	p.advance()
	if p.token == "" || strings.IndexByte("()|,=<>", p.token[0]) >= 0 {
		return nil, p.unexpected("them or a pattern of searches")
	}
	t := &tree{op: op, name: p.token, at: at}
	p.advance()
	return t, nil
}
