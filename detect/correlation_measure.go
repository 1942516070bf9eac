package detect

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// never is before all time.
const never = math.MinInt64

// rising measures the span that ends now, as the hits come: of each measure it keeps no more
// than decides whether the condition holds, however many hits there are.
type rising struct {
	times  []int64          // count: of the last hits, as many as are needed
	values map[string]int64 // distinct: when each was seen last
	bytes  int              // of values
	last   []int64          // rules: when each hit last
	order  order            // ordered
	sums   []secondSum      // sum
	sum    float64
}

type secondSum struct {
	at  int64
	sum float64
}

func (r *rising) add(n *correlating, now int64, inputs uint64, values []string, again bool) {
	switch n.Measure.Kind {
	case MeasureCount:
		if again {
			return
		}
		if len(r.times) >= n.need {
			r.times = slices.Delete(r.times, 0, 1+len(r.times)-n.need)
		}
		r.times = append(r.times, now)
	case MeasureDistinct:
		for _, v := range values {
			r.value(v, now, n.need)
		}
	case MeasureRules:
		if r.last == nil {
			r.last = slices.Repeat([]int64{never}, len(n.Inputs))
		}
		for m := inputs; m != 0; m &= m - 1 {
			r.last[bits.TrailingZeros64(m)] = now
		}
	case MeasureOrdered:
		r.order.add(n, now, inputs)
	case MeasureSum:
		for _, v := range values {
			r.number(v, now)
		}
	}
}

// value notes a distinct value. Those seen last are enough to decide.
func (r *rising) value(v string, now int64, need int) {
	if r.values == nil {
		r.values = map[string]int64{}
	}
	if _, known := r.values[v]; !known {
		v = strings.Clone(v)
		r.bytes += distinctBytes + len(v)
	}
	r.values[v] = now
	if len(r.values) <= 2*need+64 {
		return
	}
	type seen struct {
		value string
		at    int64
	}
	all := make([]seen, 0, len(r.values))
	for v, at := range r.values {
		all = append(all, seen{v, at})
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(a.value, b.value)) })
	for _, s := range all[need:] {
		delete(r.values, s.value)
		r.bytes -= distinctBytes + len(s.value)
	}
}

// distinctBytes is what a distinct value takes beside its text.
const distinctBytes = 80

func (r *rising) number(v string, now int64) {
	f, ok := numberOf(v)
	if !ok {
		return
	}
	r.sum += f
	if last := len(r.sums) - 1; last >= 0 && r.sums[last].at == now {
		r.sums[last].sum += f
		return
	}
	r.sums = append(r.sums, secondSum{now, f})
}

// numberOf reads a number as JSON has it.
func numberOf(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// holds reports whether the condition does for what was seen since.
func (r *rising) holds(n *correlating, since int64) bool {
	switch n.Measure.Kind {
	case MeasureCount:
		return len(r.times) >= n.need && r.times[0] >= since
	case MeasureDistinct:
		count := 0
		for _, at := range r.values {
			if at >= since {
				count++
			}
		}
		return count >= n.need
	case MeasureRules:
		return r.rules(n, since)
	case MeasureOrdered:
		if len(n.Measure.Chains) > 0 {
			return r.order.chained(since)
		}
		return r.order.longest(since) >= n.need
	}
	return r.total(since, &n.Measure)
}

func (r *rising) rules(n *correlating, since int64) bool {
	if len(n.Measure.Chains) == 0 {
		count := 0
		for _, at := range r.last {
			if at >= since {
				count++
			}
		}
		return count >= n.need
	}
	return slices.ContainsFunc(n.Measure.Chains, func(c Chain) bool {
		return !slices.ContainsFunc(c.Want, func(i int) bool { return i >= len(r.last) || r.last[i] < since }) // a group that gave way has none
	})
}

func (r *rising) total(since int64, m *Measure) bool {
	i := 0
	for ; i < len(r.sums) && r.sums[i].at < since; i++ {
		r.sum -= r.sums[i].sum
	}
	if r.sums = slices.Delete(r.sums, 0, i); len(r.sums) == 0 {
		r.sum = 0
		return false
	}
	return m.holds(r.sum)
}

// order follows rules that hit one after the other. Of a row of hits it keeps the latest time
// at which one can have begun.
type order struct {
	second int64
	inputs uint64    // of that second, whose hits may have come in any order
	chains [][]int64 // by chain and length - 1
	rows   [][]int64 // without chains: by last input and length - 1
}

func (o *order) add(n *correlating, now int64, inputs uint64) {
	if o.second != now {
		o.second, o.inputs = now, 0
	}
	o.inputs |= inputs
	if len(n.Measure.Chains) == 0 {
		o.extend(n, now)
		return
	}
	if o.chains == nil {
		for _, c := range n.Measure.Chains {
			o.chains = append(o.chains, slices.Repeat([]int64{never}, len(c.Want)))
		}
	}
	for i, c := range n.Measure.Chains {
		for k, input := range c.Want {
			if o.inputs&(1<<input) == 0 {
				continue
			}
			begun := now
			if k > 0 {
				begun = o.chains[i][k-1]
			}
			o.chains[i][k] = max(o.chains[i][k], begun)
		}
	}
}

// extend lengthens the rows that end with a rule before one that hit.
func (o *order) extend(n *correlating, now int64) {
	if o.rows == nil {
		for i := range n.Inputs {
			o.rows = append(o.rows, slices.Repeat([]int64{never}, i+1))
		}
	}
	for i := range n.Inputs {
		if o.inputs&(1<<i) == 0 {
			continue
		}
		o.rows[i][0] = max(o.rows[i][0], now)
		for before := range i {
			for k, begun := range o.rows[before] {
				o.rows[i][k+1] = max(o.rows[i][k+1], begun)
			}
		}
	}
}

// chained reports whether a chain has held since.
func (o *order) chained(since int64) bool {
	return slices.ContainsFunc(o.chains, func(c []int64) bool { return len(c) == 0 || c[len(c)-1] >= since })
}

// longest returns how many rules hit in order since.
func (o *order) longest(since int64) (length int) {
	for _, row := range o.rows {
		for k, begun := range row {
			if begun != never && begun >= since {
				length = max(length, k+1)
			}
		}
	}
	return length
}
