package integrity

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"
	"time"
)

// outcome is what checking a signature came to.
type outcome int

const (
	noKey  outcome = iota // there is no key of the digest's fingerprint
	badKey                // none that can be used
	wrong                 // the signature is not that of the digest
	sha1Signed
	right
)

func (h *head) check(signature string, keys *Keyring) (outcome, *Key) {
	made := h.Name.End
	if h.Name.Backfill { // is made later, and nobody signs when
		made = time.Time{}
	}
	return check(h.signedString(), h.Fingerprint, signature, keys, made)
}

// check verifies a text's signature in hexadecimal with the keys of a fingerprint, and returns the key that it
// verifies under. The hash must be SHA-256: what the signature itself says of its hash is not asked. made is when
// it was made, as far as is known.
//
// The fingerprint is what whoever wrote the digest last says, so that without a key of that name it is asked whether another made
// the signature: if one did, over something else, the signature is not that of the text.
func check(text, print, signature string, keys *Keyring, made time.Time) (outcome, *Key) {
	best := noKey
	sig, err := hex.DecodeString(strings.TrimSpace(signature))
	sum := sha256.Sum256([]byte(text))
	for _, k := range keys.named(print) {
		switch {
		case k.err != nil:
			best = max(best, badKey)
		case err == nil && rsa.VerifyPKCS1v15(k.pub, crypto.SHA256, sum[:], sig) == nil:
			return right, &k.Key
		case err == nil && sha1Verifies(k.pub, text, sig):
			best = max(best, sha1Signed)
		case fingerprint(k.Value) != strings.ToLower(print): // another key under this one's name
			best = max(best, badKey)
		default:
			best = max(best, wrong)
		}
	}
	if best > badKey || err != nil {
		return best, nil
	}
	switch k := keys.maker(sig, made); {
	case k == nil:
		return best, nil
	case rsa.VerifyPKCS1v15(k.pub, crypto.SHA256, sum[:], sig) == nil:
		return right, &k.Key
	}
	return wrong, nil
}

// maker finds the key that made a signature, whatever over; nil: none that is there.
func (r *Keyring) maker(sig []byte, made time.Time) *ringKey {
	if r == nil {
		return nil
	}
	for _, k := range r.all {
		if k.err == nil && k.around(made) && isSignature(k.pub, sig) {
			return k
		}
	}
	return nil
}

// around reports whether a key may have been in use at a time. That saves trying all: CloudTrail changes its keys
// every few weeks, in each region.
func (k *Key) around(t time.Time) bool {
	const margin = 24 * time.Hour
	return t.IsZero() || (k.Start.IsZero() || t.After(k.Start.Add(-margin))) && (k.End.IsZero() || t.Before(k.End.Add(margin)))
}

// sha256Info is what stands before a SHA-256 hash in a signature (RFC 8017, 9.2).
var sha256Info = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// isSignature reports whether a key made a signature, over whatever SHA-256 hash: who has not the key makes nothing that
// has the form.
func isSignature(pub *rsa.PublicKey, sig []byte) bool {
	size := pub.Size()
	s := new(big.Int).SetBytes(sig)
	if len(sig) != size || s.Cmp(pub.N) >= 0 {
		return false
	}
	form := s.Exp(s, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, size))
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, size-3-len(sha256Info)-sha256.Size)...)
	return bytes.HasPrefix(form, append(append(want, 0), sha256Info...))
}
