package extsort

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
)

// Config says where a Sorter may spill, and how much memory it may hold.
type Config struct {
	Dir     string // for spilled runs; their files are private (0600)
	Memory  int64  // bytes: chunks, references and merge buffers together
	Writers int    // how many Writers will be used; more of them exceed Memory
	MaxRuns int    // spilled runs open at once while merging; 0: 256
}

// The bounds of what is derived from a Config.
const (
	minLimit = 4 << 10  // of a run being filled: below it, spilling is all overhead
	maxLimit = 64 << 20 // more saves no comparison worth having, and a Writer's share must be divisible
	minChunk = 64 << 10 // of a Writer's first chunk: a tiny sort should cost little
	maxChunk = 8 << 20  // several huge pages
	minBlock = 32 << 10 // s2 is a third slower on blocks of 8 KiB
	maxBlock = 256 << 10
)

// Stats counts what a Sorter did so far.
type Stats struct {
	Entries            int64 // in finished runs
	RunsInMemory       int
	RunsSpilled        int   // by Writers
	BytesSpilled       int64 // stored bytes, those of intermediate merges included
	IntermediateMerges int
}

// A Sorter owns the finished runs of its Writers. The zero value is not usable.
type Sorter struct {
	cfg    Config
	limit  int64 // bytes of a run being filled
	chunk  int64 // bytes of a chunk, but for a Writer's first and those of large entries
	block  int   // bytes of entries in a block of a spilled run
	share  int64 // bytes that are spilled together, if there are as many
	create func(dir, pattern string) (*os.File, error)

	merging     sync.Mutex // one Merge at a time: the first may have to make runs fewer
	mu          sync.Mutex
	free        int64 // of the budget for finished runs; below zero: a run must be spilled
	memory      []*memoryRun
	spilled     []*spilledRun
	freeChunks  [][]byte
	freeRefs    [][]ref
	openWriters int
	stats       Stats
	err         error // of the first spill that went wrong: its entries are gone
}

// New returns a Sorter. It allocates nothing and touches no file until entries
// are added.
//
// Memory is divided so: an eighth, but at most 64 MiB, for merge buffers; of the
// rest a quarter for the runs being filled and three quarters for finished ones.
// Budgets too small for that (below about 16 KiB a Writer) are exceeded by as
// much. An entry larger than its run's limit, or than a block of a spilled run,
// exceeds the budget by its size.
func New(cfg Config) *Sorter {
	cfg.Writers = max(cfg.Writers, 1)
	if cfg.MaxRuns == 0 {
		cfg.MaxRuns = 256
	}
	cfg.MaxRuns = max(cfg.MaxRuns, 2)
	writers := int64(cfg.Writers)
	buffers := min(cfg.Memory/8, 64<<20)
	limit := min(max((cfg.Memory-buffers)/(4*writers), minLimit), maxLimit)
	pool := max(cfg.Memory-buffers-writers*limit, 0)
	return &Sorter{
		cfg:    cfg,
		limit:  limit,
		chunk:  min(limit/8, maxChunk),
		block:  int(blockSize(buffers, cfg.MaxRuns)),
		share:  pool / writers,
		create: os.CreateTemp,
		free:   pool,
	}
}

// blockSize lets MaxRuns blocks share buffers, and fewer if they became too small.
func blockSize(buffers int64, runs int) int64 {
	low := max(min(buffers/8, minBlock), 1<<10)
	return min(max(buffers/int64(runs), low), maxBlock)
}

// NewWriter returns a Writer for one goroutine. It must be closed before Merge.
func (s *Sorter) NewWriter() *Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openWriters++
	return &Writer{s: s}
}

// Stats returns the counts so far.
func (s *Sorter) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.RunsInMemory = len(s.memory)
	return st
}

// keep takes over a finished run. Each Writer holds limit bytes of the budget for
// the run it fills, so before it may fill another it has to find r's size in the
// free budget or give as much back by spilling. A last run needs neither.
func (s *Sorter) keep(r *memoryRun, last bool) error {
	s.mu.Lock()
	s.memory = append(s.memory, r)
	s.stats.Entries += int64(len(r.refs))
	s.free -= r.size
	if last {
		s.free += s.limit
	}
	if s.free >= 0 || last && r.size <= s.limit {
		s.mu.Unlock()
		return nil
	}
	var taken int64
	n := 0
	for want := max(s.share, r.size); taken < want && n < len(s.memory); n++ {
		taken += s.memory[n].size
	}
	runs := slices.Clone(s.memory[:n])
	s.memory = slices.Delete(s.memory, 0, n)
	s.mu.Unlock()
	return s.spill(runs, taken)
}

// spill merges runs, of size bytes together, into one spilled run and recycles
// their memory.
func (s *Sorter) spill(runs []*memoryRun, size int64) error {
	it, err := newIterator(runs, nil)
	if err == nil {
		err = s.write(it)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.err = cmp.Or(s.err, err)
		return err
	}
	s.stats.RunsSpilled++
	s.free += size
	for _, r := range runs {
		s.freeRefs = append(s.freeRefs, r.refs[:0])
		for _, c := range r.chunks {
			if int64(cap(c)) == s.chunk {
				s.freeChunks = append(s.freeChunks, c[:0])
			}
		}
	}
	return nil
}

// write writes what is left of it to a new spilled run.
func (s *Sorter) write(it *Iterator) error {
	f, err := s.create(s.cfg.Dir, "run-*")
	if err != nil {
		return fmt.Errorf("spilled run: %w", err)
	}
	r := &spilledRun{path: f.Name()}
	s.mu.Lock()
	s.spilled = append(s.spilled, r) // before the first byte: Close removes it, whatever happens
	s.mu.Unlock()
	err = r.write(f, it, s.block)
	r.entries = it.delivered
	s.mu.Lock()
	s.stats.BytesSpilled += r.size
	s.mu.Unlock()
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("spilled run: %w", closeErr)
	}
	return err
}

// Merge returns an Iterator over all entries in order. Each call is a fresh pass
// over the same runs, and several goroutines may call it; the read buffers of one
// Iterator are budgeted, those of more exceed Memory.
func (s *Sorter) Merge() (*Iterator, error) {
	s.merging.Lock()
	defer s.merging.Unlock()
	if s.openWriters > 0 {
		return nil, fmt.Errorf("merge: %d writers not closed", s.openWriters)
	}
	if s.err != nil {
		return nil, s.err
	}
	s.freeChunks, s.freeRefs = nil, nil // their share of the budget now pays for read buffers
	if err := s.compact(s.fanIn()); err != nil {
		s.err = err
		return nil, err
	}
	it, err := newIterator(s.memory, s.spilled)
	if err != nil {
		return nil, err
	}
	it.want = s.stats.Entries // not what the runs say: one may be missing
	return it, nil
}

// fanIn is how many spilled runs the unused budget can read at once: a block for
// each, and two for output and stored bytes.
func (s *Sorter) fanIn() int {
	unused := s.cfg.Memory
	for _, r := range s.memory {
		unused -= r.size
	}
	return max(2, min(int(unused/int64(s.block))-2, s.cfg.MaxRuns))
}

// compact merges spilled runs until n are left. The first merge takes just as
// many as let all others be full, and each takes the shortest runs: no byte is
// written more often than it must be.
func (s *Sorter) compact(n int) error {
	for len(s.spilled) > n {
		slices.SortStableFunc(s.spilled, func(a, b *spilledRun) int { return cmp.Compare(a.size, b.size) })
		k := (len(s.spilled)-2)%(n-1) + 2
		if err := s.combine(s.spilled[:k:k]); err != nil {
			return err
		}
		s.spilled = slices.Delete(s.spilled, 0, k)
		s.stats.IntermediateMerges++
	}
	return nil
}

// combine merges runs into a new one and removes their files.
func (s *Sorter) combine(runs []*spilledRun) error {
	it, err := newIterator(nil, runs)
	if err != nil {
		return err
	}
	if err := errors.Join(s.write(it), it.Close()); err != nil {
		return err
	}
	return removeRuns(runs)
}

// Close removes all files and drops all memory, once no run is being sorted any more. Iterators must be closed before.
func (s *Sorter) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.memory {
		r.sorting.Wait()
	}
	err := removeRuns(s.spilled)
	s.memory, s.spilled, s.freeChunks, s.freeRefs = nil, nil, nil, nil
	s.err = cmp.Or(s.err, errors.New("merge: sorter closed"))
	return err
}

func removeRuns(runs []*spilledRun) error {
	var errs []error
	for _, r := range runs {
		if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
