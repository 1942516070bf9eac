package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// storyEvent makes a record of "TIME ID NAME WHO KEY IP" and, of what issues a key, "-> KEY [ROLE SESSION]"; "." stands for nothing.
func storyEvent(line string) string {
	f, issued, _ := strings.Cut(line, " -> ")
	p := strings.Fields(f)
	at, id, name, who, key, ip := p[0], p[1], p[2], p[3], p[4], p[5]
	arn, typ := "arn:aws:iam::111122223333:user/"+who, "IAMUser"
	identity := map[string]any{"accountId": "111122223333"}
	if role, session, ok := strings.Cut(who, "/"); ok {
		start := at
		if i := strings.IndexByte(session, '@'); i >= 0 {
			session, start = session[:i], session[i+1:]
		}
		arn, typ = "arn:aws:sts::111122223333:assumed-role/"+role+"/"+session, "AssumedRole"
		identity["sessionContext"] = map[string]any{
			"attributes":    map[string]any{"creationDate": "2026-03-01T" + start + "Z"},
			"sessionIssuer": map[string]any{"type": "Role", "arn": "arn:aws:iam::111122223333:role/" + role, "userName": role},
		}
	}
	identity["type"], identity["arn"] = typ, arn
	if key != "." {
		identity["accessKeyId"] = key
	}
	source := "s3.amazonaws.com"
	rec := map[string]any{
		"eventVersion": "1.08", "eventTime": "2026-03-01T" + at + "Z", "eventID": id, "eventName": name, "awsRegion": "us-east-1",
		"recipientAccountId": "111122223333", "sourceIPAddress": ip, "userAgent": "agent-" + ip, "userIdentity": identity,
	}
	if to := strings.Fields(issued); len(to) > 0 {
		switch name {
		case "CreateAccessKey":
			source = "iam.amazonaws.com"
			rec["responseElements"] = map[string]any{"accessKey": map[string]any{"accessKeyId": to[0], "userName": "new"}}
		default:
			source = "sts.amazonaws.com"
			rec["requestParameters"] = map[string]any{"roleArn": "arn:aws:iam::111122223333:role/" + to[1], "roleSessionName": to[2]}
			answer := map[string]any{"assumedRoleUser": map[string]any{"arn": "arn:aws:sts::111122223333:assumed-role/" + to[1] + "/" + to[2]}}
			if to[0] != "." {
				answer["credentials"] = map[string]any{"accessKeyId": to[0]}
			}
			rec["responseElements"] = answer
		}
	}
	rec["eventSource"] = source
	b, err := json.Marshal(rec)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// story is a user's key that assumed a role, of which the session made a key for another user, who used it; another session of the
// role is of somebody else; and one whose issuing event names no key is tied by its time alone.
var story = []string{
	"10:00:00 e0 ListBuckets eve AKIAEVE0 192.0.2.1",
	"10:05:00 e1 AssumeRole eve AKIAEVE0 192.0.2.1 -> ASIAONE1 ops s1",
	"10:06:00 e2 GetObject ops/s1@10:05:00 ASIAONE1 192.0.2.1",
	"10:07:00 e3 CreateAccessKey ops/s1@10:05:00 ASIAONE1 192.0.2.2 -> AKIANEW2",
	"10:08:00 e4 GetObject new AKIANEW2 198.51.100.7",
	"10:09:00 e5 AssumeRole carol AKIACAROL 203.0.113.5 -> ASIATWO3 ops s2",
	"10:10:00 e6 GetObject ops/s2@10:09:00 ASIATWO3 203.0.113.5",
	"11:00:00 e7 AssumeRole eve AKIAEVE0 192.0.2.9 -> ASIATHREE4 ops s3",
	"11:01:00 e8 GetObject ops/s3@11:00:00 ASIATHREE4 192.0.2.9",
	"12:00:00 e9 AssumeRole eve AKIAEVE0 192.0.2.1 -> . ops s4",
	"12:00:05 f0 GetObject ops/s4@12:00:00 ASIAFOUR5 192.0.2.1",
	"12:01:00 f1 GetObject ops/s4@12:00:00 ASIAFIVE6 192.0.2.1",
	"13:00:00 f2 ListBuckets dave AKIADAVE 203.0.113.6",
}

func TestJudgementsAreInherited(t *testing.T) {
	var records []string
	for _, line := range story {
		records = append(records, storyEvent(line))
	}
	s := storeOf(t, records...)
	l, err := s.Lineage(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	const eve, ops = "arn:aws:iam::111122223333:user/eve", "arn:aws:iam::111122223333:role/ops"
	for _, c := range []struct {
		name  string
		lines []string
		want  string // malicious M, suspect S, benign B, responder R, a small letter where it is inherited; by event
	}{
		{"a key, and all that came from it", []string{"a malicious key AKIAEVE0"}, "e0M e1M e2m e3m e4m e7M e8m e9M f0s f1s"},
		{"its owner", []string{"a malicious principal " + eve}, "e0M e1M e2m e3m e4m e7M e8m e9M f0s f1s"},
		{"a session, and nothing above or beside it", []string{"a malicious key ASIAONE1"}, "e2M e3M e4m"},
		{"by its name", []string{"a malicious session arn:aws:sts::111122223333:assumed-role/ops/s1@2026-03-01T10:05:00Z"}, "e2M e3M e4m"},
		{"one of a session's keys stands for the session", []string{"a malicious key ASIAFOUR5"}, "f0M f1m"},
		{"a session that was judged otherwise, and what came from it", []string{"a malicious key AKIAEVE0", "a benign key ASIAONE1"}, "e0M e1M e2B e3B e4b e7M e8m e9M f0s f1s"},
		{"a role", []string{"a malicious role " + ops}, "e2M e3M e4m e6M e8M f0M f1M"},
		{"what came from a key is narrower than its role", []string{"a benign role " + ops, "a malicious key AKIAEVE0"}, "e0M e1M e2m e3m e4m e6B e7M e8m e9M f0s f1s"},
		{"the event that issued it", []string{"a malicious event e1"}, "e1M e2m e3m e4m"},
		{"the address from which it was issued", []string{"a malicious address 192.0.2.2"}, "e3M e4m"},
		{"its network", []string{"a malicious network 192.0.2.0/29"}, "e0M e1M e2M e3M e4m e9M f0M f1M"},
		{"its user agent", []string{"a malicious user-agent agent-192.0.2.9"}, "e7M e8M"},
		{"a benign address, a malicious key", []string{"a malicious key AKIAEVE0", "a benign address 192.0.2.1"}, "e0B e1B e2B e7M e8m e9B f0B f1B"},
		{"within a time frame, what was issued then", []string{"a malicious key AKIAEVE0 10:00 10:30"}, "e0M e1M e2m e3m e4m"},
		{"one key of a session, from a time on", []string{"a malicious key ASIAFIVE6 12:01 -"}, "f1M"},
		{"one key of a session, until a time", []string{"a malicious key ASIAFOUR5 - 12:01"}, "f0M"},
		{"of time frames that differ, whenever one holds", []string{"a malicious key ASIAFIVE6 12:01 -", "b malicious key ASIAFIVE6 11:00 12:02"}, "f0m f1M"},
		{"of two, one at any time", []string{"a malicious key ASIAFIVE6 12:01 -", "b malicious key ASIAFIVE6"}, "f0m f1M"},
		{"a responder", []string{"a responder key AKIACAROL"}, "e5R e6r"},
		{"two disagree", []string{"a malicious key ASIAONE1", "b benign key ASIAONE1"}, "e2S e3S e4s"},
	} {
		held := NewJudgements(judged(t, c.lines...))
		if err := held.inherit(t.Context(), l, s); err != nil {
			t.Fatal(err)
		}
		if got := verdictsOfAll(t, s, held); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// What is cleared by where it comes from, or by its tool, clears no session that was issued there and is used elsewhere: it may have been taken. What
// services did for the session is of whoever is there.
func TestClearedPlacesClearNothingElsewhere(t *testing.T) {
	var records []string
	for _, line := range []string{
		"10:00:00 a0 AssumeRole ann AKIAANN 192.0.2.1 -> ASIAONE1 ops s1",
		"10:01:00 a1 GetObject ops/s1@10:00:00 ASIAONE1 192.0.2.1",
		"10:02:00 a2 CreateStack ops/s1@10:00:00 ASIAONE1 cloudformation.amazonaws.com",
		"10:03:00 a3 GetObject ops/s1@10:00:00 ASIAONE1 203.0.113.9",
		"10:04:00 a4 CreateAccessKey ops/s1@10:00:00 ASIAONE1 203.0.113.9 -> AKIANEW2",
		"10:05:00 a5 GetObject new AKIANEW2 203.0.113.9",
	} {
		records = append(records, storyEvent(line))
	}
	s := storeOf(t, records...)
	l, err := s.Lineage(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"a benign address 192.0.2.1":          "a0B a1B a2b",
		"a responder network 192.0.2.0/24":    "a0R a1R a2r",
		"a benign user-agent agent-192.0.2.1": "a0B a1B a2b",
		"a malicious address 192.0.2.1":       "a0M a1M a2m a3m a4m a5m",
		"a benign event a0":                   "a0B a1b a2b a3b a4b a5b",
		"a benign key AKIAANN":                "a0B a1b a2b a3b a4b a5b",
	} {
		held := NewJudgements(judged(t, line))
		if err := held.inherit(t.Context(), l, s); err != nil {
			t.Fatal(err)
		}
		if got := verdictsOfAll(t, s, held); got != want {
			t.Errorf("%s:\n got %s\nwant %s", line, got, want)
		}
		if v, ok := held.Of(anyTime, Subject{KeySubject, "ASIAONE1"}); ok != (want != "a0B a1B a2b" && want != "a0R a1R a2r") {
			t.Errorf("%s: of the session %v is held, %v", line, v.As, ok)
		}
	}
}

// verdictsOfAll says what is held of each event of a case.
func verdictsOfAll(t *testing.T, s *EventStore, held *Judgements) string {
	t.Helper()
	var all []string
	err := s.Scan(t.Context(), nil, []string{"eventid", "principal", "credential", "session_start", "sourceipaddress", "useragent"}, func(r *Row) error {
		ref := detect.EventRef{Time: r.Time(), ID: r.Text(0), Principal: r.Text(1), Credential: r.Text(2), SessionStart: r.Text(3), SourceIP: r.Text(4), UserAgent: r.Text(5)}
		v, ok := held.OfEvent(&ref)
		if !ok {
			return nil
		}
		letter := strings.ToUpper(string(v.As[:1]))
		if v.Inherited {
			letter = strings.ToLower(letter)
		}
		if v.Inferred && v.As == Malicious || v.Inferred && !v.Inherited {
			t.Errorf("event %s: %+v", ref.ID, v)
		}
		all = append(all, strings.Clone(ref.ID)+letter)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestJudgementsAskTheRightSubjects: what names nothing of the case is refused, and a name that names one thing is found.
func TestJudgementSubjects(t *testing.T) {
	var records []string
	for _, line := range append(story, "14:00:00 g0 ListBuckets ops AKIAOPS 203.0.113.6") {
		records = append(records, storyEvent(line))
	}
	p := &SettledCase{store: storeOf(t, records...)}
	for in, want := range map[string]string{
		"AKIAEVE0": "key AKIAEVE0", "key:AKIAEVE0": "key AKIAEVE0", "AKIANEW2": "key AKIANEW2",
		"192.0.2.9": "address 192.0.2.9", "::ffff:192.0.2.9": "address 192.0.2.9", "192.0.2.77/24": "network 192.0.2.0/24",
		"arn:aws:iam::111122223333:user/eve": "principal arn:aws:iam::111122223333:user/eve",
		"arn:aws:iam::111122223333:role/ops": "role arn:aws:iam::111122223333:role/ops",
		"eve":                                "principal arn:aws:iam::111122223333:user/eve", "e3": "event e3", "#3": "event e3",
		"arn:aws:sts::111122223333:assumed-role/ops/s1@2026-03-01T10:05:00Z": "session arn:aws:sts::111122223333:assumed-role/ops/s1@2026-03-01T10:05:00Z",
		"user-agent:agent-192.0.2.9":                                         "user-agent agent-192.0.2.9",
		"ops":                                                                "several", "": "missing", "nobody": "no access key", "AKIANOBODY": "no such key", "#99": "no such event", "#x": "ordinal", "192.0.3.0/24": "no such network",
		"arn:aws:iam::111122223333:role/op": "no such role", "0123456789abcdef": "no such finding", "user-agent:curl": "no such user-agent", "network:x": "no network",
		"arn:aws:sts::111122223333:assumed-role/ops/s1@2026-03-01T10:05:01Z": "no such session",
	} {
		sub, err := p.Subject(t.Context(), in)
		got := fmt.Sprintf("%s %s", sub.Kind, sub.Name)
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
