package detect

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const powerUser = "AWSReservedSSO_Power_User_0123456789abcdef"

// took is how somebody takes a permission set in Identity Center, and asserted how the service exchanges the assertion for that.
func took(at, user string) string {
	return call{at: at, name: "GetRoleCredentials", source: "sso", id: `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"` + user + `"}}`,
		as: `,"serviceEventDetails":{"account_id":"111122223333","role_name":"Power_User"}`}.String()
}

func asserted(at, user, key string) string {
	c := assume(at, `{"type":"SAMLUser","principalId":"q=:`+user+`","userName":"`+user+`"}`, powerUser, user+"_x", key)
	c.name = "AssumeRoleWithSAML"
	return c.String()
}

// whence says in words what a credential came from, and that from.
func whence(l *Lineage, key string) string {
	id, _ := l.Key(key)
	var words []string
	for _, above := range append([]NodeID{id}, l.Above(id)...) {
		n := l.Node(above)
		_, tie, ok := l.Parent(above)
		if !ok {
			words = append(words, n.Label())
			break
		}
		words = append(words, tie.Confidence.String()+" by "+tie.By)
	}
	return strings.Join(words, ", ")
}

func TestLineageAssertions(t *testing.T) {
	used := func(key, who string) string {
		return call{at: "10:05:00", name: "GetCallerIdentity", id: since("AssumedRole", "arn:aws:sts::111122223333:assumed-role/"+powerUser+"/"+who, key, "10:00:00")}.String()
	}
	for _, c := range []struct {
		name, want string
		lines      []string
	}{
		{"one took the set", "exact by AssumeRoleWithSAML, inferred, likely by GetRoleCredentials, u-1",
			[]string{took("10:00:01", "u-1"), asserted("10:00:00", "amy", "ASIA2"), used("ASIA2", "amy_x")}},
		{"two took it at once", "exact by AssumeRoleWithSAML, not tied by , q=:amy",
			[]string{took("10:00:01", "u-1"), took("10:00:01", "u-2"), asserted("10:00:00", "amy", "ASIA2"), used("ASIA2", "amy_x")}},
		{"nobody took it then", "exact by AssumeRoleWithSAML, q=:amy",
			[]string{took("10:00:09", "u-1"), asserted("10:00:00", "amy", "ASIA2"), used("ASIA2", "amy_x")}},
		{"one user with two names", "exact by AssumeRoleWithSAML, inferred, possible by GetRoleCredentials, u-1",
			[]string{took("10:00:00", "u-1"), asserted("10:00:00", "amy", "ASIA2"), used("ASIA2", "amy_x"), took("11:00:00", "u-1"), asserted("11:00:00", "bob", "ASIA3")}},
		{"one name with the assertion and without", "exact by AssumeRoleWithSAML, inferred, likely by GetRoleCredentials, u-1",
			[]string{took("09:00:00", "u-1"), strings.Replace(used("ASIA1", "amy_x"), "T10:00:00Z", "T09:00:00Z", 1), took("10:00:00", "u-1"), asserted("10:00:00", "amy", "ASIA2"), used("ASIA2", "amy_x")}},
	} {
		for range 2 {
			l := told(t, c.lines...)
			if got := whence(l, "ASIA2"); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			if n := l.Counts(); n.Untied+n.Inferred+n.Exact+n.Unused > 2 {
				t.Errorf("%s: an assertion counts as a credential: %+v", c.name, n)
			}
			slices.Reverse(c.lines)
		}
	}
}

// Of two sessions of one name and second nothing is left that belongs to neither.
func TestLineageSessionsOfOneNameAndSecond(t *testing.T) {
	l := told(t, assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2").String(), assume("10:00:00", user("AKIA8"), "admin", "s", "ASIA3").String(),
		call{at: "10:01:00", name: "GetCallerIdentity", id: since("AssumedRole", adminArn, "ASIA2", "10:00:00")}.String(),
		call{at: "10:01:00", name: "GetCallerIdentity", id: since("AssumedRole", adminArn, "ASIA3", "10:00:00")}.String())
	for id := range l.Nodes() {
		if n := l.Node(id); n.Kind == SessionNode {
			t.Errorf("%s: no call is of it", n.Label())
		}
	}
	if got := l.Counts(); got != (LineageCounts{Exact: 2}) {
		t.Errorf("%+v", got)
	}
}

// TestLineageManyGrants: each of many who take one permission set is not compared with all the others.
func TestLineageManyGrants(t *testing.T) {
	const n = 150_000
	l := NewLineage(0)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix()
	set := "111122223333/Power_User"
	for i := range n { // the latest first
		l.grants[set] = append(l.grants[set], l.begins.add(lineageIssue{at: start + 10*int64(n-i), mark: uint64(n - i)}))
	}
	began := time.Now()
	l.orderGrants()
	for i := range int64(n) {
		near := l.grantsNear("arn:aws:iam::111122223333:role/"+powerUser, start+10*(i+1)-issueReach)
		if len(near) != 1 || l.begins.at(near[0]).mark != uint64(i+1) {
			t.Fatalf("near the session %d: %v", i, near)
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("%d sessions of one permission set took %v", n, took)
	}
}
