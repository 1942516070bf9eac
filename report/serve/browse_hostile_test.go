package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// sentinel is what a script of the evidence would make the page's title.
const sentinel = "PWNED"

// hostile are texts that mean something where they should only be shown.
var hostile = []string{
	`<script>document.title="PWNED"</script>`,
	`"><img src=x onerror="document.title='PWNED'">`,
	`' onmouseover='document.title="PWNED"' autofocus onfocus='document.title="PWNED"' x='`,
	`javascript:document.title="PWNED"`,
	`</title></textarea></style></pre><svg onload=document.title="PWNED">`,
	`<!--<a href="data:text/html,<script>opener.document.title='PWNED'</script>">`,
	`{{.}} ${7*7} <%= 1 %> &lt;script&gt; &#x3c;b&#x3e;`,
	"over\u202eride \u2066isolate\u2069 zero\u200bwidth",
	"nul\u0000 esc\u001b[31m cr\r\nlf\ttab del\u007f c1\u0085 sep\u2028",
	"astral \U000e0041\U000e0042 tags",
	`=HYPERLINK("http://192.0.2.1/","x")`,
	`*?\*\?\\ [a-z]`,
	`//192.0.2.1/x`, `../../../../etc/passwd`, `%3Cscript%3E%00`,
	"AWS\uff1cscript\uff1e",
}

// hostileRecord is an event in which every text that its caller may choose is one of those.
func hostileRecord(i int) string {
	h := func(n int) string { return hostile[(i+n)%len(hostile)] }
	b, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "eventID": fmt.Sprintf("%s %d", h(0), i), "eventTime": fmt.Sprintf("2026-03-02T10:%02d:00Z", i%60), "eventType": h(1),
		"eventSource": h(2), "eventName": h(3), "awsRegion": h(4), "sourceIPAddress": h(5), "userAgent": h(6) + " kali.2024 Pacu " + h(7),
		"requestID": h(8), "sharedEventID": h(10), "recipientAccountId": h(9), "errorCode": h(11), "errorMessage": h(12), "eventCategory": h(13), "vpcEndpointId": h(14), "readOnly": i%2 == 0,
		"userIdentity": map[string]any{
			"type": "AssumedRole", "principalId": "AROAEXAMPLE:" + h(1), "arn": "arn:aws:sts::111122223333:assumed-role/x/" + h(2), "accountId": h(3),
			"accessKeyId": h(4), "userName": h(5), "invokedBy": h(6),
			"sessionContext": map[string]any{"sourceIdentity": h(7), "attributes": map[string]any{"creationDate": h(8), "mfaAuthenticated": h(9)},
				"sessionIssuer": map[string]any{"type": "Role", "arn": "arn:aws:iam::111122223333:role/" + h(10), "userName": h(11)}},
		},
		"requestParameters": map[string]any{h(0): h(1), "bucketName": h(2), "userName": h(3), "list": []any{h(4), map[string]any{h(5): 1.5}, nil}},
		"responseElements":  map[string]any{"accessKey": map[string]any{"accessKeyId": h(6), "userName": h(7)}, h(8): true},
		"resources":         []any{map[string]any{"ARN": h(9), "accountId": h(10), "type": h(11)}},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// hostileEvidence has hostile records, records by which findings come about, and files with
// hostile names, some of which cannot be read.
func hostileEvidence(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), `ev <img src=x onerror=document.title='PWNED'>`)
	var records []string
	for i := range 3 * len(hostile) {
		records = append(records, hostileRecord(i))
	}
	for i, h := range hostile {
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records,
			fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":%s,"arn":%s,"accountId":"111122223333","accessKeyId":%s},"eventTime":"2026-03-02T11:%02d:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":%s,"userAgent":"aws-cli/2 kali.2024 Pacu","requestParameters":{"userName":%s},"responseElements":{"accessKey":{"accessKeyId":%s,"userName":%s}},"eventID":"key-%d","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`,
				text, text, text, i, text, text, text, text, i),
			fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":%s,"arn":%s,"accountId":"111122223333","accessKeyId":%s},"eventTime":"2026-03-02T12:%02d:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","sourceIPAddress":%s,"userAgent":%s,"requestParameters":{"name":%s},"eventID":"stop-%d","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`,
				text, text, text, i, text, text, text, i))
	}
	// Two records of one ID, one of which was altered.
	records = append(records, record("twice", "2026-03-02T13:00:00Z", "s3", "GetObject", "us-east-1", `"requestParameters":{"bucketName":"a"}`),
		record("twice", "2026-03-02T13:00:00Z", "s3", "GetObject", "us-east-1", `"requestParameters":{"bucketName":"<b>b"}`))
	write := func(name, content string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1305Z_aaaaaaaaaaaaaaaa.json", envelope(records...))
	write(`<script>document.title='PWNED'<`+`script> "onerror=.json`, envelope(record("name", "2026-03-02T14:00:00Z", "s3", "PutObject", "us-east-1", "")))
	write("bidi \u202e nul-less \xff\xfe bytes.json", envelope(record("bytes", "2026-03-02T14:01:00Z", "s3", "PutObject", "us-east-1", ""), `{"eventTime":"<img src=x onerror=document.title='PWNED'>","eventID":"bad"}`))
	write("cut.json", `{"Records":[`+record("cut", "2026-03-02T14:02:00Z", "s3", "PutObject", "us-east-1", "")+`,{"eventName":"<script>document.title='PWNED'`)
	write(hostileDigest())
	write("other <b>.txt", `"><script>document.title='PWNED'</script>`)
	return dir
}

// hostileDigest is a digest whose every text is one of those: its own place, its logs, which are not there, and the digest before it.
func hostileDigest() (name, content string) {
	const tree = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/"
	digest := func(trail, end string) string {
		return "111122223333_CloudTrail-Digest_us-east-1_" + trail + "_us-east-1_20260302T" + end + "Z.json.gz"
	}
	trail := `t"><img src=x onerror=document.title='PWNED'>`
	var logs []any
	for _, h := range hostile {
		logs = append(logs, map[string]any{"s3Bucket": h, "s3Object": "AWSLogs/" + h + "/x.json.gz", "hashValue": h, "hashAlgorithm": "SHA-256"})
	}
	b, err := json.Marshal(map[string]any{
		"awsAccountId": hostile[0], "digestStartTime": "2026-03-02T09:00:00Z", "digestEndTime": hostile[8], "digestS3Bucket": hostile[1], "digestS3Object": hostile[0] + "/" + tree + digest(trail, "100000"),
		"digestPublicKeyFingerprint": hostile[2], "digestSignatureAlgorithm": hostile[4], "previousDigestS3Bucket": hostile[5], "previousDigestS3Object": hostile[0] + "/" + tree + digest(trail, "090000"),
		"previousDigestSignature": hostile[7], "logFiles": logs,
	})
	if err != nil {
		panic(err)
	}
	return tree + digest(trail, "100000"), string(b)
}

func envelope(records ...string) string {
	out := `{"Records":[`
	for i, r := range records {
		if i > 0 {
			out += ","
		}
		out += r
	}
	return out + "]}"
}
