package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// many is a Correlation of one rule, grouped by principal.
func many(m Measure, span time.Duration) *Correlation {
	by := map[string][]string{"a": {"who"}, "b": {"who"}, "c": {"who"}}
	value := map[string][]string{"a": {"v"}, "b": {"v"}, "c": {"v"}}
	c := &Correlation{ID: "c", Title: "Many", Severity: Medium, Span: span, Measure: m, Group: []string{"who"}}
	for _, rule := range []string{"a", "b", "c"} {
		c.Inputs = append(c.Inputs, Input{Rule: rule, Group: by, Value: value})
	}
	return c
}

// hitOf is a hit of rules, with a value.
func hitOf(second int, id, who, value string, rules ...string) hit {
	e := Evidence{{"who", who}, {"v", value}}
	for _, r := range rules {
		e = append(e, Fact{FactRule, r})
	}
	ref := at(second, id, who)
	ref.Place.Index = len(id)*1_000_000 + second
	return hit{new(ref), e}
}

// measures are all ways to measure, each met now and then by a random walk.
func measures() []Measure {
	gte := func(n float64) []Bound { return []Bound{{"gte", n}} }
	return []Measure{
		{Kind: MeasureCount, Bounds: gte(5)},
		{Kind: MeasureCount, Bounds: []Bound{{"gt", 2}, {"lt", 5}}},
		{Kind: MeasureDistinct, Bounds: gte(4)},
		{Kind: MeasureDistinct, Bounds: []Bound{{"eq", 2}}},
		{Kind: MeasureRules, Bounds: gte(2)},
		{Kind: MeasureRules, Chains: []Chain{{Want: []int{0, 1}}, {Want: []int{2}, Not: []int{0}}}},
		{Kind: MeasureOrdered, Chains: []Chain{{Want: []int{0, 1, 2}}}},
		{Kind: MeasureOrdered, Bounds: gte(2)},
		{Kind: MeasureOrdered, Chains: []Chain{{Want: []int{2, 0}, Not: []int{1}}}},
		{Kind: MeasureSum, Bounds: gte(20)},
		{Kind: MeasureAverage, Bounds: gte(6)},
		{Kind: MeasurePercentile, Percentile: 90, Bounds: []Bound{{"lt", 9}}},
	}
}

// walk is a random sequence of hits in time order, several in most seconds.
func walk(rng *rand.Rand, n int) (hits []hit) {
	second := 0
	for i := range n {
		if rng.IntN(3) == 0 {
			second += rng.IntN(8)
		}
		rules := []string{[]string{"a", "b", "c"}[rng.IntN(3)]}
		if rng.IntN(10) == 0 {
			rules = []string{"a", "c"}
		}
		h := hitOf(second, fmt.Sprint(i), fmt.Sprint("p", rng.IntN(3)), fmt.Sprint(rng.IntN(10)), rules...)
		h.ref.Place.Index = i
		hits = append(hits, h)
	}
	return hits
}

func follow(s Stream, hits []hit) (found []Finding) {
	emit := func(f Finding) { found = append(found, f) }
	for _, h := range hits {
		s.Next(h.ref, h.e, emit)
	}
	s.Flush(emit)
	return merge(found)
}

// TestCorrelationsDoNotSeeTheOrderWithinASecond shuffles random hits.
func TestCorrelationsDoNotSeeTheOrderWithinASecond(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	byID := func(e EventRef) string { return e.ID }
	found, rounds := 0, 12
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		hits := walk(rng, 120)
		for i, m := range measures() {
			inner := many(m, 10*time.Second)
			outer := &Correlation{ID: "o", Title: "Outer", Severity: High, Span: time.Minute, Group: nil, Measure: Measure{Kind: MeasureCount, Bounds: []Bound{{"gte", 2}}}, Inputs: []Input{{Of: inner, Group: map[string][]string{"a": nil, "b": nil, "c": nil}}}}
			for _, c := range []*Correlation{inner, outer} {
				all := follow(c.Stream(), hits)
				want := outline(all, byID)
				found += len(all)
				for range 5 {
					mixed := slices.Clone(hits)
					rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
					slices.SortStableFunc(mixed, func(a, b hit) int { return a.ref.Time.Compare(b.ref.Time) })
					if got := outline(follow(c.Stream(), mixed), byID); got != want {
						t.Fatalf("round %d, measure %d, %s:\n%s\nwant\n%s", round, i, c.ID, got, want)
					}
				}
			}
		}
	}
	if found < 40*rounds {
		t.Errorf("%d findings only: the test shows little", found)
	}
}

// TestCountsAgreeWithABruteForce compares the findings of rising measures with what all
// windows together say.
func TestCountsAgreeWithABruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const span = 10
	holds := map[string]func(w []hit) bool{
		MeasureCount: func(w []hit) bool { return len(w) >= 5 },
		MeasureDistinct: func(w []hit) bool {
			seen := map[string]bool{}
			for _, h := range w {
				seen[h.e.Get("v")] = true
			}
			return len(seen) >= 4
		},
		MeasureSum: func(w []hit) bool {
			sum := 0.0
			for _, h := range w {
				n, _ := numberOf(h.e.Get("v"))
				sum += n
			}
			return sum >= 20
		},
	}
	for range 30 {
		hits := walk(rng, 150)
		for _, i := range []int{0, 2, 9} {
			m := measures()[i]
			listed := map[string]bool{}
			for _, who := range []string{"p0", "p1", "p2"} {
				var own []hit
				for _, h := range hits {
					if h.e.Get("who") == who {
						own = append(own, h)
					}
				}
				for end := range own {
					now := own[end].ref.Time.Unix()
					var w []hit
					for _, h := range own {
						if s := h.ref.Time.Unix(); s <= now && s >= now-span {
							w = append(w, h)
						}
					}
					if holds[m.Kind](w) {
						for _, h := range w {
							listed[h.ref.ID] = true
						}
					}
				}
			}
			got := map[string]bool{}
			for _, f := range follow(many(m, span*time.Second).Stream(), hits) {
				for _, e := range f.Events {
					got[e.ID] = true
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(listed) {
				t.Fatalf("%s: %v, want %v", m.Kind, got, listed)
			}
		}
	}
}

// TestCorrelationsAreBounded sends more groups, hits and values than may be held.
func TestCorrelationsAreBounded(t *testing.T) {
	all := measures()
	if testing.Short() {
		all = all[:2]
	}
	for i, m := range all {
		c := many(m, time.Hour)
		n := newCorrelating(c, func(Finding) {})
		for j := range 24_000 {
			n.second(noon.Unix()+int64(j/500), []hit{hitOf(j/500, fmt.Sprint(j), fmt.Sprint("p", j), fmt.Sprint(j%7), "a")})
			if j%1000 != 0 {
				continue
			}
			if len(n.groups.nodes) > DefaultMaxOpen || n.waits > maxWaitingBytes || n.held.bytes > DefaultMaxBytes {
				t.Fatalf("measure %d: %d groups, %d bytes wait, %d are held", i, len(n.groups.nodes), n.waits, n.held.bytes)
			}
		}
		n.flush()
		if n.waits != 0 || n.held.bytes != 0 || n.held.held != 0 {
			t.Errorf("measure %d: after the end %d and %d bytes are held", i, n.waits, n.held.bytes)
		}
		one := newCorrelating(c, func(Finding) {})
		for j := range 12_000 {
			one.second(noon.Unix()+int64(j/50), []hit{hitOf(j/50, fmt.Sprint(j), "p", fmt.Sprint(j), "a")})
		}
		for _, g := range []*group{one.groups.peek("p")} {
			if len(g.waiting) > maxWaiting || len(g.rising.times) > 5 || len(g.rising.values) > 72 || len(g.whole.values) > 4 || len(g.whole.numbers) > maxNumbers || len(g.rising.sums) > 3601 {
				t.Errorf("measure %d: one group holds %d hits", i, len(g.waiting))
			}
		}
	}
}

// TestLongWindowIsOneFinding follows a window through its parts, and says what was not kept.
func TestLongWindowIsOneFinding(t *testing.T) {
	var parts []Finding
	s := many(Measure{Kind: MeasureCount, Bounds: []Bound{{"gte", 5_000}}}, time.Hour).Stream()
	emit := func(f Finding) { parts = append(parts, f) }
	for i := range 12_000 {
		h := hitOf(i/10, fmt.Sprint(i), "p", "", "a")
		s.Next(h.ref, h.e, emit)
	}
	s.Flush(emit)
	whole := merge(parts)
	if len(parts) < 2 || len(whole) != 1 {
		t.Fatalf("%d parts of %d findings", len(parts), len(whole))
	}
	lost := 12_000 - len(whole[0].Events)
	want := fmt.Sprintf("Many: at least 5000 events within 1h (%d events); %d others are not listed", len(whole[0].Events), lost)
	if whole[0].Why != want || lost == 0 || lost > 4_000 {
		t.Errorf("%q, want %q", whole[0].Why, want)
	}
}

func TestMeasureText(t *testing.T) {
	for i, want := range []string{
		"at least 5 events", "more than 2 and less than 5 events", "at least 4 distinct values", "exactly 2 distinct values",
		"at least 2 rules", "rules together", "rules in their order", "at least 2 rules in their order", "rules in their order",
		"sum at least 20", "average at least 6", "percentile 90 less than 9",
	} {
		m := measures()[i]
		if got := m.String(); got != want {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
	for d, want := range map[time.Duration]string{90 * time.Minute: "1h30m", 24 * time.Hour: "24h", time.Minute: "1m", 90 * time.Second: "1m30s", 10 * time.Second: "10s"} {
		if got := spanText(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
	if !strings.Contains(fmt.Sprint(Measure{Kind: MeasureCount, Bounds: []Bound{{"gt", 4.5}}}.Bounds), "4.5") {
		t.Error("a bound")
	}
	for n, b := range map[int][]Bound{5: {{"gt", 4.5}}, 6: {{"gt", 5}}, 1: {{"gte", 0}}, 7: {{"gt", 2}, {"gte", 7}}} {
		if m := (Measure{Bounds: b}); m.need() != n {
			t.Errorf("%v: %d, want %d", b, m.need(), n)
		}
	}
}

// Of hits that were refused a finding does not say that anything was done.
func TestCorrelationTellsWhatWasRefused(t *testing.T) {
	for want, codes := range map[string][]string{
		"(3 events)":                    {"", "", ""},
		"(3 events, none with success)": {"AccessDenied", "Client.UnauthorizedOperation", "ThrottlingException"},
		"(3 events, 1 without success)": {"", "AccessDenied", ""},
	} {
		var hits []hit
		for i, code := range codes {
			h := hitOf(i, fmt.Sprint(i), "p", fmt.Sprint(i), "a")
			h.ref.ErrorCode = code
			hits = append(hits, h)
		}
		found := follow(many(Measure{Kind: MeasureDistinct, Bounds: []Bound{{"gte", 3}}}, time.Minute).Stream(), hits)
		if len(found) != 1 || !strings.HasSuffix(found[0].Why, want) {
			t.Errorf("%+v, want one that ends in %q", found, want)
		}
	}
}

// TestLongValuesAreBounded: who makes up names makes up long ones, for as many sessions as he likes. Those groups give way that
// have been idle for longest, and it is told.
func TestLongValuesAreBounded(t *testing.T) {
	for _, bound := range []Bound{{"gte", 20}, {"lt", 50}} {
		c := many(Measure{Kind: MeasureDistinct, Bounds: []Bound{bound}}, 24*time.Hour)
		n := newCorrelating(c, func(Finding) {})
		most := 0
		for i := range 4_000 {
			var batch []hit
			for j := range 40 {
				batch = append(batch, hitOf(i, fmt.Sprint(i, j), fmt.Sprint("session", i), strings.Repeat("x", 400)+fmt.Sprint(i, j), "a"))
			}
			n.second(int64(i), batch)
			most = max(most, n.values)
		}
		if most > stateBytes+40*600 || n.evicted() == 0 {
			t.Errorf("%v: %d bytes, %d groups gave way", bound, most, n.evicted())
		}
		if n.flush(); n.values != 0 {
			t.Errorf("%v: %d bytes are left", bound, n.values)
		}
	}
}

// A group that gave way while it was to be judged has seen nothing.
func TestGroupThatGaveWay(t *testing.T) {
	n := &correlating{Correlation: &Correlation{Measure: Measure{Chains: []Chain{{Want: []int{0, 1}}}}}}
	if (&rising{}).rules(n, 0) {
		t.Error("it holds")
	}
}
