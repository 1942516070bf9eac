package integrity

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
)

// Every form in which list-public-keys hands keys out, and some in which people keep them.
func TestParseKeys(t *testing.T) {
	k := fixtures.SigningKeys()[0]
	value, print := base64.StdEncoding.EncodeToString(k.DER), k.Fingerprint()
	spki := base64.StdEncoding.EncodeToString(k.PKIX())
	entry := func(value, start, end, print string) string {
		return fmt.Sprintf(`{"Value":%q,"ValidityStartTime":%s,"ValidityEndTime":%s,"Fingerprint":%q}`, value, start, end, print)
	}
	one := entry(value, "1771572672.0", "1774164672", print)
	for name, text := range map[string]string{
		"numbers":        `{"PublicKeyList":[` + one + `]}`,
		"small letter":   `{"publicKeyList":[` + entry(value, `"1771572672"`, `"1774164672.000"`, print) + `]}`,
		"small letters":  `{"publicKeyList":[` + strings.NewReplacer("Value", "value", "Validity", "validity", "Fingerprint", "fingerprint").Replace(one) + `]}`,
		"RFC 3339":       `{"PublicKeyList":[` + entry(value, `"2026-02-20T07:31:12+00:00"`, `"2026-03-22T08:31:12+01:00"`, print) + `],"NextToken":"x"}`,
		"two pages":      `{"PublicKeyList":[]}` + "\n" + `{"PublicKeyList":[` + one + `]}`,
		"a list":         "\xef\xbb\xbf[" + one + "]",
		"wrapped base64": `{"PublicKeyList":[` + entry(value[:64]+"\n"+value[64:], "1771572672", "1774164672", strings.ToUpper(print)) + `]}`,
		"PKIX":           `{"PublicKeyList":[` + entry(spki, "1771572672", "1774164672", fingerprint(k.PKIX())) + `]}`,
	} {
		keys, err := ParseKeys([]byte(text))
		if err != nil || len(keys) != 1 {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
			continue
		}
		got := keys[0]
		if _, err := got.Public(); err != nil || got.Mislabelled() != "" || !got.Start.Equal(k.Start) || !got.End.Equal(k.Start.Add(30*24*time.Hour)) {
			t.Errorf("%s: %+v: %v", name, got, err)
		}
	}
	for _, block := range []pem.Block{{Type: "PUBLIC KEY", Bytes: k.PKIX()}, {Type: "RSA PUBLIC KEY", Bytes: k.DER}} {
		keys, err := ParseKeys(pem.EncodeToMemory(&block))
		if err != nil || len(keys) != 1 || keys[0].Fingerprint != fingerprint(block.Bytes) {
			t.Errorf("%s: %+v, %v", block.Type, keys, err)
		}
	}
	for _, text := range []string{"", "{}", "[]", `{"PublicKeyList":{}}`, `{"PublicKeyList":[{"Value":"!","Fingerprint":"a"}]}`, `{"PublicKeyList":[{"Value":"YQ=="}]}`,
		`{"PublicKeyList":[` + entry(value, `"soon"`, "1", print) + `]}`, `{"PublicKeyList":[` + entry(value, "1e300", "1", print) + `]}`, "-----BEGIN X-----"} {
		if keys, err := ParseKeys([]byte(text)); err == nil {
			t.Errorf("%s: %d keys", text, len(keys))
		}
	}
}

// A key is found by the fingerprint that its file gives it and by its own.
func TestKeyring(t *testing.T) {
	k := fixtures.SigningKeys()[0]
	var r Keyring
	mislabelled := Key{Value: k.DER, Fingerprint: "00"}
	r.Add(mislabelled, mislabelled, Key{Value: []byte("none"), Fingerprint: "11"})
	if len(r.named("00")) != 1 || len(r.named(strings.ToUpper(k.Fingerprint()))) != 1 || r.named("11")[0].err == nil || r.Len() != 2 {
		t.Errorf("%d keys: %v", r.Len(), r.byPrint)
	}
	if mislabelled.Mislabelled() != k.Fingerprint() {
		t.Error(mislabelled.Mislabelled())
	}
}

// The AWS CLI's own test vector of the signed text (awscli, tests/unit/customizations/cloudtrail/test_validation.py).
func TestSignedString(t *testing.T) {
	h := head{End: "a", Bucket: "b", Key: "c"}
	copy(h.Hash[:], unhex(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
	if got := h.signedString(); got != "a\nb/c\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nnull" {
		t.Errorf("%q", got)
	}
	previous := "abcd"
	h.PrevSig = &previous
	if got := h.signedString(); !strings.HasSuffix(got, "\nabcd") {
		t.Errorf("%q", got)
	}
}

func TestDigestNames(t *testing.T) {
	for name, want := range map[string]string{
		"x/111122223333_CloudTrail-Digest_eu-west-1_my_trail-1_us-east-1_20260303T015959Z.json.gz":             "111122223333 eu-west-1 my_trail-1 us-east-1 2026-03-03T01:59:59Z false",
		"a.zip!111122223333_CloudTrail-Digest_us-gov-east-1_t_us-gov-west-1_20260303T015959Z_backfill.json.gz": "111122223333 us-gov-east-1 t us-gov-west-1 2026-03-03T01:59:59Z true",
		"111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20260303T015959Z.json":                           "111122223333 eu-west-1 t us-east-1 2026-03-03T01:59:59Z false",
		"111122223333_CloudTrail_eu-west-1_20260303T0159Z_abc.json.gz":                                         "",
		"111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20269903T015959Z.json.gz":                        "",
		"111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20260303T015959Z.json.gz.head.json":              "",
	} {
		n, ok := ParseDigestName(name)
		got := ""
		if ok {
			got = fmt.Sprintf("%s %s %s %s %s %t", n.Account, n.Region, n.Trail, n.Home, n.End.Format(time.RFC3339), n.Backfill)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
