package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// stepAt returns the position of the first step one of whose commands begins so; -1: there is none.
func stepAt(in *Incident, command string) int {
	return slices.IndexFunc(in.Steps, func(s ContainmentStep) bool {
		return slices.ContainsFunc(append([]string{strings.TrimPrefix(s.Verify, verifyFirst+": ")}, s.Run...), func(run string) bool { return strings.HasPrefix(run, command) })
	})
}

// one is a story's only incident.
func one(t *testing.T, calls []storyCall, judged []Judgement, findings ...storyFinding) *Incident {
	t.Helper()
	all := storyIncidents(t, calls, judged, findings...)
	if len(all) != 1 {
		t.Fatalf("%d incidents", len(all))
	}
	return &all[0]
}

// stepsOf shows the steps, for a test's complaint.
func stepsOf(in *Incident) string {
	var b strings.Builder
	for i, s := range in.Steps {
		b.WriteString("\n" + strings.Join(append([]string{string(rune('1' + i)), s.Phase, s.Why, s.Verify, s.Note}, s.Run...), " | "))
	}
	return b.String()
}

// A guessed password is taken away before the sessions are ended: whoever knows it would sign in again.
func TestContainPassword(t *testing.T) {
	calls := append(eachDay("bob", "AKIA5", "192.0.2.2", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", ip: "203.0.113.9", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", ip: "203.0.113.9", call: "iam:UpdateLoginProfile", in: `{"userName":"bob"}`},
		storyCall{id: "c", at: "10T02:02:00", who: "alice", ip: "203.0.113.9", call: "iam:UpdateLoginProfile", in: `{"userName":"alice"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b"}})
	password, deny := stepAt(in, "aws iam delete-login-profile --user-name 'alice'"), stepAt(in, "aws iam put-user-policy --user-name 'alice'")
	if password < 0 || deny < password || stepAt(in, "aws iam list-mfa-devices --user-name 'alice'") < 0 || stepAt(in, "aws iam delete-login-profile --user-name 'bob'") < 0 {
		t.Fatalf("password %d, deny %d:%s", password, deny, stepsOf(in))
	}
	if got := strings.Join(in.Steps[password].Events, " "); got != "a c" || len(in.Steps[password].Run) != 1 {
		t.Errorf("one password, one step: %s, %q", got, in.Steps[password].Run)
	}
}
