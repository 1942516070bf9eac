package detect

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FactRule names a rule that an event fits: what a Correlation goes by. An event has one
// such fact for each of its rules.
const FactRule = "sigma_rule"

// A Correlation finds groups of hits that say something together: so many within a span,
// so many values, several rules, one after the other. It makes one finding for each group
// and maximal window: windows that hold and overlap are one.
//
// A condition that only grows truer with more hits (Measure.rises) is judged at the end of
// every second in which the group has a hit, over the span that ends there. Any other is
// judged over whole windows: the first begins with the group's first hit, the next with the
// first hit behind it, and each is judged when it is over.
//
// Within a second hits have no order: of two rules in order, both may hit in the same second,
// and even by the same event.
type Correlation struct {
	ID, Title string
	Severity  Severity
	Span      time.Duration
	Measure   Measure
	Inputs    []Input  // at most MaxInputs
	Group     []string // the names of what is grouped by, for the finding's subject
	// Apart makes groups of their own, of the severity Attempts, of the hits that have a FactOutcome: the calls did not succeed.
	Apart    bool
	Attempts Severity
}

// MaxInputs rules may be correlated with each other.
const MaxInputs = 64

// An Input is one of the rules that a Correlation looks at, or another Correlation: of that,
// each maximal window counts once, and its events bring their values.
type Input struct {
	Rule  string
	Of    *Correlation
	Group map[string][]string // for each rule below, the names of the facts to group by
	Value map[string][]string // likewise, what is counted or summed up
}

// The ways to measure a window.
const (
	MeasureCount      = "count"      // hits
	MeasureDistinct   = "distinct"   // distinct values
	MeasureRules      = "rules"      // distinct rules
	MeasureOrdered    = "ordered"    // rules that hit in the order of Inputs
	MeasureSum        = "sum"        // of the values that are numbers
	MeasureAverage    = "average"    // likewise
	MeasurePercentile = "percentile" // likewise, by nearest rank
)

// A Measure is what is measured, and the bounds in which it has to lie; or chains, of which
// one has to hold.
type Measure struct {
	Kind       string
	Bounds     []Bound
	Percentile float64
	Chains     []Chain // with MeasureRules and MeasureOrdered, in place of Bounds
}

// A Bound is one side of what is wanted: gt, gte, lt, lte, eq or neq a number.
type Bound struct {
	Op string
	N  float64
}

// A Chain wants inputs to hit (in that order with MeasureOrdered), and others not to.
type Chain struct{ Want, Not []int }

func (b Bound) holds(v float64) bool {
	switch b.Op {
	case "gt":
		return v > b.N
	case "gte":
		return v >= b.N
	case "lt":
		return v < b.N
	case "lte":
		return v <= b.N
	case "neq":
		return v != b.N
	}
	return v == b.N
}

func (m *Measure) holds(v float64) bool {
	for _, b := range m.Bounds {
		if !b.holds(v) {
			return false
		}
	}
	return true
}

// rises reports whether more hits can only make the condition truer.
func (m *Measure) rises() bool {
	for _, c := range m.Chains {
		if len(c.Not) > 0 {
			return false
		}
	}
	for _, b := range m.Bounds {
		if b.Op != "gt" && b.Op != "gte" {
			return false
		}
	}
	return m.Kind != MeasureAverage && m.Kind != MeasurePercentile
}

// need is the least whole number that the bounds of a rising measure accept, and at least 1.
func (m *Measure) need() int {
	need := 1
	for _, b := range m.Bounds {
		for need < MaxNeed && !b.holds(float64(need)) {
			need = max(need+1, min(int(b.N), MaxNeed))
		}
	}
	return need
}

// most is one more than the greatest number of the bounds: a greater count changes nothing.
func (m *Measure) most() int {
	most := 1.0
	for _, b := range m.Bounds {
		most = max(most, b.N)
	}
	return int(min(most, MaxNeed)) + 2
}

// MaxNeed bounds the numbers that counts are compared with: a group remembers as many hits.
const MaxNeed = 100_000

// String says what is wanted, in words: "at least 5 events".
func (m *Measure) String() string {
	if len(m.Chains) > 0 && m.Kind == MeasureOrdered {
		return "rules in their order"
	} else if len(m.Chains) > 0 {
		return "rules together"
	}
	words := map[string]string{"gt": "more than", "gte": "at least", "lt": "less than", "lte": "at most", "eq": "exactly", "neq": "other than"}
	var bounds []string
	for _, b := range m.Bounds {
		bounds = append(bounds, words[b.Op]+" "+strconv.FormatFloat(b.N, 'f', -1, 64))
	}
	text := strings.Join(bounds, " and ")
	switch m.Kind {
	case MeasureCount:
		return text + " events"
	case MeasureDistinct:
		return text + " distinct values"
	case MeasureRules:
		return text + " rules"
	case MeasureOrdered:
		return text + " rules in their order"
	case MeasurePercentile:
		return fmt.Sprintf("percentile %g %s", m.Percentile, text)
	}
	return m.Kind + " " + text
}

// Stream makes the state of one pass over the hits.
func (c *Correlation) Stream() Stream {
	var root *correlating
	var emit func(Finding)
	root = newCorrelating(c, func(f Finding) { emit(f) })
	s := bySecond(func(batch []hit, e func(Finding)) {
		emit = e
		root.second(batch[0].ref.Time.Unix(), batch)
	}, func(e func(Finding)) {
		emit = e
		root.flush()
	})
	s.Evicted = root.evicted
	return s
}
