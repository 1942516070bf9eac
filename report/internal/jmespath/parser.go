package jmespath

import (
	"fmt"
	"unicode/utf8"
)

// An Expression is a compiled expression.
type Expression struct {
	text string
	eval eval
}

// An eval is a compiled part of an expression.
type eval func(v any) (any, error)

// Compile compiles an expression. Its errors are of type *SyntaxError.
func Compile(text string) (*Expression, error) {
	if n := len(text) - len(afterUTF8(text)); n < len(text) { // no value of an expression has other bytes
		return nil, &SyntaxError{n, "bytes that are no UTF-8"}
	}
	all, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: all}
	e, err := p.expression(0)
	if err == nil && p.now().kind != end {
		err = p.unexpected("the end")
	}
	if err != nil {
		return nil, err
	}
	return &Expression{text, e}, nil
}

// afterUTF8 returns what follows the UTF-8 that begins a text.
func afterUTF8(text string) string {
	for text != "" {
		if r, size := utf8.DecodeRuneInString(text); r != utf8.RuneError || size > 1 {
			text = text[size:]
			continue
		}
		break
	}
	return text
}

// String returns the expression as it was written.
func (e *Expression) String() string { return e.text }

// Search returns what the expression selects of a value; nil where that is nothing.
func (e *Expression) Search(v any) (any, error) {
	v, err := e.eval(v)
	if _, ok := v.(expref); ok && err == nil {
		err = fmt.Errorf("expression %s: a reference is no result", e.text)
	}
	return v, err
}

// powers say how tightly a token binds what stands before it. Those below
// projectionEnds end what a projection applies to each element.
var powers = map[kind]int{
	"|": 1, "||": 2, "&&": 3,
	"==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5,
	flatten: 9, "*": 20, filter: 21, ".": 40, "!": 45, "{": 50, "[": 55, "(": 60,
}

const projectionEnds = 10

// A parser is a Pratt parser: prefix takes what can begin an expression, infix what can go on with one.
type parser struct {
	tokens  []token
	at      int
	depth   int
	indexed int // where an expression that ends with an index, [0], ended last
}

// maxDepth bounds how deep an expression is nested.
const maxDepth = 1000

func (p *parser) now() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) ahead(k kind) bool { return p.tokens[min(p.at+1, len(p.tokens)-1)].kind == k }

func (p *parser) unexpected(want string) error {
	t := p.now()
	switch {
	case t.kind == end:
		return &SyntaxError{t.at, "the expression ends where " + want + " should stand"}
	case want == "":
		return &SyntaxError{t.at, fmt.Sprintf("unexpected %v", t.value)}
	}
	return &SyntaxError{t.at, fmt.Sprintf("%v where %s should stand", t.value, want)}
}

func (p *parser) match(k kind) error {
	if p.now().kind != k {
		return p.unexpected(string(k))
	}
	p.take()
	return nil
}

// expression parses what binds more tightly than the power.
func (p *parser) expression(power int) (eval, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, &SyntaxError{p.now().at, "nested too deeply"}
	}
	defer func() { p.depth-- }()
	left, err := p.prefix()
	for err == nil && powers[p.now().kind] > power {
		left, err = p.infix(left)
	}
	return left, err
}

func (p *parser) prefix() (eval, error) {
	switch p.now().kind {
	case literal:
		return constant(p.take().value), nil
	case identifier:
		name := p.take().value.(string)
		if p.now().kind == "(" {
			return p.call(name)
		}
		return field(name), nil
	case quoted:
		name := p.take().value.(string)
		if p.now().kind == "(" {
			return nil, &SyntaxError{p.now().at, "a function's name stands without quotes"}
		}
		return field(name), nil
	case "@":
		p.take()
		return current, nil
	case "*":
		return p.values(current, "*")
	case flatten, filter:
		return p.project(current)
	case "[":
		if p.ahead(integer) || p.ahead(":") || p.ahead("*") && p.tokens[p.at+2].kind == "]" {
			return p.project(current)
		}
		p.take()
		return p.list()
	case "{":
		p.take()
		return p.hash()
	case "(":
		p.take()
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		indexed := p.indexed == p.at
		err = p.match(")")
		if indexed {
			p.indexed = p.at
		}
		return e, err
	case "!":
		p.take()
		e, err := p.expression(powers["!"])
		return not(e), err
	case "&":
		p.take()
		e, err := p.expression(0)
		return reference(e), err
	}
	return nil, p.unexpected("an expression")
}

func (p *parser) infix(left eval) (eval, error) {
	switch t := p.now(); t.kind {
	case ".":
		p.take()
		if p.now().kind == "*" {
			return p.values(left, ".")
		}
		right, err := p.member(powers["."])
		return pipe(left, right), err
	case "|":
		return p.binary(left, pipe)
	case "||":
		return p.binary(left, or)
	case "&&":
		return p.binary(left, and)
	case "==", "!=", "<", "<=", ">", ">=":
		return p.binary(left, func(l, r eval) eval { return comparison(t.kind, l, r) })
	case "[":
		if p.indexed == p.at && !p.ahead("*") {
			p.take()
			return p.chained(left)
		}
		return p.project(left)
	case flatten, filter:
		return p.project(left)
	}
	return nil, p.unexpected("")
}

// chained parses an index or a slice that follows an index. As in the AWS CLI's interpreter,
// and other than in the specification, the slice is no projection: [0][1:].a is the member a of an
// array, and so null.
func (p *parser) chained(left eval) (e eval, err error) {
	if p.now().kind == integer && p.ahead("]") {
		e = index(left, p.take().value.(int))
		p.take()
	} else {
		var parts [3]*int
		if parts, err = p.slice(); err != nil {
			return nil, err
		}
		e = slice(left, parts)
	}
	p.indexed = p.at
	return e, nil
}

func (p *parser) binary(left eval, join func(l, r eval) eval) (eval, error) {
	right, err := p.expression(powers[p.take().kind])
	return join(left, right), err
}

// member parses what can follow a dot.
func (p *parser) member(power int) (eval, error) {
	switch p.now().kind {
	case identifier, quoted, "*":
		return p.expression(power)
	case "[":
		p.take()
		return p.list()
	case "{":
		p.take()
		return p.hash()
	}
	return nil, p.unexpected("a name, * , [ or {")
}

// project parses the projections, indexes and slices that can stand behind a value.
func (p *parser) project(left eval) (eval, error) {
	switch p.take().kind {
	case flatten:
		each, err := p.rest(powers[flatten])
		return overList(flattened(left), each, nil), err
	case filter:
		condition, err := p.expression(0)
		if err == nil {
			err = p.match("]")
		}
		if err != nil {
			return nil, err
		}
		each := eval(current)
		if p.now().kind != flatten {
			each, err = p.rest(powers[filter])
		}
		return overList(left, each, condition), err
	}
	if p.now().kind == "*" { // [*]
		p.take()
		if err := p.match("]"); err != nil {
			return nil, err
		}
		each, err := p.rest(powers["*"])
		return overList(left, each, nil), err
	}
	if p.now().kind == integer && p.ahead("]") {
		n := p.take().value.(int)
		p.take()
		p.indexed = p.at
		return index(left, n), nil
	}
	parts, err := p.slice()
	if err != nil {
		return nil, err
	}
	each, err := p.rest(powers["*"])
	return overList(slice(left, parts), each, nil), err
}

// values parses what can stand behind a *, which has the power of that token.
func (p *parser) values(left eval, as kind) (eval, error) {
	p.take()
	each, err := p.rest(powers[as])
	return overValues(left, each), err
}

// rest parses what a projection applies to each element.
func (p *parser) rest(power int) (eval, error) {
	switch t := p.now(); {
	case powers[t.kind] < projectionEnds:
		return current, nil
	case t.kind == "[", t.kind == filter:
		return p.expression(power)
	case t.kind == ".":
		p.take()
		return p.member(power)
	}
	return nil, p.unexpected("")
}

// slice parses start:stop:step, of which any may be missing, and the bracket.
func (p *parser) slice() (parts [3]*int, err error) {
	for n := 0; ; {
		switch t := p.now(); {
		case t.kind == "]":
			p.take()
			return parts, nil
		case t.kind == ":" && n < 2:
			n++
		case t.kind == integer && parts[n] == nil:
			value := t.value.(int)
			parts[n] = &value
		default:
			return parts, p.unexpected("]")
		}
		p.take()
	}
}

// list parses [a, b] behind its bracket.
func (p *parser) list() (eval, error) {
	var parts []eval
	for {
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if p.now().kind == "]" {
			p.take()
			return listOf(parts), nil
		}
		if err := p.match(","); err != nil {
			return nil, err
		}
	}
}

// hash parses {a: b, c: d} behind its brace.
func (p *parser) hash() (eval, error) {
	var names []string
	var parts []eval
	for {
		t := p.now()
		if t.kind != identifier && t.kind != quoted {
			return nil, p.unexpected("a name")
		}
		p.take()
		if err := p.match(":"); err != nil {
			return nil, err
		}
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		names, parts = append(names, t.value.(string)), append(parts, e)
		switch p.now().kind {
		case ",":
			p.take()
		case "}":
			p.take()
			return hashOf(names, parts), nil
		}
	}
}

// call parses the arguments of a function.
func (p *parser) call(name string) (eval, error) {
	at := p.take().at
	var args []eval
	for p.now().kind != ")" {
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if p.now().kind == "," {
			p.take()
		}
		args = append(args, e)
	}
	p.take()
	e, err := function(name, args)
	if err != nil {
		return nil, &SyntaxError{at, err.Error()}
	}
	return e, nil
}
