package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// Each repair is of calls that weaken, and its commands name no more parts than what they weaken has.
func TestRepairsAreOfGuards(t *testing.T) {
	for _, r := range repairs {
		for name := range strings.FieldsSeq(r.names) {
			parts := 0
			for _, g := range guards[name] {
				if g.service == r.service && g.effect != restores {
					parts = max(len(strings.Fields(g.names)), 1)
				}
			}
			if _, trail := trailCalls[name]; trail && parts == 0 && r.service == "cloudtrail" {
				parts = 1
			}
			if parts == 0 && !isAmong(defending, r.service+".amazonaws.com", parser.Action(name)) {
				t.Errorf("%s:%s weakens nothing", r.service, name)
			}
			for n := range 10 {
				if words := r.verify + strings.Join(r.run, " "); n >= parts && strings.Contains(words, "{"+string(rune('0'+n))+"}") {
					t.Errorf("%s:%s has %d parts: %s", r.service, name, parts, words)
				}
			}
		}
		if r.verify == "" || len(r.run) == 0 && r.note == "" {
			t.Errorf("%s:%s: nothing is said", r.service, r.names)
		}
	}
}

// Where defences were weakened, the step names what and where, and has the command that puts it back.
func TestRestoreCommands(t *testing.T) {
	const region = " --region 'us-east-1'"
	for _, c := range []struct{ call, in, why, verify, run string }{
		{"ec2:DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}`, "account 111122223333, region us-east-1: fl-1.", "aws ec2 describe-flow-logs" + region, ""},
		{"route53resolver:DeleteResolverQueryLogConfig", `{"resolverQueryLogConfigId":"rqlc-1"}`, ": rqlc-1.", "aws route53resolver list-resolver-query-log-configs" + region, ""},
		{"route53resolver:DisassociateResolverQueryLogConfig", `{"resolverQueryLogConfigId":"rqlc-1","resourceId":"vpc-1"}`, ": rqlc-1, vpc-1.", "aws route53resolver list-resolver-query-log-config-associations" + region,
			"aws route53resolver associate-resolver-query-log-config --resolver-query-log-config-id 'rqlc-1' --resource-id 'vpc-1'" + region},
		{"cloudtrail:StopLogging", `{"name":"main"}`, ": main.", "aws cloudtrail get-trail-status --name 'main'" + region, "aws cloudtrail start-logging --name 'main'" + region},
		{"guardduty:UpdateDetector", `{"detectorId":"d1","enable":false}`, ": d1.", "aws guardduty get-detector --detector-id 'd1'" + region, "aws guardduty update-detector --detector-id 'd1' --enable" + region},
		{"monitoring:DisableAlarmActions", `{"alarmNames":["a1","a2"]}`, ": a1, a2.", "aws cloudwatch describe-alarms --alarm-names 'a1'" + region, "aws cloudwatch enable-alarm-actions --alarm-names 'a2'" + region},
		{"events:DisableRule", `{"name":"r"}`, ": r.", "aws events describe-rule --name 'r'" + region, "aws events enable-rule --name 'r'" + region},
		{"events:DisableRule", `{"name":"r","eventBusName":"b"}`, ": b/r.", "aws events describe-rule --name 'r'" + region + " --event-bus-name 'b'", "aws events enable-rule --name 'r'" + region + " --event-bus-name 'b'"},
		{"events:DeleteRule", `{"name":"r","eventBusName":"b"}`, ": b/r.", "aws events list-rules" + region + " --event-bus-name 'b'", ""},
		{"s3:DeleteAccountPublicAccessBlock", "", "", "aws s3control get-public-access-block --account-id '111122223333'", "aws s3control put-public-access-block --account-id '111122223333' --public-access-block-configuration"},
		{"rds:ModifyDBInstance", `{"dBInstanceIdentifier":"orders","publiclyAccessible":true}`, ": orders.", "aws rds describe-db-instances --db-instance-identifier 'orders'" + region,
			"aws rds modify-db-instance --db-instance-identifier 'orders' --no-publicly-accessible --apply-immediately" + region},
		{"organizations:LeaveOrganization", "", "", "aws organizations describe-organization", ""},
		{"route53domains:DisableDomainTransferLock", `{"domainName":"example.com"}`, ": example.com.", "aws route53domains get-domain-detail --domain-name 'example.com'" + region, "aws route53domains enable-domain-transfer-lock --domain-name 'example.com'" + region},
		{"kms:ScheduleKeyDeletion", `{"keyId":"arn:aws:kms:us-east-1:111122223333:key/k1","pendingWindowInDays":7}`, ": k1.", "aws kms describe-key --key-id 'k1'" + region, "aws kms cancel-key-deletion --key-id 'k1'" + region},
	} {
		calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12), storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, in: c.in})
		in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		at := slices.IndexFunc(in.Steps, func(s ContainmentStep) bool { return s.Phase == phaseRestore })
		if at < 0 {
			t.Errorf("%s: no step:%s", c.call, stepsOf(in))
			continue
		}
		s := in.Steps[at]
		run := slices.ContainsFunc(s.Run, func(run string) bool { return strings.HasPrefix(run, c.run) })
		if !strings.HasSuffix(s.Why, c.why) || s.Verify != verifyFirst+": "+c.verify || run != (c.run != "") {
			t.Errorf("%s: %+v", c.call, s)
		}
	}
}

// What is known of how a change is taken back is said, and no template is named where none helps.
func TestRestoreNotes(t *testing.T) {
	for _, c := range []struct{ call, in, note string }{
		{"organizations:LeaveOrganization", "", "If it has joined another one, it must leave that first"},
		{"guardduty:UpdateDetector", `{"detectorId":"d1","findingPublishingFrequency":"SIX_HOURS"}`, "put it back as your templates have it"},
		{"organizations:DeletePolicy", `{"policyId":"p-1"}`, "put it back as your templates have it"},
	} {
		in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.call, in: c.in}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
		at := slices.IndexFunc(in.Steps, func(s ContainmentStep) bool { return s.Phase == phaseRestore })
		if at < 0 || !strings.Contains(in.Steps[at].Note, c.note) {
			t.Errorf("%s: without %q:%s", c.call, c.note, stepsOf(in))
		}
	}
}

// A thing whose name holds the sign that parts names is put back by no command: another thing may have the name's beginning.
func TestRestoreHostileName(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12), storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "monitoring:DisableAlarmActions", in: `{"alarmNames":["prod, x"]}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	for _, s := range in.Steps {
		if strings.Contains(strings.Join(append(s.Run, s.Verify), " "), "prod") {
			t.Errorf("%+v", s)
		}
	}
}
