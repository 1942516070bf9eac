package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Print lists the incidents, as text for a terminal or as JSON.
func (all *Incidents) Print(w io.Writer, format string, screen Screen) error {
	if format == "json" {
		return writeJSON(w, all)
	}
	return all.writeText(w, screen)
}

// Print tells the incident, as text for a terminal or as JSON.
func (in *Incident) Print(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, in)
	}
	return in.writeText(w)
}

func (all *Incidents) writeText(w io.Writer, screen Screen) error {
	out := bufio.NewWriter(w)
	if len(all.Rows) == 0 {
		fmt.Fprintf(out, "No incident: %s\n", all.none())
	}
	for i := range all.Rows {
		in := &all.Rows[i]
		fmt.Fprintf(out, "%3d  %s score %3d  %s, %s\n     %s\n", in.Number, screen.Severity(in.Severity, fmt.Sprintf("%-13s", in.Severity)), in.Score.Total, in.Span.during(), plural(in.Counts.Events+in.Untold, "event"), Terminal(in.Title))
	}
	if all.More > 0 {
		fmt.Fprintf(out, "%s of lower score are not told.\n", plural(int64(all.More), "further incident"))
	}
	fmt.Fprintln(out)
	for _, l := range all.Limits {
		fmt.Fprintf(out, "* %s\n", Terminal(l))
	}
	return out.Flush()
}

// An incidentText writes one incident for a terminal.
type incidentText struct {
	*bufio.Writer
	*Incident
}

func (in *Incident) writeText(w io.Writer) error {
	t := incidentText{bufio.NewWriter(w), in}
	fmt.Fprintf(t, "Incident %d (%s)\n%s\n\n", in.Number, Terminal(in.ID), Terminal(in.Title))
	t.line("Severity", in.severityWords())
	t.line("Status", in.statusWords())
	t.line("Time", in.Span.during())
	t.line("Events", in.eventWords())
	t.line("Accounts", strings.Join(in.Accounts, ", "))
	t.credentials()
	t.addresses()
	t.chain()
	t.findings()
	t.title("What happened")
	t.sentences(in.Narrative)
	t.news()
	t.list("Open questions", in.Questions)
	t.steps()
	return t.Flush()
}

func (t *incidentText) line(label, text string) { fmt.Fprintf(t, "%-9s %s\n", label, Terminal(text)) }

func (t *incidentText) title(s string) { fmt.Fprintf(t, "\n%s\n", s) }

func (t *incidentText) sentences(all []Sentence) {
	for i := range all {
		fmt.Fprintf(t, "  - %s\n    %s\n", Terminal(all[i].Text), Terminal(all[i].cited()))
	}
}

func (t *incidentText) news() {
	if len(t.New) > 0 {
		t.title(newTitle)
		t.sentences(t.New)
	}
}

func (t *incidentText) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	t.title(title)
	for _, l := range lines {
		fmt.Fprintf(t, "  - %s\n", Terminal(l))
	}
}

// words lists the parts of a score.
func (s *Score) words() string {
	var parts []string
	for _, p := range s.Parts {
		parts = append(parts, fmt.Sprintf("%d for %s", p.Points, p.What))
	}
	return strings.Join(parts, ", ")
}

// statusWords says what is held of the incident, and by whom.
func (in *Incident) statusWords() string {
	if in.Because == "" {
		return string(in.Status) + ": coldtrail proposes it, nobody has judged it"
	}
	return string(in.Status) + ", because of a judgement: " + in.Because
}

// eventWords counts the events by outcome.
func (in *Incident) eventWords() string {
	s := fmt.Sprintf("%s: %s succeeded, %s denied, %s failed", number(in.Counts.Events+in.Untold), number(in.Counts.Succeeded), number(in.Counts.Denied), number(in.Counts.Failed))
	if in.Untold > 0 {
		s += fmt.Sprintf(", %s not looked at in full", number(in.Untold))
	}
	return s
}

// cited names the events of a sentence.
func (s *Sentence) cited() string {
	text := "[" + strings.Join(s.Events, " ")
	if s.More > 0 {
		text += fmt.Sprintf(" and %s more", number(s.More))
	}
	return text + "]"
}

// words describes a credential in a line.
func (c *IncidentCredential) words() string {
	text := c.name() + ": " + plural(c.Events, "event") + " of the incident"
	if c.All > c.Events {
		text += " of " + number(c.All) + " in the evidence"
	}
	if c.By != nil {
		text += fmt.Sprintf("; from %s at %s (%s, %s)", quoteName(c.By.Name), clockOf(c.By.Time), c.Tie, c.By.ID)
	}
	if !c.Expires.IsZero() {
		text += "; expires " + clockOf(c.Expires)
	}
	if c.Alive {
		text += ", after the evidence ends"
	}
	if n := int64(len(c.Keys) + c.MoreKeys); n > 0 {
		text += "; with " + plural(n, "further key")
	}
	if c.Status != "" {
		text += "; judged: " + c.Status
	}
	return text
}

func (t *incidentText) credentials() {
	t.title("Credentials")
	for i := range t.Credentials {
		c := &t.Credentials[i]
		fmt.Fprintf(t, "  %s- %s\n", strings.Repeat("  ", t.depth(i)), Terminal(c.words()))
	}
	t.more(t.MoreCredentials, "credential")
}

// depth is how many credentials of the incident a credential came from.
func (in *Incident) depth(i int) (n int) {
	for n < 20 && in.Credentials[i].Parent >= 0 && in.Credentials[i].Parent < i {
		i = in.Credentials[i].Parent
		n++
	}
	return n
}

// more says how many of a list found no room.
func (t *incidentText) more(n int, of string) {
	if n > 0 {
		fmt.Fprintf(t, "  %s\n", andMore(n, of))
	}
}

// andMore ends a list that has room for no more.
func andMore(n int, of string) string {
	if n != 1 && strings.HasSuffix(of, "s") {
		of += "e"
	}
	return "and " + plural(int64(n), of) + " more"
}

func (t *incidentText) addresses() {
	t.title("Source addresses")
	for i := range t.Addresses {
		a := &t.Addresses[i]
		note := ""
		if a.Note != "" {
			note = "; " + a.Note
		}
		fmt.Fprintf(t, "  - %s: %s, %s%s\n", Terminal(a.Value), plural(a.Events, "event"), a.Span.during(), Terminal(note))
	}
	t.more(t.MoreAddresses, "address")
}

// words describes a tactic in a line.
func (r *TacticReached) words() string {
	text := fmt.Sprintf("%s (%s): first %s at %s [%s], %s", r.Tactic, strings.Join(r.Techniques, ", "), quoteName(r.First.Name), clockOf(r.First.Time), r.First.ID, plural(r.Events, "event"))
	if r.Attempted {
		text += ", none of which succeeded"
	}
	return text
}

func (t *incidentText) chain() {
	t.title("Kill-chain, by the first event of each tactic (order within one second is not known)")
	for i := range t.Tactics {
		fmt.Fprintf(t, "  %2d. %s\n", i+1, Terminal(t.Tactics[i].words()))
	}
}

// words describes a finding in a line.
func (f *IncidentFinding) words() string {
	count := plural(int64(f.Events), "event")
	why := strings.TrimSuffix(f.Why, " ("+count+")") // many say both themselves
	if rest, ok := strings.CutPrefix(why, f.Title); ok {
		why = strings.TrimPrefix(rest, ": ")
	}
	if why != "" {
		why = ": " + why
	}
	return fmt.Sprintf("%s, %s: %s, %s%s", f.Severity, f.Detector, f.Title, count, why)
}

func (t *incidentText) findings() {
	t.title("Findings")
	for i := range t.Findings {
		fmt.Fprintf(t, "  - %s\n", Terminal(t.Findings[i].words()))
	}
	if t.MoreFinding > 0 {
		fmt.Fprintf(t, "  and %s more in findings.jsonl\n", number(int64(t.MoreFinding)))
	}
}

func (t *incidentText) steps() {
	t.title(t.stepsTitle() + ", in this order; verify the current state before each step")
	for i := range t.Steps {
		s := &t.Steps[i]
		fmt.Fprintf(t, "  %2d. %s: %s\n", i+1, s.Phase, Terminal(s.Why))
		if len(s.Events) > 0 {
			fmt.Fprintf(t, "      events: %s\n", Terminal(strings.Join(s.Events, " ")))
		}
		if s.Verify != "" {
			fmt.Fprintf(t, "      %s\n", Terminal(s.Verify))
		}
		for _, run := range s.Run {
			fmt.Fprintf(t, "      $ %s\n", Terminal(run))
		}
		if s.Note != "" {
			fmt.Fprintf(t, "      %s\n", Terminal(s.Note))
		}
	}
}
