package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// Detection says what was looked for, and what of that which was brought could not be.
type Detection struct {
	Sources []DetectorSource `json:"sources"` // what brought the detectors
	// Rejected are the rules that were not looked for.
	Rejected []RejectedRule `json:"rejected_rules"`
	// Notes say what was made of rules beside what they say.
	Notes []RuleNote      `json:"rule_notes,omitempty"`
	Lists []IndicatorList `json:"indicator_lists,omitempty"`
	// Excluded are the detectors that were left out, as --exclude and --no-builtin asked.
	Excluded []string `json:"excluded,omitempty"`
	// Minimum is the severity below which findings were left out; "": none were.
	Minimum string        `json:"minimum_severity,omitempty"`
	Below   *detect.Below `json:"below_minimum_severity,omitempty"` // complete when the run is
	// AsOf is the day by which suppressions expire; "": there are none.
	AsOf         string           `json:"as_of,omitempty"`
	Suppressions []SuppressionRow `json:"suppressions,omitempty"`
	Suppressed   []SuppressedRow  `json:"suppressed,omitempty"` // the first of the findings that they mark
	Blind        []BlindRow       `json:"blind,omitempty"`
	Tuned        []TunedRow       `json:"tuned,omitempty"`
	Accounts     int              `json:"accounts_listed,omitempty"` // by --accounts
	// Detectors are those that were looked for, sorted by ID.
	Detectors []DetectorUse `json:"detectors"`
}

// A DetectorSource is where detectors came from.
type DetectorSource struct {
	Name      string `json:"name"`            // "coldtrail's detectors", "coldtrail's rules", or the last part of what was given
	Kind      string `json:"kind"`            // "detectors", "rules" or "indicators"
	Files     int    `json:"files,omitempty"` // of rules
	Detectors int    `json:"detectors"`
	// Silent are documents that found nothing by themselves: parts of correlations, filters.
	Silent   int   `json:"silent,omitempty"`
	Rejected int   `json:"rejected,omitempty"`
	Hit      int   `json:"hit"` // detectors with findings
	Findings int64 `json:"findings"`
}

// A RejectedRule is a rule that was not looked for.
type RejectedRule struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // 0: the file as a whole
	Title  string `json:"title,omitempty"`
	Reason string `json:"reason"`
}

// A RuleNote is what was made of a rule beside what it says.
type RuleNote struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Rule string `json:"rule"`
	Note string `json:"note"`
}

// An IndicatorList is a list of indicators that was looked for.
type IndicatorList struct {
	Name       string              `json:"name"`
	Detector   string              `json:"detector"`
	Kinds      []IndicatorCount    `json:"kinds"`
	Duplicates int                 `json:"duplicates,omitempty"`
	Rejected   int                 `json:"rejected"` // values that were not looked for
	Shown      []RejectedIndicator `json:"rejected_shown,omitempty"`
	Notes      []string            `json:"notes,omitempty"`
}

// An IndicatorCount counts the indicators of a kind.
type IndicatorCount struct {
	Kind       string `json:"kind"`
	Indicators int    `json:"indicators"`
}

// A RejectedIndicator is a value of a list that was not looked for.
type RejectedIndicator struct {
	Line   int    `json:"line"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// A DetectorUse is a detector that was looked for, and how much it found.
type DetectorUse struct {
	ID       string `json:"id"`
	Source   string `json:"source"` // a DetectorSource
	Findings int64  `json:"findings"`
	Events   int64  `json:"events"`
	// Evicted counts subjects that had to give way to others, since a detector's memory is
	// bounded: what they would have led to may be missing.
	Evicted int64 `json:"evicted,omitempty"`
}

// A SuppressionRow is a suppression that was given.
type SuppressionRow struct {
	Suppression string   `json:"suppression"` // file and line
	Rules       []string `json:"rules"`       // none: all
	Reason      string   `json:"reason"`
	Expires     string   `json:"expires"` // its last day
	Expired     bool     `json:"expired"` // and so not applied
	Unknown     bool     `json:"unknown"` // no detector of the run is one of its rules
	Findings    int64    `json:"findings"`
	Events      int64    `json:"events"`
}

// A SuppressedRow is a suppressed finding. findings.jsonl has all of them.
type SuppressedRow struct {
	Finding     string `json:"finding"`
	Detector    string `json:"detector"`
	Subject     string `json:"subject"`
	Why         string `json:"why"`
	Events      int    `json:"events"`
	Suppression string `json:"suppression"`
	Span
}

// suppressedShown is how many suppressed findings the report lists.
const suppressedShown = 200

// suppressed counts and lists the findings that are suppressed.
type suppressed struct {
	by    map[string]*SuppressionRow
	total int64
	shown []SuppressedRow
}

func (s *suppressed) add(h *scan.FindingHead, events int) {
	if s.by == nil {
		s.by = map[string]*SuppressionRow{}
	}
	row := s.by[h.Suppressed]
	if row == nil {
		row = &SuppressionRow{}
		s.by[h.Suppressed] = row
	}
	s.total++
	row.Findings++
	row.Events += int64(events)
	if len(s.shown) < suppressedShown {
		s.shown = append(s.shown, SuppressedRow{h.ID, h.Detector, h.Subject, h.Why, events, h.Suppressed, Span{h.First, h.Last}})
	}
}

// Add notes detectors of a source.
func (d *Detection) Add(source DetectorSource, detectors []*detect.Detector) {
	source.Detectors = len(detectors)
	d.Sources = append(d.Sources, source)
	for _, x := range detectors {
		d.Detectors = append(d.Detectors, DetectorUse{ID: x.ID, Source: source.Name})
	}
}

// AddList notes a list of indicators, which the detector of that ID looks for.
func (d *Detection) AddList(l *detect.Indicators, detector *detect.Detector) {
	d.Add(DetectorSource{Name: l.Name, Kind: "indicators", Rejected: l.RejectedCount}, []*detect.Detector{detector})
	row := IndicatorList{Name: l.Name, Detector: detector.ID, Kinds: []IndicatorCount{}, Duplicates: l.Duplicates, Rejected: l.RejectedCount, Notes: l.Notes}
	for k, n := range l.Counts {
		if n > 0 {
			row.Kinds = append(row.Kinds, IndicatorCount{detect.IndicatorKind(k).String(), n})
		}
	}
	for _, r := range l.Rejected {
		row.Shown = append(row.Shown, RejectedIndicator{r.Line, r.Value, r.Reason})
	}
	d.Lists = append(d.Lists, row)
}

// found makes the report's part of what was given and what was found.
func (d *Detection) found(f *found, evicted map[string]int64) *Detection {
	if d == nil {
		return nil
	}
	out := Detection{
		Sources: slices.Clone(d.Sources), Rejected: make([]RejectedRule, 0, len(d.Rejected)), Detectors: slices.Clone(d.Detectors),
		Excluded: validAll(d.Excluded), Blind: d.Blind, Tuned: d.Tuned, Accounts: d.Accounts,
	}
	at := map[string]*DetectorSource{}
	for i := range out.Sources {
		s := &out.Sources[i]
		at[s.Name] = s
		s.Name = valid(s.Name)
	}
	for i := range out.Detectors {
		u := &out.Detectors[i]
		u.Evicted = evicted[u.ID]
		if hit := f.byDetector[u.ID]; hit != nil {
			u.Findings, u.Events = hit.findings, hit.events
			at[u.Source].Hit++
			at[u.Source].Findings += hit.findings
		}
		u.ID, u.Source = valid(u.ID), valid(u.Source)
	}
	slices.SortFunc(out.Detectors, func(a, b DetectorUse) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range d.Rejected {
		out.Rejected = append(out.Rejected, RejectedRule{valid(r.File), r.Line, valid(r.Title), valid(r.Reason)})
	}
	for _, n := range d.Notes {
		out.Notes = append(out.Notes, RuleNote{valid(n.File), n.Line, valid(n.Rule), valid(n.Note)})
	}
	for _, l := range d.Lists {
		l.Name, l.Notes = valid(l.Name), validAll(l.Notes)
		shown := l.Shown
		l.Shown = nil
		for _, r := range shown {
			l.Shown = append(l.Shown, RejectedIndicator{r.Line, valid(r.Value), valid(r.Reason)})
		}
		out.Lists = append(out.Lists, l)
	}
	out.suppressions(d, f)
	return &out
}

// suppressions says how much each of them marked.
func (d *Detection) suppressions(given *Detection, f *found) {
	d.Minimum, d.Below, d.AsOf, d.Suppressed = given.Minimum, given.Below, given.AsOf, f.suppressed.shown
	for _, s := range given.Suppressions {
		if by := f.suppressed.by[valid(s.Suppression)]; by != nil {
			s.Findings, s.Events = by.Findings, by.Events
		}
		s.Suppression, s.Rules, s.Reason = valid(s.Suppression), validAll(s.Rules), valid(s.Reason)
		d.Suppressions = append(d.Suppressions, s)
	}
}

// line sums it up for the terminal.
func (d *Detection) line() string {
	detectors, hit := 0, 0
	for i := range d.Sources {
		detectors += d.Sources[i].Detectors
		hit += d.Sources[i].Hit
	}
	out := []string{fmt.Sprintf("%s, of which %s found something", plural(int64(detectors), "detector"), number(int64(hit)))}
	if n := len(d.Rejected); n > 0 {
		out = append(out, plural(int64(n), "rule")+" rejected")
	}
	indicators, rejected := 0, 0
	for i := range d.Lists {
		indicators += d.Lists[i].count()
		rejected += d.Lists[i].Rejected
	}
	if d.Below != nil {
		out = append(out, plural(d.Below.Findings, "finding")+" below "+d.Minimum+" left out")
	}
	if len(d.Lists) > 0 {
		out = append(out, plural(int64(indicators), "indicator")+", "+number(int64(rejected))+" rejected")
	}
	return strings.Join(out, "; ")
}

func (l *IndicatorList) count() (n int) {
	for _, k := range l.Kinds {
		n += k.Indicators
	}
	return n
}

// markdown writes the section of report.md.
func (d *Detection) markdown(p page) {
	if d == nil {
		return
	}
	p.head("## Detection")
	p.para("What was looked for. A detector is written in Go, a Sigma rule or a list of indicators. What is not looked for is not found: what was rejected or left out stands here too. Silent documents find nothing by themselves: correlations count their matches, or they are filters.")
	p.table("Source,Kind,Files,Detectors,With findings,Findings,Silent documents,Rejected", len(d.Sources), func(i int) []string {
		s := &d.Sources[i]
		files := "–"
		if s.Files > 0 {
			files = number(int64(s.Files))
		}
		return []string{Code(s.Name), s.Kind, files, number(int64(s.Detectors)), number(int64(s.Hit)), number(s.Findings), number(int64(s.Silent)), number(int64(s.Rejected))}
	}, "")
	if len(d.Excluded) > 0 {
		p.para("**Left out**, as was asked: %s.", codes(d.Excluded))
	}
	if d.Below != nil {
		p.para("**Left out by severity**: %s below %s, with %s.", plural(d.Below.Findings, "finding"), d.Minimum, plural(d.Below.Events, "event"))
	}
	d.contextMarkdown(p)
	d.suppressedMarkdown(p)
	if len(d.Rejected) > 0 {
		p.para("**Rejected rules**, which were not looked for:")
		p.table("File,Line,Rule,Reason", len(d.Rejected), func(i int) []string {
			r := &d.Rejected[i]
			return []string{Code(r.File), lineText(r.Line), prose(r.Title), prose(r.Reason)}
		}, "")
	}
	if len(d.Notes) > 0 {
		p.para("**Notes on rules:**")
		p.table("File,Line,Rule,Note", len(d.Notes), func(i int) []string {
			n := &d.Notes[i]
			return []string{Code(n.File), lineText(n.Line), prose(n.Rule), prose(n.Note)}
		}, "")
	}
	for i := range d.Lists {
		d.Lists[i].markdown(p)
	}
}

// suppressedMarkdown lists suppressions and what they mark.
func (d *Detection) suppressedMarkdown(p page) {
	if len(d.Suppressions) == 0 {
		return
	}
	p.para("**Suppressions** as of %s. What they mark is counted here, and not among the findings; it accuses nobody, and findings.jsonl has it in full.", d.AsOf)
	p.table("Suppression,Rules,Reason,Last day,State,Findings,Events", len(d.Suppressions), func(i int) []string {
		s := &d.Suppressions[i]
		state := "applied"
		switch {
		case s.Expired:
			state = "**expired**, not applied"
		case s.Unknown:
			state = "**of no detector of this run**"
		}
		rules := "all"
		if len(s.Rules) > 0 {
			rules = codes(s.Rules)
		}
		return []string{Code(s.Suppression), rules, prose(s.Reason), s.Expires, state, number(s.Findings), number(s.Events)}
	}, "")
	if len(d.Suppressed) == 0 {
		return
	}
	total := int64(0)
	for i := range d.Suppressions {
		total += d.Suppressions[i].Findings
	}
	rest := ""
	if more := total - int64(len(d.Suppressed)); more > 0 {
		rest = fmt.Sprintf("+%s more in findings.jsonl.", plural(more, "suppressed finding"))
	}
	p.para("**Suppressed findings:**")
	p.table("Finding,Detector,Subject,Seen,Events,First and last,Suppression", len(d.Suppressed), func(i int) []string {
		s := &d.Suppressed[i]
		return []string{Code(s.Finding), Code(s.Detector), Code(s.Subject), prose(s.Why), number(int64(s.Events)), s.during(), Code(s.Suppression)}
	}, rest)
}

func lineText(n int) string {
	if n == 0 {
		return "–"
	}
	return number(int64(n))
}

func (l *IndicatorList) markdown(p page) {
	var kinds []string
	for _, k := range l.Kinds {
		kinds = append(kinds, plural(int64(k.Indicators), k.Kind+" indicator"))
	}
	p.para("**Indicators of %s** (%s): %s; %s there twice, %s rejected.", Code(l.Name), Code(l.Detector), cmp.Or(strings.Join(kinds, ", "), "none"), number(int64(l.Duplicates)), number(int64(l.Rejected)))
	for _, n := range l.Notes {
		p.item(prose(n))
	}
	if len(l.Notes) > 0 {
		p.WriteByte('\n')
	}
	if len(l.Shown) > 0 {
		rest := ""
		if n := l.Rejected - len(l.Shown); n > 0 {
			rest = fmt.Sprintf("+%s more that were rejected.", number(int64(n)))
		}
		p.table("Line,Rejected value,Reason", len(l.Shown), func(i int) []string {
			r := &l.Shown[i]
			return []string{lineText(r.Line), Code(r.Value), prose(r.Reason)}
		}, rest)
	}
}

// Remove takes note that detectors were left out.
func (d *Detection) Remove(ids []string) {
	slices.Sort(ids)
	d.Excluded = append(d.Excluded, ids...)
	d.Detectors = slices.DeleteFunc(d.Detectors, func(u DetectorUse) bool {
		_, out := slices.BinarySearch(ids, u.ID)
		if out {
			for i := range d.Sources {
				if d.Sources[i].Name == u.Source {
					d.Sources[i].Detectors--
				}
			}
		}
		return out
	})
}
