package report

import (
	"fmt"
	"strings"
)

// trustNobody is a trust policy that lets nobody in.
const trustNobody = `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'`

// The beginnings of the names of roles that only AWS can change.
const (
	ofIdentityCenter = "AWSReservedSSO_"
	ofService        = "AWSServiceRoleFor"
)

// closeRoles shuts the roles that the incident made, or whose trust it changed, before their sessions are ended: whoever is let in would
// begin another one.
func (d *incidentDraft) closeRoles(s *stepList) {
	for i := range d.left.Rows {
		row := &d.left.Rows[i]
		if row.Kind != "IAM role" && row.Kind != "role trust policy" || row.State == Removed ||
			strings.HasPrefix(row.Target, ofIdentityCenter) || strings.HasPrefix(row.Target, ofService) {
			continue
		}
		of, did, note := row, "changed its trust policy", "Nobody takes it any more, whoever does so lawfully neither: put the trust policy back as it was as soon as it is known. The events before this one, or your templates, have it."
		if at := d.madeAs("IAM role", row); at != nil {
			of, did, note = at, "made it", "Nobody takes it any more. It can be deleted when its policies are detached."
		}
		lets := ""
		if of.Detail != "" {
			lets = "; it lets in " + quoteEach(strings.TrimPrefix(of.Detail, "to "))
		}
		if row.State == Replaced {
			s.add(step(phaseRevoke, fmt.Sprintf("See whom role %s in account %s lets in: its trust policy, which the incident changed at %s%s, was set anew by %s.", quoteName(row.Target), quoteName(row.Account), clockOf(row.Made.Time), lets, setAnew(row)),
				setAnewNote, aws("iam", "get-role").arg("--role-name", row.Target)), row.Made.EventID)
			d.denyRole(s, row.Account, row.Target, "", row.Made.EventID)
			continue
		}
		s.add(step(phaseRevoke, fmt.Sprintf("Close role %s in account %s: %s %s at %s%s.", quoteName(row.Target), quoteName(row.Account), quoteName(of.Made.Event), did, clockOf(of.Made.Time), lets), note,
			aws("iam", "get-role").arg("--role-name", row.Target),
			aws("iam", "update-assume-role-policy").arg("--role-name", row.Target).fixed("--policy-document", trustNobody)), row.Made.EventID)
		d.denyRole(s, row.Account, row.Target, "", row.Made.EventID)
	}
}

// madeAs returns the row of a thing of that kind, there at the end, that has a row's target; nil: the incident made none.
func (d *incidentDraft) madeAs(kind string, row *PersistenceRow) *PersistenceRow {
	for i := range d.left.Rows {
		r := &d.left.Rows[i]
		if r.Kind == kind && r.State != Removed && r.Target == row.Target && r.Account == row.Account && r.Region == row.Region {
			return r
		}
	}
	return nil
}

// denyRole refuses everything to a role's sessions. What is said of those that may follow is left out where the role was closed before.
func (d *incidentDraft) denyRole(s *stepList, account, role, next string, ids ...string) {
	of := fmt.Sprintf("the sessions of role %s in account %s", quoteName(role), quoteName(account))
	get := aws("iam", "get-role").arg("--role-name", role)
	switch {
	case strings.HasPrefix(role, ofIdentityCenter):
		s.addAfter(step(phaseRevoke, "End "+of+", which belongs to IAM Identity Center.",
			"Its policies can only be changed there: end the user's sessions and reset the user's credentials in Identity Center, then deny by a policy of the permission set or of the organization.", get), ids...)
	case strings.HasPrefix(role, ofService):
		s.addAfter(step(phaseRevoke, "End "+of+", which only its service takes.", "Its policies cannot be changed: deny by a policy of the organization, or stop what the service runs for it.", get), ids...)
	default:
		s.addAfter(step(phaseRevoke, "Revoke "+of+".", "It ends all sessions of the role that began before now, lawful ones too: these must be begun anew."+strings.TrimRight(" "+next, " ")+d.aliveOf(account, role),
			aws("iam", "list-role-policies").arg("--role-name", role),
			aws("iam", "put-role-policy").arg("--role-name", role).fixed("--policy-name", "AWSRevokeOlderSessions", "--policy-document", denyOlder)), ids...)
	}
}

// aliveOf says which sessions of a role outlive the evidence.
func (d *incidentDraft) aliveOf(account, role string) (out string) {
	n := 0
	for i := range d.Credentials {
		c := &d.Credentials[i]
		if name, ok := roleOf(c); !ok || !c.Alive || name != role || accountIn(c.Principal) != account {
			continue
		}
		if n++; n <= namedThings {
			out += fmt.Sprintf(" %s expires %s, after the evidence ends.", quoteName(c.Credential), clockOf(c.Expires))
		}
	}
	if n > namedThings {
		out += fmt.Sprintf(" So do others of it: %d.", n-namedThings)
	}
	return out
}
