package sigma

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// load loads one file's text and wants it whole.
func load(t testing.TB, opt Options, text string) *Collection {
	t.Helper()
	c := Load([]File{{"rules.yml", []byte(text)}}, opt)
	for _, r := range c.Rejected {
		t.Errorf("rejected: %s:%d: %s: %s", r.File, r.Line, r.Title, r.Reason)
	}
	return c
}

// find sends events through detectors as scan does, by way of the codec.
func find(t testing.TB, detectors []*detect.Detector, events []string) (found []detect.Finding) {
	t.Helper()
	set, err := detect.NewSet(detectors)
	if err != nil {
		t.Fatal(err)
	}
	emit := func(f detect.Finding) { found = append(found, f) }
	streams := make([]detect.Stream, set.Len())
	for d := range streams {
		streams[d] = set.Stream(d)
	}
	for i, text := range events {
		r, err := parser.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		ref := detect.NewRef(r, detect.Place{Index: i})
		set.Record(r, func(d int, e detect.Evidence) {
			b := detect.AppendEvidence(detect.AppendRef(nil, &ref), e)
			ref, n, err := detect.DecodeRef(b)
			if err != nil {
				t.Fatal(err)
			}
			e, _, err = detect.DecodeEvidence(b[n:])
			if err != nil {
				t.Fatal(err)
			}
			streams[d].Next(&ref, e, emit)
		})
	}
	for _, s := range streams {
		s.Flush(emit)
	}
	return found
}

const builtin = `
title: CloudTrail trail deleted
id: 6b1f0d3e-30a8-4d5b-9a4c-6f6f1f6a2f11
name: cloudtrail-trail-deleted
status: stable
description: The trail is gone.
tags: [attack.defense-evasion, attack.t1562.008]
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: cloudtrail.amazonaws.com, eventName: DeleteTrail}
  condition: selection
falsepositives: [Infrastructure as code that replaces a trail]
level: high
coldtrail:
  next: Restore the trail.
  hits:
    - '{"eventSource":"cloudtrail.amazonaws.com","eventName":"DeleteTrail"}'
    - {eventSource: cloudtrail.amazonaws.com, eventName: deletetrail, requestParameters: {name: t}}
    - ['{"eventSource":"cloudtrail.amazonaws.com","eventName":"DeleteTrail","errorCode":"AccessDenied"}']
  misses:
    - '{"eventSource":"cloudtrail.amazonaws.com","eventName":"DescribeTrails"}'
    - '{"eventSource":"cloudtrail.amazonaws.com","eventName":"DeleteTrail","userIdentity":{"type":"AWSService"}}'
`

func TestBuiltinRule(t *testing.T) {
	c := load(t, Options{Builtin: true}, builtin)
	if len(c.Rules) != 1 {
		t.Fatal(c)
	}
	r := c.Rules[0]
	if err := detect.Validate(r.Detector); err != nil {
		t.Error(err)
	}
	if r.Detector.ID != "cloudtrail-trail-deleted" || !slices.Equal(r.Detector.Techniques, []string{"T1685.002"}) ||
		!slices.Equal(r.Detector.Events, []string{"cloudtrail.amazonaws.com:deletetrail"}) || len(r.Notes) != 1 {
		t.Errorf("%+v %q", r.Detector, r.Notes)
	}
	for i, want := range []string{"high: CloudTrail trail deleted (1 event)", "high: CloudTrail trail deleted (1 event)", "low: attempt denied: CloudTrail trail deleted (1 event)"} {
		found := find(t, c.Detectors(), r.Hits[i])
		if len(found) != 1 || fmt.Sprintf("%s: %s", found[0].Severity, found[0].Why) != want {
			t.Errorf("hit %d: %+v, want %s", i, found, want)
		}
	}
	for i, m := range r.Misses {
		if found := find(t, c.Detectors(), m); len(found) > 0 {
			t.Errorf("miss %d: %+v", i, found)
		}
	}
}

// A rule of the user's own keeps its level, whatever the outcome and whoever called.
func TestUsersRule(t *testing.T) {
	c := load(t, Options{}, builtin)
	found := find(t, c.Detectors(), []string{strings.Replace(c.Rules[0].Hits[2][0], "IAMUser", "AWSService", 1)})
	if len(found) != 1 || found[0].Severity != detect.High {
		t.Errorf("%+v", found)
	}
}

// TestTuning: what the member coldtrail changes about outcomes and AWS's own calls.
func TestTuning(t *testing.T) {
	const denied = `{"eventTime":"2026-01-02T03:04:05Z","eventName":"X","errorCode":"AccessDenied"}`
	const failed = `{"eventTime":"2026-01-02T03:04:05Z","eventName":"X","errorCode":"ThrottlingException"}`
	const byAWS = `{"eventTime":"2026-01-02T03:04:05Z","eventName":"X","userIdentity":{"type":"AssumedRole","invokedBy":"s3.amazonaws.com"}}`
	byStack := strings.Replace(byAWS, "s3.amazonaws.com", "cloudformation.amazonaws.com", 1)
	for _, c := range []struct{ level, tuning, event, want string }{
		{"high", "{}", denied, "low attempt denied: A (1 event)"},
		{"high", "{}", failed, "informational attempt failed: A (1 event)"},
		{"informational", "{}", denied, "informational attempt denied: A (1 event)"},
		{"high", "{}", byAWS, ""},
		{"medium", "{}", byStack, "medium A (1 event)"},
		{"low", "{}", byStack, ""},
		{"high", "{}", strings.Replace(byStack, "AssumedRole", "AWSService", 1), ""},
		{"high", "{denied: medium, failed: low}", denied, "medium attempt denied: A (1 event)"},
		{"high", "{denied: medium, failed: low}", failed, "low attempt failed: A (1 event)"},
		{"high", "{outcome: any}", denied, "high attempt denied: A (1 event)"},
		{"high", "{operational: true}", byAWS, "high A (1 event)"},
	} {
		text := strings.Replace(rule("A", "X"), "level: low", "level: "+c.level, 1) + "coldtrail: " + c.tuning + "\n"
		got := ""
		for _, f := range find(t, load(t, Options{Builtin: true}, text).Detectors(), []string{c.event}) {
			got += f.Severity.String() + " " + f.Why
		}
		if got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.level, c.tuning, got, c.want)
		}
	}
}

// TestExamplesAreCompleted: an example has what it does not say, in events a second apart.
func TestExamplesAreCompleted(t *testing.T) {
	c := load(t, Options{Builtin: true}, rule("A", "X")+"coldtrail: {hits: [[{eventName: X, awsRegion: r}, {eventName: X, userIdentity: {type: Root}}]], misses: ['{\"eventName\":\"Y\",\"eventTime\":\"2020-01-01T00:00:00Z\"}']}\n")
	first, second, miss := event(t, c.Rules[0].Hits[0][0]), event(t, c.Rules[0].Hits[0][1]), event(t, c.Rules[0].Misses[0][0])
	if first.Region != "r" || first.Account != "111122223333" || first.Identity.UserName != "alice" || first.SourceIP != "203.0.113.9" || first.UserAgent == "" || first.ID == second.ID || first.EventType != "AwsApiCall" {
		t.Errorf("%s", first.Raw)
	}
	if second.Time.Sub(first.Time).Seconds() != 1 || second.Identity.Type != "Root" || second.Identity.ARN != "" || miss.Time.Year() != 2020 {
		t.Errorf("%s, %s", second.Raw, miss.Raw)
	}
	for text, want := range map[string]string{
		"{hits: {}}": "not a list", "{hits: ['{']}": "example", "{hits: [[]]}": "without events", "{outcome: some}": "only any", "{denied: severe}": "severe", "{operational: x}": "operational",
	} {
		c := Load([]File{{"x.yml", []byte(rule("A", "X") + "coldtrail: " + text + "\n")}}, Options{Builtin: true})
		if len(c.Rejected) != 1 || !strings.Contains(c.Rejected[0].Reason, want) {
			t.Errorf("%s: %+v, want %q", text, c.Rejected, want)
		}
	}
}

// What a collection forgot is asked by Check alone: its detectors do what they did.
func TestForget(t *testing.T) {
	load := func() *Collection {
		return Load([]File{{Name: "r.yml", Data: []byte("title: t\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: X}, condition: s}\n")}}, Options{})
	}
	c, whole := load(), load()
	c.Forget()
	if len(c.Rules) != 1 || len(Check(&c.Rules[0])) > 0 || len(Check(&whole.Rules[0])) == 0 {
		t.Fatalf("%d rules: %q, and before that %q", len(c.Rules), Check(&c.Rules[0]), Check(&whole.Rules[0]))
	}
	for name, want := range map[string]bool{"X": true, "Y": false} {
		r := &parser.Record{Name: name}
		_, got := c.Detectors()[0].Record(r)
		if _, had := whole.Detectors()[0].Record(r); got != want || had != want {
			t.Errorf("%s: %t, and before that %t", name, got, had)
		}
	}
}
