package detect

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var storageSteps = steps{
	{"cloudtrail.amazonaws.com:CreateTrail", "begun", trailPlaces},
	{"cloudtrail.amazonaws.com:UpdateTrail", "learnt", trailPlaces},
	{"s3.amazonaws.com:PutObject", "learnt", deliveredTo},
	{"s3.amazonaws.com:PutBucketLifecycle", "tampered", expiresSoon},
	{"s3.amazonaws.com:PutBucketLifecycleConfiguration", "tampered", expiresSoon},
	{"s3.amazonaws.com:DeleteBucket", "tampered", about("bucketName")},
	{"s3.amazonaws.com:DeleteObject", "tampered", deletesLogs},
	{"s3.amazonaws.com:DeleteObjects", "tampered", about("bucketName")},
	{"s3.amazonaws.com:DeleteBucketPolicy", "tampered", about("bucketName")},
	{"s3.amazonaws.com:PutBucketPolicy", "tampered", shutsOut},
	{"s3.amazonaws.com:PutBucketVersioning", "tampered", func(f *facts) bool {
		return f.param("VersioningConfiguration.Status") == "Suspended" && about("bucketName")(f)
	}},
	{"kms.amazonaws.com:DisableKey", "tampered", keyOf},
	{"kms.amazonaws.com:ScheduleKeyDeletion", "tampered", keyOf},
}

// storageRecord takes CloudTrail's own deliveries, from which buckets are learnt, and what others do.
func storageRecord(r *parser.Record) (Evidence, bool) {
	if r.ErrorCode != "" || r.Name == "PutObject" && !byCloudTrail(r) || r.Name != "PutObject" && Operational(r) {
		return nil, false
	}
	return storageSteps.any(r)
}

func byCloudTrail(r *parser.Record) bool {
	return r.SourceIP == "cloudtrail.amazonaws.com" || r.Identity.InvokedBy == "cloudtrail.amazonaws.com"
}

// trailPlaces notes a trail's bucket and key.
func trailPlaces(f *facts) bool {
	name := "trail " + baseName(cmp.Or(f.param("name"), f.response("name")))
	f.add("trail", name)
	f.add(factWhere, cmp.Or(f.response("s3BucketName"), f.param("s3BucketName")))
	f.add(factWhere, baseName(cmp.Or(f.response("kmsKeyId"), f.param("kmsKeyId"))))
	return f.e.has(factWhere)
}

// deliveredTo notes the bucket that CloudTrail writes to. One file of each five minutes tells as much as all.
func deliveredTo(f *facts) bool {
	f.add("trail", "CloudTrail")
	f.add(factWhere, f.param("bucketName"))
	return f.e.has(factWhere) && f.r.Time.Unix()%300 < 60
}

// soonDays is the expiry that leaves no time to notice: Stratus Red Team sets one day, Panther's ShortLifecycle asks for less than seven.
const soonDays = 7

func expiresSoon(f *facts) bool {
	rules, _ := f.r.Get("requestParameters.LifecycleConfiguration.Rule")
	soon := expirySoon(rules)
	rules.Each(func(rule parser.Value) bool { soon = soon || expirySoon(rule); return true })
	return soon && about("bucketName")(f)
}

// expirySoon reports whether a rule of a lifecycle lets objects expire soon.
func expirySoon(rule parser.Value) bool {
	days, err := strconv.ParseFloat(text(rule.Get("Expiration.Days")), 64)
	return err == nil && days <= soonDays && text(rule.Get("Status")) == "Enabled"
}

func deletesLogs(f *facts) bool {
	return strings.Contains(f.param("key"), "AWSLogs/") && about("bucketName")(f)
}

// shutsOut reports a policy by which CloudTrail may not write any more.
func shutsOut(f *facts) bool {
	return logsShutOut(f.r.Get("requestParameters.bucketPolicy")) && about("bucketName")(f)
}

func keyOf(f *facts) bool {
	f.add(factAbout, baseName(f.param("keyId")))
	return f.e.has(factAbout)
}
