package report

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A wayIn is a way in that a claimed event opened, which no access key of its answer leads to.
type wayIn struct {
	row  int32
	made bool // a user that was not there before
	to   holder
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
				w, ok := all[row]
				ids := holders[w.to]
				switch {
				case !ok, c.spent(len(ids)):
				case w.to.kind == userKind:
					c.throughUser(w, ids)
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

// waysIn reads what each row opened that opened something.
func (c *incidentClaims) waysIn() (map[int32]wayIn, error) {
	var ordinals []uint64
	for i := range c.rows {
		if r := &c.rows[i]; r.opens && r.ok {
			ordinals = append(ordinals, r.ordinal)
		}
	}
	all := map[int32]wayIn{}
	return all, c.store.Scan(c.ctx, ordinalFilter(ordinals...), append([]string{"eventname", "eventsource", "account"}, RawColumns...), func(r *Row) error {
		if !serves("iam", r.Text(1)) {
			return nil
		}
		rec := parser.Record{Raw: r.Raw()}
		w := wayIn{row: c.row(r.Ordinal()), made: r.Text(0) == "CreateUser", to: holder{account: own(r.Text(2))}}
		if v := resolve(&rec, "<userName"); len(v) == 1 {
			w.to.kind, w.to.name = userKind, own(v[0])
		} else if v := resolve(&rec, "<roleName"); len(v) == 1 {
			w.to.kind, w.to.name = roleKind, own(v[0])
		} else {
			return nil
		}
		all[w.row] = w
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

// throughUser claims what a user did that an incident made, or at new addresses after it got a password.
func (c *incidentClaims) throughUser(w wayIn, ids []detect.NodeID) {
	unit, at := c.owner[w.row], c.rows[w.row].at
	for _, id := range ids {
		if !c.chosen[id] {
			c.news[id] = true
		}
		if w.made {
			c.claimNode(unit, id)
			continue
		}
		hands := c.byWho[c.info(id).who]
		if c.spent(len(hands)) {
			return
		}
		for _, f := range hands {
			if f.first >= at && !f.accused && isAddress(c.ipNames[f.ip]) {
				f.accused, f.late, f.from, f.to, f.units = true, true, f.first, f.last, []int32{unit}
				if c.judge(f); f.novel {
					c.places[f.ip].enter(f)
				}
				for _, row := range f.rows {
					c.claim(unit, row)
				}
			}
		}
	}
}

// throughRole claims the sessions of a role that began after an incident made it or changed its trust, and that somebody began who had
// not been seen before.
func (c *incidentClaims) throughRole(w wayIn, ids []detect.NodeID) {
	unit, at := c.owner[w.row], c.rows[w.row].at
	for _, id := range ids {
		n := c.lineage.Node(id)
		if n.Kind == detect.PrincipalNode || n.First.Unix() < at {
			continue
		}
		if !c.chosen[id] {
			c.news[id] = true
		}
		parent, _, ok := c.lineage.Parent(id)
		if !ok || c.known(c.info(parent).who) >= at {
			c.claimNode(unit, id)
		}
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
