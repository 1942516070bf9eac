package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A Set is a list of detectors compiled for running: an index tells which of
// them want a given event. It is safe for use by many goroutines, and immutable but for
// what gates remember.
type Set struct {
	detectors []*Detector         // yielded under their position here, sorted by ID
	ask       []*Detector         // detectors, and behind them those that are only required
	byAction  map[string][]bucket // by action in lower case: Sigma compares without case
	bySource  map[string][]int32  // "source:*", the source in lower case
	every     []int32             // no Events: asked of every record
	gates     *gates              // no Events, but a Gate
	derived   [][]int32           // by position: the detectors that require that one, asked where it matched
}

// bucket holds the detectors that want an action of one source, in lower case, "" being all.
type bucket struct {
	source string
	wanted []int32
}

// NewSet compiles detectors; those without Record take no part. It fails on a
// duplicate ID and on an Events entry that is not "eventSource:Action".
func NewSet(detectors []*Detector) (*Set, error) {
	s := &Set{
		byAction: map[string][]bucket{},
		bySource: map[string][]int32{},
		gates:    new(gates),
	}
	s.detectors = slices.DeleteFunc(slices.Clone(detectors), func(d *Detector) bool { return d.Record == nil })
	slices.SortFunc(s.detectors, func(a, b *Detector) int { return strings.Compare(a.ID, b.ID) })
	at := map[*Detector]int32{}
	for i, d := range s.detectors {
		if i > 0 && s.detectors[i-1].ID == d.ID {
			return nil, fmt.Errorf("detector %q: twice in the set", d.ID)
		}
		at[d] = int32(i)
	}
	s.ask = slices.Clone(s.detectors)
	var needed [][2]int32 // what is required, and by which
	for _, d := range s.detectors {
		for _, need := range d.Requires {
			if _, ok := at[need]; !ok {
				at[need] = int32(len(s.ask))
				s.ask = append(s.ask, need)
			}
			needed = append(needed, [2]int32{at[need], at[d]})
		}
	}
	s.derived = make([][]int32, len(s.ask))
	for _, n := range needed {
		s.derived[n[0]] = append(s.derived[n[0]], n[1])
	}
	for i, d := range s.ask {
		if err := s.index(int32(i), d); err != nil {
			return nil, fmt.Errorf("detector %q: %w", d.ID, err)
		}
	}
	return s, nil
}

func (s *Set) index(i int32, d *Detector) error {
	if len(d.Requires) > 0 {
		return nil
	}
	switch {
	case len(d.Events) > 0:
	case d.Gate != nil:
		s.gates.of = append(s.gates.of, i)
	default:
		s.every = append(s.every, i)
	}
	for _, e := range d.Events {
		source, action, ok := strings.Cut(strings.ToLower(e), ":")
		switch {
		case !ok || source == "" || action == "":
			return fmt.Errorf("event %q: not eventSource:Action", e)
		case source == "*" && action == "*":
			s.every = append(s.every, i)
		case action == "*":
			s.bySource[source] = append(s.bySource[source], i)
		default:
			if source == "*" {
				source = ""
			}
			s.want(source, action, i)
		}
	}
	return nil
}

func (s *Set) want(source, action string, i int32) {
	buckets := s.byAction[action]
	for b := range buckets {
		if buckets[b].source == source {
			buckets[b].wanted = append(buckets[b].wanted, i)
			return
		}
	}
	s.byAction[action] = append(buckets, bucket{source, []int32{i}})
}

// Len returns the number of detectors that Record may yield.
func (s *Set) Len() int { return len(s.detectors) }

// Detector returns the detector that Record yields under d.
func (s *Set) Detector(d int) *Detector { return s.detectors[d] }

// Severity returns the severity of the detector of that ID, before anything raises it.
func (s *Set) Severity(id string) Severity {
	at, found := slices.BinarySearchFunc(s.detectors, id, func(d *Detector, id string) int { return strings.Compare(d.ID, id) })
	if !found {
		return Informational
	}
	return s.detectors[at].Severity
}

// Stream makes the state of detector d for one pass over its hits.
func (s *Set) Stream(d int) Stream { return s.detectors[d].NewStream() }

// Record asks the detectors that want the record and yields the evidence of
// each that it matters to, once, in no promised order. The evidence is valid
// for as long as the record is. For a record that matters to none it allocates
// nothing.
func (s *Set) Record(r *parser.Record, yield func(d int, e Evidence)) {
	if source, china := strings.CutSuffix(r.EventSource, ".cn"); china && strings.HasSuffix(source, ".amazonaws.com") {
		elsewhere := *r // detectors know services by the names that they have outside of China
		elsewhere.EventSource = source
		r = &elsewhere
	}
	var matched marks
	var action, source lowered
	name := action.of(r.Action())
	from := source.of(r.EventSource)
	for _, b := range s.byAction[string(name)] {
		if b.source == "" || b.source == string(from) {
			s.run(b.wanted, r, &matched, yield)
		}
	}
	if len(s.bySource) > 0 {
		s.run(s.bySource[string(from)], r, &matched, yield)
	}
	s.run(s.every, r, &matched, yield)
	if len(s.gates.of) > 0 {
		s.run(s.gates.wanted(s.ask, r), r, &matched, yield)
	}
}

func (s *Set) run(wanted []int32, r *parser.Record, matched *marks, yield func(int, Evidence)) {
	for _, i := range wanted {
		s.one(i, r, matched, yield)
	}
}

func (s *Set) one(i int32, r *parser.Record, matched *marks, yield func(int, Evidence)) {
	if matched.any && matched.has(i) {
		return // wanted under two of its Events, or derived from two that matched
	}
	e, ok := s.ask[i].Record(r)
	if !ok {
		return
	}
	matched.set(i)
	if int(i) < len(s.detectors) {
		yield(int(i), e)
	}
	s.run(s.derived[i], r, matched, yield)
}

// lowered is room for a name in lower case: those that AWS gives have fewer than 128
// bytes, and a longer one is nothing that a detector wants.
type lowered [128]byte

// of writes ASCII letters in lower case. Detectors want names of ASCII only.
func (l *lowered) of(s string) []byte {
	if len(s) > len(l) {
		return nil
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		l[i] = c
	}
	return l[:len(s)]
}

// marks remember which detectors matched a record. A record that matters to anybody
// matters to few: those it keeps in place, so that they cost no allocation.
type marks struct {
	any  bool
	n    uint8
	few  [32]int32
	many map[int32]struct{} // those behind the first few
}

func (b *marks) has(i int32) bool {
	if slices.Contains(b.few[:b.n], i) {
		return true
	}
	_, ok := b.many[i]
	return ok
}

func (b *marks) set(i int32) {
	b.any = true
	if int(b.n) < len(b.few) {
		b.few[b.n] = i
		b.n++
		return
	}
	if b.many == nil {
		b.many = map[int32]struct{}{}
	}
	b.many[i] = struct{}{}
}
