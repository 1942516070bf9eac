package sigma

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A named is a search under its identifier, in the order of the file.
type named struct {
	name string
	expr expr
}

// lineError is an error with the line it is at, counted from the document's first.
type lineError struct {
	line int
	err  error
}

func (e lineError) Error() string { return e.err.Error() }
func (e lineError) Unwrap() error { return e.err }

// lineOf returns the innermost line that an error knows, or else that given.
func lineOf(err error, line int) int {
	for err != nil {
		var at lineError
		if !errors.As(err, &at) {
			break
		}
		line, err = at.line, at.err
	}
	return line
}

// detection compiles a rule's detection: its searches and its condition, of which a
// list means any.
func (c *compiler) detection(n *yaml.Node) (expr, error) {
	if n == nil {
		return nil, errors.New("detection: missing")
	}
	if n.Kind != yaml.MappingNode {
		return nil, lineError{n.Line, errors.New("detection: not a map")}
	}
	var searches []named
	var condition *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch key.Value {
		case "condition":
			condition = value
			continue
		case "timeframe":
			return nil, lineError{key.Line, errors.New("timeframe: no longer part of Sigma: write a correlation")}
		}
		e, err := c.search(value)
		if err != nil {
			return nil, lineError{lineOf(err, key.Line), fmt.Errorf("search %.60s: %w", key.Value, err)}
		}
		searches = append(searches, named{key.Value, e})
	}
	if condition == nil {
		return nil, lineError{n.Line, errors.New("condition: missing")}
	}
	return compileConditions(condition, searches)
}

func compileConditions(n *yaml.Node, searches []named) (expr, error) {
	conditions := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		conditions = n.Content
	}
	var any or
	for _, one := range conditions {
		if one.Kind != yaml.ScalarNode || one.ShortTag() != "!!str" {
			return nil, lineError{one.Line, errors.New("condition: text is wanted")}
		}
		t, err := parseCondition(one.Value)
		if err == nil {
			var e expr
			e, err = bind(t, searches)
			any = append(any, e)
		}
		if err != nil {
			return nil, lineError{one.Line, err}
		}
	}
	switch len(any) {
	case 0:
		return nil, lineError{n.Line, errors.New("condition: an empty list")}
	case 1:
		return any[0], nil
	}
	return any, nil
}

// bind puts searches in the place of their names.
func bind(t *tree, searches []named) (expr, error) {
	switch t.op {
	case "name":
		i := slices.IndexFunc(searches, func(s named) bool { return s.name == t.name })
		if i < 0 {
			return nil, conditionError{t.at, fmt.Sprintf("no search %.60q", t.name)}
		}
		return searches[i].expr, nil
	case "one", "every":
		chosen := choose(t.name, searches)
		if len(chosen) == 0 {
			return nil, conditionError{t.at, fmt.Sprintf("no search fits %.60q", t.name)}
		}
		if t.op == "one" {
			return or(chosen), nil
		}
		return and(chosen), nil
	}
	var parts []expr
	for _, part := range t.parts {
		e, err := bind(part, searches)
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	switch t.op {
	case "and":
		return and(parts), nil
	case "or":
		return or(parts), nil
	}
	return not{parts[0]}, nil
}

// choose returns the searches that a quantifier means. Those whose names begin with _
// are meant only by a pattern that does, too.
func choose(pattern string, searches []named) (chosen []expr) {
	for _, s := range searches {
		hidden := strings.HasPrefix(s.name, "_") && !strings.HasPrefix(pattern, "_")
		if !hidden && (strings.EqualFold(pattern, "them") || globbed(pattern, s.name)) {
			chosen = append(chosen, s.expr)
		}
	}
	return chosen
}

// globbed reports whether a name fits a pattern in which only * is special.
func globbed(pattern, name string) bool {
	pattern = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `?`, `\?`).Replace(pattern)
	ok, err := path.Match(pattern, strings.ReplaceAll(name, "/", "_"))
	return ok && err == nil
}
