package custody

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// Extensions of requests and responses, behind the name of the head that they are of.
const (
	RequestExtension  = ".tsq"
	ResponseExtension = ".tsr"
)

// TimestampRequest makes a request for a timestamp of a head's file (RFC 3161), which asks for the
// authority's certificate and has a nonce from random.
func TimestampRequest(random io.Reader, head []byte) ([]byte, error) {
	var nonce [8]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(head)
	r := timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Certificates: true, Nonce: new(big.Int).SetBytes(nonce[:])}
	return r.Marshal()
}

// A Stamp is what a timestamp says.
type Stamp struct {
	Time      time.Time
	Accuracy  time.Duration // 0: not said
	Policy    string
	Serial    string
	Authority string // the subject of its certificate
	Trusted   bool   // its certificate leads to one of those that were given
}

// oidTSTInfo is what a timestamp's content is (RFC 3161, 2.4.2).
var oidTSTInfo = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}

// CheckTimestamp checks a timestamp of a head's file: that it is one, of these bytes and in answer to the
// request, if there is one; that its signature is by the certificate in it; that this is for
// nothing but timestamps; and, where roots are given, that it led to one of them when the time was stamped.
func CheckTimestamp(head, request, response []byte, roots []*x509.Certificate) (stamp Stamp, err error) {
	defer func() {
		if p := recover(); p != nil { // the decoder of BER is not made for what is hostile
			err = fmt.Errorf("timestamp: malformed: %v", p)
		}
	}()
	t, err := timestamp.ParseResponse(response)
	if err != nil {
		return stamp, fmt.Errorf("timestamp: %w", err)
	}
	stamp = Stamp{Time: t.Time.UTC(), Accuracy: t.Accuracy, Policy: t.Policy.String(), Serial: t.SerialNumber.String()}
	if !t.HashAlgorithm.Available() || t.HashAlgorithm.Size() < sha256.Size {
		return stamp, fmt.Errorf("timestamp: its hash is a %v, which is not strong enough", t.HashAlgorithm)
	}
	h := t.HashAlgorithm.New()
	h.Write(head)
	if !bytes.Equal(h.Sum(nil), t.HashedMessage) {
		return stamp, errors.New("timestamp: it is of something else")
	}
	if err := answers(t, request); err != nil {
		return stamp, err
	}
	signer, err := signerOf(t)
	if err != nil {
		return stamp, fmt.Errorf("timestamp: %w", err)
	}
	stamp.Authority = signer.Subject.String()
	if len(roots) == 0 {
		return stamp, nil
	}
	opts := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}}
	for _, c := range roots {
		opts.Roots.AddCert(c)
	}
	for _, c := range t.Certificates {
		opts.Intermediates.AddCert(c)
	}
	if _, err := signer.Verify(opts); err != nil {
		return stamp, fmt.Errorf("timestamp: the authority's certificate: %w", err)
	}
	stamp.Trusted = true
	return stamp, nil
}

// answers checks that a timestamp is the answer to a request: an old one is not sold for it.
func answers(t *timestamp.Timestamp, request []byte) error {
	if request == nil {
		return nil
	}
	r, err := timestamp.ParseRequest(request)
	if err != nil {
		return fmt.Errorf("timestamp request: %w", err)
	}
	if r.Nonce != nil && (t.Nonce == nil || r.Nonce.Cmp(t.Nonce) != 0) {
		return errors.New("timestamp: it has not the nonce of the request")
	}
	return nil
}

// signerOf returns the certificate by which a timestamp's signature is valid.
func signerOf(t *timestamp.Timestamp) (*x509.Certificate, error) {
	if len(t.Certificates) == 0 {
		return nil, errors.New("it has no certificate, and cannot be checked: ask for it with certReq")
	}
	p7, err := pkcs7.Parse(t.RawToken)
	if err != nil {
		return nil, err
	}
	if err := p7.Verify(); err != nil {
		return nil, err
	}
	signer := p7.GetOnlySigner()
	if signer == nil {
		return nil, errors.New("it has not one signature")
	}
	var content asn1.ObjectIdentifier
	if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeContentType, &content); err != nil || !content.Equal(oidTSTInfo) {
		return nil, errors.New("what was signed is no timestamp")
	}
	if err := namesSigner(p7, signer); err != nil {
		return nil, err
	}
	if len(signer.ExtKeyUsage) != 1 || signer.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(signer.UnknownExtKeyUsage) > 0 || !criticalUsage(signer) {
		return nil, errors.New("its certificate is not for timestamps alone")
	}
	return signer, nil
}

func criticalUsage(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) && e.Critical })
}

// The attributes in which a signature names its certificate (RFC 2634, RFC 5035).
var (
	oidSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

type signingCertificate struct {
	Certs    []essCertID
	Policies asn1.RawValue `asn1:"optional"`
}

type essCertID struct {
	Hash   []byte
	Serial asn1.RawValue `asn1:"optional"`
}

type signingCertificateV2 struct {
	Certs    []essCertIDv2
	Policies asn1.RawValue `asn1:"optional"`
}

type essCertIDv2 struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"` // default SHA-256
	Hash      []byte
	Serial    asn1.RawValue `asn1:"optional"`
}

// namesSigner checks that what was signed names this certificate, so that another with the same
// key and name cannot be put in its place.
func namesSigner(p7 *pkcs7.PKCS7, signer *x509.Certificate) error {
	var v2 signingCertificateV2
	if err := p7.UnmarshalSignedAttribute(oidSigningCertificateV2, &v2); err == nil && len(v2.Certs) > 0 {
		for _, algo := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			h := algo.New()
			h.Write(signer.Raw)
			if bytes.Equal(h.Sum(nil), v2.Certs[0].Hash) {
				return nil
			}
		}
		return errors.New("what was signed names another certificate")
	}
	var v1 signingCertificate
	if err := p7.UnmarshalSignedAttribute(oidSigningCertificate, &v1); err != nil || len(v1.Certs) == 0 {
		return errors.New("what was signed names no certificate")
	}
	if sum := sha1.Sum(signer.Raw); !bytes.Equal(sum[:], v1.Certs[0].Hash) {
		return errors.New("what was signed names another certificate")
	}
	return nil
}

// ParseCertificates parses certificates in PEM, or one in DER.
func ParseCertificates(b []byte) (certs []*x509.Certificate, err error) {
	if !bytes.Contains(b, []byte("-----BEGIN")) {
		c, err := x509.ParseCertificate(b)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		return append(certs, c), nil
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return nil, errors.New("certificate: the file has none")
	}
	return certs, nil
}
