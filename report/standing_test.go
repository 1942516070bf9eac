package report

import (
	"strings"
	"testing"
)

// What a responder left is to be cleaned up, and is no attack to contain: no score makes it grave.
func TestResponderIncidentWords(t *testing.T) {
	for status, want := range map[IncidentStatus]string{IncidentResponder: "To clean up after the responders", IncidentSuspected: "Containment", IncidentConfirmed: "Containment"} {
		in := &Incident{Status: status, Title: "x", Score: Score{Total: 95}, Steps: []ContainmentStep{{Phase: phases[0], Why: "y", Verify: verifyFirst}}}
		var text strings.Builder
		if err := in.Print(&text, "text"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), "\n"+want+", in this order") {
			t.Errorf("%s: the steps are not headed %q:\n%s", status, want, text.String())
		}
		if mild := strings.Contains(text.String(), "(it is of responders, whatever its score), score 95"); mild != (status == IncidentResponder) {
			t.Errorf("%s: %s", status, text.String())
		}
	}
}

// The field keeps its name; what it lists is suspected until somebody holds it malicious.
func TestCredentialsHeading(t *testing.T) {
	for confirmed, want := range []string{"suspected", "1 confirmed, the others suspected", "confirmed"} {
		m := &Model{Incidents: &Incidents{}}
		for i := range 2 {
			m.Credentials.Suspected = append(m.Credentials.Suspected, CredentialRow{Credential: "AKIA", Reason: &Reason{}})
			if i < confirmed {
				m.Credentials.Suspected[i].Confirmed = 1
			}
		}
		var text strings.Builder
		if err := m.Markdown(&text); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"## 4. Compromised Credentials (" + want + ")\n\nThe heading is this form's name", "## 5. Suspicious Events\n\nThe events of the incidents need not add up"} {
			if !strings.Contains(text.String(), s) {
				t.Errorf("report.md does not say %q", s)
			}
		}
	}
}

// Two kinds of things are counted apart, where one card lists both.
func TestLeftCardCounts(t *testing.T) {
	m := &Model{}
	for range 20 {
		m.Persistence.Rows = append(m.Persistence.Rows, PersistenceRow{Kind: "IAM user", State: Present})
	}
	for range 11 {
		m.Credentials.Issued = append(m.Credentials.Issued, IssuedRow{Credential: "ASIA"})
	}
	b := &htmlBuilder{Model: m}
	b.leftCard()
	if c := b.Screen[0]; c.Question != "Issued or made, and not seen to be gone: 20 things left behind, 11 credentials" || c.More != "+26, see below" {
		t.Errorf("%q, %q", c.Question, c.More)
	}
}
