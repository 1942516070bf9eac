package detect

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// TestFewKeepsACopy: a value is a part of an event's strings, which are one allocation.
func TestFewKeepsACopy(t *testing.T) {
	event := strings.Repeat("x", 100)
	var f few
	if !f.add(event[:3]) || f.add("xxx") || f.add("") || f.len() != 1 || !f.has("xxx") {
		t.Error(f)
	}
	for _, v := range f.values {
		if unsafe.StringData(v) == unsafe.StringData(event) {
			t.Error("the set keeps the event's strings")
		}
	}
	if want := setBytes + valueBytes + 3; f.held() != want {
		t.Errorf("%d bytes, want %d", f.held(), want)
	}
}

// TestRecentIsWeighed: what is forgotten is weighed no longer.
func TestRecentIsWeighed(t *testing.T) {
	s := recent{span: time.Second, max: 2}
	s.add("aaaa", noon)
	s.add("bb", noon)
	s.add("c", noon) // one too many
	if want := setBytes + 2*recentBytes + 6; s.held() != want {
		t.Errorf("%d bytes, want %d", s.held(), want)
	}
	s.add("d", noon.Add(time.Minute))
	if want := setBytes + recentBytes + 1; s.held() != want {
		t.Errorf("%d bytes, want %d", s.held(), want)
	}
}

// TestFadingIsWeighed: heavy state gives way by its bytes, those idle for longest first, and the sum stays right.
func TestFadingIsWeighed(t *testing.T) {
	var closed []string
	f := newFading(100, time.Hour, func(key string, _ *few) { closed = append(closed, key) })
	quarter := strings.Repeat("x", maxHeavy/4)
	for i := range 4 {
		f.touch(fmt.Sprint(i), noon).add(quarter)
	}
	if f.touch("0", noon); fmt.Sprint(closed) != "[0 1 2]" || f.count() != 3 {
		t.Errorf("closed %v, %d had to give way", closed, f.count())
	}
	f.forget("3")
	f.touch("4", noon).add("y")
	f.touch("5", noon.Add(2*time.Hour)) // all others are too old
	if f.bytes != 0 || f.len() != 1 {
		t.Errorf("%d bytes of %d keys", f.bytes, f.len())
	}
	f.touch("6", noon.Add(2*time.Hour)).add("z")
	f.flush()
	if f.bytes != 0 || f.used != nil {
		t.Errorf("%d bytes after the end", f.bytes)
	}
}

// TestManyValues sends some subjects' hits with very many and long values of all that detectors keep sets of: memory is
// bounded by bytes too.
func TestManyValues(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const subjects, values, most = 120, 400, 40 << 20
	long := strings.Repeat("v", 1000)
	for _, d := range Configure(All(), &Context{}) {
		if d.Judge == nil || inCourses(t, d) && d.ID != "objects-read-much" || *onlyDetector != "" && d.ID != *onlyDetector {
			continue
		}
		hits := exampleHits(t, d, 2)
		last := hits[len(hits)-1]
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := d.NewStream()
		for j := range values {
			for i := range subjects {
				ref, e := another(last, i)
				ref.Time = noon.Add(time.Duration(j*subjects+i) * time.Millisecond)
				ref.SourceIP = fmt.Sprintf("11.%d.%d.1", j>>8, j&255)
				ref.Region += fmt.Sprint(long, j)
				ref.Name += fmt.Sprint(long, j)
				for k := range e {
					switch e[k].Name {
					case factSecret, factBucket, FactRole, factCaller, factAgent:
						e[k].Value += fmt.Sprint(long, j)
					}
				}
				s.Next(new(ref), e, nobody)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		t.Logf("%-40s %5d evicted, %5.1f MB held", d.ID, s.Evicted(), float64(held)/1e6)
		if held > most {
			t.Errorf("%s: %d bytes held", d.ID, held)
		}
		s.Flush(nobody)
	}
}

// TestQuietHoursKeepNoEvents: an hour in which few objects were read keeps no event when it is over.
func TestQuietHoursKeepNoEvents(t *testing.T) {
	r := bucketReaders{objects: 3, bytes: 1e9}
	ref := EventRef{ID: "1"}
	v := bucketReader{hour: hourRead{objects: 2, refs: []*EventRef{&ref, &ref}, bytesHeld: 2 * ref.size()}}
	if v.over(&r); v.most.refs != nil || v.held() != 0 || v.most.objects != 2 {
		t.Errorf("a quiet hour: %+v", v)
	}
	v.hour = hourRead{objects: 3, refs: []*EventRef{&ref}, bytesHeld: ref.size()}
	if v.over(&r); len(v.most.refs) != 1 || v.held() <= ref.size() {
		t.Errorf("a busy hour: %+v", v)
	}
}

// TestTamperingIsWeighed: the events of very many places are bounded by their bytes, and what gives way is counted.
func TestTamperingIsWeighed(t *testing.T) {
	s := newStorages()
	long := strings.Repeat("x", 10_000)
	for i := range 2 * maxHeavy / len(long) {
		h := hit{new(at(i, fmt.Sprint(i), "p")), Evidence{{factStep, "tampered"}, {factAbout, fmt.Sprint(i)}}}
		h.ref.UserAgent = long
		s.next([]hit{h}, nobody)
	}
	if s.tampered.bytes == 0 || s.tampered.bytes > maxHeavy+2*len(long) || s.stream().Evicted() == 0 {
		t.Errorf("%d bytes, %d evicted", s.tampered.bytes, s.stream().Evicted())
	}
}

// TestDenialsAreWeighed: the calls that few or very many credentials are refused are bounded by their bytes, and so are the users
// whose passwords are guessed; what gives way is counted.
func TestDenialsAreWeighed(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, each := range []int{20, 1000} {
		b, g := newBursts("b"), newGuesses("g")
		found := 0
		emit := func(Finding) { found++ }
		for i := range 2 * maxCallBytes / len(long) {
			ref := at(0, fmt.Sprint(i), fmt.Sprint("p", i/each))
			g.judge([]hit{{new(ref), Evidence{{FactOutcome, failed}, {FactUser, fmt.Sprint(long, i)}}}}, emit)
			ref.Name = fmt.Sprint(long, i)
			b.add(new(ref), emit)
			if most := maxCallBytes + 3*len(long); b.open.bytes > most || g.open.bytes > most || b.used.bytes > maxHeavy+2*len(long) {
				t.Fatalf("%d bytes of calls, %d of usual ones, %d of users", b.open.bytes, b.used.bytes, g.open.bytes)
			}
		}
		if b.open.count() == 0 || each == 20 && b.count() <= b.open.count() || g.count() == 0 || found == 0 {
			t.Errorf("%d credentials evicted, %d in all, %d rows of guesses, %d findings", b.open.count(), b.count(), g.count(), found)
		}
		b.flush(nobody)
		if g.flush(nobody); b.open.bytes != 0 || g.open.bytes != 0 {
			t.Errorf("%d and %d bytes after the end", b.open.bytes, g.open.bytes)
		}
	}
}
