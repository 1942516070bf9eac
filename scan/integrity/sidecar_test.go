package integrity

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// taken is what a file has, in words.
func taken(name, text string) (string, error) {
	var out []string
	t := Taker{
		Sidecar: func(s *Sidecar) error {
			out = append(out, fmt.Sprintf("%s/%s %s", s.Bucket, s.Key, s.Signature))
			return nil
		},
		Listed: func(e *Listed) error {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s/%s %d %s %t %t %s", e.Bucket, e.Key, e.Size, e.Storage, e.Deleted, e.Older, e.Modified)))
			return nil
		},
	}
	err := t.Read(name, strings.NewReader(text))
	return strings.Join(out, "; "), err
}

// Everything that may have been saved beside a copy.
func TestTaker(t *testing.T) {
	const meta = `"Metadata":{"signature":"aa","signature-algorithm":"SHA256withRSA"}`
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(`{"bucket":"b","key":"k","head":{` + meta + `}}`))
	w.Close()
	for _, c := range []struct{ name, text, want string }{
		{"d/k.json.gz.head.json", `{"ContentLength":620,` + meta + `}`, "/d/k.json.gz aa"},
		{"k.head.json", `{"Metadata":{"X-Amz-Meta-Signature":"aa"}}`, "/k aa"},
		{"k.head.json", `{"Metadata":{"Signature":"bb","signature":"aa","x-amz-meta-signature":"cc","SIGNATURE":"dd"}}`, "/k aa"},
		{"k.head.json", `{"Metadata":{"Signature":"bb","SIGNATURE":"dd","X-Amz-Meta-Signature":"cc"}}`, "/k cc"},
		{"lines", `{"bucket":"b","key":"k1","head":{` + meta + `}}` + "\n" + `{"Bucket":"b","Key":"k2",` + meta + "}\n", "b/k1 aa; b/k2 aa"},
		{"log.head.json", `{"ContentLength":5,"Metadata":{}}`, ""},
		{"z.gz", z.String(), "b/k aa"},
		{"list", `{"Contents":[{"Key":"a","Size":3,"StorageClass":"GLACIER","LastModified":"t"},{"Key":"b"}],"KeyCount":2}`, "/a 3 GLACIER false false t; /b 0  false false"},
		{"empty list", `{"KeyCount":0,"Prefix":"x"}`, ""},
		{"versions", `{"Versions":[{"Key":"a","IsLatest":false}],"DeleteMarkers":[{"Key":"a","IsLatest":true,"LastModified":"t"},{"Key":"b","IsLatest":false}]}`, "/a 0  false true; /a 0  true false t"},
		{"ls", "2026-03-02 22:10:10       1234 AWSLogs/x y.json.gz\r\n\nTotal Objects: 1\n", "/AWSLogs/x y.json.gz 1234  false false 2026-03-02 22:10:10 (local time of whoever listed it)"},
		{"inventory", `"b","AWSLogs/a%2Bb+c","12","2026-03-02T00:00:00.000Z"` + "\n", "b/AWSLogs/a+b c 12  false false 2026-03-02T00:00:00.000Z"},
		{"versions' inventory", `"b","k","v","true","true","","t"` + "\n" + `"b","k","v","false","false","12","t"` + "\n", "b/k 0  true false t; b/k 12  false true t"},
	} {
		if got, err := taken(c.name, c.text); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	for _, c := range []struct{ name, text string }{
		{"x", ""}, {"x", " \n"}, {"x", "{"}, {"x", "{}"}, {"x", `{"Metadata":{"signature":"aa"}}`}, {"x", `{"Contents":{}}`}, {"x", `{"Contents":[{"Key":1}]}`}, {"x", "hello"},
		{"x", `{"PublicKeyList":[]}`}, {"x", `{"fileFormat":"Parquet","fileSchema":"message"}`}, {"x", `"b","%zz","1"`}, {"x", `"b"` + ",\n"}, {"x", "2026-03-02 22:10:10 1 a\nb\n"}, {"x", `{"KeyCount":0} x`},
	} {
		if got, err := taken(c.name, c.text); err == nil {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}

// An inventory's manifest names the columns of the files that follow it.
func TestInventorySchema(t *testing.T) {
	var got []string
	tk := Taker{Listed: func(e *Listed) error { got = append(got, e.Key+" "+e.Storage); return nil }}
	for _, text := range []string{`{"sourceBucket":"b","fileFormat":"CSV","fileSchema":"Bucket, Key, StorageClass, Size"}`, `"b","k","GLACIER","5"` + "\n"} {
		if err := tk.Read("f", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 1 || got[0] != "k GLACIER" {
		t.Errorf("%q", got)
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"PublicKeyList":[{"Value":"YQ==","ValidityStartTime":1.5,"ValidityEndTime":"2026-01-01T00:00:00Z","Fingerprint":"00"}]}`))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nYQ==\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := ParseKeys(b)
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		for i := range keys {
			pub, err := keys[i].Public()
			if (pub == nil) == (err == nil) {
				t.Errorf("%v, %v", pub, err)
			}
		}
	})
}

func FuzzSidecar(f *testing.F) {
	f.Add("a.head.json", []byte(`{"bucket":"b","key":"k","head":{"Metadata":{"signature":"aa"}}}`))
	f.Add("x", []byte(`{"Versions":[{"Key":"a","IsLatest":false}],"DeleteMarkers":[{"Key":"a"}]}`))
	f.Add("x", []byte(`"b","k","v","true","true","","t"`))
	f.Add("x", []byte("2026-03-02 22:10:10 1 a\n"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		tk := Taker{
			Sidecar: func(s *Sidecar) error {
				if s.Signature == "" || s.Key == "" && name != HeadSuffix {
					t.Errorf("%+v", s)
				}
				return nil
			},
			Listed: func(*Listed) error { return nil },
		}
		tk.Read(name, bytes.NewReader(b))
	})
}

// A digest that is read has all that judging it needs; any content can be judged, alone and beside itself.
func FuzzDigest(f *testing.F) {
	f.Add([]byte(`{"awsAccountId":"1","digestStartTime":"a","digestEndTime":"b","digestS3Bucket":"c","digestS3Object":"d","digestPublicKeyFingerprint":"e","previousDigestSignature":null,"previousDigestS3Object":"111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20260303T005959Z.json.gz","logFiles":[{"s3Object":"x","hashValue":"00","hashAlgorithm":"SHA-256"}]}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := New(Config{Dir: t.TempDir(), Memory: 1 << 20})
		for n, hour := range []string{"00", "01"} {
			if err := l.Digest(uint64(n), "copy", "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20260303T"+hour+"5959Z.json.gz", b, Container{Packed: true}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		digests := 0
		for row, err := range r.Rows {
			if err != nil {
				t.Fatal(err)
			}
			if row.Verdict.proves() || row.Verdict == Verified {
				t.Errorf("without a key: %+v", row)
			}
			if row.Kind == KindDigest && row.Object != nil {
				digests++
			}
		}
		if digests != 2 {
			t.Errorf("%d digests", digests)
		}
	})
}
