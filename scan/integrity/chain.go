package integrity

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"
)

// A claim is what a digest says of the one before it.
type claim struct {
	Name        DigestName // of the one before it
	Bucket, Key string
	sig         *string
	hash        string
	hashAlg     string
	proved      bool   // the digest that says so is
	by          uint64 // its ordinal
	listed      bool   // it is a listing that names it, or
	saved       bool   // a sidecar
	listing     string
	start       time.Time // of the window of the digest that says so
	row         *Row      // of that digest, which is put when the claim was looked at
	got         outcome   // of the signature
}

// before orders as the sort keys do: the newest first.
func (c *claim) before(n *DigestName) int {
	if d := n.End.Compare(c.Name.End); d != 0 {
		return d
	}
	return cmp.Compare(order(&c.Name), order(n))
}

func order(n *DigestName) int {
	if n.Backfill {
		return 0
	}
	return 1
}

// maxPending bounds the claims on digests that did not come yet. Whole chains have one; what exceeds this was made up. Whose claim
// is not looked at is marked as wrong, since it may be what a digest says that is not there.
const maxPending = 10_000

// A walker goes over the digests of one group after the other, in each from the newest to the oldest: what is said of
// a digest is known before it comes.
type walker struct {
	l       *Ledger
	group   string
	pending []*claim // in the order in which they come
	kinds   [2]*builder
}

// A spot is all that there is at a position.
type spot struct {
	name     DigestName
	group    string
	sidecars []Sidecar
	given    int64    // sidecars that differ
	last     *Sidecar // of these
	listed   []Listed
	files    []*head
	claimed  []bool // whether a file is of a sidecar's place; see astray
}

// maxSpot bounds what is looked at of one position.
const maxSpot = 1000

func (l *Ledger) judgeChains(ctx context.Context) error {
	it, err := l.heads.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	w := &walker{l: l}
	var last []byte
	var s *spot
	for it.Next() {
		key := it.Key()
		at := key[:len(key)-9]
		if !bytes.Equal(at, last) {
			if s != nil {
				w.spot(ctx, s)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			last = bytes.Clone(at)
			s = &spot{group: string(at[:len(at)-10])}
		}
		if err := s.add(key[len(key)-9], it.Value()); err != nil {
			return err
		}
	}
	if s != nil {
		w.spot(ctx, s)
	}
	w.end()
	return cmp.Or(it.Err(), ctx.Err())
}

func (s *spot) add(kind byte, value []byte) error {
	switch kind {
	case atSidecar:
		var c Sidecar
		if err := json.Unmarshal(value, &c); err != nil {
			return err
		}
		if s.name, _ = ParseDigestName(c.Key); s.last == nil || *s.last != c { // equal ones lie beside each other
			s.given++
			s.last = &c
			if len(s.sidecars) < maxSpot {
				s.sidecars = append(s.sidecars, c)
			}
		}
	case atListed:
		var e Listed
		if err := json.Unmarshal(value, &e); err != nil {
			return err
		}
		if s.name, _ = ParseDigestName(e.Key); len(s.listed) < maxSpot {
			s.listed = append(s.listed, e)
		}
	default:
		h := new(head)
		if err := json.Unmarshal(value, h); err != nil {
			return err
		}
		s.name = h.Name
		s.files = append(s.files, h)
	}
	return nil
}

func number(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// spot judges what lies at a position. Of many files it does not judge the rest when ctx is done.
func (w *walker) spot(ctx context.Context, s *spot) {
	w.l.result.Totals.Sidecars += s.given
	if s.group != w.group {
		w.end()
		w.group = s.group
	}
	for len(w.pending) > 0 && w.pending[0].before(&s.name) < 0 {
		w.absent(w.pending[0], false)
	}
	var claims []*claim
	for len(w.pending) > 0 && w.pending[0].before(&s.name) == 0 {
		claims = append(claims, w.pending[0])
		w.pending = w.pending[1:]
	}
	if len(s.files) == 0 {
		for _, c := range claims {
			c.listing = listingOf(s.listed, c.listing)
		}
		switch { // whose metadata was saved, that was there
		case len(claims) > 0:
		case len(s.listed) > 0:
			claims = append(claims, &claim{Name: s.name, Bucket: s.listed[0].Bucket, Key: s.listed[0].Key, listed: true, listing: listingOf(s.listed, "")})
		case len(s.sidecars) > 0:
			claims = append(claims, &claim{Name: s.name, Bucket: s.sidecars[0].Bucket, Key: s.sidecars[0].Key, listed: true, saved: true})
		}
		for _, c := range claims {
			w.wait(c)
		}
		return
	}
	b := w.builder(&s.name)
	var best *Row
	var bestHead *head
	for _, h := range s.files {
		if ctx.Err() != nil {
			return
		}
		row := w.judge(h, s, claims)
		row.Chain = b.chain.Number
		w.l.levels[h.Seq], w.l.chain[h.Seq] = levelOf(row.Verdict), int32(row.Chain)
		if best == nil || levelOf(row.Verdict) > levelOf(best.Verdict) {
			best, bestHead = row, h
		}
		b.note(h, row, claims)
		if !w.wait(w.claimOf(h, row)) {
			w.l.put(row, nil)
		}
	}
	w.put(claims)
	b.add(bestHead, best, claims)
}

// put puts the rows of the digests that made the claims, which were looked at.
func (w *walker) put(claims []*claim) {
	for _, c := range claims {
		if c.row != nil {
			w.l.put(c.row, nil)
		}
	}
}

// levelOf orders the verdicts of digests; 0 is none.
func levelOf(v Verdict) byte {
	return byte(1 + slices.Index([]Verdict{Invalid, Unverified, Linked, Anchored, Signed}, v))
}

func verdictOf(level byte) Verdict {
	return []Verdict{Invalid, Invalid, Unverified, Linked, Anchored, Signed}[level]
}

// claimOf is what a digest says of the one before it; nil: nothing that can be so.
func (w *walker) claimOf(h *head, row *Row) *claim {
	if h.Problem != "" || h.PrevKey == "" {
		return nil
	}
	n, ok := ParseDigestName(h.PrevKey)
	if !ok || n.group() != h.Name.group() {
		row.Notes = append(row.Notes, OutsideChain)
		return nil
	}
	start, _ := h.window()
	c := &claim{
		Name: n, Bucket: h.PrevBucket, Key: h.PrevKey, sig: h.PrevSig, hash: h.PrevHash, hashAlg: h.PrevHashAlg,
		proved: row.Verdict.proves(), by: h.Ordinal, start: start, row: row,
	}
	if c.before(&h.Name) <= 0 { // it must come later in the walk
		row.Notes = append(row.Notes, OutsideChain)
		return nil
	}
	return c
}

// wait puts a claim where its digest is to come, and reports whether it did.
func (w *walker) wait(c *claim) bool {
	if c == nil {
		return false
	}
	if len(w.pending) == maxPending {
		if c.row != nil {
			c.row.note(TooMany)
			c.row.Failure = true
		}
		return false
	}
	i, _ := slices.BinarySearchFunc(w.pending, c, func(a, b *claim) int {
		if d := a.before(&b.Name); d != 0 {
			return d
		}
		return -1 // behind those that are there
	})
	w.pending = slices.Insert(w.pending, i, c)
	return true
}

// absent lists the digests that the first claims name. Those that several name are listed once.
func (w *walker) absent(c *claim, beyond bool) {
	n := 0
	for n < len(w.pending) && w.pending[n].before(&c.Name) == 0 {
		n++
	}
	same := w.pending[:n]
	w.pending = w.pending[n:]
	b := w.builder(&c.Name)
	r := &Row{Kind: KindDigest, Verdict: Absent, Bucket: c.Bucket, Key: c.Key, Chain: b.chain.Number, Beyond: beyond || b.last == nil && !w.any(), Failure: !beyond}
	r.End = c.Name.End.Format(time.RFC3339)
	for _, s := range same {
		if !s.listed {
			r.Digest = &s.by
			r.Detail = "named by the digest that follows it"
		}
		r.Listed = cmp.Or(r.Listed, s.listing)
	}
	switch {
	case r.Digest != nil:
	case c.saved:
		r.Detail = "named by a sidecar: its metadata was saved"
	default:
		r.Detail = "named by a listing of the bucket"
	}
	if r.Beyond {
		r.Failure = false
	} else {
		b.missing++
	}
	w.put(same)
	w.l.put(r, append([]byte{0}, position(&c.Name, 0, 0)...))
}

// any reports whether a digest of the group was there yet.
func (w *walker) any() bool {
	return w.kinds[0] != nil && w.kinds[0].last != nil || w.kinds[1] != nil && w.kinds[1].last != nil
}

// end ends a group: what is still named lies beyond the copy's first digest.
func (w *walker) end() {
	edges := [2]bool{}
	for len(w.pending) > 0 {
		c := w.pending[0]
		edges[order(&c.Name)] = true
		w.absent(c, true)
	}
	for i, b := range w.kinds {
		if b != nil {
			b.finish(edges[i])
		}
	}
	w.kinds = [2]*builder{}
}

func (w *walker) builder(n *DigestName) *builder {
	i := order(n)
	if w.kinds[i] == nil {
		c := &Chain{
			Number: len(w.l.chains), Account: n.Account, Region: n.Region, Trail: n.Trail, Home: n.Home, Backfill: n.Backfill,
			Places: []string{}, Digests: map[string]int64{}, Logs: map[string]int64{},
		}
		w.l.chains = append(w.l.chains, c)
		w.kinds[i] = &builder{chain: c}
	}
	return w.kinds[i]
}
