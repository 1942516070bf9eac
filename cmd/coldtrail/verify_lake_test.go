package main

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/md5" //nolint:gosec // it names keys
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lakeQuery is the saved results of a query, as CloudTrail Lake writes them.
type lakeQuery struct {
	dir     string
	results [][]byte
	sign    []byte
}

const lakePath = "AWSLogs/111122223333/CloudTrail-Lake/Query/2026/03/02/"

// newLakeQuery signs results the way AWS documents it: the hashes of the compressed files, a space between them.
func newLakeQuery(t *testing.T, key *rsa.PrivateKey, id string, contents ...string) *lakeQuery {
	t.Helper()
	q := &lakeQuery{dir: lakePath + id}
	var hashes, files []string
	for i, c := range contents {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(c))
		z.Close()
		sum := sha256.Sum256(b.Bytes())
		hashes = append(hashes, hex.EncodeToString(sum[:]))
		files = append(files, fmt.Sprintf(`{"fileHashValue":%q,"fileName":"result_%d.csv.gz"}`, hashes[i], i+1))
		q.results = append(q.results, b.Bytes())
	}
	sum := sha256.Sum256([]byte(strings.Join(hashes, " ")))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	q.sign = fmt.Appendf(nil, `{"version":"1.0","region":"eu-west-1","files":[%s],"hashAlgorithm":"SHA-256","signatureAlgorithm":"SHA256withRSA",`+
		`"queryCompleteTime":"2026-03-02T10:00:00Z","hashSignature":"%x","publicKeyFingerprint":%q}`, strings.Join(files, ","), sig, lakePrint(key))
	return q
}

func lakePrint(key *rsa.PrivateKey) string {
	return fmt.Sprintf("%x", md5.Sum(x509.MarshalPKCS1PublicKey(&key.PublicKey))) //nolint:gosec // as above
}

func lakeKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (q *lakeQuery) name(i int) string { return fmt.Sprintf("%s/result_%d.csv.gz", q.dir, i+1) }

func lakeCSV(n int) string {
	return fmt.Sprintf("eventName,eventTime,eventSource\nCreateUser,2026-03-02 03:04:%02d.000,iam.amazonaws.com\n", n)
}

// verifyLake verifies what files are written, and returns code, output, and verdicts by path, those of the absent with a "-" before.
func verifyLake(t *testing.T, files map[string][]byte, args ...string) (int, string, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		file := filepath.Join(dir, "copy", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		writeTestFile(t, file, b)
	}
	out := filepath.Join(dir, "integrity.jsonl")
	var stdout, stderr bytes.Buffer
	code := run(append([]string{"verify", filepath.Join(dir, "copy"), "-o", out}, args...), &stdout, &stderr)
	got := map[string]string{}
	for line := range bytes.Lines(readFile(t, out)) {
		var r struct {
			Kind, Verdict, Reason, Path, Key string
			Notes                            []string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Path == "" {
			r.Path = "-" + r.Key
		}
		v := r.Verdict
		if r.Reason != "" {
			v += ":" + r.Reason
		}
		if slices.Contains(r.Notes, "renamed") {
			v += "+renamed"
		}
		if got[r.Path] != "" {
			t.Errorf("%s twice", r.Path)
		}
		got[r.Path] = v
	}
	return code, stdout.String() + stderr.String(), got
}

// Results of queries are judged by the sign file beside them, and by no other: their names repeat.
func TestVerifyLake(t *testing.T) {
	key, stranger := lakeKey(t), lakeKey(t)
	q, other := newLakeQuery(t, key, "q1", lakeCSV(1), lakeCSV(2)), newLakeQuery(t, key, "q2", lakeCSV(3))
	keys := filepath.Join(t.TempDir(), "keys.pem")
	writeTestFile(t, keys, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}))
	strangers := filepath.Join(t.TempDir(), "keys.pem")
	writeTestFile(t, strangers, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&stranger.PublicKey)}))
	mislabelled := filepath.Join(t.TempDir(), "keys.json")
	writeTestFile(t, mislabelled, fmt.Appendf(nil, `{"PublicKeyList":[{"Value":%s,"Fingerprint":%q}]}`,
		must(json.Marshal(x509.MarshalPKCS1PublicKey(&stranger.PublicKey))), lakePrint(key)))
	sign, r1, r2 := q.dir+"/result_sign.json", q.name(0), q.name(1)
	good := map[string]string{sign: "signed", r1: "verified", r2: "verified", other.dir + "/result_sign.json": "signed", other.name(0): "verified"}
	for name, c := range map[string]struct {
		change func(files map[string][]byte)
		keys   string
		code   int
		want   map[string]string // beside good
		says   string
	}{
		"good": {code: 0, keys: keys, says: "Of 2 sign files of CloudTrail Lake 2 are signed; of 3 query results 3 are verified"},
		"a flipped byte": {keys: keys, code: 5, says: "WRONG: 1 query result is modified", want: map[string]string{r2: "modified"},
			change: func(f map[string][]byte) { f[r2][9] ^= 1 }}, // gzip's name of the system: the content stays
		"content changed": {keys: keys, code: 5, says: "modified", want: map[string]string{r1: "modified"},
			change: func(f map[string][]byte) { f[r1] = newLakeQuery(t, key, "q", lakeCSV(9)).results[0] }},
		"an absent file": {keys: keys, code: 5, says: "1 query result is named by sign files and not in this copy", want: map[string]string{r1: "", "-" + r1: "absent"},
			change: func(f map[string][]byte) { delete(f, r1) }},
		"an absent file, its name taken off the list": {keys: keys, code: 5, want: map[string]string{r2: "", "-" + r1: "absent"},
			change: func(f map[string][]byte) {
				delete(f, r2)
				f[sign] = bytes.ReplaceAll(f[sign], []byte("result_2"), []byte("result_1"))
			}},
		"an extra file": {keys: keys, code: 0, says: "Of the query results 1 is named by no sign file beside them", want: map[string]string{q.name(2): "uncovered"},
			change: func(f map[string][]byte) { f[q.name(2)] = other.results[0] }},
		"renamed": {keys: keys, code: 0, want: map[string]string{r2: "", q.name(4): "verified+renamed"},
			change: func(f map[string][]byte) { f[q.name(4)] = f[r2]; delete(f, r2) }},
		"one in the other's place": {keys: keys, code: 5, want: map[string]string{r1: "verified+renamed", "-" + r1: "absent"},
			change: func(f map[string][]byte) { f[r1] = f[r2] }},
		"unpacked": {keys: keys, code: 5, want: map[string]string{r1: "", "-" + r1: "absent", strings.TrimSuffix(r1, ".gz"): "uncovered"},
			change: func(f map[string][]byte) { f[strings.TrimSuffix(r1, ".gz")] = []byte(lakeCSV(1)); delete(f, r1) }},
		"no sign file": {keys: keys, code: 0, want: map[string]string{sign: "", r1: "uncovered", r2: "uncovered"},
			change: func(f map[string][]byte) { delete(f, sign) }},
		"no key": {code: 0, says: "No public key was given", want: map[string]string{sign: "unverified:no-key", r1: "consistent", r2: "consistent",
			other.dir + "/result_sign.json": "unverified:no-key", other.name(0): "consistent"}},
		"another key": {keys: strangers, code: 0, want: map[string]string{sign: "unverified:no-key", r1: "consistent", r2: "consistent",
			other.dir + "/result_sign.json": "unverified:no-key", other.name(0): "consistent"}},
		"no key, and a flipped byte": {code: 5, want: map[string]string{sign: "unverified:no-key", r1: "modified", r2: "consistent",
			other.dir + "/result_sign.json": "unverified:no-key", other.name(0): "consistent"}, change: func(f map[string][]byte) { f[r1][9] ^= 1 }},
		"a key under the wrong fingerprint": {keys: mislabelled, says: "Of the sign files 2 are unverified: no usable key for them was given", want: map[string]string{
			sign: "unverified:bad-key", r1: "consistent", r2: "consistent", other.dir + "/result_sign.json": "unverified:bad-key", other.name(0): "consistent"}},
		"a list that is not what was signed, and another's fingerprint": {keys: keys, code: 5, want: map[string]string{sign: "invalid:signature", r2: "uncovered:digest", r1: "consistent"},
			change: func(f map[string][]byte) {
				sum := sha256.Sum256(q.results[1])
				f[sign] = bytes.Replace(f[sign], fmt.Appendf(nil, "%x", sum), bytes.Repeat([]byte("a"), 64), 1)
				f[sign] = regexp.MustCompile(`("publicKeyFingerprint": ?)"[0-9a-f]+"`).ReplaceAll(f[sign], []byte(`$1"abababababababababababababababab"`))
			}},
		"a list that is not what was signed": {keys: keys, code: 5, want: map[string]string{sign: "invalid:signature", r2: "uncovered:digest", r1: "consistent"},
			change: func(f map[string][]byte) {
				sum := sha256.Sum256(q.results[1])
				f[sign] = bytes.Replace(f[sign], fmt.Appendf(nil, "%x", sum), bytes.Repeat([]byte("a"), 64), 1)
			}},
		"a malformed sign file": {keys: keys, code: 5, want: map[string]string{sign: "invalid:format", r1: "uncovered", r2: "uncovered"},
			change: func(f map[string][]byte) { f[sign] = f[sign][:len(f[sign])-5] }},
		"another algorithm": {keys: keys, code: 5, want: map[string]string{sign: "invalid:format", r1: "uncovered", r2: "uncovered"},
			change: func(f map[string][]byte) {
				f[sign] = bytes.Replace(f[sign], []byte("SHA-256"), []byte("SHA-1"), 1)
			}},
	} {
		files := map[string][]byte{}
		for _, q := range []*lakeQuery{q, other} {
			files[q.dir+"/result_sign.json"] = bytes.Clone(q.sign)
			for i, b := range q.results {
				files[q.name(i)] = bytes.Clone(b)
			}
		}
		if c.change != nil {
			c.change(files)
		}
		var args []string
		if c.keys != "" {
			args = []string{"--public-keys", c.keys}
		}
		code, out, got := verifyLake(t, files, args...)
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", name, code, c.code, c.says, out)
		}
		want := map[string]string{}
		for _, m := range []map[string]string{good, c.want} {
			for k, v := range m {
				if want[k] = v; v == "" {
					delete(want, k)
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
