package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// The runs do not carry the records, so copies are told by a hash of their
// bytes. Where two records of one event ID, account and time differ in it, they
// may still be the same JSON in another spelling: these doubts are settled by
// reading the objects concerned once more. In a copy of a trail's bucket there
// are none; in evidence that holds every event in two serialisations it costs a
// second reading. The first records of findings are read again on the same way.

// contentHash tells different records apart. It is keyed anew in each run, so
// that nobody can make two records that share it; nothing that is written
// depends on it.
type contentHash struct{ seed maphash.Seed }

func (c contentHash) of(raw []byte) uint64 { return maphash.Bytes(c.seed, raw) }

// placeKey is the part of a sort key that says where the event lies.
func placeKey(sortKey []byte) []byte { return sortKey[len(sortKey)-tailBytes:] }

// canonicalSize is how many bytes of a hash stand for a canonical form.
const canonicalSize = 16

// wanted is the doubtful records of one object: index → sort key.
type wanted struct {
	object  uint64
	records map[int][]byte
}

// settleDoubts reads the doubtful records again. r.again then has, by sort key,
// the hash of each canonical form and the record.
func (r *run) settleDoubts(ctx context.Context) error {
	it, err := r.doubts.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	g, ctx := errgroup.WithContext(ctx)
	work := make(chan wanted)
	g.Go(func() error {
		defer close(work)
		var next wanted
		for it.Next() {
			object, index := binary.BigEndian.Uint64(it.Key()), binary.BigEndian.Uint32(it.Key()[8:])
			if next.records != nil && next.object != object {
				if err := send(ctx, work, next); err != nil {
					return err
				}
				next.records = nil
			}
			if next.records == nil {
				next = wanted{object, map[int][]byte{}}
			}
			next.records[int(index)] = bytes.Clone(it.Value())
		}
		if err := it.Err(); err != nil || next.records == nil {
			return err
		}
		return send(ctx, work, next)
	})
	for range r.cfg.Workers {
		g.Go(func() error {
			out := r.again.NewWriter()
			c := newContent(r.cfg.Limits)
			var rd parser.Reader
			rd.SetLimits(parser.Limits{Record: r.cfg.Limits.Record, Depth: r.cfg.Limits.Depth})
			for w := range work {
				if err := r.readAgain(w, c, &rd, out); err != nil {
					return err
				}
			}
			return out.Close()
		})
	}
	return g.Wait()
}

// readAgain reads an object for the records that are wanted. What cannot be read
// any more stays in doubt, and is then taken for different.
func (r *run) readAgain(w wanted, c *content, rd *parser.Reader, out *extsort.Writer) error {
	o, err := r.sources.table.object(w.object)
	if err != nil {
		return err
	}
	f, err := r.sources.open(o)
	if err != nil {
		return nil
	}
	defer f.Close()
	if c.reset(f, false) != nil {
		return nil
	}
	rd.Reset(c, parser.Origin{})
	for left := len(w.records); left > 0; {
		rec, err := rd.Next()
		if _, bad := err.(*parser.RecordError); bad {
			continue
		}
		if err != nil {
			if err != io.EOF {
				return nil
			}
			break
		}
		key, ok := w.records[rec.Origin.Index]
		if !ok {
			continue
		}
		left--
		sum := sha256.Sum256(canonical(rec.Raw))
		if err := out.Add(key, sum[:canonicalSize], rec.Raw); err != nil {
			return err
		}
	}
	return nil
}
