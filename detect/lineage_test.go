package detect

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// readRecords reads records and returns clones of them.
func readRecords(t testing.TB, in io.Reader) (all []*parser.Record) {
	t.Helper()
	for rd := parser.NewReader(in, parser.Origin{Object: t.Name()}); ; {
		r, err := rd.Next()
		if err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Clone())
	}
}

// told makes the graph of records; their marks are their places in the text.
func told(t testing.TB, lines ...string) *Lineage {
	t.Helper()
	l := NewLineage(0)
	for i, r := range readRecords(t, strings.NewReader(strings.Join(lines, "\n"))) {
		l.Record(r, uint64(i))
	}
	l.settle()
	if s := &l.settled; !slices.Equal(s.byTarget, byTarget(&l.issues)) || !slices.Equal(s.beginsBy, byTarget(&l.begins)) {
		t.Error("to tie a credential changed the lists of what fits the others")
	}
	l.forget()
	return l
}

const (
	aliceArn = "arn:aws:iam::111122223333:user/alice"
	adminArn = "arn:aws:sts::111122223333:assumed-role/admin/s"
)

// call is a record of lineage's tests.
type call struct {
	at, name, source  string // time of day; "" of source: sts
	id                string // userIdentity
	in, out, more, as string // requestParameters, responseElements, additionalEventData; anything else
}

func (c call) String() string {
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	return fmt.Sprintf(`{"eventTime":"2026-03-02T%sZ","eventID":"%s%s","eventSource":"%s.amazonaws.com","eventName":"%s","recipientAccountId":"111122223333","userIdentity":%s,"requestParameters":%s,"responseElements":%s,"additionalEventData":%s%s}`,
		c.at, c.at, c.name, or(c.source, "sts"), c.name, or(c.id, "{}"), or(c.in, "null"), or(c.out, "null"), or(c.more, "null"), c.as)
}

func user(key string) string {
	return fmt.Sprintf(`{"type":"IAMUser","arn":%q,"accountId":"111122223333","userName":"alice","accessKeyId":%q}`, aliceArn, key)
}

// since is a session of a principal that began at a time of day.
func since(kind, arn, key, start string) string {
	return fmt.Sprintf(`{"type":%q,"arn":%q,"accountId":"111122223333","accessKeyId":%q,"sessionContext":{"attributes":{"creationDate":"2026-03-02T%sZ"},"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/admin"}}}`, kind, arn, key, start)
}

func assume(at, id, role, session, key string) call {
	out := fmt.Sprintf(`{"credentials":{"accessKeyId":%q},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/%s/%s"}}`, key, role, session)
	if key == "" {
		out = ""
	}
	return call{at: at, name: "AssumeRole", id: id, out: out,
		in: fmt.Sprintf(`{"roleArn":"arn:aws:iam::111122223333:role/path/%s","roleSessionName":%q}`, role, session)}
}

// parentOf says in words what a key came from.
func parentOf(l *Lineage, key string) string {
	id, ok := l.Key(key)
	if !ok {
		return "no node"
	}
	parent, tie, ok := l.Parent(id)
	if !ok {
		return tie.Confidence.String()
	}
	n := l.Node(parent)
	label := n.Label()
	if len(n.Keys) > 0 {
		label = strings.Join(n.Keys, " ")
	}
	return tie.Confidence.String() + ": " + tie.By + " by " + label
}

func TestLineageTies(t *testing.T) {
	console := func(key, start string) string { return since("IAMUser", aliceArn, key, start) }
	role := func(key, start string) string { return since("AssumedRole", adminArn, key, start) }
	get := func(at, id string) call { return call{at: at, name: "GetCallerIdentity", id: id} }
	loginAt := func(at string) call {
		return call{at: at, name: "ConsoleLogin", source: "signin", id: `{"type":"IAMUser","arn":"` + aliceArn + `"}`, out: `{"ConsoleLogin":"Success"}`}
	}
	login := loginAt("10:00:40")
	loginToken := func(at, id, success string) call {
		return call{at: at, name: "CreateOAuth2Token", source: "signin", id: id, in: `{"client_id":"arn:aws:signin:::devtools/same-device"}`, more: `{"success":"` + success + `"}`}
	}
	for _, c := range []struct {
		name  string
		calls []call
		want  map[string]string
	}{
		{"issued", []call{assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2"), get("10:00:00", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "exact: AssumeRole by AKIA1", "AKIA1": "exact:  by " + aliceArn}},
		{"used before it was issued, in the same second", []call{get("10:00:00", role("ASIA2", "10:00:00")), assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2")},
			map[string]string{"ASIA2": "exact: AssumeRole by AKIA1"}},
		{"chained", []call{assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2"), assume("10:05:00", role("ASIA2", "10:00:00"), "next", "s", "ASIA3")},
			map[string]string{"ASIA3": "exact: AssumeRole by ASIA2"}},
		{"issued and failed", []call{{at: "10:00:00", name: "AssumeRole", id: user("AKIA1"), as: `,"errorCode":"AccessDenied"`, out: `{"credentials":{"accessKeyId":"ASIA2"}}`}},
			map[string]string{"ASIA2": "no node"}},
		{"no answer in the record", []call{assume("10:00:02", user("AKIA1"), "admin", "s", ""), get("10:10:00", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, likely: AssumeRole by AKIA1"}},
		{"a start in the basic form", []call{assume("10:00:02", user("AKIA1"), "admin", "s", ""), get("10:10:00", strings.Replace(role("ASIA2", "10:00:00"), "2026-03-02T10:00:00Z", "20260302T100000Z", 1))},
			map[string]string{"ASIA2": "inferred, likely: AssumeRole by AKIA1"}},
		{"too far apart", []call{assume("10:00:03", user("AKIA1"), "admin", "s", ""), get("10:10:00", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "not tied"}},
		{"another session of the same name", []call{assume("10:00:01", user("AKIA1"), "admin", "s", "ASIA9"), get("10:10:00", role("ASIA9", "10:00:01")), get("10:10:00", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "not tied", "ASIA9": "exact: AssumeRole by AKIA1"}},
		{"two that fit equally", []call{assume("10:00:01", user("AKIA1"), "admin", "s", ""), assume("10:00:01", user("AKIA8"), "admin", "s", ""), get("10:10:00", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "not tied"}},
		{"the nearer of two", []call{assume("10:00:01", user("AKIA1"), "admin", "s", ""), assume("10:00:02", user("AKIA8"), "admin", "s", ""), get("10:10:00", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, possible: AssumeRole by AKIA1"}},
		{"keys of one session", []call{assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2"), get("10:01:00", role("ASIA2", "10:00:00")), get("10:02:00", role("ASIA3", "10:00:00"))},
			map[string]string{"ASIA2": "exact: AssumeRole by AKIA1", "ASIA3": "exact: AssumeRole by AKIA1"}},
		{"two issuers in one second", []call{
			assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2"), assume("10:00:00", user("AKIA8"), "admin", "s", "ASIA3"),
			get("10:01:00", role("ASIA2", "10:00:00")), get("10:01:00", role("ASIA3", "10:00:00")), get("10:01:00", role("ASIA4", "10:00:00"))},
			map[string]string{"ASIA2": "exact: AssumeRole by AKIA1", "ASIA3": "exact: AssumeRole by AKIA8", "ASIA4": "not tied"}},
		{"console", []call{login, get("10:05:00", console("ASIA2", "10:00:00")), get("10:06:00", console("ASIA3", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, likely: ConsoleLogin by " + aliceArn, "ASIA3": "inferred, likely: ConsoleLogin by " + aliceArn}},
		{"console, no sign-in near", []call{login, get("10:05:00", console("ASIA2", "10:02:00"))}, map[string]string{"ASIA2": "not tied:  by " + aliceArn}},
		{"console, in use before the sign-in", []call{login, get("10:00:05", console("ASIA2", "10:00:00"))}, map[string]string{"ASIA2": "not tied:  by " + aliceArn}},
		{"console, in use as the sign-in is noted", []call{login, get("10:00:38", console("ASIA2", "10:00:38"))},
			map[string]string{"ASIA2": "inferred, likely: ConsoleLogin by " + aliceArn}},
		{"console, the nearer of two sign-ins", []call{login, loginAt("10:00:55"), get("10:05:00", console("ASIA2", "10:00:41")), get("10:05:00", console("ASIA3", "10:00:54"))},
			map[string]string{"ASIA2": "inferred, possible: ConsoleLogin by " + aliceArn, "ASIA3": "inferred, possible: ConsoleLogin by " + aliceArn}},
		{"console, two sign-ins that fit equally", []call{login, loginAt("10:00:44"), get("10:05:00", console("ASIA2", "10:00:42"))},
			map[string]string{"ASIA2": "inferred, possible:  by " + aliceArn}},
		{"console, a sign-in and the next, after the first use", []call{login, loginAt("10:00:55"), get("10:00:45", console("ASIA2", "10:00:41"))},
			map[string]string{"ASIA2": "inferred, likely: ConsoleLogin by " + aliceArn}},
		{"forward access session, one credential", []call{
			get("10:00:00", user("AKIA1")),
			get("10:00:05", strings.Replace(console("ASIA2", "10:00:05"), `{"type"`, `{"invokedBy":"cloudformation.amazonaws.com","type"`, 1))},
			map[string]string{"ASIA2": "inferred, likely:  by AKIA1"}},
		{"forward access session, two credentials", []call{
			get("10:00:00", user("AKIA1")), get("10:00:00", user("AKIA8")),
			get("10:00:05", strings.Replace(console("ASIA2", "10:00:05"), `{"type"`, `{"invokedBy":"cloudformation.amazonaws.com","type"`, 1))},
			map[string]string{"ASIA2": "inferred, likely:  by " + aliceArn}},
		{"service-linked role, whose calls name no key", []call{
			assume("10:00:00", `{"type":"AWSService","invokedBy":"autoscaling.amazonaws.com"}`, "admin", "s", "ASIA9"),
			get("10:00:05", strings.Replace(strings.Replace(role("", "10:00:00"), ":role/", ":role/aws-service-role/autoscaling.amazonaws.com/", 1), `{"type"`, `{"invokedBy":"autoscaling.amazonaws.com","type"`, 1)),
			get("10:00:06", role("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, likely: AssumeRole by autoscaling.amazonaws.com"}},
		{"a service's role, with a key that no event names", []call{
			assume("10:00:00", `{"type":"AWSService","invokedBy":"backup.amazonaws.com"}`, "admin", "s", ""), get("09:00:00", role("ASIA1", "09:00:00")),
			get("10:00:05", strings.Replace(role("ASIA2", "10:00:00"), `{"type"`, `{"invokedBy":"backup.amazonaws.com","type"`, 1))},
			map[string]string{"ASIA2": "inferred, likely: AssumeRole by backup.amazonaws.com"}},
		{"a vendor's, for a while", []call{{at: "10:00:00", name: "GetDelegatedAccessToken", id: user("AKIA1"), out: `{"assumedPrincipal":"` + adminArn + `","credentials":{"accessKeyId":"ASIA2"}}`}},
			map[string]string{"ASIA2": "exact: GetDelegatedAccessToken by AKIA1"}},
		{"a key and its users", []call{{at: "10:00:00", name: "CreateAccessKey", source: "iam", id: user("AKIA1"), out: `{"accessKey":{"accessKeyId":"AKIA2"}}`}},
			map[string]string{"AKIA2": "exact: CreateAccessKey by AKIA1"}},
		{"a user's own key has no session", []call{get("10:00:00", console("AKIA1", "09:00:00")), get("10:00:00", console("AKIA1", "09:30:00"))},
			map[string]string{"AKIA1": "exact:  by " + aliceArn}},
		{"session token", []call{{at: "10:00:00", name: "GetSessionToken", id: user("AKIA1"), out: `{"credentials":{"accessKeyId":"ASIA2"}}`}},
			map[string]string{"ASIA2": "exact: GetSessionToken by AKIA1"}},
		{"federation token, no answer", []call{{at: "10:00:00", name: "GetFederationToken", id: user("AKIA1"), out: `{"federatedUser":{"arn":"arn:aws:sts::111122223333:federated-user/f"}}`},
			get("10:00:09", since("FederatedUser", "arn:aws:sts::111122223333:federated-user/f", "ASIA2", "10:00:01"))},
			map[string]string{"ASIA2": "inferred, likely: GetFederationToken by AKIA1"}},
		{"federated user, issued before the evidence begins", []call{
			get("10:00:09", strings.Replace(since("FederatedUser", "arn:aws:sts::111122223333:federated-user/f", "ASIA2", "09:00:00"), "role/admin", "user/alice", 1))},
			map[string]string{"ASIA2": "exact:  by " + aliceArn}},
		{"aws login", []call{loginAt("10:00:00"), loginToken("10:00:40", console("", "10:00:00"), "true"),
			get("10:05:00", console("ASIA2", "10:00:40")), get("10:06:00", console("ASIA3", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, likely: CreateOAuth2Token by ASIA3", "ASIA3": "inferred, likely: ConsoleLogin by " + aliceArn}},
		{"aws login, with the start of the sign-in", []call{loginAt("10:00:00"), loginToken("10:00:01", console("", "10:00:00"), "true"), get("10:05:00", console("ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, likely: ConsoleLogin by " + aliceArn}},
		{"aws login in vain", []call{loginToken("10:00:40", console("", "10:00:00"), "false"), get("10:05:00", console("ASIA2", "10:00:40"))},
			map[string]string{"ASIA2": "not tied:  by " + aliceArn}},
		{"root", []call{{at: "10:00:00", name: "AssumeRoot", id: user("AKIA1"), in: `{"targetPrincipal":"999988887777"}`},
			get("10:00:09", since("Root", "arn:aws:iam::999988887777:root", "ASIA2", "10:00:00"))},
			map[string]string{"ASIA2": "inferred, likely: AssumeRoot by AKIA1"}},
		{"Roles Anywhere", []call{{at: "10:00:00", name: "CreateSession", source: "rolesanywhere", id: `{"type":"Unknown","principalId":"CN=host"}`,
			out: `{"credentialSet":[{"assumedRoleUser":{"arn":"` + adminArn + `"},"credentials":{"accessKeyId":"ASIA2"}}]}`}},
			map[string]string{"ASIA2": "exact: CreateSession by CN=host"}},
		{"Roles Anywhere, as AWS writes it: no more than the account", []call{{at: "10:00:00", name: "CreateSession", source: "rolesanywhere",
			id:  `{"type":"Unknown","principalId":"","arn":"","accountId":"111122223333","accessKeyId":"","userName":""}`,
			out: `{"credentialSet":[{"assumedRoleUser":{"arn":"` + adminArn + `"},"credentials":{"accessKeyId":"ASIA2"}}],"subjectArn":"arn:aws:rolesanywhere:us-east-1:111122223333:subject/1"}`}},
			map[string]string{"ASIA2": "exact: CreateSession by arn:aws:rolesanywhere:us-east-1:111122223333:subject/1"}},
		{"Cognito", []call{{at: "10:00:00", name: "GetCredentialsForIdentity", source: "cognito-identity", id: `{"type":"Unknown"}`, in: `{"identityId":"us-east-1:1"}`, out: `{"credentials":{"accessKeyId":"ASIA2"}}`}},
			map[string]string{"ASIA2": "exact: GetCredentialsForIdentity by us-east-1:1"}},
		{"sign-in token", []call{
			assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2"), {at: "11:00:00", name: "GetSigninToken", source: "signin", id: role("ASIA2", "10:00:00")},
			get("11:05:00", role("ASIA5", "11:00:20"))},
			map[string]string{"ASIA5": "inferred, likely: GetSigninToken by ASIA2"}},
		{"role switched in the console", []call{
			{at: "11:00:00", name: "SwitchRole", source: "signin", id: `{"type":"AssumedRole","arn":"` + adminArn + `"}`, more: `{"SwitchFrom":"` + aliceArn + `"}`},
			get("11:05:00", role("ASIA5", "11:00:00"))},
			map[string]string{"ASIA5": "inferred, likely: SwitchRole by " + aliceArn}},
		{"role switched in vain", []call{
			{at: "11:00:00", name: "SwitchRole", source: "signin", id: `{"type":"AssumedRole","arn":"` + adminArn + `"}`, more: `{"SwitchFrom":"` + aliceArn + `"}`, out: `{"SwitchRole":"Failure"}`},
			get("11:05:00", role("ASIA5", "11:00:00"))},
			map[string]string{"ASIA5": "not tied"}},
		{"Identity Center", []call{
			{at: "10:00:01", name: "GetRoleCredentials", source: "sso", id: `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"u-1"}}`, as: `,"serviceEventDetails":{"account_id":"111122223333","role_name":"Power_User"}`},
			get("10:05:00", strings.ReplaceAll(role("ASIA2", "10:00:00"), "role/admin", "role/AWSReservedSSO_Power_User_0123456789abcdef"))},
			map[string]string{"ASIA2": "inferred, likely: GetRoleCredentials by u-1"}},
		{"Identity Center, and a sign-in of somebody else", []call{
			{at: "10:00:01", name: "GetRoleCredentials", source: "sso", id: `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"u-1"}}`, as: `,"serviceEventDetails":{"account_id":"111122223333","role_name":"Power_User"}`},
			get("10:00:05", strings.ReplaceAll(role("ASIA2", "10:00:00"), "role/admin", "role/AWSReservedSSO_Power_User_0123456789abcdef")),
			login, get("10:05:00", console("ASIA3", "10:00:41"))},
			map[string]string{"ASIA2": "inferred, likely: GetRoleCredentials by u-1", "ASIA3": "inferred, likely: ConsoleLogin by " + aliceArn}},
		{"two accounts' copies", []call{
			{at: "10:00:00", name: "AssumeRole", id: `{"type":"AWSAccount","principalId":"AIDA1","accountId":"999988887777"}`, in: `{"roleArn":"arn:aws:iam::111122223333:role/admin","roleSessionName":"s"}`, out: `{"credentials":{"accessKeyId":"ASIA2"}}`, as: `,"sharedEventID":"e"`},
			{at: "10:00:00", name: "AssumeRole", id: `{"type":"IAMUser","arn":"arn:aws:iam::999988887777:user/bob","accountId":"999988887777","accessKeyId":"AKIA7"}`, in: `{"roleArn":"arn:aws:iam::111122223333:role/admin","roleSessionName":"s"}`, as: `,"sharedEventID":"e"`}},
			map[string]string{"ASIA2": "exact: AssumeRole by AKIA7"}},
		{"issued twice: a false record", []call{assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2"), assume("10:00:00", user("AKIA8"), "admin", "s", "ASIA2")},
			map[string]string{"ASIA2": "inferred, possible: AssumeRole by AKIA1"}},
		{"issued by itself", []call{assume("10:00:00", role("ASIA2", "10:00:00"), "admin", "s", "ASIA2")}, map[string]string{"ASIA2": "not tied"}},
	} {
		var lines []string
		for _, c := range c.calls {
			lines = append(lines, c.String())
		}
		for range 2 {
			l := told(t, lines...)
			for key, want := range c.want {
				if got := parentOf(l, key); got != want {
					t.Errorf("%s: %s is %q, want %q", c.name, key, got, want)
				}
			}
			slices.Reverse(lines)
		}
	}
}

// Which of two sign-ins it is, and why none is named where both are as near.
func TestLineageOfSignins(t *testing.T) {
	login := func(at string) string {
		return call{at: at, name: "ConsoleLogin", source: "signin", id: `{"type":"IAMUser","arn":"` + aliceArn + `"}`, out: `{"ConsoleLogin":"Success"}`}.String()
	}
	for start, want := range map[string]struct {
		mark uint64
		why  string
	}{
		"10:00:42": {0, "same principal, sign-in 2 s from its start; 2 events fit"},
		"10:00:53": {1, "same principal, sign-in 3 s from its start; 2 events fit"},
		"10:00:48": {0, "sign-ins of the same principal fit equally, 8 s from its start: which of them began it is not told; 2 events fit"},
	} {
		l := told(t, login("10:00:40"), login("10:00:56"), call{at: "10:01:00", name: "GetCallerIdentity", id: since("IAMUser", aliceArn, "ASIA2", start)}.String())
		id, _ := l.Key("ASIA2")
		_, tie, ok := l.Parent(id)
		if !ok || tie.Mark != want.mark || tie.Why != want.why || tie.Confidence != Possible || (tie.By == "") != strings.Contains(want.why, "not told") {
			t.Errorf("since %s: %+v, want by %d, %s", start, tie, want.mark, want.why)
		}
	}
}

// A real session of the console used nine keys: one node.
func TestLineageSessionsGroup(t *testing.T) {
	var lines []string
	for i := range 9 {
		lines = append(lines, call{at: fmt.Sprintf("10:%02d:00", i), name: "ListUsers", source: "iam", id: since("IAMUser", aliceArn, fmt.Sprintf("ASIA%d", i), "09:59:50")}.String())
	}
	l := told(t, lines...)
	id, ok := l.Key("ASIA0")
	if n := l.Node(id); !ok || len(n.Keys) != 9 || n.Calls != 9 || n.Last.Sub(n.First) != 8*time.Minute || n.Kind != SessionNode {
		t.Errorf("%+v", n)
	}
	if c := l.Counts(); c != (LineageCounts{Untied: 1}) {
		t.Errorf("%+v", c)
	}
	caller := Caller{Principal: aliceArn, SessionStart: "2026-03-02T09:59:50Z"}
	if of, ok := l.Of(&caller); !ok || of != id {
		t.Errorf("the session's calls without a key are of node %d, not %d", of, id)
	}
}

func TestLineageBelowAndAbove(t *testing.T) {
	role := func(key, start string) string { return since("AssumedRole", adminArn, key, start) }
	l := told(t,
		assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2").String(),
		assume("10:05:00", role("ASIA2", "10:00:00"), "admin", "t", "ASIA4").String(),
		assume("10:04:00", role("ASIA2", "10:00:00"), "admin", "t", "ASIA3").String(),
		call{at: "10:06:00", name: "CreateAccessKey", source: "iam", id: role("ASIA2", "10:00:00"), out: `{"accessKey":{"accessKeyId":"AKIA5"}}`}.String())
	root, _ := l.Principal(aliceArn)
	var got []string
	l.Below([]NodeID{root}, func(id NodeID, depth int) bool {
		n := l.Node(id)
		got = append(got, strings.Repeat(" ", depth)+strings.Join(append(n.Keys, ""), ""))
		return true
	})
	if want := []string{"", " AKIA1", "  ASIA2", "   ASIA3", "   ASIA4", "   AKIA5"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	id, _ := l.Key("AKIA5")
	if above := l.Above(id); len(above) != 3 || above[2] != root {
		t.Errorf("above AKIA5: %v", above)
	}
}

// Records that contradict each other may make a circle: walks end all the same.
func TestLineageCircle(t *testing.T) {
	l := told(t,
		assume("10:00:00", since("AssumedRole", adminArn, "ASIA1", "10:00:00"), "b", "b", "ASIA2").String(),
		assume("10:00:00", since("AssumedRole", "arn:aws:sts::111122223333:assumed-role/b/b", "ASIA2", "10:00:00"), "admin", "s", "ASIA1").String())
	id, _ := l.Key("ASIA1")
	n := 0
	l.Below([]NodeID{id}, func(NodeID, int) bool { n++; return true })
	if above := l.Above(id); len(above) != 1 || n != 2 {
		t.Errorf("%d above, %d below", len(above), n)
	}
}

// A graph that is full counts what it has no room for, and loses nothing that it has.
func TestLineageEviction(t *testing.T) {
	l := NewLineage(10)
	for i := range 100 {
		c := Caller{Type: "IAMUser", Principal: aliceArn, Key: fmt.Sprintf("AKIA%d", i)}
		l.See(&c, time.Unix(0, 0), time.Unix(0, 0), 1)
	}
	l.Settle()
	if _, ok := l.Key("AKIA8"); !ok || l.Size() != 10 || l.Left() != 91 {
		t.Errorf("%d nodes, %d left out", l.Size(), l.Left())
	}
	if _, ok := l.Key("AKIA9"); ok {
		t.Error("AKIA9 found room")
	}
}

// A million sessions of roles, each issued and used once, half of them under names of their own.
func TestLineageMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	const n = 1_000_000
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	l := NewLineage(0)
	record := parser.Record{}
	issuer := Caller{Type: "IAMUser", Principal: aliceArn, Key: "AKIA1EXAMPLE"}
	for i := range n {
		at := start.Add(time.Duration(i) * time.Second)
		key := "ASIA" + strconv.Itoa(n+i) + "00EXAMPLE"
		arn := adminArn + strconv.Itoa(i%2*i)
		record.Raw = append(record.Raw[:0], `{"responseElements":{"credentials":{"accessKeyId":"`+key+`"},"assumedRoleUser":{"arn":"`+arn+`"}}}`...)
		l.Issue(&IssuingEvent{Source: "sts.amazonaws.com", Name: "AssumeRole", Caller: issuer, Time: at, Mark: uint64(i), Get: record.Get})
		l.See(&Caller{Type: "AssumedRole", Principal: arn, Key: key, SessionStart: at.Format(time.RFC3339), Role: "arn:aws:iam::111122223333:role/admin"}, at, at, 1)
	}
	fed := heap()
	l.Settle()
	settled := heap()
	t.Logf("%d credentials: %d bytes each, %d when settled", n, (fed-before)/n, (settled-before)/n)
	if c := l.Counts(); c.Exact != n || l.Left() > 0 {
		t.Errorf("%+v, %d left out", c, l.Left())
	}
	if each := (settled - before) / n; each > lineageBytes {
		t.Errorf("%d bytes for a credential, want at most %d", each, lineageBytes)
	}
	runtime.KeepAlive(l)
}

// lineageBytes is what the documentation of Lineage promises, and some room.
const lineageBytes = 380

// shuffledSeconds shuffles the records of each second.
func shuffledSeconds(records []*parser.Record, rng *rand.Rand) []int {
	order := make([]int, len(records))
	for i := range order {
		order[i] = i
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b int) int { return records[a].Time.Compare(records[b].Time) })
	return order
}

// Two credentials of one principal that begin in one second, as an instance has for the old and the new metadata service, are two.
func TestLineageSiblings(t *testing.T) {
	role := func(key string) string { return since("AssumedRole", adminArn, key, "10:00:00") }
	get := func(key string) string {
		return call{at: "10:01:00", name: "GetCallerIdentity", id: role(key)}.String()
	}
	l := told(t, assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA2").String(), assume("10:00:00", user("AKIA1"), "admin", "s", "ASIA3").String(),
		get("ASIA2"), get("ASIA3"), get("ASIA4"))
	a, _ := l.Key("ASIA2")
	b, _ := l.Key("ASIA3")
	_, x, _ := l.Parent(a)
	_, y, _ := l.Parent(b)
	if a == b || x.Confidence != Exact || y.Confidence != Exact || x.Mark == y.Mark {
		t.Errorf("nodes %d and %d, by %+v and %+v", a, b, x, y)
	}
	if c, _ := l.Key("ASIA4"); c != a && c != b {
		t.Error("a further key of the session is of neither")
	}
}

// A graph that was written down and read again says the same, and what is written does not depend on the order in which it was fed.
func TestLineageRows(t *testing.T) {
	records, _ := archive(t, 9400, 500_000)
	l := lineageOf(records, upTo(len(records)))
	rowsOf := func(l *Lineage) (all []LineageRow) {
		for row := range l.Rows() {
			all = append(all, *row)
		}
		return all
	}
	read := func(rows []LineageRow) (*Lineage, error) {
		return ReadLineage(l.Size(), func(yield func(*LineageRow, error) bool) {
			for i := range rows {
				if !yield(&rows[i], nil) {
					return
				}
			}
		})
	}
	rows := rowsOf(l)
	if other := rowsOf(lineageOf(records, shuffledSeconds(records, rand.New(rand.NewPCG(5, 6))))); !slices.Equal(rows, other) {
		t.Error("another order makes other rows")
	}
	again, err := read(rows)
	if err != nil {
		t.Fatal(err)
	}
	if outlineOf(again) != outlineOf(l) || again.Counts() != l.Counts() || again.Size() != l.Size() || again.Left() != 0 {
		t.Error("what was read says something else")
	}
	for _, r := range records {
		c := CallerOf(r)
		a, aok := l.Of(&c)
		b, bok := again.Of(&c)
		x, y := l.Node(a), again.Node(b)
		if aok != bok || x.Label() != y.Label() {
			t.Fatalf("%+v: %s, and read again %s", c, x.Label(), y.Label())
		}
	}
	if !slices.Equal(rowsOf(again), rows) {
		t.Error("what was read is written otherwise")
	}
	for name, damage := range map[string]func(*LineageRow){
		"beyond the last": func(r *LineageRow) { r.Parent = int32(len(rows)) },
		"below none":      func(r *LineageRow) { r.Principal = -2 },
		"shown by none":   func(r *LineageRow) { r.Shown = -1 },
		"a kind":          func(r *LineageRow) { r.Kind = 9 },
		"a time":          func(r *LineageRow) { r.First = math.MinInt64 },
		"a count":         func(r *LineageRow) { r.Calls = math.MaxInt64 },
		"a reason":        func(r *LineageRow) { r.Why = "because" },
		"an event":        func(r *LineageRow) { r.By = "Because" },
		"no principal":    func(r *LineageRow) { r.Kind, r.Principal = SessionNode, -1 },
	} {
		bad := slices.Clone(rows)
		damage(&bad[len(bad)/2])
		if _, err := read(bad); err == nil {
			t.Errorf("%s: read all the same", name)
		}
	}
	if _, err := read(rows[1:]); err == nil {
		t.Error("a row less: read all the same")
	}
}
