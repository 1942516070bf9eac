package detect

import (
	"bytes"
	"strings"
)

// publicGrants are the words by which an access control list opens a bucket to
// all, or to all who have an AWS account of any kind.
var publicGrants = [...]string{
	"/groups/global/AllUsers", "/groups/global/AuthenticatedUsers",
	`"public-read`, `"authenticated-read`,
}

var bucketAccessChanged = register(&Detector{
	ID:    "bucket-access-changed",
	Title: "Access to a bucket changed",
	Doc: `A bucket's policy or access control list was replaced. Deployments do so when they create buckets,
and websites are public on purpose. An intruder opens a bucket to everybody, or to an account of their own, to
copy it out without a trace in the victim's credentials. Look at what the bucket holds and, with data events, at
who read it afterwards. Where Block Public Access is on, a public policy is refused or without effect.`,
	Next: `Restore the former policy, turn on Block Public Access for the account, and count what was read
from the bucket in the meantime.`,
	Severity:   Informational,
	Techniques: []string{"T1530", "T1537"},
	Events:     []string{"s3.amazonaws.com:PutBucketPolicy", "s3.amazonaws.com:PutBucketAcl"},
	Record: watched(func(f *facts) {
		bucket := f.param("bucketName")
		f.add("bucket", bucket)
		if strings.HasSuffix(f.r.Name, "Acl") {
			params, _ := f.r.Get("requestParameters")
			for _, word := range publicGrants {
				if bytes.Contains(params.Raw(), []byte(word)) {
					f.raise(Medium, "the list of "+bucket+" grants access to everybody")
					return
				}
			}
			return
		}
		p := parsePolicy(f.r.Get("requestParameters.bucketPolicy"))
		if p.public() {
			f.raise(Medium, "the policy of "+bucket+" allows everybody")
		} else if account := p.foreign(f.r.Account); account != "" {
			f.raise(Low, "the policy of "+bucket+" allows account "+account)
		}
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}]}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"bucketName":"b","x-amz-acl":["public-read"]}}`},
	},
	Misses: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","invokedBy":"cloudformation.amazonaws.com"},"requestParameters":{"bucketName":"b"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"s3.amazonaws.com","eventName":"GetBucketPolicy","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"bucketName":"b"}}`},
	},
})
