package detect

import (
	"fmt"
	"time"
)

// storages is the state of trail-storage-sabotaged: where trails keep their logs, and what was done to any place; which of
// them it was may be learnt later.
type storages struct {
	places   *fading[string] // bucket or key: trail
	tampered *fading[tampering]
	emit     func(Finding)
}

// tampering is what was done to a place: the first events.
type tampering struct {
	hits  []hit
	bytes int // of hits
}

// maxTampering is how many events of one place are listed.
const maxTampering = 20

func newStorages() *storages {
	const forever = 10 * 365 * 24 * time.Hour
	s := &storages{places: newFading[string](maxPlaces, forever, nil)}
	s.tampered = newFading(maxPlaces, forever, func(place string, t *tampering) { s.judge(place, t.hits) })
	return s
}

func (s *storages) stream() Stream {
	st := bySecond(s.next, func(emit func(Finding)) { s.emit = emit; s.tampered.flush() })
	st.Evicted = func() int64 { return s.places.count() + s.tampered.count() }
	return st
}

// next takes a second: what was done to places, then the trails that begin there, then those that were there already.
func (s *storages) next(batch []hit, emit func(Finding)) {
	s.emit = emit
	for _, step := range [...]string{"tampered", "begun", "learnt"} {
		for i := range batch {
			if !batch[i].step(step) {
				continue
			}
			for _, f := range batch[i].e {
				switch f.Name {
				case factAbout:
					s.tamper(f.Value, &batch[i])
				case factWhere:
					s.learn(f.Value, &batch[i])
				}
			}
		}
	}
}

func (s *storages) tamper(place string, h *hit) {
	if t := s.tampered.touch(place, h.ref.Time); len(t.hits) < maxTampering {
		t.hits = append(t.hits, *h)
		t.bytes += h.size()
	}
}

// learn notes that a trail keeps its logs there. What was done before it did is the place's setting up.
func (s *storages) learn(place string, h *hit) {
	trail := s.places.touch(place, h.ref.Time)
	if *trail != "" {
		return
	}
	*trail = h.e.Get("trail")
	if h.step("begun") {
		s.tampered.forget(place)
	}
}

// judge judges what was done to a place, when it is forgotten or at the end.
func (s *storages) judge(place string, all []hit) {
	trail := s.places.peek(place, all[len(all)-1].ref.Time)
	if trail == nil {
		return
	}
	v := verdict{High, place, fmt.Sprintf("%s on %s, where %s keeps its logs", callsOf(all), place, *trail), all}
	v.emit("trail-storage-sabotaged", s.emit)
}
