package scan

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

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

// copyKeys makes copy keys for one goroutine. It remembers the last account's
// hashes: few objects have more than one account.
type copyKeys struct {
	hashes
	account string
	sums    [2]uint64
}

// append appends the event's copy key.
func (c *copyKeys) append(dst []byte, ref *detect.EventRef) []byte {
	if c.account != ref.Account || c.sums == [2]uint64{} {
		c.account = strings.Clone(ref.Account)
		// The account's hash is turned, so that ID and account cannot change places.
		c.sums = [2]uint64{
			bits.RotateLeft64(maphash.String(c.first, c.account), 17), bits.RotateLeft64(maphash.String(c.second, c.account), 17),
		}
	}
	dst = binary.BigEndian.AppendUint64(dst, maphash.String(c.first, ref.ID)^c.sums[0])
	dst = binary.BigEndian.AppendUint64(dst, maphash.String(c.second, ref.ID)^c.sums[1])
	return appendTail(appendTime(dst, ref.Time), ref.Place)
}

// What is to be found out about a record that is read again.
const (
	inDoubt   = 0 // whether it is a copy, or only what it holds
	contested = 1 // what it holds: that its event has a different record is known
)

// A row of r.again: one byte of what is known, the content hash, the canonical
// form's hash, the record.
const (
	canonicalFrom = 1 + hashBytes
	canonicalTo   = canonicalFrom + 16
)

// wanted is some records of one object that are to be read again, by their index.
type wanted struct {
	object  uint64
	records []doubtful
}

type doubtful struct {
	index uint32
	known byte
}

// maxWanted bounds how many records are asked for at once; for more, an object is
// read several times.
const maxWanted = 256 << 10

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
		own := r.newRereader()      // for what shares streams: one pass reads it
		prior := map[placeOf]byte{} // comes first, since the rows are sorted
		if err := r.eachWanted(it, func(w wanted) error {
			switch {
			case r.inStream(w.object):
				return own.read(ctx, w)
			case w.object >= r.prior:
				return send(ctx, work, w)
			}
			for _, d := range w.records {
				prior[placeOf{w.object, d.index}] = d.known
			}
			if len(prior) < maxWanted {
				return nil
			}
			err := r.readPriorAgain(ctx, prior)
			clear(prior)
			return err
		}); err != nil {
			return errors.Join(err, own.opener.close())
		}
		if err := own.close(); err != nil {
			return err
		}
		return r.readPriorAgain(ctx, prior)
	})
	for range r.cfg.Workers {
		g.Go(func() error {
			own := r.newRereader()
			for w := range work {
				if err := own.read(ctx, w); err != nil {
					return errors.Join(err, own.opener.close())
				}
			}
			return own.close()
		})
	}
	return g.Wait()
}

// inStream reports whether an object is a member that shares a stream with others.
func (r *run) inStream(ordinal uint64) bool {
	i, found := slices.BinarySearchFunc(r.streams, ordinal, func(s stretch, ordinal uint64) int { return cmp.Compare(s.from, ordinal) })
	return found || i > 0 && ordinal < r.streams[i-1].to
}

// A rereader reads objects again, for one goroutine.
type rereader struct {
	run     *run
	opener  opener
	content *content
	reader  parser.Reader
	out     *extsort.Writer
}

func (r *run) newRereader() *rereader {
	own := &rereader{run: r, opener: opener{s: r.sources}, content: newUnhashed(r.cfg.Limits), out: r.again.NewWriter()}
	own.reader.SetLimits(parser.Limits{Record: r.cfg.Limits.Record, Depth: r.cfg.Limits.Depth})
	return own
}

func (own *rereader) close() error { return errors.Join(own.opener.close(), own.out.Close()) }

// eachWanted gathers the rows of r.doubts by their objects.
func (r *run) eachWanted(it *extsort.Iterator, yield func(wanted) error) error {
	var w wanted
	for it.Next() {
		object, index := binary.BigEndian.Uint64(it.Key()), binary.BigEndian.Uint32(it.Key()[8:])
		if last := len(w.records) - 1; last >= 0 && w.object == object && w.records[last].index == index {
			w.records[last].known |= it.Value()[0]
			continue
		}
		if len(w.records) > 0 && (w.object != object || len(w.records) == maxWanted) {
			if err := yield(w); err != nil {
				return err
			}
			w.records = nil
		}
		w.object = object
		w.records = append(w.records, doubtful{index, it.Value()[0]})
	}
	if err := it.Err(); err != nil || len(w.records) == 0 {
		return err
	}
	return yield(w)
}

// read reads an object for the records that are wanted. That they are there was seen a
// moment ago: if one is missing, the evidence has changed.
func (own *rereader) read(ctx context.Context, w wanted) error {
	r, c, rd := own.run, own.content, &own.reader
	o, err := r.sources.table.object(w.object)
	if err != nil {
		return err
	}
	changed := func(err error) error {
		return fmt.Errorf("object %s: the evidence has changed while it was examined: %w", o.path, err)
	}
	f, err := own.opener.open(o)
	if err != nil {
		return changed(err)
	}
	defer f.Close()
	if err := c.reset(f, o.size, false); err != nil {
		return changed(err)
	}
	rd.Reset(c, parser.Origin{})
	for n := 0; len(w.records) > 0; n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		rec, err := rd.Next()
		if _, bad := err.(*parser.RecordError); bad {
			continue
		}
		if err != nil {
			return changed(err)
		}
		if rec.Origin.Index != int(w.records[0].index) {
			continue
		}
		known := w.records[0].known
		w.records = w.records[1:]
		if err := r.settleDoubt(own.out, rec, w.object, known); err != nil {
			return err
		}
	}
	return nil
}

// settleDoubt writes what there is to know of a record that was read again.
func (r *run) settleDoubt(out *extsort.Writer, rec *parser.Record, object uint64, known byte) error {
	ref := refOf(rec, object)
	content := binary.BigEndian.AppendUint64(nil, r.hashes.content(rec.Raw))
	sum := sha256.Sum256(canonical(rec.Raw))
	return out.Add(appendKey(nil, &ref), []byte{known}, content, sum[:canonicalTo-canonicalFrom], rec.Raw)
}
