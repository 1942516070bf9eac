package report

import (
	"fmt"
	"strings"
)

// The sections of report.md that come from the ledgers.

func (m *Model) data(p page) {
	p.head("## 8. Data Accessed")
	p.para("Calls of the suspects that hand out data, or open it to others. Objects are distinct ones in calls that succeeded; bytes were sent, which does not say that they were received. Where the resource is a dash, the event does not say which: the call chose by a filter, or named none. What was read comes before what was only tried, what is linked by identity before the rest, and of each the most bytes first. What everybody read: " + dataFile + ".")
	if len(m.Data.Rows) > 0 {
		p.para("**%s**, by resource, credential and address.", strings.ToUpper(m.Data.summary()[:1])+m.Data.summary()[1:])
	}
	p.logsRead(m.Data.Rows)
	p.table(dataColumns, len(m.Data.Rows), func(i int) []string { return m.Data.Rows[i].cells() }, inLedger(len(m.Data.Rows), m.Data.OtherRows, "data --linked", dataFile))
	for _, s := range m.Ledgers.Blind {
		p.item(prose(s))
	}
	p.WriteByte('\n')
}

const dataColumns = "Kind,Resource,By,Link,Events,Succeeded,Denied,Failed otherwise,Objects,Bytes sent,First and last"

func (r *DataRow) cells() []string {
	return []string{
		r.Kind, r.named(), Code(r.Actor), string(r.Link), number(r.Events), number(r.Succeeded), number(r.Denied), number(r.Failed), r.distinct(), r.sent(), r.during(),
	}
}

// named is the resource, and to whom it was opened.
func (r *DataRow) named() string {
	if r.Detail == "" {
		return Code(r.Resource)
	}
	return Code(r.Resource) + " " + Code(r.Detail)
}

// distinct writes the number of objects, where there are some.
func (r *DataRow) distinct() string {
	switch {
	case r.ObjectsAtLeast:
		return "at least " + number(r.Objects)
	case r.Objects > 0:
		return number(r.Objects)
	}
	return "–"
}

// sent writes the bytes of what sends some, and says so of no other.
func (r *DataRow) sent() string {
	if r.Bytes == 0 && (r.Kind != s3Objects && r.Kind != logKinds[s3Objects] || r.Succeeded == 0) {
		return "–"
	}
	return size(r.Bytes)
}

// inFile says how many rows stand in a ledger's file only.
func inFile(n int64, file string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("+%s: see %s.", plural(n, "more row"), file)
}

func (m *Model) persistence(p page) {
	p.head("## 9. Persistence Mechanisms")
	p.para("What calls of the suspects left behind that outlasts the credential, as of the end of the evidence. What was removed later, by anybody, stays listed and is marked. What everybody left behind: " + persistenceFile + ".")
	p.table("State,Kind,What,Account and region,Link,Made by event,Time,Made with,Ended by", len(m.Persistence.Rows), func(i int) []string {
		r := &m.Persistence.Rows[i]
		what := Code(r.Target)
		if r.Detail != "" {
			what += " " + Code(r.Detail)
		}
		return []string{emphatic(r.State, Present), r.Kind, what, Code(r.Account + " " + r.Region), string(r.Link), r.Made.calls(r.Calls, &r.Last), moment(r.Made.Time), Code(r.Made.who()), r.goneWith() + r.Ended.told()}
	}, inLedger(len(m.Persistence.Rows), m.Persistence.OtherRows, "persistence --linked", persistenceFile))
}

func emphatic(state, usual string) string {
	if state == usual {
		return state
	}
	return "**" + state + "**"
}

// calls names the first of some calls.
func (m Mark) calls(n int64, last *Mark) string {
	s := Code(m.Event) + " " + Code(m.EventID)
	if n > 1 {
		s += fmt.Sprintf(" (%s, last %s)", plural(n, "call"), moment(last.Time))
	}
	return s
}

// told names the event that ended something, or an en dash for none.
func (m *Mark) told() string {
	if m == nil {
		return "–"
	}
	return fmt.Sprintf("%s %s at %s, made with %s", Code(m.Event), Code(m.EventID), moment(m.Time), Code(m.who()))
}

func (m *Model) defences(p page) {
	p.head("## Changes to defences")
	p.para("What weakened the things that guard and record, whoever did it, those with a link to suspects first. A window ends with the call that takes the change back; one that nobody took back lasts until the end of the evidence. Calls that did not succeed are not here.")
	p.table("State,Kind,What,How,Account and region,Link,By event,With,From,To,Taken back by", len(m.Defences.Rows), func(i int) []string {
		r := &m.Defences.Rows[i]
		how := Code(r.What)
		if r.Detail != "" {
			how += " " + Code(r.Detail)
		}
		link := string(r.Link)
		if link == "" {
			link = "–"
		}
		return []string{emphatic(r.State, Changed), r.Kind, Code(r.Target), how, Code(r.Account + " " + r.Region), link, r.By.calls(r.Calls, &r.Last), Code(r.By.who()), moment(r.From), r.until(), r.Ended.told()}
	}, inLedger(len(m.Defences.Rows), m.Defences.OtherRows, "defences", defencesFile))
}

// until says when the change ended.
func (r *DefenceRow) until() string {
	switch {
	case r.Open:
		return moment(r.To) + ", the end of the evidence"
	case r.State == Changed:
		return "–"
	}
	return moment(r.To)
}

// ledgers says what the files of the ledgers hold.
func (m *Model) ledgers(p page) {
	p.head("## Ledgers")
	p.para("What all of the evidence shows, the part of suspects and that of everybody else. A line is a row; `coldtrail ledger` lists them.")
	rows := []struct {
		what string
		sum  *LedgerSum
	}{{"Left behind", &m.Ledgers.Persistence}, {"Data accessed", &m.Ledgers.Data}, {"Changes to defences", &m.Ledgers.Defences}}
	p.table("Ledger,File,Rows,With a link to suspects,Kinds,Calls that found no room", len(rows), func(i int) []string {
		s := rows[i].sum
		return []string{rows[i].what, Code(s.File), number(s.Rows), number(s.Linked), s.kinds(), number(s.Others)}
	}, "")
}

// kinds lists the kinds of a ledger's rows.
func (s *LedgerSum) kinds() string {
	var out []string
	for i, k := range s.Kinds {
		if n := len(out); n > 0 && s.Kinds[i-1].Kind == k.Kind {
			continue
		}
		var rows int64
		for _, o := range s.Kinds[i:] {
			if o.Kind == k.Kind {
				rows += o.Rows
			}
		}
		out = append(out, fmt.Sprintf("%s (%s)", k.Kind, number(rows)))
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, ", ")
}
