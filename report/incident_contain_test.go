package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// stepAt returns the position of the first step one of whose commands begins so; -1: there is none.
func stepAt(in *Incident, command string) int {
	return slices.IndexFunc(in.Steps, func(s ContainmentStep) bool {
		return slices.ContainsFunc(append([]string{strings.TrimPrefix(s.Verify, verifyFirst+": ")}, s.Run...), func(run string) bool { return strings.HasPrefix(run, command) })
	})
}

// one is a story's only incident.
func one(t *testing.T, calls []storyCall, judged []Judgement, findings ...storyFinding) *Incident {
	t.Helper()
	all := storyIncidents(t, calls, judged, findings...)
	if len(all) != 1 {
		t.Fatalf("%d incidents", len(all))
	}
	return &all[0]
}

// stepsOf shows the steps, for a test's complaint.
func stepsOf(in *Incident) string {
	var b strings.Builder
	for i, s := range in.Steps {
		b.WriteString("\n" + strings.Join(append([]string{string(rune('1' + i)), s.Phase, s.Why, s.Verify, s.Note}, s.Run...), " | "))
	}
	return b.String()
}

// A guessed password is taken away before the sessions are ended: whoever knows it would sign in again.
func TestContainPassword(t *testing.T) {
	calls := append(eachDay("bob", "AKIA5", "192.0.2.2", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", ip: "203.0.113.9", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", ip: "203.0.113.9", call: "iam:UpdateLoginProfile", in: `{"userName":"bob"}`},
		storyCall{id: "c", at: "10T02:02:00", who: "alice", ip: "203.0.113.9", call: "iam:UpdateLoginProfile", in: `{"userName":"alice"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b"}})
	password, deny := stepAt(in, "aws iam delete-login-profile --user-name 'alice'"), stepAt(in, "aws iam put-user-policy --user-name 'alice'")
	if password < 0 || deny < password || stepAt(in, "aws iam list-mfa-devices --user-name 'alice'") < 0 || stepAt(in, "aws iam delete-login-profile --user-name 'bob'") < 0 {
		t.Fatalf("password %d, deny %d:%s", password, deny, stepsOf(in))
	}
	if got := strings.Join(in.Steps[password].Events, " "); got != "a c" || len(in.Steps[password].Run) != 1 {
		t.Errorf("one password, one step: %s, %q", got, in.Steps[password].Run)
	}
}

// No command takes the root user back; that it must be, and before all else, is said once, for its console and for its keys.
func TestContainRoot(t *testing.T) {
	in := one(t, []storyCall{
		{id: "a", at: "10T02:00:00", who: "root", ip: "203.0.113.9", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`},
		{id: "b", at: "10T02:01:00", who: "root", key: "AKIA9", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"t"}`},
	}, nil, storyFinding{"root", detect.High, []string{"a", "b"}})
	at := stepAt(in, "aws iam get-account-summary")
	if at < 0 || !strings.HasPrefix(in.Steps[at].Why, "Take back the root user of account 111122223333: reset its password") || strings.Join(in.Steps[at].Events, " ") != "a b" || len(in.Steps[at].Run) > 0 {
		t.Fatalf("step %d, events %q:%s", at, in.Steps[max(at, 0)].Events, stepsOf(in))
	}
	for _, s := range in.Steps[:at] {
		if s.Phase != phasePreserve {
			t.Errorf("before root: %s", s.Why)
		}
	}
}

// Sessions are ended when every key is deactivated: one that is not would begin another, which the policy lets live.
func TestContainKeysFirst(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`, out: `{"user":{"arn":"arn:aws:iam::111122223333:user/tmp","userName":"tmp"}}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"alice"}`, out: `{"accessKey":{"userName":"alice","accessKeyId":"AKIA3"}}`},
		storyCall{id: "d", at: "10T02:01:00", who: "tmp", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c", "d"}})
	last, first := -1, len(in.Steps)
	for _, key := range []string{"'alice' --access-key-id 'AKIA1'", "'tmp' --access-key-id 'AKIA2'", "'alice' --access-key-id 'AKIA3'"} {
		at := stepAt(in, "aws iam update-access-key --user-name "+key)
		if at < 0 {
			t.Fatalf("%s stays:%s", key, stepsOf(in))
		}
		last = max(last, at)
	}
	for _, user := range []string{"alice", "tmp"} {
		first = min(first, stepAt(in, "aws iam put-user-policy --user-name '"+user+"'"))
	}
	if first < last {
		t.Errorf("sessions are ended in step %d, a key deactivated in step %d:%s", first, last, stepsOf(in))
	}
}

// No session is ended while a key or a password is left that begins another, whose ever it is; and of a user and what it holds the user is deleted last.
func TestContainOrder(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateLoginProfile", in: `{"userName":"bob"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c"}})
	opens, ends := -1, len(in.Steps)
	for i := range in.Steps {
		for _, run := range in.Steps[i].Run {
			switch {
			case strings.Contains(run, "--status Inactive") || strings.Contains(run, "delete-login-profile"):
				opens = max(opens, i)
			case strings.Contains(run, "put-user-policy"):
				ends = min(ends, i)
			}
		}
	}
	if opens < 0 || ends < opens {
		t.Errorf("sessions end at %d, keys and passwords at %d:%s", ends, opens, stepsOf(in))
	}
	for _, user := range []string{"alice", "bob"} {
		if stepAt(in, "aws iam put-user-policy --user-name '"+user+"'") < 0 {
			t.Errorf("the sessions of %s live on:%s", user, stepsOf(in))
		}
	}
	user, key := stepAt(in, "aws iam get-user --user-name 'tmp'"), slices.IndexFunc(in.Steps, func(s ContainmentStep) bool {
		return s.Phase == phaseRemove && strings.Contains(s.Why, "Access key AKIA2")
	})
	if key < 0 || user < key {
		t.Errorf("user %d, key %d:%s", user, key, stepsOf(in))
	}
}

// What the evidence shows as deleted is not contained again: it is looked after, and nothing is asked about a user that is gone.
func TestContainGone(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:AttachUserPolicy", in: `{"userName":"tmp","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`},
		storyCall{id: "d", at: "10T02:00:30", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA3"}}`},
		storyCall{id: "e", at: "10T02:00:40", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA4"}}`},
		storyCall{id: "f", at: "10T02:10:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteAccessKey", in: `{"userName":"tmp","accessKeyId":"AKIA2"}`},
		storyCall{id: "g", at: "10T02:10:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteUser", in: `{"userName":"tmp"}`},
		storyCall{id: "h", at: "10T02:10:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteAccessKey", in: `{"userName":"bob","accessKeyId":"AKIA3"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c", "d", "e"}})
	for _, command := range []string{"aws iam put-user-policy --user-name 'tmp'", "aws iam update-access-key --user-name 'tmp'", "aws iam update-access-key --user-name 'bob' --access-key-id 'AKIA3'", "aws iam detach-user-policy --user-name 'tmp'"} {
		if stepAt(in, command) >= 0 {
			t.Errorf("%s is of what is gone:%s", command, stepsOf(in))
		}
	}
	user, key := stepAt(in, "aws iam get-user --user-name 'tmp'"), stepAt(in, "aws iam list-access-keys --user-name 'bob'")
	if user < 0 || key < 0 || stepAt(in, "aws iam update-access-key --user-name 'bob' --access-key-id 'AKIA4'") < 0 {
		t.Fatalf("gone: %d, %d:%s", user, key, stepsOf(in))
	}
	if w, events := in.Steps[user].Why, in.Steps[user].Events; !strings.Contains(w, "IAM user tmp of account 111122223333 is gone: DeleteUser deleted it at 2026-03-10 02:10:10") || !slices.Equal(events, []string{"g"}) {
		t.Errorf("%s %q", w, events)
	}
	asked := strings.Join(in.Questions, "\n")
	if strings.Contains(asked, "evidence: IAM user tmp") || !strings.Contains(asked, "AKIA2 (made for IAM user tmp), deleted at 2026-03-10 02:10:00, AKIA3 (made for IAM user bob), deleted at") || !strings.Contains(asked, "AKIA4 (made for IAM user bob). Were") {
		t.Errorf("asked:\n%s", asked)
	}
}

// A user is no question where its key was used.
func TestAskUnusedUser(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`, out: `{"user":{"arn":"arn:aws:iam::111122223333:user/tmp","userName":"tmp"}}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "tmp", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"})
	for used, want := range map[int]bool{2: true, 3: false} {
		n := len(calls) - 3 + used
		asked := strings.Join(one(t, calls[:n], nil, storyFinding{"keys", detect.High, []string{"a", "b"}}).Questions, "\n")
		if strings.Contains(asked, "evidence: IAM user tmp") || strings.Contains(asked, "no use is seen") != want {
			t.Errorf("%d calls: asked:\n%s", used, asked)
		}
	}
}

// A role that was made, or whose trust was changed, is shut among the first steps; its sessions end when nothing is left that begins another.
func TestContainRole(t *testing.T) {
	const trust = `{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}]}`
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateRole", in: `{"roleName":"door","assumeRolePolicyDocument":"` + trust + `"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"deploy","policyDocument":"` + trust + `"}`},
		storyCall{id: "c", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"door","policyDocument":"` + trust + `"}`},
		storyCall{id: "d", at: "10T02:03:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateRole", in: `{"roleName":"short","assumeRolePolicyDocument":"` + trust + `"}`},
		storyCall{id: "e", at: "10T02:04:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteRole", in: `{"roleName":"short"}`},
		storyCall{id: "f", at: "10T02:05:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateServiceLinkedRole", in: `{"aWSServiceName":"x.amazonaws.com"}`, out: `{"role":{"roleName":"AWSServiceRoleForX"}}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	for _, role := range []string{"door", "deploy"} {
		shut, ended, key := stepAt(in, "aws iam update-assume-role-policy --role-name '"+role+"' --policy-document '{"), stepAt(in, "aws iam put-role-policy --role-name '"+role+"'"), stepAt(in, "aws iam update-access-key")
		if shut < 0 || key < shut || ended < key {
			t.Errorf("%s: shut %d, ended %d, key %d:%s", role, shut, ended, key, stepsOf(in))
		}
	}
	for _, command := range []string{"aws iam update-assume-role-policy --role-name 'AWSServiceRoleForX'", "aws iam update-assume-role-policy --role-name 'short'"} {
		if stepAt(in, command) >= 0 {
			t.Errorf("%s:%s", command, stepsOf(in))
		}
	}
	s := in.Steps[stepAt(in, "aws iam update-assume-role-policy --role-name 'door'")]
	if !slices.Equal(s.Events, []string{"a", "c"}) || !strings.Contains(s.Why, "999988887777:root (another account)") || strings.Contains(s.Note, "lawfully") {
		t.Errorf("%+v", s)
	}
	if !json.Valid([]byte(strings.Trim(trustNobody, "'"))) {
		t.Error(trustNobody)
	}
}

// Where sessions of a role are ended that stays open, the step says that others can follow; of one that was closed it does not.
func TestContainOpenRole(t *testing.T) {
	const trust = `{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}]}`
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateRole", in: `{"roleName":"door","assumeRolePolicyDocument":"` + trust + `"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "s", role: "door", key: "ASIA1", start: "10T02:00:30", ip: "203.0.113.9", call: "iam:ListUsers"},
		storyCall{id: "c", at: "10T02:02:00", who: "s", role: "ours", key: "ASIA2", start: "10T02:00:30", ip: "203.0.113.9", call: "iam:ListUsers"})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c"}})
	for role, open := range map[string]bool{"door": false, "ours": true} {
		at := stepAt(in, "aws iam put-role-policy --role-name '"+role+"'")
		if at < 0 || strings.Contains(in.Steps[at].Note, "trust policy lets in") != open {
			t.Errorf("%s: %d:%s", role, at, stepsOf(in))
		}
	}
}

// A function that the incident made is deleted, not deployed again; one that it changed is put back.
func TestContainFunction(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "lambda:CreateFunction20150331", in: `{"functionName":"made"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"made"}`},
		storyCall{id: "c", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"ours"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	made := stepAt(in, "aws lambda delete-function --function-name 'made'")
	if made < 0 || !slices.Equal(in.Steps[made].Events, []string{"a", "b"}) || stepAt(in, "aws lambda list-versions-by-function --function-name 'made'") >= 0 || stepAt(in, "aws lambda list-versions-by-function --function-name 'ours'") < 0 {
		t.Errorf("%d:%s", made, stepsOf(in))
	}
}

// What was opened to others is closed by a command.
func TestContainShares(t *testing.T) {
	const region = " --region 'us-east-1'"
	for _, c := range []struct{ call, in, out, phase, run string }{
		{"ec2:ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999988887777"}]}}}`, "", phaseTrust,
			"aws ec2 modify-image-attribute --image-id 'ami-1' --attribute launchPermission --operation-type remove --user-ids '999988887777'" + region},
		{"ec2:ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"group":"all"}]}}}`, "", phaseTrust,
			"aws ec2 modify-image-attribute --image-id 'ami-1' --attribute launchPermission --operation-type remove --user-groups 'all'" + region},
		{"ec2:ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"organizationArn":"arn:aws:organizations::999988887777:organization/o-1"}]}}}`, "", phaseTrust,
			"aws ec2 modify-image-attribute --image-id 'ami-1' --attribute launchPermission --operation-type remove --organization-arns 'arn:aws:organizations::999988887777:organization/o-1'" + region},
		{"ec2:ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999988887777"}]}}}`, "", phaseTrust,
			"aws ec2 modify-snapshot-attribute --snapshot-id 'snap-1' --attribute createVolumePermission --operation-type remove --user-ids '999988887777'" + region},
		{"ec2:ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`, "", phaseTrust,
			"aws ec2 modify-snapshot-attribute --snapshot-id 'snap-1' --attribute createVolumePermission --operation-type remove --group-names 'all'" + region},
		{"rds:ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"db-1","attributeName":"restore","valuesToAdd":["999988887777"]}`, "", phaseTrust,
			"aws rds modify-db-snapshot-attribute --db-snapshot-identifier 'db-1' --attribute-name restore --values-to-remove '999988887777'" + region},
		{"rds:ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"db-1","attributeName":"restore","valuesToAdd":["all"]}`, "", phaseTrust,
			"aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier 'db-1' --attribute-name restore --values-to-remove 'all'" + region},
		{"ec2:EnableSerialConsoleAccess", "", "", phaseTrust, "aws ec2 disable-serial-console-access" + region},
		{"rolesanywhere:CreateProfile", `{"name":"p"}`, `{"profile":{"profileId":"01234567-89ab-cdef-0123-456789abcdef"}}`, phaseTrust, "aws rolesanywhere disable-profile --profile-id '01234567-89ab-cdef-0123-456789abcdef'" + region},
		{"ec2:AuthorizeSecurityGroupIngress", `{"groupId":"sg-1"}`, `{"securityGroupRuleSet":{"items":[{"groupId":"sg-1","securityGroupRuleId":"sgr-1","ipProtocol":"tcp","fromPort":80,"toPort":80,"cidrIpv4":"0.0.0.0/0"}]}}`, phaseTrust,
			"aws ec2 revoke-security-group-ingress --group-id 'sg-1' --security-group-rule-ids 'sgr-1'" + region},
		{"ec2:AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":80,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`, `{"_return":true}`, phaseTrust,
			"aws ec2 revoke-security-group-ingress --group-id 'sg-1' --ip-permissions 'IpProtocol=tcp,FromPort=22,ToPort=80,IpRanges=[{CidrIp=0.0.0.0/0}]'" + region},
		{"ec2:AuthorizeSecurityGroupIngress", `{"groupName":"web","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":"0.0.0.0/0","ipPermissions":{}}`, `{"_return":true}`, phaseTrust,
			"aws ec2 revoke-security-group-ingress --group-name 'web' --ip-permissions 'IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges=[{CidrIp=0.0.0.0/0}]'" + region},
		{"s3:PutBucketPolicy", `{"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}}`, "", phaseTrust, "aws s3api put-public-access-block --bucket 'b'"},
		{"s3:PutBucketAcl", `{"bucketName":"b","x-amz-acl":["public-read"]}`, "", phaseTrust, "aws s3api put-public-access-block --bucket 'b'"},
		{"iam:CreateServiceSpecificCredential", `{"userName":"bob"}`, `{"serviceSpecificCredential":{"serviceSpecificCredentialId":"ACCA1"}}`, phaseRevoke,
			"aws iam update-service-specific-credential --user-name 'bob' --service-specific-credential-id 'ACCA1' --status Inactive"},
	} {
		calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12), storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, in: c.in, out: c.out})
		in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if at := stepAt(in, c.run); at < 0 || in.Steps[at].Phase != c.phase {
			t.Errorf("%s: no %s:%s", c.call, c.run, stepsOf(in))
		}
	}
}

// Whoever is of an account that the incident knows nothing of gets no command: it would hit a namesake.
func TestContainOutsider(t *testing.T) {
	in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "x", role: "deploy", start: "10T01:00:00", home: "999988887777", key: "ASIA1", ip: "203.0.113.9", call: "s3:GetObject", in: `{"bucketName":"b","key":"k"}`}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if stepAt(in, "aws iam put-role-policy") >= 0 || !strings.Contains(stepsOf(in), "Shut out role deploy, session x of account 999988887777") {
		t.Errorf("%s", stepsOf(in))
	}
}

// Root's own new key is nobody's whom a command could name.
func TestContainRootsKey(t *testing.T) {
	in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "root", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", out: `{"accessKey":{"accessKeyId":"AKIA2"}}`}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if stepAt(in, "aws iam update-access-key") >= 0 || !strings.Contains(stepsOf(in), "Delete access key AKIA2, which the root user of account 111122223333 made for itself.") {
		t.Errorf("%s", stepsOf(in))
	}
}

// Objects that were opened by their own lists are told together, and their bucket is closed.
func TestContainOpenedObjects(t *testing.T) {
	var calls []storyCall
	for i, acl := range []string{"public-read", "public-read", "private"} {
		calls = append(calls, storyCall{id: string(rune('a' + i)), at: fmt.Sprintf("10T02:00:0%d", i), who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "s3:PutObjectAcl", in: `{"bucketName":"b","key":"k","x-amz-acl":["` + acl + `"]}`})
	}
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c"}})
	at := stepAt(in, "aws s3api put-public-access-block --bucket 'b'")
	if at < 0 || !slices.Equal(in.Steps[at].Events, []string{"a", "b"}) || !strings.Contains(in.Narrative[0].Text, "opened data to others") || !slices.Equal(in.Narrative[0].Events, []string{"a", "b"}) {
		t.Errorf("%v%s", in.Narrative, stepsOf(in))
	}
}

// What else was left behind is shown by a command, and closed by one where that takes nothing of the owner's along.
func TestContainOthers(t *testing.T) {
	const region = " --region 'us-east-1'"
	for _, c := range []struct{ call, in, out, command string }{
		{"kms:PutKeyPolicy", `{"keyId":"k-1","policy":"{}"}`, "", "aws kms get-key-policy --key-id 'k-1' --policy-name default" + region},
		{"kms:CreateGrant", `{"keyId":"arn:aws:kms:us-east-1:111122223333:key/k-1","granteePrincipal":"x"}`, `{"grantId":"g1"}`, "aws kms revoke-grant --key-id 'arn:aws:kms:us-east-1:111122223333:key/k-1' --grant-id 'g1'" + region},
		{"autoscaling:CreateAutoScalingGroup", `{"autoScalingGroupName":"miners"}`, "", "aws autoscaling suspend-processes --auto-scaling-group-name 'miners' --scaling-processes Launch" + region},
		{"ssm:CreateAssociation", `{"name":"AWS-RunShellScript"}`, `{"associationDescription":{"associationId":"01234567-89ab-cdef-0123-456789abcdef"}}`, "aws ssm delete-association --association-id '01234567-89ab-cdef-0123-456789abcdef'" + region},
		{"glue:PutResourcePolicy", `{"policyInJson":"{}"}`, "", "aws glue get-resource-policy" + region},
		{"ec2-instance-connect:SendSSHPublicKey", `{"instanceId":"i-0a1"}`, "", "aws ec2 create-snapshots --instance-specification InstanceId=i-0a1 --copy-tags-from-source volume" + region},
		{"ec2:ModifyInstanceAttribute", `{"instanceId":"i-0a1","userData":"<sensitiveDataRemoved>"}`, "", "aws ec2 create-snapshots --instance-specification InstanceId=i-0a1 --copy-tags-from-source volume" + region},
		{"ec2:ModifyInstanceAttribute", `{"instanceId":"i-0a1","attribute":"userData","value":"x"}`, "", "aws ec2 create-snapshots --instance-specification InstanceId=i-0a1 --copy-tags-from-source volume" + region},
	} {
		in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, in: c.in, out: c.out}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if stepAt(in, c.command) < 0 {
			t.Errorf("%s: no %s:%s", c.call, c.command, stepsOf(in))
		}
	}
	in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "ec2:ModifyInstanceAttribute", in: `{"instanceId":"i-0a1","groupSet":{"items":[{"groupId":"sg-1"}]}}`}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if stepAt(in, "aws ec2 create-snapshots") >= 0 {
		t.Errorf("groups of an instance:%s", stepsOf(in))
	}
}

// What lets single accounts in is no bucket open to everybody.
func TestContainBucketOfOneAccount(t *testing.T) {
	for call, in := range map[string]string{
		"s3:PutBucketPolicy": `{"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}}`,
		"s3:PutBucketAcl":    `{"bucketName":"public-read-b","x-amz-acl":["private"]}`,
	} {
		calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12), storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: call, in: in})
		if in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}}); stepAt(in, "aws s3api put-public-access-block") >= 0 || stepAt(in, "aws s3api get-bucket-") < 0 {
			t.Errorf("%s:%s", call, stepsOf(in))
		}
	}
}

// What is kept is kept before anything is changed: the report of each account, the last use of each key; and volumes before their machines are stopped.
func TestPreserveFirst(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "ec2:RunInstances", out: `{"instancesSet":{"items":[{"instanceId":"i-0a1"},{"instanceId":"i-0a2"}]}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "ec2:RunInstances", out: `{"instancesSet":{"items":[{"instanceId":"i-0a3"},{"instanceId":"i-0a4,x=y"}]}}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c"}})
	if s := in.Steps[0]; !strings.Contains(s.Why, "account 111122223333") || !slices.Equal(s.Run, []string{"aws iam generate-credential-report", "aws iam get-credential-report --query Content --output text | base64 -d > credential-report-111122223333.csv"}) {
		t.Errorf("first: %+v", s)
	}
	if s := in.Steps[1]; !slices.Equal(s.Run, []string{"aws iam get-access-key-last-used --access-key-id 'AKIA1'", "aws iam get-access-key-last-used --access-key-id 'AKIA2'"}) || !slices.Equal(s.Events, []string{"a"}) {
		t.Errorf("second: %+v", s)
	}
	at := stepAt(in, "aws ec2 create-snapshots --instance-specification InstanceId=i-0a1 --copy-tags-from-source volume --region 'us-east-1'")
	if at < 0 || at > stepAt(in, "aws ec2 stop-instances --instance-ids 'i-0a1'") || len(in.Steps[at].Run) != 3 || !slices.Equal(in.Steps[at].Events, []string{"b", "c"}) {
		t.Errorf("snapshots %d:%s", at, stepsOf(in))
	}
}

// A step names users and groups as they are called now: whoever is called so today may be somebody else.
func TestContainRenamed(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:AddUserToGroup", in: `{"userName":"tmp","groupName":"ops"}`},
		storyCall{id: "d", at: "10T02:00:30", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:UpdateUser", in: `{"userName":"tmp","newUserName":"tm"}`},
		storyCall{id: "e", at: "10T02:00:40", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:UpdateUser", in: `{"userName":"tm","newUserName":"backup"}`},
		storyCall{id: "f", at: "10T02:00:50", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateLoginProfile", in: `{"userName":"tmp"}`},
		storyCall{id: "g", at: "11T02:00:00", who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:UpdateGroup", in: `{"groupName":"ops","newGroupName":"operators"}`},
		storyCall{id: "h", at: "11T02:00:00", who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:UpdateUser", in: `{"userName":"alice","newUserName":"eve"}`, err: "AccessDenied"})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c", "f"}})
	for _, run := range []string{
		"aws iam get-user --user-name 'backup'", "aws iam update-access-key --user-name 'backup' --access-key-id 'AKIA2'", "aws iam remove-user-from-group --group-name 'operators' --user-name 'backup'",
		"aws iam delete-login-profile --user-name 'tmp'", "aws iam update-access-key --user-name 'alice' --access-key-id 'AKIA1'",
	} {
		if stepAt(in, run) < 0 {
			t.Errorf("no %s", run)
		}
	}
	if at := stepAt(in, "aws iam get-user --user-name 'backup'"); at < 0 || !strings.HasSuffix(in.Steps[at].Note, "tmp is called backup since 2026-03-10 02:00:40 (UpdateUser, event e).") {
		t.Errorf("%s", stepsOf(in))
	}
}

// renamedInUse is the story of a user that an intruder makes, uses, renames and uses again.
func renamedInUse() []storyCall {
	return append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`, out: `{"user":{"userName":"tmp","arn":"arn:aws:iam::111122223333:user/tmp"}}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "tmp", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"},
		storyCall{id: "d", at: "10T02:00:30", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:UpdateUser", in: `{"userName":"tmp","newUserName":"backup"}`},
		storyCall{id: "e", at: "10T02:01:00", who: "backup", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"})
}

// A user that is used by both its names is one user: its sessions are refused once, and it is not asked why it is not used.
func TestContainRenamedInUse(t *testing.T) {
	in := one(t, renamedInUse(), nil, storyFinding{"keys", detect.High, []string{"a", "b"}})
	refused := 0
	for _, s := range in.Steps {
		if slices.ContainsFunc(s.Run, func(run string) bool { return strings.HasPrefix(run, "aws iam put-user-policy --user-name 'backup'") }) {
			refused++
		}
	}
	if refused != 1 || strings.Contains(stepsOf(in), "put-user-policy --user-name 'tmp'") {
		t.Errorf("refused %d times:%s", refused, stepsOf(in))
	}
	if asked := fmt.Sprint(in.Questions); strings.Contains(asked, "no use is seen") {
		t.Error(asked)
	}
}

// A user that was renamed and is gone since has nothing left to be taken away, by whatever name it is known.
func TestContainRenamedAndGone(t *testing.T) {
	calls := append(renamedInUse(), storyCall{id: "f", at: "11T02:00:00", who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:DeleteUser", in: `{"userName":"backup"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b"}})
	if at := slices.IndexFunc(in.Credentials, func(c IncidentCredential) bool { return c.Credential == "AKIA2" }); at < 0 || in.Credentials[at].Events != 2 {
		t.Errorf("%+v", in.Credentials)
	}
	if stepAt(in, "aws iam update-access-key --user-name 'alice'") < 0 || strings.Contains(stepsOf(in), "--access-key-id 'AKIA2' --status") || strings.Contains(stepsOf(in), "put-user-policy --user-name 'backup'") || !strings.Contains(stepsOf(in), "is gone: DeleteUser deleted it at") {
		t.Errorf("%s", stepsOf(in))
	}
}

// What somebody deactivated or deleted since is looked after, and not deactivated again; what was used after that was active again.
func TestContainEndedKeys(t *testing.T) {
	set := func(id, at, key, status string) storyCall {
		return storyCall{id: id, at: at, who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:UpdateAccessKey", in: `{"userName":"alice","accessKeyId":"` + key + `","status":"` + status + `"}`}
	}
	use := func(id, at, key string) storyCall {
		return storyCall{id: id, at: at, who: "alice", key: key, ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"` + id + `"}`}
	}
	const still, gone, off = "still inactive", "is gone", "update-access-key"
	refused := set("x", "11T02:00:00", "AKIA1", "Inactive")
	refused.err = "AccessDenied"
	for name, c := range map[string]struct {
		calls []storyCall
		want  string
	}{
		"nothing":             {nil, off},
		"inactive":            {[]storyCall{set("x", "11T02:00:00", "AKIA1", "Inactive")}, still},
		"refused":             {[]storyCall{refused}, off},
		"active again":        {[]storyCall{set("x", "11T02:00:00", "AKIA1", "Inactive"), set("y", "11T02:00:01", "AKIA1", "Active")}, off},
		"of one second":       {[]storyCall{set("x", "11T02:00:00", "AKIA1", "Active"), set("y", "11T02:00:00", "AKIA1", "Inactive")}, off},
		"another key":         {[]storyCall{set("x", "11T02:00:00", "AKIA9", "Inactive")}, off},
		"used since":          {[]storyCall{set("x", "10T02:00:01", "AKIA1", "Inactive"), use("b", "10T02:05:00", "AKIA1")}, off},
		"deleted":             {[]storyCall{{id: "x", at: "11T02:00:00", who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:DeleteAccessKey", in: `{"userName":"alice","accessKeyId":"AKIA1"}`}}, gone},
		"before the incident": {[]storyCall{set("x", "09T02:00:00", "AKIA1", "Inactive")}, off},
	} {
		calls := append(append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 8), use("a", "10T02:00:00", "AKIA1")), c.calls...)
		in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		var got []string
		for _, s := range in.Steps {
			if words := s.Why + strings.Join(s.Run, " "); s.Phase == phaseRevoke && strings.Contains(words, "AKIA1") {
				for _, what := range []string{still, gone, off} {
					if strings.Contains(words, what) {
						got = append(got, what)
					}
				}
			}
		}
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, want %s:%s", name, got, c.want, stepsOf(in))
		}
	}
}

// The keys of a user that was renamed are looked after under the name that it has now: under the old one there is nobody, or somebody else.
func TestContainEndedKeyOfRenamed(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "b", at: "10T02:01:00", who: "tmp", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"},
		storyCall{id: "c", at: "11T02:00:00", who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:UpdateAccessKey", in: `{"userName":"tmp","accessKeyId":"AKIA2","status":"Inactive"}`},
		storyCall{id: "d", at: "11T02:01:00", who: "bob", key: "AKIA5", ip: "192.0.2.2", call: "iam:UpdateUser", in: `{"userName":"tmp","newUserName":"held"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if stepAt(in, "aws iam list-access-keys --user-name 'held'") < 0 || strings.Contains(stepsOf(in), "list-access-keys --user-name 'tmp'") {
		t.Error(stepsOf(in))
	}
}
