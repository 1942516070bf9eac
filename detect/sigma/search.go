package sigma

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxValues that one comparison may expand to.
const maxValues = 10_000

// compiler makes searches of a rule's detection.
type compiler struct {
	placeholders map[string][]string
}

// search compiles one search identifier's definition: a map is all of its fields, a list of
// maps any of them, a list of strings keywords.
func (c *compiler) search(n *yaml.Node) (expr, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return c.fields(n)
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			return nil, lineError{n.Line, fmt.Errorf("search: an empty list")}
		}
		var any or
		var words []*yaml.Node
		for _, element := range n.Content {
			if element.Kind == yaml.ScalarNode {
				words = append(words, element)
				continue
			}
			e, err := c.search(element)
			if err != nil {
				return nil, err
			}
			any = append(any, e)
		}
		if len(words) > 0 {
			e, err := c.keywords(words, modifiers{})
			if err != nil {
				return nil, err
			}
			any = append(any, e)
		}
		return any, nil
	case yaml.ScalarNode:
		return c.keywords([]*yaml.Node{n}, modifiers{})
	}
	return nil, lineError{n.Line, fmt.Errorf("search: neither a map nor a list")}
}

// fields compiles a map of fields, all of which have to fit.
func (c *compiler) fields(n *yaml.Node) (expr, error) {
	if len(n.Content) == 0 {
		return nil, lineError{n.Line, fmt.Errorf("search: an empty map")}
	}
	var all and
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, values := n.Content[i], n.Content[i+1]
		e, err := c.comparison(key, values)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// comparison compiles "field|modifier|…: values".
func (c *compiler) comparison(key, n *yaml.Node) (expr, error) {
	names := strings.Split(key.Value, "|")
	m, err := parseModifiers(names[1:])
	if err != nil {
		return nil, lineError{key.Line, fmt.Errorf("%s: %w", key.Value, err)}
	}
	values := []*yaml.Node{n}
	switch n.Kind {
	case yaml.SequenceNode:
		values = n.Content
	case yaml.MappingNode:
		return nil, lineError{n.Line, fmt.Errorf("%s: its value is a map", key.Value)}
	}
	if names[0] == "" {
		return c.keywords(values, m)
	}
	if err := knownField(names[0]); err != nil {
		return nil, lineError{key.Line, err}
	}
	e, err := c.values(newField(names[0]), m, values)
	if err != nil {
		return nil, lineError{key.Line, fmt.Errorf("%s: %w", key.Value, err)}
	}
	if m.neq {
		e = not{e}
	}
	return e, nil
}

// values compiles the comparison of a field with a list.
func (c *compiler) values(f *field, m modifiers, nodes []*yaml.Node) (expr, error) {
	var all and
	var any []test
	for _, n := range nodes {
		v, err := newScalar(n)
		if err != nil {
			return nil, err
		}
		if e, done, err := unlike(f, m, v, len(nodes)); done || err != nil {
			return e, err
		}
		tests, err := c.tests(m, v)
		if err != nil {
			return nil, lineError{n.Line, err}
		}
		if m.all {
			all = append(all, anyProbe(f, tests))
		} else if any = append(any, tests...); len(any) > maxValues {
			return nil, lineError{n.Line, fmt.Errorf("more than %d values", maxValues)}
		}
	}
	switch {
	case len(nodes) == 0:
		return never{}, nil
	case m.all:
		return all, nil
	}
	return anyProbe(f, any), nil
}

// unlike compiles what is no comparison with a value: null, exists and fieldref.
func unlike(f *field, m modifiers, v scalar, values int) (e expr, done bool, err error) {
	switch {
	case m.exists:
		if v.kind != "bool" || values > 1 {
			return nil, false, lineError{v.line, fmt.Errorf("exists: true or false is wanted, not %q", v.text)}
		}
		return exists{f, v.text == "true"}, true, nil
	case v.kind == "null" && values > 1:
		return nil, false, lineError{v.line, fmt.Errorf("null in a list")}
	case v.kind == "null" && (m.lead || m.trail || m.re || m.cidr || m.op != "" || m.unit != "" || m.fieldref || m.expand || len(m.encodings) > 0):
		return nil, false, lineError{v.line, fmt.Errorf("null has no text to compare")}
	case v.kind == "null":
		return absent{f}, true, nil
	}
	return nil, false, nil
}

// anyProbe asks whether a value of the field fits one of the tests. Tests that look
// equally deep share a probe.
func anyProbe(f *field, tests []test) expr {
	if f.name == "eventSource" && slices.ContainsFunc(tests, ofChina) {
		f = &field{name: f.name, head: f.head} // a Set hands records on with the name without .cn
	}
	if e, ok := newEquals(f, tests); ok {
		return e
	}
	var any or
	for _, d := range []depth{0, leaves, leaves | documents, leaves | whole | documents} {
		var same anyOf
		for _, t := range tests {
			if _, other := t.(reference); !other && depthOf(t) == d {
				same = append(same, t)
			}
		}
		switch len(same) {
		case 0:
		case 1:
			any = append(any, compare{newProbe(f, same[0])})
		default:
			any = append(any, compare{newProbe(f, likes(same))})
		}
	}
	for _, t := range tests {
		if r, ok := t.(reference); ok {
			any = append(any, refer{f, r})
		}
	}
	if len(any) == 1 {
		return any[0]
	}
	return any
}

// likes makes the short way of asking for several patterns, where it can.
func likes(tests anyOf) test {
	var all anyLike
	for _, t := range tests {
		l, ok := t.(like)
		if !ok || l.cased {
			return tests
		}
		if !slices.ContainsFunc(all, func(other like) bool { return slices.Equal(other.pieces, l.pieces) }) {
			all = append(all, l)
		}
	}
	return all
}

// newEquals makes the short way of comparing a hot field with texts, where it can.
func newEquals(f *field, tests []test) (equals, bool) {
	if f.hot == nil {
		return equals{}, false
	}
	e := equals{field: f}
	for _, t := range tests {
		text, ok := t.(equal)
		if !ok || text.cased || text.text == "" {
			return equals{}, false
		}
		e.texts = append(e.texts, text.text)
	}
	same := make(anyOf, len(tests))
	copy(same, tests)
	e.slow = compare{newProbe(f, same)}
	return e, len(tests) > 0
}

// ofChina reports whether a test asks for a service by its name in China.
func ofChina(t test) bool {
	e, ok := t.(equal)
	return ok && strings.HasSuffix(e.text, ".cn")
}

// keywords compiles words that are looked for in every leaf of the event.
func (c *compiler) keywords(nodes []*yaml.Node, m modifiers) (expr, error) {
	if m.exists || m.fieldref || m.neq || m.op != "" || m.unit != "" {
		return nil, fmt.Errorf("keywords: a modifier that wants a field")
	}
	if len(nodes) == 0 {
		return never{}, nil
	}
	if !m.re && !m.cidr {
		m.lead, m.trail = true, true
	}
	var every and
	var any or
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode {
			return nil, lineError{n.Line, fmt.Errorf("keywords: a map or list among them")}
		}
		v, err := newScalar(n)
		if err == nil && v.kind == "null" {
			err = lineError{n.Line, fmt.Errorf("keywords: null among them")}
		}
		if err != nil {
			return nil, err
		}
		tests, err := c.tests(m, v)
		if err != nil {
			return nil, lineError{n.Line, err}
		}
		word := newKeyword(tests)
		every, any = append(every, word), append(any, word)
	}
	if m.all {
		return every, nil
	}
	return any, nil
}

func newKeyword(tests []test) expr {
	if len(tests) > 1 {
		return keyword{test: anyOf(tests)}
	}
	k := keyword{test: tests[0]}
	if l, ok := tests[0].(like); ok {
		for _, p := range l.pieces {
			if p.plain && ascii(p.text) && len(p.text) > len(k.needle) {
				k.needle = fold(p.text)
			}
		}
	}
	return k
}
