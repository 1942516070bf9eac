package detect

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// policy is an IAM policy document, as far as the detectors look into it.
type policy struct{ Statement oneOrMany[statement] }

type statement struct {
	Effect    string
	Principal principals
	// NotPrincipal is who alone is left out: all others are meant.
	NotPrincipal json.RawMessage
	Action       oneOrMany[string]
	NotAction    oneOrMany[string]
	Resource     oneOrMany[string]
	NotResource  oneOrMany[string]
	Condition    json.RawMessage
}

// conditional reports whether a statement with that Condition holds on conditions only: an empty one is none.
func conditional(c json.RawMessage) bool {
	var of map[string]json.RawMessage
	return len(c) > 0 && (json.Unmarshal(c, &of) != nil || len(of) > 0)
}

// everything reports whether one of the patterns fits every action or resource, in whatever spelling: *, **, *:*, arn:*.
func everything(patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return strings.Contains(p, "*") && strings.Trim(strings.TrimPrefix(p, "arn:"), "*:") == ""
	})
}

// oneOrMany is IAM's habit of writing a list of one as the thing itself.
type oneOrMany[T any] []T

// UnmarshalJSON reads a list or a single element.
func (l *oneOrMany[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = []T{one}
	return nil
}

// principals holds the AWS principals of a statement: ARNs, accounts or "*".
type principals []string

// UnmarshalJSON reads "*" or an object; other kinds of principal are dropped.
func (p *principals) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return (*oneOrMany[string])(p).UnmarshalJSON(b)
	}
	var object struct{ AWS oneOrMany[string] }
	err := json.Unmarshal(b, &object)
	*p = principals(object.AWS)
	return err
}

// parsePolicy reads a policy that a record holds as an object or, as most calls
// have it, as JSON in a string, percent-encoded or not.
func parsePolicy(v parser.Value, ok bool) (p policy) {
	doc := text(v, ok)
	if strings.HasPrefix(doc, "%") {
		if plain, err := url.QueryUnescape(doc); err == nil {
			doc = plain
		}
	}
	if json.Unmarshal([]byte(doc), &p) != nil {
		return policy{}
	}
	return p
}

// allowsEverything reports whether a statement allows every action on every resource, or all but some that
// do not keep whoever has it from taking the rest.
func (p policy) allowsEverything() bool {
	return p.allowsAll() || slices.ContainsFunc(p.Statement, func(s statement) bool {
		return s.Effect == "Allow" && (everything(s.Action) || allBut(s.NotAction)) && (everything(s.Resource) || onAllBut(s.NotResource))
	})
}

// allowsAll reports whether a statement leaves nothing out.
func (p policy) allowsAll() bool {
	return slices.ContainsFunc(p.Statement, func(s statement) bool {
		return s.Effect == "Allow" && everything(s.Action) && everything(s.Resource)
	})
}

// allBut reports whether what a statement leaves out leaves the actions in by which all others can be had.
func allBut(leftOut []string) bool {
	return len(leftOut) > 0 && !slices.ContainsFunc(leftOut, func(pattern string) bool {
		return slices.ContainsFunc(givesMore, func(action string) bool { return MatchWildcards(pattern, action) })
	})
}

// onAllBut reports whether what a statement leaves out leaves users and roles in, to which rights are given: it is of other
// services by its ARN, in which no wildcard stands before the service's name or for it.
func onAllBut(leftOut []string) bool {
	return len(leftOut) > 0 && !slices.ContainsFunc(leftOut, func(pattern string) bool {
		arn := strings.SplitN(pattern, ":", 4)
		return len(arn) < 4 || strings.ContainsAny(arn[0]+arn[1]+arn[2], "*?") || arn[2] == "iam"
	})
}

// givesMore are actions by which a user or a role is given all rights.
var givesMore = []string{"iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:PutRolePolicy", "iam:CreatePolicyVersion"}

// public reports whether a statement allows everybody something unconditionally.
func (p policy) public() bool {
	return slices.ContainsFunc(p.Statement, func(s statement) bool {
		return s.Effect == "Allow" && (slices.Contains(s.Principal, "*") || len(s.NotPrincipal) > 0) && !conditional(s.Condition)
	})
}

// foreign returns the first account beside own that a statement allows something.
func (p policy) foreign(own string) string {
	for _, s := range p.Statement {
		if s.Effect != "Allow" {
			continue
		}
		for _, name := range s.Principal {
			if a := accountOf(name); a != "" && a != own {
				return a
			}
		}
	}
	return ""
}

// foreigners returns all accounts beside own that statements allow something, in their order.
func (p policy) foreigners(own string) (all []string) {
	seen := map[string]bool{own: true, "": true}
	for _, s := range p.Statement {
		for _, name := range s.Principal {
			if a := accountOf(name); s.Effect == "Allow" && !seen[a] {
				seen[a] = true
				all = append(all, a)
			}
		}
	}
	return all
}

// accountOf returns the account in an ARN, or the account that name itself is.
func accountOf(name string) string {
	if strings.HasPrefix(name, "arn:") {
		parts := strings.SplitN(name, ":", 6)
		if len(parts) < 6 {
			return ""
		}
		name = parts[4]
	}
	if len(name) != 12 || strings.Trim(name, "0123456789") != "" {
		return ""
	}
	return name
}
