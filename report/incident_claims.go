package report

import (
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// incidentClaims is which of the rows belong to which findings. A row that two findings claim makes them one incident.
//
// Whose an event is, the owner's or the intruder's, a record does not tell. What tells them apart is the hand: a principal at an
// address. A hand that was first seen within a day before the first finding on it is taken for the intruder's, with all that it did; one that
// the principal has used before is somebody's ordinary place, and there only what a finding lists counts and, without
// joining anything, what the same credential did there around it. What a claimed event issued is the intruder's wholly, wherever it is used.
type incidentClaims struct {
	*incidentBuilder
	owner   []int32                   // by row: the unit that claims it; unclaimed
	weak    []bool                    // by row: its claim joins nothing
	above   []int32                   // by unit: union-find
	hands   map[hand]*handful         // of all rows
	places  []place                   // by address
	byNode  map[detect.NodeID][]int32 // rows
	byWho   map[detect.NodeID][]*handful
	grounds map[detect.NodeID]*ground
	since   map[detect.NodeID]int64    // when each was first seen anywhere
	whole   map[detect.NodeID]int32    // nodes of which everything is claimed, by which unit
	issued  map[uint64][]detect.NodeID // by the event that issued it
	queue   []int32                    // rows whose consequences are still to be drawn
	news    map[detect.NodeID]bool     // who else has to do with it
	opening []int32                    // rows of claimed calls that open a way in, and that nobody has followed yet
	steps   int                        // of comparing hands with each other
}

const unclaimed = -1

// A hand is a principal at an address.
type hand struct {
	who detect.NodeID
	ip  int32
}

// A handful is what is known of a hand.
type handful struct {
	hand
	rows        []int32
	taken       int // as many of them, from the first on, are claimed for good
	first, last int64
	done        bool // some of it succeeded
	accused     bool
	from, to    int64 // of findings on it
	novel       bool
	late        bool    // it was accused by what follows from the findings, when others have been followed already
	alone       bool    // its address is not shared, which does not change
	strange     []int32 // rows that an accused hand at its address claims, once one has asked
	told, moved span64  // of strange, and of all, those within are claimed for one incident
	units       []int32
}

// claims finds out whose the rows are. Who else has to do with it, and from where, is found on the way: then the rows are read again.
func (b *incidentBuilder) claims() (*incidentClaims, error) {
	var late []string
	crowded := false
	for round := 0; ; round++ {
		err := b.gather()
		if err == nil && b.full && len(late) > 0 { // there is no room for whoever else was at these addresses
			for _, ip := range late {
				delete(b.wanted, ip)
			}
			crowded = true
			err = b.gather()
		}
		if err != nil {
			return nil, err
		}
		c := b.newClaims()
		c.accuse()
		c.spread()
		if err := c.ways(); err != nil {
			return nil, err
		}
		c.weakly()
		c.join()
		if err := b.ctx.Err(); err != nil {
			return nil, err
		}
		if round+1 >= incidentRounds {
			return c, nil
		}
		if late = nil; !crowded && !b.full {
			late = c.from()
		}
		if !b.choose(c.news) && len(late) == 0 {
			return c, nil
		}
	}
}

// from wants all events from addresses that claimed rows came from, and returns those that were not wanted before: whether others use an
// address, the rows of those who have to do with the findings do not tell.
func (c *incidentClaims) from() (late []string) {
	for i := range c.rows {
		ip := c.ipNames[c.rows[i].ip]
		if c.owner[i] == unclaimed || c.weak[i] || c.wanted[ip] || !isAddress(ip) || isPrivate(ip) {
			continue
		}
		c.wanted[ip] = true
		late = append(late, ip)
	}
	return late
}

func (b *incidentBuilder) newClaims() *incidentClaims {
	c := &incidentClaims{
		incidentBuilder: b, owner: slices.Repeat([]int32{unclaimed}, len(b.rows)), weak: make([]bool, len(b.rows)), above: make([]int32, len(b.units)),
		hands: map[hand]*handful{}, places: make([]place, len(b.ipNames)), byNode: map[detect.NodeID][]int32{}, byWho: map[detect.NodeID][]*handful{}, grounds: map[detect.NodeID]*ground{}, since: map[detect.NodeID]int64{},
		whole: map[detect.NodeID]int32{}, issued: map[uint64][]detect.NodeID{}, news: map[detect.NodeID]bool{},
	}
	for i := range c.above {
		c.above[i] = int32(i)
	}
	c.switched()
	for i := range b.rows {
		r := &b.rows[i]
		h := hand{r.who, r.ip}
		f := c.hands[h]
		if f == nil {
			f = &handful{hand: h, first: r.at, last: r.at}
			c.hands[h] = f
			c.places[r.ip].all = append(c.places[r.ip].all, f)
			c.byWho[r.who] = append(c.byWho[r.who], f)
		}
		if was, ok := c.since[r.who]; !ok || r.at < was {
			c.since[r.who] = r.at
		}
		f.rows = append(f.rows, int32(i))
		f.first, f.last, f.done = min(f.first, r.at), max(f.last, r.at), f.done || r.ok
		if r.node >= 0 {
			c.byNode[r.node] = append(c.byNode[r.node], int32(i))
		}
	}
	for id := range b.chosen {
		if _, tie, ok := b.lineage.Parent(id); ok && tie.By != "" {
			c.issued[tie.Mark] = append(c.issued[tie.Mark], id)
		}
	}
	for _, ids := range c.issued {
		slices.SortFunc(ids, b.lineage.Compare)
	}
	return c
}

// row returns the row of an event, or unclaimed.
func (c *incidentClaims) row(ordinal uint64) int32 {
	i, ok := slices.BinarySearchFunc(c.rows, ordinal, func(r incidentRow, o uint64) int {
		switch {
		case r.ordinal < o:
			return -1
		case r.ordinal > o:
			return 1
		}
		return 0
	})
	if !ok {
		return unclaimed
	}
	return int32(i)
}

func (c *incidentClaims) root(u int32) int32 {
	for c.above[u] != u {
		c.above[u] = c.above[c.above[u]]
		u = c.above[u]
	}
	return u
}

// union makes two units one, called after the first finding.
func (c *incidentClaims) union(a, b int32) {
	if a, b = c.root(a), c.root(b); a != b {
		c.above[max(a, b)] = min(a, b)
	}
}

// claim gives a row to a unit.
func (c *incidentClaims) claim(unit, row int32) {
	switch have := c.owner[row]; {
	case have == unclaimed:
	case c.weak[row]:
	default:
		c.union(have, unit)
		return
	}
	c.owner[row], c.weak[row] = unit, false
	c.queue = append(c.queue, row)
}

// accuse claims what the findings list. A finding over days lists an owner's ordinary use beside an intruder's: where it lists a hand that is
// new to a principal of whom others are known, those others are the owner's.
func (c *incidentClaims) accuse() {
	c.eachSign(c.mark)
	fresh := map[detect.NodeID]bool{}
	for h, f := range c.hands {
		c.judge(f)
		if f.novel && c.settled(h.who, f) {
			fresh[h.who] = true
		}
	}
	for h, f := range c.hands {
		f.novel = f.novel && (!fresh[h.who] || c.settled(h.who, f))
	}
	told := make([]bool, len(c.units))
	c.eachSign(func(unit, row int32) {
		if f := c.hands[hand{c.rows[row].who, c.rows[row].ip}]; f.novel && fresh[c.rows[row].who] {
			told[unit] = true
		}
	})
	c.eachSign(func(unit, row int32) {
		if r := &c.rows[row]; !told[unit] || !fresh[r.who] || c.hands[hand{r.who, r.ip}].novel {
			c.claim(unit, row)
		}
	})
	for _, f := range c.sorted() {
		if f.novel {
			c.places[f.ip].enter(f)
		}
	}
}

// eachSign goes over the rows that the findings list.
func (c *incidentClaims) eachSign(do func(unit, row int32)) {
	for u := range c.units {
		for _, ordinal := range c.units[u].events {
			if row := c.row(ordinal); row != unclaimed {
				do(int32(u), row)
			}
		}
	}
}

// mark notes that a finding is about a hand.
func (c *incidentClaims) mark(unit, row int32) {
	r := &c.rows[row]
	if r.who == nobody {
		return
	}
	f := c.hands[hand{r.who, r.ip}]
	if !f.accused {
		f.accused, f.from, f.to = true, r.at, r.at
	}
	f.from, f.to = min(f.from, r.at), max(f.to, r.at)
	if n := len(f.units); n == 0 || f.units[n-1] != unit {
		f.units = append(f.units, unit)
	}
}

// judge says whether a hand that a finding is about is new: an address, first seen within a day before the finding. Where the principal's
// other places are not known, because the evidence begins there, one that issues credentials all day is no intruder's.
func (c *incidentClaims) judge(f *handful) {
	r := &c.rows[f.rows[0]]
	f.novel = f.accused && f.first >= f.from-lookBack && isAddress(c.ipNames[r.ip]) && (c.settled(r.who, f) || !c.busy(f))
}

// settled reports whether a hand's principal was seen elsewhere well before it.
func (c *incidentClaims) settled(who detect.NodeID, f *handful) bool {
	return c.known(who) <= f.first-day/2
}

// busy reports whether a hand hands out credentials as machines do.
func (c *incidentClaims) busy(f *handful) bool {
	const most = 10
	n := 0
	for _, row := range f.rows {
		n += len(c.issued[c.rows[row].ordinal])
	}
	return n > most
}

// spread follows all new hands, and draws the consequences of claims until there are no more.
func (c *incidentClaims) spread() {
	for _, f := range c.sorted() {
		if f.novel {
			c.follow(f)
		}
	}
	c.drain()
}

// drain draws the consequences of what was claimed last.
func (c *incidentClaims) drain() {
	for len(c.queue) > 0 && c.ctx.Err() == nil {
		row := c.queue[len(c.queue)-1]
		c.queue = c.queue[:len(c.queue)-1]
		c.draw(row)
	}
}

// sorted lists the accused hands by their first rows: maps have no order.
func (c *incidentClaims) sorted() (all []*handful) {
	for _, f := range c.hands {
		if f.accused {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b *handful) int { return int(a.rows[0]) - int(b.rows[0]) })
	return all
}

// follow claims what a new hand did, and what others did at its address, where that is nobody's ordinary place.
func (c *incidentClaims) follow(f *handful) {
	unit := f.units[0]
	for _, u := range f.units {
		c.union(unit, u)
	}
	for _, row := range f.rows {
		if at := c.rows[row].at; at >= f.from-lookBack && at <= f.to+lookOn {
			c.claim(unit, row)
		}
	}
	c.strangers(unit, f)
	c.elsewhere(unit, f)
}

// known is when somebody was first seen anywhere.
func (c *incidentClaims) known(who detect.NodeID) int64 {
	if first, ok := c.since[who]; ok {
		return first
	}
	return 1 << 62
}

// draw draws the consequences of one claim: what the event issued is claimed wholly, and what its credential came from is looked at.
func (c *incidentClaims) draw(row int32) {
	unit, r := c.owner[row], c.rows[row]
	if r.opens && r.ok {
		c.opening = append(c.opening, row)
	}
	for _, id := range c.issued[r.ordinal] {
		if c.surely(row, id) {
			c.claimNode(unit, id)
		}
	}
	if _, whole := c.whole[r.node]; r.node < 0 || whole {
		return
	}
	c.origin(unit, &r, r.node)
}

// origin looks at what a credential came from, of which a row is claimed.
func (c *incidentClaims) origin(unit int32, r *incidentRow, id detect.NodeID) {
	parent, tie, ok := c.lineage.Parent(id)
	if !ok || tie.By == "" || parent == id {
		return
	}
	from := c.row(tie.Mark)
	if from == unclaimed || c.rows[from].who == nobody || !c.surely(from, id) {
		return
	}
	if c.asserted(parent) { // nothing else came of it: who brought it is looked at
		c.claim(unit, from)
		return
	}
	f := c.hands[hand{c.rows[from].who, c.rows[from].ip}]
	if !f.accused {
		at := c.rows[from].at
		f.accused, f.late, f.from, f.to, f.units = true, true, at, at, []int32{unit}
		c.judge(f)
		if f.novel && (c.rows[from].ip == r.ip || c.settled(c.rows[from].who, f)) {
			c.places[f.ip].enter(f)
			c.follow(f)
			return
		}
		f.accused, f.late, f.novel, f.units = false, false, false, nil
	}
	if c.owner[from] == unclaimed {
		c.owner[from], c.weak[from] = unit, true
	}
}

// surely reports whether an event that a credential is tied to may be told as the one that began it. Where others fit as well, or where it is told
// by the permission set and the second, which many have in common, the credential must have been used from where the event came from.
func (c *incidentClaims) surely(from int32, id detect.NodeID) bool {
	_, tie, _ := c.lineage.Parent(id)
	if tie.Confidence >= detect.Likely && tie.By != "Federate" && tie.By != "GetRoleCredentials" {
		return true
	}
	used := []detect.NodeID{id}
	if c.asserted(id) {
		used = c.lineage.Children(id)
	}
	return slices.ContainsFunc(used, func(id detect.NodeID) bool {
		return slices.ContainsFunc(c.byNode[id], func(row int32) bool { return c.rows[row].ip == c.rows[from].ip })
	})
}

// switched gives the calls by which somebody became a role in the console, or with an assertion of Identity Center, to who did so: their
// records name the role, or no session.
func (c *incidentClaims) switched() {
	for id := range c.chosen {
		parent, tie, ok := c.lineage.Parent(id)
		if !ok || !c.chosen[parent] || tie.By != "SwitchRole" && !c.asserted(parent) {
			continue
		}
		if row := c.row(tie.Mark); row != unclaimed {
			c.rows[row].node, c.rows[row].who = parent, c.info(parent).who
		}
	}
}

// claimNode claims all that a credential did.
func (c *incidentClaims) claimNode(unit int32, id detect.NodeID) {
	if have, ok := c.whole[id]; ok {
		c.union(have, unit)
		return
	}
	c.whole[id] = unit
	for _, row := range c.byNode[id] {
		c.claim(unit, row)
	}
}
