package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// memory is a file that is closed once.
type memory struct {
	bytes.Buffer
	closed int
}

func (m *memory) Close() error { m.closed++; return nil }

// table is an object table: the paths by ordinal.
type table []string

func (o table) Name(ordinal uint64) (string, string, error) {
	if ordinal >= uint64(len(o)) {
		return "", "", errors.New("no such object")
	}
	return "evidence", o[ordinal], nil
}

func TestTimelineRows(t *testing.T) {
	var out memory
	tl, err := NewTimeline(&out, table{"a,b.json.gz", "=x.json"}, Full)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 2, 29, 23, 59, 58, 0, time.FixedZone("", 3600))
	encoded, err := tl.Encode([]scan.Entry{
		{Ref: detect.EventRef{Time: at, ID: "1", Name: "=cmd", UserAgent: "a\n\"b\"", Place: detect.Place{Object: 1, Index: 7}}, Copies: 2},
		{Ref: detect.EventRef{Time: at.Add(1500 * time.Millisecond), ID: "2"}, Findings: []scan.Membership{
			{Detector: "z"}, {Detector: "b,c"}, {Detector: "z"},
		}},
		{Ref: detect.EventRef{Time: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), ID: "3"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tl.Commit(encoded); err != nil {
		t.Fatal(err)
	}
	if err := tl.Close(); err != nil || out.closed != 1 {
		t.Fatal(err, out.closed)
	}
	want := TimelineHeader +
		`2024-02-29T22:59:58Z,1,'=cmd,,,,,,,"a\x0a""b""",,,evidence/=x.json,7,2` + "\n" +
		`2024-02-29T22:59:59.5Z,2,,,,,,,,,,"b,c;z","evidence/a,b.json.gz",0,0` + "\n" +
		`0001-01-01T00:00:00Z,3,,,,,,,,,,,"evidence/a,b.json.gz",0,0` + "\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	lines, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(lines) != 4 || len(lines[0]) != 15 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	if _, err := tl.Encode([]scan.Entry{{Ref: detect.EventRef{Place: detect.Place{Object: 9}}}}); err == nil {
		t.Error("an object without a name went through")
	}
}

func TestTimelineModes(t *testing.T) {
	if _, err := NewTimeline(&memory{}, table{}, "some"); err == nil {
		t.Error("an unknown mode went through")
	}
	var out memory
	tl, err := NewTimeline(&out, table{"x"}, Flagged)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tl.Encode([]scan.Entry{{Ref: detect.EventRef{ID: "no"}}, {Ref: detect.EventRef{ID: "yes"}, Findings: []scan.Membership{{Detector: "d"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tl.Commit(e); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, ",no,") || !strings.Contains(got, ",yes,") {
		t.Errorf("flagged timeline:\n%s", got)
	}
}

func TestClock(t *testing.T) {
	var c clock
	for _, s := range []string{
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.123456789Z",
		"2024-03-01T12:34:56Z", "2024-03-01T12:34:56.7Z", "1600-02-29T01:02:03.000000001Z",
	} {
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(c.append(nil, at)); got != s {
			t.Errorf("got %s, want %s", got, s)
		}
	}
}

// Batches encoded by many goroutines come out as one goroutine would write them.
func TestTimelineConcurrent(t *testing.T) {
	batches := make([][]scan.Entry, 64)
	objects := make(table, 600)
	for i := range objects {
		objects[i] = fmt.Sprintf("o%d.json.gz", i)
	}
	for i := range batches {
		for j := range 50 {
			batches[i] = append(batches[i], benchEntry(i*50+j, len(objects)))
		}
	}
	write := func(workers int) string {
		var out memory
		tl, err := NewTimeline(&out, objects, Full)
		if err != nil {
			t.Fatal(err)
		}
		encoded := make([]any, len(batches))
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := w; i < len(batches); i += workers {
					e, err := tl.Encode(batches[i])
					if err != nil {
						t.Error(err)
					}
					encoded[i] = e
				}
			})
		}
		wg.Wait()
		for _, e := range encoded {
			if err := tl.Commit(e); err != nil {
				t.Fatal(err)
			}
		}
		return out.String()
	}
	if one, many := write(1), write(8); one != many || strings.Count(one, "\n") != 64*50+1 {
		t.Error("eight workers write another timeline than one")
	}
}

// benchEntry is a benign event of real shape.
func benchEntry(i, objects int) scan.Entry {
	return scan.Entry{
		Ordinal: uint64(i),
		Carried: benchRaw,
		Ref: detect.EventRef{
			Time: time.Unix(1700000000+int64(i/10), 0), ID: fmt.Sprintf("0a1b2c3d-0000-4000-8000-%012d", i),
			Name: [...]string{"DescribeInstances", "AssumeRole", "GetObject", "PutLogEvents", "DeleteNetworkInterface"}[i%5], EventSource: "ec2.amazonaws.com",
			Region: "us-east-1", Account: "111122223333", Principal: "arn:aws:sts::111122223333:assumed-role/deploy/i-0123456789abcdef0",
			PrincipalType: "AssumedRole", Credential: fmt.Sprintf("ASIAEXAMPLE%09d", i%1000), SourceIP: fmt.Sprintf("10.0.%d.%d", i/256%256, i%256),
			UserAgent: "aws-sdk-go/1.44.0 (go1.19; linux; amd64) exec-env/AWS_Lambda", ReadOnly: [...]string{"true", "false"}[i%2],
			Place: detect.Place{Object: uint64(i % objects), Index: i},
		},
	}
}

var benchRaw = []byte(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","accessKeyId":"ASIAEXAMPLE000000001"},"responseElements":{"credentials":{"accessKeyId":"ASIAOTHER","expiration":"Jan 1, 2024 1:00:00 AM"}},"pad":"` +
	strings.Repeat("x", 1200) + `"}`)

func benchBatch() []scan.Entry {
	batch := make([]scan.Entry, 1024)
	for i := range batch {
		batch[i] = benchEntry(i, 100)
	}
	return batch
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) Close() error                { return nil }

func BenchmarkTimeline(b *testing.B) {
	objects := make(table, 100)
	for i := range objects {
		objects[i] = fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14/111122223333_CloudTrail_us-east-1_20231114T%04dZ_abcdefghijklmnop.json.gz", i)
	}
	tl, err := NewTimeline(discard{}, objects, Full)
	if err != nil {
		b.Fatal(err)
	}
	batch := benchBatch()
	b.ReportAllocs()
	for b.Loop() {
		e, err := tl.Encode(batch)
		if err != nil {
			b.Fatal(err)
		}
		if err := tl.Commit(e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/row")
}
