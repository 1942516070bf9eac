package report

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// manyReads are readings by more callers than the ledger has rows, and of more resources by role than stand for the others. Late callers
// come again and again, in turns.
func manyReads() (all []scan.Entry) {
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	for i := range ledgerLimit + 9000 {
		n := i
		if i >= ledgerLimit {
			n = ledgerLimit + i%4000
		}
		ref := detect.EventRef{
			Time: at.Add(time.Duration(i) * time.Second), ID: fmt.Sprint("e", i), Region: "eu-west-1", Account: "111122223333", ReadOnly: "true",
			Principal: fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/app-%d/session-%d", n%1700, n), Credential: fmt.Sprint("ASIA", n), SourceIP: fmt.Sprint("192.0.2.", n%50),
			Name: "GetObject", EventSource: "s3.amazonaws.com",
		}
		carried := fmt.Sprintf(`{"requestParameters":{"bucketName":"b%d","key":"k%d"},"additionalEventData":{"bytesTransferredOut":2}}`, n%3, i%6000)
		switch i % 11 {
		case 3:
			ref.Credential = ""
		case 4:
			ref.ErrorCode = "AccessDenied"
		case 5:
			ref.Time = Distant.AddDate(1, 0, 0)
		case 6:
			ref.Name, ref.EventSource, carried = "GetSecretValue", "secretsmanager.amazonaws.com", `{"requestParameters":{"secretId":"s"}}`
		}
		all = append(all, scan.Entry{Ordinal: uint64(i), Ref: ref, Carried: []byte(carried)})
	}
	return all
}

// suspecting is a tally of whoever suspects these.
func suspecting(t *testing.T, values ...string) *Tally {
	t.Helper()
	tally, err := NewTally(&scan.Conclusion{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		switch {
		case strings.HasPrefix(v, "arn:"):
			tally.suspects.principals[v] = true
		case strings.HasPrefix(v, "ASIA"):
			tally.suspects.credentials[v] = true
		default:
			tally.suspects.addresses[v] = true
		}
	}
	return tally
}

// readCase writes the ledgers of some readings as a case has them, and returns what its report says of them.
func readCase(t *testing.T, dir string, all []scan.Entry, batch int, values ...string) (*Tally, *Model) {
	t.Helper()
	tally := suspecting(t, values...)
	tally.books.keepRest(&Case{tmp: dir})
	drive(t, tally, all, batch)
	for _, f := range closed(t, tally).files() {
		writeTo(t, filepath.Join(dir, f.name), f.write)
	}
	return tally, &Model{Ledgers: tally.written.totals(&tally.all.accounts)}
}

func writeTo(t *testing.T, path string, write func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(write(f), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// told is all that ledgers say.
func told(t *testing.T, tally *Tally) string {
	t.Helper()
	var b strings.Builder
	for _, f := range tally.written.files() {
		if err := f.write(&b); err != nil {
			t.Fatal(err)
		}
	}
	l := tally.written.totals(&tally.all.accounts)
	l.Seen, l.Blind = nil, nil // of all accounts, which a hunt knows from the report
	return fmt.Sprintf("%s%+v", b.String(), l)
}

var readmissions = [][]string{
	nil,
	{"ASIA10400", "ASIA7"},
	{"192.0.2.9"},
	{"192.0.2.9", "192.0.2.11", "ASIA13999", "arn:aws:sts::111122223333:assumed-role/app-9/session-10209"},
	{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8", "192.0.2.9", "192.0.2.10", "192.0.2.12", "192.0.2.13", "192.0.2.14", "192.0.2.15", "192.0.2.16", "192.0.2.17",
		"192.0.2.18", "192.0.2.19", "192.0.2.20", "192.0.2.21", "192.0.2.22", "192.0.2.23", "192.0.2.24", "192.0.2.25", "192.0.2.26", "192.0.2.27", "192.0.2.28", "192.0.2.29", "192.0.2.30", "192.0.2.31"}, // more than find room
}

// Whoever is suspected anew, a full ledger becomes what a run makes it for them, from what the case has of it.
func TestReadmitted(t *testing.T) {
	for table, all := range map[string][]scan.Entry{restFile: manyReads(), changesFile: manyChanges()} {
		t.Run(table, func(t *testing.T) { readmit(t, table, all) })
	}
}

func readmit(t *testing.T, name string, all []scan.Entry) {
	var want []string
	var table []byte
	for i, values := range readmissions {
		dir := t.TempDir()
		tally, was := readCase(t, dir, all, []int{1000, 4096, 777, len(all)}[i%4], values...)
		want = append(want, told(t, tally))
		switch b, err := os.ReadFile(filepath.Join(dir, name)); {
		case err != nil:
			t.Fatal(err)
		case table == nil:
			table = b
		case string(table) != string(b):
			t.Errorf("%s depends on who is suspected, or on how batches are cut", name)
		}
		if i < len(readmissions)-1 {
			continue
		}
		for j, values := range slices.Backward(readmissions) { // from the last one's case to all
			h := &hunt{store: &EventStore{dir: dir}, was: was, tally: suspecting(t, values...)}
			l, err := h.readmitted()
			if err != nil {
				t.Fatal(err)
			}
			h.tally.ties(l)
			if got := told(t, h.tally); got != want[j] {
				t.Errorf("suspects %v: the ledgers are others than those of a run", values)
			}
		}
	}
	if slices.Sort(want); len(slices.Compact(want)) != len(readmissions) {
		t.Error("it does not matter who is suspected")
	}
}

// manyChanges are more things left behind than the ledger of persistence has rows, and what a few callers make of some of them before and after
// it is full, and within the very second: they make them, again, turn them off, replace them, and take them away, or their owner.
func manyChanges() (all []scan.Entry) {
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	callers := []int{7, 10_209, 10_400, 13_999}
	for range 36 {
		callers = append(callers, random.IntN(15_000))
	}
	late := ledgerLimit * 11 / 10
	for i := range late + 20_000 {
		if random.IntN(3) == 0 && (i < late-1000 || i > late+500) {
			at = at.Add(time.Second)
		}
		who := i
		name, service, request, response := "CreateUser", "iam", fmt.Sprintf(`{"userName":"u%d"}`, i), ""
		user, key, hole := fmt.Sprint("u", random.IntN(300)), fmt.Sprint("AKIA", random.IntN(200)), random.IntN(100)
		if (i%11 == 0 || i >= late) && i < late+20_000-1 {
			who = callers[random.IntN(len(callers))]
			switch random.IntN(8) {
			case 0:
				name, request, response = "CreateAccessKey", fmt.Sprintf(`{"userName":%q}`, user), fmt.Sprintf(`,"responseElements":{"accessKey":{"accessKeyId":%q,"userName":%q}}`, key, user)
			case 1:
				name, request = "UpdateAccessKey", fmt.Sprintf(`{"userName":%q,"accessKeyId":%q,"status":%q}`, user, key, []string{"Active", "Inactive"}[random.IntN(2)])
			case 2:
				name, request = "DeleteAccessKey", fmt.Sprintf(`{"userName":%q,"accessKeyId":%q}`, user, key)
			case 3, 4:
				name, request = "PutUserPolicy", fmt.Sprintf(`{"userName":%q,"policyName":"p","policyDocument":"{}"}`, user)
			case 5:
				name, request = "DeleteUser", fmt.Sprintf(`{"userName":%q}`, user)
			case 6:
				name, service, request = "CreateKeyPair", "ec2", fmt.Sprintf(`{"keyName":"k%d"}`, hole)
			case 7:
				name, service, request = "DeleteKeyPair", "ec2", fmt.Sprintf(`{"keyName":"k%d"}`, hole)
			}
		}
		all = append(all, scan.Entry{Ordinal: uint64(i), Carried: []byte(`{"requestParameters":` + request + response + `}`), Ref: detect.EventRef{
			Time: at, ID: fmt.Sprint("e", i), Region: "eu-west-1", Account: "111122223333", ReadOnly: "false", Name: name, EventSource: service + ".amazonaws.com",
			Principal: fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/app-%d/session-%d", who%1700, who), Credential: fmt.Sprint("ASIA", who), SourceIP: fmt.Sprint("192.0.2.", who%50),
		}})
	}
	return all
}

// What a case does not tell is read again.
func TestReadmittedAnew(t *testing.T) {
	t.Run(restFile, func(t *testing.T) {
		readAnew(t, restFile, manyReads(), func(l *Ledgers) *LedgerSum { return &l.Data }, func(l *Ledgers) *LedgerSum { return &l.Persistence })
	})
	t.Run(changesFile, func(t *testing.T) {
		readAnew(t, changesFile, manyChanges(), func(l *Ledgers) *LedgerSum { return &l.Persistence }, func(l *Ledgers) *LedgerSum { return &l.Data })
	})
}

// readAnew tries it with a table, the sum of its ledger, and that of another one.
func readAnew(t *testing.T, table string, all []scan.Entry, sum, other func(*Ledgers) *LedgerSum) {
	dir := t.TempDir()
	_, was := readCase(t, dir, all, len(all))
	for name, c := range map[string]struct {
		change func(*Model)
		entry  func(*scan.Entry)
	}{
		"judged before":       {change: func(m *Model) { m.Judgements = &Judged{} }},
		"another ledger full": {change: func(m *Model) { other(&m.Ledgers).Others = 1 }},
		"other defences full": {change: func(m *Model) { m.Ledgers.Defences.Rows = ledgerLimit + 1 }},
		"another count":       {change: func(m *Model) { sum(&m.Ledgers).Others-- }},
		"a long name":         {entry: func(e *scan.Entry) { e.Ref.Principal = strings.Repeat("x", textLimit+1) }},
		"a short time":        {entry: func(e *scan.Entry) { e.Ref.Time = e.Ref.Time.Add(time.Nanosecond) }},
	} {
		from, model := dir, *was
		switch {
		case c.change != nil:
			c.change(&model)
		case c.entry != nil:
			from = t.TempDir()
			odd := slices.Clone(all)
			c.entry(&odd[len(odd)-1])
			_, m := readCase(t, from, odd, 4096)
			model = *m
		}
		h := &hunt{store: &EventStore{dir: from}, was: &model, tally: suspecting(t)}
		if _, err := h.readmitted(); !errors.Is(err, errAnew) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h := &hunt{store: &EventStore{dir: dir}, was: was, tally: suspecting(t)}
	if _, err := h.readmitted(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, table)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.readmitted(); !errors.Is(err, errAnew) {
		t.Errorf("an earlier coldtrail: %v", err)
	}
	writeTo(t, filepath.Join(dir, table), func(w io.Writer) error { _, err := io.WriteString(w, "PAR1 PAR1 PAR1"); return err })
	if _, err := h.readmitted(); err == nil || errors.Is(err, errAnew) {
		t.Errorf("damaged: %v", err)
	}
}
