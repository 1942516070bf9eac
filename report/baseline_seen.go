package report

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// baselineLeaves are the columns that a baseline reads.
var (
	baselineIssuer = leavesNamed("useridentity.sessioncontext.sessionissuer.arn")[0]
	baselineLeaves = []int{leafTime, leafKind, leafOrdinal, leafPrincipal, leafCredential, baselineIssuer, leafSource, leafName, leafRegion, leafSourceIP, leafUserAgent}
)

// firstSeen is when each subject, of which the first is everybody, did what for the first time.
type firstSeen struct {
	subjects []firstSubject
	values   capped[firstKey, firstValue]
}

type firstSubject struct {
	kind   string
	ids    map[string]bool // the ARNs of the users or roles that it names
	counts map[int64]int64 // events by hour, where the time before which they count is not given but the subject's own
	before int64           // events before the time that is given
	span   span64
	events int64

	implausible int64 // further ones, by their times
}

type firstKey struct {
	subject, dimension int
	value              string
}

type firstValue struct {
	span    span64
	n       int64
	ordinal uint64
}

func (v *firstValue) events() int64 { return v.n }

func (v *firstValue) add(o *firstValue) {
	if v.n == 0 {
		*v = *o
		return
	}
	if o.span.from < v.span.from {
		v.ordinal = o.ordinal
	}
	v.span = v.span.and(o.span)
	v.n += o.n
}

func newFirstSeen(subjects, limit int) *firstSeen {
	return &firstSeen{subjects: make([]firstSubject, subjects), values: capped[firstKey, firstValue]{limit: limit}}
}

func (s *firstSeen) add(part *firstSeen) {
	for i := range part.subjects {
		have, more := &s.subjects[i], &part.subjects[i]
		have.implausible += more.implausible
		if more.events == 0 {
			continue
		}
		for id := range more.ids {
			have.named(id)
		}
		if have.events == 0 {
			have.kind, have.span, have.counts = more.kind, more.span, map[int64]int64{}
		}
		have.span = have.span.and(more.span)
		have.events += more.events
		have.before += more.before
		for hour, n := range more.counts {
			have.counts[hour] += n
		}
	}
	merge(&s.values, &part.values)
}

// microsHour is an hour, by which a subject's events are counted.
const microsHour = int64(time.Hour / time.Microsecond)

// numbered counts a column's value, by its number in the row group.
type numbered struct {
	subject, dimension int
	n                  int32
}

// seenIn counts a row group: by the numbers of its values, whose texts are made once.
func seenIn(b *block, q *BaselineQuery) *firstSeen {
	part := newFirstSeen(len(q.Subjects)+1, q.limit)
	at := map[numbered]int{}
	var keys []numbered
	var vals []firstValue
	var whose func(row int) []int
	if q.arns != nil {
		whose = subjectsByARN(b, q.arns)
	} else {
		whose = baselineSubjects(b, q, part)
	}
	times := b.vectors[leafTime]
	for row := range b.rows {
		if !b.isCall(row) {
			continue
		}
		t, _ := times.number(row)
		if t < q.times.from || t > q.times.to {
			for _, subject := range whose(row) {
				part.subjects[subject].implausible++
			}
			continue
		}
		for _, subject := range whose(row) {
			part.subjects[subject].see(t, q.Until)
			for d := range baselineDimensions {
				n := b.vectors[baselineDimensions[d].leaf].index[row]
				if n < 0 {
					continue
				}
				k := numbered{subject, d, n}
				i, ok := at[k]
				if !ok {
					i = len(vals)
					at[k] = i
					keys, vals = append(keys, k), append(vals, firstValue{span: span64{t, t}, ordinal: b.ordinal(row)})
				}
				vals[i].span = vals[i].span.and(span64{t, t})
				vals[i].n++
			}
		}
	}
	for i, k := range keys {
		d := &baselineDimensions[k.dimension]
		text := textOf(b.vectors[d.leaf].value(k.n))
		if d.of != nil {
			text = d.of(q, text)
		}
		if text == "" {
			continue
		}
		if v := part.values.at(firstKey{k.subject, k.dimension, clip(text)}, func(k firstKey) firstKey {
			k.value = strings.Clone(k.value)
			return k
		}); v != nil {
			v.add(&vals[i])
		} else {
			part.values.others += vals[i].n
		}
	}
	return part
}

func (s *firstSubject) see(t int64, until time.Time) {
	if s.events == 0 {
		s.span, s.counts = span64{t, t}, map[int64]int64{}
	}
	s.span = s.span.and(span64{t, t})
	s.events++
	switch {
	case until.IsZero():
		s.counts[t/microsHour]++
	case t < until.UnixMicro():
		s.before++
	}
}

// identityLimit bounds the identities that a name is found to be of.
const identityLimit = 1000

// named notes one of the identities that the subject names.
func (s *firstSubject) named(arn string) {
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	if len(s.ids) < identityLimit {
		s.ids[clip(arn)] = true
	}
}

// baselineSubjects returns a function that says whose a row's event is: everybody's, and of those
// subjects that its key, principal or role is.
func baselineSubjects(b *block, q *BaselineQuery, part *firstSeen) func(row int) []int {
	columns := [...]*vector{b.vectors[leafPrincipal], b.vectors[leafCredential], b.vectors[baselineIssuer]}
	known := map[[3]int32][]int{}
	return func(row int) []int {
		k := [3]int32{columns[0].index[row], columns[1].index[row], columns[2].index[row]}
		found, ok := known[k]
		if ok {
			return found
		}
		var texts [3]string
		for i, v := range columns {
			text, _ := v.bytes(row)
			texts[i] = string(text)
		}
		found = []int{0}
		for i, subject := range q.Subjects {
			if kind := subjectKindOf(subject, texts[0], texts[1], texts[2]); kind != "" {
				found = append(found, i+1)
				of := &part.subjects[i+1]
				of.kind = cmp.Or(of.kind, kind)
				switch kind {
				case subjectUser:
					of.named(texts[0])
				case subjectRole:
					of.named(texts[2])
				}
			}
		}
		known[k] = found
		return found
	}
}

// subjectKindOf says as what an event is the subject's, "" if it is not.
func subjectKindOf(subject, principal, credential, issuer string) string {
	switch {
	case subject == "":
	case subject == credential:
		return subjectKey
	case subject == issuer, isNamed(issuer, ":role/", subject):
		return subjectRole
	case isNamed(principal, ":user/", subject), subject == principal && strings.Contains(principal, ":user/"):
		return subjectUser
	case subject == principal:
		return subjectPrincipal
	}
	return ""
}

// of reports whether the row group can have events of those principals or roles; nil: of anybody.
func (b *block) of(arns map[string]int) (bool, error) {
	if arns == nil {
		return true, nil
	}
	leaves := []int{leafPrincipal, baselineIssuer}
	if err := b.load(leaves); err != nil {
		return false, err
	}
	for _, leaf := range leaves {
		v := b.vectors[leaf]
		for n := range v.values() {
			if arns[textOf(v.value(int32(n)))] > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// subjectsByARN returns a function that says of which subjects, numbered from 1, a row's event is: as its principal, or its role.
func subjectsByARN(b *block, arns map[string]int) func(row int) []int {
	columns := [...]*vector{b.vectors[leafPrincipal], b.vectors[baselineIssuer]}
	var numbers [len(columns)][]int
	for i, v := range columns {
		numbers[i] = make([]int, v.values())
		for n := range numbers[i] {
			numbers[i][n] = arns[textOf(v.value(int32(n)))]
		}
	}
	found := make([]int, 0, len(columns))
	return func(row int) []int {
		found = found[:0]
		for i, v := range columns {
			n := v.index[row]
			if n < 0 || numbers[i][n] == 0 || slices.Contains(found, numbers[i][n]) {
				continue
			}
			found = append(found, numbers[i][n])
		}
		return found
	}
}
