package detect

import (
	"strings"
	"testing"
)

// detectorOf returns a registered detector.
func detectorOf(t testing.TB, id string) *Detector {
	t.Helper()
	for _, d := range All() {
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("no detector %q", id)
	return nil
}

// TestRoleRevokedAgain: a session that began after the first revocation of its role outlives the second, and one that
// outlives the first does so still while the second spreads.
func TestRoleRevokedAgain(t *testing.T) {
	session := func(began string) string {
		return `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/x","accountId":"111122223333","accessKeyId":"ASIA1",` +
			`"sessionContext":{"sessionIssuer":{"type":"Role","userName":"app"},"attributes":{"creationDate":"2026-01-02T` + began + `Z"}}}`
	}
	revoke := func(at string) example {
		return example{at: at, call: "iam:PutRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"AWSRevokeOlderSessions"}`}
	}
	d := detectorOf(t, "credential-outlives-containment")
	for began, want := range map[string]string{"02:00:00": "03:10:00", "03:30:00": "04:10:00", "04:30:00": ""} {
		found := run(t, d, records(t, story(revoke("03:10:00"), revoke("04:10:00"),
			example{at: "05:20:00", call: "iam:CreateUser", key: "ASIA1", who: session(began)})))
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.Contains(found[0].Why, want)) {
			t.Errorf("began %s: %+v, want one since %q", began, found, want)
		}
	}
	found := run(t, d, records(t, story(revoke("03:10:00"), revoke("05:19:30"),
		example{at: "05:20:00", call: "iam:CreateUser", key: "ASIA1", who: session("02:00:00")})))
	if len(found) != 1 {
		t.Errorf("while the second spreads: %+v", found)
	}
}

// TestContainedIsWhoseItIs: a role of another account that has the contained one's name is another role, and who is deleted
// from another service's directory is no user of IAM.
func TestContainedIsWhoseItIs(t *testing.T) {
	d := detectorOf(t, "credential-outlives-containment")
	session := func(account string) string {
		return `{"type":"AssumedRole","arn":"arn:aws:sts::` + account + `:assumed-role/app/x","accountId":"` + account + `","accessKeyId":"ASIA1",` +
			`"sessionContext":{"sessionIssuer":{"type":"Role","userName":"app"},"attributes":{"creationDate":"2026-01-02T02:00:00Z"}}}`
	}
	revoked := example{at: "03:10:00", call: "iam:PutRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"AWSRevokeOlderSessions"}`}
	for account, want := range map[string]int{"111122223333": 1, "999988887777": 0} {
		use := example{at: "05:20:00", call: "iam:CreateUser", key: "ASIA1", who: session(account)}
		if found := run(t, d, records(t, story(revoked, use))); len(found) != want {
			t.Errorf("session of %s: %+v", account, found)
		}
	}
	nameless := `{"type":"IAMUser","accountId":"111122223333","accessKeyId":"ASIA1","sessionContext":{"attributes":{"creationDate":"2026-01-02T02:00:00Z"}}}`
	found := run(t, d, records(t, story(
		example{at: "03:10:00", call: "identitystore:DeleteUser", key: "AKIA2", who: "bob", in: `{"userId":"9067"}`},
		example{at: "05:20:00", call: "iam:CreateUser", who: nameless})))
	if len(found) > 0 {
		t.Errorf("deleted from a directory: %+v", found)
	}
}

// TestContainersAreNotAccused: whoever puts a credential out of use, or makes a trail record again that somebody else stopped, is named by
// none of the finding's events, and the event by its ID in what the finding says.
func TestContainersAreNotAccused(t *testing.T) {
	const who = "arn:aws:iam::111122223333:user/bob"
	bob := func(at, call, in string) example {
		return example{at: at, call: call, key: "AKIA2", who: "bob", ip: "198.51.100.7", in: in}
	}
	for id, all := range map[string][]example{
		"credential-outlives-containment": {
			{at: "03:00:00", call: "sts:GetFederationToken", key: "AKIA1", out: issuedKey("ASIA1")},
			bob("03:10:00", "iam:UpdateAccessKey", `{"userName":"alice","accessKeyId":"AKIA1","status":"Inactive"}`),
			{at: "03:20:00", call: "iam:CreateUser", key: "ASIA1"}},
		"logging-blind-window": {
			{at: "03:00:00", key: "AKIA1", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
			{at: "03:10:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`},
			bob("04:00:00", "cloudtrail:StartLogging", `{"name":"main"}`)},
	} {
		recs := records(t, story(all...))
		found := run(t, detectorOf(t, id), recs)
		if len(found) != 1 {
			t.Fatalf("%s: %+v", id, found)
		}
		for _, e := range found[0].Events {
			if e.Principal == who {
				t.Errorf("%s: accused for %s", id, e.Name)
			}
		}
		for _, r := range recs {
			if r.Identity.ARN == who && !strings.Contains(found[0].Why, r.ID) {
				t.Errorf("%s: %s does not say by which event", id, found[0].Why)
			}
		}
	}
}

// TestRevokedByTwoPolicies: who takes one of two refusals away leaves the other.
func TestRevokedByTwoPolicies(t *testing.T) {
	d := detectorOf(t, "credential-outlives-containment")
	role := func(at, call, policy string) example {
		return example{at: at, call: "iam:" + call, key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"` + policy + `","policyDocument":"{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"2026-01-02T03:00:00Z\"}}}]}"}`}
	}
	use := example{at: "05:20:00", call: "iam:CreateUser", key: "ASIA1", who: `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/x","accountId":"111122223333","accessKeyId":"ASIA1",` +
		`"sessionContext":{"sessionIssuer":{"type":"Role","userName":"app"},"attributes":{"creationDate":"2026-01-02T02:00:00Z"}}}`}
	both := []example{role("03:00:00", "PutRolePolicy", "a"), role("03:10:00", "PutRolePolicy", "b")}
	for name, c := range map[string]struct {
		gone []example
		want int
	}{
		"none gone": {nil, 1}, "the last gone": {[]example{role("04:00:00", "DeleteRolePolicy", "b")}, 1}, "the first gone": {[]example{role("04:00:00", "DeleteRolePolicy", "a")}, 1},
		"both gone": {[]example{role("04:00:00", "DeleteRolePolicy", "b"), role("04:10:00", "DeleteRolePolicy", "a")}, 0},
	} {
		if found := run(t, d, records(t, story(append(append(both[:2:2], c.gone...), use)...))); len(found) != c.want {
			t.Errorf("%s: %+v, want %d", name, found, c.want)
		}
	}
}
