package serve

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const scopeOf = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260302/%s/%s/aws4_request, SignedHeaders=host, Signature=00"

// An asker asks an endpoint in AWS's JSON protocol.
type asker struct {
	testing.TB
	base, target, region string
}

// call asks an operation and returns the status and the answer.
func (a asker) call(operation, body string) (int, map[string]any) {
	a.Helper()
	req, err := http.NewRequest("POST", a.base+"/", strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Amz-Target", a.target+"."+operation)
	if a.region != "" {
		req.Header.Set("Authorization", strings.Replace(scopeOf, "%s/%s", a.region+"/cloudtrail", 1))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		a.Fatal(err)
	}
	if got := res.Header.Get("Content-Type"); got != contentType || res.Header.Get("X-Amzn-Requestid") == "" {
		a.Errorf("%s: Content-Type %q, request %q", operation, got, res.Header.Get("X-Amzn-Requestid"))
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		a.Fatalf("%s: %s: %q: %v", operation, res.Status, b, err)
	}
	return res.StatusCode, out
}

// ok asks an operation that must succeed.
func (a asker) ok(operation, body string) map[string]any {
	a.Helper()
	status, out := a.call(operation, body)
	if status != http.StatusOK {
		a.Fatalf("%s %s: %d %v", operation, body, status, out)
	}
	return out
}

// fails asks an operation that must be refused with that error.
func (a asker) fails(operation, body, code string) {
	a.Helper()
	status, out := a.call(operation, body)
	message, _ := out["message"].(string)
	if m, ok := out["Message"].(string); ok {
		message = m
	}
	if status != http.StatusBadRequest || out["__type"] != code || message == "" {
		a.Errorf("%s %.200s: %d %v, want %s", operation, body, status, out, code)
	}
}

func TestProtocolErrors(t *testing.T) {
	var logged []string
	s := testServer(t, Config{Log: logTo(&logged)})
	a := asker{t, startServer(t, s), cloudTrailTarget, ""}
	a.fails("NoSuchOperation", "{}", "UnknownOperationException")
	a.fails("CreateTrail", `{"Name":"x"}`, "UnknownOperationException")
	asker{t, a.base, "AWSGlue", ""}.fails("GetDatabases", "{}", "UnknownOperationException")
	if len(logged) != 3 || !strings.Contains(logged[1], "CreateTrail") {
		t.Errorf("logged: %q", logged)
	}
	for _, body := range []string{
		"{", "[]", `"x"`, "{}{}", `{"MaxResults":"10"}`, `{"MaxResults":1.5}`, `{"MaxResults":1e99}`, `{"StartTime":"yesterday"}`, `{"StartTime":1e300}`,
		`{"LookupAttributes":{}}`, `{"NextToken":1}`, strings.Repeat("[", 200_000), strings.Repeat(`{"LookupAttributes":[`, 50_000),
		`{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
	} {
		a.fails("LookupEvents", body, "SerializationException")
	}
	a.ok("LookupEvents", "")
	a.ok("LookupEvents", "null")
	a.ok("LookupEvents", `{"Unknown":{"x":[1,2]}}`)
}

// What a request says cannot steer the terminal in which the log is read.
func TestLogIsEscaped(t *testing.T) {
	var logged []string
	s := testServer(t, Config{Log: logTo(&logged)})
	base := startServer(t, s)
	req, err := http.NewRequest("POST", base+"/%1b[2J%0aforged", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Amz-Target", "Evil\u202e.Operation")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if all := strings.Join(logged, "|"); len(logged) != 1 || strings.ContainsAny(all, "\x1b\n\u202e") || !strings.Contains(all, `\x1b[2J`) {
		t.Errorf("%q", logged)
	}
}

func TestOtherServices(t *testing.T) {
	base := startServer(t, testServer(t, Config{}))
	for _, tt := range []struct{ method, path, kind, service, want string }{
		{"POST", "/", "application/x-www-form-urlencoded; charset=utf-8", "sts", "<Code>InvalidAction</Code>"},
		{"GET", "/2015-03-31/functions", "", "lambda", `"__type":"UnknownOperationException"`},
		{"GET", "/?x=<script>", "", "<b>", `"__type":"UnknownOperationException"`},
	} {
		req, err := http.NewRequest(tt.method, base+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", tt.kind)
		req.Header.Set("Authorization", strings.Replace(scopeOf, "%s/%s", "us-east-1/"+tt.service, 1))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode < 400 || res.StatusCode >= 500 || !strings.Contains(string(b), tt.want) {
			t.Errorf("%s: %s: %s, %v", tt.service, res.Status, b, err)
		}
	}
}

func TestCredentialScope(t *testing.T) {
	for header, want := range map[string]string{
		"AWS4-HMAC-SHA256 Credential=AKIA/20260302/us-east-1/cloudtrail/aws4_request, SignedHeaders=x, Signature=y": "cloudtrail us-east-1",
		"AWS4-HMAC-SHA256 Credential=a/b/c/20260302/eu-west-1/s3/aws4_request,Signature=y":                          "s3 eu-west-1",
		"AWS4-HMAC-SHA256 Credential=AKIA/20260302/us-east-1/cloudtrail, x":                                         " ",
		"Bearer x": " ", "": " ", "Credential=": " ", "Credential=/////": " ",
	} {
		r, err := http.NewRequest("GET", "http://127.0.0.1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		service, region := credentialScope(r)
		if got := service + " " + region; got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestEpoch(t *testing.T) {
	for text, want := range map[string]string{
		"0": "1970-01-01T00:00:00Z", "1772506972": "2026-03-03T03:02:52Z", "1.772506972E9": "2026-03-03T03:02:52Z", "1772506972.25": "2026-03-03T03:02:52.25Z",
		"-1.5": "1969-12-31T23:59:58.5Z", `"2026-03-03T04:02:52+01:00"`: "2026-03-03T03:02:52Z", "null": "0001-01-01T00:00:00Z",
		`"x"`: "", "true": "", "1e300": "", "{}": "", "NaN": "",
	} {
		var e epoch
		err := json.Unmarshal([]byte(text), &e)
		if got := e.Format(time.RFC3339Nano); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	for at, want := range map[time.Time]string{
		time.Unix(1772506972, 0): "1772506972", time.Unix(1772506972, 5e6): "1772506972.005", time.Unix(1772506972, 999): "1772506972",
	} {
		if b, err := json.Marshal(epoch{at}); err != nil || string(b) != want {
			t.Errorf("%s: %s, %v", at, b, err)
		}
	}
}

// Several cases have prefixes, and answer for themselves.
func TestSeveralCases(t *testing.T) {
	one, two := makeCase(t, writeRecords(t, plainRecords[0])), makeCase(t, writeRecords(t, plainRecords[1]))
	s := testServer(t, Config{Cases: []Case{{"one", one}, {"two", two}}})
	base := startServer(t, s)
	for name, want := range map[string]string{"one": "CreateUser", "two": "DescribeInstances"} {
		a := asker{t, base + "/" + name, cloudTrailTarget, ""}
		events := a.ok("LookupEvents", "{}")["Events"].([]any)
		if len(events) != 1 || events[0].(map[string]any)["EventName"] != want {
			t.Errorf("%s: %v", name, events)
		}
	}
	for _, path := range []string{"", "/three", "/onetwo"} {
		if status, out := (asker{t, base + path, cloudTrailTarget, ""}).call("LookupEvents", "{}"); status != http.StatusNotFound {
			t.Errorf("%q: %d %v", path, status, out)
		}
	}
	for _, name := range []string{"", "a/b", "..", "one", "a%2f"} {
		cfg := s.cfg
		cfg.Cases = []Case{{"one", one}, {name, two}}
		if other, err := New(cfg); err == nil {
			t.Errorf("a case is named %q", name)
			other.Close()
		}
	}
}

func logTo(lines *[]string) func(string, ...any) {
	var mu sync.Mutex
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		*lines = append(*lines, fmt.Sprintf(format, args...))
	}
}
