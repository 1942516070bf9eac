package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

func TestLogsShutOut(t *testing.T) {
	allow := `{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/AWSLogs/*"}`
	for policy, want := range map[string]bool{
		awsPolicy:                     false,
		`{"Statement":` + allow + `}`: false,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}]}`:                                              true,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":{"AWS":["*"]},"Action":["s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::b/AWSLogs/1/*"}]}`:                   true,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":{"Service":"cloudtrail.amazonaws.com"},"NotAction":"s3:Get*","Resource":"*"}]}`:                            true,
		`{"Statement":[` + allow + `,{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"arn:aws:s3:::b/*"}]}`:                                   true,
		`{"Statement":[` + allow + `,{"Effect":"Deny","NotPrincipal":{"Service":"cloudtrail.amazonaws.com"},"Action":"*","Resource":"arn:aws:s3:::b/*"}]}`:                   false,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/x"},"Action":"s3:*","Resource":"*"}]}`:                              false,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::b/*"}]}`:                                           false,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/secret/*"}]}`:                                               false,
		`{"Statement":[` + allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`: false,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::b"}]}`:                       true,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":["config.amazonaws.com","cloudtrail.amazonaws.com"]},"Action":"s3:*","Resource":"arn:aws:s3:::b/p/*"}]}`:     false,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}]}`:                                                               true,
		`{"Statement":[]}`:                           true,
		`{"Statement":7,"x":"cloudtrail.amazonaws"}`: true,
		`""`: false,
	} {
		r, err := parser.Parse([]byte(`{"requestParameters":{"bucketPolicy":` + policy + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if logsShutOut(r.Get("requestParameters.bucketPolicy")) != want {
			t.Errorf("%s: %t", policy, !want)
		}
	}
}

// TestStorageGivesWay: what was done to a place that many others push out is judged when it goes, and the setting up of many does
// not hide what comes later.
func TestStorageGivesWay(t *testing.T) {
	d := detectorOf(t, "trail-storage-sabotaged")
	all := []example{{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
		{at: "03:00:01", key: "AKIA1", call: "s3:DeleteBucketPolicy", in: `{"bucketName":"acme-audit"}`}}
	for i := range maxPlaces {
		all = append(all, example{at: "03:00:02", key: "AKIA1", call: "s3:DeleteObjects", in: fmt.Sprintf(`{"bucketName":"b%d"}`, i)})
	}
	if found := run(t, d, records(t, story(all...))); len(found) != 1 || !strings.Contains(found[0].Why, "DeleteBucketPolicy on acme-audit") {
		t.Errorf("given way: %v", found)
	}
	all = nil
	for range 2 * maxTampering {
		all = append(all, example{at: "02:00:00", key: "AKIA1", call: "s3:DeleteBucketPolicy", in: `{"bucketName":"acme-audit"}`})
	}
	all = append(all, example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
		example{at: "04:00:00", key: "AKIA1", call: "s3:DeleteBucket", in: `{"bucketName":"acme-audit"}`})
	if found := run(t, d, records(t, story(all...))); len(found) != 1 || len(found[0].Events) != 1 {
		t.Errorf("set up: %v", found)
	}
}
