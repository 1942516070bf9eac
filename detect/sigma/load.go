package sigma

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"

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
// Files are read on all cores: what they say of each other is looked at afterwards, in their order.
func Load(files []File, opt Options) *Collection {
	l := &loader{opt: opt, compiler: compiler{placeholders: opt.Placeholders}, byKey: map[string]*Rule{}}
	read := make([][]candidate, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		g.Go(func() error {
			read[i] = l.file(f)
			return nil
		})
	}
	_ = g.Wait() // none fails
	for _, documents := range read {
		for _, c := range documents {
			l.admit(c)
		}
	}
	l.finish()
	return l.collection()
}

// A candidate is a document that is read: a rule, or why it is none.
type candidate struct {
	rule *Rule
	err  error
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

// admit takes a document in, unless it is none or another has its key.
func (l *loader) admit(c candidate) {
	if c.err == nil {
		c.err = l.claim(c.rule)
	}
	if c.err != nil {
		l.reject(c.rule.File, c.rule.Line, c.rule.Title, c.err)
		return
	}
	l.rules = append(l.rules, c.rule)
}

// file loads the documents of one file, which may build on each other.
func (l *loader) file(f File) (all []candidate) {
	docs := readDocuments(f)
	if len(docs) == 0 {
		return []candidate{{&Rule{File: f.Name, Line: 1}, errors.New("file: no document in it")}}
	}
	var global, last *yaml.Node
	for _, d := range docs {
		if d.err != nil {
			all = append(all, candidate{&Rule{File: d.file, Line: d.line}, d.err})
			continue
		}
		root, action := d.root, strings.ToLower(scalarOf(d.root, "action"))
		bare := &Rule{File: d.file, Line: root.Line, Title: scalarOf(root, "title"), Kind: KindGlobal}
		switch action {
		case "global", "reset":
			if action == "reset" {
				global = nil
			}
			global = merge(global, without(root, "action"))
			all = append(all, candidate{bare, nil})
			continue
		case "repeat":
			if last == nil {
				all = append(all, candidate{bare, errors.New("action: nothing before it to repeat")})
				continue
			}
			root = merge(last, without(root, "action"))
		case "":
			last = root
		default:
			all = append(all, candidate{bare, fmt.Errorf("action: %.60q is unknown", action)})
			continue
		}
		r := newRule(d.file, d.root.Line, merge(global, root))
		all = append(all, candidate{r, l.load(r)})
	}
	return all
}

// load makes a rule of a document that is complete. Several goroutines do.
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
		return l.parseCorrelation(r)
	}
	if err := source(r); err != nil {
		return err
	}
	var err error
	r.expr, err = l.compiler.detection(get(r.root, "detection"))
	return err
}

// claim takes the rule's key, which no other rule may have. What neither alerts nor counts has none.
func (l *loader) claim(r *Rule) error {
	if r.key == "" {
		return nil
	}
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
