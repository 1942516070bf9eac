package detect

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// inCourses reports whether a detector's halves speak by steps.
func inCourses(t *testing.T, d *Detector) bool {
	t.Helper()
	if d.Judge == nil {
		return false
	}
	hits := allHits(t, d, d.Hits[0])
	return len(hits) > 0 && hits[0].e.has(factStep)
}

// allHits are what a detector's Record half takes of an example.
func allHits(t *testing.T, d *Detector, example []string) (hits []hit) {
	t.Helper()
	for i, r := range records(t, example) {
		ref := NewRef(r, Place{Index: i})
		if e, ok := d.Record(r); ok {
			hits = append(hits, hit{new(ref.Clone()), e.Clone()})
		}
	}
	return hits
}

// TestInAnyOrder puts each few events of an example into one second, that of the first of them, and shuffles those: which
// events make up which findings stays the same.
func TestInAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	byID := func(e EventRef) string { return e.ID }
	n, found := 0, 0
	for _, d := range All() {
		if d.Judge == nil {
			continue
		}
		n++
		for _, example := range append(slices.Clone(d.Hits), d.Misses...) {
			if len(example) > 300 && testing.Short() {
				continue
			}
			all := records(t, example)
			for _, together := range []int{2, 3, 5, len(all)} {
				seconds := slices.Clone(all)
				for i := range all {
					r := *all[i]
					r.Time = all[i-i%together].Time
					seconds[i] = &r
				}
				want := run(t, d, seconds)
				found += len(want)
				for range 10 {
					mixed := slices.Clone(seconds)
					rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
					slices.SortStableFunc(mixed, func(a, b *parser.Record) int { return a.Time.Compare(b.Time) })
					if got := outline(run(t, d, mixed), byID); got != outline(want, byID) {
						t.Errorf("%s: %d in a second:\n%s\nwant\n%s", d.ID, together, got, outline(want, byID))
						break
					}
				}
			}
		}
	}
	if n < 40 || found < 3*n {
		t.Errorf("%d detectors, %d findings: the examples are not what they were", n, found)
	}
}

// TestCoursesGiveWay sends each detector's first example as that of many others, whole: some give way, which is
// counted, memory is bounded, and nothing is held at the end.
func TestCoursesGiveWay(t *testing.T) {
	const others = 12_000 // fewer, and some have room for all
	for _, d := range Configure(All(), &Context{}) {
		if !inCourses(t, d) {
			continue
		}
		example := allHits(t, d, d.Hits[0])
		if len(example) > 4 {
			example = append(example[:2:2], example[len(example)-2:]...)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := d.NewStream()
		for i := range others {
			for _, h := range example {
				ref, e := somebodyElses(h, i)
				s.Next(new(ref), e, nobody)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if s.Evicted() == 0 {
			t.Errorf("%s: nobody gave way", d.ID)
		}
		if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 24<<20 {
			t.Errorf("%s: %d bytes held", d.ID, held)
		}
		s.Flush(nobody)
	}
}

// somebodyElses is a hit with another account, principal, credential and thing, a millisecond later.
func somebodyElses(h hit, i int) (EventRef, Evidence) {
	ref, e := *h.ref, slices.Clone(h.e)
	ref.Time = noon.Add(time.Duration(i) * time.Millisecond)
	ref.ID += fmt.Sprint(i)
	ref.Account += fmt.Sprint(i)
	ref.Credential += fmt.Sprint(i)
	if arn, name, ok := strings.Cut(ref.Principal, "/"); ok {
		ref.Principal = arn + fmt.Sprint(i) + "/" + name
	} else {
		ref.Principal += fmt.Sprint(i)
	}
	for j := range e {
		if e[j].Name == factAbout || e[j].Name == factWhere {
			e[j].Value += fmt.Sprint(i)
		}
	}
	return ref, e
}

// TestCourseBegins again: what opened a course and is young enough when it ends opens the next.
func TestCourseBeginsAgain(t *testing.T) {
	var got []string
	c := course{
		id: "c", span: time.Hour,
		opens: func(h *hit) bool { return h.step("open") },
		judge: func(key string, hits []hit) []verdict {
			line := key + ":"
			for _, h := range hits {
				line += " " + h.ref.ID
			}
			got = append(got, line)
			return nil
		},
	}
	s := c.stream()
	send := func(minute int, id, about, step string) {
		s.Next(new(at(minute*60, id, "p")), Evidence{{factStep, step}, {factAbout, about}}, nobody)
	}
	send(0, "before", "a", "use")
	send(1, "o1", "a", "open")
	send(30, "u1", "a", "use")
	send(50, "o2", "a", "open")
	send(70, "u2", "a", "use")  // an hour after o1: o2 goes on
	send(200, "u3", "a", "use") // too late for both
	send(210, "", "", "open")   // about nothing
	s.Flush(nobody)
	want := []string{" a: o1 u1 o2", " a: o2 u2"}
	if !slices.Equal(got, want) {
		t.Errorf("courses %q, want %q", got, want)
	}
}

// TestCourseIsCapped: of very many hits the first are kept, and the finding says so.
func TestCourseIsCapped(t *testing.T) {
	s := course{
		id: "c", gap: time.Hour, max: 10, each: 8,
		judge: func(_ string, hits []hit) []verdict { return []verdict{{Low, "", "w", hits}} },
	}.stream()
	for i := range 100 {
		s.Next(new(at(i, fmt.Sprint(i), "p")), Evidence{{factStep, fmt.Sprint(i / 50)}, {factAbout, "x"}}, nobody)
	}
	var found []Finding
	s.Flush(func(f Finding) { found = append(found, f) })
	if len(found) != 1 || len(found[0].Events) != 10 || found[0].Why != "w (90 further events not listed)" {
		t.Errorf("%+v", found)
	}
}

func TestDensest(t *testing.T) {
	var hits []hit
	for i, v := range []string{"a", "b", "a", "c", "d"} {
		hits = append(hits, hit{new(at([]int{0, 10, 20, 100, 105}[i], fmt.Sprint(i), "p")), Evidence{{"v", v}}})
	}
	if best, n := densest(hits, 30*time.Second, factOf("v")); n != 2 || len(best) != 3 {
		t.Errorf("%d different of %d", n, len(best))
	}
	if best, n := densest(hits, 200*time.Second, factOf("v")); n != 4 || len(best) != 5 {
		t.Errorf("%d different of %d", n, len(best))
	}
}

func TestSameHand(t *testing.T) {
	a := EventRef{Credential: "AKIA1", Principal: "p", SourceIP: "203.0.113.9"}
	for b, want := range map[EventRef]bool{
		{Credential: "AKIA1"}:     true,
		{Principal: "p"}:          true,
		{SourceIP: "203.0.113.9"}: true,
		{SourceIP: "203.0.113.8"}: false,
		{}:                        false,
	} {
		if sameHand(&a, &b) != want {
			t.Errorf("%+v: %t", b, !want)
		}
	}
	for _, address := range []string{"10.0.0.1", "::ffff:10.0.0.1", "100.64.0.1", "::"} {
		if private := (EventRef{SourceIP: address}); sameHand(&private, &private) {
			t.Errorf("every network has %s", address)
		}
	}
}
