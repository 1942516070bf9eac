package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan"
)

// What was only refused is not told as accessed, and no file is named for what it does not hold.
func TestDataWords(t *testing.T) {
	m := &Model{}
	for i := range 67 + 30 {
		r := DataRow{Kind: "secret", Resource: fmt.Sprintf("s-%02d", i), Activity: Activity{Counts: Counts{Events: 1, Denied: 1}}}
		if i < 67 {
			r.Counts = Counts{Events: 1, Succeeded: 1}
		}
		m.Data.Rows = append(m.Data.Rows, r)
	}
	m.SourceIPs.Addresses = make([]SourceRow, 12)
	var terminal, text strings.Builder
	if err := m.Terminal(&terminal, false); err != nil {
		t.Fatal(err)
	}
	if err := m.Markdown(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Data accessed           67 read or shared; 30 only tried, without success\n                        secret s-00, secret s-01, secret s-02, +64 more in report.json\n", "+9 more in report.md;"} {
		if !strings.Contains(terminal.String(), want) {
			t.Errorf("the terminal does not say %q:\n%s", want, terminal.String())
		}
	}
	for _, want := range []string{"**67 read or shared; 30 only tried, without success**", "+47 more in report.json.\n\n All: `coldtrail ledger CASE data --linked`, or `data-access.jsonl`."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("report.md does not say %q", want)
		}
	}
}

// An address that is none as it stands is no AWS service, and is in its finding.
func TestMalformedAddresses(t *testing.T) {
	for s, want := range map[string]bool{
		"08.1.250.216": true, "203.0.113.9:443": true, "203.0.113.256": true, "203.0.113.9, 10.0.0.1": true, "2001:db8:::1": true, "[2001:db8::1]:443": true,
		"203.0.113.9": false, "2001:db8::1": false, "fe80::1%eth0": false, "AWS Internal": false, "cloudformation.amazonaws.com": false, "1.2.3": false, "": false, "dead.beef.bad.face": false, "…": false,
	} {
		if isMalformed(s) != want {
			t.Errorf("%q: malformed %t", s, !want)
		}
	}
	all := entries(t)
	for i := range all {
		if all[i].Ref.SourceIP == mallory {
			all[i].Ref.SourceIP = "08.1.250.216"
		}
	}
	head := heads[2]
	head.SourceIPs.Values = []string{"08.1.250.216"}
	c := conclusion()
	c.Findings = seq([]scan.FindingHead{head})
	tally, err := NewTally(c, at("2024-06-01T00:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	drive(t, tally, all, 3)
	rows := tally.sources(&tally.all.malformed, nil)
	if len(rows) != 1 || rows[0].Source != "08.1.250.216" || !rows[0].InFinding || rows[0].ByOthers == nil {
		t.Errorf("%+v", rows)
	}
	m := &Model{SourceIPs: Sources{Malformed: rows}}
	var text strings.Builder
	if err := m.Markdown(&text); err != nil {
		t.Fatal(err)
	}
	if _, after, ok := strings.Cut(text.String(), "**Malformed addresses"); !ok || !strings.Contains(after, "| `08.1.250.216` | yes |") {
		t.Error("report.md does not list it as in a finding")
	}
}

// What the report's lists have no room for is told wherever they are told in short.
func TestBeyondTheLists(t *testing.T) {
	m := &Model{Incidents: &Incidents{More: 9800}}
	at := Span{Launch, Launch}
	for i := range 7 {
		m.Credentials.Suspected = append(m.Credentials.Suspected, CredentialRow{Credential: fmt.Sprint("AKIA", i)})
		m.SourceIPs.Addresses = append(m.SourceIPs.Addresses, SourceRow{Source: fmt.Sprint("192.0.2.", i)})
		m.Persistence.Rows = append(m.Persistence.Rows, PersistenceRow{State: Present, Kind: "access key"})
		m.Data.Rows = append(m.Data.Rows, DataRow{Kind: "secret", Activity: Activity{Counts: Counts{Succeeded: 1}}})
		m.Incidents.Rows = append(m.Incidents.Rows, Incident{Span: at})
	}
	m.Credentials.OtherEvents, m.Credentials.OtherIssued, m.SourceIPs.OtherAddresses, m.Persistence.OtherRows, m.Data.OtherRows = 12_000, 1, 7500, 600, 400
	var terminal strings.Builder
	if err := m.Terminal(&terminal, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"+4 more in report.md, others with 12,000 events\n", "+4 more in report.md, others with 7,500 events; other", "7 present, 0 removed or deactivated; 600 more: coldtrail ledger CASE persistence --linked\n",
		"7 read or shared; 400 more: coldtrail ledger CASE data --linked\n", moment(at.First) + " (of the 7 that are told; 9,800 are not)\n",
	} {
		if !strings.Contains(terminal.String(), want) {
			t.Errorf("the terminal does not say %q:\n%s", want, terminal.String())
		}
	}
	b := &htmlBuilder{Model: m, cited: map[uint64]int{}, fold: htmlFolds[0], stories: &htmlIncidents{}}
	b.screen()
	var all []string
	for _, c := range b.Screen {
		all = append(all, c.More)
	}
	for _, want := range []string{"+2, others with 12,000 events, see below", "+2, others with 7,500 events, see below", "+2, 600 further things in persistence.jsonl, 1 more event that handed out credentials, see below"} {
		if !slices.Contains(all, want) {
			t.Errorf("the first screen does not say %q: %q", want, all)
		}
	}
	for rest, block := range map[string]func(){"+600 in persistence.jsonl.": b.persistenceField, "+400 in data-access.jsonl.": b.dataField} {
		b.Sections = nil
		block()
		blocks := b.Sections[0].Blocks
		if got := blocks[len(blocks)-1].Table.Rest; got != rest {
			t.Errorf("%q, want %q", got, rest)
		}
	}
}
