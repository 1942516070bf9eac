package parser

import (
	"bytes"
	"strings"
	"testing"
)

// TestMapped: what is made of other schemas, field by field. What they lack is not invented.
func TestMapped(t *testing.T) {
	const elastic = `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAQ3EGSNEXAMPLEAAAA:lena","arn":"arn:aws:sts::111122223333:assumed-role/Ops/lena",` +
		`"accountId":"111122223333","accessKeyId":"ASIAQ3EGSN7EXAMPLEAA","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/Ops","userName":"Ops"},` +
		`"attributes":{"creationDate":"2026-03-02T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-02T08:11:05Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances",` +
		`"awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9","userAgent":"[aws-cli/2.27.11]","requestParameters":{"instancesSet":{},"filterSet":{}},"requestID":"r-01",` +
		`"eventID":"4b1f0c2e-7d3a-4e55-9c10-000000000001","eventType":"AwsApiCall","managementEvent":true,"readOnly":true,"recipientAccountId":"111122223333","eventCategory":"Management",` +
		`"resources":[{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"}]}`
	want := map[string][]string{
		"wrapped-elasticsearch-fields": {elastic, strings.NewReplacer("08:11:05", "08:12:05", "r-01", "r-02", "000001\"", "000002\"").Replace(elastic)},
		"wrapped-ocsf": {
			`{"userIdentity":{"arn":"arn:aws:sts::111122223333:assumed-role/Ops/lena","principalId":"AROAQ3EGSNEXAMPLEAAAA:lena","type":"AssumedRole","accountId":"111122223333","accessKeyId":"ASIAQ3EGSN7EXAMPLEAA",` +
				`"sessionContext":{"attributes":{"creationDate":"2026-03-02T08:00:00Z","mfaAuthenticated":"false"},"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/Ops","type":"Role"}}},` +
				`"eventVersion":"1.11","eventTime":"2026-03-02T08:11:05Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9",` +
				`"userAgent":"[aws-cli/2.27.11]","errorCode":"Client.UnauthorizedOperation","errorMessage":"no","requestParameters":{"instancesSet":{},"filterSet":{}},"requestID":"r-01",` +
				`"eventID":"4b1f0c2e-7d3a-4e55-9c10-000000000001","eventType":"AwsApiCall","recipientAccountId":"111122223333","eventCategory":"Management",` +
				`"resources":[{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"}],"readOnly":true,"managementEvent":true,"tlsDetails":{"tlsVersion":"TLSv1.3"}}`,
			`{"userIdentity":{"principalId":"AIDAQ3EGSNEXAMPLEAAAA","arn":"arn:aws:iam::111122223333:user/lena.hoffmann","type":"IAMUser","accountId":"111122223333","accessKeyId":"AKIAQ3EGSN7EXAMPLEAA","userName":"lena.hoffmann"},` +
				`"eventVersion":"1.08","eventTime":"2026-03-02T08:12:05Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"cloudformation.amazonaws.com",` +
				`"userAgent":"aws-cli/2.27.11","requestID":"r-02","eventID":"4b1f0c2e-7d3a-4e55-9c10-000000000002","requestParameters":{"userName":"bob"},"eventType":"AwsApiCall","readOnly":false,` +
				`"recipientAccountId":"111122223333","responseElements":{"user":{"path":"/"}}}`,
		},
	}
	for _, v := range vectors(t) {
		records, ok := want[v.Name]
		if !ok {
			continue
		}
		delete(want, v.Name)
		rd := NewReader(bytes.NewReader(v.Input), Origin{})
		for i, w := range records {
			rec, err := rd.Next()
			if err != nil {
				t.Fatal(err)
			}
			if string(rec.Raw) != w || FidelityOf(rec.Shape) != Derived || !rec.Lifted {
				t.Errorf("%s, %d (%s):\n%s\nwant\n%s", v.Name, i, rec.Shape, rec.Raw, w)
			}
		}
	}
	for name := range want {
		t.Errorf("no vector %s", name)
	}
}

// TestMappedOdd: what is missing or strange in another schema costs its event at most.
func TestMappedOdd(t *testing.T) {
	const base = `{"class_uid":6003,"metadata":{"product":{"name":"CloudTrail"},"uid":"a"},"time":1772439065000,"api":{"operation":"X","service":{"name":"y"}}`
	for input, want := range map[string]string{
		base + `}`: `{"eventTime":"2026-03-02T08:11:05Z","eventSource":"y","eventName":"X","eventID":"a"}`,
		base + `,"unmapped":{"` + strings.Repeat("a.", 1000) + `b":"1"}}`:                                `{"eventTime":"2026-03-02T08:11:05Z","eventSource":"y","eventName":"X","eventID":"a"}`,
		base + `,"unmapped":{"eventName":"Z","sourceIPAddress.x":"1","requestParameters":"{bad"}}`:       `{"eventTime":"2026-03-02T08:11:05Z","eventSource":"y","eventName":"X","eventID":"a","sourceIPAddress":{"x":"1"},"requestParameters":"{bad"}`,
		strings.Replace(base, "1772439065000", `"2026-03-02 08:11:05.250"`, 1) + `,"unmapped":["x"]}`:    `{"eventTime":"2026-03-02T08:11:05.25Z","eventSource":"y","eventName":"X","eventID":"a"}`,
		strings.Replace(base, "1772439065000", `1.5e300`, 1) + `}`:                                       "bad",
		strings.Replace(base, `"time":1772439065000,`, ``, 1) + `,"time_dt":"2026-03-02T08:11:05.000Z"}`: `{"eventTime":"2026-03-02T08:11:05Z","eventSource":"y","eventName":"X","eventID":"a"}`,
		`{"aws":{"cloudtrail":{"event_version":"1"}},"event":{"action":"X"}}`:                            "other",
	} {
		rec, err := NewReader(strings.NewReader(input), Origin{}).Next()
		got := "bad"
		if err == nil {
			if got = string(rec.Raw); rec.Kind != Event {
				got = "other"
			}
		}
		if got != want {
			t.Errorf("%.300s\n%s (%v)\nwant\n%s", input, got, err, want)
		}
	}
}
