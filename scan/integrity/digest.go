package integrity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A digestDoc is a digest file's content.
type digestDoc struct {
	Account       string  `json:"awsAccountId"`
	Start         *string `json:"digestStartTime"`
	End           *string `json:"digestEndTime"`
	Bucket        *string `json:"digestS3Bucket"`
	Object        *string `json:"digestS3Object"`
	Fingerprint   *string `json:"digestPublicKeyFingerprint"`
	Algorithm     string  `json:"digestSignatureAlgorithm"`
	PrevBucket    string  `json:"previousDigestS3Bucket"`
	PrevObject    string  `json:"previousDigestS3Object"`
	PrevHash      string  `json:"previousDigestHashValue"`
	PrevAlgorithm string  `json:"previousDigestHashAlgorithm"`
	PrevSignature nullish `json:"previousDigestSignature"`
	Logs          logList `json:"logFiles"`

	odd string // what is strange about its JSON; see ambiguous
}

// An entry names a log file.
type entry struct {
	Bucket    string `json:"s3Bucket"`
	Object    string `json:"s3Object"`
	Hash      string `json:"hashValue"`
	Algorithm string `json:"hashAlgorithm"`
}

// A logList is the JSON of a list of entries, which was checked: there may be a million of them.
type logList struct {
	raw []byte // aliases what was decoded; nil: it is not there
	n   int
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *logList) UnmarshalJSON(b []byte) error {
	*l = logList{}
	if string(b) == "null" {
		return nil
	}
	l.raw = b
	return l.each(func(*entry) { l.n++ })
}

// each calls yield with every entry.
func (l *logList) each(yield func(*entry)) error {
	dec := json.NewDecoder(bytes.NewReader(l.raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return errors.New("logFiles is no list")
	}
	for dec.More() {
		var e entry
		err := dec.Decode(&e)
		if err == nil && (len(e.Bucket) > maxBucket || len(e.Object) > maxKey || len(e.Hash) > maxText || len(e.Algorithm) > maxText) {
			err = errTooLong
		}
		if err == nil && e.Object == "" {
			err = errors.New("a log without s3Object")
		}
		if err != nil {
			return err
		}
		yield(&e)
	}
	return nil
}

// Bounds of what a digest says, in bytes. What is longer than S3 allows, or than any key's signature, names nothing.
const (
	maxBucket    = 255
	maxKey       = 1024
	maxSignature = 16 << 10
	maxText      = 1 << 10
)

var errTooLong = errors.New("longer than anything that it could name")

// nullish is a text that may be null but must be there.
type nullish struct {
	there bool
	text  *string
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *nullish) UnmarshalJSON(b []byte) error {
	n.there = true
	return json.Unmarshal(b, &n.text)
}

// MaxDigest bounds the content of a digest file, in bytes: one of an hour has some kilobytes, and half a kilobyte for each log.
const MaxDigest = 16 << 20

// parseDigest reads a digest's content. What the AWS CLI does not ask for but fails without, the list of logs,
// must be there too.
func parseDigest(content []byte) (*digestDoc, error) {
	var d digestDoc
	if err := json.Unmarshal(content, &d); err != nil {
		return nil, inWords(err)
	}
	for _, m := range []struct {
		name    string
		missing bool
	}{
		{"digestPublicKeyFingerprint", d.Fingerprint == nil}, {"digestS3Bucket", d.Bucket == nil}, {"digestS3Object", d.Object == nil},
		{"previousDigestSignature", !d.PrevSignature.there}, {"digestEndTime", d.End == nil}, {"digestStartTime", d.Start == nil},
		{"logFiles", d.Logs.raw == nil},
	} {
		if m.missing {
			return nil, errors.New("no " + m.name)
		}
	}
	d.odd = ambiguousDigest(content, d.Logs.raw)
	return &d, d.bounded()
}

// inWords leaves the names of Go's types out of an error.
func inWords(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errors.New(strings.TrimPrefix(e.Field+": ", ": ") + e.Value + " where something else belongs")
	}
	return err
}

// bounded refuses texts that are longer than what they stand for can be.
func (d *digestDoc) bounded() error {
	signature := ""
	if d.PrevSignature.text != nil {
		signature = *d.PrevSignature.text
	}
	for _, t := range []struct {
		name, text string
		most       int
	}{
		{"digestStartTime", *d.Start, maxText}, {"digestEndTime", *d.End, maxText}, {"digestS3Bucket", *d.Bucket, maxBucket}, {"digestS3Object", *d.Object, maxKey},
		{"digestPublicKeyFingerprint", *d.Fingerprint, maxText}, {"digestSignatureAlgorithm", d.Algorithm, maxText},
		{"previousDigestS3Bucket", d.PrevBucket, maxBucket}, {"previousDigestS3Object", d.PrevObject, maxKey}, {"previousDigestHashValue", d.PrevHash, maxText},
		{"previousDigestHashAlgorithm", d.PrevAlgorithm, maxText}, {"previousDigestSignature", signature, maxSignature},
	} {
		if len(t.text) > t.most {
			return fmt.Errorf("%s: %w", t.name, errTooLong)
		}
	}
	return nil
}

// A head is what judging a chain needs of a digest file, without the logs that it names.
type head struct {
	Ordinal uint64
	Seq     uint64 // in which it was added
	Source  string // label of its evidence root
	Path    string // of the file
	Name    DigestName
	Notes   []string // about the container of the bytes
	Problem string   // why the content is no digest; "": it is one, and the rest holds
	Unread  bool     // it could not be read
	Odd     string   // what CloudTrail does not write, though it can be read

	Hash        [sha256.Size]byte // of the content
	Start, End  string
	Bucket, Key string
	Fingerprint string
	Algorithm   string
	PrevBucket  string
	PrevKey     string
	PrevHash    string
	PrevHashAlg string
	PrevSig     *string
	Logs        int
}

func (h *head) fill(d *digestDoc) {
	h.Start, h.End, h.Bucket, h.Key, h.Fingerprint, h.Algorithm = *d.Start, *d.End, *d.Bucket, *d.Object, *d.Fingerprint, d.Algorithm
	h.PrevBucket, h.PrevKey, h.PrevHash, h.PrevHashAlg, h.PrevSig = d.PrevBucket, d.PrevObject, d.PrevHash, d.PrevAlgorithm, d.PrevSignature.text
	h.Logs, h.Odd = d.Logs.n, d.odd
}

// window returns the time of delivery that the digest says it covers. A text that is no time is zero.
func (h *head) window() (start, end time.Time) {
	start, _ = time.Parse(time.RFC3339, h.Start)
	end, _ = time.Parse(time.RFC3339, h.End)
	return start.UTC(), end.UTC()
}

// disorder says what in its times cannot be so: CloudTrail writes no such thing. "": there is nothing.
func (h *head) disorder() string {
	start, end := h.window()
	prev, ok := ParseDigestName(h.PrevKey)
	switch {
	case start.IsZero() || end.IsZero():
		return fmt.Sprintf("its window is from %.40q to %.40q: both are to be times", h.Start, h.End)
	case start.After(end):
		return "its window ends before it begins"
	case ok && !h.Name.Backfill && !prev.Backfill && prev.group() == h.Name.group() && !prev.End.Before(h.Name.End):
		return "it names as the digest before it one that ends no earlier: " + h.PrevKey
	}
	return ""
}

// signedString is the text whose signature is the digest's.
func (h *head) signedString() string {
	previous := "null"
	if h.PrevSig != nil {
		previous = *h.PrevSig
	}
	return h.End + "\n" + h.Bucket + "/" + h.Key + "\n" + hex.EncodeToString(h.Hash[:]) + "\n" + previous
}
