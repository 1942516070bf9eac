package detect

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

var ransomSteps = steps{
	{"s3.amazonaws.com:CopyObject", "encrypted", customerKey},
	{"s3.amazonaws.com:PutObject", "encrypted", customerKey},
	{"s3.amazonaws.com:UploadPartCopy", "encrypted", customerKey},
	{"s3.amazonaws.com:PutBucketLifecycle", "expires", expiresSoon},
	{"s3.amazonaws.com:PutBucketLifecycleConfiguration", "expires", expiresSoon},
	{"s3.amazonaws.com:PutBucketVersioning", "unversioned", func(f *facts) bool {
		return f.param("VersioningConfiguration.Status") == "Suspended" && about("bucketName")(f)
	}},
	{"s3.amazonaws.com:DeleteObjects", "deleted", about("bucketName")},
}

// customerKey reports an object written with a key that AWS does not keep.
func customerKey(f *facts) bool {
	return (f.param("x-amz-server-side-encryption-customer-algorithm") != "" ||
		text(f.r.Get("additionalEventData.SSEApplied")) == "SSE_C") && about("bucketName")(f) && inPlace(f)
}

// factInPlace is there where an object was copied onto itself.
const factInPlace = "in_place"

func inPlace(f *facts) bool {
	if bucket, key := copySource(f); bucket != "" && bucket == f.param("bucketName") && key == f.param("key") {
		f.add(factInPlace, "yes")
	}
	return true
}

// copySource is what an object was copied from: "bucket/key?versionId=…", percent-encoded, perhaps with a slash before it.
func copySource(f *facts) (bucket, key string) {
	source, _, _ := strings.Cut(f.param("x-amz-copy-source"), "?")
	source, err := url.PathUnescape(strings.TrimPrefix(source, "/"))
	if err != nil {
		return "", ""
	}
	bucket, key, _ = strings.Cut(source, "/")
	return bucket, key
}

var _ = register(&Detector{
	ID:    "customer-key-then-expiry",
	Title: "Objects encrypted with the caller's key, and the bucket set to lose the rest",
	Doc: `Objects of a bucket were written with a key that only the caller has (SSE-C), and within a day the same hand let the bucket's objects
expire soon, suspended their versions, or deleted objects by list. That is how a bucket is held to ransom (Codefinger): the deadline is the
expiry. That objects are encrypted so the rules say by themselves. There is hardly an innocent cause; software that brings its own keys sets no such
rule. It may well delete what it wrote, as programs for backups do: where there are only deletions, and nothing was encrypted in its place, it is low.`,
	Next: `Remove the lifecycle rule at once: expiry runs on. Stop the credential; restore from former versions or backups. CloudTrail has only a
digest of the key, which does not bring the data back.`,
	Severity:   Critical,
	Techniques: []string{"T1486", "T1485.001", "T1490"},
	Events:     ransomSteps.events(),
	Record:     ransomSteps.record,
	Judge: func(c *Context) Stream {
		return course{id: "customer-key-then-expiry", gap: c.Duration("span"), judge: heldToRansom}.stream()
	},
	Thresholds: []Threshold{{"span", 24, "hours", "Stratus Red Team's and Halcyon's accounts of it take minutes"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "s3:CopyObject", in: `{"bucketName":"b","key":"1","x-amz-server-side-encryption-customer-algorithm":"AES256"}`},
			example{at: "03:01:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"b","LifecycleConfiguration":{"Rule":[{"Status":"Enabled","Expiration":{"Days":7}}]}}`}),
	},
	Misses: [][]string{
		story( // the rules tell of the encryption
			example{at: "03:00:00", key: "AKIA1", call: "s3:CopyObject", in: `{"bucketName":"b","key":"1","x-amz-server-side-encryption-customer-algorithm":"AES256"}`}),
		story( // another bucket
			example{at: "03:00:00", key: "AKIA1", call: "s3:CopyObject", in: `{"bucketName":"b","key":"1","x-amz-server-side-encryption-customer-algorithm":"AES256"}`},
			example{at: "03:01:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"tmp","LifecycleConfiguration":{"Rule":[{"Status":"Enabled","Expiration":{"Days":7}}]}}`}),
		story( // a day for temporary files
			example{at: "03:01:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"tmp","LifecycleConfiguration":{"Rule":[{"Status":"Enabled","Expiration":{"Days":1}}]}}`}),
	},
})

func heldToRansom(_ string, hits []hit) []verdict {
	encrypted := stepsOf(hits, "encrypted")
	if len(encrypted) == 0 {
		return nil
	}
	var pressed []hit
	for _, h := range stepsOf(hits, "expires", "unversioned", "deleted") {
		if sameHand(h.ref, encrypted[0].ref) {
			pressed = append(pressed, h)
		}
	}
	if len(pressed) == 0 {
		return nil
	}
	severity := Critical
	if len(stepsOf(pressed, "deleted")) == len(pressed) && !slices.ContainsFunc(encrypted, func(h hit) bool { return h.e.has(factInPlace) }) {
		severity = Low
	}
	return []verdict{{severity, "", fmt.Sprintf("%s of bucket %s written with the caller's own key, and %s by the same hand",
		plural(len(encrypted), "object"), encrypted[0].e.Get(factAbout), callsOf(pressed)), append(encrypted, pressed...)}}
}
