package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The nine fields.

func (b *htmlBuilder) fields() {
	b.section("id", "1 Report id", "1. Forensic report id", htmlBlock{Para: valueCell(b.ID)}, htmlBlock{Note: "All times are UTC. Counts are of distinct events: copies of one event count once."})
	b.accountField()
	b.timeframeField()
	b.credentialField()
	b.eventField()
	b.sourceField()
	b.actionField()
	b.dataField()
	b.persistenceField()
}

func (b *htmlBuilder) accountField() {
	rows := slices.Clone(b.Account.InEvidence)
	first(rows, (*AccountRow).affected)
	b.section("account", "2 Account", "2. Account",
		htmlBlock{Note: "The accounts in evidence. Affected are those with events by suspects: in findings that accuse, or by suspected identities."},
		b.table("Accounts", "Account,Affected,#By suspects,#All events,First and last", len(rows), func(i int) []htmlCell {
			r := &rows[i]
			affected := htmlCell{{Text: "no", Class: "dim"}}
			if r.affected() {
				affected = htmlCell{{Text: "yes", Class: "strong"}}
			}
			return []htmlCell{valueCell(r.Account), affected, numberCell(r.Suspicious), numberCell(r.Events), duringCell(r.Span)}
		}, "report.json, account", beyond(b.Account.OtherEvents, "accounts")))
}

func (b *htmlBuilder) timeframeField() {
	t := &b.Timeframe
	facts := []htmlFact{{"Suspicious events", duringCell(t.Suspicious)}}
	if told := b.Incidents.during(); !told.First.IsZero() {
		facts = append(facts, htmlFact{incidentsTold + b.Incidents.untold(), duringCell(told)})
	}
	facts = append(facts, htmlFact{"All activity of the suspected identities", duringCell(t.Suspects)}, htmlFact{"Evidence", duringCell(t.Evidence)})
	if !t.Confirmed.First.IsZero() {
		facts = append(facts, htmlFact{"Of these, what an examiner holds malicious", duringCell(t.Confirmed)})
	}
	if t.Implausible > 0 {
		cell := plainCell("%s with an implausible time, left out of these: ", plural(t.Implausible, "event"))
		cell = append(cell, b.marks(t.Examples, t.Implausible-int64(len(t.Examples)))...)
		facts = append(facts, htmlFact{"Implausible times", cell})
	}
	b.section("timeframe", "3 Timeframe", "3. Timeframe", htmlBlock{Facts: facts})
}

func (b *htmlBuilder) credentialField() {
	c := &b.Credentials
	blocks := []htmlBlock{{Note: credentialsNote + " Each with the severest finding that names it, and in that order; of equals, the one used first comes first."}}
	blocks = append(blocks, b.table("Suspected credentials", "Credential or principal,Suspected for,Use,Origin and state", len(c.Suspected), func(i int) []htmlCell {
		return b.credentialRow(&c.Suspected[i])
	}, "report.json, compromised_credentials", beyond(c.OtherEvents, "suspected identities")))
	if c.FurtherSuspects > 0 {
		blocks = append(blocks, htmlBlock{Note: fmt.Sprintf("The findings name at least %s of credentials, principals or addresses that are not followed here: see the events in findings.jsonl.", plural(c.FurtherSuspects, "further value"))})
	}
	rest := ""
	if c.OtherIssued > 0 {
		rest = fmt.Sprintf("+%s that handed out credentials: see timeline.csv.", plural(c.OtherIssued, "more event"))
	}
	if len(c.Issued) > 0 || rest != "" {
		blocks = append(blocks, htmlBlock{Sub: "Handed out"}, htmlBlock{Note: "To or by suspected identities, or from a suspected address. Those that are not suspected themselves were not followed; search for them in timeline.csv, column credential."},
			b.table("Credentials that were handed out", "Credential,Suspected,By event,Made with,Expires,State changes", len(c.Issued), func(i int) []htmlCell {
				r := &c.Issued[i]
				return []htmlCell{valueCell(r.Credential), plainCell("%s", yes(r.Suspected)), b.timed(&r.By), valueCell(r.By.who()), valueCell(r.Expires), b.marks(r.StateChanges, 0)}
			}, "report.json, compromised_credentials.issued", rest))
	}
	if len(c.ByAddress) > 0 || c.OtherByAddress > 0 {
		blocks = append(blocks, htmlBlock{Sub: "Linked by address only"}, htmlBlock{Note: byAddressNote},
			b.table("Linked by address only", "Credential or principal,Principal,#Events,#Denied,First and last,Addresses", len(c.ByAddress), func(i int) []htmlCell {
				r := &c.ByAddress[i]
				return []htmlCell{valueCell(r.name()), valuesCell(&r.Principals, 3), numberCell(r.Events), numberCell(r.Denied), duringCell(r.Span), valuesCell(&r.Addresses, 5)}
			}, "report.json, compromised_credentials.by_address_only", beyond(c.OtherByAddress, "identities")))
	}
	title := "4. Credentials (" + c.Status + ")"
	if c.Status == Malicious.Word() {
		title = "4. Compromised credentials (" + c.heading() + ")"
	}
	b.section("credentials", "4 Credentials", title, blocks...)
}

// timed is an event with its time.
func (b *htmlBuilder) timed(m *Mark) htmlCell {
	return append(b.event(m.Event, m.EventID, m.Ordinal), htmlBit{Text: " "}, htmlBit{Text: moment(m.Time), Class: "time"})
}

func (b *htmlBuilder) credentialRow(r *CredentialRow) []htmlCell {
	why := valueCell("")
	if s := r.Reason; s != nil {
		why = append(badgeCell(s.Severity), htmlBit{Text: " "}, htmlBit{Text: orID(s.Title, s.Detector), Anchor: b.findingAnchor(s.Finding)})
	}
	if r.Confirmed > 0 {
		why = append(why, htmlBit{Class: "line"}, htmlBit{Text: "confirmed by an examiner: " + plural(r.Confirmed, "event"), Class: "strong"})
	}
	state := htmlCell{{Text: "Handed out by: ", Class: "dim"}, {Text: "no event seen that names it"}}
	if r.Issued != nil {
		state = append(state[:1], b.mark(&r.Issued.By)...)
	}
	state = append(state, htmlBit{Class: "line"}, htmlBit{Text: "Expiry: ", Class: "dim"}, htmlBit{Text: strings.ReplaceAll(r.expiry(), "`", "")})
	if r.Credential != "" {
		state = append(state, htmlBit{Class: "line"}, htmlBit{Text: "Deactivation: ", Class: "dim"})
		state = append(state, b.marks(r.StateChanges, r.MoreChanges)...)
	}
	who := valueCell(r.name())
	if r.Credential != "" && len(r.Principals.Values) > 0 {
		who = append(append(who, htmlBit{Class: "line"}), valuesCell(&r.Principals, 3)...)
	}
	use := append(htmlCell{{Text: fmt.Sprintf("%s, of which %s in findings", plural(r.Events, "event"), number(r.InFindings))}, {Class: "line"}}, duringCell(r.Span)...)
	use = append(append(use, htmlBit{Class: "line"}, htmlBit{Text: "From: ", Class: "dim"}), valuesCell(&r.Addresses, 5)...)
	use = append(append(use, htmlBit{Class: "line"}, htmlBit{Text: "User agents: ", Class: "dim"}), valuesCell(&r.UserAgents, 2)...)
	return []htmlCell{who, why, use, state}
}

func (b *htmlBuilder) eventField() {
	rows := []struct {
		what string
		c    Counts
	}{
		{"Suspicious: in findings of severity " + SuspectFrom.String() + " or above, conflicting copies apart", b.Events.Suspicious},
		{"Flagged: in findings of any severity", b.Events.Flagged},
		{"All events of the suspected identities", b.Events.Suspects},
		{"All events of the evidence", b.Events.All},
	}
	var note []htmlBlock
	if b.Incidents != nil {
		note = []htmlBlock{{Note: eventsNote}}
	}
	b.section("events", "5 Events", "5. Suspicious events", append(note, b.table("Numbers of events", "Events,#Distinct,#Succeeded,#Denied,#Failed otherwise", len(rows), func(i int) []htmlCell {
		return append([]htmlCell{plainCell("%s", rows[i].what)}, countCells(&rows[i].c)...)
	}, "report.json", ""))...)
}

func countCells(c *Counts) []htmlCell {
	return []htmlCell{numberCell(c.Events), numberCell(c.Succeeded), numberCell(c.Denied), numberCell(c.Failed)}
}

func (b *htmlBuilder) sourceTable(label string, rows []SourceRow, rest string) htmlBlock {
	return b.table(label, "Source,In a finding,#Events,#Succeeded,#Denied,#Failed otherwise,First and last,#Events of others from there", len(rows), func(i int) []htmlCell {
		r := &rows[i]
		others := htmlCell{{Text: "not counted", Class: "dim"}}
		if r.ByOthers != nil {
			others = numberCell(*r.ByOthers)
		}
		return slices.Concat([]htmlCell{valueCell(r.Source), plainCell("%s", yes(r.InFinding))}, countCells(&r.Counts), []htmlCell{duringCell(r.Span), others})
	}, "report.json, source_ips", rest)
}

func (b *htmlBuilder) sourceField() {
	s := &b.SourceIPs
	blocks := []htmlBlock{{Note: "Addresses from which the suspected identities were used."}, b.sourceTable("Source addresses", s.Addresses, beyond(s.OtherAddresses, "addresses"))}
	if len(s.Malformed) > 0 {
		blocks = append(blocks, htmlBlock{Sub: malformedHead}, b.sourceTable("Malformed addresses", s.Malformed, beyond(s.OtherMalformed, "malformed addresses")))
	}
	b.section("sources", "6 Source IPs", "6. Source IPs",
		append(blocks, htmlBlock{Sub: "AWS services and other sources that are not addresses"}, b.sourceTable("Sources that are not addresses", s.Services, beyond(s.OtherServices, "services")))...)
}

const htmlLinkNote = "Link: identity where the event is in a finding or was made with a suspected credential; address where only its source address is in a finding."

func (b *htmlBuilder) actionField() {
	b.section("actions", "7 Actions", "7. Actions taken",
		htmlBlock{Note: "Calls of the suspects that their events do not mark as read-only, in the order of their first event. " + htmlLinkNote},
		b.table("Actions", "Service,Action,Link,#Events,#Succeeded,#Denied,#Failed otherwise,First and last", len(b.Actions.Rows), func(i int) []htmlCell {
			r := &b.Actions.Rows[i]
			return slices.Concat([]htmlCell{valueCell(r.Service), valueCell(r.Action), plainCell("%s", r.Link)}, countCells(&r.Counts), []htmlCell{duringCell(r.Span)})
		}, "report.json, actions_taken", beyond(b.Actions.OtherEvents, "actions")))
}

func (b *htmlBuilder) dataField() {
	b.section("data", "8 Data", "8. Data accessed",
		htmlBlock{Note: "Counted by resource, credential and address: " + b.Data.summary() + ". Calls of the suspects that hand out data, or open it to others. Objects are distinct ones in calls that succeeded; bytes were sent, which does not say that they were received. A dash for a resource: the event does not say which. What was read comes before what was only tried. " + htmlLinkNote},
		b.table("Data", "Kind,Resource,By,Link,#Events,#Succeeded,#Denied,#Failed otherwise,#Objects,#Bytes sent,First and last", len(b.Data.Rows), func(i int) []htmlCell {
			r := &b.Data.Rows[i]
			objects := "–"
			if r.Objects > 0 || r.ObjectsAtLeast {
				objects = number(r.Objects)
			}
			if r.ObjectsAtLeast {
				objects = "at least " + objects
			}
			return slices.Concat([]htmlCell{plainCell("%s", r.Kind), valueCell(r.Resource), valueCell(r.Actor), plainCell("%s", r.Link)}, countCells(&r.Counts),
				[]htmlCell{plainCell("%s", objects), plainCell("%s", r.sent()), duringCell(r.Span)})
		}, "report.json, data_accessed", strings.TrimSpace(furtherLines(int(b.Data.OtherRows), dataFile)+" "+beyond(b.Data.OtherEvents, "resources"))))
}

func (b *htmlBuilder) persistenceField() {
	rest := furtherLines(int(b.Persistence.OtherRows), persistenceFile)
	if n := b.Persistence.OtherCalls; n > 0 {
		rest = strings.TrimSpace(rest + fmt.Sprintf(" +%s, whose result is not listed here: see timeline.csv.", plural(n, "more call")))
	}
	b.section("persistence", "9 Persistence", "9. Persistence mechanisms",
		htmlBlock{Note: "What calls of the suspects left behind that outlasts the credential, as of the end of the evidence. What was removed later, by anybody, stays listed and is marked."},
		b.table("Persistence", persistenceColumns, len(b.Persistence.Rows), func(i int) []htmlCell { return b.persistenceRow(&b.Persistence.Rows[i]) }, "report.json, persistence_mechanisms", rest))
}

const persistenceColumns = "State,Kind,What,Account and region,Link,Made by event,Made with,Removed or deactivated"

func (b *htmlBuilder) persistenceRow(r *PersistenceRow) []htmlCell {
	made := b.timed(&r.Made)
	if r.Calls > 1 {
		made = append(made, htmlBit{Text: fmt.Sprintf(" (%s, last %s)", plural(r.Calls, "call"), moment(r.Last.Time)), Class: "dim"})
	}
	end := valueCell("")
	if r.Ended != nil {
		end = append(plainCell("%s", r.goneWith()), b.mark(r.Ended)...)
	}
	what := valueCell(r.Target)
	if r.Detail != "" {
		what = append(what, htmlBit{Class: "line"}, htmlBit{Text: r.Detail, Class: "dim"})
	}
	return []htmlCell{stateCell(r.State), plainCell("%s", r.Kind), what, valueCell(strings.TrimSpace(r.Account + " " + r.Region)), linkCell(r.Link), made, valueCell(r.Made.who()), end}
}

// sourcesSection is the table of the networks that the suspects came from.
func (b *htmlBuilder) sourcesSection() {
	networks, rest := networksOf(b.SourceIPs.Addresses), ""
	if len(networks) == 0 {
		return
	}
	if b.SourceIPs.OtherAddresses > 0 {
		rest = beyond(b.SourceIPs.OtherAddresses, "addresses")
	}
	b.section("networks", "Networks", "Source networks",
		htmlBlock{Note: "The addresses of section 6 by network: of IPv4 the first 24 bits, of IPv6 the first 48. An address is not a place."},
		b.table("Source networks", "Network,Kind,#Addresses,#In findings,#Events,#Denied,First and last", len(networks), func(i int) []htmlCell {
			n := &networks[i]
			return []htmlCell{valueCell(n.name), plainCell("%s", n.kind), numberCell(n.addresses), numberCell(n.inFindings), numberCell(n.Events), numberCell(n.Denied), duringCell(n.Span)}
		}, "report.json, source_ips", rest))
}

func (b *htmlBuilder) eventsSection() {
	if len(b.events) == 0 {
		return
	}
	b.section("cited", "Events cited", "Events that this report names",
		htmlBlock{Note: "In the order of the timeline. Object, record and offset lead to the record in the evidence: coldtrail show CASE '#ordinal' shows it. The offset is in the decompressed object, from 0."},
		htmlBlock{Table: b.citedTable()})
}

func (b *htmlBuilder) citedTable() *htmlTable {
	t := &htmlTable{Label: "Events", Columns: []htmlColumn{{"Ordinal", "num"}, {"Time", ""}, {"Event", ""}, {"Outcome", ""}, {"Principal and credential", ""}, {"Source", ""}, {"Event ID", ""}, {"Object, record, offset", ""}}}
	for i := range b.events {
		e := &b.events[i]
		t.names = append(t.names, e.Anchor())
		where := htmlCell{{Text: "in timeline.csv", Class: "dim"}}
		if e.Known {
			where = htmlCell{{Text: e.Object, Class: "code"}, {Text: fmt.Sprintf(", record %d, offset %d", e.Index, e.Offset), Class: "dim"}}
		}
		result := htmlCell{{Text: "no error", Class: "dim"}}
		if e.Error != "" {
			result = htmlCell{{Text: e.Error, Class: "code error"}}
		}
		who := valueCell(e.Principal)
		if e.Credential != "" {
			who = append(who, htmlBit{Text: " "}, htmlBit{Text: e.Credential, Class: "code"})
		}
		t.Rows = append(t.Rows, []htmlCell{{{Text: "#" + fmt.Sprint(e.Ordinal), Class: "mono"}}, {{Text: moment(e.Time), Class: "time"}}, append(valueCell(e.Name), htmlBit{Text: " " + strings.TrimSpace(e.Account+" "+e.Region), Class: "dim"}), result, who, valueCell(e.SourceIP), valueCell(cmp.Or(e.ID, "")), where})
	}
	return t
}
