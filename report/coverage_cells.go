package report

import (
	"cmp"
	"slices"
)

// A cellKey is an hour of a place. Hours count from 1970; after a fold they are those
// in which days begin.
type cellKey struct {
	place int32
	hour  int32
}

type logCell struct {
	cellKey
	events, objects int64
}

// logCells count events and objects by place and hour. When there are too many, hours
// are folded to days, so that the table stays bounded and what is said stays true.
type logCells struct {
	step   int32 // hours in a cell: 1 or 24
	index  map[cellKey]int
	cells  []logCell
	last   int   // the cell that was last added to
	others int64 // beyond the limit even by days
}

func (c *logCells) init() { c.step, c.index = 1, make(map[cellKey]int) }

// add counts events and objects of an hour.
func (c *logCells) add(place int, hour, events, objects int64) {
	key := cellKey{int32(place), int32(hour) / c.step * c.step}
	if c.last < len(c.cells) && c.cells[c.last].cellKey == key {
		c.cells[c.last].events += events
		c.cells[c.last].objects += objects
		return
	}
	i, ok := c.index[key]
	if !ok {
		switch {
		case len(c.cells) < coverCellLimit:
		case c.step == 1:
			c.fold()
			c.add(place, hour, events, objects)
			return
		default:
			c.others += events + objects
			return
		}
		i = len(c.cells)
		c.index[key] = i
		c.cells = append(c.cells, logCell{cellKey: key})
	}
	c.last = i
	c.cells[i].events += events
	c.cells[i].objects += objects
}

// fold makes days of hours.
func (c *logCells) fold() {
	hours := c.cells
	*c = logCells{step: 24, index: make(map[cellKey]int), others: c.others}
	for i := range hours {
		h := &hours[i]
		c.add(int(h.place), int64(h.hour), h.events, h.objects)
	}
}

// finish sorts the cells by place and hour; nothing may be added afterwards.
func (c *logCells) finish() {
	slices.SortFunc(c.cells, func(a, b logCell) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.hour, b.hour))
	})
	c.index = nil
}

// of returns the cells of a place.
func (c *logCells) of(place int) []logCell {
	from, _ := slices.BinarySearchFunc(c.cells, int32(place), func(a logCell, p int32) int { return cmp.Compare(a.place, p) })
	to, _ := slices.BinarySearchFunc(c.cells, int32(place)+1, func(a logCell, p int32) int { return cmp.Compare(a.place, p) })
	return c.cells[from:to]
}

// united adds up the cells of several places by hour.
func (c *logCells) united(places []int) []logCell {
	var out []logCell
	for _, p := range places {
		out = append(out, c.of(p)...)
	}
	slices.SortStableFunc(out, func(a, b logCell) int { return cmp.Compare(a.hour, b.hour) })
	n := 0
	for i := range out {
		if n > 0 && out[n-1].hour == out[i].hour {
			out[n-1].events += out[i].events
			out[n-1].objects += out[i].objects
			continue
		}
		out[n] = out[i]
		n++
	}
	return out[:n]
}

// gaps finds the hours without a cell between cells. all are the cells of the account
// as a whole, or nil.
func (c *logCells) gaps(cells, all []logCell) CoverageGaps {
	out := CoverageGaps{Shown: []CoverageGap{}}
	for i := 1; i < len(cells); i++ {
		from, to := cells[i-1].hour+c.step, cells[i].hour
		if from >= to {
			continue
		}
		out.Count++
		out.Hours += int64(to - from)
		out.Shown = append(out.Shown, CoverageGap{From: hourOf(int64(from)), To: hourOf(int64(to)), Hours: int64(to - from), Elsewhere: eventsIn(all, from, to)})
		if len(out.Shown) >= 2*coverGapLimit {
			out.longest()
		}
	}
	out.longest()
	return out
}

// silences are the times of idle or longer in which places have no log: between their logs, and before and after
// them within a time. All are in seconds since 1970. It returns the longest ones and the others, each in order.
func (c *logCells) silences(places []int, from, to int64) (longest, others [][2]int64) {
	var all [][2]int64
	last := from
	silent := func(until int64) {
		if until-last >= idle {
			all = append(all, [2]int64{last, until})
		}
	}
	for _, cell := range c.united(places) {
		silent(int64(cell.hour) * 3600)
		last = max(last, int64(cell.hour+c.step)*3600)
	}
	silent(to)
	slices.SortStableFunc(all, func(a, b [2]int64) int { return cmp.Compare(b[1]-b[0], a[1]-a[0]) })
	n := min(len(all), coverGapLimit)
	longest, others = all[:n:n], all[n:]
	for _, gaps := range [...][][2]int64{longest, others} {
		slices.SortFunc(gaps, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	}
	return longest, others
}

// longest keeps the longest gaps, of equals the earlier.
func (g *CoverageGaps) longest() {
	slices.SortStableFunc(g.Shown, func(a, b CoverageGap) int {
		return cmp.Or(cmp.Compare(b.Hours, a.Hours), a.From.Compare(b.From))
	})
	g.Shown = g.Shown[:min(len(g.Shown), coverGapLimit)]
}

// eventsIn sums up the events of the hours from up to, but not including, to.
func eventsIn(cells []logCell, from, to int32) (n int64) {
	i, _ := slices.BinarySearchFunc(cells, from, func(a logCell, h int32) int { return cmp.Compare(a.hour, h) })
	for ; i < len(cells) && cells[i].hour < to; i++ {
		n += cells[i].events
	}
	return n
}

// rows writes accounts, places and gaps, sorted by name.
func (b *CoverageBuilder) rows(c *LogCoverage) {
	places := b.sortedPlaces()
	c.Gaps = b.cells.gaps(b.cells.united(places), nil)
	c.Accounts, c.Places = []CoverageAccount{}, []CoveragePlace{}
	for from := 0; from < len(places); {
		account := b.places.keys[places[from]].account
		to := from
		for to < len(places) && b.places.keys[places[to]].account == account {
			to++
		}
		all := b.cells.united(places[from:to])
		a := b.accounts.row(account)
		c.Accounts = append(c.Accounts, CoverageAccount{Account: account, Events: a.events, Objects: a.objects, Span: a.Span.utc(), Gaps: b.cells.gaps(all, nil)})
		for _, i := range places[from:to] {
			c.Places = append(c.Places, b.placeRow(i, all))
		}
		from = to
	}
}

func (b *CoverageBuilder) sortedPlaces() []int {
	places := make([]int, len(b.places.keys))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(i, j int) int {
		p, q := b.places.keys[i], b.places.keys[j]
		return cmp.Or(cmp.Compare(p.account, q.account), cmp.Compare(p.region, q.region))
	})
	return places
}

func (b *CoverageBuilder) placeRow(i int, all []logCell) CoveragePlace {
	p, key, cells := &b.places.vals[i], b.places.keys[i], b.cells.of(i)
	row := CoveragePlace{Account: key.account, Region: key.region, Events: p.events, Objects: p.objects, Unread: p.unread,
		Span: p.Span.utc(), Cells: make([]CoverageCell, 0, len(cells)), Gaps: b.cells.gaps(cells, all), Lag: p.lag.row()}
	for j := range cells {
		row.Cells = append(row.Cells, CoverageCell{hourOf(int64(cells[j].hour)), cells[j].events, cells[j].objects})
	}
	return row
}
