package report

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// judged makes judgements of lines "EXAMINER STANCE KIND SUBJECT [FROM TO]", one a minute; "EXAMINER withdraws N" withdraws the n-th.
func judged(t testing.TB, lines ...string) []Judgement {
	t.Helper()
	var all []Judgement
	for i, line := range lines {
		f := strings.Fields(line)
		j := Judgement{By: f[0], Because: "because", At: time.Date(2026, 5, 1, 12, i, 0, 0, time.UTC)}
		if f[1] == "withdraws" {
			j.Withdraws = all[f[2][0]-'0'].ID
		} else {
			j.As, j.Kind, j.Subject = Stance(f[1]), SubjectKind(f[2]), f[3]
		}
		for k, to := range []*time.Time{&j.From, &j.To} {
			if len(f) > 4+k && f[4+k] != "-" {
				at, err := time.Parse("15:04", f[4+k])
				if err != nil {
					t.Fatal(err)
				}
				*to = time.Date(2026, 3, 1, at.Hour(), at.Minute(), 0, 0, time.UTC)
			}
		}
		if err := j.Seal(); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, j)
	}
	return all
}

// verdictText is a verdict in one line.
func verdictText(v Verdict, ok bool) string {
	if !ok {
		return "nothing"
	}
	s := string(v.As)
	for _, f := range []struct {
		is   bool
		name string
	}{{v.Inherited, " inherited"}, {v.Inferred, " inferred"}, {v.Disputed, " disputed"}} {
		if f.is {
			s += f.name
		}
	}
	var by []string
	for _, j := range v.By {
		by = append(by, j.By)
	}
	return s + " by " + strings.Join(by, ",")
}

const (
	testKey     = "AKIAIOSFODNN7EXAMPLE"
	testSession = "ASIAIOSFODNN7EXAMPLE"
	testUser    = "arn:aws:iam::111122223333:user/eve"
	testRole    = "arn:aws:sts::111122223333:assumed-role/ops/eve"
)

func TestJudgementsOfEvent(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 30, 0, 0, time.UTC)
	event := detect.EventRef{Time: at, ID: "e-1", Credential: testKey, Principal: testUser, SourceIP: "203.0.113.7", UserAgent: "curl/8", SessionStart: "2026-03-01T10:00:00Z"}
	role := event
	role.Principal, role.Credential = testRole, testSession
	six := event
	six.SourceIP = "2001:db8::7"
	for _, c := range []struct {
		name  string
		event detect.EventRef
		lines []string
		want  string
	}{
		{"nothing", event, nil, "nothing"},
		{"key", event, []string{"a malicious key " + testKey}, "malicious by a"},
		{"another key", event, []string{"a malicious key " + testSession}, "nothing"},
		{"principal", event, []string{"a benign principal " + testUser}, "benign by a"},
		{"a key is narrower than its principal", event, []string{"a malicious key " + testKey, "a benign principal " + testUser}, "malicious by a"},
		{"an address than a long-term key", event, []string{"a malicious key " + testKey, "a benign address 203.0.113.7"}, "benign by a"},
		{"a session's key than an address", role, []string{"a malicious key " + testSession, "a benign address 203.0.113.7"}, "malicious by a"},
		{"an event than all", role, []string{"a malicious key " + testSession, "a benign event e-1"}, "benign by a"},
		{"session", role, []string{"a malicious session " + testRole + "@2026-03-01T10:00:00Z"}, "malicious by a"},
		{"another session", role, []string{"a malicious session " + testRole + "@2026-03-01T10:00:01Z"}, "nothing"},
		{"network", event, []string{"a responder network 203.0.113.99/24"}, "responder by a"},
		{"a small network than a large one", event, []string{"a malicious network 203.0.113.0/24", "a benign network 203.0.0.0/16"}, "malicious by a"},
		{"an address than its network", event, []string{"a malicious network 203.0.113.0/24", "a benign address 203.0.113.7"}, "benign by a"},
		{"IPv6", six, []string{"a malicious network 2001:DB8::/32"}, "malicious by a"},
		{"an IPv4 address in IPv6", event, []string{"a malicious address ::ffff:203.0.113.7"}, "malicious by a"},
		{"user agent", event, []string{"a suspect user-agent curl/8"}, "suspect by a"},
		{"the role of a session, with its path", role, []string{"a malicious role arn:aws:iam::111122223333:role/team/ops"}, "malicious by a"},
		{"a role of another account", role, []string{"a malicious role arn:aws:iam::444455556666:role/ops"}, "nothing"},
		{"within", event, []string{"a malicious key " + testKey + " 10:00 11:00"}, "malicious by a"},
		{"before", event, []string{"a malicious key " + testKey + " 10:31 11:00"}, "nothing"},
		{"the end is exclusive", event, []string{"a malicious key " + testKey + " 10:00 10:30"}, "nothing"},
		{"the beginning is inclusive", event, []string{"a malicious key " + testKey + " 10:30 -"}, "malicious by a"},
		{"out of the key's time its principal counts", event, []string{"a malicious key " + testKey + " 11:00 -", "a benign principal " + testUser}, "benign by a"},
		{"the narrower time frame of one examiner", event, []string{"a malicious key " + testKey + " 10:00 11:00", "a benign key " + testKey}, "malicious by a"},
		{"a time frame with one end than none", event, []string{"a malicious key " + testKey + " 10:00 -", "a benign key " + testKey}, "malicious by a"},
		{"the other end", event, []string{"a malicious key " + testKey + " - 11:00", "a benign key " + testKey}, "malicious by a"},
		{"a time frame with both ends than one with one", event, []string{"a malicious key " + testKey + " 10:00 11:00", "a benign key " + testKey + " 10:15 -"}, "malicious by a"},
		{"of time frames of one length the later word", event, []string{"a malicious key " + testKey + " 10:00 11:00", "a benign key " + testKey + " 10:15 11:15"}, "benign by a"},
		{"before an end", event, []string{"a malicious key " + testKey + " - 10:31"}, "malicious by a"},
		{"at an end", event, []string{"a malicious key " + testKey + " - 10:30"}, "nothing"},
		{"the later word of one examiner", event, []string{"a malicious key " + testKey, "a benign key " + testKey}, "benign by a"},
		{"withdrawn", event, []string{"a malicious key " + testKey, "a withdraws 0"}, "nothing"},
		{"withdrawn, the earlier word counts again", event, []string{"a malicious key " + testKey, "a benign key " + testKey, "a withdraws 1"}, "malicious by a"},
		{"nobody withdraws for another", event, []string{"a malicious key " + testKey, "b withdraws 0"}, "malicious by a"},
		{"two agree", event, []string{"a malicious key " + testKey, "b malicious key " + testKey}, "malicious by a,b"},
		{"two disagree", event, []string{"a malicious key " + testKey, "b benign key " + testKey}, "suspect disputed by a,b"},
		{"malicious against suspect", event, []string{"b suspect key " + testKey, "a malicious key " + testKey}, "suspect disputed by b,a"},
		{"three disagree", event, []string{"a benign key " + testKey, "b responder key " + testKey, "c malicious key " + testKey}, "suspect disputed by a,b,c"},
		{"two who do not accuse", event, []string{"a benign key " + testKey, "b responder key " + testKey}, "responder disputed by a,b"},
	} {
		all := judged(t, c.lines...)
		if got := verdictText(NewJudgements(all).OfEvent(&c.event)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		slices.Reverse(all)
		if got := verdictText(NewJudgements(append(all, all...)).OfEvent(&c.event)); got != c.want {
			t.Errorf("%s, in another order and twice: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestJudgementsDispute: whenever two examiners hold the opposite of something at one time, it is listed.
func TestJudgementsDispute(t *testing.T) {
	for _, c := range []struct {
		name, want string
		lines      []string
	}{
		{"always", "a,b", []string{"a malicious key " + testKey, "b benign key " + testKey}},
		{"from where one begins", "a,b", []string{"a malicious key " + testKey, "b benign key " + testKey + " 10:00 11:00"}},
		{"from where one's narrower word ends", "a,b", []string{"a malicious key " + testKey, "a benign key " + testKey + " 10:00 11:00", "b benign key " + testKey + " 10:00 12:00"}},
		{"until where one begins", "a,b", []string{"a malicious key " + testKey + " - 10:00", "b benign key " + testKey + " - 11:00", "b malicious key " + testKey + " - 09:00"}},
		{"one after the other", "", []string{"a malicious key " + testKey + " - 10:00", "b benign key " + testKey + " 10:00 -"}},
		{"one's narrower word agrees", "", []string{"a malicious key " + testKey, "a benign key " + testKey + " 10:00 12:00", "b benign key " + testKey + " 10:00 12:00"}},
	} {
		all := NewJudgements(judged(t, c.lines...)).list().Disagreements
		got := ""
		for _, d := range all {
			got += verdictText(Verdict{By: refs(d.Judgements)}, true)
		}
		if got != strings.TrimSuffix(" by "+c.want, " by ") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What a report says of judgements: those in force with whether they are disputed, those set aside and by what, and withdrawals of what is another's.
func TestJudgementsListed(t *testing.T) {
	all := judged(t, "a malicious key "+testKey, "a benign key "+testKey, "b benign key "+testKey, "b withdraws 2", "c withdraws 2", "c suspect address 203.0.113.7", "c suspect address 203.0.113.7 10:00 -",
		"d malicious key "+testKey, "e benign key "+testKey+" - 11:00", "e benign key "+testKey+" 10:00 11:00")
	number := func(id string) string {
		return fmt.Sprint(slices.IndexFunc(all, func(j Judgement) bool { return j.ID == id }))
	}
	text := func(m *Judged) string {
		var out []string
		for _, r := range m.Rows {
			if out = append(out, number(r.ID)); r.Disputed {
				out = append(out, "disputed")
			}
		}
		for _, s := range m.SetAside {
			out = append(out, "aside", number(s.ID), "by", number(s.By), fmt.Sprint(s.Withdrawn))
		}
		for _, j := range m.Idle {
			out = append(out, "idle", number(j.ID))
		}
		return strings.Join(out, " ")
	}
	m := NewJudgements(all).model()
	if got, want := text(m), "1 disputed 5 6 7 disputed 8 disputed 9 disputed aside 0 by 1 false aside 2 by 3 true idle 4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	again, fewer := NewJudgements(reversed).model(), NewJudgements(all[:9]).model()
	if text(again) != text(m) || again.SHA256 != m.SHA256 || len(m.SHA256) != 64 || fewer.SHA256 == m.SHA256 {
		t.Errorf("in another order %s, %s and %s; of fewer %s", text(again), again.SHA256, m.SHA256, fewer.SHA256)
	}
}

func refs(all []Judgement) (out []*Judgement) {
	for i := range all {
		out = append(out, &all[i])
	}
	return out
}

func TestJudgementsOfFindings(t *testing.T) {
	const ours, wrong, other = "0123456789abcdef", "1123456789abcdef", "ffffffffffffffff"
	s := NewJudgements(judged(t, "a responder finding "+ours, "a benign finding "+wrong, "a malicious key "+testKey))
	e := detect.EventRef{ID: "e", Credential: testKey}
	for _, c := range []struct{ in, want string }{
		{ours, "responder by a"},
		{wrong, "malicious by a"}, // that a finding is wrong says nothing else of its events
		{other, "malicious by a"},
	} {
		if got := verdictText(s.OfEvent(&e, other, c.in)); got != c.want {
			t.Errorf("an event of finding %s: %s, want %s", c.in, got, c.want)
		}
	}
	if !s.clears(ours) || !s.clears(wrong) || s.clears(other) {
		t.Error("of the findings not those accuse that are not judged")
	}
	if got := verdictText(s.Of(time.Time{}, Subject{KeySubject, testKey})); got != "malicious by a" {
		t.Errorf("a key: %s", got)
	}
	var none *Judgements
	if _, ok := none.OfEvent(&e); ok || none.Any() || none.All() != nil {
		t.Error("no judgements hold something")
	}
}

func TestJudgementSeal(t *testing.T) {
	good := Judgement{Kind: KeySubject, Subject: testKey, As: Malicious, Because: "seen", By: "a", At: time.Unix(1e9, 0)}
	if err := good.Seal(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Judgement){
		"no reason":              func(j *Judgement) { j.Because = " \n" },
		"a long reason":          func(j *Judgement) { j.Because = strings.Repeat("x", maxBecause+1) },
		"no UTF-8":               func(j *Judgement) { j.Because = "\xff" },
		"no stance":              func(j *Judgement) { j.As = "" },
		"an unknown stance":      func(j *Judgement) { j.As = "guilty" },
		"an unknown kind":        func(j *Judgement) { j.Kind = "person" },
		"no subject":             func(j *Judgement) { j.Subject = "" },
		"no address":             func(j *Judgement) { j.Kind, j.Subject = AddressSubject, "203.0.113" },
		"no network":             func(j *Judgement) { j.Kind, j.Subject = NetworkSubject, "203.0.113.7" },
		"no time":                func(j *Judgement) { j.At = time.Time{} },
		"an end before the from": func(j *Judgement) { j.From, j.To = time.Unix(2, 0), time.Unix(1, 0) },
		"an end at the from":     func(j *Judgement) { j.From, j.To = time.Unix(2, 0), time.Unix(2, 0) },
		"after all years":        func(j *Judgement) { j.To = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a long subject":         func(j *Judgement) { j.Subject = strings.Repeat("x", maxSubject+1) },
		"a long name":            func(j *Judgement) { j.By = strings.Repeat("x", maxBy+1) },
		"withdraws and judges":   func(j *Judgement) { j.Withdraws = good.ID },
		"withdraws of a kind": func(j *Judgement) {
			*j = Judgement{Withdraws: good.ID, Because: "b", By: "a", At: j.At, Kind: KeySubject}
		},
		"withdraws of a subject": func(j *Judgement) {
			*j = Judgement{Withdraws: good.ID, Because: "b", By: "a", At: j.At, Subject: testKey}
		},
		"withdraws no ID": func(j *Judgement) { *j = Judgement{Withdraws: good.ID[2:], Because: "b", By: "a", At: j.At} },
	} {
		j := good
		change(&j)
		if err := j.Seal(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	longest := good
	longest.Subject, longest.From = strings.Repeat("x", maxSubject), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	if err := longest.Seal(); err != nil {
		t.Error(err)
	}
	elsewhere := good
	elsewhere.At = good.At.In(time.FixedZone("x", 3600))
	if err := elsewhere.Seal(); err != nil || elsewhere.ID != good.ID {
		t.Errorf("the same time in another zone: %s, not %s, %v", elsewhere.ID, good.ID, err)
	}
}

// Which of two words of one second is the later does not depend on which file came first.
func TestJudgementsOfOneTime(t *testing.T) {
	event := detect.EventRef{Credential: testKey}
	all := judged(t, "a malicious key "+testKey, "a benign key "+testKey, "a responder key "+testKey)
	for i := range all {
		if all[i].At = all[0].At; all[i].Seal() != nil {
			t.Fatal("not sealed")
		}
	}
	want := verdictText(NewJudgements(all).OfEvent(&event))
	slices.Reverse(all)
	if got := verdictText(NewJudgements(all).OfEvent(&event)); got != want {
		t.Errorf("%s, and in another order %s", want, got)
	}
}

func TestParseJudgements(t *testing.T) {
	all := judged(t, "a malicious key "+testKey+" 10:00 11:00", "a benign address 203.0.113.7", "a withdraws 1")
	all[0].Because = "a \"quote\", \x1b[31mred\u202e and a\nline"
	if err := all[0].Seal(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeJudgements(&b, all); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(b.Bytes(), "\x1b\u202e") {
		t.Errorf("the file has what steers a terminal: %q", b.Bytes())
	}
	again, err := ParseJudgements(bytes.NewReader(b.Bytes()))
	if err != nil || len(again) != 3 || again[0] != all[0] || again[2].Withdraws != all[1].ID {
		t.Fatalf("read again: %v, %v", again, err)
	}
	good := b.String()
	for name, c := range map[string]struct{ in, want string }{
		"changed":         {strings.Replace(good, "benign", "malicious", 1), "line 2: its ID"},
		"no JSON":         {good + "hello\n", "line 4: no judgement"},
		"cut":             {good[:len(good)-1], "line 3: it does not end"},
		"an empty line":   {good + "\n", "line 4: no judgement"},
		"other spaces":    {strings.Replace(good, `{"id"`, `{ "id"`, 1), "line 1: it is not as coldtrail"},
		"a member twice":  {strings.Replace(good, `"by":"a"`, `"by":"a","by":"a"`, 1), "line 1: it is not as coldtrail"},
		"another member":  {strings.Replace(good, `"by":"a"`, `"by":"a","also":1`, 1), "line 1: no judgement"},
		"a very long one": {good + strings.Repeat("x", maxJudgementLine+1) + "\n", "line 4: more than"},
		"too many":        {strings.Repeat(good, maxJudgements/3+1), "more than 20000 judgements"},
	} {
		if got, err := ParseJudgements(strings.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.want) || got != nil {
			t.Errorf("%s: %v, %v, want %q", name, len(got), err, c.want)
		}
	}
}

// Those who add at once do not lose each other's.
func TestAddJudgementsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no flock")
	}
	dir := t.TempDir()
	const many = 20
	var all []string
	for i := range many {
		all = append(all, fmt.Sprintf("x%d benign key %s", i, testKey))
	}
	var wait sync.WaitGroup
	for _, j := range judged(t, all...) {
		wait.Go(func() {
			if added, err := AddJudgements(dir, []Judgement{j}); err != nil || len(added) != 1 {
				t.Error(added, err)
			}
		})
	}
	wait.Wait()
	if s, err := ReadJudgements(dir); err != nil || len(s.All()) != many {
		t.Errorf("%d judgements of %d, %v", len(s.All()), many, err)
	}
}

func TestAddJudgements(t *testing.T) {
	dir := t.TempDir()
	all := judged(t, "a malicious key "+testKey, "b benign key "+testKey, "a withdraws 0")
	if added, err := AddJudgements(dir, all[:1]); err != nil || len(added) != 1 {
		t.Fatal(added, err)
	}
	if added, err := AddJudgements(dir, append(all, all...)); err != nil || len(added) != 2 || added[0] != all[1] {
		t.Fatalf("merged: %v, %v", added, err)
	}
	if added, err := AddJudgements(dir, all); err != nil || added != nil {
		t.Errorf("merged again: %v, %v", added, err)
	}
	s, err := ReadJudgements(dir)
	if err != nil || len(s.All()) != 3 {
		t.Fatal(s, err)
	}
	if got := verdictText(s.Of(time.Time{}, Subject{KeySubject, testKey})); got != "benign by b" {
		t.Errorf("together: %s", got)
	}
}

// TestJudgementsOfOneSubject: of one subject there is no flood, by whomever, in one file or in several; copies count once,
// and a role's judgements together, whatever path each names.
func TestJudgementsOfOneSubject(t *testing.T) {
	for _, subject := range []string{"address 203.0.113.7", "role arn:aws:iam::111122223333:role/%d/admin"} {
		var lines []string
		for i := range maxOfSubject + 1 {
			if strings.Contains(subject, "%") {
				lines = append(lines, fmt.Sprintf("x%d malicious "+subject, i, i))
			} else {
				lines = append(lines, fmt.Sprintf("x%d malicious ", i)+subject)
			}
		}
		all := judged(t, lines...)
		var b bytes.Buffer
		if err := writeJudgements(&b, append(all[:maxOfSubject:maxOfSubject], all[:maxOfSubject]...)); err != nil {
			t.Fatal(err)
		}
		if got, err := ParseJudgements(bytes.NewReader(b.Bytes())); err != nil || len(got) != 2*maxOfSubject {
			t.Errorf("%s: %d, %v", subject, len(got), err)
		}
		dir := t.TempDir()
		if _, err := AddJudgements(dir, all[:maxOfSubject]); err != nil {
			t.Error(err)
		}
		if _, err := AddJudgements(dir, all[1:]); err == nil || !strings.Contains(err.Error(), "more than 200 judgements on it") {
			t.Errorf("%s: one more: %v", subject, err)
		}
		if err := writeJudgements(&b, all[maxOfSubject:]); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseJudgements(&b); err == nil || !strings.Contains(err.Error(), "line 401: ") {
			t.Errorf("%s: one more in a file: %v", subject, err)
		}
	}
}
