package detect

import "fmt"

var changedRoleSteps = steps{
	{"iam.amazonaws.com:UpdateAssumeRolePolicy", "trust", about("roleName")},
	{"iam.amazonaws.com:AttachRolePolicy", "rights", roleRights},
	{"iam.amazonaws.com:PutRolePolicy", "rights", roleRights},
	{"iam.amazonaws.com:DeleteRolePermissionsBoundary", "rights", about("roleName")},
	{"sts.amazonaws.com:AssumeRole", "assumed", func(f *facts) bool {
		role := f.param("roleArn")
		f.add(factAbout, baseName(role))
		return accountOf(role) == f.r.Account // other accounts have roles of that name
	}},
}

func roleRights(f *facts) bool {
	if grantsAll(f) {
		f.add(factAll, "yes")
	}
	return about("roleName")(f)
}

var _ = register(&Detector{
	ID:    "changed-role-used",
	Title: "Role changed to be used, and used",
	Doc: `A principal changed whom a role trusts, or what it may do, and then assumed that very role within a day. With a
changed trust policy this is how one takes a role over; with added rights, how one adds to one's own by a detour.
Infrastructure code changes roles all day, but seldom assumes what it changes, and never with another address's key. The
innocent cause is an administrator who sets up a role and tries it.`,
	Next: `Restore the trust policy and the rights; revoke the role's sessions (the policy AWSRevokeOlderSessions), and list
what was done in them: coldtrail pivot CASE ROLE --down.`,
	Severity:   Low,
	Techniques: []string{"T1098.003", "T1548", "T1550.001"},
	Events:     changedRoleSteps.events(),
	Record:     changedRoleSteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "changed-role-used", span: c.Duration("span"),
			opens: func(h *hit) bool { return !h.step("assumed") },
			judge: changedAndAssumed,
		}.stream()
	},
	Thresholds: []Threshold{{"span", 24, "hours", "Rhino's method 14 and pathfinding.cloud's paths by way of existing roles: use within 24 h"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"admin","policyDocument":"{}"}`},
			example{at: "03:30:00", key: "AKIA1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/ops/admin"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:AttachRolePolicy", in: `{"roleName":"app","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`},
			example{at: "03:01:00", key: "AKIA1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/app"}`}),
	},
	Misses: [][]string{
		story( // another role
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"admin","policyDocument":"{}"}`},
			example{at: "03:30:00", key: "AKIA1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/app"}`}),
		story( // another hand
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"app","policyDocument":"{}"}`},
			example{at: "03:30:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/app"}`}),
		story( // before
			example{at: "03:00:00", key: "AKIA1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/app"}`},
			example{at: "03:30:00", key: "AKIA1", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"app","policyDocument":"{}"}`}),
	},
})

// changedAndAssumed judges a role's story. Rights that are given and are not all are worth little.
func changedAndAssumed(key string, hits []hit) (all []verdict) {
	assumed := stepsOf(hits, "assumed")
	for _, change := range stepsOf(hits, "trust", "rights") {
		var uses []hit
		for _, u := range notBefore(assumed, change.ref.Time) {
			if sameHand(u.ref, change.ref) {
				uses = append(uses, u)
			}
		}
		if len(uses) == 0 {
			continue
		}
		severity := Low
		switch {
		case change.step("trust"):
			severity = High
		case change.e.has(factAll):
			severity = Medium
		}
		if n := len(all) - 1; n >= 0 { // one finding for all changes
			all[n].hits = append(append(all[n].hits, change), uses...)
			all[n].severity = max(all[n].severity, severity)
			continue
		}
		all = append(all, verdict{severity, "", fmt.Sprintf("%s on the role %s, which the same hand assumed within %s",
			change.ref.Action(), change.e.Get(factAbout), roughly(uses[0].ref.Time.Sub(change.ref.Time))), append([]hit{change}, uses...)})
	}
	return all
}
