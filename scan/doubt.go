package scan

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/bits"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// The runs do not carry the records, so copies are told by a hash of their
// bytes. Where two records of one event ID, account and time differ in it, they
// may still be the same JSON in another spelling: these doubts are settled by
// reading the objects concerned once more. In a copy of a trail's bucket there
// are none; in evidence that holds every event in two serialisations it costs a
// second reading. The first records of findings are read again on the same way.

// hashes tells different records, and different event IDs, apart. It is keyed
// anew in each run, so that nobody can make two that share a hash; nothing that
// is written depends on it.
type hashes struct{ first, second maphash.Seed }

func newHashes() hashes { return hashes{maphash.MakeSeed(), maphash.MakeSeed()} }

func (h hashes) content(raw []byte) uint64 { return maphash.Bytes(h.first, raw) }

// appendCopyKey appends the event's copy key.
func (h hashes) appendCopyKey(dst []byte, ref *detect.EventRef) []byte {
	for _, seed := range [...]maphash.Seed{h.first, h.second} {
		// The account's hash is turned, so that ID and account cannot change places.
		sum := maphash.String(seed, ref.ID) ^ bits.RotateLeft64(maphash.String(seed, ref.Account), 17)
		dst = binary.BigEndian.AppendUint64(dst, sum)
	}
	return appendTail(appendTime(dst, ref.Time), ref.Place)
}

// What is to be found out about a record that is read again.
const (
	inDoubt     = 0 // whether it is a copy, or only what it holds
	timesDiffer = 1 // nothing more: its event has a copy of another time
)

// A row of r.again: one byte of what is known, then the canonical form's hash.
const (
	canonicalFrom = 1
	canonicalTo   = canonicalFrom + 16
)

// wanted is the records of one object that are to be read again: index → what
// is known of each.
type wanted struct {
	object  uint64
	records map[int]byte
}

// settleDoubts reads the doubtful records again. r.again then has, by sort key,
// what was known of each, the hash of its canonical form, and the record.
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
				next = wanted{object, map[int]byte{}}
			}
			next.records[int(index)] |= it.Value()[0]
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

// readAgain reads an object for the records that are wanted. That they are there
// was seen a moment ago: if one is missing, the evidence has changed.
func (r *run) readAgain(w wanted, c *content, rd *parser.Reader, out *extsort.Writer) error {
	o, err := r.sources.table.object(w.object)
	if err != nil {
		return err
	}
	changed := func(err error) error {
		return fmt.Errorf("object %s: cannot be read again, the evidence has changed: %w", o.path, err)
	}
	f, err := r.sources.open(o)
	if err != nil {
		return changed(err)
	}
	defer f.Close()
	if err := c.reset(f, false); err != nil {
		return changed(err)
	}
	rd.Reset(c, parser.Origin{})
	for left := len(w.records); left > 0; {
		rec, err := rd.Next()
		if _, bad := err.(*parser.RecordError); bad {
			continue
		}
		if err != nil {
			return changed(err)
		}
		known, ok := w.records[rec.Origin.Index]
		if !ok {
			continue
		}
		left--
		ref := refOf(rec, w.object)
		sum := sha256.Sum256(canonical(rec.Raw))
		if err := out.Add(appendKey(nil, &ref), []byte{known}, sum[:canonicalTo-canonicalFrom], rec.Raw); err != nil {
			return err
		}
	}
	return nil
}
