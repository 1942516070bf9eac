package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/coldtrail/coldtrail/scan"
)

// An EventStore reads the events of a case, and what was concluded of them. It
// is safe for use by many goroutines. Parts are opened as they are needed: a
// large case has hundreds, whose footers together exceed any budget.
type EventStore struct {
	dir   string
	label string // how errors name the case
	names []string
	first fs.FileInfo // of the first part, as it was opened

	mu   sync.Mutex
	open []*storePart // the most recently used one last

	objects objectTable
	latest  time.Time    // of a run, which has no table of objects yet: see newest
	columns *columnCache // nil: columns are read anew each time
	pages   idleReaders
	shown   *redactedStore // nil: everything is shown as it is
	memo    struct {
		sync.Mutex
		findings *memberships
		found    int // whose findings they are
		verdicts *verdicts
		revision int // whose verdicts they are; 0: there is none
	}
}

// openParts is how many parts of the store stay open.
const openParts = 2

// OpenStore opens the event store of the case in dir. What is missing is said,
// and what was damaged is found when it is read.
func OpenStore(dir string) (*EventStore, error) {
	s := &EventStore{dir: dir, label: "case " + dir}
	if err := s.list(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.label, err)
	}
	s.objects.dir = dir
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.label, errors.Join(err, s.Close()))
	}
	return s, nil
}

// complete compares the store with the case's own count: a part that is missing at
// the end, or comes from another case, would shorten every answer in silence.
func (s *EventStore) complete() error {
	t, err := countedTotals(s.dir)
	if err != nil || t == nil {
		return err
	}
	n, err := s.Events()
	if err == nil && n != t.Distinct {
		err = fmt.Errorf("the event store ends after %d of %d events: parts are missing, or not those of this case", n, t.Distinct)
	}
	return err
}

// countedTotals reads what the case in dir counts itself; nil: it is an event store on its own.
func countedTotals(dir string) (*scan.Totals, error) {
	b, err := readCaseFile(filepath.Join(dir, "summary.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var summary struct {
		Totals scan.Totals `json:"totals"`
	}
	if err == nil {
		err = json.Unmarshal(b, &summary)
	}
	if err != nil {
		return nil, fmt.Errorf("summary.json: %w", err)
	}
	return &summary.Totals, nil
}

// ErrNoStore is what an error is where a case has no event store, or is none.
var ErrNoStore = errors.New("no event store")

// A noStoreError says what is there instead.
type noStoreError struct{ text string }

func (e *noStoreError) Error() string { return e.text }

// Is makes it ErrNoStore.
func (e *noStoreError) Is(err error) bool { return err == ErrNoStore }

// list finds the parts of the store.
func (s *EventStore) list() error {
	if info, err := os.Stat(s.dir); err != nil {
		return pathless(err)
	} else if !info.IsDir() {
		return &noStoreError{"not a directory: it is no case"}
	}
	numbers, err := s.partNumbers()
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		if _, err := os.Stat(filepath.Join(s.dir, manifestFile)); err != nil {
			return &noStoreError{"neither manifest.jsonl nor events: it is no case"}
		}
		return &noStoreError{"no " + partName(0) + ": the case has no event store: analyze the evidence again, without --no-store"}
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		name := partName(i)
		if n != i {
			return fmt.Errorf("%s: missing, although a later part is there", name)
		}
		s.names = append(s.names, name)
	}
	if s.first, err = os.Stat(filepath.Join(s.dir, s.names[0])); err != nil {
		return fmt.Errorf("%s: %w", s.names[0], pathless(err))
	}
	return nil
}

// partName is the name of a part of the event store in the case.
func partName(n int) string { return fmt.Sprintf("events/part-%05d.parquet", n) }

// partNumbers returns the numbers of the parts in the case.
func (s *EventStore) partNumbers() (numbers []int, err error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "events"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, pathless(err)
	}
	for _, e := range entries {
		digits := strings.TrimSuffix(strings.TrimPrefix(e.Name(), "part-"), ".parquet")
		if n, err := strconv.Atoi(digits); err == nil && n >= 0 && e.Name() == filepath.Base(partName(n)) {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// pathless returns an error without the path, for errors that name the file already.
func pathless(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Close closes the files. No call may be under way.
func (s *EventStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.open {
		errs = append(errs, p.close())
	}
	s.open = nil
	s.pages.close()
	return errors.Join(append(errs, s.objects.close())...)
}

// part returns a part, opened, which stays so until it is released.
func (s *EventStore) part(i int) (*storePart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, p := range s.open {
		if p.number == i {
			p.users++
			s.open = append(slices.Delete(s.open, at, at+1), p)
			return p, nil
		}
	}
	p, err := openPart(s.dir, s.names[i], i)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.label, s.names[i], err)
	}
	p.users++
	s.open = append(s.open, p)
	for at := 0; at < len(s.open) && len(s.open) > openParts; {
		if s.open[at].users > 0 {
			at++
			continue
		}
		err = errors.Join(err, s.open[at].close())
		s.open = slices.Delete(s.open, at, at+1)
	}
	return p, err
}

// hold keeps a part open for a further user.
func (s *EventStore) hold(p *storePart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.users++
}

func (s *EventStore) release(p *storePart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.users--
}

// Events returns how many events the store holds.
func (s *EventStore) Events() (int64, error) {
	last, err := s.part(len(s.names) - 1)
	if err != nil {
		return 0, err
	}
	defer s.release(last)
	if len(last.groups) == 0 {
		return 0, nil
	}
	return last.groups[len(last.groups)-1].ordinals.to + 1, nil
}

// Span returns the times of the first and the last event of the store, whether
// plausible or not; both are zero where it holds none.
func (s *EventStore) Span() (first, last time.Time, err error) {
	for i, at := range [...]int{0, len(s.names) - 1} {
		p, err := s.part(at)
		if err != nil {
			return first, last, err
		}
		if n := len(p.groups); n > 0 && i == 0 {
			first = time.UnixMicro(p.groups[0].times.from).UTC()
		} else if n > 0 {
			last = time.UnixMicro(p.groups[n-1].times.to).UTC()
		}
		s.release(p)
	}
	return first, last, nil
}

// textOf returns b as a string without copying it: for as long as b is not changed.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
