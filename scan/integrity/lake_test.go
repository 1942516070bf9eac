package integrity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// What a result is worth that lies beside sign files: it is known by its hash first, and then by its name.
func TestJudgeResult(t *testing.T) {
	is, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	type signed struct {
		level      Verdict
		name, hash string
	}
	for name, c := range map[string]struct {
		files        []signed
		result, hash string
		unread       string
		want         string // verdict, reason, notes, whose word it is, failure; "": nobody's business
	}{
		"as it was signed":             {[]signed{{Signed, "result_1.csv.gz", is}}, "result_1.csv.gz", is, "", "verified [] signed false"},
		"as one says without proof":    {[]signed{{Unverified, "result_1.csv.gz", is}}, "result_1.csv.gz", is, "", "consistent [] unverified false"},
		"renamed":                      {[]signed{{Signed, "result_1.csv.gz", is}}, "mine.csv.gz", is, "", "verified [renamed] signed false"},
		"changed":                      {[]signed{{Signed, "result_1.csv.gz", other}}, "result_1.csv.gz", is, "", "modified [] signed true"},
		"changed, the sign file too":   {[]signed{{Invalid, "result_1.csv.gz", other}}, "result_1.csv.gz", is, "", "uncovered digest [] invalid false"},
		"swapped":                      {[]signed{{Signed, "result_1.csv.gz", other}, {Signed, "result_2.csv.gz", is}}, "result_1.csv.gz", is, "", "verified [renamed] signed false"},
		"twice, once under its name":   {[]signed{{Signed, "result_2.csv.gz", is}, {Signed, "result_1.csv.gz", is}}, "result_1.csv.gz", is, "", "verified [] signed false"},
		"nobody names it":              {[]signed{{Signed, "result_2.csv.gz", other}}, "result_1.csv.gz", is, "", "uncovered []  false"},
		"nobody names it, no result":   {[]signed{{Signed, "result_2.csv.gz", other}}, "mine.csv.gz", is, "", ""},
		"no sign file":                 {nil, "result_1.csv.gz", is, "", "uncovered []  false"},
		"named, and could not be read": {[]signed{{Signed, "result_1.csv.gz", is}}, "result_1.csv.gz", "", "torn", "unreadable torn [] signed false"},
		"named, and was not read":      {[]signed{{Signed, "result_1.csv.gz", is}}, "result_1.csv.gz", "", "", "unreadable not-read [] signed false"},
		"proved, by a lesser one too":  {[]signed{{Unverified, "result_1.csv.gz", is}, {Signed, "result_2.csv.gz", is}}, "result_1.csv.gz", is, "", "verified [renamed] signed false"},
	} {
		var group []*place
		p := placeOf(&group, "d")
		for i, f := range c.files {
			p.says(&fields{b: append([]byte{levelOf(f.level)}, appendText(appendText(appendText(nil, "d"), f.name), f.hash)...)}, uint64(i))
		}
		got := ""
		if r := p.judge(7, c.result, c.hash, c.unread); r != nil {
			got = fmt.Sprintf("%s %v %s %t", strings.TrimSpace(fmt.Sprint(r.Verdict, " ", r.Reason)), r.Notes, r.By, r.Failure)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A result that lies there once is not the one of two that were signed with its hash, so that the other is absent; and what nobody
// proves to have been signed is not missed.
func TestAbsentResults(t *testing.T) {
	k := newTestKey(t, 2048)
	ring := &Keyring{}
	ring.Add(k.Key)
	sum := func(s string) string { b := sha256.Sum256([]byte(s)); return hex.EncodeToString(b[:]) }
	for name, c := range map[string]struct {
		signature string // of the hashes; "": the right one
		completed string
		want      string
	}{
		"signed":                       {"", "2026-03-03T12:00:00Z", "signed [] failure false: absent true, verified false"},
		"signed before the key's time": {"", "2026-01-03T12:00:00Z", "signed [key-validity] failure false: absent true, verified false"},
		"signed after the key's time":  {"", "2026-09-03T12:00:00Z", "signed [key-validity] failure false: absent true, verified false"},
		"signed who knows when":        {"", "soon", "signed [] failure false: absent true, verified false"},
		"not its signature":            {strings.Repeat("00", 256), "2026-03-03T12:00:00Z", "invalid signature [] failure true: absent false, consistent false"},
	} {
		d := signDoc{Files: []signEntry{{Hash: sum("a"), Name: "result_1.csv.gz"}, {Hash: sum("b"), Name: "result_2.csv.gz"}}, HashAlgorithm: "SHA-256", SignatureAlgorithm: "SHA256withRSA",
			Completed: c.completed, Fingerprint: k.Fingerprint}
		if d.Signature = c.signature; c.signature == "" {
			d.Signature = k.sign(t, d.signedString())
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		l := New(Config{Dir: t.TempDir(), Memory: 1 << 20, Keys: ring})
		if err := errors.Join(l.Sign(0, "s", "d/"+SignFile, b, Container{}), l.Object(&Object{Ordinal: 1, Source: "s", Path: "d/result_1.csv.gz", SHA256: sum("a")}),
			l.Object(&Object{Ordinal: 2, Source: "s", Path: "e/result_2.csv.gz", SHA256: sum("c"), Log: true})); err != nil {
			t.Fatal(err)
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sign, results := "", []string{}
		for row, err := range r.Rows {
			switch {
			case err != nil:
				t.Fatal(err)
			case row.Kind == KindSign:
				sign = fmt.Sprintf("%s %v failure %t", strings.TrimSpace(fmt.Sprint(row.Verdict, " ", row.Reason)), row.Notes, row.Failure)
			case row.Kind == KindResult:
				results = append(results, fmt.Sprint(row.Verdict, " ", row.Failure))
			}
		}
		r.Close()
		slices.Sort(results)
		if got := sign + ": " + strings.Join(results, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
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
