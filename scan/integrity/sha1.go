package integrity

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // to say that a signature uses it, which proves nothing
)

// sha1Verifies reports whether it is a signature over a SHA-1 hash. CloudTrail makes none; the AWS CLI accepts them.
func sha1Verifies(pub *rsa.PublicKey, text string, sig []byte) bool {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
	return rsa.VerifyPKCS1v15(pub, crypto.SHA1, sum[:], sig) == nil
}
