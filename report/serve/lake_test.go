package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/report/query"
)

func (a asker) startLake(sql string) string {
	a.Helper()
	b, _ := json.Marshal(sql)
	return a.ok("StartQuery", `{"QueryStatement":`+string(b)+`}`)["QueryId"].(string)
}

func (a asker) endedLake(id string) map[string]any {
	a.Helper()
	for {
		d := a.ok("DescribeQuery", `{"QueryId":"`+id+`"}`)
		if d["QueryStatus"] != "QUEUED" && d["QueryStatus"] != "RUNNING" {
			return d
		}
	}
}

func TestLake(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, cloudTrailTarget, ""}
	id := a.startLake("SELECT the value")
	d := a.endedLake(id)
	if d["QueryId"] != id || d["QueryString"] != "SELECT the value" || d["QueryStatus"] != "FINISHED" || at(d, "QueryStatistics", "EventsMatched") != 1.0 || at(d, "QueryStatistics", "EventsScanned") != 3.0 ||
		at(d, "QueryStatistics", "CreationTime") == nil || d["ErrorMessage"] != nil {
		t.Errorf("%v", d)
	}
	out := a.ok("GetQueryResults", `{"QueryId":"`+id+`"}`)
	if got := fmt.Sprint(out["QueryResultRows"]); got != "[[map[v:the value]]]" || at(out, "QueryStatistics", "TotalResultsCount") != 1.0 || out["NextToken"] != nil {
		t.Errorf("%v", out)
	}
	asker{t, base, athenaTarget, ""}.fails("GetQueryExecution", `{"QueryExecutionId":"`+id+`"}`, "InvalidRequestException")
	empty := a.startLake("VALUES 0")
	a.endedLake(empty)
	if out := a.ok("GetQueryResults", `{"QueryId":"`+empty+`"}`); out["QueryStatus"] != "FINISHED" || fmt.Sprint(out["QueryResultRows"]) != "[]" {
		t.Errorf("%v", out)
	}
}

func TestLakePages(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, cloudTrailTarget, ""}
	id := a.startLake("VALUES 2500")
	a.endedLake(id)
	for _, size := range []int{0, 1000, 999} {
		next, rows := "", 0
		for {
			body := fmt.Sprintf(`{"QueryId":%q`, id)
			if size > 0 {
				body += fmt.Sprintf(`,"MaxQueryResults":%d`, size)
			}
			if next != "" {
				body += fmt.Sprintf(`,"NextToken":%q`, next)
			}
			out := a.ok("GetQueryResults", body+"}")
			page := out["QueryResultRows"].([]any)
			if at(out, "QueryStatistics", "ResultsCount") != float64(len(page)) || at(out, "QueryStatistics", "TotalResultsCount") != 2500.0 || len(page) > 1000 {
				t.Errorf("%v of %d rows", out["QueryStatistics"], len(page))
			}
			for _, row := range page {
				if got, want := fmt.Sprint(row), fmt.Sprintf("[map[n:%d] map[null:<nil>]]", rows); got != want {
					t.Fatalf("%s, want %s", got, want)
				}
				rows++
			}
			var more bool
			if next, more = out["NextToken"].(string); !more {
				break
			}
		}
		if rows != 2500 {
			t.Errorf("%d at once: %d rows", size, rows)
		}
	}
	for body, code := range map[string]string{
		`"MaxQueryResults":0`: "InvalidMaxResultsException", `"MaxQueryResults":1001`: "InvalidMaxResultsException", `"NextToken":"nonsense"`: "InvalidNextTokenException",
		`"EventDataStore":"x"`: "EventDataStoreARNInvalidException",
	} {
		a.fails("GetQueryResults", `{"QueryId":"`+id+`",`+body+`}`, code)
	}
}

const someStore = "0a1b2c3d-0000-1111-2222-333344445555"

func TestLakeFailures(t *testing.T) {
	s, base := fakeServer(t, nil)
	a := asker{t, base, cloudTrailTarget, ""}
	slow := a.startLake("SELECT forever")
	if out := a.ok("GetQueryResults", `{"QueryId":"`+slow+`"}`); out["QueryStatus"] != "RUNNING" {
		t.Errorf("%v", out)
	}
	if out := a.ok("CancelQuery", `{"QueryId":"`+slow+`"}`); out["QueryStatus"] != "CANCELLED" || out["QueryId"] != slow {
		t.Errorf("%v", out)
	}
	a.fails("CancelQuery", `{"QueryId":"`+slow+`"}`, "InactiveQueryException")
	s.cases[0].runs.timeout = time.Millisecond
	if d := a.endedLake(a.startLake("SELECT forever")); d["QueryStatus"] != "TIMED_OUT" || d["ErrorMessage"] == nil {
		t.Errorf("%v", d)
	}
	s.cases[0].runs.engine = func(context.Context, string) (rows, error) {
		return nil, &query.Error{Kind: query.KindName, Message: "no such column" + strings.Repeat("ü", 2000), Offset: -1}
	}
	failed := a.startLake("SELECT x")
	if d := a.endedLake(failed); d["QueryStatus"] != "FAILED" || len([]rune(d["ErrorMessage"].(string))) != 1000 {
		t.Errorf("%v", d)
	}
	if out := a.ok("GetQueryResults", `{"QueryId":"`+failed+`"}`); out["QueryStatus"] != "FAILED" || out["ErrorMessage"] == nil {
		t.Errorf("%v", out)
	}
	for _, operation := range []string{"DescribeQuery", "GetQueryResults", "CancelQuery"} {
		a.fails(operation, `{"QueryId":"00000000-0000-0000-0000-000000000000"}`, "QueryIdNotFoundException")
		a.fails(operation, `{"QueryId":"x"}`, "InvalidParameterException")
		a.fails(operation, `{}`, "InvalidParameterException")
		a.fails(operation, `{"EventDataStore":"arn:aws:s3:::x","QueryId":"00000000-0000-0000-0000-000000000000"}`, "EventDataStoreARNInvalidException")
	}
	for body, code := range map[string]string{
		`{}`: "InvalidQueryStatementException", `{"QueryStatement":"DROP TABLE x"}`: "InvalidQueryStatementException", `{"QueryStatement":"INSERT INTO x SELECT 1"}`: "InvalidQueryStatementException",
		`{"QueryStatement":"SELECT 1; SELECT 2"}`:                          "InvalidQueryStatementException",
		`{"QueryStatement":"` + strings.Repeat("x", maxLakeQuery+1) + `"}`: "InvalidQueryStatementException",
		`{"QueryStatement":"SELECT 1","DeliveryS3Uri":"s3://x/y"}`:         "UnsupportedOperationException",
		`{"QueryAlias":"x"}`: "UnsupportedOperationException", `{"QueryStatement":"SELECT ?","QueryParameters":["1"]}`: "UnsupportedOperationException",
	} {
		a.fails("StartQuery", body, code)
	}
	s.cases[0].runs.ready = func(context.Context) error { return query.ErrNoSQL }
	a.fails("StartQuery", `{"QueryStatement":"SELECT 1"}`, "UnsupportedOperationException")
}

func TestLakeLists(t *testing.T) {
	s, base := fakeServer(t, nil)
	at0 := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	n := 0
	s.cases[0].runs.now = func() time.Time { n++; return at0.Add(time.Duration(n) * time.Second) }
	a := asker{t, base, cloudTrailTarget, "eu-west-1"}
	var ids []string
	for range 5 {
		id := a.startLake("SELECT 1")
		a.endedLake(id)
		ids = append([]string{id}, ids...)
	}
	first := a.ok("ListQueries", `{"EventDataStore":"`+someStore+`","MaxResults":3}`)
	second := a.ok("ListQueries", fmt.Sprintf(`{"EventDataStore":%q,"MaxResults":3,"NextToken":%q}`, someStore, first["NextToken"]))
	var got []string
	for _, row := range append(first["Queries"].([]any), second["Queries"].([]any)...) {
		got = append(got, at(row, "QueryId").(string))
		if at(row, "QueryStatus") != "FINISHED" {
			t.Errorf("%v", row)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(ids) || second["NextToken"] != nil {
		t.Errorf("%v, want %v", got, ids)
	}
	for more, want := range map[string]int{`"QueryStatus":"FAILED"`: 0, `"QueryStatus":"FINISHED"`: 5, fmt.Sprintf(`"StartTime":%d`, at0.Unix()+1000): 0, fmt.Sprintf(`"EndTime":%d`, at0.Unix()+1): 1} {
		if out := a.ok("ListQueries", `{"EventDataStore":"`+someStore+`",`+more+`}`); len(out["Queries"].([]any)) != want {
			t.Errorf("%s: %v", more, out)
		}
	}
	for body, code := range map[string]string{
		`{}`: "InvalidParameterException", `{"EventDataStore":"x"}`: "EventDataStoreARNInvalidException",
		`{"EventDataStore":"` + someStore + `","MaxResults":0}`:            "InvalidMaxResultsException",
		`{"EventDataStore":"` + someStore + `","NextToken":"nonsense"}`:    "InvalidNextTokenException",
		`{"EventDataStore":"` + someStore + `","QueryStatus":"nonsense"}`:  "InvalidQueryStatusException",
		`{"EventDataStore":"` + someStore + `","StartTime":2,"EndTime":1}`: "InvalidDateRangeException",
	} {
		a.fails("ListQueries", body, code)
	}
	store := at(a.ok("ListEventDataStores", "{}"), "EventDataStores", 0)
	arn := at(store, "EventDataStoreArn").(string)
	if !strings.HasPrefix(arn, "arn:aws:cloudtrail:eu-west-1:000000000000:eventdatastore/") || at(store, "CreatedTimestamp") != 1772445600.0 {
		t.Errorf("%v", store)
	}
	theirs := "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/" + someStore
	for asked, want := range map[string]string{arn: arn, theirs: theirs, someStore: "arn:aws:cloudtrail:eu-west-1:000000000000:eventdatastore/" + someStore} {
		if got := a.ok("GetEventDataStore", `{"EventDataStore":"`+asked+`"}`); got["EventDataStoreArn"] != want || got["Name"] != "case" {
			t.Errorf("%s: %v", asked, got)
		}
	}
	a.fails("GetEventDataStore", `{"EventDataStore":"x"}`, "EventDataStoreARNInvalidException")
	a.fails("GetEventDataStore", `{}`, "InvalidParameterException")
	a.fails("ListEventDataStores", `{"MaxResults":0}`, "InvalidMaxResultsException")
	a.fails("ListEventDataStores", `{"NextToken":"nonsense"}`, "InvalidNextTokenException")
}
