package detect

import (
	"fmt"
	"time"
)

var _ = register(&Detector{
	ID:    "trail-storage-sabotaged",
	Title: "Where the trail keeps its logs was tampered with",
	Doc: `The bucket or the KMS key of a trail, as the evidence shows them to be (a trail that was made or changed, log files that
CloudTrail delivered), was made to lose logs or to refuse them: objects that expire within days, deleted files or bucket, versions
suspended, a policy that shuts out CloudTrail, a key disabled or to be deleted. The rules know buckets by their names; here they are
known by what they are. The innocent cause is a bucket of logs that are kept elsewhere too: ask for the order.`,
	Next: `Undo it at once: expiry and deletion run on; cancel the key's deletion. Fetch a copy of all that is left, and check the digests.
Then contain the principal.`,
	Severity:   High,
	Techniques: []string{"T1685.002", "T1485.001"},
	Events:     storageSteps.events(),
	Record:     storageRecord,
	Judge: func(*Context) Stream {
		places := newFading[string](maxPlaces, 10*365*24*time.Hour, nil) // bucket or key: trail
		tampered := newFading[[]hit](maxPlaces, 10*365*24*time.Hour, nil)
		s := bySecond(func(batch []hit, _ func(Finding)) { learnStorage(places, tampered, batch) }, func(emit func(Finding)) {
			tampered.t.each(func(place string, a *aged[[]hit]) {
				trail := places.peek(place, a.last)
				if trail == nil {
					return
				}
				v := verdict{High, place, fmt.Sprintf("%s on %s, where %s keeps its logs", callsOf(a.v), place, *trail), a.v}
				v.emit("trail-storage-sabotaged", emit)
			})
		})
		s.Evicted = func() int64 { return places.count() + tampered.count() }
		return s
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"acme-audit","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":1}}}}`}),
		story( // learnt afterwards, from a delivery
			example{at: "03:00:00", key: "AKIA1", call: "s3:DeleteBucket", in: `{"bucketName":"acme-audit"}`},
			example{at: "04:00:00", ip: "cloudtrail.amazonaws.com", call: "s3:PutObject", in: `{"bucketName":"acme-audit","key":"AWSLogs/1"}`}),
	},
	Misses: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "03:10:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"acme-web","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":1}}}}`},
			example{at: "03:20:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"acme-audit","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":365}}}}`}),
	},
})

// learnStorage notes where trails keep their logs, and what was done to any place: which
// of them it was may be learnt later.
func learnStorage(places *fading[string], tampered *fading[[]hit], batch []hit) {
	for _, h := range batch {
		now := h.ref.Time
		for _, f := range h.e {
			switch f.Name {
			case factWhere:
				if trail := places.touch(f.Value, now); *trail == "" {
					*trail = h.e.Get("trail")
				}
			case factAbout:
				if all := tampered.touch(f.Value, now); len(*all) < maxTampering {
					*all = append(*all, h)
				}
			}
		}
	}
}

// maxTampering is how many events of one place are listed.
const maxTampering = 20
