package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/scan"
)

// What becomes of things, call by call: a "+" before a call puts it into the second of the one before.
func TestLedgerCourses(t *testing.T) {
	const rule, version = `{"name":"r"}`, `{"policyArn":"arn:aws:iam::111122223333:policy/p","versionId":"v%"}`
	for _, c := range []struct {
		calls []string // service, call, request
		want  string
	}{
		{[]string{"events PutRule " + rule, "events DisableRule " + rule, "events EnableRule " + rule}, "r present"},
		{[]string{"events PutRule " + rule, "events EnableRule " + rule}, "r present"},
		{[]string{"events PutRule " + rule, "events DisableRule " + rule, "events DisableRule " + rule}, "r deactivated by 2"},
		{[]string{"events DisableRule " + rule, "+events PutRule " + rule}, "r present"},
		{[]string{"events PutRule " + rule, "events DisableRule " + rule, "events DeleteRule " + rule}, "r removed by 3"},
		// A version that is no more the default one is replaced, whoever makes another that.
		{[]string{"iam SetDefaultPolicyVersion " + strings.ReplaceAll(version, "%", "2"), "iam SetDefaultPolicyVersion " + strings.ReplaceAll(version, "%", "3")},
			"arn:aws:iam::111122223333:policy/p, v2 replaced by 2; arn:aws:iam::111122223333:policy/p, v3 present"},
		// What one second leaves open a later call decides.
		{[]string{"iam CreateGroup {\"groupName\":\"g\"}", "+iam DeleteGroup {\"groupName\":\"g\"}"}, "g " + Unordered + " by 2"},
		{[]string{"iam CreateGroup {\"groupName\":\"g\"}", "+iam DeleteGroup {\"groupName\":\"g\"}", "iam DeleteGroup {\"groupName\":\"g\"}"}, "g removed by 3"},
		{[]string{"iam DeleteGroup {\"groupName\":\"g\"}", "+iam CreateGroup {\"groupName\":\"g\"}", "iam DeleteGroup {\"groupName\":\"g\"}"}, "g removed by 3"},
		{[]string{"iam CreateGroup {\"groupName\":\"g\"}", "+iam DeleteGroup {\"groupName\":\"g\"}", "iam CreateGroup {\"groupName\":\"g\"}"}, "g " + Unordered + " by 2; g present"},
		{[]string{"events DeleteRule " + rule, "+events PutRule " + rule, "events DisableRule " + rule, "events EnableRule " + rule}, "r " + Unordered + " by 1"},
	} {
		var s script
		for _, call := range c.calls {
			call, same := strings.CutPrefix(call, "+")
			f := strings.SplitN(call, " ", 3)
			if same {
				s.same(f[0], f[1], f[2], "")
			} else {
				s.do(f[0], f[1], f[2], "")
			}
		}
		var got []string
		for _, r := range s.ledgers(t).Persistence {
			row := r.Target + " " + r.State
			if r.Ended != nil {
				row += " by " + r.Ended.EventID
			}
			got = append(got, row)
		}
		if g := strings.Join(got, "; "); g != c.want {
			t.Errorf("%q: %q, want %q", c.calls, g, c.want)
		}
	}
}

// A function of another region is another one; users, roles and buckets have one name everywhere.
func TestLedgerRegions(t *testing.T) {
	var s script
	for _, c := range [][4]string{
		{"lambda", "CreateFunction20150331", "DeleteFunction20150331", `{"functionName":"f"}`}, {"iam", "CreateRole", "DeleteRole", `{"roleName":"r"}`}, {"s3", "PutBucketPolicy", "DeleteBucketPolicy", `{"bucketName":"b"}`},
	} {
		s.do(c[0], c[1], c[3], "")
		s.do(c[0], c[2], c[3], "").region = "us-east-1"
	}
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		got = append(got, r.Target+" "+r.State)
	}
	if g := strings.Join(got, ", "); g != "f present, r removed, b removed" {
		t.Error(g)
	}
}

// Each principal has its own rows, also where the records name no credential; a thing that an account has one of is called by the account.
func TestLedgerCallers(t *testing.T) {
	var s script
	for _, who := range []string{aliceARN, carolARN, aliceARN} {
		c := s.do("ec2", "EnableSerialConsoleAccess", "", "")
		c.who, c.key = who, ""
	}
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		got = append(got, fmt.Sprintf("%s by %s, %d", r.Target, r.Made.Principal, r.Calls))
	}
	if want := []string{"111122223333 by " + aliceARN + ", 2", "111122223333 by " + carolARN + ", 1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Who has an event in a finding is a suspect, named in its head or not; who is held one for a single event is not one for the others.
func TestLedgerTies(t *testing.T) {
	var s script
	s.do("iam", "CreateGroup", `{"groupName":"accused"}`, "").findings = []scan.Membership{inKey}
	s.do("iam", "CreateGroup", `{"groupName":"later"}`, "")
	s.do("iam", "CreateGroup", `{"groupName":"held"}`, "")
	s.do("iam", "CreateGroup", `{"groupName":"free"}`, "")
	s.do("iam", "CreateGroup", `{"groupName":"nameless"}`, "").findings = []scan.Membership{inKey}
	s.do("iam", "CreateGroup", `{"groupName":"namesake"}`, "")
	s.do("iam", "CreateGroup", `{"groupName":"cleared"}`, "").findings = []scan.Membership{inKey}
	s.do("iam", "CreateGroup", `{"groupName":"after it"}`, "")
	for i := range s.calls {
		c := &s.calls[i]
		c.key, c.who, c.ip = []string{"AKIAONE", "AKIAONE", "AKIATWO", "AKIATWO", "", "AKIASIX", "AKIASEVEN", "AKIASEVEN"}[i], carolARN, "192.0.2.9"
	}
	tally, err := NewTally(conclusion(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	tally.hold(NewJudgements(judged(t, "a suspect event 3", "a benign event 7")))
	drive(t, tally, s.entries(t), 2)
	var got []string
	for _, r := range closed(t, tally).Persistence {
		got = append(got, r.Target+" "+string(r.Link))
	}
	if g := strings.Join(got, ", "); g != "accused identity, later identity, held identity, free , nameless identity, namesake , cleared , after it " {
		t.Error(g)
	}
}

// What is held of one call that made a thing says nothing of another that made it again: each has its row.
func TestLedgerJudgedApart(t *testing.T) {
	for stance, links := range map[Stance]string{Benign: ", identity", Malicious: "confirmed, identity", Responder: "responder, identity", Suspect: "identity, identity"} {
		var s script
		for range 3 {
			s.do("iam", "CreateGroup", `{"groupName":"g"}`, "")
		}
		tally, err := NewTally(conclusion(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		tally.hold(NewJudgements(judged(t, "a "+string(stance)+" event 1")))
		drive(t, tally, s.entries(t), 1)
		var got []string
		for _, r := range closed(t, tally).Persistence {
			got = append(got, string(r.Link))
		}
		if g := strings.Join(got, ", "); g != links {
			t.Errorf("%s: %q, want %q", stance, g, links)
		}
	}
}

// A full ledger admits what is linked to suspects longer, and not for ever.
func TestAdmits(t *testing.T) {
	for _, c := range []struct {
		rows   int
		linked bool
		want   bool
	}{
		{ledgerLimit - 1, false, true}, {ledgerLimit, false, false}, {ledgerLimit, true, true}, {ledgerLimit + ledgerReserve - 1, true, true}, {ledgerLimit + ledgerReserve, true, false},
	} {
		if admits(c.rows, c.linked) != c.want {
			t.Errorf("%d rows, linked %v: %v", c.rows, c.linked, !c.want)
		}
	}
}

// The report shows the changes to defences that are linked to suspects, then the others; a responder's too.
func TestDefencesShown(t *testing.T) {
	l := &Ledger{}
	for _, link := range []Link{"", ByAddress, ByResponder, ByIdentity} {
		l.Defences = append(l.Defences, DefenceRow{Link: link})
	}
	var got []string
	d := l.defences()
	for i := range d.Rows {
		got = append(got, string(d.Rows[i].Link))
	}
	if want := []string{string(ByIdentity), string(ByAddress), "", string(ByResponder)}; !slices.Equal(got, want) || d.OtherRows != 0 {
		t.Errorf("%q and %d others, want %q", got, d.OtherRows, want)
	}
	l.Defences = make([]DefenceRow, fieldLimit+2)
	if d := l.defences(); len(d.Rows) != fieldLimit || d.OtherRows != 2 {
		t.Errorf("%d rows and %d others", len(d.Rows), d.OtherRows)
	}
}

// What was taken comes before what was only tried, the most of it first.
func TestDataShown(t *testing.T) {
	l := &Ledger{}
	for i, c := range []struct {
		succeeded, bytes, events int64
		link                     Link
	}{{0, 0, 9, ByIdentity}, {1, 5, 1, ByIdentity}, {2, 5, 2, ByIdentity}, {1, 7, 1, ByAddress}, {1, 9, 1, ""}, {0, 0, 3, ByAddress}} {
		r := DataRow{Resource: fmt.Sprint(i), Link: c.link, Bytes: c.bytes}
		r.Succeeded, r.Events = c.succeeded, c.events
		l.Data = append(l.Data, r)
	}
	l.sums.Data.Others = 4
	d, got := l.data(), ""
	for i := range d.Rows {
		got += d.Rows[i].Resource
	}
	if got != "21305" || d.OtherEvents != 4 {
		t.Errorf("%s, %d others", got, d.OtherEvents)
	}
}

// Of which accounts nothing can be told is said of each by itself.
func TestBlindOfAccounts(t *testing.T) {
	var accounts capped[string, accountRow]
	accounts.limit = 10
	accounts.at("333333333333", nil)
	accounts.at("222222222222", nil)
	accounts.at("111111111111", nil)
	s := &Ledgers{Seen: []DataSeen{{Account: "222222222222", Kind: s3Objects}}}
	if got := s.blind(&accounts)[0]; !strings.HasPrefix(got, "Of 111111111111, 333333333333 the evidence has no event that reads an S3 object") {
		t.Error(got)
	}
}

// What goes with its owner says so, if it went.
func TestGoneWith(t *testing.T) {
	by := &Mark{Event: "DeleteUser"}
	for _, c := range []struct {
		row  PersistenceRow
		want string
	}{
		{PersistenceRow{Kind: "access key", State: Removed, Ended: by}, "gone with its user: "}, {PersistenceRow{Kind: "IAM user", State: Removed, Ended: by}, ""},
		{PersistenceRow{Kind: "access key", State: Unordered, Ended: by}, ""}, {PersistenceRow{Kind: "access key", State: Present}, ""},
		{PersistenceRow{Kind: "access key", State: Removed, Ended: &Mark{Event: "DeleteAccessKey"}}, ""},
	} {
		if got := c.row.goneWith(); got != c.want {
			t.Errorf("%s %s: %q", c.row.Kind, c.row.State, got)
		}
	}
}

// What an examiner holds malicious is counted as confirmed with whoever did it, however batches are cut.
func TestConfirmedActors(t *testing.T) {
	for n := range 4 {
		var s script
		for range 3 {
			c := s.do("iam", "CreateGroup", `{"groupName":"g"}`, "")
			c.key, c.who, c.ip = carolKey, carolARN, "192.0.2.9"
		}
		tally, err := NewTally(conclusion(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		tally.hold(NewJudgements(judged(t, "a malicious event 1", "a suspect event 2", "a malicious event 3")))
		drive(t, tally, s.entries(t), n+1)
		closed(t, tally)
		if r := tally.all.actors.row(actor{credential: carolKey}); r == nil || r.confirmed != 2 || len(r.held) != 3 || tally.all.confirmed.Events != 2 {
			t.Errorf("batches of %d: %+v", n+1, r)
		}
	}
}
