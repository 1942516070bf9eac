package integrity

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
)

const someLog = "111122223333_CloudTrail_eu-west-1_20260303T0005Z_AAAAAAAAAAAAAAAA.json.gz"

// What the examiner says of a place decides where in S3 an object lies, and how that relates to what a digest says.
func TestSite(t *testing.T) {
	key := "org/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/03/" + someLog
	whole := func(b Bucket) Bucket { b.Whole = true; return b }
	for _, c := range []struct {
		bucket Bucket
		path   string
		want   relation
	}{
		{Bucket{}, "a/" + key, inPlace}, // nobody says anything
		{Bucket{Name: "b"}, key, inPlace},
		{Bucket{Name: "c"}, key, foreign},
		{Bucket{Name: "c"}, "other.json.gz", other},
		{Bucket{Name: "b"}, "2026/03/03/" + someLog, inPlace},
		{Bucket{Name: "b"}, "2026/03/03/" + someLog[:len(someLog)-3], inPlace}, // a browser unpacked it
		{Bucket{Name: "b"}, "2026/03/04/" + someLog, relocated},
		{Bucket{Name: "b"}, "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/" + someLog, moved},
		{Bucket{Name: "b"}, someLog, relocated},
		{Bucket{Name: "b", Dir: "x"}, "x/" + key, inPlace},
		{Bucket{Name: "c", Dir: "x"}, "xy/" + key, inPlace}, // not below it
		{Bucket{Name: "c", Dir: "x", Source: "two"}, "x/" + key, inPlace},
		{whole(Bucket{Name: "b"}), key, inPlace},
		{whole(Bucket{Name: "b"}), key[4:], moved}, // it does lie at the root
		{whole(Bucket{Name: "b", Prefix: "org/"}), key[4:], inPlace},
		{whole(Bucket{Name: "b", Prefix: "org/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/03/", Dir: "day"}), "day/" + someLog, inPlace},
		{whole(Bucket{Name: "b", Prefix: "org/", Within: "AWSLogs/"}), key[12:], inPlace},
		{whole(Bucket{Name: "b", Prefix: "org/", Within: "box/"}), "in.zip!" + key[4:], inPlace},
		{whole(Bucket{Name: "b", Dir: "x/in.zip"}), "x/in.zip!" + key, inPlace},
		{whole(Bucket{Name: "b", Dir: "x/in.zip!org"}), "x/in.zip!" + key, moved},
		{whole(Bucket{Name: "b", Prefix: "org/", Dir: "x/in.zip!org"}), "x/in.zip!" + key, inPlace},
	} {
		l := &Ledger{}
		if c.bucket.Name != "" {
			if c.bucket.Source == "" {
				c.bucket.Source = "one"
			}
			l.Bucket(c.bucket)
		}
		s := l.site("one", c.path)
		if got := s.relate("b", key); got != c.want {
			t.Errorf("%+v, %s: %d, want %d (%+v)", c.bucket, c.path, got, c.want, s)
		}
		if used := len(l.unused()) == 0; used != (s.bucket != "" || c.bucket.Name == "") {
			t.Errorf("%+v, %s: used: %t", c.bucket, c.path, used)
		}
	}
	l := &Ledger{buckets: []Bucket{{Name: "outer"}, {Name: "inner", Dir: "a/b"}, {Name: "middle", Dir: "a"}, {Name: "again", Dir: "a/b"}}}
	for path, want := range map[string]string{"x": "outer", "a/x": "middle", "a/b/x": "again", "a/b!x": "again", "a/b": "again", "a/bc": "middle"} {
		if s := l.site("", path); s.bucket != want {
			t.Errorf("%s: %+v", path, s)
		}
	}
}

// Two buckets have a log under one key, and each has a digest that names it. Each copy is judged by the digest of its bucket;
// what only a digest of another bucket names is judged by that, with a note.
func TestTwoBuckets(t *testing.T) {
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	tree := "AWSLogs/111122223333/CloudTrail%s/eu-west-1/2026/03/03/%s"
	log := fmt.Sprintf(tree, "", someLog)
	judge := func(buckets []Bucket, contents map[string]string) map[string]Row {
		l := New(Config{Dir: t.TempDir(), Memory: 1 << 20})
		for _, b := range buckets {
			l.Bucket(b)
		}
		for i, of := range []string{"one", "two"} {
			key := fmt.Sprintf(tree, "-Digest", "111122223333_CloudTrail-Digest_eu-west-1_"+of+"_eu-west-1_20260303T010000Z.json.gz")
			digest := fmt.Sprintf(`{"awsAccountId":"111122223333","digestStartTime":"2026-03-03T00:00:00Z","digestEndTime":"2026-03-03T01:00:00Z","digestS3Bucket":%q,"digestS3Object":%q,`+
				`"digestPublicKeyFingerprint":"aa","digestSignatureAlgorithm":"SHA256withRSA","previousDigestSignature":null,"logFiles":[{"s3Bucket":%q,"s3Object":%q,"hashValue":%q,"hashAlgorithm":"SHA-256"}]}`,
				of, key, of, log, hash("content of "+of))
			if err := l.Digest(uint64(i), "ev", of+"/"+key, []byte(digest), Container{Packed: true}); err != nil {
				t.Fatal(err)
			}
		}
		paths := []string{}
		for path, content := range contents {
			paths = append(paths, path)
			if err := l.Object(&Object{Ordinal: uint64(1 + len(paths)), Source: "ev", Path: path + "/" + log, ContentSHA256: hash(content), Log: true, Container: Container{Packed: true}}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows := map[string]Row{}
		for row, err := range r.Rows {
			if err != nil {
				t.Fatal(err)
			}
			if row.Kind == KindLog && row.Object != nil {
				rows[paths[*row.Object-2]] = row
			} else if row.Object != nil && row.Reason == Moved {
				rows[[]string{"digest one", "digest two"}[*row.Object]] = row
			}
		}
		return rows
	}
	both := []Bucket{{Name: "one", Source: "ev", Dir: "one"}, {Name: "two", Source: "ev", Dir: "two"}, {Name: "three", Source: "ev", Dir: "three"}}
	for _, c := range []struct {
		buckets  []Bucket
		contents map[string]string
		want     map[string]string
	}{
		{nil, map[string]string{"one": "content of one", "two": "content of one"}, map[string]string{"one": "consistent[contradicted]", "two": "consistent[contradicted]"}},
		{both, map[string]string{"one": "content of one", "two": "content of one"}, map[string]string{"one": "consistent[]", "two": "modified[]"}},
		{both, map[string]string{"one": "content of one", "two": "content of two"}, map[string]string{"one": "consistent[]", "two": "consistent[]"}},
		{both, map[string]string{"three": "content of two"}, map[string]string{"three": "consistent[other-bucket contradicted]"}},
		{[]Bucket{{Name: "two", Source: "ev", Dir: "one"}}, nil, map[string]string{"digest one": "invalid[]"}},
	} {
		got := map[string]string{}
		for path, row := range judge(c.buckets, c.contents) {
			got[path] = fmt.Sprintf("%s%v", row.Verdict, slices.DeleteFunc(row.Notes, func(n string) bool { return n == NotGzip }))
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v, %v:\n%v, want\n%v", c.buckets, c.contents, got, c.want)
		}
	}
}
