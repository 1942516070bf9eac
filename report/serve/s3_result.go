package serve

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// A stored is a result of Athena's where its client looks for it in S3.
type stored struct {
	key string
	*result
	text bool // it is not CSV: of statements other than DML
}

// storedIn returns the results in a bucket, the newest first. known says that it is a bucket of results.
func (c *served) storedIn(bucket string) (all []stored, known bool) {
	known = bucket == resultsBucket
	for _, r := range c.runs.list(apiAthena) {
		if r.athena.bucket != bucket {
			continue
		}
		known = true
		if s := r.status(); s.result != nil {
			all = append(all, stored{r.athena.key, s.result, r.athena.kind != "DML"})
		}
	}
	return all, known
}

// A storedInfo describes a stored result.
type storedInfo struct {
	name    string
	size    int64
	modTime time.Time
}

func (i storedInfo) Name() string       { return i.name }
func (i storedInfo) Size() int64        { return i.size }
func (i storedInfo) Mode() fs.FileMode  { return 0o444 }
func (i storedInfo) ModTime() time.Time { return i.modTime }
func (i storedInfo) IsDir() bool        { return false }
func (i storedInfo) Sys() any           { return nil }

// open opens a stored result.
func (s *stored) open() (io.ReadSeekCloser, fs.FileInfo, error) {
	if s.text {
		b, err := s.tabbed()
		return unclosed{bytes.NewReader(b)}, storedInfo{path.Base(s.key), int64(len(b)), s.modTime}, err
	}
	f, err := os.Open(s.name)
	if err != nil {
		return nil, nil, errNoFile
	}
	return f, storedInfo{path.Base(s.key), s.size, s.modTime}, nil
}

type unclosed struct{ io.ReadSeeker }

func (unclosed) Close() error { return nil }

// maxTabbed bounds the result of a statement that is no DML, in bytes.
const maxTabbed = 64 << 20

// tabbed returns the result as Athena stores that of other statements than DML:
// values with tabs between them, and no header.
func (s *stored) tabbed() ([]byte, error) {
	var b bytes.Buffer
	for from := int64(0); from < s.rows; {
		page, err := s.page(from, 1000)
		if err != nil {
			return nil, errNoFile
		}
		for _, values := range page {
			for i, v := range values {
				if i > 0 {
					b.WriteByte('\t')
				}
				if v != nil {
					b.WriteString(*v)
				}
			}
			b.WriteByte('\n')
		}
		if from += int64(len(page)); b.Len() > maxTabbed {
			return nil, errors.New("the result is too long for this form: GetQueryResults has it")
		}
	}
	return b.Bytes(), nil
}

// listStored lists the results of a bucket.
func (c *served) listStored(bucket string, q listing) (items []item) {
	all, _ := c.storedIn(bucket)
	for i := range all {
		s := &all[i]
		if !strings.HasPrefix(s.key, q.prefix) || s.key <= q.after {
			continue
		}
		if common := q.common(s.key); common > q.after {
			items = append(items, item{key: common})
			continue
		} else if common != "" {
			continue
		}
		if f, info, err := s.open(); err == nil {
			f.Close()
			items = append(items, item{s.key, info})
		}
	}
	return items
}
