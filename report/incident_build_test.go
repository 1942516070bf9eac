package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// Findings that no incident has are counted, and nobody is told that there are none.
func TestIncidentFindingsInNone(t *testing.T) {
	calls := []storyCall{{id: "a", at: "10T02:00:00", who: "ec2.amazonaws.com", service: true, ip: "ec2.amazonaws.com", call: "kms:Decrypt"}, {id: "b", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:ListUsers"}}
	of := storyFinding{"keys", detect.High, []string{"a"}}
	for _, c := range []struct {
		findings    []storyFinding
		none, limit string
	}{
		{nil, "no finding of severity", ""},
		{[]storyFinding{of}, "1 finding of severity", "In no incident: 1 finding without"},
		{[]storyFinding{of, {"keys", detect.High, []string{"b"}}, of}, "", "In no incident: 2 findings without"},
	} {
		all := storyCase(t, calls, nil, c.findings...)
		if limits := strings.Join(all.Limits, "\n"); strings.Contains(limits, "In no incident") != (c.limit != "") || !strings.Contains(limits, c.limit) || (len(all.Rows) == 0) != (c.none != "") {
			t.Fatalf("%d findings: %d incidents\n%s", len(c.findings), len(all.Rows), limits)
		}
		if c.none == "" {
			continue
		}
		var text, md bytes.Buffer
		if err := all.Print(&text, "text", Screen{}); err != nil || !strings.Contains(text.String(), "No incident: "+c.none) {
			t.Errorf("%v\n%s", err, &text)
		}
		p := newPage(&md)
		(&Model{Incidents: all}).incidents(p)
		p.Flush()
		if !strings.Contains(md.String(), "None: "+c.none) {
			t.Errorf("%s", &md)
		}
	}
}

// Findings that found no room, and events of these, are counted together.
func TestIncidentLimits(t *testing.T) {
	b := incidentBuilder{left: 2}
	if all := b.limits(0); !slices.Contains(all, "Findings, and events of these, that were too many to be joined: 2.") {
		t.Errorf("%q", all)
	}
}

// TestNoSuchIncident: an incident that is asked for and not there is told by the numbers that there are, not by those that are not told.
func TestNoSuchIncident(t *testing.T) {
	for _, c := range []struct {
		all  Incidents
		want string
	}{
		{Incidents{Rows: make([]Incident, 3), More: 2}, "no incident 4: a number from 1 to 3"},
		{Incidents{}, "no incident 4: there is none"},
	} {
		if got := c.all.None("4").Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestAskedOfManyMore: what is asked of many is asked of the first few, and the others are counted.
func TestAskedOfManyMore(t *testing.T) {
	d := &incidentDraft{}
	for i := range namedThings + 3 {
		e := toldEvent{act: actDefence, outcome: succeeded}
		e.ID, e.Name, e.Source = fmt.Sprint("e", i), "StopLogging", "cloudtrail.amazonaws.com"
		d.events = append(d.events, e)
		d.Addresses = append(d.Addresses, IncidentValue{Value: fmt.Sprint("192.0.2.", i), Note: "also used by others"})
		d.Roots = append(d.Roots, i)
		d.Credentials = append(d.Credentials, IncidentCredential{Credential: fmt.Sprint("AKIA", i)})
	}
	for want, asked := range map[string][]string{
		"The same is open of 3 further calls.":       d.askDark(),
		"The same is open of 3 further sources.":     d.askShared(),
		"The same is open of 3 further credentials.": d.askBeginning(),
	} {
		if len(asked) != namedThings+1 || asked[namedThings] != want {
			t.Errorf("%q, want %q", asked, want)
		}
	}
	d.events, d.Addresses = d.events[:namedThings], d.Addresses[:namedThings]
	if n, m := len(d.askDark()), len(d.askShared()); n != namedThings || m != namedThings {
		t.Errorf("%d and %d", n, m)
	}
}
