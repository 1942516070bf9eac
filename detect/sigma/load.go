package sigma

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
)

// A File is one file of rules.
type File struct {
	Name string // as the user may see it: slash-separated, relative
	Data []byte
}

// Options say how rules are loaded.
type Options struct {
	// Placeholders are the values for |expand, by name without percent signs.
	Placeholders map[string][]string
	// Builtin is for coldtrail's own rules: their level is that of success (see the
	// package's documentation), and they have examples.
	Builtin bool
}

// The kinds of document.
const (
	KindRule        = "rule"
	KindCorrelation = "correlation"
	KindFilter      = "filter"
	KindGlobal      = "global" // action: global or reset, which only change other documents
)

// A Rule is one loaded document.
type Rule struct {
	File                             string
	Line                             int
	ID, Name, Title, Description     string
	Level, Status                    string
	FalsePositives, References, Tags []string
	// Detector is what the rule became. It is nil for a base rule of a correlation
	// without generate, and for a document that is neither rule nor correlation.
	Detector *detect.Detector
	Kind     string
	// Notes say what was made of the rule beside what it says.
	Notes []string
	// Hits and Misses are its examples, completed: lists of events as JSON.
	Hits, Misses [][]string

	root        *yaml.Node
	key         string // the detector's ID
	expr        expr
	base        *detect.Detector // the detector, whether it alerts by itself or not
	tuning      tuning
	correlation *correlation
	filter      *filter
	filters     []*Rule // that narrow it
	dead        bool    // rejected after all
}

// A Rejection is a document that was not loaded.
type Rejection struct {
	File          string
	Line          int
	Title, Reason string
}

// A Collection is what became of some files: each document is in one of its lists.
type Collection struct {
	Rules    []Rule
	Rejected []Rejection
}

// Detectors returns those of the rules that have one.
func (c *Collection) Detectors() (all []*detect.Detector) {
	for i := range c.Rules {
		if d := c.Rules[i].Detector; d != nil {
			all = append(all, d)
		}
	}
	return all
}

// Forget lets go of the trees of the documents, which only Check asks for. Of coldtrail's own rules they take 8 MB.
func (c *Collection) Forget() {
	for i := range c.Rules {
		c.Rules[i].root = nil
	}
}

// Load reads rules. It never fails as a whole: what cannot be loaded is rejected with
// its reason, and loaded and rejected documents together are all that there are.
func Load(files []File, opt Options) *Collection {
	l := &loader{opt: opt, compiler: compiler{placeholders: opt.Placeholders}, byKey: map[string]*Rule{}}
	for _, f := range files {
		l.file(f)
	}
	l.finish()
	return l.collection()
}

type loader struct {
	opt      Options
	compiler compiler
	rules    []*Rule // in the order of the files
	rejected []Rejection
	byKey    map[string]*Rule
}

func (l *loader) reject(file string, line int, title string, err error) {
	l.rejected = append(l.rejected, Rejection{file, lineOf(err, line), title, err.Error()})
}

// file loads the documents of one file, which may build on each other.
func (l *loader) file(f File) {
	docs := readDocuments(f)
	if len(docs) == 0 {
		l.reject(f.Name, 1, "", errors.New("file: no document in it"))
	}
	var global, last *yaml.Node
	for _, d := range docs {
		if d.err != nil {
			l.reject(d.file, d.line, "", d.err)
			continue
		}
		root, action := d.root, strings.ToLower(scalarOf(d.root, "action"))
		switch action {
		case "global", "reset":
			if action == "reset" {
				global = nil
			}
			global = merge(global, without(root, "action"))
			l.rules = append(l.rules, &Rule{File: d.file, Line: root.Line, Title: scalarOf(root, "title"), Kind: KindGlobal})
			continue
		case "repeat":
			if last == nil {
				l.reject(d.file, root.Line, scalarOf(root, "title"), errors.New("action: nothing before it to repeat"))
				continue
			}
			root = merge(last, without(root, "action"))
		case "":
			last = root
		default:
			l.reject(d.file, root.Line, scalarOf(root, "title"), fmt.Errorf("action: %.60q is unknown", action))
			continue
		}
		l.document(d.file, d.root.Line, merge(global, root))
	}
}

// document loads one document that is complete.
func (l *loader) document(file string, line int, root *yaml.Node) {
	r := newRule(file, line, root)
	err := l.load(r)
	if err != nil {
		l.reject(file, line, r.Title, err)
		return
	}
	l.rules = append(l.rules, r)
}

func (l *loader) load(r *Rule) error {
	switch {
	case get(r.root, "filter") != nil:
		r.Kind = KindFilter
		return l.parseFilter(r)
	case get(r.root, "correlation") != nil:
		r.Kind = KindCorrelation
	default:
		r.Kind = KindRule
	}
	if err := l.meta(r); err != nil {
		return err
	}
	if err := l.tune(r); err != nil {
		return err
	}
	if r.Kind == KindCorrelation {
		if get(r.root, "detection") != nil {
			return errors.New("document: a detection and a correlation")
		}
		if err := l.parseCorrelation(r); err != nil {
			return err
		}
		return l.claim(r)
	}
	if err := source(r); err != nil {
		return err
	}
	var err error
	if r.expr, err = l.compiler.detection(get(r.root, "detection")); err != nil {
		return err
	}
	return l.claim(r)
}

// claim takes the rule's key, which no other rule may have.
func (l *loader) claim(r *Rule) error {
	if other := l.byKey[r.key]; other != nil {
		return fmt.Errorf("rule %s: already in %s, line %d", r.key, other.File, other.Line)
	}
	l.byKey[r.key] = r
	return nil
}

// finish does what needs all documents: filters first, then rules, then correlations.
func (l *loader) finish() {
	for _, r := range l.rules {
		if r.Kind == KindFilter {
			l.applyFilter(r)
		}
	}
	for _, r := range l.rules {
		if r.Kind == KindRule {
			r.base = r.detector(l.opt)
			r.Detector = r.base
		}
	}
	for l.relate() { // a correlation that is rejected takes those with it that refer to it
	}
	for _, r := range l.rules {
		if r.Kind == KindCorrelation && !r.dead {
			r.base = r.correlated(l.opt)
			r.Detector = r.base
		}
	}
	for _, r := range l.rules {
		if r.Kind == KindCorrelation && !r.dead && !r.correlation.generate {
			for _, ref := range r.correlation.refs {
				ref.Detector = nil
				if !l.opt.Builtin { // ours are meant so
					ref.note("part of %q: it does not alert by itself", r.Title)
				}
			}
		}
	}
}

// relate resolves and compiles the correlations, all anew; it reports whether one was rejected.
func (l *loader) relate() (rejected bool) {
	each := func(do func(*Rule) error) {
		for _, r := range l.rules {
			if r.Kind != KindCorrelation || r.dead {
				continue
			}
			if err := do(r); err != nil {
				r.dead, rejected = true, true
				l.reject(r.File, r.Line, r.Title, err)
			}
		}
	}
	each(l.parseCorrelation)
	each(l.resolve)
	if !rejected {
		each(func(r *Rule) error { return r.compile(nil) })
	}
	return rejected
}

func (l *loader) collection() *Collection {
	c := &Collection{Rejected: l.rejected}
	for _, r := range l.rules {
		if !r.dead {
			c.Rules = append(c.Rules, *r)
			r.root = nil // detectors keep r, and need no tree
		}
	}
	return c
}

func without(n *yaml.Node, name string) *yaml.Node {
	out := *n
	out.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != name {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}

// source holds a rule to CloudTrail's logs.
func source(r *Rule) error {
	n := get(r.root, "logsource")
	if n == nil {
		return errors.New("logsource: missing")
	}
	product, service := scalarOf(n, "product"), scalarOf(n, "service")
	switch {
	case !strings.EqualFold(product, "aws"):
		return lineError{n.Line, fmt.Errorf("logsource: product %.60q, not aws", product)}
	case service == "":
		r.note("logsource names no service: taken for cloudtrail")
	case !strings.EqualFold(service, "cloudtrail"):
		return lineError{n.Line, fmt.Errorf("logsource: service %.60q, not cloudtrail", service)}
	}
	if scalarOf(n, "category") != "" {
		return lineError{n.Line, errors.New("logsource: a category, of which CloudTrail has none")}
	}
	return nil
}

func (r *Rule) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}
