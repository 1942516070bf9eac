package report

import (
	"math"
	"time"
)

// lookupLeaves are the columns that hold an attribute's value. What resources an event has
// only its record tells, see lookupView; leafResourceNames and leafLookupTypes tell which may have them.
var lookupLeaves = map[string][]int{
	"EventId":     {leafID, leafDerived},
	"EventName":   {leafName},
	"ReadOnly":    {leafReadOnly},
	"Username":    {leafLookupUser},
	"EventSource": {leafSource},
	"AccessKeyId": {leafAccessKey},
}

var (
	leafAccessKey      = eventLeaf("useridentity.accesskeyid")
	leafResourcesTypes = eventLeaf("resources.type")
)

// filter makes the filter of what the columns tell: each clause must hold.
func (q *LookupQuery) filter(from LookupPlace) *Filter {
	f := &Filter{}
	must := func(p predicate) { f.clauses = append(f.clauses, clause{any: []predicate{p}}) }
	if from.before > 0 {
		must(&ordinalRange{span64{0, int64(min(from.before, math.MaxInt64)) - 1}})
	}
	if !q.Start.IsZero() || !q.End.IsZero() {
		must(&timePredicate{lookupTimes(q.Start, q.End)})
	}
	if q.Region != "" {
		must(exactText(q.Region, leafRegion))
	}
	for _, a := range q.Attributes {
		switch leaves := lookupLeaves[a.Key]; {
		case leaves != nil:
			must(exactText(a.Value, leaves...))
		case a.Key == "ResourceName":
			must(exactText(a.Value, leafResourceNames)) // of which an event's resources are a part
		default:
			f.clauses = append(f.clauses, clause{any: q.typePredicates(a.Value)})
		}
	}
	switch {
	case q.Category == "insight":
		must(exactText(kindInsight, leafKind))
	case !q.All:
		must(&managementPredicate{})
	}
	return f
}

// exactText holds where one of the columns has the value.
func exactText(value string, leaves ...int) *textPredicate {
	return &textPredicate{leaves: leaves, tests: tests(exactly(value)), exact: []string{value}}
}

// lookupTimes returns the range of whole seconds, the ends included, in µs.
func lookupTimes(start, end time.Time) span64 {
	s := everything
	if !start.IsZero() {
		s.from = time.Unix(start.Unix(), 0).UnixMicro()
	}
	if !end.IsZero() {
		s.to = time.Unix(end.Unix()+1, 0).UnixMicro() - 1
	}
	return s
}

// unixOrZero returns the second of a time; that of none is the least there is.
func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.Unix()
}

// An ordinalRange holds of events by a range of places in the timeline.
type ordinalRange struct{ span64 }

func (p *ordinalRange) cost() int { return 0 }

func (p *ordinalRange) within() (times, ordinals span64) { return everything, p.span64 }

func (p *ordinalRange) mayMatch(g *rowGroup) (bool, error) { return p.overlaps(g.ordinals), nil }

func (p *ordinalRange) match(b *block, _, out rowBits) error {
	g := b.group.ordinals
	for o := max(p.from, g.from); o <= min(p.to, g.to); o++ {
		out.set(int(o - g.from))
	}
	return nil
}

// A managementPredicate holds of management events. Records before version 1.07 have no category, and those
// before 1.06 no managementEvent: there data events are known by name.
type managementPredicate struct{}

func (*managementPredicate) cost() int { return 5 }

func (*managementPredicate) mayMatch(*rowGroup) (bool, error) { return true, nil }

var managementLeaves = [...]int{leafCategory, leafKind, eventLeaf("managementevent"), leafSource, leafName}

func (*managementPredicate) match(b *block, among, out rowBits) error {
	for _, l := range managementLeaves[:3] {
		if _, err := b.column(l); err != nil {
			return err
		}
	}
	category, plain := b.vectors[leafCategory], b.vectors[leafKind]
	marked := b.vectors[managementLeaves[2]]
	old := newRowBits(b.group.rows)
	eachRow(b.group.rows, among, func(row int) {
		if c, _ := category.bytes(row); len(c) > 0 {
			if string(c) == "Management" {
				out.set(row)
			}
			return
		}
		if k, _ := plain.bytes(row); string(k) != kindEvent {
			return
		}
		switch m, _ := marked.bytes(row); string(m) {
		case "false":
		case "":
			old.set(row)
		default:
			out.set(row)
		}
	})
	if old.empty() {
		return nil
	}
	return unmarkedManagement(b, old, out)
}

// unmarkedManagement decides about records that say nothing of it.
func unmarkedManagement(b *block, among, out rowBits) error {
	if err := b.load(managementLeaves[3:]); err != nil {
		return err
	}
	for row := range among.each {
		source, _ := b.bytes(leafSource, row)
		name, _ := b.bytes(leafName, row)
		if !dataCall(&CoverageEvent{Source: textOf(source), Name: textOf(name)}) {
			out.set(row)
		}
	}
	return nil
}

// typePredicates select what may have a resource of a type.
func (q *LookupQuery) typePredicates(typ string) (any []predicate) {
	v := newLookupView(q)
	if v.asAWS() {
		any = append(any, exactText(typ, leafLookupTypes))
	}
	if v.asRecorded() {
		any = append(any, exactText(typ, leafResourcesTypes))
	}
	return any
}
