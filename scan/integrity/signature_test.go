package integrity

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A testKey signs as CloudTrail does.
type testKey struct {
	*rsa.PrivateKey
	Key
}

func newTestKey(t *testing.T, bits int) *testKey {
	t.Helper()
	if bits < minKey {
		t.Setenv("GODEBUG", "rsa1024min=0")
	}
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	der := x509.MarshalPKCS1PublicKey(&k.PublicKey)
	return &testKey{k, Key{Value: der, Fingerprint: fingerprint(der), Start: noon.AddDate(0, 0, -10), End: noon.AddDate(0, 0, 20)}}
}

func (k *testKey) sign(t *testing.T, text string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, k.PrivateKey, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sig)
}

// What a signature is worth does not hang on the fingerprint, which whoever altered a text may have altered too.
func TestSignatureAndFingerprint(t *testing.T) {
	ours, theirs := newTestKey(t, 2048), newTestKey(t, 2048)
	ring := &Keyring{}
	ring.Add(ours.Key)
	under := func(name string, k Key) *Keyring {
		k.Fingerprint = name
		r := &Keyring{}
		r.Add(k)
		return r
	}
	nobody := strings.Repeat("ab", 16)
	sig := ours.sign(t, "text")
	broken := func(at int) string {
		b, _ := hex.DecodeString(sig)
		b[at] ^= 1
		return hex.EncodeToString(b)
	}
	for name, c := range map[string]struct {
		text, print, sig string
		keys             *Keyring
		made             time.Time
		want             outcome
	}{
		"right":                                  {"text", ours.Fingerprint, sig, ring, noon, right},
		"fingerprint in upper case":              {"text", strings.ToUpper(ours.Fingerprint), sig, ring, noon, right},
		"other text":                             {"other", ours.Fingerprint, sig, ring, noon, wrong},
		"other text, other fingerprint":          {"other", nobody, sig, ring, noon, wrong},
		"other fingerprint":                      {"text", nobody, sig, ring, noon, right},
		"other fingerprint, made long before":    {"other", nobody, sig, ring, noon.AddDate(-1, 0, 0), noKey},
		"other fingerprint, made long after":     {"other", nobody, sig, ring, noon.AddDate(1, 0, 0), noKey},
		"other fingerprint, made just before":    {"other", nobody, sig, ring, ours.Start.Add(-time.Hour), wrong},
		"other fingerprint, made just after":     {"other", nobody, sig, ring, ours.End.Add(time.Hour), wrong},
		"other fingerprint, made who knows when": {"other", nobody, sig, ring, time.Time{}, wrong},
		"somebody else's":                        {"text", nobody, theirs.sign(t, "text"), ring, noon, noKey},
		"somebody else's under our fingerprint":  {"text", ours.Fingerprint, theirs.sign(t, "text"), ring, noon, wrong},
		"broken at its end":                      {"text", nobody, broken(255), ring, noon, noKey},
		"broken at its beginning":                {"text", nobody, broken(0), ring, noon, noKey},
		"too short":                              {"text", nobody, sig[2:], ring, noon, noKey},
		"too long":                               {"text", nobody, sig + "00", ring, noon, noKey},
		"too long, under our fingerprint":        {"text", ours.Fingerprint, sig + "00", ring, noon, wrong},
		"nothing":                                {"text", nobody, "", ring, noon, noKey},
		"no hexadecimal":                         {"text", nobody, "x", ring, noon, noKey},
		"no hexadecimal, under our fingerprint":  {"text", ours.Fingerprint, "x", ring, noon, wrong},
		"larger than the key":                    {"text", nobody, strings.Repeat("ff", 256), ring, noon, noKey},
		"no keys":                                {"text", ours.Fingerprint, sig, nil, noon, noKey},
		"another key under the fingerprint":      {"text", ours.Fingerprint, sig, under(ours.Fingerprint, theirs.Key), noon, badKey},
		"no hexadecimal, another key":            {"text", ours.Fingerprint, "x", under(ours.Fingerprint, theirs.Key), noon, badKey},
		"the key under another fingerprint":      {"text", ours.Fingerprint, sig, under(nobody, ours.Key), noon, right},
		"other text, that key":                   {"other", nobody, sig, under(nobody, ours.Key), noon, wrong},
	} {
		got, key := check(c.text, c.print, c.sig, c.keys, c.made)
		if got != c.want || (key != nil) != (got == right) {
			t.Errorf("%s: %v under %v, want %v", name, got, key, c.want)
		}
	}
}

// A key under which nothing verifies shows nothing to be wrong.
func TestShortKey(t *testing.T) {
	k := newTestKey(t, 512)
	ring := &Keyring{}
	ring.Add(k.Key)
	if _, err := k.Key.Public(); err == nil || !strings.Contains(err.Error(), "512 bits") {
		t.Error(err)
	}
	if got, _ := check("text", k.Fingerprint, k.sign(t, "text"), ring, noon); got != badKey {
		t.Error(got)
	}
}

// A sidecar of another place counts unless that place's digest is there: the replica of a bucket has the signatures too, and what was
// altered may say that it is of any bucket.
func TestSidecarOfAnotherPlace(t *testing.T) {
	k := newTestKey(t, 2048)
	ring := &Keyring{}
	ring.Add(k.Key)
	digest := func(bucket string) ([]byte, string) {
		b := plainDigest(noon, map[string]any{"digestS3Bucket": bucket, "digestPublicKeyFingerprint": k.Fingerprint})
		h := head{End: noon.Format(time.RFC3339), Bucket: bucket, Key: digestKey(noon), Hash: sha256.Sum256(b)}
		return b, k.sign(t, h.signedString())
	}
	ours, oursSigned := digest("b")
	other, otherSigned := digest("c")
	elsewhere := strings.Replace(digestKey(noon), "/eu-west-1/", "/eu-west-2/", 1)
	for name, c := range map[string]struct {
		files    [][]byte
		sidecars []Sidecar
		want     []string
	}{
		"of its own bucket":             {[][]byte{ours}, []Sidecar{{Bucket: "b", Signature: oursSigned}}, []string{"signed sidecar"}},
		"of a replica":                  {[][]byte{ours}, []Sidecar{{Bucket: "replica", Signature: oursSigned}}, []string{"signed sidecar"}},
		"of a replica's other place":    {[][]byte{ours}, []Sidecar{{Bucket: "b", Key: elsewhere, Signature: oursSigned}}, []string{"signed sidecar"}},
		"of the bucket as it was":       {[][]byte{ours}, []Sidecar{{Bucket: "c", Signature: otherSigned}}, []string{"invalid signature"}},
		"of the place as it was":        {[][]byte{ours}, []Sidecar{{Bucket: "b", Key: elsewhere, Signature: otherSigned}}, []string{"invalid signature"}},
		"of another that is there":      {[][]byte{ours, other}, []Sidecar{{Bucket: "c", Signature: otherSigned}}, []string{"unverified no-signature", "signed sidecar"}},
		"of both":                       {[][]byte{ours, other}, []Sidecar{{Bucket: "b", Signature: oursSigned}, {Bucket: "c", Signature: otherSigned}}, []string{"signed sidecar", "signed sidecar"}},
		"of one and of who knows which": {[][]byte{ours}, []Sidecar{{Signature: otherSigned}, {Bucket: "b", Signature: oursSigned}}, []string{"signed sidecar other-sign"}},
	} {
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20, Keys: ring})
		for i, b := range c.files {
			if err := l.Digest(uint64(i), "s", strings.Repeat("x/", i)+digestKey(noon), b, Container{Packed: true}); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range c.sidecars {
			if s.Key == "" {
				s.Key = digestKey(noon)
			}
			if err := l.Sidecar(&s); err != nil {
				t.Fatal(err)
			}
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for row, err := range r.Rows {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.Join(slices.DeleteFunc(append([]string{string(row.Verdict), row.By, row.Reason}, row.Notes...), func(s string) bool { return s == "" }), " "))
		}
		r.Close()
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whoever plants signatures beside copies of a digest makes neither the right one unseen nor the judging take for ever.
func TestTooManySignatures(t *testing.T) {
	k := newTestKey(t, 2048)
	ring := &Keyring{}
	ring.Add(k.Key)
	b := plainDigest(noon, map[string]any{"digestPublicKeyFingerprint": k.Fingerprint})
	h := head{End: noon.Format(time.RFC3339), Bucket: "b", Key: digestKey(noon), Hash: sha256.Sum256(b)}
	for _, given := range []bool{true, false} {
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20, Keys: ring})
		const copies = 50
		for i := range uint64(copies) {
			if err := l.Digest(i, "s", fmt.Sprintf("%d/%s", i, digestKey(noon)), b, Container{Packed: true}); err != nil {
				t.Fatal(err)
			}
		}
		add := func(s Sidecar) {
			if s.Key = digestKey(noon); l.Sidecar(&s) != nil {
				t.Fatal("sidecar")
			}
		}
		for i := range 100 {
			add(Sidecar{Signature: fmt.Sprintf("%0512x", i+1), Found: true})
		}
		if given {
			add(Sidecar{Signature: k.sign(t, h.signedString())})
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := Invalid
		if given {
			want = Signed
		}
		if r.Totals.Digests[string(want)] != copies || r.Totals.Notes[TooMany] != copies || r.Totals.Failures != copies {
			t.Errorf("given: %t: %+v", given, r.Totals)
		}
		r.Close()
	}
}

// What one program reads otherwise than another was not written by CloudTrail.
func TestAmbiguousDigest(t *testing.T) {
	entry := `{"s3Bucket":"b","s3Object":"k","hashValue":"00","hashAlgorithm":"SHA-256"}`
	for more, want := range map[string]string{
		`"x":1,"X":2,"x":3,"logFiles":[]`:                                                "",
		`"logFiles":[` + entry + `,` + entry + `]`:                                       "",
		`"logFiles":[],"logFiles":[]`:                                                    "logFiles",
		`"LogFiles":[]`:                                                                  "logFiles",
		`"log\u0046iles":[],"logFiles":[]`:                                               "logFiles",
		"\"logFiles\" \t\r\n:[],\"logFiles\"\n: []":                                      "logFiles",
		`"logFiles":[],"note":"\",\"logFiles\":[],\\","n":{"logFiles":[]}`:               "",
		`"logFiles":[],"note":"logFiles"`:                                                "",
		`"logFiles":[{"x":{"s3Object":1},` + entry[1:] + `]`:                             "",
		`"logFiles":[{"s3\u004fbject":"l",` + entry[1:] + `]`:                            "s3Object",
		`"logFile\u017f":[]`:                                                             "logFiles",
		`"logFiles":[],"digestS3Bucket":"c"`:                                             "digestS3Bucket",
		`"logFiles":[` + entry[:1] + `"s3object":"l",` + entry[1:] + `]`:                 "s3Object",
		`"logFiles":[` + entry + `,` + entry[:1] + `"hashValue":"11",` + entry[1:] + `]`: "hashValue",
	} {
		b := plainDigest(noon, map[string]any{"x": "y"})
		b = slices.Concat(b[:1], []byte(more), []byte(","), []byte(strings.Replace(string(b[1:]), `"logFiles":[],`, "", 1)))
		rows, _ := judgeAll(t, map[time.Time][]byte{noon: b})
		r := rows[0]
		if want == "" && (r.Verdict != Unverified || r.Failure) || want != "" && (r.Verdict != Invalid || r.Reason != Format || !strings.HasPrefix(r.Detail, want+" is there twice") || !r.Failure) {
			t.Errorf("%s: %+v", more, r)
		}
	}
}

// Of several files at one position the one that is proved best stands for it in its chain, in whatever order they are read.
func TestBestOfOnePosition(t *testing.T) {
	k := newTestKey(t, 2048)
	ring := &Keyring{}
	ring.Add(k.Key)
	ours := plainDigest(noon, map[string]any{"digestPublicKeyFingerprint": k.Fingerprint})
	altered := plainDigest(noon, map[string]any{"digestPublicKeyFingerprint": k.Fingerprint, "awsAccountId": "1"})
	h := head{End: noon.Format(time.RFC3339), Bucket: "b", Key: digestKey(noon), Hash: sha256.Sum256(ours)}
	for _, files := range [][][]byte{{ours, altered}, {altered, ours}} {
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20, Keys: ring})
		for i, b := range files {
			if err := l.Digest(uint64(i), "s", fmt.Sprintf("%d/%s", i, digestKey(noon)), b, Container{Packed: true}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Sidecar(&Sidecar{Key: digestKey(noon), Signature: k.sign(t, h.signedString())}); err != nil {
			t.Fatal(err)
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := r.Totals.Digests; n[string(Signed)] != 1 || n[string(Invalid)] != 1 || len(r.Chains) != 1 || len(r.Chains[0].Spans) != 1 || r.Chains[0].Spans[0].State != string(Signed) || r.Chains[0].Unproved != 0 {
			t.Errorf("%+v, %+v", n, r.Chains)
		}
		r.Close()
	}
}
