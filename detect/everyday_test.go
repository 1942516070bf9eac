package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBackupsPruned: a program that encrypts what it writes and prunes it is not one that holds a bucket to ransom.
func TestBackupsPruned(t *testing.T) {
	const sse = `"x-amz-server-side-encryption-customer-algorithm":"AES256"`
	write := func(call, in string) example {
		return example{at: "03:00:00", key: "AKIA1", call: "s3:" + call, in: `{"bucketName":"b","key":"a b",` + in + sse + `}`}
	}
	prune := example{at: "03:10:00", key: "AKIA1", call: "s3:DeleteObjects", in: `{"bucketName":"b"}`}
	expire := example{at: "03:20:00", key: "AKIA1", call: "s3:PutBucketVersioning", in: `{"bucketName":"b","VersioningConfiguration":{"Status":"Suspended"}}`}
	for name, x := range map[string]struct {
		all  []example
		want Severity
	}{
		"written and pruned":         {[]example{write("PutObject", ""), prune}, Low},
		"copied and pruned":          {[]example{write("CopyObject", `"x-amz-copy-source":"b/c",`), prune}, Low},
		"in place, and deleted":      {[]example{write("CopyObject", `"x-amz-copy-source":"/b/a%20b?versionId=1",`), prune}, Critical},
		"written, versions given up": {[]example{write("PutObject", ""), prune, expire}, Critical},
	} {
		if found := run(t, detectorOf(t, "customer-key-then-expiry"), records(t, story(x.all...))); worst(found) != int(x.want) {
			t.Errorf("%s: %v, want %v", name, found, x.want)
		}
	}
}

// calls are an application's: one each so often, with an error in each that n divides.
func calls(call string, each time.Duration, times, n int, code string) (all []example) {
	for i := range times {
		x := example{at: noon.Add(time.Duration(i) * each).Format(time.DateTime), key: "AKIA1", agent: "app/1", call: call, in: `{"modelId":"m"}`}
		if n > 0 && i%n == 0 {
			x.more = fmt.Sprintf(`"errorCode":%q`, code)
		}
		all = append(all, x)
	}
	return all
}

// TestApplicationsAtWork: what is spread over months is not one day's, and to be throttled is not to be refused.
func TestApplicationsAtWork(t *testing.T) {
	model := func(each time.Duration, n int, code string) []example {
		return calls("bedrock:InvokeModel", each, 520, n, code)
	}
	day, month := 2*time.Minute, 6*time.Hour
	asked := example{at: noon.Format(time.DateTime), key: "AKIA1", call: "ses:GetSendQuota"}
	verified := example{at: noon.Add(30 * 24 * time.Hour).Format(time.DateTime), key: "AKIA1", call: "ses:VerifyEmailIdentity"}
	mail := calls("ses:SendEmail", month, 121, 0, "")
	for name, x := range map[string]struct {
		id   string
		all  []example
		want int
	}{
		"throttled":           {"models-abused", model(day, 100, "ThrottlingException"), -1},
		"throttled in months": {"models-abused", model(month, 100, "ThrottlingException"), -1},
		"refused in months":   {"models-abused", model(month, 100, "AccessDeniedException"), -1},
		"refused in a day":    {"models-abused", model(day, 100, "AccessDeniedException"), int(High)},
		"mail in a month":     {"mail-abused", append(append([]example{asked}, mail...), verified), -1},
	} {
		if found := run(t, detectorOf(t, x.id), records(t, story(x.all...))); worst(found) != x.want {
			t.Errorf("%s: %v, want %v", name, found, x.want)
		}
	}
}

// TestTakenByCopies: what is copied is read out of the bucket that it is copied from.
func TestTakenByCopies(t *testing.T) {
	taken := func(source string) []string {
		var all []example
		for i := range 12 {
			all = append(all, example{at: fmt.Sprintf("03:00:%02d", i), key: "AKIA1", call: "s3:CopyObject",
				in: fmt.Sprintf(`{"bucketName":"loot","key":"%d","x-amz-copy-source":"%s%d?versionId=1"}`, i, source, i)})
		}
		return story(append(all, example{at: "05:00:00", key: "AKIA1", call: "s3:DeleteObjects", in: `{"bucketName":"b"}`})...)
	}
	for source, want := range map[string]int{"b/": int(High), "/b/": int(High), "other/b/": -1, "loot/": -1} {
		if found := run(t, detectorOf(t, "read-then-deleted"), records(t, taken(source))); worst(found) != want {
			t.Errorf("%s: %v", source, found)
		}
	}
}

// TestSharesThatStand: only what takes a permission away withdraws a share.
func TestSharesThatStand(t *testing.T) {
	shared := example{at: "03:00:00", key: "AKIA1", call: "ec2:ModifyImageAttribute", in: `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999988887777"}]}}}`}
	database := example{at: "03:00:00", key: "AKIA1", call: "rds:ModifyDBSnapshotAttribute", in: `{"dBSnapshotIdentifier":"s","valuesToAdd":["999988887777"]}`}
	for in, want := range map[string]int{
		`{"imageId":"ami-1","description":{"value":"x"}}`:                                                                           -1,
		`{"imageId":"ami-1","launchPermission":{"add":{"items":[{"organizationArn":"arn:aws:o"}]}}}`:                                -1,
		`{"imageId":"ami-1","launchPermission":{"remove":{"items":[{"userId":"999988887777"}]}}}`:                                   int(Medium),
		`{"imageId":"ami-1","attributeType":"launchPermission","launchPermission":{"remove":{"items":[{"group":"all"}]},"add":{}}}`: int(Medium),
	} {
		then := example{at: "03:10:00", key: "AKIA1", call: "ec2:ModifyImageAttribute", in: in}
		if found := run(t, detectorOf(t, "shared-outside"), records(t, story(shared, then))); worst(found) != want {
			t.Errorf("%s: %v", in, found)
		}
	}
	for in, want := range map[string]int{
		`{"dBSnapshotIdentifier":"s","attributeName":"restore"}`:         -1,
		`{"dBSnapshotIdentifier":"s","valuesToRemove":["999988887777"]}`: int(Medium),
	} {
		then := example{at: "03:10:00", key: "AKIA1", call: "rds:ModifyDBSnapshotAttribute", in: in}
		if found := run(t, detectorOf(t, "shared-outside"), records(t, story(database, then))); worst(found) != want {
			t.Errorf("%s: %v", in, found)
		}
	}
}

// TestRolesOfOneName: a role of another account that has the changed one's name is another role.
func TestRolesOfOneName(t *testing.T) {
	for account, want := range map[string]int{"111122223333": int(High), "999988887777": -1} {
		all := story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateAssumeRolePolicy", in: `{"roleName":"deploy","policyDocument":"{}"}`},
			example{at: "03:30:00", key: "AKIA1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::` + account + `:role/deploy"}`})
		if found := run(t, detectorOf(t, "changed-role-used"), records(t, all)); worst(found) != want {
			t.Errorf("%s: %v", account, found)
		}
	}
}

// TestAccountsBeginTheirOwnWay: what is usual in an account is told by its own first days where those are near the evidence's; who
// passes roles, or starts something in a further region, for the first time long after is told.
func TestAccountsBeginTheirOwnWay(t *testing.T) {
	const other = "222233334444"
	pass := func(day string) (all []string) {
		for i, call := range []string{"glue:CreateJob", "glue:UpdateJob", "lambda:CreateFunction20150331", "lambda:CreateFunction20150331"} {
			in := fmt.Sprintf(`{"role":"r%d","jobUpdate":{"role":"r%[1]d"}}`, i)
			all = append(all, example{at: fmt.Sprintf("%s 03:0%d:00", day, i), account: other, key: "AKIA1", call: call, in: in}.String())
		}
		return all
	}
	begun := func(day string) []string {
		return []string{example{at: day + " 03:00:00", account: other, who: "ci/run", key: "ASIA1", call: "glue:CreateJob", in: `{"role":"etl"}`}.String()}
	}
	start := func(day, region string) []string {
		return []string{example{at: day + " 03:00:00", account: other, key: "AKIA1", region: region, call: "ec2:RunInstances"}.String()}
	}
	for name, x := range map[string]struct {
		id   string
		all  [][]string
		want int
	}{
		"its first days, not others'":   {"role-passed-anew", [][]string{passDay(), begun("2026-01-06"), pass("2026-01-12")}, 0},
		"in its second week":            {"role-passed-anew", [][]string{passDay(), begun("2026-02-01"), pass("2026-02-12")}, 1},
		"long after the evidence":       {"role-passed-anew", [][]string{passDay(), pass("2026-03-01")}, 1},
		"its first region":              {"new-region-used", [][]string{regionStory(), start("2026-03-01", "eu-north-1")}, 0},
		"its second region, long after": {"new-region-used", [][]string{regionStory(), start("2026-03-01", "eu-north-1"), start("2026-03-02", "sa-east-1")}, 1},
	} {
		if found := run(t, detectorOf(t, x.id), records(t, slices.Concat(x.all...))); len(found) != x.want {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestKeyOfTheBucketsAccount: who writes into another account's bucket with that account's key gives the data into nobody's hand.
func TestKeyOfTheBucketsAccount(t *testing.T) {
	for owner, want := range map[string]int{"999988887777": -1, "111122223333": int(Low), "444455556666": int(Low)} {
		x := example{at: "03:00:00", key: "AKIA1", call: "s3:PutObject", in: `{"bucketName":"b","key":"1","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:999988887777:key/k"}`,
			more: `"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/1"},{"accountId":"` + owner + `","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]`}
		if found := run(t, detectorOf(t, "foreign-key-encryption"), records(t, story(x))); worst(found) != want {
			t.Errorf("bucket of %s: %v", owner, found)
		}
	}
}

// TestSecondFactorsRenewed: who takes a device away, and who puts in another, are told apart; the root user is a user like others,
// which records call by a name of its own.
func TestSecondFactorsRenewed(t *testing.T) {
	step := func(at, call, who, key, user, more string) example {
		return example{at: at, call: "iam:" + call + "MFADevice", who: who, key: key, in: `{"userName":"` + user + `"}`, more: more}
	}
	const console, root = `"sessionCredentialFromConsole":"true"`, "AWS ROOT USER"
	var codes []example
	for i := range 6 {
		codes = append(codes, example{at: fmt.Sprintf("03:00:%02d", i), id: fmt.Sprint(i), who: "root", call: "signin:CheckMfa", out: `{"CheckMfa":"Failure"}`})
	}
	in := example{at: "03:05:00", who: "root", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`, more: `"additionalEventData":{"MFAUsed":"Yes"}`}
	for name, x := range map[string]struct {
		all  []example
		want int
	}{
		"help desk":            {[]example{step("03:00:00", "Deactivate", "carol", "ASIA1", "alice", console), step("04:00:00", "Enable", "alice", "ASIA2", "alice", console)}, int(Low)},
		"both by somebody":     {[]example{step("03:00:00", "Deactivate", "eve", "AKIA1", "alice", ""), step("04:00:00", "Enable", "eve", "AKIA1", "alice", "")}, int(Medium)},
		"root at the console":  {[]example{step("03:00:00", "Deactivate", "root", "ASIA1", root, ""), step("04:00:00", "Enable", "root", "ASIA1", root, "")}, -1},
		"root with a key":      {[]example{step("03:00:00", "Deactivate", "root", "AKIA1", root, ""), step("04:00:00", "Enable", "root", "AKIA1", root, "")}, int(Medium)},
		"root's codes guessed": {append(codes, in), int(High)},
	} {
		if found := run(t, detectorOf(t, "second-factor-overcome"), records(t, story(x.all...))); worst(found) != x.want {
			t.Errorf("%s: %v, want %v", name, found, x.want)
		}
	}
}

// TestWorkloadsConverse: a role's program that keeps to its code is no thief, by whatever call it invokes its models.
func TestWorkloadsConverse(t *testing.T) {
	for _, call := range []string{"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"} {
		var all []example
		for i, region := range []string{"us-east-1", "us-west-2", "eu-west-1", "eu-north-1", "ap-south-1"} {
			all = append(all, example{at: fmt.Sprintf("03:0%d:00", i), who: "app/x", key: "ASIA1", agent: "aws-sdk-java/2.31", region: region, call: "bedrock:" + call, in: fmt.Sprintf(`{"modelId":"m%d"}`, i)})
		}
		if found := run(t, detectorOf(t, "models-abused"), records(t, story(all...))); len(found) > 0 {
			t.Errorf("%s: %v", call, found)
		}
	}
}

// TestNoCallsAreMany: a threshold of none does not make models be invoked.
func TestNoCallsAreMany(t *testing.T) {
	d := detectorOf(t, "models-abused")
	c := &Context{of: d, Tuning: Tuning{d.ID: {"calls": 0}}}
	if got := abused(c, allHits(t, d, d.Hits[0][:1])); got != nil {
		t.Errorf("%v", got)
	}
}

// TestAttemptsAreNoDeeds: what was refused was not done, and no finding says that it was.
func TestAttemptsAreNoDeeds(t *testing.T) {
	at := func(clock, call, in, code string) example {
		return example{at: clock, key: "AKIA1", call: call, in: in, code: code}
	}
	invoke := at("03:09:00", "bedrock:InvokeModel", `{"modelId":"m"}`, "")
	looked := at("03:00:00", "bedrock:GetModelInvocationLoggingConfiguration", "", "")
	for name, x := range map[string]struct {
		id        string
		all       []example
		want      int
		why, says string // what its sentence says, and must not say
	}{
		"mail refused": {"mail-abused", []example{at("03:00:00", "ses:GetSendQuota", "", ""), at("03:01:00", "ses:VerifyEmailIdentity", "", ""),
			at("03:02:00", "ses:SendEmail", "", "AccessDenied")}, int(Medium), "prepared sending", "then sent"},
		"sender refused": {"mail-abused", []example{at("03:00:00", "ses:GetSendQuota", "", ""), at("03:01:00", "ses:VerifyEmailIdentity", "", "AccessDenied")},
			int(Low), "tried in vain to prepare sending (VerifyEmailIdentity)", " prepared"},
		"sender refused, mail sent": {"mail-abused", []example{at("03:00:00", "ses:GetSendQuota", "", ""), at("03:01:00", "ses:VerifyEmailIdentity", "", "AccessDenied"),
			at("03:02:00", "ses:SendEmail", "", "")}, int(Medium), "tried in vain to prepare sending (VerifyEmailIdentity); then sent 1 message", " prepared"},
		"access to models refused": {"models-abused", []example{looked, at("03:01:00", "bedrock:PutFoundationModelEntitlement", "", "AccessDeniedException"), invoke}, -1, "", ""},
		"record kept": {"models-abused", []example{looked, at("03:01:00", "bedrock:DeleteModelInvocationLoggingConfiguration", "", "AccessDeniedException"), invoke},
			int(Medium), "it tried in vain to switch the record off", "the record switched off"},
	} {
		found := run(t, detectorOf(t, x.id), records(t, story(x.all...)))
		if worst(found) != x.want {
			t.Errorf("%s: %v, want %v", name, found, x.want)
		}
		for _, f := range found {
			if !strings.Contains(f.Why, x.why) || x.says != "" && strings.Contains(f.Why, x.says) {
				t.Errorf("%s: %s", name, f.Why)
			}
		}
	}
}
