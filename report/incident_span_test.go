package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// What is told of the case first is what intruders did, where that is told from an owner's use of the same credential, and nobody cleared it.
func TestTerminalTellsIncidentsFirst(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 3, day, 1, 2, 3, 0, time.UTC) }
	told := func(status IncidentStatus, from, to int, address string) Incident {
		return Incident{Status: status, Span: Span{at(from), at(to)}, Addresses: []IncidentValue{{Value: address}}}
	}
	m := &Model{Timeframe: Timeframe{Suspicious: Span{at(1), at(9)}}, SourceIPs: Sources{Addresses: []SourceRow{{Source: "192.0.2.1"}, {Source: "198.51.100.7"}, {Source: "203.0.113.9"}}}}
	m.Events.All.Succeeded = 1
	show := func() string {
		var b bytes.Buffer
		if err := m.Terminal(&b, false); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if got := show(); strings.Contains(got, "Timeframe, incidents") || !strings.Contains(got, "192.0.2.1, 198.51.100.7, 203.0.113.9;") {
		t.Errorf("without incidents:\n%s", got)
	}
	m.Incidents = &Incidents{Rows: []Incident{
		told("", 3, 4, "203.0.113.9"), told(IncidentCleared, 1, 8, "198.51.100.7"), told(IncidentResponder, 1, 8, "198.51.100.7"), told("", 4, 6, "203.0.113.9"),
	}}
	if got := show(); !strings.Contains(got, "Timeframe, incidents    2026-03-03T01:02:03Z to 2026-03-06T01:02:03Z\n") || !strings.Contains(got, "203.0.113.9, 192.0.2.1, 198.51.100.7;") {
		t.Errorf("with incidents:\n%s", got)
	}
}
