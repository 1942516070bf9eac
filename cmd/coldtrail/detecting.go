package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/rules"
	"github.com/coldtrail/coldtrail/detect/sigma"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// detecting is what the commands that look for something have in common: with what.
type detecting struct {
	Rules         []string `group:"detect" sep:"none" placeholder:"PATH" help:"Sigma rules to look for besides: a file, a directory with all below it, or a zip archive. Once for each."`
	Placeholders  string   `group:"detect" placeholder:"FILE" help:"Values for the placeholders (%name%) of such rules: YAML, a list of values for each name."`
	IOC           []string `group:"detect" name:"ioc" sep:"none" placeholder:"FILE" help:"Indicators to look for: one a line, CSV, a STIX 2.1 bundle or a MISP event. Once for each file."`
	MinSeverity   string   `group:"detect" placeholder:"SEVERITY" help:"Leave findings below this severity out; the report counts them."`
	Suppress      string   `group:"detect" placeholder:"FILE" help:"What is known and need not be looked at: YAML, a list of rule, principal, ip or event, with reason and expires. Findings are marked, not lost."`
	AsOf          day      `group:"detect" placeholder:"DATE" help:"The day by which suppressions expire (default: today, UTC)."`
	Tuning        string   `group:"detect" placeholder:"FILE" help:"Thresholds of detectors to set: YAML, a number for each threshold's name, for each detector's ID; coldtrail rules show names them."`
	Accounts      string   `group:"detect" placeholder:"FILE" help:"Whose accounts are whose: YAML, name, environment, owner and kind (own, organization or vendor) for each account's ID, or CSV with such columns."`
	BaselineUntil moment   `group:"detect" placeholder:"TIME" help:"What came before is ordinary, for detectors that look for what is new: RFC 3339, or a date (default: each principal's own first days)."`
	NoBuiltin     bool     `group:"detect" help:"Leave coldtrail's own detectors and rules out."`
	Exclude       []string `group:"detect" placeholder:"ID" help:"Leave the detector or rule of this ID out; * stands for any text. Once for each."`

	enriching
}

// detection is what a run looks for, where that came from, and the files that were given for it.
type detection struct {
	detectors []*detect.Detector
	report    *report.Detection
	context   *detect.Context
	files     []custody.File

	loaded    []*sigma.Rule          // every document that was loaded of one's own
	ruleOf    map[string]*sigma.Rule // by the detector's ID
	ruleFiles []sigma.File

	enrichment *report.Enrichment
}

// The names of what coldtrail itself looks for.
const (
	ownDetectors = "coldtrail's detectors"
	ownRules     = "coldtrail's rules"
)

// embedded are coldtrail's own rules.
var embedded = sync.OnceValue(func() *sigma.Collection {
	c := rules.Load()
	c.Forget() // a run has no use for what a check asks
	return c
})

// builtin are coldtrail's own detectors and rules.
func builtin() []*detect.Detector { return append(detect.All(), embedded().Detectors()...) }

// detectors makes them of the flags. What was brought and is not looked for is said on stderr.
func (d *detecting) detectors(c *console) (*detection, error) {
	look := &detection{report: &report.Detection{}, ruleOf: map[string]*sigma.Rule{}}
	d.own(look)
	if err := d.given(look); err != nil {
		return nil, err
	}
	if err := d.indicators(look); err != nil {
		return nil, err
	}
	if n := len(look.report.Rejected); n > 0 && d.NoBuiltin && len(d.IOC) == 0 && len(look.detectors) == 1 { // copies that conflict
		r := &look.report.Rejected[0]
		return nil, usage("--rules: none of them can be run: %s:%d: %s", r.File, r.Line, r.Reason)
	}
	if err := d.context(look); err != nil {
		return nil, err
	}
	if err := d.exclude(look); err != nil {
		return nil, err
	}
	look.report.SetContext(look.detectors, look.context)
	if err := d.screen(look); err != nil {
		return nil, err
	}
	look.warn(c)
	return look, nil
}

// add adds detectors of a source.
func (l *detection) add(source report.DetectorSource, detectors []*detect.Detector) {
	l.report.Add(source, detectors)
	l.detectors = append(l.detectors, detectors...)
}

// own adds what coldtrail looks for by itself. Copies that conflict are found by comparing,
// whatever is looked for.
func (d *detecting) own(look *detection) {
	own := detect.All()
	if d.NoBuiltin {
		own = slices.DeleteFunc(own, func(d *detect.Detector) bool { return d.ID != detect.ConflictingCopies })
	}
	look.add(report.DetectorSource{Name: ownDetectors, Kind: "detectors"}, own)
	if d.NoBuiltin {
		look.report.Excluded = append(look.report.Excluded, "--no-builtin")
		return
	}
	look.rules(ownRules, embedded(), len(rules.Files()))
	look.ruleFiles = rules.Files()
}

// rules adds the rules of a source. One whose ID is taken is rejected: two detectors of one
// ID could not be told apart.
func (l *detection) rules(source string, c *sigma.Collection, files int) {
	row := report.DetectorSource{Name: source, Kind: "rules", Files: files, Rejected: len(c.Rejected)}
	var fresh []*detect.Detector
	for _, r := range c.Rejected {
		l.report.Rejected = append(l.report.Rejected, report.RejectedRule{File: r.File, Line: r.Line, Title: r.Title, Reason: r.Reason})
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		switch {
		case r.Detector == nil:
			row.Silent++
		case l.has(r.Detector.ID):
			row.Rejected++
			l.report.Rejected = append(l.report.Rejected, report.RejectedRule{File: r.File, Line: r.Line, Title: r.Title,
				Reason: fmt.Sprintf("another detector of this run has the ID %s", r.Detector.ID)})
			continue
		default:
			fresh = append(fresh, r.Detector)
			if l.ruleOf != nil {
				l.ruleOf[r.Detector.ID] = r
			}
		}
		for _, n := range r.Notes {
			l.report.Notes = append(l.report.Notes, report.RuleNote{File: r.File, Line: r.Line, Rule: r.Title, Note: n})
		}
	}
	l.add(row, fresh)
}

func (l *detection) has(id string) bool {
	return slices.ContainsFunc(l.detectors, func(d *detect.Detector) bool { return d.ID == id })
}

// indicators adds the lists of indicators.
func (d *detecting) indicators(look *detection) error {
	for _, name := range d.IOC {
		l, err := readIndicators(name)
		if err != nil {
			return usage("--ioc %s: %w", name, err)
		}
		if l.Len() == 0 {
			return usage("--ioc %s: no indicator in it that can be looked for: %s", name, firstReason(l))
		}
		l.Name = look.label(name)
		id := detect.IndicatorID(l.Name)
		for n := 2; look.has(id); n++ {
			id = fmt.Sprintf("%s-%d", detect.IndicatorID(l.Name), n)
		}
		det := l.Detector(id)
		look.report.AddList(l, det)
		look.detectors = append(look.detectors, det)
		look.files = append(look.files, custody.File{Path: name, Kind: "indicators"})
	}
	return nil
}

func readIndicators(name string) (*detect.Indicators, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return detect.ReadIndicators(filepath.Base(name), f)
}

func firstReason(l *detect.Indicators) string {
	if len(l.Rejected) == 0 {
		return "it is empty"
	}
	return fmt.Sprintf("line %d: %s", l.Rejected[0].Line, l.Rejected[0].Reason)
}

// label names a given file or directory in the report: without the directories above it,
// and with a number where that would name two.
func (l *detection) label(name string) string {
	base := filepath.Base(filepath.Clean(name))
	label := base
	for n := 2; slices.ContainsFunc(l.report.Sources, func(s report.DetectorSource) bool { return s.Name == label }); n++ {
		label = fmt.Sprintf("%s (%d)", base, n)
	}
	return label
}

// exclude leaves out what --exclude names. What it does not find is refused: who mistypes an
// ID must not think that its findings are gone.
func (d *detecting) exclude(look *detection) error {
	for _, pattern := range d.Exclude {
		if _, err := path.Match(pattern, ""); err != nil {
			return usage("--exclude %s: %w", pattern, err)
		}
		var out []string
		look.detectors = slices.DeleteFunc(look.detectors, func(x *detect.Detector) bool {
			ok, _ := path.Match(strings.ToLower(pattern), x.ID)
			if ok = ok && x.ID != detect.ConflictingCopies; ok {
				out = append(out, x.ID)
			}
			return ok
		})
		if len(out) == 0 {
			return usage("--exclude %s: no detector of this run that can be left out; see coldtrail rules", pattern)
		}
		look.report.Remove(out)
	}
	return nil
}

// inputs are the files that were given, for the custody log.
func (l *detection) inputs(ctx context.Context) (files []custody.File, err error) {
	for _, f := range l.files {
		seen := inputs([]string{f.Path})[0]
		seen.Kind = f.Kind
		if seen.SHA256 = f.SHA256; f.SHA256 == "" {
			if seen.SHA256, seen.Bytes, err = custody.HashFile(ctx, f.Path); err != nil {
				return nil, err
			}
		}
		files = append(files, seen)
	}
	return files, nil
}

// shownRejections of each kind are said on stderr; the report has all.
const shownRejections = 5

// warn says what was brought and is not looked for.
func (l *detection) warn(c *console) {
	for i, r := range l.report.Rejected {
		if i == shownRejections {
			fmt.Fprintf(c.err, "coldtrail: --rules: %d more rules are rejected; coldtrail rules check lists all\n", len(l.report.Rejected)-i)
			break
		}
		fmt.Fprintf(c.err, "coldtrail: --rules: %s\n", rejection(&r))
	}
	for i := range l.report.Suppressions {
		switch s := &l.report.Suppressions[i]; {
		case s.Expired:
			fmt.Fprintf(c.err, "coldtrail: --suppress: %s: expired on %s, and is not applied\n", report.Terminal(s.Suppression), s.Expires)
		case s.Unknown:
			fmt.Fprintf(c.err, "coldtrail: --suppress: %s: no detector of this run is one of its rules\n", report.Terminal(s.Suppression))
		}
	}
	for i := range l.report.Lists {
		x := &l.report.Lists[i]
		for j, r := range x.Shown {
			if j == shownRejections {
				break
			}
			fmt.Fprintf(c.err, "coldtrail: --ioc %s: line %d: %s: %s\n", report.Terminal(x.Name), r.Line, report.Terminal(r.Value), report.Terminal(r.Reason))
		}
		if n := x.Rejected - min(len(x.Shown), shownRejections); n > 0 {
			fmt.Fprintf(c.err, "coldtrail: --ioc %s: %d more values are rejected\n", report.Terminal(x.Name), n)
		}
	}
}

// rejection says why a rule is not looked for, for the terminal.
func rejection(r *report.RejectedRule) string {
	text := r.File
	if r.Line > 0 {
		text += fmt.Sprintf(":%d", r.Line)
	}
	if r.Title != "" {
		text += ": " + r.Title
	}
	return report.Terminal(text + ": " + r.Reason)
}
