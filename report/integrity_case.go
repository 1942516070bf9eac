package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// A Judging is what a settled case's digests are judged by anew, without the evidence.
type Judging struct {
	Keys    *integrity.Keyring
	Feed    func(*integrity.Taker) error // nil: nothing but what the case has
	Buckets []scan.Bucket                // beside those that the case has
	Dir     string                       // for what does not fit into Memory
	// Memory bounds what the judging holds, in bytes.
	Memory int64
}

// Judge judges the case's digests again. What the examiner gave when they were judged first counts again, but for the keys.
func (p *SettledCase) Judge(ctx context.Context, j Judging) (*integrity.Result, error) {
	if n, err := p.Revisions(); err != nil {
		return nil, err
	} else if n == 0 {
		return nil, fmt.Errorf("%s: it has no digest file: analyze the evidence with those of its bucket", p.store.label)
	}
	l := integrity.New(integrity.Config{Dir: j.Dir, Memory: j.Memory, Keys: j.Keys})
	if err := p.fill(ctx, l, &j); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", p.store.label, err), l.Close())
	}
	res, err := l.Judge(ctx)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return res, nil
}

func (p *SettledCase) fill(ctx context.Context, l *integrity.Ledger, j *Judging) error {
	for d, err := range eachDigest(p.dir) {
		if err == nil {
			err = p.digest(l, &d)
		}
		if err != nil {
			return err
		}
	}
	if err := p.nameBuckets(l, j.Buckets); err != nil {
		return err
	}
	if j.Feed != nil {
		if err := j.Feed(&integrity.Taker{Sidecar: l.Sidecar, Listed: l.Listed}); err != nil {
			return err
		}
	}
	for o, err := range p.Objects() {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = l.Object(scan.IntegrityObject(&o))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nameBuckets tells the ledger of which buckets parts of the evidence are copies.
func (p *SettledCase) nameBuckets(l *integrity.Ledger, given []scan.Bucket) error {
	for i := range given {
		some := false
		for _, label := range p.sources {
			if own, ok := given[i].Of(label); ok {
				l.Bucket(own)
				some = true
			}
		}
		if !some {
			return fmt.Errorf("bucket %s: %s is %w, which is %s", given[i].Name, given[i].Path, scan.ErrBucket, strings.Join(p.sources, ", "))
		}
	}
	return nil
}

// Revisions is how often the case's digests were judged; 0: it has none.
func (p *SettledCase) Revisions() (int, error) {
	n, err := latestIntegrity(p.dir)
	if err != nil {
		err = fmt.Errorf("%s: %w", p.store.label, err)
	}
	return n, err
}

// Digests implements scan.Prior. A case that has none yields none.
func (p *SettledCase) Digests() iter.Seq2[scan.Digest, error] {
	return func(yield func(scan.Digest, error) bool) {
		n, err := p.Revisions()
		if err != nil {
			yield(scan.Digest{}, err)
		}
		if n == 0 {
			return
		}
		for d, err := range eachDigest(p.dir) {
			if err != nil {
				err = fmt.Errorf("%s: %w", p.store.label, err)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

func (p *SettledCase) digest(l *integrity.Ledger, d *scan.Digest) (err error) {
	source, path := "", ""
	if !d.Given() {
		if source, path, err = p.store.objects.Name(d.Object); err != nil {
			return err
		}
	}
	return d.AddTo(l, source, path)
}

// Revise writes what was judged as the case's next revision, and returns the names of its files, and what it says. What was
// there is left as it is.
func (p *SettledCase) Revise(judged *integrity.Result) (names []string, model *Integrity, err error) {
	latest, err := latestIntegrity(p.dir)
	if err != nil {
		return nil, nil, err
	}
	if info, err := os.Lstat(filepath.Join(p.dir, integrityDir)); err != nil || !info.IsDir() { // a link could lead out of the case
		return nil, nil, errors.Join(pathless(err), fmt.Errorf("%s: %s: not a directory of the case", p.store.label, integrityDir))
	}
	n := latest + 1
	model, err = NewIntegrity(judged, &p.store.objects)
	if err != nil {
		return nil, nil, err
	}
	if model != nil {
		model.Revision = n
	}
	for _, file := range []caseFile{
		{integrityRevision(n, "jsonl"), func(w io.Writer) error { return WriteIntegrity(w, judged, &p.store.objects) }},
		{integrityRevision(n, "md"), func(w io.Writer) error { return p.revision(w, model, judged, n) }},
		{integrityRevision(n, "json"), func(w io.Writer) error { return writeJSON(w, model) }},
		{integrityRevision(n, "parquet"), func(w io.Writer) error { return writeIntegrityTable(w, judged) }}, // last: it is what readers look for
	} {
		if err := WriteBeside(filepath.Join(p.dir, filepath.FromSlash(file.name)), file.write); err != nil {
			return names, nil, fmt.Errorf("%s: %s: %w", p.store.label, file.name, err)
		}
		names = append(names, file.name)
	}
	return names, model, syncPath(filepath.Join(p.dir, integrityDir), true)
}

// WriteBeside writes a file under another name and gives it its own when it is complete. It must not exist: then the error is
// fs.ErrExist, and what has its name stays as it is.
func WriteBeside(path string, write func(io.Writer) error) error {
	return writeWhole(path, write, placeNew)
}

// replaceFile is WriteBeside for a file that may exist, and is replaced.
func replaceFile(path string, write func(io.Writer) error) error {
	if err := writeWhole(path, write, os.Rename); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path), true)
}

func writeWhole(path string, write func(io.Writer) error, place func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return pathless(err)
	}
	defer os.Remove(f.Name())
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return pathless(place(f.Name(), path))
}

// placeNew gives a complete file its name, which nothing may have.
func placeNew(from, to string) error {
	err := os.Link(from, to) // unlike a renaming, it never takes another's place
	if err == nil {
		return nil
	}
	if _, serr := os.Lstat(to); serr == nil {
		return err
	}
	return os.Rename(from, to) // a file system without links
}

// revision writes what there is to read of a revision: what is proved, and which findings rest on what is not.
func (p *SettledCase) revision(w io.Writer, model *Integrity, judged *integrity.Result, n int) error {
	v, err := verdictsOf(judged)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Integrity, revision %d\n\nThis stands for what report.md says under Integrity.\n\n", n)
	pg := newPage(&b)
	model.markdown(pg)
	pg.head("## Findings that rest on what is not verified")
	some := false
	for f, err := range jsonLines[findingPlaces](p.dir, "findings.jsonl") {
		if err != nil {
			return err
		}
		var c Verdicts
		for _, e := range f.Events {
			c.count(v.event(e.Object, e.Offset))
		}
		if doubt := c.doubt(); doubt != "" {
			some = true
			pg.item(Code(f.ID) + " " + prose(f.Title) + ": " + doubt)
		}
	}
	if !some {
		pg.para("None.")
	}
	if err := pg.Flush(); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// findingPlaces is what revision needs of a line of findings.jsonl.
type findingPlaces struct {
	ID, Title string
	Events    []struct {
		Object uint64
		Offset int64
	}
}
