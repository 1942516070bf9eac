package report

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// call is an event of a hand-made scenario.
type call struct {
	id, at, source, name  string
	key, who, ip, ua, err string
	message               string // errorMessage
	request, response     string // JSON
	extra                 string // JSON of additionalEventData
	readOnly              string
	region                string // "": eu-west-1
	findings              []scan.Membership
}

const (
	aliceKey  = "AKIAALICE0000000EXPL"
	aliceARN  = "arn:aws:iam::111122223333:user/alice"
	carolKey  = "AKIACAROL0000000EXPL"
	carolARN  = "arn:aws:iam::111122223333:user/carol"
	mallory   = "203.0.113.66"
	office    = "198.51.100.7"
	sessionID = "ASIASESSION00000EXPL"
	newKey    = "AKIABACKDOOR0000EXPL"
	evilUA    = "\x1b[31mcurl\u202e|`<script>alert(1)</script>\n=cmd"
)

func orNull(s string) json.RawMessage {
	if s == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(s)
}

func (c *call) entry(t testing.TB, ordinal int) scan.Entry {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, c.at)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(map[string]any{
		"eventID": c.id, "eventTime": c.at, "eventSource": c.source + suffix, "eventName": c.name, "userAgent": c.ua,
		"userIdentity":      map[string]any{"type": "IAMUser", "arn": c.who, "accessKeyId": c.key},
		"requestParameters": orNull(c.request), "responseElements": orNull(c.response), "additionalEventData": orNull(c.extra),
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.readOnly == "" {
		c.readOnly = "false"
	}
	return scan.Entry{Ordinal: uint64(ordinal), Carried: raw, Findings: c.findings, Ref: detect.EventRef{
		Time: at, ID: c.id, Name: c.name, EventSource: c.source + suffix, Region: cmp.Or(c.region, "eu-west-1"), Account: "111122223333",
		Principal: c.who, PrincipalType: "IAMUser", Credential: c.key, SourceIP: c.ip, UserAgent: c.ua, ErrorCode: c.err, ErrorMessage: c.message, ReadOnly: c.readOnly,
		Place: detect.Place{Object: uint64(ordinal % 2), Index: ordinal, Offset: int64(1000 * ordinal)},
	}}
}

var (
	inKey   = scan.Membership{Finding: "f-key", Detector: "iam-key-for-other", Severity: detect.High}
	inEnum  = scan.Membership{Finding: "f-enum", Detector: "denied-burst", Severity: detect.Medium}
	inMinor = scan.Membership{Finding: "f-low", Detector: "get-caller-identity", Severity: detect.Low}
	inGuess = scan.Membership{Finding: "f-guess", Detector: "signin-failed", Severity: detect.Informational}
	inClash = scan.Membership{Finding: "f-clash", Detector: detect.ConflictingCopies, Severity: detect.High}
)

// scenario is a stolen key that makes a user with a key and reads a bucket and
// a secret; hostile strings stand wherever a caller can put them.
var scenario = []call{
	{id: "e00", at: "1999-01-01T00:00:00Z", source: "ec2", name: "DescribeInstances", key: "AKIAOLD", who: "arn:old", ip: office, readOnly: "true"},
	{id: "e01", at: "2024-05-01T08:00:00Z", source: "s3", name: "ListBuckets", key: aliceKey, who: aliceARN, ip: office, ua: "aws-cli/2", readOnly: "true"},
	{id: "e02", at: "2024-05-02T09:00:00Z", source: "ec2", name: "DescribeInstances", key: "AKIABOB", who: "arn:aws:iam::111122223333:user/bob", ip: office, ua: "aws-cli/2", readOnly: "true"},
	{id: "e03", at: "2024-05-03T01:00:00Z", source: "sts", name: "GetCallerIdentity", key: aliceKey, who: aliceARN, ip: mallory, ua: evilUA, readOnly: "true", findings: []scan.Membership{inMinor}},
	{id: "e04", at: "2024-05-03T01:00:05Z", source: "iam", name: "ListUsers", key: aliceKey, who: aliceARN, ip: mallory, ua: evilUA, err: "AccessDenied", readOnly: "true", findings: []scan.Membership{inEnum}},
	{id: "e05", at: "2024-05-03T01:01:00Z", source: "iam", name: "CreateUser", key: aliceKey, who: aliceARN, ip: mallory, ua: evilUA, request: `{"userName":"=svc|<b>\u202e"}`},
	{id: "e06", at: "2024-05-03T01:01:10Z", source: "iam", name: "CreateAccessKey", key: aliceKey, who: aliceARN, ip: mallory, ua: evilUA,
		request: `{"userName":"svc"}`, response: `{"accessKey":{"accessKeyId":"` + newKey + `","userName":"svc"}}`, findings: []scan.Membership{inKey}},
	{id: "e07", at: "2024-05-03T01:01:20Z", source: "iam", name: "AttachUserPolicy", key: aliceKey, who: aliceARN, ip: mallory,
		request: `{"userName":"svc","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`},
	{id: "e08", at: "2024-05-03T01:02:00Z", source: "sts", name: "AssumeRole", key: aliceKey, who: aliceARN, ip: mallory, readOnly: "true",
		response: `{"credentials":{"accessKeyId":"` + sessionID + `","expiration":"May 3, 2024, 2:02:00 AM"}}`},
	{id: "e09", at: "2024-05-03T01:03:00Z", source: "s3", name: "GetObject", key: aliceKey, who: aliceARN, ip: mallory, readOnly: "true",
		request: `{"bucketName":"crown-jewels","key":"a"}`, extra: `{"bytesTransferredOut":243.0}`},
	{id: "e10", at: "2024-05-03T01:03:01Z", source: "s3", name: "GetObject", key: aliceKey, who: aliceARN, ip: mallory, readOnly: "true",
		request: `{"bucketName":"crown-jewels","key":"b"}`, extra: `{"bytesTransferredOut":1.688560107857E9}`},
	{id: "e11", at: "2024-05-03T01:03:02Z", source: "s3", name: "GetObject", key: aliceKey, who: aliceARN, ip: mallory, readOnly: "true",
		request: `{"bucketName":"crown-jewels","key":"a"}`, extra: `{"bytesTransferredOut":243}`},
	{id: "e12", at: "2024-05-03T01:04:00Z", source: "secretsmanager", name: "GetSecretValue", key: aliceKey, who: aliceARN, ip: mallory, err: "AccessDeniedException", readOnly: "true",
		request: `{"secretId":"prod/db|x"}`},
	{id: "e13", at: "2024-05-03T01:05:00Z", source: "lambda", name: "CreateFunction20150331", key: newKey, who: "arn:aws:iam::111122223333:user/svc", ip: mallory,
		request: `{"functionName":"beacon"}`},
	{id: "e14", at: "2024-05-03T01:06:00Z", source: "kms", name: "Decrypt", key: aliceKey, who: aliceARN, ip: "cloudformation.amazonaws.com", readOnly: "true"},
	{id: "e15", at: "2024-05-03T09:00:00Z", source: "iam", name: "UpdateAccessKey", key: "AKIABOB", who: "arn:aws:iam::111122223333:user/bob", ip: office,
		request: `{"accessKeyId":"` + aliceKey + `","status":"Inactive","userName":"alice"}`},
	{id: "e16", at: "2024-05-03T09:01:00Z", source: "iam", name: "DeleteAccessKey", key: "AKIABOB", who: "arn:aws:iam::111122223333:user/bob", ip: office,
		request: `{"accessKeyId":"` + newKey + `","userName":"svc"}`},
	{id: "e17", at: "2024-05-03T09:02:00Z", source: "iam", name: "DeleteUser", key: "AKIABOB", who: "arn:aws:iam::111122223333:user/bob", ip: office, err: "DeleteConflict",
		request: `{"userName":"=svc|<b>\u202e"}`},
	// A sign-in that failed, and a record that somebody changed to accuse carol.
	{id: "e18", at: "2024-05-03T09:03:00Z", source: "signin", name: "ConsoleLogin", who: carolARN, ip: "192.0.2.5", message: "Failed authentication", findings: []scan.Membership{inGuess}},
	{id: "e19", at: "2024-05-03T09:04:00Z", source: "iam", name: "CreateUser", key: carolKey, who: carolARN, ip: "192.0.2.5", request: `{"userName":"forged"}`, findings: []scan.Membership{inClash}},
	{id: "e19", at: "2024-05-03T09:04:00Z", source: "iam", name: "CreateUser", key: "AKIABOB", who: "arn:aws:iam::111122223333:user/bob", ip: office, request: `{"userName":"dave"}`, findings: []scan.Membership{inClash}},
}

func entries(t testing.TB) []scan.Entry {
	var out []scan.Entry
	for i := range scenario {
		out = append(out, scenario[i].entry(t, i))
	}
	return out
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

var heads = []scan.FindingHead{
	{ID: "f-low", Detector: "get-caller-identity", Severity: detect.Low, Subject: aliceARN, Why: "asked who it is", Count: 1,
		First: at("2024-05-03T01:00:00Z"), Last: at("2024-05-03T01:00:00Z"),
		Principals: scan.Distinct{Values: []string{aliceARN}}, Credentials: scan.Distinct{Values: []string{aliceKey}}, SourceIPs: scan.Distinct{Values: []string{mallory}}},
	{ID: "f-enum", Detector: "denied-burst", Severity: detect.Medium, Subject: "[x](javascript:alert(1))", Why: "1 call denied to `x` <b>|", Count: 1,
		First: at("2024-05-03T01:00:05Z"), Last: at("2024-05-03T01:00:05Z"),
		Principals: scan.Distinct{Values: []string{aliceARN}}, Credentials: scan.Distinct{Values: []string{aliceKey}}, SourceIPs: scan.Distinct{Values: []string{mallory}}},
	{ID: "f-key", Detector: "iam-key-for-other", Severity: detect.High, Subject: aliceARN, Why: "alice made a key for svc", Count: 1,
		First: at("2024-05-03T01:01:10Z"), Last: at("2024-05-03T01:01:10Z"),
		Principals: scan.Distinct{Values: []string{aliceARN}}, Credentials: scan.Distinct{Values: []string{aliceKey}, More: 2}, SourceIPs: scan.Distinct{Values: []string{mallory, "cloudformation.amazonaws.com"}}},
	{ID: "f-guess", Detector: "signin-failed", Severity: detect.Informational, Subject: carolARN, Why: "a sign-in failed", Count: 1,
		First: at("2024-05-03T09:03:00Z"), Last: at("2024-05-03T09:03:00Z"),
		Principals: scan.Distinct{Values: []string{carolARN}}, SourceIPs: scan.Distinct{Values: []string{"192.0.2.5"}}},
	{ID: "f-clash", Detector: detect.ConflictingCopies, Severity: detect.High, Subject: "e19", Why: "2 different records carry the event ID e19", Count: 2,
		First: at("2024-05-03T09:04:00Z"), Last: at("2024-05-03T09:04:00Z"),
		Principals: scan.Distinct{Values: []string{"arn:aws:iam::111122223333:user/bob", carolARN}}, Credentials: scan.Distinct{Values: []string{"AKIABOB", carolKey}},
		SourceIPs: scan.Distinct{Values: []string{office, "192.0.2.5"}}},
}

func seq[T any](values []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func conclusion() *scan.Conclusion {
	return &scan.Conclusion{Objects: table{"AWSLogs/a.json.gz", "odd\x1b name|`.json"}, Findings: seq(heads)}
}

// drive sends entries through a sink in batches of n.
func drive(t testing.TB, s scan.Sink, all []scan.Entry, n int) {
	t.Helper()
	for batch := range slices.Chunk(all, n) {
		e, err := s.Encode(batch)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func tallied(t testing.TB, all []scan.Entry, n int) *Tally {
	t.Helper()
	tally, err := NewTally(conclusion(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	drive(t, tally, all, n)
	return tally
}
