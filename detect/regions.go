package detect

import "time"

// newRegions hands on what happens in regions that are new to an account, for a day.
func newRegions(c *Context, to Stream) Stream {
	const forever = 10 * 365 * 24 * time.Hour
	begun := newBeginnings(c)
	first := newFading[time.Time](maxPlaces, forever, nil)
	s := bySecond(func(batch []hit, emit func(Finding)) {
		now := batch[0].ref.Time
		for _, h := range batch {
			usual, since := begun.until(h.ref.Account, now)
			if h.step("enabled") {
				if !now.Before(usual) {
					to.Next(h.ref, h.e, emit)
				}
				continue
			}
			seen := first.touch(h.ref.Account+" "+h.ref.Region, now)
			if seen.IsZero() {
				*seen = now
			}
			// Where an account begins is no further region of it, unless somebody says what was before.
			home := c.BaselineUntil.IsZero() && seen.Equal(since)
			if !home && !seen.Before(usual) && now.Sub(*seen) <= c.Duration("span") {
				to.Next(h.ref, h.e, emit)
			}
		}
	}, to.Flush)
	s.Evicted = func() int64 { return begun.begun.count() + first.count() + to.Evicted() }
	return s
}
