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
	data := rowOf(closed(t, tally).data().Rows, func(r *DataRow) bool { return r.Kind == s3Objects && r.Resource == "crown-jewels" })
	if data == nil || data.Objects != 2 || data.Bytes != 1688560107857/1000+2*243 || data.Credential != aliceKey || data.SourceIP != mallory || data.Link != ByIdentity ||
		data.FirstEvent != "e09" || data.LastEvent != "e11" {
		t.Errorf("S3: %+v", data)
	}
	// Conflicting copies are flagged, and accuse nobody.
	if all.flagged.Events != 6 || all.actors.row(actor{credential: carolKey}) != nil || all.accounts.vals[0].suspicious != 12 {
		t.Errorf("flagged %+v, suspects %v, account %+v", all.flagged, all.actors.keys, all.accounts.vals)
	}
	secret := rowOf(tally.written.Data, func(r *DataRow) bool { return r.Kind == "secret" && r.Resource == "prod/db|x" })
	if secret == nil || secret.Denied != 1 || secret.Succeeded != 0 {
		t.Errorf("secret: %+v", secret)
	}
	if got := all.actions.row(actionKey{ByAddress, "lambda.amazonaws.com", "CreateFunction"}); got == nil || got.Events != 1 {
		t.Errorf("actions: %v", all.actions.keys)
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
		return fmt.Sprint(a.addresses.keys, a.addresses.others, a.actors.vals[0].agents.keys,
			a.actors.vals[0].agents.vals, a.actors.vals[0].agents.others, a.actors.vals[0].principals.others)
	}
	one := dump(1)
	for _, n := range []int{7, 1000, 6000} {
		if dump(n) != one {
			t.Errorf("batches of %d give another tally than batches of 1", n)
		}
	}
	if a := &tallied(t, all, 512).all; a.addresses.others != 1000 || len(a.addresses.keys) != tallyIPLimit {
		t.Errorf("addresses: %d others of %d", a.addresses.others, len(a.addresses.keys))
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
