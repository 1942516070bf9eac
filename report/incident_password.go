package report

import (
	"fmt"
	"slices"
)

// takePasswords takes the console passwords away that the incident's callers signed in with, and those that were set: a policy that
// refuses sessions begun before now lets whoever knows the password sign in again.
func (d *incidentDraft) takePasswords(s *stepList) {
	for i := range d.events {
		e := &d.events[i]
		user, isUser := pathName(e.Principal, ":user/")
		if isUser && e.Name == "ConsoleLogin" && e.outcome == succeeded && d.revoked(e) && d.gone("IAM user", accountIn(e.Principal), user) == nil {
			d.takePassword(s, accountIn(e.Principal), user, "It was signed in with.", e.ID)
		}
	}
	for i := range d.left.Rows {
		row := &d.left.Rows[i]
		if row.Kind != "console password" || row.State == Removed || d.gone("IAM user", row.Account, row.Target) != nil {
			continue
		}
		if row.State == Replaced {
			s.add(step(phaseRevoke, fmt.Sprintf("See that the owner has the console password of IAM user %s in account %s: the incident set it at %s, and it was set anew by %s.", quoteName(row.Target), quoteName(row.Account), clockOf(row.Made.Time), setAnew(row)),
				"Sessions that the earlier one began stay alive: see the next steps.", aws("iam", "get-login-profile").arg("--user-name", row.Target)), row.Made.EventID)
			d.lookThrough(s, row.Account, row.Target, row.Made.EventID)
		} else {
			d.takePassword(s, row.Account, row.Target, fmt.Sprintf("%s set it at %s.", quoteName(row.Made.Event), clockOf(row.Made.Time)), row.Made.EventID)
		}
	}
}

// revoked reports whether the credential behind an event is one that is revoked: nobody holds that it is in good hands.
func (d *incidentDraft) revoked(e *toldEvent) bool {
	at, ok := d.numbers[e.node]
	return !ok || !d.Credentials[at].spared()
}

// spared reports whether an examiner holds that a credential is in good hands.
func (c *IncidentCredential) spared() bool {
	return c.Status == IncidentCleared.word() || c.Status == IncidentResponder.word()
}

// sparesEvent reports whether an examiner holds that what an event did was done in good faith: nothing of it is undone.
func (d *incidentDraft) sparesEvent(e *toldEvent) bool {
	v, ok := d.b.judged.OfEvent(e.ref())
	return ok && !v.Disputed && !v.As.Accuses()
}

// sparesKey does so for an access key of the incident.
func (d *incidentDraft) sparesKey(key string) bool {
	return slices.ContainsFunc(d.Credentials, func(c IncidentCredential) bool { return c.Credential == key && c.spared() })
}

// sparesThing does so for a thing that was left behind.
func (d *incidentDraft) sparesThing(row PersistenceRow) bool {
	e := d.at(row.Made.Ordinal)
	return e != nil && d.sparesEvent(e) || row.Kind == "access key" && d.sparesKey(row.Target)
}

func (d *incidentDraft) takePassword(s *stepList, account, user, because, id string) {
	whose := fmt.Sprintf("of IAM user %s in account %s", quoteName(user), quoteName(account))
	s.add(step(phaseRevoke, "Take away the console password "+whose+".", because+" The owner needs a new one. Sessions that it began stay alive: see the next steps.",
		aws("iam", "get-login-profile").arg("--user-name", user),
		aws("iam", "delete-login-profile").arg("--user-name", user)), id)
	d.lookThrough(s, account, user, id)
}

// lookThrough looks at what else a user signs in with, and ends the sessions that are.
func (d *incidentDraft) lookThrough(s *stepList, account, user, id string) {
	s.add(step(phaseRevoke, fmt.Sprintf("Look through the MFA devices of IAM user %s in account %s.", quoteName(user), quoteName(account)),
		"Deactivate each that is not the owner's (aws iam deactivate-mfa-device), by its serial number.",
		aws("iam", "list-mfa-devices").arg("--user-name", user)), id)
	d.denyUser(s, "arn:aws:iam::"+account+":user/"+user, user, id)
}
