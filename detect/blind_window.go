package detect

import (
	"fmt"
	"slices"
)

// The steps of a window, beside a trail's "off" and "on".
const (
	blindOwn    = "own"    // a key event of who switched it off
	blindOthers = "others" // one of somebody else
)

// A blindWindow is the time in which a trail did not record.
type blindWindow struct {
	off, on *hit  // on is nil where it did not record again
	offs    []hit // all that switched it off
	within  []hit // key events of who switched it off
	after   []hit // those of the day after it recorded again
	others  int   // principals that made key events in the window
}

// windowOf puts a window's hits where they belong.
func windowOf(hits []hit) *blindWindow {
	off, on := stepsOf(hits, "off"), stepsOf(hits, "on")
	if len(off) == 0 {
		return nil
	}
	w := &blindWindow{off: &off[0], offs: off}
	if len(on) > 0 {
		w.on = &on[0]
	}
	for _, h := range stepsOf(hits, blindOwn) {
		if w.on == nil || !h.ref.Time.After(w.on.ref.Time) {
			w.within = append(w.within, h)
		} else {
			w.after = append(w.after, h)
		}
	}
	w.others = distinct(stepsOf(hits, blindOthers), func(h *hit) string { return h.ref.Principal })
	return w
}

// sameHand reports whether somebody is one of those who switched it off, or comes from the address of one.
func (w *blindWindow) sameHand(r *EventRef) bool {
	return slices.ContainsFunc(w.offs, func(h hit) bool {
		return h.ref.Principal == r.Principal || r.Credential != "" && h.ref.Credential == r.Credential || h.ref.SourceIP == r.SourceIP
	})
}

// verdict is low for a window in which nobody is known to have done anything: the rules tell of the stop.
func (w *blindWindow) verdict() (v verdict, ok bool) {
	until := "it did not record again within the evidence or a week"
	v.hits = []hit{*w.off}
	if w.on != nil {
		until = "it recorded again after " + roughly(w.on.ref.Time.Sub(w.off.ref.Time))
		if w.sameHand(w.on.ref) {
			v.hits = append(v.hits, *w.on)
		} else { // a finding's events accuse, and whoever makes a trail record again is mostly no intruder
			until += fmt.Sprintf(", by somebody else (%s %s)", w.on.ref.Name, w.on.ref.ID)
		}
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
	if n := w.others; n > 0 {
		v.why += fmt.Sprintf("; of others, %s made key events in the window", plural(n, "principal"))
	}
	v.hits = append(append(v.hits, w.within...), w.after...)
	return v, v.severity > Low || w.on != nil
}
