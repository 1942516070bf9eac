package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func (r *DefenceRow) brief() string {
	ended := "-"
	if r.Ended != nil {
		ended = r.Ended.EventID
	}
	return fmt.Sprintf("%s | %s | %s | %s | %s-%s %d | %s", r.Kind, r.Target, r.What, r.State, r.By.EventID, ended, r.Calls, r.Detail)
}

func briefly(rows []DefenceRow) string {
	var out []string
	for i := range rows {
		out = append(out, rows[i].brief())
	}
	return strings.Join(out, "\n")
}

// Windows open and close by what they are about, and end with the evidence where nobody closes them.
func TestDefences(t *testing.T) {
	var s script
	s.do("guardduty", "UpdateDetector", `{"detectorId":"d1","enable":false}`, "")
	s.do("guardduty", "UpdateDetector", `{"detectorId":"d1","enable":false}`, "")
	s.do("guardduty", "UpdateDetector", `{"detectorId":"d1","enable":true}`, "").key = "AKIABOB"
	s.do("guardduty", "DeleteDetector", `{"detectorId":"d1"}`, "")
	s.do("guardduty", "CreateDetector", `{"enable":true}`, `{"detectorId":"d2"}`)
	s.do("securityhub", "DisableSecurityHub", "", "")
	s.do("config", "StopConfigurationRecorder", `{"configurationRecorderName":"default"}`, "").err = "AccessDenied"
	s.do("ec2", "DeleteFlowLogs", `{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}`, "")
	s.do("monitoring", "DisableAlarmActions", `{"alarmNames":["a","b"]}`, "")
	s.same("monitoring", "EnableAlarmActions", `{"alarmNames":["b"]}`, "")
	s.do("monitoring", "EnableAlarmActions", `{"alarmNames":["c"]}`, "")
	s.same("monitoring", "DisableAlarmActions", `{"alarmNames":["c"]}`, "")
	s.do("organizations", "DetachPolicy", `{"policyId":"p-1","targetId":"111122223333"}`, "")
	s.do("organizations", "AttachPolicy", `{"policyId":"p-1","targetId":"ou-1"}`, "") // another target
	s.do("bedrock", "DeleteGuardrail", `{"guardrailIdentifier":"g"}`, "")
	s.do("s3", "PutBucketLifecycle", `{"bucketName":"logs","LifecycleConfiguration":{"Rule":{"Expiration":{"Days":1}}}}`, "")
	s.do("kms", "ScheduleKeyDeletion", `{"keyId":"arn:aws:kms:eu-west-1:1:key/k1","pendingWindowInDays":7}`, "")
	s.do("kms", "CancelKeyDeletion", `{"keyId":"k1"}`, "")
	s.do("route53resolver", "DeleteResolverQueryLogConfig", `{"resolverQueryLogConfigId":"rqlc-1"}`, "")
	l := s.ledgers(t)
	want := []string{
		"GuardDuty detector | d1 | suspended | on again | 1-3 2 | ",
		"GuardDuty detector | d1 | deleted | on again | 4-5 1 | ",
		"Security Hub | 111122223333 | disabled | off at the end of the evidence | 6-- 1 | ",
		"VPC flow log | fl-1 | deleted | off at the end of the evidence | 8-- 1 | ",
		"alarm | a | actions disabled | off at the end of the evidence | 9-- 1 | ",
		"alarm | b | actions disabled | off and on within one second | 9-10 1 | ",
		"alarm | c | actions disabled | off and on within one second | 12-11 1 | ",
		"organization policy | p-1, 111122223333 | detached | off at the end of the evidence | 13-- 1 | ",
		"Bedrock guard rail | g | deleted | changed | 15-- 1 | ",
		"bucket lifecycle | logs | objects expire | off at the end of the evidence | 16-- 1 | days 1",
		"KMS key | k1 | to be deleted | on again | 17-18 1 | days 7",
		"DNS query log | rqlc-1 | deleted | off at the end of the evidence | 19-- 1 | ",
	}
	if got := briefly(l.Defences); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	open := rowOf(l.Defences, func(r *DefenceRow) bool { return r.Kind == "Security Hub" })
	if end := at(s.calls[len(s.calls)-1].at); !open.Open || !open.To.Equal(end) || !open.From.Equal(at(s.calls[5].at)) {
		t.Errorf("open: %+v, the evidence ends at %v", open, end)
	}
}

// What a bucket's settings say counts, whatever the bucket is called, and versioning is one thing, the second factor for deletions another.
func TestDefencesBuckets(t *testing.T) {
	var s script
	block := func(how string) string {
		return `{"bucketName":"false-positives","publicAccessBlock":"","PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true,"BlockPublicPolicy":` + how + `}}`
	}
	versioning := func(how string) string {
		return `{"bucketName":"b","versioning":"","VersioningConfiguration":{` + how + `}}`
	}
	s.do("s3", "PutBucketPublicAccessBlock", block("true"), "")
	s.do("s3", "PutBucketPublicAccessBlock", block("false"), "")
	s.do("s3", "PutBucketPublicAccessBlock", `{"bucketName":"false-positives"}`, "")                                                           // it does not say what it sets
	s.do("s3", "PutBucketPublicAccessBlock", `{"bucketName":"false-positives","PublicAccessBlockConfiguration":{"BlockPublicAcls":true}}`, "") // what it leaves out is off
	s.do("s3", "PutBucketPublicAccessBlock", block("true"), "")
	s.do("s3", "PutBucketVersioning", versioning(`"Status":"Suspended","MfaDelete":"Enabled"`), "")
	s.do("s3", "PutBucketVersioning", versioning(`"Status":"Enabled","MfaDelete":"Disabled"`), "")
	want := []string{
		"block of public access to bucket | false-positives | removed | on again | 2-5 1 | ",
		"bucket versioning | b | suspended | on again | 6-7 1 | ",
		"MFA for deletions in bucket | b | no longer asked for | off at the end of the evidence | 7-- 1 | ",
	}
	if got := briefly(s.ledgers(t).Defences); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Trails are followed as coverage follows them; who stopped one has an address here.
func TestDefencesTrails(t *testing.T) {
	var s script
	arn := "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
	s.do("cloudtrail", "CreateTrail", `{"name":"main","s3BucketName":"logs","kmsKeyId":"k1"}`, `{"trailARN":"`+arn+`","s3BucketName":"logs","isMultiRegionTrail":true,"includeGlobalServiceEvents":true}`)
	s.do("cloudtrail", "StartLogging", `{"name":"`+arn+`"}`, "")
	s.do("cloudtrail", "PutEventSelectors", `{"trailName":"main","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":true}]}`, `{"trailARN":"`+arn+`"}`)
	s.do("cloudtrail", "StopLogging", `{"name":"`+arn+`"}`, "")
	s.do("cloudtrail", "StartLogging", `{"name":"main"}`, "").ip = office
	s.do("cloudtrail", "StopLogging", `{"name":"main"}`, "").err = "AccessDenied"
	s.do("s3", "PutBucketLifecycle", `{"bucketName":"logs","LifecycleConfiguration":{"Rule":[{"Expiration":{"Days":1}}]}}`, "")
	s.do("kms", "DisableKey", `{"keyId":"k1"}`, "")
	s.do("cloudtrail", "DeleteTrail", `{"name":"main"}`, "")
	l := s.ledgers(t)
	want := []string{
		"trail | " + arn + " | not recorded: management events (writes) | off at the end of the evidence | 3-- 1 | ",
		"trail | " + arn + " | not recorded: everything: logging is stopped | on again | 4-5 1 | ",
		"bucket lifecycle | logs | objects expire | off at the end of the evidence | 7-- 1 | days 1; it is that of trail main",
		"KMS key | k1 | disabled | off at the end of the evidence | 8-- 1 | it is that of trail main",
		"trail | main | deleted | off at the end of the evidence | 9-- 1 | ",
	}
	if got := briefly(l.Defences); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if stopped := l.Defences[1]; stopped.By.SourceIP != mallory || stopped.Ended.SourceIP != office || stopped.Link != ByIdentity {
		t.Errorf("stopped: %+v", stopped)
	}
}

// A trail that was deleted is back when one of its name logs, however the calls name it; one that is made anew and not started records nothing.
func TestDefencesTrailMadeAnew(t *testing.T) {
	var s script
	arn := "arn:aws:cloudtrail:eu-west-1:111122223333:trail/"
	for _, name := range []string{"main", "idle"} {
		s.do("cloudtrail", "DeleteTrail", `{"name":"`+arn+name+`"}`, "")
		s.do("cloudtrail", "CreateTrail", `{"name":"`+name+`","s3BucketName":"logs"}`, `{"name":"`+name+`","trailARN":"`+arn+name+`"}`)
	}
	s.do("cloudtrail", "StartLogging", `{"name":"main"}`, "")
	want := "trail | main | deleted | on again | 1-5 1 | \ntrail | idle | deleted | off at the end of the evidence | 3-- 1 | "
	if got := briefly(s.ledgers(t).Defences); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Of what is restored within one second only so much is remembered.
func TestDefencesOfOneSecond(t *testing.T) {
	var d defences
	d.begin(Distant)
	for i := range removalLimit + 10 {
		d.apply(&guardChange{effect: restores, kind: "alarm", what: "deleted", target: fmt.Sprint(i), mark: Mark{Time: Launch}})
	}
	if len(d.restored) != removalLimit {
		t.Errorf("%d are remembered", len(d.restored))
	}
}

// What takes something back has a guard that weakens it.
func TestGuards(t *testing.T) {
	weak := map[string]bool{}
	for _, g := range guardTable {
		if g.effect == weakens {
			weak[g.kind+" "+g.what] = true
		}
	}
	for _, g := range guardTable {
		if g.effect == restores && !weak[g.kind+" "+g.what] {
			t.Errorf("%s restores %s %s, which nothing weakens", g.action, g.kind, g.what)
		}
		if g.effect == alters && weak[g.kind+" "+g.what] {
			t.Errorf("%s alters %s %s, which has a window", g.action, g.kind, g.what)
		}
		if slices.ContainsFunc(strings.Fields(g.when), func(c string) bool { return strings.Trim(c, "!~<=") == "" }) {
			t.Errorf("%s: when %q", g.action, g.when)
		}
	}
}
