package scan

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/maphash"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/extsort"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A bag is a directory, here or in a container, that its maker described as RFC 8493
// has it: bagit.txt, the payload below data/, and manifests with a hash of every file.
// It is validated before it is read, which costs one more reading of what is in it.
// What is wrong is a problem of the file concerned, or of the manifest that names it.
type bag struct {
	run    *run
	root   string // of the paths of its files
	source int
	level  int
	at     uint64 // ordinal of bagit.txt

	manifests []bagManifest
	info      int64 // ordinals; -1: there is none
	fetch     int64
	files     int64 // payload
	bytes     int64
	wrong     int64
}

type bagManifest struct {
	ordinal uint64
	name    string
	algo    func() hash.Hash
	payload bool // of the payload; otherwise of the tag files
}

// bagHashes are the algorithms of manifests (RFC 8493, 2.4), by the names in theirs.
var bagHashes = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

const (
	maxBags        = 100
	maxBagProblems = 10_000 // that are held in memory until their objects are read
	maxBagLine     = 64 << 10
)

// checkBags validates the bags that were listed.
func (r *run) checkBags(ctx context.Context) error {
	r.bagSays = map[uint64]bagVerdict{}
	for i, at := range r.bags {
		if i >= maxBags {
			r.bagSays[at] = bagVerdict{problems: []string{r.unchecked(i)}}
			continue
		}
		l, err := r.sources.table.object(at)
		if err != nil {
			return err
		}
		b := &bag{run: r, root: strings.TrimSuffix(l.path, bagFile), source: l.source, level: l.level(), at: at, info: -1, fetch: -1}
		if err := b.check(ctx); err != nil {
			return fmt.Errorf("bag %s: %w", shown(l.path), err)
		}
	}
	return nil
}

// unchecked says of a bag that it is one too many, and of the last that is known how many others are.
func (r *run) unchecked(i int) string {
	text := fmt.Sprintf("BagIt: not validated: of the bags in evidence %d are", maxBags)
	if i == len(r.bags)-1 && r.moreBags > 0 {
		text += fmt.Sprintf("; %d further ones are not either, and nothing is said of each", r.moreBags)
	}
	return text
}

// bagFile is what makes a directory a bag.
const bagFile = "bagit.txt"

// isBag reports whether an object declares a bag.
func isBag(path string) bool {
	rest, ok := strings.CutSuffix(path, bagFile)
	return ok && (rest == "" || strings.HasSuffix(rest, "/") || strings.HasSuffix(rest, "!"))
}

// A bagVerdict is what validation says of an object.
type bagVerdict struct{ problems, notes []string }

// problem says what is wrong with an object. A container's line is written already.
func (b *bag) problem(ordinal uint64, text string) error {
	b.wrong++
	l, err := b.run.sources.table.object(ordinal)
	if err != nil || len(b.run.bagSays) > maxBagProblems {
		return err
	}
	if l.kind != unpack.NoArchive {
		ordinal, text = b.at, shown(l.path[len(b.root):])+" "+text
	}
	v := b.run.bagSays[ordinal]
	if len(v.problems) < maxBagProblems {
		v.problems = append(v.problems, "BagIt: "+text)
	}
	b.run.bagSays[ordinal] = v
	return nil
}

func (b *bag) check(ctx context.Context) error {
	sorter := func() *extsort.Sorter {
		return extsort.New(extsort.Config{Dir: b.run.dir, Memory: b.run.cfg.Memory / 100 * smallShare, Writers: 1})
	}
	names, found := sorter(), sorter()
	defer names.Close()
	defer found.Close()
	w := names.NewWriter()
	if err := b.gather(ctx, w); err != nil {
		return err
	}
	from := opener{s: b.run.sources}
	defer from.close()
	if err := b.readTags(&from, w); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := b.join(names, found.NewWriter()); err != nil {
		return err
	}
	if err := b.compare(ctx, &from, found); err != nil {
		return err
	}
	v := b.run.bagSays[b.at]
	v.notes = append(v.notes, fmt.Sprintf("BagIt bag of %d files, %d problems", b.files, b.wrong))
	b.run.bagSays[b.at] = v
	return nil
}

// A row of names: hash of the path in the bag, then 0 and the number of a manifest that
// names it, with the hash and the path; or 1 and the ordinal of the file that is there.
func (b *bag) key(path string, what byte, n uint64) []byte {
	key := binary.BigEndian.AppendUint64(nil, maphash.String(b.run.hashes.second, path))
	return binary.BigEndian.AppendUint64(append(key, what), n)
}

// gather finds the bag's files.
func (b *bag) gather(ctx context.Context, w *extsort.Writer) error {
	for ordinal := b.run.prior; ordinal < b.run.sources.table.n; ordinal++ {
		if ordinal&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		l, err := b.run.sources.table.object(ordinal)
		if err != nil {
			return err
		}
		path, in := strings.CutPrefix(l.path, b.root)
		if !in || l.source != b.source || l.level() != b.level {
			continue
		}
		algo := bagHashes[strings.TrimSuffix(path[strings.LastIndexByte(path, '-')+1:], ".txt")]
		payload := strings.HasPrefix(path, "data/")
		switch {
		case payload:
			b.files++
			b.bytes += max(l.size, 0)
		case strings.HasPrefix(path, "manifest-") && algo != nil:
			b.manifests = append(b.manifests, bagManifest{ordinal, path, algo, true})
		case strings.HasPrefix(path, "tagmanifest-") && algo != nil:
			b.manifests = append(b.manifests, bagManifest{ordinal, path, algo, false})
		case path == "bag-info.txt":
			b.info = int64(ordinal)
		case path == "fetch.txt":
			b.fetch = int64(ordinal)
		}
		flag := []byte{0}
		if payload {
			flag[0] = 1
		}
		if err := w.Add(b.key(path, 1, ordinal), flag); err != nil {
			return err
		}
	}
	return nil
}

// readTags reads what the bag says of itself.
func (b *bag) readTags(from *opener, w *extsort.Writer) error {
	version := false
	err := b.lines(from, b.at, func(line string) error {
		version = version || strings.HasPrefix(strings.TrimPrefix(line, "\ufeff"), "BagIt-Version:")
		return nil
	})
	if err == nil && !version {
		err = b.problem(b.at, "has no BagIt-Version")
	}
	payload := false
	for i := 0; i < len(b.manifests) && err == nil; i++ {
		payload = payload || b.manifests[i].payload
		err = b.lines(from, b.manifests[i].ordinal, func(line string) error { return b.named(i, line, w) })
	}
	if err == nil && !payload {
		err = b.problem(b.at, "has no manifest of its payload that is read")
	}
	if err == nil && b.info >= 0 {
		err = b.lines(from, uint64(b.info), b.oxum)
	}
	if err == nil && b.fetch >= 0 {
		n := 0
		if err = b.lines(from, uint64(b.fetch), func(string) error { n++; return nil }); err == nil {
			err = b.problem(uint64(b.fetch), fmt.Sprintf("names %d files that lie elsewhere: they are never fetched, and were not examined", n))
		}
	}
	return err
}

// lines reads a tag file. That it cannot be read is the file's problem.
func (b *bag) lines(from *opener, ordinal uint64, each func(line string) error) error {
	l, err := b.run.sources.table.object(ordinal)
	if err != nil {
		return err
	}
	f, err := from.open(l)
	if err != nil {
		return b.problem(ordinal, reasonOf(err))
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, maxBagLine)
	for s.Scan() {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		if err := each(s.Text()); err != nil {
			return err
		}
	}
	if s.Err() != nil {
		return b.problem(ordinal, reasonOf(s.Err()))
	}
	return nil
}

// bagPath undoes the encoding of paths in manifests (RFC 8493, 2.1.3).
var bagPath = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%25", "%")

// named takes a line of a manifest.
func (b *bag) named(manifest int, line string, w *extsort.Writer) error {
	m := &b.manifests[manifest]
	digest, path, _ := strings.Cut(line, " ")
	if tab, rest, ok := strings.Cut(line, "\t"); ok && len(tab) < len(digest) {
		digest, path = tab, rest
	}
	path = bagPath.Replace(strings.TrimPrefix(strings.TrimLeft(path, " \t"), "*"))
	sum, err := hex.DecodeString(digest)
	switch {
	case err != nil || len(sum) != m.algo().Size() || path == "":
		return b.problem(m.ordinal, fmt.Sprintf("is malformed: %.100q", line))
	case leadsOut(path) || strings.HasPrefix(path, "~"):
		return b.problem(m.ordinal, fmt.Sprintf("names a file outside of the bag: %.200q", path))
	case m.payload != strings.HasPrefix(path, "data/"):
		return b.problem(m.ordinal, fmt.Sprintf("names what is not for it to name: %.200q", path))
	}
	return w.Add(b.key(path, 0, uint64(manifest)), sum, []byte(path))
}

// oxum compares what the bag says of its size (RFC 8493, 2.2.2).
func (b *bag) oxum(line string) error {
	label, value, _ := strings.Cut(line, ":")
	if !strings.EqualFold(label, "Payload-Oxum") {
		return nil
	}
	if is := fmt.Sprintf("%d.%d", b.bytes, b.files); strings.TrimSpace(value) != is {
		return b.problem(uint64(b.info), fmt.Sprintf("says of the payload %.60q: it is %s, bytes and files", strings.TrimSpace(value), is))
	}
	return nil
}

// join brings the manifests' names and the files together.
func (b *bag) join(names *extsort.Sorter, found *extsort.Writer) error {
	it, err := names.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	type claim struct {
		manifest int
		sum      []byte
		path     string
	}
	var hash uint64
	var claims []claim
	met := true // a file, for the claims
	missing := func() error {
		for _, c := range claims {
			if met {
				break
			}
			if err := b.problem(b.manifests[c.manifest].ordinal, fmt.Sprintf("names a file that is not there: %.200q", c.path)); err != nil {
				return err
			}
		}
		claims, met = claims[:0], false
		return nil
	}
	for it.Next() {
		key, value := it.Key(), it.Value()
		n := binary.BigEndian.Uint64(key[9:])
		if h := binary.BigEndian.Uint64(key); h != hash {
			if err := missing(); err != nil {
				return err
			}
			hash = h
		}
		if key[8] == 0 {
			m := &b.manifests[n]
			size := m.algo().Size()
			c := claim{int(n), bytes.Clone(value[:size]), string(value[size:])}
			if last := len(claims) - 1; last >= 0 && claims[last].manifest == c.manifest {
				if err := b.problem(m.ordinal, fmt.Sprintf("names a file twice: %.200q", c.path)); err != nil {
					return err
				}
			}
			claims = append(claims, c)
			continue
		}
		met = true
		for i, m := range b.manifests {
			named := false
			for _, c := range claims {
				if c.manifest == i {
					named = true
					key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, n), uint64(i))
					if err := found.Add(key, c.sum); err != nil {
						return err
					}
				}
			}
			if !named && m.payload && value[0] == 1 {
				if err := b.problem(n, "is not in "+m.name+": whoever made the bag does not vouch for it"); err != nil {
					return err
				}
			}
		}
	}
	return errors.Join(it.Err(), missing(), found.Close())
}

// compare hashes the files that manifests name.
func (b *bag) compare(ctx context.Context, from *opener, found *extsort.Sorter) error {
	it, err := found.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	more := it.Next()
	for more {
		ordinal := binary.BigEndian.Uint64(it.Key())
		var to []io.Writer
		var sums []hash.Hash
		var claims []bagManifest
		var want [][]byte
		for ; more && binary.BigEndian.Uint64(it.Key()) == ordinal; more = it.Next() {
			m := b.manifests[binary.BigEndian.Uint64(it.Key()[8:])]
			h := m.algo()
			to, sums, claims, want = append(to, h), append(sums, h), append(claims, m), append(want, bytes.Clone(it.Value()))
		}
		l, err := b.run.sources.table.object(ordinal)
		if err != nil {
			return err
		}
		if l.reason != "" {
			continue // it says so itself
		}
		err = copyObject(ctx, from, l, io.MultiWriter(to...))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if err := b.problem(ordinal, "cannot be hashed: "+reasonOf(err)); err != nil {
				return err
			}
			continue
		}
		for i, h := range sums {
			if !bytes.Equal(h.Sum(nil), want[i]) {
				if err := b.problem(ordinal, "is not what "+claims[i].name+" says: it has another hash"); err != nil {
					return err
				}
			}
		}
	}
	return it.Err()
}

// copyObject copies an object's stored bytes.
func copyObject(ctx context.Context, from *opener, l listed, to io.Writer) error {
	f, err := from.open(l)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, &cancelled{ctx, f})
	return errors.Join(err, f.Close())
}
