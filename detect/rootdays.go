package detect

import (
	"fmt"
	"strings"
)

// rootDays is the state of root-at-work.
type rootDays struct {
	changes int
	of      *spells[rootDay]
}

type rootDay struct {
	recovered, in bool
	changed       few
	credentials   few // calls that changed who may come in
	read, refused int
}

// credentialCalls are what somebody who took root over does first.
var credentialCalls = map[string]bool{
	"CreateAccessKey": true, "DeactivateMFADevice": true, "DeleteVirtualMFADevice": true, "EnableMFADevice": true, "CreateLoginProfile": true, "CreateUser": true,
	"UpdateLoginProfile": true, "EmailUpdated": true, "PasswordUpdated": true, "AttachUserPolicy": true, "CreateRole": true, "UpdateAssumeRolePolicy": true,
}

func (s *rootDays) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		v := s.of.touch(SubjectOf(ref)+" of "+ref.Account, ref)
		x, result := &v.x, batch[i].e.Get(FactOutcome)
		switch {
		case result != "" && result != "Success", ref.ErrorCode != "" || ref.ErrorMessage != "":
			x.refused++
		case strings.HasPrefix(ref.Name, "PasswordRecovery"):
			x.recovered = true
		case ref.Name == "ConsoleLogin":
			x.in = true
		case ref.changes() || credentialCalls[ref.Name]:
			x.changed.add(ref.Name)
			if credentialCalls[ref.Name] {
				x.credentials.add(ref.Name)
			}
		default:
			x.read++
		}
		s.of.add(v, ref)
	}
}

func (s *rootDays) judge(v *spell[rootDay]) (Severity, string, bool) {
	x := &v.x
	var parts []string
	if x.recovered {
		parts = append(parts, "the password was recovered")
	}
	if x.in {
		parts = append(parts, "signed in")
	}
	if x.changed.len() > 0 {
		parts = append(parts, "changed: "+orList(&x.changed))
	}
	if x.read > 0 {
		parts = append(parts, plural(x.read, "other call"))
	}
	severity := Low
	switch {
	case x.recovered && x.credentials.len() > 0:
		severity = High
	case x.credentials.len() > 1, x.changed.len() >= s.changes:
		severity = Medium
	}
	return severity, fmt.Sprintf("root user: %s (%s)", strings.Join(parts, "; "), plural(v.count, "event")), len(parts) > 0
}
