package report

import (
	"fmt"
	"testing"
	"time"
)

func TestParseLookupAttributes(t *testing.T) {
	for text, want := range map[string]string{
		"AttributeKey=EventName,AttributeValue=ConsoleLogin":                                                   "[{EventName ConsoleLogin}]",
		"AttributeValue=ConsoleLogin,AttributeKey=EventName":                                                   "[{EventName ConsoleLogin}]",
		" AttributeKey = EventName , AttributeValue = a b ":                                                    "[{EventName a b}]",
		`AttributeKey=Username,AttributeValue="a, \"b\" \\ c"`:                                                 `[{Username a, "b" \ c}]`,
		`AttributeKey=Username,AttributeValue='it\'s "x"'`:                                                     `[{Username it's "x"}]`,
		"AttributeKey=ResourceName,AttributeValue=arn:aws:iam::1:role/x=y":                                     "[{ResourceName arn:aws:iam::1:role/x=y}]",
		`{"AttributeKey":"EventName","AttributeValue":"a,b"}`:                                                  "[{EventName a,b}]",
		`[{"AttributeKey":"EventName","AttributeValue":"a"},{"AttributeKey":"Username","AttributeValue":"b"}]`: "[{EventName a} {Username b}]",
		"[]":                                     "[]",
		"AttributeKey=EventName,AttributeValue=": "[{EventName }]",
	} {
		if got, err := ParseLookupAttributes(text); fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "EventName", "AttributeKey=EventName", "AttributeValue=x", "AttributeKey=a,AttributeValue=b,", "AttributeKey=a,AttributeKey=b,AttributeValue=c", "attributekey=a,AttributeValue=b",
		`AttributeKey=a,AttributeValue="b`, `AttributeKey=a,AttributeValue="b"c`, "{", `{"AttributeKey":"a"}`, `{"AttributeKey":"a","AttributeValue":"b","x":1}`, `[{"AttributeKey":"a","AttributeValue":"b"}] x`, `{"AttributeKey":1,"AttributeValue":"b"}`,
	} {
		if got, err := ParseLookupAttributes(text); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestParseLookupTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-02": "2026-03-02T00:00:00Z", "2026-03-02T08:30": "2026-03-02T08:30:00Z", "2026-03-02T08:30:15": "2026-03-02T08:30:15Z", "2026-03-02 08:30:15": "2026-03-02T08:30:15Z",
		"2026-03-02T08:30:15Z": "2026-03-02T08:30:15Z", "2026-03-02T08:30:15.5+01:00": "2026-03-02T07:30:15.5Z", "2026-03-02T08:30:15+0100": "2026-03-02T07:30:15Z", "2026-03-02T08:30:15-08": "2026-03-02T16:30:15Z",
		"2026-03-02 08:30:15 +01:00": "2026-03-02T07:30:15Z", "20260302T083015Z": "2026-03-02T08:30:15Z", "2026-03-02 08:30 UTC": "2026-03-02T08:30:00Z", "2026-03-02T08": "2026-03-02T08:00:00Z",
		"1772440215": "2026-03-02T08:30:15Z", "1772440215.25": "2026-03-02T08:30:15.25Z", "0": "1970-01-01T00:00:00Z", "-1.5": "1969-12-31T23:59:58.5Z", " 1772440215 ": "2026-03-02T08:30:15Z",
	} {
		if got, err := ParseLookupTime(text); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "now", "yesterday", "2026-13-01", "2026-03-02T25:00", "1e30", "NaN", "Inf", "03/02/2026"} {
		if got, err := ParseLookupTime(text); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}
