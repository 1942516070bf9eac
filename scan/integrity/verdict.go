package integrity

import "time"

// A Verdict says what the evidence proves of an object.
type Verdict string

// The verdicts of a digest.
const (
	Signed     Verdict = "signed"     // its signature verifies under a key that the examiner gave
	Anchored   Verdict = "anchored"   // a digest that is signed or anchored has its hash
	Linked     Verdict = "linked"     // a digest that is not proved has its hash
	Unverified Verdict = "unverified" // nothing tells, for the reason given
	Invalid    Verdict = "invalid"    // it is not what was signed, for the reason given
)

// The verdicts of a log.
const (
	Verified   Verdict = "verified"   // its content has the hash that a signed or anchored digest names
	Consistent Verdict = "consistent" // its content has the hash that a digest names which is not itself proved
	Modified   Verdict = "modified"   // its content has another hash than a digest names
	Uncovered  Verdict = "uncovered"  // no digest in the evidence names it
	Unreadable Verdict = "unreadable" // it could not be read, or was left out by a filter
)

// Absent is of both: a digest names it, and it is not in this copy.
const Absent Verdict = "absent"

// proves reports whether what a digest of that verdict says is proved.
func (v Verdict) proves() bool { return v == Signed || v == Anchored }

// The reasons for which a digest is unverified or invalid.
const (
	NoSignature  = "no-signature" // it is the newest of a chain, or the one before a gap or an absent digest, and no sidecar has its signature
	NoKey        = "no-key"       // its signature is known, the key of its fingerprint is not
	BadKey       = "bad-key"      // the key of its fingerprint cannot be read
	BadSignature = "signature"    // a signature that was given out for it is not its
	SHA1         = "sha1"         // a signature that was given out for it is one over a SHA-1 hash
	HashLink     = "hash-link"    // the digest that follows it has another hash
	Moved        = "moved"        // it says that it belongs elsewhere
	Format       = "format"       // it is no digest
	Unproved     = "digest"       // of a log: the digest that names it is invalid, and names another hash
	Algorithm    = "algorithm"    // of a log: the hash is not SHA-256
	OutOfScope   = "out-of-scope" // of a log: it was not read, as the filters asked
	Unread       = "not-read"     // of a log: nothing could be read of it
	NotHashed    = "not-hashed"   // of a log: it was read when no digest named it, and its content not hashed
)

// Notes of an object, whatever its verdict.
const (
	TrailingData  = "trailing-data"  // bytes follow the first gzip member: nothing signs them
	TruncatedGzip = "truncated-gzip" // the gzip data has no sound end
	NotGzip       = "not-gzip"       // the content lies there unpacked, as a browser stores it
	Relocated     = "relocated"      // the tree was taken apart: known by its name alone
	OtherBucket   = "other-bucket"   // the digest that names it names it in another bucket than the copy is of
	LinkMismatch  = "link-mismatch"  // what it says of the digest before it is not so
	OutsideChain  = "outside-chain"  // the digest that it names as the one before it cannot be that
	KeyValidity   = "key-validity"   // it ends outside of its key's time
	Mislabelled   = "key-mislabelled"
	Overlap       = "overlap"        // its window begins before that of the one before it ends
	OtherSign     = "other-sign"     // a second signature that was given out for it is not its
	LabelSHA      = "algorithm-name" // it names another algorithm than SHA256withRSA
	Contradicted  = "contradicted"   // another digest, proved like the one that names its hash, or like that not, names another
	TooMany       = "too-many-says"  // more digests name it, or more signatures are given out for it, or it is one of more that name others, than are looked at: somebody made them
	Renamed       = "renamed"        // a query result that was signed under another name, which is not signed
)

// A Row is what was concluded of one object, or of something that is absent.
type Row struct {
	Kind    string   `json:"kind"` // a constant of this package
	Object  *uint64  `json:"object,omitempty"`
	Verdict Verdict  `json:"verdict"`
	By      string   `json:"by,omitempty"`     // of a digest: what proves it; of a log: the verdict of the digest that names it
	Reason  string   `json:"reason,omitempty"` // a constant of this package
	Notes   []string `json:"notes,omitempty"`
	Detail  string   `json:"detail,omitempty"` // in words
	Bucket  string   `json:"bucket,omitempty"`
	Key     string   `json:"key,omitempty"`
	Chain   int      `json:"chain"`            // number of the chain, from 0; -1: of none
	Digest  *uint64  `json:"digest,omitempty"` // object that names it
	Start   string   `json:"start,omitempty"`  // of a digest's window, as it says
	End     string   `json:"end,omitempty"`
	Logs    int      `json:"logs,omitempty"`
	Where   Where    `json:"where,omitempty"` // of a log that is uncovered
	// Signed is how many bytes of the content are covered, where others follow.
	Signed *int64 `json:"covered_content,omitempty"`
	// Beyond says that it is absent outside of what the copy spans, as any copy's edge is.
	Beyond bool   `json:"beyond_copy,omitempty"`
	Listed string `json:"listing,omitempty"` // what a listing of the bucket says of it
	// Failure says that something is wrong: invalid, modified, appended to, or absent inside the copy's span.
	Failure bool `json:"failure,omitempty"`
}

// The kinds of rows.
const (
	KindDigest = "digest"
	KindLog    = "log"
	KindResult = "query-result" // of CloudTrail Lake
	KindSign   = "query-result-sign"
)

// Where says where an uncovered log lies relative to the chains of its account and region.
type Where string

// The places of uncovered logs.
const (
	NoChain Where = "no-chain" // there are none
	Before  Where = "before"   // the first digest
	After   Where = "after"    // the last digest, or so shortly before its end that a later one may name it
	InGap   Where = "gap"      // where digests are absent or were not written
	Inside  Where = "inside"   // a window of a digest that does not name it: digests name logs of their window, late ones apart
)

// A Chain is the digests of one trail for one account and region.
type Chain struct {
	Number   int    `json:"chain"`
	Account  string `json:"account"`
	Region   string `json:"region"`
	Trail    string `json:"trail"`
	Home     string `json:"home_region"`
	Backfill bool   `json:"backfill,omitempty"`
	// Places are the bucket and prefix that the digests name, in their order, without repetitions.
	Places  []string         `json:"places"`
	Digests map[string]int64 `json:"digests"` // by verdict
	Logs    map[string]int64 `json:"logs"`    // that they name, by verdict
	First   time.Time        `json:"first"`   // where the first window begins
	Last    time.Time        `json:"last"`    // where the last one ends
	Spans   []Span           `json:"spans"`   // the oldest first
	More    int64            `json:"more_spans,omitempty"`
	// Begins says how the chain begins in this copy: "start" with a digest that follows none, "edge" with one whose
	// predecessor is not in this copy, "" if that is not known.
	Begins string `json:"begins,omitempty"`
	// Unproved is how many digests at the end of the chain, or before a hole, have no signature in the copy.
	Unproved int64 `json:"without_signature,omitempty"`

	oldest    uint64 // ordinal of the first digest
	oldestEnd time.Time
}

// A Span is a time of delivery that digests cover alike, or that none covers.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	State string    `json:"state"`           // a verdict of digests, SpanAbsent or SpanGap
	Named int64     `json:"named,omitempty"` // of SpanAbsent: digests that are named; there may be more
	Count int64     `json:"digests,omitempty"`
}

// States of a Span that are no verdicts.
const (
	SpanAbsent = "absent" // digests that are not in this copy
	SpanGap    = "gap"    // none was written: the digest behind it follows no other
)

// Totals sum up all rows.
type Totals struct {
	Digests   map[string]int64 `json:"digests"` // by verdict
	Logs      map[string]int64 `json:"logs"`
	Results   map[string]int64 `json:"query_results,omitempty"`
	Signs     map[string]int64 `json:"query_result_signs,omitempty"`
	Notes     map[string]int64 `json:"notes"`     // how many objects have each
	Where     map[string]int64 `json:"uncovered"` // by Where
	Beyond    int64            `json:"absent_beyond_copy"`
	Deleted   int64            `json:"absent_deleted,omitempty"` // of what is absent, beyond the copy or not: a listing has delete markers for it
	Failures  int64            `json:"failures"`
	Keys      int              `json:"keys"`
	Sidecars  int64            `json:"sidecars"`             // signatures of digests that were given, different ones
	NotHashed int64            `json:"not_hashed,omitempty"` // of the unreadable, for NotHashed
	// Unused are buckets that the examiner named for places where nothing is that could be of them.
	Unused []string `json:"unused_buckets,omitempty"`
}
