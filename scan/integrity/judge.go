package integrity

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// judge says what is proved of a digest file by what is said of it: by sidecars, and by the digests that follow it.
func (w *walker) judge(h *head, s *spot, claims []*claim) *Row {
	ordinal := h.Ordinal
	r := &Row{Kind: KindDigest, Object: &ordinal, Notes: h.Notes, Bucket: h.Bucket, Key: h.Key, Start: h.Start, End: h.End, Logs: h.Logs}
	if h.Unread {
		r.Verdict, r.Reason, r.Detail = Unreadable, Unread, h.Problem
		return r
	}
	if h.Problem != "" {
		r.fails(Format, h.Problem)
		return r
	}
	at := w.l.site(h.Source, h.Path)
	switch at.relate(h.Bucket, h.Key) {
	case foreign:
		r.fails(Moved, "it says that it is of the bucket "+h.Bucket+", and lies in a copy of "+at.bucket)
		return r
	case moved, other:
		if _, named := ParseDigestName(h.Path); named {
			r.fails(Moved, "it says that its key is "+h.Key)
			return r
		}
		r.Notes = append(r.Notes, Relocated)
	case relocated:
		r.Notes = append(r.Notes, Relocated)
	}
	if h.Algorithm != "SHA256withRSA" {
		r.Notes = append(r.Notes, LabelSHA)
	}
	j := judging{h: h, row: r, keys: w.l.cfg.Keys, checked: map[string]outcome{}}
	j.hear(s, claims)
	j.conclude()
	if odd := cmp.Or(h.Odd, h.disorder()); odd != "" && r.Verdict != Invalid && !r.Verdict.proves() {
		r.fails(Format, odd)
	}
	for _, c := range claims {
		j.mismatch(c)
	}
	if slices.Contains(r.Notes, TrailingData) {
		r.Failure = true
	}
	return r
}

// note adds a note, once.
func (r *Row) note(n string) {
	if !slices.Contains(r.Notes, n) {
		r.Notes = append(r.Notes, n)
	}
}

func (r *Row) fails(reason, detail string) {
	r.Verdict, r.Reason, r.Detail, r.Failure = Invalid, reason, detail, true
}

// judging gathers what is said of a digest.
type judging struct {
	h    *head
	row  *Row
	keys *Keyring

	signedBy  string  // "sidecar" or "successor"; "": no signature verifies
	worst     outcome // of the signatures that do not; see tried
	tried     bool    // there was a signature
	blame     string  // where the signature came from that is not its
	matched   bool    // a digest names its hash
	anchored  bool    // a proved one does
	differs   string  // who names another hash
	different bool    // a proved one does
	generated time.Time
	checked   map[string]outcome // signatures
	full      bool               // there were more than are checked
}

// maxChecked is how many different signatures of a digest are checked. CloudTrail makes one; whoever planted more, beside copies of the
// digest, must not make that take for ever.
const maxChecked = 16

// hear goes over all that is said of the digest. A sidecar that is of another place counts, last, unless a file says that it is of that
// place: a digest that was altered may say that it is of any, and a bucket's replica has the signatures with the objects.
func (j *judging) hear(s *spot, claims []*claim) {
	for i := 0; i < len(s.sidecars) && !j.full; i++ {
		if c := &s.sidecars[i]; c.of(j.h) {
			j.sidecar(c, "the sidecar")
		}
	}
	for _, c := range claims {
		if !c.listed {
			j.claim(c)
		}
	}
	for i := 0; i < len(s.sidecars) && !j.full; i++ {
		if c := &s.sidecars[i]; s.astray(i) {
			j.sidecar(c, "the sidecar of "+strings.TrimPrefix(c.Bucket+"/"+c.Key, "/"))
		}
	}
}

// astray reports whether a sidecar is of a place of which no file says that it is.
func (s *spot) astray(sidecar int) bool {
	if s.claimed == nil {
		s.claimed = make([]bool, len(s.sidecars))
		for i := range s.sidecars {
			s.claimed[i] = slices.ContainsFunc(s.files, s.sidecars[i].of)
		}
	}
	return !s.claimed[sidecar]
}

// sidecar checks a sidecar's signature.
func (j *judging) sidecar(s *Sidecar, from string) {
	if t, err := time.Parse(time.RFC3339, s.Generated); err == nil {
		j.generated = t
	}
	if s.Algorithm != "" && s.Algorithm != "SHA256withRSA" {
		j.row.note(LabelSHA)
	}
	j.signature(s.Signature, "sidecar", from)
}

// of reports whether a sidecar is of the place of which a digest says that it is.
func (s *Sidecar) of(h *head) bool {
	return h.Problem == "" && (s.Bucket == "" || s.Bucket == h.Bucket) && relate(s.Key, h.Key) != moved
}

func (j *judging) claim(c *claim) {
	if c.sig != nil {
		c.got = j.signature(*c.sig, "successor", fmt.Sprintf("the digest that follows it (object %d)", c.by))
	}
	if c.hash == "" || c.hashAlg != "SHA-256" && c.hashAlg != "" {
		return
	}
	if strings.EqualFold(c.hash, hex.EncodeToString(j.h.Hash[:])) {
		j.matched = true
		j.anchored = j.anchored || c.proved
		return
	}
	j.differs = fmt.Sprintf("the digest that follows it (object %d) names another hash of it", c.by)
	j.different = j.different || c.proved
}

// signature checks a signature that was given out for the digest.
func (j *judging) signature(text, by, from string) outcome {
	got, known := j.checked[text]
	if !known {
		if len(j.checked) == maxChecked {
			j.full = true
			j.row.note(TooMany)
			j.row.Failure = true
			return noKey
		}
		var key *Key
		got, key = j.h.check(text, j.keys)
		j.checked[text] = got
		if got == right && j.signedBy == "" {
			j.signedBy = by
			j.validity(key)
		}
	}
	if got == right {
		return got
	}
	j.tried = true
	if got >= j.worst {
		j.worst, j.blame = got, from
	}
	return got
}

// validity notes what is strange about the key that the digest is signed with.
func (j *judging) validity(k *Key) {
	if k.Mislabelled() != "" || !strings.EqualFold(k.Fingerprint, j.h.Fingerprint) {
		j.row.note(Mislabelled)
	}
	_, end := j.h.window()
	if j.h.Name.Backfill && !j.generated.IsZero() {
		end = j.generated
	}
	if end.IsZero() {
		return
	}
	// A digest may be signed with a key whose time begins within the two hours after its end.
	if !k.Start.IsZero() && end.Add(2*time.Hour).Before(k.Start) || !k.End.IsZero() && end.After(k.End) {
		j.row.note(KeyValidity)
	}
}

// conclude gives the verdict. A signature that verifies needs no trust in where it came from; a hash does.
func (j *judging) conclude() {
	r := j.row
	failed := j.tried && (j.worst == wrong || j.worst == sha1Signed)
	reason := BadSignature
	if j.worst == sha1Signed {
		reason = SHA1
	}
	switch {
	case j.signedBy != "":
		r.Verdict, r.By = Signed, j.signedBy
	case j.anchored:
		r.Verdict, r.By = Anchored, "successor"
	case j.different:
		r.fails(HashLink, j.differs)
	case failed:
		r.fails(reason, "the signature in "+j.blame+" is not that of this digest: one of the two was altered")
		if reason == SHA1 {
			r.Detail = "the signature in " + j.blame + " is one over a SHA-1 hash, which CloudTrail does not make"
		}
	case j.differs != "" && !j.matched:
		r.fails(HashLink, j.differs+": one of the two was altered")
	case j.matched:
		r.Verdict, r.By = Linked, "successor"
		r.Reason = j.why()
	default:
		r.Verdict, r.Reason = Unverified, j.why()
	}
	if failed && r.Verdict.proves() {
		j.row.note(OtherSign)
	}
}

// why says why no signature could be checked.
func (j *judging) why() string {
	switch {
	case !j.tried:
		return NoSignature
	case j.worst == badKey:
		return BadKey
	}
	return NoKey
}

// mismatch notes on the digest that follows this one where it says of this one what is not so. Only of
// a proved digest that is strange: what an unproved one says has no weight.
func (j *judging) mismatch(c *claim) {
	if c.listed || c.row == nil {
		return
	}
	if (c.Bucket != j.h.Bucket || c.Key != j.h.Key) && j.row.Verdict != Invalid {
		c.row.note(LinkMismatch)
	}
	if !c.proved || !j.row.Verdict.proves() {
		return
	}
	hash := c.hash != "" && !strings.EqualFold(c.hash, hex.EncodeToString(j.h.Hash[:]))
	if hash || c.got == wrong || c.got == sha1Signed {
		c.row.note(LinkMismatch)
		c.row.Failure = true
	}
}
