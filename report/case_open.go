package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// A SettledCase is a case with an event store, opened for reading. It implements
// scan.Prior: as the prior evidence of another run.
type SettledCase struct {
	store *EventStore
	dir   string
	// Scope lists the filters with which the case was made.
	Scope   []string
	Keys    int // with which its digests were judged first
	sources []string
}

// OpenCase opens the case in dir, which must have an event store.
func OpenCase(dir string) (*SettledCase, error) {
	store, err := OpenStore(dir)
	if err != nil {
		return nil, err
	}
	p := &SettledCase{store: store, dir: dir}
	if err := p.readReport(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: report.json: %w", store.label, err), store.Close())
	}
	return p, nil
}

// Sources returns the labels of the case's sources.
func (s *EventStore) Sources() ([]string, error) {
	p := &SettledCase{store: s, dir: s.objects.dir}
	if err := p.readReport(); err != nil {
		return nil, fmt.Errorf("%s: report.json: %w", s.label, err)
	}
	return p.sources, nil
}

func (p *SettledCase) readReport() error {
	b, err := readCaseFile(filepath.Join(p.dir, "report.json"))
	if err != nil {
		return err
	}
	var model struct {
		Coverage struct {
			Scope   []string `json:"scope"`
			Sources []string `json:"sources"`
		} `json:"coverage"`
		Integrity struct {
			Keys int `json:"keys"`
		} `json:"integrity"`
	}
	err = json.Unmarshal(b, &model)
	p.Scope, p.sources, p.Keys = model.Coverage.Scope, model.Coverage.Sources, model.Integrity.Keys
	return err
}

// Sources implements scan.Prior.
func (p *SettledCase) Sources() []string { return p.sources }

// openCaseFile opens a file of a case. A case may come from somebody else: a pipe in
// it would be waited for, and a link lead out of it.
func openCaseFile(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, pathless(err)
	}
	f, err := os.Open(path)
	return f, pathless(err)
}

func readCaseFile(path string) ([]byte, error) {
	f, err := openCaseFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Close closes the case's files.
func (p *SettledCase) Close() error { return p.store.Close() }

// Objects implements scan.Prior.
func (p *SettledCase) Objects() iter.Seq2[scan.Object, error] {
	return func(yield func(scan.Object, error) bool) {
		for line, err := range manifestLines(p.dir) {
			if err == nil {
				err = p.check(&line)
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", p.store.label, err)
			}
			line.Problems = nil
			if !yield(line.Object, err) || err != nil {
				return
			}
		}
	}
}

// check compares a line of the manifest with the same in objects.parquet: what is
// said of an object must not depend on the file that one looks into.
func (p *SettledCase) check(line *manifestLine) error {
	o, err := p.store.objects.object(line.Ordinal)
	if err != nil {
		return err
	}
	if o.Source != line.Source || o.Path != line.Path || o.Size != line.Size || o.SHA256 != line.SHA256 {
		return fmt.Errorf("object %d is not the same in %s and in %s", line.Ordinal, manifestFile, objectsFile)
	}
	return nil
}

// Problems implements scan.Prior.
func (p *SettledCase) Problems() iter.Seq2[scan.ObjectProblem, error] {
	return jsonLines[scan.ObjectProblem](p.dir, "problems.jsonl")
}

// jsonLines yields the values of a file of the case.
func jsonLines[T any](dir, name string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		f, err := openCaseFile(filepath.Join(dir, name))
		if err != nil {
			yield(zero, fmt.Errorf("%s: %w", name, err))
			return
		}
		defer f.Close()
		r := bufio.NewReaderSize(f, 256<<10)
		var line []byte
		for n := 1; ; n++ {
			var v T
			if line, err = readLine(r, line[:0]); err == io.EOF {
				return
			} else if err == nil && len(bytes.TrimSpace(line)) == 0 {
				continue // as between any two values of JSON
			} else if err == nil {
				err = decodeLine(line, &v)
			}
			if err != nil {
				yield(zero, fmt.Errorf("%s: line %d: %w", name, n, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// readLine appends a line, of whatever length; io.EOF: there is none.
func readLine(r *bufio.Reader, line []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil, err == io.EOF && len(line) > 0:
			return line, nil
		case err != bufio.ErrBufferFull:
			return line, pathless(err)
		}
	}
}

// The columns of Events, in the order of their numbers.
var priorColumns = append([]string{
	"object_ordinal", "record_index", "record_offset", "copies_count",
	"copies.object_ordinal", "copies.record_index", "copies.record_offset",
}, RawColumns...)

// Events implements scan.Prior.
func (p *SettledCase) Events(ctx context.Context, yield func(*scan.PriorEvent) error) error {
	var e scan.PriorEvent
	return p.store.Scan(ctx, nil, priorColumns, func(r *Row) error {
		copies, err := r.b.copyPlaces(e.Copies[:0], r.row)
		if n := r.Int(3); err == nil && n != int64(len(copies)) {
			err = fmt.Errorf("event #%d has %d copies, of which the event store names %d: analyze all the evidence together", r.Ordinal(), n, len(copies))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.store.label, err)
		}
		e = scan.PriorEvent{
			Raw:    r.Raw(),
			Place:  detect.Place{Object: uint64(r.Int(0)), Index: int(r.Int(1)), Offset: r.Int(2)},
			Copies: copies,
		}
		return yield(&e)
	})
}
