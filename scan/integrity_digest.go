package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/coldtrail/coldtrail/scan/integrity"
)

// A Digest is the content of a digest file, of a sign file or of a signature beside one, or something that the examiner gave, as
// the case keeps it so that it can be judged again.
type Digest struct {
	Object    uint64
	Content   []byte // of the first gzip member, valid until the next one
	Container integrity.Container
}

// Objects of Digests that are none, but what the examiner gave.
const (
	GivenSidecar = math.MaxUint64     // a signature that was fed: JSON of integrity.Sidecar
	GivenBucket  = math.MaxUint64 - 1 // JSON of integrity.Bucket
	GivenListed  = math.MaxUint64 - 2 // an object of a listing that was fed: JSON of integrity.Listed
)

// Given reports whether it is something that the examiner gave.
func (d *Digest) Given() bool { return d.Object >= GivenListed }

// AddTo adds it to a ledger. Source and path are the object's, if it is one.
func (d *Digest) AddTo(l *integrity.Ledger, source, path string) error {
	switch {
	case d.Given():
		return d.give(l)
	case strings.HasSuffix(path, integrity.HeadSuffix):
		var failed error
		t := integrity.Taker{Sidecar: func(s *integrity.Sidecar) error { s.Found = true; failed = l.Sidecar(s); return failed }}
		t.Read(path, bytes.NewReader(d.Content)) // one that cannot be read leaves its digest without a signature
		return failed
	case integrity.IsSignFile(path):
		return l.Sign(d.Object, source, path, d.Content, d.Container)
	}
	return l.Digest(d.Object, source, path, d.Content, d.Container)
}

func (d *Digest) give(l *integrity.Ledger) error {
	var sidecar integrity.Sidecar
	var bucket integrity.Bucket
	var listed integrity.Listed
	into, add := any(&sidecar), func() error { return l.Sidecar(&sidecar) }
	switch d.Object {
	case GivenBucket:
		into, add = &bucket, func() error { l.Bucket(bucket); return nil }
	case GivenListed:
		into, add = &listed, func() error { return l.Listed(&listed) }
	}
	if err := json.Unmarshal(d.Content, into); err != nil {
		return fmt.Errorf("what was given with the digests: %w", err)
	}
	return add()
}
