package sigma

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
)

// filter is a document that narrows rules.
type filter struct {
	any  bool     // every rule
	refs []string // or those
	expr expr     // what an event has to be to stay a hit
}

// parseFilter reads a filter. Its condition is read in both ways that are in use: as the
// specification's example has it, it says what goes ("selection"); as pySigma has it, it
// says what stays ("not selection"). One that mixes both is refused.
func (l *loader) parseFilter(r *Rule) error {
	if r.Title == "" {
		return errors.New("title: missing")
	}
	if err := source(r); err != nil {
		return err
	}
	n := get(r.root, "filter")
	if n.Kind != yaml.MappingNode {
		return lineError{n.Line, errors.New("filter: not a map")}
	}
	f := &filter{}
	rules := get(n, "rules")
	switch {
	case rules == nil:
		return lineError{n.Line, errors.New("filter: rules: missing; any stands for all")}
	case rules.Kind == yaml.ScalarNode && (strings.EqualFold(rules.Value, "any") || strings.EqualFold(rules.Value, "all")):
		f.any = true
	default:
		if f.refs = listOf(n, "rules"); len(f.refs) == 0 {
			f.any = true
		}
	}
	condition := get(n, "condition")
	if condition == nil || condition.Kind != yaml.ScalarNode {
		return lineError{n.Line, errors.New("filter: condition: text is wanted")}
	}
	t, err := parseCondition(condition.Value)
	if err != nil {
		return lineError{condition.Line, err}
	}
	positive, negative := signs(t, false)
	if positive && negative {
		return lineError{condition.Line, errors.New("filter: condition: searches with not and without: it does not say whether it tells what goes or what stays")}
	}
	e, err := l.compiler.detection(without(n, "rules"))
	if err != nil {
		return err
	}
	if positive {
		r.note("the filter's condition is taken for what is no hit")
		e = not{e}
	}
	f.expr, r.filter = e, f
	return nil
}

// signs reports which searches a condition has: asked for, asked not to be.
func signs(t *tree, negated bool) (positive, negative bool) {
	switch t.op {
	case "name", "one", "every":
		return !negated, negated
	case "not":
		return signs(t.parts[0], !negated)
	}
	for _, part := range t.parts {
		p, n := signs(part, negated)
		positive, negative = positive || p, negative || n
	}
	return positive, negative
}

// applyFilter narrows the rules that the filter means.
func (l *loader) applyFilter(f *Rule) {
	var names []string
	for _, name := range f.filter.refs {
		ref, err := l.refer(f, name)
		if err != nil || ref.Kind != KindRule {
			f.note("rule %q, which it is to filter, was not loaded or is a correlation", name)
			continue
		}
		names = append(names, ref.key)
		l.narrow(ref, f)
	}
	if !f.filter.any {
		if len(names) == 0 {
			f.note("it filters no rule that was loaded")
		}
		return
	}
	for _, r := range l.rules {
		if r.Kind == KindRule {
			l.narrow(r, f)
		}
	}
}

func (l *loader) narrow(r, f *Rule) {
	r.expr = and{r.expr, f.filter.expr}
	r.filters = append(r.filters, f)
	r.note("filtered by %q", f.Title)
}
