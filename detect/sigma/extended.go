package sigma

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
)

// maxChains bounds the ways in which an extended condition may come true.
const maxChains = 256

// namesIn returns the rules that a condition names, in the order of the text.
func namesIn(t *tree, names []string) []string {
	if t.op == "name" && !slices.Contains(names, t.name) {
		names = append(names, t.name)
	}
	for _, part := range t.parts {
		names = namesIn(part, names)
	}
	return names
}

// extended compiles a condition over rules: into the rows of rules of which each makes it
// true. With temporal_ordered the rules of "a and b" have to hit in that order.
func (c *correlation) extended(n *yaml.Node, t *tree) error {
	named := namesIn(t, nil)
	for _, name := range c.names {
		if !slices.Contains(named, name) {
			return lineError{n.Line, fmt.Errorf("condition: rule %.60q is not in it", name)}
		}
	}
	chains, err := c.chains(t, false)
	if err != nil {
		return lineError{n.Line, err}
	}
	for _, chain := range chains {
		if len(chain.Want) == 0 {
			return lineError{n.Line, errors.New("condition: it would hold where no rule hits at all")}
		}
	}
	c.measure.Chains = chains
	return nil
}

// chains brings a condition into rows, negated or not.
func (c *correlation) chains(t *tree, negated bool) ([]detect.Chain, error) {
	switch t.op {
	case "name":
		i := slices.Index(c.names, t.name)
		if i < 0 {
			return nil, conditionError{t.at, fmt.Sprintf("%.60q is none of the correlation's rules", t.name)}
		}
		if negated {
			return []detect.Chain{{Not: []int{i}}}, nil
		}
		return []detect.Chain{{Want: []int{i}}}, nil
	case "not":
		return c.chains(t.parts[0], !negated)
	case "and", "or":
	default:
		return nil, conditionError{t.at, "quantifiers are for searches, not for rules"}
	}
	var all []detect.Chain
	for i, part := range t.parts {
		some, err := c.chains(part, negated)
		if err != nil {
			return nil, err
		}
		if i == 0 || (t.op == "or") != negated {
			all = append(all, some...)
		} else {
			all = product(all, some)
		}
		if len(all) > maxChains {
			return nil, conditionError{t.at, fmt.Sprintf("more than %d ways to come true", maxChains)}
		}
	}
	return all, nil
}

func product(a, b []detect.Chain) (all []detect.Chain) {
	for _, x := range a {
		for _, y := range b {
			all = append(all, detect.Chain{Want: slices.Concat(x.Want, y.Want), Not: slices.Concat(x.Not, y.Not)})
		}
	}
	return all
}
