package serve

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// The tests of this file run AWS's own clients, unmodified, against the server. Without them they skip.

// python returns a Python that has boto3.
func python(t *testing.T) string { return installed(t, "python3", "-c", "import boto3") }

// awsCLI returns the AWS CLI.
func awsCLI(t *testing.T) string { return installed(t, "aws", "--version") }

// installed returns a program, of $COLDTRAIL_CLIENTS or wherever programs are, that runs with these arguments.
func installed(t *testing.T, name string, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("other programs take their time")
	}
	path, err := exec.LookPath(filepath.Join(os.Getenv("COLDTRAIL_CLIENTS"), name))
	if err != nil {
		path, err = exec.LookPath(name)
	}
	if err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		t.Skipf("%s: %v: %s", name, err, out)
	}
	return path
}

// A client runs programs that ask an endpoint in a region.
type client struct {
	*testing.T
	base, region string
}

// run runs a program and returns its standard output, error and exit code.
func (c client) run(in, program string, args ...string) (out, errs string, code int) {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), program, args...)
	none := filepath.Join(c.TempDir(), "none")
	for _, v := range os.Environ() { // the user's own settings are not the test's
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "AWS_ENDPOINT_URL="+c.base, "AWS_ACCESS_KEY_ID=coldtrail", "AWS_SECRET_ACCESS_KEY=coldtrail", "AWS_REGION="+c.region, "AWS_DEFAULT_REGION="+c.region,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+none, "AWS_SHARED_CREDENTIALS_FILE="+none, "AWS_PAGER=", "PYTHONDONTWRITEBYTECODE=1", "TZ=Asia/Kolkata")
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		c.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// must runs a program that must succeed.
func (c client) must(in, program string, args ...string) string {
	c.Helper()
	out, errs, code := c.run(in, program, args...)
	if code != 0 {
		c.Fatalf("%s %q: exit code %d\n%.2000s%.2000s", filepath.Base(program), args, code, out, errs)
	}
	return out
}

// decode runs a program that must succeed and prints JSON.
func (c client) decode(v any, in, program string, args ...string) {
	c.Helper()
	out := c.must(in, program, args...)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		c.Fatalf("%q: %v: %.500s", args, err, out)
	}
}

// A rawEvent is a record of the evidence, read without coldtrail.
type rawEvent map[string]any

func (e rawEvent) text(name string) string { s, _ := e[name].(string); return s }

func (e rawEvent) id() string { return e.text("eventID") }

func (e rawEvent) management() bool {
	if c := e.text("eventCategory"); c != "" {
		return c == "Management"
	}
	return e["managementEvent"] != false
}

// An archive is evidence, its case, and its events: each once.
type archive struct {
	dir, kase string
	events    []rawEvent
}

// makeArchive makes an archive, and a case of it.
func makeArchive(t *testing.T) *archive {
	t.Helper()
	a := &archive{dir: filepath.Join(t.TempDir(), "evidence")}
	if _, err := fixtures.Write(a.dir, fixtures.Config{Seed: 7, Bytes: 500_000, Incidents: fixtures.AllIncidents()}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	err := filepath.WalkDir(a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "-Digest") || strings.Contains(path, "-Insight") {
			return err
		}
		var envelope struct{ Records []rawEvent }
		if err := readZipped(path, &envelope); err != nil {
			return err
		}
		for _, e := range envelope.Records {
			if b, _ := json.Marshal(e); !seen[string(b)] { // copies are one event
				seen[string(b)] = true
				a.events = append(a.events, e)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.kase = makeCase(t, a.dir)
	return a
}

func readZipped(path string, v any) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// ids returns the IDs of the events that f takes and that have one, sorted.
func (a *archive) ids(f func(rawEvent) bool) (ids []string) {
	for _, e := range a.events {
		if e.id() != "" && f(e) {
			ids = append(ids, e.id())
		}
	}
	slices.Sort(ids)
	return ids
}

// A lookedUp is an event as lookup.py prints it.
type lookedUp struct {
	EventID     string `json:"EventId"`
	EventName   string
	EventSource string
	ReadOnly    *string
	AccessKeyID *string `json:"AccessKeyId"`
	Username    *string
	Resources   [][]*string
	Time        float64
	Record      *string // the ID in the record
}

func (e *lookedUp) has(key, value string) bool {
	is := func(s *string) bool { return s != nil && *s == value }
	switch key {
	case "EventId":
		return e.EventID == value
	case "EventName":
		return e.EventName == value
	case "EventSource":
		return e.EventSource == value
	case "ReadOnly":
		return is(e.ReadOnly)
	case "AccessKeyId":
		return is(e.AccessKeyID)
	case "Username":
		return is(e.Username)
	case "ResourceType":
		return slices.ContainsFunc(e.Resources, func(r []*string) bool { return is(r[0]) })
	case "ResourceName":
		return slices.ContainsFunc(e.Resources, func(r []*string) bool { return is(r[1]) })
	}
	return false
}

// idsOf returns the IDs of the events whose records have one, sorted.
func idsOf(events []lookedUp) (ids []string) {
	for _, e := range events {
		if e.Record != nil {
			ids = append(ids, e.EventID)
		}
	}
	slices.Sort(ids)
	return ids
}

// boto3 looks events up: all of them, by each of the eight keys, in a span of time, of Insights, in small pages.
func TestClientLookup(t *testing.T) {
	py, a := python(t), makeArchive(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"c", a.kase}}}))
	times := []time.Time{}
	for _, e := range a.events {
		at, err := time.Parse(time.RFC3339, e.text("eventTime"))
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	slices.SortFunc(times, time.Time.Compare)
	start, end := times[len(times)/3], times[len(times)/2]
	one := a.events[slices.IndexFunc(a.events, func(e rawEvent) bool { return e.text("eventName") == "CreateAccessKey" })]
	identity := one["userIdentity"].(map[string]any)
	attributes := [][2]string{
		{"EventId", one.id()}, {"EventName", "DescribeInstances"}, {"EventSource", "iam.amazonaws.com"}, {"ReadOnly", "false"}, {"ReadOnly", "true"},
		{"AccessKeyId", identity["accessKeyId"].(string)}, {"Username", "svc-reporting"}, {"ResourceType", "AWS::IAM::User"}, {"ResourceName", "svc-reporting"},
		{"EventName", "describeinstances"}, {"EventName", "NoSuchEvent"},
	}
	in, _ := json.Marshal(map[string]any{"attributes": attributes, "start": start.Format(time.RFC3339), "end": end.Format(time.RFC3339)})
	var got struct {
		All, Between, Insights, Sevens []lookedUp
		ByAttribute                    [][]lookedUp
	}
	client{t, base, "all"}.decode(&got, string(in), py, "testdata/lookup.py")
	if want := a.ids(rawEvent.management); len(want) < 100 || !slices.Equal(idsOf(got.All), want) {
		t.Errorf("%d events, want %d", len(got.All), len(want))
	}
	if !slices.IsSortedFunc(got.All, func(a, b lookedUp) int { return int(b.Time - a.Time) }) {
		t.Error("not the newest first")
	}
	if !slices.Equal(idsOf(got.Sevens), idsOf(got.All)) {
		t.Errorf("in small pages %d events, else %d", len(got.Sevens), len(got.All))
	}
	between := a.ids(func(e rawEvent) bool {
		at, err := time.Parse(time.RFC3339, e.text("eventTime"))
		return err == nil && e.management() && !at.Before(start) && !at.After(end)
	})
	if len(between) < 10 || !slices.Equal(idsOf(got.Between), between) {
		t.Errorf("%d events from %s to %s, want %d", len(got.Between), start, end, len(between))
	}
	if len(got.Insights) != 0 { // analyze lists their objects and leaves them out
		t.Errorf("%d insights", len(got.Insights))
	}
	for i, attribute := range attributes {
		var want []lookedUp
		for _, e := range got.All {
			if e.Record != nil && *e.Record != e.EventID {
				t.Errorf("event %s has the record %s", e.EventID, *e.Record)
			}
			if e.has(attribute[0], attribute[1]) {
				want = append(want, e)
			}
		}
		if !slices.Equal(idsOf(got.ByAttribute[i]), idsOf(want)) || len(want) == 0 != (i >= 9) {
			t.Errorf("%s: %d events, want %d", attribute, len(got.ByAttribute[i]), len(want))
		}
	}
	// What is told of an event is its record's.
	if want := a.ids(func(e rawEvent) bool { return e.management() && e.text("eventName") == "DescribeInstances" }); !slices.Equal(idsOf(got.ByAttribute[1]), want) {
		t.Errorf("%d, want %d", len(got.ByAttribute[1]), len(want))
	}
}

// Every documented error is the class of exception that scripts catch, at once and not after retries.
func TestClientErrors(t *testing.T) {
	py := python(t)
	base := startServer(t, testServer(t, Config{}))
	var got map[string]any
	client{t, base, "all"}.decode(&got, "", py, "testdata/errors.py")
	for _, code := range []string{"InvalidLookupAttributesException", "InvalidTimeRangeException", "InvalidMaxResultsException", "InvalidNextTokenException", "InvalidEventCategoryException"} {
		if want := fmt.Sprintf("[400 0 %s true]", code); fmt.Sprint(got[code]) != want {
			t.Errorf("%v, want %s", got[code], want)
		}
	}
	for name, want := range map[string]string{
		"other parameters": "true", "iam": "[400 0 InvalidAction]", "ec2": "[400 0 InvalidAction]", "guardduty": "[404 0 UnknownOperationException]", "glue": "[400 0 UnknownOperationException]",
	} {
		if fmt.Sprint(got[name]) != want {
			t.Errorf("%s: %v, want %s", name, got[name], want)
		}
	}
}

// A responder's script gives the same events as `coldtrail timeline`, with the same in them.
func TestClientTimeline(t *testing.T) {
	py, a := python(t), makeArchive(t)
	s := testServer(t, Config{Cases: []Case{{"c", a.kase}}, AllEvents: true})
	got := client{t, startServer(t, s), "all"}.must("", py, "testdata/timeline.py")
	var want bytes.Buffer
	columns := []string{"eventtime", "eventid", "eventname", "eventsource", "awsregion", "sourceipaddress", "useridentity.accesskeyid", "useridentity.arn", "errorcode"}
	if _, err := s.cases[0].store.WriteTimeline(t.Context(), &want, nil, report.TimelineView{Format: "csv", Columns: columns}); err != nil {
		t.Fatal(err)
	}
	mine, theirs := slices.Collect(strings.Lines(want.String()))[1:], slices.Collect(strings.Lines(got))
	slices.Sort(mine)
	slices.Sort(theirs)
	different := 0
	for i := range min(len(mine), len(theirs)) {
		// The script falls back to other names where there is no ARN.
		if a, b := strings.Split(mine[i], ","), strings.Split(theirs[i], ","); !slices.Equal(a[:7], b[:7]) || a[7] != "" && a[7] != b[7] {
			if different++; different < 5 {
				t.Errorf("%s, want %s", theirs[i], mine[i])
			}
		}
	}
	if len(mine) != len(theirs) || len(mine) != len(a.events) {
		t.Errorf("%d events, the timeline has %d, the evidence %d", len(theirs), len(mine), len(a.events))
	}
}
