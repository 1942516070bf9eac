package detect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

func yes(*parser.Record) (Evidence, bool) { return nil, true }

// yielded lists the IDs of the detectors that a record matters to.
func yielded(s *Set, r *parser.Record) string {
	var ids []string
	s.Record(r, func(d int, _ Evidence) { ids = append(ids, s.Detector(d).ID) })
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func TestSetAsksWhoWants(t *testing.T) {
	helper := &Detector{ID: "helper", Events: []string{"a:X"}, Record: yes}
	set, err := NewSet([]*Detector{
		{ID: "exact", Events: []string{"a:X", "a:Y"}, Record: yes},
		{ID: "twice", Events: []string{"a:X", "*:X", "a:*"}, Record: yes},
		{ID: "action", Events: []string{"*:X"}, Record: yes},
		{ID: "source", Events: []string{"a:*"}, Record: yes},
		{ID: "all", Record: func(r *parser.Record) (Evidence, bool) { return nil, r.Region == "r" }},
		{ID: "derived", Requires: []*Detector{helper}, Record: yes},
		{ID: ConflictingCopies},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ source, name, region, want string }{
		{"a", "X", "", "action derived exact source twice"},
		{"a", "X20150331v2", "", "action derived exact source twice"},
		{"a", "Y", "r", "all exact source twice"},
		{"a", "Z", "", "source twice"},
		{"b", "X", "", "action twice"},
		{"b", "Y", "", ""},
		{"", "", "r", "all"},
	} {
		r := &parser.Record{EventSource: c.source, Name: c.name, Region: c.region}
		if got := yielded(set, r); got != c.want {
			t.Errorf("%s:%s %s: %q, want %q", c.source, c.name, c.region, got, c.want)
		}
	}
}

func TestSetOfMany(t *testing.T) {
	var many []*Detector
	for i := range 1000 {
		many = append(many, &Detector{ID: fmt.Sprintf("d%04d", i), Events: []string{"*:X", "a:X"}, Record: yes})
	}
	set, err := NewSet(many)
	if err != nil {
		t.Fatal(err)
	}
	if got := yielded(set, &parser.Record{EventSource: "a", Name: "X"}); strings.Count(got, "d") != len(many) {
		t.Errorf("%d detectors yielded, want %d", strings.Count(got, "d"), len(many))
	}
}

func TestSetRefuses(t *testing.T) {
	for want, ds := range map[string][]*Detector{
		"twice":     {{ID: "a", Record: yes}, {ID: "a", Record: yes}},
		"not event": {{ID: "a", Record: yes, Events: []string{"CreateUser"}}},
	} {
		if _, err := NewSet(ds); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestRequiresHolds: a detector that is asked only where others matched must
// itself match nowhere else.
func TestRequiresHolds(t *testing.T) {
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range All() {
		for _, raw := range slices.Concat(d.Hits, d.Misses, [][]string{campaign()}) {
			for _, r := range records(t, raw) {
				got := yielded(set, r)
				for _, other := range All() {
					if other.Record == nil || !other.wants(r) {
						continue
					}
					_, alone := other.Record(r)
					if in := slices.Contains(strings.Fields(got), other.ID); in != alone {
						t.Errorf("%s: in the set %t, alone %t: %s", other.ID, in, alone, r.Raw)
					}
				}
			}
		}
	}
}

// TestGatesInParallel: many goroutines share what gates remember.
func TestGatesInParallel(t *testing.T) {
	set, err := NewSet([]*Detector{{ID: "a", Record: yes, Gate: func(r *parser.Record) bool { return len(r.UserAgent)%2 == 0 }}})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 20_000 {
				r := &parser.Record{UserAgent: strings.Repeat("x", i%40) + strconv.Itoa(i%9000)}
				if got := yielded(set, r) == "a"; got != (len(r.UserAgent)%2 == 0) {
					t.Errorf("%q: %t", r.UserAgent, got)
				}
			}
		})
	}
	group.Wait()
}

func TestGramsFindEveryTool(t *testing.T) {
	for _, token := range []string{
		"md/distrib#kali.2025", "6.1+kali-amd64", "5.15.0-kali3-amd64", "md/distrib#parrot.6",
		"Linux/6.0.0-2parrot1-amd64", "os/linux#6.1-pentoo", "Pacu-Session-1", "TruffleHog", "stratus-red-team_1",
		"Scout Suite/5", "Scout-Suite/5", "S3 Browser/12", "Prowler/3", "prowler", "APN_1826889", "python-requests/2",
	} {
		for pad := range 7 {
			ua := strings.Repeat("x", pad) + " " + token
			if toolOf(ua) == nil || toolOf(ua+" tail") == nil {
				t.Errorf("%q: no tool", ua)
			}
		}
	}
	for _, ua := range []string{"Boto3/1.7.61 Python/3.5.0 Windows/ Botocore/1.10.62", "[Boto3/1.7.61 Python/3.5.0 Windows/ Botocore/1.10.62]"} {
		if got := toolOf(ua); got == nil || got.name != "Pacu" {
			t.Errorf("%q: %v", ua, got)
		}
	}
	for n := range 8 {
		if toolGrams.in("kaliarro"[:n]) != (n >= 4) {
			t.Errorf("%q", "kaliarro"[:n])
		}
	}
}

// benign are calls that make up most of an archive.
var benign = []parser.Record{
	{EventSource: "ec2.amazonaws.com", Name: "DescribeInstances", UserAgent: "aws-cli/2.13.5 Python/3.11.4 Linux/6.2.0-26-generic exe/x86_64.ubuntu.22 prompt/off command/ec2.describe-instances"},
	{EventSource: "s3.amazonaws.com", Name: "GetObject", UserAgent: "[aws-sdk-java/1.12.500 Linux/5.10.184-175.731.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.7+7-LTS java/17.0.7]", Identity: parser.Identity{Type: "AssumedRole"}},
	{EventSource: "sts.amazonaws.com", Name: "GetCallerIdentity", UserAgent: "aws-sdk-go-v2/1.18.1 os/linux lang/go#1.20.5 md/GOOS#linux md/GOARCH#amd64 api/sts#1.19.2"},
	{EventSource: "sts.amazonaws.com", Name: "AssumeRole", UserAgent: "ec2.amazonaws.com", Identity: parser.Identity{Type: awsService, InvokedBy: "ec2.amazonaws.com"}},
	{EventSource: "lambda.amazonaws.com", Name: "ListFunctions20150331", UserAgent: "Boto3/1.26.165 Python/3.9.16 Linux/5.10 Botocore/1.29.165"},
}

func TestBenignRecordsCostNothing(t *testing.T) {
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	yield := func(d int, _ Evidence) { t.Errorf("a hit of %s", set.Detector(d).ID) }
	for i := range benign {
		r := benign[i]
		r.Time = time.Unix(1_700_000_001, 0) // log-gap looks at every tenth second
		if n := testing.AllocsPerRun(100, func() { set.Record(&r, yield) }); n != 0 {
			t.Errorf("%s: %v allocations", benign[i].Name, n)
		}
	}
}

func BenchmarkSetRecord(b *testing.B) {
	set, err := NewSet(All())
	if err != nil {
		b.Fatal(err)
	}
	yield := func(int, Evidence) {}
	for i := range benign {
		b.Run(benign[i].Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				set.Record(&benign[i], yield)
			}
		})
	}
}

func BenchmarkRefCodec(b *testing.B) {
	ref := sampleRef()
	buf := AppendRef(nil, &ref)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = AppendRef(buf[:0], &ref)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := DecodeRef(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("clone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = ref.Clone()
		}
	})
}

// TestGates: a detector with a gate is asked where its gate is open, and its gate once for
// what is the same.
func TestGates(t *testing.T) {
	asked := 0
	set, err := NewSet([]*Detector{{ID: "a", Record: yes, Gate: func(r *parser.Record) bool {
		asked++
		return strings.HasPrefix(r.UserAgent, "evil") && r.ErrorCode == "x"
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for i := range 500 { // more than stay kept apart for certain
			r := &parser.Record{UserAgent: fmt.Sprintf("evil %d", i), ErrorCode: "x"}
			if yielded(set, r) != "a" {
				t.Fatalf("%q: not yielded", r.UserAgent)
			}
			if r.ErrorCode = "y"; yielded(set, r) != "" {
				t.Fatalf("%q with another error: yielded", r.UserAgent)
			}
		}
	}
	if asked < 1000 || asked > 2000 {
		t.Errorf("the gate was asked %d times for 1,000 different things", asked)
	}
	r := &parser.Record{UserAgent: "harmless", ErrorCode: "x"}
	set.Record(r, nil)
	if n := testing.AllocsPerRun(100, func() { set.Record(r, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is derived is asked where one of what it requires matched, once where several did, and what is derived
// from that in its turn.
func TestSetDerives(t *testing.T) {
	on := func(id, name string) *Detector {
		return &Detector{ID: id, Events: []string{"*:" + name}, Record: func(*parser.Record) (Evidence, bool) { return nil, true }}
	}
	of := func(id string, needs ...*Detector) *Detector {
		d := on(id, "")
		d.Events, d.Requires = nil, needs
		return d
	}
	a, b, c := on("a", "One"), on("b", "One"), on("c", "Two")
	ab := of("ab", a, b)
	set, err := NewSet([]*Detector{of("0-abab", ab), ab, b, of("bc", b, c)}) // a and c are only required
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"One": "[0-abab ab b bc]", "Two": "[bc]", "Three": "[]"} {
		got := []string{}
		set.Record(&parser.Record{Name: name, EventSource: "s"}, func(d int, _ Evidence) { got = append(got, set.Detector(d).ID) })
		slices.Sort(got)
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}
