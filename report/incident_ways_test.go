package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What was done under a user's name before an incident made that user, or after somebody else made another one, is none of the incident's.
func TestIncidentUserOfAnEarlierOnesName(t *testing.T) {
	const home, away = "192.0.2.1", "203.0.113.9"
	calls := append(eachDay("alice", "AKIA1", home, 2, 14), eachDay("bob", "AKIA2", home, 2, 9)...)
	made := `{"user":{"userName":"bob","arn":"arn:aws:iam::111122223333:user/bob"}}`
	login := func(id, at, ip string) storyCall {
		return storyCall{id: id, at: at, who: "bob", ip: ip, call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`}
	}
	calls = append(calls,
		login("old", "05T09:00:00", home),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: away, call: "iam:DeleteUser", in: `{"userName":"bob"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: away, call: "iam:CreateUser", in: `{"userName":"bob"}`, out: made},
		login("c", "10T03:00:00", away),
		storyCall{id: "d", at: "10T03:01:00", who: "bob", key: "AKIA3", ip: away, call: "s3:ListBuckets"},
		storyCall{id: "root", at: "12T09:00:00", who: "root", key: "", ip: home, call: "iam:CreateUser", in: `{"userName":"bob"}`, out: made},
		login("new", "12T10:00:00", home),
		storyCall{id: "own", at: "12T10:05:00", who: "bob", key: "AKIA4", ip: home, call: "s3:ListBuckets"})
	in := one(t, calls, nil, storyFinding{"users", detect.High, []string{"b"}})
	if got := incidentIDs(in); got != "a b c d" {
		t.Errorf("%q", got)
	}
}

// Who has a user's password has no key that the user had before.
func TestIncidentPasswordLeadsToNoKey(t *testing.T) {
	const home, away = "192.0.2.1", "203.0.113.9"
	calls := append(eachDay("alice", "AKIA1", home, 2, 9), eachDay("bob", "AKIA2", home, 2, 9)...)
	login := func(id, at, ip string) storyCall {
		return storyCall{id: id, at: at, who: "bob", ip: ip, call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`}
	}
	calls = append(calls,
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: away, call: "iam:UpdateLoginProfile", in: `{"userName":"bob"}`},
		storyCall{id: "key", at: "10T08:00:00", who: "bob", key: "AKIA2", ip: "192.0.2.50", call: "s3:ListBuckets"},
		login("b", "11T03:00:00", "198.51.100.9"),
		storyCall{id: "reset", at: "12T09:00:00", who: "root", key: "", ip: home, call: "iam:UpdateLoginProfile", in: `{"userName":"bob"}`},
		login("own", "12T10:00:00", "192.0.2.60"),
		login("later", "28T10:00:00", "192.0.2.61"))
	of := storyFinding{"passwords", detect.High, []string{"a"}}
	if got := incidentIDs(one(t, calls, nil, of)); got != "a b" {
		t.Errorf("%q", got)
	}
	calls = append(calls[:len(calls)-3], calls[len(calls)-1]) // nobody gave another one, and it is long ago
	if got := incidentIDs(one(t, calls, nil, of)); got != "a b" {
		t.Errorf("%q, and no other password", got)
	}
}

// Whoever took a role before its trust was changed needs no way in that was opened then.
func TestIncidentRoleThatOthersTake(t *testing.T) {
	const home, away, far = "192.0.2.1", "203.0.113.9", "198.51.100.9"
	calls := eachDay("alice", "AKIA1", home, 2, 9)
	n := 0
	assume := func(id, at, by, session string) []storyCall {
		n++
		key := fmt.Sprintf("ASIA%d", n)
		return []storyCall{
			{id: id + "0", at: at, who: by, service: true, ip: by, call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/app","roleSessionName":"` + session + `"}`, out: `{"credentials":{"accessKeyId":"` + key + `"}}`},
			{id: id, at: at, who: session, role: "app", start: at, key: key, ip: home, call: "s3:ListBuckets"},
		}
	}
	bare := func(id, at, session, ip string) storyCall {
		n++
		return storyCall{id: id, at: at, who: session, role: "app", start: at, key: fmt.Sprintf("ASIA%d", n), ip: ip, call: "s3:ListBuckets"}
	}
	calls = append(calls, assume("x1", "05T09:00:00", "ec2.amazonaws.com", "i-1")...)
	calls = append(calls,
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: away, call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"app"}`})
	calls = append(calls, assume("x2", "11T09:00:00", "ec2.amazonaws.com", "i-1")...)
	calls = append(calls, assume("x3", "11T10:00:00", "ec2.amazonaws.com", "i-2")...)
	calls = append(calls, assume("b", "11T11:00:00", "lambda.amazonaws.com", "f")...)
	of := storyFinding{"trust", detect.High, []string{"a"}}
	if got := incidentIDs(one(t, append(calls, bare("c", "11T12:00:00", "s", far)), nil, of)); got != "a b c" {
		t.Errorf("%q", got)
	}
	for name, before := range map[string]storyCall{"the same": bare("y", "06T09:00:00", "s", home), "others of unknown origin": bare("y", "06T09:00:00", "r", home)} {
		if got := incidentIDs(one(t, append(calls, before, bare("c", "11T12:00:00", "s", home)), nil, of)); got != "a b" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Who took a permission set a second from when a session of it began need not be who has the session: that is told by the address too.
func TestIncidentOfIdentityCenter(t *testing.T) {
	const home, away = "192.0.2.1", "203.0.113.9"
	took := func(id, at, user, ip string) storyCall {
		return storyCall{id: id, at: at, ip: ip, call: "sso:Federate", more: `"serviceEventDetails":{"account_id":"111122223333","role_name":"Admin"},`,
			identity: `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"` + user + `"}}`}
	}
	session := func(id, at, who, start, ip, call string) storyCall {
		return storyCall{id: id, at: at, who: who, role: "AWSReservedSSO_Admin_0123456789abcdef", start: start, key: "ASIA" + id, ip: ip, call: call}
	}
	in := one(t, []storyCall{
		took("a", "10T02:00:00", "u-eve", away),
		session("b", "10T02:01:00", "eve", "10T02:00:00", away, "cloudtrail:StopLogging"),
		session("bob", "10T02:02:00", "bob", "10T02:00:01", home, "s3:ListBuckets"),
	}, nil, storyFinding{"trails", detect.High, []string{"b"}})
	if got := incidentIDs(in); got != "a b" || len(in.Credentials) != 2 {
		t.Errorf("%q, %+v", got, in.Credentials)
	}
	if !strings.Contains(in.Narrative[0].Text, ": u-eve from 203.0.113.9") {
		t.Errorf("%q", in.Narrative[0].Text)
	}
}

// What exchanges Identity Center's assertion comes from AWS: who asked for it is one step further up, and so is what else that user took.
func TestIncidentOfAssertions(t *testing.T) {
	const home, away, role = "192.0.2.1", "203.0.113.9", "AWSReservedSSO_Admin_0123456789abcdef"
	session := func(id, at, who, start, ip, call string) storyCall {
		return storyCall{id: id, at: at, who: who, role: role, start: start, key: "ASIA" + id, ip: ip, call: call}
	}
	took := func(id, at, user, who, ip, key string) []storyCall {
		return []storyCall{
			{id: id, at: at, ip: ip, call: "sso:GetRoleCredentials", more: `"serviceEventDetails":{"account_id":"111122223333","role_name":"Admin"},`,
				identity: `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"` + user + `"}}`},
			{id: id + "saml", at: at, ip: "198.51.100.200", call: "sts:AssumeRoleWithSAML", identity: `{"type":"SAMLUser","principalId":"q=:` + who + `","userName":"` + who + `","identityProvider":"q="}`,
				in:  `{"roleArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/` + role + `","roleSessionName":"` + who + `"}`,
				out: `{"credentials":{"accessKeyId":"ASIA` + key + `"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/` + role + `/` + who + `"}}`},
		}
	}
	var calls []storyCall
	for day := 2; day <= 9; day++ {
		at := fmt.Sprintf("%02dT09:", day)
		id := fmt.Sprint("own", day)
		calls = append(calls, took(id+"t", at+"00:00", "u-eve", "eve", home, id)...)
		calls = append(calls, session(id, at+"01:00", "eve", at+"00:00", home, "s3:ListBuckets"))
	}
	calls = append(calls, took("a", "10T02:00:00", "u-eve", "eve", away, "b")...)
	calls = append(calls, session("b", "10T02:01:00", "eve", "10T02:00:00", away, "cloudtrail:StopLogging"))
	calls = append(calls, took("c", "10T02:10:00", "u-eve", "eve", away, "d")...)
	calls = append(calls, session("d", "10T02:11:00", "eve", "10T02:10:00", away, "s3:ListBuckets"))
	calls = append(calls, took("other", "10T02:00:00", "u-bob", "bob", home, "bob")...)
	calls = append(calls, session("bob", "10T02:02:00", "bob", "10T02:00:00", home, "s3:ListBuckets"))
	for finding, want := range map[string]string{"b": "a asaml b c csaml d", "c": "a asaml b c csaml d"} {
		in := one(t, calls, nil, storyFinding{"trails", detect.High, []string{finding}})
		if got := incidentIDs(in); got != want {
			t.Errorf("%s: %q, want %q", finding, got, want)
		}
	}
}

// Whoever used an instance's credentials did so from the instance, or took them out of it: the question says where to look.
func TestIncidentAsksWhoUsedAnInstance(t *testing.T) {
	in := one(t, []storyCall{
		{id: "a", at: "10T01:00:00", who: "ec2.amazonaws.com", service: true, call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/web","roleSessionName":"i-0123456789abcdef0"}`,
			out: `{"credentials":{"accessKeyId":"ASIAb"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0"}}`},
		{id: "b", at: "10T02:01:00", who: "i-0123456789abcdef0", role: "web", start: "10T01:00:00", key: "ASIAb", ip: "203.0.113.9", call: "iam:CreateUser"},
	}, nil, storyFinding{"instances", detect.High, []string{"b"}})
	if !strings.Contains(strings.Join(in.Questions, "\n"), "Whatever runs on instance i-0123456789abcdef0 has its credentials") {
		t.Errorf("%q", in.Questions)
	}
}

// A role that was switched to in the console is taken by who was there, though the record names the role.
func TestIncidentSwitchesRole(t *testing.T) {
	const home, away = "192.0.2.1", "203.0.113.9"
	calls := append(eachDay("alice", "AKIA1", home, 2, 9),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", ip: away, call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`},
		storyCall{id: "b", at: "10T02:05:00", ip: away, call: "signin:SwitchRole", out: `{"SwitchRole":"Success"}`, more: `"additionalEventData":{"SwitchFrom":"arn:aws:iam::111122223333:user/alice"},`,
			identity: `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ops/alice","accountId":"111122223333"}`},
		storyCall{id: "c", at: "10T02:06:00", who: "alice", role: "ops", start: "10T02:05:00", key: "ASIA1", ip: "198.51.100.7", call: "s3:ListBuckets"})
	if got := incidentIDs(one(t, calls, nil, storyFinding{"logins", detect.High, []string{"a"}})); got != "a b c" {
		t.Errorf("%q", got)
	}
}
