package report

import (
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// What an examiner holds of a key is not held of the key that it came from: the title says what is confirmed, and what is suspected.
func TestConfirmedInPart(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		storyCall{id: "b", at: "10T02:01:00", who: "bob", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"},
		storyCall{id: "c", at: "10T02:02:00", who: "bob", key: "AKIA2", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`})
	for key, want := range map[string]string{
		"AKIA2": "Confirmed in part: AKIA2 (IAM user bob) (2 of 3 events); AKIA1 (IAM user alice) suspected: ",
		"AKIA1": "Confirmed in part: AKIA1 (IAM user alice) (1 of 3 events): ",
	} {
		j := Judgement{Kind: KeySubject, Subject: key, As: Malicious, Because: "its owner says so", By: "examiner", At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
		if err := j.Seal(); err != nil {
			t.Fatal(err)
		}
		in := one(t, calls, []Judgement{j}, storyFinding{"keys", detect.High, []string{"a"}}, storyFinding{"trails", detect.High, []string{"c"}})
		if in.Status != IncidentConfirmed || !strings.HasPrefix(in.Title, want) || !strings.Contains(in.Because, " of 3 events") {
			t.Errorf("%s: %s, %q, because %q", key, in.Status, in.Title, in.Because)
		}
	}
	all := Judgement{Kind: AddressSubject, Subject: "203.0.113.9", As: Malicious, Because: "it is theirs", By: "examiner", At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	if err := all.Seal(); err != nil {
		t.Fatal(err)
	}
	if in := one(t, calls, []Judgement{all}, storyFinding{"keys", detect.High, []string{"a"}}); !strings.HasPrefix(in.Title, "Confirmed: AKIA1 (IAM user alice): ") {
		t.Errorf("all: %q", in.Title)
	}
}

// A sentence says once what was taken or made.
func TestIssuingIsSaidOnce(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		storyCall{id: "b", at: "10T02:10:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::999988887777:role/x/ops","roleSessionName":"s"}`,
			out: `{"credentials":{"accessKeyId":"ASIA1"},"assumedRoleUser":{"assumedRoleId":"AROA1:s","arn":"arn:aws:sts::999988887777:assumed-role/ops/s"}}`})
	var told []string
	for _, s := range one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b"}}).Narrative {
		told = append(told, s.Text)
	}
	text := strings.Join(told, "\n")
	for _, want := range []string{"made access key AKIA2 for IAM user bob (iam:CreateAccessKey).", "assumed role ops of account 999988887777 (sts:AssumeRole) and got ASIA1."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q:\n%s", want, text)
		}
	}
}

// A finding's title and count are said once.
func TestIncidentFindingWords(t *testing.T) {
	for why, want := range map[string]string{
		"Keys (3 events)":                         "high, keys: Keys, 3 events",
		"Keys: rules together within (3 events)":  "high, keys: Keys, 3 events: rules together within",
		"user agent of Pacu (3 events)":           "high, keys: Keys, 3 events: user agent of Pacu",
		"made and removed: key A; user B":         "high, keys: Keys, 3 events: made and removed: key A; user B",
		"2 calls of another principal (9 events)": "high, keys: Keys, 3 events: 2 calls of another principal (9 events)",
	} {
		f := IncidentFinding{Detector: "keys", Title: "Keys", Severity: detect.High, Why: why, Events: 3}
		if got := f.words(); got != want {
			t.Errorf("%q: %q, not %q", why, got, want)
		}
	}
}

// The first screen says of which of how many incidents its steps are.
func TestContainNowNamesItsIncident(t *testing.T) {
	all := &Incidents{Rows: []Incident{{Number: 1}, {Number: 2}}, More: 33}
	if got := all.containNow(0); got != "Contain now: incident 1 of 35; the others have steps too" {
		t.Error(got)
	}
	if got := (&Incidents{Rows: all.Rows[:1]}).containNow(0); got != "Contain now" {
		t.Error(got)
	}
}

// A title says what succeeded, or that nothing did.
func TestTitleOfAttempts(t *testing.T) {
	for failure, attempts := range map[string]bool{"": false, "AccessDenied": true} {
		calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12), storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "ec2:GetPasswordData", err: failure})
		in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if strings.HasSuffix(in.Title, ": attempts only") != attempts {
			t.Errorf("%q: %q", failure, in.Title)
		}
	}
}

// Beside what succeeded a title says what was only tried: it may be what all of it was for.
func TestTitleOfTries(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"bob"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`, err: "AccessDenied"})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}}, storyFinding{"trails", detect.High, []string{"b"}})
	if !strings.HasSuffix(in.Title, ": persistence; only tried: defense impairment") {
		t.Errorf("%q", in.Title)
	}
}
