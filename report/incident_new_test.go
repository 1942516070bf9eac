package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// newIn is what an incident says to be new, a sentence a line, with what it cites.
func newIn(in *Incident) string {
	var all []string
	for _, s := range in.New {
		all = append(all, s.Text+" ["+strings.Join(s.Events, " ")+"]")
	}
	return strings.Join(all, "\n")
}

func TestIncidentTellsWhatWasNew(t *testing.T) {
	const home, away = "192.0.2.1", "203.0.113.9"
	days := eachDay("alice", "AKIA1", home, 2, 9)
	made := storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: away, call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`}
	known := "IAM user alice, against 8 events in 7 days before"
	session := func(id, at, name, key, ip, call string) storyCall {
		return storyCall{id: id, at: at, who: name, key: key, ip: ip, role: "deploy", start: at[:2] + "T00:00:00", call: call}
	}
	for _, c := range []struct {
		name  string
		calls []storyCall
		on    []string // the finding's events
		want  string
	}{
		{"another address, services and calls; of bob nothing is known", append(slices.Clone(days),
			storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: away, call: "sts:GetCallerIdentity"}, made,
			storyCall{id: "c", at: "10T02:02:00", who: "bob", key: "AKIA2", ip: away, call: "s3:ListBuckets"}), []string{"b"},
			"New to " + known + ": services sts, iam; calls GetCallerIdentity, CreateAccessKey; network 203.0.0.0/16; address 203.0.113.9. [a b]\n" +
				"What was new to IAM user bob cannot be told: no event from a day or more before the incident is seen. [c]"},
		{"nothing", append(slices.Clone(days), storyCall{id: "a", at: "10T08:00:00", who: "alice", key: "AKIA1", ip: home, call: "s3:ListBuckets"}), []string{"a"},
			"Nothing was new to " + known + ": its services, calls, regions, addresses and tools were seen before. [a]"},
		{"an event of the same second that is no part of it comes first", append(slices.Clone(days),
			storyCall{id: "0", at: "10T02:00:30", who: "alice", key: "AKIA9", ip: home, call: "iam:ListUsers"},
			storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: away, call: "s3:ListBuckets"}, made,
			storyCall{id: "c", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: away, call: "iam:ListUsers"}), []string{"b"},
			"New to " + known + ": call CreateAccessKey; network 203.0.0.0/16; address 203.0.113.9. [a b]"},
		{"a role under other names of its sessions", []storyCall{
			session("0", "02T09:00:00", "one", "ASIA1", home, "s3:ListBuckets"), session("1", "09T09:00:00", "two", "ASIA2", home, "s3:ListBuckets"),
			session("a", "10T09:00:00", "three", "ASIA3", home, "s3:ListBuckets"), session("b", "10T09:01:00", "three", "ASIA3", home, "iam:CreateUser")}, []string{"a", "b"},
			"New to role deploy, against 2 events in 8 days before: service iam; call CreateUser. [b]"},
		{"a session's own history counts before its role's", []storyCall{
			session("0", "02T09:00:00", "one", "ASIA1", home, "iam:CreateUser"), session("1", "08T09:00:00", "two", "ASIA2", home, "s3:ListBuckets"),
			session("a", "10T09:00:00", "two", "ASIA3", home, "iam:CreateUser")}, []string{"a"},
			"New to role deploy, session two, against 1 event in 2 days before: service iam; call CreateUser. [a]"},
		{"a user who was made in it is no news", []storyCall{days[0], days[7],
			{id: "a", at: "10T09:00:00", who: "alice", key: "AKIA1", ip: home, call: "iam:CreateUser", in: `{"userName":"eve"}`, out: `{"user":{"userName":"eve","arn":"arn:aws:iam::111122223333:user/eve"}}`},
			{id: "b", at: "10T09:05:00", who: "eve", key: "AKIA5", ip: home, call: "s3:ListBuckets"}}, []string{"a", "b"},
			"New to IAM user alice, against 2 events in 8 days before: service iam; call CreateUser. [a]"},
		{"hostile names are quoted", append(slices.Clone(days), storyCall{id: "a", at: "10T08:00:00", who: "alice", key: "AKIA1", ip: home, call: "s3:List\\u001b[2J. It is known"}), []string{"a"},
			"New to " + known + ": call \"List\\u001b[2J. It is known\". [a]"},
	} {
		in := one(t, c.calls, nil, storyFinding{"keys", detect.High, c.on})
		if got := newIn(in); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// What was first done after the incident began, and outside of it, is neither new in it nor usual before: nothing is said.
func TestIncidentNewElsewhere(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 9),
		storyCall{id: "a", at: "10T09:00:00", who: "alice", key: "AKIA1", ip: "192.0.2.1", call: "s3:ListBuckets"},
		storyCall{id: "0", at: "10T23:00:00", who: "alice", key: "AKIA1", ip: "192.0.2.1", call: "sqs:ListQueues"})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if got := newIn(in); got != "" {
		t.Error(got)
	}
}

// Of principals for whom there is no room it is said how many they are.
func TestIncidentNewBounds(t *testing.T) {
	var calls []storyCall
	var ids []string
	for i := range newEach + 3 {
		who, key := fmt.Sprintf("user%d", i), fmt.Sprintf("AKIA%d", i)
		calls = append(calls, eachDay(who, key, "192.0.2.1", 2, 5)...)
		ids = append(ids, who)
		calls = append(calls, storyCall{id: who, at: "10T02:00:00", who: who, key: key, ip: "203.0.113.9", call: "s3:ListBuckets"})
	}
	all := storyCase(t, calls, nil, storyFinding{"keys", detect.High, ids})
	if len(all.Rows) != 1 || len(all.Rows[0].New) != newEach || !strings.Contains(strings.Join(all.Limits, "\n"), "not told of 3 principals") {
		t.Errorf("%d incidents, %d sentences: %s", len(all.Rows), len(all.Rows[0].New), strings.Join(all.Limits, "\n"))
	}
}

// Text, Markdown and the page show what was new with the events that it cites, and no title where nothing is said.
func TestIncidentNewIsShown(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 9), storyCall{id: "event-a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:ListUsers"})
	in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"event-a"}})
	shown := func() (all [3]string) {
		var text, md bytes.Buffer
		if err := in.Print(&text, "text"); err != nil {
			t.Fatal(err)
		}
		p := newPage(&md)
		in.markdown(p)
		p.Flush()
		b := &htmlBuilder{Model: &Model{}, found: &htmlFindings{}, cited: map[uint64]int{}, fold: htmlFolds[0], stories: &htmlIncidents{places: map[string]IncidentEvent{"event-a": in.Events[0]}}}
		blocks := b.incident(in)
		i := slices.IndexFunc(blocks, func(b htmlBlock) bool { return b.Head == newTitle })
		if i < 0 {
			return [3]string{text.String(), md.String(), ""}
		}
		return [3]string{text.String(), md.String(), blocks[i].Head + fmt.Sprint(blocks[i+1].List)}
	}
	for i, s := range shown() {
		_, after, ok := strings.Cut(s, newTitle)
		if says := strings.Index(after, "service"); !ok || says < 0 || says > 200 || !strings.Contains(after[says:], "ListUsers") || i < 2 && !strings.Contains(after, "event-a") {
			t.Errorf("%d: %s", i, s)
		}
	}
	in.New = nil
	for i, s := range shown() {
		if strings.Contains(s, newTitle) {
			t.Errorf("%d without any: %s", i, s)
		}
	}
}
