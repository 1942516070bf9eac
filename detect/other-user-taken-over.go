package detect

import "fmt"

var _ = register(&Detector{
	ID:    "other-user-taken-over",
	Title: "Credential made for another user, and used by its maker",
	Doc: `Somebody made an access key or a password for a user that was there before and is not the caller, and within a
day that credential was used from the caller's address. So one becomes another user, whose rights may be greater and
whose name then stands in the log. The innocent cause is an administrator who renews the key of a program and tries it
out before handing it over: one or two calls that ask who the key is. A help desk sets passwords, and the user signs in
from the same office: where the sign-in came from another program than the change, that is low.`,
	Next: `Deactivate the new credential and the one that made it; ask the user whether the key is known; list what was
done with it, and what the user may do.`,
	Severity:   Low,
	Techniques: []string{"T1098.001", "T1078.004"},
	Gate:       userGate,
	Record:     userStory,
	Judge: func(c *Context) Stream {
		return course{
			id: "other-user-taken-over", span: c.Duration("span"),
			opens: func(h *hit) bool { return h.step(userCredential) && !h.e.has(factSelf) || h.step(userMade) },
			judge: func(_ string, hits []hit) []verdict { return takenOver(hits, c.Int("calls")) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 24, "hours", "the chains of Rhino's escalations: use within 24 h"},
		{"calls", 3, "different calls", "more than a test of a new key makes: high from here on"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"admin"}`, out: `{"accessKey":{"userName":"admin","accessKeyId":"AKIA2"}}`},
			example{at: "03:01:00", who: "admin", key: "AKIA2", call: "sts:GetCallerIdentity"},
			example{at: "03:02:00", who: "admin", key: "AKIA2", call: "iam:ListUsers"},
			example{at: "03:03:00", who: "admin", key: "AKIA2", call: "iam:CreateUser", in: `{"userName":"x"}`}),
		story(
			example{at: "03:00:00", who: "Support/carol", key: "ASIA1", call: "iam:UpdateLoginProfile", in: `{"userName":"admin"}`},
			example{at: "03:01:00", who: "admin", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`}),
	},
	Misses: [][]string{
		story( // the user itself, from where it works
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
			example{at: "03:10:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "sts:GetCallerIdentity"}),
		story( // one's own second key
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"alice"}`, out: `{"accessKey":{"userName":"alice","accessKeyId":"AKIA2"}}`},
			example{at: "03:01:00", key: "AKIA2", call: "sts:GetCallerIdentity"}),
		story( // a user that was made just now: user-made-and-used tells of it
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`},
			example{at: "03:00:01", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"eve"}`, out: `{"accessKey":{"userName":"eve","accessKeyId":"AKIA2"}}`},
			example{at: "03:10:00", who: "eve", key: "AKIA2", call: "sts:GetCallerIdentity"}),
	},
})

// takenOver judges the story of a user that was there before.
func takenOver(hits []hit, calls int) (all []verdict) {
	if len(stepsOf(hits, userMade)) > 0 {
		return nil
	}
	uses := stepsOf(hits, userUsed)
	for _, given := range stepsOf(hits, userCredential) {
		mine := usedByMaker(&given, uses)
		if given.e.has(factSelf) || len(mine) == 0 {
			continue
		}
		v := verdict{severity: Medium, hits: append([]hit{given}, mine...)}
		switch {
		case !surely(&given, mine):
			v.severity = Low
		case distinct(mine, factOf(factCall)) >= calls:
			v.severity = High
		}
		v.why = fmt.Sprintf("%s for the user %s, and used from the same address: %s", given.ref.Action(), given.e.Get(factAbout), callsOf(mine))
		all = append(all, v)
	}
	return all
}
