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

// What the evidence shows as deleted is not contained again: it is looked after, and nothing is asked about a user that is gone.
func TestContainGone(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:AttachUserPolicy", in: `{"userName":"tmp","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`},
		storyCall{id: "d", at: "10T02:00:30", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA3"}}`},
		storyCall{id: "e", at: "10T02:00:40", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA4"}}`},
		storyCall{id: "f", at: "10T02:10:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteAccessKey", in: `{"userName":"tmp","accessKeyId":"AKIA2"}`},
		storyCall{id: "g", at: "10T02:10:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteUser", in: `{"userName":"tmp"}`},
		storyCall{id: "h", at: "10T02:10:20", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:DeleteAccessKey", in: `{"userName":"bob","accessKeyId":"AKIA3"}`})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a", "b", "c", "d", "e"}})
	for _, command := range []string{"aws iam put-user-policy --user-name 'tmp'", "aws iam update-access-key --user-name 'tmp'", "aws iam update-access-key --user-name 'bob' --access-key-id 'AKIA3'", "aws iam detach-user-policy --user-name 'tmp'"} {
		if stepAt(in, command) >= 0 {
			t.Errorf("%s is of what is gone:%s", command, stepsOf(in))
		}
	}
	user, key := stepAt(in, "aws iam get-user --user-name 'tmp'"), stepAt(in, "aws iam list-access-keys --user-name 'bob'")
	if user < 0 || key < 0 || stepAt(in, "aws iam update-access-key --user-name 'bob' --access-key-id 'AKIA4'") < 0 {
		t.Fatalf("gone: %d, %d:%s", user, key, stepsOf(in))
	}
	if w, events := in.Steps[user].Why, in.Steps[user].Events; !strings.Contains(w, "IAM user tmp of account 111122223333 is gone: DeleteUser deleted it at 2026-03-10 02:10:10") || !slices.Equal(events, []string{"g"}) {
		t.Errorf("%s %q", w, events)
	}
	asked := strings.Join(in.Questions, "\n")
	if strings.Contains(asked, "evidence: IAM user tmp") || !strings.Contains(asked, "AKIA2 (made for IAM user tmp), deleted at 2026-03-10 02:10:00, AKIA3 (made for IAM user bob), deleted at") || !strings.Contains(asked, "AKIA4 (made for IAM user bob). Were") {
		t.Errorf("asked:\n%s", asked)
	}
}

// A user is no question where its key was used.
func TestAskUnusedUser(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"tmp"}`, out: `{"user":{"arn":"arn:aws:iam::111122223333:user/tmp","userName":"tmp"}}`},
		storyCall{id: "b", at: "10T02:00:10", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"tmp"}`, out: `{"accessKey":{"userName":"tmp","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "10T02:00:20", who: "tmp", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"})
	for used, want := range map[int]bool{2: true, 3: false} {
		n := len(calls) - 3 + used
		asked := strings.Join(one(t, calls[:n], nil, storyFinding{"keys", detect.High, []string{"a", "b"}}).Questions, "\n")
		if strings.Contains(asked, "evidence: IAM user tmp") || strings.Contains(asked, "no use is seen") != want {
			t.Errorf("%d calls: asked:\n%s", used, asked)
		}
	}
}
