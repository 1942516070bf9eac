package scan

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"strings"
)

// digestNames holds what the evidence's digest files name, so that the content
// of those objects is hashed on the pass that parses it. Names are kept as
// 64-bit hashes: a collision costs a hash that nobody asked for.
type digestNames struct {
	names map[uint64]struct{}
	all   bool // too many to remember
}

// maxDigestNames takes about 60 MB in the map.
const maxDigestNames = 2 << 20

// wantsContentHash reports whether the content of an object is to be hashed.
func (r *run) wantsContentHash(path string) bool {
	if r.cfg.ContentHash || r.digests.all {
		return true
	}
	_, named := r.digests.names[nameHash(path)]
	return named
}

// nameHash hashes an object's name from AWSLogs on: a copy of a bucket lies
// under a prefix of its own.
func nameHash(path string) uint64 {
	if i := strings.Index(path, "AWSLogs/"); i >= 0 {
		path = path[i:]
	}
	h := fnv.New64a()
	io.WriteString(h, path)
	return h.Sum64()
}

// readDigests collects the names out of the digest files that lie where trails
// put them. A digest that cannot be read names nothing here; it is listed with
// its problem when its turn comes.
func (r *run) readDigests(ctx context.Context) error {
	r.digests = &digestNames{names: map[uint64]struct{}{}}
	limit := max(1000, min(maxDigestNames, r.cfg.Memory/1000)) // a thirtieth of the budget at most
	for ordinal := range r.sources.table.n {
		if ordinal&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := r.sources.table.object(ordinal)
		if err != nil {
			return err
		}
		if o.reason != "" || !strings.Contains(o.path, "CloudTrail-Digest") {
			continue
		}
		for _, name := range r.digest(o) {
			r.digests.names[nameHash(name)] = struct{}{}
		}
		if int64(len(r.digests.names)) > limit {
			r.digests = &digestNames{all: true}
			return nil
		}
	}
	return nil
}

// digest returns the names of the log objects in one digest file.
func (r *run) digest(o listed) []string {
	f, err := r.sources.open(o)
	if err != nil {
		return nil
	}
	defer f.Close()
	c := newContent(Limits{Content: 64 << 20}) // a digest of one hour has some kilobytes
	if c.reset(f, false) != nil {
		return nil
	}
	var d struct {
		LogFiles []struct {
			S3Object string `json:"s3Object"`
		} `json:"logFiles"`
	}
	if json.NewDecoder(c).Decode(&d) != nil {
		return nil
	}
	var names []string
	for _, l := range d.LogFiles {
		names = append(names, l.S3Object)
	}
	return names
}
