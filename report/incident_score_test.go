package report

import (
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// An incident's severity is that of its score, at most a step above its worst finding, and what an examiner holds goes before.
func TestIncidentSeverity(t *testing.T) {
	for _, c := range []struct {
		total   int
		worst   detect.Severity
		status  IncidentStatus
		tactics int
		want    detect.Severity
	}{
		{scoreCritical, detect.Critical, IncidentSuspected, 1, detect.Critical}, {scoreCritical - 1, detect.Critical, IncidentSuspected, 1, detect.High},
		{scoreHigh, detect.High, IncidentSuspected, 1, detect.High}, {scoreHigh - 1, detect.High, IncidentSuspected, 1, detect.Medium},
		{scoreMedium, detect.High, IncidentSuspected, 1, detect.Medium}, {scoreMedium - 1, detect.High, IncidentSuspected, 1, detect.Low},
		{scoreCritical, detect.High, IncidentSuspected, 1, detect.Critical}, {scoreCritical, detect.Medium, IncidentSuspected, 2, detect.High},
		{scoreCritical, detect.Medium, IncidentSuspected, 1, detect.Low}, {scoreMedium, detect.Medium, IncidentSuspected, 2, detect.Medium},
		{pointsMedium, detect.Medium, IncidentConfirmed, 1, detect.High}, {scoreCritical, detect.Medium, IncidentConfirmed, 1, detect.Critical},
		{scoreCritical, detect.Critical, IncidentCleared, 9, detect.Informational}, {scoreCritical, detect.Critical, IncidentResponder, 9, detect.Informational},
	} {
		d := &incidentDraft{}
		d.Score.Total, d.worst, d.Status = c.total, c.worst, c.status
		if got := d.severity(c.tactics); got != c.want {
			t.Errorf("%d points, worst %s, %s, %d tactics: %s, want %s", c.total, c.worst, c.status, c.tactics, got, c.want)
		}
	}
}

// What counts in a score, and what was only tried, is gone or may be an owner's ordinary use does not.
func TestIncidentScore(t *testing.T) {
	const elsewhere, office = "203.0.113.9", "192.0.2.1"
	act := func(id, at, call, in, out string) storyCall {
		return storyCall{id: id, at: at, who: "alice", key: "AKIA1", ip: elsewhere, call: call, in: in, out: out}
	}
	denied := func(c storyCall) storyCall { c.err = "AccessDenied"; return c }
	key := act("a", "10T02:00:00", "iam:CreateAccessKey", `{"userName":"bob"}`, `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`)
	secret, data := act("c", "10T02:02:00", "secretsmanager:GetSecretValue", `{"secretId":"db"}`, ""), act("d", "10T02:03:00", "s3:GetObject", `{"bucketName":"b","key":"k"}`, "")
	share := act("e", "10T02:04:00", "ec2:ModifySnapshotAttribute", `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999988887777"}]}}}`, "")
	for _, c := range []struct {
		name     string
		days     bool
		calls    []storyCall
		findings []storyFinding
		want     string
		severity detect.Severity
	}{
		{"a finding alone", false, []storyCall{act("a", "10T02:00:00", "iam:ListUsers", "", "")}, []storyFinding{{"who", detect.Medium, []string{"a"}}}, "10 for a finding of severity medium", detect.Low},
		{"a key", false, []storyCall{key}, []storyFinding{{"keys", detect.High, []string{"a"}}}, "25 for a finding of severity high, 3 for 1 credential handed out, 3 for 1 thing left behind", detect.Medium},
		{"a key that is gone", false, []storyCall{key, act("b", "10T02:01:00", "iam:DeleteAccessKey", `{"userName":"bob","accessKeyId":"AKIA2"}`, "")}, []storyFinding{{"keys", detect.High, []string{"a"}}}, "25 for a finding of severity high, 3 for 1 credential handed out", detect.Medium},
		{"only tried", false, []storyCall{denied(act("a", "10T02:00:00", "iam:CreateAccessKey", `{"userName":"bob"}`, "")), denied(act("b", "10T02:01:00", "secretsmanager:GetSecretValue", `{"secretId":"db"}`, ""))}, []storyFinding{{"keys", detect.Medium, []string{"a", "b"}}}, "10 for a finding of severity medium", detect.Low},
		{"all of it", true, []storyCall{
			key, act("b", "10T02:01:00", "cloudtrail:StopLogging", `{"name":"t"}`, ""), secret,
			data, share,
		}, []storyFinding{{"keys", detect.High, []string{"a"}}, {"trails", detect.Critical, []string{"b"}}}, "45 for a finding of severity critical, 4 for 2 kinds of findings, 5 for 2 tactics in findings: Persistence, Defense Impairment, 3 for 1 credential handed out, 6 for 2 things left behind, 6 for secrets read, 6 for data read, " +
			"8 for data opened to others or exported, 10 for defences weakened by 1 call, 6 for an address that the principal had not used before", detect.Critical},
		{"from a new address, secrets and data", true, []storyCall{secret, data},
			[]storyFinding{{"who", detect.Medium, []string{"c", "d"}}}, "10 for a finding of severity medium, 6 for secrets read, 6 for data read, 6 for an address that the principal had not used before", detect.Medium},
		{"from a new address, secrets", true, []storyCall{secret}, []storyFinding{{"who", detect.Medium, []string{"c"}}}, "10 for a finding of severity medium, 6 for secrets read, 6 for an address that the principal had not used before", detect.Low},
		{"from a new address, data opened too, and no secrets", true, []storyCall{data, share}, []storyFinding{{"who", detect.Medium, []string{"d", "e"}}},
			"10 for a finding of severity medium, 3 for 1 thing left behind, 6 for data read, 8 for data opened to others or exported, 6 for an address that the principal had not used before", detect.Low},
		{"from a new address, secrets and data opened, none read", true, []storyCall{secret, share}, []storyFinding{{"who", detect.Medium, []string{"c", "e"}}},
			"10 for a finding of severity medium, 3 for 1 thing left behind, 6 for secrets read, 8 for data opened to others or exported, 6 for an address that the principal had not used before", detect.Low},
		{"secrets and data, and no other address is known", false, []storyCall{secret, data, share}, []storyFinding{{"who", detect.Medium, []string{"c", "d", "e"}}},
			"10 for a finding of severity medium, 3 for 1 thing left behind, 6 for secrets read, 6 for data read, 8 for data opened to others or exported", detect.Low},
	} {
		calls := c.calls
		if c.days {
			calls = append(eachDay("alice", "AKIA1", office, 2, 12), calls...)
		}
		in := one(t, calls, nil, c.findings...)
		if got := in.Score.words(); got != c.want || in.Severity != c.severity {
			t.Errorf("%s: %q %v, want %q", c.name, got, in.Severity, c.want)
		}
	}
}
