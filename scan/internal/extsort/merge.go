package extsort

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// An Iterator delivers entries in order. It merges runs with a loser tree: an
// inner node holds the loser of the match below it, so that once the winner's
// source has moved on, the matches on the path from its leaf to the root find the
// next winner.
type Iterator struct {
	files      []*os.File
	sources    []source
	tree       []node // the winner at 0, losers from 1; the leaf of source i would be at len(sources)+i
	stored     []byte // a block as read
	entry      []byte // the current entry as stored; key and value lie in it
	key, value []byte
	rest       []byte // what follows entry in the winner's block
	started    bool
	delivered  int64
	want       int64 // entries in all runs
	err        error // io.EOF after a complete merge
}

// A source is a run, and the place reached in it.
type source struct {
	memory *memoryRun
	next   int // of memory.refs
	file   *runReader
	entry  []byte // the current entry, and what follows it
}

// A node is a source and the first 16 bytes of its current key.
type node struct {
	hi, lo uint64
	source int
}

// newIterator opens the spilled runs, and waits until those in memory are sorted.
func newIterator(memory []*memoryRun, spilled []*spilledRun) (*Iterator, error) {
	it := &Iterator{sources: make([]source, 0, len(memory)+len(spilled))}
	for _, r := range memory {
		r.sorting.Wait()
		it.sources = append(it.sources, source{memory: r})
		it.want += int64(len(r.refs))
	}
	for _, r := range spilled {
		f, err := os.Open(r.path)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("spilled run: %w", err), it.Close())
		}
		it.files = append(it.files, f)
		it.sources = append(it.sources, source{file: &runReader{run: r, file: f}})
		it.want += r.entries
	}
	return it, nil
}

// Next moves to the next entry. It returns false at the end and after an error.
func (it *Iterator) Next() bool {
	if it.err != nil {
		return false
	}
	if !it.started {
		it.err = it.start()
	} else {
		it.err = it.advance()
	}
	if it.err != nil {
		it.entry, it.key, it.value = nil, nil, nil
		return false
	}
	it.delivered++
	return true
}

// start reads each source's first entry.
func (it *Iterator) start() error {
	it.started = true
	for i := len(it.sources) - 1; i >= 0; i-- {
		if _, err := it.step(i, nil); err == io.EOF {
			it.remove(i)
		} else if err != nil {
			return err
		}
	}
	return it.rebuild()
}

// advance moves the winner's source on and finds the next winner.
func (it *Iterator) advance() error {
	i := it.tree[0].source
	n, err := it.step(i, it.rest)
	if err == io.EOF {
		it.remove(i)
		return it.rebuild()
	}
	if err != nil {
		return err
	}
	for p := (len(it.sources) + i) / 2; p > 0; p /= 2 {
		if it.less(&it.tree[p], &n) {
			it.tree[p], n = n, it.tree[p]
		}
	}
	it.tree[0] = n
	return it.take()
}

// take makes the winner's entry the current one.
func (it *Iterator) take() error {
	e := it.sources[it.tree[0].source].entry
	var ok bool
	if it.key, it.value, it.rest, ok = split(e); !ok {
		return errors.New("merge: malformed entry")
	}
	it.entry = e[:len(e)-len(it.rest)]
	return nil
}

// step moves source i on; in a spilled run, to rest. At the end of the run it
// returns io.EOF. Of a run in memory it touches the reference only.
func (it *Iterator) step(i int, rest []byte) (node, error) {
	s := &it.sources[i]
	if r := s.memory; r != nil {
		if s.next == len(r.refs) {
			return node{}, io.EOF
		}
		f := &r.refs[s.next]
		s.next++
		s.entry = r.entry(f)
		return node{f.hi, f.lo, i}, nil
	}
	if len(rest) == 0 {
		var err error
		if rest, err = s.file.next(&it.stored); err != nil {
			return node{}, err
		}
	}
	s.entry = rest
	return it.leaf(i), nil
}

func (it *Iterator) leaf(i int) node {
	key, _, _, _ := split(it.sources[i].entry)
	hi, lo := prefix(key)
	return node{hi, lo, i}
}

// remove drops the exhausted source i.
func (it *Iterator) remove(i int) {
	last := len(it.sources) - 1
	it.sources[i] = it.sources[last]
	it.sources = it.sources[:last]
}

// rebuild plays all matches anew. It runs once for each run that ends: rare enough
// to spare every match a test for ended runs.
func (it *Iterator) rebuild() error {
	if len(it.sources) > 0 {
		it.tree = make([]node, len(it.sources))
		it.tree[0] = it.play(1)
		return it.take()
	}
	if it.delivered != it.want {
		return fmt.Errorf("merge: %d entries delivered, %d added", it.delivered, it.want)
	}
	return io.EOF
}

// play returns the winner of the matches below node p.
func (it *Iterator) play(p int) node {
	if p >= len(it.sources) {
		return it.leaf(p - len(it.sources))
	}
	a, b := it.play(2*p), it.play(2*p+1)
	if it.less(&b, &a) {
		a, b = b, a
	}
	it.tree[p] = b
	return a
}

func (it *Iterator) less(a, b *node) bool {
	if a.hi != b.hi {
		return a.hi < b.hi
	}
	if a.lo != b.lo {
		return a.lo < b.lo
	}
	return compareEntries(it.sources[a.source].entry, it.sources[b.source].entry) < 0
}

// Key returns the current entry's key, valid until the following call of Next.
func (it *Iterator) Key() []byte { return it.key }

// Value returns the current entry's value, valid until the following call of Next.
func (it *Iterator) Value() []byte { return it.value }

// Err returns what ended the merge early, or nil. Entries may be missing unless
// Next returned false and Err nil.
func (it *Iterator) Err() error {
	if it.err == io.EOF {
		return nil
	}
	return it.err
}

// Close closes the files. The Sorter removes them.
func (it *Iterator) Close() error {
	var errs []error
	for _, f := range it.files {
		errs = append(errs, f.Close())
	}
	it.files = nil
	it.sources, it.tree = nil, nil
	if it.err == nil {
		it.err = errors.New("merge: iterator closed")
	}
	return errors.Join(errs...)
}
