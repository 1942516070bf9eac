package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// An incident of findings that are all held to be wrong is cleared; one that is not keeps it.
func TestIncidentOfWrongFindings(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		storyCall{id: "b", at: "10T02:00:01", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`})
	held := func(finding int, as Stance, by string) Judgement {
		j := Judgement{Kind: FindingSubject, Subject: fmt.Sprintf("finding-%d", finding), As: as, Because: "we asked alice", By: by, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
		if err := j.Seal(); err != nil {
			t.Fatal(err)
		}
		return j
	}
	for what, c := range map[string]struct {
		judged []Judgement
		want   IncidentStatus
	}{
		"all":           {[]Judgement{held(0, Benign, "ann"), held(1, Benign, "ann"), held(2, Benign, "ben")}, IncidentCleared},
		"one":           {[]Judgement{held(0, Benign, "ann")}, IncidentSuspected},
		"one of b's":    {[]Judgement{held(0, Benign, "ann"), held(1, Benign, "ann")}, IncidentSuspected},
		"disputed":      {[]Judgement{held(0, Benign, "ann"), held(1, Benign, "ann"), held(2, Benign, "ann"), held(2, Malicious, "ben")}, IncidentSuspected},
		"one malicious": {[]Judgement{held(0, Benign, "ann"), held(1, Benign, "ann"), held(2, Malicious, "ann")}, IncidentConfirmed},
	} {
		all := storyIncidents(t, calls, c.judged, storyFinding{"keys", detect.Medium, []string{"a"}}, storyFinding{"who", detect.Medium, []string{"b"}}, storyFinding{"trails", detect.High, []string{"b"}})
		if len(all) != 1 || all[0].Status != c.want || (all[0].Because == "") != (c.want == IncidentSuspected) {
			t.Errorf("%s: %d incidents, %s %q, not %s", what, len(all), all[0].Status, all[0].Because, c.want)
		} else if c.want == IncidentCleared && (all[0].Severity > detect.Informational || !strings.HasPrefix(all[0].Title, "Cleared: ")) {
			t.Errorf("%s: %s, %s", what, all[0].Severity, all[0].Title)
		}
	}
}

// An incident's status is that of the events which its findings list; where examiners disagree, suspected.
func TestIncidentStatusOfEvents(t *testing.T) {
	calls := []storyCall{
		{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateGroup", in: `{"groupName":"g"}`},
		{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
		{id: "beside", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:ListUsers"},
	}
	for _, c := range []struct {
		lines   []string
		want    IncidentStatus
		because string
	}{
		{nil, IncidentSuspected, ""},
		{[]string{"ann malicious event beside"}, IncidentSuspected, ""},
		{[]string{"ann benign event a", "ann benign event beside"}, IncidentSuspected, ""},
		{[]string{"ann benign event a", "ann malicious event b"}, IncidentConfirmed, "malicious: because (ann)"},
		{[]string{"ann malicious event a", "ben benign event b"}, IncidentConfirmed, "malicious: because (ann)"},
		{[]string{"ann benign event a", "ben benign event b"}, IncidentCleared, "benign: because (ann)"},
		{[]string{"ann benign event a", "ben responder event b"}, IncidentCleared, "benign: because (ann)"},
		{[]string{"ann responder event a", "ben responder event b"}, IncidentResponder, "responder: because (ann)"},
		{[]string{"ann suspect event a", "ben benign event b"}, IncidentSuspected, ""},
		{[]string{"ann benign event a", "ben responder event a", "ben responder event b"}, IncidentSuspected, ""},
	} {
		in := one(t, calls, judged(t, c.lines...), storyFinding{"keys", detect.High, []string{"a", "b"}})
		if in.Status != c.want || !strings.HasPrefix(in.Because, c.because) || (in.Because == "") != (c.because == "") {
			t.Errorf("%q: %s %q, want %s %q", c.lines, in.Status, in.Because, c.want, c.because)
		}
	}
}

// A key that the incident made belongs to it with all that it did, unless it is held to be in good hands; a session that outlives the evidence is said to.
func TestIncidentCredentials(t *testing.T) {
	calls := []storyCall{
		{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		{id: "b", at: "10T02:01:00", who: "bob", key: "AKIA2", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
		{id: "c", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/ops","roleSessionName":"s"}`, out: `{"credentials":{"accessKeyId":"ASIA1","expiration":"Mar 30, 2026, 11:59:59 PM"},"assumedRoleUser":{"assumedRoleId":"AROA1:s","arn":"arn:aws:sts::111122223333:assumed-role/ops/s"}}`},
		{id: "d", at: "10T02:03:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/ops","roleSessionName":"t"}`, out: `{"credentials":{"accessKeyId":"ASIA2","expiration":"Mar 31, 2026, 12:00:01 AM"},"assumedRoleUser":{"assumedRoleId":"AROA1:t","arn":"arn:aws:sts::111122223333:assumed-role/ops/t"}}`},
	}
	for line, want := range map[string]string{
		"": "AKIA2 whole, ASIA1 whole, ASIA2 whole alive", "ann suspect key AKIA2": "AKIA2 whole, ASIA1 whole, ASIA2 whole alive",
		"ann benign key AKIA2": "AKIA2, ASIA1 whole, ASIA2 whole alive", "ann responder key AKIA2": "AKIA2, ASIA1 whole, ASIA2 whole alive",
	} {
		var held []Judgement
		if line != "" {
			held = judged(t, line)
		}
		in := one(t, calls, held, storyFinding{"keys", detect.High, []string{"a", "b", "c", "d"}})
		var got []string
		for _, c := range in.Credentials {
			text := c.Credential
			if c.Whole {
				text += " whole"
			}
			if c.Alive {
				text += " alive"
			}
			got = append(got, text)
		}
		if g := strings.Join(got, ", "); g != "AKIA1, "+want {
			t.Errorf("%q: %s, want %s", line, g, want)
		}
		if steps := stepsOf(in); !strings.Contains(steps, " ASIA2 expires 2026-03-31 00:00:01, after the evidence ends.") || strings.Contains(steps, "ASIA1 expires") {
			t.Errorf("%q:%s", line, steps)
		}
	}
}

// Of what an examiner holds to be done in good faith nothing is undone, and no key is deactivated.
func TestIncidentSparesWhatIsCleared(t *testing.T) {
	calls := []storyCall{
		{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
		{id: "c", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:AttachUserPolicy", in: `{"userName":"carol","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`},
		{id: "d", at: "10T02:03:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "secretsmanager:GetSecretValue", in: `{"secretId":"db"}`},
	}
	of := storyFinding{"keys", detect.High, []string{"a", "b", "c", "d"}}
	for line, gone := range map[string]string{"": "", "ann benign key AKIA2": "AKIA2", "ann benign event b": "start-logging", "ann responder event c": "detach-user-policy", "ann benign event d": "Replace the secrets"} {
		var held []Judgement
		if line != "" {
			held = judged(t, line)
		}
		steps := stepsOf(one(t, calls, held, of))
		for _, word := range []string{"status Inactive", "start-logging", "detach-user-policy", "Replace the secrets"} {
			if word != gone && !strings.Contains(steps, word) {
				t.Errorf("%q: no %q%s", line, word, steps)
			}
		}
		for _, word := range []string{"Deactivate access key AKIA2", "Access key AKIA2", "start-logging", "detach-user-policy", "Replace the secrets"} {
			if gone != "" && strings.Contains(word, gone) && strings.Contains(steps, word) {
				t.Errorf("%q: %q%s", line, word, steps)
			}
		}
	}
}

// What may be an owner's ordinary use is no step of the intruder's way.
func TestIncidentChainBeginsWithTheIntruder(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T10:00:00", who: "alice", key: "AKIA1", ip: "192.0.2.1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::111122223333:role/ops","roleSessionName":"s"}`, out: `{"credentials":{"accessKeyId":"ASIA1"}}`},
		storyCall{id: "b", at: "10T12:00:00", who: "s", role: "ops", start: "10T10:00:00", key: "ASIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`})
	in := one(t, calls, nil, storyFinding{"trails", detect.High, []string{"b"}})
	if incidentIDs(in) != "a b" || len(in.Tactics) == 0 {
		t.Fatalf("%q, %+v", incidentIDs(in), in.Tactics)
	}
	if !strings.HasPrefix(in.Title, "Suspected: ASIA1 (role ops, session s): ") {
		t.Errorf("%q", in.Title)
	}
	for _, tactic := range in.Tactics {
		if tactic.First.ID != "b" {
			t.Errorf("%s begins with %s", tactic.Tactic, tactic.First.ID)
		}
	}
}
