package parser

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// lifted reads an input, whole and by single bytes, and returns its events.
func lifted(t *testing.T, input string) (events []*Record, shape string, other int) {
	t.Helper()
	read := func(r io.Reader) (all []*Record, shape string, other int) {
		rd := NewReader(r, Origin{})
		for {
			rec, err := rd.Next()
			switch {
			case err == io.EOF:
				return all, rd.Shape(), other
			case err != nil:
				t.Fatalf("%s: %v", input, err)
			case rec.Kind != Event:
				other++
			default:
				c := rec.Clone()
				c.Shape = rec.Shape
				all = append(all, c)
			}
		}
	}
	events, shape, other = read(strings.NewReader(input))
	slow, _, _ := read(iotest.OneByteReader(strings.NewReader(input)))
	if fmt.Sprint(raws(slow)) != fmt.Sprint(raws(events)) {
		t.Fatalf("read whole: %q\nby one byte: %q", raws(events), raws(slow))
	}
	return events, shape, other
}

func raws(events []*Record) (all []string) {
	for _, e := range events {
		all = append(all, string(e.Raw))
	}
	return all
}

func csvText(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func TestTables(t *testing.T) {
	a := event("a")
	history := "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\r\n"
	structs := `{type=IAMUser, principalid=AIDAEXAMPLE, arn=arn:aws:iam::111122223333:user/a, b=c, accountid=111122223333, accesskeyid=AKIAEXAMPLE, username=null, sessioncontext={attributes={mfaauthenticated=false, creationdate=2026-01-02T03:00:00Z}, sessionissuer=null}}`
	tests := []struct {
		name, input, shape, event string
		fidelity                  Fidelity
		other                     int
	}{
		{"Event history", "\xef\xbb\xbf" + history + `alice,AKIAEXAMPLE,2026-01-02T03:04:05Z,iam.amazonaws.com,CreateUser,us-east-1,203.0.113.9,"cli, ""x""",,"[{""resourceType"":""AWS::IAM::User"",""resourceName"":""bob""}]",r-1,a,FALSE,AwsApiCall,46411772487,Management` + "\r\n",
			"event-history-csv", `{"userIdentity":{"userName":"alice","accessKeyId":"AKIAEXAMPLE"},"eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9","userAgent":"cli, \"x\"","resources":[{"resourceType":"AWS::IAM::User","resourceName":"bob"}],"requestID":"r-1","eventID":"a","readOnly":false,"eventType":"AwsApiCall","recipientAccountId":"046411772487","eventCategory":"Management"}`, Derived, 0},
		{"Event history in another order", "Event name,Event time,Event source\nX,2026-01-02T03:04:05Z,y\n\n", "event-history-csv", `{"eventName":"X","eventTime":"2026-01-02T03:04:05Z","eventSource":"y"}`, Derived, 0},
		{"Lake with the record", "eventName,eventjson,p0\nCreateUser," + csvText(a) + ",1\n", "query-result-csv", a, Reserialised, 0},
		{"Lake's columns", "eventName,eventTime,eventSource,requestParameters\nX,2026-01-02 03:04:05.000,y,\"{userName=bob, path=/a, b/}\"\n", "query-result-columns",
			`{"eventName":"X","eventTime":"2026-01-02T03:04:05Z","eventSource":"y","requestParameters":{"userName":"bob","path":"/a, b/"}}`, Derived, 0},
		{"Athena's columns", `"eventtime","eventsource","eventname","useridentity","requestparameters","resources","errorcode","year"` + "\n" +
			csvText("2026-01-02T03:04:05Z") + `,"y","X",` + csvText(structs) + `,"{""userName"":""bob""}","[{arn=arn:aws:s3:::b, accountid=null, type=AWS::S3::Bucket}]",,"2026"` + "\n", "query-result-columns",
			`{"eventTime":"2026-01-02T03:04:05Z","eventSource":"y","eventName":"X","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/a","b":"c","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","sessionContext":{"attributes":{"mfaAuthenticated":"false","creationDate":"2026-01-02T03:00:00Z"}}},"requestParameters":{"userName":"bob"},"resources":[{"arn":"arn:aws:s3:::b","type":"AWS::S3::Bucket"}]}`, Derived, 0},
		{"an aggregate", "eventname,count\nX,3\n", "query-result-csv", "", Reserialised, 1},
		{"Splunk", "_time,_raw,host\nx," + csvText(a) + ",h\ny,not a record,h\n", "splunk-csv", a, Reserialised, 1},
		{"Logs Insights", "@timestamp,@message\nx," + csvText(a) + "\n", "logs-insights-csv", a, Reserialised, 0},
		{"Lake's API", `{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventName":"X"},{"eventTime":"2026-01-02 03:04:05.000"},{"eventSource":"y"},{"_col3":"7"}],[{"count":"1"}]]}`, "query-result-columns", `{"eventName":"X","eventTime":"2026-01-02T03:04:05Z","eventSource":"y"}`, Derived, 1},
		{"Lake's API with the record", `{"QueryResultRows":[[{"eventjson":` + fmt.Sprintf("%q", a) + `}]]}`, "lake-result", a, Reserialised, 0},
		{"Athena's API", `{"ResultSet":{"Rows":[{"Data":[{"VarCharValue":"eventname"},{"VarCharValue":"eventtime"},{"VarCharValue":"eventsource"},{"VarCharValue":"errorcode"}]},{"Data":[{"VarCharValue":"X"},{"VarCharValue":"2026-01-02T03:04:05Z"},{"VarCharValue":"y"},{}]}],"ResultSetMetadata":{}}}`,
			"query-result-columns", `{"eventName":"X","eventTime":"2026-01-02T03:04:05Z","eventSource":"y"}`, Derived, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events, shape, other := lifted(t, tt.input)
			var want []string
			if tt.event != "" {
				want = []string{tt.event}
			}
			if shape != tt.shape || !slices.Equal(raws(events), want) || other != tt.other || FidelityOf(shape) != tt.fidelity {
				t.Errorf("%s (%s), %d others:\n%q\nwant %s:\n%q", shape, FidelityOf(shape), other, raws(events), tt.shape, want)
			}
		})
	}
}

// TestTableErrors: a bad row is an error at its place; the rest goes on.
func TestTableErrors(t *testing.T) {
	const head = "eventname,eventtime,eventsource\n"
	const row = "X,2026-01-02T03:04:05Z,y\n"
	for _, tt := range []struct {
		input, err string
		events     int
	}{
		{head + row + "¶X,2026-01-02T03:04:05Z\n" + row, "1: CSV: 2 fields in a table of 3 columns", 2},
		{head + "¶X,\"a\"b,y\n" + row, "0: CSV: malformed quotes", 1},
		{head + "¶X,tomorrow,y\n" + row, "0: query-result-columns: what is wrapped in it is no record: eventTime: ", 1},
		{head + row + "X,2026-01-02¶", "end: unexpected EOF", 1},
		{head + row + "X,\"2026-01-02T03:04:05Z,y\n¶", "end: unexpected EOF", 1},
	} {
		input, at := unmark(tt.input)
		res := readAll(strings.NewReader(input))
		n := len(res.origin)
		if want, cut := strings.CutPrefix(tt.err, "end: "); cut {
			if n != tt.events || res.end == io.EOF || !strings.Contains(res.end.Error(), want) {
				t.Errorf("%q: %s", input, res.describe())
			}
			continue
		}
		index, text, _ := strings.Cut(tt.err, ": ")
		if want := fmt.Sprintf("%s@%d: %s", index, at[0], text); n != tt.events || len(res.errs) != 1 || !strings.HasPrefix(res.errs[0], want) || res.end != io.EOF {
			t.Errorf("%q: %s\nwant %s", input, res.describe(), want)
		}
	}
}
