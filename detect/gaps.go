package detect

import (
	"math"
	"slices"
	"time"
)

// gap notes a gap that ends with the event.
func (s *silence) gap(length time.Duration, after *EventRef) {
	s.counts[gapStep(length)]++
	shortest := 0
	for i := range s.longest {
		if s.longest[i].length < s.longest[shortest].length {
			shortest = i
		}
	}
	if length > s.longest[shortest].length {
		s.longest[shortest] = gapFound{length, s.last, *after}
	}
}

// gapStep returns the step of lengths, from ten seconds on, that a gap falls into.
func gapStep(length time.Duration) int {
	return min(max(int(math.Log(length.Seconds()/gapStride)/math.Log(1.1)), 0), 127)
}

// leastGaps are needed to tell what all but one in 1,000 are like.
const leastGaps = 1_000

// gapCount returns how many gaps there were.
func (s *silence) gapCount() (n uint32) {
	for _, c := range s.counts {
		n += c
	}
	return n
}

// quantile returns how long so large a part of the gaps last at most, the longest ones that are
// judged left aside: they must not be their own measure.
func (s *silence) quantile(part float64) time.Duration {
	total := uint32(0)
	counts := s.counts
	for _, f := range s.longest {
		if f.length > 0 && counts[gapStep(f.length)] > 0 {
			counts[gapStep(f.length)]--
		}
	}
	for _, n := range counts {
		total += n
	}
	seen := uint32(0)
	for i, n := range counts {
		if seen += n; n > 0 && float64(seen) >= part*float64(total) {
			return time.Duration(gapStride * math.Pow(1.1, float64(i+1)) * float64(time.Second))
		}
	}
	return 0
}

// strayGap is a gap behind which a lone event is taken for one with a wrong time.
const strayGap = 30 * 24 * time.Hour

// strays reports whether the gap lies between a lone event, the first or the last of all, and the others: such a gap says
// nothing of the log.
func (s *silence) strays(f gapFound) bool {
	return f.length > strayGap && (f.before.Time.Equal(s.begun) || f.after.Time.Equal(s.last.Time))
}

// span is the time that the events cover, without what lies between them and events with wrong times.
func (s *silence) span() time.Duration {
	span := s.last.Time.Sub(s.begun)
	for _, f := range s.longest {
		if f.length > strayGap {
			span -= f.length
		}
	}
	return span
}

// busy reports whether the gap lies in hours of the day that have events on four of five days.
func (s *silence) busy(f gapFound) bool {
	days := s.span().Hours() / 24
	hours := 0
	for at := f.before.Time.UTC().Truncate(time.Hour); at.Before(f.after.Time); at = at.Add(time.Hour) {
		if hours++; float64(s.days[at.Hour()]) >= 0.8*days-1 {
			if overlap := minTime(f.after.Time, at.Add(time.Hour)).Sub(maxTime(f.before.Time, at)); overlap >= 30*time.Minute {
				return true
			}
		}
		if hours > 24 {
			break
		}
	}
	return false
}

func minTime(a, b time.Time) time.Time { return slices.MinFunc([]time.Time{a, b}, time.Time.Compare) }
func maxTime(a, b time.Time) time.Time { return slices.MaxFunc([]time.Time{a, b}, time.Time.Compare) }
