package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

type rulesCmd struct {
	List     rulesListCmd     `cmd:"" default:"withargs" help:"List detectors and rules, with level, techniques and source (the default)."`
	Show     rulesShowCmd     `cmd:"" help:"Show a detector or rule: what it means, its innocent causes, what to do next, its examples."`
	Check    rulesCheckCmd    `cmd:"" help:"Say what is wrong or odd about Sigma rules."`
	Test     rulesTestCmd     `cmd:"" help:"Run rules over events, or all rules over their examples."`
	Coverage rulesCoverageCmd `cmd:"" help:"Print which techniques of ATT&CK are looked for, by what, and what cannot be seen."`
}

// ruleFlags name rules beside coldtrail's own.
type ruleFlags struct {
	Rules        []string `sep:"none" placeholder:"PATH" help:"Sigma rules besides: a file, a directory with all below it, or a zip archive. Once for each."`
	Placeholders string   `placeholder:"FILE" help:"Values for the placeholders (%name%) of such rules: YAML."`
	NoBuiltin    bool     `help:"Leave coldtrail's own out."`
}

// load loads what the flags name.
func (f *ruleFlags) load(c *console) (*detection, error) {
	d := detecting{Rules: f.Rules, Placeholders: f.Placeholders, NoBuiltin: f.NoBuiltin}
	return d.detectors(c)
}

// sourceOf says where a detector comes from: the file of its rule.
func (l *detection) sourceOf(id string) string {
	if r := l.ruleOf[id]; r != nil {
		return r.File
	}
	for _, u := range l.report.Detectors {
		if u.ID == id && u.Source != ownDetectors {
			return u.Source
		}
	}
	return "go"
}

// levelOf is a detector's level: a rule's is that of success, though it begins lower.
func (l *detection) levelOf(d *detect.Detector) string {
	if r := l.ruleOf[d.ID]; r != nil && r.Level != "" {
		return r.Level
	}
	return d.Severity.String()
}

type rulesListCmd struct {
	ruleFlags
	formatFlag
	Case string `placeholder:"CASE" help:"Say of each how many findings and events the case has of it, and list those first that have most."`
}

// Help implements kong.HelpProvider.
func (rulesListCmd) Help() string {
	return "Examples: coldtrail rules list\n          coldtrail rules list --case ./case-001\n          coldtrail rules list --rules ./sigma --no-builtin -f json"
}

// Run implements the command.
func (l *rulesListCmd) Run(c *console) error {
	look, err := l.load(c)
	if err != nil {
		return err
	}
	rows, err := l.rows(look)
	if err != nil {
		return err
	}
	if l.Format == "json" {
		return c.json(append([]ruleRow{}, rows...))
	}
	ids, files := 0, 0
	for _, r := range rows {
		ids, files = max(ids, min(len(r.ID), 44)), max(files, min(len(r.Source), 56))
	}
	for _, r := range rows {
		counts := ""
		if l.Case != "" {
			counts = fmt.Sprintf("%8d %8d  ", r.Findings, r.Events)
		}
		level := c.severity(r.Level, fmt.Sprintf("%-13s", r.Level))
		_, err := fmt.Fprintf(c.text(), "%s%-*s  %s  %-24s  %-*s  %s\n", counts, ids, report.Terminal(r.ID), level, strings.Join(r.Techniques, " "), files, report.Terminal(r.Source), report.Terminal(r.Title))
		if err != nil {
			return err
		}
	}
	return nil
}

// A ruleRow is a line of the list.
type ruleRow struct {
	ID         string   `json:"id"`
	Level      string   `json:"level"`
	Source     string   `json:"source"`
	Title      string   `json:"title"`
	Techniques []string `json:"techniques"`
	Findings   int64    `json:"findings,omitempty"` // of the case
	Events     int64    `json:"events,omitempty"`
}

// rows are what is looked for, and of a case also what it has findings of and is not known here.
func (l *rulesListCmd) rows(look *detection) (rows []ruleRow, err error) {
	uses := map[string]ruleRow{}
	if l.Case != "" {
		if uses, err = usesOf(l.Case, &rows); err != nil {
			return nil, err
		}
	}
	others := rows
	rows = nil
	for _, d := range look.detectors {
		use := uses[d.ID]
		rows = append(rows, ruleRow{d.ID, look.levelOf(d), look.sourceOf(d.ID), d.Title, append([]string{}, d.Techniques...), use.Findings, use.Events})
	}
	for _, r := range others {
		if !slices.ContainsFunc(rows, func(x ruleRow) bool { return x.ID == r.ID }) {
			rows = append(rows, r)
		}
	}
	if l.Case != "" {
		slices.SortStableFunc(rows, func(a, b ruleRow) int {
			return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(b.Events, a.Events))
		})
	}
	return rows, nil
}

// usesOf reads what a case has found, and adds rows of it.
func usesOf(name string, rows *[]ruleRow) (map[string]ruleRow, error) {
	if !isCase(name) {
		return nil, noCase(name)
	}
	m, err := report.ReadModel(name)
	if err != nil {
		return nil, usage("--case %s: %w", name, err)
	}
	uses := map[string]ruleRow{}
	for _, r := range m.Findings.ByDetector {
		row := ruleRow{r.Detector, r.Severity.String(), "not loaded here", r.Title, []string{}, r.Findings, r.Events}
		uses[r.Detector] = row
		*rows = append(*rows, row)
	}
	return uses, nil
}

type rulesShowCmd struct {
	ID string `arg:"" help:"ID of a detector or rule: its name, or a rule's UUID."`
	ruleFlags
	formatFlag
	YAML bool `help:"Print the rule's file instead."`
}

// Help implements kong.HelpProvider.
func (rulesShowCmd) Help() string {
	return "Examples: coldtrail rules show denied-burst\n          coldtrail rules show ec2-root-volume-replaced --yaml"
}

// Run implements the command.
func (s *rulesShowCmd) Run(c *console) error {
	look, err := s.load(c)
	if err != nil {
		return err
	}
	id := strings.ToLower(s.ID)
	i := slices.IndexFunc(look.detectors, func(d *detect.Detector) bool {
		r := look.ruleOf[d.ID]
		return d.ID == id || r != nil && strings.EqualFold(r.ID, id)
	})
	if i < 0 {
		return absent("no detector or rule has the ID %s; see coldtrail rules", s.ID)
	}
	d := look.detectors[i]
	if s.YAML {
		return s.file(c.out, look, d.ID)
	}
	if s.Format == "json" {
		return c.json(shownRule(look, d))
	}
	return show(c.text(), look, d)
}

// file prints the text of a rule.
func (s *rulesShowCmd) file(w io.Writer, look *detection, id string) error {
	r := look.ruleOf[id]
	if r == nil {
		return &exitError{exitNoResult, fmt.Errorf("%s is written in Go: it has no file of its own", id)}
	}
	for _, f := range look.ruleFiles {
		if f.Name == r.File {
			_, err := io.WriteString(w, visibleLines(string(f.Data)))
			return err
		}
	}
	return &exitError{exitNoResult, fmt.Errorf("file %s: not there any more", r.File)}
}

// show prints what a detector says of itself.
func show(w io.Writer, look *detection, d *detect.Detector) error {
	var b strings.Builder
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s%s\n", label, report.Terminal(fmt.Sprintf(format, args...)))
	}
	line("Title", "%s", d.Title)
	line("ID", "%s", d.ID)
	line("Level", "%s", look.levelOf(d))
	line("Source", "%s", look.sourceOf(d.ID))
	for i, t := range techniques(d.Techniques) {
		label := ""
		if i == 0 {
			label = "Techniques"
		}
		line(label, "%s", t)
	}
	for i, t := range d.Thresholds {
		label := ""
		if i == 0 {
			label = "Thresholds"
		}
		line(label, "%s: %g %s (%s)", t.Name, t.Default, t.Unit, t.Source)
	}
	meaning := strings.Join(strings.Fields(d.Doc), " ")
	if r := look.ruleOf[d.ID]; r != nil {
		meaning = strings.Join(strings.Fields(r.Description), " ")
		line("UUID", "%s", r.ID)
		line("Status", "%s", r.Status)
		for _, x := range r.References {
			line("Reference", "%s", x)
		}
		for _, n := range r.Notes {
			line("Note", "%s", n)
		}
		fmt.Fprintf(&b, "\nMeaning\n%s\n", wrapped(meaning))
		if len(r.FalsePositives) > 0 {
			fmt.Fprintf(&b, "\nInnocent causes\n")
		}
		for _, x := range r.FalsePositives {
			fmt.Fprintf(&b, "%s\n", wrapped("- "+x))
		}
	} else {
		fmt.Fprintf(&b, "\nMeaning, and innocent causes\n%s\n", wrapped(meaning))
	}
	if d.Next != "" {
		fmt.Fprintf(&b, "\nNext\n%s\n", wrapped(strings.Join(strings.Fields(d.Next), " ")))
	}
	for _, x := range []struct {
		what string
		all  [][]string
	}{{"Found are, for example", d.Hits}, {"Not found are, for example", d.Misses}} {
		if len(x.all) > 0 {
			fmt.Fprintf(&b, "\n%s\n", x.what)
		}
		for _, events := range x.all {
			for i, e := range events {
				mark := "- "
				if i > 0 {
					mark = "  "
				}
				fmt.Fprintf(&b, "%s%s\n", mark, report.Terminal(strings.Join(strings.Fields(e), " ")))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// visibleLines escapes a text for the terminal, but for its line breaks.
func visibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = report.Terminal(lines[i])
	}
	return strings.Join(lines, "\n")
}

// wrapped breaks a text of a rule into lines for the terminal.
func wrapped(text string) string {
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(report.Terminal(text)) {
		switch {
		case n == 0:
		case n+1+len(word) > 100:
			b.WriteByte('\n')
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += len(word)
	}
	return b.String()
}
