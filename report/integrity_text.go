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
	i.Wrong, err = wrongFiles(judged, names)
	return i, err
}

// Failed reports whether something is wrong.
func (i *Integrity) Failed() bool { return i != nil && i.Failures > 0 }

// sum adds up the counts of some verdicts.
func sum(m map[string]int64, verdicts ...integrity.Verdict) (n int64) {
	if len(verdicts) == 0 {
		for _, c := range m {
			n += c
		}
	}
	for _, v := range verdicts {
		n += m[string(v)]
	}
	return n
}

// statement says in sentences what the digests prove.
func (i *Integrity) statement() (s []string) {
	say := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	digests, logs := sum(i.Digests)-i.Digests[string(integrity.Absent)], sum(i.Logs)-i.Logs[string(integrity.Absent)]
	signs := sum(i.Signs)
	if digests == 0 && signs == 0 {
		say("The evidence has no digest file: nothing can be verified.")
		return s
	}
	if digests > 0 {
		i.sayDigests(say, digests, logs)
	} else {
		say("The evidence has no digest file: no log file can be verified.")
	}
	if signs+sum(i.Results) > 0 {
		i.sayResults(say, signs)
	}
	i.wrong(say)
	if i.Beyond > 0 {
		say("%s before the copy's first digest, or after its last, and are not in it, as in any copy of a span of time.", liesLie(i.Beyond))
	}
	if len(i.Unused) > 0 {
		say("No digest or log lies where a copy of the bucket %s was said to be (--bucket).", strings.Join(i.Unused, ", "))
	}
	if i.Keys == 0 {
		say("No public key was given (--public-keys): no signature could be checked.")
	} else {
		say("Signatures verify under %s that the examiner supplied; whether these are CloudTrail's is not proved here.", plural(int64(i.Keys), "public key"))
	}
	return s
}

// sayResults says what is proved of query results of CloudTrail Lake.
func (i *Integrity) sayResults(say func(format string, args ...any), signs int64) {
	say("Of %s of CloudTrail Lake %s signed; of %s %s verified: the file has a hash that is signed. Their names are not signed.", plural(signs, "sign file"), isAre(i.Signs["signed"]),
		plural(sum(i.Results)-i.Results["absent"], "query result"), isAre(i.Results["verified"]))
	if n := i.Signs["unverified"]; n > 0 {
		say("Of the sign files %s unverified: no usable key for them was given.", isAre(n))
	}
	if n := i.Results["consistent"]; n > 0 {
		say("Of the query results %s with a sign file that is not itself proved.", agrees(n))
	}
	if n := i.Results["uncovered"]; n > 0 {
		say("Of the query results %s named by no sign file beside them that can be relied on.", isAre(n))
	}
	if n := i.Results["unreadable"] + i.Signs["unreadable"]; n > 0 {
		say("Of the query results and sign files %s not read.", wasWere(n))
	}
}

func (i *Integrity) sayDigests(say func(format string, args ...any), digests, logs int64) {
	proved := sum(i.Digests, integrity.Signed, integrity.Anchored)
	say("Of %s %s proved: %s by a signature, %s by the hash in a digest that is proved.", plural(digests, "digest file"), isAre(proved), number(i.Digests["signed"]), number(i.Digests["anchored"]))
	if n := i.Digests["linked"] + i.Digests["unverified"]; n > 0 {
		say("%s not proved: %s.", isAre(n), i.whyUnproved())
	}
	say("Of %s %s verified: the content has the hash that a proved digest names.", plural(logs, "log file"), isAre(i.Logs["verified"]))
	if n := i.Logs["consistent"]; n > 0 {
		say("%s with a digest that is not itself proved.", agrees(n))
	}
	if n := i.Logs["uncovered"]; n > 0 {
		say("%s named by no digest in this copy: %s.", isAre(n), i.whereUncovered())
	}
	if n := i.Logs["unreadable"] + i.Digests["unreadable"] - i.NotHashed; n > 0 {
		say("%s not read.", wasWere(n))
	}
	if n := i.NotHashed; n > 0 {
		say("%s read before there was a digest that names the file, and no hash of the content was kept: for that: analyze the evidence together.", wasWere(n))
	}
}

// wrong says what is wrong, or that nothing is.
func (i *Integrity) wrong(say func(format string, args ...any)) {
	if i.Failures == 0 {
		say("Nothing that could be verified is modified, invalid, or missing inside the span of this copy.")
		return
	}
	if n := i.Digests["invalid"]; n > 0 {
		say("WRONG: %s invalid.", isAreOf(n, "digest file"))
	}
	if n := i.Logs["modified"]; n > 0 {
		say("WRONG: %s modified: the content is not what a digest names.", isAreOf(n, "log file"))
	}
	if n := i.Digests["absent"] + i.Logs["absent"]; n > 0 {
		say("WRONG: %s named by digests and not in this copy (%s, %s).", isAreOf(n, "file"), plural(i.Digests["absent"], "digest"), plural(i.Logs["absent"], "log"))
	}
	if n := i.Notes[integrity.TrailingData]; n > 0 {
		say("WRONG: to %s something was appended, which nothing signs.", plural(n, "file"))
	}
	if n := i.Notes[integrity.LinkMismatch]; n > 0 {
		say("WRONG: what %s of the digest before is not so.", saysSay(n))
	}
	if n := i.Notes[integrity.TooMany]; n > 0 {
		say("WRONG: of %s not all that digests say could be looked at: there are more of these than CloudTrail writes.", plural(n, "file"))
	}
	if n := i.Signs["invalid"]; n > 0 {
		say("WRONG: of the sign files of CloudTrail Lake %s invalid.", isAre(n))
	}
	if n := i.Results["modified"]; n > 0 {
		say("WRONG: %s modified: the file is not what was signed.", isAreOf(n, "query result"))
	}
	if n := i.Results["absent"]; n > 0 {
		say("WRONG: %s named by sign files and not in this copy.", isAreOf(n, "query result"))
	}
}

func isAre(n int64) string {
	if n == 1 {
		return "1 is"
	}
	return number(n) + " are"
}

func isAreOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return plural(n, noun) + " are"
}

func wasWere(n int64) string {
	if n == 1 {
		return "1 was"
	}
	return number(n) + " were"
}

func agrees(n int64) string {
	if n == 1 {
		return "1 agrees"
	}
	return number(n) + " agree"
}

func liesLie(n int64) string {
	if n == 1 {
		return "1 file that digests name lies"
	}
	return number(n) + " files that digests name lie"
}

func saysSay(n int64) string {
	if n == 1 {
		return "1 digest says"
	}
	return number(n) + " digests say"
}

// whyUnproved says why digests are not proved.
func (i *Integrity) whyUnproved() string {
	var heads int64
	for _, c := range i.Chains {
		heads += c.Unproved
	}
	if heads > 0 && i.Keys > 0 {
		return "the newest of a chain, and the last one before a gap or an absent digest, have their signatures in S3 only (give head-object's answer with --sidecar)"
	}
	if i.Keys > 0 {
		return "no key for them was given, or no signature is known"
	}
	return "there is no key to check signatures with"
}

func (i *Integrity) whereUncovered() string {
	var parts []string
	for _, p := range []struct {
		where integrity.Where
		text  string
	}{
		{integrity.Inside, "inside windows of digests that do not name them"}, {integrity.InGap, "in gaps between digests"},
		{integrity.Before, "before the first digest"}, {integrity.After, "after the last digest"}, {integrity.NoChain, "where there are no digests"},
	} {
		if n := i.Where[string(p.where)]; n > 0 {
			parts = append(parts, number(n)+" "+p.text)
		}
	}
	return strings.Join(parts, ", ")
}

// Text writes what the digests prove: sentences, then a table of the chains with their windows. Nothing in it can steer a terminal.
func (i *Integrity) Text(w io.Writer) error {
	var b bytes.Buffer
	for _, s := range i.Statement {
		b.WriteString(Terminal(s) + "\n")
	}
	if lines := i.wrongLines(); lines != nil {
		b.WriteString("\nWhat is wrong:\n")
		for _, l := range lines {
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
		fmt.Fprintf(&b, "\nand %s; integrity.jsonl has all\n", plural(int64(i.More), "more chain"))
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

// line is the terminal's.
func (i *Integrity) line() string {
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
	if i == nil {
		return
	}
	p.head("## Integrity")
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
	p.table("Chain,Digests,Logs,From,To,State", i.rows(), func(n int) []string {
		c, s := i.row(n)
		return []string{Code(chainTitle(c)), counts(c.Digests), counts(c.Logs), windowTime(s.From), windowTime(s.To), spanText(s)}
	}, "")
	p.para("Of every digest and log: integrity.jsonl. That a chain ends does not say that no digest followed.")
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
