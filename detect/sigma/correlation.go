package sigma

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
)

// correlation is a rule's member of that name, as it is written.
type correlation struct {
	kind     string
	refs     []*Rule
	names    []string // by which refs are referred to
	groupBy  []string
	aliases  map[string]map[*Rule]string
	span     time.Duration
	measure  detect.Measure
	fields   []string // that are counted or summed up
	generate bool
	from     *detect.Correlation // once it is compiled
	leaves   []*Rule
	size     int // rules below, counted as often as they are referred to
}

// kinds of correlation, and what each measures.
var measures = map[string]string{
	"event_count":      detect.MeasureCount,
	"value_count":      detect.MeasureDistinct,
	"temporal":         detect.MeasureRules,
	"temporal_ordered": detect.MeasureOrdered,
	"value_sum":        detect.MeasureSum,
	"value_avg":        detect.MeasureAverage,
	"value_percentile": detect.MeasurePercentile,
	"value_median":     detect.MeasurePercentile,
}

// correlationMembers are those that a correlation may have.
var correlationMembers = []string{"type", "rules", "group-by", "timespan", "aliases", "condition", "generate"}

// parseCorrelation reads what does not depend on other documents.
func (l *loader) parseCorrelation(r *Rule) error {
	n := get(r.root, "correlation")
	if n.Kind != yaml.MappingNode {
		return lineError{n.Line, errors.New("correlation: not a map")}
	}
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; !slices.Contains(correlationMembers, k.Value) {
			return lineError{k.Line, fmt.Errorf("correlation: %.60q is unknown", k.Value)}
		}
	}
	c := &correlation{kind: strings.ToLower(scalarOf(n, "type")), groupBy: listOf(n, "group-by"), names: listOf(n, "rules")}
	r.correlation = c
	c.measure.Kind = measures[c.kind]
	if c.measure.Kind == "" {
		return lineError{n.Line, fmt.Errorf("correlation: type %.60q is unknown", c.kind)}
	}
	if g := get(n, "generate"); g != nil {
		if err := g.Decode(&c.generate); err != nil || g.ShortTag() != "!!bool" {
			return lineError{g.Line, errors.New("generate: true or false is wanted")}
		}
	}
	for _, name := range c.groupBy {
		if err := knownField(name); err != nil {
			return lineError{n.Line, fmt.Errorf("group-by: %w", err)}
		}
	}
	var err error
	if c.span, err = timespan(scalarOf(n, "timespan")); err != nil {
		return lineError{n.Line, err}
	}
	return nil
}

// units of a timespan. Months and years are those of the Gregorian calendar's mean.
var units = map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 7 * 86400, 'M': 2629746, 'y': 31556952}

func timespan(s string) (time.Duration, error) {
	if s == "" {
		return 0, errors.New("timespan: missing")
	}
	unit := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	if err != nil || unit == 0 || n == 0 || int64(n) > 100*units['y']/unit {
		return 0, fmt.Errorf("timespan %.40q: not a number with one of s, m, h, d, w, M, y behind it", s)
	}
	return time.Duration(int64(n)*unit) * time.Second, nil
}

// resolve finds the rules that a correlation refers to, and reads what names them.
func (l *loader) resolve(r *Rule) error {
	c, n := r.correlation, get(r.root, "correlation")
	condition := get(n, "condition")
	var extended *tree
	if condition != nil && condition.Kind == yaml.ScalarNode && condition.ShortTag() == "!!str" {
		if c.kind != "temporal" && c.kind != "temporal_ordered" {
			return lineError{condition.Line, fmt.Errorf("condition: text is for temporal and temporal_ordered only, not for %s", c.kind)}
		}
		t, err := parseCondition(condition.Value)
		if err != nil {
			return lineError{condition.Line, err}
		}
		extended = t
		if len(c.names) == 0 {
			c.names = namesIn(t, nil)
		}
	}
	if len(c.names) == 0 {
		return lineError{n.Line, errors.New("rules: missing")}
	}
	if len(c.names) > detect.MaxInputs {
		return lineError{n.Line, fmt.Errorf("rules: %d, more than %d", len(c.names), detect.MaxInputs)}
	}
	for _, name := range c.names {
		ref, err := l.refer(r, name)
		if err != nil {
			return lineError{n.Line, err}
		}
		if slices.Contains(c.refs, ref) {
			return lineError{n.Line, fmt.Errorf("rules: %.60q is there twice", name)}
		}
		c.refs = append(c.refs, ref)
	}
	if err := l.aliases(r, get(n, "aliases")); err != nil {
		return err
	}
	if extended != nil {
		return c.extended(condition, extended)
	}
	return c.bounds(n, condition)
}

// refer finds a rule by its id or name, or else by its title.
func (l *loader) refer(r *Rule, name string) (*Rule, error) {
	var found []*Rule
	for _, other := range l.rules {
		if other.Kind != KindRule && other.Kind != KindCorrelation || other.dead {
			continue
		}
		if other.Name == name || other.ID != "" && strings.EqualFold(other.ID, name) || other.key == name {
			return other, nil
		}
		if other.Title == name {
			found = append(found, other)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("rules: %.60q: no rule of that id, name or title was loaded", name)
	case 1:
		r.note("rule %q is referred to by its title", name)
		return found[0], nil
	}
	return nil, fmt.Errorf("rules: %.60q: %d rules have that title", name, len(found))
}

// aliases reads which field of which rule an alias stands for.
func (l *loader) aliases(r *Rule, n *yaml.Node) error {
	c := r.correlation
	c.aliases = map[string]map[*Rule]string{}
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return lineError{n.Line, errors.New("aliases: not a map")}
	}
	for i := 0; i < len(n.Content); i += 2 {
		alias, fields := n.Content[i].Value, n.Content[i+1]
		if fields.Kind != yaml.MappingNode {
			return lineError{fields.Line, fmt.Errorf("aliases: %.60s: not a map of rules to fields", alias)}
		}
		c.aliases[alias] = map[*Rule]string{}
		for j := 0; j < len(fields.Content); j += 2 {
			key, field := fields.Content[j], fields.Content[j+1]
			ref, err := l.refer(r, key.Value)
			if err == nil && (field.Kind != yaml.ScalarNode || field.Value == "") {
				err = errors.New("no field's name")
			}
			if err == nil {
				err = knownField(field.Value)
			}
			if err != nil {
				return lineError{key.Line, fmt.Errorf("aliases: %.60s: %w", alias, err)}
			}
			c.aliases[alias][ref] = field.Value
		}
	}
	return nil
}

// bounds reads a condition that is a map.
func (c *correlation) bounds(n, condition *yaml.Node) error {
	temporal := c.kind == "temporal" || c.kind == "temporal_ordered"
	if condition == nil {
		if !temporal {
			return lineError{n.Line, errors.New("condition: missing")}
		}
		c.measure.Chains = []detect.Chain{{Want: numbersTo(len(c.refs))}}
		return nil
	}
	if condition.Kind != yaml.MappingNode {
		return lineError{condition.Line, errors.New("condition: not a map")}
	}
	if c.kind == "value_median" {
		c.measure.Percentile = 50
	}
	for i := 0; i < len(condition.Content); i += 2 {
		key, value := condition.Content[i], condition.Content[i+1]
		if err := c.bound(condition, key.Value, value); err != nil {
			return lineError{key.Line, fmt.Errorf("condition: %w", err)}
		}
	}
	values := strings.HasPrefix(c.kind, "value_")
	switch {
	case len(c.measure.Bounds) == 0:
		return lineError{condition.Line, errors.New("condition: none of gt, gte, lt, lte, eq and neq")}
	case values && len(c.fields) == 0:
		return lineError{condition.Line, fmt.Errorf("condition: field: missing, and %s needs one", c.kind)}
	case !values && len(c.fields) > 0:
		return lineError{condition.Line, fmt.Errorf("condition: field: %s has none", c.kind)}
	case len(c.fields) > 1 && c.kind != "value_count":
		return lineError{condition.Line, fmt.Errorf("condition: field: %s takes one", c.kind)}
	case c.kind == "value_percentile" && c.measure.Percentile == 0:
		return lineError{condition.Line, errors.New("condition: percentile: missing")}
	}
	return nil
}

func (c *correlation) bound(condition *yaml.Node, name string, value *yaml.Node) error {
	switch name {
	case "field":
		c.fields = listOf(condition, "field")
		for _, f := range c.fields {
			if err := knownField(f); err != nil {
				return err
			}
		}
		return nil
	case "percentile":
		p, ok := float(value.Value)
		if !ok || p <= 0 || p > 100 || c.kind != "value_percentile" {
			return fmt.Errorf("percentile %.40q: not a number up to 100, or not of value_percentile", value.Value)
		}
		c.measure.Percentile = p
		return nil
	case "gt", "gte", "lt", "lte", "eq", "neq":
		v, ok := float(value.Value)
		if !ok {
			return fmt.Errorf("%s: a number is wanted, not %.40q", name, value.Value)
		}
		if counts := c.measure.Kind != detect.MeasureSum && c.measure.Kind != detect.MeasureAverage && c.measure.Kind != detect.MeasurePercentile; counts && v > detect.MaxNeed {
			return fmt.Errorf("%s: %g is more than %d, which is as far as hits are counted", name, v, detect.MaxNeed)
		}
		c.measure.Bounds = append(c.measure.Bounds, detect.Bound{Op: name, N: v})
		return nil
	}
	return fmt.Errorf("%.60q is unknown", name)
}

func numbersTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}
