package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func openLookupStore(t *testing.T, rows []storeRow, cuts rowCuts) *EventStore {
	t.Helper()
	dir := t.TempDir()
	writeStore(t, dir, rows, cuts)
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Pages of any size, put together, are the whole; and the whole is what a scan of the same
// condition selects, turned round.
func TestLookupPages(t *testing.T) {
	rows := randomRows(7, 700)
	s := openLookupStore(t, rows, rowCuts{rows: 37, groups: 3, page: 400})
	queries := []LookupQuery{
		{},
		{All: true},
		{Attributes: []LookupAttribute{{"AccessKeyId", "AKIA1EXAMPLE"}}},
		{Attributes: []LookupAttribute{{"AccessKeyId", "akia1example"}}},
		{Attributes: []LookupAttribute{{"EventName", "GetObject"}, {"ReadOnly", "true"}}},
		{Attributes: []LookupAttribute{{"EventId", "id-0100"}}},
		{Attributes: []LookupAttribute{{"EventName", "getobject"}}},
		{Start: storeStart.Add(600e9), End: storeStart.Add(3000e9)},
		{Region: "eu-west-1", Attributes: []LookupAttribute{{"EventSource", "iam.amazonaws.com"}}},
	}
	leaf := map[string]string{"AccessKeyId": "useridentity.accesskeyid", "EventName": "eventname", "ReadOnly": "readonly", "EventId": "eventid", "EventSource": "eventsource"}
	for i, q := range queries {
		var want []uint64
		for n, row := range rows {
			at := storeStart
			if !q.Start.IsZero() {
				at = row["event_ts"].(time.Time)
			}
			ok := q.Start.IsZero() || !at.Before(q.Start) && !at.After(q.End)
			ok = ok && (q.Region == "" || row["awsregion"] == q.Region)
			for _, a := range q.Attributes {
				ok = ok && row[leaf[a.Key]] == a.Value
			}
			if !q.All && row["eventsource"] == "s3.amazonaws.com" && row["eventname"] == "GetObject" {
				ok = false // a data event of a record without a category
			}
			if ok {
				want = append(want, uint64(n))
			}
		}
		slices.Reverse(want)
		for _, size := range []int{1, 7, 50, 10000} {
			t.Run(fmt.Sprintf("%d/%d", i, size), func(t *testing.T) { pages(t, s, &q, size, want) })
		}
		if len(want) == 0 && i != 6 {
			t.Errorf("query %d selects nothing: the test shows nothing", i)
		}
	}
}

func pages(t *testing.T, s *EventStore, q *LookupQuery, size int, want []uint64) {
	var got []uint64
	token := ""
	for {
		from, err := s.LookupPlace(q, token)
		if err != nil {
			t.Fatal(err)
		}
		events, next, more, err := s.Lookup(context.Background(), q, from, size)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			got = append(got, e.Ordinal)
		}
		if more != (len(got) < len(want)) || len(events) > size {
			t.Fatalf("%d events of %d, page of %d: more is %v", len(got), len(want), len(events), more)
		}
		if !more {
			break
		}
		if token, err = s.LookupToken(q, next); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	for _, p := range s.open {
		if p.users != 0 {
			t.Errorf("%s: %d users are left", p.name, p.users)
		}
	}
}

// A token is good for one case and one set of parameters.
func TestLookupToken(t *testing.T) {
	rows := randomRows(7, 100)
	s := openLookupStore(t, rows, rowCuts{rows: 37, groups: 3, page: 400})
	other := openLookupStore(t, rows[:99], rowCuts{rows: 37, groups: 3, page: 400})
	q := LookupQuery{Attributes: []LookupAttribute{{"EventName", "GetObject"}}}
	token, err := s.LookupToken(&q, LookupPlace{12})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.LookupPlace(&q, token); err != nil || p.before != 12 {
		t.Errorf("%v, %v", p, err)
	}
	refused := func(s *EventStore, q LookupQuery, token string) {
		t.Helper()
		var e *LookupError
		if _, err := s.LookupPlace(&q, token); !errors.As(err, &e) || e.Code != "InvalidNextTokenException" {
			t.Errorf("%v", err)
		}
	}
	refused(other, q, token)
	refused(s, LookupQuery{}, token)
	refused(s, LookupQuery{Attributes: q.Attributes, Region: "us-east-1"}, token)
	refused(s, LookupQuery{Attributes: q.Attributes, All: true}, token)
	refused(s, LookupQuery{Attributes: q.Attributes, Start: storeStart}, token)
	refused(s, q, token[1:])
	refused(s, q, "x"+token[1:])
	refused(s, q, "?")
	refused(s, q, token+"AAAA")
}
