package detect

import (
	"fmt"
	"time"
)

// A blindWindow is the time in which a trail did not record.
type blindWindow struct {
	off, on *hit  // on is nil where it did not record again
	within  []hit // key events of who switched it off
	after   []hit // those of the day after it recorded again
	others  map[string]bool
}

func windowOf(off *hit, later []hit) *blindWindow {
	w := &blindWindow{off: off, others: map[string]bool{}}
	for i := range later {
		if later[i].step("on") && later[i].e.Get(factAbout) == off.e.Get(factAbout) {
			w.on = &later[i]
			break
		}
	}
	return w
}

// take puts a key event where it belongs.
func (w *blindWindow) take(h hit) {
	mine := sameHand(&h.ref, &w.off.ref)
	switch {
	case w.on == nil || !h.ref.Time.After(w.on.ref.Time):
		if mine {
			w.within = append(w.within, h)
		} else {
			w.others[h.ref.Principal] = true
		}
	case mine && h.ref.Time.Sub(w.on.ref.Time) <= 24*time.Hour:
		w.after = append(w.after, h)
	}
}

// verdict is low for a window in which nobody is known to have done anything: the rules tell of the stop.
func (w *blindWindow) verdict() (v verdict, ok bool) {
	until := "it did not record again within the evidence or a week"
	v.hits = []hit{*w.off}
	if w.on != nil {
		until = "it recorded again after " + roughly(w.on.ref.Time.Sub(w.off.ref.Time))
		v.hits = append(v.hits, *w.on)
	}
	v.severity = Low
	v.why = fmt.Sprintf("%s on trail %s; %s", w.off.ref.Action(), w.off.e.Get(factAbout), until)
	if n := len(w.within); n > 0 {
		v.severity = Critical
		v.why += fmt.Sprintf("; meanwhile the same hand made %s (%s)", plural(n, "key event"), callsOf(w.within))
	}
	if n := len(w.after); n > 0 {
		v.severity = max(v.severity, High)
		v.why += fmt.Sprintf("; then the same hand made %s (%s)", plural(n, "key event"), callsOf(w.after))
	}
	if n := len(w.others); n > 0 {
		v.why += fmt.Sprintf("; of others, %s made key events in the window", plural(n, "principal"))
	}
	v.hits = append(append(v.hits, w.within...), w.after...)
	return v, v.severity > Low || w.on != nil
}
