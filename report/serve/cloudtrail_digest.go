package serve

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// A digest is what is read of a digest file.
type digest struct {
	Bucket            string  `json:"digestS3Bucket"`
	Object            string  `json:"digestS3Object"`
	PreviousBucket    string  `json:"previousDigestS3Bucket"`
	PreviousObject    string  `json:"previousDigestS3Object"`
	PreviousSignature *string `json:"previousDigestSignature"`
}

// maxDigest bounds a digest file, in bytes as stored and as decompressed.
const maxDigest = 64 << 20

// limited is a reader that ends with an error when it has given too much.
type limited struct {
	r    io.Reader
	left int64
}

var errTooLong = errors.New("too long")

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// readDigest reads a digest file of at most room bytes, decompressed, and takes what it had off the room. One is read
// at a time, because its text is held whole.
func readDigest(s *source, name string, room *int64) (*digest, error) {
	s.digests.Lock()
	defer s.digests.Unlock()
	f, _, err := s.file(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader
	if head := make([]byte, 2); readFull(f, head) && head[0] == 0x1f && head[1] == 0x8b {
		gz, err := gzip.NewReader(io.MultiReader(bytes.NewReader(head), f))
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		gz.Multistream(false)
		r = gz
	} else {
		r = io.MultiReader(bytes.NewReader(head), f) // a browser stored it decompressed
	}
	most := min(maxDigest, *room)
	l := &limited{r, most}
	defer func() { *room -= most - l.left }()
	var d digest
	if err := json.NewDecoder(l).Decode(&d); err != nil {
		return nil, err
	}
	return &d, nil
}

func readFull(r io.Reader, b []byte) bool {
	_, err := io.ReadFull(r, b)
	return err == nil
}

// chainName splits a digest's path: the directory of its region, and what the names of its chain begin with.
var chainName = regexp.MustCompile(`^(.*AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/CloudTrail-Digest/[a-z0-9-]+/)\d{4}/\d\d/\d\d/(\d{12}_CloudTrail-Digest_.+_)\d{8}T\d{6}Z(_backfill)?\.json\.gz$`)

// How many names, and how many digests among them, are looked at for the one that follows another.
const (
	maxLooked = 10_000
	maxRead   = 4
)

// metadata returns the metadata that a digest has in S3, which a copy of its bytes has
// not: its signature. The digest that follows it in the chain repeats it; and an
// examiner may have stored the answer of head-object beside it, as NAME.head.json. nil: nobody knows.
func metadata(ctx context.Context, s *source, name string) map[string]string {
	parts := chainName.FindStringSubmatch(name)
	if parts == nil {
		return nil
	}
	if meta := sidecar(s, name+".head.json"); meta != nil {
		return meta
	}
	object := name[strings.LastIndex(name, "AWSLogs/"):]
	var found *digest
	looked, read, room := 0, 0, int64(maxDigest)
	w := &walk{source: s, prefix: parts[1], after: name}
	w.yield = func(next string, _ fs.FileInfo) error {
		if looked++; looked > maxLooked {
			return errStop
		}
		if !strings.HasPrefix(path.Base(next), parts[2]) || !chainName.MatchString(next) {
			return nil
		}
		// One that cannot be read says nothing of any other.
		d, err := readDigest(s, next, &room)
		if err == nil && strings.HasSuffix(d.PreviousObject, object) {
			found = d
		}
		if read++; found != nil || read == maxRead {
			return errStop
		}
		return nil
	}
	if err := w.run(ctx); err != nil || found == nil || found.PreviousSignature == nil {
		return nil
	}
	if _, err := hex.DecodeString(*found.PreviousSignature); err != nil {
		return nil
	}
	return map[string]string{"signature": *found.PreviousSignature, "signature-algorithm": "SHA256withRSA"}
}

// headerValue is a text that can stand in a header.
var headerValue = regexp.MustCompile(`^[ -~]{1,1000}$`)

// sidecar reads the metadata out of an answer of head-object or get-object.
func sidecar(s *source, name string) map[string]string {
	f, _, err := s.file(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var head struct{ Metadata map[string]string }
	if json.NewDecoder(&limited{f, 1 << 20}).Decode(&head) != nil {
		return nil
	}
	meta := map[string]string{}
	for _, key := range [...]string{"signature", "signature-algorithm", "backfill-generation-timestamp"} {
		if v := head.Metadata[key]; headerValue.MatchString(v) {
			meta[key] = v
		}
	}
	if meta["signature"] == "" {
		return nil
	}
	return meta
}
