package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// The phases of containment, in their order. What changes with the first step is kept before it. Revoking comes before deleting: a key that is deleted leaves the sessions alive that it
// issued. What records is restored before anything is taken away, and what is taken away is secured first. Within revoking, all that a new session can be had by is shut before the
// sessions there are end, which a policy does by the time they began: one that a key takes in between would outlive it. Within removing, a user or role goes after what it holds.
const (
	phasePreserve = "preserve"
	phaseRevoke   = "revoke"
	phaseTrust    = "cut trust"
	phaseRestore  = "restore defences"
	phaseCollect  = "collect"
	phaseRemove   = "remove"
)

var phases = []string{phasePreserve, phaseRevoke, phaseTrust, phaseRestore, phaseCollect, phaseRemove}

// stepLimit bounds the steps of one incident.
const stepLimit = 200

// verifyFirst is what comes before a command that shows the current state.
const verifyFirst = "verify the current state first"

// A stepList gathers steps.
type stepList struct {
	all  []ContainmentStep
	more int
	seen map[string]int // positions in all, by phase and words
}

func (s *stepList) add(step ContainmentStep, ids ...string) {
	key := step.Phase + "\x00" + step.Why
	if at, ok := s.seen[key]; ok {
		s.all[at].merge(step, ids)
		return
	}
	if len(s.all) >= stepLimit {
		s.more++
		return
	}
	s.seen[key] = len(s.all)
	step.Events = []string{}
	step.merge(ContainmentStep{}, ids)
	if step.Run == nil {
		step.Run = []string{}
	}
	s.all = append(s.all, step)
}

// addAfter adds a step that comes behind the others of its phase.
func (s *stepList) addAfter(step ContainmentStep, ids ...string) {
	step.after = true
	s.add(step, ids...)
}

// merge adds to a step what another of the same words says.
func (step *ContainmentStep) merge(more ContainmentStep, ids []string) {
	for _, id := range ids {
		if id != "" && !slices.Contains(step.Events, id) {
			step.Events = append(step.Events, id)
		}
	}
	for _, run := range more.Run {
		if !slices.Contains(step.Run, run) {
			step.Run = append(step.Run, run)
		}
	}
}

// note adds to the last step what holds of them all.
func (s *stepList) note(format string, args ...any) {
	last := &s.all[len(s.all)-1]
	last.Note = strings.TrimSpace(last.Note + fmt.Sprintf(format, args...))
}

// contain lists what to do, in order.
func (d *incidentDraft) contain() {
	s := &stepList{seen: map[string]int{}}
	d.left.Rows = slices.DeleteFunc(slices.Clone(d.left.Rows), d.sparesThing)
	d.preserve(s)
	d.revoke(s)
	d.thingsLeft(s)
	d.closeObjects(s)
	d.restore(s)
	d.collect(s)
	d.rename(s)
	slices.SortStableFunc(s.all, func(a, b ContainmentStep) int { return a.place() - b.place() })
	if s.more > 0 {
		s.note(" %s found no room here.", plural(int64(s.more), "further step"))
	}
	if n := d.MoreCredentials; n > 0 {
		s.note(" %s found no room: no step is proposed for what did not fit, see coldtrail pivot.", plural(int64(n), "further credential"))
	}
	d.Steps = s.all
	if d.Steps == nil {
		d.Steps = []ContainmentStep{}
	}
}

// place is where a step stands among the others: phase by phase, and in each what comes last behind the rest.
func (step *ContainmentStep) place() int {
	at := 2 * slices.Index(phases, step.Phase)
	if step.after {
		at++
	}
	return at
}

// A command is built of words; an argument that is no plain name makes it impossible.
type command struct {
	words []string
	bad   bool
}

// aws begins a command.
func aws(words ...string) *command { return &command{words: append([]string{"aws"}, words...)} }

// arg adds an option with a value of the evidence. It is refused where it is anything but letters, digits and the few signs that names, ARNs and
// IDs have: a value that begins with a dash is an option, one with "://" makes the AWS CLI read a file, and no name needs either.
func (c *command) arg(option, value string) *command {
	if !plainArgument(value) {
		c.bad = true
		return c
	}
	c.words = append(c.words, option, quoteShell(value))
	return c
}

// in adds the region.
func (c *command) in(region string) *command { return c.arg("--region", region) }

// fixed adds a word that is not of the evidence.
func (c *command) fixed(words ...string) *command {
	c.words = append(c.words, words...)
	return c
}

func (c *command) String() string {
	if c.bad {
		return ""
	}
	return strings.Join(c.words, " ")
}

func plainArgument(s string) bool {
	if s == "" || len(s) > 2048 || s[0] == '-' || strings.Contains(s, "://") {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("+=,.@_/:-", c) < 0 {
			return false
		}
	}
	return true
}

// quoteShell quotes a word for a POSIX shell: nothing is special between single quotes.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// step makes a step of commands. One that cannot be written safely is left out, and the step says so.
func step(phase, why, note string, verify *command, run ...*command) ContainmentStep {
	s := ContainmentStep{Phase: phase, Why: why, Note: note}
	if v := verify.String(); v != "" {
		s.Verify = verifyFirst + ": " + v
	}
	for _, c := range run {
		if text := c.String(); text != "" {
			s.Run = append(s.Run, text)
		} else {
			s.Note = strings.TrimSpace(s.Note + " A name is missing, or holds characters that a command should not have: no command is proposed, look the thing up.")
		}
	}
	return s
}

// denyOlder is a policy that refuses everything to sessions issued before now.
const denyOlder = `"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}}}]}"`

// revoke ends what the credentials can do: keys first, then the sessions that outlive them.
func (d *incidentDraft) revoke(s *stepList) {
	d.takePasswords(s)
	d.closeRoles(s)
	d.eachRevoked(s, d.deactivate)
	d.revokeIssued(s)
	d.eachRevoked(s, d.endSessions)
}

// eachRevoked goes over the credentials that are revoked, with the event that handed each out.
func (d *incidentDraft) eachRevoked(s *stepList, revoke func(s *stepList, c *IncidentCredential, event string)) {
	for i := range d.Credentials {
		c := &d.Credentials[i]
		if c.spared() || c.Events == 0 && c.Parent < 0 {
			continue
		}
		event := ""
		if c.By != nil {
			event = c.By.ID
		}
		if d.outside(c) {
			d.shutOut(s, c, event)
			continue
		}
		revoke(s, c, event)
	}
}

// outside reports whether a credential is of an account that the incident has no event of. A command would hit whoever has the same name in the
// account where it is run.
func (d *incidentDraft) outside(c *IncidentCredential) bool {
	account := accountIn(c.Principal)
	return isAccount(account) && len(d.Accounts) > 0 && !slices.Contains(d.Accounts, account)
}

// shutOut is about those whose keys and sessions only another account can end.
func (d *incidentDraft) shutOut(s *stepList, c *IncidentCredential, event string) {
	s.add(step(phaseRevoke, fmt.Sprintf("Shut out %s of account %s, of which the incident has no event.", who(c.Principal), quoteName(accountIn(c.Principal))),
		"Only in that account keys can be deactivated and sessions ended: where it is yours, do so there, and collect its logs. Where it is not, take it out of what lets it in here: policies of buckets, keys, queues and secrets, trust of roles, shares.", noCommand()), event, d.firstOf(c))
}

func (i IncidentStatus) word() string { return string(i) }

// takeBackRoot is about the root user, to whom no policy can be attached and whose keys only it can deactivate itself.
func (d *incidentDraft) takeBackRoot(s *stepList, c *IncidentCredential, event string) {
	account := accountIn(c.Principal)
	s.add(step(phaseRevoke, fmt.Sprintf("Take back the root user of account %s: reset its password, register its MFA devices anew, delete its access keys, and see that the e-mail address, the telephone number and the alternate contacts of the account are yours.", quoteName(account)),
		"Only the root user itself can, or the organization's management account where it has central root access. In a member account a service control policy that denies everything to the root user holds it meanwhile, its sessions too; in the management account none does.",
		aws("iam", "get-account-summary")), event, d.firstOf(c))
}

// deactivate deactivates a user's key.
func (d *incidentDraft) deactivate(s *stepList, c *IncidentCredential, event string) {
	if strings.HasSuffix(c.Principal, ":root") {
		d.takeBackRoot(s, c, event)
		return
	}
	user, isUser := pathName(c.Principal, ":user/")
	account := accountIn(c.Principal)
	if !isUser || d.goneUser(s, account, user) || !strings.HasPrefix(c.Credential, "AKIA") || d.goneKey(s, account, user, c.Credential, event, d.firstOf(c)) {
		return
	}
	s.add(step(phaseRevoke, fmt.Sprintf("Deactivate access key %s of %s in account %s.", quoteName(c.Credential), who(c.Principal), quoteName(account)),
		"Whatever uses it lawfully stops. Sessions that it issued stay alive: see the next steps.",
		aws("iam", "list-access-keys").arg("--user-name", user),
		aws("iam", "update-access-key").arg("--user-name", user).arg("--access-key-id", c.Credential).fixed("--status", "Inactive")), event, d.firstOf(c))
}

// endSessions ends the sessions that a credential is, or that its user began: after no key of the incident can begin another.
func (d *incidentDraft) endSessions(s *stepList, c *IncidentCredential, event string) {
	user, isUser := pathName(c.Principal, ":user/")
	account := accountIn(c.Principal)
	switch {
	case isUser && d.gone("IAM user", account, user) != nil:
	case isUser:
		d.denyUser(s, c.Principal, user, event, d.firstOf(c))
	case strings.Contains(c.Principal, ":federated-user/"):
		s.addAfter(ContainmentStep{Phase: phaseRevoke, Why: fmt.Sprintf("End the session of %s.", who(c.Principal)),
			Note: "A federated session lives as long as it was issued for, whatever happens to the key; only a policy that denies everything to the user who asked for it ends it: see that user's step."}, event, d.firstOf(c))
	default:
		if role, ok := roleOf(c); ok && !d.goneRole(s, account, role) {
			d.denyRole(s, account, role, "Whoever its trust policy lets in can begin another one: see whom, and close it where that is who acted here (aws iam update-assume-role-policy).", event, d.firstOf(c))
		}
	}
}

// denyUser refuses everything to a user's sessions.
func (d *incidentDraft) denyUser(s *stepList, principal, user string, ids ...string) {
	s.addAfter(step(phaseRevoke, fmt.Sprintf("Refuse everything to sessions of %s in account %s that began before now.", who(principal), quoteName(accountIn(principal))),
		"Sessions that a key or a password began live on when it is gone: this ends them, those of the owner too. Remove it when the user is clean.",
		aws("iam", "list-user-policies").arg("--user-name", user),
		aws("iam", "put-user-policy").arg("--user-name", user).fixed("--policy-name", "RevokeOlderSessions", "--policy-document", denyOlder)), ids...)
}

// revokeIssued deactivates keys that were handed out and that no call is seen of.
func (d *incidentDraft) revokeIssued(s *stepList) {
	for i := range d.events {
		e := &d.events[i]
		if e.issued == "" || e.weak || d.sparesEvent(e) || d.sparesKey(e.issued) || !strings.HasPrefix(e.issued, "AKIA") || slices.ContainsFunc(d.Credentials, func(c IncidentCredential) bool {
			return c.Credential == e.issued && strings.Contains(c.Principal, ":user/")
		}) {
			continue
		}
		user := e.owner
		if user == "" && strings.HasSuffix(e.Principal, ":root") {
			s.add(step(phaseRevoke, fmt.Sprintf("Delete access key %s, which the root user of account %s made for itself.", quoteName(e.issued), quoteName(e.Account)),
				"Only the root user itself can, or the organization's management account where it has central root access.", noCommand()), e.ID)
			continue
		}
		if d.goneUser(s, e.Account, user) || d.goneKey(s, e.Account, user, e.issued, e.ID) {
			continue
		}
		use := "has not been seen in use"
		if d.Untold > 0 || d.MoreCredentials > 0 { // it may have been
			use = "of whose use nothing is told here"
		}
		s.add(step(phaseRevoke, fmt.Sprintf("Deactivate access key %s, which was made for user %s of account %s and %s.", quoteName(e.issued), quoteName(user), quoteName(e.Account), use), "",
			aws("iam", "list-access-keys").arg("--user-name", user),
			aws("iam", "update-access-key").arg("--user-name", user).arg("--access-key-id", e.issued).fixed("--status", "Inactive")), e.ID)
	}
}

// firstOf returns the ID of the first event of a credential.
func (d *incidentDraft) firstOf(c *IncidentCredential) string {
	for i := range d.events {
		e := &d.events[i]
		if c.Credential != "" && e.Credential == c.Credential || c.Credential == "" && e.Credential == "" && e.Principal == c.Principal {
			return e.ID
		}
	}
	return ""
}

// pathName takes a name out of an ARN, without its path.
func pathName(arn, kind string) (string, bool) {
	_, path, ok := strings.Cut(arn, kind)
	return path[strings.LastIndexByte(path, '/')+1:], ok
}

// roleOf returns the name of the role of a session.
func roleOf(c *IncidentCredential) (string, bool) {
	if c.Kind == principalKind && c.Events == 0 {
		return "", false
	}
	return pathName(detect.RoleOf(c.Principal), ":role/")
}
