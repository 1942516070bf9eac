package parser

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// TestLift: the events of each wrapping shape, the offset of what they lie in, and what
// else there is.
func TestLift(t *testing.T) {
	a, b := event("a"), event("b")
	qa, qb := strconv.Quote(a), strconv.Quote(b)
	n := strings.Index(b, `"eventName"`)
	check := `"CWL CONTROL MESSAGE: Checking health of destination"`
	tests := []struct {
		shape, input string
		other        string // of elements that hold none
	}{
		{"lookup-events", `{"Events":[{"EventId":"a","EventTime":1767323045.0,"CloudTrailEvent":¶` + qa + `},{"CloudTrailEvent":¶` + qb + `,"Resources":[]}],"NextToken":"x"}`, ""},
		{"lookup-events", `{"EventId":"a","CloudTrailEvent":¶` + qa + "}\n" + `{"CloudTrailEvent":¶` + qb + `}`, ""},
		{"lookup-events", `{"Events":[{"EventId":"c"},{"CloudTrailEvent":¶` + qa + `}, {"CloudTrailEvent":¶` + qb + `}]}`, "foreign:lookup-events output without the event"},
		{"event-strings", `[¶` + qa + `,"text",¶` + qb + `]`, "foreign:JSON value that is not an object"},
		{"eventbridge", `{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":¶` + a + `}{"detail":¶` + b + `}`, ""},
		{"cloudwatch-logs", `{"events":[{"timestamp":1,"message":¶` + qa + `},{"message":¶` + qb + `}],"searchedLogStreams":[]}`, ""},
		{"cloudwatch-subscription", `{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":¶` + qa + `},{"message":` + check + `},{"message":¶` + qb + `}]}`, "foreign:" + logLine},
		{"logs-insights", `{"results":[[{"field":"@timestamp","value":"x"},{"field":"@message","value":¶` + qa + `}],[{"field":"@message","value":¶` + qb + `}]],"statistics":{}}`, ""},
		{"splunk", `{"preview":false,"offset":0,"result":{"_raw":¶` + qa + `}}` + "\n" + `{"preview":true,"result":{"_raw":` + qb + `}}` + "\n" + `{"preview":false,"result":{"_raw":¶` + qb + `}}`, "foreign:preview of a Splunk search"},
		{"raw-field", `[{"_raw":¶` + qa + `,"host":"x"},{"_raw":¶` + qb + `}]`, ""},
		{"splunk-hec", `{"time":1767323045.0,"host":"h","sourcetype":"aws:cloudtrail","event":¶` + a + `,"fields":{"x":1}}{"event":¶` + qb + `}`, ""},
		{"splunk-hec", `{"event":"a line"}` + "\n" + `{"event":{"eventVersion":"0"}}` + "\n" + `{"event":{"kind":"x"}}` + "\n" + `{"event":¶` + qa + `}` + "\n" + `{"event":¶` + b + `}`,
			"foreign:" + ForeignObject + ";foreign:Splunk event that is no CloudTrail record;foreign:" + ForeignObject},
		{"splunk-hec", `{"event":¶{"Records":[` + a + `,` + b + `]}}`, ""},
		{"splunk-hec", `{"event":¶` + strconv.Quote(`{"Records":[`+a+`]}`) + `}{"event":{"Records":"` + `x` + `"}}{"event":¶` + qb + `}`, "foreign:" + ForeignObject},
		{"record-column", `{"eventtime":"2026-01-02T03:04:05Z","eventjson":¶` + qa + `}` + "\n" + `{"eventJson":¶` + qb + `,"n":1}` + "\n" + `{"eventjson":"x"}` + "\n", "foreign:row without the record"},
		{"record-column", `[{"data_type":"aws:cloudtrail:entry","cloud_trail_event":¶` + qa + `,"message":"x"},{"cloud_trail_event":¶` + qb + `}]`, ""},
		{"elasticsearch", `{"took":1,"hits":{"total":{"value":2},"hits":[{"_source":{"event":{"original":¶` + qa + `}}},{"_source":¶` + b + `}],"max_score":1},"x":2}`, ""},
		{"cloudwatch-export", "2026-01-02T03:05:10.000Z ¶" + a + "\n2026-01-02T03:05:10Z ¶" + b + "\n", ""},
		{"yaml", "name: x\n¶example: '" + a + "'\nother:\n- text\n¶- '" + b[:n] + "\n  " + b[n:] + "'\n", ""},
		{"records-within", `[{"Records":[¶` + a + `]},{"Records":[¶` + b + `]}]`, ""},
		{"records-within", `[{"Records":[{"s3":{}},¶` + a + `]},{"Records":null},{"Records":[1,¶` + b + `]}]`, "foreign:S3 notification;foreign:" + ForeignObject},
		{"records-within", `[{"Records":[¶` + qa + `,¶` + b + `]}]`, ""},
		{"event-strings", `{"Records":[¶` + qa + `,¶` + qb + `]}`, ""},
		// What is wrapped in something that is wrapped is found at what lies in the object itself.
		{"eventbridge", `{"detail":{"eventVersion":"0"},"x":1}` + "\n" + `{"detail":¶` + a + "}\n" + `{"detail":¶` + b + `}`, "foreign:EventBridge event"},
		{"raw-field", `{"_raw":¶` + strconv.Quote(`{"messageType":"DATA_MESSAGE","logEvents":[{"message":`+qa+`},{"message":`+qb+`}]}`) + `}`, ""},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(i, " ", tt.shape), func(t *testing.T) {
			input, offsets := unmark(tt.input)
			res := readAll(strings.NewReader(input))
			var got []int64
			for i, o := range res.origin {
				got = append(got, o.Offset)
				if o.Index != i && tt.other == "" {
					t.Errorf("event %d has the index %d", i, o.Index)
				}
			}
			if len(offsets) == 1 {
				offsets = append(offsets, offsets[0])
			}
			if res.end != io.EOF || res.shape != tt.shape || !slices.Equal(res.ids, []string{"a", "b"}) || !slices.Equal(got, offsets) || strings.Join(res.other, ";") != tt.other || len(res.errs) > 0 {
				t.Errorf("%s\noffsets %v, want %v", res.describe(), got, offsets)
			}
		})
	}
}

// unmark takes the marks ¶ out of a text, and says where they stood.
func unmark(text string) (string, []int64) {
	parts := strings.Split(text, "¶")
	var at []int64
	n := 0
	for _, p := range parts[:len(parts)-1] {
		n += len(p)
		at = append(at, int64(n))
	}
	return strings.Join(parts, ""), at
}

// TestUnknownForm: what has events in a form that is not known is not passed over in silence.
func TestUnknownForm(t *testing.T) {
	a := strings.Replace(event("a"), "{", `{"sourceIPAddress":"192.0.2.1","userAgent":"x",`, 1)
	deep := a
	for range maxLevels + 1 {
		deep = `{"_raw":` + strconv.Quote(deep) + `}`
	}
	s3 := `[{"eventVersion":"2.1","s3":{},"requestParameters":{"sourceIPAddress":"192.0.2.1"}}]`
	for input, want := range map[string]bool{
		`{"records":[` + a + `]}`: true, `{"page":{"Records":[` + a + `]}}`: true, `{"Messages":[{"Body":` + strconv.Quote(a) + `}]}`: true,
		deep: true, `{"eventversion":"1.08","sourceipaddress":"192.0.2.1","useragent":"x"}`: true, `{"EventVersion":"1.08","SourceIPAddress":"192.0.2.1","UserAgent":"x"}`: true,
		`{"EVENTVERSION":"1.08","SOURCEIPADDRESS":"192.0.2.1","USERAGENT":"x"}`: true, `{"records":` + s3 + `}`: false, `{"Records":` + s3 + `}`: false, `{"userAgent":"eventVersion"}`: false,
	} {
		rec, err := NewReader(strings.NewReader(input), Origin{}).Next()
		if err != nil || rec.Kind != Foreign || HoldsEvents(rec.What) != want {
			t.Errorf("%s: %+v, %v", input, rec, err)
		}
	}
}

// TestBesideRecords: trails write no member but Records. What stands before or behind it is no record, and is told where it may be one.
func TestBesideRecords(t *testing.T) {
	a := strings.Replace(event("a"), "{", `{"sourceIPAddress":"192.0.2.1","userAgent":"x",`, 1)
	hidden := `"more":[` + a + `]`
	for input, told := range map[string]bool{
		`{"Records":[` + a + `],` + hidden + `}`:             true,
		`{` + hidden + `,"Records":[` + a + `]}`:             true,
		`{"Records":[` + a + `],"x":1,` + hidden + `,"y":2}`: true,
		`{"Records":[` + a + `],"next":"eventVersion"}`:      false,
		`{"next":{"userAgent":1},"Records":[` + a + `]}`:     false,
		`{"Records":[` + a + `]}`:                            false,
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(input), "by bytes": iotest.OneByteReader(strings.NewReader(input))} {
			res := readAll(r)
			if len(res.ids) != 1 || res.end != io.EOF || told != (len(res.errs) == 1 && strings.Contains(res.describe(), errBeside.Error())) || !told && len(res.errs) > 0 {
				t.Errorf("%s, %s: %s", input, name, res.describe())
			}
		}
	}
}

// TestLaterPageOfAthena: only the first page names the columns. Of a later one by itself the rows are a loss; what was counted
// is none, whether or not it has names.
func TestLaterPageOfAthena(t *testing.T) {
	page := func(rows ...string) string {
		for i, r := range rows {
			rows[i] = `{"Data":[{"VarCharValue":"` + strings.ReplaceAll(r, "|", `"},{"VarCharValue":"`) + `"}]}`
		}
		return `{"ResultSet":{"Rows":[` + strings.Join(rows, ",") + `],"ResultSetMetadata":{"ColumnInfo":[{"Name":"eventtime"}]}}}`
	}
	names, a, b := "eventtime|eventname|eventsource|eventid", "2026-03-02T10:00:00Z|X|iam.amazonaws.com|a", "2026-03-02 10:00:01.000|X|iam.amazonaws.com|b"
	for input, want := range map[string]string{
		page(names, a) + page(b):       "[a b]: " + queryRow,
		page(a, b):                     "[]: " + namelessRow + ", " + namelessRow,
		page(b) + page(a):              "[]: " + namelessRow + ", " + namelessRow,
		page(`{}|x`):                   "[]: " + namelessRow,
		page("_col0|_col1", "X|17"):    "[]: " + queryRow + ", " + queryRow,
		page("X|17", "Y|18"):           "[]: " + queryRow + ", " + queryRow,
		page("useridentity|n", "{}|1"): "[]: " + queryRow + ", " + queryRow,
	} {
		res := readAll(strings.NewReader(input))
		if got := fmt.Sprintf("%v: %s", res.ids, strings.ReplaceAll(strings.Join(res.other, ", "), "foreign:", "")); got != want || res.end != io.EOF || len(res.errs) > 0 {
			t.Errorf("%s\n%s\nwant %s", input, res.describe(), want)
		}
	}
	if !HoldsEvents(namelessRow) || HoldsEvents(queryRow) {
		t.Error("not what is a loss")
	}
}

// TestUnknownFormInWrapping: neither is what is known to wrap records, and has one that cannot be taken out, such as
// a line of syslog. Rows of results have the columns that were asked for, and previews come again.
func TestUnknownFormInWrapping(t *testing.T) {
	a := strings.Replace(event("a"), "{", `{"sourceIPAddress":"192.0.2.1","userAgent":"x",`, 1)
	line := "<134>Mar  2 10:00:00 collector cloudtrail: " + a
	quoted, cell := strconv.Quote(line), `"`+strings.ReplaceAll(line, `"`, `""`)+`"`
	for input, want := range map[string]bool{
		`{"_raw":` + quoted + `}`:                                                 true,
		`{"_raw":"a line"}`:                                                       false,
		`{"result":{"_raw":` + quoted + `}}`:                                      true,
		`{"event":` + quoted + `}`:                                                true,
		`{"event":{"eventVersion":1,"inner":` + a + `}}`:                          true,
		`{"eventjson":` + quoted + `}`:                                            true,
		`{"eventjson":null,"x":` + a + `}`:                                        true,
		`{"event":"a line"}`:                                                      false,
		`{"preview":true,"result":{"_raw":` + strconv.Quote(a) + `}}`:             false,
		`{"preview":true,"result":{"_raw":` + quoted + `}}`:                       false,
		`{"events":[{"timestamp":1,"message":` + quoted + `}]}`:                   true,
		`{"messageType":"DATA_MESSAGE","logEvents":[{"message":` + quoted + `}]}`: true,
		`{"Message":` + quoted + `}`:                                              true,
		`{"messageId":"1","body":` + quoted + `}`:                                 true,
		`{"detail-type":"x","detail":{"inner":` + a + `}}`:                        true,
		`{"dynamodb":{"NewImage":` + a + `}}`:                                     true,
		`[` + quoted + `]`:                                                        true,
		`[[` + a + `]]`:                                                           true,
		"_raw\n" + cell + "\n":                                                    true,
		"@timestamp,@message\n1," + cell + "\n":                                   true,
		"@timestamp,@message\n1,START RequestId\n":                                false,
		"eventVersion,eventName,sourceIPAddress,userAgent\n1.08,X,192.0.2.1,x\n":  false,
		`{"QueryResultRows":[[{"eventVersion":"1.08"},{"sourceIPAddress":"192.0.2.1"},{"userAgent":"x"}]]}`: false,
	} {
		rec, err := NewReader(strings.NewReader(input), Origin{}).Next()
		if err != nil || rec.Kind != Foreign || HoldsEvents(rec.What) != want {
			t.Errorf("%s: %+v, %v", input, rec, err)
		}
	}
}

// TestLiftBad: what is wrapped and cannot be read is an error at its place, and the
// rest goes on.
func TestLiftBad(t *testing.T) {
	a := event("a")
	for input, want := range map[string]string{
		`{"Events":[{"CloudTrailEvent":¶"{\"eventID\":"},{"CloudTrailEvent":` + strconv.Quote(a) + `}]}`:                                        "lookup-events: what is wrapped in it is no record: invalid JSON",
		`{"events":[{"message":¶"{\"eventVersion\":\"1\",\"eventName\":\"X\",\"eventSource\":\"y\"} x"},{"message":` + strconv.Quote(a) + `}]}`: "cloudwatch-logs: what is wrapped in it is no record: invalid JSON",
		`{"detail":¶{"eventVersion":"1","eventName":"X","eventSource":"y"}}` + "\n" + `{"detail":` + a + `}`:                                    "eventbridge: what is wrapped in it is no record: eventTime: missing",
	} {
		input, at := unmark(input)
		res := readAll(strings.NewReader(input))
		if res.end != io.EOF || len(res.errs) != 1 || !strings.HasPrefix(res.errs[0], fmt.Sprintf("0@%d: %s", at[0], want)) || !slices.Equal(res.ids, []string{"a"}) {
			t.Errorf("%s: %s", input, res.describe())
		}
	}
}

// TestNoEnvelope: a member that has an envelope's name but holds no array makes no envelope.
func TestNoEnvelope(t *testing.T) {
	for _, input := range []string{`{"hits":{},`, `{"hits":{"hits":1},"x":{"hits":[1]},`, `{"x":1,"hits":{"total":3},`} {
		res := readAll(strings.NewReader(input + event("a")[1:]))
		if res.end != io.EOF || !slices.Equal(res.ids, []string{"a"}) || res.shape != ShapeEvent {
			t.Errorf("%s: %s", input, res.describe())
		}
	}
}
