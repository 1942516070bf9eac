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
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
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
// under a prefix of its own, and perhaps in a container.
func nameHash(path string) uint64 {
	path = path[strings.LastIndexByte(path, '!')+1:]
	if i := strings.Index(path, "AWSLogs/"); i >= 0 {
		path = path[i:]
	}
	h := fnv.New64a()
	io.WriteString(h, path)
	return h.Sum64()
}

// digestNames gathers the names in digest files, and those of the objects.
//
// Its keys: hash of the name, then 0 for a name in a digest, or 1 and the ordinal for
// an object.
type digestNames struct {
	names   *extsort.Sorter
	w       *extsort.Writer
	content *content
	found   bool
	err     error // sticky
}

func (r *run) newDigestNames() *digestNames {
	names := extsort.New(extsort.Config{Dir: r.dir, Memory: r.cfg.Memory / 100 * smallShare, Writers: 1})
	return &digestNames{
		names: names, w: names.NewWriter(),
		content: newUnhashed(Limits{Content: 64 << 20, Window: 8 << 20}), // a digest of one hour has some kilobytes
	}
}

func (d *digestNames) close() error { return d.names.Close() }

// read reads a digest file. One that cannot be read names nothing here; it is listed
// with its problem when its turn comes.
func (d *digestNames) read(r io.Reader, size int64) {
	if d.content.reset(r, size, false) != nil {
		return
	}
	var digest struct {
		LogFiles []struct {
			S3Object string `json:"s3Object"`
		} `json:"logFiles"`
	}
	if json.NewDecoder(d.content).Decode(&digest) != nil {
		return
	}
	for _, l := range digest.LogFiles {
		d.found = true
		d.add(append(binary.BigEndian.AppendUint64(nil, nameHash(l.S3Object)), 0))
	}
}

func (d *digestNames) add(key []byte) {
	if d.err == nil {
		d.err = d.w.Add(key)
	}
}

// readDigests reads the digest files that lie where trails put them, and joins
// the names in them with the object table. Those in compressed tars were read when
// these were listed.
func (r *run) readDigests(ctx context.Context, d *digestNames) error {
	from := opener{s: r.sources}
	defer from.close()
	for ordinal := range r.sources.table.n {
		if ordinal&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := r.sources.table.object(ordinal)
		if err != nil {
			return err
		}
		if ordinal >= r.prior && o.reason == "" && o.kind == unpack.NoArchive && isDigest(o.path) && (o.member == nil || !o.member.at.Whole()) {
			if f, err := from.open(o); err == nil {
				d.read(f, o.size)
				f.Close()
			}
		}
		key := append(binary.BigEndian.AppendUint64(nil, nameHash(o.path)), 1)
		if d.add(binary.BigEndian.AppendUint64(key, ordinal)); d.err != nil {
			return d.err
		}
	}
	if err := d.w.Close(); err != nil || !d.found {
		return err
	}
	return r.cover(d.names)
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
