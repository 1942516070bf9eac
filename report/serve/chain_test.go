package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A chain is a trail's logs and its signed digests, as a copy has them that was made with
// `aws s3 sync s3://my-trail-bucket/pre/ DIR`: without the metadata, in which the signatures are.
type chain struct {
	dir, keys  string
	arn        string
	digests    []string // keys in the bucket, the oldest first
	signatures []string // of each
	logs       []string
}

const (
	chainBucket = "my-trail-bucket"
	chainPrefix = "pre/"
	chainHours  = 4
)

func makeChain(t testing.TB) *chain {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der := x509.MarshalPKCS1PublicKey(&key.PublicKey)
	print := md5.Sum(der)
	dir := t.TempDir()
	c := &chain{dir: filepath.Join(dir, "copy"), keys: filepath.Join(dir, "keys.json"), arn: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/my_trail-1"}
	put(t, dir, "keys.json", fmt.Sprintf(`{"PublicKeyList":[{"Value":%q,"ValidityStartTime":"2026-02-20T00:00:00Z","ValidityEndTime":"2026-03-22T00:00:00Z","Fingerprint":"%x"}]}`,
		base64.StdEncoding.EncodeToString(der), print))
	began := time.Date(2026, 3, 2, 22, 0, 0, 0, time.UTC) // over midnight: another directory
	var previous map[string]any
	for hour := range chainHours {
		start := began.Add(time.Duration(hour) * time.Hour)
		end := start.Add(time.Hour)
		name := "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/" + end.Format("2006/01/02") + "/111122223333_CloudTrail-Digest_eu-west-1_my_trail-1_eu-west-1_" + end.Format("20060102T150405Z") + ".json.gz"
		d := map[string]any{
			"awsAccountId": "111122223333", "digestStartTime": start.Format(time.RFC3339), "digestEndTime": end.Format(time.RFC3339),
			"digestS3Bucket": chainBucket, "digestS3Object": chainPrefix + name, "digestPublicKeyFingerprint": hex.EncodeToString(print[:]), "digestSignatureAlgorithm": "SHA256withRSA",
			"newestEventTime": nil, "oldestEventTime": nil, "previousDigestS3Bucket": nil, "previousDigestS3Object": nil,
			"previousDigestHashValue": nil, "previousDigestHashAlgorithm": nil, "previousDigestSignature": nil, "logFiles": c.hour(t, start),
		}
		for k, v := range previous {
			d[k] = v
		}
		content, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		before := "null"
		if hour > 0 {
			before = c.signatures[hour-1]
		}
		sum := sha256.Sum256(content)
		text := fmt.Sprintf("%s\n%s/%s\n%x\n%s", d["digestEndTime"], chainBucket, d["digestS3Object"], sum, before)
		signed := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, signed[:])
		if err != nil {
			t.Fatal(err)
		}
		c.digests, c.signatures = append(c.digests, chainPrefix+name), append(c.signatures, hex.EncodeToString(signature))
		previous = map[string]any{
			"previousDigestS3Bucket": chainBucket, "previousDigestS3Object": chainPrefix + name, "previousDigestHashValue": hex.EncodeToString(sum[:]),
			"previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": hex.EncodeToString(signature),
		}
		putZipped(t, c.dir, name, content)
	}
	return c
}

// hour writes an hour's logs, and returns what its digest says of them.
func (c *chain) hour(t testing.TB, start time.Time) (files []map[string]any) {
	for i := range 2 {
		at := start.Add(time.Duration(10+20*i) * time.Minute)
		name := "AWSLogs/111122223333/CloudTrail/eu-west-1/" + at.Format("2006/01/02") + "/111122223333_CloudTrail_eu-west-1_" + at.Format("20060102T1504Z") + "_AAAAAAAAAAAAAAAA.json.gz"
		content := []byte(records(record("e"+at.Format("021504"), at.Add(-5*time.Minute).Format(time.RFC3339), "ec2", "RunInstances", "eu-west-1", "")))
		sum := sha256.Sum256(content)
		files = append(files, map[string]any{
			"s3Bucket": chainBucket, "s3Object": chainPrefix + name, "hashValue": hex.EncodeToString(sum[:]), "hashAlgorithm": "SHA-256",
			"newestEventTime": at.Format(time.RFC3339), "oldestEventTime": at.Format(time.RFC3339),
		})
		putZipped(t, c.dir, name, content)
		c.logs = append(c.logs, name)
	}
	return files
}

func putZipped(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, dir, name, b.String())
}

// serve serves the chain's case.
func (c *chain) serve(t testing.TB) string {
	s := testServer(t, Config{Cases: []Case{{"c", makeCase(t, c.dir)}}, Evidence: map[string]string{"copy": c.dir}, PublicKeys: []string{c.keys}})
	return startServer(t, s)
}

// A copy's digests have the metadata of those in S3, as far as the evidence has it.
func TestSignatures(t *testing.T) {
	c := makeChain(t)
	f := fetcher{t, c.serve(t)}
	trail := asker{t, f.base, cloudTrailTarget, ""}.ok("GetTrail", fmt.Sprintf(`{"Name":%q}`, c.arn))["Trail"].(map[string]any)
	if trail["S3BucketName"] != chainBucket || trail["S3KeyPrefix"] != strings.TrimSuffix(chainPrefix, "/") {
		t.Errorf("%v", trail)
	}
	check := func(when string, known int) {
		t.Helper()
		for i, key := range c.digests {
			res, _ := f.do("HEAD", "/"+chainBucket+"/"+key, nil)
			want, algorithm := c.signatures[i], "SHA256withRSA"
			if i >= known {
				want, algorithm = "", ""
			}
			if got := res.Header.Get("X-Amz-Meta-Signature"); res.StatusCode != 200 || got != want || res.Header.Get("X-Amz-Meta-Signature-Algorithm") != algorithm {
				t.Errorf("%s: digest %d: %s, signature %.20q, want %.20q", when, i, res.Status, got, want)
			}
		}
	}
	check("a copy", chainHours-1) // nothing repeats the newest one's
	last := strings.TrimPrefix(c.digests[chainHours-1], chainPrefix)
	put(t, c.dir, last+".head.json", `{"ContentLength":620,"Metadata":{"signature":"`+c.signatures[chainHours-1]+`","signature-algorithm":"SHA256withRSA"}}`)
	check("with head-object's answer", chainHours)
	put(t, c.dir, last+".head.json", `{"Metadata":{"signature":"ab\r\nX-Evil: 1","signature-algorithm":"x"}}`)
	check("with a forged header", chainHours-1)
	put(t, c.dir, path.Dir(last)+"/111122223333_CloudTrail-Digest_eu-west-1_my_trail-1_eu-west-1_20260303T015959Z.json.gz", "{") // between two
	put(t, c.dir, path.Dir(last)+"/zzz", "")
	check("with damage between", chainHours-1)
	if err := os.Remove(filepath.Join(c.dir, filepath.FromSlash(last))); err != nil {
		t.Fatal(err)
	}
	c.digests = c.digests[:chainHours-1]
	check("without the newest", chainHours-2)
}

// The bucket that digests name holds what lay beneath their prefix.
func TestBucketOfDigests(t *testing.T) {
	c := makeChain(t)
	put(t, c.dir, "beside.txt", "x")
	f := fetcher{t, c.serve(t)}
	if page := f.list(chainBucket, url.Values{"delimiter": {"/"}}); fmt.Sprint(page.lines()) != "[pre/]" {
		t.Errorf("%v", page.lines())
	}
	page := f.list(chainBucket, url.Values{"prefix": {chainPrefix + "AWSLogs/111122223333/CloudTrail-Digest/"}, "marker": {c.digests[0]}})
	if got := page.lines(); fmt.Sprint(got) != fmt.Sprint(c.digests[1:]) {
		t.Errorf("%q", got)
	}
	if page := f.list("copy", url.Values{"prefix": {"AWSLogs/"}}); len(page.lines()) != len(c.digests)+len(c.logs) {
		t.Errorf("%v", page.lines())
	}
	if page := f.list(chainBucket, url.Values{"prefix": {"prefix"}}); len(page.lines()) != 0 {
		t.Errorf("%v", page.lines())
	}
	f.refused("/"+chainBucket+"/"+c.logs[0], 404, "NoSuchKey")
	f.refused("/"+chainBucket+"/pre", 404, "NoSuchKey")
	f.refused("/"+chainBucket+"/"+chainPrefix, 404, "NoSuchKey")
	if res, body := f.get("/" + chainBucket + "/" + chainPrefix + c.logs[0]); res.StatusCode != 200 || !strings.HasPrefix(body, "\x1f\x8b") {
		t.Errorf("%s", res.Status)
	}
}

// Digests that were made long do not keep the server from answering.
func TestLongDigests(t *testing.T) {
	c := makeChain(t)
	var logged []string
	s := testServer(t, Config{Cases: []Case{{"c", makeCase(t, c.dir)}}, Evidence: map[string]string{"copy": c.dir}, Log: func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) }})
	l, err := s.cases[0].layout(t.Context())
	if err != nil || len(l.trails) != 1 || l.trails[0].bucket != chainBucket {
		t.Fatalf("%+v, %v", l, err)
	}
	twice := []*trail{l.trails[0], l.trails[0]}
	if err := s.cases[0].locateTrails(t.Context(), twice, 10); err != nil || twice[0].bucket != "copy" || len(logged) != 2 ||
		!strings.Contains(logged[0], "too long") || !strings.Contains(logged[1], "of 1 trails it is not known") {
		t.Errorf("%s, %v, %q", twice[0].bucket, err, logged)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if err := s.cases[0].locateTrails(ended, twice, maxLocating); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
