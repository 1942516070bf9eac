package report

import (
	"fmt"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// Findings on one principal make one incident at one address within a day, and at new addresses if the principal is one person; a role
// that many take is none.
func TestIncidentJoinsFindings(t *testing.T) {
	const one, other, office = "203.0.113.9", "198.51.100.7", "192.0.2.1"
	type act struct{ at, ip, key string }
	for _, c := range []struct {
		name string
		who  storyCall
		acts [2]act
		want int
	}{
		{"one address", storyCall{who: "alice"}, [2]act{{"10T02:00:00", office, "AKIA2"}, {"10T20:00:00", office, "AKIA2"}}, 1},
		{"one address, to the second a day", storyCall{who: "alice"}, [2]act{{"10T02:00:00", office, "AKIA2"}, {"11T02:00:00", office, "AKIA2"}}, 1},
		{"one address, more than a day", storyCall{who: "alice"}, [2]act{{"10T02:00:00", office, "AKIA2"}, {"11T02:00:01", office, "AKIA2"}}, 2},
		{"two new addresses", storyCall{who: "alice"}, [2]act{{"10T02:00:00", one, "AKIA1"}, {"10T20:00:00", other, "AKIA2"}}, 1},
		{"two new addresses, to the second a day", storyCall{who: "alice"}, [2]act{{"10T02:00:00", one, "AKIA1"}, {"11T02:00:00", other, "AKIA2"}}, 1},
		{"two new addresses, more than a day", storyCall{who: "alice"}, [2]act{{"10T02:00:00", one, "AKIA1"}, {"11T02:00:01", other, "AKIA2"}}, 2},
		{"a new address and the owner's", storyCall{who: "alice"}, [2]act{{"10T02:00:00", one, "AKIA1"}, {"10T20:00:00", office, "AKIA2"}}, 2},
		{"a role at two addresses", storyCall{who: "s", role: "app"}, [2]act{{"10T02:00:00", one, "ASIA1"}, {"10T03:00:00", other, "ASIA2"}}, 2},
		{"a person of Identity Center", storyCall{who: "s", role: "AWSReservedSSO_Admin_0123456789abcdef"}, [2]act{{"10T02:00:00", one, "ASIA1"}, {"10T03:00:00", other, "ASIA2"}}, 1},
		{"an instance", storyCall{who: "i-0123456789abcdef0", role: "app"}, [2]act{{"10T02:00:00", one, "ASIA1"}, {"10T03:00:00", other, "ASIA2"}}, 1},
	} {
		var calls []storyCall
		for _, day := range eachDay(c.who.who, "AKIA2", office, 2, 12) {
			if day.role = c.who.role; day.role != "" {
				day.key, day.start = "ASIA9"+day.at[:2], day.at
			}
			calls = append(calls, day)
		}
		var findings []storyFinding
		for i, a := range c.acts {
			call := c.who
			call.id, call.at, call.ip, call.key, call.call, call.in = fmt.Sprint("act-", i), a.at, a.ip, a.key, "cloudtrail:StopLogging", fmt.Sprintf(`{"name":"t%d"}`, i)
			if call.role != "" {
				call.start = fmt.Sprintf("10T01:00:0%d", i)
			}
			calls = append(calls, call)
			findings = append(findings, storyFinding{"trails", detect.High, []string{call.id}})
		}
		if all := storyIncidents(t, calls, nil, findings...); len(all) != c.want {
			t.Errorf("%s: %d incidents, not %d", c.name, len(all), c.want)
		}
	}
}
