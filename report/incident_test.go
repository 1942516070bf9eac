package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan"
)

// A storyCall is an event of a test's story.
type storyCall struct {
	id, at, who, key, ip string // at: day and time of March 2026
	call                 string // service:name
	in, out              string
	role, start          string // of a role's session
	err                  string
	more                 string
	service              bool   // who is a service of AWS
	home                 string // account of the caller, where it is another
	identity             string // userIdentity, where it is none of these
}

const storyAccount = "111122223333"

func (c *storyCall) record() string {
	identity := fmt.Sprintf(`{"type":"IAMUser","arn":"arn:aws:iam::%s:user/%s","accountId":%[1]q,"accessKeyId":%[3]q,"userName":%[2]q}`, storyAccount, c.who, c.key)
	if c.who == "root" {
		identity = fmt.Sprintf(`{"type":"Root","principalId":%[1]q,"arn":"arn:aws:iam::%[1]s:root","accountId":%[1]q,"accessKeyId":%[2]q}`, storyAccount, c.key)
	}
	if c.role != "" {
		identity = fmt.Sprintf(`{"type":"AssumedRole","arn":"arn:aws:sts::%s:assumed-role/%s/%s","accountId":%[1]q,"accessKeyId":%[4]q,"sessionContext":{"attributes":{"creationDate":"2026-03-%[5]sZ"},"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::%[1]s:role/%[2]s","userName":%[2]q}}}`,
			storyAccount, c.role, c.who, c.key, c.start)
	}
	if c.service {
		identity = fmt.Sprintf(`{"type":"AWSService","invokedBy":%q}`, c.who)
	}
	if c.home != "" {
		identity = strings.ReplaceAll(identity, storyAccount, c.home)
	}
	if c.identity != "" {
		identity = c.identity
	}
	service, name, _ := strings.Cut(c.call, ":")
	orNull := func(s string) string {
		if s == "" {
			return "null"
		}
		return s
	}
	failure := ""
	if c.err != "" {
		failure = `"errorCode":"` + c.err + `",`
	}
	return fmt.Sprintf(`{"eventVersion":"1.09","eventTime":"2026-03-%sZ","eventID":%q,"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":"us-east-1","recipientAccountId":%q,"sourceIPAddress":%q,"userAgent":"aws-cli/2.1",%s%s"userIdentity":%s,"requestParameters":%s,"responseElements":%s}`,
		c.at, c.id, service, name, storyAccount, c.ip, failure, c.more, identity, orNull(c.in), orNull(c.out))
}

// A storyFinding is a finding of a test's story, on the events with these IDs.
type storyFinding struct {
	detector string
	severity detect.Severity
	events   []string
}

// storyIncidents makes the incidents of a story.
func storyIncidents(t testing.TB, calls []storyCall, judged []Judgement, findings ...storyFinding) []Incident {
	t.Helper()
	return storyCase(t, calls, judged, findings...).Rows
}

// storyCase makes what a case has of the incidents of a story.
func storyCase(t testing.TB, calls []storyCall, judged []Judgement, findings ...storyFinding) *Incidents {
	t.Helper()
	all, err := storySource(t, calls, judged, findings...).incidents(context.Background(), func(*Incident) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for i := range all.Rows {
		checkIncident(t, &all.Rows[i])
	}
	checkWords(t, all.Limits...)
	return all
}

// incidents makes the incidents of what a test has.
func (src incidentSource) incidents(ctx context.Context, write func(*Incident) error) (*Incidents, error) {
	b := src.builder(ctx)
	if err := b.signs(); err != nil {
		return nil, err
	}
	return b.incidents(write)
}

func storySource(t testing.TB, calls []storyCall, judged []Judgement, findings ...storyFinding) incidentSource {
	t.Helper()
	var records []string
	for i := range calls {
		records = append(records, calls[i].record())
	}
	s := storeOf(t, records...)
	places := map[string]uint64{}
	if err := s.Scan(t.Context(), nil, []string{"eventid"}, func(r *Row) error { places[r.Text(0)] = r.Ordinal(); return nil }); err != nil {
		t.Fatal(err)
	}
	detectors := map[string]*detect.Detector{
		"keys": {ID: "keys", Title: "Keys", Techniques: []string{"T1098.001"}}, "trails": {ID: "trails", Title: "Trails", Techniques: []string{"T1685.002"}}, "who": {ID: "who", Title: "Who", Techniques: []string{"T1078.004"}},
	}
	return incidentSource{store: s, detectors: detectors, end: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), judged: NewJudgements(judged),
		walk: func(_ func(*scan.Membership, []uint64) bool, want func(*scan.FindingHead) bool, event func(uint64)) error {
			for i, f := range findings {
				if want(&scan.FindingHead{ID: fmt.Sprintf("finding-%d", i), Detector: f.detector, Severity: f.severity, Count: len(f.events)}) {
					for _, id := range f.events {
						event(places[id])
					}
				}
			}
			return nil
		}}
}

// checkIncident checks what must hold of every incident: sentences, tactics and steps cite its own events, and the score is the sum of its parts.
func checkIncident(t testing.TB, in *Incident) {
	t.Helper()
	known := map[string]bool{}
	for _, e := range in.Events {
		known[e.ID] = true
	}
	for _, s := range slices.Concat(in.Narrative, in.New) {
		if len(s.Events) == 0 {
			t.Errorf("%s: a sentence cites nothing: %s", in.ID, s.Text)
		}
		for _, id := range s.Events {
			if !known[id] {
				t.Errorf("%s: a sentence cites %s, which is no event of the incident", in.ID, id)
			}
		}
	}
	for _, r := range in.Tactics {
		if !known[r.First.ID] {
			t.Errorf("%s: %s begins with %s, which is no event of the incident", in.ID, r.Tactic, r.First.ID)
		}
	}
	sum := 0
	for _, p := range in.Score.Parts {
		sum += p.Points
	}
	if sum != in.Score.Total {
		t.Errorf("%s: score %d, its parts %d", in.ID, in.Score.Total, sum)
	}
	checkWords(t, in.Questions...)
	for _, s := range slices.Concat(in.Narrative, in.New) {
		checkWords(t, s.Text)
	}
	last := 0
	for _, s := range in.Steps {
		checkWords(t, s.Why, s.Note)
		at := slices.Index(phases, s.Phase)
		if at < last || s.Verify != "" && !strings.HasPrefix(s.Verify, verifyFirst+": aws ") {
			t.Errorf("%s: step out of order, or nothing to verify by: %+v", in.ID, s)
		}
		last = at
	}
}

// checkWords checks that nobody is accused in words that only an examiner's judgement allows.
func checkWords(t testing.TB, texts ...string) {
	t.Helper()
	for _, s := range texts {
		for _, word := range []string{"intruder", "attacker", "compromised", "get into other hands"} {
			if strings.Contains(s, word) {
				t.Errorf("%q is said of what nobody has judged: %s", word, s)
			}
		}
	}
}

// incidentIDs returns the IDs of an incident's events, joined.
func incidentIDs(in *Incident) string {
	var ids []string
	for _, e := range in.Events {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

// eachDay is what somebody does at an address every day from the first to the last.
func eachDay(who, key, ip string, from, to int) (calls []storyCall) {
	for d := from; d <= to; d++ {
		calls = append(calls, storyCall{id: fmt.Sprintf("%s-%s-%d", who, ip, d), at: fmt.Sprintf("%02dT09:00:00", d), who: who, key: key, ip: ip, call: "s3:ListBuckets"})
	}
	return calls
}

// The owner's days before and beside are not the intruder's; what the key handed out is, wherever it is used.
func TestIncidentOwnerAndIntruder(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "sts:GetCallerIdentity"},
		storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		storyCall{id: "c", at: "11T02:00:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "secretsmanager:GetSecretValue", in: `{"secretId":"db"}`},
		storyCall{id: "d", at: "11T02:00:09", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
	)
	all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.Medium, []string{"b"}}, storyFinding{"trails", detect.High, []string{"d"}})
	if len(all) != 1 || incidentIDs(&all[0]) != "a b c d" {
		t.Fatalf("%d incidents: %q", len(all), incidentIDs(&all[0]))
	}
	in := &all[0]
	if in.Severity != detect.High || in.Status != IncidentSuspected || len(in.Roots) != 1 || in.Credentials[0].Credential != "AKIA1" || in.Credentials[1].Parent != 0 || !in.Credentials[1].Whole || in.Credentials[0].Whole {
		t.Errorf("%s, %s, %+v", in.Severity, in.Status, in.Credentials)
	}
	var reached []string
	for _, r := range in.Tactics {
		reached = append(reached, r.Tactic+" "+r.First.ID)
	}
	if got := strings.Join(reached, ", "); got != "Initial Access a, Discovery a, Persistence b, Credential Access c, Defense Impairment d" {
		t.Errorf("kill-chain: %s", got)
	}
	if text := strings.Join(in.Questions, "\n"); !strings.Contains(text, "If AKIA1 (IAM user alice) was in other hands") || !strings.Contains(text, "no data event on objects of account 111122223333") || !strings.Contains(text, "cloudtrail:StopLogging") {
		t.Errorf("questions:\n%s", text)
	}
}

// Who shares an office's address is no accomplice; who comes to an address that nobody else uses is.
func TestIncidentAddresses(t *testing.T) {
	const office, cafe = "192.0.2.1", "203.0.113.9"
	people := func(at string) (calls []storyCall) {
		for i, who := range []string{"ann", "ben", "cid", "dan", "eve"} {
			calls = append(calls, eachDay(who, fmt.Sprintf("AKIA%d", i), at, 2, 12)...)
		}
		return calls
	}
	story := func(ip string) []storyCall {
		return append(people(office),
			storyCall{id: "x", at: "10T12:00:00", who: "ann", key: "AKIA0", ip: ip, call: "iam:CreateLoginProfile", in: `{"userName":"x"}`},
			storyCall{id: "y", at: "10T12:10:00", who: "ben", key: "AKIA1", ip: ip, call: "cloudtrail:StopLogging", in: `{"name":"main"}`})
	}
	findings := []storyFinding{{"keys", detect.High, []string{"x"}}, {"trails", detect.High, []string{"y"}}}
	if all := storyIncidents(t, story(office), nil, findings...); len(all) != 2 || incidentIDs(&all[0]) != "x" && incidentIDs(&all[0]) != "y" {
		t.Errorf("at the office: %d incidents, %q", len(all), incidentIDs(&all[0]))
	}
	all := storyIncidents(t, story(cafe), nil, findings...)
	if len(all) != 1 || incidentIDs(&all[0]) != "x y" {
		t.Errorf("at a new address: %d incidents, %q", len(all), incidentIDs(&all[0]))
	}
}

// A role that a build system takes all day does not join what its sessions do.
func TestIncidentBuildSystem(t *testing.T) {
	var calls []storyCall
	for d := 2; d <= 5; d++ {
		for h := range 24 {
			n, key := d*100+h, fmt.Sprintf("ASIA%d", d*100+h)
			start := fmt.Sprintf("%02dT%02d:00:00", d, h)
			arn := fmt.Sprintf("arn:aws:sts::%s:assumed-role/deploy/build-%d", storyAccount, n)
			calls = append(calls,
				storyCall{id: fmt.Sprintf("take-%d", n), at: start, who: "ci", key: "AKIA1", ip: "192.0.2.1", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::` + storyAccount + `:role/deploy"}`,
					out: fmt.Sprintf(`{"credentials":{"accessKeyId":%q},"assumedRoleUser":{"arn":%q}}`, key, arn)},
				storyCall{id: fmt.Sprintf("use-%d", n), at: fmt.Sprintf("%02dT%02d:05:00", d, h), who: fmt.Sprintf("build-%d", n), key: key, ip: "192.0.2.1", role: "deploy", start: start, call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"f"}`})
		}
	}
	all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.Medium, []string{"use-305"}}, storyFinding{"keys", detect.Medium, []string{"use-318"}})
	if len(all) != 2 {
		t.Fatalf("%d incidents", len(all))
	}
	for i := range all {
		if n := len(all[i].Events); n > 2 || all[i].Severity > detect.Low {
			t.Errorf("%d events, %s: %s", n, all[i].Severity, incidentIDs(&all[i]))
		}
	}
}

// A password is a way in that no key leads to; a user that the intruder made is the intruder.
func TestIncidentWaysIn(t *testing.T) {
	calls := slices.Concat(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12), eachDay("bob", "AKIA5", "192.0.2.2", 2, 12), []storyCall{
		{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:UpdateLoginProfile", in: `{"userName":"bob"}`},
		{id: "b", at: "10T02:00:01", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"carol"}`},
		{id: "c", at: "10T03:00:00", who: "bob", ip: "198.51.100.7", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`},
		{id: "d", at: "10T04:00:00", who: "carol", key: "AKIA9", ip: "198.51.100.8", call: "ec2:DescribeInstances"},
	})
	all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if len(all) != 1 || incidentIDs(&all[0]) != "a b c d" {
		t.Fatalf("%d incidents: %q", len(all), incidentIDs(&all[0]))
	}
}

// Informational and mild findings make and join nothing, suspect-activity and conflicting copies neither.
func TestIncidentFindingsThatAccuseNobody(t *testing.T) {
	calls := eachDay("alice", "AKIA1", "192.0.2.1", 2, 4)
	id := []string{calls[1].id}
	all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.Informational, id}, storyFinding{"keys", detect.Low, id}, storyFinding{"suspect-activity", detect.High, id}, storyFinding{detect.ConflictingCopies, detect.High, id})
	if len(all) != 0 {
		t.Errorf("%d incidents", len(all))
	}
}

// A judgement makes suspected confirmed, cleared or a responder's.
func TestIncidentJudged(t *testing.T) {
	calls := append(eachDay("alice", "AKIA1", "192.0.2.1", 2, 12),
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`})
	for as, want := range map[Stance]IncidentStatus{Malicious: IncidentConfirmed, Suspect: IncidentSuspected, Benign: IncidentCleared, Responder: IncidentResponder} {
		j := Judgement{Kind: KeySubject, Subject: "AKIA1", As: as, Because: "we asked alice", By: "examiner", At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
		if err := j.Seal(); err != nil {
			t.Fatal(err)
		}
		all := storyIncidents(t, calls, []Judgement{j}, storyFinding{"keys", detect.Medium, []string{"a"}})
		if len(all) != 1 || all[0].Status != want || (all[0].Because == "") != (want == IncidentSuspected) {
			t.Errorf("%s: %d incidents, %s %q", as, len(all), all[0].Status, all[0].Because)
			continue
		}
		if s := all[0].Severity; want == IncidentConfirmed && s < detect.High || want == IncidentCleared && s > detect.Informational {
			t.Errorf("%s: severity %s", as, s)
		}
	}
}

// Of an incident with many events each text is held once, and what a report's copy has no room for is let go.
func TestIncidentMemory(t *testing.T) {
	var calls []storyCall
	var ids []string
	for i := range 2 * shownEvents {
		ids = append(ids, fmt.Sprint("e", i))
		calls = append(calls, storyCall{id: ids[i], at: fmt.Sprintf("10T02:%02d:%02d", i/60, i%60), who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging"})
	}
	src := storySource(t, calls, nil, storyFinding{"trails", detect.High, ids})
	held := map[*byte]bool{}
	all, err := src.incidents(t.Context(), func(in *Incident) error {
		if len(in.Events) != len(ids) {
			t.Errorf("%d events", len(in.Events))
		}
		for _, e := range in.Events {
			for _, text := range []string{e.Name, e.Source, e.Region, e.Account, e.Principal, e.Credential, e.SourceIP} {
				held[unsafe.StringData(text)] = true
			}
		}
		in.shorten()
		return nil
	})
	if err != nil || len(all.Rows) != 1 || len(held) != 7 {
		t.Fatalf("%v, %d incidents, %d texts", err, len(all.Rows), len(held))
	}
	if in := &all.Rows[0]; cap(in.Events) > 2*shownEvents-1 || len(in.Events) != shownEvents || in.MoreEvents != shownEvents {
		t.Errorf("the report has %d events of %d and %d more", len(in.Events), cap(in.Events), in.MoreEvents)
	}
	full := errors.New("full")
	if _, err := src.write(t.Context(), failingWriter{full}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// Addresses that every network has for itself say nothing about who uses them; those of documents stand for public ones.
func TestIsPrivate(t *testing.T) {
	for ip, want := range map[string]bool{
		"10.1.2.3": true, "172.31.0.1": true, "192.168.0.1": true, "127.0.0.1": true, "169.254.169.254": true, "0.0.0.0": true, "100.64.0.1": true, "100.127.255.255": true, "::ffff:10.0.0.1": true, "::1": true, "fd00::1": true, "fe80::1%eth0": true,
		"100.128.0.1": false, "192.0.2.1": false, "198.51.100.7": false, "203.0.113.9": false, "8.8.8.8": false, "2001:db8::1": false, "2600::1": false, "sts.amazonaws.com": false, "": false,
	} {
		if isPrivate(ip) != want {
			t.Errorf("%s: %t", ip, !want)
		}
	}
}

// Records that contradict each other make a circle of credentials: it is listed like the others, beside what has a beginning.
func TestIncidentCircle(t *testing.T) {
	take := func(id, who, key, role, takes, gets string) storyCall {
		return storyCall{id: id, at: "10T02:00:00", who: who, key: key, role: role, start: "10T02:00:00", ip: "203.0.113.9", call: "sts:AssumeRole", in: `{"roleArn":"arn:aws:iam::` + storyAccount + `:role/` + takes + `"}`,
			out: `{"credentials":{"accessKeyId":"` + gets + `","expiration":"Mar 10, 2026, 3:00:00 AM"},"assumedRoleUser":{"arn":"arn:aws:sts::` + storyAccount + `:assumed-role/` + takes + `/s"}}`}
	}
	all := storyIncidents(t, []storyCall{
		{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
		take("b", "s", "ASIAB", "b", "c", "ASIAC"),
		take("c", "s", "ASIAC", "c", "b", "ASIAB"),
		take("d", "s", "ASIAC", "c", "d", "ASIAD"),
	}, nil, storyFinding{"trails", detect.High, []string{"a", "b", "c", "d"}})
	if len(all) != 1 {
		t.Fatalf("%d incidents", len(all))
	}
	var got []string
	for _, c := range all[0].Credentials {
		got = append(got, fmt.Sprint(c.Credential, " ", c.Parent))
	}
	if want := []string{"AKIA1 -1", "ASIAB -1", "ASIAC 1", "ASIAD 2"}; !slices.Equal(got, want) || !slices.Equal(all[0].Roots, []int{0, 1}) {
		t.Errorf("%q, roots %d; want %q", got, all[0].Roots, want)
	}
}

// A session that has no key is judged by its name: what another of its role did keeps its own.
func TestIncidentJudgedSession(t *testing.T) {
	calls := []storyCall{
		{id: "a", at: "10T02:00:00", who: "s", role: "ops", start: "10T01:00:00", ip: "203.0.113.9", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
		{id: "b", at: "20T02:00:00", who: "s", role: "ops", start: "20T01:00:00", ip: "198.51.100.7", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
	}
	j := Judgement{Kind: SessionSubject, Subject: SessionName("arn:aws:sts::"+storyAccount+":assumed-role/ops/s", "2026-03-10T01:00:00Z"), As: Benign, Because: "a change of ours", By: "examiner", At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	if err := j.Seal(); err != nil {
		t.Fatal(err)
	}
	all := storyIncidents(t, calls, []Judgement{j}, storyFinding{"trails", detect.Medium, []string{"a"}}, storyFinding{"trails", detect.Medium, []string{"b"}})
	got := map[string]string{}
	for i := range all {
		for _, c := range all[i].Credentials {
			got[all[i].Events[0].ID] += string(all[i].Status) + " " + c.Kind + " " + c.Status
		}
	}
	if want := map[string]string{"a": "cleared session cleared", "b": "suspected session "}; !maps.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Events of one second may stand in the file in any order: the incident has the same events, and tells the same things.
func TestIncidentSameSecond(t *testing.T) {
	calls := []storyCall{
		{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		{id: "b", at: "10T02:00:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "iam:ListUsers"},
		{id: "c", at: "10T02:00:00", who: "bob", key: "AKIA2", ip: "198.51.100.7", call: "cloudtrail:StopLogging", in: `{"name":"main"}`},
	}
	told := func(calls []storyCall) string {
		all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if len(all) != 1 || len(all[0].Events) != 3 {
			t.Fatalf("%d incidents: %q", len(all), incidentIDs(&all[0]))
		}
		var texts []string
		for _, s := range all[0].Narrative {
			texts = append(texts, s.Text)
		}
		return strings.Join(texts, "\n")
	}
	if a, b := told(calls), told([]storyCall{calls[2], calls[1], calls[0]}); a != b {
		t.Errorf("the order within a second matters:\n%s\n\n%s", a, b)
	}
}

// What a run writes: each scripted incident that findings accuse is found whole, and the formats tell it.
func TestIncidentsOfScripts(t *testing.T) {
	dir := t.TempDir()
	truth, err := fixtures.Write(dir, fixtures.Config{Seed: 31, Bytes: 2 << 20, Incidents: []string{"leaked-key"}})
	if err != nil {
		t.Fatal(err)
	}
	s := analyzedStore(t, dir, detect.All()...)
	m, err := ReadModel(s.dir)
	if err != nil || m.Incidents == nil {
		t.Fatalf("%v, %v", m.Incidents, err)
	}
	want := scripted(truth, "leaked-key")
	at := slices.IndexFunc(m.Incidents.Rows, func(in Incident) bool { return in.Events[0].ID == want.Events[0].ID })
	if at < 0 {
		for i := range m.Incidents.Rows {
			t.Logf("%s: %s", m.Incidents.Rows[i].Title, incidentIDs(&m.Incidents.Rows[i]))
		}
		t.Fatalf("no incident begins with %s", want.Events[0].ID)
	}
	in, err := ReadIncident(s.dir, m.Incidents.Rows[at].Number)
	if err != nil {
		t.Fatal(err)
	}
	got, ids := strings.Fields(incidentIDs(in)), idsOf(want)
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) || in.Severity < detect.High {
		t.Errorf("%s: %d events, the incident has %d", in.Severity, len(got), len(ids))
	}
	checkIncident(t, in)
	var text, list, md bytes.Buffer
	if err := in.Print(&text, "text"); err != nil || !strings.Contains(text.String(), "update-access-key --user-name 'svc-reporting'") {
		t.Errorf("%v\n%s", err, &text)
	}
	if err := m.Incidents.Print(&list, "text", Screen{}); err != nil || !strings.Contains(list.String(), "svc-reporting") {
		t.Errorf("%v\n%s", err, &list)
	}
	if err := m.Markdown(&md); err != nil || !strings.Contains(md.String(), "## Incidents") {
		t.Errorf("%v: no section of incidents", err)
	}
	if _, err := ReadIncident(s.dir, 10_000); err == nil {
		t.Error("there is an incident 10000")
	}
}
