package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// The facts of a containment.
const (
	factContained = "contained"       // a key, or "role/", "user/" and "password/" with the name of the role or user
	factRestored  = "restored"        // what is usable again, likewise
	factDenial    = "denial"          // the inline policy that contains or contained
	factIssuer    = "session_issuer"  // the role or user of the caller's session, likewise
	factPassword  = "session_sign_in" // the password that the caller's session of the console began with, likewise
)

// containment lets through what contains, what issues, and what credentials do.
func containment(r *parser.Record) (Evidence, bool) {
	if Operational(r) || !isCredentialType(r.Identity.Type) {
		return nil, false
	}
	f := facts{r: r}
	if r.ErrorCode == "" {
		f.add(factContained, contained(&f))
		f.add(factRestored, restored(&f))
		if strings.HasSuffix(r.Name, "Policy") {
			f.add(factDenial, f.param("policyName"))
		}
		f.add(FactIssuedKey, f.response("credentials.accessKeyId"))
	}
	switch {
	case r.Identity.IssuerType == "Role":
		f.add(factIssuer, "role/"+r.Identity.IssuerName)
	case r.Identity.IssuerName != "":
		f.add(factIssuer, "user/"+r.Identity.IssuerName)
	case r.Identity.Type == "AssumedRole":
		f.add(factIssuer, "role/"+baseName(RoleOf(r.Identity.ARN)))
	case r.Identity.Type == "IAMUser":
		f.add(factIssuer, "user/"+r.Identity.UserName)
		if r.FromConsole == "true" {
			f.add(factPassword, "password/"+r.Identity.UserName)
		}
	}
	return f.e, true
}

// contained returns what a call put out of use.
func contained(f *facts) string {
	if f.r.EventSource != "iam.amazonaws.com" {
		return "" // other services have users, too
	}
	switch f.r.Name {
	case "UpdateAccessKey":
		if f.param("status") == "Inactive" {
			return f.param("accessKeyId")
		}
	case "DeleteAccessKey":
		return f.param("accessKeyId")
	case "DeleteUser":
		return "user/" + f.param("userName")
	case "DeleteLoginProfile": // who gives up the own password may go on
		if user := f.param("userName"); !f.own(user, "") {
			return "password/" + user
		}
	case "PutRolePolicy", "PutUserPolicy":
		if f.refusesOlder() {
			return f.inlineOf()
		}
	}
	return ""
}

// restored returns what a call makes usable again that was put out of use.
func restored(f *facts) string {
	if f.r.EventSource != "iam.amazonaws.com" {
		return ""
	}
	switch f.r.Name {
	case "UpdateAccessKey":
		if f.param("status") == "Active" {
			return f.param("accessKeyId")
		}
	case "CreateLoginProfile":
		return "password/" + f.param("userName")
	case "DeleteRolePolicy", "DeleteUserPolicy":
		return f.inlineOf()
	case "PutRolePolicy", "PutUserPolicy": // in place of what it was
		if !f.refusesOlder() {
			return f.inlineOf()
		}
	}
	return ""
}

// inlineOf names whose the inline policy is that a call is about.
func (f *facts) inlineOf() string {
	if role := f.param("roleName"); role != "" {
		return "role/" + role
	}
	return "user/" + f.param("userName")
}

// refusesOlder reports whether an inline policy refuses what sessions ask that were issued before some time: by the name that IAM's console
// gives it, and that others keep, or by what it says.
func (f *facts) refusesOlder() bool {
	document := strings.ToLower(f.param("policyDocument"))
	return strings.Contains(f.param("policyName"), "RevokeOlderSessions") ||
		strings.Contains(document, "aws:tokenissuetime") && strings.Contains(document, "deny") && strings.Contains(document, "datelessthan")
}
