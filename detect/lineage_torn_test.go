package detect

import (
	"slices"
	"strings"
	"testing"
)

// TestTornKeys: a key is of one principal and of one session. Calls that say otherwise are told of, in whatever order they come, and
// calls that agree are not.
func TestTornKeys(t *testing.T) {
	get := func(at, id string) string { return call{at: at, name: "GetCallerIdentity", id: id}.String() }
	early, late := since("AssumedRole", adminArn, "ASIA1", "10:00:00"), since("AssumedRole", adminArn, "ASIA1", "10:30:00")
	other := since("AssumedRole", strings.Replace(adminArn, "/s", "/a", 1), "ASIA1", "10:00:00")
	for name, c := range map[string]struct {
		calls     []string
		torn      bool
		principal string
	}{
		"they agree":       {[]string{get("11:00:00", early), get("11:00:01", early)}, false, adminArn},
		"another start":    {[]string{get("11:00:00", early), get("11:00:01", late)}, true, adminArn},
		"another session":  {[]string{get("11:00:00", early), get("11:00:01", other)}, true, strings.Replace(adminArn, "/s", "/a", 1)},
		"one that says no": {[]string{get("11:00:00", early), get("11:00:01", strings.Replace(early, "creationDate", "created", 1))}, false, adminArn},
	} {
		for range 2 {
			l := told(t, c.calls...)
			id, ok := l.Key("ASIA1")
			if n := l.Node(id); !ok || n.Torn != c.torn || n.Principal != c.principal || n.Started.Format("15:04") != "10:00" {
				t.Errorf("%s: torn %t, want %t: %+v", name, n.Torn, c.torn, n)
			}
			slices.Reverse(c.calls)
		}
	}
}

// TestTiesNotToItself: what a session issued itself it did not come from, and no session but a federated user's comes from whoever its
// calls name as the issuer.
func TestTiesNotToItself(t *testing.T) {
	session := since("AssumedRole", adminArn, "ASIA1", "10:00:00")
	named := strings.Replace(session, "arn:aws:iam::111122223333:role/admin", aliceArn, 1)
	for name, c := range map[string]struct {
		calls []call
		want  string
	}{
		"it assumed its own role":    {[]call{assume("10:00:30", session, "admin", "s", "")}, "not tied"},
		"so did somebody else":       {[]call{assume("10:00:30", session, "admin", "s", ""), assume("10:00:00", user("AKIA1"), "admin", "s", "")}, "inferred, likely: AssumeRole by AKIA1"},
		"so did somebody, before it": {[]call{assume("10:00:00", session, "admin", "s", ""), assume("09:59:58", user("AKIA1"), "admin", "s", "")}, "inferred, likely: AssumeRole by AKIA1"},
		"it names a user":            {[]call{{at: "10:00:30", name: "GetCallerIdentity", id: named}, {at: "09:00:00", name: "GetCallerIdentity", id: user("AKIA1")}}, "not tied"},
		"it names a user, of whom":   {[]call{{at: "10:00:30", name: "GetCallerIdentity", id: strings.Replace(named, "AssumedRole", "FederatedUser", 1)}, {at: "09:00:00", name: "GetCallerIdentity", id: user("AKIA1")}}, "exact:  by " + aliceArn},
	} {
		var lines []string
		for _, x := range c.calls {
			lines = append(lines, x.String())
		}
		if got := parentOf(told(t, lines...), "ASIA1"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
