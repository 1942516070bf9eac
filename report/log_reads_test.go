package report

import (
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// TestLogReads: what reads CloudTrail's own objects is told apart from what reads data.
func TestLogReads(t *testing.T) {
	for key, want := range map[string]string{
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1000Z_x.json.gz": "CloudTrail's own logs",
		"org/AWSLogs/o-exampleorg/111122223333/CloudTrail/us-east-1/x.json.gz":                                            "CloudTrail's own logs",
		"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/x.json.gz":                                           "CloudTrail's own logs",
		"AWSLogs/111122223333/vpcflowlogs/us-east-1/x.log.gz":                                                             "S3 objects",
		"AWSLogs/readme.txt": "S3 objects",
		"customers.csv":      "S3 objects",
	} {
		rec := parser.Record{Raw: []byte(`{"requestParameters":{"bucketName":"b","key":"` + key + `"}}`)}
		a := readings["GetObject"][0].accesses(&rec)
		if len(a) != 1 || a[0].kind != want || a[0].object != key || a[0].resource != "b" {
			t.Errorf("%s: %+v, want %s", key, a, want)
		}
		rec = parser.Record{Raw: []byte(`{"requestParameters":{"x-amz-copy-source":"/b/` + key + `"}}`)}
		if a := readings["CopyObject"][0].accesses(&rec); len(a) != 1 || (a[0].kind == logKinds[s3Copies]) != (want != s3Objects) {
			t.Errorf("copied %s: %+v", key, a)
		}
	}
}
