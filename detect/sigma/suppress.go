package sigma

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A Suppression is an entry of a file of suppressions:
//
//   - rule: role-assumed                  # IDs of detectors; * stands for any text; none: all of them
//     principal: arn:aws:iam::111122223333:role/scanner*
//     ip: [192.0.2.0/24, 2001:db8::1]
//     event: {userAgent|startswith: acme} # a Sigma selection, or a whole detection
//     reason: the quarterly scan, ticket 4711
//     expires: 2027-03-31                 # the last day
//
// All that an entry says must hold. It needs a reason, an expiry, and at least one other member.
type Suppression struct {
	detect.Suppression
	Line    int
	Rules   []string
	Reason  string
	Expires time.Time // the end of its last day, UTC
}

// maxSuppressionErrors bounds what is said of a list: who has more of them has given another file.
const maxSuppressionErrors = 20

// LoadSuppressions reads a file of suppressions, all or nothing: what is misspelt would
// suppress something else. The error names each line that is wrong, the first twenty
// of them.
func LoadSuppressions(f File) ([]Suppression, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(f.Data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("empty")
	}
	list := doc.Content[0]
	if n := get(list, "suppressions"); n != nil && len(list.Content) == 2 {
		list = n
	}
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		return nil, fmt.Errorf("line %d: not a list of suppressions", list.Line)
	}
	var all []Suppression
	var errs []error
	for _, n := range list.Content {
		s, err := suppression(n)
		if err != nil && len(errs) == maxSuppressionErrors {
			errs = append(errs, fmt.Errorf("line %d and what follows it: not looked at, after so many errors", n.Line))
			break
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n.Line, err))
			continue
		}
		s.Label = fmt.Sprintf("%s, line %d", f.Name, n.Line)
		all = append(all, *s)
	}
	return all, errors.Join(errs...)
}

func suppression(n *yaml.Node) (*Suppression, error) {
	if n.Kind != yaml.MappingNode {
		return nil, errors.New("not a mapping")
	}
	s := &Suppression{Line: n.Line}
	var matches []func(*parser.Record) bool
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i].Value, n.Content[i+1]
		if seen[name] {
			return nil, fmt.Errorf("%s: there twice", name)
		}
		seen[name] = true
		match, err := s.member(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if match != nil {
			matches = append(matches, match)
		}
	}
	switch {
	case s.Reason == "":
		return nil, errors.New("reason: missing")
	case s.Expires.IsZero():
		return nil, errors.New("expires: missing")
	case len(seen) == 2:
		return nil, errors.New("it says neither rule nor principal, ip or event: it would suppress everything")
	}
	if len(s.Rules) > 0 {
		s.Rule = func(id string) bool {
			return slices.ContainsFunc(s.Rules, func(p string) bool { ok, _ := path.Match(p, id); return ok })
		}
	}
	if len(matches) > 0 {
		s.Match = func(r *parser.Record) bool {
			return !slices.ContainsFunc(matches, func(m func(*parser.Record) bool) bool { return !m(r) })
		}
	}
	text, err := yaml.Marshal(n)
	s.Source = string(text)
	return s, err
}

// member reads a member of a suppression; what it asks of events, if it does, is returned.
func (s *Suppression) member(name string, n *yaml.Node) (match func(*parser.Record) bool, err error) {
	if name == "event" {
		return eventMatch(n)
	}
	values, err := valuesOf(n)
	if err != nil {
		return nil, err
	}
	switch name {
	case "rule":
		for _, v := range values {
			if _, err := path.Match(v, ""); err != nil {
				return nil, fmt.Errorf("%s: %w", v, err)
			}
			if strings.Trim(v, "*?") == "" {
				return nil, fmt.Errorf("%q is every rule: leave it out, and say which events by principal, ip or event", v)
			}
			s.Rules = append(s.Rules, strings.ToLower(v))
		}
		return nil, nil
	case "principal":
		if slices.ContainsFunc(values, func(v string) bool { return strings.Trim(v, "*?") == "" }) {
			return nil, errors.New("* is everybody: leave it out, and say which rule, ip or event")
		}
		return func(r *parser.Record) bool { return isOneOf(values, r) }, nil
	case "ip":
		return networks(values)
	}
	if len(values) != 1 || n.Kind != yaml.ScalarNode {
		return nil, errors.New("not one value")
	}
	switch name {
	case "reason":
		s.Reason = strings.Join(strings.Fields(values[0]), " ")
	case "expires":
		day, err := time.Parse(time.DateOnly, values[0])
		if err != nil {
			return nil, fmt.Errorf("%q is not a day such as 2027-03-31", values[0])
		}
		s.Expires = day.AddDate(0, 0, 1)
	default:
		return nil, errors.New("not a member of suppressions, which are rule, principal, ip, event, reason and expires")
	}
	return nil, nil
}

// valuesOf returns a value, or the values of a list; none may be empty.
func valuesOf(n *yaml.Node) (all []string, err error) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	for _, v := range nodes {
		if v.Kind != yaml.ScalarNode || strings.TrimSpace(v.Value) == "" || v.Tag == "!!null" {
			return nil, errors.New("neither a value nor a list of values")
		}
		all = append(all, strings.TrimSpace(v.Value))
	}
	if len(all) == 0 {
		return nil, errors.New("an empty list")
	}
	return all, nil
}

// isOneOf reports whether the caller is one of those: its ARN, its role's, its name or its ID.
func isOneOf(patterns []string, r *parser.Record) bool {
	id := &r.Identity
	first, _, _ := strings.Cut(id.PrincipalID, ":")
	for _, v := range [...]string{id.ARN, id.IssuerARN, id.Principal(), id.UserName, first} {
		if v != "" && slices.ContainsFunc(patterns, func(p string) bool { return detect.MatchWildcards(p, v) }) {
			return true
		}
	}
	return false
}

// networks matches source addresses.
func networks(values []string) (func(*parser.Record) bool, error) {
	var all []within
	for _, v := range values {
		p, err := prefixOf(v)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network", v)
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("%s is every address: leave it out, and say which rule, principal or event", v)
		}
		all = append(all, within{p})
	}
	return func(r *parser.Record) bool {
		return slices.ContainsFunc(all, func(w within) bool { return w.match(value{text, r.SourceIP}) })
	}, nil
}

// eventMatch compiles a selection, or a detection, and asks that.
func eventMatch(n *yaml.Node) (func(*parser.Record) bool, error) {
	n, err := new(cleaner).clean(n, 0)
	if err != nil {
		return nil, err
	}
	if get(n, "condition") == nil {
		name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "selection", Line: n.Line}
		condition := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "condition", Line: n.Line}
		n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Content: []*yaml.Node{name, n, condition, name}}
	}
	e, err := new(compiler).detection(n)
	if err != nil {
		return nil, err
	}
	return ordered(e).eval, nil
}
