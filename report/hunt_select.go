package report

import (
	"maps"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// newest is the time after which no event of the case can lie, zero where it is not known.
func (h *hunt) newest() (time.Time, error) {
	var l scan.Listing
	for o, err := range h.store.objects.all {
		if err != nil {
			return time.Time{}, err
		}
		l.See(o.Path, o.Size)
	}
	return l.Plausible(), nil
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
		any = append(any, &textPredicate{leaves: []int{leafName}, tests: tests(func(b []byte) bool { return w.ByName(string(b)) })})
	}
	if w.Sourced() {
		any = append(any, &textPredicate{leaves: []int{leafSource}, tests: tests(func(b []byte) bool { return w.BySource(string(b)) })})
	}
	for i := range w.Seeks {
		seek := &w.Seeks[i]
		leaves, known := fieldLeaves[seek.Field]
		if !known {
			return nil
		}
		any = append(any, &textPredicate{leaves: leaves, tests: tests(func(b []byte) bool { return seek.Match(string(b)) }), exact: fewOf(seek.Exact)})
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

// aboutFilter selects the events of findings and, where there are suspects, those that are
// linked to them, that handed out their credentials, and that may have taken away again what
// they left behind: all that a Tally looks at closely.
func (h *hunt) aboutFilter(s *suspects) *Filter {
	any := either{&ordinalPredicate{h.concluded.ordinals()}}
	if len(s.credentials)+len(s.principals)+len(s.addresses) > 0 {
		any = append(any, &textPredicate{leaves: []int{leafName}, tests: tests(takesAway)})
	}
	for _, p := range []struct {
		set  map[string]bool
		leaf int
	}{{s.credentials, leafCredential}, {s.principals, leafPrincipal}, {s.addresses, leafSourceIP}} {
		if len(p.set) > 0 {
			any = append(any, among(p.set, p.leaf))
		}
	}
	if len(s.credentials) > 0 {
		handsOut := &textPredicate{leaves: []int{leafName}, tests: tests(func(b []byte) bool { return issues(parser.Action(string(b))) })}
		names := &textPredicate{leaves: issueLeaves, tests: tests(func(b []byte) bool { return mentions(b, s.credentials, "") })}
		any = append(any, &bothPredicate{handsOut, names})
	}
	return anyOf(any)
}

var issueLeaves = leavesNamed("requestparameters", "responseelements")

func takesAway(name []byte) bool {
	action := parser.Action(string(name))
	return mayEnd(action) && ended[action] != nil
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
