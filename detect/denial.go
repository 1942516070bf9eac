package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// refusals are the words by which AWS services name a refusal for want of
// permission. Each stands for a family: services put prefixes (Client., Vpce,
// KMS) and suffixes (Exception, Fault, .IamAction) around them.
var refusals = [...]string{
	"AccessDenied", "Unauthorized", "NotAuthorized", "AuthorizationError",
	"Forbidden", "InsufficientPrivileges",
}

// Denied reports whether an errorCode says that the caller lacked permission.
// Codes that say something else about the credential (ExpiredToken,
// SignatureDoesNotMatch, AuthFailure) are not denials, and neither is
// DryRunOperation: it says that the call would have been allowed.
func Denied(code string) bool {
	if code == "" {
		return false
	}
	for _, word := range refusals {
		if strings.Contains(code, word) {
			return true
		}
	}
	return false
}

// Operational reports whether AWS itself made the call, in its own name or for
// the principal (invokedBy). Such calls are folded as operational by the
// built-in detectors: they are never findings by themselves.
func Operational(r *parser.Record) bool { return operational(r.Identity.Type, r.Identity.InvokedBy) }

// Operational is the function of the same name for an event's hot fields.
func (r *EventRef) Operational() bool { return operational(r.PrincipalType, r.InvokedBy) }

// ByOrder reports whether a service made the call since somebody had written it down for the service: a resource of a stack, a step
// of an automation or of a state machine, what a schedule calls. Operational holds of such calls too, since templates change
// much that nobody need look at; what is grave by itself is a finding nevertheless: an intruder can have all of it done so.
func ByOrder(r *parser.Record) bool {
	switch strings.TrimSuffix(r.Identity.InvokedBy, ".cn") {
	case "cloudformation.amazonaws.com", "ssm.amazonaws.com", "states.amazonaws.com", "scheduler.amazonaws.com":
		return r.Identity.Type != awsService
	}
	return false
}

func operational(identityType, invokedBy string) bool {
	return identityType == awsService || invokedBy != "" && invokedBy != consoleSignin
}

const (
	awsService = "AWSService"
	// consoleSignin is what records up to about 2019 name as invokedBy where a person called by way of the console.
	consoleSignin = "signin.amazonaws.com"
)
