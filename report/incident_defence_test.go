package report

import (
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// Whether a call weakens a defence, its parameters say: one that makes more be recorded is not told as one that makes less be.
func TestIncidentDefences(t *testing.T) {
	const weakened, changed = "weakened defences by ", "changed what guards or records by "
	for _, c := range []struct{ call, in, err, told string }{
		{"cloudtrail:StopLogging", `{"name":"main"}`, "", weakened},
		{"cloudtrail:DeleteTrail", `{"name":"main"}`, "", weakened},
		{"cloudtrail:DeleteTrail", `null`, "AccessDenied", "was refused 1 call: "},
		{"cloudtrail:PutEventSelectors", `{"trailName":"main","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::b/"]}]}]}`, "", changed},
		{"cloudtrail:PutEventSelectors", `{"trailName":"main","eventSelectors":[{"readWriteType":"All","includeManagementEvents":false,"dataResources":[]}]}`, "", weakened},
		{"cloudtrail:PutEventSelectors", `{"trailName":"main","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":true}]}`, "", weakened},
		{"cloudtrail:PutEventSelectors", `null`, "", changed},
		{"cloudtrail:UpdateTrail", `{"name":"main","isMultiRegionTrail":true}`, "", changed},
		{"cloudtrail:UpdateTrail", `{"name":"main","isMultiRegionTrail":false}`, "", weakened},
		{"cloudtrail:PutInsightSelectors", `{"trailName":"main","insightSelectors":[{"insightType":"ApiCallRateInsight"}]}`, "", changed},
		{"cloudtrail:PutInsightSelectors", `{"trailName":"main","insightSelectors":[]}`, "", weakened},
		{"cloudtrail:StartLogging", `{"name":"main"}`, "", "changed by "},
		{"logs:PutRetentionPolicy", `{"logGroupName":"g","retentionInDays":3653}`, "", changed},
		{"guardduty:UpdateDetector", `{"detectorId":"d","enable":true}`, "", "changed by "},
		{"guardduty:UpdateDetector", `{"detectorId":"d","enable":false}`, "", weakened},
		{"guardduty:CreateFilter", `{"detectorId":"d","name":"f","action":"NOOP"}`, "", "changed by "},
		{"guardduty:CreateFilter", `{"detectorId":"d","name":"f","action":"ARCHIVE"}`, "", weakened},
		{"securityhub:UpdateFindings", `{"note":{"text":"seen"}}`, "", "changed by "},
		{"s3:PutBucketVersioning", `{"bucketName":"b","VersioningConfiguration":{"Status":"Enabled"}}`, "", "changed by "},
		{"s3:PutBucketVersioning", `{"bucketName":"b","VersioningConfiguration":{"Status":"Suspended"}}`, "", weakened},
		{"iam:DeactivateMFADevice", `{"userName":"bob","serialNumber":"arn:aws:iam::111122223333:mfa/bob"}`, "", weakened},
		{"iam:DeleteVirtualMFADevice", `{"serialNumber":"arn:aws:iam::111122223333:mfa/bob"}`, "", weakened},
		{"s3:DeleteBucket", `{"bucketName":"b"}`, "", "deleted or stopped by "},
		{"kms:ScheduleKeyDeletion", `{"keyId":"k"}`, "", "deleted or stopped by "},
	} {
		calls := []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, in: c.in, err: c.err}}
		all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if len(all) != 1 || len(all[0].Narrative) != 1 {
			t.Fatalf("%s: %d incidents", c.call, len(all))
		}
		in := &all[0]
		if !strings.Contains(in.Narrative[0].Text, c.told) {
			t.Errorf("%s %s: %s", c.call, c.in, in.Narrative[0].Text)
		}
		points, asked := strings.Contains(in.Score.words(), "defences weakened"), strings.Contains(strings.Join(in.Questions, "\n"), "unseen after")
		recorded := !strings.HasPrefix(c.call, "iam:") && !strings.HasPrefix(c.call, "s3:") // what these weaken records nothing
		if want := c.told == weakened; points != want || asked != (want && recorded) {
			t.Errorf("%s %s: points %v, question %v", c.call, c.in, points, asked)
		}
		undo, look := 0, 0
		for _, s := range in.Steps {
			if s.Phase == phaseRestore && strings.HasPrefix(s.Why, "Undo") {
				undo++
			} else if s.Phase == phaseRestore {
				look++
			}
		}
		if (undo > 0) != (c.told == weakened || c.call == "kms:ScheduleKeyDeletion") || (look > 0) != (c.told == changed) {
			t.Errorf("%s %s: %d steps to undo, %d to look", c.call, c.in, undo, look)
		}
	}
}
