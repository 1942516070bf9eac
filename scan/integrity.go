package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/coldtrail/coldtrail/scan/integrity"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// Integrity is what the examiner has to judge the evidence's digest files by.
type Integrity struct {
	Keys *integrity.Keyring // nil: none
	// Feed, where set, adds what was saved beside the evidence: signatures, listings.
	Feed func(*integrity.Taker) error
	// Buckets say of which buckets parts of the evidence are copies, where that is known.
	Buckets []Bucket
}

// ledger gathers what digest files say, before what they name is read.
type ledger struct {
	*integrity.Ledger
	run     *run
	names   *extsort.Sorter // hash of a name, then 0 for a name in a digest, or 1 and the ordinal for an object
	w       *extsort.Writer
	kept    *extsort.Sorter // ordinal → container and content of a digest
	keep    *extsort.Writer
	content *content
	buffer  []byte // of contents
	digests int64  // and sign files, that were read
	given   uint64 // what the examiner gave, as far as it is kept
	feeds   bool   // the examiner gave something to judge them by
	named   bool   // digests name something
	err     error  // sticky
}

func (r *run) newLedger() (*ledger, error) {
	share := r.cfg.Memory / 100 * smallShare
	l := &ledger{
		run:     r,
		names:   extsort.New(extsort.Config{Dir: r.dir, Memory: share, Writers: 1}),
		kept:    extsort.New(extsort.Config{Dir: r.dir, Memory: share, Writers: 1, MaxRuns: 32}),
		content: newUnhashed(Limits{Content: integrity.MaxDigest, Window: 8 << 20}), // a digest of one hour has some kilobytes
		feeds:   r.cfg.Integrity.Feed != nil,
	}
	l.w, l.keep = l.names.NewWriter(), l.kept.NewWriter()
	l.Ledger = integrity.New(integrity.Config{Dir: r.dir, Memory: 2 * share, Keys: r.cfg.Integrity.Keys, Named: l.name})
	if err := l.priorGiven(); err != nil || r.cfg.Integrity.Feed == nil {
		return l, err
	}
	return l, r.cfg.Integrity.Feed(&integrity.Taker{
		Sidecar: func(s *integrity.Sidecar) error { return l.give(GivenSidecar, s) },
		Listed:  func(e *integrity.Listed) error { return l.give(GivenListed, e) },
	})
}

// give adds what the examiner gave, and keeps it.
func (l *ledger) give(kind uint64, v any) error {
	return l.giveAgain(&Digest{Object: kind, Content: encodeJSON(v)})
}

// giveAgain adds what was given when the prior evidence was judged. Buckets are kept in the order in which they were given, since the
// last one counts, and the rest in one that does not depend on how often and in what order it was.
func (l *ledger) giveAgain(d *Digest) error {
	l.given++
	order := l.given
	if d.Object != GivenBucket {
		l.feeds = true
		sum := sha256.Sum256(d.Content)
		order = binary.BigEndian.Uint64(sum[:])
	}
	key := binary.BigEndian.AppendUint64(nil, d.Object)
	l.fail(l.keep.Add(binary.BigEndian.AppendUint64(key, order), []byte{0, 0, 0}, d.Content))
	l.fail(d.AddTo(l.Ledger, "", ""))
	return l.err
}

func (l *ledger) close() error { return errors.Join(l.names.Close(), l.kept.Close(), l.Ledger.Close()) }

func (l *ledger) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// name takes note of a log that a digest names.
func (l *ledger) name(key string) {
	l.named = true
	l.fail(l.w.Add(append(binary.BigEndian.AppendUint64(nil, integrity.NameHash(key)), 0)))
}

// object takes note of an object's name.
func (l *ledger) object(ordinal uint64, path string) {
	key := append(binary.BigEndian.AppendUint64(nil, integrity.NameHash(path)), 1)
	l.fail(l.w.Add(binary.BigEndian.AppendUint64(key, ordinal)))
}

// read reads a digest file, or the answer of head-object that was saved beside one.
func (l *ledger) read(ordinal uint64, source, path string, r io.Reader, size int64) {
	content, c := l.contentOf(r, size)
	l.add(&Digest{ordinal, content, c}, source, path)
}

// add adds what was read of a digest file or beside one, and keeps it.
func (l *ledger) add(d *Digest, source, path string) {
	if !strings.HasSuffix(path, integrity.HeadSuffix) {
		l.digests++
	}
	l.fail(d.AddTo(l.Ledger, source, path))
	l.store(d)
}

// store keeps a digest's content.
func (l *ledger) store(d *Digest) {
	c := &d.Container
	flags := byte(0)
	for i, is := range [...]bool{c.Packed, c.Cut, c.Appended} {
		if is {
			flags |= 1 << i
		}
	}
	head := binary.AppendUvarint([]byte{flags}, uint64(c.First))
	head = append(binary.AppendUvarint(head, uint64(len(c.Unread))), c.Unread...)
	l.fail(l.keep.Add(binary.BigEndian.AppendUint64(nil, d.Object), head, d.Content))
}

// readWhole reads a content into the one buffer that there is for it, which grows in few steps: each leaves one behind.
func (l *ledger) readWhole() ([]byte, error) {
	b := l.buffer[:0]
	for {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(max(64<<10, 8*cap(b)), max(integrity.MaxDigest, len(b))+512)), b...)
		}
		n, err := l.content.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if l.buffer = b; err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// contentOf reads a small object as a whole: its first gzip member. It is valid until the next call.
func (l *ledger) contentOf(r io.Reader, size int64) (b []byte, c integrity.Container) {
	defer func() {
		if p := recover(); p != nil {
			c.Unread = fmt.Sprintf("panic: %v", p)
		}
	}()
	if err := l.content.reset(r, size, false); err != nil {
		return nil, integrity.Container{Unread: err.Error()}
	}
	b, err := l.readWhole()
	s := l.content
	c = integrity.Container{Packed: s.zipped || len(s.layers) > 0, Cut: err != nil, Appended: s.members > 1 || s.trailing > 0}
	if len(s.layers) == 0 && s.firstEnds >= 0 && s.firstEnds < int64(len(b)) {
		b = b[:s.firstEnds]
	}
	if c.Appended {
		c.First = int64(len(b))
	}
	if errors.Is(err, errBomb) {
		b, c.Unread = nil, err.Error() // nothing is made of a part
	}
	return b, c
}

// readDigests reads the digest files that lie where trails put them, and joins
// the names in them with the object table. Those in compressed tars were read when
// these were listed.
func (r *run) readDigests(ctx context.Context, l *ledger) error {
	if err := l.priorDigests(); err != nil {
		return err
	}
	from := opener{s: r.sources}
	defer from.close()
	r.covered = make(covered, r.sources.table.n/64+1)
	err := r.sources.table.each(0, r.sources.table.n, func(ordinal uint64, o listed) error {
		if ordinal&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if ordinal >= r.prior && o.reason == "" && o.kind == unpack.NoArchive && isDigest(o.path) && (o.member == nil || !o.member.at.Whole()) {
			f, err := from.open(o)
			if err == nil {
				l.read(ordinal, r.sources.table.labels[o.source], o.path, f, o.size)
				f.Close()
			} else if !strings.HasSuffix(o.path, integrity.HeadSuffix) {
				l.add(&Digest{Object: ordinal, Container: integrity.Container{Unread: reasonOf(err)}}, r.sources.table.labels[o.source], o.path)
			}
		}
		if r.cfg.Raw { // of a run whose records nobody keeps, nothing can be joined
			if n, ok := ParseObjectName(o.path); ok && n.Kind != digestKind {
				r.covered.add(ordinal)
			}
		}
		l.object(ordinal, o.path)
		return l.err
	})
	if err != nil {
		return err
	}
	if l.digests == 0 {
		r.covered = nil
	}
	if err := errors.Join(l.w.Close(), l.keep.Close()); err != nil || !l.named {
		return err
	}
	return r.cover(l.names)
}

// judgeIntegrity judges the digests and all objects. Without a digest there is nothing to judge.
func (r *run) judgeIntegrity(ctx context.Context, l *ledger) error {
	if l.digests == 0 && !l.feeds {
		return nil
	}
	for o, err := range rows(r.objects, isObjectRow, decodeObject) {
		if err != nil {
			return err
		}
		if err := l.Object(IntegrityObject(&o)); err != nil {
			return err
		}
	}
	var err error
	r.judged, err = l.Judge(ctx)
	return err
}

// IntegrityObject is what package integrity wants to know of an object of the manifest.
func IntegrityObject(o *Object) *integrity.Object {
	io := &integrity.Object{
		Ordinal: o.Ordinal, Source: o.Source, Path: o.Path, SHA256: o.SHA256, ContentSHA256: o.ContentSHA256,
		Container: integrity.Container{Packed: o.Members > 0, Cut: o.CutSHA256 != "", Appended: o.Members > 1 || o.Trailing > 0, First: o.FirstContent},
	}
	if io.Container.Cut {
		io.ContentSHA256 = o.CutSHA256
	}
	for _, note := range o.Notes {
		io.Container.Packed = io.Container.Packed || strings.HasPrefix(note, packedAs)
	}
	if n, ok := ParseObjectName(o.Path); ok && n.Kind != digestKind {
		io.Log, io.Account, io.Region, io.Delivered = true, n.Account, n.Region, n.Delivered
	}
	switch {
	case o.Status == OutOfScope:
		io.Unread = integrity.OutOfScope
	case io.ContentSHA256 == "" && o.SHA256 != "":
		io.Unread = integrity.NotHashed
	case io.ContentSHA256 == "":
		io.Unread = integrity.Unread
	}
	return io
}

// eachDigest yields the contents of the digests.
func (l *ledger) eachDigest() iter.Seq2[Digest, error] {
	return func(yield func(Digest, error) bool) {
		it, err := l.kept.Merge()
		if err != nil {
			yield(Digest{}, err)
			return
		}
		defer it.Close()
		var last []byte // of what was given: that may have been more than once
		for it.Next() {
			b := it.Value()
			d := Digest{Object: binary.BigEndian.Uint64(it.Key())}
			d.Container = integrity.Container{Packed: b[0]&1 != 0, Cut: b[0]&2 != 0, Appended: b[0]&4 != 0}
			first, n := binary.Uvarint(b[1:])
			b = b[1+n:]
			unread, n := binary.Uvarint(b)
			b = b[n:]
			d.Container.First, d.Container.Unread, d.Content = int64(first), string(b[:unread]), b[unread:]
			if d.Given() {
				if last != nil && bytes.Equal(last, d.Content) {
					continue
				}
				last = append(last[:0:0], d.Content...)
			}
			if !yield(d, nil) {
				return
			}
		}
		if err := it.Err(); err != nil {
			yield(Digest{}, err)
		}
	}
}

// packedAs begins the note on what is not packed with gzip alone.
const packedAs = "packed as "

// contentHashes gives the object what its integrity is judged by.
func (w *worker) contentHashes() {
	o, c := &w.o, w.content
	switch {
	case c.sum == nil:
	case c.whole():
		o.ContentSHA256 = hex.EncodeToString(c.sum.Sum(nil))
	default:
		o.CutSHA256 = hex.EncodeToString(c.sum.Sum(nil))
	}
	if o.Trailing = c.trailing; c.members > 1 || c.trailing > 0 {
		o.FirstContent = c.firstEnds
	}
}

// judgeHashed is for an object that is not parsed.
func (w *worker) judgeHashed(l listed, end error) error {
	o := &w.o
	if err := w.content.drain(); err != nil && end == nil {
		end = err
	}
	o.SHA256 = hex.EncodeToString(w.content.stored.sum.Sum(nil))
	o.ContentSize, o.Members = w.content.produced, w.content.members
	w.contentHashes()
	for _, strange := range w.strange(l) {
		if err := w.problem(-1, -1, strange); err != nil {
			return err
		}
	}
	switch o.Status, o.Reason = Recognised, "not parsed"; {
	case end != nil:
		o.Status, o.Reason = Damaged, reasonOf(end)
		if end == io.ErrUnexpectedEOF {
			o.Reason = "cut short"
		}
		if o.ContentSize == 0 {
			o.Status = Unreadable
		}
		return w.problem(o.ContentSize, -1, o.Reason)
	case w.problems > 0:
		o.Status, o.Reason = Damaged, o.Problems[0].Text
	}
	return nil
}
