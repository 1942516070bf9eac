package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

func names(out map[string]any) (names []string) {
	for _, e := range out["Events"].([]any) {
		names = append(names, e.(map[string]any)["EventId"].(string))
	}
	return names
}

func TestLookupEvents(t *testing.T) {
	a := asker{t, startServer(t, testServer(t, Config{})), cloudTrailTarget, ""}
	for _, tt := range []struct{ region, body, want string }{
		{"", "{}", "e2 e1"}, // data events are not looked up
		{"all", "{}", "e2 e1"},
		{"us-east-1", "{}", "e1"},
		{"eu-west-1", "{}", "e2"},
		{"eu-central-1", "{}", ""},
		{"", `{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"CreateUser"}]}`, "e1"},
		{"", `{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"createuser"}]}`, ""},
		{"", `{"StartTime":1772445900}`, "e2"}, // 10:05:00, inclusive
		{"", `{"StartTime":1772445901}`, ""},
		{"", `{"EndTime":1772445900}`, "e2 e1"},
		{"", `{"EndTime":1772445899.0}`, "e1"},
		{"", `{"StartTime":"2026-03-02T10:05:00Z","EndTime":"2026-03-02T10:05:00Z"}`, "e2"},
	} {
		a.region = tt.region
		if got := strings.Join(names(a.ok("LookupEvents", tt.body)), " "); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.region, tt.body, got, tt.want)
		}
	}
	a.region = ""
	event := a.ok("LookupEvents", "{}")["Events"].([]any)[1].(map[string]any)
	var record map[string]any
	if err := json.Unmarshal([]byte(event["CloudTrailEvent"].(string)), &record); err != nil || record["eventID"] != "e1" {
		t.Errorf("%v %v", err, event)
	}
	if event["EventTime"] != 1772445600.0 || event["Username"] != "alice" || event["ReadOnly"] != "false" {
		t.Errorf("%v", event)
	}
}

func TestLookupEventsOfAllKinds(t *testing.T) {
	a := asker{t, startServer(t, testServer(t, Config{AllEvents: true})), cloudTrailTarget, ""}
	if got := strings.Join(names(a.ok("LookupEvents", "{}")), " "); got != "e3 e2 e1" {
		t.Error(got)
	}
}

func TestLookupPages(t *testing.T) {
	var records []string
	for i := range 120 {
		records = append(records, record(fmt.Sprintf("e%03d", i), fmt.Sprintf("2026-03-02T10:%02d:00Z", i/2), "ec2", "DescribeInstances", "us-east-1", `"managementEvent":true,"eventCategory":"Management"`))
	}
	a := asker{t, startServer(t, testServer(t, Config{Cases: []Case{{"c", makeCase(t, writeRecords(t, records...))}}})), cloudTrailTarget, ""}
	for _, size := range []int{0, 1, 7, 50} {
		var all []string
		token, pages := "", 0
		for {
			body := map[string]any{"StartTime": 1700000000}
			if token != "" {
				body["NextToken"] = token
			}
			if size > 0 {
				body["MaxResults"] = size
			}
			b, _ := json.Marshal(body)
			out := a.ok("LookupEvents", string(b))
			all = append(all, names(out)...)
			pages++
			var more bool
			if token, more = out["NextToken"].(string); !more {
				break
			}
		}
		if !slices.IsSortedFunc(all, func(a, b string) int { return strings.Compare(b, a) }) || len(all) != 120 || len(slices.Compact(all)) != 120 {
			t.Errorf("%d at once: %d events: %v", size, len(all), all)
		}
		if most := 50; size == 0 && pages != (120+most-1)/most {
			t.Errorf("%d pages", pages)
		}
	}
	token := a.ok("LookupEvents", `{"MaxResults":1}`)["NextToken"].(string)
	a.ok("LookupEvents", fmt.Sprintf(`{"NextToken":%q,"MaxResults":50}`, token))
	a.fails("LookupEvents", fmt.Sprintf(`{"NextToken":%q,"StartTime":1}`, token), "InvalidNextTokenException")
	a.region = "us-east-1"
	a.fails("LookupEvents", fmt.Sprintf(`{"NextToken":%q}`, token), "InvalidNextTokenException")
}

// Every error that AWS documents and that can happen here; throttling cannot.
func TestLookupErrors(t *testing.T) {
	a := asker{t, startServer(t, testServer(t, Config{})), cloudTrailTarget, ""}
	for body, code := range map[string]string{
		`{"MaxResults":0}`:             "InvalidMaxResultsException",
		`{"MaxResults":51}`:            "InvalidMaxResultsException",
		`{"MaxResults":-1}`:            "InvalidMaxResultsException",
		`{"StartTime":10,"EndTime":9}`: "InvalidTimeRangeException",
		`{"NextToken":"nonsense"}`:     "InvalidNextTokenException",
		`{"EventCategory":"data"}`:     "InvalidEventCategoryException",
		`{"LookupAttributes":[{"AttributeKey":"Foo","AttributeValue":"x"}]}`:                                                        "InvalidLookupAttributesException",
		`{"LookupAttributes":[{"AttributeKey":"EventName"}]}`:                                                                       "InvalidLookupAttributesException",
		`{"LookupAttributes":[{}]}`:                                                                                                 "InvalidLookupAttributesException",
		`{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"` + strings.Repeat("x", 2001) + `"}]}`:                  "InvalidLookupAttributesException",
		`{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"x"},{"AttributeKey":"Username","AttributeValue":"y"}]}`: "InvalidLookupAttributesException",
		`{"EventCategory":"insight","LookupAttributes":[{"AttributeKey":"Username","AttributeValue":"y"}]}`:                         "InvalidLookupAttributesException",
	} {
		a.fails("LookupEvents", body, code)
	}
}

func TestTrailsOfDigests(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evidence")
	if _, err := fixtures.Write(dir, fixtures.Config{Seed: 1, Bytes: 200_000}); err != nil {
		t.Fatal(err)
	}
	kase := makeCase(t, dir)
	for _, known := range []bool{false, true} {
		cfg := Config{Cases: []Case{{"c", kase}}}
		bucket := "evidence"
		if known { // the digests can be read, and name the bucket
			cfg.Evidence, bucket = map[string]string{"evidence": dir}, "acme-org-trail-logs"
		}
		a := asker{t, startServer(t, testServer(t, cfg)), cloudTrailTarget, "eu-west-1"}
		list := a.ok("DescribeTrails", "{}")["trailList"].([]any)
		if len(list) == 0 {
			t.Fatal("no trail")
		}
		arns := map[string]bool{}
		for _, row := range list {
			got := row.(map[string]any)
			arn := got["TrailARN"].(string)
			arns[arn] = true
			account := strings.Split(arn, ":")[4]
			if arn != "arn:aws:cloudtrail:"+got["HomeRegion"].(string)+":"+account+":trail/org-trail" || got["Name"] != "org-trail" ||
				got["S3BucketName"] != bucket || got["IsOrganizationTrail"] != true || got["LogFileValidationEnabled"] != true || got["IsMultiRegionTrail"] != true {
				t.Errorf("%v", got)
			}
			trail := a.ok("GetTrail", fmt.Sprintf(`{"Name":%q}`, arn))["Trail"].(map[string]any)
			if trail["TrailARN"] != arn {
				t.Errorf("%v", trail)
			}
			status := a.ok("GetTrailStatus", fmt.Sprintf(`{"Name":%q}`, arn))
			if status["LatestDigestDeliveryTime"] == nil || status["LatestDeliveryTime"] == nil || status["IsLogging"] == nil {
				t.Errorf("%v", status)
			}
		}
		if len(arns) != len(list) || len(a.ok("ListTrails", "{}")["Trails"].([]any)) != len(list) {
			t.Errorf("%v", arns)
		}
		home := list[0].(map[string]any)["HomeRegion"].(string)
		a.region = "ap-south-1"
		if n := len(a.ok("DescribeTrails", `{"includeShadowTrails":false}`)["trailList"].([]any)); n != 0 {
			t.Errorf("%d trails at home in ap-south-1", n)
		}
		a.region = home
		if n := len(a.ok("DescribeTrails", `{"includeShadowTrails":false}`)["trailList"].([]any)); n != len(list) {
			t.Errorf("%d trails at home in %s", n, home)
		}
		organization := asker{t, a.base, organizationsTarget, ""}.ok("DescribeOrganization", "")["Organization"].(map[string]any)["Id"].(string)
		if !strings.HasPrefix(organization, "o-") {
			t.Error(organization)
		}
	}
}

// Without digests a trail stands for an account's logs; a trail that was stopped is said to be.
func TestTrailsOfLogs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	put(t, dir, "sub/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T1005Z_AAAAAAAAAAAAAAAA.json",
		records(record("a", "2026-03-02T10:00:00Z", "cloudtrail", "StopLogging", "eu-west-1", `"requestParameters":{"name":"coldtrail"}`),
			record("b", "2026-03-02T10:01:00Z", "cloudtrail", "StopLogging", "eu-west-1", `"requestParameters":{"name":"another"}`)))
	put(t, dir, "sub/AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/02/111122223333_CloudTrail_us-east-2_20260302T1015Z_AAAAAAAAAAAAAAAA.json",
		records(record("c", "2026-03-02T09:00:00Z", "cloudtrail", "StartLogging", "eu-west-1", `"requestParameters":{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/coldtrail"}`),
			record("d", "2026-03-02T11:00:00Z", "cloudtrail", "StartLogging", "eu-west-1", `"errorCode":"AccessDenied","requestParameters":{"name":"coldtrail"}`)))
	a := asker{t, startServer(t, testServer(t, Config{Cases: []Case{{"c", makeCase(t, dir)}}})), cloudTrailTarget, ""}
	list := a.ok("DescribeTrails", `{"trailNameList":["coldtrail"]}`)["trailList"].([]any)
	want := map[string]any{
		"Name": "coldtrail", "S3BucketName": "logs", "S3KeyPrefix": "sub", "IsMultiRegionTrail": true, "HomeRegion": "eu-west-1",
		"TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/coldtrail", "LogFileValidationEnabled": false, "IsOrganizationTrail": false,
	}
	if len(list) != 1 || fmt.Sprint(list[0]) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", list, want)
	}
	if list := a.ok("DescribeTrails", `{"trailNameList":["other"]}`)["trailList"].([]any); len(list) != 0 {
		t.Errorf("%v", list)
	}
	status := a.ok("GetTrailStatus", `{"Name":"coldtrail"}`)
	if status["IsLogging"] != false || status["TimeLoggingStopped"] != "2026-03-02T10:00:00Z" || status["TimeLoggingStarted"] != "2026-03-02T09:00:00Z" || status["LatestDeliveryTime"] != 1772446500.0 {
		t.Errorf("%v", status)
	}
	for _, operation := range []string{"GetTrail", "GetTrailStatus"} {
		a.fails(operation, `{"Name":"nothing"}`, "TrailNotFoundException")
		a.fails(operation, `{"Name":""}`, "InvalidTrailNameException")
		a.fails(operation, `{}`, "InvalidTrailNameException")
		a.fails(operation, `{"Name":"a/b"}`, "InvalidTrailNameException")
		a.fails(operation, `{"Name":"arn:aws:s3:::x"}`, "CloudTrailARNInvalidException")
		a.fails(operation, `{"Name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/other"}`, "TrailNotFoundException")
	}
	a.fails("DescribeTrails", `{"trailNameList":["arn:x"]}`, "CloudTrailARNInvalidException")
	a.fails("ListTrails", `{"NextToken":"x"}`, "InvalidTokenException")
	asker{t, a.base, organizationsTarget, ""}.fails("DescribeOrganization", "", "AWSOrganizationsNotInUseException")
}

// put writes a file of the evidence.
func put(t testing.TB, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func records(all ...string) string { return `{"Records":[` + strings.Join(all, ",") + `]}` }

func TestPublicKeys(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.json", `{"PublicKeyList":[
		{"Value":"YWJj","ValidityStartTime":1700000000,"ValidityEndTime":1702592000.5,"Fingerprint":"900150983cd24fb0d6963f7d28e17f72"},
		{"Value":"ZGVm","ValidityStartTime":"2026-01-01T00:00:00+00:00","ValidityEndTime":"2026-01-31T00:00:00Z","Fingerprint":"00"}]}`)
	put(t, dir, "b.json", `{"publicKeyList":[{"Value":"YWJj","ValidityStartTime":1700000000,"ValidityEndTime":1702592000.5,"Fingerprint":"900150983cd24fb0d6963f7d28e17f72"}]}`)
	var logged []string
	s := testServer(t, Config{PublicKeys: []string{filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")}, Log: logTo(&logged)})
	if len(logged) != 1 || !strings.Contains(logged[0], "key 00: its value has the fingerprint 4ed9407630eb1000c0f6b63842defa7d") {
		t.Errorf("%q", logged)
	}
	a := asker{t, startServer(t, s), cloudTrailTarget, ""}
	for body, want := range map[string]string{
		"{}": "90 00", `{"StartTime":1702592000}`: "90 00", `{"StartTime":1702592001}`: "00", `{"EndTime":1699999999}`: "",
		`{"StartTime":1,"EndTime":1700000000}`: "90", `{"StartTime":1767225600,"EndTime":1767225600}`: "00",
	} {
		var got []string
		for _, k := range a.ok("ListPublicKeys", body)["PublicKeyList"].([]any) {
			got = append(got, k.(map[string]any)["Fingerprint"].(string)[:2])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", body, got, want)
		}
	}
	a.fails("ListPublicKeys", `{"StartTime":2,"EndTime":1}`, "InvalidTimeRangeException")
	a.fails("ListPublicKeys", `{"NextToken":"x"}`, "InvalidTokenException")
	for _, content := range []string{"", "{}", `{"PublicKeyList":[]}`, `{"PublicKeyList":[{"Value":"YWJj"}]}`, `{"PublicKeyList":[{"Value":"?","Fingerprint":"00"}]}`} {
		put(t, dir, "bad.json", content)
		if _, err := readKeys([]string{filepath.Join(dir, "bad.json")}, t.Logf); err == nil || !strings.Contains(err.Error(), "bad.json") {
			t.Errorf("%q: %v", content, err)
		}
	}
}
