package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// Only a sign-in is one: what goes with it, or ends a session, is told as what it is.
func TestIncidentSignIns(t *testing.T) {
	for _, c := range []struct{ call, err, told string }{
		{"signin:ConsoleLogin", "", "signed in (signin:ConsoleLogin)"},
		{"signin:SwitchRole", "", "signed in ("},
		{"sso:Federate", "", "signed in ("},
		{"sso-oauth:CreateToken", "", "signed in ("},
		{"signin:ConsoleLogin", "Failed authentication", "failed to sign in, 1 time ("},
		{"signin:CheckMfa", "", "took steps of signing in (signin:CheckMfa)"},
		{"signin:ExitRole", "", "took steps of signing in ("},
		{"signin:PasswordRecoveryRequested", "", "took steps of signing in ("},
		{"signin:PasswordRecoveryRequested", "Failed", "failed at steps of signing in, 1 time ("},
		{"sso-oauth:RegisterClient", "", "took steps of signing in ("},
		{"sso-oauth:StartDeviceAuthorization", "", "took steps of signing in ("},
	} {
		all := storyIncidents(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", ip: "203.0.113.9", call: c.call, err: c.err}}, nil, storyFinding{"who", detect.High, []string{"a"}})
		if len(all) != 1 || !strings.Contains(all[0].Narrative[0].Text, " "+c.told) {
			t.Errorf("%s %s: %+v", c.call, c.err, all[0].Narrative)
		}
	}
}

// A sentence names what was read, as what it is, and what was weakened, where the record's resources do not.
func TestIncidentNamesThings(t *testing.T) {
	for _, c := range []struct{ call, in, told string }{
		{"bedrock:InvokeModel", `{"modelId":"m"}`, "read answers of model m (bedrock:InvokeModel)"},
		{"dynamodb:Scan", `{"tableName":"users"}`, "read table users (dynamodb:Scan)"},
		{"s3:GetObject", `{"bucketName":"b","key":"k"}`, "read S3 objects of b (1 object) (s3:GetObject)"},
		{"rds:StartExportTask", `{"exportTaskIdentifier":"t","sourceArn":"arn:aws:rds:eu-west-1:111122223333:snapshot:s","s3BucketName":"b"}`,
			"opened data to others or exported it (rds:StartExportTask): arn:aws:rds:eu-west-1:111122223333:snapshot:s."},
		{"ec2:DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}`, "weakened defences by ec2:DeleteFlowLogs: fl-1."},
		{"iam:DeleteAccountPasswordPolicy", "", "weakened defences by iam:DeleteAccountPasswordPolicy."},
	} {
		in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, in: c.in}}, nil, storyFinding{"who", detect.High, []string{"a"}})
		if !strings.Contains(in.Narrative[0].Text, " "+c.told) {
			t.Errorf("%s: %s", c.call, in.Narrative[0].Text)
		}
	}
}

// What is not told one by one is cited in its order, and ends when its last event was: a sentence may begin before another and end after it.
func TestIncidentRest(t *testing.T) {
	var calls []storyCall
	var ids []string
	for i := range maxSentences + 20 { // each bucket's policy is a sentence; the looking around them is one
		at, id := fmt.Sprintf("10T%02d:%02d:00", 2+i/30, i%30*2), fmt.Sprintf("policy-%d", i)
		calls = append(calls,
			storyCall{id: id, at: at, who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "s3:PutBucketPolicy", in: fmt.Sprintf(`{"bucketName":"b%d"}`, i)})
		ids = append(ids, id)
	}
	calls = append(calls,
		storyCall{id: "look-0", at: "10T04:58:30", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "s3:ListBuckets"},
		storyCall{id: "look-1", at: "10T05:24:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "s3:ListBuckets"})
	all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.High, ids})
	if len(all) != 1 || len(all[0].Narrative) != maxSentences {
		t.Fatalf("%d incidents", len(all))
	}
	last := all[0].Narrative[maxSentences-1]
	if want := "23 events more, until 2026-03-10 05:24:00, are not told one by one."; last.Text != want {
		t.Errorf("%q, not %q", last.Text, want)
	}
	told := func(id string) int {
		return slices.IndexFunc(all[0].Events, func(e IncidentEvent) bool { return e.ID == id })
	}
	if !slices.IsSortedFunc(last.Events, func(a, b string) int { return told(a) - told(b) }) {
		t.Errorf("cited out of order: %q", last.Events)
	}
}
