package detect

import (
	"fmt"
	"slices"
	"strings"
)

var _ = register(&Detector{
	ID:    "foreign-trust-used",
	Title: "Role opened to a foreign account, and assumed from there",
	Doc: `A role's trust policy let an account in that is not known to be one's own, and that account assumed the role within a
month. That the trust was given the rules say by themselves; that it is used makes a back door of it. The innocent cause is
a vendor whose product was connected: list it with --accounts. Vendors ask for an external ID, and send a stack or code that makes the
role: where both is so it is low, and where either is medium, but high where code alone speaks for it.`,
	Next: `Ask who knows that account. If nobody does: cut the trust, revoke the role's sessions, list what was done in them, and
contain the credential that opened the role.`,
	Severity:   Low,
	Techniques: []string{"T1098.003", "T1199", "T1078.004"},
	Events:     foreignTrustSteps.events(),
	Record:     trustRecord,
	Judge: func(c *Context) Stream {
		return course{
			id: "foreign-trust-used", span: c.Duration("span"),
			opens: func(h *hit) bool { return h.step("trust") },
			judge: func(_ string, hits []hit) []verdict { return trustedAndAssumed(c, hits) },
		}.stream()
	},
	Needs:      []Need{NeedsAccounts},
	Thresholds: []Threshold{{"span", 30, "days", "a back door is made to be used later; Stratus Red Team's iam-backdoor-role waits for nobody"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateRole", in: `{"roleName":"sup","assumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}}"}`},
			foreignCall("04:00:00", "999988887777", "sup")),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"sup","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}`},
			foreignCall("2026-01-05 04:00:00", "999988887777", "sup")),
	},
	Misses: [][]string{
		story( // nobody came
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateRole", in: `{"roleName":"sup","assumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"sts:AssumeRole\"}}"}`}),
		story( // another account, of which an older trust knows
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateRole", in: `{"roleName":"sup","assumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"sts:AssumeRole\"}}"}`},
			foreignCall("04:00:00", "444455556666", "sup")),
	},
})

// foreignCall is an AssumeRole from another account as the role's account records it.
func foreignCall(at, account, role string) example {
	return example{at: at, key: "AKIA9", ip: "198.51.100.7", call: "sts:AssumeRole",
		in:  `{"roleArn":"arn:aws:iam::111122223333:role/` + role + `","roleSessionName":"s"}`,
		who: `{"type":"AWSAccount","accountId":"` + account + `","principalId":"AIDA9"}`}
}

func trustedAndAssumed(c *Context, hits []hit) (all []verdict) {
	for _, trust := range stepsOf(hits, "trust") {
		uses := map[string][]hit{}
		var order []string
		let := strings.Fields(trust.e.Get(factWhere))
		for _, u := range notBefore(stepsOf(hits, "assumed"), trust.ref.Time) {
			from := u.e.Get(factWhere)
			if let[0] != "*" && !slices.Contains(let, from) || !c.foreign(from, trust.ref.Account) {
				continue
			}
			if uses[from] == nil {
				order = append(order, from)
			}
			uses[from] = append(uses[from], u)
		}
		for _, from := range order {
			all = append(all, verdict{trustedAs(&trust, from), "", fmt.Sprintf("%s let account %s assume the role %s, which it did %s later",
				trust.ref.Action(), c.named(from), trust.e.Get(factAbout), roughly(uses[from][0].ref.Time.Sub(trust.ref.Time))), append([]hit{trust}, uses[from]...)})
		}
	}
	return all
}

// trustedAs says how grave it is that an account came whom that trust let in.
func trustedAs(trust *hit, from string) Severity {
	external := slices.Contains(strings.Fields(trust.e.Get(factExternal)), from)
	switch {
	case external && byCode(trust.ref.UserAgent):
		return Low
	case external || trust.ref.Operational():
		return Medium
	}
	return High
}
