package sigma

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// The bounds of chaining: how deep correlations may refer to correlations, and how many
// rules that makes in all, one counting as often as it is referred to.
const (
	maxChaining = 8
	maxChained  = 512
)

// compile makes a correlation of what was resolved. It fails where correlations refer to
// each other in a circle.
func (r *Rule) compile(above []*Rule) error {
	c := r.correlation
	switch {
	case c.from != nil:
		return nil
	case slices.Contains(above, r):
		return fmt.Errorf("rules: %s refers to itself", r.Title)
	case len(above) >= maxChaining:
		return fmt.Errorf("rules: correlations of correlations, more than %d deep", maxChaining)
	}
	c.size = 1
	for _, ref := range c.refs {
		more := []*Rule{ref}
		c.size++
		if ref.correlation != nil {
			if err := ref.compile(append(slices.Clone(above), r)); err != nil {
				return err
			}
			more = ref.correlation.leaves
			c.size += ref.correlation.size
		}
		if c.size > maxChained {
			return fmt.Errorf("rules: correlations of correlations, more than %d in all", maxChained)
		}
		for _, leaf := range more {
			if !slices.Contains(c.leaves, leaf) {
				c.leaves = append(c.leaves, leaf)
			}
		}
	}
	from := &detect.Correlation{ID: r.key, Title: r.Title, Severity: r.severity(), Span: c.span, Measure: c.measure, Group: c.groupBy}
	for _, ref := range c.refs {
		in := detect.Input{Rule: ref.key, Group: map[string][]string{}, Value: map[string][]string{}}
		below := []*Rule{ref}
		if ref.correlation != nil {
			in.Of, below = ref.correlation.from, ref.correlation.leaves
		}
		for _, leaf := range below {
			in.Group[leaf.key] = c.paths(c.groupBy, ref, leaf)
			in.Value[leaf.key] = c.paths(c.fields, ref, leaf)
		}
		from.Inputs = append(from.Inputs, in)
	}
	c.from = from
	return nil
}

// paths are the members that names stand for in the events of a rule: by an alias for that
// rule, or for the correlation that leads to it, or as they are.
func (c *correlation) paths(names []string, ref, leaf *Rule) (paths []string) {
	for _, name := range names {
		path := name
		if fields := c.aliases[name]; fields[leaf] != "" {
			path = fields[leaf]
		} else if fields[ref] != "" {
			path = fields[ref]
		}
		paths = append(paths, path)
	}
	return paths
}

// every returns all members that the correlation, and those below it, look at.
func (r *Rule) every(paths []string) []string {
	for _, in := range r.correlation.from.Inputs {
		for _, leaf := range r.correlation.leaves {
			for _, path := range slices.Concat(in.Group[leaf.key], in.Value[leaf.key]) {
				if !slices.Contains(paths, path) {
					paths = append(paths, path)
				}
			}
		}
	}
	for _, ref := range r.correlation.refs {
		if ref.correlation != nil {
			paths = ref.every(paths)
		}
	}
	return paths
}

// correlated makes the detector of a correlation: its Record half asks the rules and notes
// the members that matter, its Stream half does the rest.
func (r *Rule) correlated(opt Options) *detect.Detector {
	c := r.correlation
	g := gatherer{leaves: c.leaves, apart: opt.Builtin && !r.tuning.any}
	c.from.Apart, c.from.Attempts = g.apart, r.tuning.denied
	for _, path := range r.every(nil) {
		g.fields = append(g.fields, newField(path))
	}
	d := &detect.Detector{
		ID: r.key, Title: r.Title, Doc: r.doc(), Next: r.tuning.next, Severity: r.severity(),
		Techniques: r.techniques(), Record: g.record, Stream: c.from.Stream, Hits: r.Hits, Misses: r.Misses, Source: r.origin(opt),
	}
	for _, leaf := range c.leaves {
		d.Requires = append(d.Requires, leaf.base)
	}
	return d
}

// gatherer is the Record half of a correlation.
type gatherer struct {
	leaves []*Rule
	fields []*field
	apart  bool // what did not succeed is said to be so
}

// The bounds of what is taken of one member of one event: so many values, and so many bytes
// of each.
const (
	maxGathered = 64
	maxLength   = 256
)

// short is a value, or of a long one its beginning and a hash of it all: it differs where
// the value does.
func short(v string) string {
	if len(v) <= maxLength {
		return v
	}
	return strings.ToValidUTF8(v[:maxLength/2], "") + fmt.Sprintf("… (SHA-256 %x)", sha256.Sum256([]byte(v)))
}

func (g *gatherer) record(r *parser.Record) (detect.Evidence, bool) {
	var e detect.Evidence
	for _, leaf := range g.leaves {
		if _, ok := leaf.base.Record(r); ok {
			if e == nil {
				e = make(detect.Evidence, 0, 3+len(g.fields))
			}
			e = append(e, detect.Fact{Name: detect.FactRule, Value: leaf.key})
		}
	}
	if e == nil {
		return nil, false
	}
	if how := outcome(r); g.apart && how != succeeded {
		e = append(e, detect.Fact{Name: detect.FactOutcome, Value: outcomes[how]})
	}
	for _, f := range g.fields {
		if s, ok := f.plain(r); ok {
			e = append(e, detect.Fact{Name: f.name, Value: short(s)})
			continue
		}
		values := texts(r, f)
		for _, v := range values[:min(len(values), maxGathered)] {
			e = append(e, detect.Fact{Name: f.name, Value: short(v)})
		}
	}
	return e, true
}
