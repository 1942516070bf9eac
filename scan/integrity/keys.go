package integrity

import (
	"bytes"
	"crypto/md5" //nolint:gosec // it identifies a key and is no proof of anything
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Key is a public key with which CloudTrail signs digests, as `aws cloudtrail list-public-keys` gives it.
type Key struct {
	Value       []byte // DER as delivered: PKCS #1 or SubjectPublicKeyInfo
	Fingerprint string // as the file says; lower case
	Start, End  time.Time
}

// MaxKeyFile bounds a file of public keys, in bytes.
const MaxKeyFile = 16 << 20

// keyEntry is a key of a list. encoding/json takes names in either case.
type keyEntry struct {
	Value             string  `json:"Value"`
	ValidityStartTime instant `json:"ValidityStartTime"`
	ValidityEndTime   instant `json:"ValidityEndTime"`
	Fingerprint       string  `json:"Fingerprint"`
}

// ParseKeys reads public keys in the forms in which list-public-keys hands them out: the list's name
// begins with either case; times are numbers, numbers in quotes, or RFC 3339. Several answers may follow
// each other (the pages of one list), and a bare list or PEM is read too.
func ParseKeys(b []byte) ([]Key, error) {
	if bytes.Contains(b, []byte("-----BEGIN ")) {
		return parsePEM(b)
	}
	var keys []Key
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	for {
		var raw json.RawMessage
		switch err := dec.Decode(&raw); {
		case err == io.EOF && len(keys) == 0:
			return nil, errors.New("no PublicKeyList, or an empty one")
		case err == io.EOF:
			return keys, nil
		case err != nil:
			return nil, err
		}
		var list []keyEntry
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, inWords(err)
			}
		} else {
			var page struct {
				PublicKeyList []keyEntry `json:"PublicKeyList"`
			}
			if err := json.Unmarshal(raw, &page); err != nil {
				return nil, inWords(err)
			}
			list = page.PublicKeyList
		}
		for _, e := range list {
			k, err := e.key()
			if err != nil {
				return nil, fmt.Errorf("key %d: %w", len(keys), err)
			}
			keys = append(keys, k)
		}
	}
}

func (e *keyEntry) key() (Key, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Value), ""))
	if err != nil {
		return Key{}, fmt.Errorf("value: %w", err)
	}
	if len(der) == 0 || e.Fingerprint == "" {
		return Key{}, errors.New("no value or no fingerprint")
	}
	return Key{der, strings.ToLower(e.Fingerprint), e.ValidityStartTime.Time, e.ValidityEndTime.Time}, nil
}

func parsePEM(b []byte) (keys []Key, err error) {
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if strings.HasSuffix(block.Type, "PUBLIC KEY") {
			keys = append(keys, Key{Value: block.Bytes, Fingerprint: fingerprint(block.Bytes)})
		}
	}
	if keys == nil {
		return nil, errors.New("no public key in the PEM")
	}
	return keys, nil
}

// fingerprint is how CloudTrail names a key: the MD5 of its DER, as delivered. AWS does not document
// it; it holds for every key that AWS has published.
func fingerprint(der []byte) string {
	sum := md5.Sum(der) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// Mislabelled returns the fingerprint that the key's value has, if that is not the one
// that the file says: the key was altered, or another's. "": they agree.
func (k *Key) Mislabelled() string {
	if f := fingerprint(k.Value); f != k.Fingerprint {
		return f
	}
	return ""
}

// Public returns the key. AWS delivers PKCS #1, but one of the keys in its own documentation is a
// SubjectPublicKeyInfo, and the API's page says that the encoding may change.
func (k *Key) Public() (*rsa.PublicKey, error) {
	pub, err := x509.ParsePKCS1PublicKey(k.Value)
	if err != nil {
		any, err := x509.ParsePKIXPublicKey(k.Value)
		if err != nil {
			return nil, errors.New("neither an RSA key of PKCS #1 nor a SubjectPublicKeyInfo")
		}
		var ok bool
		if pub, ok = any.(*rsa.PublicKey); !ok {
			return nil, fmt.Errorf("a key of type %T, not RSA", any)
		}
	}
	if n := pub.N.BitLen(); n < minKey { // nothing verifies under it
		return nil, fmt.Errorf("an RSA key of %d bits, which proves nothing: CloudTrail's have 2048", n)
	}
	return pub, nil
}

// minKey is how many bits the RSA keys have that crypto/rsa uses.
const minKey = 1024

// instant reads the forms of time that list-public-keys has.
type instant struct{ time.Time }

// maxEpoch is the last second of the year 9999.
const maxEpoch = 253402300799

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" {
		return nil
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if math.IsNaN(n) || math.Abs(n) > maxEpoch {
			return fmt.Errorf("time %s: out of range", s)
		}
		whole, part := math.Modf(n)
		i.Time = time.Unix(int64(whole), int64(part*1e9)).UTC()
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999999-0700", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			i.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("time %q: neither a number of seconds nor RFC 3339", s)
}

// A Keyring finds keys by their fingerprints. Its zero value has none.
type Keyring struct {
	byPrint map[string][]*ringKey
	all     []*ringKey // each once
}

// ringKey is a key that is ready for use.
type ringKey struct {
	Key
	pub *rsa.PublicKey
	err error // why it cannot be used
}

// Add adds keys. What is there already, value and validity, is not added again. A key is found
// by the fingerprint that its file says and by that of its value.
func (r *Keyring) Add(keys ...Key) {
	if r.byPrint == nil {
		r.byPrint = map[string][]*ringKey{}
	}
	for _, k := range keys {
		own := &ringKey{Key: k}
		own.pub, own.err = k.Public()
		for i, print := range []string{k.Fingerprint, k.Mislabelled()} {
			if print == "" || r.has(print, &k) {
				continue
			}
			r.byPrint[print] = append(r.byPrint[print], own)
			if i == 0 {
				r.all = append(r.all, own)
			}
		}
	}
}

func (r *Keyring) has(print string, k *Key) bool {
	for _, o := range r.byPrint[print] {
		if bytes.Equal(o.Value, k.Value) && o.Start.Equal(k.Start) && o.End.Equal(k.End) {
			return true
		}
	}
	return false
}

// Len is the number of keys.
func (r *Keyring) Len() int { return len(r.all) }

func (r *Keyring) named(print string) []*ringKey {
	if r == nil {
		return nil
	}
	return r.byPrint[strings.ToLower(print)]
}
