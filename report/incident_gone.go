package report

import "fmt"

// A leftThing is a thing that an incident made.
type leftThing struct{ kind, account, target string }

// endings are what took away what the incident made; nil: it is there, or somebody made it again.
func (d *incidentDraft) endings() map[leftThing]*Mark {
	by := make(map[leftThing]*Mark, len(d.left.Rows))
	for i := range d.left.Rows {
		row := &d.left.Rows[i]
		thing := leftThing{row.Kind, row.Account, row.Target}
		if last, seen := by[thing]; row.State != Removed || seen && last == nil {
			by[thing] = nil
		} else {
			by[thing] = row.Ended
		}
	}
	return by
}

// gone returns what took a thing away that the incident made; nil: it is not known to be gone. A user may have been called otherwise when it was made.
func (d *incidentDraft) gone(kind, account, target string) *Mark {
	for i := len(d.b.renamed) - 1; kind == "IAM user" && i >= 0; i-- {
		if r := &d.b.renamed[i]; r.option == renames["UpdateUser"].option && r.account == account && r.is == target && d.ended[leftThing{kind, account, target}] == nil {
			target = r.was
		}
	}
	return d.ended[leftThing{kind, account, target}]
}

// confirmGone asks to see that what the evidence shows as deleted is gone: nothing else is to be done about it.
func (s *stepList) confirmGone(what, account string, by *Mark, verify *command) {
	s.add(step(phaseRevoke, fmt.Sprintf("See that %s of account %s is gone: %s deleted it at %s.", what, quoteName(account), quoteName(by.Event), clockOf(by.Time)),
		"The answer should be that it does not exist. If it does, somebody has made it again since.", verify), by.EventID)
}

// goneUser asks to see that a user is gone that the incident made, and reports whether the evidence shows it.
func (d *incidentDraft) goneUser(s *stepList, account, user string) bool {
	by := d.gone("IAM user", account, user)
	if by != nil {
		s.confirmGone("IAM user "+quoteName(user), account, by, aws("iam", "get-user").arg("--user-name", user))
	}
	return by != nil
}

// goneKey does so for an access key. A user that is gone has none.
func (d *incidentDraft) goneKey(s *stepList, account, user, key string) bool {
	by := d.gone("access key", account, key)
	if by != nil {
		s.confirmGone("access key "+quoteName(key)+" of IAM user "+quoteName(user), account, by, aws("iam", "list-access-keys").arg("--user-name", user))
	}
	return by != nil
}

// goneRole does so for a role.
func (d *incidentDraft) goneRole(s *stepList, account, role string) bool {
	by := d.gone("IAM role", account, role)
	if by != nil {
		s.confirmGone("role "+quoteName(role), account, by, aws("iam", "get-role").arg("--role-name", role))
	}
	return by != nil
}
