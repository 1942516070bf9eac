package report

import (
	"slices"

	"github.com/coldtrail/coldtrail/scan"
)

// An eventRows fills row groups of the event store. It belongs to one goroutine.
type eventRows struct {
	*groupEncoder
	extractor *extractor
	sessions  *sessions
	flat      []int // the columns of text that neither repeat nor are the sessions'

	// Cells wait here for some others, so that the columns take turns less often.
	marked *marked // counts of the whole store

	block [blockRows][]cell
	rows  int // in the block
}

const blockRows = 64

func newEventRows() *eventRows {
	r := &eventRows{marked: new(marked), groupEncoder: newGroupEncoder(eventColumns), extractor: newExtractor()}
	r.sessions = newSessions(r.leaves)
	for i := range r.leaves {
		l := &r.leaves[i]
		if l.Repetition == 0 && l.Type != numberColumn && l.Type != timeColumn && !slices.Contains(r.sessions.columns, i) {
			r.flat = append(r.flat, i)
		}
	}
	for i := range r.block {
		r.block[i] = make([]cell, len(r.leaves))
	}
	return r
}

// encode makes a row group of the batch, in the memory of dst.
func (r *eventRows) encode(batch []scan.Entry, dst []byte) (*encodedGroup, error) {
	r.begin()
	r.sessions.reset()
	for i := range batch {
		r.add(&batch[i])
	}
	r.flush()
	r.sessions.fill(r.chunks)
	return r.finish(dst, len(batch))
}

// add adds an entry's row.
func (r *eventRows) add(e *scan.Entry) {
	if r.rows == blockRows {
		r.flush()
	}
	x := r.extractor
	x.cells = r.block[r.rows]
	r.rows++
	r.session(e)
	r.chunks[leafTime].number(e.Ref.Time.UnixMicro())
	r.chunks[leafOrdinal].number(int64(e.Ordinal))
	r.chunks[leafObject].number(int64(e.Ref.Place.Object))
	r.chunks[leafIndex].number(int64(e.Ref.Place.Index))
	r.chunks[leafOffset].number(e.Ref.Place.Offset)
	r.chunks[leafCopyCount].number(int64(e.Copies))
	r.copies(e)
	r.resources(x)
	r.federation(x)
	r.list(leafMarks, x.marks)
	if len(x.marks) > 0 {
		r.marked.count(x.marks)
	}
	r.list(leafResourceNames, x.resourceNames())
	r.list(leafLookupTypes, x.lookupTypes())
}

// session extracts the entry and finds its session.
func (r *eventRows) session(e *scan.Entry) {
	x, recent := r.extractor, r.sessions.find(&e.Ref)
	known := x.extract(e, recent.text)
	x.derive(e)
	number := recent.number
	if known {
		r.sessions.restore(x, number)
	} else {
		number = r.sessions.add(x, r.chunks)
		*recent = recentSession{x.identity, number}
	}
	r.sessions.of = append(r.sessions.of, number)
}

// flush adds what waits in the block to the columns.
func (r *eventRows) flush() {
	for _, i := range r.flat {
		chunk := r.chunks[i]
		if chunk.dictionary != nil && chunk.level > 0 {
			chunk.cells(r.block[:r.rows], i)
			continue
		}
		for _, cells := range r.block[:r.rows] {
			chunk.text(r.pages, cells[i].level, cells[i].text)
		}
	}
	r.rows = 0
	r.extractor.scratch = r.extractor.scratch[:0]
}

// list adds a row to a column that is a list of texts, none of them NULL.
func (r *eventRows) list(leaf int, texts [][]byte) {
	c := r.chunks[leaf]
	if len(texts) == 0 {
		c.element(true, 0, nil)
	}
	for i, t := range texts {
		c.element(i == 0, c.level, t)
	}
}

func (r *eventRows) copies(e *scan.Entry) {
	columns := r.chunks[leafCopyObject : leafCopyObject+3]
	if len(e.Places) == 0 {
		for _, c := range columns {
			c.element(true, 0, nil)
		}
	}
	for i := range e.Places {
		p := &e.Places[i]
		columns[0].numberElement(i == 0, int64(p.Object))
		columns[1].numberElement(i == 0, int64(p.Index))
		columns[2].numberElement(i == 0, p.Offset)
	}
}

func (r *eventRows) resources(x *extractor) {
	columns := r.chunks[leafResources : leafResources+3]
	if len(x.resources) == 0 {
		for _, c := range columns {
			c.element(true, x.cells[leafResources].level, nil)
		}
	}
	for i := range x.resources {
		for j, c := range columns {
			cell := &x.resources[i].cells[j]
			c.element(i == 0, cell.level, cell.text)
		}
	}
}

func (r *eventRows) federation(x *extractor) {
	keys, values := r.chunks[leafFederation], r.chunks[leafFederation+1]
	if len(x.federation) == 0 {
		level := x.cells[leafFederation].level
		keys.element(true, level, nil)
		values.element(true, level, nil)
	}
	for i := range x.federation {
		a := &x.federation[i]
		keys.element(i == 0, keys.level, a.key)
		values.element(i == 0, a.value.level, a.value.text)
	}
}
