package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// This file evaluates event selectors, the basic and the advanced ones, against
// kinds of events. Basic ones are turned into advanced ones, as AWS documents them:
// a basic data resource is a type and prefixes of ARNs; one without values selects nothing.

// The values of eventCategory that selectors choose from.
const (
	catManagement = "Management"
	catData       = "Data"
	catNetwork    = "NetworkActivity"
)

// A verdict says whether selectors record a kind of event. They are in the order of
// what weighs more where several trails or selectors apply.
type verdict uint8

const (
	recordsNot verdict = iota
	recordsUnknown
	recordsPart
	recordsAll
)

// A probe is a kind of event that selectors are asked about.
type probe struct {
	category string
	reads    bool
	writes   bool   // reads and writes: the probe is about both alike
	source   string // eventSource; "": any
	typ      string // of the resource, for data events
	resource string // bucket name, or the ARN; "*": any that no selector names
	global   bool   // of any of globalServices
}

// A fieldSelector is one condition of an advanced event selector.
type fieldSelector struct {
	field  string
	op     selectorOp
	not    bool // the values are excluded
	values []string
}

// A selectorOp is how a value is compared.
type selectorOp uint8

const (
	opEquals selectorOp = iota
	opStarts
	opEnds
)

// selectorOps are the operators by their names in the API.
var selectorOps = [...]struct {
	name string
	op   selectorOp
	not  bool
}{
	{"equals", opEquals, false}, {"startsWith", opStarts, false}, {"endsWith", opEnds, false},
	{"notEquals", opEquals, true}, {"notStartsWith", opStarts, true}, {"notEndsWith", opEnds, true},
}

// An eventSelector selects the events of a category that meet all conditions.
type eventSelector struct {
	category string
	fields   []fieldSelector
}

// A selectorSet records what any of its selectors selects.
type selectorSet struct {
	list   []eventSelector
	values int
	cut    bool // selectors beyond coverValueLimit are left out
}

// defaultSelectors are those of a new trail: all management events, no others.
var defaultSelectors = &selectorSet{list: []eventSelector{{category: catManagement}}}

// parseSelectors reads requestParameters of a call, or a part of them. It returns nil
// where they hold no selectors.
func parseSelectors(v parser.Value) *selectorSet {
	basic, haveBasic := v.Get("eventSelectors")
	advanced, haveAdvanced := v.Get("advancedEventSelectors")
	haveBasic, haveAdvanced = haveBasic && !basic.IsNull(), haveAdvanced && !advanced.IsNull()
	if !haveBasic && !haveAdvanced {
		return nil
	}
	s := new(selectorSet)
	basic.Each(func(e parser.Value) bool { s.basic(e); return true })
	advanced.Each(func(e parser.Value) bool { s.advanced(e); return true })
	return s
}

// basic adds one basic event selector.
func (s *selectorSet) basic(e parser.Value) {
	var access []fieldSelector
	switch textAt(e, "readWriteType") {
	case "ReadOnly":
		access = []fieldSelector{{"readOnly", opEquals, false, []string{"true"}}}
	case "WriteOnly":
		access = []fieldSelector{{"readOnly", opEquals, false, []string{"false"}}}
	}
	if textAt(e, "includeManagementEvents") != "false" {
		fields := slices.Clone(access)
		if v, ok := e.Get("excludeManagementEventSources"); ok {
			if sources := s.texts(v); len(sources) > 0 {
				fields = append(fields, fieldSelector{"eventSource", opEquals, true, sources})
			}
		}
		s.list = append(s.list, eventSelector{catManagement, fields})
	}
	resources, _ := e.Get("dataResources")
	resources.Each(func(r parser.Value) bool {
		values, _ := r.Get("values")
		if arns := s.texts(values); len(arns) > 0 {
			s.list = append(s.list, eventSelector{catData, append(slices.Clone(access),
				fieldSelector{"resources.type", opEquals, false, []string{own(textAt(r, "type"))}},
				fieldSelector{"resources.ARN", opStarts, false, arns})})
		}
		return true
	})
}

// advanced adds one advanced event selector.
func (s *selectorSet) advanced(e parser.Value) {
	var sel eventSelector
	fields, _ := e.Get("fieldSelectors")
	fields.Each(func(f parser.Value) bool {
		name := own(textAt(f, "field"))
		for _, op := range selectorOps {
			v, _ := f.Get(op.name)
			values := s.texts(v)
			switch {
			case len(values) == 0:
			case name == "eventCategory":
				sel.category = values[0]
			default:
				sel.fields = append(sel.fields, fieldSelector{name, op.op, op.not, values})
			}
		}
		return true
	})
	s.list = append(s.list, sel)
}

// texts returns the strings of an array, as long as the set may have more values.
func (s *selectorSet) texts(v parser.Value) (out []string) {
	v.Each(func(e parser.Value) bool {
		if s.values++; s.values > coverValueLimit {
			s.cut = true
			return false
		}
		out = append(out, own(e.String()))
		return true
	})
	return out
}

// textAt returns the field's content, "" where there is none.
func textAt(v parser.Value, path string) string {
	if f, ok := v.Get(path); ok && !f.IsNull() {
		return f.String()
	}
	return ""
}

// records says whether the set records what the probe is about.
func (s *selectorSet) records(p *probe) verdict {
	if s.cut {
		return recordsUnknown
	}
	best := recordsNot
	for i := range s.list {
		best = max(best, s.list[i].records(p))
	}
	return best
}

// byARN reports whether the set tells resources of one type apart.
func (s *selectorSet) byARN() bool {
	return s != nil && slices.ContainsFunc(s.list, func(e eventSelector) bool {
		return slices.ContainsFunc(e.fields, func(f fieldSelector) bool { return f.field == "resources.ARN" })
	})
}

func (e *eventSelector) records(p *probe) verdict {
	if e.category != p.category {
		return recordsNot
	}
	worst := recordsAll
	for i := range e.fields {
		if v := e.fields[i].admits(p); v < worst {
			worst = v
		}
	}
	return worst
}

// admits says whether events of the probe meet the condition.
func (f *fieldSelector) admits(p *probe) verdict {
	switch f.field {
	case "readOnly":
		if p.reads && p.writes {
			return recordsPart
		}
		return f.whole(fmt.Sprint(p.reads))
	case "resources.type":
		return f.whole(p.typ)
	case "resources.ARN":
		return f.arn(p)
	case "eventSource":
		switch {
		case p.source != "":
			return f.whole(p.source)
		case p.global:
			return f.globals()
		}
	}
	return recordsPart // some events meet it, others do not
}

// globals evaluates the condition on the sources of global services.
func (f *fieldSelector) globals() verdict {
	n := 0
	for source := range globalServices {
		if f.whole(source) == recordsAll {
			n++
		}
	}
	switch n {
	case 0:
		return recordsNot
	case len(globalServices):
		return recordsAll
	}
	return recordsPart
}

// whole evaluates the condition on a value that is wholly known.
func (f *fieldSelector) whole(s string) verdict {
	met := slices.ContainsFunc(f.values, func(v string) bool { return f.op.meets(s, v) })
	if met != f.not {
		return recordsAll
	}
	return recordsNot
}

func (o selectorOp) meets(s, v string) bool {
	switch o {
	case opEquals:
		return s == v
	case opStarts:
		return strings.HasPrefix(s, v)
	}
	return strings.HasSuffix(s, v)
}

// arn evaluates a condition on the ARN. A bucket is a set of objects, of which it can
// admit a part; other resources have the ARN that they are probed with.
func (f *fieldSelector) arn(p *probe) verdict {
	if p.resource != "*" && p.typ != s3Object {
		return f.whole(p.resource)
	}
	met := recordsNot
	for _, v := range f.values {
		if p.resource == "*" {
			met = max(met, f.op.meetsRest(v, p.typ))
		} else {
			met = max(met, f.op.meetsBucket(v, p.resource))
		}
	}
	if f.not && met != recordsPart {
		met = recordsAll - met
	}
	return met
}

// meetsBucket says how many of a bucket's objects have an ARN that meets v. A bucket's
// objects have ARNs such as arn:aws:s3:::bucket/key.
func (o selectorOp) meetsBucket(v, bucket string) verdict {
	i := strings.Index(v, ":::")
	if o == opEnds {
		return recordsPart
	}
	if i < 0 { // arn:aws:s3: all buckets
		return allOrNone(o == opStarts)
	}
	name, key, whole := strings.Cut(v[i+3:], "/")
	switch {
	case !whole:
		return allOrNone(o == opStarts && strings.HasPrefix(bucket, name))
	case name != bucket:
		return recordsNot
	case key != "":
		return recordsPart
	}
	return allOrNone(o == opStarts)
}

// meetsRest is the same for the resources that no selector names: a value that names one
// resource is met by none of them.
func (o selectorOp) meetsRest(v, typ string) verdict {
	switch {
	case o == opEnds:
		return recordsPart
	case o == opEquals:
		return recordsNot
	case genericARN(v):
		return recordsAll
	case typ == s3Object && strings.Contains(v, "/"), typ != s3Object && namesOne(v):
		return recordsNot
	}
	return recordsPart
}

func allOrNone(all bool) verdict {
	if all {
		return recordsAll
	}
	return recordsNot
}

// genericARN reports whether a prefix of an ARN ends before any name:
// arn:aws:s3, arn:aws:s3:::, arn:aws:lambda.
func genericARN(v string) bool {
	parts := strings.SplitN(v, ":", 6)
	return strings.HasPrefix(v, "arn:") && strings.Join(parts[min(3, len(parts)):], "") == ""
}

// namesOne reports whether a prefix of an ARN goes as far as the resource's own name.
func namesOne(v string) bool {
	parts := strings.SplitN(v, ":", 6)
	return len(parts) == 6 && strings.ContainsAny(parts[5], ":/")
}

// resourceOf returns what a value of an ARN condition names: a bucket, an ARN, or "*".
func resourceOf(typ, v string) string {
	if typ == s3Object {
		_, after, ok := strings.Cut(v, ":::")
		bucket, _, whole := strings.Cut(after, "/")
		if ok && whole && bucket != "" {
			return bucket
		}
		return "*"
	}
	if namesOne(v) {
		return v
	}
	return "*"
}

// words describes the set for people, in the order of its selectors.
func (s *selectorSet) words() string {
	if s == nil {
		return "unknown"
	}
	var out []string
	for i := range s.list {
		if len(out) == 8 {
			out = append(out, plural(int64(len(s.list)-i), "further selector"))
			break
		}
		out = append(out, s.list[i].words())
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", and ")
}

var categoryWords = map[string]string{catManagement: "management events", catData: "data events", catNetwork: "network activity events"}

func (e *eventSelector) words() string {
	out := categoryWords[e.category]
	if out == "" {
		out = "events of category " + e.category
	}
	for i := range e.fields {
		f := &e.fields[i]
		values := f.values
		rest := ""
		if len(values) > 4 {
			values, rest = values[:4], fmt.Sprintf(" and %d more", len(f.values)-4)
		}
		out += " [" + f.field + " " + f.op.words(f.not) + " " + strings.Join(values, ", ") + rest + "]"
	}
	return out
}

func (o selectorOp) words(not bool) string {
	for _, s := range selectorOps {
		if s.op == o && s.not == not {
			return s.name
		}
	}
	return ""
}
