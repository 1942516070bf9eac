package report

import (
	"fmt"
	"slices"
)

// A textPredicate holds where a test holds of a text.
type textPredicate struct {
	id     string // predicates of the same id ask the same columns in the same way
	leaves []int
	// first: only the first of the columns that has a text is asked.
	first bool
	// part takes what the tests see from a value; nil: all of it.
	part  func(value []byte) []byte
	tests []func(text []byte) bool
	exact []string // the texts that the tests are after, byte for byte; of as many as there are tests
}

func (p *textPredicate) joins(o *textPredicate) bool { return p.id != "" && p.id == o.id }

func (p *textPredicate) cost() (n int) {
	for _, l := range p.leaves {
		n++
		if !eventLeaves[l].Dictionary {
			n += 20
		}
	}
	return n
}

// mayMatch asks the bloom filters, where the tests are after whole values and
// each column has a filter or nothing but NULL.
func (p *textPredicate) mayMatch(g *rowGroup) (may bool, err error) {
	if len(p.exact) < len(p.tests) || p.part != nil {
		return true, nil
	}
	for _, l := range p.leaves {
		if may, err := bloomHas(g, l, p.exact); may || err != nil {
			return may, err
		}
	}
	return false, nil
}

// bloomHas reports whether a column of the row group may hold one of the values.
func bloomHas(g *rowGroup, leaf int, values []string) (may bool, err error) {
	defer recovered(&err)
	chunk := g.chunk(leaf)
	if chunk == nil || chunk.nulls == int64(g.rows) && eventLeaves[leaf].Definition > 0 {
		return false, nil
	}
	filter, err := g.table.filter(chunk)
	if err != nil {
		return false, g.errorf(leaf, fmt.Errorf("bloom filter: %w", err))
	}
	if filter == nil {
		return true, nil
	}
	for _, s := range values {
		may, err := filter.has(s)
		if err != nil {
			return false, g.errorf(leaf, fmt.Errorf("bloom filter: %w", err))
		}
		if may {
			return true, nil
		}
	}
	return false, nil
}

func (p *textPredicate) holds(value []byte) bool {
	if p.part != nil {
		value = p.part(value)
	}
	for _, test := range p.tests {
		if test(value) {
			return true
		}
	}
	return false
}

func (p *textPredicate) match(b *block, among, out rowBits) error {
	if v, err := b.column(p.leaves[0]); err != nil || len(p.leaves) == 1 && v.first == nil {
		if err == nil {
			p.matchFlat(v, among, out)
		}
		return err
	}
	asked := make([]*askedVector, len(p.leaves))
	for i, l := range p.leaves {
		v, err := b.column(l)
		if err != nil {
			return err
		}
		asked[i] = &askedVector{vector: v, answers: make([]answer, v.values())}
	}
	eachRow(b.group.rows, among, func(row int) {
		for _, a := range asked {
			ok, empty := a.row(row, p.holds)
			if ok {
				out.set(row)
			}
			if ok || p.first && !empty {
				break
			}
		}
	})
	return nil
}

// matchFlat is match for one column that has one value a row.
func (p *textPredicate) matchFlat(v *vector, among, out rowBits) {
	a := &askedVector{vector: v, answers: make([]answer, v.values())}
	for row, n := range v.index {
		if n >= 0 && (among == nil || among.has(row)) && a.holds(n, p.holds) {
			out.set(row)
		}
	}
}

// eachRow calls do with the rows of a set; nil stands for all.
func eachRow(rows int, among rowBits, do func(row int)) {
	if among == nil {
		for row := range rows {
			do(row)
		}
		return
	}
	for row := range among.each {
		do(row)
	}
}

// An askedVector remembers what a test said of each value.
type askedVector struct {
	*vector
	answers []answer
}

type answer uint8

const (
	answerUnknown answer = iota
	answerNo
	answerYes
)

// holds reports whether the test holds of a value.
func (a *askedVector) holds(n int32, test func([]byte) bool) bool {
	if a.answers[n] == answerUnknown {
		a.answers[n] = answerNo
		if test(a.value(n)) {
			a.answers[n] = answerYes
		}
	}
	return a.answers[n] == answerYes
}

// row reports whether the test holds of an entry of the row, and whether the row
// has no text, or only an empty one.
func (a *askedVector) row(row int, test func([]byte) bool) (ok, empty bool) {
	empty = true
	from, to := a.entries(row)
	for _, n := range a.index[from:to] {
		if n < 0 {
			continue
		}
		if len(a.value(n)) > 0 {
			empty = false
		}
		if a.holds(n, test) {
			return true, empty
		}
	}
	return false, empty
}

// A timePredicate holds of event times within a range, in µs.
type timePredicate struct{ span64 }

func (p *timePredicate) cost() int { return 0 }

func (p *timePredicate) within() (times, ordinals span64) { return p.span64, everything }

func (p *timePredicate) mayMatch(g *rowGroup) (bool, error) { return p.overlaps(g.times), nil }

func (p *timePredicate) match(b *block, among, out rowBits) error {
	if p.from <= b.group.times.from && b.group.times.to <= p.to {
		out.or(allRows(b.group.rows))
		return nil
	}
	if !p.overlaps(b.group.times) {
		return nil
	}
	v, err := b.column(leafTime)
	if err != nil {
		return err
	}
	eachRow(b.group.rows, among, func(row int) {
		if t, ok := v.number(row); ok && p.from <= t && t <= p.to {
			out.set(row)
		}
	})
	return nil
}

// An ordinalPredicate holds of events by their places in the timeline, sorted.
type ordinalPredicate struct{ ordinals []uint64 }

func (p *ordinalPredicate) cost() int { return 0 }

func (p *ordinalPredicate) within() (times, ordinals span64) {
	if len(p.ordinals) == 0 {
		return nothing, nothing
	}
	return everything, span64{int64(p.ordinals[0]), int64(p.ordinals[len(p.ordinals)-1])}
}

// of returns those ordinals that lie in the row group.
func (p *ordinalPredicate) of(g *rowGroup) []uint64 {
	from, _ := slices.BinarySearch(p.ordinals, uint64(g.ordinals.from))
	to, _ := slices.BinarySearch(p.ordinals, uint64(g.ordinals.to)+1)
	return p.ordinals[from:to]
}

func (p *ordinalPredicate) mayMatch(g *rowGroup) (bool, error) { return len(p.of(g)) > 0, nil }

func (p *ordinalPredicate) match(b *block, _, out rowBits) error {
	for _, o := range p.of(b.group) {
		out.set(int(o - uint64(b.group.ordinals.from)))
	}
	return nil
}

// A notPredicate holds where another does not.
type notPredicate struct{ predicate }

func (p *notPredicate) mayMatch(*rowGroup) (bool, error) { return true, nil }

func (p *notPredicate) match(b *block, among, out rowBits) error {
	held := newRowBits(b.group.rows)
	if err := p.predicate.match(b, among, held); err != nil {
		return err
	}
	rest := allRows(b.group.rows)
	rest.minus(held)
	out.or(rest)
	return nil
}

// either holds where one of several predicates does.
type either []predicate

func (e either) cost() (n int) {
	for _, p := range e {
		n = max(n, p.cost())
	}
	return n
}

func (e either) within() (times, ordinals span64) {
	times, ordinals = nothing, nothing
	for _, p := range e {
		t, o := everything, everything
		if b, ok := p.(boundedPredicate); ok {
			t, o = b.within()
		}
		times, ordinals = times.and(t), ordinals.and(o)
	}
	return times, ordinals
}

func (e either) mayMatch(g *rowGroup) (bool, error) {
	for _, p := range e {
		if may, err := p.mayMatch(g); may || err != nil {
			return may, err
		}
	}
	return false, nil
}

func (e either) match(b *block, among, out rowBits) error {
	for _, p := range e {
		if err := p.match(b, among, out); err != nil {
			return err
		}
	}
	return nil
}
