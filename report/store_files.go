package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// StoreFiles are the Parquet files of a case, opened, for an engine that reads them itself.
type StoreFiles struct {
	Events   []*os.File // the parts, in order
	Objects  *os.File
	Findings *os.File // the latest revision
	// Integrity is the latest revision of what digests prove of the objects; nil: there is none.
	Integrity *os.File
}

// Files opens the Parquet files of the case. None is a link or a pipe. The parts hold the
// events of the case, each once and in order: an engine that reads them as they
// are would notice none of that. The files stay open when the store is closed.
func (s *EventStore) Files() (*StoreFiles, error) {
	f := &StoreFiles{}
	if err := s.openFiles(f); err != nil {
		return nil, fmt.Errorf("%s: %w", s.label, errors.Join(err, f.Close()))
	}
	return f, nil
}

func (s *EventStore) openFiles(f *StoreFiles) error {
	if err := s.contiguous(); err != nil {
		return err
	}
	findings, err := s.latestFindings()
	if err != nil {
		return fmt.Errorf("%s: %w", findings, err)
	}
	for _, name := range s.names {
		part, err := s.openFile(name)
		if err != nil {
			return err
		}
		f.Events = append(f.Events, part)
	}
	if f.Objects, err = s.openFile(objectsFile); err != nil {
		return err
	}
	if f.Findings, err = s.openFile(findings); err != nil {
		return err
	}
	n, err := latestIntegrity(s.dir)
	if err == nil && n > 0 {
		f.Integrity, err = s.openFile(integrityRevision(n, "parquet"))
	}
	return err
}

func (s *EventStore) openFile(name string) (*os.File, error) {
	f, err := openCaseFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// contiguous checks that each part begins where the one before it ends.
func (s *EventStore) contiguous() error {
	next := int64(0)
	for i := range s.names {
		p, err := s.part(i)
		if err != nil {
			return err
		}
		if n := len(p.groups); n > 0 {
			if from := p.groups[0].ordinals.from; from != next {
				err = fmt.Errorf("%s: begins with event %d, and not %d: not a part of this case", p.name, from, next)
			}
			next = p.groups[n-1].ordinals.to + 1
		}
		s.release(p)
		if err != nil {
			return err
		}
	}
	return nil
}

// Later names the case's revision of its findings, and of what digests prove, if it is later than these; "": it is not.
func (f *StoreFiles) Later() (string, error) {
	dir := filepath.Dir(filepath.Dir(f.Findings.Name()))
	found, err := latestRevision(dir)
	if err != nil {
		return "", fmt.Errorf("case %s: %s: %w", dir, findingsDir, err)
	}
	proved, err := latestIntegrity(dir)
	if err != nil {
		return "", fmt.Errorf("case %s: %s: %w", dir, integrityDir, err)
	}
	is := func(file *os.File, name string) bool { return filepath.Base(file.Name()) == filepath.Base(name) }
	if is(f.Findings, revisionName(found)) && (proved == 0 || f.Integrity != nil && is(f.Integrity, integrityRevision(proved, "parquet"))) {
		return "", nil
	}
	return fmt.Sprintf("%d, %d", found, proved), nil
}

// All returns all the files.
func (f *StoreFiles) All() []*os.File {
	all := append([]*os.File(nil), f.Events...)
	for _, file := range []*os.File{f.Objects, f.Findings, f.Integrity} {
		if file != nil {
			all = append(all, file)
		}
	}
	return all
}

// Close closes the files.
func (f *StoreFiles) Close() error {
	var errs []error
	for _, file := range f.All() {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
