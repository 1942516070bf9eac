package sigma

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Check returns what is odd about a loaded rule, though it can be run: fields that
// CloudTrail does not have, comparisons that never hold, what a rule should have and has not. Of a rule of a Collection
// that forgot it tells nothing.
func Check(r *Rule) []string {
	c := checker{r: r}
	if r.root == nil || r.Kind == KindGlobal {
		return nil
	}
	if r.ID == "" {
		c.note("id: missing")
	}
	if r.Kind != KindFilter && r.Description == "" {
		c.note("description: missing")
	}
	for _, part := range []string{"detection", "filter"} {
		n := get(r.root, part)
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			if name := n.Content[i].Value; name != "condition" && name != "rules" {
				c.search(n.Content[i+1])
			}
		}
	}
	c.correlation()
	if r.expr != nil {
		if keys, known := keysOf(r.expr); known && len(keys) == 0 {
			c.note("no event can fit: what it asks of eventName and eventSource contradicts itself")
		} else {
			c.contradictions(r.expr)
		}
	}
	return c.notes
}

type checker struct {
	r     *Rule
	notes []string
}

func (c *checker) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.notes, text) {
		c.notes = append(c.notes, text)
	}
}

// search looks at one search's fields.
func (c *checker) search(n *yaml.Node) {
	if n.Kind == yaml.SequenceNode {
		for _, element := range n.Content {
			c.search(element)
		}
		return
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		names := strings.Split(n.Content[i].Value, "|")
		if names[0] != "" {
			c.comparison(n.Content[i].Line, names[0], names[1:], n.Content[i+1])
		}
	}
}

func (c *checker) comparison(line int, field string, modifiers []string, values *yaml.Node) {
	c.field(line, field)
	list := []*yaml.Node{values}
	if values.Kind == yaml.SequenceNode {
		list = values.Content
	}
	if len(list) == 0 {
		c.note("line %d: %s: an empty list, which nothing is in", line, field)
	}
	for _, m := range modifiers {
		switch m {
		case "lt", "lte", "gt", "gte":
			if wordFields[field] && !slices.ContainsFunc(modifiers, isUnit) {
				c.note("line %d: %s is no number, so that %s never holds", line, field, m)
			}
		case "fieldref":
			for _, v := range list {
				c.field(v.Line, v.Value)
			}
		case "cidr":
			if field != "sourceIPAddress" && unknownMember(field) == "" && wordFields[field] {
				c.note("line %d: %s is no address, so that cidr never holds", line, field)
			}
		}
	}
	if len(modifiers) == 0 {
		for _, v := range list {
			c.value(field, v)
		}
	}
}

func isUnit(m string) bool {
	return slices.Contains([]string{"minute", "hour", "day", "week", "month", "year"}, m)
}

func (c *checker) field(line int, field string) {
	if part := unknownMember(field); part != "" {
		c.note("line %d: %s: CloudTrail's records have no %s", line, field, part)
	}
}

// value looks at an equality.
func (c *checker) value(field string, v *yaml.Node) {
	if v.ShortTag() == "!!null" || strings.ContainsAny(v.Value, `*?\`) {
		return
	}
	text := strings.ToLower(v.Value)
	switch field {
	case "errorCode":
		if text == "success" || text == "none" {
			c.note("line %d: errorCode: a call that succeeds has none, so that %s never holds", v.Line, v.Value)
		}
	case "eventSource":
		if !strings.HasSuffix(text, ".amazonaws.com") && !strings.HasSuffix(text, ".amazonaws.com.cn") && !strings.HasSuffix(text, ".amazon.com") && !strings.HasSuffix(text, ".aws.internal") {
			c.note("line %d: eventSource: %s is no service's name, which would end with .amazonaws.com", v.Line, v.Value)
		}
	case "eventName":
		if strings.ContainsAny(text, ": /") {
			c.note("line %d: eventName: %s is no name of a call", v.Line, v.Value)
		}
	}
	if known := knownTexts[field]; known != nil && !slices.Contains(known, text) {
		c.note("line %d: %s: %s is none of its values", v.Line, field, v.Value)
	}
}

// correlation looks at the fields that a correlation takes.
func (c *checker) correlation() {
	n := get(c.r.root, "correlation")
	if n == nil || c.r.correlation == nil {
		return
	}
	aliases := get(n, "aliases")
	for _, field := range slices.Concat(listOf(n, "group-by"), listOf(get(n, "condition"), "field")) {
		if get(aliases, field) == nil {
			c.field(n.Line, field)
		}
	}
	for i := 0; aliases != nil && i+1 < len(aliases.Content); i += 2 {
		for j := 1; j < len(aliases.Content[i+1].Content); j += 2 {
			field := aliases.Content[i+1].Content[j]
			c.field(field.Line, field.Value)
		}
	}
	if len(c.r.correlation.groupBy) == 0 {
		c.note("correlation: no group-by: events of all principals and accounts count together")
	}
}

// contradictions finds fields that would have to have two values at once.
func (c *checker) contradictions(e expr) {
	switch e := e.(type) {
	case or:
		for _, part := range e {
			c.contradictions(part)
		}
	case and:
		wanted := map[string][]string{}
		for _, one := range flatten(e) {
			eq, ok := one.(equals)
			if !ok {
				c.contradictions(one)
				continue
			}
			before, twice := wanted[eq.name]
			if twice && eq.also == nil && !slices.ContainsFunc(eq.texts, func(t string) bool { return slices.Contains(before, t) }) {
				c.note("%s would have to be %s and %s at once", eq.name, before[0], eq.texts[0])
			}
			wanted[eq.name] = eq.texts
		}
	}
}

// flatten lists the parts of an and, and those of what is an and itself.
func flatten(e and) (all []expr) {
	for _, part := range e {
		if inner, ok := part.(and); ok {
			all = append(all, flatten(inner)...)
		} else {
			all = append(all, part)
		}
	}
	return all
}
