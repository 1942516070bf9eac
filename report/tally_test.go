package report

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

func TestTally(t *testing.T) {
	tally := tallied(t, entries(t), 5)
	all := &tally.all
	if all.implausible != 1 || all.examples[0].EventID != "e00" {
		t.Errorf("implausible: %d, %v", all.implausible, all.examples)
	}
	if got := all.evidence.First; got != at("2024-05-01T08:00:00Z") {
		t.Errorf("evidence begins %v", got)
	}
	if got, want := all.suspicious.Counts, (Counts{2, 1, 1, 0}); got != want {
		t.Errorf("suspicious %+v, want %+v", got, want)
	}
	alice := all.actors.row(actor{credential: aliceKey})
	if alice == nil || alice.Counts != (Counts{12, 10, 2, 0}) || alice.First != at("2024-05-01T08:00:00Z") || alice.flagged != 2 {
		t.Fatalf("alice: %+v", alice)
	}
	if got := fmt.Sprint(alice.addresses.keys, alice.addresses.vals); got != "[198.51.100.7 203.0.113.66 cloudformation.amazonaws.com] [1 10 1]" {
		t.Errorf("alice's addresses: %s", got)
	}
	if all.others.row(actor{credential: newKey}) == nil || len(all.others.keys) != 1 {
		t.Errorf("linked by address: %v", all.others.keys)
	}
	ip := all.addresses.row(mallory)
	if ip == nil || ip.Events != 10 || ip.byOthers != 1 || all.services.row("cloudformation.amazonaws.com") == nil {
		t.Errorf("addresses: %+v, services %v", ip, all.services.keys)
	}
	data := all.data.row(dataKey{ByIdentity, s3Objects, "crown-jewels", actor{credential: aliceKey}})
	if data == nil || data.objects != 2 || data.bytes != 1688560107857/1000+2*243 {
		t.Errorf("S3: %+v", data)
	}
	// Conflicting copies are flagged, and accuse nobody.
	if all.flagged.Events != 6 || all.actors.row(actor{credential: carolKey}) != nil || all.accounts.vals[0].suspicious != 12 {
		t.Errorf("flagged %+v, suspects %v, account %+v", all.flagged, all.actors.keys, all.accounts.vals)
	}
	secret := all.data.row(dataKey{ByIdentity, "secret", "prod/db|x", actor{credential: aliceKey}})
	if secret == nil || secret.Denied != 1 || secret.Succeeded != 0 {
		t.Errorf("secret: %+v", secret)
	}
	if got := all.actions.row(actionKey{ByAddress, "lambda.amazonaws.com", "CreateFunction"}); got == nil || got.Events != 1 {
		t.Errorf("actions: %v", all.actions.keys)
	}
}

func TestLedger(t *testing.T) {
	l := &tallied(t, entries(t), 7).ledger
	var got []string
	for _, it := range l.items {
		got = append(got, fmt.Sprintf("%s %q %s %s %d", it.family, it.thing.target, it.state, it.link, it.count))
	}
	want := []string{
		`IAM user "=svc|<b>\u202e" present identity 1`, // its removal failed
		`access key "` + newKey + `" removed identity 1`,
		`policy attached to user "svc, arn:aws:iam::aws:policy/AdministratorAccess" present identity 1`,
		`function "beacon" present address 1`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := l.keys.row(aliceKey); r == nil || len(r.marks) != 1 || r.marks[0].Event != "UpdateAccessKey (Inactive)" {
		t.Errorf("alice's key: %+v", r)
	}
	if r := l.issued.row(sessionID); r == nil || r.expiry != "May 3, 2024, 2:02:00 AM" || r.mark.EventID != "e08" {
		t.Errorf("issued: %+v", r)
	}
}

// things removed, made again, and made and removed in one second.
func TestLedgerStates(t *testing.T) {
	second := func(s int) string { return fmt.Sprintf("2024-05-03T02:00:%02dZ", s) }
	n := 0
	do := func(s int, source, name, request, response string) call {
		n++
		return call{id: fmt.Sprint(n), at: second(s), source: source, name: name, key: aliceKey, who: aliceARN, request: request, response: response}
	}
	user := func(u string) string { return `{"userName":"` + u + `"}` }
	key := `{"accessKeyId":"AKIAX","status":"%s"}`
	rules := `{"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1"},{"securityGroupRuleId":"sgr-2"}]}}`
	group := `{"groupId":"sg-1","ipPermissions":{"items":[{"fromPort":22}]}}`
	calls := []call{
		do(0, "iam", "CreateUser", user("a"), ""),
		do(1, "iam", "DeleteUser", user("a"), ""),
		do(2, "iam", "CreateUser", user("a"), ""),
		do(3, "iam", "DeleteUser", user("b"), ""), // earlier in the timeline, same second
		do(3, "iam", "CreateUser", user("b"), ""),
		do(4, "iam", "CreateUser", user("c"), ""),
		do(4, "iam", "DeleteUser", user("c"), ""),
		do(5, "iam", "CreateAccessKey", "", `{"accessKey":{"accessKeyId":"AKIAX"}}`),
		do(6, "iam", "UpdateAccessKey", fmt.Sprintf(key, "Inactive"), ""),
		do(7, "iam", "UpdateAccessKey", fmt.Sprintf(key, "Active"), ""),
		do(8, "iam", "UpdateAccessKey", fmt.Sprintf(key, "Inactive"), ""),
		do(9, "s3", "PutBucketPolicy", `{"bucketName":"x"}`, ""),
		do(10, "s3", "PutBucketPolicy", `{"bucketName":"x"}`, ""),
		do(11, "ec2", "RunInstances", "", `{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}`),
		do(12, "ec2", "TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-2"}]}}`, ""),
		do(13, "ec2", "AuthorizeSecurityGroupIngress", group, rules),
		do(14, "ec2", "RevokeSecurityGroupIngress", group, ""),
		do(15, "lambda", "AddPermission20150331v2", `{"functionName":"arn:aws:lambda:eu-west-1:1:function:f:live","statementId":"s"}`, ""),
		do(16, "lambda", "RemovePermission20150331v2", `{"functionName":"f","statementId":"s"}`, ""),
		do(17, "ec2", "CreateKeyPair", `{"keyName":"k"}`, `{"keyPairId":"key-1"}`),
		do(18, "ec2", "DeleteKeyPair", `{"keyPairId":"key-1"}`, ""),
	}
	var all []scan.Entry
	for i := range calls {
		all = append(all, calls[i].entry(t, i))
	}
	want := strings.Join([]string{
		"a removed 1", "a present 1", "b " + Unordered + " 1", "c " + Unordered + " 1", "AKIAX deactivated 1", "x present 2",
		"i-1 present 1", "i-2 removed 1", "sgr-1 removed 1", "sgr-2 removed 1", "f, s removed 1", "k removed 1",
	}, "\n")
	for _, batch := range []int{1, 4, 100} {
		var got []string
		for _, it := range tallied(t, all, batch).ledger.items {
			got = append(got, fmt.Sprintf("%s %s %d", it.thing.target, it.state, it.count))
		}
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("batches of %d: got\n%s\nwant\n%s", batch, s, want)
		}
	}
}

// Where more messages came than are kept, a call without an errorCode is not said to have succeeded.
func TestMessages(t *testing.T) {
	var s messages
	for i := range uint64(messageLimit + 2) {
		s.add(message{10 * i, "Failed authentication"})
	}
	for _, c := range []struct {
		ordinal             uint64
		code, text, outcome string
	}{
		{0, "", "Failed authentication", "failed"}, {1, "", "", "succeeded"}, {1, "AccessDenied", "AccessDenied", "denied"}, {1, "NoSuchEntity", "NoSuchEntity", "failed"},
		{10*messageLimit - 1, "", "", "succeeded"}, {10 * messageLimit, "", "", ""}, {10*messageLimit + 1, "", "", ""},
	} {
		if text, outcome := s.of(c.ordinal, c.code); text != c.text || outcome != c.outcome {
			t.Errorf("%+v: %q, %q", c, text, outcome)
		}
	}
}

// The suspects that severer findings name come first, whoever was first.
func TestSuspectsOrder(t *testing.T) {
	var all []scan.Entry
	for i, c := range []call{
		{key: "A", findings: []scan.Membership{inEnum}}, {key: "B", findings: []scan.Membership{inMinor, inEnum, inClash}}, {key: "C", findings: []scan.Membership{inEnum}},
		{key: "C", findings: []scan.Membership{inKey}}, {key: "D", findings: []scan.Membership{inClash}},
	} {
		c.id, c.at, c.source, c.name = "e", "2024-05-03T02:00:00Z", "iam", "ListUsers"
		all = append(all, c.entry(t, i))
	}
	for _, batch := range []int{1, 100} {
		var got []string
		tally := tallied(t, all, batch)
		for _, r := range tally.rows(&tally.all.actors, nil) {
			got = append(got, r.Credential+" "+r.Reason.Finding)
		}
		if s := strings.Join(got, ", "); s != "C f-key, A f-enum, B f-enum" {
			t.Errorf("batches of %d: %s", batch, s)
		}
	}
}

// Data that was taken comes before data that was only tried, whatever the order of events.
func TestDataOrder(t *testing.T) {
	row := func(n, bucket, err, bytes string) scan.Entry {
		c := call{id: n, at: "2024-05-03T02:00:00Z", source: "s3", name: "GetObject", key: aliceKey, who: aliceARN, ip: mallory, err: err,
			request: `{"bucketName":"` + bucket + `","key":"k"}`, extra: `{"bytesTransferredOut":` + bytes + `}`, readOnly: "true"}
		return c.entry(t, 0)
	}
	all := []scan.Entry{
		row("1", "tried", "AccessDenied", "300"), row("2", "tried", "AccessDenied", "300"), row("3", "small", "", "10"),
		row("4", "none", "", "0"), row("5", "big", "", "1000"), row("6", "twice", "", "5"), row("7", "twice", "", "5"),
	}
	var got []string
	for _, r := range tallied(t, all, 3).data() {
		got = append(got, r.Resource+" "+r.sent())
	}
	if s := strings.Join(got, ", "); s != "big 1.0 kB, twice 10 bytes, small 10 bytes, none 0 bytes, tried –" {
		t.Error(s)
	}
}

// Where batches are cut changes nothing, not even where tables are full.
func TestTallyBatches(t *testing.T) {
	var all []scan.Entry
	for i := range 6000 {
		c := call{id: fmt.Sprint(i), at: "2024-05-03T02:00:00Z", source: "s3", name: "GetObject", key: aliceKey, who: fmt.Sprint("who", i%7),
			ip: fmt.Sprintf("192.0.%d.%d", i/250, i%250), ua: fmt.Sprint("ua", i%31), request: fmt.Sprintf(`{"bucketName":"b%d","key":"k"}`, i*7%2500)}
		all = append(all, c.entry(t, i))
	}
	dump := func(batch int) string {
		a := &tallied(t, all, batch).all
		return fmt.Sprint(a.addresses.keys, a.addresses.others, a.data.keys, a.data.vals, a.data.others, a.actors.vals[0].agents.keys,
			a.actors.vals[0].agents.vals, a.actors.vals[0].agents.others, a.actors.vals[0].principals.others)
	}
	one := dump(1)
	for _, n := range []int{7, 1000, 6000} {
		if dump(n) != one {
			t.Errorf("batches of %d give another tally than batches of 1", n)
		}
	}
	if a := &tallied(t, all, 512).all; a.addresses.others != 1000 || len(a.addresses.keys) != tallyIPLimit || a.data.others == 0 {
		t.Errorf("addresses: %d others of %d; data: %d others", a.addresses.others, len(a.addresses.keys), a.data.others)
	}
}

func TestMentions(t *testing.T) {
	keys := map[string]bool{"K": true}
	for raw, want := range map[string]bool{
		`{"accessKeyId":"K"}`: true, `{"accessKeyId" : "K"}`: true, `{"accessKeyId":"X","b":{"accessKeyId":"K"}}`: true,
		`{"accessKeyId":"X"}`: false, `{"accessKeyId":"K`: false, `{"accessKeyId":null}`: false, `"accessKeyId"`: false, ``: false,
	} {
		if got := mentions([]byte(raw), keys, "caller"); got != want {
			t.Errorf("mentions(%s) = %v", raw, got)
		}
	}
	if mentions([]byte(`{"accessKeyId":"K"}`), keys, "K") {
		t.Error("the caller's own key counts")
	}
}

func TestEveryEndHasABeginning(t *testing.T) {
	families := make(map[string]bool)
	for _, traces := range made {
		for _, tr := range traces {
			families[tr.family] = true
		}
	}
	for action, traces := range ended {
		if !mayEnd(action) {
			t.Errorf("mayEnd(%s) is false", action)
		}
		for _, tr := range traces {
			if !families[tr.family] {
				t.Errorf("%s ends %q, which nothing makes", action, tr.family)
			}
		}
	}
}

func BenchmarkTally(b *testing.B) {
	tally, err := NewTally(conclusion(), time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	batch := benchBatch()
	b.ReportAllocs()
	for b.Loop() {
		e, err := tally.Encode(batch)
		if err != nil {
			b.Fatal(err)
		}
		if err := tally.Commit(e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/entry")
}

func BenchmarkTallySuspect(b *testing.B) {
	tally, err := NewTally(conclusion(), time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	batch := benchBatch()
	for i := range batch {
		e := &batch[i]
		e.Ref.Name, e.Ref.EventSource, e.Ref.Credential = "GetObject", "s3.amazonaws.com", aliceKey
		e.Carried = fmt.Appendf(nil, `{"requestParameters":{"bucketName":"b","key":"k%d"},"additionalEventData":{"bytesTransferredOut":10},"rest":%s}`, i, benchRaw)
	}
	b.ReportAllocs()
	for b.Loop() {
		e, err := tally.Encode(batch)
		if err != nil {
			b.Fatal(err)
		}
		if err := tally.Commit(e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/entry")
}

// Nothing of an entry is kept: its memory is used again after Encode.
func TestEncodeKeepsNothing(t *testing.T) {
	want, _ := settled(t, 5, options)
	dir := filepath.Join(t.TempDir(), "case")
	c, err := Create(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	res := result(t)
	concl := conclusion()
	concl.Objects = res.Names
	sinks, tally, err := Sinks(c, concl, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sinks {
		for batch := range slices.Chunk(entries(t), 5) {
			var memory [][]byte
			borrow := func(s string) string {
				b := []byte(s)
				memory = append(memory, b)
				return unsafe.String(unsafe.SliceData(b), len(b))
			}
			for i := range batch {
				e := &batch[i]
				memory = append(memory, e.Carried)
				for v, j := reflect.ValueOf(&e.Ref).Elem(), 0; j < v.NumField(); j++ {
					if f := v.Field(j); f.Kind() == reflect.String {
						f.SetString(borrow(f.String()))
					}
				}
				e.Findings = slices.Clone(e.Findings)
				for j := range e.Findings {
					e.Findings[j].Detector = borrow(e.Findings[j].Detector)
				}
			}
			encoded, err := s.Encode(batch)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range memory {
				for i := range b {
					b[i] = '#'
				}
			}
			if err := s.Commit(encoded); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Write(t.Context(), c, res, tally, options); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if mustRead(t, c.Path(name)) != mustRead(t, filepath.Join(want, name)) {
			t.Errorf("%s holds memory that was used again", name)
		}
	}
}

func TestOutcome(t *testing.T) {
	for ref, want := range map[detect.EventRef]outcome{
		{}:                          succeeded,
		{ErrorCode: "AccessDenied"}: denied,
		{ErrorCode: "Client.UnauthorizedOperation", ErrorMessage: "x"}: denied,
		{ErrorCode: "NoSuchEntity"}:                                    failed,
		{Name: "ConsoleLogin", ErrorMessage: "Failed authentication"}:  failed,
	} {
		if got := outcomeOf(&ref); got != want {
			t.Errorf("%q, %q: %d, want %d", ref.ErrorCode, ref.ErrorMessage, got, want)
		}
	}
}
