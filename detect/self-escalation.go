package detect

import (
	"fmt"

	"github.com/coldtrail/coldtrail/parser"
)

var selfSteps = steps{
	{"iam.amazonaws.com:AttachUserPolicy", "granted", selfStep},
	{"iam.amazonaws.com:PutUserPolicy", "granted", selfStep},
	{"iam.amazonaws.com:AddUserToGroup", "granted", selfStep},
	{"iam.amazonaws.com:AttachRolePolicy", "granted", selfStep},
	{"iam.amazonaws.com:PutRolePolicy", "granted", selfStep},
	{"iam.amazonaws.com:UpdateAssumeRolePolicy", "granted", selfStep},
	{"iam.amazonaws.com:DeleteUserPermissionsBoundary", "granted", selfStep},
	{"iam.amazonaws.com:PutUserPermissionsBoundary", "granted", selfStep},
	{"iam.amazonaws.com:CreatePolicyVersion", "tried", triedStep},
	{"iam.amazonaws.com:SetDefaultPolicyVersion", "tried", triedStep},
	{"iam.amazonaws.com:CreateAccessKey", "tried", triedStep},
	{"iam.amazonaws.com:CreateLoginProfile", "tried", triedStep},
	{"iam.amazonaws.com:UpdateLoginProfile", "tried", triedStep},
	{"iam.amazonaws.com:AttachGroupPolicy", "tried", triedStep},
	{"iam.amazonaws.com:PutGroupPolicy", "tried", triedStep},
}

// selfStep takes what the caller did to itself, and what it was refused.
func selfStep(f *facts) bool {
	if f.outcome == denied {
		f.e[0].Value = "tried"
		return true
	}
	return f.outcome == succeeded && f.own(f.param("userName"), f.param("roleName"))
}

func triedStep(f *facts) bool { return f.outcome == denied }

var _ = register(&Detector{
	ID:    "self-escalation",
	Title: "Rights given to oneself, step by step",
	Doc: `A user or a role changed its own rights in more than one way within a day, or did so after it had been refused
other ways to more rights. Who tries the methods of escalation one after the other does just that. One grant to oneself
is informational here: that of all rights iam-policy-granted tells. The innocent cause is a deployment role that keeps
its own policies, which does it again and again without any refusal.`,
	Next: `Take back what was given, and contain the credential; its permissions must not include changes to itself, or
need a boundary.`,
	Severity:   Informational,
	Techniques: []string{"T1098", "T1098.003", "T1548"},
	Events:     selfSteps.events(),
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) {
			return nil, false
		}
		return selfSteps.any(r)
	},
	Judge: func(c *Context) Stream {
		return course{
			id: "self-escalation", span: c.Duration("span"),
			key:   func(h *hit) string { return h.ref.Principal },
			judge: func(_ string, hits []hit) []verdict { return escalated(hits, c.Int("ways")) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 24, "hours", "the chains of Rhino's escalations: use within 24 h"},
		{"ways", 2, "different calls", "Rhino's methods 1 to 14 are tried in turn by the tools that know them (Pacu iam__privesc_scan)"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:AttachUserPolicy", in: `{"userName":"alice","policyArn":"arn:aws:iam::1:policy/a"}`},
			example{at: "03:00:09", key: "AKIA1", call: "iam:AddUserToGroup", in: `{"userName":"alice","groupName":"admins"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreatePolicyVersion", more: `"errorCode":"AccessDenied"`},
			example{at: "03:00:05", key: "AKIA1", call: "iam:AttachGroupPolicy", more: `"errorCode":"AccessDenied"`},
			example{at: "03:00:09", key: "AKIA1", call: "iam:PutUserPolicy", in: `{"userName":"alice","policyName":"p","policyDocument":"{}"}`}),
	},
	Misses: [][]string{
		story( // refused, and no more
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreatePolicyVersion", more: `"errorCode":"AccessDenied"`},
			example{at: "03:00:05", key: "AKIA1", call: "iam:AttachGroupPolicy", more: `"errorCode":"AccessDenied"`}),
		story( // other users' rights
			example{at: "03:00:00", key: "AKIA1", call: "iam:AttachUserPolicy", in: `{"userName":"bob","policyArn":"arn:aws:iam::1:policy/a"}`},
			example{at: "03:00:09", key: "AKIA1", call: "iam:AddUserToGroup", in: `{"userName":"bob","groupName":"admins"}`}),
	},
})

func escalated(hits []hit, ways int) []verdict {
	granted := stepsOf(hits, "granted")
	if len(granted) == 0 {
		return nil
	}
	action := func(h *hit) string { return h.ref.Action() }
	var tried []hit
	for _, h := range stepsOf(hits, "tried") {
		if !h.ref.Time.After(granted[len(granted)-1].ref.Time) {
			tried = append(tried, h)
		}
	}
	kinds, refused := distinct(granted, action), distinct(tried, action)
	v := verdict{hits: append(tried, granted...), why: fmt.Sprintf("gave itself rights (%s)", callsOf(granted))}
	switch {
	case refused >= ways:
		v.severity = High
	case kinds >= ways || refused > 0:
		v.severity = Medium
	default:
		return []verdict{{hits: granted, why: v.why}}
	}
	if refused > 0 {
		v.why += fmt.Sprintf(" after it was refused %s", callsOf(tried))
	}
	return []verdict{v}
}
