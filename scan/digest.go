package scan

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// covered says of each object whether a digest file of the evidence names it:
// one bit by ordinal. The content of these objects is hashed on the pass that
// parses it. Names are compared as 64-bit hashes: a collision costs a hash that
// nobody asked for.
type covered []uint64

func (c covered) has(ordinal uint64) bool {
	return len(c) > 0 && c[ordinal/64]&(1<<(ordinal%64)) != 0
}

// wantsContentHash reports whether the content of an object is to be hashed.
func (r *run) wantsContentHash(ordinal uint64) bool {
	return r.cfg.ContentHash || r.covered.has(ordinal)
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

// readDigests reads the digest files that lie where trails put them, and joins
// the names in them with the object table. A digest that cannot be read names
// nothing here; it is listed with its problem when its turn comes.
//
// The join's keys: hash of the name, then 0 for a name in a digest, or 1 and
// the ordinal for an object.
func (r *run) readDigests(ctx context.Context) error {
	names := extsort.New(extsort.Config{Dir: r.dir, Memory: r.cfg.Memory / 100 * smallShare, Writers: 1})
	defer names.Close()
	w := names.NewWriter()
	found := false
	from := opener{s: r.sources}
	defer from.close()
	c := newContent(Limits{Content: 64 << 20}) // a digest of one hour has some kilobytes
	for ordinal := range r.sources.table.n {
		if ordinal&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := r.sources.table.object(ordinal)
		if err != nil {
			return err
		}
		if ordinal >= r.prior && o.reason == "" && strings.Contains(o.path, "CloudTrail-Digest") {
			for _, name := range r.digest(&from, c, o) {
				found = true
				if err := w.Add(append(binary.BigEndian.AppendUint64(nil, nameHash(name)), 0)); err != nil {
					return err
				}
			}
		}
		key := append(binary.BigEndian.AppendUint64(nil, nameHash(o.path)), 1)
		if err := w.Add(binary.BigEndian.AppendUint64(key, ordinal)); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil || !found {
		return err
	}
	return r.cover(names)
}

func (r *run) cover(names *extsort.Sorter) error {
	it, err := names.Merge()
	if err != nil {
		return err
	}
	r.covered = make(covered, r.sources.table.n/64+1)
	named, any := uint64(0), false
	for it.Next() {
		key := it.Key()
		switch hash := binary.BigEndian.Uint64(key); {
		case key[8] == 0:
			named, any = hash, true
		case any && hash == named:
			ordinal := binary.BigEndian.Uint64(key[9:])
			r.covered[ordinal/64] |= 1 << (ordinal % 64)
			if ordinal < r.prior && !r.hashed[ordinal] {
				r.missed++
			}
		}
	}
	return errors.Join(it.Err(), it.Close())
}

// digest returns the names of the log objects in one digest file.
func (r *run) digest(from *opener, c *content, o listed) []string {
	f, err := from.open(o)
	if err != nil {
		return nil
	}
	defer f.Close()
	if c.reset(f, o.size, false) != nil {
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
