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
