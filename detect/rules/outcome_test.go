package rules

import (
	"encoding/json"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// refusalCodes are the codes by which services refuse a call; see detect.Denied.
var refusalCodes = []string{
	"AccessDenied", "AccessDeniedException", "AccessDeniedFault", "Client.AccessDenied", "KMS.AccessDeniedException", "VpceAccessDenied",
	"UnauthorizedOperation", "Client.UnauthorizedOperation", "UnauthorizedException", "UnauthorizedRequest",
	"NotAuthorized", "NotAuthorizedException", "Client.NotAuthorizedForSourceBucket",
	"AuthorizationError", "AuthorizationErrorException", "ForbiddenException", "InsufficientPrivilegesException",
}

// TestAttemptsAreToldApart: what a rule says of a call that succeeded, it says of none that
// was refused, by whatever code, or that failed for another reason.
func TestAttemptsAreToldApart(t *testing.T) {
	texts := map[string]written{}
	for _, f := range Files() {
		texts[f.Name] = read(t, f)
	}
	told := 0
	for _, r := range loaded().Rules {
		w := texts[r.File]
		if r.Detector == nil || w.Correlation != nil || w.Coldtrail.Outcome == "any" {
			continue
		}
		for _, hit := range r.Hits {
			if len(hit) != 1 || expected(t, w, hit) != severity(t, w.Level) {
				continue // an attempt itself
			}
			for _, code := range append([]string{"ThrottlingException"}, refusalCodes...) {
				attempt := withError(t, hit[0], code)
				for _, f := range find(t, r.Detector, []string{attempt}) {
					told++
					if want := expected(t, w, []string{attempt}); f.Severity != want {
						t.Errorf("%s: %s: %s, want %s", r.File, code, f.Severity, want)
					}
				}
			}
			break
		}
	}
	if told < 1000 {
		t.Errorf("%d attempts were told apart", told)
	}
	for _, code := range refusalCodes {
		if !detect.Denied(code) {
			t.Errorf("%s is no denial", code)
		}
	}
}

func withError(t *testing.T, event, code string) string {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(event), &all); err != nil {
		t.Fatal(err)
	}
	all["errorCode"], _ = json.Marshal(code)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
