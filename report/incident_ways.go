package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A wayIn is a way in that an event opened, which no access key of its answer leads to.
type wayIn struct {
	row  int32 // unclaimed: the event is no row
	at   int64
	made bool // a user that was not there before
	to   holder
}

// waysIn are all ways in.
type waysIn struct {
	of map[int32]wayIn    // by row
	to map[holder][]wayIn // users by time, from the first that is a row
}

// A holder is a user or role, who holds credentials.
type holder struct{ kind, account, name string }

const (
	userKind = ":user/"
	roleKind = ":role/"
)

// ways follows the ways in that claimed events opened: users that they made or gave a password, roles that they made or whose
// trust they changed.
func (c *incidentClaims) ways() error {
	if len(c.opening) == 0 {
		return nil
	}
	all, err := c.waysIn()
	if err != nil {
		return err
	}
	holders := c.holders()
	for len(c.opening) > 0 && !c.spent(len(c.hands)) {
		for len(c.opening) > 0 && c.ctx.Err() == nil {
			rows := c.opening
			c.opening = nil
			slices.Sort(rows)
			for _, row := range rows {
				w, ok := all.of[row]
				ids := holders[w.to]
				switch {
				case !ok, c.spent(len(ids)):
				case w.made && w.to.kind == userKind:
					c.ofMade(w, ids, c.until(&all, &w))
				case w.to.kind == userKind:
					c.throughPassword(w, ids, c.until(&all, &w))
				default:
					c.throughRole(w, ids)
				}
			}
			c.drain()
		}
		c.spread() // with those, an address may be nobody's but the intruder's
	}
	return nil
}

// opened are the columns that a way in is made of, besides what was asked.
var opened = []string{"eventname", "eventsource", "account", "errorcode", "errormessage"}

// waysIn reads what each row opened that opened something, and who else opened the same later.
func (c *incidentClaims) waysIn() (waysIn, error) {
	all := waysIn{map[int32]wayIn{}, map[holder][]wayIn{}}
	f := filterOf(named(func(name string) bool { return opening[name] }))
	return all, c.store.scanCalls(c.ctx, f, opened, parts[:1], func(r *Row, rec *parser.Record) error {
		row := c.row(r.Ordinal())
		if !serves("iam", r.Text(1)) || r.Text(3) != "" || r.Text(4) != "" {
			return nil
		}
		w := wayIn{row: row, at: r.Time().Unix(), made: r.Text(0) == "CreateUser", to: holder{account: own(r.Text(2))}}
		if v := resolve(rec, "<userName"); len(v) == 1 {
			w.to.kind, w.to.name = userKind, own(v[0])
		} else if v := resolve(rec, "<roleName"); len(v) == 1 {
			w.to.kind, w.to.name = roleKind, own(v[0])
		} else {
			return nil
		}
		if row != unclaimed {
			all.of[row] = w
		}
		if have := all.to[w.to]; w.to.kind == userKind && (row != unclaimed || have != nil) {
			all.to[w.to] = append(have, w)
		}
		return nil
	})
}

// holders lists the nodes that users and roles hold.
func (c *incidentClaims) holders() map[holder][]detect.NodeID {
	all := map[holder][]detect.NodeID{}
	var principal, role string
	for id := range c.lineage.Holds(func(p, r string) bool { principal, role = p, r; return true }) {
		for kind, arn := range map[string]string{userKind: principal, roleKind: role} {
			if _, path, ok := strings.Cut(arn, kind); ok {
				h := holder{kind, accountIn(arn), path[strings.LastIndexByte(path, '/')+1:]}
				all[h] = append(all[h], id)
			}
		}
	}
	for _, ids := range all {
		slices.SortFunc(ids, c.lineage.Compare)
	}
	return all
}

// until is when a way into a user ended: when the user was made again, or when somebody else gave it another password.
func (c *incidentClaims) until(all *waysIn, w *wayIn) int64 {
	later := all.to[w.to]
	i, _ := slices.BinarySearchFunc(later, w.at+1, func(o wayIn, at int64) int { return cmp.Compare(o.at, at) })
	for ; i < len(later) && !c.spent(1); i++ {
		if o := &later[i]; o.made || !w.made && (o.row == unclaimed || c.owner[o.row] == unclaimed) {
			return o.at
		}
	}
	return math.MaxInt64
}

// ofMade claims what a user did that an incident made. What was done under the name before, or after another one was made, is somebody else's.
func (c *incidentClaims) ofMade(w wayIn, ids []detect.NodeID, end int64) {
	unit, from := c.owner[w.row], w.at
	for _, id := range ids {
		if !c.chosen[id] {
			c.news[id] = true
		}
		ours := func(row int32) bool { return c.rows[row].at >= from && c.rows[row].at < end }
		rows := c.byNode[id]
		if len(rows) > 0 && ours(rows[0]) && ours(rows[len(rows)-1]) {
			c.claimNode(unit, id)
			continue
		}
		for _, row := range rows {
			if ours(row) {
				c.claim(unit, row)
			}
		}
	}
}

// throughPassword claims what a user did at new addresses after it got a password, with what a password leads to.
func (c *incidentClaims) throughPassword(w wayIn, ids []detect.NodeID, end int64) {
	unit, at := c.owner[w.row], w.at
	end = min(end, at+lookOn)
	signed := map[detect.NodeID]bool{}
	for _, id := range ids {
		if signed[id] = c.byPassword(id); signed[id] && !c.chosen[id] {
			c.news[id] = true
		}
	}
	for _, id := range ids {
		hands := c.byWho[c.info(id).who]
		if c.spent(len(hands)) {
			return
		}
		for _, f := range hands {
			if f.first < at || f.first >= end || f.accused || !isAddress(c.ipNames[f.ip]) {
				continue
			}
			rows := slices.DeleteFunc(slices.Clone(f.rows), func(row int32) bool { return !signed[c.rows[row].node] })
			if len(rows) == 0 {
				continue
			}
			f.accused, f.late, f.from, f.to, f.units = true, true, f.first, c.rows[rows[len(rows)-1]].at, []int32{unit}
			if c.judge(f); f.novel && len(rows) == len(f.rows) {
				c.places[f.ip].enter(f)
			}
			for _, row := range rows {
				c.claim(unit, row)
			}
		}
	}
}

// byPassword reports whether a user's credential may be had by a password: a key of its own, and what that issues, is not.
func (c *incidentClaims) byPassword(id detect.NodeID) bool {
	for _, of := range append([]detect.NodeID{id}, c.lineage.Above(id)...) {
		if n := c.lineage.Node(of); n.Kind == detect.KeyNode && strings.HasPrefix(n.Name, "AKIA") {
			return false
		}
	}
	return true
}

// throughRole claims the sessions of a role that began after an incident made it or changed its trust, and that somebody began who had
// not been seen before, and had not taken the role before. Of whom it is not known who began them those are claimed that go by a new name, unless
// there were such before.
func (c *incidentClaims) throughRole(w wayIn, ids []detect.NodeID) {
	unit, at := c.owner[w.row], w.at
	took := map[detect.NodeID]bool{}
	by := func(id detect.NodeID) detect.NodeID {
		if parent, _, ok := c.lineage.Parent(id); ok {
			return c.info(parent).who
		}
		return nobody
	}
	for _, id := range ids {
		if n := c.lineage.Node(id); n.Kind != detect.PrincipalNode && n.Calls > 0 && n.First.Unix() < at {
			took[by(id)] = true
		}
	}
	for _, id := range ids {
		n := c.lineage.Node(id)
		if n.Kind == detect.PrincipalNode || n.First.Unix() < at {
			continue
		}
		if !c.chosen[id] {
			c.news[id] = true
		}
		who := by(id)
		if took[who] || who != nobody && c.known(who) < at || who == nobody && c.known(c.info(id).who) < at {
			continue
		}
		c.claimNode(unit, id)
	}
}

// accountIn returns the account of an ARN.
func accountIn(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}
