package report

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"errors"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// bookBatch is a batch of calls of many callers: each leaves something behind, reads something and turns something off.
func bookBatch(from, n int) (all []scan.Entry) {
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	for i := from; i < from+n; i++ {
		ref := detect.EventRef{Time: at.Add(time.Duration(i) * time.Second), ID: fmt.Sprint("e", i), Region: "eu-west-1", Account: "111122223333",
			Principal: fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/app-%d/session-%d", i%2000, i), Credential: fmt.Sprint("ASIA", i), SourceIP: "192.0.2.9", ReadOnly: "false"}
		var carried string
		switch i % 3 {
		case 0:
			ref.Name, ref.EventSource = "GetObject", "s3.amazonaws.com"
			carried = fmt.Sprintf(`{"requestParameters":{"bucketName":"b%d","key":"k%d"},"additionalEventData":{"bytesTransferredOut":2}}`, i%7, i)
		case 1:
			ref.Name, ref.EventSource = "PutUserPolicy", "iam.amazonaws.com"
			carried = fmt.Sprintf(`{"requestParameters":{"userName":"u%d","policyName":"p"}}`, i)
		default:
			ref.Name, ref.EventSource = "DeleteAlarms", "monitoring.amazonaws.com"
			carried = fmt.Sprintf(`{"requestParameters":{"alarmNames":["a%d"]}}`, i)
		}
		all = append(all, scan.Entry{Ordinal: uint64(i), Ref: ref, Carried: []byte(carried)})
	}
	return all
}

// However many things, callers and objects there are, the ledgers are bounded; what found no room is
// counted, and suspects still find some.
func TestBooksAreBounded(t *testing.T) {
	const batch, batches = 4096, 60
	if testing.Short() {
		t.Skip("half a million calls")
	}
	tally, err := NewTally(conclusion(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	feed := func(from, n int) {
		encoded, err := tally.Encode(bookBatch(from, n))
		if err == nil {
			err = tally.Commit(encoded)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var half runtime.MemStats
	for i := range batches {
		if feed(i*batch, batch); i == batches/2 {
			runtime.GC()
			runtime.ReadMemStats(&half)
		}
	}
	var end runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&end)
	if grown := int64(end.HeapAlloc) - int64(half.HeapAlloc); grown > 1<<20 {
		t.Errorf("the second half of the calls took %d bytes more", grown)
	}
	late := script{at: 3000}
	late.do("iam", "CreateUser", `{"userName":"late"}`, "")
	late.do("s3", "GetObject", `{"bucketName":"late","key":"k"}`, "")
	drive(t, tally, late.entries(t), 10)
	l := closed(t, tally)
	if l.sums.Whole || l.sums.Persistence.Others == 0 || l.sums.Data.Others == 0 || l.sums.Defences.Others == 0 {
		t.Errorf("full ledgers say %+v", l.sums)
	}
	if len(l.Persistence) != ledgerLimit+1 || len(l.Defences) != ledgerLimit || len(l.Data) != ledgerLimit+coarseLimit+1 {
		t.Errorf("%d, %d and %d rows", len(l.Persistence), len(l.Data), len(l.Defences))
	}
	var events int64
	for i := range l.Data {
		events += l.Data[i].Events
	}
	if want := int64(batch*batches/3 + 1); events+l.sums.Data.Others != want {
		t.Errorf("%d events in rows and %d others, want %d together", events, l.sums.Data.Others, want)
	}
	if p := l.persistence(); len(p.Rows) != 1 || p.Rows[0].Target != "late" {
		t.Errorf("the suspect's late user: %+v", p.Rows)
	}
	coarse := rowOf(l.Data, func(r *DataRow) bool { return r.Credential == "" })
	if coarse == nil || !coarse.ObjectsAtLeast || strings.Contains(coarse.Principal, "session") || coarse.Bytes != 2*coarse.Events {
		t.Errorf("coarse: %+v", coarse)
	}
}

// Where ledgers are full, it does not matter either how batches are cut.
func TestFullBooks(t *testing.T) {
	all := bookBatch(0, 3*(ledgerLimit+coarseLimit+500))
	was := ""
	for _, n := range []int{1000, 4096, len(all)} {
		tally, err := NewTally(conclusion(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		drive(t, tally, all, n)
		var b strings.Builder
		l := closed(t, tally)
		for _, f := range l.files() {
			if err := f.write(&b); err != nil {
				t.Fatal(err)
			}
		}
		if now := fmt.Sprint(b.String(), l.sums); was != "" && now != was {
			t.Errorf("batches of %d: other ledgers", n)
		} else {
			was = now
		}
	}
}

// What the files of a case say comes back as it was, hostile names too.
func TestReadLedger(t *testing.T) {
	var s script
	hostile := `{"userName":"=cmd|\u001b[31m\u202e\ud83d\ude00</script>` + "\u2028" + `","policyName":"\ud800"}`
	s.do("iam", "PutUserPolicy", hostile, "")
	s.do("secretsmanager", "GetSecretValue", `{"secretId":"a\tb"}`, "").err = "AccessDenied"
	s.do("securityhub", "DisableSecurityHub", "", "")
	want := s.ledgers(t)
	dir := t.TempDir()
	for _, f := range want.files() {
		w, err := os.Create(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.write(w), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadLedger(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Persistence) != 1 || len(got.Data) != 1 || len(got.Defences) != 1 {
		t.Fatalf("%+v", got)
	}
	for i, f := range got.files() {
		var a, b strings.Builder
		if err := errors.Join(f.write(&a), want.files()[i].write(&b)); err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Errorf("%s: read %s, wrote %s", f.name, a.String(), b.String())
		}
		for _, r := range a.String() {
			if r != '\n' && r < 0x20 || r == '\u202e' || r == '\u2028' {
				t.Errorf("%s has %q", f.name, r)
			}
		}
	}
	writeTestModel := func(rows int64) {
		sums := Ledgers{Persistence: LedgerSum{File: persistenceFile, Rows: rows}}
		b, err := json.Marshal(Model{Ledgers: sums})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "report.json"), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	writeTestModel(1)
	if _, err := ReadLedger(dir); err != nil {
		t.Errorf("as the report counts: %v", err)
	}
	writeTestModel(2)
	if _, err := ReadLedger(dir); err == nil || !strings.Contains(err.Error(), "persistence.jsonl: 1 rows, and report.json counts 2") {
		t.Errorf("a row is gone: %v", err)
	}
	if _, err := ReadLedger(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a case without ledgers: %v", err)
	}
}
