package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What is proposed about what an intruder left, changed and turned off: these steps, and no others. Of a step that has no commands its reason stands.
func TestIncidentStepsExactly(t *testing.T) {
	intruder := func(id, at, call, in string) storyCall {
		return storyCall{id: id, at: at, who: "alice", key: "AKIA1", ip: "203.0.113.9", call: call, in: in}
	}
	owner := func(id, at, call, in string) storyCall {
		return storyCall{id: id, at: at, who: "carol", key: "AKIA7", ip: "192.0.2.7", call: call, in: in}
	}
	failed := intruder("a", "10T02:00:00", "signin:ConsoleLogin", "")
	failed.key, failed.out, failed.more = "", `{"ConsoleLogin":"Failure"}`, `"errorMessage":"Failed authentication"`
	made, used := intruder("a", "10T02:00:00", "iam:CreateAccessKey", `{"userName":"bob"}`), intruder("b", "10T02:01:00", "iam:ListUsers", "")
	made.out, used.who, used.key = `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`, "bob", "AKIA2"
	for _, c := range []struct {
		name  string
		calls []storyCall
		of    []string // the events of the finding
		want  []string
	}{
		{"roles", []storyCall{intruder("a", "10T02:00:00", "iam:CreateRole", `{"roleName":"made"}`), intruder("b", "10T02:01:00", "iam:UpdateAssumeRolePolicy", `{"roleName":"theirs"}`), intruder("c", "10T02:02:00", "iam:CreateUser", `{"userName":"eve"}`),
			intruder("d", "10T02:03:00", "iam:UpdateAssumeRolePolicy", `{"roleName":"made"}`)}, []string{"a", "b", "c", "d"}, []string{
			"iam update-assume-role-policy --role-name 'made'",
			"iam update-assume-role-policy --role-name 'theirs'",
			"iam put-role-policy --role-name 'made' --policy-name AWSRevokeOlderSessions",
			"iam put-role-policy --role-name 'theirs' --policy-name AWSRevokeOlderSessions",
			"IAM role made in account 111122223333, made or changed by CreateRole at 2026-03-10 02:00:00.",
			"IAM user eve in account 111122223333, made or changed by CreateUser at 2026-03-10 02:02:00.",
		}},
		{"a key turned off", []storyCall{made, used, owner("o", "10T09:00:00", "iam:UpdateAccessKey", `{"userName":"bob","accessKeyId":"AKIA2","status":"Inactive"}`), intruder("c", "10T10:00:00", "iam:ListUsers", "")}, []string{"a", "b", "c"}, []string{
			"See that access key AKIA2 of IAM user bob of account 111122223333 is still inactive: UpdateAccessKey deactivated it at 2026-03-10 09:00:00.", "iam put-user-policy --user-name 'bob' --policy-name RevokeOlderSessions",
			"Access key AKIA2 in account 111122223333, made or changed by CreateAccessKey at 2026-03-10 02:00:00 (deactivated).",
		}},
		{"a key turned off that is used again", []storyCall{made, owner("o", "10T02:00:30", "iam:UpdateAccessKey", `{"userName":"bob","accessKeyId":"AKIA2","status":"Inactive"}`), used}, []string{"a", "b"}, []string{
			"iam update-access-key --user-name 'bob' --access-key-id 'AKIA2' --status Inactive", "iam put-user-policy --user-name 'bob' --policy-name RevokeOlderSessions",
			"Access key AKIA2 in account 111122223333, made or changed by CreateAccessKey at 2026-03-10 02:00:00 (deactivated).",
		}},
		{"password", []storyCall{intruder("a", "10T02:00:00", "iam:UpdateLoginProfile", `{"userName":"bob"}`)}, []string{"a"}, []string{
			"iam delete-login-profile --user-name 'bob'",
			"Look through the MFA devices of IAM user bob in account 111122223333.",
			"iam put-user-policy --user-name 'bob' --policy-name RevokeOlderSessions",
		}},
		{"failed sign-in", []storyCall{failed, intruder("b", "10T02:01:00", "iam:CreateGroup", `{"groupName":"g"}`)}, []string{"a", "b"}, []string{"IAM group g in account 111122223333, made or changed by CreateGroup at 2026-03-10 02:01:00."}},
		{"trust anchor", []storyCall{intruder("a", "10T02:00:00", "rolesanywhere:UpdateTrustAnchor", `{"trustAnchorId":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"}`)}, []string{"a"}, []string{"rolesanywhere disable-trust-anchor --trust-anchor-id '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0' --region 'us-east-1'"}},
		{"rule turned off", []storyCall{intruder("a", "10T02:00:00", "events:PutRule", `{"name":"r"}`), owner("o", "10T09:00:00", "events:DisableRule", `{"name":"r"}`)}, []string{"a"}, []string{"events disable-rule --name 'r' --region 'us-east-1' (deactivated)"}},
		{"function", []storyCall{intruder("a", "10T02:00:00", "lambda:CreateFunction20150331", `{"functionName":"f"}`), intruder("b", "10T02:01:00", "lambda:UpdateFunctionCode20150331v2", `{"functionName":"f"}`), intruder("c", "10T02:01:00", "lambda:UpdateFunctionCode20150331v2", `{"functionName":"g"}`)}, []string{"a", "b", "c"}, []string{"lambda delete-function --function-name 'f' --region 'us-east-1'", "Function code g in account 111122223333, made or changed by UpdateFunctionCode20150331v2 at 2026-03-10 02:01:00."}},
		{"logging off twice", []storyCall{intruder("a", "10T02:00:00", "cloudtrail:StopLogging", `{"name":"t"}`), owner("o", "10T09:00:00", "cloudtrail:StopLogging", `{"name":"t"}`)}, []string{"a"}, []string{"cloudtrail start-logging --name 't' --region 'us-east-1'"}},
		{"logging on before", []storyCall{intruder("0", "10T01:00:00", "iam:ListUsers", ""), owner("o", "10T01:30:00", "cloudtrail:StartLogging", `{"name":"t"}`), intruder("a", "10T02:00:00", "cloudtrail:StopLogging", `{"name":"t"}`)}, []string{"0", "a"}, []string{"cloudtrail start-logging --name 't' --region 'us-east-1'"}},
		{"logging on after", []storyCall{intruder("a", "10T02:00:00", "cloudtrail:StopLogging", `{"name":"t"}`), owner("o", "10T09:00:00", "cloudtrail:StartLogging", `{"name":"t"}`)}, []string{"a"}, []string{"See whether it is still so that StartLogging at 2026-03-10 09:00:00 (event o) took back cloudtrail:StopLogging of 2026-03-10 02:00:00, account 111122223333, region us-east-1: t."}},
	} {
		in := one(t, c.calls, nil, storyFinding{"keys", detect.High, c.of})
		var got []string
		for _, s := range in.Steps {
			if s.Phase == phasePreserve || s.Phase == phaseCollect || strings.Contains(s.Why, "alice") {
				continue
			}
			for _, run := range s.Run {
				run, _, _ = strings.Cut(run, " --policy-document")
				if strings.Contains(s.Why, "("+Deactivated+")") {
					run += " (" + Deactivated + ")"
				}
				got = append(got, strings.TrimPrefix(run, "aws "))
			}
			if len(s.Run) == 0 {
				got = append(got, s.Why)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n\t%s", c.name, strings.Join(got, "\n\t"))
		}
	}
}

// A session that was handed out is ended whether a use of it is seen or not: the evidence may end before.
func TestIncidentUnusedSessions(t *testing.T) {
	for _, c := range []struct{ call, out, want string }{
		{"sts:AssumeRole", `{"credentials":{"accessKeyId":"ASIA1"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/ops/s"}}`, "Revoke the sessions of role ops in account 111122223333."},
		{"sts:AssumeRole", `{"credentials":{"accessKeyId":"ASIA1"},"assumedRoleUser":{"arn":"arn:aws:sts::444455556666:assumed-role/ops/s"}}`, "Shut out role ops, session s of account 444455556666, of which the incident has no event."},
		{"sts:GetFederationToken", `{"credentials":{"accessKeyId":"ASIA1"},"federatedUser":{"arn":"arn:aws:sts::111122223333:federated-user/s"}}`, "End the session of federated user s."},
		{"rolesanywhere:CreateSession", `{"credentialSet":[{"credentials":{"accessKeyId":"ASIA1"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/ops/s"}}]}`, "Revoke the sessions of role ops in account 111122223333."},
	} {
		in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, out: c.out}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if !slices.ContainsFunc(in.Steps, func(s ContainmentStep) bool { return s.Why == c.want && slices.Contains(s.Events, "a") }) {
			t.Errorf("%s %s:%s", c.call, c.out, stepsOf(in))
		}
	}
}
