package integrity

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SignFile is the name of the file that CloudTrail Lake writes beside the saved results of a query.
const SignFile = "result_sign.json"

// IsSignFile reports whether a path is that of a SignFile.
func IsSignFile(path string) bool { return Base(path) == SignFile }

var (
	resultName = regexp.MustCompile(`^result_[0-9]+\.csv(\.gz)?$`)
	sha256Hex  = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
)

// A signDoc is what a SignFile says. Unlike a digest's, its hashes are those of the files as they are stored, which is
// compressed, and it has its own signature. That is one over the hashes, in the order of the list and with a space between
// them, and over nothing else: neither the files' names nor region and time are signed.
type signDoc struct {
	Files              []signEntry `json:"files"`
	HashAlgorithm      string      `json:"hashAlgorithm"`
	SignatureAlgorithm string      `json:"signatureAlgorithm"`
	Completed          string      `json:"queryCompleteTime"`
	Signature          string      `json:"hashSignature"`
	Fingerprint        string      `json:"publicKeyFingerprint"`
}

type signEntry struct {
	Hash string `json:"fileHashValue"`
	Name string `json:"fileName"`
}

// maxSigned bounds the results that are looked at in one place.
const maxSigned = 100_000

// parseSign reads a SignFile, and accepts nothing but what AWS documents.
func parseSign(content []byte) (*signDoc, error) {
	var d signDoc
	if err := json.Unmarshal(content, &d); err != nil {
		return nil, inWords(err)
	}
	switch {
	case d.Files == nil:
		return nil, errors.New("no files")
	case len(d.Files) > maxSigned:
		return nil, fmt.Errorf("%d files, more than %d", len(d.Files), maxSigned)
	case d.HashAlgorithm != "SHA-256":
		return nil, fmt.Errorf("hashAlgorithm %q, not SHA-256", d.HashAlgorithm)
	case d.SignatureAlgorithm != "SHA256withRSA":
		return nil, fmt.Errorf("signatureAlgorithm %q, not SHA256withRSA", d.SignatureAlgorithm)
	case d.Signature == "" || d.Fingerprint == "":
		return nil, errors.New("no hashSignature or no publicKeyFingerprint")
	}
	for i, f := range d.Files {
		if !sha256Hex.MatchString(f.Hash) || !resultName.MatchString(f.Name) {
			return nil, fmt.Errorf("file %d: %q with the hash %q is no query result", i, f.Name, f.Hash)
		}
	}
	return &d, nil
}

// signedString is the text whose signature the file has.
func (d *signDoc) signedString() string {
	hashes := make([]string, len(d.Files))
	for i, f := range d.Files {
		hashes[i] = f.Hash
	}
	return strings.Join(hashes, " ")
}

// Sign adds a SignFile. What it says is of the files that lie beside it, in the same directory of the same source (see besideOf).
func (l *Ledger) Sign(ordinal uint64, source, path string, content []byte, c Container) error {
	r := &Row{Kind: KindSign, Object: &ordinal, Chain: -1}
	if c.Appended {
		r.Notes, r.Failure = append(r.Notes, TrailingData), true
	}
	l.signs++
	d, err := parseSign(content)
	switch {
	case c.endless():
		r.fails(Format, c.Unread)
		d = nil
	case c.Unread != "":
		r.Verdict, r.Reason, r.Detail, d = Unreadable, Unread, c.Unread, nil
	case err != nil:
		r.fails(Format, err.Error())
	default:
		d.judge(r, l.cfg.Keys)
	}
	l.put(r, nil)
	if d == nil {
		return l.err
	}
	dir := besideOf(source, path)
	for i, f := range d.Files {
		b := append(binary.AppendUvarint(nil, ordinal), levelOf(r.Verdict))
		for _, s := range [...]string{dir, f.Name, f.Hash} {
			b = appendText(b, s)
		}
		l.add(&l.names, besideKey(dir, nameSigned, uint64(i)), b)
	}
	return l.err
}

// judge gives the row of a SignFile its verdict.
func (d *signDoc) judge(r *Row, keys *Keyring) {
	r.Logs = len(d.Files)
	got, key := check(d.signedString(), d.Fingerprint, d.Signature, keys, time.Time{})
	switch got {
	case right:
		r.Verdict = Signed
	case sha1Signed:
		r.fails(SHA1, "its signature is one over a SHA-1 hash, which CloudTrail does not make")
	case wrong:
		r.fails(BadSignature, "its signature is not that of the hashes in it")
	case badKey:
		r.Verdict, r.Reason = Unverified, BadKey
	default:
		r.Verdict, r.Reason = Unverified, NoKey
	}
	if key == nil {
		return
	}
	if key.Mislabelled() != "" {
		r.Notes = append(r.Notes, Mislabelled)
	}
	if t, err := time.Parse(time.RFC3339, d.Completed); err == nil && (!key.Start.IsZero() && t.Before(key.Start) || !key.End.IsZero() && t.After(key.End)) {
		r.Notes = append(r.Notes, KeyValidity)
	}
}

// besideOf names the directory in which an object lies. Names of results repeat from query to query, so the base
// name does not tell them apart, as it does logs. Files that are evidence each by itself are taken to lie beside each other.
func besideOf(source, path string) string {
	if number, ok := strings.CutPrefix(source, path); ok && (number == "" || number[0] == '#') {
		return "\x00"
	}
	return source + "\x00" + path[:strings.LastIndexAny(path, "/!")+1]
}

func besideKey(dir string, kind byte, n uint64) []byte {
	sum := sha256.Sum256([]byte(dir))
	return binary.BigEndian.AppendUint64(append(sum[:8:8], kind), n)
}

// beside adds an object that may be the result of a query. One is listed, as uncovered, without a SignFile too.
func (l *Ledger) beside(o *Object) {
	if o.Log || l.signs == 0 && !resultName.MatchString(Base(o.Path)) {
		return
	}
	dir := besideOf(o.Source, o.Path)
	var b []byte
	for _, s := range [...]string{dir, Base(o.Path), o.SHA256, o.Unread} {
		b = appendText(b, s)
	}
	l.add(&l.names, besideKey(dir, nameBeside, o.Ordinal), b)
}

// A signedFile is what a SignFile says of one result.
type signedFile struct {
	by         uint64
	level      Verdict
	name, hash string
	found      bool
}

// A place is a directory, with what the SignFiles in it say. The names in them are not signed, so that a result is known by
// its hash first: one under another name is what was signed.
type place struct {
	dir    string
	files  []signedFile
	byName map[string][]int
	byHash map[string][]int
	more   bool // than are looked at
}

func placeOf(group *[]*place, dir string) *place {
	for _, p := range *group {
		if p.dir == dir {
			return p
		}
	}
	p := &place{dir: dir, byName: map[string][]int{}, byHash: map[string][]int{}}
	*group = append(*group, p)
	return p
}

func (p *place) says(f *fields, by uint64) {
	if len(f.b) == 0 {
		f.err = errRow
		return
	}
	level := verdictOf(f.b[0])
	f.b = f.b[1:]
	f.text() // the directory, which is known
	s := signedFile{by: by, level: level, name: f.text(), hash: strings.ToLower(f.text())}
	if len(p.files) == maxSigned {
		p.more = true
		return
	}
	p.byName[s.name] = append(p.byName[s.name], len(p.files))
	p.byHash[s.hash] = append(p.byHash[s.hash], len(p.files))
	p.files = append(p.files, s)
}

// best chooses of some files the one to judge by: proved rather than not, of this name rather than another, one
// that was not found yet rather than one that was. -1: there is none.
func (p *place) best(of []int, name string) int {
	best, rank := -1, -1
	for _, i := range of {
		f := &p.files[i]
		n := 4 * int(levelOf(f.level))
		if f.name == name {
			n += 2
		}
		if !f.found {
			n++
		}
		if n > rank {
			best, rank = i, n
		}
	}
	return best
}

// judge judges an object that lies in the place; nil: it is none of its business.
func (p *place) judge(ordinal uint64, name, hash, unread string) *Row {
	r := &Row{Kind: KindResult, Object: &ordinal, Chain: -1}
	match, named := p.best(p.byHash[hash], name), p.best(p.byName[name], name)
	if match >= 0 && named >= 0 && p.files[named].level.proves() && !p.files[match].level.proves() {
		match = -1 // what a proved one says counts alone
	}
	by := max(match, named)
	if match >= 0 {
		by = match
	}
	if by >= 0 {
		f := &p.files[by]
		f.found = true
		r.By, r.Digest = string(f.level), &f.by
	}
	switch {
	case by < 0 && !resultName.MatchString(name):
		return nil
	case hash == "":
		r.Verdict, r.Reason = Unreadable, unread
		if unread == "" {
			r.Reason = Unread
		}
	case match >= 0:
		r.Verdict = Consistent
		if p.files[match].level.proves() {
			r.Verdict = Verified
		}
		if p.files[match].name != name {
			r.Notes, r.Detail = append(r.Notes, Renamed), "it was signed as "+p.files[match].name
		}
	case named < 0:
		r.Verdict, r.Detail = Uncovered, "no "+SignFile+" beside it names it"
	case p.files[named].level == Invalid:
		r.Verdict, r.Reason = Uncovered, Unproved
	default:
		r.Verdict, r.Failure = Modified, true
		r.Detail = "file " + hash + ", the sign file names " + p.files[named].hash
	}
	if p.more {
		r.Notes = append(r.Notes, TooMany)
	}
	return r
}

// absentResults lists what is signed and lies not beside its SignFile.
func (l *Ledger) absentResults(group []*place) {
	for _, p := range group {
		_, dir, _ := strings.Cut(p.dir, "\x00")
		for i := range p.files {
			f := &p.files[i]
			if f.found {
				continue
			}
			r := &Row{Kind: KindResult, Verdict: Absent, By: string(f.level), Key: dir + f.name, Chain: -1, Digest: &f.by}
			r.Detail, r.Failure = "file "+f.hash, f.level != Invalid // which may name anything
			key := slices.Concat([]byte{2}, []byte(p.dir), []byte(f.name))
			l.put(r, binary.BigEndian.AppendUint64(key, uint64(i)))
		}
	}
}

// judgePlace takes the rows of places out of those of names, and judges them; it reports whether this was one.
func (l *Ledger) judgePlace(group *[]*place, key []byte, f *fields) bool {
	switch key[8] {
	case nameSigned:
		by := f.number()
		if len(f.b) == 0 {
			f.err = errRow
			return true
		}
		dir := (&fields{b: f.b[1:]}).text()
		placeOf(group, dir).says(f, by)
	case nameBeside:
		p := placeOf(group, f.text())
		name, hash, unread := f.text(), f.text(), f.text()
		if f.err != nil {
			return true
		}
		if r := p.judge(number(key[9:]), name, hash, unread); r != nil {
			l.put(r, nil)
		}
	default:
		return false
	}
	return true
}
