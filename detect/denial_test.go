package detect

import (
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

func TestDenied(t *testing.T) {
	for code, want := range map[string]bool{
		"AccessDenied":                        true,
		"AccessDeniedException":               true,
		"AccessDeniedFault":                   true,
		"Client.AccessDenied":                 true,
		"KMS.AccessDeniedException":           true,
		"VpceAccessDenied":                    true,
		"UnauthorizedOperation":               true,
		"Client.UnauthorizedOperation":        true,
		"UnauthorizedException":               true,
		"UnauthorizedRequest":                 true,
		"NotAuthorized":                       true,
		"NotAuthorizedException":              true,
		"Client.NotAuthorizedForSourceBucket": true,
		"AuthorizationError":                  true,
		"AuthorizationErrorException":         true,
		"ForbiddenException":                  true,
		"InsufficientPrivilegesException":     true,
		"":                                    false,
		"DryRunOperation":                     false,
		"Client.DryRunOperation":              false,
		"ThrottlingException":                 false,
		"NoSuchEntityException":               false,
		"Client.InvalidPermission.NotFound":   false,
		"ExpiredToken":                        false,
		"SignatureDoesNotMatch":               false,
		"InvalidClientTokenId":                false,
		"Client.AuthFailure":                  false,
		"NoSuchBucketPolicy":                  false,
	} {
		if got := Denied(code); got != want {
			t.Errorf("Denied(%q) = %t", code, got)
		}
	}
}

func TestOperational(t *testing.T) {
	for _, c := range []struct {
		typ, by string
		want    bool
	}{
		{"AWSService", "", true},
		{"IAMUser", "cloudformation.amazonaws.com", true},
		{"", "secretsmanager.amazonaws.com", true},
		{"IAMUser", "", false},
		{"IAMUser", "signin.amazonaws.com", false}, // a person at the console, in old records
		{"Root", "signin.amazonaws.com", false},
		{"AWSAccount", "", false},
	} {
		r := parser.Record{Identity: parser.Identity{Type: c.typ, InvokedBy: c.by}}
		ref := NewRef(&r, Place{})
		if Operational(&r) != c.want || ref.Operational() != c.want {
			t.Errorf("Operational(%q, invoked by %q): not %t", c.typ, c.by, c.want)
		}
	}
}

// TestByOrder: what services do since somebody wrote it down for them, and what they do for themselves.
func TestByOrder(t *testing.T) {
	for _, c := range []struct {
		typ, by string
		want    bool
	}{
		{"AssumedRole", "cloudformation.amazonaws.com", true},
		{"AssumedRole", "cloudformation.amazonaws.com.cn", true},
		{"IAMUser", "ssm.amazonaws.com", true},
		{"AssumedRole", "states.amazonaws.com", true},
		{"AssumedRole", "scheduler.amazonaws.com", true},
		{"AWSService", "cloudformation.amazonaws.com", false},
		{"AssumedRole", "backup.amazonaws.com", false},
		{"AssumedRole", "", false},
	} {
		if got := ByOrder(&parser.Record{Identity: parser.Identity{Type: c.typ, InvokedBy: c.by}}); got != c.want {
			t.Errorf("%s, invoked by %q: %t", c.typ, c.by, got)
		}
	}
}
