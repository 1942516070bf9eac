package detect

import (
	"flag"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// TestDetectorsSeek: a built-in detector matches nothing that its seeks would have passed over.
func TestDetectorsSeek(t *testing.T) {
	var records []*parser.Record
	for _, d := range All() {
		for _, example := range append(d.Hits, d.Misses...) {
			for _, text := range example {
				r, err := parser.Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				records = append(records, r.Clone())
			}
		}
	}
	for _, d := range All() {
		if len(d.Seek) == 0 {
			continue
		}
		hits := 0
		for _, r := range records {
			if d.Gate != nil && !d.Gate(r) {
				continue
			}
			if _, ok := d.Record(r); !ok {
				continue
			}
			hits++
			sought := false
			for _, s := range d.Seek {
				sought = sought || s.Match(seekFields[s.Field](r))
			}
			if !sought {
				t.Errorf("%s matches, but does not seek\n%s", d.ID, r.Raw)
			}
		}
		if hits == 0 {
			t.Errorf("%s: no example", d.ID)
		}
	}
}

// TestSpellsAreBounded sends many subjects through spells; TestFadingIsBounded sends ten
// through what holds them.
func TestSpellsAreBounded(t *testing.T) {
	n := 200_000
	if testing.Short() {
		n = 100_000
	}
	s := newSpells[few]("s", 24*time.Hour, func(v *spell[few]) (Severity, string, bool) { return Low, "w", v.x.len() > 1 })
	found := 0
	emit := func(Finding) { found++ }
	ref := EventRef{SourceIP: "203.0.113.9", Principal: strings.Repeat("p", 40)}
	var before, after runtime.MemStats
	for i := range n {
		ref.Time = noon.Add(time.Duration(i) * time.Millisecond)
		s.at(ref.Time, emit)
		v := s.touch(fmt.Sprint("AKIA", i), &ref)
		v.x.add("a")
		if i%10 == 0 {
			v.x.add("b")
		}
		s.add(v, new(ref))
		if s.open.len() > maxSubjects || s.held.bytes > DefaultMaxBytes {
			t.Fatalf("%d subjects, %d bytes", s.open.len(), s.held.bytes)
		}
		if i == 2*maxSubjects {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d bytes more after %d subjects", grown, n)
	}
	if got := s.open.count(); got != int64(n-maxSubjects) {
		t.Errorf("%d evicted of %d", got, n)
	}
	t.Logf("%d subjects, %d findings, %d evicted", n, found, s.open.count())
}

var onlyDetector = flag.String("detector", "", "of TestDetectorsGiveWay, this one only")

// TestDetectorsGiveWay sends the first example of each detector that says what it forgets as
// that of many others, more than there may be: some give way, which is counted, and memory is bounded.
func TestDetectorsGiveWay(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const most = 48 << 20  // what a stream may hold, its strings included
	const little = 4 << 20 // of what others than those varied here decide: buckets, trails
	others := maxSubjects + maxSubjects/5
	world := &Context{LocateSource: "everywhere", Locate: func(ip netip.Addr) (Location, bool) {
		return Location{Country: "DE", Placed: true, ASN: 64500, Network: "Example Net"}, true
	}}
	for _, d := range Configure(All(), world) {
		if d.Judge == nil || inCourses(t, d) || *onlyDetector != "" && d.ID != *onlyDetector {
			continue
		}
		if d.NewStream().Evicted == nil {
			t.Errorf("%s: does not say what it forgets", d.ID)
			continue
		}
		hits := exampleHits(t, d, 4)
		began := time.Now()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := d.NewStream()
		emit := func(Finding) {}
		for i := range others {
			for _, h := range hits {
				ref, e := another(h, i)
				ref.Time = noon.Add(time.Duration(i) * time.Millisecond)
				s.Next(new(ref), e, emit)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		t.Logf("%-40s %9d evicted, %5.1f MB held %v", d.ID, s.Evicted(), float64(held)/1e6, time.Since(began))
		if s.Evicted() == 0 && held > little || held > most {
			t.Errorf("%s: %d evicted, %d bytes held", d.ID, s.Evicted(), held)
		}
		s.Flush(emit)
	}
}

// exampleHits returns the first hit of a detector's first example and its last ones.
func exampleHits(t *testing.T, d *Detector, most int) (hits []hit) {
	t.Helper()
	set, err := NewSet([]*Detector{d})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records(t, d.Hits[0]) {
		ref := NewRef(r, Place{Index: i})
		set.Record(r, func(_ int, e Evidence) { hits = append(hits, hit{new(ref.Clone()), e.Clone()}) })
	}
	if len(hits) > most { // the one that begins, and the last ones
		hits = append(hits[:1:1], hits[len(hits)-most+1:]...)
	}
	return hits
}

// another is a hit of somebody else: other credential, principal, account and address.
func another(h hit, i int) (EventRef, Evidence) {
	ref, e := *h.ref, make(Evidence, 0, len(h.e))
	ref.Account += fmt.Sprint(i)
	ref.Principal += fmt.Sprint("-", i)
	if ref.Credential != "" {
		ref.Credential += fmt.Sprint(i)
	}
	if strings.Count(ref.SourceIP, ".") == 3 {
		ref.SourceIP = fmt.Sprintf("%d.%d.%d.%d", 11+i>>20, i>>12&255, i>>4&255, i&15+1)
	}
	for _, f := range h.e {
		if strings.HasPrefix(f.Value, "ASIA") || strings.HasPrefix(f.Value, "AKIA") || f.Name == factInstance || f.Name == FactRole || f.Name == factAbout || f.Name == factWhere {
			f.Value += fmt.Sprint(i)
		}
		e = append(e, f)
	}
	return ref, e
}
