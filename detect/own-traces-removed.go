package detect

import (
	"cmp"
	"strings"
)

var traceSteps = steps{
	{"iam.amazonaws.com:CreateUser", "made", traceOf("user", "userName", "")},
	{"iam.amazonaws.com:DeleteUser", "gone", traceOf("user", "userName", "")},
	{"iam.amazonaws.com:CreateAccessKey", "made", traceOf("key", "", "accessKey.accessKeyId")},
	{"iam.amazonaws.com:DeleteAccessKey", "gone", traceOf("key", "accessKeyId", "")},
	{"iam.amazonaws.com:CreateLoginProfile", "made", traceOf("password", "userName", "")},
	{"iam.amazonaws.com:DeleteLoginProfile", "gone", traceOf("password", "userName", "")},
	{"iam.amazonaws.com:CreateRole", "made", traceOf("role", "roleName", "")},
	{"iam.amazonaws.com:DeleteRole", "gone", traceOf("role", "roleName", "")},
	{"iam.amazonaws.com:PutUserPolicy", "made", traceOf("inline policy", "userName policyName", "")},
	{"iam.amazonaws.com:DeleteUserPolicy", "gone", traceOf("inline policy", "userName policyName", "")},
	{"lambda.amazonaws.com:CreateFunction", "made", traceOf("function", "functionName", "")},
	{"lambda.amazonaws.com:DeleteFunction", "gone", func(f *facts) bool {
		return f.param("qualifier") == "" && traceOf("function", "functionName", "")(f) // or else a version of it is gone
	}},
	{"ec2.amazonaws.com:CreateSnapshot", "made", traceOf("snapshot", "", "snapshotId")},
	{"ec2.amazonaws.com:DeleteSnapshot", "gone", traceOf("snapshot", "snapshotId", "")},
	{"ec2.amazonaws.com:CreateKeyPair", "made", traceOf("key pair", "keyName", "")},
	{"ec2.amazonaws.com:DeleteKeyPair", "gone", traceOf("key pair", "keyName", "")},
}

// traceOf notes what was made or removed: its kind and its name, of the request, where several make up one, or the response.
func traceOf(kind, params, response string) func(*facts) bool {
	return func(f *facts) bool {
		name := ""
		for param := range strings.FieldsSeq(params) {
			part := f.param(param)
			if part == "" {
				return false
			}
			name += " " + part
		}
		name = strings.TrimPrefix(name, " ")
		if response != "" {
			name = cmp.Or(name, f.response(response))
		}
		f.add(factAbout, kind+" "+name)
		return name != ""
	}
}

var _ = register(&Detector{
	ID:    "own-traces-removed",
	Title: "What was made was removed by the same hand within the day",
	Doc: `One hand made users, keys, passwords, roles, functions or the like and removed them again within a day: informational for one, medium for several
kinds, one of which gives access, by something else than infrastructure code. Intruders remove what they needed. The innocent causes are tests and trials, of
software that manages accounts and of people who learn; they remove all that they made, and do so again.`,
	Next:       `Look at what was done with each thing between its making and its removal: coldtrail pivot CASE KEY|USER|ROLE --down.`,
	Severity:   Informational,
	Techniques: nil, // ATT&CK 19.1 has the removal of one's traces on no cloud platform, that of instances apart
	Events:     traceSteps.events(),
	Record:     traceSteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "own-traces-removed", span: c.Duration("span"),
			key:   func(h *hit) string { return h.ref.Account + " " + habitual(h.ref) },
			opens: func(h *hit) bool { return h.step("made") },
			judge: func(_ string, hits []hit) []verdict { return tracesRemoved(c.Int("kinds"), c.Duration("span"), hits) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 24, "hours", "the same trace: what was made within the day"},
		{"kinds", 2, "kinds of things", "a test makes and removes one"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"accessKeyId":"AKIA2"}}`},
			example{at: "03:01:00", key: "AKIA1", call: "ec2:CreateSnapshot", out: `{"snapshotId":"snap-1"}`},
			example{at: "04:00:00", key: "AKIA1", call: "ec2:DeleteSnapshot", in: `{"snapshotId":"snap-1"}`},
			example{at: "04:00:10", key: "AKIA1", call: "iam:DeleteAccessKey", in: `{"userName":"bob","accessKeyId":"AKIA2"}`}),
	},
	Misses: [][]string{
		story( // a version of the function, and an inline policy of another user
			example{at: "03:00:00", key: "AKIA1", call: "lambda:CreateFunction20150331", in: `{"functionName":"f"}`},
			example{at: "03:01:00", key: "AKIA1", call: "iam:PutUserPolicy", in: `{"userName":"bob","policyName":"p"}`},
			example{at: "04:00:00", key: "AKIA1", call: "lambda:DeleteFunction20150331", in: `{"functionName":"f","qualifier":"1"}`},
			example{at: "04:00:10", key: "AKIA1", call: "iam:DeleteUserPolicy", in: `{"userName":"carol","policyName":"p"}`}),
		story( // an older key
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"accessKeyId":"AKIA2"}}`},
			example{at: "04:00:10", key: "AKIA1", call: "iam:DeleteAccessKey", in: `{"userName":"bob","accessKeyId":"AKIA0"}`}),
	},
})
