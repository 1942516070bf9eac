package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// integrityColumns are the columns of integrity/rev-NNN.parquet: a row for each object that digests
// were to say something of, in the order of the ordinals.
var integrityColumns = []column{
	ranged(integer("object_ordinal")),
	required(word("kind")), required(ranged(word("verdict"))), word("proved_by"), word("reason"), required(listOf("notes", required(word("element")))),
	texts("detail"), integer("digest_ordinal"), // of the object that names it; -1: none
	integer("covered_content"), // bytes of the content from the beginning that the verdict is about; -1: all
}

// digestColumns are the columns of integrity/digests.parquet: the contents of the digest files, so that they can be
// judged again without the evidence. Behind them is what the examiner gave: what listings have (ordinal -3), the names of
// buckets (-2) and signatures (-1), as JSON.
var digestColumns = []column{
	integer("object_ordinal"), integer("flags"), integer("first_content"), texts("unread"), required(column{Name: "content", Type: bytesColumn}),
}

const (
	integrityDir  = "integrity"
	integrityFile = "integrity.jsonl" // of the first revision; later ones lie in the directory
	digestsFile   = "integrity/digests.parquet"
)

func integrityRevision(n int, ext string) string {
	return fmt.Sprintf("%s/rev-%03d.%s", integrityDir, n, ext)
}

// blob gives the row's next column bytes.
func (t *sideTable) blob(b []byte) {
	c := t.group.chunks[t.next]
	t.next++
	t.bytes += len(b)
	c.text(t.group.pages, c.level, b)
}

// writeIntegrityTable writes a revision.
func writeIntegrityTable(w io.Writer, judged *integrity.Result) error {
	t, err := newSideTable(w, integrityColumns)
	if err != nil {
		return err
	}
	for r, err := range judged.Rows {
		if err != nil {
			return err
		}
		if r.Object == nil { // the rest is absent
			break
		}
		digest, covered := int64(-1), int64(-1)
		if r.Digest != nil {
			digest = int64(*r.Digest)
		}
		if r.Signed != nil {
			covered = *r.Signed
		}
		t.numbers(int64(*r.Object))
		for _, s := range [...]string{r.Kind, string(r.Verdict), r.By, r.Reason} {
			t.text(s)
		}
		t.list(r.Notes)
		t.text(r.Detail)
		t.numbers(digest, covered)
		if err := t.end(); err != nil {
			return err
		}
	}
	return t.finish()
}

// writeDigests writes digests.parquet.
func writeDigests(w io.Writer, res *scan.Result) error {
	t, err := newSideTable(w, digestColumns)
	if err != nil {
		return err
	}
	for d, err := range res.Digests {
		if err != nil {
			return err
		}
		c := &d.Container
		flags := int64(0)
		for i, is := range [...]bool{c.Packed, c.Cut, c.Appended} {
			if is {
				flags |= 1 << i
			}
		}
		t.numbers(int64(d.Object), flags, c.First)
		t.text(c.Unread)
		t.blob(d.Content)
		if err := t.end(); err != nil {
			return err
		}
	}
	return t.finish()
}

// verdicts are what a case says of its objects.
type verdicts struct {
	of      []byte // by ordinal: index into known; 0: nothing
	known   []objectVerdict
	covered map[uint64]int64 // of objects to which something was appended
}

// An objectVerdict is what is said of an object, by digests or, of a query's result, by the file that signs it.
type objectVerdict struct{ kind, verdict string }

// appendedTo is the verdict of an event that was appended to its object: nothing signs it.
const appendedTo = "appended"

// event returns the verdict of an event by its object and its offset in that; "": there is none.
func (v *verdicts) event(object uint64, offset int64) string {
	return v.eventVerdict(object, offset).verdict
}

func (v *verdicts) eventVerdict(object uint64, offset int64) objectVerdict {
	if v == nil || object >= uint64(len(v.of)) {
		return objectVerdict{}
	}
	o := v.known[v.of[object]]
	if end, ok := v.covered[object]; ok && offset >= end {
		o.verdict = appendedTo
	}
	return o
}

func (v *verdicts) add(object uint64, kind, verdict string) error {
	is := objectVerdict{kind, verdict}
	n := 1
	for n < len(v.known) && v.known[n] != is {
		n++
	}
	if n > 255 || object > 1<<40 {
		return errors.New("not a table of verdicts")
	}
	if v.known == nil {
		v.known = []objectVerdict{{}}
	}
	if n == len(v.known) {
		v.known = append(v.known, is)
	}
	if grow := int(object) + 1 - len(v.of); grow > 0 {
		v.of = append(v.of, make([]byte, grow)...)
	}
	v.of[object] = byte(n)
	return nil
}

// verdictsOf returns the verdicts of a result; nil: it has none.
func verdictsOf(judged *integrity.Result) (*verdicts, error) {
	if judged == nil {
		return nil, nil
	}
	v := &verdicts{covered: map[uint64]int64{}}
	for r, err := range judged.Rows {
		if err != nil {
			return nil, err
		}
		if r.Object == nil {
			break
		}
		if err := v.add(*r.Object, r.Kind, string(r.Verdict)); err != nil {
			return nil, err
		}
		if r.Signed != nil {
			v.covered[*r.Object] = *r.Signed
		}
	}
	return v, nil
}

// latestIntegrity returns the number of the latest revision; 0: there is none, because the case has no digests.
func latestIntegrity(dir string) (latest int, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, integrityDir))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for _, e := range entries {
		n := 0
		if _, err := fmt.Sscanf(e.Name(), "rev-%d.parquet", &n); err == nil && e.Name() == filepath.Base(integrityRevision(n, "parquet")) {
			latest = max(latest, n)
		}
	}
	for _, name := range [...]string{digestsFile, integrityFile} {
		if _, there := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil && latest == 0 && there == nil {
			err = fmt.Errorf("no revision %s or later, although %s is there", integrityRevision(1, "parquet"), name)
		}
	}
	return latest, pathless(err)
}

// verdicts returns what the latest revision says, which is read once; nil: the case has none.
func (s *EventStore) verdicts() (*verdicts, error) {
	s.memo.Lock()
	defer s.memo.Unlock()
	if s.memo.verdicts != nil {
		return s.memo.verdicts, nil
	}
	n, err := latestIntegrity(s.dir)
	v := &verdicts{covered: map[uint64]int64{}}
	if err == nil && n > 0 {
		v, err = readVerdicts(s.dir, n)
	}
	if err != nil && n > 0 {
		err = fmt.Errorf("%s: %w", integrityRevision(n, "parquet"), err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.label, err)
	}
	s.memo.verdicts, s.memo.revision = v, n
	return v, nil
}

// readVerdicts reads a revision.
func readVerdicts(dir string, revision int) (*verdicts, error) {
	v := &verdicts{covered: map[uint64]int64{}}
	return v, readTable(filepath.Join(dir, integrityRevision(revision, "parquet")), integrityColumns, []string{"object_ordinal", "kind", "verdict", "covered_content"},
		func(rows int, c []*vector) error {
			for row := range rows {
				object, _ := c[0].number(row)
				kind, _ := c[1].bytes(row)
				verdict, _ := c[2].bytes(row)
				if err := v.add(uint64(object), string(kind), string(verdict)); err != nil {
					return err
				}
				if end, _ := c[3].number(row); end >= 0 {
					v.covered[uint64(object)] = end
				}
			}
			return nil
		})
}

// Integrity returns what the revision says whose verdicts events have, and its number; nil: the case has no digests.
func (s *EventStore) Integrity() (*Integrity, int, error) {
	if _, err := s.verdicts(); err != nil {
		return nil, 0, err
	}
	s.memo.Lock()
	n := s.memo.revision
	s.memo.Unlock()
	var own Integrity
	var model struct {
		Integrity *Integrity `json:"integrity"`
	}
	name, into := integrityRevision(n, "json"), any(&own)
	switch n {
	case 0:
		return nil, 0, nil
	case 1:
		name, into = "report.json", &model
	}
	b, err := readCaseFile(filepath.Join(s.dir, name))
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return nil, n, fmt.Errorf("%s: %s: %w", s.label, name, err)
	}
	if n == 1 {
		return model.Integrity, n, nil
	}
	return &own, n, nil
}

// Verdict returns what is said of the object of an event, by that and its offset in it; "": nothing.
func (s *EventStore) Verdict(object uint64, offset int64) (string, error) {
	v, err := s.verdicts()
	return v.event(object, offset), err
}

// ObjectVerdict says of an object what its verdict is and means; "": there is none.
func (s *EventStore) ObjectVerdict(object uint64) (string, error) {
	v, err := s.verdicts()
	return v.eventVerdict(object, -1).sentence(), err
}

// eachDigest yields what digests.parquet has.
func eachDigest(dir string) iter.Seq2[scan.Digest, error] {
	return func(yield func(scan.Digest, error) bool) {
		enough := errors.New("enough")
		err := readTable(filepath.Join(dir, filepath.FromSlash(digestsFile)), digestColumns, []string{"object_ordinal", "flags", "first_content", "unread", "content"},
			func(rows int, c []*vector) error {
				for row := range rows {
					if !yield(digestOf(c, row), nil) {
						return enough
					}
				}
				return nil
			})
		if err != nil && err != enough {
			yield(scan.Digest{}, fmt.Errorf("%s: %w", digestsFile, err))
		}
	}
}

func digestOf(c []*vector, row int) scan.Digest {
	object, _ := c[0].number(row)
	flags, _ := c[1].number(row)
	first, _ := c[2].number(row)
	unread, _ := c[3].bytes(row)
	content, _ := c[4].bytes(row)
	return scan.Digest{Object: uint64(object), Content: content, Container: integrity.Container{
		Packed: flags&1 != 0, Cut: flags&2 != 0, Appended: flags&4 != 0, First: first, Unread: string(unread),
	}}
}
