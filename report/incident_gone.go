package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

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
func (s *stepList) confirmGone(what, account string, by *Mark, verify *command, ids ...string) {
	s.add(step(phaseRevoke, fmt.Sprintf("See that %s of account %s is gone: %s deleted it at %s.", what, quoteName(account), quoteName(by.Event), clockOf(by.Time)),
		"The answer should be that it does not exist. If it does, somebody has made it again since.", verify), append(ids, by.EventID)...)
}

// goneUser asks to see that a user is gone that the incident made, and reports whether the evidence shows it.
func (d *incidentDraft) goneUser(s *stepList, account, user string) bool {
	by := d.gone("IAM user", account, user)
	if by != nil {
		s.confirmGone("IAM user "+quoteName(user), account, by, aws("iam", "get-user").arg("--user-name", user))
	}
	return by != nil
}

// goneKey does so for an access key, which may be inactive only. A user that is gone has none. Of its events, ids are those of a time at which
// the user was called so.
func (d *incidentDraft) goneKey(s *stepList, account, user, key string, ids ...string) bool {
	what, list := "access key "+quoteName(key)+" of IAM user "+quoteName(user), aws("iam", "list-access-keys").arg("--user-name", user)
	by, end := d.gone("access key", account, key), d.b.keys[key]
	ended := end.deleted || end.off && !d.usedAfter(key, end.by.Time)
	switch {
	case by == nil && !ended:
		return false
	case by == nil && !end.deleted:
		s.add(step(phaseRevoke, fmt.Sprintf("See that %s of account %s is still inactive: %s deactivated it at %s.", what, quoteName(account), quoteName(end.by.Event), clockOf(end.by.Time)),
			"If it is active, somebody has turned it on again since. Sessions that it issued stay alive: see the next steps.", list), append(ids, end.by.EventID)...)
	default:
		s.confirmGone(what, account, cmp.Or(by, end.by), list, ids...)
	}
	return true
}

// usedAfter reports whether an event was made with a key after a time: then it was active again.
func (d *incidentDraft) usedAfter(key string, t time.Time) bool {
	return slices.ContainsFunc(d.events, func(e toldEvent) bool { return e.Credential == key && e.Time.After(t) && !sameSecond(e.Time, t) })
}

// A keyEnd is what somebody did with an access key last.
type keyEnd struct {
	by      *Mark
	off     bool // nobody can use it; not where several calls of one second, whose order is not known, say different things
	deleted bool
}

// keyEnds are the calls that deactivate or delete an access key, or activate it again.
var keyEnds = map[string]bool{"UpdateAccessKey": true, "DeleteAccessKey": true}

// maxKeyEnds bounds the keys of which that is known; the others are taken for active.
const maxKeyEnds = 10_000

func (b *incidentBuilder) endsKey(r *Row, rec *parser.Record) {
	action, key := parser.Action(r.Text(2)), textOfFirst(rec, "<accessKeyId")
	was, known := b.keys[key]
	if !keyEnds[action] || !serves("iam", r.Text(3)) || key == "" || !known && len(b.keys) >= maxKeyEnds {
		return
	}
	end := keyEnd{&Mark{Time: r.Time(), EventID: own(cmp.Or(r.Text(1), r.Text(0))), Event: own(r.Text(2))}, true, action == "DeleteAccessKey"}
	if !end.deleted {
		end.off = textOfFirst(rec, "<status") == "Inactive" && (!known || was.off || !sameSecond(was.by.Time, end.by.Time))
	}
	if !was.deleted {
		b.keys[own(key)] = end
	}
}

// goneRole does so for a role.
func (d *incidentDraft) goneRole(s *stepList, account, role string) bool {
	by := d.gone("IAM role", account, role)
	if by != nil {
		s.confirmGone("role "+quoteName(role), account, by, aws("iam", "get-role").arg("--role-name", role))
	}
	return by != nil
}
