package report

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// A place is an address and the hands that were seen there. An intruder may come as tens of thousands of them, so that none is compared
// with all others where that can be helped: lists lose what nobody has to look at again, and of those that are joined one stands for all.
type place struct {
	all    []*handful // by their first rows
	ready  bool       // the three that follow are made
	others []*handful // not accused
	named  []*handful // of these, the hands of principals
	users  []*handful // of these, with success, and with rows that nobody claims
	novel  []*handful // accused and new, by when the findings on them begin
	spell  int64      // the longest time from the first finding on one of these to the last
	joined span64     // those of novel that begin from then on, and before then, are one incident
}

// claimSteps is how many hands, and rows of these, are looked at in comparing hands with each other.
const claimSteps = 1 << 26

// spent counts steps, and reports whether there are to be no more.
func (c *incidentClaims) spent(steps int) bool {
	c.steps += steps
	c.hasty = c.hasty || c.steps > claimSteps
	return c.steps > claimSteps || c.ctx.Err() != nil
}

func accusedFrom(f *handful, at int64) int { return cmp.Compare(f.from, at) }
func seenFrom(f *handful, at int64) int    { return cmp.Compare(f.first, at) }

// enter adds a hand that is accused and new.
func (p *place) enter(f *handful) {
	i, _ := slices.BinarySearchFunc(p.novel, f.from, accusedFrom)
	p.novel = slices.Insert(p.novel, i, f)
	p.spell = max(p.spell, f.to-f.from)
	if p.joined.from <= f.from && f.from < p.joined.to {
		p.joined = span64{}
	}
}

// firstOf returns the first of a list, up to most. Those that nobody is to meet again it takes out on the way.
func firstOf(list *[]*handful, most int, stale func(*handful) bool) []*handful {
	l, kept, i := *list, 0, 0
	for ; i < len(l) && kept < most; i++ {
		if !stale(l[i]) {
			l[kept] = l[i]
			kept++
		}
	}
	copy(l[i-kept:i], l[:kept])
	*list = l[i-kept:]
	return l[i-kept : i]
}

func isAccused(f *handful) bool { return f.accused }

// isWhole reports whether all rows of a hand are claimed.
func (c *incidentClaims) isWhole(f *handful) bool {
	for f.taken < len(f.rows) && c.owner[f.rows[f.taken]] != unclaimed && !c.weak[f.rows[f.taken]] {
		f.taken++
	}
	return f.taken == len(f.rows)
}

// sharedBy is from how many others on that what they do at an address says nothing about it: an office, a proxy.
const sharedBy = 3

// shared reports whether an address is one that others use as well, or did before.
func (c *incidentClaims) shared(f *handful) bool {
	if isPrivate(c.ipNames[f.ip]) {
		return true
	}
	p := &c.places[f.ip]
	if !p.ready {
		p.ready = true
		p.others = slices.DeleteFunc(slices.Clone(p.all), isAccused)
		p.named = slices.DeleteFunc(slices.Clone(p.others), func(o *handful) bool { return o.who == nobody })
		p.users = slices.DeleteFunc(slices.Clone(p.named), func(o *handful) bool { return !o.done })
	}
	for _, o := range firstOf(&p.named, 2, isAccused) {
		if o != f && o.first < f.from-lookBack {
			return true
		}
	}
	others := 0
	for _, o := range firstOf(&p.users, sharedBy+1, func(o *handful) bool { return o.accused || c.isWhole(o) }) {
		if o != f {
			others++
		}
	}
	return others >= sharedBy
}

// strangers claims what others did at the address of a new hand: attempts that failed and, of those whose other
// places are known and who came to it new as well, everything. Others are found out about.
func (c *incidentClaims) strangers(unit int32, f *handful) {
	if c.shared(f) {
		return
	}
	p := &c.places[f.ip]
	c.joinNovel(unit, f, p)
	if c.spent(len(p.others)) {
		return
	}
	p.others = slices.DeleteFunc(p.others, isAccused)
	for _, o := range p.others {
		if o.who >= 0 && o.done {
			c.news[o.who] = true
		}
		if o.strange == nil {
			novel := o.who >= 0 && c.settled(o.who, o)
			o.strange = slices.DeleteFunc(slices.Clone(o.rows), func(row int32) bool { return !novel && c.rows[row].ok })
		}
		c.claimAll(unit, o.strange, &o.told, span64{f.from - lookBack, f.to + lookOn + 1})
	}
}

// joinNovel joins a new hand with those at its address on which there are findings within a day of those on it. Those on which they begin
// sooner meet it themselves when they are followed, unless that was before it was accused.
func (c *incidentClaims) joinNovel(unit int32, f *handful, p *place) {
	sooner := f.from - joinGap
	p.joined.widen(span64{sooner, f.to + joinGap + 1}, len(p.novel), func(i int) int64 { return p.novel[i].from }, func(i int) {
		if !c.spent(1) {
			c.union(unit, p.novel[i].units[0])
		}
	})
	if !f.late {
		return
	}
	from, _ := slices.BinarySearchFunc(p.novel, sooner-p.spell, accusedFrom)
	to, _ := slices.BinarySearchFunc(p.novel, sooner, accusedFrom)
	if c.spent(to - from) {
		return
	}
	for _, o := range p.novel[from:to] {
		if o.to >= sooner {
			c.union(unit, o.units[0])
		}
	}
}

// claimAll claims those of some rows that lie within a time. Those within have been claimed for one incident before.
func (c *incidentClaims) claimAll(unit int32, rows []int32, have *span64, within span64) {
	have.widen(within, len(rows), func(i int) int64 { return c.rows[rows[i]].at }, func(i int) {
		if !c.spent(1) {
			c.claim(unit, rows[i])
		}
	})
}

// widen joins all of n things in the order of time that lie within a time; of those that lie in s, which are joined already, only one.
// Then s holds those too. The ends of times, as to, are beyond them.
func (s *span64) widen(within span64, n int, at func(int) int64, join func(int)) {
	from := func(t int64) int { return sort.Search(n, func(i int) bool { return at(i) >= t }) }
	all := func(from, to int) {
		for i := from; i < to; i++ {
			join(i)
		}
	}
	if i := from(max(within.from, s.from)); i < n && at(i) < min(within.to, s.to) {
		join(i)
		all(from(within.from), from(s.from))
		all(from(s.to), from(within.to))
		*s = s.and(within)
		return
	}
	all(from(within.from), from(within.to))
	*s = within
}

// A ground is where a principal was seen: its hands that are not accused.
type ground struct {
	open   []*handful // of these by their first rows
	done   []*handful // and of those that are claimed whole
	joined span64     // those of done that were first seen within are one incident
}

// elsewhere claims what the principal of a new hand did, at the time of the findings, at other addresses that it had not used in
// more than a day before.
func (c *incidentClaims) elsewhere(unit int32, f *handful) {
	if c.known(f.who) > f.from-lookBack {
		return // nothing is known of its ordinary places
	}
	g := c.grounds[f.who]
	if g == nil {
		g = &ground{open: slices.Clone(c.byWho[f.who])}
		c.grounds[f.who] = g
	}
	within := span64{f.first, f.to + day + 1}
	g.joined.widen(within, len(g.done), func(i int) int64 { return g.done[i].first }, func(i int) {
		if !c.spent(1) {
			c.union(unit, c.owner[g.done[i].rows[0]])
		}
	})
	from, _ := slices.BinarySearchFunc(g.open, within.from, seenFrom)
	to, _ := slices.BinarySearchFunc(g.open, within.to, seenFrom)
	if c.spent(to - from) {
		return
	}
	left := slices.DeleteFunc(g.open[from:to], func(o *handful) bool {
		if o.accused || !isAddress(c.ipNames[o.ip]) {
			return true
		}
		if !o.alone && c.shared(o) {
			return false
		}
		o.alone = true
		c.claimAll(unit, o.rows, &o.moved, span64{math.MinInt64, within.to})
		if !c.isWhole(o) || o.last >= within.to { // what it did later may be another incident's
			return false
		}
		i, _ := slices.BinarySearchFunc(g.done, o.first, seenFrom)
		g.done = slices.Insert(g.done, i, o)
		return true
	})
	g.open = slices.Delete(g.open, from+len(left), to)
}
