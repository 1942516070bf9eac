package extsort

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

type pair struct{ key, value string }

func comparePairs(a, b pair) int {
	return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value))
}

// randomPairs returns n pairs with keys around the 16 bytes that are cached, many
// of them equal or prefixes of each other, some of them empty.
func randomPairs(r *rand.Rand, n, maxValue int) []pair {
	pairs := make([]pair, n)
	for i := range pairs {
		key := make([]byte, r.IntN(24))
		for j := range key {
			key[j] = byte(r.IntN(2)) * byte(r.IntN(256))
		}
		value := make([]byte, r.IntN(maxValue+1))
		for j := range value {
			value[j] = byte(r.IntN(256))
		}
		pairs[i] = pair{string(key), string(value)}
	}
	return pairs
}

// addAll deals the pairs out to as many concurrent Writers.
func addAll(t *testing.T, s *Sorter, pairs []pair, writers int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range writers {
		w := s.NewWriter()
		wg.Go(func() {
			for j := i; j < len(pairs); j += writers {
				cut := j % (len(pairs[j].value) + 1)
				value := []byte(pairs[j].value)
				if err := w.Add([]byte(pairs[j].key), value[:cut], value[cut:]); err != nil {
					t.Error(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func merged(t *testing.T, s *Sorter) []pair {
	t.Helper()
	pairs, err := mergeAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func mergeAll(s *Sorter) ([]pair, error) {
	it, err := s.Merge()
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var pairs []pair
	for it.Next() {
		pairs = append(pairs, pair{string(it.Key()), string(it.Value())})
	}
	return pairs, it.Err()
}

// wantEmpty fails the test if dir holds a file.
func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) > 0 {
		t.Errorf("%d files left, the first %s", len(files), files[0].Name())
	}
}

func TestSortEqualsSlicesSort(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	spilled, levels := 0, 0
	for i := range 150 {
		cfg := Config{
			Dir:     t.TempDir(),
			Memory:  1 << (10 + r.IntN(12)),
			Writers: 1 + r.IntN(5),
			MaxRuns: []int{0, 2, 3, 4, 9}[r.IntN(5)],
		}
		pairs := randomPairs(r, r.IntN(1<<r.IntN(14)), 1<<r.IntN(10))
		s := New(cfg)
		addAll(t, s, pairs, cfg.Writers)
		want := slices.Clone(pairs)
		slices.SortFunc(want, comparePairs)
		for pass := range 2 {
			if got := merged(t, s); !slices.Equal(got, want) {
				t.Fatalf("case %d, pass %d, %+v, %d entries: output differs", i, pass, cfg, len(pairs))
			}
		}
		spilled += min(s.Stats().RunsSpilled, 1)
		levels += min(s.Stats().IntermediateMerges, 1)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wantEmpty(t, cfg.Dir)
	}
	if spilled < 20 || levels < 10 {
		t.Errorf("%d cases spilled and %d merged in levels: too few to mean anything", spilled, levels)
	}
}

// Several goroutines may merge at once, also where runs have to be made fewer first.
func TestMergesAtOnce(t *testing.T) {
	s := New(Config{Dir: t.TempDir(), Memory: 64 << 10, Writers: 2, MaxRuns: 3})
	defer s.Close()
	pairs := randomPairs(rand.New(rand.NewPCG(5, 6)), 20_000, 40)
	addAll(t, s, pairs, 2)
	slices.SortFunc(pairs, comparePairs)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got, err := mergeAll(s); err != nil || !slices.Equal(got, pairs) {
				t.Errorf("%d of %d pairs, %v", len(got), len(pairs), err)
			}
		})
	}
	wg.Wait()
	if s.Stats().IntermediateMerges == 0 {
		t.Error("no run had to be merged before")
	}
}

func TestEmpty(t *testing.T) {
	for writers := range 3 {
		s := New(Config{Dir: "/nonexistent", Memory: 1 << 20, Writers: writers})
		addAll(t, s, nil, writers)
		if got := merged(t, s); len(got) != 0 {
			t.Errorf("%d writers: %d entries out of nothing", writers, len(got))
		}
	}
	var empty []pair
	for range 10_000 {
		empty = append(empty, pair{})
	}
	s := New(Config{Dir: t.TempDir(), Memory: 1 << 14, Writers: 2})
	defer s.Close()
	addAll(t, s, empty, 2)
	if got := merged(t, s); !slices.Equal(got, empty) {
		t.Errorf("%d empty entries, want %d", len(got), len(empty))
	}
	if st := s.Stats(); st.Entries != 10_000 || st.RunsSpilled == 0 {
		t.Errorf("empty entries cost references, which must be bounded too: %+v", st)
	}
}

func TestEntriesLargerThanTheBudget(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pairs := randomPairs(r, 300, 100)
	for i := range 20 {
		pairs[i*11].value = strings.Repeat(string(rune('a'+i)), 100<<10)
	}
	pairs[7].key = strings.Repeat("k", 50<<10)
	s := New(Config{Dir: t.TempDir(), Memory: 8 << 10, Writers: 2})
	defer s.Close()
	addAll(t, s, pairs, 2)
	slices.SortFunc(pairs, comparePairs)
	if got := merged(t, s); !slices.Equal(got, pairs) {
		t.Error("output differs")
	}
}

func TestEntryTooLarge(t *testing.T) {
	s := New(Config{Dir: t.TempDir(), Memory: 1 << 20})
	defer s.Close()
	w := s.NewWriter()
	part := make([]byte, 1<<20)
	err := w.Add([]byte("key"), slices.Repeat([][]byte{part}, 1<<10)...)
	if err == nil || !strings.Contains(err.Error(), "more than 1 GiB") {
		t.Errorf("error %v", err)
	}
	if err := w.Add([]byte("key"), []byte("value")); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if got := merged(t, s); !slices.Equal(got, []pair{{"key", "value"}}) {
		t.Errorf("got %v", got)
	}
}

// TestFitsInMemory: what fits, less the merge buffers and the Writers' unfinished
// runs, never touches the disk, even if one of several Writers adds all of it.
func TestFitsInMemory(t *testing.T) {
	for _, size := range []int{0, 20, 2000} {
		s := New(Config{Dir: "/nonexistent", Memory: 8 << 20, Writers: 4})
		idle := s.NewWriter()
		w := s.NewWriter()
		n := (5 << 20) / (size + 2 + 16 + int(refSize))
		for i := range n {
			if err := w.Add(fmt.Appendf(nil, "%016x", i*7919%n), make([]byte, size)); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmp.Or(idle.Close(), w.Close()); err != nil {
			t.Fatal(err)
		}
		if got := merged(t, s); len(got) != n {
			t.Errorf("size %d: %d entries, want %d", size, len(got), n)
		}
	}
}

// TestBudget adds twenty times the budget and looks at what the Sorter holds
// whenever a run may have been handed over.
func TestBudget(t *testing.T) {
	for _, cfg := range []Config{
		{Memory: 64 << 10, Writers: 1}, {Memory: 1 << 20, Writers: 3}, {Memory: 4 << 20, Writers: 16},
		{Memory: 65 << 10, Writers: 1}, {Memory: 1025 << 10, Writers: 3},
	} {
		longest := 300
		if cfg.Memory>>10&1 == 1 { // the odd ones: references alone
			longest = 1
		}
		cfg.Dir = t.TempDir()
		s := New(cfg)
		defer s.Close()
		writers := make([]*Writer, cfg.Writers)
		for i := range writers {
			writers[i] = s.NewWriter()
		}
		r := rand.New(rand.NewPCG(7, 8))
		var peak int64
		for total := 0; total < int(cfg.Memory)*20; {
			w := writers[r.IntN(len(writers))]
			value := make([]byte, r.IntN(longest))
			if err := w.Add(fmt.Appendf(nil, "%x", r.Uint64()), value); err != nil {
				t.Fatal(err)
			}
			total += len(value) + 16
			if r.IntN(16) == 0 {
				peak = max(peak, held(s, writers))
			}
		}
		if limit := cfg.Memory - cfg.Memory/8; peak > limit || peak < cfg.Memory/2 {
			t.Errorf("%+v: held up to %d bytes", cfg, peak)
		}
	}
}

// held counts all chunks and references that exist, free ones included.
func held(s *Sorter, writers []*Writer) (n int64) {
	add := func(chunks [][]byte, refs []ref) {
		for _, c := range chunks {
			n += int64(cap(c))
		}
		n += int64(cap(refs)) * refSize
	}
	for _, w := range writers {
		add(w.chunks, w.refs)
	}
	for _, r := range s.memory {
		add(r.chunks, r.refs)
	}
	for _, r := range s.freeRefs {
		add(nil, r)
	}
	add(s.freeChunks, nil)
	return n
}

func TestTinySortCostsLittle(t *testing.T) {
	allocs := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			s := New(Config{Memory: 4 << 20, Writers: 1})
			w := s.NewWriter()
			w.Add([]byte("a"), []byte("b"))
			w.Close()
		}
	})
	if got := allocs.AllocedBytesPerOp(); got > 256<<10 {
		t.Errorf("one entry costs %d bytes", got)
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	s := New(Config{Memory: 256 << 20})
	w := s.NewWriter()
	key, value := make([]byte, 40), make([]byte, 20)
	w.Add(key, value)
	per := testing.AllocsPerRun(10_000, func() { w.Add(key, value, value) })
	if per != 0 {
		t.Errorf("%v allocations an entry", per)
	}
}

func TestLateWriterTakesMemoryBack(t *testing.T) {
	s := New(Config{Dir: t.TempDir(), Memory: 1 << 20, Writers: 2})
	defer s.Close()
	value := make([]byte, 100)
	for i := range 2 {
		w := s.NewWriter()
		for j := range 40_000 {
			if err := w.Add(fmt.Appendf(nil, "%d-%d", j, i), value); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Stats()
	if average := 2 * 40_000 * 100 / st.RunsSpilled; average < 256<<10 {
		t.Errorf("%d runs spilled, of %d bytes on average: a share is 320 KiB", st.RunsSpilled, average)
	}
}

func TestMergeNeedsClosedWriters(t *testing.T) {
	s := New(Config{Memory: 1 << 20})
	w := s.NewWriter()
	if _, err := s.Merge(); err == nil {
		t.Error("merge with an open writer")
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Merge(); err != nil {
		t.Error(err)
	}
	s.Close()
	if _, err := s.Merge(); err == nil {
		t.Error("merge of a closed sorter")
	}
}

// TestValidUntilNext: a merge does not move on within the block that the current
// entry lies in before Next is called.
func TestValidUntilNext(t *testing.T) {
	s := New(Config{Dir: t.TempDir(), Memory: 16 << 10})
	defer s.Close()
	pairs := randomPairs(rand.New(rand.NewPCG(9, 9)), 3000, 50)
	addAll(t, s, pairs, 1)
	it, err := s.Merge()
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	slices.SortFunc(pairs, comparePairs)
	var key, value []byte
	for i := 0; it.Next(); i++ {
		key, value = it.Key(), it.Value()
		if !bytes.Equal(key, []byte(pairs[i].key)) || !bytes.Equal(value, []byte(pairs[i].value)) {
			t.Fatalf("entry %d differs", i)
		}
		if len(value) != cap(value) || len(key) != cap(key) {
			t.Fatalf("entry %d: appending to it would overwrite the next", i)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("a\x01b\x00\x02cd"), uint16(0), uint8(1))
	f.Add(bytes.Repeat([]byte("\x03abc\x30"), 600), uint16(1), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, memory uint16, writers uint8) {
		var pairs []pair
		for len(data) >= 2 {
			k, v := int(data[0]), int(data[1])*8
			data = data[2:]
			k = min(k, len(data))
			v = min(v, len(data)-k)
			pairs = append(pairs, pair{string(data[:k]), string(data[k : k+v])})
			data = data[min(k+v, max(len(data)-1, 0)):]
		}
		cfg := Config{Dir: t.TempDir(), Memory: int64(memory), Writers: 1 + int(writers%4), MaxRuns: 2 + int(writers)/64}
		s := New(cfg)
		addAll(t, s, pairs, cfg.Writers)
		slices.SortFunc(pairs, comparePairs)
		if got := merged(t, s); !slices.Equal(got, pairs) {
			t.Errorf("%+v, %d pairs: output differs", cfg, len(pairs))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wantEmpty(t, cfg.Dir)
	})
}
