package integrity

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A Config says where a Ledger may spill and what it may use.
type Config struct {
	Dir    string // for what does not fit into Memory
	Memory int64
	Keys   *Keyring // that the examiner gave; nil: none
	// Named, where set, is told of each log that a digest names, when the digest is added.
	Named func(key string)
}

// A Ledger takes what the evidence has of digests and of objects, in any order, and judges it when all
// is there. It is for one goroutine.
type Ledger struct {
	cfg     Config
	heads   sorter // position in a chain → digest, sidecar or listing
	names   sorter // name → what digests, listings and the copy have under it
	out     sorter // rows
	levels  []byte // of digests, by the order in which they were added
	chain   []int32
	chains  []*Chain
	buckets []Bucket
	result  Result
	err     error // sticky
	files   int   // digests
	signs   int   // of query results
}

// sorter is an extsort.Sorter that one goroutine fills.
type sorter struct {
	*extsort.Sorter
	w *extsort.Writer
}

func (l *Ledger) sorter(hundredths int64) sorter {
	s := extsort.New(extsort.Config{Dir: l.cfg.Dir, Memory: l.cfg.Memory / 100 * hundredths, Writers: 1, MaxRuns: 64})
	return sorter{s, s.NewWriter()}
}

// New makes an empty Ledger, which must be closed: by Result.Close once it was judged.
func New(cfg Config) *Ledger {
	l := &Ledger{cfg: cfg}
	l.heads, l.names, l.out = l.sorter(25), l.sorter(50), l.sorter(25)
	l.result.Totals = Totals{
		Digests: map[string]int64{}, Logs: map[string]int64{}, Results: map[string]int64{}, Signs: map[string]int64{}, Notes: map[string]int64{}, Where: map[string]int64{},
	}
	if cfg.Keys != nil {
		l.result.Totals.Keys = cfg.Keys.Len()
	}
	return l
}

// Close removes what was spilled.
func (l *Ledger) Close() error {
	return errors.Join(l.heads.Close(), l.names.Close(), l.out.Close())
}

func (l *Ledger) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// A Container is what is to be known of the bytes around a content.
type Container struct {
	Packed   bool   // it is compressed; false: the content lies there as it is
	Cut      bool   // its end was not reached, or is damaged
	Appended bool   // something follows the first gzip member
	First    int64  // bytes of content in the first gzip member, where others follow
	Unread   string // why nothing, or not all, could be read of a digest; "": all was
}

// endless reports whether reading was given up since there is more than any digest has: CloudTrail has not written it.
func (c Container) endless() bool { return c.Unread != "" && c.Cut }

func (c Container) notes() (notes []string) {
	if c.Appended {
		notes = append(notes, TrailingData)
	}
	if c.Cut {
		notes = append(notes, TruncatedGzip)
	}
	if !c.Packed {
		notes = append(notes, NotGzip)
	}
	return notes
}

// Kinds of rows at a position of a chain.
const (
	atSidecar byte = iota
	atListed
	atDigest
)

// Kinds of rows under a name.
const (
	nameEntry byte = iota
	nameListed
	nameObject
	nameSigned // under a directory: what a SignFile in it says of a result
	nameBeside // under a directory: an object in it
)

// Digest adds a digest file: its content, of the first gzip member, as far as it could be read. What is no digest, and
// has not the name of one, is left alone.
func (l *Ledger) Digest(ordinal uint64, source, path string, content []byte, c Container) error {
	h := &head{Ordinal: ordinal, Seq: uint64(l.files), Source: source, Path: path, Hash: sha256.Sum256(content), Notes: c.notes()}
	l.files++
	l.levels, l.chain = append(l.levels, 0), append(l.chain, -1)
	doc, err := parseDigest(content)
	switch {
	case c.Unread != "":
		h.Problem, h.Unread, doc = c.Unread, !c.endless(), nil
	case err != nil:
		h.Problem = err.Error()
	default:
		h.fill(doc)
		l.fail(doc.Logs.each(func(e *entry) {
			l.entry(h.Seq, ordinal, e)
			if l.cfg.Named != nil {
				l.cfg.Named(e.Object)
			}
		}))
	}
	named, ok := ParseDigestName(path)
	if !ok && doc != nil { // it was given another name: what it says is what counts
		named, ok = ParseDigestName(h.Key)
	}
	switch {
	case !ok && doc == nil:
		return l.err
	case !ok:
		l.put(&Row{
			Kind: KindDigest, Object: &ordinal, Verdict: Invalid, Reason: Format, Notes: h.Notes, Chain: -1, Failure: true,
			Detail: "neither its name nor its key, " + h.Key + ", is that of a digest",
		}, nil)
		return l.err
	}
	h.Name = named
	value, err := json.Marshal(h)
	if err != nil {
		return err
	}
	l.add(&l.heads, position(&named, atDigest, ordinal), value)
	return l.err
}

func (l *Ledger) add(s *sorter, key []byte, value ...[]byte) {
	if l.err == nil {
		l.fail(s.w.Add(key, value...))
	}
}

// position is the sort key of a place in a chain: the chain, then the newest first.
func position(n *DigestName, kind byte, nth uint64) []byte {
	key := append([]byte(n.group()), 0)
	key = binary.BigEndian.AppendUint64(key, ^uint64(n.End.Unix()))
	regular := byte(1)
	if n.Backfill { // one may name a regular digest of the same time as the one before it
		regular = 0
	}
	return binary.BigEndian.AppendUint64(append(key, regular, kind), nth)
}

// group names what a digest may be linked with.
func (n *DigestName) group() string {
	return n.Account + "\x01" + n.Region + "\x01" + n.Trail + "\x01" + n.Home
}

func nameKey(name string, kind byte, n uint64) []byte {
	key := binary.BigEndian.AppendUint64(nil, NameHash(name))
	return binary.BigEndian.AppendUint64(append(key, kind), n)
}

// entry adds what a digest says of a log.
func (l *Ledger) entry(seq, ordinal uint64, e *entry) {
	var b []byte
	b = binary.AppendUvarint(b, seq)
	b = binary.AppendUvarint(b, ordinal)
	for _, s := range [...]string{e.Bucket, e.Object, e.Hash, e.Algorithm} {
		b = appendText(b, s)
	}
	l.add(&l.names, nameKey(e.Object, nameEntry, ordinal), b)
}

// An Object is what is to be known of an object that is no digest.
type Object struct {
	Ordinal         uint64
	Source, Path    string
	SHA256          string // of the stored bytes; "": they were not read
	ContentSHA256   string // of the first gzip member's content, as far as it could be read; "": not hashed
	Container       Container
	Unread          string // OutOfScope or Unread; "": it was read
	Log             bool   // its name is that of a trail's log
	Account, Region string // of its name
	Delivered       time.Time
}

// Object adds an object. Of one that no digest names a row is kept only if it is a log, or the
// result of a query. The SignFiles come before the objects.
func (l *Ledger) Object(o *Object) error {
	var flags uint64
	for i, is := range [...]bool{o.Container.Packed, o.Container.Cut, o.Container.Appended, o.Log} {
		if is {
			flags |= 1 << i
		}
	}
	delivered := uint64(0)
	if !o.Delivered.IsZero() {
		delivered = uint64(max(o.Delivered.Unix(), 0))
	}
	var b []byte
	for _, n := range [...]uint64{flags, uint64(o.Container.First), delivered} {
		b = binary.AppendUvarint(b, n)
	}
	for _, s := range [...]string{o.Source, o.Path, o.ContentSHA256, o.Unread, o.Account, o.Region} {
		b = appendText(b, s)
	}
	l.add(&l.names, nameKey(o.Path, nameObject, o.Ordinal), b)
	l.beside(o)
	return l.err
}

func objectOf(ordinal uint64, f *fields) *Object {
	o := &Object{Ordinal: ordinal}
	flags := f.number()
	o.Container = Container{Packed: flags&1 != 0, Cut: flags&2 != 0, Appended: flags&4 != 0, First: int64(f.number())}
	o.Log = flags&8 != 0
	if n := f.number(); n > 0 {
		o.Delivered = time.Unix(int64(n), 0).UTC()
	}
	o.Source, o.Path, o.ContentSHA256, o.Unread, o.Account, o.Region = f.text(), f.text(), f.text(), f.text(), f.text(), f.text()
	return o
}

// put adds a row to the result: those of objects come first, in the order of their ordinals, then what is absent.
func (l *Ledger) put(r *Row, absentKey []byte) {
	key := append([]byte{1}, absentKey...)
	if r.Object != nil {
		key = binary.BigEndian.AppendUint64([]byte{0}, *r.Object)
	}
	value, err := json.Marshal(r)
	if err != nil {
		l.fail(err)
		return
	}
	l.count(r)
	l.add(&l.out, key, value)
}

func (l *Ledger) count(r *Row) {
	t := &l.result.Totals
	by := t.Digests
	switch r.Kind {
	case KindLog:
		by = t.Logs
	case KindResult:
		by = t.Results
	case KindSign:
		by = t.Signs
	}
	if r.Beyond {
		t.Beyond++
	} else {
		by[string(r.Verdict)]++
	}
	for _, n := range r.Notes {
		t.Notes[n]++
	}
	if strings.HasPrefix(r.Listed, deletedAtSource) {
		t.Deleted++
	}
	if r.Reason == NotHashed {
		t.NotHashed++
	}
	if r.Where != "" {
		t.Where[string(r.Where)]++
	}
	if r.Failure {
		t.Failures++
	}
	if r.Chain >= 0 && !r.Beyond {
		c := l.chains[r.Chain]
		if r.Kind == KindDigest {
			c.Digests[string(r.Verdict)]++
		} else {
			c.Logs[string(r.Verdict)]++
		}
	}
}
