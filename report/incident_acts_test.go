package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What an event is follows from its service and name, and where these do not tell from whether the record says that it only reads.
func TestActOf(t *testing.T) {
	for call, want := range map[string]act{
		"sts:GetCallerIdentity": actProbe, "other:GetCallerIdentity": actLook, "signin:ConsoleLogin": actSignIn, "iam:CreateAccessKey": actIssue, "sts:AssumeRole": actIssue,
		"iam:CreateUser": actLeft, "iam:CreateRole": actLeft, "other:CreateUser": actChange, "secretsmanager:GetSecretValue": actSecret, "s3:GetObject": actRead, "other:GetObject": actLook,
		"ec2:DescribeInstances": actLook, "ec2:DeleteVolume": actDestroy, "ec2:DeleteVolume true": actLook, "ec2:CreateTags": actChange, "ec2:CreateTags true": actLook, "ec2:DescribeInstances false": actChange,
	} {
		service, name, _ := strings.Cut(call, ":")
		name, readOnly, _ := strings.Cut(name, " ")
		if got := actOf(&IncidentEvent{Source: service + suffix, Name: name}, readOnly); got != want {
			t.Errorf("%s: %v, want %v", call, got, want)
		}
	}
}

// A tactic begins with its first event that succeeded, or else with the first that was tried; the way in with the first event of all.
func TestIncidentTactics(t *testing.T) {
	call := func(id, at, name, in, code string) storyCall {
		return storyCall{id: id, at: at, who: "alice", key: "AKIA1", ip: "203.0.113.9", call: name, in: in, err: code}
	}
	in := one(t, []storyCall{
		call("a", "10T02:00:00", "iam:CreateUser", `{"userName":"x"}`, "AccessDenied"), call("b", "10T02:01:00", "iam:ListUsers", "", "AccessDenied"), call("c", "10T02:02:00", "iam:ListRoles", "", ""),
		call("d", "10T02:03:00", "s3:ListBuckets", "", ""), call("e", "10T02:04:00", "cloudtrail:StopLogging", `{"name":"t"}`, ""), call("f", "10T02:05:00", "iam:CreateUser", `{"userName":"y"}`, "AccessDenied"),
	}, nil, storyFinding{"trails", detect.High, []string{"e"}})
	var got []string
	for _, r := range in.Tactics {
		got = append(got, fmt.Sprintf("%s %s %d %v %s", r.Tactic, r.First.ID, r.Events, r.Attempted, strings.Join(r.Techniques, "+")))
	}
	if g := strings.Join(got, "; "); g != "Initial Access a 1 true T1078.004; Discovery c 3 false T1087.004+T1619; Defense Impairment e 1 false T1685.002" {
		t.Error(g)
	}
}
