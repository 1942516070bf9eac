package sigma

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// modifiers is what stands behind a field's name: how its values are compared.
type modifiers struct {
	lead, trail bool // a star before, behind the value
	all         bool // every value has to fit, not any
	cased, neq  bool
	exists      bool
	re          bool
	flags       string // of the regular expression
	op          string // lt, lte, gt, gte
	cidr        bool
	fieldref    bool
	expand      bool
	windash     bool
	unit        string // minute … year
	encodings   []string
	bounded     string // startswith or endswith, for messages
}

var regexFlags = map[string]string{"i": "i", "m": "m", "s": "s", "ignorecase": "i", "multiline": "m", "dotall": "s"}

// parseModifiers reads those of a key such as "field|contains|all".
func parseModifiers(names []string) (m modifiers, err error) {
	for _, name := range names {
		if err := m.add(name); err != nil {
			return m, err
		}
	}
	return m, m.check(names)
}

func (m *modifiers) add(name string) error {
	switch name {
	case "contains":
		m.lead, m.trail = true, true
	case "startswith":
		m.trail, m.bounded = true, name
	case "endswith":
		m.lead, m.bounded = true, name
	case "all":
		m.all = true
	case "cased":
		m.cased = true
	case "neq":
		m.neq = true
	case "exists":
		m.exists = true
	case "re":
		m.re = true
	case "lt", "lte", "gt", "gte":
		if m.op != "" {
			return fmt.Errorf("modifier %s: behind %s", name, m.op)
		}
		m.op = name
	case "cidr":
		m.cidr = true
	case "fieldref":
		m.fieldref = true
	case "expand":
		m.expand = true
	case "windash":
		m.windash = true
	case "minute", "hour", "day", "week", "month", "year":
		if m.unit != "" {
			return fmt.Errorf("modifier %s: behind %s", name, m.unit)
		}
		m.unit = name
	case "base64", "base64offset", "utf16", "utf16le", "utf16be", "wide":
		if n := len(m.encodings); n > 0 && strings.HasPrefix(m.encodings[n-1], "base64") {
			return fmt.Errorf("modifier %s: behind %s", name, m.encodings[n-1])
		}
		m.encodings = append(m.encodings, name)
	default:
		flag, ok := regexFlags[name]
		if !ok {
			return fmt.Errorf("modifier %q: unknown", name)
		}
		if !m.re {
			return fmt.Errorf("modifier %s: only behind re", name)
		}
		m.flags += flag
	}
	return nil
}

// check refuses modifiers that say nothing together.
func (m *modifiers) check(names []string) error {
	var ways []string // of comparing; one at most
	for way, is := range map[string]bool{
		"re": m.re, "cidr": m.cidr, "fieldref": m.fieldref, "exists": m.exists, "windash": m.windash,
		"a comparison of numbers": m.op != "" && m.unit == "", "a part of a date": m.unit != "", "an encoding": len(m.encodings) > 0,
	} {
		if is {
			ways = append(ways, way)
		}
	}
	slices.Sort(ways)
	affixes := m.lead || m.trail
	switch {
	case len(ways) > 1 && !slices.Equal(ways, []string{"an encoding", "windash"}):
		return fmt.Errorf("modifiers %s: %s do not go together", strings.Join(names, "|"), strings.Join(ways, " and "))
	case affixes && (m.cidr || m.exists || m.op != "" || m.unit != ""):
		return fmt.Errorf("modifiers %s: no text is compared", strings.Join(names, "|"))
	case m.re && m.bounded != "":
		return fmt.Errorf("modifiers %s: a regular expression says itself where it begins and ends", strings.Join(names, "|"))
	case m.cased && (m.re || m.cidr || m.exists || m.op != "" || m.unit != ""):
		return fmt.Errorf("modifiers %s: cased says nothing here", strings.Join(names, "|"))
	case m.exists && len(names) > 1:
		return fmt.Errorf("modifiers %s: exists stands alone", strings.Join(names, "|"))
	}
	return nil
}

// scalar is a value of the rule as YAML has it.
type scalar struct {
	kind string // str, int, float, bool, null
	text string
	line int
}

func newScalar(n *yaml.Node) (scalar, error) {
	s := scalar{text: n.Value, line: n.Line}
	switch n.ShortTag() {
	case "!!str", "!!timestamp", "!!binary":
		s.kind = "str"
	case "!!int":
		s.kind = "int"
		// 0x1F and 1_000 are numbers to YAML, written in other ways than JSON's. Digits are left as
		// they are, with zeros before them: that is an account's ID, whatever YAML thinks.
		if strings.Trim(strings.TrimPrefix(n.Value, "-"), "0123456789") != "" {
			var i int64
			if n.Decode(&i) != nil {
				return s, lineError{n.Line, fmt.Errorf("number %s: out of range", n.Value)}
			}
			s.text = fmt.Sprint(i)
		}
	case "!!float":
		s.kind = "float"
		if _, ok := float(n.Value); !ok {
			return s, lineError{n.Line, fmt.Errorf("number %s: not one of JSON", n.Value)}
		}
	case "!!bool":
		s.kind = "bool"
		s.text = strings.ToLower(n.Value)
	case "!!null":
		s.kind = "null"
	default:
		return s, lineError{n.Line, fmt.Errorf("value %.40q: its type %s is unknown", n.Value, n.ShortTag())}
	}
	return s, nil
}
