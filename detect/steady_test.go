package detect

import (
	"fmt"
	"testing"
	"time"
)

// TestSteadyTraces: a role that makes and removes a function each half hour for five days is told of twice a day, and of
// each removal once.
func TestSteadyTraces(t *testing.T) {
	for _, name := range []string{"test", "test-%d"} {
		var all []example
		for i := range 5 * 48 {
			function := name
			if name != "test" {
				function = fmt.Sprintf(name, i)
			}
			made := noon.Add(time.Duration(i) * 30 * time.Minute)
			for j, call := range []string{"lambda:CreateFunction", "lambda:DeleteFunction"} {
				all = append(all, example{at: made.Add(time.Duration(j) * 10 * time.Minute).Format("2006-01-02 15:04:05"), who: "ci/run", key: "ASIA1", call: call,
					in: fmt.Sprintf(`{"functionName":%q}`, function)})
			}
		}
		found := run(t, detectorOf(t, "own-traces-removed"), records(t, story(all...)))
		told := map[string]int{}
		for _, f := range found {
			for i := range f.Events {
				told[f.Events[i].ID]++
			}
		}
		once := 0
		for _, n := range told {
			if n == 1 {
				once++
			}
		}
		if n := len(found); n < 4 || n > 11 {
			t.Errorf("%s: %d findings", name, n)
		}
		if name != "test" && (len(told) < len(all)*9/10 || once < len(told)*9/10) {
			t.Errorf("%d of %d events told, %d once", len(told), len(all), once)
		}
	}
}

// TestSteadyOpeners: where something opens a course again and again and nothing follows, little is judged twice; and what
// follows at last, within span, is.
func TestSteadyOpeners(t *testing.T) {
	const span, days = 24, 10
	judged, pairs := 0, 0
	s := course{
		id: "c", span: span * time.Hour,
		opens: func(h *hit) bool { return h.step("open") },
		judge: func(_ string, hits []hit) []verdict {
			judged += len(hits)
			if used := stepsOf(hits, "use"); len(used) > 0 {
				pairs += len(stepsOf(hits[:len(hits)-1], "open"))
			}
			return nil
		},
	}.stream()
	openers := 0
	for hour := range days * 24 {
		openers++
		s.Next(new(at(hour*3600, fmt.Sprint(hour), "p")), Evidence{{factStep, "open"}, {factAbout, "x"}, {"object", fmt.Sprint(hour)}}, nobody)
	}
	s.Next(new(at(days*24*3600-60, "use", "p")), Evidence{{factStep, "use"}, {factAbout, "x"}}, nobody)
	s.Flush(nobody)
	if judged > 4*openers || pairs < span-1 {
		t.Errorf("%d openers judged %d times, %d with what followed", openers, judged, pairs)
	}
}
