package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// trapRecord is a record of that ID with some members more, or, as they come last, others.
func trapRecord(id, members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","awsRegion":"us-east-1",` +
		`"recipientAccountId":"111122223333","eventID":"` + id + `"` + members + `}`
}

func identity(v string) string { return `"userIdentity":` + v }

// recordTraps are what trips parsers of CloudTrail records: each has a name, members
// of its record, and what show must say of it. Nothing may be lost, and no exit code but 0 or 3 seen.
var recordTraps = []struct {
	name, members string
	shows         []string
}{
	{"identity absent", "", []string{"GetUser"}},
	{"identity null", identity(`null`), []string{`"userIdentity": null`}},
	{"identity without type", identity(`{"accountId":"111122223333","invokedBy":"secretsmanager.amazonaws.com"}`), []string{`"invokedBy": "secretsmanager.amazonaws.com"`}},
	{"empty session issuer", identity(`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/a","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"mfaAuthenticated":"true"}}}`),
		[]string{`"sessionIssuer": {}`}},
	{"truncated by CloudTrail", `"responseElements":{"omitted":true,"originalSize":250000},"requestParameters":{"reason":"x","omitted":true}`,
		[]string{"truncated by CloudTrail: responseElements, requestParameters left out for its size", "omitted"}},
	{"omitted that is not CloudTrail's", `"requestParameters":{"omitted":"true"}`, []string{"Copies    none"}},
	{"addendum", `"addendum":{"reason":"UPDATED_DATA","updatedFields":"responseElements","originalRequestID":"r","originalEventID":"trap-identity-absent"}`,
		[]string{"addendum, UPDATED_DATA: the original is event trap-identity-absent, and what is new is in responseElements", "The original, which this record updates:", "Event     trap-identity-absent"}},
	{"late", `"addendum":{"reason":"DELIVERY_DELAY"}`, []string{"addendum, DELIVERY_DELAY"}},
	{"exponent and N.0 numbers", `"requestParameters":{"a":1.688560107857E9,"b":243.0,"c":12345678901234567890,"d":-0.0,"e":1E400}`,
		[]string{"1.688560107857E9", "243.0", "12345678901234567890", "-0.0", "1E400"}},
	{"duplicate keys", `"eventName":"DeleteUser"`, []string{"Event     trap-duplicate-keys  DeleteUser", "duplicate-keys", "a field is there more than once, the last counts"}},
	{"case-variant keys", `"EventName":"DeleteUser","EVENTID":"x"`, []string{"Event     trap-case-variant-keys  GetUser", "case-variant-keys", "a name differs from a known one in capitals only"}},
	{"invalid UTF-8", "\"userAgent\":\"caf\xe9\"", []string{`caf\xe9`, "invalid-utf8", "bytes that are not UTF-8"}},
	{"lone surrogates", `"userAgent":"x\ud800y","requestParameters":{"k":"\udc00"}`, []string{`"x\ud800y"`, "lone-surrogate", "half of a surrogate pair"}},
	{"surrogate pairs", `"userAgent":"\ud83e\udd8a"`, []string{"Copies    none"}},
	{"source is a service", `"sourceIPAddress":"cloudformation.amazonaws.com"`, []string{`"sourceIPAddress": "cloudformation.amazonaws.com"`}},
	{"source is AWS Internal", `"sourceIPAddress":"AWS Internal/2"`, []string{`"AWS Internal/2"`}},
	{"source is a list", `"sourceIPAddress":["203.0.113.9","198.51.100.7"]`, []string{`"198.51.100.7"`}},
	{"source is IPv6", `"sourceIPAddress":"2001:DB8::1"`, []string{`"2001:DB8::1"`}},
	{"source has leading zeros", `"sourceIPAddress":"203.000.113.009"`, []string{`"203.000.113.009"`}},
	{"time of 1970", `"eventTime":"1970-01-01T00:00:00Z"`, []string{"Time      1970-01-01T00:00:00Z", "duplicate-keys"}},
	{"time of 9999", `"eventTime":"9999-12-31T23:59:59Z"`, []string{"Time      9999-12-31T23:59:59Z"}},
	{"partition aws-us-gov", identity(`{"type":"IAMUser","arn":"arn:aws-us-gov:iam::111122223333:user/a"}`) + `,"awsRegion":"us-gov-west-1"`, []string{"arn:aws-us-gov:iam::111122223333:user/a"}},
	{"partition aws-cn", identity(`{"type":"IAMUser","arn":"arn:aws-cn:iam::111122223333:user/a"}`) + `,"awsRegion":"cn-north-1","eventSource":"cloudtrail.amazonaws.com.cn","eventName":"StopLogging"`,
		[]string{"arn:aws-cn:iam::111122223333:user/a", "trail-stopped"}},
}

func trapID(name string) string { return "trap-" + strings.ReplaceAll(name, " ", "-") }

// TestRecordTraps: each trap is one event of the case, shown with what is strange of it; none
// costs another, and dates that cannot be set no time frame.
func TestRecordTraps(t *testing.T) {
	evidence, records := t.TempDir(), []string{}
	for _, trap := range recordTraps {
		records = append(records, trapRecord(trapID(trap.name), trap.members))
	}
	for _, version := range []string{"1.0", "1.01", "1.02", "1.03", "1.04", "1.05", "1.06", "1.07", "1.08", "1.09", "1.10", "1.11", "1.12"} {
		records = append(records, strings.Replace(trapRecord("version-"+version, ""), `"1.08"`, `"`+version+`"`, 1))
	}
	first := strings.Replace(trapRecord("x", ""), `,"eventID":"x"`, "", 1) // of version 1.0: without an ID, twice
	records = append(records, first, "{"+strings.Replace(first[1:], `"eventName":"GetUser",`, "", 1)[:len(first)-2-len(`"eventName":"GetUser",`)]+`,"eventName":"GetUser"}`)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintf(z, `{"Records":[%s]}`, strings.Join(records, ",\n"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const name = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1010Z_abcdefghijklmnop.json.gz"
	writeFile(t, filepath.Join(evidence, filepath.FromSlash(name)), packed.Bytes())
	writeFile(t, filepath.Join(evidence, "resaved.csv"), []byte("Event name,Event time,Event source,Event ID,Recipient Account Id,Read-only\nX,2026-03-02T10:00:00Z,y,lost-zero,46411772487,TRUE\n"))

	dir := filepath.Join(t.TempDir(), "case")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"analyze", evidence, "-o", dir}, &stdout, &stderr); code != exitComplete {
		t.Fatalf("exit code %d\n%s\n%s", code, &stdout, &stderr)
	}
	sum := reconcile(t, dir, evidence)
	if want := int64(len(records) + 1); sum.Kept != want || sum.Copies != 1 || sum.Bad != 0 {
		t.Errorf("%+v, want %d kept, one of them a copy: that without an ID", sum, want)
	}
	t.Run("implausible times set no time frame", func(t *testing.T) {
		if out := stdout.String(); !strings.Contains(out, "Timeframe, evidence     2026-03-02T10:00:00Z to 2026-03-02T10:00:00Z") || !strings.Contains(out, "2 events with an implausible time") {
			t.Error(out)
		}
	})
	t.Run("account and region that differ from the path", func(t *testing.T) {
		if manifest := string(readFile(t, filepath.Join(dir, "manifest.jsonl"))); !strings.Contains(manifest, `2 records are of another account or region than the name says, the first: account \"111122223333\", region \"us-gov-west-1\"`) {
			t.Error(manifest)
		}
	})
	t.Run("marks in the report", func(t *testing.T) {
		report := string(readFile(t, filepath.Join(dir, "report.md")))
		for _, want := range []string{"1 event with the mark `omitted`: truncated by CloudTrail", "2 events with the mark `addendum`", "5 events with the mark `duplicate-keys`",
			"1 event with the mark `case-variant-keys`", "1 event with the mark `invalid-utf8`", "1 event with the mark `lone-surrogate`"} {
			if !strings.Contains(report, want) {
				t.Errorf("the report does not say: %s", want)
			}
		}
	})
	show := func(t *testing.T, id string) string {
		var stdout, stderr bytes.Buffer
		if code := run([]string{"show", dir, id}, &stdout, &stderr); code != exitComplete {
			t.Fatalf("show %s: exit code %d\n%s", id, code, &stderr)
		}
		return stdout.String()
	}
	for _, trap := range recordTraps {
		t.Run(trap.name, func(t *testing.T) {
			out := show(t, trapID(trap.name))
			for _, want := range trap.shows {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			var raw bytes.Buffer
			if code := run([]string{"show", dir, trapID(trap.name), "--raw"}, &raw, &stderr); code != exitComplete || raw.String() != trapRecord(trapID(trap.name), trap.members) {
				t.Errorf("raw: %s", &raw)
			}
		})
	}
	t.Run("the original shows its addendum", func(t *testing.T) {
		if out := show(t, "trap-identity-absent"); !strings.Contains(out, "An addendum to this event:\n\nEvent     trap-addendum") {
			t.Error(out)
		}
	})
	t.Run("account that lost its zero", func(t *testing.T) {
		if out := show(t, "lost-zero"); !strings.Contains(out, `"recipientAccountId": "046411772487"`) || !strings.Contains(out, "the record is derived") {
			t.Error(out)
		}
	})
	t.Run("sources by address", func(t *testing.T) {
		var out bytes.Buffer
		if code := run([]string{"timeline", dir, "--ip", "2001:db8::1", "-f", "jsonl"}, &out, &stderr); code != exitComplete || !strings.Contains(out.String(), "trap-source-is-IPv6") {
			t.Errorf("--ip finds %s", &out)
		}
	})
}

// A time that RFC 3339 allows and CloudTrail does not write is a time, in an event and on the command line.
func TestRareTimes(t *testing.T) {
	dir := t.TempDir()
	record := func(n int, at string) string {
		return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventID":"00000000-0000-4000-8000-00000000000%d","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`, at, n)
	}
	writeFile(t, filepath.Join(dir, "e", "log.json"), []byte(`{"Records":[`+record(1, "2017-01-01T00:00:01Z")+","+record(2, "2016-12-31T23:59:60Z")+","+record(3, "2016-12-31t23:59:59z")+"]}"))
	kase := filepath.Join(dir, "case")
	command(t, 0, "analyze", filepath.Join(dir, "e"), "-o", kase, "-q")
	for since, want := range map[string]string{"2016-12-31t23:59:59z": "1 2 3", "2016-12-31T23:59:60z": "1 2", "2017-01-01T01:00:01+01:00": "1"} {
		out := command(t, 0, "timeline", kase, "--since", since, "--columns", "eventid", "--format", "csv")
		for i, id := range strings.Fields(want) {
			if n := strings.Count(out, "-00000000000"+id); n != 1 || strings.Count(out, "-0000000000") != len(strings.Fields(want)) {
				t.Errorf("since %s: event %d: %s", since, i, out)
			}
		}
	}
}
