package serve

import (
	"context"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// bars is how many parts of the time a timeline's picture has.
const bars = 72

// tallyTime is how long a page counts before it shows how far that came. What was counted
// is kept, and the next page goes on.
const tallyTime = 400 * time.Millisecond

// A tally counts the events that a filter selects, in all and by their times.
type tally struct {
	filter *report.Filter // resolved
	first  time.Time      // of the bars
	per    time.Duration  // of one bar

	turn chan struct{} // held by who counts

	mu      sync.Mutex
	next    uint64 // events before this place are counted
	end     uint64
	n       int64
	outside int64 // of n, those whose time lies before or after the bars
	bars    [bars]int64
}

// A tallied is what a tally came to.
type tallied struct {
	Events    int64
	Complete  bool // else there are at least as many
	Looked    uint64
	Outside   int64
	Bars      []*bar
	From, To  time.Time // of the bars
	Most, Per int64     // of a bar: events; seconds
}

// A bar is a part of the time.
type bar struct {
	From, To time.Time
	Events   int64
	Height   int // of 40
	X        int
}

// newTally prepares to count over the time in which a case's events plausibly lie, as far as the
// selection does.
func newTally(f *report.Filter, span report.Span, end uint64) *tally {
	first, last := span.First, span.Last
	for _, t := range f.Terms() {
		at, err := time.Parse(time.RFC3339Nano, t.Value)
		switch {
		case t.Not || err != nil:
		case t.Flag == "since" && at.After(first):
			first = at
		case t.Flag == "until" && at.Before(last):
			last = at
		}
	}
	if last.Before(first) {
		last = first
	}
	first, per := barsOver(first, last)
	return &tally{filter: f, first: first, per: per, end: end, turn: make(chan struct{}, 1)}
}

// barsOver returns where bars over a time begin and how long each is: something handy.
func barsOver(first, last time.Time) (from time.Time, per time.Duration) {
	for per = roundUp(last.Sub(first)/bars + 1); ; per = roundUp(per + 1) {
		if from = first.Truncate(per); last.Sub(from)/per < bars {
			return from, per
		}
	}
}

// roundUp returns the shortest handy length of time that is not shorter.
func roundUp(d time.Duration) time.Duration {
	for _, handy := range [...]time.Duration{
		time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
		20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 4 * day, 7 * day, 14 * day, 28 * day, 91 * day, 364 * day,
	} {
		if d <= handy {
			return handy
		}
	}
	return d.Truncate(day) + day
}

const day = 24 * time.Hour

// count goes on counting for as long as the context lasts, and says what it came to. That the
// context ends is no error.
func (t *tally) count(ctx context.Context, s *report.EventStore) (*tallied, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return t.result(), nil
	}
	step := uint64(firstStep * stepFold * stepFold)
	for t.next < t.end && ctx.Err() == nil {
		to := t.end
		if t.end-t.next > step {
			to = t.next + step
		}
		if err := t.part(ctx, s, to); err != nil && ctx.Err() == nil {
			return nil, err
		}
		step = min(step*stepFold, maxStep)
	}
	return t.result(), nil
}

// part counts the events up to a place, or none of them.
func (t *tally) part(ctx context.Context, s *report.EventStore, to uint64) error {
	var n, outside int64
	var counts [bars]int64
	err := s.Scan(ctx, t.filter.Within(t.next, to), nil, func(r *report.Row) error {
		n++
		i := int64(-1)
		if at := r.Time(); !at.Before(t.first) {
			i = int64(at.Sub(t.first) / t.per)
		}
		if i >= 0 && i < bars {
			counts[i]++
		} else {
			outside++
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next, t.n, t.outside = to, t.n+n, t.outside+outside
	for i := range counts {
		t.bars[i] += counts[i]
	}
	return nil
}

// Top is where the bar begins, from above.
func (b *bar) Top() int { return barHeight + 2 - b.Height }

// Length is how long a bar is.
func (t *tallied) Length() string {
	d := time.Duration(t.Per) * time.Second
	switch {
	case d%day == 0:
		return plural(int64(d/day), "day")
	case d%time.Hour == 0:
		return plural(int64(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return plural(int64(d/time.Minute), "minute")
	}
	return plural(int64(d/time.Second), "second")
}

// barHeight is how high the highest bar is, and barWidth how far bars are apart.
const (
	barHeight = 40
	barWidth  = 10
)

func (t *tally) result() *tallied {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := &tallied{Events: t.n, Complete: t.next >= t.end, Looked: t.next, Outside: t.outside, From: t.first, Per: int64(t.per / time.Second)}
	last := 0
	for i, n := range t.bars {
		if out.Most = max(out.Most, n); n > 0 {
			last = i
		}
	}
	for i, n := range t.bars[:last+1] {
		b := &bar{From: t.first.Add(time.Duration(i) * t.per), Events: n, X: i * barWidth}
		b.To = b.From.Add(t.per)
		if n > 0 {
			b.Height = max(2, int(n*barHeight/out.Most))
		}
		out.Bars = append(out.Bars, b)
	}
	out.To = t.first.Add(time.Duration(last+1) * t.per)
	return out
}

// tallyOf counts a selection for a page, for a moment or, where all is asked for, to the end.
func (b *browser) tallyOf(ctx context.Context, s *selection, f *report.Filter, all bool) (*tallied, error) {
	t, err := b.tallies.get(ctx, b.state()+s.String()+" "+s.Window, func(ctx context.Context) (*tally, error) {
		o, err := b.overview(ctx)
		if err != nil {
			return nil, err
		}
		span := o.Model.Timeframe.Evidence
		if span.First.IsZero() { // no event has a plausible time
			if span.First, span.Last, err = b.Store.Span(); err != nil {
				return nil, err
			}
		}
		end, err := b.end()
		return newTally(f, span, end), err
	})
	if err != nil {
		return nil, err
	}
	if all {
		return t.count(ctx, b.Store)
	}
	short, cancel := context.WithTimeout(ctx, tallyTime)
	defer cancel()
	return t.count(short, b.Store)
}
