package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// Integrity is what the report says of the evidence's digest files.
type Integrity struct {
	integrity.Totals
	Statement []string           `json:"statement"` // to be read aloud
	Chains    []*integrity.Chain `json:"chains"`
	More      int                `json:"more_chains,omitempty"` // listed in integrity.jsonl
	Wrong     []WrongFile        `json:"wrong,omitempty"`       // the first of Failures
	// Unnamed are the first of those logs that no digest names although digests cover their time.
	Unnamed []WrongFile `json:"unnamed,omitempty"`
	// Revision says which judging it is, from 2 on; 0: that of the run over the evidence.
	Revision int `json:"revision,omitempty"`
}

// file is the case's file that has a line of every digest and log.
func (i *Integrity) file() string {
	if i.Revision > 1 {
		return integrityRevision(i.Revision, "jsonl")
	}
	return integrityFile
}

// shownChains is how many chains the report has.
const shownChains = 1000

// NewIntegrity sums up what was judged; nil: the evidence has no digest.
func NewIntegrity(judged *integrity.Result, names scan.Objects) (*Integrity, error) {
	if judged == nil {
		return nil, nil
	}
	i := &Integrity{Totals: judged.Totals, Chains: judged.Chains}
	if n := len(i.Chains); n > shownChains {
		i.Chains, i.More = i.Chains[:shownChains], n-shownChains
	}
	i.Statement = i.statement()
	var err error
	i.Wrong, i.Unnamed, err = wrongFiles(judged, names)
	return i, err
}

// Failed reports whether something is wrong.
func (i *Integrity) Failed() bool { return i != nil && i.Failures > 0 }

// Text writes what the digests prove: sentences, then a table of the chains with their windows. Nothing in it can steer a terminal.
func (i *Integrity) Text(w io.Writer) error {
	var b bytes.Buffer
	for _, s := range i.Statement {
		b.WriteString(Terminal(s) + "\n")
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"What is wrong:", i.wrongLines()}, {unnamedTitle + ":", i.unnamedLines()}} {
		if list.lines != nil {
			b.WriteString("\n" + list.title + "\n")
		}
		for _, l := range list.lines {
			b.WriteString("  " + Terminal(l) + "\n")
		}
	}
	for _, c := range i.Chains {
		b.WriteString("\n" + Terminal(chainTitle(c)) + "\n")
		for _, l := range chainLines(c) {
			b.WriteString("  " + Terminal(l) + "\n")
		}
	}
	if i.More > 0 {
		fmt.Fprintf(&b, "\nand %s; %s has all\n", plural(int64(i.More), "more chain"), i.file())
	}
	_, err := w.Write(b.Bytes())
	return err
}

func chainTitle(c *integrity.Chain) string {
	title := fmt.Sprintf("Chain %d: account %s, region %s, trail %s of %s", c.Number, c.Account, c.Region, c.Trail, c.Home)
	if c.Backfill {
		title += " (backfill)"
	}
	return title
}

// chainLines are what the table has of a chain.
func chainLines(c *integrity.Chain) (lines []string) {
	v := newChainView(c)
	lines = append(lines, "in "+v.Places)
	lines = append(lines, "digests: "+v.Digests+"; logs: "+v.Logs)
	for _, w := range v.Windows {
		lines = append(lines, w.From+" – "+w.To+"  "+w.Text)
	}
	if v.More != "" {
		lines = append(lines, v.More)
	}
	return append(lines, v.End)
}

// A ChainView is a chain in words.
type ChainView struct {
	Title, Places, Digests, Logs string
	Windows                      []ChainWindow
	More                         string // windows that are not listed; "": all are
	End                          string
}

// A ChainWindow is a span of a chain in words.
type ChainWindow struct {
	From, To, Text string
	State          string // see integrity.Span
}

func newChainView(c *integrity.Chain) *ChainView {
	v := &ChainView{Title: chainTitle(c), Places: strings.Join(c.Places, ", "), Digests: counts(c.Digests), Logs: counts(c.Logs)}
	for i := range c.Spans {
		s := &c.Spans[i]
		v.Windows = append(v.Windows, ChainWindow{windowTime(s.From), windowTime(s.To), spanText(s), s.State})
	}
	if c.More > 0 {
		v.More = fmt.Sprintf("and %s before these", plural(c.More, "span"))
	}
	v.End = "the chain ends at " + windowTime(c.Last) + ": whether digests followed cannot be told from the copy"
	if c.Last.IsZero() {
		v.End = "no digest of it is in this copy"
	}
	return v
}

// Views are the chains in words.
func (i *Integrity) Views() (all []*ChainView) {
	for _, c := range i.Chains {
		all = append(all, newChainView(c))
	}
	return all
}

func windowTime(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format(time.RFC3339)
}

func spanText(s *integrity.Span) string {
	switch s.State {
	case integrity.SpanAbsent:
		text := "ABSENT: digests of this time are not in this copy"
		if s.Named > 0 {
			text += fmt.Sprintf(" (at least %s)", number(s.Named))
		}
		return text
	case integrity.SpanGap:
		return "gap: no digest covers this time, which says nothing of whether there were logs"
	}
	return fmt.Sprintf("%s (%s)", s.State, plural(s.Count, "digest"))
}

// verdictOrder is the order in which counts are shown.
var verdictOrder = []integrity.Verdict{
	integrity.Signed, integrity.Anchored, integrity.Linked, integrity.Unverified, integrity.Verified, integrity.Consistent, integrity.Uncovered,
	integrity.Invalid, integrity.Modified, integrity.Absent, integrity.Unreadable,
}

func counts(m map[string]int64) string {
	var parts []string
	for _, v := range verdictOrder {
		if n := m[string(v)]; n > 0 {
			word := string(v)
			if v == integrity.Absent {
				word = "not in this copy"
			}
			parts = append(parts, number(n)+" "+word)
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// noDigests is said where there is nothing by which integrity could be judged: silence would pass for a good result.
const noDigests = "The evidence has no digest file: nothing can be verified."

// line is the terminal's.
func (i *Integrity) line() string {
	if i == nil {
		return "not verified: the evidence has no digest file"
	}
	digests, logs := sum(i.Digests)-i.Digests[string(integrity.Absent)], sum(i.Logs)-i.Logs[string(integrity.Absent)]
	s := fmt.Sprintf("%s of %s proved, %s of %s verified", number(sum(i.Digests, integrity.Signed, integrity.Anchored)), plural(digests, "digest file"),
		number(i.Logs[string(integrity.Verified)]), plural(logs, "log file"))
	if i.Failures > 0 {
		return s + "; WRONG: " + plural(i.Failures, "file") + ", see Integrity in report.md"
	}
	if i.Keys == 0 {
		s += " (no --public-keys)"
	}
	return s
}

func (i *Integrity) markdown(p page) {
	p.head("## Integrity")
	if i == nil {
		p.para(noDigests)
		return
	}
	for _, s := range i.Statement {
		if rest, wrong := strings.CutPrefix(s, "WRONG: "); wrong {
			s = "**WRONG:** " + rest
		}
		p.item(s)
	}
	p.WriteByte('\n')
	if len(i.Wrong) > 0 {
		p.table("What is wrong,File,Why", len(i.Wrong), func(n int) []string {
			w := &i.Wrong[n]
			return []string{w.Kind(), Code(w.File), prose(w.About())}
		}, i.MoreWrong())
	}
	if len(i.Unnamed) > 0 {
		p.table(unnamedTitle, len(i.Unnamed), func(n int) []string { return []string{Code(i.Unnamed[n].File)} }, i.MoreUnnamed())
	}
	p.table("Chain,Digests,Logs,From,To,State", i.rows(), func(n int) []string {
		c, s := i.row(n)
		return []string{Code(chainTitle(c)), counts(c.Digests), counts(c.Logs), windowTime(s.From), windowTime(s.To), spanText(s)}
	}, "")
	p.para("Of every digest and log: " + i.file() + ". That a chain ends does not say that no digest followed.")
}

// rows is how many spans the chains have.
func (i *Integrity) rows() (n int) {
	for _, c := range i.Chains {
		n += len(c.Spans)
	}
	return n
}

// row is the n-th span of all chains.
func (i *Integrity) row(n int) (*integrity.Chain, *integrity.Span) {
	for _, c := range i.Chains {
		if n < len(c.Spans) {
			return c, &c.Spans[n]
		}
		n -= len(c.Spans)
	}
	return nil, nil
}
