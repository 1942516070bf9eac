package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// outline says which events make up which findings, and how severe they are.
func outline(found []Finding, id func(EventRef) string) string {
	var lines []string
	for _, f := range found {
		var ids []string
		for _, e := range f.Events {
			ids = append(ids, id(*e))
		}
		slices.Sort(ids)
		lines = append(lines, fmt.Sprintf("%s %s %s", f.Subject, f.Severity, strings.Join(ids, ",")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// campaign is an intrusion in few seconds, with bystanders.
func campaign() (raw []string) {
	call := func(second, n int, address, agent, source, name, key, request, response, code string) {
		raw = append(raw, fmt.Sprintf(`{"eventTime":"2026-01-02T03:00:%02dZ","eventID":"%02d-%d","eventSource":"%s","eventName":"%s","sourceIPAddress":"%s","userAgent":"%s","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","userName":"%[8]s","accountId":"111122223333","accessKeyId":"%[8]s"},"recipientAccountId":"111122223333","requestParameters":%s,"responseElements":%s,"errorCode":"%s"}`,
			second, second, n, source, name, address, agent, key, request, response, code))
	}
	for n := range 12 {
		call(1, n, "198.51.100.1", "aws-cli", "ec2.amazonaws.com", fmt.Sprint("Describe", n), "AKIA1", "null", "null", "Client.UnauthorizedOperation")
	}
	call(1, 20, "198.51.100.1", "aws-cli", "iam.amazonaws.com", "CreateAccessKey", "AKIA1", `{"userName":"bob"}`, `{"accessKey":{"accessKeyId":"AKIA2"}}`, "")
	call(1, 21, "198.51.100.2", "aws-cli", "iam.amazonaws.com", "CreateAccessKey", "AKIA2", `{"userName":"eve"}`, `{"accessKey":{"accessKeyId":"AKIA3"}}`, "")
	call(1, 22, "198.51.100.3", "aws-cli", "cloudtrail.amazonaws.com", "StopLogging", "AKIA3", `{"name":"t"}`, "null", "")
	call(1, 23, "198.51.100.3", "aws-cli", "iam.amazonaws.com", "CreateUser", "AKIA4", `{"userName":"x"}`, "null", "")
	call(1, 24, "203.0.113.200", "aws-cli", "iam.amazonaws.com", "CreateUser", "AKIA5", `{"userName":"y"}`, "null", "")
	for n := range 6 {
		call(2, n, "198.51.100.9", "aws-cli md/distrib#kali.2025", "s3.amazonaws.com", "ListBuckets", "AKIA6", "null", "null", "")
	}
	call(2, 6, "198.51.100.9", "aws-cli", "iam.amazonaws.com", "CreateUser", "AKIA6", "null", "null", "AccessDenied")
	for n := range 7 {
		call(3, n, "198.51.100.10", "Mozilla", "signin.amazonaws.com", "ConsoleLogin", "carol", "null", `{"ConsoleLogin":"Failure"}`, "")
	}
	call(3, 8, "198.51.100.10", "Mozilla", "signin.amazonaws.com", "ConsoleLogin", "carol", "null", `{"ConsoleLogin":"Success"}`, "")
	call(3, 9, "198.51.100.10", "Mozilla", "iam.amazonaws.com", "CreateUser", "carol", "null", "null", "")
	return raw
}

// TestOrderWithinASecond shuffles what happened within each second: which events
// make up which findings stays the same.
func TestOrderWithinASecond(t *testing.T) {
	all := records(t, campaign())
	rng := rand.New(rand.NewPCG(1, 2))
	byID := func(e EventRef) string { return e.ID }
	for _, d := range All() {
		if d.Record == nil {
			continue
		}
		want := outline(run(t, d, all), byID)
		if d.ID == "suspect-activity" {
			t.Log("\n" + want)
		}
		for range 50 {
			mixed := slices.Clone(all)
			rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			slices.SortStableFunc(mixed, func(a, b *parser.Record) int { return a.Time.Compare(b.Time) })
			if got := outline(run(t, d, mixed), byID); got != want {
				t.Fatalf("%s:\n%s\nwant\n%s", d.ID, got, want)
			}
		}
	}
}

func TestCampaign(t *testing.T) {
	var suspect *Detector
	for _, d := range All() {
		if d.ID == "suspect-activity" {
			suspect = d
		}
	}
	severity := map[string]Severity{}
	for _, f := range run(t, suspect, records(t, campaign())) {
		severity[f.Subject] = f.Severity
		checkFinding(t, suspect, f)
	}
	want := map[string]Severity{
		"AKIA1": Medium, // the burst
		"AKIA2": Medium, // issued by it
		"AKIA3": High,   // issued by that, stopped the trail
		"AKIA4": Low,    // from the address of AKIA3
		"AKIA6": High,   // Kali
		"carol": High,   // guessed
	}
	if fmt.Sprint(severity) != fmt.Sprint(want) {
		t.Errorf("suspects %v, want %v", severity, want)
	}
}

// TestStreamsAreBounded sends ten times more subjects than may be open through every Stream.
func TestStreamsAreBounded(t *testing.T) {
	const n = 10 * DefaultMaxOpen
	ref := EventRef{Name: "CreateUser", EventSource: "iam.amazonaws.com", SourceIP: "203.0.113.9", Account: "1"}
	s, b, g := newSuspects("s"), newBursts("b"), newGuesses("g")
	emit := func(Finding) {}
	e := Evidence{{factKey, "iam-identity-created"}, {FactOutcome, succeeded}}
	for i := range n {
		ref.Time, ref.ID, ref.Credential = noon.Add(time.Duration(i/1000)*time.Second), fmt.Sprint(i), fmt.Sprint("AKIA", i)
		s.judge([]hit{{new(ref), e}}, emit)
		b.add(new(ref), emit)
		g.judge([]hit{{new(ref), Evidence{{FactOutcome, failed}, {FactUser, ref.Credential}}}}, emit)
		if i%1000 != 0 {
			continue
		}
		if len(s.actors.nodes) > DefaultMaxOpen || s.waits > maxWaitBytes || s.held.bytes > DefaultMaxBytes {
			t.Fatalf("suspects: %d open, %d bytes wait, %d held", len(s.actors.nodes), s.waits, s.held.bytes)
		}
		if b.open.len() > DefaultMaxOpen || b.held.bytes > DefaultMaxBytes {
			t.Fatalf("bursts: %d open, %d bytes", b.open.len(), b.held.bytes)
		}
		if g.open.len() > DefaultMaxOpen || g.held.bytes > DefaultMaxBytes {
			t.Fatalf("guesses: %d open, %d bytes", g.open.len(), g.held.bytes)
		}
	}
	s.flush(emit)
	b.flush(emit)
	g.flush(emit)
	if s.waits != 0 || s.held.bytes != 0 || b.held.bytes != 0 || g.held.bytes != 0 || g.held.held != 0 {
		t.Errorf("after the end: %d, %d, %d, %d bytes are held", s.waits, s.held.bytes, b.held.bytes, g.held.bytes)
	}
}

// TestLongBurstIsOneFinding follows a burst through its parts.
func TestLongBurstIsOneFinding(t *testing.T) {
	b := newBursts("b")
	var parts []Finding
	emit := func(f Finding) { parts = append(parts, f) }
	const n = 10_000
	for i := range n {
		ref := at(i/10, fmt.Sprint(i), "p")
		ref.Credential, ref.EventSource, ref.Name = "AKIA1", "s", fmt.Sprint("Call", i%40)
		b.add(new(ref), emit)
	}
	b.flush(emit)
	whole := merge(parts)
	if len(parts) < 2 || len(whole) != 1 || len(whole[0].Events) != n || whole[0].Severity != High || whole[0].Opened.ID != "0" {
		t.Fatalf("%d parts of %d findings, %d events", len(parts), len(whole), len(whole[0].Events))
	}
	if want := "40 distinct calls denied within 10 minutes, 10000 denials in all, to p"; whole[0].Why != want {
		t.Errorf("why %q, want %q", whole[0].Why, want)
	}
}

// TestUsualRefusals: what a role is refused each day is low and no sign; other calls, or those of another role, are.
func TestUsualRefusals(t *testing.T) {
	const day = 24 * 3600
	b := newBursts("b")
	var found []Finding
	burst := func(start, first int, who string) {
		for i := range burstCalls {
			ref := at(start+i, fmt.Sprint(start, first, i), who)
			ref.Credential, ref.EventSource, ref.Name = fmt.Sprint(who, start), "s", fmt.Sprint("Call", first+i)
			b.expire(ref.Time, func(f Finding) { found = append(found, f) })
			b.add(new(ref), nobody)
		}
	}
	burst(0, 0, "scanner")
	burst(6*3600, 0, "scanner") // it may be the first attempt still
	burst(day, 0, "scanner")
	burst(2*day, 5, "scanner") // five of them are new: too few
	burst(3*day, 100, "scanner")
	burst(4*day, 0, "alice")
	b.flush(func(f Finding) { found = append(found, f) })
	want := []Severity{Medium, Medium, Low, Low, Medium, Medium}
	for i, f := range found {
		if i >= len(want) || f.Severity != want[i] {
			t.Errorf("burst %d: %s: %s", i, f.Severity, f.Why)
		}
	}
	if len(found) != len(want) || !strings.HasSuffix(found[3].Why, "; all but 5 were refused to the same role or user on an earlier day") {
		t.Errorf("%d findings: %+v", len(found), found)
	}
}

// TestRepeatsAreNoBurst: one call denied ten thousand times is a broken client.
func TestRepeatsAreNoBurst(t *testing.T) {
	b := newBursts("b")
	for i := range 10_000 {
		ref := at(i/100, fmt.Sprint(i), "p")
		ref.Name = "GetObject"
		if b.add(new(ref), nobody).on {
			t.Fatal("a burst")
		}
	}
	if b.held.held > maxEarly {
		t.Errorf("%d events held", b.held.held)
	}
}

func TestSuspicionEnds(t *testing.T) {
	const day = 24 * 3600
	s := newSuspects("s")
	var found []Finding
	emit := func(f Finding) { found = append(found, f) }
	send := func(second int, key string, e ...Fact) {
		ref := at(second, fmt.Sprint(second, key), "p")
		ref.Credential, ref.SourceIP = key, "10.0.0.1"
		s.judge([]hit{{new(ref), e}}, emit)
	}
	created := Fact{factKey, "iam-identity-created"}
	send(0, "A", created)                               // a day before the sign
	send(day, "A", Fact{factSign, "tool"})              // so this is suspect
	send(day+1, "A", created, Fact{FactIssuedKey, "B"}) // and this
	send(2*day+1, "A", created)                         // but not this
	send(2*day+1, "C", created)                         // the address is private
	send(9*day, "B", created)                           // what it issued is suspect for good
	s.flush(emit)
	want := "A high 0A,86400A,86401A\nB high 777600B,86401A"
	if got := outline(found, func(e EventRef) string { return e.ID }); got != want {
		t.Errorf("findings\n%s\nwant\n%s", got, want)
	}
}

// TestSharedAddressesTaintNobody: what every network, or every customer of a carrier, has for an address says nothing.
func TestSharedAddressesTaintNobody(t *testing.T) {
	for address, want := range map[string]bool{"203.0.113.9": true, "2001:db8::1": true, "10.0.0.1": false, "100.64.0.9": false, "::ffff:10.0.0.1": false, "ec2.amazonaws.com": false} {
		s := newSuspects("s")
		if got := s.taint(address, at(0, "0", "p").Time); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// A technique stands in exports and layers for every finding of its detector, so that it must fit each of them.
func TestTechniquesFitEveryFinding(t *testing.T) {
	suspect := All()[slices.IndexFunc(All(), func(d *Detector) bool { return d.ID == "suspect-activity" })]
	for _, technique := range suspect.Techniques {
		for _, d := range watchList {
			if technique != "T1078.004" && !slices.Contains(d.Techniques, technique) {
				t.Errorf("suspect-activity bears %s, of key events of %s too", technique, d.ID)
			}
		}
	}
	if slices.Contains(roleAssumed.Techniques, "T1199") {
		t.Error("a role of the caller's own account is no trusted relationship")
	}
}

// A network of every address is one by whatever address it is called: EC2 takes it so.
func TestEveryAddressByAnotherName(t *testing.T) {
	hit := strings.Replace(securityGroupOpened.Hits[0][0], "0.0.0.0/0", "203.0.113.9/0", 1)
	r, err := parser.Parse([]byte(hit))
	if err != nil {
		t.Fatal(err)
	}
	e, ok := securityGroupOpened.Record(r)
	if !ok || e.Get(FactSeverity) != Medium.String() {
		t.Errorf("%v, %v", e, ok)
	}
}
