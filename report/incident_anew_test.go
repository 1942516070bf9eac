package report

import (
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What somebody else has set anew since is to be looked at, and not to be undone: it may be what it was before.
func TestIncidentStepsOfWhatWasSetAnew(t *testing.T) {
	by := func(id, at, who, ip, call, in string) storyCall {
		return storyCall{id: id, at: at, who: who, key: "AKIA" + who, ip: ip, call: call, in: in}
	}
	const role, password, bucket = `{"roleName":"app"}`, `{"userName":"bob"}`, `{"bucketName":"data","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}}`
	calls := []storyCall{
		by("a", "10T02:00:00", "alice", "203.0.113.9", "iam:UpdateAssumeRolePolicy", role),
		by("b", "10T02:01:00", "alice", "203.0.113.9", "iam:UpdateLoginProfile", password),
		by("c", "10T02:02:00", "alice", "203.0.113.9", "s3:PutBucketPolicy", bucket),
	}
	found := storyFinding{"keys", detect.High, []string{"a", "b", "c"}}
	undoing := []string{"update-assume-role-policy --role-name 'app' --policy-document", "delete-login-profile --user-name 'bob'", "put-public-access-block --bucket 'data'"}
	steps := stepsOf(one(t, calls, nil, found))
	for _, word := range undoing {
		if !strings.Contains(steps, word) {
			t.Errorf("no %q%s", word, steps)
		}
	}
	again := append(calls,
		by("a2", "10T03:00:00", "root", "192.0.2.1", "iam:UpdateAssumeRolePolicy", role),
		by("b2", "10T03:00:00", "root", "192.0.2.1", "iam:UpdateLoginProfile", password),
		by("c2", "10T03:00:00", "root", "192.0.2.1", "s3:PutBucketPolicy", strings.ReplaceAll(bucket, `"*"`, `{"AWS":"arn:aws:iam::111122223333:root"}`)))
	in := one(t, again, nil, found)
	steps = stepsOf(in)
	for _, word := range undoing {
		if strings.Contains(steps, word) {
			t.Errorf("%q%s", word, steps)
		}
	}
	for _, word := range []string{"(event a2)", "(event b2)", "(event c2)", "Revoke the sessions of role app", "Refuse everything to sessions of IAM user bob"} {
		if !strings.Contains(steps, word) {
			t.Errorf("no %q%s", word, steps)
		}
	}
	own := append(calls, // the same hand again
		by("a2", "10T03:00:00", "alice", "203.0.113.9", "iam:UpdateAssumeRolePolicy", role))
	if steps := stepsOf(one(t, own, nil, found)); !strings.Contains(steps, undoing[0]) {
		t.Errorf("no %q%s", undoing[0], steps)
	}
}
