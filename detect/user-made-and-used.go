package detect

import "fmt"

var _ = register(&Detector{
	ID:    "user-made-and-used",
	Title: "User made and used by its maker",
	Doc: `Somebody made a user, gave it a key or a password, and used it from the same address within a day, or
deleted it again after it had been used. Intruders make users to come back with, and try them out at once.
The innocent causes are an administrator who tests a new account for somebody, and tests of software that make
users and delete them; a help desk that gives a new colleague a password, who signs in from the same office: a
sign-in by another program than the maker's counts for less. Look at what the user was allowed, and whether it was used from elsewhere later.`,
	Next: `Deactivate the user's keys and password, then contain the credential that made it; list what either did
since: coldtrail pivot CASE KEY.`,
	Severity:   Low,
	Techniques: []string{"T1136.003", "T1098.001", "T1098.003"},
	Gate:       userGate,
	Record:     userStory,
	Judge: func(c *Context) Stream {
		return course{
			id: "user-made-and-used", span: c.Duration("span"),
			opens: func(h *hit) bool { return h.step(userMade) },
			judge: madeAndUsed,
		}.stream()
	},
	Thresholds: []Threshold{{"span", 24, "hours", "the chains of Rhino's escalations: use within 24 h; Panther create_admin_iam_user asks for less"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`},
			example{at: "03:00:01", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"eve"}`, out: `{"accessKey":{"userName":"eve","accessKeyId":"AKIA2"}}`},
			example{at: "03:00:02", key: "AKIA1", call: "iam:AttachUserPolicy", in: `{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`},
			example{at: "03:10:00", who: "eve", key: "AKIA2", call: "sts:GetCallerIdentity"}),
		story( // used from elsewhere, and deleted
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`},
			example{at: "03:00:01", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"eve"}`, out: `{"accessKey":{"userName":"eve","accessKeyId":"AKIA2"}}`},
			example{at: "03:10:00", who: "eve", key: "AKIA2", ip: "198.51.100.7", call: "sts:GetCallerIdentity"},
			example{at: "03:20:00", key: "AKIA1", call: "iam:DeleteUser", in: `{"userName":"eve"}`}),
	},
	Misses: [][]string{
		story( // a colleague who uses what the administrator made
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"bob"}`},
			example{at: "03:00:01", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
			example{at: "04:00:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "sts:GetCallerIdentity"}),
		story( // the next day
			example{at: "2026-01-02 03:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"bob"}`},
			example{at: "2026-01-02 03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
			example{at: "2026-01-03 03:00:01", who: "bob", key: "AKIA2", call: "sts:GetCallerIdentity"}),
	},
})

// madeAndUsed judges the story of a user that was made.
func madeAndUsed(_ string, hits []hit) []verdict {
	made := stepsOf(hits, userMade)
	if len(made) == 0 {
		return nil
	}
	begun := &made[0]
	after := notBefore(hits, begun.ref.Time)
	uses, credentials, grants := stepsOf(after, userUsed), stepsOf(after, userCredential), stepsOf(after, userGranted)
	var mine []hit
	sure := false
	for i := range credentials {
		if sameHand(credentials[i].ref, begun.ref) {
			by := usedByMaker(&credentials[i], uses)
			sure = sure || surely(&credentials[i], by)
			mine = append(mine, by...)
		}
	}
	all := false
	for i := range grants {
		all = all || grants[i].e.has(factAll)
	}
	var gone []hit
	for _, h := range stepsOf(after, userRemoved) {
		if h.ref.Action() == "DeleteUser" && len(uses) > 0 && h.ref.Time.After(uses[0].ref.Time) {
			gone = append(gone, h)
		}
	}
	v := verdict{severity: Medium, hits: append(append(append(made, credentials...), grants...), gone...)}
	user := begun.e.Get(factAbout)
	switch {
	case len(mine) > 0:
		switch {
		case !sure && !all && len(gone) == 0:
			v.severity = Low
		case sure && (all || len(gone) > 0):
			v.severity = High
		}
		v.why = fmt.Sprintf("made the user %s and used it from the same address: %s", user, callsOf(mine))
		v.hits = append(v.hits, mine...)
	case len(gone) > 0:
		v.severity = Low
		v.why = fmt.Sprintf("made the user %s, which was used (%s) and deleted within the day", user, callsOf(uses))
		v.hits = append(v.hits, uses...)
	default:
		return nil
	}
	if all {
		v.why += "; it was given all rights"
	}
	if len(gone) > 0 {
		v.why += "; it was deleted again"
	}
	return []verdict{v}
}
