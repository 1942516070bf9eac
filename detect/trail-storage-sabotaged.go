package detect

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
	Judge:      func(*Context) Stream { return newStorages().stream() },
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"acme-audit","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":1}}}}`}),
		story( // a policy that names nobody any more
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "s3:PutBucketPolicy", in: `{"bucketName":"acme-audit","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"arn:aws:s3:::acme-audit/*"}]}}`}),
		story( // learnt afterwards, from a delivery
			example{at: "03:00:00", key: "AKIA1", call: "s3:DeleteBucket", in: `{"bucketName":"acme-audit"}`},
			example{at: "04:00:00", ip: "cloudtrail.amazonaws.com", call: "s3:PutObject", in: `{"bucketName":"acme-audit","key":"AWSLogs/1"}`}),
	},
	Misses: [][]string{
		story( // the policy that AWS recommends
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "s3:PutBucketPolicy", in: `{"bucketName":"acme-audit","bucketPolicy":` + awsPolicy + `}`}),
		story( // what was there before the trail was set up
			example{at: "2026-01-02 03:00:00", key: "AKIA1", call: "s3:PutBucketPolicy", in: `{"bucketName":"acme-audit","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}]}}`},
			example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "2026-01-20 03:05:00", ip: "cloudtrail.amazonaws.com", call: "s3:PutObject", in: `{"bucketName":"acme-audit","key":"AWSLogs/1"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "cloudtrail:CreateTrail", in: `{"name":"main","s3BucketName":"acme-audit"}`},
			example{at: "03:10:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"acme-web","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":1}}}}`},
			example{at: "03:20:00", key: "AKIA1", call: "s3:PutBucketLifecycle", in: `{"bucketName":"acme-audit","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":365}}}}`}),
	},
})

// awsPolicy is the policy of a trail's bucket as AWS's manual has it, with the denial of plain HTTP that its best practices add.
const awsPolicy = `{"Version":"2012-10-17","Statement":[` +
	`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::acme-audit"},` +
	`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-audit/AWSLogs/111122223333/*",` +
	`"Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}},` +
	`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
