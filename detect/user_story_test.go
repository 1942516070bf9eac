package detect

import "testing"

// TestPasswordsOfTheHelpDesk: whoever signs in with a password that was set in the same office is the one who set it, if the
// program is the same, and may be the user otherwise.
func TestPasswordsOfTheHelpDesk(t *testing.T) {
	browser := "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
	made := example{at: "03:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`}
	admin := example{at: "03:00:30", key: "AKIA1", call: "iam:AttachUserPolicy", in: `{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`}
	password := example{at: "03:01:00", key: "AKIA1", call: "iam:CreateLoginProfile", in: `{"userName":"eve"}`}
	signIn := example{at: "03:10:00", who: "eve", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`}
	elsewhere := signIn
	elsewhere.agent = browser
	for name, x := range map[string]struct {
		detector string
		events   []string
		want     Severity
	}{
		"reset":                     {"other-user-taken-over", story(password, signIn), Medium},
		"reset, a browser":          {"other-user-taken-over", story(password, elsewhere), Low},
		"made":                      {"user-made-and-used", story(made, password, signIn), Medium},
		"made, a browser":           {"user-made-and-used", story(made, password, elsewhere), Low},
		"administrator":             {"user-made-and-used", story(made, admin, password, signIn), High},
		"administrator, by browser": {"user-made-and-used", story(made, admin, password, elsewhere), Medium},
	} {
		found := run(t, detectorOf(t, x.detector), records(t, x.events))
		if len(found) != 1 || found[0].Severity != x.want {
			t.Errorf("%s: %+v, want one that is %s", name, found, x.want)
		}
	}
}
