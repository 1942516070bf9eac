package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// List lists what is held, without what it decides: only a report knows that.
func (s *Judgements) List() *Judged {
	m := s.model()
	if m == nil {
		m = (&Judgements{}).list()
	}
	for i := range m.Rows {
		m.Rows[i].Silent = false
	}
	return m
}

// Text writes the list for a terminal.
func (m *Judged) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintln(out, Terminal(fmt.Sprintf(format, args...))) }
	for i := range m.Rows {
		j := &m.Rows[i]
		line("%s  %-9s  %s %s%s", shortID(j.ID), j.As, j.Kind, j.Subject, j.when())
		line("              %s, %s: %s", j.By, moment(j.At), j.Because)
	}
	for i := range m.Disagreements {
		d := &m.Disagreements[i]
		line("Disagreement  %s %s: %s. It counts as %s.", d.Kind, d.Name, d.text(func(s string) string { return s }), d.CountsAs)
	}
	for i := range m.SetAside {
		a := &m.SetAside[i]
		line("%s  %s", a.how(), a.Judgement.String())
	}
	for i := range m.Idle {
		line("No effect     %s", m.Idle[i].String())
	}
	if len(m.Rows) == 0 {
		line("Nothing is held of anything in this case.")
	} else {
		line("Together      SHA-256 %s", m.SHA256)
	}
	return out.Flush()
}

// how says why a judgement does not count any more.
func (a *SetAside) how() string {
	if a.Withdrawn {
		return fmt.Sprintf("Withdrawn by %s", shortID(a.By))
	}
	return fmt.Sprintf("Replaced by %s", shortID(a.By))
}

// text says who holds what.
func (d *Disagreement) text(show func(string) string) string {
	var parts []string
	for i := range d.Judgements {
		j := &d.Judgements[i]
		parts = append(parts, fmt.Sprintf("%s holds it %s%s (%s)", show(j.By), j.As, j.when(), shortID(j.ID)))
	}
	return strings.Join(parts, ", ")
}

// summary is the judgements in a line.
func (m *Judged) summary() string {
	counts, by := map[Stance]int{}, map[string]bool{}
	for i := range m.Rows {
		counts[m.Rows[i].As]++
		by[m.Rows[i].By] = true
	}
	var parts []string
	for _, s := range Stances {
		if n := counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", number(int64(n)), s))
		}
	}
	if parts == nil {
		return "none in force"
	}
	s := fmt.Sprintf("%s, of %s", strings.Join(parts, ", "), plural(int64(len(by)), "examiner"))
	if n := len(m.Disagreements); n > 0 {
		s += "; " + plural(int64(n), "disagreement")
	}
	return s
}

// judged is the section of the judgements.
func (m *Model) judged(p page) {
	j := m.Judgements
	if j == nil {
		return
	}
	p.head("## Judgements")
	p.para("What examiners hold, which this report follows: *confirmed* is what one holds malicious, *cleared* what one holds benign, and what is a responder's stands under Responders. " +
		"Nothing here is coldtrail's own conclusion. The narrower judgement counts; one goes down from a credential to what came from it, and not up. All of them, withdrawn ones too, are in judgements.jsonl.")
	p.para("Those in force together: SHA-256 %s, of their IDs in order, a line each.", Code(j.SHA256))
	p.table("Judgement,What,Held to be,Of events,By,Made,Because,Events decided,In findings,Inherited by", len(j.Rows), func(i int) []string {
		r := &j.Rows[i]
		as := string(r.As)
		if r.Disputed {
			as += " (disputed)"
		}
		events := number(r.Events)
		if r.Silent {
			events = "none"
		}
		return []string{Code(shortID(r.ID)), string(r.Kind) + " " + Code(r.Subject), "**" + as + "**", strings.TrimSpace(r.when() + r.whenever()), Code(r.By), moment(r.At), prose(r.Because),
			events, number(r.InFindings), number(int64(r.Inherited))}
	}, "")
	p.para("Of what is cleared only those events are counted that are in findings, or that suspects have to do with.")
	for i := range j.Disagreements {
		d := &j.Disagreements[i]
		p.item(fmt.Sprintf("**Disagreement** about %s %s: %s. Until they agree it counts as %s.", d.Kind, Code(d.Name), d.text(Code), d.CountsAs))
	}
	for i := range j.SetAside {
		a := &j.SetAside[i]
		p.item(fmt.Sprintf("%s: that %s %s is %s, as %s held at %s. Because: %s", a.how(), a.Kind, Code(a.Subject), a.As, Code(a.Judgement.By), moment(a.At), prose(a.Reason)))
	}
	for i := range j.Idle {
		w := &j.Idle[i]
		p.item(fmt.Sprintf("Without effect: %s by %s withdraws %s, which is not here or is another's.", Code(shortID(w.ID)), Code(w.By), Code(shortID(w.Withdraws))))
	}
	if len(j.Disagreements)+len(j.SetAside)+len(j.Idle) > 0 {
		p.WriteByte('\n')
	}
}

// whenever stands for a time frame where there is none.
func (j *Judgement) whenever() string {
	if j.From.IsZero() && j.To.IsZero() {
		return "all"
	}
	return ""
}

// responders is the section of what those did who look into the incident.
func (m *Model) responders(p page) {
	r := m.Responders
	if r == nil {
		return
	}
	p.head("## Responders")
	p.para("What an examiner holds to be of those who look into the incident. It is in none of the tables and figures of the suspects above.")
	p.table("Credential or principal,Events,Denied,First and last,Addresses,Judgements", len(r.Actors), func(i int) []string {
		a := &r.Actors[i]
		return []string{Code(a.name()), number(a.Events), number(a.Denied), a.during(), a.Addresses.code(5), shortIDs(a.Judgements)}
	}, beyond(r.OtherEvents, "identities"))
	p.para("**What they read:**")
	p.table(dataColumns, len(r.Data), func(i int) []string { return r.Data[i].cells() }, "")
	p.para("**What they changed**, or did that no event marks as read-only:")
	p.table("Service,Action,Events,Succeeded,Denied,First and last", len(r.Actions), func(i int) []string {
		a := &r.Actions[i]
		return []string{Code(a.Service), Code(a.Action), number(a.Events), number(a.Succeeded), number(a.Denied), a.during()}
	}, "")
	if len(r.Left)+len(r.Issued) == 0 {
		return
	}
	p.para("**What they left behind**, which is to be cleared away when all is over:")
	p.table("State,Kind,What,Account and region,Made by event,Time,Made with", len(r.Left)+len(r.Issued), func(i int) []string {
		if i < len(r.Left) {
			l := &r.Left[i]
			return []string{l.State, l.Kind, Code(l.Target), Code(l.Account + " " + l.Region), Code(l.Made.Event) + " " + Code(l.Made.EventID), moment(l.Made.Time), Code(l.Made.who())}
		}
		c := &r.Issued[i-len(r.Left)]
		return []string{"–", "credential handed out", Code(c.Credential), "–", Code(c.By.Event) + " " + Code(c.By.EventID), moment(c.By.Time), Code(c.By.who())}
	}, "")
}

func shortIDs(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, Code(shortID(id)))
	}
	return strings.Join(out, ", ")
}

// followed says that the report follows judgements, where it does.
func (m *Model) followed() string {
	if m.Judgements == nil || len(m.Judgements.Rows) == 0 {
		return ""
	}
	return fmt.Sprintf("It follows what examiners hold (%s; see Judgements): only what one of them holds malicious is called confirmed. ", m.Judgements.summary())
}

// confirmedNote says what the link of that name is, where there is one.
func (m *Model) confirmedNote() string {
	if m.Events.Confirmed.Events == 0 {
		return ""
	}
	return " *Confirmed* where an examiner holds the event malicious: the attacker's."
}

// heading says how far the credentials are known to be compromised.
func (c *Credentials) heading() string {
	n := 0
	for i := range c.Suspected {
		if c.Suspected[i].Confirmed > 0 {
			n++
		}
	}
	switch {
	case n == 0:
		return "suspected"
	case n == len(c.Suspected):
		return "confirmed"
	}
	return fmt.Sprintf("%d confirmed, the others suspected", n)
}

// status says what is held of the credential.
func (r *CredentialRow) status() string {
	if r.Confirmed > 0 {
		return "**confirmed**: compromised, as an examiner holds"
	}
	return "suspected"
}

// held says which judgements a credential's standing rests on.
func (r *CredentialRow) held(p page) {
	switch {
	case len(r.Judgements) == 0:
	case r.Confirmed > 0:
		p.item(fmt.Sprintf("Confirmed: %s of its events by judgement %s", number(r.Confirmed), shortIDs(r.Judgements)))
	default:
		p.item("Held suspect by judgement " + shortIDs(r.Judgements))
	}
}
