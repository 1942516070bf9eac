package detect

import (
	"slices"
	"time"
)

const (
	// factWindow is which window a hit belongs to.
	factWindow = "window"
	// afterBlind is how long it matters what was done after a trail recorded again.
	afterBlind = 24 * time.Hour
	// maxWindows are those open in one account at a time: a trail in each of AWS's regions, and some. maxHands are who
	// switched one trail off.
	maxWindows = 64
	maxHands   = 8
)

// blindWindows is the state of logging-blind-window: it hands on, window by window, what belongs to it. What nobody
// switched off a trail for is not kept.
type blindWindows struct {
	window  time.Duration
	configs *fading[string]      // a trail's settings
	open    *fading[openWindows] // by account
	to      Stream               // judges each window by itself
	left    int64                // windows that found no room
}

// openWindows are those of one account.
type openWindows struct{ all []openWindow }

// An openWindow is one that key events may still belong to.
type openWindow struct {
	id, trail string
	began     time.Time
	on        time.Time  // when it recorded again
	hands     []EventRef // who switched it off
}

func newBlindWindows(c *Context) *blindWindows {
	s := &blindWindows{window: c.Duration("window"), configs: newFading[string](maxPlaces, 10*365*24*time.Hour, nil)}
	s.open = newFading[openWindows](maxCourses, s.window+afterBlind, nil)
	s.to = course{
		id: "logging-blind-window", gap: s.window + afterBlind,
		key: func(h *hit) string { return h.e.Get(factWindow) },
		judge: func(_ string, hits []hit) []verdict {
			if w := windowOf(hits); w != nil {
				if v, ok := w.verdict(); ok {
					return []verdict{v}
				}
			}
			return nil
		},
	}.stream()
	return s
}

func (s *blindWindows) stream() Stream {
	st := bySecond(s.next, s.to.Flush)
	st.Evicted = func() int64 { return s.configs.count() + s.open.count() + s.to.Evicted() + s.left }
	return st
}

// next takes a second: first what opens windows, then what ends them.
func (s *blindWindows) next(batch []hit, emit func(Finding)) {
	configs := stepsOf(batch, "config")
	slices.SortStableFunc(configs, func(a, b hit) int { return compareRefs(a.ref, b.ref) })
	for _, v := range trailChanges(s.configs, configs) {
		v.emit("logging-blind-window", emit)
	}
	for _, step := range [...]string{"off", "on", "key"} {
		for i := range batch {
			if h := &batch[i]; h.step(step) {
				s.take(h, emit)
			}
		}
	}
}

func (s *blindWindows) take(h *hit, emit func(Finding)) {
	off := h.step("off")
	if !off && s.open.peek(h.ref.Account, h.ref.Time) == nil {
		return
	}
	open := s.open.touch(h.ref.Account, h.ref.Time)
	open.all = s.current(open.all, h.ref.Time)
	if off {
		open.all = s.switchedOff(open.all, h)
	}
	for i := range open.all {
		w := &open.all[i]
		if step := w.step(h); step != "" {
			s.to.Next(h.ref, Evidence{{factStep, step}, {factAbout, h.e.Get(factAbout)}, {factWindow, w.id}}, emit)
		}
	}
	if len(open.all) == 0 {
		s.open.forget(h.ref.Account)
	}
}

// current leaves out the windows that are over.
func (s *blindWindows) current(all []openWindow, now time.Time) (open []openWindow) {
	for _, w := range all {
		if now.Sub(w.began) <= s.window && w.on.IsZero() || !w.on.IsZero() && now.Sub(w.on) <= afterBlind {
			open = append(open, w)
		}
	}
	return open
}

// switchedOff notes who switched a trail off, which opens a window unless it was off before.
func (s *blindWindows) switchedOff(open []openWindow, h *hit) []openWindow {
	trail := h.ref.Region + " " + h.e.Get(factAbout)
	for i := range open {
		if w := &open[i]; w.trail == trail && w.on.IsZero() {
			w.by(h.ref)
			return open
		}
	}
	if len(open) >= maxWindows {
		open = open[1:]
		s.left++
	}
	id := h.ref.Account + " " + trail + " " + h.ref.Time.UTC().Format(time.RFC3339)
	return append(open, openWindow{id: id, trail: trail, began: h.ref.Time, hands: []EventRef{h.ref.Clone()}})
}

// by notes who switched it off, each once.
func (w *openWindow) by(r *EventRef) {
	for i := range w.hands {
		if h := &w.hands[i]; h.Principal == r.Principal && h.Credential == r.Credential && h.SourceIP == r.SourceIP {
			return
		}
	}
	if len(w.hands) < maxHands {
		w.hands = append(w.hands, r.Clone())
	}
}

// step is what the hit is in the window, "" if it does not belong to it. One of the trail ends the window.
func (w *openWindow) step(h *hit) string {
	mine := w.trail == h.ref.Region+" "+h.e.Get(factAbout) && w.on.IsZero()
	switch {
	case h.step("off"):
		if mine {
			return "off"
		}
	case h.step("on"):
		if mine {
			w.on = h.ref.Time
			return "on"
		}
	default:
		for i := range w.hands {
			if sameHand(h.ref, &w.hands[i]) {
				return blindOwn
			}
		}
		if w.on.IsZero() || h.ref.Time.Equal(w.on) {
			return blindOthers
		}
	}
	return ""
}
