package scan

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// counting makes a detector whose Stream finds something in every so many events, and calls at with the number of each.
func counting(id string, every int, at func(n int)) *detect.Detector {
	return &detect.Detector{ID: id, Title: "x", Severity: detect.Low, Record: everything, Stream: func() detect.Stream {
		n := 0
		var open []*detect.EventRef
		return detect.Stream{
			Next: func(ref *detect.EventRef, _ detect.Evidence, emit func(detect.Finding)) {
				n++
				at(n)
				if open = append(open, ref); len(open) == every {
					emit(detect.Finding{Detector: id, Subject: "s", Severity: detect.Low, Opened: *open[0], Events: open})
					open = nil
				}
			},
			Flush: func(emit func(detect.Finding)) {
				at(-1)
				if len(open) > 0 {
					emit(detect.Finding{Detector: id, Subject: "s", Severity: detect.Low, Opened: *open[0], Events: open})
				}
			},
		}
	}}
}

// panicAt panics over the event of that number; -1: at the end.
func panicAt(which int) func(int) {
	return func(n int) {
		if n == which {
			panic(fmt.Sprint("at ", n))
		}
	}
}

// TestJuries: what detectors find, and over what they fall, does not show how many goroutines there were.
func TestJuries(t *testing.T) {
	const events = 2*heardAtOnce + 100
	files := map[string]string{}
	for object := range 4 {
		var all []string
		for i := object; i < events; i += 4 {
			all = append(all, event(fmt.Sprintf("e%04d", i), "eventTime", at(i)))
		}
		files[fmt.Sprintf("%d.json", object)] = records(all...)
	}
	dir := evidence(t, files)
	var detectors []*detect.Detector
	want := map[string]int{} // findings by detector
	for i := range 2*maxJuries + 3 {
		d := counting(fmt.Sprintf("d%02d", i), 10+i, func(int) {})
		want[d.ID] = (events + 9 + i) / (10 + i)
		detectors = append(detectors, d)
	}
	for i, which := range []int{1, 700, 700, 701, -1, -1} {
		d := counting(fmt.Sprintf("p%d", i), 100, panicAt(which))
		if want[d.ID] = max(which-1, 0) / 100; which < 0 {
			want[d.ID] = events / 100
		}
		detectors = append(detectors, d)
	}
	var first *outcome
	for _, workers := range []int{2, 3, maxJuries + 1} {
		o := try(t, Config{Detectors: detectors, Workers: workers}, dir)
		if first == nil {
			first = o
		} else if !reflect.DeepEqual(o, first) {
			t.Errorf("%d workers: not the same", workers)
		}
	}
	have := map[string]int{}
	for i := range first.findings {
		have[first.findings[i].Detector]++
	}
	for id, n := range want {
		if have[id] != n {
			t.Errorf("%s: %d findings, want %d", id, have[id], n)
		}
	}
	if len(first.problems) != 6 {
		t.Errorf("problems: %+v", first.problems)
	}
	// Of one object's, that which came first in the timeline is told first.
	if b := first.object(t, "3.json"); len(b.Problems) != 4 || !strings.Contains(b.Problems[0].Text, "detector p1 ") || !strings.Contains(b.Problems[1].Text, "detector p2 ") {
		t.Errorf("%+v", b.Problems)
	}
}

// TestJuriesAreStopped: who cannot write what was found, and who cancels, ends all of them.
func TestJuriesAreStopped(t *testing.T) {
	for name, workers := range map[string]int{"one": 1, "several": 4} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stop := func(int) {}
		var detectors []*detect.Detector
		for i := range 6 {
			detectors = append(detectors, counting(fmt.Sprint("d", i), 2, func(n int) { stop(n) }))
		}
		hunted := func() *Hunt {
			h, err := NewHunt(Config{Detectors: detectors, Workers: workers, Memory: 64 << 20, WorkDir: t.TempDir()})
			failOn(t, err)
			a := h.Asker()
			for i := range 8 * heardAtOnce {
				failOn(t, a.Ask(uint64(i), []byte(event(fmt.Sprintf("e%05d", i), "eventTime", at(i)))))
			}
			h.Done(a)
			return h
		}
		full := hunted()
		failOn(t, full.run.members.Close())
		full.run.members = extsort.New(extsort.Config{Dir: "/nonexistent", Memory: 64 << 10, Writers: workers})
		if err := full.Conclude(ctx); err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nonexistent") {
			t.Errorf("%s: nowhere to write: %v", name, err)
		}
		failOn(t, full.Close())
		stop = func(n int) {
			if n == 3*heardAtOnce {
				cancel()
			}
		}
		ended := hunted()
		if err := ended.Conclude(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled: %v", name, err)
		}
		failOn(t, ended.Close())
	}
}

// TestJuryHearsInTime: few large hits are handed over as soon as many small ones.
func TestJuryHearsInTime(t *testing.T) {
	for size, want := range map[int]int{1: heardAtOnce, heardBytes / 4: 4, heardBytes: 1, 100 * heardBytes: 1} {
		y := &jury{heard: make(chan []heard, 3), spare: make(chan []heard, 1)}
		for range 2 * want {
			failOn(t, y.tell(t.Context(), heard{ref: &detect.EventRef{}}, size))
		}
		if len(y.heard) != 2 || len(<-y.heard) != want || len(<-y.heard) != want || len(y.filled) > 0 {
			t.Errorf("hits of %d bytes are not handed over %d at once", size, want)
		}
	}
}

// A hit's size is told to whoever hears of it.
func TestLargeHitsAreHandedOver(t *testing.T) {
	d := &detect.Detector{ID: "d", Title: "x", Record: everything, Stream: func() detect.Stream {
		return detect.Stream{Next: func(*detect.EventRef, detect.Evidence, func(detect.Finding)) {}}
	}}
	d.Record = func(r *parser.Record) (detect.Evidence, bool) {
		return detect.Evidence{{Name: "x", Value: strings.Repeat("x", heardBytes)}}, true
	}
	h, err := NewHunt(Config{Detectors: []*detect.Detector{d}, Workers: 1, Memory: 64 << 20, WorkDir: t.TempDir()})
	failOn(t, err)
	a := h.Asker()
	for i := range 3 {
		failOn(t, a.Ask(uint64(i), []byte(event(fmt.Sprint("e", i)))))
	}
	failOn(t, a.w.hits.Close())
	juries, judges := h.run.seat(1)
	juries[0].heard = make(chan []heard, 10)
	failOn(t, h.run.tellHits(t.Context(), judges))
	if n := len(juries[0].heard); n != 3 {
		t.Errorf("three large hits are handed over in %d", n)
	}
	failOn(t, h.Close())
}
