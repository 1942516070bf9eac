package detect

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// maxPolicyNames is how many principals PolicyWords tells.
const maxPolicyNames = 5

// PolicyWords says in a few words what a policy document allows that is worth telling: everything, and to
// whom, accounts that are not own marked as such. "": it allows nothing of that kind, or is none.
func PolicyWords(doc parser.Value, own string) string {
	p := parsePolicy(doc, len(doc.Raw()) > 0)
	var out, names []string
	switch {
	case p.allowsAll():
		out = append(out, "allows everything")
	case p.allowsEverything():
		out = append(out, "allows everything but what it leaves out")
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" {
			continue
		}
		if len(s.NotPrincipal) > 0 {
			s.Principal = append(s.Principal, "*")
		}
		for _, name := range s.Principal {
			switch account := accountOf(name); {
			case name == "*" && conditional(s.Condition):
				name = "everybody, on conditions"
			case name == "*":
				name = "everybody"
			case account != "" && own != "" && account != own:
				name += " (another account)"
			}
			if len(names) <= maxPolicyNames && !slices.Contains(names, name) { // one more than are named shows that there are more
				names = append(names, name)
			}
		}
	}
	if len(names) > maxPolicyNames {
		names = append(names[:maxPolicyNames], "…")
	}
	if len(names) > 0 {
		out = append(out, "to "+strings.Join(names, ", "))
	}
	return strings.Join(out, "; ")
}
