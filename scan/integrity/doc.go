// Package integrity judges, offline, what CloudTrail's digest files prove of a copy of a trail's
// bucket: `aws cloudtrail validate-logs` without AWS, and more than that says.
//
//	l := integrity.New(integrity.Config{Dir: tmp, Memory: 64 << 20, Keys: ring})
//	err := l.Digest(ordinal, source, path, content, container) // each digest file
//	err = l.Object(&integrity.Object{…})               // each other object, with the hash of its content
//	err = taker.Read("heads.jsonl", f)                 // what was saved beside the copy
//	res, err := l.Judge(ctx)
//	defer res.Close()
//	for row, err := range res.Rows { … }
//
// # How it works
//
// CloudTrail writes a digest file an hour for each trail, account and region. It names the
// logs that were delivered, with the SHA-256 of their contents, and the digest before it, with hash and
// signature. Its own signature lies in the object's metadata in S3, which a copy of the bytes loses.
//
//	signed      a signature verifies under a key that the examiner gave: one from a sidecar (head-object's
//	            answer), or the one that the digest behind it repeats. RSA needs no trust in where it came from
//	anchored    a signed or anchored digest has its hash: no key of its own is needed
//	linked      a digest that is not proved has its hash
//	unverified  nothing tells: it is the newest, or the one before a gap or an absent digest
//	invalid     it is not what was signed, lies elsewhere than it says, or is no digest
//
// A log has the best of the digests that name it: verified by a proved one, consistent with another; modified
// where the hash differs; uncovered where none names it. What a proved digest says counts alone, and what an invalid one says only
// where no other names the log. That two which count name different hashes is a failure, whichever of them the log has.
//
//	heads  sorter: chain, then the newest first → digests, sidecars, listings
//	       walker: what is said of a digest is known before it comes; what is said of one that never comes is an absence
//	names  sorter: hash of the name → what digests and listings say under it, then the objects of the copy
//	out    sorter: rows by the objects' ordinals, then what is absent
//
// Memory holds one position of a chain, the claims that wait, the spans of the chains, and five bytes a digest.
//
// # Query results
//
// Sign adds a result_sign.json, which CloudTrail Lake writes beside the saved results of a query. It has its own signature, over
// the hashes of the compressed files; it is signed, unverified or invalid, and by it the results in its directory are judged as logs are by digests.
// A name is not signed: a result is known by its hash, under whatever name, and one whose hash no file there has is absent.
//
// # Buckets
//
// A path seldom has the name of the bucket in it, so that place in the tree and name decide what a digest is about. Bucket says
// which bucket a part of the evidence is a copy of: then digests must be of that bucket, logs are judged first by what is said of
// that bucket, and a path without AWSLogs is the end of a key, or, with a prefix, all of it.
//
// # Edges
//
// "absent" means not in this copy. What lies beyond the copy's own first and last digest is a note: every copy of a span of
// time has such edges, the logs of the day before that the first digest names among them. A listing of the bucket tells
// what was deleted at the source from what was never collected. That a chain ends says nothing of what followed.
//
// # Lifetime and concurrency
//
// A Ledger and its Result are for one goroutine. The package starts none, opens no file but those it spills to, asks no clock,
// and makes no connection. Keys are the caller's: those that lie in the evidence are worth nothing against whoever made it.
//
// # Why …?
//
// Why are objects matched by the last element of their path? Copies lie under prefixes, in containers, or flattened. The
// name has account, region, time and 16 random characters (a digest's its trail and end). What lies in a tree at another
// place than its digest says is not in place, and a digest there is invalid.
//
// Why is a log that agrees with an invalid digest consistent? Otherwise deleting the digest behind the invalid one, which
// leaves that unverified, would make its logs look better than before.
//
// Why is the content hashed where gzip's trailer is damaged or gone? The digest is of the content. If its hash is
// right nothing is missing, and the damage is a note.
//
// Why must a signature be over SHA-256? The AWS CLI believes what the signature itself says of its hash.
//
// Why is every key asked whether it made a signature that does not verify? Fingerprint, bucket and place stand in the digest, and whoever
// altered that may have altered them, so that neither key nor sidecar would be its own. Nobody makes without a key what has the
// form of a signature under it: one that was made over something else shows that the digest is not what was signed.
//
// Why does a key that is not the one of its fingerprint disprove nothing? A list of keys that was mixed up would make every
// digest invalid.
//
// Why are a digest's own times not asked for its place? An invalid one may say anything. Its name, which the digest behind it
// repeats, puts it in order.
package integrity
