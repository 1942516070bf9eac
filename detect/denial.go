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

func operational(identityType, invokedBy string) bool {
	return identityType == awsService || invokedBy != "" && invokedBy != consoleSignin
}

const (
	awsService = "AWSService"
	// consoleSignin is what records up to about 2019 name as invokedBy where a person called by way of the console.
	consoleSignin = "signin.amazonaws.com"
)
