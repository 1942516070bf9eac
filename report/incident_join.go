package report

import (
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// weakly claims what cannot be told from an owner's ordinary use: what the same credential did at the same place around what
// a finding lists. Nothing follows from it.
func (c *incidentClaims) weakly() {
	for _, f := range c.sorted() {
		if f.novel {
			continue
		}
		of := map[detect.NodeID][]int32{}
		for _, row := range f.rows {
			of[c.rows[row].node] = append(of[c.rows[row].node], row)
		}
		for _, rows := range of {
			for i, row := range rows {
				if c.owner[row] != unclaimed && !c.weak[row] {
					c.around(rows, i, -1)
					c.around(rows, i, 1)
				}
			}
		}
	}
}

// around claims the neighbours of a row in one direction, of the same credential, as far as the next that is claimed: from there it goes on.
func (c *incidentClaims) around(rows []int32, i, step int) {
	from := rows[i]
	for j := i + step; j >= 0 && j < len(rows); j += step {
		row := rows[j]
		away := c.rows[row].at - c.rows[from].at
		if claimed := c.owner[row] != unclaimed; claimed && !c.weak[row] || max(away, -away) > nearby {
			return
		} else if !claimed {
			c.owner[row], c.weak[row] = c.owner[from], true
		}
	}
}

// join makes one incident of findings on one principal at one address within a day, and of those on one person at new addresses.
func (c *incidentClaims) join() {
	type last struct {
		at   int64
		unit int32
	}
	at := map[hand]last{}
	people := map[detect.NodeID]last{}
	for i := range c.rows {
		unit := c.owner[i]
		if unit == unclaimed || c.weak[i] || c.rows[i].who == nobody {
			continue
		}
		r := &c.rows[i]
		h := hand{r.who, r.ip}
		if was, ok := at[h]; ok && r.at-was.at <= joinGap {
			c.union(was.unit, unit)
		}
		at[h] = last{r.at, unit}
		if f := c.hands[h]; f.novel && c.isPerson(r.who) {
			if was, ok := people[r.who]; ok && r.at-was.at <= joinGap {
				c.union(was.unit, unit)
			}
			people[r.who] = last{r.at, unit}
		}
	}
}

// isPerson reports whether a principal stands for one user, and not for whoever takes a role.
func (c *incidentClaims) isPerson(who detect.NodeID) bool {
	n := c.lineage.Node(who)
	switch n.Type {
	case "IAMUser", "Root", "FederatedUser", "IdentityCenterUser", "SAMLUser", "WebIdentityUser":
		return true
	}
	return strings.Contains(n.Name, ":assumed-role/AWSReservedSSO_") || strings.HasPrefix(string(sessionName([]byte(n.Name))), "i-")
}
