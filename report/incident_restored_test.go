package report

import (
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What somebody has turned on again since is to be looked at, and not to be turned on: whoever did it, by name or ARN; not where it was
// something else, refused, before, or in the same second.
func TestIncidentStepsOfWhatWasTurnedOnAgain(t *testing.T) {
	by := func(id, at, who, ip, call, in string) storyCall {
		return storyCall{id: id, at: at, who: who, key: "AKIA" + who, ip: ip, call: call, in: in}
	}
	const trail, start = `{"name":"main"}`, "aws cloudtrail start-logging --name 'main'"
	stop := by("a", "10T02:00:00", "alice", "203.0.113.9", "cloudtrail:StopLogging", trail)
	refused := by("b", "10T03:00:00", "ops", "192.0.2.1", "cloudtrail:StartLogging", trail)
	refused.err = "AccessDenied"
	enable := `{"detectorId":"d1","enable":true}`
	for name, c := range map[string]struct {
		off, on storyCall
		run     string
		is      bool
	}{
		"nothing":       {stop, by("b", "10T03:00:00", "ops", "192.0.2.1", "cloudtrail:GetTrailStatus", trail), start, false},
		"the owner":     {stop, by("b", "10T03:00:00", "ops", "192.0.2.1", "cloudtrail:StartLogging", trail), start, true},
		"the intruder":  {stop, by("b", "10T03:00:00", "alice", "203.0.113.9", "cloudtrail:StartLogging", trail), start, true},
		"by ARN":        {stop, by("b", "10T03:00:00", "ops", "192.0.2.1", "cloudtrail:StartLogging", `{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}`), start, true},
		"another":       {stop, by("b", "10T03:00:00", "ops", "192.0.2.1", "cloudtrail:StartLogging", `{"name":"other"}`), start, false},
		"refused":       {stop, refused, start, false},
		"before":        {stop, by("b", "10T01:00:00", "ops", "192.0.2.1", "cloudtrail:StartLogging", trail), start, false},
		"unordered":     {stop, by("b", "10T02:00:00", "ops", "192.0.2.1", "cloudtrail:StartLogging", trail), start, false},
		"a detector":    {by("a", "10T02:00:00", "alice", "203.0.113.9", "guardduty:UpdateDetector", `{"detectorId":"d1","enable":false}`), by("b", "10T03:00:00", "ops", "192.0.2.1", "guardduty:UpdateDetector", enable), "aws guardduty update-detector", true},
		"a new one":     {by("a", "10T02:00:00", "alice", "203.0.113.9", "guardduty:DeleteDetector", `{"detectorId":"d1"}`), by("b", "10T03:00:00", "ops", "192.0.2.1", "guardduty:CreateDetector", ""), "aws guardduty create-detector", true},
		"a key":         {by("a", "10T02:00:00", "alice", "203.0.113.9", "kms:DisableKey", `{"keyId":"k1"}`), by("b", "10T03:00:00", "ops", "192.0.2.1", "kms:EnableKey", `{"keyId":"k1"}`), "aws kms enable-key", true},
		"another alarm": {by("a", "10T02:00:00", "alice", "203.0.113.9", "monitoring:DisableAlarmActions", `{"alarmNames":["a1","a2"]}`), by("b", "10T03:00:00", "ops", "192.0.2.1", "monitoring:EnableAlarmActions", `{"alarmNames":["a1"]}`), "aws cloudwatch enable-alarm-actions --alarm-names 'a2'", false},
	} {
		calls := append(eachDay("alice", "AKIAalice", "192.0.2.1", 2, 12), c.off, c.on)
		in := one(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		steps := stepsOf(in)
		if strings.Contains(steps, c.run) == c.is || strings.Contains(steps, "(event b) took back ") != c.is {
			t.Errorf("%s: taken back: %v, and told:%s", name, c.is, steps)
		}
	}
}
