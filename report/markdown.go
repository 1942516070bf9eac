package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// rowsShown is how many rows of a table report.md shows; the rest is in
// report.json, and the table says so.
const rowsShown = 50

// A page writes Markdown. Errors are the bufio.Writer's, which are sticky.
type page struct{ *bufio.Writer }

// Markdown writes the model as report.md. It is for reading, as plain text too;
// values of the evidence stand in code spans.
func (m *Model) Markdown(w io.Writer) error {
	p := newPage(w)
	p.head("# Forensic Report " + Markdown(m.ID))
	p.para("This report lists suspected activity in AWS CloudTrail evidence. Whatever it calls suspected or suspicious is so because a finding points to it; " +
		"to confirm or to reject it is the examiner's part. " + m.followed() + "All times are UTC. Counts are of distinct events: copies of one event count once.")
	m.status(p)
	p.head("## 1. Forensic Report id")
	p.para(Code(m.ID))
	m.accounts(p)
	m.timeframe(p)
	m.credentials(p)
	m.events(p)
	m.sources(p)
	m.actions(p)
	m.data(p)
	m.persistence(p)
	m.defences(p)
	m.ledgers(p)
	m.responders(p)
	m.judged(p)
	m.incidents(p)
	m.findings(p)
	m.Detection.markdown(p)
	m.coverage(p)
	m.Integrity.markdown(p)
	m.next(p)
	p.head("## Limits of this report")
	for _, s := range m.Limits {
		p.item(prose(s))
	}
	return p.Flush()
}

func newPage(w io.Writer) page { return page{bufio.NewWriter(w)} }

// head begins a section.
func (p page) head(s string) { fmt.Fprintf(p, "%s\n\n", s) }

func (p page) para(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	fmt.Fprintf(p, "%s\n\n", format)
}

func (p page) item(s string) { fmt.Fprintf(p, "- %s\n", s) }

// table writes a table of which row(i) makes the i-th of n rows, whose cells
// are Markdown. rest says what the table's source could not hold.
func (p page) table(columns string, n int, row func(int) []string, rest string) {
	if n == 0 && rest == "" {
		p.para("None.")
		return
	}
	names := strings.Split(columns, ",")
	fmt.Fprintf(p, "| %s |\n|%s\n", strings.Join(names, " | "), strings.Repeat(" --- |", len(names)))
	for i := range min(n, rowsShown) {
		fmt.Fprintf(p, "| %s |\n", strings.Join(row(i), " | "))
	}
	p.WriteByte('\n')
	if n > rowsShown {
		p.para("+%s more in report.json.", number(int64(n-rowsShown)))
	}
	if rest != "" {
		p.para("%s", rest)
	}
}

// beyond says how many events a table did not tell apart.
func beyond(events int64, what string) string {
	if events == 0 {
		return ""
	}
	return fmt.Sprintf("Further %s, with %s, were too many to tell apart here: see timeline.csv.", what, plural(events, "event"))
}

// othersWith names what a list has no room for.
func othersWith(events int64) string { return "others with " + plural(events, "event") }

// prose is a sentence, wherever its line breaks were.
func prose(s string) string { return Markdown(strings.Join(strings.Fields(s), " ")) }

func (m *Model) accounts(p page) {
	p.head("## 2. Account")
	p.para("The accounts in evidence. Affected are those with events by suspects: in findings that accuse, or by suspected identities.")
	rows := slices.Clone(m.Account.InEvidence)
	first(rows, (*AccountRow).affected)
	p.table("Account,Affected,By suspects,All events,First and last", len(rows), func(i int) []string {
		r := &rows[i]
		return []string{Code(r.Account), yes(r.affected()), number(r.Suspicious), number(r.Events), r.during()}
	}, beyond(m.Account.OtherEvents, "accounts"))
}

// incidentsTold is what Incidents.during is about.
const incidentsTold = "Events of the incidents, without what is taken for an owner's ordinary use"

func (m *Model) timeframe(p page) {
	p.head("## 3. Timeframe")
	t := &m.Timeframe
	p.item("Suspicious events: " + t.Suspicious.during())
	if told := m.Incidents.during(); !told.First.IsZero() {
		p.item(incidentsTold + m.Incidents.untold() + ": " + told.during())
	}
	p.item("All activity of the suspected identities: " + t.Suspects.during())
	if !t.Confirmed.First.IsZero() {
		p.item("Of this, what an examiner holds malicious: " + t.Confirmed.during())
	}
	p.item("Evidence: " + t.Evidence.during())
	if t.Implausible > 0 {
		var ids []string
		for _, e := range t.Examples {
			ids = append(ids, Code(e.EventID)+" at "+moment(e.Time))
		}
		p.item(fmt.Sprintf("%s with an implausible time, left out of these: %s%s", plural(t.Implausible, "event"), strings.Join(ids, ", "),
			more(t.Implausible-int64(len(ids)), "in timeline.csv")))
	}
	p.WriteByte('\n')
}

// more says how many further values there are, and where.
func more(n int64, where string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (+%s more %s)", number(n), where)
}

// credentialsNote says what is not proven.
const credentialsNote = "What is listed here is suspected, until an examiner's judgement (coldtrail mark) says otherwise."

// byAddressNote says what little ties identities to a finding, and how it may be more.
const byAddressNote = "No finding that accuses anybody names these; they share a source address with one. Where a key was handed out by a suspect (see above), or the principal is a suspect's too, more ties them to it: look at them as further means of the same hand."

func (m *Model) credentials(p page) {
	p.head("## 4. Compromised Credentials (" + m.Credentials.heading() + ")")
	c := &m.Credentials
	p.para("The heading is this form's name for the field. " + credentialsNote)
	if len(c.Suspected) == 0 {
		p.para("None suspected.")
	}
	if len(c.Suspected) > 0 {
		p.para("Each with the severest finding that names it, and in that order; of equals, the one used first comes first.")
	}
	for i := range min(len(c.Suspected), rowsShown) {
		c.Suspected[i].describe(p)
	}
	if n := len(c.Suspected) - rowsShown; n > 0 {
		p.para("+%s in report.json.", plural(int64(n), "more suspected credential"))
	}
	if s := beyond(c.OtherEvents, "suspected identities"); s != "" {
		p.para("%s", s)
	}
	if c.FurtherSuspects > 0 {
		p.para("The findings name at least %s of credentials, principals or addresses that are not followed here: see the events in findings.jsonl.", plural(c.FurtherSuspects, "further value"))
	}
	rest := ""
	if c.OtherIssued > 0 {
		rest = fmt.Sprintf("+%s that handed out credentials: see timeline.csv.", plural(c.OtherIssued, "more event"))
	}
	if len(c.Issued) > 0 || rest != "" {
		p.para("**Handed out** to or by suspected identities, or from a suspected address. Those that are not suspected themselves were not followed; search for them in timeline.csv, column credential.")
		p.table("Credential,Suspected,By event,Time,Made with,Expires,State changes", len(c.Issued), func(i int) []string {
			r := &c.Issued[i]
			return []string{Code(r.Credential), yes(r.Suspected), Code(r.By.Event) + " " + Code(r.By.EventID), moment(r.By.Time), Code(r.By.who()), Code(r.Expires), changes(r.StateChanges, 0)}
		}, rest)
	}
	if len(c.ByAddress) > 0 || c.OtherByAddress > 0 {
		p.para("**Linked by address only.** %s", byAddressNote)
		p.table("Credential or principal,Principal,Events,Denied,First and last,Addresses", len(c.ByAddress), func(i int) []string {
			r := &c.ByAddress[i]
			return []string{Code(r.name()), r.Principals.code(3), number(r.Events), number(r.Denied), r.during(), r.Addresses.code(5)}
		}, beyond(c.OtherByAddress, "identities"))
	}
}

func (r *CredentialRow) name() string {
	if r.Credential == "" && len(r.Principals.Values) > 0 {
		return r.Principals.Values[0].Value
	}
	return r.Credential
}

func (r *CredentialRow) describe(p page) {
	what := "access key"
	switch {
	case r.Credential == "":
		what = "no access key recorded"
	case strings.HasPrefix(r.Credential, "ASIA"):
		what = "temporary session"
	}
	p.para("**%s** (%s; %s)", Code(r.name()), r.status(), what)
	r.held(p)
	if s := r.Reason; s != nil {
		p.item(fmt.Sprintf("Suspected for: %s, %s (%s, finding %s)", s.Severity, prose(orID(s.Title, s.Detector)), Code(s.Detector), Code(s.Finding)))
	}
	if r.Credential != "" {
		p.item("Principal: " + r.Principals.code(principalLimit))
	}
	p.item("Type: " + r.Types.code(principalLimit))
	p.item("First use: " + moment(r.First) + "; last use: " + moment(r.Last))
	p.item(fmt.Sprintf("Events: %s, of which %s in findings", r.Counts.text(), number(r.InFindings)))
	if len(r.Sessions.Values) > 0 {
		p.item("Session start: " + r.Sessions.code(principalLimit))
	}
	if r.Issued == nil {
		p.item("Handed out by: no event seen that names it")
	} else {
		p.item(fmt.Sprintf("Handed out by: %s %s at %s, made with %s", Code(r.Issued.By.Event), Code(r.Issued.By.EventID), moment(r.Issued.By.Time), Code(r.Issued.By.who())))
	}
	p.item("Expiry: " + r.expiry())
	if r.Credential != "" {
		p.item("Deactivation seen: " + changes(r.StateChanges, r.MoreChanges))
	}
	p.item("Source IPs: " + r.Addresses.code(10))
	p.item("User agents: " + r.UserAgents.code(5))
	p.WriteByte('\n')
}

func (r *CredentialRow) expiry() string {
	switch {
	case r.Issued != nil && r.Issued.Expires != "":
		return "as recorded, " + Code(r.Issued.Expires)
	case strings.HasPrefix(r.Credential, "AKIA"):
		return "none: an access key of a user is valid until it is deactivated or deleted"
	}
	return "not recorded"
}

func (m Mark) who() string {
	if m.Credential != "" {
		return m.Credential
	}
	return m.Principal
}

func changes(marks []Mark, further int64) string {
	if len(marks) == 0 {
		return "none"
	}
	var out []string
	for _, c := range marks {
		out = append(out, fmt.Sprintf("%s at %s (%s)", Code(c.Event), moment(c.Time), Code(c.EventID)))
	}
	return strings.Join(out, "; ") + more(further, "in timeline.csv")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// code lists up to n values.
func (l *List) code(n int) string {
	if len(l.Values) == 0 {
		return "–"
	}
	var out []string
	for _, v := range l.Values[:min(n, len(l.Values))] {
		out = append(out, fmt.Sprintf("%s (%s)", Code(v.Value), number(v.Events)))
	}
	s := strings.Join(out, ", ") + more(int64(len(l.Values)-len(out)), "in report.json")
	if l.OtherEvents > 0 {
		s += fmt.Sprintf(" (and others in %s, see timeline.csv)", plural(l.OtherEvents, "event"))
	}
	return s
}

// text writes counts as a phrase.
func (c Counts) text() string {
	return fmt.Sprintf("%s (%s succeeded, %s denied, %s failed otherwise)", number(c.Events), number(c.Succeeded), number(c.Denied), number(c.Failed))
}

// eventsNote says why numbers of events differ that a reader may add up.
const eventsNote = "The events of the incidents need not add up to the suspicious ones: an incident also has what its credentials did beside its findings, and has not what is taken for the owner's, nor what only a finding lists that sums up others (suspect-activity)."

func (m *Model) events(p page) {
	p.head("## 5. Suspicious Events")
	if m.Incidents != nil {
		p.para(eventsNote)
	}
	rows := []struct {
		what string
		c    Counts
	}{
		{"Suspicious: in findings of severity " + SuspectFrom.String() + " or above, conflicting copies apart", m.Events.Suspicious},
		{"Flagged: in findings of any severity", m.Events.Flagged},
		{"All events of the suspected identities", m.Events.Suspects},
		{"All events of the evidence", m.Events.All},
	}
	if m.Events.Confirmed.Events > 0 {
		rows = slices.Insert(rows, 3, rows[2])
		rows[3].what, rows[3].c = "Of these, confirmed: an examiner holds them malicious", m.Events.Confirmed
	}
	p.table("Events,Distinct,Succeeded,Denied,Failed otherwise", len(rows), func(i int) []string {
		c := rows[i].c
		return []string{rows[i].what, number(c.Events), number(c.Succeeded), number(c.Denied), number(c.Failed)}
	}, "")
}

func (m *Model) sources(p page) {
	p.head("## 6. Source IPs")
	const columns = "Source,In a finding,Events,Succeeded,Denied,Failed otherwise,First and last,Events of others from there"
	row := func(rows []SourceRow) func(int) []string {
		return func(i int) []string {
			r := &rows[i]
			others := "not counted"
			if r.ByOthers != nil {
				others = number(*r.ByOthers)
			}
			return []string{Code(r.Source), yes(r.InFinding), number(r.Events), number(r.Succeeded), number(r.Denied), number(r.Failed), r.during(), others}
		}
	}
	p.para("**Addresses** from which the suspected identities were used:")
	p.table(columns+",Where", len(m.SourceIPs.Addresses), func(i int) []string {
		where := m.SourceIPs.Addresses[i].Where
		if where == nil {
			return append(row(m.SourceIPs.Addresses)(i), "not known")
		}
		return append(row(m.SourceIPs.Addresses)(i), prose(where.String()))
	}, beyond(m.SourceIPs.OtherAddresses, "addresses"))
	if by := m.SourceIPs.Enrichment; len(by) > 0 {
		p.para("**Where** is what these files say of an address, and no evidence; they were built when they say, and an address may have been elsewhere at the time of an event:")
		p.table("File,Kind,Built,SHA-256", len(by), func(i int) []string {
			return []string{Code(by[i].Name), by[i].Kind, prose(cmp.Or(by[i].Built, "it does not say")), Code(by[i].SHA256)}
		}, "")
	}
	if len(m.SourceIPs.Malformed) > 0 {
		p.para("**%s**:", malformedHead)
		p.table(columns, len(m.SourceIPs.Malformed), row(m.SourceIPs.Malformed), beyond(m.SourceIPs.OtherMalformed, "malformed addresses"))
	}
	p.para("**AWS services** and other sources that are not addresses:")
	p.table(columns, len(m.SourceIPs.Services), row(m.SourceIPs.Services), beyond(m.SourceIPs.OtherServices, "services"))
}
