package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan"
)

// analyzedStore makes a case of the evidence in a directory, with these detectors, and opens its event store.
func analyzedStore(t testing.TB, evidence string, detectors ...*detect.Detector) *EventStore {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "case")
	kase, err := Create(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Store: true, Timeline: None}
	var tally *Tally
	res, err := scan.Run(t.Context(), scan.Config{
		Paths: []string{evidence}, Detectors: detectors, Workers: 1, Memory: 64 << 20, Carry: Carry, Raw: true, WorkDir: t.TempDir(),
		Sinks: func(concl *scan.Conclusion) (sinks []scan.Sink, err error) {
			opt.Sources = concl.Sources
			sinks, tally, err = Sinks(kase, concl, opt)
			return sinks, err
		},
	})
	if err == nil {
		_, err = Write(t.Context(), kase, res, tally, opt)
	}
	if err == nil {
		err = res.Close()
	}
	if err == nil {
		_, err = kase.Settle()
	}
	if err != nil {
		t.Fatal(err)
	}
	return openedStore(t, dir)
}

func openedStore(t testing.TB, dir string) *EventStore {
	t.Helper()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// storeOf makes a case of records.
func storeOf(t testing.TB, records ...string) *EventStore {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{"Records":[`+strings.Join(records, ",")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return analyzedStore(t, dir)
}

// scriptedStore makes a case of an archive with all incidents.
func scriptedStore(t testing.TB, seed uint64) (*EventStore, *fixtures.Truth) {
	t.Helper()
	dir := t.TempDir()
	truth, err := fixtures.Write(dir, fixtures.Config{Seed: seed, Bytes: 2 << 20, Incidents: fixtures.AllIncidents()})
	if err != nil {
		t.Fatal(err)
	}
	return analyzedStore(t, dir), truth
}

func pivot(t testing.TB, s *EventStore, q PivotQuery) *Pivot {
	t.Helper()
	p, err := s.Pivot(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func asFormat(t testing.TB, p *Pivot, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// timelineOf returns the IDs of the events that the JSON of a pivot has.
func timelineOf(t testing.TB, p *Pivot) (ids []string) {
	t.Helper()
	var doc struct{ Timeline []PivotEvent }
	if err := json.Unmarshal([]byte(asFormat(t, p, "json")), &doc); err != nil {
		t.Fatal(err)
	}
	for _, e := range doc.Timeline {
		ids = append(ids, e.ID)
	}
	return ids
}

func scripted(truth *fixtures.Truth, name string) *fixtures.Incident {
	i := slices.IndexFunc(truth.Incidents, func(in fixtures.Incident) bool { return in.Name == name })
	return &truth.Incidents[i]
}

func idsOf(in *fixtures.Incident) (ids []string) {
	for _, e := range in.Events {
		ids = append(ids, e.ID)
	}
	return ids
}

// From the last credential of the intruder who came from another account, the tree is the incident: every
// event of it and no other, what was left and what was not.
func TestPivotFindsTheWholeIncident(t *testing.T) {
	s, truth := scriptedStore(t, 31)
	in := scripted(truth, "role-and-function")
	for _, q := range []PivotQuery{{Subject: in.Credentials[1]}, {Subject: in.Lineage[0].From}, {Subject: in.Credentials[0], Up: true, Down: true}, {Subject: in.Credentials[1], remember: 3}} {
		p := pivot(t, s, q)
		got, want := timelineOf(t, p), idsOf(in)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || p.Events.Events != int64(len(want)) {
			t.Errorf("%+v: %d events, the incident has %d", q, len(got), len(want))
		}
		if p.Tree != (PivotTree{Nodes: 5, Exact: 3}) || len(p.Origins) != 1 || p.Origins[0].First.ID != want0(in) || p.Origins[0].First.SourceIP != in.SourceIPs[0] {
			t.Errorf("%+v: tree %+v, origins %+v", q, p.Tree, p.Origins)
		}
		for _, a := range in.Persistence {
			name := a.Name[strings.LastIndexByte(a.Name, ' ')+1:]
			i := slices.IndexFunc(p.Left.Rows, func(r PersistenceRow) bool {
				return strings.Contains(r.Target, name) || a.Kind == "event-source-mapping" && r.Kind == "event source mapping"
			})
			if i < 0 || (p.Left.Rows[i].State == Removed) != a.Removed {
				t.Errorf("%+v is not as it was left: %+v", a, p.Left.Rows)
			}
		}
		if i := slices.IndexFunc(p.Data.Rows, func(r PivotRead) bool { return r.Resource == in.Data[0].Name }); i < 0 || p.Data.Rows[i].Succeeded != 3 {
			t.Errorf("%+v: %+v", in.Data, p.Data)
		}
	}
}

func want0(in *fixtures.Incident) string { return in.Events[0].ID }

func TestPivotDownAndUp(t *testing.T) {
	s, truth := scriptedStore(t, 32)
	in := scripted(truth, "leaked-key")
	newKey := in.Credentials[1]
	down := pivot(t, s, PivotQuery{Subject: newKey, Down: true})
	var want []string
	for _, e := range in.Events[slices.IndexFunc(in.Events, func(e fixtures.TruthEvent) bool { return e.Role == "first use of the new key" }):] {
		want = append(want, e.ID)
	}
	got := timelineOf(t, down)
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) || len(down.Nodes) != 1 {
		t.Errorf("down: %d events of %d nodes, want %d", len(got), len(down.Nodes), len(want))
	}
	if by := down.Nodes[0].By; by == nil || by.ID != in.Lineage[0].Event || by.SourceIP != in.SourceIPs[0] {
		t.Errorf("what issued it is not told: %+v", by)
	}
	for _, d := range in.Data {
		i := slices.IndexFunc(down.Data.Rows, func(r PivotRead) bool { return r.Resource == d.Name })
		if i < 0 || down.Data.Rows[i].Bytes != d.Bytes || d.Kind == "bucket" && down.Data.Rows[i].Objects != int64(d.Objects) {
			t.Errorf("%+v: %+v", d, down.Data.Rows)
		}
	}
	up := pivot(t, s, PivotQuery{Subject: newKey, Up: true})
	if n := len(up.Nodes); n != 3 || !up.Nodes[2].Subject || up.Nodes[1].Keys[0] != in.Credentials[0] || up.Origins[0].Human != "svc-reporting" || up.Nodes[2].By.ID != in.Lineage[0].Event {
		t.Errorf("up: %+v", up.Nodes)
	}
	first := pivot(t, s, PivotQuery{Subject: in.Credentials[0], Up: true})
	if first.Tree.Aside != 2 || len(first.Nodes) != 2 {
		t.Errorf("the new user and its key are beside the chain: %+v", first.Tree)
	}
}

// Every way to name a credential leads to it.
func TestPivotSubjects(t *testing.T) {
	s, truth := scriptedStore(t, 33)
	in := scripted(truth, "console-guessing")
	key := in.Credentials[0]
	for subject, is := range map[string]string{
		key: subjectKey, "arn:aws:iam::" + in.Account + ":user/lena.hoffmann": subjectPrincipal, "lena.hoffmann": subjectUser,
		"203.0.113.222": subjectAddress, "203.0.113.222/32": subjectAddress, in.Events[len(in.Events)-1].ID: subjectEvent,
	} {
		p := pivot(t, s, PivotQuery{Subject: subject})
		if p.Is != is || !slices.ContainsFunc(p.Nodes, func(n PivotNode) bool { return slices.Contains(n.Keys, key) && n.Confidence == "inferred, likely" }) {
			t.Errorf("%s: %s: %+v", subject, p.Is, p.Nodes)
		}
	}
	roles := scripted(truth, "role-and-function")
	for _, subject := range []string{"platform-admin", "arn:aws:iam::" + roles.Account + ":role/platform-admin", "arn:aws:sts::" + roles.Account + ":assumed-role/platform-admin/maintenance"} {
		if p := pivot(t, s, PivotQuery{Subject: subject, Down: true}); p.Tree.Exact != 2 || len(p.Nodes) != 3 && len(p.Nodes) != 4 {
			t.Errorf("%s: %s: %+v", subject, p.Is, p.Nodes)
		}
	}
	if p := pivot(t, s, PivotQuery{Subject: "maintenance", Down: true}); p.Is != subjectHuman || p.Tree.Exact != 2 {
		t.Errorf("a session's name: %s, %+v", p.Is, p.Tree)
	}
	if _, err := s.Pivot(t.Context(), PivotQuery{Subject: "nobody"}); err == nil || !strings.Contains(err.Error(), "subject nobody: no access key") {
		t.Errorf("%v", err)
	}
	if _, err := s.Pivot(t.Context(), PivotQuery{Subject: "#x"}); err == nil {
		t.Error("#x is an ordinal")
	}
}

// Whatever credential one starts from, the events are those of its keys and of the events that tie them.
func TestPivotAgreesWithFilters(t *testing.T) {
	s, _ := scriptedStore(t, 34)
	l, err := s.Lineage(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for id := range l.Nodes() {
		n := l.Node(id)
		if n.Kind == detect.PrincipalNode || id%17 != 0 || len(n.Keys) == 0 {
			continue
		}
		tried++
		want := map[uint64]bool{}
		l.Below([]detect.NodeID{id}, func(id detect.NodeID, _ int) bool {
			n := l.Node(id)
			for _, key := range n.Keys {
				f, err := NewFilter([]Term{{Flag: "access-key", Value: key}}, 0)
				if err == nil {
					err = s.Scan(t.Context(), f, nil, func(r *Row) error { want[r.Ordinal()] = true; return nil })
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			return true
		})
		p := pivot(t, s, PivotQuery{Subject: n.Keys[0], Down: true})
		got := map[uint64]bool{}
		if err := s.Scan(t.Context(), p.filter, nil, func(r *Row) error { got[r.Ordinal()] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v: %d events, filters find %d", n.Keys, len(got), len(want))
		}
	}
	if tried < 20 {
		t.Errorf("%d credentials were tried", tried)
	}
}

// A record of the tests.
func pivotRecord(at, source, name, identity, more string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T%sZ","eventID":"%s %s","eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userAgent":"u\u001b[31m\"]","userIdentity":%s%s}`,
		at, at, name, source, name, identity, more)
}

// The copy of an event that another account got is in the tree, and the calls of a console session have one node.
func TestPivotCopiesOfOtherAccounts(t *testing.T) {
	alice := `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1"}`
	s := storeOf(t,
		pivotRecord("10:00:00", "s3", "GetObject", alice, `,"sharedEventID":"s1","requestParameters":{"bucketName":"theirs","key":"k"}`),
		pivotRecord("10:00:01", "s3", "GetObject", `{"type":"AWSAccount","principalId":"AIDA1","accountId":"111122223333"}`, `,"sharedEventID":"s1"`),
		pivotRecord("10:00:02", "s3", "GetObject", `{"type":"AWSAccount","principalId":"AIDA1","accountId":"111122223333"}`, `,"sharedEventID":"s2"`))
	if got := timelineOf(t, pivot(t, s, PivotQuery{Subject: "AKIA1"})); !slices.Equal(got, []string{"10:00:00 GetObject", "10:00:01 GetObject"}) {
		t.Errorf("%q", got)
	}
}

// What only an answer names is found to be taken away, as in the ledger.
func TestPivotRemovalsByAnswer(t *testing.T) {
	alice := `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1"}`
	bob := strings.NewReplacer("alice", "bob", "AKIA1", "AKIA2").Replace(alice)
	s := storeOf(t,
		pivotRecord("10:00:00", "ec2", "AuthorizeSecurityGroupIngress", alice, `,"requestParameters":{"groupId":"sg-1"},"responseElements":{"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1"}]}}`),
		pivotRecord("11:00:00", "ec2", "RevokeSecurityGroupIngress", bob, `,"requestParameters":{"groupId":"sg-1"},"responseElements":{"revokedSecurityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1"}]}}`))
	left := pivot(t, s, PivotQuery{Subject: "AKIA1"}).Left.Rows
	if len(left) != 1 || left[0].State != Removed {
		t.Errorf("%+v", left)
	}
}

// A graph that is full says so.
func TestPivotOfAFullGraph(t *testing.T) {
	s, truth := scriptedStore(t, 35)
	_, err := s.Pivot(t.Context(), PivotQuery{Subject: "nobody", Nodes: 100})
	if err == nil || !strings.HasSuffix(err.Error(), "event of the case that is in the graph, which was full at 100 nodes (--nodes)") {
		t.Errorf("of whom a full graph may have left out: %v", err)
	}
	p, err := s.Pivot(t.Context(), PivotQuery{Subject: scripted(truth, "leaked-key").Credentials[0], Nodes: 100})
	if err != nil {
		t.Skip("the key came too late")
	}
	if p.Graph.Nodes != 100 || p.Graph.Left == 0 || !strings.HasPrefix(p.Limits[0], "The graph was full at 100 nodes (--nodes): ") {
		t.Errorf("%+v %q", p.Graph, p.Limits[0])
	}
}

// A session that outlives the evidence is told apart from one that does not.
func TestPivotExpiry(t *testing.T) {
	alice := `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1"}`
	issue := func(at, key, expiry string) string {
		return pivotRecord(at, "sts", "GetSessionToken", alice, fmt.Sprintf(`,"responseElements":{"credentials":{"accessKeyId":%q,"expiration":%q}}`, key, expiry))
	}
	s := storeOf(t,
		issue("10:00:00", "ASIA1", "Mar 2, 2026, 11:00:00 AM"), issue("10:00:01", "ASIA2", "Mar 2, 2026, 10:59:59\u202fPM"),
		issue("10:00:02", "ASIA3", "Mar 2, 2026 12:30:00 PM"), issue("10:00:03", "ASIA4", "in an hour"),
		pivotRecord("12:00:00", "sts", "GetCallerIdentity", `{"type":"AWSService","invokedBy":"x.amazonaws.com"}`, ""))
	got := map[string]string{}
	for _, n := range pivot(t, s, PivotQuery{Subject: "AKIA1"}).Nodes {
		if len(n.Keys) == 1 {
			got[n.Keys[0]] = fmt.Sprintf("%s %s %t", moment(n.Expires), n.Expiry, n.Alive)
		}
	}
	want := map[string]string{"AKIA1": "–  false", "ASIA1": "2026-03-02T11:00:00Z  false", "ASIA2": "2026-03-02T22:59:59Z  true", "ASIA3": "2026-03-02T12:30:00Z  true", "ASIA4": "– in an hour false"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The same events give the same bytes, wherever the store was cut into row groups.
func TestPivotIsDeterministic(t *testing.T) {
	rows := randomRows(41, 600)
	var want []string
	for i, cuts := range manyCuts {
		dir := t.TempDir()
		writeStore(t, dir, rows, cuts)
		s := openedStore(t, dir)
		for n, subject := range []string{"AKIA1EXAMPLE", "198.51.100.0/24", "alice", "#7"} {
			for _, format := range PivotFormats {
				got := asFormat(t, pivot(t, s, PivotQuery{Subject: subject}), format)
				if i == 0 {
					want = append(want, got)
				} else if got != want[n*len(PivotFormats)+slices.Index(PivotFormats, format)] {
					t.Errorf("%s as %s differs with cuts %+v", subject, format, cuts)
				}
			}
		}
	}
}

// A user that was renamed is found by any of its names, the last of which no call may have been made under.
func TestPivotOfRenamedUser(t *testing.T) {
	src := storySource(t, []storyCall{
		{id: "a", at: "10T02:00:00", who: "tmp", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"},
		{id: "b", at: "10T02:00:30", who: "alice", key: "AKIA1", ip: "192.0.2.1", call: "iam:UpdateUser", in: `{"userName":"tmp","newUserName":"backup"}`},
		{id: "c", at: "10T02:01:00", who: "backup", key: "AKIA2", ip: "203.0.113.9", call: "s3:ListBuckets"},
		{id: "d", at: "10T02:02:00", who: "alice", key: "AKIA1", ip: "192.0.2.1", call: "iam:UpdateUser", in: `{"userName":"backup","newUserName":"held"}`},
	}, nil)
	for _, name := range []string{"tmp", "backup", "held", "arn:aws:iam::111122223333:user/tmp", "arn:aws:iam::111122223333:user/held"} {
		p, err := src.store.Pivot(t.Context(), PivotQuery{Subject: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if p.Events.Succeeded != 2 {
			t.Errorf("%s: %+v", name, p.Events)
		}
	}
}
