package report

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// newest is the time after which no event of the case can lie, zero where it is not known.
func (s *EventStore) newest() (time.Time, error) {
	if !s.latest.IsZero() {
		return s.latest, nil
	}
	var l scan.Listing
	for o, err := range s.objects.all {
		if errors.Is(err, fs.ErrNotExist) {
			return time.Time{}, nil
		}
		if err != nil {
			return time.Time{}, err
		}
		l.See(o.Path, o.Size)
	}
	return l.Plausible(), nil
}

// plausible returns the span of times, in µs, at which events of the case can have been: all others are counted apart.
func (s *EventStore) plausible() (span64, error) {
	newest, err := s.newest()
	if errors.Is(err, fs.ErrNotExist) { // then no object tells when it was delivered
		err = nil
	}
	if newest.IsZero() {
		newest = Distant
	}
	return span64{Launch.UnixMicro(), newest.Add(time.Second).UnixMicro() - 1}, err
}

// fieldLeaves are the columns that have a field.
var fieldLeaves = map[detect.Field][]int{
	detect.FieldID:              {leafID, leafDerived},
	detect.FieldSourceIP:        {leafSourceIP},
	detect.FieldUserAgent:       {leafUserAgent},
	detect.FieldUserName:        {leafUserName},
	detect.FieldPrincipalID:     {leafPrincipalID},
	detect.FieldARN:             leavesNamed("useridentity.arn"),
	detect.FieldAccessKey:       leavesNamed("useridentity.accesskeyid"),
	detect.FieldIssuerName:      leavesNamed("useridentity.sessioncontext.sessionissuer.username"),
	detect.FieldSourceIdentity:  leavesNamed("sourceidentity"),
	detect.FieldIdentityAccount: leavesNamed("useridentity.accountid"),
	detect.FieldRegion:          {leafRegion},
	detect.FieldErrorCode:       {leafErrorCode},
	detect.FieldAccount:         {leafAccount},
	detect.FieldRequest:         {leafRequest},
	detect.FieldRecord:          rawLeaves,
}

// wantedFilter selects the events that detectors want; nil: all.
func wantedFilter(w *detect.Wanted) *Filter {
	if w.All {
		return nil
	}
	var any either
	if w.Named() {
		any = append(any, &textPredicate{leaves: []int{leafName}, tests: tests(func(b []byte) bool { return w.ByName(textOf(b)) })})
	}
	if w.Sourced() {
		any = append(any, &textPredicate{leaves: []int{leafSource}, tests: tests(func(b []byte) bool { return w.BySource(textOf(b)) })})
	}
	for i := range w.Seeks {
		seek := &w.Seeks[i]
		leaves, known := fieldLeaves[seek.Field]
		if !known {
			return nil
		}
		any = append(any, &textPredicate{leaves: leaves, tests: tests(func(b []byte) bool { return seek.Match(textOf(b)) }), exact: fewOf(seek.Exact)})
	}
	return anyOf(any)
}

// anyOf selects what one of the predicates holds of; none of them holds of nothing.
func anyOf(any either) *Filter {
	if len(any) == 0 {
		any = either{&ordinalPredicate{}}
	}
	return &Filter{clauses: []clause{{any: any}}}
}

// bloomChecks is how many values are asked of a row group's bloom filter, for some 100 ns
// each: to read the dictionary takes less than for more.
const bloomChecks = 64

func fewOf(values []string) []string {
	if len(values) > bloomChecks {
		return nil
	}
	return values
}

// among tests for texts of a set.
func among(set map[string]bool, leaf int) *textPredicate {
	return &textPredicate{
		leaves: []int{leaf}, tests: tests(func(b []byte) bool { return set[string(b)] }),
		exact: fewOf(slices.Sorted(maps.Keys(set))),
	}
}

// linked selects the events that are linked to suspects or to findings that accuse.
func (h *hunt) linked() either {
	s := h.tally.suspects
	any := either{&ordinalPredicate{h.concluded.ordinals(func(f *huntFinding) bool { return accuses(f.Detector, f.Severity) })}}
	for _, p := range []struct {
		set  map[string]bool
		leaf int
	}{{s.credentials, leafCredential}, {s.principals, leafPrincipal}, {s.addresses, leafSourceIP}} {
		if len(p.set) > 0 {
			any = append(any, among(p.set, p.leaf))
		}
	}
	return append(any, h.judged()...)
}

// handOut selects the events that handed out credentials of suspects.
func (h *hunt) handOut() either {
	keys := h.tally.suspects.keys()
	if len(keys) == 0 {
		return nil
	}
	mentioned := tests(func(b []byte) bool { return mentions(b, keys, "") })
	var out either
	for _, leaves := range [...]bool{false, true} { // as far as Carry takes them
		columns := []string{"responseelements"}
		if leaves {
			columns = append(columns, "requestparameters")
		}
		out = append(out, &bothPredicate{
			named(func(action string) bool { return detect.HandsOut(action) && (made[action] != nil) == leaves }),
			&textPredicate{leaves: leavesNamed(columns...), tests: mentioned},
		})
	}
	return out
}

// named holds of events by their actions.
func named(test func(action string) bool) *textPredicate {
	return &textPredicate{leaves: []int{leafName}, tests: tests(func(b []byte) bool { return test(parser.Action(textOf(b))) })}
}

// selectEvents decides which events gather sees: those of findings (where it is known what the others come to, those that are new in
// findings, in none any more, or named in the report), those that are linked to
// suspects, that handed out their credentials, or that changed the state of an access key; and of which
// of them it wants the records.
func (h *hunt) selectEvents() (events *Filter) {
	linked, others := h.linked(), append(h.handOut(), named(changesKey))
	h.closely = append(either{&bothPredicate{named(takenApart), linked}}, others...)
	h.recorded = &ordinalPredicate{h.concluded.ordinals(h.shows)}
	all := &ordinalPredicate{}
	if h.flagged != nil {
		all.ordinals = h.flagged.events
		others = append(others, &ordinalPredicate{h.concluded.named()})
	} else {
		all.ordinals = h.concluded.ordinals(func(*huntFinding) bool { return true })
	}
	return anyOf(append(append(either{all}, linked...), others...))
}

// A bothPredicate holds where two others do. The second is asked only where the first holds.
type bothPredicate struct{ first, second predicate }

func (p *bothPredicate) cost() int { return p.first.cost() + p.second.cost() }

func (p *bothPredicate) mayMatch(g *rowGroup) (bool, error) {
	may, err := p.first.mayMatch(g)
	if err != nil || !may {
		return false, err
	}
	return p.second.mayMatch(g)
}

func (p *bothPredicate) match(b *block, among, out rowBits) error {
	held := newRowBits(b.group.rows)
	if err := p.first.match(b, among, held); err != nil || held.empty() {
		return err
	}
	both := newRowBits(b.group.rows)
	if err := p.second.match(b, held, both); err != nil {
		return err
	}
	both.and(held)
	out.or(both)
	return nil
}
