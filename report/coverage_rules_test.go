package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/coldtrail/coldtrail/scan"
)

func TestCoverageStopAndStart(t *testing.T) {
	c := incident(t).finish()
	wantText(t, "windows", windows(c), "everything: logging is stopped | 06:00:00 | 07:00:00 | 1/1\n"+
		"management events (reads) | 08:00:00 | - | 12/3")
	wantText(t, "changes", said(t, c, "management changes", ""),
		"01:00:10 unknown, 06:00:00 cannot be answered, 07:00:00 unknown, 11:30:00 answerable, 11:30:01 unknown") // eu-west-1
	wantText(t, "opened by", c.Windows[0].Opened.EventID+" "+c.Windows[0].Closed.EventID, "e10 e12")
	if len(c.Refused) != 1 || c.Refused[0].Event != "DeleteTrail (AccessDenied)" {
		t.Errorf("refused: %v", c.Refused)
	}
}

// A trail whose selectors are known: what follows from them, and from the events.
func TestCoverageSelectors(t *testing.T) {
	const create = `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`
	advanced := func(fields string) string {
		return `{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]},` +
			`{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]}` + fields + `]}]}`
	}
	tests := []struct {
		name, first, second string // PutEventSelectors at 03:00 and 05:00
		question, resource  string
		want, windows       string
	}{
		{name: "all buckets", first: advanced(""), question: "object reads", resource: "customers",
			want: "01:00:10 cannot be answered, 03:00:00 answerable"},
		{name: "a bucket nobody touched", first: advanced(`,{"field":"resources.ARN","startsWith":["arn:aws:s3:::untouched/"]}`), question: "object reads", resource: "untouched",
			want: "01:00:10 cannot be answered, 03:00:00 answerable"},
		{name: "another bucket", first: advanced(`,{"field":"resources.ARN","startsWith":["arn:aws:s3:::untouched/"]}`), question: "object reads", resource: "customers",
			want: "01:00:10 cannot be answered, 04:00:00 partly"},
		{name: "a prefix", first: advanced(`,{"field":"resources.ARN","startsWith":["arn:aws:s3:::customers/2024/"]}`), question: "object reads", resource: "customers",
			want: "01:00:10 cannot be answered, 03:00:00 partly"},
		{name: "a bucket excluded", first: advanced(""), second: advanced(`,{"field":"resources.ARN","notStartsWith":["arn:aws:s3:::customers/"]}`), question: "object reads", resource: "customers",
			want:    "01:00:10 cannot be answered, 03:00:00 answerable, 05:00:00 cannot be answered",
			windows: "object reads and writes in bucket customers | 05:00:00 | - | 3/1"},
		{name: "excluded at once", first: advanced(`,{"field":"resources.ARN","notStartsWith":["arn:aws:s3:::customers/"]}`), question: "object writes", resource: "*",
			want: "01:00:10 cannot be answered, 03:00:00 answerable"}, // and nothing is lost that was recorded before
		{name: "reads only", first: advanced(`,{"field":"readOnly","equals":["true"]}`), question: "object writes", resource: "customers",
			want: "01:00:10 cannot be answered"},
		{name: "names of events", first: advanced(`,{"field":"eventName","equals":["GetObject"]}`), question: "object reads", resource: "customers",
			want: "01:00:10 cannot be answered, 03:00:00 partly"},
		{name: "data no more", first: advanced(""), second: `{"trailName":"main","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true}]}`, question: "object reads", resource: "customers",
			want:    "01:00:10 cannot be answered, 03:00:00 answerable, 05:00:00 cannot be answered",
			windows: "object reads and writes in every bucket that no selector names | 05:00:00 | - | 3/1"},
		{name: "management writes only", first: `{"trailName":"main","eventSelectors":[{"readWriteType":"WriteOnly","includeManagementEvents":true}]}`, question: "management reads", resource: "",
			want:    "01:00:10 answerable, 02:00:01 answerable, 03:00:00 cannot be answered, 04:00:10 partly",
			windows: "management events (reads) | 03:00:00 | - | 8/2"},
		{name: "nothing", first: `{"trailName":"main","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[{"type":"AWS::S3::Object","values":[]}]}]}`,
			question: "management changes", resource: "", want: "01:00:10 answerable, 02:00:01 answerable, 03:00:00 cannot be answered, 04:00:20 partly",
			windows: "management events (reads and writes) | 03:00:00 | - | 8/6"},
		{name: "without KMS", first: `{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"excludeManagementEventSources":["kms.amazonaws.com"]}]}`,
			question: "use of KMS keys", resource: "", want: "01:00:10 answerable, 02:00:01 answerable, 03:00:00 cannot be answered",
			windows: "management events (reads and writes) of kms.amazonaws.com | 03:00:00 | - | 8/0"},
		{name: "basic, all buckets", first: `{"trailName":"main","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}]}]}`,
			question: "object reads", resource: "*", want: "01:00:10 cannot be answered, 03:00:00 answerable"},
		{name: "basic, one bucket", first: `{"trailName":"main","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::customers/"]}]}]}`,
			question: "object reads", resource: "*", want: "01:00:10 cannot be answered"},
		{name: "all functions", first: `{"trailName":"main","eventSelectors":[{"dataResources":[{"type":"AWS::Lambda::Function","values":["arn:aws:lambda"]}]}]}`,
			question: "function invocations", resource: "*", want: "01:00:10 cannot be answered, 03:00:00 partly"}, // none is seen
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &coverCase{t: t}
			c.everyHour(1, 1)
			c.call("01:30:00", "kms", "Decrypt", "")
			c.trail("02:00:00", "CreateTrail", create)
			c.trail("02:00:01", "StartLogging", `{"name":"main"}`)
			c.trail("03:00:00", "PutEventSelectors", tt.first)
			c.object("04:00:00", "GetObject", "customers", "a")
			c.everyHour(4, 4)
			if tt.second != "" {
				c.trail("05:00:00", "PutEventSelectors", tt.second)
			} else {
				c.call("05:00:00", "iam", "CreateRole", "")
			}
			c.object("05:30:00", "GetObject", "other", "b")
			c.everyHour(6, 6)
			c.call("06:00:30", "iam", "DeleteUser", "")
			got := c.finish()
			if tt.second != "" { // the last two hours have one event less of the kind
				tt.windows = strings.Replace(tt.windows, "3/1", "4/1", 1)
			}
			wantText(t, "answer", said(t, got, tt.question, tt.resource), tt.want)
			wantText(t, "windows", windows(got), tt.windows)
		})
	}
}

// In a real archive all data events were about the log bucket, ten hours after the intrusion.
func TestCoverageLogBucketProvesNothing(t *testing.T) {
	c := &coverCase{t: t}
	c.everyHour(10, 12)
	for i := range 30 {
		c.object(fmt.Sprintf("22:10:%02d", i), "GetObject", "the-logs", "AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/01/x.json.gz")
	}
	got := c.finish()
	wantText(t, "other buckets", said(t, got, "object reads", "*"), "10:00:10 cannot be answered")
	wantText(t, "the log bucket", said(t, got, "object reads", "the-logs"), "10:00:10 cannot be answered, 22:10:00 partly")

	c.object("23:58:37", "GetObject", "customers", "a")
	c.object("23:59:00", "GetObject", "second", "a")
	c.call("23:59:30", "iam", "CreateUser", "")
	got = c.finish()
	wantText(t, "first data event", said(t, got, "object reads", "customers"), "10:00:10 cannot be answered, 23:58:37 partly")
	wantText(t, "the next bucket", said(t, got, "object reads", "second"), "10:00:10 cannot be answered, 23:58:37 unknown, 23:59:00 partly")
	wantText(t, "any other", said(t, got, "object reads", "*"), "10:00:10 cannot be answered, 23:58:37 unknown")
	for i := range got.Answers {
		a := &got.Answers[i]
		if a.Resource == "customers" && a.Question == "object reads" {
			want := "the first data event on AWS::S3::Object is at 2024-03-01T23:58:37Z; 30 data events are about log buckets; no trail's selectors are known"
			wantText(t, "reason", a.Segments[0].Reason, want)
		}
		if a.LogBucket != (a.Resource == "the-logs") {
			t.Errorf("log bucket: %s %v", a.Resource, a.LogBucket)
		}
	}
}

func TestCoverageRegions(t *testing.T) {
	t.Run("no us-east-1", func(t *testing.T) {
		c := &coverCase{t: t}
		c.in("eu-west-1", "01:00:00", "ec2", "RunInstances", "Management", "")
		got := c.finish()
		wantText(t, "global", said(t, got, "IAM and other global changes", ""), "01:00:00 cannot be answered")
		wantText(t, "reason", got.Answers[0].Segments[0].Reason, "us-east-1, where they are recorded, is not in this evidence")
		wantText(t, "changes", said(t, got, "management changes", ""), "01:00:00 answerable")
	})
	for multi, want := range map[string]string{"true": "01:00:00 unknown, 03:00:00 answerable", "false": "01:00:00 unknown, 03:00:00 cannot be answered"} {
		t.Run("multi-region "+multi, func(t *testing.T) {
			c := &coverCase{t: t}
			c.call("01:00:00", "iam", "CreateUser", "")
			c.trail("03:00:00", "CreateTrail", `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":`+multi+`}`)
			c.trail("03:00:00", "StartLogging", `{"name":"main"}`)
			c.in("ap-south-1", "04:00:00", "ec2", "DescribeInstances", "Management", "")
			c.call("05:00:00", "iam", "CreateUser", "")
			wantText(t, "changes there", said(t, c.finish(), "management changes", ""), want)
		})
	}
	t.Run("made single-region", func(t *testing.T) {
		c := &coverCase{t: t}
		c.call("01:00:00", "iam", "CreateUser", "")
		c.call("02:00:00", "cloudtrail", "UpdateTrail", `,"requestParameters":{"name":"main","isMultiRegionTrail":false},"responseElements":{"name":"main","s3BucketName":"logs",`+
			`"includeGlobalServiceEvents":true,"isMultiRegionTrail":false,"logFileValidationEnabled":false,"trailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}`)
		c.in("eu-west-1", "03:00:00", "ec2", "RunInstances", "Management", "")
		c.call("04:00:00", "iam", "CreateUser", "")
		got := c.finish()
		wantText(t, "windows", windows(got), "regions other than us-east-1 | 02:00:00 | - | 2/1")
		wantText(t, "note", got.Windows[0].Note, "whether it was so before is not in the evidence")
	})
}

func TestCoverageTrailLife(t *testing.T) {
	tests := []struct {
		name  string
		calls [][3]string // time, name, parameters
		want  string
	}{
		{"never changed", nil, ""},
		{"deleted", [][3]string{{"02:00:00", "DeleteTrail", `{"name":"main"}`}}, "everything: the trail is deleted | 02:00:00 | - | 1/1"},
		{"stopped, deleted, made again", [][3]string{{"02:00:00", "StopLogging", `{"name":"main"}`}, {"02:10:00", "DeleteTrail", `{"name":"main"}`},
			{"02:20:00", "CreateTrail", `{"name":"main","s3BucketName":"b"}`}, {"02:30:00", "StartLogging", `{"name":"main"}`}},
			"everything: logging is stopped | 02:00:00 | 02:30:00 | 2/2"},
		{"the first that is seen is a start", [][3]string{{"02:00:00", "StartLogging", `{"name":"main"}`}},
			"perhaps everything: StartLogging is the first that the evidence tells of its logging | - | 02:00:00 | 1/1"},
		{"other trail of the same name", [][3]string{{"02:00:00", "StopLogging", `{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}`}, {"02:30:00", "StartLogging", `{"name":"main"}`}},
			"perhaps everything: StartLogging is the first that the evidence tells of its logging | - | 02:30:00 | 2/2\n" +
				"everything: logging is stopped | 02:00:00 | - | 2/2"},
		{"another bucket", [][3]string{{"02:00:00", "CreateTrail", `{"name":"main","s3BucketName":"ours"}`}, {"02:10:00", "StartLogging", `{"name":"main"}`},
			{"02:20:00", "UpdateTrail", `{"name":"main","s3BucketName":"theirs"}`}, {"02:30:00", "UpdateTrail", `{"name":"main","s3BucketName":"ours"}`}},
			"logs go to bucket theirs instead of ours | 02:20:00 | 02:30:00 | 0/0"},
		{"no digests, no global services", [][3]string{{"02:00:00", "UpdateTrail", `{"name":"main","enableLogFileValidation":false,"includeGlobalServiceEvents":false}`}},
			"global services, such as IAM | 02:00:00 | - | 1/1\ndigest files: log file validation is off | 02:00:00 | - | 1/0"},
		{"Insights off", [][3]string{{"02:00:00", "PutInsightSelectors", `{"trailName":"main","insightSelectors":[{"insightType":"ApiCallRateInsight"}]}`},
			{"03:00:00", "PutInsightSelectors", `{"trailName":"main","insightSelectors":[]}`}}, "Insights events | 03:00:00 | - | 1/0"},
		{"event data store", [][3]string{{"02:00:00", "StopEventDataStoreIngestion", `{"eventDataStore":"arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/ab-cd"}`},
			{"03:00:00", "StartEventDataStoreIngestion", `{"eventDataStore":"ab-cd"}`}}, "everything: logging is stopped | 02:00:00 | 03:00:00 | 0/0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &coverCase{t: t}
			c.call("01:00:00", "iam", "CreateUser", "")
			for _, call := range tt.calls {
				c.trail(call[0], call[1], call[2])
			}
			c.call("09:00:00", "iam", "CreateUser", "")
			wantText(t, "windows", windows(c.finish()), tt.want)
		})
	}
}

func TestCoverageGaps(t *testing.T) {
	c := &coverCase{t: t}
	c.everyHour(1, 2)
	c.in("eu-west-1", "04:15:00", "ec2", "RunInstances", "Management", "")
	c.everyHour(6, 6)
	c.objects = []scan.Object{{Path: "111122223333_CloudTrail_us-east-1_20240301T0520Z_abcdefghijklmnop.json.gz", Status: scan.Parsed}}
	got := c.finish()
	if g := got.Gaps; g.Count != 1 || g.Hours != 1 || !g.Shown[0].From.Equal(c.at("03:00:00")) {
		t.Errorf("everywhere: %+v", g)
	}
	us := got.Places[1]
	if us.Region != "us-east-1" || us.Gaps.Count != 1 || us.Gaps.Hours != 2 || us.Gaps.Shown[0].Elsewhere != 1 {
		t.Errorf("us-east-1: %+v", us.Gaps)
	}
	if n := len(us.Cells); n != 4 || us.Cells[2].Objects != 1 || us.Cells[2].Events != 0 {
		t.Errorf("cells: %+v", us.Cells)
	}
}

// A gap of a day in all of an account leaves questions open, whatever is seen around it.
func TestCoverageLongGap(t *testing.T) {
	c := &coverCase{t: t}
	c.everyHour(1, 3)
	for i := range 6 {
		e := c.events[i]
		e.Time = e.Time.Add(72 * time.Hour)
		c.events = append(c.events, e)
	}
	got := said(t, c.finish(), "management changes", "")
	wantText(t, "changes", got, "01:00:10 answerable, 04:00:00 unknown, 01:00:00 answerable")
}

func TestCoverageFold(t *testing.T) {
	var c logCells
	c.init()
	for h := range int64(48) {
		c.add(0, 1000*24+h, 1, 0)
	}
	c.fold()
	c.add(0, 1001*24+5, 2, 0)
	c.finish()
	if len(c.cells) != 2 || c.cells[0].events != 24 || c.cells[1].events != 26 || c.step != 24 {
		t.Errorf("%+v", c)
	}
}

func TestCoverageLag(t *testing.T) {
	c := &coverCase{t: t}
	for i := range 20 {
		c.objects = append(c.objects, scan.Object{Ordinal: uint64(i), Status: scan.Parsed,
			Path: fmt.Sprintf("111122223333_CloudTrail_us-east-1_20240301T%02d05Z_abcdefghijklmno%02d.json.gz", i+1, i)})
	}
	c.objects[18].Path = "111122223333_CloudTrail_us-east-1_20240301T1705Z_x.json.gz" // before its event
	c.objects[19].Path = "111122223333_CloudTrail_us-east-1_20240302T2005Z_x.json.gz" // a day late
	for i := range 20 {
		c.call(fmt.Sprintf("%02d:01:30", i+1), "iam", "CreateUser", "").Object = uint64(i)
	}
	got := c.finish()
	lag := got.Places[0].Lag
	want := DeliveryLag{Objects: 20, Newest: LagStats{180, 180, 24*3600 + 210, -6990}, Early: 1, Late: 1}
	want.Oldest = want.Newest
	if *lag != want {
		t.Errorf("got %+v, want %+v", *lag, want)
	}
	if len(got.Late) != 2 || got.Late[0].Ordinal != 18 || got.Late[1].Ordinal != 19 {
		t.Errorf("late: %+v", got.Late)
	}
}

func TestCoverageDelivered(t *testing.T) {
	c := incident(t)
	d := c.finish().Delivered
	if d.Named != 2 || d.Missing != 1 || !d.Compared || !strings.Contains(d.MissingRows[0].Key, "cccc") || d.Deleted != 1 || !d.DeletedRows[0].Here {
		t.Errorf("%+v", d)
	}
	// Somebody else's PutObject is no delivery, and a name counts once.
	key := "AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/01/111122223333_CloudTrail_us-east-1_20240301T1155Z_cccccccccccccccc.json.gz"
	c.object("15:00:00", "PutObject", "logs", strings.Replace(key, "cccc", "dddd", 1))
	c.delivery("15:00:01", "logs", key)
	if d = c.finish().Delivered; d.Named != 3 || d.Missing != 1 {
		t.Errorf("%+v", d)
	}
	c.opt.ObjectLimit = 1
	if d = c.finish().Delivered; d.Compared || d.Missing != 0 {
		t.Errorf("too many objects: %+v", d)
	}
}

func TestCoverageImplausible(t *testing.T) {
	c := &coverCase{t: t}
	c.call("01:00:00", "iam", "CreateUser", "")
	c.call("02:00:00", "iam", "CreateUser", "").Time = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	got := c.finish()
	if got.Events != 2 || got.Implausible != 1 || len(got.Places[0].Cells) != 1 {
		t.Errorf("%+v", got)
	}
	wantText(t, "one second of evidence", said(t, got, "management changes", ""), "01:00:00 answerable")
	none := (&coverCase{t: t}).finish()
	var b bytes.Buffer
	if err := none.Text(&b); err != nil || len(none.Answers) != 0 || none.HeatMap() != "" {
		t.Error("no event:", err, b.String())
	}
}

func TestCoverageErrors(t *testing.T) {
	c := &coverCase{t: t}
	e := c.object("01:00:00", "GetObject", "b", "k")
	e.Raw = func() ([]byte, error) { return nil, errors.New("store: page 7") }
	b := NewCoverage(CoverageOptions{})
	if err := b.Add(e); err == nil || err.Error() != "event 0: store: page 7" {
		t.Error(err)
	}
}

// Whoever writes the records chooses the names: the map stays well-formed, and text stays text.
func TestCoverageHostileNames(t *testing.T) {
	c := &coverCase{t: t}
	for _, name := range []string{`<script>`, "\x1b[2J", "a\nb", "\u202e", "\xff"} {
		e := c.call("01:00:00", "iam", "CreateUser", "")
		e.Account, e.Region = name, name
		e = c.trail("02:00:00", "StopLogging", `{"name":"<b>&]]>\u001b\n"}`)
		e.Account, e.ID, e.Principal = name, name, name
		c.object("03:00:00", "GetObject", name, name).Account = name
	}
	slices.SortStableFunc(c.events, func(a, b CoverageEvent) int { return a.Time.Compare(b.Time) })
	got := c.finish()
	for d := xml.NewDecoder(strings.NewReader(got.HeatMap())); ; {
		_, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var text, js bytes.Buffer
	if err := errors.Join(got.Text(&text), got.JSON(&js)); err != nil || !json.Valid(js.Bytes()) {
		t.Fatal(err)
	}
	for _, r := range text.String() + js.String() + got.HeatMap() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U gets through", r)
		}
	}
}

// The same evidence gives the same bytes, and no table ranges over a map.
func TestCoverageDeterminism(t *testing.T) {
	var want string
	for range 5 {
		c := incident(t).finish()
		var b bytes.Buffer
		if err := errors.Join(c.JSON(&b), c.Text(&b)); err != nil {
			t.Fatal(err)
		}
		if b.WriteString(c.HeatMap()); want == "" {
			want = b.String()
		}
		if b.String() != want {
			t.Fatal("differs")
		}
	}
}

// A known trail does not make up for logs that are not there: before an account's first log and after its last one, nothing is answered.
func TestCoverageSilentEnds(t *testing.T) {
	c := &coverCase{t: t}
	c.trail("01:00:00", "CreateTrail", `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`)
	c.trail("01:00:01", "StartLogging", `{"name":"main"}`)
	c.everyHour(2, 3)
	for _, days := range []int{-5, 40} { // of another account
		e := *c.call("04:00:00", "ec2", "RunInstances", "")
		c.events = c.events[:len(c.events)-1]
		e.Account, e.Time = "999988887777", e.Time.AddDate(0, 0, days)
		if days < 0 {
			c.events = append([]CoverageEvent{e}, c.events...)
		} else {
			c.events = append(c.events, e)
		}
	}
	wantText(t, "changes", said(t, c.finish(), "management changes", ""), "04:00:00 unknown, 01:00:00 answerable, 01:00:01 answerable, 04:00:00 unknown")
}

// More gaps of a day than an answer is cut at are told nevertheless.
func TestCoverageManyGaps(t *testing.T) {
	c := &coverCase{t: t}
	c.trail("01:00:00", "CreateTrail", `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`)
	c.trail("01:00:01", "StartLogging", `{"name":"main"}`)
	for day := range coverGapLimit + 5 {
		e := *c.call("02:00:00", "ec2", "RunInstances", "")
		c.events = c.events[:len(c.events)-1]
		e.Time = e.Time.AddDate(0, 0, 2*day)
		c.events = append(c.events, e)
	}
	for _, a := range c.finish().Answers {
		if a.Question != "management changes" {
			continue
		}
		var unknown, further int
		for _, s := range a.Segments {
			switch {
			case s.Status == MaybeAnswer:
				unknown++
			case strings.Contains(s.Reason, "in 4 further gaps of a day or more the evidence has no log of this account"):
				further++
				if s.Status != PartlyAnswer {
					t.Errorf("%s: %s", s.Status, s.Reason)
				}
			}
		}
		if unknown != coverGapLimit || further != 1 {
			t.Errorf("%d unknown, %d with further gaps: %+v", unknown, further, a.Segments)
		}
	}
}

// Sign-ins of users of IAM are recorded in the region of the endpoint that was used.
func TestCoverageSigninsElsewhere(t *testing.T) {
	const single = `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":false}`
	tests := []struct {
		name, create, region, selectors string
		want, iam                       string
	}{
		{"all regions", `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`, "us-east-1", "", "answerable", "answerable"},
		{"one region", single, "us-east-1", "", "partly", "answerable"},
		{"no trail, one region seen", "", "us-east-1", "", "partly", "answerable"},
		{"no trail, two regions seen", "", "eu-west-1", "", "answerable", "answerable"},
		{"without KMS", `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`, "us-east-1",
			`{"trailName":"main","eventSelectors":[{"includeManagementEvents":true,"excludeManagementEventSources":["kms.amazonaws.com"]}]}`, "answerable", "answerable"},
		{"only IAM", `{"name":"main","s3BucketName":"logs","isMultiRegionTrail":true}`, "us-east-1",
			`{"trailName":"main","advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","equals":["iam.amazonaws.com"]}]}]}`,
			"cannot be answered", "partly"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &coverCase{t: t}
			c.call("01:00:00", "iam", "CreateUser", "")
			if tt.create != "" {
				c.trail("01:00:01", "CreateTrail", tt.create)
				c.trail("01:00:02", "StartLogging", `{"name":"main"}`)
			}
			if tt.selectors != "" {
				c.trail("01:00:03", "PutEventSelectors", tt.selectors)
			}
			c.everyHour(2, 4)
			c.in(tt.region, "04:10:00", "ec2", "RunInstances", "Management", "")
			for question, want := range map[string]string{"console sign-ins": tt.want, "IAM and other global changes": tt.iam} {
				segments := strings.Split(said(t, c.finish(), question, ""), ", ")
				if last := segments[len(segments)-1]; !strings.HasSuffix(last, want) {
					t.Errorf("%s: %s, want %s", question, last, want)
				}
			}
		})
	}
}

// Calls that delete several objects do not name them: in a bucket that holds logs they are told, whenever that is known.
func TestCoverageSwept(t *testing.T) {
	c := &coverCase{t: t}
	sweep := func(clock, bucket string) *CoverageEvent {
		return c.in("us-east-1", clock, "s3", "DeleteObjects", "Data", `,"requestParameters":{"bucketName":"`+bucket+`","delete":""}`)
	}
	sweep("01:00:00", "logs")
	sweep("01:00:01", "others")
	sweep("01:00:02", "logs").ErrorCode = "AccessDenied"
	c.delivery("02:00:00", "logs", "AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/01/x.json.gz")
	got := c.finish()
	if d := got.Delivered; d.Swept != 1 || len(d.SweptRows) != 1 || d.SweptRows[0].Bucket != "logs" || d.SweptRows[0].By.EventID != "e0" || d.Deleted != 0 {
		t.Errorf("%+v", d)
	}
	var b bytes.Buffer
	if err := got.Text(&b); err != nil || !strings.Contains(b.String(), "which objects they deleted: 1\n    logs/\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
