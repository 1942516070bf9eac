package sigma

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// idForm is that of a detector's ID.
var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func newRule(file string, line int, root *yaml.Node) *Rule {
	return &Rule{
		File: file, Line: line, root: root,
		ID: scalarOf(root, "id"), Name: scalarOf(root, "name"), Title: strings.TrimSpace(scalarOf(root, "title")),
		Description: strings.TrimSpace(scalarOf(root, "description")),
		Level:       strings.ToLower(scalarOf(root, "level")), Status: scalarOf(root, "status"),
		FalsePositives: listOf(root, "falsepositives"), References: listOf(root, "references"), Tags: listOf(root, "tags"),
	}
}

// meta checks what a rule says of itself and finds its key.
func (l *loader) meta(r *Rule) error {
	if r.Title == "" {
		return errors.New("title: missing")
	}
	switch {
	case idForm.MatchString(r.Name):
		r.key = r.Name
	case r.ID != "":
		r.key = slug(r.ID)
	default:
		r.key = slug(r.Title)
	}
	if r.key == "" {
		return errors.New("title: no letter or digit in it")
	}
	switch r.Level {
	case "":
		r.note("no level: taken for low")
	default:
		var s detect.Severity
		if s.UnmarshalText([]byte(r.Level)) != nil {
			return fmt.Errorf("level: %.60q is none of %q", r.Level, detect.Severities)
		}
	}
	return nil
}

// severity is the rule's level.
func (r *Rule) severity() detect.Severity {
	s := detect.Low
	_ = s.UnmarshalText([]byte(cmp.Or(r.Level, "low"))) // meta has checked it
	return s
}

// slug makes words joined by hyphens of a text.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	text := strings.Join(words, "-")
	return strings.Trim(text[:min(len(text), 120)], "-")
}

// detector makes a rule's detector.
func (r *Rule) detector(opt Options) *detect.Detector {
	d := &detect.Detector{
		ID: r.key, Title: r.Title, Doc: r.doc(), Next: r.tuning.next, Severity: r.severity(),
		Techniques: r.techniques(), Events: r.events(),
		Hits: r.Hits, Misses: r.Misses, Source: r.origin(opt),
	}
	if opt.Builtin && !r.tuning.any {
		d.Severity = min(d.Severity, r.tuning.denied, r.tuning.failed)
	}
	if len(d.Events) == 0 {
		d.Gate, d.Seek = gateOf(r.expr), seekOf(r.expr)
	}
	h := hitter{rule: r, expr: ordered(r.expr), level: r.severity(), builtin: opt.Builtin}
	h.facts = h.evidence()
	d.Record = h.record
	return d
}

// origin is all that the rule was made of: its text, that of what narrows it, and the
// options that change it.
func (r *Rule) origin(opt Options) string {
	text := marshal(r.root)
	if opt.Builtin {
		text += "\x00builtin"
	}
	for _, f := range r.filters {
		text += "\x00" + marshal(f.root)
	}
	if r.correlation != nil {
		for _, ref := range r.correlation.refs {
			text += "\x00" + ref.origin(opt)
		}
	}
	if strings.Contains(text, "|expand") {
		for _, name := range slices.Sorted(maps.Keys(opt.Placeholders)) {
			text += fmt.Sprintf("\x00%q: %q", name, opt.Placeholders[name])
		}
	}
	return text
}

// marshal writes a document so that different ones differ: each value with its length.
func marshal(n *yaml.Node) string {
	return string(appendNode(nil, n))
}

func appendNode(b []byte, n *yaml.Node) []byte {
	b = append(b, byte('0'+n.Kind))
	b = append(append(b, n.ShortTag()...), ' ')
	b = append(strconv.AppendInt(b, int64(len(n.Value)), 10), ' ')
	b = append(b, n.Value...)
	b = append(strconv.AppendInt(b, int64(len(n.Content)), 10), '\n')
	for _, child := range n.Content {
		b = appendNode(b, child)
	}
	return b
}

// doc is what the rule says that it means, and its innocent causes.
func (r *Rule) doc() string {
	doc := r.Description
	if len(r.FalsePositives) > 0 {
		doc = strings.TrimSpace(doc + "\nInnocent causes: " + strings.Join(r.FalsePositives, "; ") + ".")
	}
	return cmp.Or(doc, r.Title)
}

// events are what the rule's detector wants to see, as a Set has them.
func (r *Rule) events() (events []string) {
	keys, ok := keysOf(r.expr)
	if !ok {
		return nil
	}
	if len(keys) == 0 {
		return []string{"nothing:nothing"} // the rule can never hold
	}
	for _, k := range keys {
		if strings.ContainsRune(k.source, ':') {
			return nil
		}
		events = append(events, cmp.Or(k.source, "*")+":"+cmp.Or(k.name, "*"))
	}
	return events
}

// The outcomes of a call, as detect's watch-list has them.
const (
	succeeded = iota
	denied
	failed
)

var outcomes = [...]string{"succeeded", "denied", "failed"}

func outcome(r *parser.Record) int {
	switch {
	case detect.Denied(r.ErrorCode):
		return denied
	case r.ErrorCode != "" || r.ErrorMessage != "":
		return failed
	}
	return succeeded
}

// hitter is the Record half of a rule.
type hitter struct {
	rule    *Rule
	expr    expr
	level   detect.Severity
	builtin bool
	facts   [len(outcomes)]detect.Evidence // made once: a hit costs no memory
}

func (h *hitter) evidence() (all [len(outcomes)]detect.Evidence) {
	t := h.rule.tuning
	for i, name := range outcomes {
		level, why := h.level, h.rule.Title
		switch {
		case i == denied:
			why = "attempt denied: " + why
			level = t.denied
		case i == failed:
			why = "attempt failed: " + why
			level = t.failed
		}
		if h.builtin && !t.any {
			all[i] = append(all[i], detect.Fact{Name: detect.FactSeverity, Value: level.String()})
		}
		all[i] = append(all[i], detect.Fact{Name: detect.FactWhy, Value: why}, detect.Fact{Name: detect.FactOutcome, Value: name})
	}
	return all
}

func (h *hitter) record(r *parser.Record) (detect.Evidence, bool) {
	if h.folds(r) || !h.expr.eval(r) {
		return nil, false
	}
	return h.facts[outcome(r)], true
}

// folds reports whether the rule passes over calls by AWS itself, and this is one. What a service does by order is
// told from medium on.
func (h *hitter) folds(r *parser.Record) bool {
	return h.builtin && !h.rule.tuning.operational && detect.Operational(r) && (h.level < detect.Medium || !detect.ByOrder(r))
}
