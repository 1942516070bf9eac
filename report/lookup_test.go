package report

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// lookupCase makes a store of records, in parts of a few rows.
func lookupStore(t testing.TB, records ...string) *EventStore {
	t.Helper()
	raw := make([][]byte, len(records))
	for i, r := range records {
		raw[i] = []byte(r)
	}
	entries := rawEntries(t, raw)
	return caseOf(t, partLimit, slices.Collect(slices.Chunk(entries, 3))...)
}

func lookupAll(t testing.TB, s *EventStore, q LookupQuery) (events []LookupEvent) {
	t.Helper()
	err := s.LookupAll(context.Background(), &q, LookupPlace{}, func(e *LookupEvent) error {
		events = append(events, *e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func lookupIDs(t testing.TB, s *EventStore, q LookupQuery) string {
	t.Helper()
	var ids []string
	for _, e := range lookupAll(t, s, q) {
		ids = append(ids, e.EventID)
	}
	return strings.Join(ids, " ")
}

func TestLookupCheck(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 5e8, time.UTC)
	long := strings.Repeat("x", 2000)
	for _, c := range []struct {
		name string
		q    LookupQuery
		code string
	}{
		{"nothing", LookupQuery{}, ""},
		{"a key", LookupQuery{Attributes: []LookupAttribute{{"EventName", "x"}}}, ""},
		{"2000 characters", LookupQuery{Attributes: []LookupAttribute{{"EventName", long}}}, ""},
		{"2001 characters", LookupQuery{Attributes: []LookupAttribute{{"EventName", long + "x"}}}, invalidAttributes},
		{"1999 and a space", LookupQuery{Attributes: []LookupAttribute{{"EventName", long[1:] + " "}}}, invalidAttributes},
		{"1998 and an underscore", LookupQuery{Attributes: []LookupAttribute{{"EventName", long[2:] + "_"}}}, ""},
		{"1000 commas", LookupQuery{Attributes: []LookupAttribute{{"EventName", strings.Repeat(",", 1000)}}}, ""},
		{"1001 line breaks", LookupQuery{Attributes: []LookupAttribute{{"EventName", strings.Repeat("\n", 1001)}}}, invalidAttributes},
		{"2000 characters of two bytes", LookupQuery{Attributes: []LookupAttribute{{"EventName", strings.Repeat("\u00e9", 2000)}}}, ""},
		{"empty", LookupQuery{Attributes: []LookupAttribute{{"EventName", ""}}}, invalidAttributes},
		{"no such key", LookupQuery{Attributes: []LookupAttribute{{"eventname", "x"}}}, invalidAttributes},
		{"category", LookupQuery{Category: "Insight"}, "InvalidEventCategoryException"},
		{"insight by name", LookupQuery{Category: "insight", Attributes: []LookupAttribute{{"EventName", "x"}}}, ""},
		{"insight by user", LookupQuery{Category: "insight", Attributes: []LookupAttribute{{"Username", "x"}}}, invalidAttributes},
		{"one second", LookupQuery{Start: at, End: at.Add(-4e8)}, ""},
		{"backwards", LookupQuery{Start: at, End: at.Add(-6e8)}, "InvalidTimeRangeException"},
	} {
		err := c.q.Check()
		var refused *LookupError
		if errors.As(err, &refused) != (c.code != "") || refused != nil && refused.Code != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
		if asAWS := c.q.CheckAWS(); (asAWS == nil) != (err == nil) {
			t.Errorf("%s: as AWS %v", c.name, asAWS)
		}
	}
	two := LookupQuery{Attributes: []LookupAttribute{{"EventName", "x"}, {"Username", "y"}}}
	if err := two.Check(); err != nil {
		t.Error(err)
	}
	var refused *LookupError
	if err := two.CheckAWS(); !errors.As(err, &refused) || refused.Code != invalidAttributes {
		t.Errorf("two attributes: %v", err)
	}
	for n, ok := range map[int]bool{-1: false, 0: false, 1: true, 50: true, 51: false} {
		if err := CheckLookupResults(n); (err == nil) != ok || err != nil && (!errors.As(err, &refused) || refused.Code != "InvalidMaxResultsException") {
			t.Errorf("%d results: %v", n, err)
		}
	}
	if err := (&LookupQuery{Resources: "all"}).Check(); err == nil {
		t.Error("resources all")
	}
}

// eventFor makes a record.
func eventFor(id, at, more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"eventID":"` + id + `","eventTime":"` + at + `","eventSource":"iam.amazonaws.com","eventName":"GetUser","awsRegion":"us-east-1"` + more + `}`
}

func TestLookupTimes(t *testing.T) {
	s := lookupStore(t, eventFor("a", "2026-03-02T10:00:00Z", ""), eventFor("b", "2026-03-02T10:00:00.900Z", ""),
		eventFor("c", "2026-03-02T10:00:01Z", ""), eventFor("d", "2026-03-02T10:00:01Z", ""), eventFor("e", "2026-03-02T10:00:02Z", ""))
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		q    LookupQuery
		want string
	}{
		{LookupQuery{}, "e d c b a"},
		{LookupQuery{Start: at, End: at}, "b a"},
		{LookupQuery{Start: at.Add(7e8), End: at.Add(7e8)}, "b a"}, // whole seconds, as on the wire
		{LookupQuery{Start: at.Add(1e9)}, "e d c"},
		{LookupQuery{End: at.Add(1e9)}, "d c b a"},
		{LookupQuery{End: at.Add(-1)}, ""},
		{LookupQuery{Start: at.Add(3e9)}, ""},
	} {
		if got := lookupIDs(t, s, c.q); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.q.Start, c.q.End, got, c.want)
		}
	}
}

func TestLookupCategories(t *testing.T) {
	const at = "2026-03-02T10:00:00Z"
	s := lookupStore(t,
		eventFor("management", at, `"eventCategory":"Management","managementEvent":true`), eventFor("data", at, `"eventCategory":"Data","managementEvent":false`),
		eventFor("network", at, `"eventCategory":"NetworkActivity"`), eventFor("1.06", at, `"managementEvent":true`), eventFor("1.06-data", at, `"managementEvent":false`),
		eventFor("old", at, ""), strings.Replace(eventFor("old-data", at, ""), "iam.amazonaws.com", "s3.amazonaws.com", 1),
		strings.Replace(strings.Replace(eventFor("old-get", at, ""), "iam.amazonaws.com", "s3.amazonaws.com", 1), "GetUser", "GetObject", 1),
		eventFor("other-region", at, "")+" ", strings.Replace(eventFor("far", at, ""), "us-east-1", "eu-west-1", 1))
	if got, want := lookupIDs(t, s, LookupQuery{}), "far other-region old-data old 1.06 management"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := lookupIDs(t, s, LookupQuery{All: true}), "far other-region old-get old-data old 1.06-data 1.06 network data management"; got != want {
		t.Errorf("all: got  %s\nwant %s", got, want)
	}
	if got := lookupIDs(t, s, LookupQuery{Category: "insight"}); got != "" {
		t.Errorf("insight: %s", got)
	}
	if got := lookupIDs(t, s, LookupQuery{Region: "eu-west-1"}); got != "far" {
		t.Errorf("eu-west-1: %s", got)
	}
	if got := lookupIDs(t, s, LookupQuery{Region: "eu-west"}); got != "" {
		t.Errorf("eu-west: %s", got)
	}
}

// What an event has, and what it lacks, in AWS's order.
func TestLookupEventJSON(t *testing.T) {
	full := `{ "eventVersion" : "1.08", "userIdentity":{"type":"AssumedRole","principalId":"AROA1:me","accessKeyId":"ASIA1","sessionContext":{"sessionIssuer":{"userName":"role"}}},
		"eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"DeleteUser","awsRegion":"us-east-1","userAgent":"<a & b>\u0041\t \"q\"\/",
		"requestParameters":{"userName":"eve","n":1.50 },"responseElements":null,"eventID":"e1","readOnly":false , "eventCategory":"Management", "x":[ 1 , 2.0, { } ] }`
	bare := `{"eventTime":"2026-03-02T09:59:59.125Z","eventSource":"health.amazonaws.com","eventName":"Notice","userAgent":"` + "\u00e9\u2028\U0001f600" + `"}`
	s := lookupStore(t, bare, full)
	got, err := json.Marshal(lookupAll(t, s, LookupQuery{}))
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for i, e := range lookupAll(t, s, LookupQuery{}) {
		b = e.AppendJSON(append(b, "\n"[:min(i, 1)]...), EpochTime)
	}
	want := `{"EventId":"e1","EventName":"DeleteUser","ReadOnly":"false","AccessKeyId":"ASIA1","EventTime":1772445600.0,"EventSource":"iam.amazonaws.com","Username":"me",` +
		`"Resources":[{"ResourceType":"AWS::IAM::User","ResourceName":"eve"}],"CloudTrailEvent":"{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":\"AROA1:me\",` +
		`\"accessKeyId\":\"ASIA1\",\"sessionContext\":{\"sessionIssuer\":{\"userName\":\"role\"}}},\"eventTime\":\"2026-03-02T10:00:00Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"DeleteUser\",` +
		`\"awsRegion\":\"us-east-1\",\"userAgent\":\"<a & b>\\u0041\\t \\\"q\\\"\\/\",\"requestParameters\":{\"userName\":\"eve\",\"n\":1.50},\"responseElements\":null,\"eventID\":\"e1\",\"readOnly\":false,` +
		`\"eventCategory\":\"Management\",\"x\":[1,2.0,{}]}"}` + "\n" +
		`{"EventId":"` + lookupAll(t, s, LookupQuery{})[1].EventID + `","EventName":"Notice","EventTime":1772445599.125,"EventSource":"health.amazonaws.com","Resources":[],` +
		`"CloudTrailEvent":"{\"eventTime\":\"2026-03-02T09:59:59.125Z\",\"eventSource\":\"health.amazonaws.com\",\"eventName\":\"Notice\",\"userAgent\":\"` + "\u00e9\u2028\U0001f600" + `\"}"}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	if !json.Valid(got) || !strings.HasPrefix(lookupAll(t, s, LookupQuery{})[1].EventID, "sha256:") {
		t.Errorf("%s", got)
	}
	for form, part := range map[LookupTime]string{ISOTime: `"EventTime":"2026-03-02T09:59:59.125000+00:00"`, EpochTime: `"EventTime":1772445599.125`} {
		if e := lookupAll(t, s, LookupQuery{})[1]; !strings.Contains(string(e.AppendJSON(nil, form)), part) {
			t.Errorf("no %s in %s", part, e.AppendJSON(nil, form))
		}
	}
}

// Of members that are there twice the record keeps both, and the last counts; bytes that are not
// UTF-8 become characters that say so.
func TestLookupOddRecords(t *testing.T) {
	twice := `{"eventID":"first","eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"DeleteUser","eventID":"last","requestParameters":{"userName":"a"},"requestParameters":{"userName":"b"}}`
	bad := "{\"eventID\":\"bad\",\"eventTime\":\"2026-03-02T10:00:01Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"DeleteUser\",\"requestParameters\":{\"userName\":\"x\xff\"}}"
	s := lookupStore(t, twice, bad)
	events := lookupAll(t, s, LookupQuery{})
	if e := events[1]; e.EventID != "last" || string(e.Record) != twice || len(e.Resources) != 1 || e.Resources[0].Name != "b" {
		t.Errorf("%+v %s", e, e.Record)
	}
	if e := events[0]; string(e.Record) != strings.ReplaceAll(bad, "\xff", "\ufffd") || len(e.Resources) != 1 || e.Resources[0].Name != "x\ufffd" {
		t.Errorf("%+v %s", e, e.Record)
	}
	if !json.Valid(events[0].AppendJSON(nil, EpochTime)) {
		t.Errorf("%s", events[0].AppendJSON(nil, EpochTime))
	}
	if got := lookupIDs(t, s, LookupQuery{Attributes: []LookupAttribute{{"ResourceName", "x\ufffd"}}}); got != "bad" {
		t.Errorf("by name: %q", got)
	}
	if got := lookupIDs(t, s, LookupQuery{Attributes: []LookupAttribute{{"ResourceName", "a"}}}); got != "" {
		t.Errorf("by a name that does not count: %q", got)
	}
}
