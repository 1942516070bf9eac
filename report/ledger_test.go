package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan"
)

// closed ends the books of a tally.
func closed(t testing.TB, tally *Tally) *Ledger {
	t.Helper()
	if err := tally.closeBooks(tally.all.evidence.Last); err != nil {
		t.Fatal(err)
	}
	return tally.written
}

func rowOf[T any](rows []T, wanted func(*T) bool) *T {
	for i := range rows {
		if wanted(&rows[i]) {
			return &rows[i]
		}
	}
	return nil
}

// script makes calls a second apart unless told otherwise, all of one user.
type script struct {
	calls []call
	at    int
}

func (s *script) do(source, name, request, response string) *call {
	s.at++
	return s.same(source, name, request, response)
}

// same is do within the second of the last call.
func (s *script) same(source, name, request, response string) *call {
	s.calls = append(s.calls, call{id: fmt.Sprint(len(s.calls) + 1), at: fmt.Sprintf("2024-05-03T02:%02d:%02dZ", s.at/60, s.at%60), source: source, name: name,
		key: aliceKey, who: aliceARN, ip: mallory, request: request, response: response})
	return &s.calls[len(s.calls)-1]
}

func (s *script) entries(t testing.TB) (all []scan.Entry) {
	for i := range s.calls {
		all = append(all, s.calls[i].entry(t, i))
	}
	return all
}

// ledgers returns the script's ledgers, however batches are cut.
func (s *script) ledgers(t *testing.T) (l *Ledger) {
	t.Helper()
	was := ""
	for _, batch := range []int{1, 4, 100} {
		l = closed(t, tallied(t, s.entries(t), batch))
		var b strings.Builder
		for _, f := range l.files() {
			if err := f.write(&b); err != nil {
				t.Fatal(err)
			}
		}
		if was != "" && b.String() != was {
			t.Errorf("batches of %d: other ledgers\n%s\nwere\n%s", batch, b.String(), was)
		}
		was = b.String()
	}
	return l
}

func TestLedger(t *testing.T) {
	tally := tallied(t, entries(t), 7)
	var got []string
	for _, r := range closed(t, tally).Persistence {
		got = append(got, fmt.Sprintf("%s %q %s %s %d %s", r.Kind, r.Target, r.State, r.Link, r.Calls, r.Made.SourceIP))
	}
	want := []string{
		`IAM user "=svc|<b>\u202e" present identity 1 ` + mallory, // its removal failed
		`access key "` + newKey + `" removed identity 1 ` + mallory,
		`policy attached to user "svc, arn:aws:iam::aws:policy/AdministratorAccess" present identity 1 ` + mallory,
		`function "beacon" present address 1 ` + mallory,
		`IAM user "forged" present  1 192.0.2.5`, // conflicting copies accuse nobody
		`IAM user "dave" present  1 ` + office,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := tally.keys.states.row(aliceKey); r == nil || len(r.marks) != 1 || r.marks[0].Event != "UpdateAccessKey (Inactive)" {
		t.Errorf("alice's key: %+v", r)
	}
	if r := tally.keys.issued.row(sessionID); r == nil || r.expiry != "May 3, 2024, 2:02:00 AM" || r.mark.EventID != "e08" {
		t.Errorf("issued: %+v", r)
	}
	if p := tally.written.persistence(); len(p.Rows) != 4 || p.Rows[3].Target != "beacon" {
		t.Errorf("the field has %+v", p.Rows)
	}
}

// things removed, made again, and made and removed in one second.
func TestLedgerStates(t *testing.T) {
	var s script
	user := func(u string) string { return `{"userName":"` + u + `"}` }
	key := `{"accessKeyId":"AKIAX","status":"%s"}`
	rules := `{"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"},{"securityGroupRuleId":"sgr-2"}]}}`
	group := `{"groupId":"sg-1","ipPermissions":{"items":[{"fromPort":22}]}}`
	s.do("iam", "CreateUser", user("a"), "")
	s.do("iam", "DeleteUser", user("a"), "")
	s.do("iam", "CreateUser", user("a"), "")
	s.do("iam", "DeleteUser", user("b"), "") // earlier in the timeline, same second
	s.same("iam", "CreateUser", user("b"), "")
	s.do("iam", "CreateUser", user("c"), "")
	s.same("iam", "DeleteUser", user("c"), "")
	s.do("iam", "CreateAccessKey", "", `{"accessKey":{"accessKeyId":"AKIAX","userName":"a"}}`)
	s.do("iam", "UpdateAccessKey", fmt.Sprintf(key, "Inactive"), "")
	s.do("iam", "UpdateAccessKey", fmt.Sprintf(key, "Active"), "")
	s.do("iam", "UpdateAccessKey", fmt.Sprintf(key, "Inactive"), "")
	s.do("s3", "PutBucketPolicy", `{"bucketName":"x","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*"}]}}`, "")
	s.do("s3", "PutBucketPolicy", `{"bucketName":"x"}`, "")
	s.do("ec2", "RunInstances", `{"instanceType":"p4d.24xlarge"}`, `{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}`)
	s.do("ec2", "TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-2"}]}}`, "")
	s.do("ec2", "AuthorizeSecurityGroupIngress", group, rules)
	s.do("ec2", "RevokeSecurityGroupIngress", group, "")
	s.do("lambda", "AddPermission20150331v2", `{"functionName":"arn:aws:lambda:eu-west-1:1:function:f:live","statementId":"s","principal":"*"}`, "")
	s.do("lambda", "RemovePermission20150331v2", `{"functionName":"f","qualifier":"live","statementId":"s"}`, "")
	s.do("ec2", "CreateKeyPair", `{"keyName":"k"}`, `{"keyPairId":"key-1"}`)
	s.do("ec2", "DeleteKeyPair", `{"keyPairId":"key-1"}`, "")
	want := strings.Join([]string{
		"a removed 1 ", "a present 1 ", "b " + Unordered + " 1 ", "c " + Unordered + " 1 ", "AKIAX deactivated 1 a", "x present 2 ",
		"i-1 present 1 p4d.24xlarge", "i-2 removed 1 p4d.24xlarge", "sgr-1 removed 1 tcp 22 from 0.0.0.0/0; from", "sgr-2 removed 1 tcp 22 from 0.0.0.0/0; from",
		"f:live, s removed 1 *", "k removed 1 ",
	}, "\n")
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		got = append(got, fmt.Sprintf("%s %s %d %s", r.Target, r.State, r.Calls, r.Detail))
	}
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

// A rule that has no ID is taken away by the call that names the same group, protocol, ports and source, and by no other: an empty list of rules
// names none.
func TestLedgerRulesWithoutID(t *testing.T) {
	const list, alone = `"ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":%[1]d,"toPort":%[1]d,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}`, `"ipProtocol":"tcp","fromPort":%[1]d,"toPort":%[1]d,"cidrIp":"0.0.0.0/0","ipPermissions":{}`
	for _, group := range []string{`"groupId":"sg-1"`, `"groupName":"web"`} {
		for _, rule := range []string{list, alone} {
			for _, closed := range []int{22, 80} {
				var s script
				s.do("ec2", "AuthorizeSecurityGroupIngress", fmt.Sprintf("{"+group+","+rule+"}", 22), `{"_return":true}`)
				s.do("ec2", "RevokeSecurityGroupIngress", fmt.Sprintf("{"+group+","+rule+"}", closed), `{"_return":true}`)
				rows := s.ledgers(t).Persistence
				if len(rows) != 1 || (rows[0].State == Removed) != (closed == 22) || rows[0].Target != "sg-1" && rows[0].Target != "web" || rows[0].Detail != "tcp 22 from 0.0.0.0/0" {
					t.Errorf("%s, %s, closed %d: %+v", group, rule, closed, rows)
				}
			}
		}
	}
}

// Of a rule's targets those are taken away that the call names.
func TestLedgerTargets(t *testing.T) {
	var s script
	s.do("events", "PutTargets", `{"rule":"r","targets":[{"id":"1","arn":"arn:aws:lambda:us-east-1:111122223333:function:ours"},{"id":"2","arn":"arn:aws:lambda:us-east-1:111122223333:function:theirs"}]}`, "")
	s.do("events", "RemoveTargets", `{"rule":"r","ids":["1"]}`, "")
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		got = append(got, r.Target+" "+r.State)
	}
	if want := "r, 1 removed; r, 2 present"; strings.Join(got, "; ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What somebody else sets anew is replaced, and what the same caller sets again is not.
func TestLedgerReplaced(t *testing.T) {
	var s script
	trust := func(who string) string {
		return `{"roleName":"admin","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"` + who + `\"}}]}"}`
	}
	s.do("iam", "UpdateAssumeRolePolicy", trust("arn:aws:iam::999999999999:root"), "")
	s.do("iam", "UpdateAssumeRolePolicy", trust("arn:aws:iam::999999999999:root"), "")
	s.do("iam", "UpdateAssumeRolePolicy", trust("111122223333"), "").key = "AKIABOB"
	s.do("iam", "AttachUserPolicy", `{"userName":"u","policyArn":"p"}`, "")
	s.do("iam", "AttachUserPolicy", `{"userName":"u","policyArn":"p"}`, "").key = "AKIABOB" // it is there already
	s.do("s3", "PutBucketPolicy", `{"bucketName":"b"}`, "")
	s.same("s3", "PutBucketPolicy", `{"bucketName":"b"}`, "").key = "AKIABOB" // which one holds is not known
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		ended := ""
		if r.Ended != nil {
			ended = r.Ended.EventID
		}
		got = append(got, fmt.Sprintf("%s by %s %s %s %d %s", r.Target, r.Made.Credential, r.State, ended, r.Calls, r.Detail))
	}
	want := []string{
		"admin by " + aliceKey + " replaced 3 2 to arn:aws:iam::999999999999:root (another account)", "admin by AKIABOB present  1 to 111122223333",
		"u, p by " + aliceKey + " present  1 ", "u, p by AKIABOB present  1 ", "b by " + aliceKey + " present  1 ", "b by AKIABOB present  1 ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Shares name with whom, and end with the share, with the snapshot, or with a reset.
func TestLedgerShares(t *testing.T) {
	var s script
	share := func(id, how, item string) string {
		return `{"snapshotId":"` + id + `","createVolumePermission":{"` + how + `":{"items":[` + item + `]}}}`
	}
	s.do("ec2", "ModifySnapshotAttribute", share("snap-1", "add", `{"userId":"999999999999"},{"userId":"888888888888"}`), "")
	s.do("ec2", "ModifySnapshotAttribute", share("snap-1", "remove", `{"userId":"888888888888"}`), "")
	s.do("ec2", "ModifySnapshotAttribute", share("snap-2", "add", `{"group":"all"}`), "")
	s.do("ec2", "DeleteSnapshot", `{"snapshotId":"snap-2"}`, "")
	s.do("ec2", "ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999999999999"}]}}}`, "")
	s.do("ec2", "ResetImageAttribute", `{"imageId":"ami-1"}`, "")
	s.do("rds", "ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"db","attributeName":"restore","valuesToAdd":["999999999999","all"]}`, "")
	s.do("rds", "ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"db","attributeName":"restore","valuesToRemove":["all"]}`, "")
	l := s.ledgers(t)
	var got []string
	for _, r := range l.Persistence {
		got = append(got, r.Target+" "+r.State)
	}
	want := "snap-1, 999999999999 present|snap-1, 888888888888 removed|snap-2, all removed|ami-1, 999999999999 removed|db, 999999999999 present|db, all removed"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	got = nil
	for _, r := range l.Data {
		got = append(got, r.Kind+" "+r.Resource+" "+r.Detail)
	}
	want = "snapshot shared snap-1 to 999999999999, 888888888888|snapshot shared snap-2 to all|image shared ami-1 to 999999999999|snapshot shared db to 999999999999, all"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

// Data that was taken comes before data that was only tried, whatever the order of events.
func TestDataOrder(t *testing.T) {
	var s script
	for _, c := range [][3]string{
		{"tried", "AccessDenied", "300"}, {"tried", "AccessDenied", "300"}, {"small", "", "10"}, {"none", "", "0"}, {"big", "", "1000"}, {"twice", "", "5"}, {"twice", "", "5"},
	} {
		made := s.do("s3", "GetObject", `{"bucketName":"`+c[0]+`","key":"k"}`, "")
		made.err, made.extra, made.readOnly = c[1], `{"bytesTransferredOut":`+c[2]+`}`, "true"
	}
	l := s.ledgers(t)
	var got []string
	for _, r := range l.data().Rows {
		got = append(got, r.Resource+" "+r.sent())
	}
	if s := strings.Join(got, ", "); s != "big 1.0 kB, twice 10 bytes, small 10 bytes, none 0 bytes, tried –" {
		t.Error(s)
	}
	if seen := l.sums.Seen; len(seen) != 1 || seen[0].Kind != s3Objects || seen[0].Events != 7 || seen[0].Denied != 2 {
		t.Errorf("seen: %+v", seen)
	}
}

func TestEveryEndHasABeginning(t *testing.T) {
	families := make(map[string]bool)
	for _, traces := range made {
		for _, tr := range traces {
			families[tr.family] = true
		}
	}
	for action, traces := range ended {
		for _, tr := range traces {
			if !families[tr.family] {
				t.Errorf("%s ends %q, which nothing makes", action, tr.family)
			}
		}
	}
	for family := range setAsAWhole {
		if !families[family] {
			t.Errorf("nothing makes %q", family)
		}
	}
	for family := range otherDetails {
		if !families[family] || policyDocuments[family] != "" {
			t.Errorf("details of %q", family)
		}
	}
}

// What belonged to a user or role went with it, and a rule is told in words, however its request is written.
func TestLedgerOwners(t *testing.T) {
	var s script
	s.do("iam", "CreateUser", `{"userName":"u"}`, "")
	s.do("iam", "AttachUserPolicy", `{"userName":"u","policyArn":"p"}`, "")
	s.do("iam", "AttachUserPolicy", `{"userName":"u","policyArn":"q"}`, "")
	s.do("iam", "AttachUserPolicy", `{"userName":"v","policyArn":"p"}`, "")
	s.do("iam", "PutUserPolicy", `{"userName":"u","policyName":"n"}`, "")
	s.do("iam", "CreateAccessKey", `{"userName":"u"}`, `{"accessKey":{"accessKeyId":"AKIAU","userName":"u"}}`)
	s.do("iam", "CreateLoginProfile", `{"userName":"u"}`, "")
	s.do("iam", "AddUserToGroup", `{"groupName":"g","userName":"u"}`, "")
	s.do("iam", "AttachRolePolicy", `{"roleName":"u","policyArn":"p"}`, "")
	s.do("iam", "DetachUserPolicy", `{"userName":"u","policyArn":"q"}`, "")
	s.do("iam", "DeleteUser", `{"userName":"u"}`, "")
	s.do("iam", "CreateUser", `{"userName":"u"}`, "")
	s.do("iam", "AttachUserPolicy", `{"userName":"u","policyArn":"p"}`, "")
	s.do("ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":[ {"fromPort":80,"toPort":80,"ipProtocol":"tcp","ipRanges":[{"cidrIp":"0.0.0.0/0"}]}]}`, `{"return":true}`)
	want := strings.Join([]string{
		"IAM user: u removed 11 ", "policy attached to user: u, p removed 11 gone with its user: ", "policy attached to user: u, q removed 10 ", "policy attached to user: v, p present  ",
		"inline policy of user: u, n removed 11 gone with its user: ", "access key: AKIAU removed 11 gone with its user: ", "console password: u removed 11 gone with its user: ",
		"group membership: g, u removed 11 gone with its user: ", "policy attached to role: u, p present  ", "IAM user: u present  ", "policy attached to user: u, p present  ",
		"security group rule: sg-1 present  tcp 80 from 0.0.0.0/0",
	}, "\n")
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		end, detail := "", ""
		if r.Ended != nil {
			end = r.Ended.EventID
		}
		if r.Kind == "security group rule" {
			detail = r.Detail
		}
		got = append(got, fmt.Sprintf("%s: %s %s %s %s%s", r.Kind, r.Target, r.State, end, r.goneWith(), detail))
	}
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

// What a record names at length tells things apart, and is not kept: a call may be about a thousand of them.
func TestLongNamesMakeShortKeys(t *testing.T) {
	trace := &trace{service: "ec2", family: "security group rule"}
	long := strings.Repeat("x", 1<<20)
	one, other := trace.key("111122223333", "eu-west-1", "sg-1", long), trace.key("111122223333", "eu-west-1", "sg-1", long+"y")
	if one == other || len(one) > textLimit {
		t.Errorf("keys of %d and %d bytes, the same: %t", len(one), len(other), one == other)
	}
}

// An attacker's second may hold any number of removals.
func TestRemovalsOfASecond(t *testing.T) {
	var l ledger
	for i := range removalLimit + 1000 {
		l.apply(&change{kind: removed, thing: thing{keys: []string{fmt.Sprint(i)}}})
	}
	if len(l.removals) != removalLimit {
		t.Error(len(l.removals))
	}
}

// Ways in which things end that their own removal does not tell.
func TestLedgerOtherEnds(t *testing.T) {
	var s script
	policy := "arn:aws:iam::1:policy/p"
	version := func(v string) string { return `{"policyArn":"` + policy + `","versionId":"` + v + `"}` }
	s.do("iam", "SetDefaultPolicyVersion", version("v4"), "")
	s.do("iam", "SetDefaultPolicyVersion", version("v1"), "").key = "AKIABOB"
	s.do("iam", "CreatePolicyVersion", `{"policyArn":"`+policy+`"}`, `{"policyVersion":{"versionId":"v5"}}`)
	s.do("iam", "CreatePolicyVersion", `{"policyArn":"`+policy+`","setAsDefault":true}`, `{"policyVersion":{"versionId":"v6"}}`)
	s.do("iam", "CreateUser", `{"userName":"a"}`, "")
	s.do("iam", "CreateAccessKey", "", `{"accessKey":{"accessKeyId":"AKIAX","userName":"a"}}`)
	s.do("iam", "AttachUserPolicy", `{"userName":"a","policyArn":"admin"}`, "")
	s.do("iam", "AddUserToGroup", `{"userName":"a","groupName":"g"}`, "")
	s.do("iam", "UpdateUser", `{"userName":"a","newPath":"/x/"}`, "")
	s.do("iam", "UpdateUser", `{"userName":"a","newUserName":"b"}`, "")
	s.do("iam", "CreateUser", `{"userName":"a"}`, "")
	s.do("iam", "DeleteUser", `{"userName":"a"}`, "")
	s.do("iam", "RemoveUserFromGroup", `{"userName":"b","groupName":"g"}`, "")
	s.do("iam", "DeleteUser", `{"userName":"b"}`, "")
	s.do("iam", "UploadSSHPublicKey", `{"userName":"c"}`, `{"sSHPublicKey":{"sSHPublicKeyId":"APKAX"}}`)
	s.do("iam", "UpdateSSHPublicKey", `{"userName":"c","sSHPublicKeyId":"APKAX","status":"Inactive"}`, "")
	s.do("kms", "CreateGrant", `{"keyId":"k"}`, `{"grantId":"g1"}`)
	s.do("kms", "RetireGrant", "", "").extra = `{"grantId":"g1"}`
	s.do("ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"fromPort":22,"description":"x"}]}}`, `{"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1"},{"securityGroupRuleId":"sgr-2"}]}}`)
	s.do("ec2", "RevokeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"fromPort":22}]}}`, `{"revokedSecurityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1"}]}}`)
	s.do("lambda", "CreateFunctionUrlConfig", `{"functionName":"f","authType":"AWS_IAM"}`, "")
	s.do("lambda", "UpdateFunctionUrlConfig", `{"functionName":"f","authType":"NONE"}`, "").key = "AKIABOB"
	s.do("events", "PutPermission", `{"eventBusName":"arn:aws:events:eu-west-1:1:event-bus/aws.partner/x.com/bus","statementId":"s"}`, "")
	s.do("events", "DeleteEventBus", `{"name":"bus"}`, "")
	want := []string{
		policy + ", v4 replaced 2", policy + ", v1 removed 4", policy + ", v5 present -", policy + ", v6 present -",
		"a removed 14", "AKIAX removed 14", "a, admin removed 14", "g, a removed 13", "a removed 12", "APKAX deactivated 16", "g1 removed 18", "sgr-1 removed 20", "sgr-2 present -",
		"f replaced 22", "f present -", "aws.partner/x.com/bus, s present -",
	}
	var got []string
	l := s.ledgers(t)
	for _, r := range l.Persistence {
		ended := "-"
		if r.Ended != nil {
			ended = r.Ended.EventID
		}
		got = append(got, fmt.Sprintf("%s %s %s", r.Target, r.State, ended))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := rowOf(l.Persistence, func(r *PersistenceRow) bool { return r.Kind == "IAM user" }); r.Detail != "a is now called b" {
		t.Errorf("renamed: %q", r.Detail)
	}
}

// People of Identity Center and their groups are left behind like users of IAM; who is deleted has no membership.
func TestLedgerIdentityCenter(t *testing.T) {
	var s script
	s.do("identitystore", "CreateUser", `{"identityStoreId":"d-1"}`, `{"userId":"u1","identityStoreId":"d-1"}`)
	s.do("identitystore", "CreateGroupMembership", `{"identityStoreId":"d-1","groupId":"g","memberId":{"userId":"u1"}}`, `{"membershipId":"m1","identityStoreId":"d-1"}`)
	s.do("sso-directory", "CreateUser", `{"identityStoreId":"d-1"}`, `{"user":{"userId":"u2"}}`)
	s.do("identitystore", "CreateGroupMembership", `{"identityStoreId":"d-1","groupId":"g","memberId":{"userId":"u2"}}`, `{"membershipId":"m2","identityStoreId":"d-1"}`)
	s.do("identitystore", "DeleteUser", `{"identityStoreId":"d-1","userId":"u1"}`, "")
	s.do("identitystore", "DeleteGroupMembership", `{"identityStoreId":"d-1","membershipId":"m2"}`, "")
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		got = append(got, r.Kind+" "+r.Target+" "+r.State)
	}
	want := []string{"Identity Center user d-1, u1 removed", "Identity Center membership d-1, m1 removed", "Identity Center user d-1, u2 present", "Identity Center membership d-1, m2 removed"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What the report says to run against a thing is known to end it.
func TestRemediesEnd(t *testing.T) {
	slows := map[string]bool{"instance": true, "auto scaling group": true, "notebook": true, "Lightsail instance": true} // and leaves the thing there
	for _, r := range remedies {
		for _, run := range r.run {
			words := strings.Fields(run)
			found := slows[r.family]
			for action, traces := range ended {
				if strings.EqualFold(action, strings.ReplaceAll(words[2], "-", "")) {
					found = found || rowOf(traces, func(e *trace) bool { return e.family == r.family }) != nil
				}
			}
			if !found {
				t.Errorf("%s: after %s it counts as present", r.family, words[2])
			}
		}
	}
}

// What is copied, however the caller writes it; of a copy only the answer is sent.
func TestCopySource(t *testing.T) {
	for header, want := range map[string]string{
		"data/secret%20file.txt?versionId=1": "data secret file.txt?versionId=1",
		"/data/a/b":                          "data a/b",
		"data%2Fa%2Fb":                       "data a/b",
		"data/100%":                          "data 100%",
		"arn:aws:s3:eu-west-1:1:accesspoint/ap/object/a/b":                      "arn:aws:s3:eu-west-1:1:accesspoint/ap a/b",
		"arn%3Aaws%3As3%3Aeu-west-1%3A1%3Aaccesspoint%2Fap%2Fobject%2FAWSLogs/": "arn:aws:s3:eu-west-1:1:accesspoint/ap AWSLogs/",
		"data": "data ", "": " ",
	} {
		if from, object := copySource(header); from+" "+object != want {
			t.Errorf("%s: %q %q", header, from, object)
		}
	}
	var s script
	s.do("s3", "CopyObject", `{"bucketName":"evil","key":"x","x-amz-copy-source":"data%2Fa"}`, "").extra = `{"bytesTransferredOut":234.0}`
	if r := s.ledgers(t).Data; len(r) != 1 || r[0].Resource != "data" || r[0].Objects != 1 || r[0].Bytes != 0 {
		t.Errorf("%+v", r)
	}
}
