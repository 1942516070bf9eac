package detect

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// maxNumbers bounds the values of one window of which a percentile is taken; those behind
// the first so many do not count.
const maxNumbers = 10_000

// whole measures a window that is judged when it is over.
type whole struct {
	from, last int64
	hits       int
	inputs     uint64 // that hit
	values     map[string]struct{}
	bytes      int // of values
	numbers    []float64
	count      int // of numbers
	sum        float64
	order      order
}

func (w *whole) add(n *correlating, now int64, inputs uint64, values []string, again bool) {
	w.last = now
	if !again || w.hits == 0 {
		w.hits++
	}
	w.inputs |= inputs
	switch n.Measure.Kind {
	case MeasureOrdered:
		w.order.add(n, now, inputs)
	case MeasureDistinct:
		if w.values == nil {
			w.values = map[string]struct{}{}
		}
		for _, v := range values {
			if _, known := w.values[v]; !known && len(w.values) < n.most {
				w.values[strings.Clone(v)] = struct{}{}
				w.bytes += distinctBytes + len(v)
			}
		}
	case MeasureSum, MeasureAverage, MeasurePercentile:
		for _, v := range values {
			f, ok := numberOf(v)
			if !ok {
				continue
			}
			w.count++
			w.sum += f
			if n.Measure.Kind == MeasurePercentile && len(w.numbers) < maxNumbers {
				w.numbers = append(w.numbers, f)
			}
		}
	}
}

// holds reports whether the condition does.
func (w *whole) holds(n *correlating) bool {
	m := &n.Measure
	if len(m.Chains) > 0 {
		for i, c := range m.Chains {
			if w.chain(n, i, c) {
				return true
			}
		}
		return false
	}
	switch m.Kind {
	case MeasureCount:
		return m.holds(float64(w.hits))
	case MeasureDistinct:
		return m.holds(float64(len(w.values)))
	case MeasureRules:
		return m.holds(float64(bits.OnesCount64(w.inputs)))
	case MeasureOrdered:
		return m.holds(float64(w.order.longest(never)))
	}
	if w.count == 0 {
		return false
	}
	switch m.Kind {
	case MeasureAverage:
		return m.holds(w.sum / float64(w.count))
	case MeasurePercentile:
		return m.holds(percentile(w.numbers, m.Percentile))
	}
	return m.holds(w.sum)
}

func (w *whole) chain(n *correlating, i int, c Chain) bool {
	for _, input := range c.Not {
		if w.inputs&(1<<input) != 0 {
			return false
		}
	}
	if n.Measure.Kind == MeasureOrdered {
		last := w.order.chains[i]
		return len(last) == 0 || last[len(last)-1] != never
	}
	for _, input := range c.Want {
		if w.inputs&(1<<input) == 0 {
			return false
		}
	}
	return true
}

// percentile is by nearest rank: the least value that p of a hundred do not exceed.
func percentile(numbers []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank-1, 0), len(sorted)-1)]
}
