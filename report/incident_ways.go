package report

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A wayIn is a way in that a claimed event opened, which no access key of its answer leads to.
type wayIn struct {
	row     int32
	action  string
	account string
	user    string // of that name
	role    string // of that name
}

// ways follows the ways in that claimed events opened: users that they made or gave a password, roles that they made or whose
// trust they changed.
func (c *incidentClaims) ways() error {
	for {
		found, err := c.openedWays()
		if err != nil || len(found) == 0 {
			return err
		}
		for _, w := range found {
			if w.user != "" {
				c.throughUser(w)
			} else {
				c.throughRole(w)
			}
		}
		c.spread()
	}
}

// openedWays reads what the events opened that nobody has followed yet.
func (c *incidentClaims) openedWays() (found []wayIn, err error) {
	var ordinals []uint64
	for i := range c.rows {
		if r := &c.rows[i]; r.opens && r.ok && c.owner[i] != unclaimed && !c.weak[i] && !c.opened[r.ordinal] {
			c.opened[r.ordinal] = true
			ordinals = append(ordinals, r.ordinal)
		}
	}
	if len(ordinals) == 0 {
		return nil, nil
	}
	err = c.store.Scan(c.ctx, ordinalFilter(ordinals...), append([]string{"eventname", "eventsource", "account"}, RawColumns...), func(r *Row) error {
		if !serves("iam", r.Text(1)) {
			return nil
		}
		rec := parser.Record{Raw: r.Raw()}
		w := wayIn{row: c.row(r.Ordinal()), action: own(r.Text(0)), account: own(r.Text(2))}
		if v := resolve(&rec, "<userName"); len(v) == 1 {
			w.user = own(v[0])
		} else if v := resolve(&rec, "<roleName"); len(v) == 1 {
			w.role = own(v[0])
		} else {
			return nil
		}
		found = append(found, w)
		return nil
	})
	return found, err
}

// throughUser claims what a user did that an incident made, or at new addresses after it got a password.
func (c *incidentClaims) throughUser(w wayIn) {
	unit, at := c.owner[w.row], c.rows[w.row].at
	var ids []detect.NodeID
	for id := range c.lineage.Holds(func(p, _ string) bool { return isNamed(p, ":user/", w.user) && accountIn(p) == w.account }) {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, c.lineage.Compare)
	for _, id := range ids {
		if !c.chosen[id] {
			c.news[id] = true
		}
		if w.action == "CreateUser" {
			c.claimNode(unit, id)
			continue
		}
		who := c.info(id).who
		for _, f := range c.byWho[who] {
			if f.first >= at && !f.accused && isAddress(c.ipNames[f.ip]) {
				f.accused, f.from, f.to, f.units = true, f.first, f.last, []int32{unit}
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
func (c *incidentClaims) throughRole(w wayIn) {
	unit, at := c.owner[w.row], c.rows[w.row].at
	var ids []detect.NodeID
	for id := range c.lineage.Holds(func(_, role string) bool { return isNamed(role, ":role/", w.role) && accountIn(role) == w.account }) {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, c.lineage.Compare)
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
