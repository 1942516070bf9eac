package detect

import (
	"slices"
	"testing"
)

// What a user does who was made in the evidence comes, by the user, from whoever made it.
func TestLineageOfMadeUsers(t *testing.T) {
	const bob = "arn:aws:iam::111122223333:user/bob"
	made := func(at, by string) call {
		return call{at: at, name: "CreateUser", source: "iam", id: user(by), in: `{"userName":"bob"}`, out: `{"user":{"userName":"bob","arn":"` + bob + `"}}`}
	}
	failed := made("09:00:00", "AKIA9")
	failed.out, failed.as = "null", `,"errorCode":"EntityAlreadyExists"`
	lines := []string{failed.String(), made("10:00:00", "AKIA1").String(), made("11:00:00", "AKIA8").String(),
		call{at: "12:00:00", name: "ConsoleLogin", source: "signin", id: `{"type":"IAMUser","arn":"` + bob + `"}`, out: `{"ConsoleLogin":"Success"}`}.String(),
		call{at: "12:00:05", name: "ListUsers", source: "iam", id: since("IAMUser", bob, "ASIA2", "12:00:01")}.String()}
	for range 2 {
		l := told(t, lines...)
		id, _ := l.Key("ASIA2")
		var way []string
		for _, above := range l.Above(id) {
			n := l.Node(above)
			way = append(way, n.Label())
		}
		if want := []string{bob, "AKIA8", aliceArn}; !slices.Equal(way, want) { // the later one made the user that is there then
			t.Errorf("%q, want %q", way, want)
		}
		user, _ := l.Principal(bob)
		if _, tie, ok := l.Parent(user); !ok || tie.By != "CreateUser" || tie.Confidence != Exact {
			t.Errorf("%+v", tie)
		}
		slices.Reverse(lines)
	}
}

// A user who is made again under the name of one who was there is another one: what the earlier one did comes from nobody, and
// what each later one did from whoever made that one.
func TestLineageOfUsersOfOneName(t *testing.T) {
	const bob = "arn:aws:iam::111122223333:user/bob"
	made := func(at, by string) string {
		return call{at: at, name: "CreateUser", source: "iam", id: user(by), in: `{"userName":"bob"}`, out: `{"user":{"userName":"bob","arn":"` + bob + `"}}`}.String()
	}
	login := func(at string) string {
		return call{at: at, name: "ConsoleLogin", source: "signin", id: `{"type":"IAMUser","arn":"` + bob + `"}`, out: `{"ConsoleLogin":"Success"}`}.String()
	}
	by := func(at, key, start string) string {
		id := `{"type":"IAMUser","arn":"` + bob + `","accessKeyId":"` + key + `"}`
		if start != "" {
			id = since("IAMUser", bob, key, start)
		}
		return call{at: at, name: "ListUsers", source: "iam", id: id}.String()
	}
	lines := []string{by("08:00:00", "AKIAB0", ""), login("08:10:00"), by("08:10:05", "ASIAB0", "08:10:01"), by("08:20:00", "ASIAB9", "08:19:00"),
		made("10:00:00", "AKIA1"), by("10:00:00", "AKIAB1", ""), login("10:10:00"), by("10:10:05", "ASIAB1", "10:10:01"),
		made("12:00:00", "AKIA8"), by("12:30:00", "AKIAB2", ""), by("12:40:00", "ASIAB2", "12:39:00")}
	for range 2 {
		l := told(t, lines...)
		for key, want := range map[string]string{
			"AKIAB0": "exact:  by " + bob, "ASIAB0": "inferred, likely: ConsoleLogin by " + bob, "ASIAB9": "not tied:  by " + bob,
			"AKIAB1": "exact: CreateUser by AKIA1", "ASIAB1": "inferred, likely: ConsoleLogin by AKIA1",
			"AKIAB2": "exact: CreateUser by AKIA8", "ASIAB2": "exact: CreateUser by AKIA8",
		} {
			if got := parentOf(l, key); got != want {
				t.Errorf("%s: %s, want %s", key, got, want)
			}
		}
		id, _ := l.Principal(bob)
		if _, tie, ok := l.Parent(id); ok {
			t.Errorf("the name: %+v", tie)
		}
		slices.Reverse(lines)
	}
}

// A user of Identity Center has one name: ties by the second alone that lead to sessions of two names cannot all be true.
func TestLineageOfOneName(t *testing.T) {
	took := func(at, user string) string {
		return call{at: at, name: "Federate", source: "sso", id: `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"` + user + `"}}`, as: `,"serviceEventDetails":{"account_id":"111122223333","role_name":"Admin"}`}.String()
	}
	session := func(at, name, key, start string) string {
		return call{at: at, name: "GetCallerIdentity", id: `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0f/` + name + `","accessKeyId":"` + key +
			`","sessionContext":{"attributes":{"creationDate":"2026-03-02T` + start + `Z"},"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/aws-reserved/AWSReservedSSO_Admin_0f"}}}`}.String()
	}
	l := told(t, took("10:00:00", "u-eve"), session("10:01:00", "eve", "ASIA1", "10:00:00"), took("11:00:00", "u-eve"), session("11:01:00", "bob", "ASIA2", "11:00:01"),
		took("12:00:00", "u-ann"), session("12:01:00", "ann", "ASIA3", "12:00:00"))
	for key, want := range map[string]string{"ASIA1": "inferred, possible: Federate by u-eve", "ASIA2": "inferred, possible: Federate by u-eve", "ASIA3": "inferred, likely: Federate by u-ann"} {
		if got := parentOf(l, key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// Who makes a person of Identity Center is where what that person does comes from.
func TestLineageOfMadePersons(t *testing.T) {
	person := func(id string) string {
		return `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"` + id + `"}}`
	}
	lines := []string{
		call{at: "10:00:00", name: "CreateUser", source: "identitystore", id: user("AKIA1"), in: `{"identityStoreId":"d-1"}`, out: `{"userId":"u1"}`}.String(),
		call{at: "10:00:00", name: "CreateUser", source: "sso-directory", id: user("AKIA1"), in: `{"identityStoreId":"d-1"}`, out: `{"user":{"userId":"u2"}}`}.String(),
		call{at: "11:00:00", name: "ListApplications", source: "sso", id: person("u1")}.String(), call{at: "11:00:00", name: "ListApplications", source: "sso", id: person("u2")}.String(),
		call{at: "11:00:00", name: "ListApplications", source: "sso", id: person("u3")}.String(),
	}
	for range 2 {
		l := told(t, lines...)
		for name, want := range map[string]bool{"u1": true, "u2": true, "u3": false} {
			id, ok := l.Principal(name)
			parent, tie, tied := l.Parent(id)
			if by := l.Node(parent); !ok || tied != want || want && (tie.By != "CreateUser" || tie.Confidence != Exact || by.Label() != "AKIA1") {
				t.Errorf("%s: %t, tied %t to %s, %+v", name, ok, tied, by.Label(), tie)
			}
		}
		slices.Reverse(lines)
	}
}
