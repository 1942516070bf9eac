package custody

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

// stampedAt is now, since the library puts that into what it signs.
var stampedAt = time.Now().UTC().Truncate(time.Second)

// certificate makes a certificate from stampedAt on, for two days; by nil it is its own.
func certificate(t testing.TB, by *x509.Certificate, byKey *ecdsa.PrivateKey, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "TSA"}, NotBefore: stampedAt.Add(-24 * time.Hour), NotAfter: stampedAt.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if by == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		by, byKey = c, key
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, byKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// usage makes an extended key usage.
func usage(t testing.TB, critical bool, oids ...int) func(*x509.Certificate) {
	t.Helper()
	var list []asn1.ObjectIdentifier
	for _, o := range oids {
		list = append(list, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, o})
	}
	value, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}}
	}
}

const stamps, signsCode = 8, 3 // extended key usages (RFC 5280, 4.2.1.12)

// respond answers a request as an authority does.
func respond(t testing.TB, request []byte, at time.Time, c *x509.Certificate, key *ecdsa.PrivateKey, with bool) []byte {
	t.Helper()
	r, err := timestamp.ParseRequest(request)
	if err != nil {
		t.Fatal(err)
	}
	s := timestamp.Timestamp{
		HashAlgorithm: r.HashAlgorithm, HashedMessage: r.HashedMessage, Time: at, Nonce: r.Nonce, Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: with, SerialNumber: big.NewInt(5),
	}
	b, err := s.CreateResponseWithOpts(c, key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTimestamps(t *testing.T) {
	head := Head{V: 1, Seq: 2, Hash: Genesis, Count: 3}.Encode()
	request, err := TimestampRequest(rand.Reader, head)
	if err != nil {
		t.Fatal(err)
	}
	ca, caKey := certificate(t, nil, nil, func(*x509.Certificate) {})
	other, _ := certificate(t, nil, nil, func(*x509.Certificate) {})
	for name, tt := range map[string]struct {
		usage func(*x509.Certificate)
		at    time.Time
		root  *x509.Certificate
		bare  bool // without the certificate
		want  string
	}{
		"valid":              {usage(t, true, stamps), stampedAt, ca, false, ""},
		"nobody given":       {usage(t, true, stamps), stampedAt, nil, false, ""},
		"another authority":  {usage(t, true, stamps), stampedAt, other, false, "unknown authority"},
		"for something else": {usage(t, true, signsCode), stampedAt, ca, false, "not for timestamps alone"},
		"for more":           {usage(t, true, stamps, signsCode), stampedAt, ca, false, "not for timestamps alone"},
		"not critical":       {usage(t, false, stamps), stampedAt, nil, false, "not for timestamps alone"},
		"for anything":       {func(*x509.Certificate) {}, stampedAt, nil, false, "not for timestamps alone"},
		"expired then":       {usage(t, true, stamps), stampedAt.AddDate(0, 1, 0), ca, false, "expired or is not yet valid"},
		"no certificate":     {usage(t, true, stamps), stampedAt, ca, true, "no certificate"},
	} {
		c, key := certificate(t, ca, caKey, tt.usage)
		response := respond(t, request, tt.at, c, key, !tt.bare)
		var roots []*x509.Certificate
		if tt.root != nil {
			roots = append(roots, tt.root)
		}
		s, err := CheckTimestamp(head, request, response, roots)
		switch {
		case tt.want == "" && (err != nil || s.Trusted != (tt.root != nil) || !s.Time.Equal(tt.at) || s.Policy != "1.2.3" || s.Authority != "CN=TSA"):
			t.Errorf("%s: %+v, %v", name, s, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || s.Trusted):
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if tt.want != "" {
			continue
		}
		if _, err := CheckTimestamp(append(head, ' '), request, response, roots); err == nil {
			t.Errorf("%s: it is of another head too", name)
		}
		again, err := TimestampRequest(rand.Reader, head)
		if err != nil || bytes.Equal(again, request) {
			t.Fatalf("two requests are the same, %v", err)
		}
		if _, err := CheckTimestamp(head, again, response, roots); err == nil {
			t.Errorf("%s: it answers another request too", name)
		}
		if _, err := CheckTimestamp(head, nil, response, roots); err != nil {
			t.Errorf("%s: without the request: %v", name, err)
		}
		// A bit that is another is found, or stands where nothing rests on it; what is said stays.
		for at := range response {
			changed := bytes.Clone(response)
			changed[at] ^= 1
			if is, err := CheckTimestamp(head, request, changed, roots); err == nil && (!is.Time.Equal(s.Time) || is.Authority != s.Authority || is.Policy != s.Policy) {
				t.Errorf("%s: byte %d: %+v", name, at, is)
			}
		}
	}
}

func TestCertificates(t *testing.T) {
	c, _ := certificate(t, nil, nil, func(*x509.Certificate) {})
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	for _, good := range [][]byte{c.Raw, text, append([]byte("subject=x\n"), text...)} {
		if certs, err := ParseCertificates(good); err != nil || len(certs) != 1 {
			t.Errorf("%d certificates, %v", len(certs), err)
		}
	}
	if certs, err := ParseCertificates(append(text, text...)); err != nil || len(certs) != 2 {
		t.Errorf("%d certificates, %v", len(certs), err)
	}
	for _, bad := range []string{"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN X-----\nAAAA\n-----END X-----\n"} {
		if _, err := ParseCertificates([]byte(bad)); err == nil {
			t.Errorf("%q is a certificate", bad)
		}
	}
}

func FuzzTimestamp(f *testing.F) {
	head := Head{V: 1, Hash: Genesis, Count: 1}.Encode()
	request, err := TimestampRequest(rand.Reader, head)
	if err != nil {
		f.Fatal(err)
	}
	ca, caKey := certificate(f, nil, nil, func(*x509.Certificate) {})
	c, key := certificate(f, ca, caKey, usage(f, true, stamps))
	f.Add(respond(f, request, stampedAt, c, key, true), request)
	f.Add([]byte{0x30, 0x80}, []byte{})
	other := sha256.Sum256(head)
	f.Fuzz(func(t *testing.T, response, request []byte) {
		if s, err := CheckTimestamp(other[:], request, response, []*x509.Certificate{ca}); err == nil || s.Trusted {
			t.Errorf("%+v: of something else", s)
		}
	})
}
