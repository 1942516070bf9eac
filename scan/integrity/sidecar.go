package integrity

import (
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// A Sidecar is what was saved of a digest's metadata in S3, where its signature is: a copy of the
// bytes has it not.
type Sidecar struct {
	Bucket    string // "": not known
	Key       string
	Signature string // in hexadecimal
	Algorithm string
	Generated string // of a backfill digest: when it was made
	Found     bool   `json:",omitempty"` // in the evidence: what the examiner gave comes first
}

// HeadSuffix ends the name of a file that holds head-object's answer for the object beside it.
const HeadSuffix = ".head.json"

// headAnswer is what head-object and get-object print, or what a collector wrapped around that.
type headAnswer struct {
	Bucket, Key string
	Head        *headAnswer
	Metadata    map[string]string
}

// sidecar returns the signature of an answer. Answers do not say of which object they are: either it is wrapped, or name is the
// object's with HeadSuffix behind it. some is false where there is no signature, as for logs.
func (a *headAnswer) sidecar(name string) (s Sidecar, some bool, err error) {
	inner := a
	if a.Head != nil {
		inner = a.Head
	}
	meta := map[string]string{}
	// S3 gives names in lower case, gateways as they were put. Of several spellings of one name that of S3 counts, and of others
	// always the same: whoever wrote them might hope for chance.
	for _, k := range slices.Backward(slices.Sorted(maps.Keys(inner.Metadata))) {
		name := strings.TrimPrefix(strings.ToLower(k), "x-amz-meta-")
		if _, ok := meta[name]; !ok || name == k {
			meta[name] = inner.Metadata[k]
		}
	}
	s = Sidecar{Bucket: a.Bucket, Key: a.Key, Signature: meta["signature"], Algorithm: meta["signature-algorithm"], Generated: meta["backfill-generation-timestamp"]}
	if strings.TrimSpace(s.Signature) == "" {
		return s, false, nil
	}
	if s.Key == "" {
		key, ok := strings.CutSuffix(filepath.ToSlash(name), HeadSuffix)
		if !ok {
			return s, false, errors.New("head-object's answer does not say of which object it is: wrap it as {\"bucket\":…,\"key\":…,\"head\":…}, or name the file as the object with " + HeadSuffix + " behind")
		}
		s.Key = key
	}
	return s, true, nil
}

// Sidecar adds a digest's signature. In what order, and how often, does not matter.
func (l *Ledger) Sidecar(s *Sidecar) error {
	n, ok := ParseDigestName(s.Key)
	if !ok {
		return l.err
	}
	value, err := json.Marshal(s)
	if err != nil {
		return err
	}
	nth := uint64(0)
	if s.Found {
		nth = 1
	}
	l.add(&l.heads, position(&n, atSidecar, nth), value)
	return l.err
}
