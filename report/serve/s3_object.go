package serve

import (
	"context"
	"crypto/md5" //nolint:gosec // an ETag has its form
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
)

// getObject is GetObject and HeadObject, with ranges and conditions.
func (c *served) getObject(w http.ResponseWriter, r *http.Request, bucket, key string) error {
	f, info, err := c.openObject(w.Header(), r, bucket, key)
	if err != nil {
		return err
	}
	defer f.Close()
	// Never what a browser shows: see ofSDK.
	w.Header().Set("Content-Type", "application/octet-stream")
	if strings.HasSuffix(key, ".gz") {
		w.Header().Set("Content-Type", "application/x-gzip")
	}
	w.Header().Set("Content-Disposition", "attachment")
	w.Header().Set("ETag", etag(info))
	http.ServeContent(w, r, "", info.ModTime(), f)
	return nil
}

// openObject opens an object, and sets the headers of its metadata.
func (c *served) openObject(h http.Header, r *http.Request, bucket, key string) (io.ReadSeekCloser, fs.FileInfo, error) {
	results, _ := c.storedIn(bucket)
	for i := range results {
		if results[i].key == key {
			return results[i].open()
		}
	}
	src, name, err := c.find(r.Context(), bucket, key)
	if err != nil {
		return nil, nil, err
	}
	for k, v := range metadata(r.Context(), src, name) {
		h["x-amz-meta-"+k] = []string{v} // as it stands: clients take the name's letters for what they are
	}
	f, info, err := src.file(name)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

// etag names a file as it is now. It is no hash of its bytes, and like that of
// an object which was stored in parts does not look like one.
func etag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-1"`, md5.Sum(fmt.Appendf(nil, "%d %d", info.Size(), info.ModTime().UnixNano()))) //nolint:gosec // as above
}

// hasBucket reports whether there is such a bucket.
func (c *served) hasBucket(ctx context.Context, bucket string) (bool, error) {
	if _, results := c.storedIn(bucket); results {
		return true, nil
	}
	all, err := c.buckets(ctx)
	return all[bucket] != nil, err
}

// listBuckets is ListBuckets.
func (c *served) listBuckets(w http.ResponseWriter, r *http.Request) error {
	all, err := c.buckets(r.Context())
	if err != nil {
		return err
	}
	list := bucketList{Space: s3Namespace}
	list.Owner.ID = "coldtrail"
	names := map[string]bool{resultsBucket: true}
	for name := range all {
		names[name] = true
	}
	for _, r := range c.runs.list(apiAthena) {
		names[r.athena.bucket] = true
	}
	for name := range names {
		list.Buckets = append(list.Buckets, bucketRow{name, bucketDate})
	}
	slices.SortFunc(list.Buckets, func(a, b bucketRow) int { return strings.Compare(a.Name, b.Name) })
	writeXML(w, r, http.StatusOK, &list)
	return nil
}
