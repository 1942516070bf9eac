package detect

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// tunable is a detector that says what it knows.
func tunable() *Detector {
	return &Detector{
		ID: "tunable", Title: "t", Doc: "d", Next: "n", Events: []string{"a:B"}, Source: "s",
		Record:     func(*parser.Record) (Evidence, bool) { return nil, true },
		Thresholds: []Threshold{{"calls", 10, "calls", "here"}, {"span", 2, "hours", "here"}},
		Needs:      []Need{NeedsGeography, NeedsAccounts},
		Judge: func(c *Context) Stream {
			return Stream{Next: func(ref *EventRef, _ Evidence, emit func(Finding)) {
				emit(Finding{Why: fmt.Sprint(c.Int("calls"), c.Duration("span"), c.foreign(ref.SourceIP, ref.Account))})
			}}
		},
	}
}

func TestConfigure(t *testing.T) {
	d := tunable()
	say := func(d *Detector) (why string) {
		s := d.NewStream()
		s.Next(new(EventRef{Account: "1", SourceIP: "2"}), nil, func(f Finding) { why = f.Why })
		return why
	}
	accounts := NewAccounts([]Account{{ID: "2", Name: "audit", Kind: Vendor}})
	contexts := []*Context{
		{},
		{Tuning: Tuning{"tunable": {"calls": 3}}},
		{Tuning: Tuning{"tunable": {"span": 0.5}}},
		{Accounts: accounts},
		{BaselineUntil: noon},
		{LocateSource: "a database"},
	}
	want := []string{"10 2h0m0s true", "3 2h0m0s true", "10 30m0s true", "10 2h0m0s false", "10 2h0m0s true", "10 2h0m0s true"}
	var identities []string
	for i, c := range contexts {
		bound := Configure([]*Detector{d, trailStopped}, c)
		if got := say(bound[0]); got != want[i] {
			t.Errorf("context %d: %q, want %q", i, got, want[i])
		}
		if bound[1] != trailStopped {
			t.Error("a detector that knows no context is another")
		}
		id := Identity(bound[0])
		if id == "" || slices.Contains(identities, id) {
			t.Errorf("context %d: identity %q is none, or that of another context", i, id)
		}
		identities = append(identities, id)
	}
	if say(d) != want[0] {
		t.Errorf("unbound: %q", say(d))
	}
	if Identity(Configure([]*Detector{d}, &Context{})[0]) != identities[0] {
		t.Error("one context, two identities")
	}
}

func TestValidateThresholds(t *testing.T) {
	for name, spoil := range map[string]func(*Detector){
		"twice":     func(d *Detector) { d.Thresholds = append(d.Thresholds, d.Thresholds[0]) },
		"no source": func(d *Detector) { d.Thresholds = []Threshold{{"x", 1, "calls", ""}} },
		"no judge":  func(d *Detector) { d.Judge = nil },
		"both":      func(d *Detector) { d.Stream = func() Stream { return Stream{} } },
	} {
		d := tunable()
		d.Hits, d.Misses = [][]string{{}}, [][]string{{}}
		if err := Validate(d); err != nil {
			t.Fatal(err)
		}
		if spoil(d); Validate(d) == nil {
			t.Errorf("%s: valid", name)
		}
	}
}

func TestAccounts(t *testing.T) {
	a := NewAccounts([]Account{{ID: "1", Kind: Organization, Name: "prod"}})
	a.Receive("3")
	for id, want := range map[string]AccountKind{"1": Organization, "3": Own, "4": Foreign} {
		if got := a.Kind(id); got != want {
			t.Errorf("account %s: %s, want %s", id, got, want)
		}
	}
	if a.Label("1") != "1 (prod organization)" || a.Label("4") != "4" || (*Accounts)(nil).Kind("1") != Foreign {
		t.Error(a.Label("1"), a.Label("4"))
	}
	c := &Context{Accounts: a}
	if c.foreign("3", "") || c.foreign("9", "9") || !c.foreign("4", "9") {
		t.Error("who is foreign?")
	}
}

func TestBlind(t *testing.T) {
	d := tunable()
	if got := fmt.Sprint(Blind([]*Detector{d, trailStopped}, &Context{})); got != "[{accounts [tunable]} {geography [tunable]}]" {
		t.Error(got)
	}
	seeing := &Context{Accounts: NewAccounts([]Account{{ID: "1"}}), Locate: func(netip.Addr) (Location, bool) { return Location{}, false }}
	if got := Blind([]*Detector{d}, seeing); got != nil {
		t.Error(got)
	}
}

func TestFading(t *testing.T) {
	var closed []string
	f := newFading(2, time.Minute, func(key string, v *int) { closed = append(closed, fmt.Sprint(key, *v)) })
	*f.touch("a", noon) = 1
	*f.touch("b", noon.Add(30*time.Second)) = 2
	*f.touch("a", noon.Add(time.Minute)) += 10
	*f.touch("c", noon.Add(80*time.Second)) = 3 // b gives way: a was used later
	if f.peek("a", noon.Add(121*time.Second)) != nil || f.peek("c", noon.Add(121*time.Second)) == nil {
		t.Error("what is too old is known, or what is not is not")
	}
	f.touch("d", noon.Add(130*time.Second)) // a is too old by now
	f.giveWay(func() bool { return f.len() > 1 })
	f.flush()
	if got := fmt.Sprint(closed); got != "[b2 a11 c3 d0]" || f.evicted != 2 {
		t.Errorf("closed %s, %d had to give way", got, f.evicted)
	}
}

// TestFadingIsBounded sends ten million distinct keys.
func TestFadingIsBounded(t *testing.T) {
	n := 10_000_000
	if testing.Short() {
		n = 100_000
	}
	f := newFading[int](1000, time.Hour, nil)
	for i := range n {
		*f.touch(strconv.Itoa(i), noon) = i
	}
	if f.len() != 1000 || f.evicted != int64(n-1000) {
		t.Errorf("%d keys, %d had to give way", f.len(), f.evicted)
	}
}
