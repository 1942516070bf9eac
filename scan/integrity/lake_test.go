package integrity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// lakeSign is a sign file that names result_1.csv.gz with the hash of a text.
func lakeSign(content string) string {
	return fmt.Sprintf(`{"version":"1.0","region":"r","files":[{"fileHashValue":"%x","fileName":"result_1.csv.gz"}],"hashAlgorithm":"SHA-256",`+
		`"signatureAlgorithm":"SHA256withRSA","queryCompleteTime":"t","hashSignature":"00","publicKeyFingerprint":"aa"}`, sha256.Sum256([]byte(content)))
}

// What is not as AWS documents it is no sign file.
func TestParseSign(t *testing.T) {
	good := lakeSign("a")
	if d, err := parseSign([]byte(good)); err != nil || d.signedString() != "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, change := range [][2]string{
		{"files", "file"}, {"SHA-256", "SHA-512"}, {"SHA256withRSA", "SHA1withRSA"}, {`"00"`, `""`}, {`"aa"`, `""`}, {"ca97", "ca9"}, {"ca97", "ca9z"},
		{"result_1", "../result_1"}, {"result_1.csv.gz", "a/result_1.csv.gz"}, {"result_1", "x"}, {"{", "[{"}, {"{", "{} {"}, {`"t"`, "1"},
	} {
		if d, err := parseSign([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%q: %+v", change, d)
		}
	}
}

// Two files of one place that sign: what a proved one says counts alone, and what neither has is absent of both.
func TestPlace(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, c := range []struct {
		levels [2]Verdict
		want   Verdict
	}{
		{[2]Verdict{Signed, Unverified}, Modified}, {[2]Verdict{Invalid, Unverified}, Consistent}, {[2]Verdict{Unverified, Signed}, Verified},
		{[2]Verdict{Invalid, Signed}, Verified}, {[2]Verdict{Signed, Invalid}, Modified},
	} {
		var group []*place
		p := placeOf(&group, "d")
		for i, h := range []string{strings.Repeat("cd", 32), hash} {
			b := append([]byte{levelOf(c.levels[i])}, appendText(appendText(appendText(nil, "d"), "result_1.csv.gz"), h)...)
			p.says(&fields{b: b}, uint64(i))
		}
		if r := p.judge(7, "result_1.csv.gz", hash, ""); r.Verdict != c.want || placeOf(&group, "d") != p {
			t.Errorf("%v: %+v, want %s", c.levels, r, c.want)
		}
	}
}

// Any content can be judged as a sign file, and without a key nothing is proved by it.
func FuzzSign(f *testing.F) {
	f.Add([]byte(lakeSign("a")), "d/result_1.csv.gz")
	f.Add([]byte(`{"files":[]}`), "!")
	f.Add([]byte(`{`), "")
	sum := sha256.Sum256([]byte("a"))
	f.Fuzz(func(t *testing.T, b []byte, path string) {
		l := New(Config{Dir: t.TempDir(), Memory: 1 << 20, Keys: &Keyring{}})
		if err := l.Sign(0, "s", "d/"+SignFile, b, Container{}); err != nil {
			t.Fatal(err)
		}
		if err := l.Object(&Object{Ordinal: 1, Source: "s", Path: path, SHA256: hex.EncodeToString(sum[:])}); err != nil {
			t.Fatal(err)
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		signs := 0
		for row, err := range r.Rows {
			if err != nil {
				t.Fatal(err)
			}
			if row.Verdict.proves() || row.Verdict == Verified {
				t.Errorf("without a key: %+v", row)
			}
			if row.Kind == KindSign {
				signs++
			}
		}
		if signs != 1 || bytes.Equal(b, []byte(lakeSign("a"))) && path == "d/result_1.csv.gz" && r.Totals.Results["consistent"] != 1 {
			t.Errorf("%d sign files, %+v", signs, r.Totals)
		}
	})
}
