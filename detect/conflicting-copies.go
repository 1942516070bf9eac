package detect

// ConflictingCopies is the ID of the detector whose findings the settling pass
// makes: only there do all copies of an event meet.
const ConflictingCopies = "conflicting-copies"

var _ = register(&Detector{
	ID:    ConflictingCopies,
	Title: "One event ID, different contents",
	Doc: `Two records carry the same event ID and recipient account but differ in what they
say. CloudTrail may deliver an event twice, but then the copies are equal. A difference means that at
least one copy was changed after delivery, or that a tool rewrote it: exports through Elastic, Athena's
CSV or a spreadsheet lose or reformat fields, and an update of an event (addendum) that a tool merged
into the original looks the same. Compare the copies' objects: which came from the bucket itself, and
does a digest vouch for its hash?`,
	Next: `Take the copy whose object a CloudTrail digest confirms as authentic; with access to the
account, aws cloudtrail validate-logs compares the bucket's objects with their digests. If no innocent
export explains the other copy, secure both objects with their versions and access logs, and find out
who could write to the bucket.`,
	Severity:   High,
	Techniques: []string{"T1685.002"},
})
