package detect

import "fmt"

var lockSteps = steps{
	{"iam.amazonaws.com:DeleteUser", "removed", otherUser},
	{"iam.amazonaws.com:DeleteLoginProfile", "removed", otherUser},
	{"iam.amazonaws.com:DeleteAccessKey", "removed", otherUser},
	{"iam.amazonaws.com:UpdateLoginProfile", "seized", otherUser},
	{"iam.amazonaws.com:DeactivateMFADevice", "seized", otherUser},
	{"iam.amazonaws.com:UpdateAccessKey", "removed", func(f *facts) bool { return f.param("status") == "Inactive" && otherUser(f) }},
	{"iam.amazonaws.com:RemoveUserFromGroup", "removed", otherUser},
	{"account.amazonaws.com:PutAlternateContact", "contact", nil},
	{"account.amazonaws.com:StartPrimaryEmailUpdate", "contact", nil},
	{"account.amazonaws.com:AcceptPrimaryEmailUpdate", "contact", nil},
}

func otherUser(f *facts) bool { return !f.own(f.param("userName"), "") && about("userName")(f) }

var _ = register(&Detector{
	ID:    "accounts-locked-out",
	Title: "Several users shut out of the account",
	Doc: `One principal took the passwords, keys, second factors or the very users of several others within an hour, or set new passwords for them. So an
intruder keeps the owners out; so, too, a responder contains an incident (mark the responder) and an administrator removes those who have left, who takes keys,
password and user of each and sets no passwords. A changed address of the account's contact beside it weighs more.`,
	Next: `Ask the principal's owner at once, by another way than the account's mail. If nobody ordered it: sign in as root, contain the principal, give access
back; if root is lost as well, turn to AWS support.`,
	Severity:   Low,
	Techniques: []string{"T1531"},
	Events:     lockSteps.events(),
	Record:     lockSteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "accounts-locked-out", gap: c.Duration("span"), each: max(maxHits/2, c.Int("users")), same: maxHits / 20,
			key:   func(h *hit) string { return h.ref.Principal },
			judge: func(_ string, hits []hit) []verdict { return lockedOut(c, hits) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 60, "minutes", "the reference: three targets in an hour"},
		{"users", 3, "users", "the reference: three targets in an hour"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateLoginProfile", in: `{"userName":"a"}`},
			example{at: "03:00:10", key: "AKIA1", call: "iam:DeactivateMFADevice", in: `{"userName":"b"}`},
			example{at: "03:00:20", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"c"}`}),
	},
	Misses: [][]string{
		story( // one who has left
			example{at: "03:00:00", key: "AKIA1", call: "iam:DeleteAccessKey", in: `{"userName":"a","accessKeyId":"AKIA2"}`},
			example{at: "03:00:10", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"a"}`},
			example{at: "03:00:20", key: "AKIA1", call: "iam:DeleteUser", in: `{"userName":"a"}`}),
	},
})

func lockedOut(c *Context, hits []hit) []verdict {
	users := stepsOf(hits, "removed", "seized")
	best, n := densest(users, c.Duration("span"), factOf(factAbout))
	if n < c.Int("users") {
		return nil
	}
	seized, contact := distinct(stepsOf(best, "seized"), factOf(factAbout)), stepsOf(hits, "contact")
	v := verdict{severity: Low, hits: append(best[:len(best):len(best)], contact...), why: fmt.Sprintf("took access from %d users: %s", n, callsOf(best))}
	switch {
	case seized >= c.Int("users") || len(contact) > 0:
		v.severity = High
	case seized > 0:
		v.severity = Medium
	}
	if len(contact) > 0 {
		v.why += "; changed the account's contact"
	}
	return []verdict{v}
}
