package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

const (
	coverAccount = "111122223333"
	coverMallory = "arn:aws:iam::111122223333:user/mallory"
)

// A coverCase is a small evidence: events on one day, in order.
type coverCase struct {
	t       *testing.T
	objects []scan.Object
	events  []CoverageEvent
	opt     CoverageOptions
}

// at returns a time of the day.
func (c *coverCase) at(clock string) time.Time {
	c.t.Helper()
	at, err := time.Parse(time.DateTime, "2024-03-01 "+clock)
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// raw adds an event of a whole record.
func (c *coverCase) raw(record string) *CoverageEvent {
	c.t.Helper()
	rec, err := parser.NewReader(strings.NewReader(record), parser.Origin{}).Next()
	if err != nil {
		c.t.Fatalf("%v: %s", err, record)
	}
	e := coverEvent(rec, uint64(len(c.events)))
	c.events = append(c.events, e)
	return &c.events[len(c.events)-1]
}

// coverEvent is what a command makes of a line of the store.
func coverEvent(rec *parser.Record, ordinal uint64) CoverageEvent {
	rec = rec.Clone()
	managed, _ := rec.Get("managementEvent")
	return CoverageEvent{Ordinal: ordinal, Time: rec.Time, ID: rec.ID, Name: rec.Name, Source: rec.EventSource, Region: rec.Region, Account: rec.Account,
		Category: rec.Category, ReadOnly: rec.ReadOnly, ManagementEvent: managed.String(), ErrorCode: rec.ErrorCode,
		Principal: rec.Identity.Principal(), Credential: rec.Identity.AccessKeyID, SourceIP: rec.SourceIP,
		Raw: func() ([]byte, error) { return rec.Raw, nil }}
}

// call adds a management event in us-east-1. members are further members of the record, with a
// comma in front.
func (c *coverCase) call(clock, source, name, members string) *CoverageEvent {
	c.t.Helper()
	return c.in("us-east-1", clock, source, name, "Management", members)
}

// in adds an event of a region and category.
func (c *coverCase) in(region, clock, source, name, category, members string) *CoverageEvent {
	c.t.Helper()
	readOnly := strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "List") || name == "Decrypt"
	return c.raw(fmt.Sprintf(`{"eventVersion":"1.08","eventTime":%q,"eventID":"e%d","eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":%q,`+
		`"eventCategory":%q,"readOnly":%v,"recipientAccountId":%q,"userIdentity":{"type":"IAMUser","arn":%q,"accessKeyId":"AKIAEXAMPLE"},"sourceIPAddress":"203.0.113.9"%s}`,
		c.at(clock).Format(time.RFC3339), len(c.events), source, name, region, category, readOnly, coverAccount, coverMallory, members))
}

// trail adds a successful change of a trail.
func (c *coverCase) trail(clock, name, params string) *CoverageEvent {
	c.t.Helper()
	return c.call(clock, "cloudtrail", name, `,"requestParameters":`+params+`,"responseElements":null`)
}

// object adds an S3 data event.
func (c *coverCase) object(clock, name, bucket, key string) *CoverageEvent {
	c.t.Helper()
	params, err := json.Marshal(map[string]string{"bucketName": bucket, "key": key})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.in("us-east-1", clock, "s3", name, "Data", `,"requestParameters":`+string(params))
}

// delivery adds the data event about CloudTrail's delivery of a log object.
func (c *coverCase) delivery(clock, bucket, key string) {
	e := c.object(clock, "PutObject", bucket, key)
	e.Principal, e.SourceIP, e.Credential = trailService, trailService, ""
}

// everyHour adds a change and a read each hour from one hour to another.
func (c *coverCase) everyHour(from, to int) {
	c.t.Helper()
	for h := from; h <= to; h++ {
		c.call(fmt.Sprintf("%02d:00:10", h), "ec2", "DescribeInstances", "")
		c.call(fmt.Sprintf("%02d:00:20", h), "iam", "CreateUser", "")
	}
}

func (c *coverCase) finish() *LogCoverage {
	c.t.Helper()
	b := NewCoverage(c.opt)
	for i := range c.objects {
		b.Object(&c.objects[i])
	}
	for i := range c.events {
		if err := b.Add(&c.events[i]); err != nil {
			c.t.Fatal(err)
		}
	}
	cov, err := b.Finish()
	if err != nil {
		c.t.Fatal(err)
	}
	return cov
}

// said writes an answer's segments as "10:00:00 answerable, 11:30:00 unknown".
func said(t *testing.T, c *LogCoverage, question, resource string) string {
	t.Helper()
	var out []string
	for i := range c.Answers {
		a := &c.Answers[i]
		if a.Question != question || a.Resource != resource {
			continue
		}
		for _, s := range a.Segments {
			out = append(out, s.From.Format(time.TimeOnly)+" "+string(s.Status))
		}
		return strings.Join(out, ", ")
	}
	t.Fatalf("no answer to %q about %q", question, resource)
	return ""
}

// windows writes each window as "what from to events/of kind".
func windows(c *LogCoverage) string {
	var out []string
	clock := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.TimeOnly)
	}
	for i := range c.Windows {
		w := &c.Windows[i]
		out = append(out, fmt.Sprintf("%s | %s | %s | %d/%d", w.What, clock(w.From), clock(w.To), w.Events, w.OfKind))
	}
	return strings.Join(out, "\n")
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// incident is a day on which a trail is stopped, started and narrowed.
func incident(t *testing.T) *coverCase {
	c := &coverCase{t: t, opt: CoverageOptions{Scope: []string{"--region us-east-1"}, Names: table{"AWSLogs/0.json.gz", "AWSLogs/late\x1b.json.gz"}}}
	name := "AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/01/111122223333_CloudTrail_us-east-1_20240301T%sZ_%s.json.gz"
	for i, o := range [][2]string{{"0105", "aaaaaaaaaaaaaaaa"}, {"0900", "bbbbbbbbbbbbbbbb"}} {
		c.objects = append(c.objects, scan.Object{Ordinal: uint64(i), Source: "evidence", Path: "copy/" + fmt.Sprintf(name, o[0], o[1]), Status: scan.Parsed})
	}
	c.objects = append(c.objects, scan.Object{Ordinal: 2, Path: "readme.txt", Status: scan.Recognised})
	c.everyHour(1, 5)
	c.trail("06:00:00", "StopLogging", `{"name":"main"}`).Principal = "arn:aws:iam::111122223333:user/\x1b[31mmallory"
	c.call("06:10:00", "iam", "CreateAccessKey", "")
	c.trail("07:00:00", "StartLogging", `{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}`)
	c.call("07:30:00", "signin", "ConsoleLogin", "")
	c.trail("08:00:00", "PutEventSelectors", `{"trailName":"main","eventSelectors":[{"readWriteType":"WriteOnly","includeManagementEvents":true,"dataResources":[]}]}`)
	c.everyHour(9, 11)
	c.in("eu-west-1", "11:30:00", "ec2", "RunInstances", "Management", "")
	c.delivery("12:00:00", "logs", fmt.Sprintf(name, "0105", "aaaaaaaaaaaaaaaa"))
	c.delivery("12:00:01", "logs", fmt.Sprintf(name, "1155", "cccccccccccccccc"))
	c.object("12:00:02", "DeleteObject", "logs", fmt.Sprintf(name, "0900", "bbbbbbbbbbbbbbbb"))
	c.object("13:00:00", "GetObject", "customers", "export.csv")
	c.trail("14:00:00", "DeleteTrail", `{"name":"main"}`).ErrorCode = "AccessDenied"
	for i := range c.events {
		c.events[i].Object = 2
	}
	for i := range 4 {
		c.events[i].Object = uint64(i / 2 % 2)
	}
	return c
}

func TestCoverageGolden(t *testing.T) {
	c := incident(t).finish()
	var text, js bytes.Buffer
	if err := c.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := c.JSON(&js); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{text.String(), js.String(), c.HeatMap()} {
		if strings.ContainsRune(s, '\x1b') {
			t.Error("an escape character of the evidence gets through")
		}
	}
	var back LogCoverage
	if err := json.Unmarshal(js.Bytes(), &back); err != nil {
		t.Error(err)
	}
	golden(t, "../coverage/coverage.txt", text.String())
	golden(t, "../coverage/coverage.svg", c.HeatMap())
}
