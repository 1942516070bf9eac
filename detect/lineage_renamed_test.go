package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A user who gets another name is the same user: nobody's record is false, and what is done under the new name comes from the old one.
func TestLineageOfRenamedUsers(t *testing.T) {
	arn := func(name string) string { return "arn:aws:iam::111122223333:user/x/" + name }
	by := func(at, name, key string) string {
		return call{at: at, name: "ListUsers", source: "iam", id: fmt.Sprintf(`{"type":"IAMUser","arn":%q,"accountId":"111122223333","accessKeyId":%q}`, arn(name), key)}.String()
	}
	rename := func(at, was, is string, more string) string {
		return call{at: at, name: "UpdateUser", source: "iam", id: user("AKIA1"), in: fmt.Sprintf(`{"userName":%q,"newUserName":%q}`, was, is), as: more}.String()
	}
	moved := call{at: "10:30:00", name: "UpdateUser", source: "iam", id: user("AKIA1"), in: `{"userName":"bob","newPath":"/x/"}`}
	lines := []string{
		by("09:00:00", "tmp", "AKIAT"), rename("10:00:00", "tmp", "a", ""), by("10:10:00", "a", "AKIAT"), rename("11:00:00", "a", "svc", ""), by("12:00:00", "svc", "AKIAT"),
		by("09:00:00", "p", "AKIAP"), rename("10:00:00", "p", "q", ""), rename("10:10:00", "q", "r", ""), by("12:00:00", "r", "AKIAP"), // nothing as q
		by("09:00:00", "bob", "AKIAB"), moved.String(), rename("10:00:00", "bob", "eve", `,"errorCode":"AccessDenied"`), by("12:00:00", "eve", "AKIAB"),
		by("09:00:00", "old", "AKIAO"), by("09:00:00", "new", "AKIAN"), rename("10:00:00", "old", "new", ""), by("12:00:00", "new", "AKIAO"),
		by("09:00:00", "x", "AKIAX"), rename("10:00:00", "x", "y", ""), rename("11:00:00", "y", "x", ""), by("12:00:00", "x", "AKIAX"), by("10:30:00", "y", "AKIAX"),
	}
	for range 2 {
		l := told(t, lines...)
		for _, want := range []struct {
			key, principal string
			torn           bool
			up             []string
		}{
			{"AKIAT", "svc", false, []string{arn("svc"), arn("a"), arn("tmp")}},
			{"AKIAP", "r", false, []string{arn("r"), arn("q"), arn("p")}},
			{"AKIAB", "bob", true, []string{arn("bob")}},
			{"AKIAO", "new", false, []string{arn("new")}}, // somebody had that name before: whose it was is not told
			{"AKIAX", "x", false, []string{arn("x"), arn("y")}},
		} {
			id, _ := l.Key(want.key)
			var up []string
			for _, above := range l.Above(id) {
				n := l.Node(above)
				up = append(up, n.Label())
			}
			if user, _ := l.Principal(want.up[0]); len(l.OtherNames(user)) != len(want.up)-1 {
				t.Errorf("%s: other names %v", want.up[0], l.OtherNames(user))
			}
			if n := l.Node(id); n.Torn != want.torn || n.Principal != arn(want.principal) || !slices.Equal(up, want.up) {
				t.Errorf("%s: of %s, torn %t, from %q, want %+v", want.key, n.Principal, n.Torn, up, want)
			}
		}
		slices.Reverse(lines)
	}
}

// TestLineageRenamingsLeft: that a renaming found no room is not passed over in silence.
func TestLineageRenamingsLeft(t *testing.T) {
	l := NewLineage(0)
	l.renamings = make([]userRenaming, maxRenamings-1)
	for i, name := range []string{"a", "b"} {
		in := fmt.Sprintf(`{"userName":%q,"newUserName":"x"}`, name)
		line := call{at: "10:00:00", name: "UpdateUser", source: "iam", id: `{"type":"Root","accountId":"111122223333"}`, in: in}.String()
		for _, r := range readRecords(t, strings.NewReader(line)) {
			l.Record(r, uint64(i))
		}
		if l.Left() != int64(i) {
			t.Errorf("after %s, which is number %d: %d left", name, len(l.renamings), l.Left())
		}
	}
}
