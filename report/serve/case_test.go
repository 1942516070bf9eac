package serve

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// makeCase analyzes evidence as the program does, and returns the case.
func makeCase(t testing.TB, evidence ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "case")
	kase, err := report.Create(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	opt := report.Options{Store: true, Detectors: detect.All(), Timeline: report.Full}
	var tally *report.Tally
	res, err := scan.Run(t.Context(), scan.Config{
		Paths: evidence, Detectors: opt.Detectors, Workers: 2, Memory: 64 << 20, Carry: report.Carry, Raw: true, WorkDir: t.TempDir(),
		Listed: func(l scan.Listing) error { opt.Newest = l.Plausible(); return nil },
		Sinks: func(concl *scan.Conclusion) (sinks []scan.Sink, err error) {
			opt.Sources = concl.Sources
			sinks, tally, err = report.Sinks(kase, concl, opt)
			return sinks, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.Write(t.Context(), kase, res, tally, opt); err != nil {
		t.Fatal(err)
	}
	if err := res.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := kase.Settle(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writeRecords writes records as one object and returns the evidence's directory.
func writeRecords(t testing.TB, records ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "evidence")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{"Records":[`+strings.Join(records, ",\n")+`]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// record returns a record of an event; more is JSON of further members.
func record(id, at, source, name, region, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAALICE0000EXAMPLE"},`+
		`"eventTime":%q,"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":%q,"sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2","requestID":"r-%s","eventID":%q,"eventType":"AwsApiCall","recipientAccountId":"111122223333"%s}`,
		at, source, name, region, id, id, more)
}

var plainRecords = []string{
	record("e1", "2026-03-02T10:00:00Z", "iam", "CreateUser", "us-east-1", `"readOnly":false,"managementEvent":true,"eventCategory":"Management","requestParameters":{"userName":"bob"}`),
	record("e2", "2026-03-02T10:05:00Z", "ec2", "DescribeInstances", "eu-west-1", `"readOnly":true,"managementEvent":true,"eventCategory":"Management"`),
	record("e3", "2026-03-02T10:10:00Z", "s3", "GetObject", "eu-west-1", `"readOnly":true,"managementEvent":false,"eventCategory":"Data","requestParameters":{"bucketName":"secret","key":"k"}`),
}

// testIDs makes UUIDs that count.
func testIDs() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n.Add(1)) }
}

// startServer serves until the test ends and returns the endpoint's URL.
func startServer(t testing.TB, s *Server) string {
	t.Helper()
	ln, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + ln.Addr().String()
}
