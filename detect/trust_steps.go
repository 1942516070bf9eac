package detect

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var foreignTrustSteps = steps{
	{"iam.amazonaws.com:CreateRole", "trust", trustStep},
	{"iam.amazonaws.com:UpdateAssumeRolePolicy", "trust", trustStep},
	{"sts.amazonaws.com:AssumeRole", "assumed", func(f *facts) bool {
		id := &f.r.Identity
		f.add(factAbout, baseName(f.param("roleArn")))
		f.add(factWhere, id.AccountID)
		return id.AccountID != "" && id.AccountID != f.r.Account && accountOf(f.param("roleArn")) == f.r.Account
	}},
}

// trustStep notes whom beside its own account a role's trust policy lets in.
func trustStep(f *facts) bool {
	p := parsePolicy(f.r.Get("requestParameters.assumeRolePolicyDocument"))
	if len(p.Statement) == 0 {
		p = parsePolicy(f.r.Get("requestParameters.policyDocument"))
	}
	f.add(factAbout, f.param("roleName"))
	var in []string
	if p.public() {
		in = append(in, "*")
	}
	in = append(in, p.foreigners(f.r.Account)...)
	f.add(factWhere, strings.Join(in, " "))
	f.add(factExternal, strings.Join(slices.DeleteFunc(in, func(account string) bool { return !p.wantsExternalID(account) }), " "))
	return len(in) > 0
}

// factExternal are those of factWhere who must name an external ID, as vendors have their customers ask for.
const factExternal = "external"

// wantsExternalID reports whether no statement lets the account in without an external ID.
func (p policy) wantsExternalID(account string) bool {
	named := func(s statement) bool {
		return s.Effect == "Allow" && slices.ContainsFunc(s.Principal, func(name string) bool { return name == "*" || accountOf(name) == account })
	}
	return account != "*" && !slices.ContainsFunc(p.Statement, func(s statement) bool {
		return named(s) && !strings.Contains(string(s.Condition), `"sts:ExternalId"`)
	})
}

// trustRecord takes roles of stacks too, whose calls CloudFormation makes.
func trustRecord(r *parser.Record) (Evidence, bool) {
	if Operational(r) && strings.HasSuffix(r.Identity.InvokedBy, "cloudformation.amazonaws.com") && r.ErrorCode == "" && r.ErrorMessage == "" {
		return foreignTrustSteps.any(r)
	}
	return foreignTrustSteps.record(r)
}
