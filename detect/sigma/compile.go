package sigma

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// The bounds of a regular expression: RE2 takes time in proportion to the text and
// to these.
const (
	maxExpression = 4 << 10
	maxProgram    = 20_000 // instructions
)

// tests compiles one value: several where its modifiers or placeholders expand it,
// of which any has to fit.
func (c *compiler) tests(m modifiers, v scalar) ([]test, error) {
	if reserved(v.text) {
		return nil, fmt.Errorf("value %.40q: a character of private use that stands for wildcards here", v.text)
	}
	switch {
	case m.cidr:
		p, err := prefixOf(v.text)
		return []test{within{p}}, err
	case m.op != "" || m.unit != "":
		return numbers(m, v)
	case m.fieldref:
		if v.kind != "str" || knownField(v.text) != nil {
			return nil, fmt.Errorf("fieldref: the name of a field is wanted, not %.40q", v.text)
		}
		return []test{reference{newField(v.text), m.lead, m.trail, m.cased}}, nil
	}
	texts := []string{v.text}
	if m.expand {
		var err error
		if texts, err = c.expand(v.text); err != nil {
			return nil, err
		}
	}
	var tests []test
	for _, s := range texts {
		t, err := textTests(m, s)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t...)
	}
	return tests, nil
}

func textTests(m modifiers, s string) ([]test, error) {
	if m.re {
		t, err := expression(m.flags, s)
		return []test{t}, err
	}
	s = unescape(s)
	if m.windash {
		s = dashed(s)
	}
	texts := []string{s}
	cased := m.cased
	if len(m.encodings) > 0 {
		var err error
		if texts, err = encode(s, m.encodings); err != nil {
			return nil, err
		}
		cased = true // base64 of other case is other content
	}
	var tests []test
	for _, s := range texts {
		if m.lead {
			s = string(star) + s
		}
		if m.trail {
			s += string(star)
		}
		p := newPattern(s, cased)
		_, exact := p.exact()
		if exact {
			tests = append(tests, newEqual(s, cased))
		} else {
			tests = append(tests, like{p})
		}
	}
	return tests, nil
}

// prefixOf reads a network, or an address as the network of it alone.
func prefixOf(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return p, fmt.Errorf("cidr %.60q: no network", s)
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

func numbers(m modifiers, v scalar) ([]test, error) {
	n, ok := newNumeric(v.text, m.op)
	if !ok || v.kind == "bool" {
		return nil, fmt.Errorf("%s: a number is wanted, not %.40q", strings.Trim(m.unit+" "+m.op, " "), v.text)
	}
	if m.unit == "" {
		return []test{n}, nil
	}
	if !n.int {
		return nil, fmt.Errorf("%s: a whole number is wanted, not %.40q", m.unit, v.text)
	}
	return []test{part{m.unit, n}}, nil
}

// expression compiles a regular expression as RE2 has it: without look-around and
// back references.
func expression(flags, s string) (test, error) {
	if len(s) > maxExpression {
		return nil, fmt.Errorf("regular expression: %d bytes, more than %d", len(s), maxExpression)
	}
	if flags != "" {
		s = "(?" + flags + ")" + s
	}
	re, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		var e *syntax.Error
		if errors.As(err, &e) {
			return nil, fmt.Errorf("regular expression: %s: %.60q", e.Code, e.Expr)
		}
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	if n := len(prog.Inst); n > maxProgram {
		return nil, fmt.Errorf("regular expression: %d instructions, more than %d", n, maxProgram)
	}
	compiled, err := regexp.Compile(s)
	return matches{compiled}, err
}

// expand replaces %name% by each of the values that the user gave for it.
func (c *compiler) expand(s string) ([]string, error) {
	texts := []string{""}
	found := false
	for {
		before, rest, open := strings.Cut(s, "%")
		name, after, shut := strings.Cut(rest, "%")
		if !open || !shut {
			for i := range texts {
				texts[i] += s
			}
			break
		}
		values, ok := c.placeholders[name]
		if !ok {
			return nil, fmt.Errorf("placeholder %%%.60s%%: no values were given for it", name)
		}
		found = true
		var next []string
		for _, t := range texts {
			for _, v := range values {
				if next = append(next, t+before+v); len(next) > maxValues {
					return nil, fmt.Errorf("placeholder %%%.60s%%: more than %d values", name, maxValues)
				}
			}
		}
		texts, s = next, after
	}
	if !found {
		return nil, fmt.Errorf("expand: no placeholder in %s", strconv.Quote(s))
	}
	return texts, nil
}
