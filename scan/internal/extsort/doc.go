// Package extsort sorts more entries than fit in memory. An entry is a key and a
// value, both plain bytes; keys are compared byte by byte.
//
//	s := extsort.New(extsort.Config{Dir: dir, Memory: 1 << 30, Writers: 2})
//	defer s.Close()
//	w := s.NewWriter() // one for each goroutine
//	w.Add(key, value)
//	w.Close()
//	it, err := s.Merge() // after every Writer was closed
//	defer it.Close()
//	for it.Next() {
//		use(it.Key(), it.Value())
//	}
//	return it.Err()
//
// How it works:
//
//	Writer:  copy the entry into a chunk, keep a reference with the key's first 16 bytes
//	         at the run limit: have the references sorted (buckets, then comparison); the run is now the Sorter's
//	Sorter:  over budget: merge the oldest runs in memory into one spilled run, reuse their chunks
//	Merge:   too many spilled runs: merge the shortest into longer ones
//	         then a loser tree over all runs, in memory and spilled
//
// A Writer belongs to one goroutine, and different Writers may be used at once.
// Spilling happens in the goroutine that calls Add or Close. A finished run is
// sorted in one of its own, which a spill or Merge waits for: where one large object
// is read, the only Writer goes on meanwhile. Merge may be called by
// several at once; a Sorter's other methods and an Iterator are for one. Key and Value are valid until the following call of Next.
//
// Callers give each entry its own key. Entries with equal keys are nevertheless
// all kept, ordered by value, so that the output depends on the set of entries
// only: not on the Writers, on who added what, or on the budget.
//
// # Why count at the end?
//
// A lost run would be silent: the rest still comes in order. Each spilled block
// has a checksum, each run a length and a count, and the end of a merge compares
// what it delivered with what was added. A difference is an error.
//
// # Why are runs in memory spilled together?
//
// Spilling one run at a time would make spilled runs as small as a run in
// memory. Merging a Writer's share of the budget while it is written gives few,
// long runs, and the Writers still spill at the same time. Because a finished run
// belongs to the Sorter, a Writer that starts late takes memory from the others.
//
// # Why do runs in memory not count as open?
//
// MaxRuns bounds files and read buffers. A run in memory has neither, and a
// deeper loser tree costs a comparison for each doubling.
package extsort
