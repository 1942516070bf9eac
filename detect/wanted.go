package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// Wanted says which events a Set may ask a detector about, by what one can know of an event
// without reading its record: those that have a name, or come from a source, or have what a
// Seek looks for.
type Wanted struct {
	All     bool // every event
	names   map[string]bool
	sources map[string]bool
	Seeks   []Seek
}

// Wanted returns what the set's detectors want.
func (s *Set) Wanted() *Wanted {
	w := &Wanted{names: map[string]bool{}, sources: map[string]bool{}}
	for _, d := range s.ask {
		switch {
		case len(d.Requires) > 0: // it is asked where one of those matched, which are in the set too
		case len(d.Seek) > 0:
			w.Seeks = append(w.Seeks, d.Seek...)
		default:
			w.events(d.Events)
		}
	}
	return w
}

func (w *Wanted) events(events []string) {
	w.All = w.All || len(events) == 0
	for _, e := range events {
		source, action, _ := strings.Cut(e, ":")
		switch {
		case action != "*":
			w.names[strings.ToLower(action)] = true
		case source != "*":
			w.sources[strings.ToLower(source)] = true
		default:
			w.All = true
		}
	}
}

// ByName reports whether events of that name are wanted.
func (w *Wanted) ByName(eventName string) bool {
	return w.names[strings.ToLower(parser.Action(eventName))]
}

// BySource reports whether events of that source are wanted, whatever their names.
func (w *Wanted) BySource(eventSource string) bool {
	return w.sources[strings.TrimSuffix(strings.ToLower(eventSource), ".cn")]
}

// Named reports whether ByName can be true of any name.
func (w *Wanted) Named() bool { return len(w.names) > 0 }

// Sourced reports whether BySource can be true of any source.
func (w *Wanted) Sourced() bool { return len(w.sources) > 0 }
