package report

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// baseline makes a subject's, without what is new.
func (s *firstSeen) baseline(q *BaselineQuery, i int, subject string) *Baseline {
	of := &s.subjects[i]
	b := &Baseline{Subject: subject, Kind: of.kind, Until: q.Until, Events: of.events, Implausible: of.implausible, Dimensions: make([]BaselineDimension, len(baselineDimensions))}
	for d := range baselineDimensions {
		b.Dimensions[d] = BaselineDimension{By: baselineDimensions[d].by, New: []BaselineValue{}, Capped: s.values.others > 0}
	}
	b.Identities = slices.Sorted(maps.Keys(of.ids))
	if q.Locate == nil {
		b.Blind = append(b.Blind, "country")
	}
	if of.events == 0 {
		return b
	}
	b.Span = Span{time.UnixMicro(of.span.from).UTC(), time.UnixMicro(of.span.to).UTC()}
	if b.Own = q.Until.IsZero(); b.Own {
		b.Until = b.First.Add(time.Duration(q.Days)*24*time.Hour + time.Hour - 1).Truncate(time.Hour) // a full hour: events are counted by hours
	}
	b.Before = of.before
	for hour, n := range of.counts {
		if hour*microsHour < b.Until.UnixMicro() {
			b.Before += n
		}
	}
	return b
}

// fill adds what is new of each subject.
func (s *firstSeen) fill(all []*Baseline) {
	for i, k := range s.values.keys {
		if k.subject == 0 {
			continue
		}
		b, v := all[k.subject-1], &s.values.vals[i]
		d := &b.Dimensions[k.dimension]
		if v.span.from < b.Until.UnixMicro() {
			d.Known++
			continue
		}
		n := BaselineValue{Value: k.value, Span: Span{time.UnixMicro(v.span.from).UTC(), time.UnixMicro(v.span.to).UTC()}, Events: v.n, Ordinal: v.ordinal}
		if first := s.values.row(firstKey{0, k.dimension, k.value}); first != nil {
			n.Anybody = first.ordinal == v.ordinal
		}
		n.Words = b.words(k.dimension, &n)
		d.New = append(d.New, n)
	}
	for _, b := range all {
		for d := range b.Dimensions {
			slices.SortFunc(b.Dimensions[d].New, func(x, y BaselineValue) int {
				return cmp.Or(cmp.Compare(x.Ordinal, y.Ordinal), cmp.Compare(x.Value, y.Value))
			})
		}
	}
}
