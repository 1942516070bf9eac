//go:build !bench

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// output runs a command that must succeed.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != exitComplete {
		t.Fatalf("%q: exit code %d: %s", args, code, &stderr)
	}
	return stdout.String()
}

// A look-up finds what the same filter of timeline lists, the last first.
func TestLookupIsTheTimeline(t *testing.T) {
	evidence, _, _ := archive(t, fixtures.Config{Seed: 7, Bytes: 3 << 20})
	kase := filepath.Join(t.TempDir(), "case")
	var stdout, stderr bytes.Buffer
	run([]string{"analyze", "-q", evidence, "-o", kase}, &stdout, &stderr)
	timeline := func(args ...string) (ids []string) {
		lines := strings.Fields(output(t, append([]string{"timeline", kase, "-f", "csv", "--columns", "event_id"}, args...)...))
		ids = lines[1:]
		slices.Reverse(ids)
		return ids
	}
	lookup := func(args ...string) []string {
		return strings.Fields(output(t, append([]string{"lookup", kase, "--query", "Events[].EventId", "--output", "text"}, args...)...))
	}
	attribute := func(key, value string) string {
		return fmt.Sprintf(`{"AttributeKey":%q,"AttributeValue":%q}`, key, value)
	}
	column := func(name string, n int) string { // the value of an event somewhere in the middle
		return strings.TrimSpace(strings.Split(output(t, "timeline", kase, "-f", "csv", "--columns", name), "\n")[n])
	}
	key, name, id := column("useridentity.accesskeyid", 1000), column("event_name", 700), column("event_id", 1234)
	all := timeline()
	if len(all) < 1500 || key == "" {
		t.Fatalf("%d events, key %q", len(all), key)
	}
	from, to := column("time", 300), column("time", 900)
	for _, c := range []struct{ lookup, timeline []string }{
		{[]string{"--all-events"}, nil},
		{[]string{"--all-events", "--page-size", "7"}, nil},
		{[]string{"--all-events", "--lookup-attributes", attribute("AccessKeyId", key)}, []string{"--access-key", key}},
		{[]string{"--all-events", "--lookup-attributes", attribute("EventName", name)}, []string{"--event-name", name}},
		{[]string{"--all-events", "--lookup-attributes", attribute("EventId", id)}, []string{"--event-id", id}},
		{[]string{"--all-events", "--lookup-attributes", attribute("EventSource", "iam.amazonaws.com")}, []string{"--event-source", "iam"}},
		{[]string{"--all-events", "--lookup-attributes", attribute("ReadOnly", "true")}, []string{"--read-only"}},
		{[]string{"--all-events", "--region", "us-east-1", "--lookup-attributes", attribute("ReadOnly", "true"), "--lookup-attributes", attribute("EventSource", "s3.amazonaws.com")},
			[]string{"--region", "us-east-1", "--read-only", "--event-source", "s3"}},
		{[]string{"--all-events", "--start-time", from, "--end-time", to}, []string{"--since", from, "--not", "--since", strings.Replace(to, "Z", ".000001Z", 1)}},
	} {
		got, want := lookup(c.lookup...), timeline(c.timeline...)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%q: %d events, timeline %q has %d", c.lookup, len(got), c.timeline, len(want))
		}
	}
	if management := lookup(); len(management) >= len(all) || len(management) == 0 {
		t.Errorf("%d management events of %d", len(management), len(all))
	}
}

// What LookupEvents really answered, and what is made of the same records.
func TestLookupAgainstRealAnswers(t *testing.T) {
	answers := filepath.Join(publicData, "plaso", "aws_cloudtrail.jsonl")
	b, err := os.ReadFile(answers)
	if err != nil {
		t.Skip(err)
	}
	kase := filepath.Join(t.TempDir(), "case")
	output(t, "analyze", "-q", filepath.Dir(answers), "-o", kase)
	type event struct {
		EventID                                       string `json:"EventId"`
		EventName, ReadOnly, AccessKeyID, EventSource string
		Username                                      string
		Resources                                     []struct{ ResourceType, ResourceName string }
		CloudTrailEvent                               string
	}
	var ours struct{ Events []event }
	if err := json.Unmarshal([]byte(output(t, "lookup", kase)), &ours); err != nil {
		t.Fatal(err)
	}
	byID := map[string]event{}
	for _, e := range ours.Events {
		byID[e.EventID] = e
	}
	resources := func(e event) string {
		var all []string
		for _, r := range e.Resources { // who made the names anonymous cut one of them in the record only
			all = append(all, r.ResourceType+" "+r.ResourceName[:min(len(r.ResourceName), 20)])
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	n := 0
	for line := range bytes.Lines(b) {
		var real event
		decode(t, line, &real)
		got, ok := byID[real.EventID]
		if !ok {
			t.Errorf("%s: not found", real.EventID)
			continue
		}
		n++
		if got.EventName != real.EventName || got.ReadOnly != real.ReadOnly || got.EventSource != real.EventSource || got.Username != real.Username {
			t.Errorf("%s: got %+v\nreal %+v", real.EventID, got, real)
		}
		if got.CloudTrailEvent != real.CloudTrailEvent {
			t.Errorf("%s:\ngot  %s\nreal %s", real.EventID, got.CloudTrailEvent, real.CloudTrailEvent)
		}
		if g, r := resources(got), resources(real); g != r {
			t.Errorf("%s %s: resources\ngot  %s\nreal %s", real.EventName, real.EventID, g, r)
		}
	}
	if n < 5 {
		t.Errorf("%d answers", n)
	}
	t.Logf("%d answers", n)
}
