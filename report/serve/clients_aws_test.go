package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cliEvents is what the AWS CLI prints of events.
type cliEvents struct {
	Events []struct {
		EventID         string `json:"EventId"`
		EventName       string
		CloudTrailEvent string
	}
	NextToken string
}

// The AWS CLI looks events up, page by page with its own tokens, and reports errors.
func TestCLILookup(t *testing.T) {
	aws, a := awsCLI(t), makeArchive(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"c", a.kase}}}))
	c := client{t, base, "all"}
	var all cliEvents
	c.decode(&all, "", aws, "cloudtrail", "lookup-events", "--output", "json", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=DescribeInstances")
	var got []string
	for _, e := range all.Events {
		var record rawEvent
		if err := json.Unmarshal([]byte(e.CloudTrailEvent), &record); err != nil || e.EventName != "DescribeInstances" || record.text("eventName") != e.EventName {
			t.Errorf("%+v: %v", e, err)
		}
		got = append(got, e.EventID)
	}
	slices.Sort(got)
	if want := a.ids(func(e rawEvent) bool { return e.management() && e.text("eventName") == "DescribeInstances" }); !slices.Equal(got, want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	var pieces []string
	for token, n := "", 0; ; n++ {
		args := []string{"cloudtrail", "lookup-events", "--output", "json", "--max-items", fmt.Sprint(len(got)/2 + 1), "--page-size", "3", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=DescribeInstances"}
		if token != "" {
			args = append(args, "--starting-token", token)
		}
		var page cliEvents
		c.decode(&page, "", aws, args...)
		for _, e := range page.Events {
			pieces = append(pieces, e.EventID)
		}
		if token = page.NextToken; token == "" || n > 5 {
			break
		}
	}
	if slices.Sort(pieces); !slices.Equal(pieces, got) {
		t.Errorf("in pieces %d events, want %d", len(pieces), len(got))
	}
	// Of one region: that of the signature.
	var one cliEvents
	client{t, base, "eu-west-1"}.decode(&one, "", aws, "cloudtrail", "lookup-events", "--output", "json")
	if want := a.ids(func(e rawEvent) bool { return e.management() && e.text("awsRegion") == "eu-west-1" }); len(one.Events) != len(want) || len(want) == 0 {
		t.Errorf("%d events in eu-west-1, want %d", len(one.Events), len(want))
	}
	_, errs, code := c.run("", aws, "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=a", "AttributeKey=Username,AttributeValue=b")
	if code == 0 || !strings.Contains(errs, "(InvalidLookupAttributesException)") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	// Unsigned it is all regions.
	var unsigned cliEvents
	client{t, base, "eu-west-1"}.decode(&unsigned, "", aws, "cloudtrail", "lookup-events", "--output", "json", "--no-sign-request", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=DescribeInstances")
	if len(unsigned.Events) != len(got) {
		t.Errorf("unsigned %d events, want %d", len(unsigned.Events), len(got))
	}
}

// The AWS CLI asks for each of the eight keys, and gets each documented error.
func TestCLIKeysAndErrors(t *testing.T) {
	aws, a := awsCLI(t), makeArchive(t)
	c := client{t, startServer(t, testServer(t, Config{Cases: []Case{{"c", a.kase}}})), "all"}
	lookup := func(more ...string) (events []lookedUp) {
		t.Helper()
		// Resources come as boto3's script writes them, so that both are compared by the same rule.
		query := "Events[].{EventId: EventId, EventName: EventName, EventSource: EventSource, ReadOnly: ReadOnly, AccessKeyId: AccessKeyId, Username: Username, Resources: Resources[].[ResourceType, ResourceName], Record: EventId}"
		c.decode(&events, "", aws, append([]string{"cloudtrail", "lookup-events", "--output", "json", "--query", query}, more...)...)
		return events
	}
	all := lookup()
	one := all[slices.IndexFunc(all, func(e lookedUp) bool { return e.EventName == "CreateAccessKey" && e.AccessKeyID != nil })]
	for key, value := range map[string]string{
		"EventId": one.EventID, "EventName": one.EventName, "ReadOnly": "false", "Username": *one.Username, "ResourceType": *one.Resources[0][0],
		"ResourceName": *one.Resources[0][1], "EventSource": "iam.amazonaws.com", "AccessKeyId": *one.AccessKeyID,
	} {
		got := idsOf(lookup("--lookup-attributes", "AttributeKey="+key+",AttributeValue="+value))
		want := idsOf(slices.DeleteFunc(slices.Clone(all), func(e lookedUp) bool { return !e.has(key, value) }))
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s %s: %d events, want %d", key, value, len(got), len(want))
		}
	}
	for code, args := range map[string][]string{
		"InvalidLookupAttributesException": {"--lookup-attributes", "AttributeKey=Foo,AttributeValue=x"},
		"InvalidTimeRangeException":        {"--start-time", "1772445601", "--end-time", "1772445600"},
		"InvalidMaxResultsException":       {"--max-results", "51"},
		"InvalidNextTokenException":        {"--next-token", "nonsense"},
		"InvalidEventCategoryException":    {"--event-category", "data"},
	} {
		_, errs, exit := c.run("", aws, append([]string{"cloudtrail", "lookup-events"}, args...)...)
		if exit != 254 && exit != 255 || !strings.Contains(errs, "("+code+") when calling the LookupEvents operation") {
			t.Errorf("%q: exit code %d: %s", args, exit, errs)
		}
	}
}

// `aws cloudtrail validate-logs` checks a copy as it would check the bucket, as far as the copy has signatures.
func TestCLIValidateLogs(t *testing.T) {
	aws, chain := awsCLI(t), makeChain(t)
	c := client{t, chain.serve(t), "eu-west-1"}
	validate := func() (string, int) {
		out, errs, code := c.run("", aws, "cloudtrail", "validate-logs", "--trail-arn", chain.arn, "--start-time", "2026-03-02T00:00:00Z", "--end-time", "2026-03-04T00:00:00Z", "--verbose")
		return out + errs, code
	}
	expect := func(when string, code int, want ...string) {
		t.Helper()
		out, got := validate()
		for _, w := range want {
			if !regexp.MustCompile(w).MatchString(out) {
				t.Errorf("%s: no %q in:\n%s", when, w, out)
			}
		}
		if got != code {
			t.Errorf("%s: exit code %d, want %d:\n%s", when, got, code, out)
		}
	}
	newest := chain.digests[len(chain.digests)-1]
	// The newest digest's signature is nowhere in a copy, so its logs are not looked at.
	expect("a copy", 1, `3/4 digest files valid, 1/4 digest files INVALID`, `6/6 log files valid`, regexp.QuoteMeta(newest)+`\s+INVALID: signature verification failed`,
		regexp.QuoteMeta("s3://"+chainBucket+"/"+chainPrefix+chain.logs[0])+`\s+valid`)
	put(t, chain.dir, strings.TrimPrefix(newest, chainPrefix)+".head.json", `{"Metadata":{"signature":"`+chain.signatures[len(chain.digests)-1]+`","signature-algorithm":"SHA256withRSA"}}`)
	expect("with the newest signature", 0, `(?m)^4/4 digest files valid$`, `(?m)^8/8 log files valid$`)
	putZipped(t, chain.dir, chain.logs[2], []byte(`{"Records":[]}`))
	expect("with a log that was changed", 1, `7/8 log files valid, 1/8 log files INVALID`, regexp.QuoteMeta(chain.logs[2])+`\s+INVALID: hash value doesn't match`)
	if err := os.Remove(filepath.Join(chain.dir, filepath.FromSlash(chain.logs[2]))); err != nil {
		t.Fatal(err)
	}
	expect("with a log that is gone", 1, `7/8 log files valid, 1/8 log files INVALID`, regexp.QuoteMeta(chain.logs[2])+`\s+INVALID: not found`)
}

// The generator's archive has an organization's digests, of which nobody has signatures or keys: the
// client says so, and that is the truth.
func TestCLIValidateUnsigned(t *testing.T) {
	aws, a := awsCLI(t), makeArchive(t)
	s := testServer(t, Config{Cases: []Case{{"c", a.kase}}, Evidence: map[string]string{"evidence": a.dir}})
	c := client{t, startServer(t, s), "us-east-1"}
	var trails struct {
		TrailList []struct{ TrailARN string } `json:"trailList"`
	}
	c.decode(&trails, "", aws, "cloudtrail", "describe-trails", "--output", "json")
	if len(trails.TrailList) == 0 {
		t.Fatal("no trail")
	}
	arn := trails.TrailList[0].TrailARN
	args := []string{"cloudtrail", "validate-logs", "--trail-arn", arn, "--account-id", strings.Split(arn, ":")[4], "--start-time", "2020-01-01T00:00:00Z"}
	if out, errs, code := c.run("", aws, args...); code != 255 || !strings.Contains(errs, "No public keys found") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	s.keys = []publicKey{{Value: []byte("abc"), Fingerprint: "00"}} // another key than theirs
	if out, errs, code := c.run("", aws, args...); code != 1 || !strings.Contains(out, "1/1 digest files INVALID") || !strings.Contains(errs, "signature verification failed") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// `aws s3` copies evidence as it is, and writes none.
func TestCLIS3(t *testing.T) {
	aws, chain := awsCLI(t), makeChain(t)
	c := client{t, chain.serve(t), "eu-west-1"}
	to := t.TempDir()
	c.must("", aws, "s3", "sync", "s3://"+chainBucket+"/"+chainPrefix, to, "--only-show-errors")
	was, is := tree(t, chain.dir), tree(t, to)
	if len(was) != len(is) || len(is) != len(chain.digests)+len(chain.logs) {
		t.Errorf("%d files, want %d", len(is), len(was))
	}
	for name, content := range was {
		rel, err := filepath.Rel(chain.dir, name)
		if err != nil {
			t.Fatal(err)
		}
		if is[filepath.Join(to, rel)] != content {
			t.Errorf("%s is not what it was", rel)
		}
	}
	if out := c.must("", aws, "s3", "ls", "s3://"+chainBucket+"/"+chainPrefix+"AWSLogs/111122223333/"); !strings.Contains(out, "PRE CloudTrail-Digest/") || strings.Count(out, "\n") != 2 {
		t.Errorf("%s", out)
	}
	_, errs, code := c.run("", aws, "s3", "cp", filepath.Join(chain.dir, filepath.FromSlash(chain.logs[0])), "s3://copy/new")
	if code == 0 || !strings.Contains(errs, "AccessDenied") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if again := tree(t, chain.dir); len(again) != len(was) {
		t.Error("the evidence was written to")
	}
}
